//! Errors to answers and back.

use super::*;
use crate::canonical::ErrorKind;

#[test]
fn each_kind_has_its_type_and_status() {
    for (kind, name, status) in [
        (ErrorKind::InvalidRequest, "invalid_request_error", 400),
        (ErrorKind::Unsupported, "invalid_request_error", 400),
        (ErrorKind::Authentication, "authentication_error", 401),
        (ErrorKind::Permission, "permission_error", 403),
        (ErrorKind::NotFound, "not_found_error", 404),
        (ErrorKind::RequestTooLarge, "request_too_large", 413),
        (ErrorKind::RateLimited, "rate_limit_error", 429),
        (ErrorKind::CostLimit, "rate_limit_error", 429),
        (ErrorKind::Upstream, "api_error", 500),
        (ErrorKind::Connection, "api_error", 500),
        (ErrorKind::StreamTruncated, "api_error", 500),
        (ErrorKind::MalformedStream, "api_error", 500),
        (ErrorKind::Cancelled, "api_error", 500),
        (ErrorKind::Internal, "api_error", 500),
        (ErrorKind::Timeout, "timeout_error", 504),
        (ErrorKind::Overloaded, "overloaded_error", 529),
    ] {
        let error = Error {
            message: "what\n\"happened\"".into(),
            ..Error::new(kind, "")
        };
        let answer = write_error(&error, "req_1");
        assert_eq!(answer.status, status);
        let body = format!(
            r#"{{"type":"error","error":{{"type":"{name}","message":"what\n\"happened\""}},"request_id":"req_1"}}"#
        );
        assert_eq!(answer.body, body);
        assert_eq!(answer.headers, [("x-should-retry", "false".to_owned())]);
        // A cost limit's is what a client takes it for.
        if !matches!(kind, ErrorKind::CostLimit) && status != 500 && kind != ErrorKind::Unsupported
        {
            assert_eq!(read_error(answer.status, &[], body.as_bytes()).kind, kind);
        }
    }
}

#[test]
fn a_cost_limit_says_for_itself_what_to_answer_with() {
    for (own, status, name) in [
        (None, 429, "rate_limit_error"),
        (Some(402), 402, "billing_error"),
        (Some(429), 429, "rate_limit_error"),
        (Some(503), 503, "api_error"),
        (Some(200), 429, "rate_limit_error"),
    ] {
        let error = Error {
            status: own,
            ..Error::new(ErrorKind::CostLimit, "too much")
        };
        let answer = write_error(&error, "r");
        assert_eq!(answer.status, status);
        assert!(answer.body.contains(name), "{}", answer.body);
    }
    let error = Error {
        status: Some(418),
        ..Error::new(ErrorKind::Upstream, "tea")
    };
    assert_eq!(
        write_error(&error, "r").status,
        500,
        "the provider's is not ours"
    );
}

#[test]
fn the_message_names_the_field_once() {
    let error = Error::invalid("messages[0].content", "expected an array");
    let body = write_error(&error, "r").body;
    assert!(
        body.contains(r#""messages[0].content: expected an array""#),
        "{body}"
    );
    let error = Error::invalid("top_k", "top_k is too large");
    let body = write_error(&error, "r").body;
    assert!(body.contains(r#""message":"top_k is too large""#), "{body}");
}

#[test]
fn who_may_try_again_learns_when() {
    for (milliseconds, seconds) in [(0, "0"), (1, "1"), (1000, "1"), (1001, "2")] {
        let error = Error {
            retryable: true,
            retry_after_ms: Some(milliseconds),
            ..Error::new(ErrorKind::RateLimited, "slow down")
        };
        let headers = write_error(&error, "r").headers;
        let expected = [
            ("x-should-retry", "true".to_owned()),
            ("retry-after", seconds.to_owned()),
            ("retry-after-ms", milliseconds.to_string()),
        ];
        assert_eq!(headers, expected);
    }
}

#[test]
fn any_answer_gives_a_useful_error() {
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_b"}"#;
    for (status, headers, body, kind, retryable, after, message) in [
        (
            529,
            vec![],
            overloaded,
            ErrorKind::Overloaded,
            true,
            None,
            "Overloaded",
        ),
        (
            529,
            header("x-should-retry", "false"),
            overloaded,
            ErrorKind::Overloaded,
            false,
            None,
            "Overloaded",
        ),
        (
            429,
            header("retry-after", "7"),
            "{}",
            ErrorKind::RateLimited,
            true,
            Some(7000),
            "no message",
        ),
        (
            503,
            header("retry-after-ms", "70"),
            "<h1>Busy</h1>\n",
            ErrorKind::Overloaded,
            true,
            Some(70),
            "<h1>Busy</h1>",
        ),
        (
            418,
            vec![],
            "",
            ErrorKind::Upstream,
            false,
            None,
            "status 418 without a body",
        ),
        (
            502,
            header("retry-after", "soon"),
            "\u{1b}[31m",
            ErrorKind::Upstream,
            true,
            None,
            "[31m",
        ),
    ] {
        let error = read_error(status, &headers, body.as_bytes());
        assert_eq!(
            (
                error.kind,
                error.retryable,
                error.retry_after_ms,
                error.status
            ),
            (kind, retryable, after, Some(status)),
            "{body}"
        );
        assert_eq!(error.message, message);
    }
    let id =
        |headers: &[(String, String)]| read_error(529, headers, overloaded.as_bytes()).request_id;
    assert_eq!(id(&[]).as_deref(), Some("req_b"));
    assert_eq!(id(&header("request-id", "req_h")).as_deref(), Some("req_h"));
}
