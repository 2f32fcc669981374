//! One exchange: the wait for the answer's head, and its body as it comes.

use zeroize::Zeroizing;

use super::deadline::{self, Deadlines, Instant};
use super::{Event, Failure};
use crate::canonical::{Chunk, Error, ErrorKind};
use crate::exchange::{self, MAX_ANSWER, MAX_ERROR_BODY, Operation, State, StreamDecoder};
use crate::http_message::Head;

/// How long the end of a body is waited for whose answer is complete, in milliseconds: the connection can be used again.
const LAST_MS: u64 = 20;

/// A request that is sent, and its answer.
#[derive(Debug)]
pub(super) struct Exchange {
    body: Body,
    /// What has come and was not given out.
    chunks: Vec<Chunk>,
    /// After so many milliseconds without a chunk there is a ping; none: never.
    ping_ms: Option<u64>,
    /// Since when no chunk was given out; none before the first wait.
    silent_since: Option<Instant>,
    /// Since when nothing has come; none while nobody waits for it.
    waiting_since: Option<Instant>,
    /// For how long somebody has waited for it before, in nanoseconds.
    waited: Instant,
    /// A chunk of the answer was given out.
    has_begun: bool,
    /// How it failed, to be said after the chunks.
    failure: Option<Failure>,
}

#[derive(Debug)]
enum Body {
    /// The head has not come; none once it has.
    None(Option<Box<State>>),
    /// It is taken in whole.
    Whole {
        state: Option<Box<State>>,
        /// Asked for as a stream.
        is_stream: bool,
        head: Head,
        bytes: Zeroizing<Vec<u8>>,
        is_complete: bool,
    },
    /// It is read as it comes; whether no more will.
    Stream(Box<StreamDecoder>, bool),
}

/// What a wait came to.
pub(super) enum Waited {
    /// Nothing yet: until then at most, something is to be waited for.
    Until(Option<Instant>),
    Chunks(Vec<Chunk>),
    /// The stream is complete.
    End,
    /// The answer is.
    Whole(Box<State>, Head, Zeroizing<Vec<u8>>),
}

impl Exchange {
    pub(super) fn new(state: State, ping_ms: Option<u64>) -> Self {
        Exchange {
            body: Body::None(Some(Box::new(state))),
            chunks: Vec::new(),
            ping_ms,
            silent_since: None,
            waiting_since: None,
            waited: 0,
            has_begun: false,
            failure: None,
        }
    }

    /// Chunks that are to be given out before anything else.
    pub(super) fn put_back(&mut self, chunks: Vec<Chunk>) {
        self.chunks = chunks;
    }

    /// Whether there is something to give out, if only the end.
    pub(super) fn is_ready(&self) -> bool {
        !self.chunks.is_empty()
            || self.failure.is_some()
            || match &self.body {
                Body::None(_) => false,
                Body::Whole { is_complete, .. } => *is_complete,
                Body::Stream(decoder, is_complete) => *is_complete || decoder.is_over(),
            }
    }

    /// What has come of the exchange.
    pub(super) fn on(&mut self, event: Event<'_>) {
        if self.failure.is_some() {
            return;
        }
        let result = match event {
            Event::Head(head) => {
                self.begin(head);
                Ok(())
            }
            Event::Bytes(bytes) => {
                // What comes behind the end of the answer is not waited for.
                if !matches!(&self.body, Body::Stream(decoder, _) if decoder.has_ended()) {
                    self.arrived();
                }
                self.push(bytes)
            }
            Event::End => self.finish(),
            Event::Failed(error) => self.broken(error),
            _ => Ok(()),
        };
        self.failure = result.err().map(|error| self.failed(error));
    }

    /// Something has come: the wait for the next begins anew.
    fn arrived(&mut self) {
        self.waiting_since = None;
        self.waited = 0;
    }

    fn begin(&mut self, head: Head) {
        let Body::None(state) = &mut self.body else {
            return;
        };
        let Some(state) = state.take() else {
            return;
        };
        self.arrived();
        let is_stream = state.operation() == Operation::Stream;
        self.body = match is_stream && head.is_success() {
            true => Body::Stream(Box::new(StreamDecoder::new(*state, head)), false),
            false => Body::Whole {
                state: Some(state),
                is_stream,
                head,
                // It may repeat secrets, and a buffer that grows leaves them behind.
                bytes: Zeroizing::new(Vec::with_capacity(MAX_ERROR_BODY)),
                is_complete: false,
            },
        };
    }

    fn push(&mut self, pushed: &[u8]) -> Result<(), Error> {
        match &mut self.body {
            Body::Whole {
                state,
                head,
                bytes,
                is_complete,
                ..
            } => {
                let is_answer = exchange::is_answer(head);
                let operation = state.as_ref().map(|state| state.operation());
                let limit = match (is_answer, operation) {
                    (true, Some(Operation::Complete)) => MAX_ANSWER,
                    _ => MAX_ERROR_BODY,
                };
                let room = limit.saturating_sub(bytes.len());
                if pushed.len() > room && is_answer {
                    let message = format!("the answer is larger than {limit} bytes");
                    return Err(Error::new(ErrorKind::MalformedStream, message));
                }
                // The beginning of an error's body is enough; the rest may never end.
                bytes.extend_from_slice(pushed.get(..room).unwrap_or(pushed));
                *is_complete |= !is_answer && bytes.len() >= limit;
                Ok(())
            }
            Body::Stream(decoder, false) if !decoder.has_ended() => {
                decoder.push(pushed, &mut self.chunks)
            }
            Body::None(_) | Body::Stream(..) => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        match &mut self.body {
            Body::None(_) => Err(Error {
                retryable: true,
                ..Error::new(
                    ErrorKind::Connection,
                    "the connection closed without an answer",
                )
            }),
            Body::Whole { is_complete, .. } => {
                *is_complete = true;
                Ok(())
            }
            Body::Stream(decoder, is_complete) => {
                if *is_complete {
                    return Ok(());
                }
                *is_complete = true;
                decoder.finish(&mut self.chunks)
            }
        }
    }

    fn broken(&mut self, error: Error) -> Result<(), Error> {
        match &mut self.body {
            Body::Stream(_, true) => Ok(()),
            Body::Stream(decoder, is_complete) => {
                *is_complete = true;
                decoder.broken(error)
            }
            Body::Whole {
                is_complete: true, ..
            } => Ok(()),
            Body::None(_) | Body::Whole { .. } => Err(error),
        }
    }

    /// The attempt failed so. An exception in the place of the answer was refused after all, and costs nothing.
    fn failed(&self, error: Error) -> Failure {
        let is_answer = match &self.body {
            Body::None(_) => false,
            Body::Whole { head, .. } => exchange::is_answer(head),
            Body::Stream(..) => true,
        };
        Failure {
            has_begun: is_answer && (self.has_begun || error.code.is_none()),
            error,
            date: None,
        }
    }

    /// What there is to give out, or what to wait for.
    pub(super) fn next(&mut self, deadlines: &Deadlines, now: Instant) -> Result<Waited, Failure> {
        if !self.chunks.is_empty() {
            // Silence counts while somebody waits: a slow reader is not silence.
            self.silent_since = None;
            self.has_begun = true;
            return Ok(Waited::Chunks(std::mem::take(&mut self.chunks)));
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let end_of_body = match &mut self.body {
            Body::Stream(_, true) => return Ok(Waited::End),
            Body::Stream(decoder, _) => match decoder.failure() {
                Some(error) => return Err(self.failed(error)),
                None => decoder.has_ended(),
            },
            Body::Whole {
                is_complete: true, ..
            } => return self.whole(),
            Body::Whole { .. } | Body::None(_) => false,
        };
        let waited = self.waited;
        let since = *self
            .waiting_since
            .get_or_insert_with(|| now.saturating_sub(waited));
        if end_of_body {
            let until = deadline::later(since, LAST_MS);
            return Ok(match until <= now {
                true => Waited::End,
                false => Waited::Until(Some(until)),
            });
        }
        let limit = match &self.body {
            Body::None(_) => deadlines.on_head(since),
            Body::Whole { .. } | Body::Stream(..) => deadlines.on_bytes(since),
        };
        let silent_since = *self.silent_since.get_or_insert(now);
        let ping_ms = match &self.body {
            Body::Whole { .. } => None,
            Body::None(_) | Body::Stream(..) => self.ping_ms,
        };
        let ping_at = ping_ms.map(|ms| deadline::later(silent_since, ms));
        match deadlines.passed(&limit, ping_at, now) {
            Err(error) => Err(match &mut self.body {
                Body::Stream(decoder, _) => match decoder.broken(error) {
                    Ok(()) => return Ok(Waited::End),
                    Err(error) => self.failed(error),
                },
                _ => self.failed(error),
            }),
            Ok(true) => {
                self.silent_since = None;
                self.waiting_since = None;
                self.waited = now.saturating_sub(since);
                Ok(Waited::Chunks(vec![Chunk::Ping]))
            }
            Ok(false) => Ok(Waited::Until(deadlines.soonest(&limit, ping_at))),
        }
    }

    /// The body is complete.
    fn whole(&mut self) -> Result<Waited, Failure> {
        let Body::Whole {
            state,
            is_stream,
            head,
            bytes,
            ..
        } = &mut self.body
        else {
            return Ok(Waited::End);
        };
        let Some(state) = state.take() else {
            return Ok(Waited::End);
        };
        // A refusal of a stream is a whole answer too.
        if *is_stream || !exchange::is_answer(head) {
            return Err(Failure {
                error: exchange::refusal(state.model(), head, bytes),
                date: head.date,
                has_begun: false,
            });
        }
        Ok(Waited::Whole(state, head.clone(), std::mem::take(bytes)))
    }
}
