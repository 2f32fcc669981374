//! Waiting, no longer than the call's deadlines allow.

use crate::canonical::{self, Error, ErrorKind};
use crate::world::wasi::clocks::monotonic_clock::{self, Instant};
use crate::world::wasi::io::poll::{self, Pollable};

/// Nanoseconds in a millisecond: WASI counts the one, callers the other.
const NANOS: u64 = 1_000_000;

/// The deadlines of one call, from the moment it began.
pub(super) struct Deadlines {
    /// For the transport, the only one that sees the connection.
    pub connect_ns: Option<u64>,
    first_byte_ns: Option<u64>,
    between_bytes_ns: Option<u64>,
    total_ms: Option<u32>,
    end: Option<Instant>,
}

impl Deadlines {
    pub(super) fn new(deadlines: &canonical::Deadlines) -> Self {
        let nanos = |millis: Option<u32>| millis.map(|millis| u64::from(millis) * NANOS);
        Deadlines {
            connect_ns: nanos(deadlines.connect_ms),
            first_byte_ns: nanos(deadlines.first_byte_ms),
            between_bytes_ns: nanos(deadlines.between_bytes_ms),
            total_ms: deadlines.total_ms,
            end: nanos(deadlines.total_ms)
                .map(|nanos| monotonic_clock::now().saturating_add(nanos)),
        }
    }

    /// Whether so many milliseconds are left.
    pub(super) fn allow(&self, milliseconds: u64) -> bool {
        let then = monotonic_clock::now().saturating_add(milliseconds.saturating_mul(NANOS));
        self.end.is_none_or(|end| then < end)
    }

    /// Wait for the answer's head.
    pub(super) fn wait_for_head(&self, ready: &Pollable) -> Result<(), Error> {
        self.wait(
            &[ready],
            self.first_byte_ns,
            "first-byte-ms",
            "the answer's first byte",
        )
    }

    /// Wait for more of the answer.
    pub(super) fn wait_for_bytes(&self, ready: &Pollable) -> Result<(), Error> {
        self.wait(
            &[ready],
            self.between_bytes_ns,
            "between-bytes-ms",
            "more bytes",
        )
    }

    /// Wait for room for more of the request, or for an answer that comes before all of it has left.
    pub(super) fn wait_for_room(&self, room: &Pollable, answered: &Pollable) -> Result<(), Error> {
        self.wait(
            &[room, answered],
            self.between_bytes_ns,
            "between-bytes-ms",
            "room for more of the request",
        )
    }

    fn wait(
        &self,
        ready: &[&Pollable],
        limit_ns: Option<u64>,
        name: &str,
        what: &str,
    ) -> Result<(), Error> {
        let limit = limit_ns.map(monotonic_clock::subscribe_duration);
        let end = self.end.map(monotonic_clock::subscribe_instant);
        let timers = [&limit, &end].into_iter().flatten();
        let pollables: Vec<&Pollable> = ready.iter().copied().chain(timers).collect();
        poll::poll(&pollables);
        if ready.iter().any(|ready| ready.ready()) {
            return Ok(());
        }
        let is_total = end.is_some_and(|end| end.ready());
        let (name, millis) = match (is_total, limit_ns) {
            (false, Some(limit)) => (name, limit / NANOS),
            _ => ("total-ms", self.total_ms.map_or(0, u64::from)),
        };
        Err(Error {
            path: Some(format!("context.deadlines.{name}")),
            retryable: true,
            ..Error::new(
                ErrorKind::Timeout,
                format!("waited {millis} ms for {what} ({name})"),
            )
        })
    }
}

/// Wait so long.
pub(super) fn sleep(milliseconds: u64) {
    monotonic_clock::subscribe_duration(milliseconds.saturating_mul(NANOS)).block();
}
