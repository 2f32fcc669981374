//! The time of day: the host's, and the service's own where that is another.

use std::cell::RefCell;

use super::{Failed, wasi};
use crate::canonical::Context;
use crate::skew;

/// How many milliseconds the host's clock is behind a service's, and the address of the service: what one address says
/// is not believed of others.
type Behind = Option<(Option<String>, i64)>;

thread_local! {
    static BEHIND: RefCell<Behind> = const { RefCell::new(None) };
}

/// The host's, in milliseconds since the Unix epoch.
pub(super) fn now() -> u64 {
    let (seconds, nanoseconds) = wasi::time();
    seconds
        .saturating_mul(1000)
        .saturating_add(u64::from(nanoseconds / 1_000_000))
}

/// What the service that a call goes to takes for the time, to sign with; likewise.
pub(super) fn of_service(context: &Context) -> u64 {
    let behind = BEHIND.with_borrow(|behind| match behind {
        Some((endpoint, behind)) if *endpoint == context.endpoint => *behind,
        _ => 0,
    });
    now().saturating_add_signed(behind)
}

/// Set right what an error shows to be wrong; whether it did.
pub(super) fn correct(context: &Context, failed: &Failed) -> bool {
    let now = now();
    let said = of_service(context);
    let correction = skew::correction(&failed.error, failed.date, said);
    if let Some(more) = correction {
        let behind = said.wrapping_sub(now).cast_signed().saturating_add(more);
        BEHIND.set(Some((context.endpoint.clone(), behind)));
    }
    correction.is_some()
}
