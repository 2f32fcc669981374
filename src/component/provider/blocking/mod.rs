//! WASI 0.2: one call at a time, and each wait blocks where it is.

mod body;
mod exports;
mod files;
mod transport;

use super::deadline::{Deadlines, Instant, Limit, NANOS};
use crate::canonical::Error;
use crate::world::wasi::clocks::{monotonic_clock, wall_clock};
use crate::world::wasi::io::poll::{self, Pollable};

pub(super) use crate::world::wasi as bindings;
pub(super) use crate::world::wasi::http::types::OutgoingRequest as Outgoing;
pub(super) use files::read as read_file;
pub(super) use transport::{Answer, Pending, Read, send, start};

/// The time of day: seconds and nanoseconds since the Unix epoch.
pub(super) fn time() -> (u64, u32) {
    let now = wall_clock::now();
    (now.seconds, now.nanoseconds)
}

/// This moment.
pub(super) fn instant() -> Instant {
    monotonic_clock::now()
}

/// Wait so many milliseconds.
pub(super) fn sleep(milliseconds: u64) {
    monotonic_clock::subscribe_duration(milliseconds.saturating_mul(NANOS)).block();
}

/// What a wait came to.
#[derive(PartialEq)]
enum Waited {
    Ready,
    /// Nothing happened until the moment at which the caller wanted to hear so.
    Quiet,
}

/// Wait until one of these is ready, no longer than the deadlines allow, and until `quiet` if there is such a time.
fn wait(
    ready: &[&Pollable],
    deadlines: &Deadlines,
    limit: &Limit,
    quiet: Option<Instant>,
) -> Result<Waited, Error> {
    let timer = deadlines
        .soonest(limit, quiet)
        .map(monotonic_clock::subscribe_instant);
    let pollables: Vec<&Pollable> = ready.iter().copied().chain(&timer).collect();
    poll::poll(&pollables);
    if !ready.iter().any(|ready| ready.ready()) && deadlines.passed(limit, quiet)? {
        return Ok(Waited::Quiet);
    }
    Ok(Waited::Ready)
}
