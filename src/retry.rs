//! Whether and when a call is tried again: AWS's standard retry mode, as its SDKs have it since 2026.
//!
//! In: the error of an attempt, and a random number. Out: how long to wait before the next, or that this was the last.
//! Nothing is tried again once an answer has begun. Source: the AWS SDKs and Tools Reference Guide
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>) and AWS's clients as they are.

use crate::aws_error::{self, Retry};
use crate::canonical::{Context, Error, ErrorKind};
use crate::environment::Environment;

/// Attempts in all, where nobody says otherwise.
pub const DEFAULT_ATTEMPTS: u32 = 3;

/// The longest wait before an attempt that the service did not ask for, in milliseconds.
const MAX_DELAY_MS: u64 = 20_000;

/// How much longer than its own delay a client waits because the service asks it to, in milliseconds.
const MAX_HINT_MS: u64 = 5_000;

/// What says how many attempts there may be, where the context does not.
const VARIABLE: &str = "AWS_MAX_ATTEMPTS";

/// Attempts in all: the context's, else the environment's, else the default.
pub fn most_attempts(context: &Context, environment: &Environment) -> Result<u32, Error> {
    if let Some(most) = context.max_attempts {
        return match most {
            0 => Err(Error::invalid(
                "context.max_attempts",
                "expected at least 1, saw 0",
            )),
            most => Ok(most),
        };
    }
    let Some(text) = environment.get(VARIABLE) else {
        return Ok(DEFAULT_ATTEMPTS);
    };
    match text.trim().parse() {
        Ok(most @ 1..) => Ok(most),
        _ => Err(Error::invalid(
            VARIABLE,
            "expected a whole number of at least 1",
        )),
    }
}

/// Why an attempt may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Something that passes: a connection that broke, a server that failed.
    Transient,
    /// The service asks for fewer requests.
    Throttling,
}

impl Cause {
    /// Of an attempt that gave no answer; none where another would give none either. A deadline of the call's own is
    /// not tried again: it is the caller's.
    pub fn of(error: &Error) -> Option<Self> {
        if !error.retryable {
            return None;
        }
        // No answer, or one that ended before it had begun.
        let is_broken = matches!(
            error.kind,
            ErrorKind::Connection | ErrorKind::StreamTruncated
        );
        match (error.code.as_deref(), error.status) {
            (None, None) => is_broken.then_some(Cause::Transient),
            (code, status) => match aws_error::retry(code, status) {
                Retry::Transient => Some(Cause::Transient),
                Retry::Throttling => Some(Cause::Throttling),
                Retry::Never | Retry::Later => None,
            },
        }
    }

    /// The first delay at its longest, in milliseconds; each further one is twice as long.
    fn base_ms(self) -> u64 {
        match self {
            Cause::Transient => 50,
            Cause::Throttling => 1000,
        }
    }

    /// What a retry takes from the quota.
    fn cost(self) -> u32 {
        match self {
            Cause::Transient => 14,
            Cause::Throttling => 5,
        }
    }
}

/// What retries may still take, shared by the calls of a client: when a service fails for all of them, they stop
/// adding to its load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota(u32);

impl Quota {
    /// What a client begins with, and the most that it ever has.
    pub const FULL: Quota = Quota(500);

    fn take(&mut self, cost: u32) -> bool {
        let rest = self.0.checked_sub(cost);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn give_back(&mut self, cost: u32) {
        self.0 = (self.0 + cost).min(Self::FULL.0);
    }
}

/// The attempts of one call.
#[derive(Debug, Clone)]
pub struct Attempts {
    left: u32,
    made: u32,
    /// What the last retry took.
    last_cost: Option<u32>,
}

impl Attempts {
    /// So many in all, at least one.
    pub fn new(most: u32) -> Self {
        Attempts {
            left: most.saturating_sub(1),
            made: 1,
            last_cost: None,
        }
    }

    /// How many were made by now, the current one included.
    #[cfg(test)]
    fn made(&self) -> u32 {
        self.made
    }

    /// How many milliseconds to wait before the next attempt; none where this was the last. `random` is any number, new
    /// for each call of this.
    pub fn after(&mut self, error: &Error, quota: &mut Quota, random: u64) -> Option<u64> {
        let cause = Cause::of(error)?;
        if self.left == 0 || !quota.take(cause.cost()) {
            return None;
        }
        let doublings = (self.made - 1).min(16);
        let longest = (cause.base_ms() << doublings).min(MAX_DELAY_MS);
        // From 0 to the longest: clients that failed together do not come back together.
        let delay = random % (longest + 1);
        self.left -= 1;
        self.made += 1;
        self.last_cost = Some(cause.cost());
        Some(match error.retry_after_ms {
            Some(hint) => hint.clamp(delay, delay + MAX_HINT_MS),
            None => delay,
        })
    }

    /// An answer came: what the last retry took is given back, or a little where none was needed.
    pub fn succeeded(&self, quota: &mut Quota) {
        quota.give_back(self.last_cost.unwrap_or(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: Option<u16>, code: Option<&str>) -> Error {
        Error {
            status,
            code: code.map(str::to_owned),
            retryable: true,
            ..Error::new(ErrorKind::Upstream, "x")
        }
    }

    #[test]
    fn what_passes_is_told_from_what_asks_for_fewer_and_from_what_stays() {
        use Cause::{Throttling, Transient};
        for (status, code, cause) in [
            (429, Some("ThrottlingException"), Some(Throttling)),
            (400, Some("ThrottlingException"), Some(Throttling)),
            (429, Some("ModelNotReadyException"), Some(Transient)),
            (429, None, Some(Throttling)),
            (500, Some("InternalServerException"), Some(Transient)),
            (502, None, Some(Transient)),
            (503, Some("ServiceUnavailableException"), Some(Transient)),
            (504, None, Some(Transient)),
            (400, Some("ValidationException"), None),
            (400, Some("ServiceQuotaExceededException"), None),
            (403, Some("ExpiredTokenException"), None),
            (404, None, None),
            (408, Some("ModelTimeoutException"), None),
            (413, None, None),
            (424, Some("ModelErrorException"), None),
            (529, None, None),
        ] {
            let error = error(Some(status), code);
            assert_eq!(Cause::of(&error), cause, "{status} {code:?}");
        }
        for (kind, cause) in [
            (ErrorKind::Connection, Some(Transient)),
            (ErrorKind::StreamTruncated, Some(Transient)),
            (ErrorKind::MalformedStream, None),
            (ErrorKind::Timeout, None),
            (ErrorKind::InvalidRequest, None),
        ] {
            let error = Error {
                retryable: true,
                ..Error::new(kind, "x")
            };
            assert_eq!(Cause::of(&error), cause, "{kind:?}");
            // Such as a TLS certificate that is not trusted.
            let stays = Error {
                retryable: false,
                ..error
            };
            assert_eq!(Cause::of(&stays), None, "{kind:?}");
        }
    }

    #[test]
    fn the_context_and_then_the_environment_say_how_many_attempts_there_are() {
        let most = |attempts: Option<u32>, variable: Option<&str>| {
            let context = Context {
                max_attempts: attempts,
                ..Context::default()
            };
            let variables = variable.map(|value| (VARIABLE.to_owned(), value.to_owned()));
            let environment = Environment::new(variables.into_iter().collect());
            most_attempts(&context, &environment).map_err(|error| error.path)
        };
        assert_eq!(most(None, None), Ok(3));
        assert_eq!(most(Some(7), Some("2")), Ok(7));
        assert_eq!(most(None, Some("2")), Ok(2));
        assert_eq!(
            most(Some(0), None),
            Err(Some("context.max_attempts".into()))
        );
        for bad in ["0", "-1", "many"] {
            assert_eq!(most(None, Some(bad)), Err(Some(VARIABLE.into())), "{bad}");
        }
    }

    #[test]
    fn delays_double_up_to_twenty_seconds_and_keep_below_a_random_part_of_that() {
        let throttled = error(Some(429), Some("ThrottlingException"));
        let mut quota = Quota::FULL;
        let mut attempts = Attempts::new(10);
        // One less than any modulus leaves the longest.
        let longest = |attempts: &mut Attempts, quota: &mut Quota| {
            let made = attempts.made();
            let at_most = (1000u64 << (made - 1)).min(20_000);
            let delay = attempts.after(&throttled, quota, at_most);
            assert_eq!(delay, Some(at_most), "attempt {made}");
        };
        for _ in 0..9 {
            longest(&mut attempts, &mut quota);
        }
        assert_eq!(attempts.after(&throttled, &mut quota, 0), None);
        assert_eq!(attempts.made(), 10);
    }

    #[test]
    fn the_service_s_own_wish_is_met_within_five_seconds() {
        for (hint, delay) in [(0, 40), (41, 41), (4_000, 4_000), (60_000, 5_040)] {
            let asks = Error {
                retry_after_ms: Some(hint),
                ..error(Some(503), None)
            };
            let waited = Attempts::new(2).after(&asks, &mut Quota::FULL.clone(), 40);
            assert_eq!(waited, Some(delay), "{hint}");
        }
    }

    #[test]
    fn a_call_ends_at_its_attempts_or_at_an_error_that_stays() {
        let mut quota = Quota::FULL;
        for most in [0, 1] {
            let mut attempts = Attempts::new(most);
            assert_eq!(attempts.after(&error(Some(500), None), &mut quota, 0), None);
        }
        let mut attempts = Attempts::new(3);
        assert!(
            attempts
                .after(&error(Some(500), None), &mut quota, 0)
                .is_some()
        );
        assert_eq!(attempts.after(&error(Some(400), None), &mut quota, 0), None);
    }

    #[test]
    fn a_service_that_fails_for_all_is_asked_less_until_it_answers_again() {
        let mut quota = Quota::FULL;
        let failed = error(Some(500), None);
        let retried = (0..100).filter(|_| {
            let mut attempts = Attempts::new(2);
            attempts.after(&failed, &mut quota, 0).is_some()
        });
        assert_eq!(retried.count(), 35);
        let mut attempts = Attempts::new(2);
        assert_eq!(attempts.after(&failed, &mut quota, 0), None);
        for _ in 0..4 {
            attempts.succeeded(&mut quota);
        }
        assert!(Attempts::new(2).after(&failed, &mut quota, 0).is_some());
        let mut full = Quota::FULL;
        attempts.succeeded(&mut full);
        assert_eq!(full, Quota::FULL);
    }
}
