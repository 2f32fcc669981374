//! The emulator checks each signature with code of its own; here it must accept the right ones and no others.

use crate::support::calls::{
    CLAUDE, ask, calling, complete, credentials, drain, emulator, open, reaching,
};
use crate::support::components::provider;
use crate::support::message::Message;
use crate::support::wire::{self, Received, tampering_proxy};
use bedrock_emulator::auth::Gate;
use bedrock_emulator::sigv4::Signable;
use bedrock_emulator::{
    AccessKey, Clock, Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_REGION, EXAMPLE_SECRET_ACCESS_KEY,
    Emulator, Fault, Operation, Pace, Script,
};
use bedrock_host::types::{Context, Error, ErrorKind, Request};

const ARN: &str =
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef123456";
const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+==";
const BEARER: &str = "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3Rpb24=";

/// The error of `complete` and that of `stream`.
async fn refused(request: &Request, context: &Context) -> [Error; 2] {
    let whole = complete(request, context).await;
    let streaming = open(request, context).await;
    [
        whole.expect_err("the signature was accepted"),
        streaming.err().expect("the signature was accepted"),
    ]
}

fn assert_not_authentic(error: &Error, code: &str, says: &str) {
    assert_eq!(
        (
            error.kind,
            error.code.as_deref(),
            error.status,
            error.retryable
        ),
        (ErrorKind::Authentication, Some(code), Some(403), false),
        "{error:?}"
    );
    assert!(error.message.contains(says), "no {says:?} in {error:?}");
}

#[tokio::test]
async fn the_right_key_is_accepted() {
    let emulator = emulator(Config::default()).await;
    let context = calling(&emulator.url());
    complete(&ask("Hi"), &context).await.expect("an answer");
    open(&ask("Hi"), &context).await.expect("a stream");
    assert_eq!(emulator.counters().refused, 0);
    let sent = &emulator.requests()[0];
    let authorization = sent.header("authorization").expect("a signature");
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
        "{authorization}"
    );
    assert!(
        authorization.contains("/us-east-1/bedrock/aws4_request"),
        "{authorization}"
    );
}

#[tokio::test]
async fn a_temporary_key_is_accepted_with_its_session_token_and_not_without() {
    let key = AccessKey::new(EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY)
        .session_token(SESSION_TOKEN);
    let emulator = emulator(Config {
        access_keys: vec![key],
        ..Config::default()
    })
    .await;
    let with_token = |token: Option<&str>| {
        let mut blob = serde_json::json!({
            "accessKeyId": EXAMPLE_ACCESS_KEY_ID,
            "secretAccessKey": EXAMPLE_SECRET_ACCESS_KEY,
            "region": EXAMPLE_REGION,
        });
        if let Some(token) = token {
            blob["sessionToken"] = token.into();
        }
        Context {
            credentials: Some(blob.to_string()),
            ..calling(&emulator.url())
        }
    };
    complete(&ask("Hi"), &with_token(Some(SESSION_TOKEN)))
        .await
        .expect("an answer");
    assert_eq!(
        emulator.requests()[0].header("x-amz-security-token"),
        Some(SESSION_TOKEN)
    );
    for token in [None, Some("another")] {
        for error in refused(&ask("Hi"), &with_token(token)).await {
            assert_not_authentic(&error, "UnrecognizedClientException", "security token");
        }
    }
}

#[tokio::test]
async fn a_key_whose_session_is_over_says_so() {
    let key = AccessKey::new(EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY).expires_at(0);
    let emulator = emulator(Config {
        access_keys: vec![key],
        ..Config::default()
    })
    .await;
    for error in refused(&ask("Hi"), &calling(&emulator.url())).await {
        assert_not_authentic(&error, "ExpiredTokenException", "get new credentials");
    }
}

#[tokio::test]
async fn a_model_that_is_an_arn_is_one_segment_of_the_path_and_names_its_region() {
    let emulator = emulator(Config::default()).await;
    let request = Request::new(format!("bedrock/{ARN}")).user("Hi");
    // The ARN's region is the one to sign for, whatever the credentials say.
    let context = Context {
        credentials: Some(credentials(EXAMPLE_SECRET_ACCESS_KEY, "eu-west-1")),
        ..calling(&emulator.url())
    };
    let answer = complete(&request, &context).await.expect("an answer");
    assert_eq!(answer.model, ARN);
    open(&request, &context).await.expect("a stream");
    let sent = &emulator.requests()[0];
    assert!(
        sent.path
            .starts_with("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A"),
        "{}",
        sent.path
    );
    assert!(
        sent.path
            .contains("application-inference-profile%2Fabcdef123456/converse"),
        "{}",
        sent.path
    );
}

#[tokio::test]
async fn an_endpoints_base_path_is_called_and_signed() {
    let (listener, url) = wire::listen().await;
    let server = tokio::spawn(async move {
        let (mut socket, request) = wire::accept(&listener).await;
        wire::send(&mut socket, "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n").await;
        (socket, request)
    });
    let context = calling(&format!("{url}/aws/bedrock/"));
    complete(&ask("Hi"), &context)
        .await
        .expect_err("the server answers nothing else");
    let (_socket, request) = server.await.expect("a request");
    let path = request.path();
    let id = CLAUDE.trim_start_matches("bedrock/").replace(':', "%3A");
    assert_eq!(path, format!("/aws/bedrock/model/{id}/converse"));
    let config = Config::default();
    let gate = Gate {
        region: &config.region,
        other_regions: &[],
        service: &config.service,
        access_keys: &config.access_keys,
        bearer_tokens: &[],
        clock: config.clock,
    };
    let headers = request.headers();
    let admitted = gate.admit(&Signable {
        method: "POST",
        path: &path,
        query: "",
        headers: &headers,
        body: &request.body,
    });
    admitted.expect("a right signature over the whole path");
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_awss_words() {
    let emulator = emulator(Config::default()).await;
    let context = Context {
        credentials: Some(credentials("a wrong secret", EXAMPLE_REGION)),
        ..calling(&emulator.url())
    };
    for error in refused(&ask("Hi"), &context).await {
        assert_not_authentic(
            &error,
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided",
        );
        assert!(!error.message.contains("a wrong secret"), "{error:?}");
    }
}

#[tokio::test]
async fn an_unknown_key_is_refused_in_awss_words() {
    let emulator = emulator(Config {
        access_keys: Vec::new(),
        ..Config::default()
    })
    .await;
    for error in refused(&ask("Hi"), &calling(&emulator.url())).await {
        assert_not_authentic(&error, "UnrecognizedClientException", "unknown to AWS");
    }
}

#[tokio::test]
async fn a_clock_that_is_twenty_minutes_off_is_corrected_once_for_all_calls_of_an_instance() {
    for offset in [1200, -1200] {
        let emulator = emulator(Config {
            clock: Clock::Offset(offset),
            ..Config::default()
        })
        .await;
        let context = calling(&emulator.url());
        let mut instance = provider()
            .instantiate(&reaching(&emulator.url()))
            .await
            .expect("an instance");
        for requests in [2, 3, 4] {
            instance
                .complete(&ask("Hi"), &context)
                .await
                .unwrap_or_else(|error| panic!("{offset}: {error:?}"));
            assert_eq!(emulator.counters().requests, requests, "{offset}");
        }
        let stream = open(&ask("Hi"), &context).await.expect("a stream");
        assert_eq!(drain(stream).await.1, None);
        assert_eq!(emulator.counters().requests, 6, "{offset}");
    }
}

#[tokio::test]
async fn a_clock_that_cannot_be_corrected_is_told() {
    // The signature is two days old when it comes, whatever the clock says.
    let emulator = emulator(Config {
        clock: Clock::Offset(1200),
        ..Config::default()
    })
    .await;
    let (url, proxy) = tampering_proxy(emulator.addr(), |request| {
        let head = String::from_utf8_lossy(&request.head).into_owned();
        let from = head.find("x-amz-date: ").expect("a date") + "x-amz-date: ".len();
        request.head.splice(from..from + 8, *b"20200101");
    })
    .await;
    for error in refused(&ask("Hi"), &calling(&url)).await {
        assert_eq!(error.kind, ErrorKind::Authentication, "{error:?}");
    }
    // Once more each, after the clock was set right, and no further.
    assert_eq!(emulator.counters().requests, 4);
    proxy.abort();
}

#[tokio::test]
async fn clocks_that_differ_by_four_minutes_do_not_matter() {
    for offset in [240, -240] {
        let emulator = emulator(Config {
            clock: Clock::Offset(offset),
            ..Config::default()
        })
        .await;
        complete(&ask("Hi"), &calling(&emulator.url()))
            .await
            .expect("an answer");
    }
}

#[tokio::test]
async fn a_signature_for_another_region_is_refused() {
    let emulator = emulator(Config {
        region: "us-west-2".into(),
        ..Config::default()
    })
    .await;
    for error in refused(&ask("Hi"), &calling(&emulator.url())).await {
        assert_not_authentic(&error, "InvalidSignatureException", "valid region");
    }
}

/// Calls through a proxy that changes each request.
async fn refused_through(
    tamper: impl Fn(&mut Received) + Send + Sync + 'static,
) -> (Emulator, [Error; 2]) {
    let emulator = emulator(Config::default()).await;
    let (url, proxy) = tampering_proxy(emulator.addr(), tamper).await;
    let errors = refused(&ask("Pay Alice 10"), &calling(&url)).await;
    proxy.abort();
    (emulator, errors)
}

#[tokio::test]
async fn a_proxy_that_changes_nothing_changes_nothing() {
    let emulator = emulator(Config::default()).await;
    let (url, proxy) = tampering_proxy(emulator.addr(), |_| {}).await;
    complete(&ask("Pay Alice 10"), &calling(&url))
        .await
        .expect("an answer");
    proxy.abort();
}

#[tokio::test]
async fn a_body_that_was_altered_on_the_way_is_refused() {
    let (emulator, errors) = refused_through(|request| {
        let at = request
            .body
            .windows(2)
            .position(|two| two == b"10")
            .expect("the sum");
        request.body[at] = b'9';
    })
    .await;
    for error in errors {
        assert_not_authentic(&error, "InvalidSignatureException", "does not match");
    }
    let arrived = String::from_utf8(emulator.requests()[0].body.to_vec()).expect("UTF-8");
    assert!(arrived.contains("Pay Alice 90"), "{arrived}");
}

#[tokio::test]
async fn a_signature_that_was_altered_on_the_way_is_refused() {
    let (_, errors) = refused_through(|request| {
        let name = b"Signature=";
        let found = request
            .head
            .windows(name.len())
            .position(|part| part == name);
        let at = found.expect("a signature") + name.len();
        request.head[at] = if request.head[at] == b'0' { b'1' } else { b'0' };
    })
    .await;
    for error in errors {
        assert_not_authentic(&error, "InvalidSignatureException", "does not match");
    }
}

#[tokio::test]
async fn a_byte_altered_anywhere_in_a_frame_is_found() {
    let text = "All is well.";
    let script = Script::text(text);
    let bedrock_emulator::Answer::Reply(reply) = &script.answer else {
        panic!("a text is a reply");
    };
    let frames =
        bedrock_emulator::frames::Encoded::from_frames(&reply.frames(7), true).expect("frames");
    // The second frame holds the text: its length, its header length, its checksums, its headers and its payload.
    let (begin, end) = (frames.ends[0], frames.ends[1]);
    let places = [
        begin + 1,
        begin + 4,
        begin + 8,
        begin + 12,
        begin + 20,
        (begin + end) / 2,
        end - 6,
        end - 1,
    ];
    for at in places {
        let script = Script::bytes(frames.bytes.clone())
            .fault(Fault::FlipByte(at))
            .pace(Pace::whole());
        let emulator = emulator(Config::default().script(Operation::ConverseStream, script)).await;
        let stream = open(&ask("Hi"), &calling(&emulator.url()))
            .await
            .expect("the first frame is whole");
        let (chunks, error) = crate::support::calls::drain(stream).await;
        let error = error.expect("an error");
        assert_eq!(
            (error.kind, error.retryable),
            (ErrorKind::MalformedStream, true),
            "byte {at}: {error:?}"
        );
        assert_eq!(Message::of(&chunks).text(), "", "byte {at}");
    }
}

fn bearer(endpoint: &str, token: &str) -> Context {
    let blob = serde_json::json!({"bearerToken": token, "region": EXAMPLE_REGION});
    Context {
        credentials: Some(blob.to_string()),
        ..calling(endpoint)
    }
}

#[tokio::test]
async fn a_bearer_token_goes_alone() {
    let emulator = emulator(Config {
        bearer_tokens: vec![BEARER.into()],
        ..Config::default()
    })
    .await;
    let context = bearer(&emulator.url(), BEARER);
    complete(&ask("Hi"), &context).await.expect("an answer");
    open(&ask("Hi"), &context).await.expect("a stream");
    for sent in emulator.requests() {
        assert_eq!(
            sent.header("authorization"),
            Some(format!("Bearer {BEARER}").as_str())
        );
        let of_sigv4: Vec<_> = sent
            .headers
            .iter()
            .filter(|(name, _)| name.starts_with("x-amz-"))
            .collect();
        assert!(of_sigv4.is_empty(), "{of_sigv4:?}");
    }
}

#[tokio::test]
async fn a_bearer_token_that_bedrock_does_not_know_is_refused() {
    let emulator = emulator(Config::default()).await;
    for error in refused(&ask("Hi"), &bearer(&emulator.url(), BEARER)).await {
        assert_eq!(
            (error.kind, error.status),
            (ErrorKind::Permission, Some(403)),
            "{error:?}"
        );
        assert!(error.message.contains("API Key"), "{error:?}");
        assert!(!format!("{error:?}").contains(BEARER), "{error:?}");
    }
}

#[tokio::test]
async fn a_bearer_token_does_not_leave_the_machine_unencrypted() {
    // Nothing listens there: had it been tried, the error were one of name or connection.
    for endpoint in [
        "http://bedrock.invalid",
        "http://192.0.2.1:8080",
        "http://localhost.invalid",
    ] {
        for error in refused(&ask("Hi"), &bearer(endpoint, BEARER)).await {
            assert_eq!(
                error.kind,
                ErrorKind::InvalidRequest,
                "{endpoint}: {error:?}"
            );
            assert_eq!(error.path.as_deref(), Some("context.endpoint"), "{error:?}");
            assert!(error.message.contains("https"), "{error:?}");
        }
    }
}
