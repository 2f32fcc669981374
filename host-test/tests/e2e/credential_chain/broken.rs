//! Sources that are configured and broken, or not there at all: each error says what to do.

use super::*;
use bedrock_emulator::CredentialExchange::{
    AssumeRoleWithWebIdentity, ContainerCredentials, MetadataToken, RoleCredentials,
};
use bedrock_host::types::ErrorKind;

/// The error of a call, which must be one of authentication that went nowhere near Bedrock.
async fn failure(place: &Place, emulator: &Emulator) -> Error {
    let outcome = call(&mut place.instance().await).await;
    let error = outcome.expect_err("no credentials");
    assert_eq!(error.kind, ErrorKind::Authentication, "{error:?}");
    assert_eq!(emulator.requests().len(), 0);
    error
}

fn assert_says(error: &Error, words: &[&str]) {
    for words in words {
        assert!(error.message.contains(words), "no {words:?} in {error:?}");
    }
}

#[tokio::test]
async fn nothing_configured_says_what_to_set() {
    let emulator = served(account()).await;
    let place = machine("nothing", &emulator).variable("AWS_EC2_METADATA_DISABLED", "true");
    let error = failure(&place, &emulator).await;
    assert_says(
        &error,
        &[
            "no credentials",
            "AWS_ACCESS_KEY_ID",
            "AWS_BEARER_TOKEN_BEDROCK",
        ],
    );
    assert_eq!(error.path.as_deref(), Some("context.credentials"));
    assert_eq!(emulator.counters().connections, 0, "and nobody is asked");
}

#[tokio::test]
async fn an_instance_one_hop_too_far_is_told_of_the_hop_limit() {
    let mut services = account();
    let instance = services.imds.as_mut().expect("an instance");
    instance.hop_limit_exceeded = true;
    // One emulator each, so that both wait at once.
    let (by_default, by_name) = (served(services.clone()).await, served(services).await);
    let config = format!("[profile r]\nrole_arn={ROLE}\ncredential_source=Ec2InstanceMetadata\n");
    let named = machine("hops_profile", &by_name)
        .variable("AWS_PROFILE", "r")
        .file(".aws/config", &config);
    let unnamed = machine("hops", &by_default);
    let (first, second) = tokio::join!(failure(&unnamed, &by_default), failure(&named, &by_name));
    for (error, emulator) in [(first, by_default), (second, by_name)] {
        assert_says(&error, &["--http-put-response-hop-limit 2"]);
        assert_eq!(asked(&emulator), [MetadataToken], "one wait, no more");
    }
}

#[tokio::test]
async fn what_cannot_be_done_here_is_said_to_be_so() {
    let emulator = served(account()).await;
    for (property, says) in [
        ("credential_process=/bin/echo", "runs a program"),
        (
            "login_session=arn:aws:iam::123456789012:user/me",
            "aws login",
        ),
        (
            "mfa_serial=arn:aws:iam::1:mfa/me\nrole_arn=a\nsource_profile=p",
            "code",
        ),
    ] {
        let place = with_keys("not_here", &emulator)
            .variable("AWS_ACCESS_KEY_ID", "")
            .variable("AWS_SECRET_ACCESS_KEY", "")
            .variable("AWS_PROFILE", "p")
            .file(".aws/config", &format!("[profile p]\n{property}\n"));
        let error = call(&mut place.instance().await).await;
        let error = error.expect_err(property);
        assert_eq!(error.kind, ErrorKind::Unsupported, "{error:?}");
        assert_says(
            &error,
            &[
                "profile p",
                "/home/me/.aws/config",
                says,
                "not supported here",
            ],
        );
    }
    assert_eq!(emulator.counters().connections, 0, "nothing else is tried");
}

#[tokio::test]
async fn a_token_file_that_cannot_be_read_is_named() {
    let emulator = served(account()).await;
    type Change = fn(Place) -> Place;
    let without_token = |place: Place| {
        std::fs::remove_file(place.on_host("token")).expect("no file");
        place
    };
    let rows: &[(&str, Change, &str)] = &[
        ("empty", |place| place.file("token", " \n"), "is empty"),
        (
            "not_text",
            |place| {
                std::fs::write(place.on_host("token"), [0xff, 0xfe]).expect("a file");
                place
            },
            "is not UTF-8 text",
        ),
        (
            "too_large",
            |place| place.file("token", &"x".repeat((1 << 20) + 1)),
            "cannot be read (it is larger than 1 MiB)",
        ),
        ("no_folder", Place::without_folder, "does not exist"),
    ];
    for (name, change, says) in rows {
        let place = change(pod(&format!("token_{name}"), &emulator));
        let error = failure(&place, &emulator).await;
        assert_says(
            &error,
            &["AWS_WEB_IDENTITY_TOKEN_FILE", "/home/me/token", says],
        );
    }
    let missing = without_token(pod("token_missing", &emulator));
    let error = failure(&missing, &emulator).await;
    assert_says(&error, &["does not exist", "may read its directory"]);

    let folder = without_token(pod("token_folder", &emulator));
    std::fs::create_dir(folder.on_host("token")).expect("a folder");
    assert_says(
        &failure(&folder, &emulator).await,
        &["/home/me/token", "cannot be read"],
    );

    let link = without_token(pod("token_link", &emulator));
    std::os::unix::fs::symlink("/etc/hostname", link.on_host("token")).expect("a link");
    assert_says(
        &failure(&link, &emulator).await,
        &["/home/me/token", "cannot be read"],
    );
    assert_eq!(emulator.counters().connections, 0);
}

#[tokio::test]
async fn a_web_identity_without_a_role_names_the_variable() {
    let emulator = served(account()).await;
    let place = pod("no_role", &emulator).variable("AWS_ROLE_ARN", "");
    let error = failure(&place, &emulator).await;
    assert_eq!(error.path.as_deref(), Some("AWS_ROLE_ARN"));
    assert_says(&error, &["AWS_ROLE_ARN is not"]);
    assert_eq!(emulator.counters().connections, 0);
}

#[tokio::test]
async fn shared_files_without_a_right_to_them_are_not_there() {
    let emulator = served(account()).await;
    let file = format!(
        "[default]\naws_access_key_id={EXAMPLE_ACCESS_KEY_ID}\naws_secret_access_key={EXAMPLE_SECRET_ACCESS_KEY}\n"
    );
    let place = machine("no_right", &emulator)
        .variable("AWS_EC2_METADATA_DISABLED", "true")
        .file(".aws/credentials", &file)
        .without_folder();
    assert_says(&failure(&place, &emulator).await, &["no credentials"]);
    let named = place.variable("AWS_PROFILE", "dev");
    assert_says(
        &failure(&named, &emulator).await,
        &["AWS_PROFILE", "profile dev", "let this component read them"],
    );
}

#[tokio::test]
async fn a_login_that_is_over_says_how_to_log_in() {
    let emulator = served(account()).await;
    for (name, token, says) in [
        (
            "expired",
            r#"{"accessToken": "sso access", "expiresAt": "2020-01-01T00:00:00Z"}"#,
            "has expired",
        ),
        (
            "unknown",
            r#"{"accessToken": "another", "expiresAt": "2099-01-01T00:00:00Z"}"#,
            "UnauthorizedException",
        ),
        ("broken", r#"{"accessToken": "sso"#, "is invalid"),
    ] {
        let place = logged_in(&format!("login_{name}"), &emulator).file(SSO_TOKEN_FILE, token);
        let error = failure(&place, &emulator).await;
        assert_says(&error, &[says, "run aws sso login --profile s"]);
    }
    assert_eq!(asked(&emulator), [RoleCredentials]);
}

#[tokio::test]
async fn a_service_that_says_nothing_of_use_is_named() {
    let html = CredentialFault::Status {
        status: 403,
        content_type: "text/html".to_owned(),
        body: "<html>Access denied by the proxy</html>".to_owned(),
    };
    let rows = [
        ("html", AssumeRoleWithWebIdentity, html, "HTTP 403"),
        (
            "half",
            AssumeRoleWithWebIdentity,
            CredentialFault::Malformed,
            "answered without",
        ),
        (
            "half_json",
            ContainerCredentials,
            CredentialFault::Malformed,
            "answered with",
        ),
        (
            "long",
            AssumeRoleWithWebIdentity,
            CredentialFault::Oversize(1 << 20),
            "larger than 65536 bytes",
        ),
    ];
    for (name, exchange, fault, says) in rows {
        let emulator = served(account().fault(exchange, fault)).await;
        let name = format!("useless_{name}");
        let place = match exchange {
            ContainerCredentials => pod_identity(&name, &emulator),
            _ => pod(&name, &emulator),
        };
        let error = failure(&place, &emulator).await;
        assert_says(&error, &[says]);
        assert!(error.path.is_some(), "{error:?}");
    }
}
