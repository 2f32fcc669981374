//! How long a call may wait for what, and what it means that it has.

use super::wasi;
use crate::canonical::{self, Error, ErrorKind};
use crate::credentials::chain::Hints;

/// A moment of the monotonic clock, in nanoseconds since some other.
pub(super) type Instant = u64;

/// Nanoseconds in a millisecond: WASI counts the one, callers the other.
pub(super) const NANOS: u64 = 1_000_000;

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

/// A limit on one wait, from when it counts, and its name and meaning.
pub(super) struct Limit {
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

    /// On the wait for the answer's head.
    pub(super) fn on_head(&self) -> Limit {
        self.limit(
            self.first_byte_ms,
            "first-byte-ms",
            "the answer's first byte",
        )
    }

    /// On the wait for more of the answer, of which nothing has come since `since`.
    pub(super) fn on_bytes(&self, since: Instant) -> Limit {
        Limit {
            since,
            ..self.limit(self.between_bytes_ms, "between-bytes-ms", "more bytes")
        }
    }

    /// On the wait for room for more of the request, or for an answer that comes before all of it has left.
    pub(super) fn on_room(&self) -> Limit {
        let what = "room for more of the request";
        self.limit(self.between_bytes_ms, "between-bytes-ms", what)
    }

    /// On a wait that only the whole call limits.
    #[cfg(feature = "async")]
    pub(super) fn on_whole(&self, what: &'static str) -> Limit {
        self.limit(None, "", what)
    }

    /// From now.
    fn limit(&self, ms: Option<u32>, name: &'static str, what: &'static str) -> Limit {
        Limit {
            since: wasi::instant(),
            ms,
            name,
            what,
        }
    }

    /// When a wait is over at the latest: at its limit, the call's end, or `quiet`.
    pub(super) fn soonest(&self, limit: &Limit, quiet: Option<Instant>) -> Option<Instant> {
        [limit.end(), self.end, quiet].into_iter().flatten().min()
    }

    /// What it means that nothing happened until now: an error, or whether it is time to say that all is quiet.
    pub(super) fn passed(&self, limit: &Limit, quiet: Option<Instant>) -> Result<bool, Error> {
        let now = wasi::instant();
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

/// So many milliseconds from now.
pub(super) fn after(milliseconds: u64) -> Instant {
    later(wasi::instant(), milliseconds)
}

/// So many milliseconds after a moment.
pub(super) fn later(moment: Instant, milliseconds: u64) -> Instant {
    moment.saturating_add(milliseconds.saturating_mul(NANOS))
}
