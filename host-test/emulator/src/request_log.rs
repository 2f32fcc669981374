//! What arrived, and what became of it.

use crate::operation::Operation;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// One request as it arrived, whether it was answered or refused.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// HTTP method.
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// When its last byte had arrived.
    pub arrived_at: Instant,
    /// The operation its path names, if any.
    pub operation: Option<Operation>,
}

impl Recorded {
    /// First value of a header; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(seen, _)| seen.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// How often something happened since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// TCP connections accepted.
    pub connections: u64,
    /// TCP connections that are open now.
    pub open: u64,
    /// Requests that arrived whole.
    pub requests: u64,
    /// Requests refused by the emulator's own checks.
    pub refused: u64,
    /// Answers whose script was played to its end, faults included.
    pub completed: u64,
    /// Answers whose client went away before the script's end.
    pub client_gone: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    connections: AtomicU64,
    closed: AtomicU64,
    pub(crate) requests: AtomicU64,
    pub(crate) refused: AtomicU64,
    completed: AtomicU64,
    client_gone: AtomicU64,
    /// Set when the emulator ends: what is cut off from then on is not the client's doing.
    pub(crate) closing: AtomicBool,
}

impl Tally {
    pub(crate) fn read(&self) -> Counters {
        let count = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        // Read first: a connection that opens and closes in between is then open once more, not less than never.
        let closed = count(&self.closed);
        let connections = count(&self.connections);
        Counters {
            connections,
            open: connections.saturating_sub(closed),
            requests: count(&self.requests),
            refused: count(&self.refused),
            completed: count(&self.completed),
            client_gone: count(&self.client_gone),
        }
    }
}

/// Add one.
pub(crate) fn bump(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::AcqRel);
}

/// An open TCP connection; dropped, it is closed.
pub(crate) struct Connection(Arc<Tally>);

impl Connection {
    pub(crate) fn new(tally: Arc<Tally>) -> Self {
        bump(&tally.connections);
        Self(tally)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        bump(&self.0.closed);
    }
}

/// A client that waits for an answer; dropped before [`Presence::finished`], it is gone.
pub(crate) struct Presence {
    tally: Arc<Tally>,
    finished: bool,
}

impl Presence {
    pub(crate) fn new(tally: Arc<Tally>) -> Self {
        Self {
            tally,
            finished: false,
        }
    }

    pub(crate) fn finished(&mut self) {
        if !std::mem::replace(&mut self.finished, true) {
            bump(&self.tally.completed);
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if !self.finished && !self.tally.closing.load(Ordering::Acquire) {
            bump(&self.tally.client_gone);
        }
    }
}
