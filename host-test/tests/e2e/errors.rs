//! Every way in which a call can fail, and what the caller is told.

use crate::support::calls::{
    LLAMA, ask, calling, complete, complete_with, emulator, open, open_with, reaching,
};
use crate::support::wire;
use bedrock_emulator::{
    Config, EXAMPLE_ACCESS_KEY_ID, Emulator, ErrorForm, Fault, Operation, Point, Script,
    ServiceError,
};
use bedrock_host::Grants;
use bedrock_host::http::AllowList;
use bedrock_host::types::{Context, Error, ErrorKind, Request};
use std::time::Duration;

const TEXT: &str = "A text that takes a while to be told, as it is cut into pieces.";
const FIRST_REQUEST_ID: &str = "00000000-0000-4000-8000-000000000001";

/// Every code that Bedrock's front door and service model know, and what it means to a caller.
const CODES: &[(&str, u16, ErrorKind, bool)] = &[
    ("AccessDeniedException", 403, ErrorKind::Permission, false),
    (
        "ExpiredTokenException",
        403,
        ErrorKind::Authentication,
        false,
    ),
    (
        "IncompleteSignatureException",
        400,
        ErrorKind::Authentication,
        false,
    ),
    ("InternalServerException", 500, ErrorKind::Upstream, true),
    (
        "InvalidSignatureException",
        403,
        ErrorKind::Authentication,
        false,
    ),
    (
        "MissingAuthenticationTokenException",
        403,
        ErrorKind::Authentication,
        false,
    ),
    ("ModelErrorException", 424, ErrorKind::Upstream, false),
    ("ModelNotReadyException", 429, ErrorKind::RateLimited, true),
    ("ModelTimeoutException", 408, ErrorKind::Timeout, true),
    ("ResourceNotFoundException", 404, ErrorKind::NotFound, false),
    (
        "ServiceQuotaExceededException",
        400,
        ErrorKind::RateLimited,
        false,
    ),
    (
        "ServiceUnavailableException",
        503,
        ErrorKind::Overloaded,
        true,
    ),
    ("ThrottlingException", 429, ErrorKind::RateLimited, true),
    (
        "UnrecognizedClientException",
        403,
        ErrorKind::Authentication,
        false,
    ),
    ("ValidationException", 400, ErrorKind::InvalidRequest, false),
];

/// A body's form, and whether the code and the message can be found in it.
const FORMS: &[(ErrorForm, bool, bool)] = &[
    (ErrorForm::Header, true, true),
    (ErrorForm::HeaderWithNamespace, true, true),
    (ErrorForm::BodyType, true, true),
    (ErrorForm::BodyCode, true, true),
    (ErrorForm::CapitalMessage, true, true),
    (ErrorForm::MessageOnly, false, true),
    (ErrorForm::Empty, false, false),
    (ErrorForm::Html, false, true),
];

/// The error of `complete`, and that of `stream`, which must have failed before its first chunk.
async fn refusals(error: ServiceError) -> [Error; 2] {
    let whole = emulator(Config::default().always(error.clone())).await;
    let streaming = emulator(Config::default().always(error)).await;
    let request = ask("Hi");
    let [whole, streaming] = [
        complete(&request, &calling(&whole.url())).await.err(),
        open(&request, &calling(&streaming.url())).await.err(),
    ];
    [whole.expect("an error"), streaming.expect("an error")]
}

#[tokio::test]
async fn every_code_is_told_with_its_kind_status_and_request_id() {
    for &(code, status, kind, retryable) in CODES {
        for error in refusals(ServiceError::new(code, "the service's own words")).await {
            assert_eq!(
                (
                    error.kind,
                    error.code.as_deref(),
                    error.status,
                    error.retryable
                ),
                (kind, Some(code), Some(status), retryable),
                "{error:?}"
            );
            assert_eq!(
                error.request_id.as_deref(),
                Some(FIRST_REQUEST_ID),
                "{error:?}"
            );
            assert!(
                error.message.contains("the service's own words"),
                "{error:?}"
            );
        }
    }
}

#[tokio::test]
async fn every_form_of_body_gives_a_useful_error() {
    let statuses = [
        ("ThrottlingException", 429, ErrorKind::RateLimited, true),
        ("ValidationException", 400, ErrorKind::InvalidRequest, false),
        (
            "ServiceUnavailableException",
            503,
            ErrorKind::Overloaded,
            true,
        ),
    ];
    for (code, status, kind, retryable) in statuses {
        for &(form, has_code, has_message) in FORMS {
            let refusal = ServiceError::new(code, "slow down a little").form(form);
            for error in refusals(refusal).await {
                let case = format!("{code} as {form:?}: {error:?}");
                // Without a code the status decides, and says the same here.
                assert_eq!((error.kind, error.retryable), (kind, retryable), "{case}");
                assert_eq!(error.code.as_deref(), has_code.then_some(code), "{case}");
                assert_eq!(error.status, Some(status), "{case}");
                assert_eq!(
                    error.request_id.as_deref(),
                    Some(FIRST_REQUEST_ID),
                    "{case}"
                );
                let says = if has_message {
                    "slow down a little".to_owned()
                } else {
                    status.to_string()
                };
                assert!(error.message.contains(&says), "{case}");
                assert!(!error.message.contains('\n'), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_status_without_a_code_decides_by_itself() {
    let table = [
        (401, ErrorKind::Authentication, false),
        (403, ErrorKind::Permission, false),
        (404, ErrorKind::NotFound, false),
        (413, ErrorKind::RequestTooLarge, false),
        (500, ErrorKind::Upstream, true),
        (502, ErrorKind::Upstream, true),
        (504, ErrorKind::Timeout, true),
        (418, ErrorKind::Upstream, false),
        (599, ErrorKind::Upstream, true),
    ];
    for (status, kind, retryable) in table {
        for form in [ErrorForm::Empty, ErrorForm::Html] {
            let refusal = ServiceError::new("None", "Bad Gateway")
                .status(status)
                .form(form);
            for error in refusals(refusal).await {
                assert_eq!(
                    (error.kind, error.retryable, error.status),
                    (kind, retryable, Some(status)),
                    "{form:?}: {error:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn how_long_to_wait_is_told_where_bedrock_says_it() {
    let refusal =
        ServiceError::new("ThrottlingException", "slow down").header("x-amz-retry-after", "1500");
    for error in refusals(refusal).await {
        assert_eq!(error.retry_after_ms, Some(1500), "{error:?}");
    }
}

#[tokio::test]
async fn a_refused_count_is_an_error_too() {
    let config = Config::default().script(
        Operation::CountTokens,
        Script::refusal("ResourceNotFoundException", "no such model"),
    );
    let emulator = emulator(config).await;
    let provider = crate::support::components::provider();
    let mut instance = provider
        .instantiate(&reaching(&emulator.url()))
        .await
        .expect("an instance");
    let count = instance
        .count_tokens(&ask("Hi"), &calling(&emulator.url()))
        .await;
    let error = crate::support::calls::own(count.expect_err("an error"));
    assert_eq!((error.kind, error.status), (ErrorKind::NotFound, Some(404)));
}

#[tokio::test]
async fn a_request_that_bedrock_finds_too_large_is_too_large() {
    let config = Config {
        max_body: 10_000,
        ..Config::default()
    };
    let emulator = emulator(config).await;
    let error = complete(&ask(&"x".repeat(20_000)), &calling(&emulator.url())).await;
    let error = error.expect_err("an error");
    assert_eq!(
        (error.kind, error.status),
        (ErrorKind::RequestTooLarge, Some(413)),
        "{error:?}"
    );
}

/// Whether a server that has refused a request by its head still takes the body.
#[tokio::test]
async fn a_refusal_that_comes_before_the_request_has_left_is_read() {
    for takes_the_body in [true, false] {
        let (listener, url) = wire::listen().await;
        let server = tokio::spawn(async move {
            let (mut socket, _) = wire::accept_head(&listener).await;
            let answer = "HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
            wire::send(&mut socket, answer).await;
            if takes_the_body {
                // Until the client has gone.
                let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
            }
            socket
        });
        // More than the buffers between the two hold.
        let request = ask(&"x".repeat(12_000_000));
        let context = calling(&url);
        let call = tokio::time::timeout(Duration::from_secs(10), complete(&request, &context));
        let error = call.await.unwrap_or_else(|_| {
            panic!("body taken: {takes_the_body}: the answer is there and nobody reads it")
        });
        let error = error.expect_err("an error");
        assert_eq!(
            (error.kind, error.status),
            (ErrorKind::RequestTooLarge, Some(413)),
            "body taken: {takes_the_body}: {error:?}"
        );
        server.abort();
    }
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_a_connection_error_that_names_it() {
    let (listener, url) = wire::listen().await;
    let authority = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let context = calling(&url);
    let whole = complete(&ask("Hi"), &context).await.expect_err("an error");
    let streaming = open(&ask("Hi"), &context).await.err().expect("an error");
    for error in [whole, streaming] {
        assert_eq!(
            (error.kind, error.retryable),
            (ErrorKind::Connection, true),
            "{error:?}"
        );
        assert!(error.message.contains(&authority), "{error:?}");
        assert!(error.message.contains("refused"), "{error:?}");
        assert_eq!(error.status, None);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_is_a_connection_error() {
    for fault in [Fault::ResetBeforeHeaders, Fault::ResetMidHeaders] {
        let emulator =
            emulator(Config::default().always(Script::text(TEXT).fault(fault.clone()))).await;
        let context = calling(&emulator.url());
        let whole = complete(&ask("Hi"), &context).await.expect_err("an error");
        let streaming = open(&ask("Hi"), &context).await.err().expect("an error");
        for error in [whole, streaming] {
            assert_eq!(
                (error.kind, error.retryable),
                (ErrorKind::Connection, true),
                "{fault:?}: {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_whole_answer_that_breaks_off_is_no_answer() {
    for fault in [Fault::Reset(Point::Byte(40)), Fault::Close(Point::Byte(40))] {
        let emulator =
            emulator(Config::default().always(Script::text(TEXT).fault(fault.clone()))).await;
        let error = complete(&ask("Hi"), &calling(&emulator.url()))
            .await
            .expect_err("an error");
        assert_eq!(
            (error.kind, error.retryable),
            (ErrorKind::Connection, true),
            "{fault:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_whole_answer_that_is_not_json_is_malformed() {
    let (listener, url) = wire::listen().await;
    let server = tokio::spawn(async move {
        let (mut socket, _) = wire::accept(&listener).await;
        let body = "<html>welcome to the hotel</html>";
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        wire::send(&mut socket, &head).await;
        wire::send(&mut socket, body).await;
        socket
    });
    let error = complete(&ask("Hi"), &calling(&url))
        .await
        .expect_err("an error");
    assert_eq!(
        (error.kind, error.status),
        (ErrorKind::MalformedStream, Some(200)),
        "{error:?}"
    );
    drop(server.await);
}

/// Fails where anything reached the emulator.
fn assert_untouched(emulator: &Emulator) {
    let counters = emulator.counters();
    assert_eq!((counters.connections, counters.requests), (0, 0));
}

#[tokio::test]
async fn an_address_that_the_host_does_not_allow_is_a_matter_of_permission() {
    let emulator = emulator(Config::default()).await;
    let context = calling(&emulator.url());
    for outbound in [AllowList::default(), AllowList::aws()] {
        let grants = Grants::outbound(outbound);
        let whole = complete_with(&grants, &ask("Hi"), &context)
            .await
            .expect_err("an error");
        let streaming = open_with(&grants, &ask("Hi"), &context)
            .await
            .err()
            .expect("an error");
        for error in [whole, streaming] {
            assert_eq!(
                (error.kind, error.retryable),
                (ErrorKind::Permission, false),
                "{error:?}"
            );
            assert!(error.message.contains("allow-list"), "{error:?}");
            assert!(
                error.message.contains(&emulator.addr().to_string()),
                "{error:?}"
            );
        }
    }
    assert_untouched(&emulator);
}

/// A request, a context, and what is wrong: found before anything is sent.
type Wrong = (
    Request,
    fn(Context) -> Context,
    ErrorKind,
    &'static str,
    &'static [&'static str],
);

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_any_network() {
    let same: fn(Context) -> Context = |context| context;
    let strict: fn(Context) -> Context = |context| Context {
        strict: true,
        ..context
    };
    let table: Vec<Wrong> = vec![
        (
            Request::new("anthropic.claude-sonnet-4-20250514-v1:0").user("Hi"),
            same,
            ErrorKind::NotFound,
            "model",
            &["bedrock/<model-id>", "Nearest: anthropic."],
        ),
        (
            Request::new("openai/gpt-oss-120b").user("Hi"),
            same,
            ErrorKind::NotFound,
            "model",
            &["bedrock/<model-id>", "openai/gpt-oss-120b"],
        ),
        (
            Request::new("bedrock/gpt-4o").user("Hi"),
            same,
            ErrorKind::NotFound,
            "model",
            &["\"gpt-4o\" is not a Bedrock model", "Nearest: openai.gpt-"],
        ),
        (
            Request::new("bedrock/").user("Hi"),
            same,
            ErrorKind::InvalidRequest,
            "model",
            &["bedrock/<model-id>"],
        ),
        (
            Request {
                top_k: Some(5),
                ..Request::new(LLAMA).user("Hi")
            },
            strict,
            ErrorKind::InvalidRequest,
            "top_k",
            &["Llama", "strict"],
        ),
        (
            ask("Hi"),
            |context| Context {
                credentials: None,
                region: Some("us-east-1".into()),
                ..context
            },
            ErrorKind::Authentication,
            "context.credentials",
            &["AWS_ACCESS_KEY_ID", "accessKeyId"],
        ),
        (
            ask("Hi"),
            |context| Context {
                endpoint: Some(
                    context
                        .endpoint
                        .unwrap_or_default()
                        .replace("http:", "ftp:"),
                ),
                ..context
            },
            ErrorKind::InvalidRequest,
            "context.endpoint",
            &["https://host[:port][/base/path]"],
        ),
        (
            ask("Hi"),
            |context| Context {
                max_attempts: Some(0),
                ..context
            },
            ErrorKind::InvalidRequest,
            "context.max_attempts",
            &["at least 1"],
        ),
    ];
    let emulator = emulator(Config::default()).await;
    let grants = reaching(&emulator.url());
    for (request, change, kind, path, says) in table {
        let context = change(calling(&emulator.url()));
        let whole = complete_with(&grants, &request, &context)
            .await
            .expect_err(path);
        let streaming = open_with(&grants, &request, &context)
            .await
            .err()
            .expect(path);
        assert_eq!(whole, streaming);
        assert_eq!(
            (whole.kind, whole.path.as_deref()),
            (kind, Some(path)),
            "{whole:?}"
        );
        assert!(!whole.retryable, "{whole:?}");
        for word in says {
            assert!(whole.message.contains(word), "no {word:?} in {whole:?}");
        }
    }
    assert_untouched(&emulator);
}

#[tokio::test]
async fn credentials_without_a_region_say_how_to_give_one() {
    let emulator = emulator(Config::default()).await;
    let variables = [
        ("AWS_ACCESS_KEY_ID", EXAMPLE_ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", "any"),
    ];
    let grants = Grants {
        environment: variables
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .to_vec(),
        ..reaching(&emulator.url())
    };
    let context = Context {
        credentials: None,
        ..calling(&emulator.url())
    };
    let error = complete_with(&grants, &ask("Hi"), &context)
        .await
        .expect_err("no region");
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    for word in ["region", "AWS_REGION", "us-east-1"] {
        assert!(error.message.contains(word), "no {word:?} in {error:?}");
    }
    assert_untouched(&emulator);
}
