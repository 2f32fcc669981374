//! The interfaces `provider` and `credential-chain`: the core's two halves with WASI's HTTP between them.

mod body;
mod deadline;
mod failure;
mod transport;

use std::cell::RefCell;

use super::Component;
use crate::canonical::{Chunk, Context, Error, Request, Response};
use crate::credentials::{self, blob};
use crate::environment::Environment;
use crate::exchange::{
    self, Amendments, MAX_ANSWER, MAX_ERROR_BODY, Operation, Prepared, State, StreamDecoder,
};
use crate::retry::{self, Attempts, Quota};
use crate::world::exports::llm::provider::{credential_chain, provider};
use crate::world::wasi::cli::environment::get_environment;
use crate::world::wasi::clocks::{monotonic_clock, wall_clock};
use crate::world::wasi::io::poll::Pollable;
use deadline::Deadlines;
use transport::Answer;

/// Milliseconds since the Unix epoch.
fn now() -> u64 {
    let now = wall_clock::now();
    now.seconds
        .saturating_mul(1000)
        .saturating_add(u64::from(now.nanoseconds / 1_000_000))
}

thread_local! {
    /// Of all calls of this instance.
    static QUOTA: RefCell<Quota> = const { RefCell::new(Quota::FULL) };
}

/// A call's answer, its body unread.
struct Answered {
    state: State,
    answer: Answer,
    deadlines: Deadlines,
}

/// Send, until there is an answer or an error that stays. Where the service refuses a call and says how it would be taken,
/// it is put that way, each way once; what passes is tried again after a while, signed anew.
fn send(request: &Request, context: &Context, operation: Operation) -> Result<Answered, Error> {
    let deadlines = Deadlines::new(&context.deadlines);
    let environment = Environment::new(get_environment());
    let credentials = credentials::resolve(context, &environment)?;
    let mut attempts = Attempts::new(retry::most_attempts(context, &environment)?);
    let mut amendments = Amendments::default();
    loop {
        let prepared = exchange::prepare(
            request,
            context,
            &credentials,
            &environment,
            operation,
            &amendments,
            now(),
        )?;
        let error = match attempt(&prepared, &deadlines) {
            Ok(answer) => {
                QUOTA.with_borrow_mut(|quota| attempts.succeeded(quota));
                return Ok(Answered {
                    state: prepared.state,
                    answer,
                    deadlines,
                });
            }
            Err(error) => error,
        };
        if let Some(amended) = prepared.alternatives.after(&error) {
            amendments = amended;
            continue;
        }
        let wait = QUOTA.with_borrow_mut(|quota| attempts.after(&error, quota, random()));
        match wait {
            Some(milliseconds) if deadlines.allow(milliseconds) => deadline::sleep(milliseconds),
            _ => return Err(error),
        }
    }
}

/// One attempt: an answer, or the error that the transport or the service tells.
fn attempt(prepared: &Prepared, deadlines: &Deadlines) -> Result<Answer, Error> {
    let answer = transport::send(&prepared.request, deadlines)?;
    if answer.head.is_success() {
        return Ok(answer);
    }
    let (head, body) = answer.read_whole(MAX_ERROR_BODY, MAX_ERROR_BODY, deadlines)?;
    Err(exchange::refusal(prepared.state.model(), &head, &body))
}

/// A number that differs from call to call; that nobody can guess it does not matter here.
fn random() -> u64 {
    let spread = |bits: u64| (bits ^ (bits >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    spread(spread(monotonic_clock::now()))
}

impl provider::Guest for Component {
    type ChunkStream = ChunkStream;

    fn complete(request: Request, context: Context) -> Result<Response, Error> {
        let Answered {
            state,
            answer,
            deadlines,
        } = send(&request, &context, Operation::Complete)?;
        let (head, body) = answer.read_whole(MAX_ANSWER, MAX_ERROR_BODY, &deadlines)?;
        exchange::decode_response(state, &head, &body)
    }

    fn stream(request: Request, context: Context) -> Result<provider::ChunkStream, Error> {
        let Answered {
            state,
            answer,
            deadlines,
        } = send(&request, &context, Operation::Stream)?;
        let mut reading = Reading {
            decoder: StreamDecoder::new(state, answer.head.clone()),
            answer: Some(answer),
            deadlines,
            arrived: Vec::new(),
        };
        // Until the first chunk: what goes wrong before it is the call's own error.
        reading.arrived = reading.read()?.unwrap_or_default();
        Ok(provider::ChunkStream::new(ChunkStream(RefCell::new(
            reading,
        ))))
    }

    fn count_tokens(request: Request, context: Context) -> Result<u64, Error> {
        let Answered {
            state,
            answer,
            deadlines,
        } = send(&request, &context, Operation::CountTokens)?;
        let (head, body) = answer.read_whole(MAX_ERROR_BODY, MAX_ERROR_BODY, &deadlines)?;
        exchange::decode_count(&state, &head, &body)
    }
}

impl credential_chain::Guest for Component {
    fn resolve(context: Context) -> Result<String, Error> {
        let environment = Environment::new(get_environment());
        let mut credentials = credentials::resolve(&context, &environment)?;
        // The text form needs a region, so that it means the same wherever it is used.
        if credentials.region.is_none() {
            credentials.region = Some(
                credentials::region_of(&credentials, &context, &environment)?
                    .as_str()
                    .to_owned(),
            );
        }
        Ok(blob::encode(&credentials).to_string())
    }
}

/// The resource `chunk-stream`; dropping it drops the answer, and so ends the call upstream.
pub(crate) struct ChunkStream(RefCell<Reading>);

struct Reading {
    decoder: StreamDecoder,
    /// None once the answer has ended or failed.
    answer: Option<Answer>,
    deadlines: Deadlines,
    /// Chunks that were read and not yet given out.
    arrived: Vec<Chunk>,
}

impl Reading {
    /// The next chunks; none at the end.
    fn read(&mut self) -> Result<Option<Vec<Chunk>>, Error> {
        let mut chunks = Vec::new();
        while let Some(answer) = &mut self.answer {
            let read = match self.decoder.failure() {
                Some(error) => Err(error),
                None => answer.read(&self.deadlines),
            };
            let result = match read {
                Ok(Some(bytes)) => self.decoder.push(&bytes, &mut chunks),
                Ok(None) => {
                    self.answer = None;
                    self.decoder.finish(&mut chunks)
                }
                Err(error) => {
                    self.answer = None;
                    self.decoder.broken(error)
                }
            };
            if let Err(error) = result {
                self.answer = None;
                return Err(error);
            }
            if !chunks.is_empty() {
                return Ok(Some(chunks));
            }
        }
        Ok(None)
    }
}

impl provider::GuestChunkStream for ChunkStream {
    fn next(&self) -> Result<Option<Vec<Chunk>>, Error> {
        let mut reading = self.0.borrow_mut();
        match std::mem::take(&mut reading.arrived) {
            arrived if !arrived.is_empty() => Ok(Some(arrived)),
            _ => reading.read(),
        }
    }

    fn subscribe(&self) -> Pollable {
        let reading = self.0.borrow();
        match &reading.answer {
            Some(answer) if reading.arrived.is_empty() => answer.subscribe(),
            // There is something to give out, if only the end.
            _ => monotonic_clock::subscribe_duration(0),
        }
    }
}
