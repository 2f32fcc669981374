//! Roles that a call asks for, and roles of profiles.

use super::*;
use bedrock_emulator::CredentialExchange::{AssumeRole, ContainerCredentials};
use bedrock_host::types::ErrorKind;
use serde_json::json;

fn role_of(emulator: &Emulator) -> Vec<[Option<String>; 3]> {
    let requests = emulator.credential_requests();
    let assumed = requests.iter().filter(|it| it.exchange == Some(AssumeRole));
    let parameters = ["RoleArn", "ExternalId", "RoleSessionName"];
    assumed
        .map(|it| parameters.map(|name| it.parameter(name)))
        .collect()
}

#[tokio::test]
async fn a_role_is_assumed_with_the_calls_keys_or_the_chains() {
    let emulator = served(account()).await;
    let mut asked_for = json!({
        "roleArn": GUARDED, "externalId": "ext1", "sessionName": "gateway", "region": "us-east-1",
    });
    let by_chain = carrying(&asked_for);
    asked_for["accessKeyId"] = json!(EXAMPLE_ACCESS_KEY_ID);
    asked_for["secretAccessKey"] = json!(EXAMPLE_SECRET_ACCESS_KEY);
    let by_call = carrying(&asked_for);
    let rows = [
        (
            Place::new("role_by_call", &emulator),
            &by_call,
            &[AssumeRole][..],
        ),
        (
            with_keys("role_by_keys", &emulator),
            &by_chain,
            &[AssumeRole],
        ),
        (
            pod_identity("role_by_pod", &emulator),
            &by_chain,
            &[ContainerCredentials, AssumeRole],
        ),
        // The chain's API key signs nothing, so its keys are looked for.
        (
            with_keys("role_with_bearer", &emulator).variable("AWS_BEARER_TOKEN_BEDROCK", BEARER),
            &by_chain,
            &[AssumeRole],
        ),
    ];
    for (place, context, exchanges) in rows {
        emulator.forget_requests();
        let mut instance = place.instance().await;
        for _ in 0..2 {
            call_in(&mut instance, context).await.expect("an answer");
        }
        assert_eq!(asked(&emulator), exchanges);
        let sent = [GUARDED, "ext1", "gateway"].map(|value| Some(value.to_owned()));
        assert_eq!(role_of(&emulator), [sent]);
        let signers = signers(&emulator);
        assert!(
            signers.iter().all(|id| id.starts_with("ASIAEMULATED")),
            "{signers:?}"
        );
    }
}

#[tokio::test]
async fn a_role_that_is_not_given_says_why() {
    let emulator = served(account()).await;
    let place = Place::new("role_refused", &emulator);
    let blob = |arn: &str, secret: &str| {
        json!({
            "accessKeyId": EXAMPLE_ACCESS_KEY_ID, "secretAccessKey": secret, "region": "us-east-1",
            "roleArn": arn, "externalId": "wrong",
        })
    };
    for (arn, secret, code, says) in [
        (
            GUARDED,
            EXAMPLE_SECRET_ACCESS_KEY,
            "AccessDenied",
            "trust policy",
        ),
        (ROLE, "wrong", "SignatureDoesNotMatch", "secret access key"),
    ] {
        let mut instance = place.instance().await;
        let error = call_in(&mut instance, &carrying(&blob(arn, secret))).await;
        let error = error.expect_err(code);
        assert_eq!(error.kind, ErrorKind::Authentication, "{error:?}");
        assert_eq!(error.code.as_deref(), Some(code), "{error:?}");
        assert_eq!(error.path.as_deref(), Some("context.credentials.roleArn"));
        assert!(error.message.contains(says), "{error:?}");
        assert!(!error.retryable, "{error:?}");
    }
    assert_eq!(emulator.requests().len(), 0);
}

#[tokio::test]
async fn a_resolved_role_works_where_nothing_may_be_asked_but_bedrock() {
    let emulator = served(account()).await;
    let asked_for = carrying(&json!({"roleArn": ROLE, "region": "us-east-1"}));
    let mut instance = with_keys("role_resolved", &emulator).instance().await;
    let text = instance.resolve(&asked_for).await.map_err(own);
    let context = Context {
        credentials: Some(text.expect("credentials")),
        endpoint: Some(emulator.url()),
        ..Context::default()
    };
    let bare = crate::support::calls::complete(&ask("Hi"), &context).await;
    bare.expect("an answer");
    assert_eq!(signers(&emulator), [issued(1)]);
    assert_eq!(asked(&emulator), [AssumeRole]);
}

#[tokio::test]
async fn a_profiles_role_is_assumed_with_the_keys_of_another() {
    let emulator = served(account()).await;
    let config = format!(
        "[profile r]\nrole_arn={GUARDED}\nsource_profile=base\nexternal_id=ext1\nregion=us-east-1\n\
         [profile base]\naws_access_key_id={EXAMPLE_ACCESS_KEY_ID}\naws_secret_access_key={EXAMPLE_SECRET_ACCESS_KEY}\n"
    );
    let place = Place::new("role_profile", &emulator)
        .variable("AWS_PROFILE", "r")
        .file(".aws/config", &config);
    let mut instance = place.instance().await;
    for _ in 0..2 {
        call(&mut instance).await.expect("an answer");
    }
    assert_eq!(asked(&emulator), [AssumeRole]);
    assert_eq!(signers(&emulator), [issued(1), issued(1)]);
}
