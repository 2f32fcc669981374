//! A clock that is wrong: a signature holds for five minutes around its time, so that the service refuses it then.
//!
//! In: the error, and the service's own time in the answer's `Date`. Out: how far the clock is off. Source: the clock
//! skew correction of AWS's SDKs (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).

use crate::aws_error::{self, Suspect};
use crate::canonical::Error;

/// Less than this is no reason for the service to refuse a signature: 4 minutes, in milliseconds.
const TOLERATED: u64 = 4 * 60 * 1000;

/// How many milliseconds to add to a clock that says `now`, where the error comes of what it says. `date` is the
/// service's time; all in milliseconds since the Unix epoch.
pub fn correction(error: &Error, date: Option<u64>, now: u64) -> Option<i64> {
    let code = error.code.as_deref()?;
    let date = date.filter(|date| date.abs_diff(now) >= TOLERATED)?;
    let is_suspect = aws_error::of_code(code).is_some_and(|code| code.suspect == Suspect::Clock);
    is_suspect.then(|| date.wrapping_sub(now).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::ErrorKind;

    const NOON: u64 = 1_795_348_800_000;
    const MINUTE: u64 = 60 * 1000;

    fn refused(code: &str) -> Error {
        Error {
            code: Some(code.into()),
            ..Error::new(ErrorKind::Authentication, "Signature expired")
        }
    }

    #[test]
    fn a_refused_signature_and_a_distant_date_tell_how_far_the_clock_is_off() {
        for (code, date, expected) in [
            (
                "InvalidSignatureException",
                NOON + 5 * MINUTE,
                Some(300_000),
            ),
            ("RequestTimeTooSkewed", NOON - 90 * MINUTE, Some(-5_400_000)),
            ("InvalidSignatureException", NOON + 3 * MINUTE, None),
            ("InvalidSignatureException", NOON - 3 * MINUTE, None),
            ("AccessDeniedException", NOON + 5 * MINUTE, None),
            ("ThrottlingException", NOON + 5 * MINUTE, None),
        ] {
            assert_eq!(
                correction(&refused(code), Some(date), NOON),
                expected,
                "{code}"
            );
        }
        let refused = refused("InvalidSignatureException");
        assert_eq!(correction(&refused, None, NOON), None);
        let without = Error {
            code: None,
            ..refused
        };
        assert_eq!(correction(&without, Some(0), NOON), None);
    }
}
