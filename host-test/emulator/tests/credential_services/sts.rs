//! STS.

use super::support::{Incoming, Outgoing, Signer};
use super::{ADMITTED, bedrock_says, element, signer, start};
use bedrock_emulator::credential_services::{Role, Sts, Trust, WebIdentity};
use bedrock_emulator::{CredentialServices, Emulator};

const ROLE: &str = "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo";
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.sig";

fn services() -> CredentialServices {
    let arn = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    CredentialServices {
        sts: Some(Sts {
            roles: vec![
                Role::new(arn("demo")),
                Role::new(arn("guarded")).external_id("ext1"),
                Role::new(arn("service/pods")).trust(Trust::WebIdentities),
                Role::new(arn("people")).trust(Trust::Keys),
                Role {
                    max_session: 43_200,
                    ..Role::new(arn("long"))
                },
            ],
            web_identities: vec![
                WebIdentity::new(TOKEN),
                WebIdentity::expired("eyJvbGQiOjF9.e30.sig"),
            ],
            ..Sts::default()
        }),
        ..CredentialServices::default()
    }
}

fn form(body: &str) -> Outgoing {
    Outgoing {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: vec![
            ("host".to_owned(), "sts.us-east-1.amazonaws.com".to_owned()),
            (
                "content-type".to_owned(),
                "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
            ),
        ],
        body: body.as_bytes().to_vec(),
    }
}

fn sts_signer() -> Signer {
    Signer {
        service: "sts".to_owned(),
        ..Signer::default()
    }
}

async fn assume(emulator: &Emulator, parameters: &str, signer: &Signer) -> Incoming {
    let body = format!("Action=AssumeRole&Version=2011-06-15&{parameters}");
    form(&body).signed(signer).send(emulator.addr()).await
}

async fn with_web_identity(emulator: &Emulator, parameters: &str) -> Incoming {
    let body = format!("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&{parameters}");
    form(&body).send(emulator.addr()).await
}

fn issued(incoming: &Incoming) -> Signer {
    signer(
        &element(incoming, "AccessKeyId"),
        &element(incoming, "SecretAccessKey"),
        &element(incoming, "SessionToken"),
    )
}

fn refusal(incoming: &Incoming) -> (u16, String) {
    assert_eq!(incoming.header("content-type").as_deref(), Some("text/xml"));
    (incoming.status(), element(incoming, "Code"))
}

#[tokio::test]
async fn an_assumed_roles_credentials_are_good_for_bedrock() {
    let emulator = start(services()).await;
    let answer = assume(
        &emulator,
        &format!("{ROLE}&RoleSessionName=sess"),
        &sts_signer(),
    )
    .await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        element(&answer, "Arn"),
        "arn:aws:sts::123456789012:assumed-role/demo/sess"
    );
    assert_eq!(element(&answer, "Expiration"), "2026-11-22T13:00:00Z");
    let session = issued(&answer);
    assert_eq!(bedrock_says(&emulator, &session).await, ADMITTED);
    let stripped = Signer {
        token: None,
        ..session
    };
    let verdict = bedrock_says(&emulator, &stripped).await;
    assert_eq!(verdict, (403, "UnrecognizedClientException".to_owned()));
}

#[tokio::test]
async fn an_assumed_role_may_assume_another_for_an_hour_at_most() {
    let emulator = start(services()).await;
    let first = assume(
        &emulator,
        &format!("{ROLE}&RoleSessionName=first"),
        &sts_signer(),
    )
    .await;
    let session = Signer {
        service: "sts".to_owned(),
        ..issued(&first)
    };
    let long = ROLE.replace("demo", "long");
    let second = |seconds: u32| format!("{long}&RoleSessionName=second&DurationSeconds={seconds}");
    let refused = assume(&emulator, &second(7200), &session).await;
    assert_eq!(refusal(&refused), (400, "ValidationError".to_owned()));
    let answer = assume(&emulator, &second(900), &session).await;
    assert_eq!(element(&answer, "Expiration"), "2026-11-22T12:15:00Z");
    assert_eq!(bedrock_says(&emulator, &issued(&answer)).await, ADMITTED);
    let by_key = assume(&emulator, &second(7200), &sts_signer()).await;
    assert_eq!(element(&by_key, "Expiration"), "2026-11-22T14:00:00Z");
}

#[tokio::test]
async fn assume_role_is_refused_in_the_query_protocols_words() {
    let emulator = start(services()).await;
    let good = format!("{ROLE}&RoleSessionName=sess");
    let other = |change: fn(&mut Signer)| {
        let mut signer = sts_signer();
        change(&mut signer);
        signer
    };
    let demo = |name: &str| good.replace("demo", name);
    let cases: &[(&str, String, Signer, (u16, &str))] = &[
        (
            "unknown key",
            good.clone(),
            other(|s| s.id = "AKIDX".into()),
            (403, "InvalidClientTokenId"),
        ),
        (
            "wrong secret",
            good.clone(),
            other(|s| s.secret = "x".into()),
            (403, "SignatureDoesNotMatch"),
        ),
        (
            "wrong service",
            good.clone(),
            other(|s| s.service = "bedrock".into()),
            (403, "SignatureDoesNotMatch"),
        ),
        (
            "wrong region",
            good.clone(),
            other(|s| s.region = "eu-west-1".into()),
            (403, "SignatureDoesNotMatch"),
        ),
        (
            "skewed clock",
            good.clone(),
            other(|s| s.date = "20261122T110000Z".into()),
            (403, "SignatureDoesNotMatch"),
        ),
        (
            "unknown role",
            demo("nobody"),
            sts_signer(),
            (403, "AccessDenied"),
        ),
        (
            "role of pods",
            demo("service%2Fpods"),
            sts_signer(),
            (403, "AccessDenied"),
        ),
        (
            "no external id",
            demo("guarded"),
            sts_signer(),
            (403, "AccessDenied"),
        ),
        (
            "other external id",
            demo("guarded") + "&ExternalId=ext2",
            sts_signer(),
            (403, "AccessDenied"),
        ),
        (
            "no session name",
            ROLE.to_owned(),
            sts_signer(),
            (400, "ValidationError"),
        ),
        (
            "bad session name",
            format!("{ROLE}&RoleSessionName=a%20b"),
            sts_signer(),
            (400, "ValidationError"),
        ),
        (
            "too short",
            good.clone() + "&DurationSeconds=60",
            sts_signer(),
            (400, "ValidationError"),
        ),
        (
            "longer than the role",
            good.clone() + "&DurationSeconds=7200",
            sts_signer(),
            (400, "ValidationError"),
        ),
    ];
    for (name, parameters, signer, (status, code)) in cases {
        let answer = assume(&emulator, parameters, signer).await;
        assert_eq!(refusal(&answer), (*status, (*code).to_owned()), "{name}");
    }
    let unsigned = form(&format!("Action=AssumeRole&Version=2011-06-15&{good}"));
    let answer = unsigned.send(emulator.addr()).await;
    let expected = (403, "MissingAuthenticationToken".to_owned());
    assert_eq!(refusal(&answer), expected);
    let granted = demo("guarded") + "&ExternalId=ext1";
    let answer = assume(&emulator, &granted, &sts_signer()).await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn the_body_is_under_the_signature() {
    let emulator = start(services()).await;
    let body = format!("Action=AssumeRole&Version=2011-06-15&{ROLE}&RoleSessionName=sess");
    let mut request = form(&body).signed(&sts_signer());
    request.body = body.replace("sess", "evil").into_bytes();
    let answer = request.send(emulator.addr()).await;
    let expected = (403, "SignatureDoesNotMatch".to_owned());
    assert_eq!(refusal(&answer), expected);
}

#[tokio::test]
async fn a_web_identity_gets_credentials_that_are_good_for_bedrock() {
    let emulator = start(services()).await;
    let role = ROLE.replace("demo", "service%2Fpods");
    let parameters = format!("{role}&RoleSessionName=sess&WebIdentityToken={TOKEN}");
    let answer = with_web_identity(&emulator, &parameters).await;
    assert_eq!(answer.status(), 200);
    let arn = "arn:aws:sts::123456789012:assumed-role/pods/sess";
    assert_eq!(element(&answer, "Arn"), arn);
    assert_eq!(bedrock_says(&emulator, &issued(&answer)).await, ADMITTED);
    let log = emulator.credential_requests();
    assert_eq!(log[0].parameter("WebIdentityToken").as_deref(), Some(TOKEN));
}

#[tokio::test]
async fn a_web_identity_is_refused_as_sts_does() {
    let emulator = start(services()).await;
    let people = ROLE.replace("demo", "people");
    let good = format!("{ROLE}&RoleSessionName=sess&WebIdentityToken={TOKEN}");
    let cases = [
        (
            good.replace(TOKEN, "eyJvbGQiOjF9.e30.sig"),
            (400, "ExpiredTokenException"),
        ),
        (
            good.replace(TOKEN, "not-a-token"),
            (400, "InvalidIdentityToken"),
        ),
        (good.clone() + "%0A", (400, "InvalidIdentityToken")),
        (good.replace(ROLE, &people), (403, "AccessDenied")),
        (
            good.replace("&RoleSessionName=sess", ""),
            (400, "ValidationError"),
        ),
        (good.replace(TOKEN, ""), (400, "ValidationError")),
    ];
    for (parameters, (status, code)) in cases {
        let answer = with_web_identity(&emulator, &parameters).await;
        assert_eq!(refusal(&answer), (status, code.to_owned()), "{parameters}");
    }
    let counters = emulator.counters();
    assert_eq!((counters.requests, counters.refused), (6, 6));
}

#[tokio::test]
async fn an_action_or_version_that_sts_has_not_is_invalid() {
    let emulator = start(services()).await;
    for body in [
        "Action=AssumeRule&Version=2011-06-15",
        "Action=AssumeRole&Version=2010-01-01",
        "Action=AssumeRole",
        "",
    ] {
        let answer = form(body).signed(&sts_signer()).send(emulator.addr()).await;
        assert_eq!(
            refusal(&answer),
            (400, "InvalidAction".to_owned()),
            "{body}"
        );
    }
}

#[tokio::test]
async fn text_of_the_request_is_escaped_in_a_refusal() {
    let emulator = start(services()).await;
    let answer = assume(
        &emulator,
        &format!("{ROLE}&RoleSessionName=%3Cb%3E%26"),
        &sts_signer(),
    )
    .await;
    assert_eq!(
        element(&answer, "Message"),
        r"1 validation error detected: Value '&lt;b&gt;&amp;' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"
    );
}

#[tokio::test]
async fn credentials_that_are_over_are_refused_by_bedrock() {
    let emulator = start(CredentialServices {
        expires_in: Some(-1),
        ..services()
    })
    .await;
    let parameters = format!("{ROLE}&RoleSessionName=sess&DurationSeconds=900");
    let answer = assume(&emulator, &parameters, &sts_signer()).await;
    assert_eq!(element(&answer, "Expiration"), "2026-11-22T11:59:59Z");
    let verdict = bedrock_says(&emulator, &issued(&answer)).await;
    assert_eq!(verdict, (403, "ExpiredTokenException".to_owned()));
}
