//! Files, variables and texts that are broken right where the secret is.

use super::*;
use crate::support::calls::reaching;
use crate::support::components::provider;
use crate::support::plain_host::PlainHost;

#[tokio::test]
async fn broken_files_are_told_without_what_they_hold() {
    let emulator = served(account()).await;
    let mut heard = Heard::default();
    let bad = |secret: &str| {
        vec![
            secret.to_owned(),
            format!("[default\naws_secret_access_key={secret}"),
            format!("[{secret}"),
            format!("[default]\n{secret}"),
            format!("[default]\naws_secret_access_key {secret}"),
            format!("[default]\naws_secret_access_key={secret}"),
            format!("[default]\n={secret}"),
            format!("[default]\naws_access_key_id=A\n  nested\n{secret}\n"),
            format!("[default]\nrole_arn=a\nsource_profile={}", "p"),
            format!("[default]\ncredential_process=/bin/echo {secret}"),
            format!("[default]\ncredential_source={secret}\nrole_arn=a"),
            format!("[default]\nduration_seconds={secret}\nrole_arn=a\nsource_profile=default"),
            format!(
                "[default]\nweb_identity_token_file=/home/me/none\nrole_arn=a\nsso_region={secret}"
            ),
            format!("[default]\nsso_start_url={secret}\nsso_region=us-east-1"),
            format!("[default]\nec2_metadata_service_endpoint=http://u:{secret}@h"),
            format!("[default]\nec2_metadata_service_endpoint_mode={secret}"),
        ]
    };
    for (number, text) in bad(KEY).iter().enumerate() {
        for file in [".aws/config", ".aws/credentials"] {
            let name = format!("secrets_broken_{number}");
            let place = Place::new(&name, &emulator)
                .variables(&[
                    ("AWS_REGION", "us-east-1"),
                    ("AWS_EC2_METADATA_DISABLED", "true"),
                ])
                .variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", "")
                .file(file, text);
            heard
                .call(&format!("{file} {text}"), &place, &Context::default())
                .await;
        }
    }
    for text in [
        LOGIN.to_owned(),
        format!("{{\"accessToken\": \"{LOGIN}"),
        format!("{{\"accessToken\": \"{LOGIN}\", \"expiresAt\": \"{LOGIN}\"}}"),
        format!("{{\"accessToken\": [\"{LOGIN}\"], \"expiresAt\": \"2099-01-01T00:00:00Z\"}}"),
        format!("{{\"accessToken\": \"a\\n{LOGIN}\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}}"),
        format!("{{\"accessToken\": \"{LOGIN}\", \"expiresAt\": \"2009-01-01T00:00:00Z\"}}"),
    ] {
        let place = place("login", "sso", &emulator).file(SSO_TOKEN_FILE, &text);
        heard.call(&text, &place, &Context::default()).await;
    }
    for token in [format!("a\n{POD}"), format!("é\u{1}{POD}")] {
        for (source, path) in [("container_file", "auth"), ("web_identity", "token")] {
            let place = place("token", source, &emulator).file(path, &token);
            heard.call(&token, &place, &Context::default()).await;
        }
    }
    let not_text = place("not_text", "web_identity", &emulator);
    std::fs::write(
        not_text.on_host("token"),
        [JWT.as_bytes(), &[0xff]].concat(),
    )
    .expect("a file");
    heard
        .call("not UTF-8", &not_text, &Context::default())
        .await;
    heard.assert_silent(40 * 3);
}

#[tokio::test]
async fn broken_variables_are_told_without_what_they_hold() {
    let emulator = served(account()).await;
    let mut heard = Heard::default();
    let address = |shape: &str| shape.replace("{}", POD);
    let addresses = [
        "http://u:{}@127.0.0.1/",
        "https://u:{}@h/",
        "http://h/?t={}",
        "no address {}",
        "ftp://h/{}",
    ];
    let names = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "instance"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "instance"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "instance"),
        ("AWS_ENDPOINT_URL_STS", "web_identity"),
        ("AWS_ENDPOINT_URL_SSO", "sso"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "environment"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "bearer"),
    ];
    let mut flows = 0;
    for (name, source) in names {
        for shape in addresses {
            let place = place("variables", source, &emulator).variable(name, &address(shape));
            heard
                .call(&format!("{name} {shape}"), &place, &Context::default())
                .await;
            flows += 1;
        }
    }
    for (name, value) in [
        ("AWS_SECRET_ACCESS_KEY", KEY),
        (
            "AWS_BEARER_TOKEN_BEDROCK",
            "a\nbEarerOfTheUser-YmVkcm9jay5hbWF6b25hd3M=",
        ),
        (
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "a\npOd1dent1tyT0ken.c2lnbmF0dXJlIG9m",
        ),
    ] {
        let place = place("values", "instance", &emulator)
            .variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/v1/credentials")
            .variable(name, value);
        heard.call(name, &place, &Context::default()).await;
        flows += 1;
    }
    heard.assert_silent(3 * flows);
}

/// Texts of `context.credentials` that nobody can use, with a secret in each.
fn blobs() -> Vec<String> {
    let rest = [
        r#""region":"us-east-1""#,
        r#""region":"us-east-1","roleArn":"{}""#,
        r#""region":"us-east-1","roleArn":"{} {}""#,
        r#""region":"{}""#,
        r#""region":7"#,
        r#""externalId":"e","region":"us-east-1""#,
        r#""bearerToken":"{}","region":"us-east-1","roleArn":"arn:aws:iam::1:role/r""#,
        r#""sessionName":["{}"],"region":"us-east-1""#,
        r#""expiration":"{}","region":"us-east-1""#,
        r#""region":"us-east-1" "{}""#,
    ];
    let keys = [
        r#""secretAccessKey":"{}""#,
        r#""accessKeyId":"{}""#,
        r#""accessKeyId":["{}"],"secretAccessKey":"{}""#,
        r#""accessKeyId":"A","secretAccessKey":"a\n{}""#,
        r#""bearerToken":"a\n{}""#,
        r#""bearerToken":{"{}":"{}"}"#,
    ];
    let mut blobs = vec![
        KEY.to_owned(),
        format!("\"{KEY}\""),
        format!("us-east-1 {KEY}"),
    ];
    for keys in keys {
        for rest in rest {
            blobs.push(format!("{{{keys},{rest}}}").replace("{}", KEY));
            blobs.push(format!("{{{keys},{rest}").replace("{}", SESSION));
        }
    }
    blobs
}

#[tokio::test]
async fn broken_texts_are_told_without_what_they_hold() {
    let emulator = served(account()).await;
    let mut heard = Heard::default();
    let mut host = PlainHost::new(&[]).await;
    let mut codec = crate::support::codec_host::CodecHost::new();
    for blob in blobs() {
        let context = Context {
            credentials: Some(blob.clone()),
            endpoint: Some(emulator.url()),
            ..Context::default()
        };
        if let Err(error) = host.decode(&blob).await {
            heard.note(&blob, format!("{error:?} {error}"));
        }
        let grants = reaching(&emulator.url());
        let mut instance = provider().instantiate(&grants).await.expect("an instance");
        let error = instance.complete(&ask("Hi"), &context).await;
        let error = error.err().unwrap_or_else(|| panic!("{blob} was taken"));
        heard.note(&blob, format!("{error:?} {error}"));
        use crate::support::codec_host::exports::llm::provider::codec::Operation;
        if let Err(error) = codec.prepare(&ask("Hi"), &context, Operation::Complete) {
            heard.note(&blob, format!("{error:?} {error}"));
        }
    }
    heard.assert_silent(2 * blobs().len());
}
