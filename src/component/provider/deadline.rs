//! Waiting, no longer than the call's deadlines allow.

use crate::canonical::{self, Error, ErrorKind};
use crate::credentials::chain::Hints;
use crate::world::wasi::clocks::monotonic_clock::{self, Instant};
use crate::world::wasi::io::poll::{self, Pollable};

/// Nanoseconds in a millisecond: WASI counts the one, callers the other.
const NANOS: u64 = 1_000_000;

/// The deadlines of one call, from the moment it began.
#[derive(Clone)]
pub(super) struct Deadlines {
    /// For the transport, the only one that sees the connection.
    pub connect_ns: Option<u64>,
    /// Whether the call stands or falls with the transport's heeding it.
    pub connect_is_asked: bool,
    first_byte_ms: Option<u32>,
    between_bytes_ms: Option<u32>,
    total_ms: Option<u32>,
    end: Option<Instant>,
}

/// What a wait came to.
#[derive(PartialEq)]
pub(super) enum Waited {
    Ready,
    /// Nothing happened until the moment at which the caller wanted to hear so.
    Quiet,
}

/// A limit, from when it counts, and its name and meaning.
struct Limit {
    since: Instant,
    ms: Option<u32>,
    name: &'static str,
    what: &'static str,
}

impl Deadlines {
    pub(super) fn new(deadlines: &canonical::Deadlines) -> Self {
        Deadlines {
            connect_ns: deadlines.connect_ms.map(|ms| u64::from(ms) * NANOS),
            connect_is_asked: true,
            first_byte_ms: deadlines.first_byte_ms,
            between_bytes_ms: deadlines.between_bytes_ms,
            total_ms: deadlines.total_ms,
            end: deadlines.total_ms.map(|ms| after(ms.into())),
        }
    }

    /// Of a question on the call's way to credentials, which has a time of its own within the call's.
    pub(super) fn of_question(&self, hints: &Hints) -> Self {
        let own = after(hints.connect_ms + hints.answer_ms);
        Deadlines {
            connect_ns: Some(hints.connect_ms * NANOS),
            connect_is_asked: false,
            first_byte_ms: None,
            between_bytes_ms: None,
            total_ms: self.total_ms,
            end: Some(self.end.map_or(own, |end| end.min(own))),
        }
    }

    /// Whether so many milliseconds are left.
    pub(super) fn allow(&self, milliseconds: u64) -> bool {
        self.end.is_none_or(|end| after(milliseconds) < end)
    }

    /// The error of a call whose time is over.
    pub(super) fn over(&self) -> Error {
        timeout("total-ms", self.total_ms, "the whole call")
    }

    /// Wait for the answer's head.
    pub(super) fn wait_for_head(&self, ready: &Pollable) -> Result<(), Error> {
        let limit = Limit {
            since: monotonic_clock::now(),
            ms: self.first_byte_ms,
            name: "first-byte-ms",
            what: "the answer's first byte",
        };
        self.wait(&[ready], &limit, None).map(drop)
    }

    /// Wait for more of the answer, of which nothing has come since `since`, and until `quiet` if there is such a time.
    pub(super) fn wait_for_bytes(
        &self,
        ready: &Pollable,
        since: Instant,
        quiet: Option<Instant>,
    ) -> Result<Waited, Error> {
        let limit = Limit {
            since,
            ms: self.between_bytes_ms,
            name: "between-bytes-ms",
            what: "more bytes",
        };
        self.wait(&[ready], &limit, quiet)
    }

    /// Wait for room for more of the request, or for an answer that comes before all of it has left.
    pub(super) fn wait_for_room(&self, room: &Pollable, answered: &Pollable) -> Result<(), Error> {
        let limit = Limit {
            since: monotonic_clock::now(),
            ms: self.between_bytes_ms,
            name: "between-bytes-ms",
            what: "room for more of the request",
        };
        self.wait(&[room, answered], &limit, None).map(drop)
    }

    fn wait(
        &self,
        ready: &[&Pollable],
        limit: &Limit,
        quiet: Option<Instant>,
    ) -> Result<Waited, Error> {
        let own = limit
            .ms
            .map(|ms| limit.since.saturating_add(u64::from(ms) * NANOS));
        let timers = [own, self.end, quiet].map(|at| at.map(monotonic_clock::subscribe_instant));
        let timer = timers.iter().flatten();
        let pollables: Vec<&Pollable> = ready.iter().copied().chain(timer).collect();
        poll::poll(&pollables);
        let is_ready = |pollable: &Option<Pollable>| pollable.as_ref().is_some_and(Pollable::ready);
        let [own, end, quiet] = &timers;
        if ready.iter().any(|ready| ready.ready()) {
            Ok(Waited::Ready)
        } else if is_ready(end) {
            Err(timeout("total-ms", self.total_ms, limit.what))
        } else if is_ready(own) {
            Err(timeout(limit.name, limit.ms, limit.what))
        } else if is_ready(quiet) {
            Ok(Waited::Quiet)
        } else {
            Ok(Waited::Ready)
        }
    }
}

fn timeout(name: &str, ms: Option<u32>, what: &str) -> Error {
    let ms = ms.unwrap_or_default();
    Error {
        path: Some(["context.deadlines.", name].concat()),
        retryable: true,
        ..Error::new(
            ErrorKind::Timeout,
            format!("waited {ms} ms for {what} ({name})"),
        )
    }
}

/// So many milliseconds from now.
pub(super) fn after(milliseconds: u64) -> Instant {
    later(monotonic_clock::now(), milliseconds)
}

/// So many milliseconds after a moment.
pub(super) fn later(moment: Instant, milliseconds: u64) -> Instant {
    moment.saturating_add(milliseconds.saturating_mul(NANOS))
}

/// Wait so long.
pub(super) fn sleep(milliseconds: u64) {
    monotonic_clock::subscribe_duration(milliseconds.saturating_mul(NANOS)).block();
}
