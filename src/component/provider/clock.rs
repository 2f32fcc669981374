//! The time of day, as the service sees it.

use std::cell::Cell;

use super::transport::Failed;
use crate::skew;
use crate::world::wasi::clocks::wall_clock;

thread_local! {
    /// How many milliseconds the host's clock is behind the service's.
    static BEHIND: Cell<i64> = const { Cell::new(0) };
}

/// Milliseconds since the Unix epoch.
pub(super) fn now() -> u64 {
    let now = wall_clock::now();
    now.seconds
        .saturating_mul(1000)
        .saturating_add(u64::from(now.nanoseconds / 1_000_000))
        .saturating_add_signed(BEHIND.get())
}

/// Set right what an error shows to be wrong; whether it did.
pub(super) fn correct(failed: &Failed) -> bool {
    let correction = skew::correction(&failed.error, failed.date, now());
    if let Some(more) = correction {
        BEHIND.set(BEHIND.get().saturating_add(more));
    }
    correction.is_some()
}
