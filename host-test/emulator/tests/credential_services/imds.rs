//! EC2 instance metadata.

use super::support::{End, Incoming};
use super::{ADMITTED, bedrock_says, member, plain, signer, start};
use bedrock_emulator::credential_services::Imds;
use bedrock_emulator::{CredentialServices, Emulator};
use serde_json::json;

const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
const CREDENTIALS: &str = "/latest/meta-data/iam/security-credentials/my-role";
const REGION: &str = "/latest/meta-data/placement/region";
const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";

async fn instance(change: impl FnOnce(&mut Imds)) -> Emulator {
    let mut imds = Imds::new("my-role", "eu-west-1");
    change(&mut imds);
    start(CredentialServices {
        imds: Some(imds),
        ..CredentialServices::default()
    })
    .await
}

async fn ask_token(emulator: &Emulator, ttl: &str) -> Incoming {
    let request = plain("PUT", "/latest/api/token").header(TTL, ttl);
    request.send(emulator.addr()).await
}

async fn token(emulator: &Emulator) -> String {
    let answer = ask_token(emulator, "21600").await;
    assert_eq!(answer.status(), 200);
    String::from_utf8(answer.content()).expect("UTF-8")
}

async fn get(emulator: &Emulator, path: &str, token: Option<&str>) -> Incoming {
    let mut request = plain("GET", path);
    if let Some(token) = token {
        request = request.header("x-aws-ec2-metadata-token", token);
    }
    request.send(emulator.addr()).await
}

fn text(incoming: &Incoming) -> (u16, String) {
    let content = String::from_utf8(incoming.content()).expect("UTF-8");
    (incoming.status(), content)
}

#[tokio::test]
async fn a_token_leads_to_the_role_its_credentials_and_the_region() {
    let emulator = instance(|_| ()).await;
    let given = ask_token(&emulator, "60").await;
    assert_eq!(given.header(TTL).as_deref(), Some("60"));
    let (_, token) = text(&given);
    let role = get(&emulator, ROLES, Some(&token)).await;
    assert_eq!(text(&role), (200, "my-role".to_owned()));
    let region = get(&emulator, REGION, Some(&token)).await;
    assert_eq!(text(&region), (200, "eu-west-1".to_owned()));
    let json = get(&emulator, CREDENTIALS, Some(&token)).await.json();
    assert_eq!(member(&json, "/Code"), "Success");
    assert_eq!(member(&json, "/Expiration"), "2026-11-22T18:00:00Z");
    let issued = signer(
        &member(&json, "/AccessKeyId"),
        &member(&json, "/SecretAccessKey"),
        &member(&json, "/Token"),
    );
    assert_eq!(bedrock_says(&emulator, &issued).await, ADMITTED);
    let again = get(&emulator, CREDENTIALS, Some(&token)).await.json();
    assert_eq!(again, json, "the same until they are soon over");
}

#[tokio::test]
async fn credentials_that_are_soon_over_are_renewed() {
    let emulator = start(CredentialServices {
        imds: Some(Imds::new("my-role", "eu-west-1")),
        expires_in: Some(300),
        ..CredentialServices::default()
    })
    .await;
    let token = token(&emulator).await;
    let first = get(&emulator, CREDENTIALS, Some(&token)).await.json();
    let second = get(&emulator, CREDENTIALS, Some(&token)).await.json();
    assert_eq!(member(&first, "/Expiration"), "2026-11-22T12:05:00Z");
    assert_ne!(first, second);
}

#[tokio::test]
async fn every_path_needs_a_token_unless_version_1_is_on() {
    let closed = instance(|_| ()).await;
    let open = instance(|imds| imds.version_1 = true).await;
    for path in [ROLES, CREDENTIALS, REGION] {
        assert_eq!(get(&closed, path, None).await.status(), 401, "{path}");
        assert_eq!(get(&closed, path, Some("wrong")).await.status(), 401);
        assert_eq!(get(&open, path, None).await.status(), 200, "{path}");
        assert_eq!(get(&open, path, Some("wrong")).await.status(), 401);
    }
}

#[tokio::test]
async fn a_token_that_was_revoked_is_a_401_and_a_new_one_is_good() {
    let emulator = instance(|_| ()).await;
    let old = token(&emulator).await;
    emulator.revoke_metadata_tokens();
    assert_eq!(get(&emulator, ROLES, Some(&old)).await.status(), 401);
    let new = token(&emulator).await;
    assert_ne!(old, new);
    assert_eq!(get(&emulator, ROLES, Some(&new)).await.status(), 200);
}

#[tokio::test]
async fn a_token_is_over_after_its_ttl() {
    let config = bedrock_emulator::Config {
        credential_services: CredentialServices {
            imds: Some(Imds::new("my-role", "eu-west-1")),
            ..CredentialServices::default()
        },
        ..bedrock_emulator::Config::default()
    };
    let emulator = Emulator::start(config).await.expect("a port");
    let (_, token) = text(&ask_token(&emulator, "1").await);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(get(&emulator, ROLES, Some(&token)).await.status(), 401);
}

#[tokio::test]
async fn a_token_is_refused_as_the_service_does() {
    let emulator = instance(|_| ()).await;
    for ttl in ["0", "21601", "soon"] {
        assert_eq!(ask_token(&emulator, ttl).await.status(), 400, "{ttl}");
    }
    let without = plain("PUT", "/latest/api/token");
    assert_eq!(without.send(emulator.addr()).await.status(), 400);
    let proxied = without
        .header(TTL, "60")
        .header("x-forwarded-for", "10.0.0.1");
    assert_eq!(proxied.send(emulator.addr()).await.status(), 403);
    let read = get(&emulator, "/latest/api/token", None).await;
    assert_eq!(read.status(), 405);
    let forbidding = instance(|imds| imds.token_forbidden = true).await;
    assert_eq!(ask_token(&forbidding, "60").await.status(), 403);
}

#[tokio::test]
async fn one_hop_too_far_the_token_never_arrives() {
    let emulator = instance(|imds| imds.hop_limit_exceeded = true).await;
    let answer = ask_token(&emulator, "60").await;
    assert_eq!((answer.end, answer.raw.len()), (End::Silence, 0));
    assert_eq!(emulator.credential_requests().len(), 1);
}

#[tokio::test]
async fn a_role_that_ec2_cannot_assume_is_a_code_with_status_200() {
    let emulator = instance(|imds| imds.code = "AssumeRoleUnauthorizedAccess".to_owned()).await;
    let token = token(&emulator).await;
    let answer = get(&emulator, CREDENTIALS, Some(&token)).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.json(),
        json!({"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume the role"})
    );
}

#[tokio::test]
async fn what_the_instance_has_not_is_not_found() {
    let emulator = instance(|_| ()).await;
    let token_of = token(&emulator).await;
    for path in [
        "/latest/meta-data/other",
        "/latest/meta-data/iam/security-credentials/other",
    ] {
        let answer = get(&emulator, path, Some(&token_of)).await;
        assert_eq!(answer.status(), 404, "{path}");
    }
    let bare = instance(|imds| imds.role = None).await;
    let token_of = token(&bare).await;
    assert_eq!(get(&bare, ROLES, Some(&token_of)).await.status(), 404);
    assert_eq!(get(&bare, REGION, Some(&token_of)).await.status(), 200);
}
