//! Answers that Envoy gives by itself, because Bedrock was not reached: as errors in the client's shape.
//!
//! In: the status and `response.code_details`. Out: an error. Source: the response code details of Envoy's
//! documentation (<https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/response_code_details>).

use bedrock_provider::canonical::{Error, ErrorKind};

/// The details of an answer that came from upstream.
const UPSTREAM: &[u8] = b"via_upstream";

/// How the details begin, what that is, and what to do about it.
const DETAILS: &[(&str, ErrorKind, &str)] = &[
    (
        "route_not_found",
        ErrorKind::NotFound,
        "Envoy has no virtual host for the address of Bedrock in this region: add its virtual host and its cluster",
    ),
    (
        "cluster_not_found",
        ErrorKind::NotFound,
        "Envoy's route names a cluster that does not exist",
    ),
    (
        "request_payload_too_large",
        ErrorKind::RequestTooLarge,
        "the request is larger than Envoy's per_connection_buffer_limit_bytes",
    ),
    (
        "response_timeout",
        ErrorKind::Timeout,
        "Bedrock did not answer within the timeout of Envoy's route",
    ),
    (
        "upstream_response_timeout",
        ErrorKind::Timeout,
        "Bedrock did not answer within the timeout of Envoy's route",
    ),
    (
        "stream_idle_timeout",
        ErrorKind::Timeout,
        "Envoy's idle timeout expired",
    ),
    (
        "no_healthy_upstream",
        ErrorKind::Connection,
        "Envoy has no address of Bedrock that it can call",
    ),
    (
        "upstream_reset",
        ErrorKind::Connection,
        "the connection to Bedrock could not be made, or broke before its answer",
    ),
    (
        "upstream_per_try_timeout",
        ErrorKind::Timeout,
        "Bedrock did not answer within the timeout of Envoy's route",
    ),
    (
        "overload",
        ErrorKind::Overloaded,
        "Envoy itself is overloaded",
    ),
];

/// What the status says where the details do not.
const STATUSES: &[(u16, ErrorKind)] = &[
    (401, ErrorKind::Authentication),
    (403, ErrorKind::Permission),
    (404, ErrorKind::NotFound),
    (408, ErrorKind::Timeout),
    (413, ErrorKind::RequestTooLarge),
    (429, ErrorKind::RateLimited),
    (503, ErrorKind::Connection),
    (504, ErrorKind::Timeout),
];

/// The error that an answer of Envoy's own is; none where the answer came from upstream.
pub fn error(status: u16, details: Option<&[u8]>) -> Option<Error> {
    let details = details.filter(|details| *details != UPSTREAM)?;
    let known = DETAILS
        .iter()
        .find(|(begin, ..)| details.starts_with(begin.as_bytes()));
    let (kind, message) = match known {
        Some((_, kind, message)) => (*kind, (*message).to_owned()),
        None => {
            let kind = STATUSES
                .iter()
                .find(|(own, _)| status == *own)
                .map(|(_, kind)| *kind);
            let kind = kind.unwrap_or(match status {
                400..500 => ErrorKind::InvalidRequest,
                _ => ErrorKind::Upstream,
            });
            (
                kind,
                format!("Envoy answered by itself, with status {status}"),
            )
        }
    };
    Some(Error {
        code: Some(word(details)),
        status: Some(status),
        retryable: matches!(
            kind,
            ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Overloaded
        ),
        ..Error::new(kind, message)
    })
}

/// The word that the details begin with; what follows may tell addresses.
fn word(details: &[u8]) -> String {
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let word = details.iter().take(64).take_while(is_word);
    word.map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_upstream_or_tells_nothing_is_no_reply_of_envoys() {
        assert!(error(503, Some(b"via_upstream")).is_none());
        assert!(error(503, None).is_none());
    }

    #[test]
    fn details_say_more_than_the_status_and_addresses_are_not_told() {
        for (status, details, kind, code) in [
            (
                503,
                "upstream_reset_before_response_started{connection_failure|10.0.0.1:443}",
                ErrorKind::Connection,
                "upstream_reset_before_response_started",
            ),
            (
                503,
                "no_healthy_upstream",
                ErrorKind::Connection,
                "no_healthy_upstream",
            ),
            (
                404,
                "route_not_found",
                ErrorKind::NotFound,
                "route_not_found",
            ),
            (
                413,
                "request_payload_too_large",
                ErrorKind::RequestTooLarge,
                "request_payload_too_large",
            ),
            (
                504,
                "response_timeout",
                ErrorKind::Timeout,
                "response_timeout",
            ),
            (
                401,
                "jwt_authn_access_denied{x}",
                ErrorKind::Authentication,
                "jwt_authn_access_denied",
            ),
            (403, "rbac", ErrorKind::Permission, "rbac"),
            (400, "strange", ErrorKind::InvalidRequest, "strange"),
            (599, "", ErrorKind::Upstream, ""),
        ] {
            let error = error(status, Some(details.as_bytes())).expect(details);
            assert_eq!(error.code.as_deref(), Some(code));
            assert_eq!(error.status, Some(status));
            assert_eq!(error.kind, kind, "{details}");
        }
    }
}
