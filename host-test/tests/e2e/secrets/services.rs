//! The services of the chain: good ones, and those that repeat what they were sent.

use super::*;
use bedrock_emulator::CredentialExchange::{
    self, AssumeRole, AssumeRoleWithWebIdentity, ContainerCredentials, MetadataCredentials,
    MetadataRole, RoleCredentials,
};
use bedrock_emulator::CredentialFault;

/// What is asked in turn of each source, and the secrets that are sent with it, or that its answer would hold.
const ASKED: &[(&str, CredentialExchange, &[&str])] = &[
    ("role", AssumeRole, &[KEY, SESSION]),
    ("web_identity", AssumeRoleWithWebIdentity, &[JWT]),
    ("sso", RoleCredentials, &[LOGIN]),
    ("container", ContainerCredentials, &[POD]),
    ("container_file", ContainerCredentials, &[POD]),
    ("instance", MetadataRole, &[METADATA_TOKEN]),
    ("instance", MetadataCredentials, &[METADATA_TOKEN]),
];

/// The first that the emulator gives.
const METADATA_TOKEN: &str = "AQAEmulated00000001==";

/// Answers that hold secrets where none belong: status, type and body, of which `{}` is the secrets.
const ECHOES: &[(u16, &str, &str)] = &[
    (
        403,
        "text/xml",
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Token {} is no good</Message></Error></ErrorResponse>",
    ),
    (
        400,
        "text/xml",
        "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
    ),
    (
        200,
        "text/xml",
        "<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken><Expiration>{}</Expiration></Credentials>",
    ),
    (
        200,
        "text/xml",
        "<Credentials><AccessKeyId>{}</AccessKeyId><{}",
    ),
    (
        403,
        "application/json",
        r#"{"code":"Denied","message":"{}"}"#,
    ),
    (400, "application/json", r#"{"Code":"{}","Message":"{}"}"#),
    (200, "application/json", r#"{"Code":"{}","Message":"{}"}"#),
    (
        200,
        "application/json",
        r#"{"AccessKeyId":"{}","SecretAccessKey":"{}","Token":"{}","Expiration":"{}"}"#,
    ),
    (
        200,
        "application/json",
        r#"{"roleCredentials":{"accessKeyId":"{}","secretAccessKey":"{}","sessionToken":"{}","expiration":"{}"}}"#,
    ),
    (200, "application/json", r#"{"AccessKeyId":"{}" {}"#),
    (200, "text/plain", "{}"),
    (200, "text/plain", "{}\n{}"),
    (401, "text/plain", "{}"),
    (403, "text/html", "<html>You sent {}</html>"),
    (302, "text/html", "{}"),
];

#[tokio::test]
async fn good_answers_leave_no_secret_behind() {
    let emulator = served(account()).await;
    let mut heard = Heard::default();
    for source in SOURCES {
        let place = place("good", source, &emulator);
        heard.call(source, &place, &Context::default()).await;
        assert!(
            heard
                .0
                .iter()
                .any(|(flow, said)| flow == source && said.starts_with("complete Response")),
            "{source}: {heard:?}",
            heard = heard.0
        );
    }
    heard.assert_silent(4 * SOURCES.len());
}

#[tokio::test]
async fn services_that_repeat_what_they_were_sent_are_not_repeated() {
    let mut heard = Heard::default();
    for (number, (status, content_type, body)) in ECHOES.iter().enumerate() {
        for (source, exchange, sent) in ASKED {
            let fault = CredentialFault::Status {
                status: *status,
                content_type: (*content_type).to_owned(),
                body: body.replace("{}", &sent.join(" ")),
            };
            let emulator = served(account().fault(*exchange, fault)).await;
            let place = place(&format!("echo_{number}"), source, &emulator);
            let flow = format!("{source}, {exchange:?}, {status} {body}");
            let mut instance = place.instance().await;
            let outcome = instance.complete(&ask("Hi"), &Context::default()).await;
            let error = outcome.err().unwrap_or_else(|| panic!("{flow} was taken"));
            heard.note(&flow, format!("{error:?} {error}"));
        }
    }
    heard.assert_silent(ECHOES.len() * ASKED.len());
}
