//! The services of the credential chain, asked over plain TCP: what they give, and to whom they refuse it.

mod container;
mod faults;
mod imds;
mod recorded;
mod sso;
mod sts;
#[path = "../support/mod.rs"]
mod support;

use bedrock_emulator::{Config, CredentialServices, Emulator};
use serde_json::Value;
use support::{Incoming, Outgoing, Signer, hello, path, stopped_clock};

async fn start(services: CredentialServices) -> Emulator {
    let config = Config {
        credential_services: services,
        ..stopped_clock()
    };
    Emulator::start(config).await.expect("a port")
}

/// A request without a body.
fn plain(method: &str, path: &str) -> Outgoing {
    Outgoing {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: vec![("host".to_owned(), "credentials.test".to_owned())],
        body: Vec::new(),
    }
}

/// Text of the only element of this name.
fn element(incoming: &Incoming, name: &str) -> String {
    let text = String::from_utf8(incoming.content()).expect("UTF-8");
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let after = text.split_once(&open).map(|(_, after)| after);
    let inner = after.and_then(|after| after.split_once(&close));
    inner.map_or_else(String::new, |(inner, _)| inner.to_owned())
}

fn member(json: &Value, pointer: &str) -> String {
    let text = json.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// A signer of issued credentials.
fn signer(id: &str, secret: &str, token: &str) -> Signer {
    Signer {
        id: id.to_owned(),
        secret: secret.to_owned(),
        token: Some(token.to_owned()),
        ..Signer::default()
    }
}

/// Bedrock's verdict on who signs so: status and error code.
async fn bedrock_says(emulator: &Emulator, signer: &Signer) -> (u16, String) {
    let request = Outgoing::post(path("converse"), &hello()).signed(signer);
    let incoming = request.send(emulator.addr()).await;
    let code = incoming.header("x-amzn-errortype").unwrap_or_default();
    (incoming.status(), code)
}

const ADMITTED: (u16, String) = (200, String::new());

#[tokio::test]
async fn services_that_are_not_configured_are_not_there() {
    let emulator = start(CredentialServices::default()).await;
    for (method, path) in [
        ("POST", "/"),
        ("GET", "/federation/credentials"),
        ("POST", "/token"),
        ("PUT", "/latest/api/token"),
        ("GET", "/v1/credentials"),
    ] {
        let incoming = plain(method, path).send(emulator.addr()).await;
        assert_eq!(incoming.status(), 404, "{method} {path}");
    }
    assert_eq!(emulator.credential_requests().len(), 0);
    assert_eq!(emulator.requests().len(), 5);
}

#[tokio::test]
async fn requests_of_the_chain_have_a_log_of_their_own_that_prints_no_secret() {
    let container = bedrock_emulator::credential_services::Container::ecs("/creds");
    let emulator = start(CredentialServices {
        containers: vec![container.authorization("top secret")],
        ..CredentialServices::default()
    })
    .await;
    let request = plain("GET", "/creds").header("authorization", "top secret");
    request.send(emulator.addr()).await;
    assert_eq!(emulator.requests().len(), 0);
    let log = emulator.credential_requests();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].header("Authorization"), Some("top secret"));
    assert_eq!((log[0].path.as_str(), log[0].status), ("/creds", 200));
    assert!(!format!("{log:?}").contains("top secret"));
    emulator.forget_requests();
    assert_eq!(emulator.credential_requests().len(), 0);
}

#[test]
fn a_configuration_prints_no_secret() {
    use bedrock_emulator::credential_services::{
        Container, Registration, Secret, Sso, Sts, WebIdentity,
    };
    let secret = || Secret::from("top secret");
    let services = CredentialServices {
        sts: Some(Sts {
            web_identities: vec![WebIdentity::new(secret())],
            ..Sts::default()
        }),
        sso: Some(Sso {
            access_tokens: vec![secret()],
            registration: Some(Registration {
                client_id: "client".to_owned(),
                client_secret: secret(),
                refresh_token: secret(),
            }),
            ..Sso::default()
        }),
        containers: vec![Container::eks_pod_identity(secret())],
        ..CredentialServices::default()
    };
    let shown = format!("{services:?}");
    assert!(!shown.contains("top secret"), "{shown}");
}
