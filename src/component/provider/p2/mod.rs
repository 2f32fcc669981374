//! WASI 0.2: one call at a time, and each wait blocks where it is.

mod body;
mod exports;
mod files;
mod transport;

use crate::driver::deadline::Instant;
use crate::world::wasi::clocks::{monotonic_clock, wall_clock};
use crate::world::wasi::io::poll::{self, Pollable};

pub(super) use crate::world::wasi as bindings;
pub(super) use crate::world::wasi::http::types::OutgoingRequest as Outgoing;
pub(super) use files::read as read_file;
pub(super) use transport::{Exchange, Received, send};

/// The time of day: seconds and nanoseconds since the Unix epoch.
pub(super) fn time() -> (u64, u32) {
    let now = wall_clock::now();
    (now.seconds, now.nanoseconds)
}

/// This moment.
pub(super) fn instant() -> Instant {
    monotonic_clock::now()
}

/// Wait until a moment.
pub(super) fn sleep_until(moment: Instant) {
    monotonic_clock::subscribe_instant(moment).block();
}

/// Wait until one of these is ready, or until a moment; whether one is.
fn wait(ready: &[&Pollable], until: Option<Instant>) -> bool {
    let timer = until.map(monotonic_clock::subscribe_instant);
    let pollables: Vec<&Pollable> = ready.iter().copied().chain(&timer).collect();
    poll::poll(&pollables);
    ready.iter().any(|ready| ready.ready())
}
