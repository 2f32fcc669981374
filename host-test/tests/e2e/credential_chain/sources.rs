//! Which source is taken, and how each is asked.

use super::*;
use bedrock_emulator::CredentialExchange::{
    AssumeRoleWithWebIdentity, ContainerCredentials, MetadataCredentials, MetadataRegion,
    MetadataRole, MetadataToken,
};
use bedrock_host::types::{Deadlines, ErrorKind};
use std::time::{Duration, Instant};

/// Everything at once: a file of keys, a web identity, a container; and an instance behind them.
fn with_everything(place: Place) -> Place {
    place
        .variables(&[
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token"),
            ("AWS_ROLE_ARN", ROLE),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/v1/credentials"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod token"),
        ])
        .file("token", TOKEN)
}

#[tokio::test]
async fn an_api_key_comes_before_everything() {
    let emulator = served(account()).await;
    let file = format!(
        "[default]\naws_access_key_id={EXAMPLE_ACCESS_KEY_ID}\naws_secret_access_key={EXAMPLE_SECRET_ACCESS_KEY}\n"
    );
    let place = with_everything(with_keys("bearer", &emulator))
        .variable("AWS_BEARER_TOKEN_BEDROCK", BEARER)
        .file(".aws/credentials", &file);
    let mut instance = place.instance().await;
    call(&mut instance).await.expect("an answer");
    let requests = emulator.requests();
    let header = requests[0].header("authorization");
    assert_eq!(header, Some(format!("Bearer {BEARER}").as_str()));
    assert_eq!(requests[0].header("x-amz-date"), None);
    assert_eq!(asked(&emulator), []);
}

#[tokio::test]
async fn keys_then_files_then_a_web_identity_then_the_container_then_the_instance() {
    let emulator = served(account()).await;
    let file = format!(
        "[default]\naws_access_key_id={EXAMPLE_ACCESS_KEY_ID}\naws_secret_access_key={EXAMPLE_SECRET_ACCESS_KEY}\n"
    );
    let all = |name: &str| with_everything(machine(name, &emulator));
    let rows = [
        (with_everything(with_keys("order_keys", &emulator)), &[][..]),
        (all("order_file").file(".aws/credentials", &file), &[]),
        (all("order_web_identity"), &[AssumeRoleWithWebIdentity]),
        (
            all("order_container").variable("AWS_WEB_IDENTITY_TOKEN_FILE", ""),
            &[ContainerCredentials],
        ),
        (
            machine("order_instance", &emulator),
            &[MetadataToken, MetadataRole, MetadataCredentials],
        ),
    ];
    for (place, exchanges) in rows {
        emulator.forget_requests();
        call(&mut place.instance().await).await.expect("an answer");
        assert_eq!(asked(&emulator), exchanges);
    }
}

#[tokio::test]
async fn an_instance_tells_its_region_where_nothing_else_does() {
    let emulator = served(account()).await;
    let place = Place::new("instance_region", &emulator);
    call(&mut place.instance().await).await.expect("an answer");
    let expected = [
        MetadataToken,
        MetadataRole,
        MetadataCredentials,
        MetadataRegion,
    ];
    assert_eq!(asked(&emulator), expected, "and one token does for all");
    let requests = emulator.requests();
    let signature = requests[0].header("authorization").expect("a signature");
    assert!(signature.contains("/us-east-1/bedrock/"), "{signature}");
}

#[tokio::test]
async fn a_token_file_may_be_a_link_as_kubernetes_has_it() {
    let emulator = served(account()).await;
    let place = pod("link", &emulator).file("..data/token", TOKEN);
    let token = place.on_host("token");
    std::fs::remove_file(&token).expect("no file");
    std::os::unix::fs::symlink("..data/token", &token).expect("a link");
    call(&mut place.instance().await).await.expect("an answer");
    assert_eq!(signers(&emulator), [issued(1)]);
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    for (name, fault) in [
        ("throttled", sts_error(400, "Throttling")),
        ("busy", sts_error(503, "ServiceUnavailable")),
        ("no_provider", sts_error(400, "IDPCommunicationError")),
        ("reset", CredentialFault::Reset),
    ] {
        let services = account().fault_once(AssumeRoleWithWebIdentity, fault);
        let emulator = served(services).await;
        let mut instance = pod(&format!("once_{name}"), &emulator).instance().await;
        call(&mut instance).await.expect(name);
        assert_eq!(asked(&emulator), [AssumeRoleWithWebIdentity; 2], "{name}");
    }
}

#[tokio::test]
async fn a_metadata_token_that_counts_no_more_is_replaced() {
    let services = account().fault_once(MetadataRole, CredentialFault::status(401));
    let emulator = served(services).await;
    let mut instance = machine("token_replaced", &emulator).instance().await;
    call(&mut instance).await.expect("an answer");
    assert_eq!(
        asked(&emulator),
        [
            MetadataToken,
            MetadataRole,
            MetadataToken,
            MetadataRole,
            MetadataCredentials
        ]
    );
}

#[tokio::test]
async fn the_calls_own_deadline_ends_the_search_too() {
    let services = account().fault(AssumeRoleWithWebIdentity, CredentialFault::Hang);
    let emulator = served(services).await;
    let context = Context {
        deadlines: Deadlines {
            total_ms: Some(200),
            ..Context::default().deadlines
        },
        ..Context::default()
    };
    let mut instance = pod("deadline", &emulator).instance().await;
    let begun = Instant::now();
    let error = call_in(&mut instance, &context)
        .await
        .expect_err("no answer");
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(error.kind, ErrorKind::Timeout, "{error:?}");
    let path = error.path.as_deref();
    assert_eq!(path, Some("context.deadlines.total-ms"), "{error:?}");
}

#[tokio::test]
async fn a_profile_that_the_call_names_comes_before_all_variables() {
    let emulator = served(account()).await;
    let file = format!(
        "[tenant]\naws_access_key_id={EXAMPLE_ACCESS_KEY_ID}\naws_secret_access_key={EXAMPLE_SECRET_ACCESS_KEY}\n"
    );
    let place = with_everything(machine("named", &emulator))
        .variables(&[
            ("AWS_BEARER_TOKEN_BEDROCK", BEARER),
            ("AWS_ACCESS_KEY_ID", "AKIDOTHER"),
            ("AWS_SECRET_ACCESS_KEY", "other"),
        ])
        .file(".aws/credentials", &file);
    let mut instance = place.instance().await;
    let context = Context {
        extensions: Some(r#"{"bedrock":{"profile":"tenant"}}"#.into()),
        ..Context::default()
    };
    let answer = instance.complete(&ask("Hi"), &context).await;
    answer.expect("an answer");
    let requests = emulator.requests();
    let header = requests[0].header("authorization").expect("signed");
    assert!(header.contains(EXAMPLE_ACCESS_KEY_ID), "{header}");
}
