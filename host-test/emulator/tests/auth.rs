//! Who is let in, and AWS's words to those who are not.

mod support;

use bedrock_emulator::auth::Gate;
use bedrock_emulator::{
    AccessKey, Clock, Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, Emulator,
};
use support::{NOW, Outgoing, Signer, hello, path};

const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE==";

/// What came of a request: nothing, or status, code and message.
fn verdict(keys: &[AccessKey], request: &Outgoing) -> Result<(), (u16, String, String)> {
    let gate = Gate {
        region: "us-east-1",
        other_regions: &[],
        service: "bedrock",
        access_keys: keys,
        bearer_tokens: &["bedrock-api-key-example".to_owned()],
        clock: Clock::Fixed(NOW),
    };
    let admitted = gate.admit(&request.signable());
    admitted.map_err(|error| (error.status, error.code, error.message))
}

fn example_key() -> AccessKey {
    AccessKey::new(EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY)
}

fn request() -> Outgoing {
    Outgoing::post(path("converse"), &hello())
}

#[test]
fn a_request_signed_with_a_known_key_is_let_in() {
    assert_eq!(
        verdict(&[example_key()], &request().signed(&Signer::default())),
        Ok(())
    );
}

#[test]
fn every_signed_part_is_under_the_signature() {
    type Change = fn(&mut Outgoing);
    let changes: &[(&str, Change)] = &[
        ("method", |r| r.method = "PUT".to_owned()),
        ("path", |r| r.path = r.path.replace("lite", "pro")),
        ("body", |r| r.body.push(b' ')),
        ("header", |r| r.headers[1].1 = "text/plain".to_owned()),
        ("date", |r| r.headers[2].1 = "20261122T120001Z".to_owned()),
    ];
    for (part, change) in changes {
        let mut altered = request().signed(&Signer::default());
        change(&mut altered);
        let (status, code, message) = verdict(&[example_key()], &altered).expect_err(part);
        assert_eq!(
            (status, code.as_str()),
            (403, "InvalidSignatureException"),
            "{part}"
        );
        assert!(
            message.starts_with("The request signature we calculated does not match"),
            "{part}"
        );
        let canonical = altered.signable().canonical_request(&[
            "content-type".to_owned(),
            "host".to_owned(),
            "x-amz-date".to_owned(),
        ]);
        assert!(
            message.contains(&canonical),
            "{part}: the text shows the canonical string"
        );
        assert!(
            message.contains("'AWS4-HMAC-SHA256\n2026"),
            "{part}: and the string to sign"
        );
    }
}

#[test]
fn signatures_that_are_not_good_are_refused_in_awss_words() {
    let signer = Signer::default;
    let signed = |signer: Signer| request().signed(&signer);
    let invalid = "InvalidSignatureException";
    let cases = [
        (
            "unknown key",
            signed(Signer {
                id: "AKIDOTHER".to_owned(),
                ..signer()
            }),
            (
                403,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
        ),
        (
            "wrong secret",
            signed(Signer {
                secret: "wrong".to_owned(),
                ..signer()
            }),
            (
                403,
                invalid,
                "The request signature we calculated does not match",
            ),
        ),
        (
            "wrong region",
            signed(Signer {
                region: "eu-west-1".to_owned(),
                ..signer()
            }),
            (
                403,
                invalid,
                "Credential should be scoped to a valid region.",
            ),
        ),
        (
            "wrong service",
            signed(Signer {
                service: "bedrock-runtime".to_owned(),
                ..signer()
            }),
            (
                403,
                invalid,
                "Credential should be scoped to correct service: 'bedrock'.",
            ),
        ),
        (
            "five minutes and a second late",
            signed(Signer {
                date: "20261122T115459Z".to_owned(),
                ..signer()
            }),
            (
                403,
                invalid,
                "Signature expired: 20261122T115459Z is now earlier than 20261122T115500Z (20261122T120000Z - 5 min.)",
            ),
        ),
        (
            "five minutes and a second early",
            signed(Signer {
                date: "20261122T120501Z".to_owned(),
                ..signer()
            }),
            (
                403,
                invalid,
                "Signature not yet current: 20261122T120501Z is still later than 20261122T120500Z (20261122T120000Z + 5 min.)",
            ),
        ),
        (
            "a token that the key does not have",
            signed(Signer {
                token: Some(TOKEN.to_owned()),
                ..signer()
            }),
            (
                403,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
        ),
        (
            "an x-amz header outside the signature",
            request().signed(&signer()).header("x-amz-meta", "1"),
            (403, invalid, "'x-amz-meta' must be a 'SignedHeader'"),
        ),
        (
            "no Authorization",
            request(),
            (
                403,
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ),
        ),
        (
            "another scheme",
            request().header("authorization", "Basic YTpi"),
            (
                400,
                "IncompleteSignatureException",
                "expected the algorithm 'AWS4-HMAC-SHA256', seen 'Basic'",
            ),
        ),
        (
            "no signature",
            request().header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host",
            ),
            (
                400,
                "IncompleteSignatureException",
                "Authorization header requires 'Signature' parameter.",
            ),
        ),
        (
            "a short credential",
            request().header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00",
            ),
            (
                400,
                "IncompleteSignatureException",
                "Credential must have exactly 5 slash-delimited elements",
            ),
        ),
        (
            "no date",
            request().header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=00",
            ),
            (
                400,
                "IncompleteSignatureException",
                "Authorization header requires existence of either",
            ),
        ),
        (
            "an unknown bearer key",
            request().header("authorization", "Bearer other"),
            (
                403,
                "AccessDeniedException",
                "Authentication failed: Please make sure your API Key is valid.",
            ),
        ),
    ];
    for (name, request, (status, code, start)) in cases {
        let seen = verdict(&[example_key()], &request).expect_err(name);
        assert_eq!((seen.0, seen.1.as_str()), (status, code), "{name}");
        assert!(seen.2.starts_with(start), "{name}: {}", seen.2);
    }
}

#[test]
fn five_minutes_either_way_are_tolerated() {
    for date in ["20261122T115500Z", "20261122T120500Z"] {
        let signer = Signer {
            date: date.to_owned(),
            ..Signer::default()
        };
        assert_eq!(
            verdict(&[example_key()], &request().signed(&signer)),
            Ok(()),
            "{date}"
        );
    }
}

#[test]
fn the_host_must_be_signed() {
    let signed = request().signed(&Signer::default());
    let mut request = signed.clone();
    for (name, value) in &mut request.headers {
        if name == "authorization" {
            *value = value.replace("content-type;host;", "content-type;");
        }
    }
    let (_, code, message) = verdict(&[example_key()], &request).expect_err("host is not signed");
    assert_eq!(code, "InvalidSignatureException");
    assert!(
        message.starts_with("'Host' or ':authority' must be"),
        "{message}"
    );
}

#[test]
fn a_temporary_key_needs_its_own_unexpired_token() {
    let key = example_key().session_token(TOKEN);
    let with = |token: Option<&str>| {
        request().signed(&Signer {
            token: token.map(str::to_owned),
            ..Signer::default()
        })
    };
    let code =
        |key: AccessKey, request: &Outgoing| verdict(&[key], request).map_err(|(_, code, _)| code);
    let unrecognized = || Err("UnrecognizedClientException".to_owned());
    assert_eq!(code(key.clone(), &with(Some(TOKEN))), Ok(()));
    assert_eq!(code(key.clone(), &with(None)), unrecognized());
    assert_eq!(code(key.clone(), &with(Some("other"))), unrecognized());
    assert_eq!(
        code(key.clone().expires_at(NOW + 1), &with(Some(TOKEN))),
        Ok(())
    );
    assert_eq!(
        code(key.expires_at(NOW), &with(Some(TOKEN))),
        Err("ExpiredTokenException".to_owned())
    );
}

#[test]
fn a_known_bearer_key_needs_no_signature() {
    let request = request().header("authorization", "Bearer bedrock-api-key-example");
    assert_eq!(verdict(&[], &request), Ok(()));
}

#[test]
fn a_secret_is_never_printed() {
    let shown = format!("{:?}", example_key().session_token(TOKEN));
    assert!(
        !shown.contains(EXAMPLE_SECRET_ACCESS_KEY) && !shown.contains(TOKEN),
        "{shown}"
    );
}

#[tokio::test]
async fn a_refusal_on_the_wire_has_awss_shape_and_the_services_time() {
    let config = Config {
        clock: Clock::Fixed(NOW),
        ..Config::default()
    };
    let emulator = Emulator::start(config).await.expect("a port");
    let answer = request().send(emulator.addr()).await;
    assert_eq!(answer.status(), 403);
    let header = |name| answer.header(name);
    assert_eq!(
        header("x-amzn-errortype").as_deref(),
        Some("MissingAuthenticationTokenException")
    );
    assert_eq!(
        header("date").as_deref(),
        Some("Sun, 22 Nov 2026 12:00:00 GMT")
    );
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    assert_eq!(header("x-amzn-requestid").map(|id| id.len()), Some(36));
    assert_eq!(
        answer.json(),
        serde_json::json!({"message": "Missing Authentication Token"})
    );
    let counters = emulator.counters();
    assert_eq!((counters.requests, counters.refused), (1, 1));
}

#[tokio::test]
async fn a_signed_request_over_tcp_is_answered() {
    let config = Config {
        clock: Clock::Fixed(NOW),
        ..Config::default()
    };
    let emulator = Emulator::start(config).await.expect("a port");
    let answer = request()
        .signed(&Signer::default())
        .send(emulator.addr())
        .await;
    assert_eq!(answer.status(), 200, "{}", answer.message());
    let requests = emulator.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, path("converse"));
    assert_eq!(requests[0].json(), hello());
    assert_eq!(requests[0].header("Content-Type"), Some("application/json"));
}
