//! The SSO portal and its token endpoint.

use super::support::{Incoming, Outgoing, Signer};
use super::{ADMITTED, bedrock_says, member, plain, signer, start};
use bedrock_emulator::credential_services::{Assignment, Registration, Sso};
use bedrock_emulator::{CredentialServices, Emulator};
use serde_json::{Value, json};

const DEV: &str = "/federation/credentials?role_name=Dev&account_id=123456789012";

fn services() -> CredentialServices {
    CredentialServices {
        sso: Some(Sso {
            access_tokens: vec!["good".into()],
            assignments: vec![Assignment::new("123456789012", "Dev")],
            registration: Some(Registration {
                client_id: "client".to_owned(),
                client_secret: "client secret".into(),
                refresh_token: "refresh".into(),
            }),
        }),
        ..CredentialServices::default()
    }
}

async fn portal(emulator: &Emulator, path: &str, token: &str) -> Incoming {
    let request = plain("GET", path).header("x-amz-sso_bearer_token", token);
    request.send(emulator.addr()).await
}

fn issued(answer: &Value) -> Signer {
    let text = |name: &str| member(answer, &format!("/roleCredentials/{name}"));
    signer(
        &text("accessKeyId"),
        &text("secretAccessKey"),
        &text("sessionToken"),
    )
}

fn refresh() -> Value {
    json!({
        "clientId": "client",
        "clientSecret": "client secret",
        "grantType": "refresh_token",
        "refreshToken": "refresh",
    })
}

#[tokio::test]
async fn an_assignments_credentials_are_good_for_bedrock() {
    let emulator = start(services()).await;
    let answer = portal(&emulator, DEV, "good").await;
    assert_eq!(answer.status(), 200);
    let json = answer.json();
    // Milliseconds, unlike every other service's expiration.
    assert_eq!(
        json.pointer("/roleCredentials/expiration"),
        Some(&json!(1_795_352_400_000_u64))
    );
    assert_eq!(bedrock_says(&emulator, &issued(&json)).await, ADMITTED);
}

#[tokio::test]
async fn the_portal_refuses_as_its_service_model_has_it() {
    let emulator = start(services()).await;
    let cases = [
        (DEV.to_owned(), "bad", (401, "UnauthorizedException")),
        (
            DEV.replace("Dev", "Admin"),
            "good",
            (403, "ForbiddenException"),
        ),
        (
            DEV.replace("9012", "9013"),
            "good",
            (403, "ForbiddenException"),
        ),
        (
            DEV.replace("role_name", "role"),
            "good",
            (400, "InvalidRequestException"),
        ),
    ];
    for (path, token, (status, code)) in cases {
        let answer = portal(&emulator, &path, token).await;
        let seen = (answer.status(), answer.header("x-amzn-errortype"));
        assert_eq!(seen, (status, Some(code.to_owned())), "{path} {token}");
    }
    let without = plain("GET", DEV).send(emulator.addr()).await;
    assert_eq!(without.status(), 401);
}

#[tokio::test]
async fn a_renewed_access_token_is_good_for_the_portal() {
    let emulator = start(services()).await;
    let answer = Outgoing::post("/token", &refresh())
        .send(emulator.addr())
        .await;
    assert_eq!(answer.status(), 200);
    let json = answer.json();
    assert_eq!(json.get("tokenType"), Some(&json!("Bearer")));
    assert_eq!(json.get("expiresIn"), Some(&json!(3600)));
    let token = member(&json, "/accessToken");
    assert_eq!(portal(&emulator, DEV, &token).await.status(), 200);
}

#[tokio::test]
async fn a_renewed_access_token_that_is_over_is_not() {
    let emulator = start(CredentialServices {
        expires_in: Some(0),
        ..services()
    })
    .await;
    let answer = Outgoing::post("/token", &refresh())
        .send(emulator.addr())
        .await;
    let token = member(&answer.json(), "/accessToken");
    assert_eq!(portal(&emulator, DEV, &token).await.status(), 401);
}

#[tokio::test]
async fn a_refresh_is_refused_with_oauths_code_and_awss() {
    let emulator = start(services()).await;
    let cases = [
        (
            "clientId",
            (401, "invalid_client", "InvalidClientException"),
        ),
        (
            "clientSecret",
            (401, "invalid_client", "InvalidClientException"),
        ),
        (
            "refreshToken",
            (400, "invalid_grant", "InvalidGrantException"),
        ),
        (
            "grantType",
            (
                400,
                "unsupported_grant_type",
                "UnsupportedGrantTypeException",
            ),
        ),
    ];
    for (name, (status, error, code)) in cases {
        let mut body = refresh();
        body[name] = json!("other");
        let answer = Outgoing::post("/token", &body).send(emulator.addr()).await;
        assert_eq!(answer.status(), status, "{name}");
        assert_eq!(member(&answer.json(), "/error"), error, "{name}");
        assert_eq!(answer.header("x-amzn-errortype").as_deref(), Some(code));
    }
    let mut request = Outgoing::post("/token", &refresh());
    request.body.pop();
    let answer = request.send(emulator.addr()).await;
    assert_eq!(member(&answer.json(), "/error"), "invalid_request");
}
