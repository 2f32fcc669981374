//! The interfaces `provider` and `credential-chain`: the core's two halves with WASI's HTTP between them.

mod body;
mod clock;
mod deadline;
mod failure;
mod files;
mod identity;
mod spending;
mod transport;

use std::cell::RefCell;

use zeroize::Zeroizing;

use super::Component;
use crate::canonical::{Chunk, Context, Error, ErrorKind, Request, Response};
use crate::credentials::{self, Auth, blob};
use crate::environment::Environment;
use crate::exchange::{
    self, Amendments, Call, MAX_ANSWER, MAX_ERROR_BODY, Operation, State, StreamDecoder,
};
use crate::http_message::{Head, HttpRequest};
use crate::retry::{self, Attempts, Quota};
use crate::world::exports::llm::provider::{credential_chain, provider};
use crate::world::wasi::cli::environment::get_environment;
use crate::world::wasi::clocks::monotonic_clock;
use crate::world::wasi::io::poll::Pollable;
use deadline::Deadlines;
use spending::Spending;
use transport::{Answer, Failed, Read};

thread_local! {
    /// Of all calls of this instance.
    static QUOTA: RefCell<Quota> = const { RefCell::new(Quota::FULL) };
}

/// How long the end of a body is waited for whose answer is whole, in milliseconds.
const LAST_MS: u64 = 20;

/// An answer that has come, whole, or of a stream its first chunks.
#[allow(clippy::large_enum_variant, reason = "moved twice a call")]
enum Answered {
    Whole(State, Head, Zeroizing<Vec<u8>>),
    Stream(Reading),
}

/// An answer, and the money that was set aside for it.
type Paid = (Answered, Spending);

/// Send, until there is an answer or an error that stays. Where the service refuses a call and says how it would be taken,
/// or has no room and there is another place, the call is put that way, each way once; what passes is tried again after
/// a while. Each attempt is signed anew.
fn send(request: &Request, context: &Context, operation: Operation) -> Result<Paid, Error> {
    let deadlines = Deadlines::new(&context.deadlines);
    let environment = Environment::new(get_environment());
    let mut attempts = Attempts::new(retry::most_attempts(context, &environment)?);
    let wanted = identity::wanted(context, exchange::region_of_name(request)?)?;
    let call = || Call {
        request,
        context,
        environment: &environment,
        operation,
        now: clock::now(),
    };
    let mut amendments = Amendments::default();
    // What costs too much is refused before anybody is asked for credentials, unless they are to tell the region.
    let is_placed = wanted.region.is_some()
        || credentials::region_of(&wanted.given, context, &environment).is_ok();
    let mut money = match is_placed {
        true => Some(Spending::begin(&call(), &wanted.given, &amendments)?),
        false => None,
    };
    let mut credentials = identity::find(&wanted, &environment, &deadlines)?;
    let (mut is_clock_corrected, mut are_credentials_renewed) = (false, false);
    let mut refused = None;
    loop {
        if !deadlines.allow(0) {
            return Err(deadlines.over());
        }
        let mut ready = || -> Result<_, Error> {
            let prepared = Call {
                now: clock::of_service(context),
                ..call()
            }
            .prepare(&credentials, &amendments)?;
            let spending = match money.take() {
                Some(spending) => spending,
                None => Spending::begin(&call(), &credentials, &amendments)?,
            };
            Ok((prepared, spending))
        };
        let (prepared, spending) = match ready() {
            Ok(ready) => ready,
            // A fallback that cannot take the call is passed over, and what the service said stands.
            Err(error) => match amendments.passed_over(context) {
                Some(next) => {
                    amendments = next;
                    continue;
                }
                None => return Err(refused.unwrap_or(error)),
            },
        };
        let alternatives = prepared.alternatives;
        let attempt = Attempt {
            request: prepared.request,
            state: prepared.state,
            ping_ms: prepared.ping_ms,
            deadlines: deadlines.clone(),
        };
        let failed = match attempt.make(operation) {
            Ok(mut answered) => {
                QUOTA.with_borrow_mut(|quota| attempts.succeeded(quota));
                if let Answered::Stream(reading) = &mut answered {
                    reading.auth = credentials.auth;
                }
                return Ok((answered, spending));
            }
            Err(failed) => failed,
        };
        let spending = match failed.has_begun {
            true => spending.owed(),
            false => spending,
        };
        money = spending.fail(&failed.error);
        if let Some(amended) = alternatives.after(&failed.error) {
            refused = None;
            if amended.is_elsewhere(&amendments) {
                // It costs something else there.
                money = None;
                let auth = credentials.auth.as_ref();
                refused = Some(credentials::conceal(failed.error, auth));
            }
            amendments = amended;
            continue;
        }
        if !is_clock_corrected && clock::correct(context, &failed) {
            is_clock_corrected = true;
            continue;
        }
        if !are_credentials_renewed
            && credentials::are_over(&failed.error)
            && identity::forget(&wanted)
        {
            are_credentials_renewed = true;
            credentials = identity::find(&wanted, &environment, &deadlines)?;
            continue;
        }
        let wait = QUOTA.with_borrow_mut(|quota| attempts.after(&failed.error, quota, random()));
        match wait {
            Some(milliseconds) if deadlines.allow(milliseconds) => deadline::sleep(milliseconds),
            _ => {
                let auth = credentials.auth.as_ref();
                return Err(credentials::conceal(failed.error, auth));
            }
        }
    }
}

/// One try.
struct Attempt {
    request: HttpRequest,
    state: State,
    ping_ms: Option<u64>,
    deadlines: Deadlines,
}

impl Attempt {
    /// An answer, or the error that the transport or the service tells. Of a stream it is over with the first chunk:
    /// what goes wrong before is the call's own error.
    fn make(self, operation: Operation) -> Result<Answered, Failed> {
        let Attempt {
            request,
            state,
            ping_ms,
            deadlines,
        } = self;
        let answer = transport::send(&request, &deadlines)?;
        let is_answer = match operation {
            Operation::Stream => answer.head.is_success(),
            Operation::Complete | Operation::CountTokens => exchange::is_answer(&answer.head),
        };
        if !is_answer {
            let (head, body) = answer.read_whole(MAX_ERROR_BODY, MAX_ERROR_BODY, &deadlines)?;
            return Err(Failed {
                error: exchange::refusal(state.model(), &head, &body),
                date: head.date,
                has_begun: false,
            });
        }
        let limit = match operation {
            Operation::Stream => {
                let mut reading = Reading {
                    decoder: StreamDecoder::new(state, answer.head.clone()),
                    answer: Some(answer),
                    deadlines,
                    ping_ms: None,
                    spending: None,
                    auth: None,
                    arrived: Vec::new(),
                };
                let read = reading.read().map_err(Failed::of_answer)?;
                reading.arrived = read.unwrap_or_default();
                reading.ping_ms = ping_ms;
                return Ok(Answered::Stream(reading));
            }
            Operation::Complete => MAX_ANSWER,
            Operation::CountTokens => MAX_ERROR_BODY,
        };
        let (head, body) = answer
            .read_whole(limit, MAX_ERROR_BODY, &deadlines)
            .map_err(Failed::of_answer)?;
        Ok(Answered::Whole(state, head, body))
    }
}

/// A number that differs from call to call; that nobody can guess it does not matter here.
fn random() -> u64 {
    let spread = |bits: u64| (bits ^ (bits >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    spread(spread(monotonic_clock::now()))
}

/// An answer of the other kind than was asked for.
fn astray() -> Error {
    Error::new(
        ErrorKind::Internal,
        "a stream was answered as a whole, or the reverse",
    )
}

impl provider::Guest for Component {
    type ChunkStream = ChunkStream;

    fn complete(request: Request, context: Context) -> Result<Response, Error> {
        match send(&request, &context, Operation::Complete)? {
            (Answered::Whole(state, head, body), spending) => {
                let answer = exchange::decode_response(state, &head, &body);
                match &answer {
                    Ok(answer) => spending.settle(answer.cost.as_ref(), Some(&answer.usage)),
                    Err(error) => drop(spending.owed().fail(error)),
                }
                answer
            }
            (Answered::Stream(_), _) => Err(astray()),
        }
    }

    fn stream(request: Request, context: Context) -> Result<provider::ChunkStream, Error> {
        match send(&request, &context, Operation::Stream)? {
            (Answered::Stream(mut reading), spending) => {
                reading.spending = Some(spending.owed());
                reading.settle();
                let stream = ChunkStream(RefCell::new(reading));
                Ok(provider::ChunkStream::new(stream))
            }
            (Answered::Whole(..), _) => Err(astray()),
        }
    }

    fn count_tokens(request: Request, context: Context) -> Result<u64, Error> {
        match send(&request, &context, Operation::CountTokens)? {
            (Answered::Whole(state, head, body), _) => exchange::decode_count(&state, &head, &body),
            (Answered::Stream(_), _) => Err(astray()),
        }
    }
}

impl credential_chain::Guest for Component {
    fn resolve(context: Context) -> Result<String, Error> {
        let deadlines = Deadlines::new(&context.deadlines);
        let environment = Environment::new(get_environment());
        let wanted = identity::wanted(&context, None)?;
        let mut credentials = identity::find(&wanted, &environment, &deadlines)?;
        // The text form needs a region, so that it means the same wherever it is used.
        let region = credentials::region_of(&credentials, &context, &environment)?;
        credentials.region = Some(region.as_str().to_owned());
        Ok(blob::encode(&credentials, None).to_string())
    }
}

/// The resource `chunk-stream`; dropping it drops the answer, and so ends the call upstream.
pub(crate) struct ChunkStream(RefCell<Reading>);

struct Reading {
    decoder: StreamDecoder,
    /// None once the answer has ended or failed.
    answer: Option<Answer>,
    deadlines: Deadlines,
    /// After so much silence there is a ping.
    ping_ms: Option<u64>,
    /// None once the answer has said what it cost.
    spending: Option<Spending>,
    /// What the call was signed with, so that no error tells it.
    auth: Option<Auth>,
    /// Chunks that were read and not yet given out.
    arrived: Vec<Chunk>,
}

impl Reading {
    /// What has arrived, or else the next chunks; none at the end.
    fn next(&mut self) -> Result<Option<Vec<Chunk>>, Error> {
        if !self.arrived.is_empty() {
            return Ok(Some(std::mem::take(&mut self.arrived)));
        }
        let read = self.read();
        if let Err(error) = &read
            && let Some(spending) = self.spending.take()
        {
            drop(spending.fail(error));
        }
        if let Ok(Some(chunks)) = read {
            self.arrived = chunks;
            self.settle();
            return Ok(Some(std::mem::take(&mut self.arrived)));
        }
        read
    }

    /// Settle, if what has arrived says what the call cost.
    fn settle(&mut self) {
        let end = self.arrived.iter().find_map(|chunk| match chunk {
            Chunk::MessageDelta(end) => Some(end),
            _ => None,
        });
        if let Some(end) = end
            && let Some(spending) = self.spending.take()
        {
            spending.settle(end.cost.as_ref(), Some(&end.usage));
        }
    }

    /// The next chunks; none at the end.
    fn read(&mut self) -> Result<Option<Vec<Chunk>>, Error> {
        let mut chunks = Vec::new();
        while let Some(answer) = &mut self.answer {
            let read = match self.decoder.failure() {
                Some(error) => Err(error),
                None if self.decoder.has_ended() => {
                    // The end of the body lets the connection be used again; it is not waited for for long.
                    drop(answer.read(&self.deadlines, Some(LAST_MS)));
                    Ok(Read::End)
                }
                None => answer.read(&self.deadlines, self.ping_ms),
            };
            let result = match read {
                Ok(Read::Bytes(bytes)) => self.decoder.push(&bytes, &mut chunks),
                Ok(Read::Quiet) => {
                    chunks.push(Chunk::Ping);
                    Ok(())
                }
                Ok(Read::End) => {
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
                return Err(credentials::conceal(error, self.auth.as_ref()));
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
        self.0.borrow_mut().next()
    }

    fn subscribe(&self) -> Pollable {
        let reading = self.0.borrow();
        match &reading.answer {
            Some(answer) if reading.arrived.is_empty() && !reading.decoder.is_over() => {
                answer.subscribe()
            }
            // There is something to give out, if only the end.
            _ => monotonic_clock::subscribe_duration(0),
        }
    }
}
