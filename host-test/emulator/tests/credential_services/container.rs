//! The container endpoint.

use super::{ADMITTED, bedrock_says, member, plain, signer, start};
use bedrock_emulator::CredentialServices;
use bedrock_emulator::credential_services::Container;

fn services() -> CredentialServices {
    CredentialServices {
        containers: vec![
            Container::ecs("/v2/credentials/task"),
            Container::eks_pod_identity("pod token"),
            Container::ecs("/container/creds").authorization("Basic abc"),
        ],
        ..CredentialServices::default()
    }
}

#[tokio::test]
async fn each_containers_credentials_are_good_for_bedrock() {
    let emulator = start(services()).await;
    let mut ids = Vec::new();
    for (path, authorization, role) in [
        ("/v2/credentials/task", None, true),
        ("/v1/credentials", Some("pod token"), false),
        ("/container/creds", Some("Basic abc"), true),
    ] {
        let mut request = plain("GET", path);
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let answer = request.send(emulator.addr()).await;
        assert_eq!(answer.status(), 200, "{path}");
        let json = answer.json();
        assert_eq!(json.get("RoleArn").is_some(), role, "{path}");
        assert_eq!(member(&json, "/Expiration"), "2026-11-22T18:00:00Z");
        let id = member(&json, "/AccessKeyId");
        let secret = member(&json, "/SecretAccessKey");
        let issued = signer(&id, &secret, &member(&json, "/Token"));
        assert_eq!(bedrock_says(&emulator, &issued).await, ADMITTED, "{path}");
        ids.push(id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 3, "each container has its own");
}

#[tokio::test]
async fn the_authorization_is_checked_word_by_word() {
    let emulator = start(services()).await;
    let empty = "Service account token cannot be empty\n";
    let invalid = "InvalidTokenException: The token included in the request is invalid.\n";
    for (value, message) in [
        (None, empty),
        (Some(""), empty),
        (Some("pod  token"), invalid),
        (Some("Bearer pod token"), invalid),
    ] {
        let mut request = plain("GET", "/v1/credentials");
        if let Some(value) = value {
            request = request.header("authorization", value);
        }
        let answer = request.send(emulator.addr()).await;
        assert_eq!(answer.status(), 400, "{value:?}");
        assert_eq!(answer.content(), message.as_bytes(), "{value:?}");
    }
}

#[tokio::test]
async fn an_unknown_task_is_refused_in_the_ecs_agents_words() {
    let emulator = start(services()).await;
    let answer = plain("GET", "/v2/credentials/other")
        .send(emulator.addr())
        .await;
    assert_eq!(answer.status(), 400);
    assert_eq!(member(&answer.json(), "/code"), "InvalidIdInRequest");
    let answer = plain("GET", "/v3/credentials/other")
        .send(emulator.addr())
        .await;
    assert_eq!(answer.status(), 404);
}
