use super::json;
use crate::canonical::{Error, ErrorKind};
use crate::openai::{read_error, write_error};

#[test]
fn every_kind_has_its_status_and_type_and_is_read_back() {
    for (kind, status, r#type, back) in [
        (
            ErrorKind::InvalidRequest,
            400,
            "invalid_request_error",
            ErrorKind::InvalidRequest,
        ),
        (
            ErrorKind::Unsupported,
            400,
            "invalid_request_error",
            ErrorKind::Unsupported,
        ),
        (
            ErrorKind::Authentication,
            401,
            "authentication_error",
            ErrorKind::Authentication,
        ),
        (
            ErrorKind::Permission,
            403,
            "permission_error",
            ErrorKind::Permission,
        ),
        (
            ErrorKind::NotFound,
            404,
            "invalid_request_error",
            ErrorKind::NotFound,
        ),
        (
            ErrorKind::RequestTooLarge,
            413,
            "invalid_request_error",
            ErrorKind::RequestTooLarge,
        ),
        (
            ErrorKind::RateLimited,
            429,
            "rate_limit_error",
            ErrorKind::RateLimited,
        ),
        (
            ErrorKind::CostLimit,
            429,
            "insufficient_quota",
            ErrorKind::CostLimit,
        ),
        (
            ErrorKind::Cancelled,
            499,
            "invalid_request_error",
            ErrorKind::Cancelled,
        ),
        (
            ErrorKind::Internal,
            500,
            "server_error",
            ErrorKind::Upstream,
        ),
        (
            ErrorKind::Upstream,
            502,
            "server_error",
            ErrorKind::Upstream,
        ),
        (
            ErrorKind::Connection,
            502,
            "server_error",
            ErrorKind::Connection,
        ),
        (
            ErrorKind::StreamTruncated,
            502,
            "server_error",
            ErrorKind::StreamTruncated,
        ),
        (
            ErrorKind::MalformedStream,
            502,
            "server_error",
            ErrorKind::MalformedStream,
        ),
        (
            ErrorKind::Overloaded,
            503,
            "server_error",
            ErrorKind::Overloaded,
        ),
        (ErrorKind::Timeout, 504, "server_error", ErrorKind::Timeout),
    ] {
        let answer = write_error(&Error::new(kind, "why"), "r-1");
        assert_eq!(answer.status, status, "{kind:?}");
        let body = json(&answer.body);
        assert_eq!(body["error"]["type"], r#type, "{kind:?}");
        assert_eq!(body["error"]["message"], "why");
        assert!(
            body["error"]
                .get("param")
                .is_some_and(serde_json::Value::is_null)
        );
        let read = read_error(status, &[], answer.body.as_bytes());
        assert_eq!(read.kind, back, "{kind:?}");
    }
}

#[test]
fn an_error_says_where_and_when_to_try_again() {
    let error = Error {
        code: Some("ThrottlingException".into()),
        path: Some("tools[0].input_schema".into()),
        retryable: true,
        retry_after_ms: Some(1500),
        ..Error::new(ErrorKind::RateLimited, "slow down")
    };
    let answer = write_error(&error, "r-1");
    let body = json(&answer.body);
    assert_eq!(body["error"]["param"], "tools[0].function.parameters");
    assert_eq!(body["error"]["code"], "ThrottlingException");
    let headers: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect();
    for (name, value) in [
        ("x-should-retry", "true"),
        ("retry-after-ms", "1500"),
        ("retry-after", "2"),
        ("x-request-id", "r-1"),
    ] {
        assert!(
            headers.contains(&(name.into(), value.into())),
            "{headers:?}"
        );
    }
    let read = read_error(answer.status, &headers, answer.body.as_bytes());
    assert_eq!((read.retryable, read.retry_after_ms), (true, Some(1500)));
    assert_eq!(read.request_id.as_deref(), Some("r-1"));
}

#[test]
fn a_cost_limit_answers_with_its_own_status_and_a_bad_id_makes_no_header() {
    let error = Error {
        status: Some(503),
        ..Error::new(ErrorKind::CostLimit, "no ledger")
    };
    let answer = write_error(&error, "a\r\nb");
    assert_eq!(answer.status, 503);
    assert!(
        answer.body.contains(r#""type":"server_error""#),
        "{}",
        answer.body
    );
    assert!(
        answer
            .headers
            .iter()
            .all(|(name, _)| *name != "x-request-id")
    );
    assert_eq!(
        write_error(
            &Error {
                status: Some(200),
                ..Error::new(ErrorKind::Upstream, "x")
            },
            ""
        )
        .status,
        502
    );
}

#[test]
fn any_body_gives_an_error() {
    for body in ["", "<html>", "[1]", r#"{"error":"x"}"#, r#"{"error":{}}"#] {
        let error = read_error(503, &[], body.as_bytes());
        assert_eq!(
            (error.kind, error.retryable),
            (ErrorKind::Overloaded, true),
            "{body}"
        );
        assert!(!error.message.is_empty());
    }
}

#[test]
fn k17_the_codes_that_clients_act_on_are_told_and_read_back() {
    for (kind, code, status) in [
        (ErrorKind::InvalidRequest, "context_length_exceeded", 400),
        (ErrorKind::NotFound, "model_not_found", 404),
        (ErrorKind::Internal, "provider_credentials", 500),
    ] {
        let error = Error {
            code: Some(code.into()),
            ..Error::new(kind, "Input is too long for requested model.")
        };
        let answer = write_error(&error, "id");
        let body = json(&answer.body);
        assert_eq!(
            (answer.status, &body["error"]["code"]),
            (status, &code.into())
        );
        assert_eq!(body["error"]["message"], error.message);
        let back = read_error(answer.status, &[], answer.body.as_bytes());
        assert_eq!(back.code.as_deref(), Some(code));
        if status < 500 {
            assert_eq!(body["error"]["type"], "invalid_request_error");
            assert_eq!(back.kind, kind);
        }
    }
    // What is no model is not said to be one.
    let route = write_error(&Error::new(ErrorKind::NotFound, "unknown route"), "id");
    assert_eq!(json(&route.body)["error"]["code"], "not_found");
}
