//! WASI's HTTP error codes → canonical errors.

use super::wasi::bindings::http::types::ErrorCode;
use crate::canonical::{Error, ErrorKind};
use crate::pricing::guard;

/// What the code means to a caller, for the call to `authority`.
pub(super) fn canonical(code: &ErrorCode, authority: &str) -> Error {
    let (kind, retryable, what) = match code {
        ErrorCode::ConnectionTimeout => (
            ErrorKind::Timeout,
            true,
            "the connection took too long (connect-ms)",
        ),
        ErrorCode::HttpResponseTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout => (
            ErrorKind::Timeout,
            true,
            "the host waited too long for the answer",
        ),
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => (
            ErrorKind::Connection,
            true,
            "the name could not be resolved: check region and endpoint",
        ),
        ErrorCode::ConnectionRefused | ErrorCode::DestinationUnavailable => {
            (ErrorKind::Connection, true, "the connection was refused")
        }
        ErrorCode::ConnectionTerminated | ErrorCode::HttpResponseIncomplete => {
            (ErrorKind::Connection, true, "the connection broke")
        }
        ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::TlsAlertReceived(_) => (
            ErrorKind::Connection,
            false,
            "no trusted TLS connection could be made",
        ),
        ErrorCode::HttpRequestDenied
        | ErrorCode::DestinationIpProhibited
        | ErrorCode::DestinationIpUnroutable => (
            ErrorKind::Permission,
            false,
            "the host does not allow this address: add it to its outbound allow-list",
        ),
        ErrorCode::HttpRequestBodySize(_) => (
            ErrorKind::RequestTooLarge,
            false,
            "the request is larger than the host sends",
        ),
        ErrorCode::HttpProtocolError => (ErrorKind::Connection, true, "what came back is not HTTP"),
        _ => (
            ErrorKind::Connection,
            true,
            "the host could not make the call",
        ),
    };
    let message = format!("{authority}: {what} ({})", name(code));
    let is_connecting = matches!(code, ErrorCode::ConnectionTimeout);
    Error {
        path: is_connecting.then(|| guard::CONNECTING.to_owned()),
        retryable,
        ..Error::new(kind, message)
    }
}

/// WASI's own word for the case, without its fields.
fn name(code: &ErrorCode) -> String {
    let shown = format!("{code:?}");
    let shown = shown.strip_prefix("ErrorCode::").unwrap_or(&shown);
    shown.split(['(', ' ']).next().unwrap_or(shown).to_owned()
}
