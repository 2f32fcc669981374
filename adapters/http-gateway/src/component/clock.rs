//! The host's clocks.

use crate::world::wasi::clocks::{monotonic_clock, wall_clock};

/// When the request came.
pub(super) struct Clock(u64);

impl Clock {
    pub(super) fn start() -> Self {
        Clock(monotonic_clock::now())
    }

    /// Since then, in nanoseconds.
    pub(super) fn elapsed_ns(&self) -> u64 {
        monotonic_clock::now().saturating_sub(self.0)
    }
}

/// Nanoseconds since the Unix epoch.
pub(super) fn wall_ns() -> u64 {
    let now = wall_clock::now();
    now.seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(now.nanoseconds.into())
}
