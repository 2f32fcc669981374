//! What a client is told: status and headers, once, and text.

use llm_dialects::{Dialect, ErrorAnswer};

/// What to tell the client now.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    /// Status and headers; none: they stay back, or were told before.
    pub start: Option<Start>,
    /// What to send, which may be nothing.
    pub body: String,
}

/// Status and headers of an answer; they stand instead of Bedrock's.
#[derive(Debug, PartialEq)]
pub struct Start {
    /// The HTTP status.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(&'static str, String)>,
}

impl Start {
    /// Of JSON that is an answer.
    pub(super) fn whole(dialect: Dialect, request_id: &str) -> Self {
        Start::of(200, "application/json", dialect, request_id)
    }

    /// Of server-sent events.
    pub(super) fn stream(dialect: Dialect, request_id: &str) -> Self {
        let mut start = Start::of(200, "text/event-stream", dialect, request_id);
        start.headers.push(("cache-control", "no-cache".into()));
        start
    }

    /// Of an error.
    pub(super) fn error(dialect: Dialect, request_id: &str, answer: &ErrorAnswer) -> Self {
        // A proxy's page with status 200 is no answer, and the client must not take it for one.
        let status = match answer.status {
            status @ 400..=599 => status,
            _ => 502,
        };
        let mut start = Start::of(status, "application/json", dialect, request_id);
        let own = answer
            .headers
            .iter()
            .filter(|(name, _)| start.headers.iter().all(|(other, _)| other != name));
        let own: Vec<_> = own.cloned().collect();
        start.headers.extend(own);
        start
    }

    fn of(status: u16, content_type: &str, dialect: Dialect, request_id: &str) -> Self {
        let mut headers = vec![("content-type", content_type.to_owned())];
        if !request_id.is_empty() {
            // As the official clients read it.
            let name = match dialect {
                Dialect::Anthropic => "request-id",
                Dialect::OpenAi | Dialect::Responses => "x-request-id",
            };
            headers.push((name, request_id.to_owned()));
        }
        Start { status, headers }
    }
}
