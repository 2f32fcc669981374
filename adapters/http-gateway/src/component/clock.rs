//! The host's clocks.

use llm_gateway::exchange::Clock;

use crate::world::wasi::clocks::{monotonic_clock, wall_clock};

/// When the request came, in nanoseconds.
pub(super) struct Stopwatch(u64);

impl Stopwatch {
    pub(super) fn start() -> Self {
        Stopwatch(monotonic_clock::now())
    }

    /// The moment so many nanoseconds after the request came.
    pub(super) fn instant(&self, elapsed_ns: u64) -> u64 {
        self.0.saturating_add(elapsed_ns)
    }

    pub(super) fn now(&self) -> Clock {
        let now = wall_clock::now();
        let seconds = now.seconds.saturating_mul(1_000_000_000);
        Clock {
            elapsed_ns: monotonic_clock::now().saturating_sub(self.0),
            unix_ns: seconds.saturating_add(now.nanoseconds.into()),
        }
    }
}
