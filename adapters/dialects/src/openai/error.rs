//! Errors, both ways: `{"error": {"message", "type", "param", "code"}}`, the HTTP status, and when to try again.
//!
//! Source: OpenAI's error codes (<https://platform.openai.com/docs/guides/error-codes/api-errors>) and what its SDKs
//! read: `x-should-retry` settles whether they try again, `retry-after-ms` and `retry-after` when.

use bedrock_provider::excerpt::printable;
use bedrock_provider::json::{Object, Writer};

use super::path::{CHAT, Names};
use crate::ErrorAnswer;
use crate::canonical::{Error, ErrorKind};

/// How OpenAI tells a kind.
struct Row {
    kind: ErrorKind,
    status: u16,
    r#type: &'static str,
    /// Where the provider has no word of its own.
    code: Option<&'static str>,
}

const fn row(
    kind: ErrorKind,
    status: u16,
    r#type: &'static str,
    code: Option<&'static str>,
) -> Row {
    Row {
        kind,
        status,
        r#type,
        code,
    }
}

/// Each kind once.
#[rustfmt::skip]
const KINDS: &[Row] = &[
    row(ErrorKind::InvalidRequest, 400, "invalid_request_error", None),
    row(ErrorKind::Unsupported, 400, "invalid_request_error", Some("unsupported_value")),
    row(ErrorKind::Authentication, 401, "authentication_error", Some("invalid_api_key")),
    row(ErrorKind::Permission, 403, "permission_error", None),
    row(ErrorKind::NotFound, 404, "invalid_request_error", Some("not_found")),
    row(ErrorKind::RequestTooLarge, 413, "invalid_request_error", Some("request_too_large")),
    row(ErrorKind::RateLimited, 429, "rate_limit_error", Some("rate_limit_exceeded")),
    row(ErrorKind::CostLimit, 429, "insufficient_quota", Some("insufficient_quota")),
    row(ErrorKind::Cancelled, 499, "invalid_request_error", Some("request_cancelled")),
    row(ErrorKind::Internal, 500, "server_error", None),
    row(ErrorKind::Other, 500, "server_error", Some("other")),
    row(ErrorKind::Upstream, 502, "server_error", None),
    row(ErrorKind::Connection, 502, "server_error", Some("connection_error")),
    row(ErrorKind::StreamTruncated, 502, "server_error", Some("stream_truncated")),
    row(ErrorKind::MalformedStream, 502, "server_error", Some("malformed_stream")),
    row(ErrorKind::Overloaded, 503, "server_error", Some("service_unavailable")),
    row(ErrorKind::Timeout, 504, "server_error", Some("timeout")),
];

/// Codes that a provider has for what is one kind here.
const CODES: &[(&str, ErrorKind)] = &[("model_not_found", ErrorKind::NotFound)];

/// What an answer without a code of [`KINDS`] is by its status; others are the provider's failure.
const STATUSES: &[(u16, ErrorKind)] = &[
    (400, ErrorKind::InvalidRequest),
    (401, ErrorKind::Authentication),
    (403, ErrorKind::Permission),
    (404, ErrorKind::NotFound),
    (408, ErrorKind::Timeout),
    (413, ErrorKind::RequestTooLarge),
    (422, ErrorKind::InvalidRequest),
    (429, ErrorKind::RateLimited),
    (503, ErrorKind::Overloaded),
    (504, ErrorKind::Timeout),
    (529, ErrorKind::Overloaded),
];

/// The longest part of a foreign text that an error repeats, in characters.
const EXCERPT: usize = 2000;

const OTHERWISE: Row = row(ErrorKind::Internal, 500, "server_error", None);

fn row_of(kind: ErrorKind) -> &'static Row {
    KINDS
        .iter()
        .find(|row| row.kind == kind)
        .unwrap_or(&OTHERWISE)
}

/// A cost limit says itself whether it is the caller's or the ledger's.
fn own_status(error: &Error) -> Option<u16> {
    error.status.filter(|_| error.kind == ErrorKind::CostLimit)
}

/// The answer of a call that failed before its first byte.
pub fn write_error(error: &Error, request_id: &str) -> ErrorAnswer {
    answer(error, request_id, CHAT)
}

/// As [`write_error`], of any of OpenAI's APIs.
pub(crate) fn answer(error: &Error, request_id: &str, names: &Names) -> ErrorAnswer {
    let mut headers = vec![("x-should-retry", error.retryable.to_string())];
    if let Some(milliseconds) = error.retry_after_ms {
        headers.push(("retry-after-ms", milliseconds.to_string()));
        headers.push(("retry-after", milliseconds.div_ceil(1000).to_string()));
    }
    if !request_id.is_empty() && request_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        headers.push(("x-request-id", request_id.into()));
    }
    let mut body = Writer::default();
    body.object(|w| member(error, names, w));
    ErrorAnswer {
        status: own_status(error).unwrap_or(row_of(error.kind).status),
        headers,
        body: body.into_string(),
    }
}

/// The member `error`, also of the last event of a stream that broke.
pub(crate) fn member(error: &Error, names: &Names, w: &mut Writer) {
    w.name("error").object(|w| {
        let r#type = match own_status(error) {
            // The caller's quota is not used up.
            Some(500..) => OTHERWISE.r#type,
            _ => row_of(error.kind).r#type,
        };
        w.name("type").text(r#type);
        details(error, names, w);
    });
}

/// What is said of an error besides its type.
pub(crate) fn details(error: &Error, names: &Names, w: &mut Writer) {
    let param = error.path.as_deref().map(|path| names.path(path));
    w.name("message").text(&error.message);
    w.name("param").text_or_null(param.as_deref());
    code(error, w);
}

/// The member `code`: the provider's word, else that of the kind.
pub(crate) fn code(error: &Error, w: &mut Writer) {
    let code = error.code.as_deref().or(row_of(error.kind).code);
    w.name("code").text_or_null(code);
}

/// An answer whose status is no success; `headers` have lower-case names. Any body gives an error, even none.
pub fn read_error(status: u16, headers: &[(String, String)], body: &[u8]) -> Error {
    let header = |name: &str| {
        let found = headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.trim())
    };
    let milliseconds = header("retry-after-ms").and_then(|value| value.parse().ok());
    let seconds = header("retry-after").and_then(|value| value.parse::<u64>().ok());
    let parsed = Object::parse(body).unwrap_or_default();
    let mut error = match parsed.object("error") {
        Ok(Some(inner)) => of_object(&inner, Some(status)),
        _ => {
            let text = String::from_utf8_lossy(body.get(..4 * EXCERPT).unwrap_or(body));
            let text = printable(&text, EXCERPT / 10);
            Error::new(
                by_status(status),
                [
                    "HTTP status ",
                    &status.to_string(),
                    " with a body that is not OpenAI's: ",
                    &text,
                ]
                .concat(),
            )
        }
    };
    error.status = Some(status);
    error.request_id = header("x-request-id").map(|id| printable(id, 200));
    error.retry_after_ms = milliseconds.or(seconds.map(|seconds| seconds.saturating_mul(1000)));
    error.retryable = match header("x-should-retry") {
        Some("true") => true,
        Some("false") => false,
        _ => error.retryable || matches!(status, 408 | 409 | 429 | 500..),
    };
    error
}

/// The member `error` of an answer, or of an event in a stream, which has no status.
pub(super) fn of_object(inner: &Object<'_>, status: Option<u16>) -> Error {
    let text = |name: &str| {
        inner
            .string(name)
            .ok()
            .flatten()
            .map(|text| printable(&text, EXCERPT))
    };
    let (code, r#type) = (text("code"), text("type"));
    let code = code.or_else(|| {
        inner
            .number("code")
            .ok()
            .flatten()
            .map(|code| code.to_string())
    });
    let own = KINDS.iter().filter_map(|row| Some((row.code?, row.kind)));
    let by_code = own
        .chain(CODES.iter().copied())
        .find(|(known, _)| Some(*known) == code.as_deref());
    let by_type = || {
        let known = r#type.as_deref()?;
        KINDS
            .iter()
            .find(|row| row.r#type == known && known != "server_error")
    };
    let kind = match (by_code, status) {
        (Some((_, kind)), _) => kind,
        (None, Some(status)) => by_status(status),
        (None, None) => by_type().map_or(ErrorKind::Upstream, |row| row.kind),
    };
    Error {
        path: text("param"),
        retryable: matches!(
            kind,
            ErrorKind::RateLimited
                | ErrorKind::Overloaded
                | ErrorKind::Timeout
                | ErrorKind::Connection
                | ErrorKind::StreamTruncated
                | ErrorKind::Upstream
        ),
        code: code.or(r#type),
        ..Error::new(kind, text("message").unwrap_or_else(|| "no message".into()))
    }
}

fn by_status(status: u16) -> ErrorKind {
    let row = STATUSES.iter().find(|(known, _)| *known == status);
    match row {
        Some((_, kind)) => *kind,
        None if status < 500 => ErrorKind::InvalidRequest,
        None => ErrorKind::Upstream,
    }
}
