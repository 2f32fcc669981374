//! One request of a client's and its answer, without the I/O.
//!
//! An [`Exchange`] is asked for its [`next`](Exchange::next) step, which the host takes; what comes of it goes back by
//! [`on`](Exchange::on).
//!
//! | step | what the host does | event |
//! |---|---|---|
//! | [`Step::ReadBody`] | waits for the next piece of the client's body, at most until then | [`Event::Body`], [`Event::BodyEnd`], [`Event::BodyCut`]; none when the time has come |
//! | [`Step::ListModels`] | asks the provider for its models | [`Event::Models`] |
//! | [`Step::Ask`] | asks the provider | – |
//! | [`Step::Wait`] | waits for the provider | [`Event::Counted`], [`Event::Answered`], [`Event::Opened`], [`Event::Chunks`], [`Event::Ended`], [`Event::Failed`] |
//! | [`Step::Begin`] | sends status and headers | [`Event::Gone`] where the client is gone |
//! | [`Step::Write`] | sends a piece of the body | likewise, and where it does not read for so long |
//! | [`Step::Done`] | ends the body, and writes the line to its log | – |
//!
//! An answer that streams begins when it is known that there is one: what goes wrong before keeps a status of its own; what
//! goes wrong after is the error event of the client's API, and never a clean end. An event that does not belong to the
//! step under way is ignored.

use std::mem;
use std::rc::Rc;

use bedrock_provider::canonical::{Chunk, Context, Error, ErrorKind, Request, Response};
use bedrock_provider::exchange::Operation;
use llm_dialects::{Dialect, Encoder, Telling, anthropic};

use crate::body::{Body, Held, Share};
use crate::call::{self, Call};
use crate::gateway::{self, Begun};
use crate::http::{Answer, Head, Start};
use crate::log::Record;
use crate::models::Listed;
use crate::route;
use crate::settings::{Fault, Settings};

/// The time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    /// Since the request came, in nanoseconds.
    pub elapsed_ns: u64,
    /// Since the Unix epoch, in nanoseconds.
    pub unix_ns: u64,
}

/// What the host does next.
#[derive(Debug)]
pub enum Step {
    /// Read the next piece of the client's body, at most until so many nanoseconds after the request came.
    ReadBody(u64),
    /// Ask the provider for its models.
    ListModels,
    /// Ask the provider.
    Ask(Box<Question>),
    /// Wait for what the provider answers.
    Wait,
    /// Send status and headers.
    Begin(Start),
    /// Send this piece of the body. A client that takes nothing for so many milliseconds is gone.
    Write(String, u32),
    /// The answer is complete. With a line for the log, or none.
    Done(Option<String>),
}

/// What the provider is asked.
#[derive(Debug)]
pub struct Question {
    /// For an answer, a stream or a count.
    pub operation: Operation,
    /// With `<provider>/<model>`.
    pub request: Request,
    /// With what.
    pub context: Context,
}

/// What came of a step.
#[allow(
    clippy::large_enum_variant,
    reason = "an error comes once, and no event is kept"
)]
#[derive(Debug)]
pub enum Event<'e> {
    /// Bytes of the client's body, cut anywhere.
    Body(&'e [u8]),
    /// It is complete.
    BodyEnd,
    /// The connection broke within it.
    BodyCut,
    /// The provider's models.
    Models(Vec<Listed>),
    /// The provider's count.
    Counted(u64),
    /// The provider's whole answer.
    Answered(Box<Response>),
    /// There is a stream.
    Opened,
    /// Chunks of it, in their order.
    Chunks(&'e [Chunk]),
    /// It is complete.
    Ended,
    /// The provider failed, before or within its answer.
    Failed(Error),
    /// The client is gone.
    Gone,
}

/// See the [module](self).
pub struct Exchange {
    settings: Rc<Result<Settings, Fault>>,
    head: Head,
    dialect: Dialect,
    record: Record,
    has_first_chunk: bool,
    /// How long the client may take, in milliseconds: for its body, and for each piece of the answer.
    patience: (u32, u32),
    stage: Stage,
    /// Of what the instance holds, once the body is whole.
    share: Option<Share>,
}

enum Stage {
    Reading(Body, Operation, Option<String>),
    Read(Vec<u8>, Operation, Option<String>),
    Listing,
    Understood(Box<Question>, Box<Telling>),
    Asking(Operation, Box<Telling>),
    Answering(Answer),
    Streaming {
        encoder: Box<Encoder>,
        has_begun: bool,
        /// What is not sent yet.
        events: String,
        is_over: bool,
    },
    /// Status and headers are sent; this is the body, or the rest of it.
    Writing(String),
    /// It was written, unless the host says otherwise.
    Written,
    Over,
}

impl Exchange {
    /// Of a request's head. `held`: what all requests of the instance hold; `request_id`: see
    /// [`request_id`](crate::request_id).
    pub fn new(
        settings: Rc<Result<Settings, Fault>>,
        held: &Held,
        head: Head,
        request_id: String,
    ) -> Self {
        let dialect = route::dialect(&head);
        let mut record = Record::of(request_id);
        let stage = match gateway::begin(&head, dialect, &settings, &mut record) {
            Begun::Answer(answer) => Stage::Answering(answer),
            Begun::Models => Stage::Listing,
            Begun::Ask(operation, caller) => match body_of(&head, &settings, held) {
                Ok(body) => Stage::Reading(body, operation, caller),
                Err(error) => {
                    record.failed(&error);
                    Stage::Answering(refusal(dialect, &error, &record.request_id))
                }
            },
        };
        let patience = match &*settings {
            Ok(settings) => patience(settings),
            Err(_) => (0, Settings::default().write_ms),
        };
        Exchange {
            settings,
            head,
            dialect,
            record,
            has_first_chunk: false,
            patience,
            stage,
            share: None,
        }
    }

    /// The client's language.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What its operator has to mend, once.
    pub fn take_fault(&mut self) -> Option<String> {
        self.record.fault.take()
    }

    /// What to do next. After [`Step::Done`] it is done again and again.
    pub fn next(&mut self, clock: Clock) -> Step {
        if mem::take(&mut self.has_first_chunk) {
            let first = &mut self.record.first_chunk_ns;
            first.get_or_insert(clock.elapsed_ns);
        }
        loop {
            match mem::replace(&mut self.stage, Stage::Over) {
                stage @ Stage::Reading(..) => {
                    self.stage = stage;
                    let until = u64::from(self.patience.0).saturating_mul(1_000_000);
                    if clock.elapsed_ns < until {
                        return Step::ReadBody(until);
                    }
                    self.refuse(&late(self.patience.0));
                }
                Stage::Read(body, operation, caller) => {
                    self.understand(&body, operation, caller, clock);
                }
                Stage::Listing => {
                    self.stage = Stage::Listing;
                    return Step::ListModels;
                }
                Stage::Understood(question, telling) => {
                    self.stage = Stage::Asking(question.operation, telling);
                    return Step::Ask(question);
                }
                stage @ Stage::Asking(..) => {
                    self.stage = stage;
                    return Step::Wait;
                }
                Stage::Answering(answer) => {
                    let Answer { start, body } =
                        answer.complete(&self.head, &self.record.request_id);
                    self.record.status = start.status;
                    self.stage = Stage::Writing(body);
                    return Step::Begin(start);
                }
                Stage::Writing(body) if body.is_empty() => {}
                Stage::Writing(body) => {
                    self.stage = Stage::Written;
                    return Step::Write(body, self.patience.1);
                }
                Stage::Written => {}
                Stage::Streaming {
                    encoder,
                    has_begun: false,
                    events,
                    is_over,
                } => {
                    self.stage = Stage::Streaming {
                        encoder,
                        has_begun: true,
                        events,
                        is_over,
                    };
                    let start = Start::stream(&self.record.request_id);
                    self.record.status = start.status;
                    return Step::Begin(start);
                }
                Stage::Streaming {
                    events,
                    is_over: true,
                    ..
                } => self.stage = Stage::Writing(events),
                Stage::Streaming {
                    encoder,
                    has_begun,
                    mut events,
                    is_over,
                } => {
                    let written = mem::take(&mut events);
                    self.stage = Stage::Streaming {
                        encoder,
                        has_begun,
                        events,
                        is_over,
                    };
                    return match written.is_empty() {
                        true => Step::Wait,
                        false => Step::Write(written, self.patience.1),
                    };
                }
                Stage::Over => {
                    self.share = None;
                    return Step::Done(self.line(clock));
                }
            }
        }
    }

    /// What came of a step.
    pub fn on(&mut self, event: Event<'_>) {
        match (&mut self.stage, event) {
            (Stage::Over, _) => {}
            (_, Event::Gone) => {
                self.record.left();
                self.stage = Stage::Over;
            }
            (Stage::Reading(body, ..), Event::Body(bytes)) => {
                if let Err(error) = body.push(bytes) {
                    self.refuse(&error);
                }
            }
            (Stage::Reading(..), Event::BodyEnd) => {
                if let Stage::Reading(body, operation, caller) =
                    mem::replace(&mut self.stage, Stage::Over)
                {
                    let (bytes, share) = body.into_parts();
                    self.share = Some(share);
                    self.stage = Stage::Read(bytes, operation, caller);
                }
            }
            (Stage::Reading(..), Event::BodyCut) => {
                let message = "the connection was closed before the whole body was received";
                self.fail(Error::invalid("body", message));
            }
            (Stage::Listing, Event::Models(models)) => {
                if let Ok(settings) = &*Rc::clone(&self.settings) {
                    let (head, record) = (&self.head, &mut self.record);
                    let answer = gateway::list(head, self.dialect, settings, models, record);
                    self.stage = Stage::Answering(answer);
                }
            }
            (Stage::Asking(Operation::CountTokens, _), Event::Counted(tokens)) => {
                self.stage = Stage::Answering(Answer::json(anthropic::write_count(tokens)));
            }
            (Stage::Asking(Operation::Complete, telling), Event::Answered(response)) => {
                let body = self.dialect.write_response(&response, telling);
                self.record.answered(&response);
                self.stage = Stage::Answering(Answer::json(body));
            }
            (Stage::Asking(Operation::Stream, _), Event::Opened) => self.open(),
            (Stage::Asking(Operation::Stream, _), Event::Chunks(chunks)) => {
                self.open();
                self.write(chunks);
            }
            (Stage::Streaming { .. }, Event::Chunks(chunks)) => self.write(chunks),
            (Stage::Streaming { is_over, .. }, Event::Ended) => *is_over = true,
            (Stage::Asking(_, telling), Event::Failed(error)) => {
                let error = telling.locate(error);
                self.fail(error);
            }
            (_, Event::Failed(error)) => self.fail(error),
            _ => {}
        }
    }

    /// Answer with this error, or end the stream with it.
    pub fn fail(&mut self, error: Error) {
        let error = self.for_client(error);
        match &mut self.stage {
            Stage::Streaming {
                encoder,
                events,
                is_over,
                ..
            } => {
                if !mem::replace(is_over, true) {
                    encoder.fail(&error, &self.record.request_id, events);
                }
            }
            Stage::Writing(_) | Stage::Written | Stage::Over => {}
            _ => self.answer(&error),
        }
    }

    /// The error as it is sent to the client.
    fn for_client(&mut self, error: Error) -> Error {
        match &*Rc::clone(&self.settings) {
            Ok(settings) => gateway::fail(error, &self.head, settings, &mut self.record),
            Err(_) => error,
        }
    }

    /// Answer with this error as it is, unless an answer has begun.
    pub fn answer_error(&mut self, error: &Error) {
        match self.stage {
            Stage::Streaming { .. } | Stage::Writing(_) | Stage::Written | Stage::Over => {}
            _ => {
                self.record.failed(error);
                self.answer(error);
            }
        }
    }

    /// Nothing more of the body is read.
    fn refuse(&mut self, error: &Error) {
        self.record.failed(error);
        let answer = refusal(self.dialect, error, &self.record.request_id);
        self.stage = Stage::Answering(answer);
    }

    fn answer(&mut self, error: &Error) {
        let answer = Answer::error(self.dialect, error, &self.record.request_id);
        self.stage = Stage::Answering(answer);
    }

    fn understand(
        &mut self,
        body: &[u8],
        operation: Operation,
        caller: Option<String>,
        clock: Clock,
    ) {
        let settings = Rc::clone(&self.settings);
        let Ok(settings) = &*settings else {
            return;
        };
        let now = clock.unix_ns / 1_000_000_000;
        match call::understand(
            self.dialect,
            operation,
            &self.head,
            body,
            settings,
            caller,
            now,
        ) {
            Ok(Call { question, telling }) => {
                self.record.model.clone_from(&question.request.model);
                self.record.is_stream = question.operation == Operation::Stream;
                self.record.warned(&telling.warnings);
                self.stage = Stage::Understood(Box::new(question), Box::new(telling));
            }
            Err(error) => {
                let error = self.for_client(error);
                self.answer(&error);
            }
        }
    }

    fn open(&mut self) {
        if let Stage::Asking(_, telling) = mem::replace(&mut self.stage, Stage::Over) {
            self.stage = Stage::Streaming {
                encoder: Box::new(self.dialect.encoder(*telling)),
                has_begun: false,
                events: String::new(),
                is_over: false,
            };
        }
    }

    fn write(&mut self, chunks: &[Chunk]) {
        let Stage::Streaming {
            encoder, events, ..
        } = &mut self.stage
        else {
            return;
        };
        self.has_first_chunk |= !chunks.is_empty();
        for chunk in chunks {
            self.record.saw(chunk);
            encoder.push(chunk, events);
        }
    }

    fn line(&mut self, clock: Clock) -> Option<String> {
        if !gateway::is_logged(&self.settings, &self.record)
            || mem::replace(&mut self.record.is_told, true)
        {
            return None;
        }
        self.record.time_ns = clock.unix_ns;
        self.record.duration_ns = clock.elapsed_ns;
        Some(self.record.line())
    }
}

/// What is said of a body that is not read, with a status of HTTP's own where there is one.
fn refusal(dialect: Dialect, error: &Error, request_id: &str) -> Answer {
    let mut answer = Answer::error(dialect, error, request_id);
    if let Some(status) = error.status {
        answer.start.status = status;
    }
    answer
}

fn body_of(head: &Head, settings: &Result<Settings, Fault>, held: &Held) -> Result<Body, Error> {
    let defaults = Settings::default();
    let settings = settings.as_ref().unwrap_or(&defaults);
    let share = Share::new(held, settings.max_held_bytes);
    Body::new(head, settings.max_body_bytes, share)
}

/// For the body, and for each piece of the answer. The whole takes no longer than a call may.
fn patience(settings: &Settings) -> (u32, u32) {
    let total = settings.deadlines.total_ms.unwrap_or(u32::MAX);
    (settings.body_ms.min(total), settings.write_ms)
}

/// The client did not send its body in time.
fn late(ms: u32) -> Error {
    Error {
        status: Some(408),
        ..Error::new(
            ErrorKind::Timeout,
            format!("the body was not received within {ms} ms"),
        )
    }
}
