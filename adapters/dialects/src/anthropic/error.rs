//! Errors, both ways: `{"type":"error","error":{"type":…,"message":…},"request_id":…}`.
//!
//! Source: <https://docs.anthropic.com/en/api/errors>.

use bedrock_provider::excerpt::printable;
use bedrock_provider::json::{Object, Writer};

use crate::ErrorAnswer;
use crate::canonical::{Error, ErrorKind};

/// A kind, its type and status here.
const KINDS: &[(ErrorKind, &str, u16)] = &[
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
    (ErrorKind::Other, "api_error", 500),
    (ErrorKind::Timeout, "timeout_error", 504),
    (ErrorKind::Overloaded, "overloaded_error", 529),
];

/// A type, the kind that it is, and whether the same call may succeed later.
const TYPES: &[(&str, ErrorKind, bool)] = &[
    ("invalid_request_error", ErrorKind::InvalidRequest, false),
    ("authentication_error", ErrorKind::Authentication, false),
    ("billing_error", ErrorKind::Permission, false),
    ("permission_error", ErrorKind::Permission, false),
    ("not_found_error", ErrorKind::NotFound, false),
    ("request_too_large", ErrorKind::RequestTooLarge, false),
    ("rate_limit_error", ErrorKind::RateLimited, true),
    ("api_error", ErrorKind::Upstream, true),
    ("timeout_error", ErrorKind::Timeout, true),
    ("overloaded_error", ErrorKind::Overloaded, true),
];

/// As [`TYPES`], for answers without a type of those.
const STATUSES: &[(u16, ErrorKind, bool)] = &[
    (400, ErrorKind::InvalidRequest, false),
    (401, ErrorKind::Authentication, false),
    (402, ErrorKind::Permission, false),
    (403, ErrorKind::Permission, false),
    (404, ErrorKind::NotFound, false),
    (408, ErrorKind::Timeout, true),
    (413, ErrorKind::RequestTooLarge, false),
    (429, ErrorKind::RateLimited, true),
    (503, ErrorKind::Overloaded, true),
    (504, ErrorKind::Timeout, true),
    (529, ErrorKind::Overloaded, true),
];

/// How much of somebody else's text a message repeats, in characters.
const EXCERPT: usize = 2000;

/// The type and status that tell an error. A cost limit says for itself what to answer with.
fn told(error: &Error) -> (&'static str, u16) {
    let known = KINDS.iter().find(|(kind, ..)| *kind == error.kind);
    let (name, status) = known.map_or(("api_error", 500), |(_, name, status)| (*name, *status));
    match (error.kind, error.status) {
        (ErrorKind::CostLimit, Some(402)) => ("billing_error", 402),
        (ErrorKind::CostLimit, Some(own @ 500..=599)) => ("api_error", own),
        (ErrorKind::CostLimit, Some(own @ 400..=499)) => (name, own),
        _ => (name, status),
    }
}

/// The object that tells an error.
pub(super) fn write(error: &Error, request_id: &str, w: &mut Writer) {
    let (kind, _) = told(error);
    w.object(|w| {
        w.name("type").text("error");
        w.name("error").object(|w| {
            w.name("type").text(kind);
            match &error.path {
                // A message that begins with the path needs it but once.
                Some(path) if !error.message.starts_with(path.as_str()) => w
                    .name("message")
                    .text(&[path, ": ", &error.message].concat()),
                _ => w.name("message").text(&error.message),
            }
        });
        w.name("request_id").text(request_id);
    });
}

/// The answer of a call that failed before its first byte; `request_id` is the gateway's own.
pub fn write_error(error: &Error, request_id: &str) -> ErrorAnswer {
    let mut writer = Writer::default();
    write(error, request_id, &mut writer);
    let mut headers = vec![(
        "x-should-retry",
        if error.retryable { "true" } else { "false" }.to_owned(),
    )];
    if let Some(milliseconds) = error.retry_after_ms {
        headers.push(("retry-after", milliseconds.div_ceil(1000).to_string()));
        headers.push(("retry-after-ms", milliseconds.to_string()));
    }
    ErrorAnswer {
        status: told(error).1,
        headers,
        body: writer.into_string(),
    }
}

/// An answer whose status is no success. `headers` have lower-case names. Any body gives a useful error, even none.
pub fn read_error(status: u16, headers: &[(String, String)], body: &[u8]) -> Error {
    let header = |wanted: &str| {
        let (_, value) = headers.iter().find(|(name, _)| name == wanted)?;
        Some(value.trim())
    };
    let mut error = match Object::parse(body) {
        Ok(object) => read(&object, Some(status)),
        Err(_) => classified(None, Some(status), excerpt(body, status)),
    };
    let request_id = header("request-id").map(|id| printable(id, 200));
    error.request_id = request_id.or(error.request_id);
    match header("x-should-retry") {
        Some("true") => error.retryable = true,
        Some("false") => error.retryable = false,
        _ => {}
    }
    let seconds = || {
        header("retry-after")?
            .parse::<u64>()
            .ok()?
            .checked_mul(1000)
    };
    let milliseconds = header("retry-after-ms").and_then(|text| text.parse().ok());
    error.retry_after_ms = milliseconds.or_else(seconds);
    error
}

/// The object that tells an error, of an answer or, without a status, of a stream.
pub(super) fn read(object: &Object<'_>, status: Option<u16>) -> Error {
    let text = |object: &Object<'_>, name| object.string(name).ok().flatten();
    let told = object.object("error").ok().flatten().unwrap_or_default();
    let message = text(&told, "message").filter(|message| !message.trim().is_empty());
    let message = message.unwrap_or_else(|| "no message".into());
    Error {
        request_id: text(object, "request_id").map(|id| printable(&id, 200)),
        ..classified(text(&told, "type"), status, printable(&message, EXCERPT))
    }
}

fn classified(code: Option<String>, status: Option<u16>, message: String) -> Error {
    let of_type = TYPES
        .iter()
        .find(|(name, ..)| Some(*name) == code.as_deref())
        .map(|(_, kind, retryable)| (*kind, *retryable));
    let of_status = || {
        let known = STATUSES.iter().find(|(known, ..)| Some(*known) == status);
        known.map(|(_, kind, retryable)| (*kind, *retryable))
    };
    let (kind, retryable) = of_type.or_else(of_status).unwrap_or((
        ErrorKind::Upstream,
        status.is_none_or(|status| status >= 500),
    ));
    Error {
        code: code.map(|code| printable(&code, 64)),
        status,
        retryable,
        ..Error::new(kind, message)
    }
}

fn excerpt(body: &[u8], status: u16) -> String {
    let text = printable(&String::from_utf8_lossy(body), EXCERPT);
    match text.is_empty() {
        true => ["status ", &status.to_string(), " without a body"].concat(),
        false => text,
    }
}
