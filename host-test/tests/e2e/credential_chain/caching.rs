//! What an instance keeps between calls, and when it asks again.

use super::*;
use bedrock_emulator::CredentialExchange::{
    AssumeRoleWithWebIdentity, ContainerCredentials, MetadataCredentials, MetadataRole,
    MetadataToken, RoleCredentials,
};
use bedrock_emulator::credential_services::PlannedFault;
use bedrock_emulator::{AccessKey, Operation, ServiceError};
use serde_json::{Value, json};

/// Still valid, and better renewed: seconds.
const SOON_OVER: i64 = 120;
/// Too short for a call to outlive it, in seconds.
const OVER: i64 = 30;

/// Each source that is asked over the network, and what is asked of it.
fn sources(emulator: &Emulator, test: &str) -> Vec<(Place, &'static [CredentialExchange])> {
    let name = |source: &str| format!("{test}_{source}");
    vec![
        (pod(&name("pod"), emulator), &[AssumeRoleWithWebIdentity]),
        (
            pod_identity(&name("identity"), emulator),
            &[ContainerCredentials],
        ),
        (logged_in(&name("sso"), emulator), &[RoleCredentials]),
        (
            machine(&name("machine"), emulator),
            &[MetadataToken, MetadataRole, MetadataCredentials],
        ),
    ]
}

#[tokio::test]
async fn an_instance_asks_once_for_many_calls() {
    let emulator = served(account()).await;
    for (place, exchanges) in sources(&emulator, "once") {
        emulator.forget_requests();
        let mut instance = place.instance().await;
        let text = instance.resolve(&Context::default()).await.map_err(own);
        let text = text.expect("credentials");
        for _ in 0..2 {
            call(&mut instance).await.expect("an answer");
        }
        assert_eq!(asked(&emulator), exchanges);
        let resolved: Value = serde_json::from_str(&text).expect("JSON");
        let id = resolved["accessKeyId"].as_str().expect("a key");
        assert_eq!(signers(&emulator), [id, id]);
        assert!(resolved["expiration"].is_u64(), "{resolved}");
    }
}

#[tokio::test]
async fn what_is_soon_over_is_renewed_before() {
    let emulator = served(account_for(SOON_OVER)).await;
    for (place, exchanges) in sources(&emulator, "renewed") {
        emulator.forget_requests();
        let mut instance = place.instance().await;
        for _ in 0..2 {
            call(&mut instance).await.expect("an answer");
        }
        assert_eq!(asked(&emulator), [exchanges, exchanges].concat());
        let [first, second] = signers(&emulator).try_into().expect("two calls");
        assert_ne!(first, second);
    }
}

#[tokio::test]
async fn a_renewal_that_fails_is_passed_over_while_the_old_ones_hold() {
    let emulator = served(account_for(SOON_OVER)).await;
    let mut instance = pod("renewal_fails", &emulator).instance().await;
    call(&mut instance).await.expect("an answer");
    emulator.plan_credential_fault(PlannedFault::always(
        AssumeRoleWithWebIdentity,
        sts_error(403, "AccessDenied"),
    ));
    // The second call tries and fails; the third does not try again so soon.
    for _ in 0..2 {
        call(&mut instance).await.expect("an answer");
    }
    assert_eq!(signers(&emulator), [issued(1), issued(1), issued(1)]);
    assert_eq!(asked(&emulator), [AssumeRoleWithWebIdentity; 2]);
}

#[tokio::test]
async fn a_renewal_that_fails_is_told_where_the_old_ones_are_over() {
    let emulator = served(account_for(OVER)).await;
    let mut instance = pod("over", &emulator).instance().await;
    call(&mut instance).await.expect("an answer");
    emulator.plan_credential_fault(PlannedFault::once(
        AssumeRoleWithWebIdentity,
        sts_error(403, "AccessDenied"),
    ));
    let error = call(&mut instance).await.expect_err("no credentials");
    assert_eq!(error.code.as_deref(), Some("AccessDenied"), "{error:?}");
    // It was not kept as the answer for good.
    call(&mut instance).await.expect("an answer");
    assert_eq!(signers(&emulator), [issued(1), issued(2)]);
}

#[tokio::test]
async fn a_token_file_is_read_again_at_each_renewal() {
    let emulator = served(account_for(SOON_OVER)).await;
    let place = pod("token_renewed", &emulator);
    let mut instance = place.instance().await;
    call(&mut instance).await.expect("an answer");
    place.write("token", NEXT_TOKEN);
    call(&mut instance).await.expect("an answer");
    let requests = emulator.credential_requests();
    let sent = requests.iter().map(|it| it.parameter("WebIdentityToken"));
    let sent: Vec<String> = sent.map(|token| token.expect("a token")).collect();
    assert_eq!(sent, [TOKEN, NEXT_TOKEN]);
}

#[tokio::test]
async fn a_containers_token_file_is_read_again_at_each_renewal() {
    let emulator = served(account_for(SOON_OVER)).await;
    let place = pod_identity("auth_renewed", &emulator);
    let mut instance = place.instance().await;
    call(&mut instance).await.expect("an answer");
    place.write("auth", "next pod token");
    // The old credentials hold still, so that the refusal is passed over.
    call(&mut instance).await.expect("an answer");
    let requests = emulator.credential_requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|it| it.header("authorization"))
        .collect();
    assert_eq!(sent, [Some("pod token"), Some("next pod token")]);
}

#[tokio::test]
async fn what_bedrock_takes_no_more_is_fetched_anew_once() {
    let emulator = served(account()).await;
    let mut instance = pod("revoked", &emulator).instance().await;
    let over = || ServiceError::new("ExpiredTokenException", "The security token is expired");
    emulator.enqueue(Operation::Converse, over());
    call(&mut instance).await.expect("an answer");
    assert_eq!(signers(&emulator), [issued(1), issued(2)]);

    for _ in 0..2 {
        emulator.enqueue(Operation::Converse, over());
    }
    let error = call(&mut instance).await.expect_err("refused again");
    assert_eq!(error.code.as_deref(), Some("ExpiredTokenException"));
    assert_eq!(signers(&emulator)[2..], [issued(2), issued(3)]);
}

#[tokio::test]
async fn nobody_is_given_what_was_fetched_for_another() {
    let users = [("AKIDALICE", "alice's"), ("AKIDBOB", "bob's")];
    let emulator = emulator(Config {
        access_keys: users.map(|(id, secret)| AccessKey::new(id, secret)).into(),
        credential_services: account(),
        ..Config::default()
    })
    .await;
    let context = |(id, secret): (&str, &str), more: Value| {
        let mut blob = json!({
            "accessKeyId": id, "secretAccessKey": secret, "region": "us-east-1", "roleArn": ROLE,
        });
        for (name, value) in more.as_object().expect("members") {
            blob[name] = value.clone();
        }
        carrying(&blob)
    };
    let place = Place::new("users", &emulator).variable("AWS_EC2_METADATA_DISABLED", "true");
    let mut instance = place.instance().await;
    for user in [users[0], users[1], users[0], users[1]] {
        let context = context(user, json!({}));
        call_in(&mut instance, &context).await.expect(user.0);
    }
    let expected = [1, 2, 1, 2].map(issued);
    assert_eq!(signers(&emulator), expected);
    assert_eq!(asked(&emulator).len(), 2);

    // Whoever differs in anything from those is on their own.
    for (user, more, code) in [
        (("AKIDALICE", "bob's"), json!({}), "SignatureDoesNotMatch"),
        (
            ("AKIDMALLORY", "alice's"),
            json!({}),
            "InvalidClientTokenId",
        ),
        (users[0], json!({"roleArn": GUARDED}), "AccessDenied"),
        (
            users[0],
            json!({"sessionToken": "t"}),
            "InvalidClientTokenId",
        ),
    ] {
        let error = call_in(&mut instance, &context(user, more)).await;
        let error = error.expect_err(code);
        assert_eq!(error.code.as_deref(), Some(code), "{error:?}");
    }
    let nobody = Context {
        region: Some("us-east-1".to_owned()),
        ..Context::default()
    };
    let error = call_in(&mut instance, &nobody).await.expect_err("nobody");
    assert!(error.message.starts_with("no credentials"), "{error:?}");
    assert_eq!(signers(&emulator), expected, "nothing more was signed");
    for more in [
        json!({"sessionName": "other"}),
        json!({"externalId": "other"}),
    ] {
        call_in(&mut instance, &context(users[0], more))
            .await
            .expect("an answer");
    }
    assert_eq!(signers(&emulator)[4..], [3, 4].map(issued));
}
