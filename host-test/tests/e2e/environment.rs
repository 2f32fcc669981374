//! Credentials, region and address from the environment; credentials as text; and no secret in anything that is shown.

use crate::support::calls::{
    ask, calling, complete_with, drain, emulator, open_with, own, reaching,
};
use crate::support::components::provider;
use crate::support::plain_host::PlainHost;
use bedrock_emulator::{
    AccessKey, Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_REGION, EXAMPLE_SECRET_ACCESS_KEY, Emulator,
};
use bedrock_host::bindings::exports::llm::provider::credentials::{
    AccessKey as Fields, AwsCredentials, Keys, Role,
};
use bedrock_host::types::{Context, ErrorKind};
use bedrock_host::{CallError, Grants};

const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+==";
const BEARER: &str = "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3Rpb24=";

/// A Bedrock that knows a long-lived key, and another with a session, and a bearer token.
async fn bedrock() -> Emulator {
    let session =
        AccessKey::new("ASIAEXAMPLE", EXAMPLE_SECRET_ACCESS_KEY).session_token(SESSION_TOKEN);
    let config = Config {
        access_keys: vec![
            AccessKey::new(EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY),
            session,
        ],
        bearer_tokens: vec![BEARER.into()],
        ..Config::default()
    };
    emulator(config).await
}

fn granted(emulator: &Emulator, environment: &[(&str, &str)]) -> Grants {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Grants {
        environment: environment.collect(),
        ..reaching(&emulator.url())
    }
}

#[tokio::test]
async fn the_environment_is_all_that_a_call_needs() {
    let emulator = bedrock().await;
    let url = emulator.url();
    let region = ("AWS_REGION", EXAMPLE_REGION);
    let endpoint = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url.as_str());
    let key = ("AWS_ACCESS_KEY_ID", EXAMPLE_ACCESS_KEY_ID);
    let secret = ("AWS_SECRET_ACCESS_KEY", EXAMPLE_SECRET_ACCESS_KEY);
    let token = ("AWS_BEARER_TOKEN_BEDROCK", BEARER);
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[key, secret, region, endpoint], "Credential=AKIDEXAMPLE/"),
        (
            &[
                ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
                secret,
                ("AWS_SESSION_TOKEN", SESSION_TOKEN),
                region,
                endpoint,
            ],
            "Credential=ASIAEXAMPLE/",
        ),
        (&[token, region, endpoint], "Bearer "),
        // The API key comes first, as in AWS's SDKs.
        (&[key, secret, token, region, endpoint], "Bearer "),
        (
            &[
                key,
                secret,
                ("AWS_DEFAULT_REGION", EXAMPLE_REGION),
                endpoint,
            ],
            "Credential=AKIDEXAMPLE/",
        ),
        (
            &[
                key,
                secret,
                region,
                ("AWS_DEFAULT_REGION", "eu-west-1"),
                endpoint,
            ],
            "/us-east-1/bedrock/",
        ),
        (
            &[key, secret, region, ("AWS_ENDPOINT_URL", &url)],
            "Credential=AKIDEXAMPLE/",
        ),
        (
            &[
                key,
                secret,
                region,
                endpoint,
                ("AWS_ENDPOINT_URL", "http://192.0.2.1"),
            ],
            "Credential=AKIDEXAMPLE/",
        ),
    ];
    for (environment, authorization) in table {
        let grants = granted(&emulator, environment);
        emulator.forget_requests();
        let names: Vec<_> = environment.iter().map(|(name, _)| name).collect();
        complete_with(&grants, &ask("Hi"), &Context::default())
            .await
            .unwrap_or_else(|error| panic!("{names:?}: {error:?}"));
        let stream = open_with(&grants, &ask("Hi"), &Context::default())
            .await
            .unwrap_or_else(|error| panic!("{names:?}: {error:?}"));
        assert_eq!(drain(stream).await.1, None, "{names:?}");
        for sent in emulator.requests() {
            let seen = sent.header("authorization").expect("a header");
            assert!(seen.contains(authorization), "{names:?}: {seen}");
        }
    }
}

#[tokio::test]
async fn what_the_call_says_comes_before_the_environment() {
    let emulator = bedrock().await;
    let wrong = [
        ("AWS_ACCESS_KEY_ID", "AKIDWRONG"),
        ("AWS_SECRET_ACCESS_KEY", "wrong"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://192.0.2.1"),
    ];
    let grants = granted(&emulator, &wrong);
    complete_with(&grants, &ask("Hi"), &calling(&emulator.url()))
        .await
        .expect("an answer");
}

#[tokio::test]
async fn a_region_alone_takes_the_rest_from_the_environment() {
    let emulator = bedrock().await;
    let environment = [
        ("AWS_ACCESS_KEY_ID", EXAMPLE_ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", EXAMPLE_SECRET_ACCESS_KEY),
        ("AWS_REGION", "eu-west-1"),
    ];
    let grants = granted(&emulator, &environment);
    for credentials in [EXAMPLE_REGION, r#"{"region":"us-east-1"}"#] {
        let context = Context {
            credentials: Some(credentials.into()),
            ..calling(&emulator.url())
        };
        complete_with(&grants, &ask("Hi"), &context)
            .await
            .expect(credentials);
    }
}

#[tokio::test]
async fn a_host_can_hide_its_environment() {
    let emulator = bedrock().await;
    let context = Context {
        credentials: None,
        region: Some(EXAMPLE_REGION.into()),
        ..calling(&emulator.url())
    };
    let error = complete_with(&granted(&emulator, &[]), &ask("Hi"), &context).await;
    assert_eq!(
        error.expect_err("no credentials").kind,
        ErrorKind::Authentication
    );
    assert_eq!(emulator.counters().connections, 0);
}

#[tokio::test]
async fn resolved_credentials_work_where_there_is_no_environment() {
    let emulator = bedrock().await;
    let key: &[(&str, &str)] = &[
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", EXAMPLE_SECRET_ACCESS_KEY),
        ("AWS_SESSION_TOKEN", SESSION_TOKEN),
        ("AWS_REGION", EXAMPLE_REGION),
    ];
    let token: &[(&str, &str)] = &[
        ("AWS_BEARER_TOKEN_BEDROCK", BEARER),
        ("AWS_REGION", EXAMPLE_REGION),
    ];
    for environment in [key, token] {
        let grants = granted(&emulator, environment);
        let mut instance = provider().instantiate(&grants).await.expect("an instance");
        let text = instance
            .resolve(&Context::default())
            .await
            .map_err(own)
            .expect("credentials");
        let context = Context {
            credentials: Some(text),
            ..calling(&emulator.url())
        };
        let bare = granted(&emulator, &[]);
        complete_with(&bare, &ask("Hi"), &context)
            .await
            .expect("an answer");
    }
}

#[tokio::test]
async fn resolving_nothing_says_what_to_set() {
    let emulator = bedrock().await;
    let mut instance = provider()
        .instantiate(&granted(&emulator, &[]))
        .await
        .expect("an instance");
    let error = own(instance
        .resolve(&Context::default())
        .await
        .expect_err("nothing to resolve"));
    assert_eq!(error.kind, ErrorKind::Authentication);
    assert!(error.message.contains("AWS_ACCESS_KEY_ID"), "{error:?}");
}

#[tokio::test]
async fn credentials_are_the_same_after_text_and_back() {
    let access_key = |session_token: Option<&str>| {
        Keys::AccessKey(Fields {
            id: EXAMPLE_ACCESS_KEY_ID.into(),
            secret: EXAMPLE_SECRET_ACCESS_KEY.into(),
            session_token: session_token.map(Into::into),
        })
    };
    let role = Role {
        arn: "arn:aws:iam::123456789012:role/demo".into(),
        external_id: Some("agreed".into()),
        session_name: None,
    };
    let rows = [
        (access_key(None), None, None),
        (
            access_key(Some(SESSION_TOKEN)),
            None,
            Some(1_795_348_800_000),
        ),
        (access_key(Some("quote \" backslash \\ é")), None, None),
        (Keys::BearerToken(BEARER.into()), None, Some(1)),
        (Keys::DefaultChain, None, None),
        (access_key(None), Some(role.clone()), None),
        (Keys::DefaultChain, Some(role), None),
    ];
    let mut host = PlainHost::new(&[]).await;
    for (keys, role, expires_at) in rows {
        let given = AwsCredentials {
            region: EXAMPLE_REGION.into(),
            keys,
            role,
            expires_at,
        };
        let text = host.encode(&given).await;
        assert_eq!(host.decode(&text).await.as_ref(), Ok(&given));
    }
}

#[tokio::test]
async fn any_host_with_wasi_can_make_a_call() {
    let emulator = bedrock().await;
    let mut host = PlainHost::new(&[]).await;
    let answer = host.complete(&ask("Hi"), &calling(&emulator.url())).await;
    assert!(answer.expect("an answer").usage.output_tokens > 0);
}

const SECRETS: [&str; 3] = [EXAMPLE_SECRET_ACCESS_KEY, SESSION_TOKEN, BEARER];

fn tells_a_secret(shown: &str) -> bool {
    // Half of one is one too many.
    let halves = SECRETS.map(|secret| &secret[secret.len() / 2..]);
    halves.into_iter().any(|half| shown.contains(half))
}

fn assert_tells_no_secret(shown: &str) {
    assert!(!tells_a_secret(shown), "a secret in {shown}");
}

#[tokio::test]
async fn broken_credentials_are_told_without_their_values() {
    let [secret, session, bearer] = SECRETS;
    let broken = [
        secret.to_owned(),
        format!("\"{secret}\""),
        format!("{{\"secretAccessKey\":\"{secret}\",\"region\":\"us-east-1\"}}"),
        format!("{{\"accessKeyId\":\"AKID\",\"secretAccessKey\":\"{secret}\"}}"),
        format!(
            "{{\"accessKeyId\":\"AKID\",\"secretAccessKey\":\"{secret}\",\"region\":\"us-east-1\""
        ),
        format!(
            "{{\"accessKeyId\":\"AKID\",\"secretAccessKey\":\"{secret}\"\"region\":\"us-east-1\"}}"
        ),
        format!(
            "{{\"accessKeyId\":\"AKID\",\"secretAccessKey\":[\"{secret}\"],\"region\":\"us-east-1\"}}"
        ),
        format!("{{\"accessKeyId\":\"AKID\",\"secretAccessKey\":\"{secret}\",\"region\":7}}"),
        // Fields that were mixed up.
        format!(
            "{{\"accessKeyId\":\"AKID\",\"secretAccessKey\":\"us-east-1\",\"region\":\"{secret}\"}}"
        ),
        format!("{{\"bearerToken\":\"{bearer}\",\"region\":\"{bearer}\"}}"),
        format!(
            "{{\"bearerToken\":\"{bearer}\",\"secretAccessKey\":\"{secret}\",\"region\":\"us-east-1\"}}"
        ),
        format!(
            "{{\"sessionToken\":\"{session}\",\"accessKeyId\":\"AKID\",\"region\":\"us-east-1\"}}"
        ),
        format!(
            "{{\"bearerToken\":\"{bearer}\",\"region\":\"us-east-1\",\"expiration\":\"{bearer}\"}}"
        ),
        // No header can hold these.
        format!("{{\"bearerToken\":\"a\\n{bearer}\",\"region\":\"us-east-1\"}}"),
        format!(
            "{{\"accessKeyId\":\"AKID\",\"secretAccessKey\":\"{secret}\",\"sessionToken\":\"a\\n{session}\",\"region\":\"us-east-1\"}}"
        ),
    ];
    let emulator = bedrock().await;
    let mut host = PlainHost::new(&[]).await;
    let mut leaks = Vec::new();
    let mut note = |shown: String| {
        if tells_a_secret(&shown) {
            leaks.push(shown);
        }
    };
    for text in broken {
        if let Err(error) = host.decode(&text).await {
            note(format!("decode: {error:?} {error}"));
        }
        let context = Context {
            credentials: Some(text.clone()),
            ..calling(&emulator.url())
        };
        let grants = granted(&emulator, &[]);
        let mut instance = provider().instantiate(&grants).await.expect("an instance");
        let error = instance.complete(&ask("Hi"), &context).await;
        let error = error.err().unwrap_or_else(|| panic!("accepted: {text}"));
        note(format!("complete: {error:?} {error}"));
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert_eq!(emulator.counters().requests, 0);
}

#[tokio::test]
async fn refusals_and_debug_output_tell_no_secret() {
    let emulator = emulator(Config {
        access_keys: Vec::new(),
        ..Config::default()
    })
    .await;
    let url = emulator.url();
    let key: &[(&str, &str)] = &[
        ("AWS_ACCESS_KEY_ID", EXAMPLE_ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", EXAMPLE_SECRET_ACCESS_KEY),
        ("AWS_SESSION_TOKEN", SESSION_TOKEN),
        ("AWS_REGION", EXAMPLE_REGION),
    ];
    let token: &[(&str, &str)] = &[
        ("AWS_BEARER_TOKEN_BEDROCK", BEARER),
        ("AWS_REGION", EXAMPLE_REGION),
    ];
    // Refused by Bedrock, by the address, by nobody being there, by the host.
    let endpoints = [
        url.as_str(),
        "http://bedrock.invalid",
        "http://127.0.0.1:1",
        "no address",
    ];
    for environment in [key, token] {
        for endpoint in endpoints {
            let grants = granted(&emulator, environment);
            assert_tells_no_secret(&format!("{grants:?}"));
            let context = Context {
                credentials: None,
                ..calling(endpoint)
            };
            let mut instance = provider().instantiate(&grants).await.expect("an instance");
            let error: CallError = instance
                .complete(&ask("Hi"), &context)
                .await
                .expect_err(endpoint);
            assert_tells_no_secret(&format!("{error:?} {error}"));
            let error = instance
                .stream(&ask("Hi"), &context)
                .await
                .err()
                .expect(endpoint);
            assert_tells_no_secret(&format!("{error:?} {error}"));
        }
    }
}
