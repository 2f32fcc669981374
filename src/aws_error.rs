//! AWS's error codes: what each means, in one table.
//!
//! A code decides the canonical kind, whether the caller may try again, whether the call itself does, whether the clock
//! is suspected, and whether the credentials are over. Sources: the errors of Converse
//! (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors>),
//! the errors common to all AWS services
//! (<https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html>), and the codes that AWS's SDKs retry
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).

use crate::canonical::ErrorKind;

/// Whether the same call may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    /// It may not.
    Never,
    /// It may, and the caller decides: what has been paid for once would be paid for again.
    Later,
    /// Something that passes: the call is tried again.
    Transient,
    /// The service asks for fewer requests: likewise, more slowly.
    Throttling,
}

/// What a refusal is perhaps about, besides the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suspect {
    Nothing,
    /// The host's clock, which the signature holds for five minutes around.
    Clock,
    /// The credentials, which were taken once, or never, and will not be again.
    Credentials,
}

/// What a code means.
#[derive(Debug)]
pub(crate) struct Code {
    /// In AWS's spelling; in streams the codes begin in lower case.
    pub name: &'static str,
    pub kind: ErrorKind,
    pub retry: Retry,
    pub suspect: Suspect,
}

const fn row(name: &'static str, kind: ErrorKind, retry: Retry, suspect: Suspect) -> Code {
    Code {
        name,
        kind,
        retry,
        suspect,
    }
}

use ErrorKind::{
    Authentication, InvalidRequest, NotFound, Overloaded, Permission, RateLimited, Timeout,
    Upstream,
};
use Retry::{Later, Never, Throttling, Transient};
use Suspect::{Clock, Credentials, Nothing};

#[rustfmt::skip]
pub(crate) const CODES: &[Code] = &[
    row("AccessDeniedException", Permission, Never, Nothing),
    row("BandwidthLimitExceeded", RateLimited, Throttling, Nothing),
    row("EC2ThrottledException", RateLimited, Throttling, Nothing),
    row("ExpiredToken", Authentication, Never, Credentials),
    row("ExpiredTokenException", Authentication, Never, Credentials),
    row("IncompleteSignatureException", Authentication, Never, Nothing),
    row("InternalServerException", Upstream, Transient, Nothing),
    row("InvalidClientTokenId", Authentication, Never, Credentials),
    row("InvalidSignatureException", Authentication, Never, Clock),
    row("LimitExceededException", RateLimited, Throttling, Nothing),
    row("MissingAuthenticationTokenException", Authentication, Never, Nothing),
    row("ModelErrorException", Upstream, Never, Nothing),
    row("ModelNotReadyException", RateLimited, Transient, Nothing),
    row("ModelStreamErrorException", Upstream, Later, Nothing),
    row("ModelTimeoutException", Timeout, Later, Nothing),
    row("PriorRequestNotComplete", RateLimited, Throttling, Nothing),
    row("ProvisionedThroughputExceededException", RateLimited, Throttling, Nothing),
    row("RequestExpired", Authentication, Never, Clock),
    row("RequestInTheFuture", Authentication, Never, Clock),
    row("RequestLimitExceeded", RateLimited, Throttling, Nothing),
    row("RequestThrottled", RateLimited, Throttling, Nothing),
    row("RequestThrottledException", RateLimited, Throttling, Nothing),
    row("RequestTimeTooSkewed", Authentication, Never, Clock),
    row("RequestTimeout", Timeout, Transient, Nothing),
    row("RequestTimeoutException", Timeout, Transient, Nothing),
    row("ResourceNotFoundException", NotFound, Never, Nothing),
    row("ServiceQuotaExceededException", RateLimited, Never, Nothing),
    row("ServiceUnavailableException", Overloaded, Transient, Nothing),
    row("SignatureDoesNotMatch", Authentication, Never, Clock),
    row("SlowDown", RateLimited, Throttling, Nothing),
    row("ThrottledException", RateLimited, Throttling, Nothing),
    row("Throttling", RateLimited, Throttling, Nothing),
    row("ThrottlingException", RateLimited, Throttling, Nothing),
    row("TooManyRequestsException", RateLimited, Throttling, Nothing),
    row("TransactionInProgressException", RateLimited, Throttling, Nothing),
    row("UnknownOperationException", NotFound, Never, Nothing),
    row("UnrecognizedClientException", Authentication, Never, Credentials),
    row("ValidationException", InvalidRequest, Never, Nothing),
];

/// As [`CODES`], for answers without a code of those.
#[rustfmt::skip]
const STATUSES: &[(u16, ErrorKind, Retry)] = &[
    (400, InvalidRequest, Never),
    (401, Authentication, Never),
    (403, Permission, Never),
    (404, NotFound, Never),
    (408, Timeout, Later),
    (413, ErrorKind::RequestTooLarge, Never),
    (424, Upstream, Never),
    (429, RateLimited, Throttling),
    (500, Upstream, Transient),
    (502, Upstream, Transient),
    (503, Overloaded, Transient),
    (504, Timeout, Transient),
    (529, Overloaded, Later),
];

/// What a code means, in either spelling.
pub(crate) fn of_code(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|row| row.name.eq_ignore_ascii_case(code))
}

/// What a status means that no code explains.
pub(crate) fn of_status(status: u16) -> (ErrorKind, Retry) {
    let known = STATUSES.iter().find(|(known, ..)| *known == status);
    match known {
        Some((_, kind, retry)) => (*kind, *retry),
        // It says that it is an answer, and is none.
        None if (200..300).contains(&status) => (ErrorKind::MalformedStream, Later),
        None if status >= 500 => (Upstream, Later),
        None => (Upstream, Never),
    }
}

/// Whether a call that was answered so may succeed later: by its code, and by its status where that says more.
pub(crate) fn retry(code: Option<&str>, status: Option<u16>) -> Retry {
    let by_code = code.and_then(of_code).map(|code| code.retry);
    let by_status = status.map(|status| of_status(status).1);
    match (by_code, by_status) {
        // A failure of the server's is one, whatever it is called.
        (Some(Never | Later), Some(Transient)) => Transient,
        (Some(by_code), _) => by_code,
        (None, Some(by_status)) => by_status,
        // An exception in a stream of a name that is not known.
        (None, None) => Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::skew;
    use crate::converse::error;
    use crate::credentials;
    use crate::http_message::Head;
    use crate::retry::Cause;

    #[test]
    fn codes_are_in_order_and_each_is_there_once() {
        assert!(CODES.is_sorted_by(|one, other| one.name < other.name));
    }

    #[test]
    fn what_an_error_says_of_another_attempt_is_what_the_call_does() {
        let names = CODES.iter().map(|code| code.name);
        for name in names.chain(["", "SomethingNewException"]) {
            for status in [
                200, 400, 403, 404, 408, 413, 424, 429, 500, 502, 503, 504, 529,
            ] {
                let head = Head::new(status, [("x-amzn-errortype", name)]);
                let error = error::of_answer(&head, br#"{"message":"x"}"#);
                let cause = Cause::of(&error);
                assert!(cause.is_none() || error.retryable, "{name} {status}");
                let expected = retry(Some(name).filter(|name| !name.is_empty()), Some(status));
                assert_eq!(error.retryable, expected != Never, "{name} {status}");
                let is_retried = matches!(expected, Transient | Throttling);
                assert_eq!(cause.is_some(), is_retried, "{name} {status}");
            }
            let error = error::of_exception(name, br#"{"message":"x"}"#);
            assert!(Cause::of(&error).is_none() || error.retryable, "{name}");
        }
    }

    #[test]
    fn a_throttled_call_is_rate_limited_whatever_its_status_and_its_spelling() {
        for code in CODES.iter().filter(|code| code.retry == Throttling) {
            let head = Head::new(400, [("x-amzn-errortype", code.name)]);
            let error = error::of_answer(&head, b"{}");
            assert_eq!(
                (error.kind, error.retryable),
                (RateLimited, true),
                "{}",
                code.name
            );
            let (first, rest) = code.name.split_at(1);
            let lower = first.to_ascii_lowercase() + rest;
            let error = error::of_exception(&lower, b"{}");
            assert_eq!(error.code.as_deref(), Some(code.name));
            assert!(Cause::of(&error).is_some(), "{lower}");
        }
    }

    #[test]
    fn clock_and_credentials_are_suspected_by_the_table() {
        for code in CODES {
            let head = Head::new(403, [("x-amzn-errortype", code.name)]);
            let error = error::of_answer(&head, b"{}");
            let is_over = credentials::are_over(&error);
            assert_eq!(is_over, code.suspect == Credentials, "{}", code.name);
            let correction = skew::correction(&error, Some(10_000_000), 0);
            assert_eq!(correction.is_some(), code.suspect == Clock, "{}", code.name);
        }
    }
}
