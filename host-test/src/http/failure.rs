//! What went wrong on the wire, in the words of `wasi:http/types.error-code`.

use super::resolver::ResolveError;
use std::error::Error as StdError;
use std::io;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, TlsAlertReceivedPayload};

/// A request that got no response.
pub(super) fn of_request(error: &hyper_util::client::legacy::Error) -> Error {
    classify(error).unwrap_or(if error.is_connect() {
        Error::DestinationUnavailable
    } else {
        Error::ConnectionTerminated
    })
}

/// A response whose body broke off.
pub(super) fn of_body(error: &hyper::Error) -> Error {
    // The end of the connection within a body is an incomplete response, whatever the framing was.
    let early_end =
        find::<io::Error>(error).is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof);
    if early_end || error.is_incomplete_message() {
        return Error::HttpResponseIncomplete;
    }
    classify(error).unwrap_or(Error::ConnectionTerminated)
}

/// The guest's word for a failure of a body.
pub(crate) fn error_code(error: &Error) -> ErrorCode {
    match error {
        Error::ConnectionReadTimeout => ErrorCode::ConnectionReadTimeout,
        Error::ConnectionTimeout => ErrorCode::ConnectionTimeout,
        Error::ConnectionTerminated => ErrorCode::ConnectionTerminated,
        Error::ConnectionRefused => ErrorCode::ConnectionRefused,
        Error::HttpResponseIncomplete => ErrorCode::HttpResponseIncomplete,
        Error::HttpProtocolError => ErrorCode::HttpProtocolError,
        Error::DestinationUnavailable => ErrorCode::DestinationUnavailable,
        Error::DestinationIpUnroutable => ErrorCode::DestinationIpUnroutable,
        Error::TlsProtocolError => ErrorCode::TlsProtocolError,
        Error::TlsCertificateError => ErrorCode::TlsCertificateError,
        Error::TlsAlertReceived {
            alert_id,
            alert_message,
        } => ErrorCode::TlsAlertReceived(TlsAlertReceivedPayload {
            alert_id: *alert_id,
            alert_message: alert_message.clone(),
        }),
        other => ErrorCode::InternalError(Some(other.to_string())),
    }
}

/// The innermost cause that has a name of its own.
fn classify(error: &(dyn StdError + 'static)) -> Option<Error> {
    if let Some(own) = find::<Error>(error) {
        // The guest's own body failed, e.g. it was shorter than its content-length.
        return Some(match own {
            Error::HttpRequestBodySize(size) => Error::HttpRequestBodySize(*size),
            other => Error::InternalError(Some(other.to_string())),
        });
    }
    if let Some(resolve) = find::<ResolveError>(error) {
        return Some(Error::DnsError {
            rcode: Some(resolve.to_string()),
            info_code: None,
        });
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return Some(of_tls(tls));
    }
    if let Some(io) = find::<io::Error>(error) {
        return of_io(io.kind());
    }
    find::<hyper::Error>(error).map(of_hyper)
}

fn of_tls(error: &rustls::Error) -> Error {
    match error {
        rustls::Error::AlertReceived(alert) => Error::TlsAlertReceived {
            alert_id: Some(u8::from(*alert)),
            alert_message: Some(format!("{alert:?}")),
        },
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            Error::TlsCertificateError
        }
        _ => Error::TlsProtocolError,
    }
}

fn of_io(kind: io::ErrorKind) -> Option<Error> {
    Some(match kind {
        io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
        io::ErrorKind::TimedOut => Error::ConnectionTimeout,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Error::DestinationIpUnroutable
        }
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::NetworkDown => {
            Error::DestinationUnavailable
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected
        | io::ErrorKind::UnexpectedEof => Error::ConnectionTerminated,
        _ => return None,
    })
}

fn of_hyper(error: &hyper::Error) -> Error {
    if error.is_parse_too_large() {
        Error::HttpResponseHeaderSectionSize(None)
    } else if error.is_parse() {
        Error::HttpProtocolError
    } else if error.is_timeout() {
        Error::ConnectionReadTimeout
    } else {
        Error::ConnectionTerminated
    }
}

/// The first `T` in the chain of causes. An [`io::Error`] hides the error it wraps from `source`, so it is opened.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if let Some(found) = error.downcast_ref::<T>() {
            // An io::Error around another one says "other"; the inner one knows.
            let nested = inner.and_then(|inner| find::<T>(inner));
            return Some(nested.unwrap_or(found));
        }
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_cause_is_found_through_io_errors() {
        let certificate =
            rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let inner = io::Error::new(io::ErrorKind::InvalidData, certificate);
        let outer = io::Error::other(inner);
        assert!(matches!(classify(&outer), Some(Error::TlsCertificateError)));
    }

    #[test]
    fn each_kind_of_io_error_has_its_code() {
        let code = |kind| classify(&io::Error::from(kind)).map(|e| e.to_string());
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(
            code(io::ErrorKind::ConnectionRefused),
            said("connection refused")
        );
        assert_eq!(
            code(io::ErrorKind::ConnectionReset),
            said("connection terminated")
        );
        assert_eq!(code(io::ErrorKind::TimedOut), said("connection timeout"));
        assert_eq!(
            code(io::ErrorKind::NetworkUnreachable),
            said("destination IP address is unroutable")
        );
        assert_eq!(code(io::ErrorKind::Other), None);
    }

    #[test]
    fn a_tls_alert_keeps_its_number() {
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure);
        let Error::TlsAlertReceived { alert_id, .. } = of_tls(&alert) else {
            panic!("not an alert");
        };
        assert_eq!(alert_id, Some(40));
    }
}
