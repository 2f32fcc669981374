//! WASI's HTTP error codes → canonical errors.

use super::wasi::bindings::http::types::ErrorCode;
use crate::canonical::{Error, ErrorKind};
use crate::endpoint::ADDRESS;
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
    let what = format!("{what} ({})", name(code));
    match code {
        // The path says that nothing was sent.
        ErrorCode::ConnectionTimeout => Error {
            path: Some(guard::CONNECTING.to_owned()),
            retryable,
            ..Error::new(kind, what)
        },
        ErrorCode::HttpRequestBodySize(_) => Error::new(kind, what),
        _ => Error {
            retryable,
            ..of_address(kind, authority, &what)
        },
    }
}

/// The address is for who runs the host: the path tells that the message has it.
fn of_address(kind: ErrorKind, authority: &str, what: &str) -> Error {
    Error {
        path: Some(ADDRESS.to_owned()),
        ..Error::new(kind, [authority, ": ", what].concat())
    }
}

/// The connection broke, and nobody says why.
#[cfg(not(feature = "async"))]
pub(super) fn broken(authority: &str) -> Error {
    Error {
        retryable: true,
        ..of_address(ErrorKind::Connection, authority, "the connection broke")
    }
}

/// WASI's own word for the case, without its fields.
fn name(code: &ErrorCode) -> String {
    let shown = format!("{code:?}");
    let shown = shown.strip_prefix("ErrorCode::").unwrap_or(&shown);
    shown.split(['(', ' ']).next().unwrap_or(shown).to_owned()
}
