//! One request and its answer, without the I/O.
//!
//! In: the client's headers and body, credentials, then Bedrock's head and bytes. Out: the request to send, and what the
//! client is told: a [`Start`] with status and headers, and text. The start of an answer is held back until it is known
//! what the answer is: what goes wrong before the first event keeps a status of its own; what goes wrong after it is the
//! error event of the client's API, and never a clean end.

mod told;

use std::cell::RefCell;
use std::rc::Rc;

use bedrock_provider::canonical::{Chunk, Error, ErrorKind, Request};
use bedrock_provider::credentials::{self, Credentials};
use bedrock_provider::driver::{Client, Driver, Event, Now, Outcome, Refusal, Step};
use bedrock_provider::environment::Environment;
use bedrock_provider::exchange::Operation;
use bedrock_provider::http_message::{Head, HttpRequest};
use llm_dialects::{Caching, Encoder, Telling, anthropic, operator};

use crate::config::Config;
use crate::route::Route;

pub use told::{Start, Told};

/// Of the client's headers, what a dialect may read; the rest is none of its business.
const MAX_HEADERS: usize = 32 << 10;

/// See the [module](self).
pub struct Exchange {
    route: Route,
    /// Envoy's id of the request, for errors.
    request_id: String,
    headers: Vec<(String, String)>,
    stage: Stage,
    /// What it was signed with, so that no error tells it.
    signed_with: Option<Credentials>,
    /// The service does not take these credentials any more.
    is_refused: bool,
    /// What the operator has to mend, until it is logged.
    fault: Option<String>,
}

/// How far it has come.
enum Stage {
    /// The client's body comes.
    Asking(Vec<u8>),
    /// It is understood, and waits for credentials.
    Understood {
        request: Request,
        caching: Caching,
        operation: Operation,
        telling: Telling,
    },
    /// Bedrock is asked, or answers.
    Calling(Calling),
    /// Envoy answered by itself; its own words are not the client's.
    LocalReply(Error),
    /// The client was told all there is to tell.
    Over,
}

/// A call, as far as a filter takes its steps: Envoy sends one request, and waits by its own timers.
struct Calling {
    driver: Box<Driver>,
    client: Rc<RefCell<Client>>,
    /// When it was signed.
    now: Now,
    telling: Telling,
    /// None before the first chunk of a stream.
    encoder: Option<Encoder>,
}

impl Calling {
    fn next(&mut self) -> Step {
        self.driver.next(&mut self.client.borrow_mut(), self.now, 0)
    }
}

impl Exchange {
    /// `headers` are the client's, with lower-case names.
    pub fn new(route: Route, headers: Vec<(String, String)>) -> Self {
        let id = headers.iter().find(|(name, _)| name == "x-request-id");
        let mut room = MAX_HEADERS;
        Exchange {
            route,
            request_id: id.map(|(_, id)| id.clone()).unwrap_or_default(),
            headers: headers
                .into_iter()
                .filter(|(name, _)| name.starts_with("anthropic-"))
                .take_while(|(name, value)| {
                    let rest = room.checked_sub(name.len().saturating_add(value.len()));
                    room = rest.unwrap_or(0);
                    rest.is_some()
                })
                .collect(),
            stage: Stage::Asking(Vec::new()),
            signed_with: None,
            is_refused: false,
            fault: None,
        }
    }

    /// What Envoy's log is to tell of this request, once: what its operator has to mend. Nothing of what was asked.
    pub fn fault(&mut self) -> Option<String> {
        self.fault.take()
    }

    /// The credentials that it was signed with, where the service told that it does not take them any more.
    pub fn refused(&self) -> Option<&Credentials> {
        self.signed_with.as_ref().filter(|_| self.is_refused)
    }

    /// Bytes of the client's body; what is longer than `config` allows is an error.
    pub fn take(&mut self, bytes: &[u8], config: &Config) -> Result<(), Told> {
        let Stage::Asking(body) = &mut self.stage else {
            return Ok(());
        };
        if body.len().saturating_add(bytes.len()) > config.max_body {
            return Err(self.too_large(config));
        }
        body.extend_from_slice(bytes);
        Ok(())
    }

    /// The client says of what kind its body is, and how long; if that is not taken, nothing of it is awaited.
    pub fn announce(
        &mut self,
        content_type: &str,
        length: &str,
        config: &Config,
    ) -> Result<(), Told> {
        if let Err(error) = llm_dialects::expect_json(content_type) {
            let status = error.status;
            let mut told = self.fail(error);
            if let (Some(start), Some(status)) = (&mut told.start, status) {
                start.status = status;
            }
            return Err(told);
        }
        match length.trim().parse::<u64>() {
            Ok(length) if length > config.max_body as u64 => Err(self.too_large(config)),
            _ => Ok(()),
        }
    }

    fn too_large(&mut self, config: &Config) -> Told {
        let message = format!("the request is larger than {} bytes", config.max_body);
        self.fail(Error {
            status: Some(413),
            ..Error::new(ErrorKind::RequestTooLarge, message)
        })
    }

    /// The client's body is whole. `now` is in milliseconds since the Unix epoch.
    pub fn understand(&mut self, config: &Config, now: u64) -> Result<(), Told> {
        let Stage::Asking(body) = &self.stage else {
            return Ok(());
        };
        let dialect = self.route.dialect;
        let (headers, policy) = (&self.headers, config.policy());
        let read = match self.route.operation {
            // Anthropic's alone, as its path is.
            Operation::CountTokens => anthropic::read_count_request(body, headers, policy),
            _ => dialect.read_request(body, headers, policy),
        };
        let ask = match read {
            Ok(ask) => ask,
            Err(error) => return Err(self.fail(error)),
        };
        let mut request = ask.request;
        let telling = Telling {
            model: request.model.clone(),
            created: now / 1000,
            include_usage: ask.include_usage,
            warnings: ask.warnings,
            tools: ask.tools,
        };
        request.model = config.model(&request.model);
        let operation = match self.route.operation {
            Operation::Complete if ask.stream => Operation::Stream,
            operation => operation,
        };
        self.stage = Stage::Understood {
            request,
            caching: ask.caching,
            operation,
            telling,
        };
        Ok(())
    }

    /// The request to Bedrock. `now` is in milliseconds since the Unix epoch; `client` is that of all calls of this VM.
    pub fn sign(
        &mut self,
        config: &Config,
        environment: &Environment,
        credentials: &Credentials,
        client: &Rc<RefCell<Client>>,
        now: u64,
    ) -> Result<HttpRequest, Told> {
        let Stage::Understood {
            request,
            caching,
            operation,
            telling,
        } = std::mem::replace(&mut self.stage, Stage::Over)
        else {
            return Err(self.fail(unexpected()));
        };
        self.signed_with = Some(credentials.clone());
        let now = Now {
            instant: 0,
            unix_ms: now,
        };
        let context = config.context(caching).into_owned();
        let driver = match Driver::new(request, context, environment.clone(), operation, now) {
            Ok(driver) => Box::new(driver.once()),
            Err(error) => return Err(self.fail(telling.locate(error))),
        };
        let mut calling = Calling {
            driver,
            client: Rc::clone(client),
            now,
            telling,
            encoder: None,
        };
        loop {
            match calling.next() {
                Step::FindCredentials { .. } => {
                    let found = Event::Credentials(Ok(credentials.clone()));
                    calling.driver.on(found);
                }
                Step::Reserve(..) => {
                    let event = Event::Reserved(Err(Refusal::NoLedger));
                    calling.driver.on(event);
                }
                Step::Settle(_) => {}
                Step::Send(request) => {
                    self.stage = Stage::Calling(calling);
                    return Ok(request);
                }
                Step::Done(Err(error)) => return Err(self.fail(calling.telling.locate(error))),
                Step::Done(Ok(_)) | Step::Receive(_) | Step::Pause(_) | Step::Chunks(_) => {
                    return Err(self.fail(unexpected()));
                }
            }
        }
    }

    /// The head of the answer; `local` is the error that an answer of Envoy's own is. Whether this answer is the
    /// exchange's to tell: an answer that the filter gave by itself is not.
    pub fn head(&mut self, head: Head, local: Option<Error>) -> bool {
        match (&mut self.stage, local) {
            (Stage::Over, _) => return false,
            (_, Some(error)) => self.stage = Stage::LocalReply(error),
            (Stage::Calling(calling), None) => calling.driver.on(Event::Head(head)),
            (_, None) => self.stage = Stage::LocalReply(unexpected()),
        }
        true
    }

    /// Bytes of the answer, cut anywhere. What the client is told of them now.
    pub fn push(&mut self, bytes: &[u8]) -> Told {
        if let Stage::Calling(calling) = &mut self.stage {
            calling.driver.on(Event::Bytes(bytes));
        }
        self.advance()
    }

    /// The answer is whole, or ends here: the last that the client is told.
    pub fn finish(&mut self) -> Told {
        let told = match std::mem::replace(&mut self.stage, Stage::Over) {
            // Who a client is to Envoy is the client's own affair.
            Stage::LocalReply(error) => self.answer(&error),
            Stage::Calling(mut calling) => {
                calling.driver.on(Event::End);
                self.stage = Stage::Calling(calling);
                self.advance()
            }
            _ => Told::default(),
        };
        self.stage = Stage::Over;
        told
    }

    /// Writes for the client what has arrived.
    fn advance(&mut self) -> Told {
        let mut told = Told::default();
        loop {
            let Stage::Calling(calling) = &mut self.stage else {
                return told;
            };
            match calling.next() {
                Step::Receive(_) => return told,
                Step::Settle(_) => {}
                Step::Chunks(chunks) => self.tell(&chunks, &mut told),
                Step::Done(Ok(outcome)) => return self.end(outcome, told),
                Step::Done(Err(error)) => return self.broken(error, told),
                Step::FindCredentials { .. }
                | Step::Reserve(..)
                | Step::Send(_)
                | Step::Pause(_) => return self.broken(unexpected(), told),
            }
        }
    }

    /// Chunks as events.
    fn tell(&mut self, chunks: &[Chunk], told: &mut Told) {
        let Stage::Calling(calling) = &mut self.stage else {
            return;
        };
        let dialect = self.route.dialect;
        let encoder = calling.encoder.get_or_insert_with(|| {
            told.start = Some(Start::stream(dialect, &self.request_id));
            dialect.encoder(calling.telling.clone())
        });
        for chunk in chunks {
            encoder.push(chunk, &mut told.body);
        }
    }

    /// The call has ended well.
    fn end(&mut self, outcome: Outcome, told: Told) -> Told {
        let Stage::Calling(calling) = std::mem::replace(&mut self.stage, Stage::Over) else {
            return told;
        };
        let dialect = self.route.dialect;
        let body = match outcome {
            Outcome::Answer(answer) => dialect.write_response(&answer, &calling.telling),
            Outcome::Count(count) => anthropic::write_count(count),
            Outcome::End => return told,
        };
        Told {
            start: Some(Start::whole(dialect, &self.request_id)),
            body,
        }
    }

    /// The call has failed: after the first event it is the error event of the client's API.
    fn broken(&mut self, error: Error, mut told: Told) -> Told {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Calling(Calling {
                encoder: Some(mut encoder),
                ..
            }) => {
                let error = self.for_client(error);
                encoder.fail(&error, &self.request_id, &mut told.body);
                told
            }
            _ => self.fail(error),
        }
    }

    /// The whole answer that an error is; it is the last that the client is told.
    pub fn fail(&mut self, error: Error) -> Told {
        let error = self.for_client(error);
        self.answer(&error)
    }

    /// What the client is told of an error; all credentials here are the operator's.
    fn for_client(&mut self, error: Error) -> Error {
        self.is_refused |= credentials::are_over(&error);
        let signed_with = self.signed_with.as_ref();
        let auth = signed_with.and_then(|with| with.auth.as_ref());
        let told = operator::tell(credentials::conceal(error, auth), false);
        self.fault = told.fault;
        told.error
    }

    fn answer(&mut self, error: &Error) -> Told {
        self.stage = Stage::Over;
        let dialect = self.route.dialect;
        let answer = dialect.write_error(error, &self.request_id);
        Told {
            start: Some(Start::error(dialect, &self.request_id, &answer)),
            body: answer.body,
        }
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
