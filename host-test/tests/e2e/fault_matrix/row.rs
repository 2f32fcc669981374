//! A fault, and what it must come to.

use bedrock_emulator::Script;
use bedrock_host::types::{Deadlines, ErrorKind};

/// A text in several deltas: its frames are `messageStart`, the deltas from 1, a block's stop, `messageStop`, `metadata`.
pub(super) const TEXT: &str =
    "A text of some length, so that it takes more than four deltas to be told.";

pub(super) const NO_DEADLINE: Deadlines = Deadlines {
    connect_ms: None,
    first_byte_ms: None,
    between_bytes_ms: None,
    total_ms: None,
};

/// One fault.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What goes wrong, for a reader.
    pub(super) name: String,
    /// What the emulator does; none: nobody listens.
    pub(super) script: Option<Script>,
    pub(super) deadlines: Deadlines,
    /// Of `complete`, where the fault can befall it.
    pub(super) whole: Option<Expected>,
    /// Of `stream`, where the fault can befall it.
    pub(super) stream: Option<Expected>,
}

impl Row {
    pub(super) fn new(name: impl Into<String>, script: impl Into<Option<Script>>) -> Self {
        Self {
            name: name.into(),
            script: script.into(),
            deadlines: NO_DEADLINE,
            whole: None,
            stream: None,
        }
    }

    pub(super) fn within(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    pub(super) fn whole(mut self, expected: Expected) -> Self {
        self.whole = Some(expected);
        self
    }

    pub(super) fn stream(mut self, expected: Expected) -> Self {
        self.stream = Some(expected);
        self
    }

    pub(super) fn both(self, expected: Expected) -> Self {
        self.whole(expected.clone()).stream(expected)
    }
}

/// The outcome of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    /// None: the whole answer, in spite of the fault.
    pub(super) kind: Option<ErrorKind>,
    pub(super) retryable: bool,
    pub(super) code: Option<&'static str>,
    /// What the message must say.
    pub(super) says: String,
    /// Whether a part of the answer comes before the error.
    pub(super) after_chunks: bool,
    /// Whether another attempt follows.
    pub(super) again: bool,
}

impl Expected {
    /// The answer.
    pub(super) fn answer() -> Self {
        Self {
            kind: None,
            retryable: false,
            code: None,
            says: String::new(),
            after_chunks: false,
            again: false,
        }
    }

    /// An error that stays.
    pub(super) fn error(kind: ErrorKind, says: impl Into<String>) -> Self {
        Self {
            kind: Some(kind),
            says: says.into(),
            ..Self::answer()
        }
    }

    pub(super) fn code(self, code: &'static str) -> Self {
        Self {
            code: Some(code),
            ..self
        }
    }

    pub(super) fn retryable(self, retryable: bool) -> Self {
        Self { retryable, ..self }
    }

    pub(super) fn again(self, again: bool) -> Self {
        Self { again, ..self }
    }

    /// The same, after chunks: nothing is tried again then.
    pub(super) fn after_chunks(self) -> Self {
        Self {
            after_chunks: true,
            again: false,
            ..self
        }
    }
}
