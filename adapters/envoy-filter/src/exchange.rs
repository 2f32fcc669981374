//! One request and its answer, in the order in which Envoy calls a filter.
//!
//! In: the client's headers and body, credentials, then Bedrock's head and bytes. Out: the request to send, and what the
//! client is sent: status and headers, and text. The rules for a request are the gateway's (`llm-gateway`); here is
//! what a filter cannot do: it sends one request, and holds the start of the answer back until that is known.

use bedrock_provider::canonical::{Error, ErrorKind};
use bedrock_provider::credentials::Credentials;
use bedrock_provider::driver::{Event, Now};
use bedrock_provider::http_message::{self, HttpRequest};
use llm_gateway::bedrock::{Gateway, Served, Step};
use llm_gateway::exchange::Event as ClientEvent;
use llm_gateway::http::{Head, Start};
use llm_gateway::request_id;

/// What to tell the client now.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    /// Status and headers, which stand instead of Bedrock's; none: they stay back, or were told before.
    pub start: Option<Start>,
    /// What to send, which may be nothing.
    pub body: String,
}

/// What a request needs next.
#[derive(Debug)]
pub enum Next {
    /// More of the client's body, or its end.
    Body,
    /// Credentials.
    Credentials,
    /// To be sent, as this.
    Send(HttpRequest),
    /// To be answered.
    Answer(Told),
}

/// See the [module](self).
pub struct Exchange {
    served: Served,
    /// Envoy answered by itself, with this; its own words are not the client's.
    local_reply: Option<Error>,
    /// The client was told all there is to tell.
    is_over: bool,
    /// What the log is to tell.
    line: Option<String>,
}

impl Exchange {
    /// `random` makes an id for the request where its headers have none.
    pub fn new(gateway: &Gateway, head: Head, random: [u64; 2], now: u64) -> Self {
        let id = request_id::choose(head.header("x-request-id"), random);
        Exchange {
            served: Served::new(gateway, head, id, moment(now)),
            local_reply: None,
            is_over: false,
            line: None,
        }
    }

    /// What Envoy's log is to tell of this request, once: what its operator has to mend. Nothing of what was asked.
    pub fn fault(&mut self) -> Option<String> {
        self.served.exchange().take_fault()
    }

    /// The line of the access log, once the exchange is over.
    pub fn line(&mut self) -> Option<String> {
        self.line.take()
    }

    /// The credentials that it was signed with, where the service told that it does not take them any more.
    pub fn refused(&self) -> Option<&Credentials> {
        self.served.refused()
    }

    /// Bytes of the client's body.
    pub fn take(&mut self, bytes: &[u8]) {
        self.served.on_client(ClientEvent::Body(bytes));
    }

    /// The client's body is whole.
    pub fn take_end(&mut self) {
        self.served.on_client(ClientEvent::BodyEnd);
    }

    /// What was found to sign with.
    pub fn sign(&mut self, credentials: Result<Credentials, Error>) {
        self.served.on_service(Event::Credentials(credentials));
    }

    /// What it needs now, in milliseconds since the Unix epoch, until it is sent or answered.
    pub fn next(&mut self, now: u64) -> Next {
        let mut told = Told::default();
        loop {
            match self.served.next(moment(now), 0) {
                Step::ReadBody(_) => return Next::Body,
                Step::FindCredentials { .. } => return Next::Credentials,
                Step::Send(request) => return Next::Send(request),
                Step::Begin(start) => told.start = Some(start),
                Step::Write(text, _) => told.body.push_str(&text),
                Step::Done(line) => {
                    self.end(line);
                    return Next::Answer(told);
                }
                Step::Receive(_) | Step::Pause(_) => self.served.exchange().fail(unexpected()),
            }
        }
    }

    /// The head of the answer; `local` is the error that an answer of Envoy's own is. Whether this answer is the
    /// exchange's to tell: an answer that the filter gave by itself is not.
    pub fn head(&mut self, head: http_message::Head, local: Option<Error>) -> bool {
        if self.is_over {
            return false;
        }
        match local {
            Some(error) => self.local_reply = Some(error),
            None => self.served.on_service(Event::Head(head)),
        }
        true
    }

    /// Bytes of the answer, cut anywhere. What the client is told of them now.
    pub fn push(&mut self, bytes: &[u8], now: u64) -> Told {
        if self.local_reply.is_some() {
            return Told::default();
        }
        self.served.on_service(Event::Bytes(bytes));
        self.advance(now)
    }

    /// The answer is whole, or ends here: the last that the client is told.
    pub fn finish(&mut self, now: u64) -> Told {
        match self.local_reply.take() {
            // Who a client is to Envoy is the client's own affair.
            Some(error) => self.served.exchange().answer_error(&error),
            None => self.served.on_service(Event::End),
        }
        self.advance(now)
    }

    /// The whole answer that an error is.
    pub fn fail(&mut self, error: Error, now: u64) -> Told {
        self.served.exchange().fail(error);
        self.advance(now)
    }

    /// What is sent to the client of what has arrived.
    fn advance(&mut self, now: u64) -> Told {
        let mut told = Told::default();
        while !self.is_over {
            match self.served.next(moment(now), 0) {
                Step::Receive(_) => break,
                Step::Begin(start) => told.start = Some(start),
                Step::Write(text, _) => told.body.push_str(&text),
                Step::Done(line) => self.end(line),
                Step::ReadBody(_)
                | Step::FindCredentials { .. }
                | Step::Send(_)
                | Step::Pause(_) => self.served.exchange().fail(unexpected()),
            }
        }
        told
    }

    fn end(&mut self, line: Option<String>) {
        self.is_over = true;
        self.line = line;
    }
}

/// A filter's one clock is in milliseconds since the Unix epoch.
fn moment(unix_ms: u64) -> Now {
    Now {
        instant: unix_ms.saturating_mul(1_000_000),
        unix_ms,
    }
}

/// A defect of the filter.
fn unexpected() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the filter was called in an order that it does not know",
    )
}

#[cfg(test)]
mod tests;
