//! The deadlines of a call: how long it may wait for what, and the error when that time is over.
//!
//! In: `context.deadlines`, and moments of a monotonic clock. Nothing here reads a clock.

use crate::canonical::{self, Error, ErrorKind};

/// A moment of a monotonic clock, in nanoseconds since some other.
pub type Instant = u64;

/// Nanoseconds in a millisecond: WASI counts the one, callers the other.
pub const NANOS: u64 = 1_000_000;

/// So many milliseconds after a moment.
pub fn later(moment: Instant, milliseconds: u64) -> Instant {
    moment.saturating_add(milliseconds.saturating_mul(NANOS))
}

/// The deadlines of one call, from the moment it began.
#[derive(Debug, Clone)]
pub struct Deadlines {
    /// `connect-ms`, for the transport, the only one that sees the connection.
    pub connect_ms: Option<u64>,
    /// Whether a host that cannot hold `connect-ms` refuses the call.
    pub is_connect_required: bool,
    first_byte_ms: Option<u32>,
    between_bytes_ms: Option<u32>,
    total_ms: Option<u32>,
    /// When `total-ms` is over.
    pub end: Option<Instant>,
}

/// A limit on one wait.
#[derive(Debug, Clone)]
pub struct Limit {
    since: Instant,
    ms: Option<u32>,
    /// Of the deadline.
    name: &'static str,
    /// What is waited for.
    what: &'static str,
}

impl Deadlines {
    /// Of a call that begins now.
    pub fn new(deadlines: &canonical::Deadlines, now: Instant) -> Self {
        Deadlines {
            connect_ms: deadlines.connect_ms.map(u64::from),
            is_connect_required: true,
            first_byte_ms: deadlines.first_byte_ms,
            between_bytes_ms: deadlines.between_bytes_ms,
            total_ms: deadlines.total_ms,
            end: deadlines.total_ms.map(|ms| later(now, ms.into())),
        }
    }

    /// Of a question on the call's way to credentials, which has a time of its own within the call's.
    pub fn of_question(&self, connect_ms: u64, answer_ms: u64, now: Instant) -> Self {
        let own = later(now, connect_ms.saturating_add(answer_ms));
        Deadlines {
            connect_ms: Some(connect_ms),
            is_connect_required: false,
            first_byte_ms: None,
            between_bytes_ms: None,
            total_ms: self.total_ms,
            end: Some(self.end.map_or(own, |end| end.min(own))),
        }
    }

    /// Whether so many milliseconds are left.
    pub fn allow(&self, milliseconds: u64, now: Instant) -> bool {
        self.end.is_none_or(|end| later(now, milliseconds) < end)
    }

    /// The error of a call whose time is over.
    pub fn over(&self) -> Error {
        timeout("total-ms", self.total_ms, "the whole call")
    }

    /// On the wait for the answer's head, since the request was sent.
    pub fn on_head(&self, since: Instant) -> Limit {
        Limit {
            since,
            ms: self.first_byte_ms,
            name: "first-byte-ms",
            what: "the answer's first byte",
        }
    }

    /// On the wait for more of the answer, of which nothing has come since `since`.
    pub fn on_bytes(&self, since: Instant) -> Limit {
        Limit {
            since,
            ms: self.between_bytes_ms,
            name: "between-bytes-ms",
            what: "more bytes",
        }
    }

    /// On the wait for room for more of the request, or for an answer that comes before all of it was sent.
    pub fn on_room(&self, since: Instant) -> Limit {
        Limit {
            what: "room for more of the request",
            ..self.on_bytes(since)
        }
    }

    /// On a wait that only `total-ms` limits.
    pub fn on_whole(&self, what: &'static str) -> Limit {
        Limit {
            since: 0,
            ms: None,
            name: "",
            what,
        }
    }

    /// When a wait is over at the latest: at its limit, the call's end, or `quiet`.
    pub fn soonest(&self, limit: &Limit, quiet: Option<Instant>) -> Option<Instant> {
        [limit.end(), self.end, quiet].into_iter().flatten().min()
    }

    /// Whether `quiet` has passed.
    ///
    /// # Errors
    /// `timeout` where the limit or the whole call has.
    pub fn passed(
        &self,
        limit: &Limit,
        quiet: Option<Instant>,
        now: Instant,
    ) -> Result<bool, Error> {
        let is_over = |end: Option<Instant>| end.is_some_and(|end| end <= now);
        if is_over(self.end) {
            Err(timeout("total-ms", self.total_ms, limit.what))
        } else if is_over(limit.end()) {
            Err(timeout(limit.name, limit.ms, limit.what))
        } else {
            Ok(is_over(quiet))
        }
    }
}

impl Limit {
    fn end(&self) -> Option<Instant> {
        self.ms.map(|ms| later(self.since, ms.into()))
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
