//! Every recorded request gets an answer of the recorded form.

use super::support::{Incoming, NOW, Outgoing, Signer};
use bedrock_emulator::credential_case::CaseExchange;
use bedrock_emulator::credential_services::{
    Assignment, Container, Imds, Role, Sso, Sts, WebIdentity,
};
use bedrock_emulator::sigv4::Authorization;
use bedrock_emulator::{AccessKey, Clock, Config, CredentialCase, CredentialServices, Emulator};
use serde_json::Value;
use std::path::Path;

const METADATA_TOKEN: &str = "x-aws-ec2-metadata-token";

/// Members that the record has in both actions of STS, and STS in one of them only.
const OF_WEB_IDENTITIES: &[&str] = &["Audience", "Provider", "SubjectFromWebIdentityToken"];

/// The account in which the cases were recorded.
fn account(case: &CredentialCase) -> Config {
    let role = |name: &str| Role::new(format!("arn:aws:iam::123456789012:role/{name}"));
    let mut imds = Imds::new("my-role", "us-east-1");
    let mut web_identities = vec![WebIdentity::new("eyJhbGciOiJSUzI1NiJ9.e30.sig")];
    match case.name.as_str() {
        "imds_role_error_json" => imds.code = "AssumeRoleUnauthorizedAccess".to_owned(),
        "imds_token_403_v1_fallback" => (imds.token_forbidden, imds.version_1) = (true, true),
        "web_identity_sts_error" => web_identities.clear(),
        _ => {}
    }
    let mut container = Container::ecs("/container/creds");
    container.authorization = case
        .exchanges
        .iter()
        .filter(|exchange| exchange.request.target() == "/container/creds")
        .find_map(|exchange| exchange.request.header("authorization"))
        .map(Into::into);
    let key = |id: &str| AccessKey::new(id, "s");
    Config {
        clock: Clock::Fixed(NOW),
        access_keys: vec![
            key("AKIDBASE"),
            key("AKIDENV"),
            key("ASIACONTAINER").session_token("t"),
            key("ASIAIMDS").session_token("t"),
        ],
        credential_services: CredentialServices {
            sts: Some(Sts {
                region: "us-east-2".to_owned(),
                roles: vec![
                    role("demo"),
                    role("c"),
                    role("p"),
                    role("chain").external_id("ext1"),
                ],
                web_identities,
            }),
            sso: Some(Sso {
                access_tokens: vec!["sso-session-token".into()],
                assignments: vec![Assignment::new("123456789012", "Dev")],
                registration: None,
            }),
            imds: Some(imds),
            containers: vec![container],
            ..CredentialServices::default()
        },
        ..Config::default()
    }
}

/// The recorded request, signed now, with the token that was given out here.
fn request(recorded: &CaseExchange, metadata_token: &str) -> Outgoing {
    let mut signer = None;
    let mut headers = Vec::new();
    for (name, value) in &recorded.request.headers {
        let value = match name.to_ascii_lowercase().as_str() {
            "content-length" | "user-agent" | "x-amz-date" | "x-amz-security-token" => continue,
            name if name.starts_with("amz-sdk-") => continue,
            METADATA_TOKEN => metadata_token,
            "authorization" => match value.parse::<Authorization>() {
                Ok(signed) => {
                    signer = Some(Signer {
                        id: signed.access_key_id,
                        secret: "s".to_owned(),
                        region: signed.scope.region,
                        service: signed.scope.service,
                        token: recorded
                            .request
                            .header("x-amz-security-token")
                            .map(str::to_owned),
                        ..Signer::default()
                    });
                    continue;
                }
                Err(_) => value,
            },
            _ => value,
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let request = Outgoing {
        method: recorded.request.method().to_owned(),
        path: recorded.request.target().to_owned(),
        headers,
        body: recorded.request.body.clone().into_bytes(),
    };
    match signer {
        Some(signer) => request.signed(&signer),
        None => request,
    }
}

/// What a body is made of, without its values.
fn form(content_type: &str, body: &str) -> Vec<String> {
    let mut parts = match content_type {
        "application/json" => {
            let json: Value = serde_json::from_str(body).expect("JSON");
            let mut parts = Vec::new();
            leaves("", &json, &mut parts);
            parts
        }
        "text/xml" => {
            let names = body.split('<').skip(1).filter(|tag| !tag.starts_with('/'));
            let names = names.filter_map(|tag| tag.split(['>', ' ']).next());
            names.map(str::to_owned).collect()
        }
        _ => vec![format!("empty: {}", body.is_empty())],
    };
    parts.sort();
    parts
}

fn leaves(path: &str, json: &Value, parts: &mut Vec<String>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(&format!("{path}/{name}"), value, parts);
            }
        }
        Value::String(_) => parts.push(format!("{path} string")),
        Value::Number(_) => parts.push(format!("{path} number")),
        other => parts.push(format!("{path} {other}")),
    }
}

fn assert_same_form(name: &str, recorded: &CaseExchange, answer: &Incoming) {
    let expected = &recorded.response;
    let body = String::from_utf8(answer.content()).expect("UTF-8");
    assert_eq!(answer.status(), expected.status, "{name}: {body}");
    let content_type = answer.header("content-type").unwrap_or_default();
    assert_eq!(content_type, expected.content_type, "{name}");
    for (header, value) in &expected.headers {
        assert_eq!(answer.header(header).as_ref(), Some(value), "{name}");
    }
    let mut expected = form(&content_type, &expected.body);
    if expected.contains(&"AssumeRoleResult".to_owned()) {
        expected.retain(|part| !OF_WEB_IDENTITIES.contains(&part.as_str()));
    }
    assert_eq!(form(&content_type, &body), expected, "{name}");
}

#[tokio::test]
async fn every_recorded_request_gets_an_answer_of_the_recorded_form() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/credentials");
    let mut seen = 0;
    for case in CredentialCase::read_all(&folder).expect("the cases") {
        let emulator = Emulator::start(account(&case)).await.expect("a port");
        let mut metadata_token = String::new();
        for recorded in &case.exchanges {
            let answer = request(recorded, &metadata_token)
                .send(emulator.addr())
                .await;
            let name = format!("{}: {}", case.name, recorded.request.line);
            assert_same_form(&name, recorded, &answer);
            if recorded.request.target() == "/latest/api/token" {
                metadata_token = String::from_utf8(answer.content()).expect("UTF-8");
            }
            seen += 1;
        }
    }
    assert!(seen >= 20, "only {seen} exchanges found");
}
