//! One request and its answer, without the I/O.
//!
//! In: the client's headers and body, credentials, then Bedrock's head and bytes. Out: the request to send, and what the
//! client is told: a [`Start`] with status and headers, and text. The start of an answer is held back until it is known
//! what the answer is: what goes wrong before the first event keeps a status of its own; what goes wrong after it is the
//! error event of the client's API, and never a clean end.

mod told;

use bedrock_provider::canonical::{Error, ErrorKind, Request};
use bedrock_provider::credentials::{self, Credentials};
use bedrock_provider::environment::Environment;
use bedrock_provider::exchange::{
    self, Amendments, Call, MAX_ANSWER, MAX_ERROR_BODY, Operation, Prepared, State, StreamDecoder,
};
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
#[allow(clippy::large_enum_variant, reason = "one a request")]
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
    /// Bedrock was asked.
    Sent { state: State, telling: Telling },
    /// Bedrock's answer, or another's error, is taken in whole.
    Whole {
        state: State,
        head: Head,
        body: Vec<u8>,
        telling: Telling,
    },
    /// Bedrock's answer streams.
    Stream {
        decoder: StreamDecoder,
        encoder: Encoder,
        /// The client was told the start.
        has_begun: bool,
    },
    /// Envoy answered by itself; its own words are not the client's.
    LocalReply(Error),
    /// The client was told all there is to tell.
    Over,
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

    /// The client says how long its body will be; if that is too long, nothing of it is awaited.
    pub fn announce(&mut self, length: &str, config: &Config) -> Result<(), Told> {
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
        let ask = match dialect.read_request(body, &self.headers, config.policy()) {
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

    /// The request to Bedrock. `now` is in milliseconds since the Unix epoch.
    pub fn sign(
        &mut self,
        config: &Config,
        environment: &Environment,
        credentials: &Credentials,
        now: u64,
    ) -> Result<HttpRequest, Told> {
        let Stage::Understood {
            request,
            caching,
            operation,
            telling,
        } = std::mem::replace(&mut self.stage, Stage::Over)
        else {
            return Err(self.fail(astray()));
        };
        self.signed_with = Some(credentials.clone());
        let call = Call {
            request: &request,
            context: &config.context(caching),
            environment,
            operation,
            now,
        };
        match call.prepare(credentials, &Amendments::default()) {
            Ok(Prepared { request, state, .. }) => {
                self.stage = Stage::Sent { state, telling };
                Ok(request)
            }
            Err(error) => Err(self.fail(telling.locate(error))),
        }
    }

    /// The head of the answer; `local` is the error that an answer of Envoy's own is. Whether this answer is the
    /// exchange's to tell: an answer that the filter gave by itself is not.
    pub fn head(&mut self, head: Head, local: Option<Error>) -> bool {
        self.stage = match (std::mem::replace(&mut self.stage, Stage::Over), local) {
            (Stage::Over, _) => return false,
            (_, Some(error)) => Stage::LocalReply(error),
            (Stage::Sent { state, telling }, None) => {
                // A refusal of a stream is a whole answer too.
                let is_stream = state.operation() == Operation::Stream && head.is_success();
                if is_stream {
                    Stage::Stream {
                        decoder: StreamDecoder::new(state, head),
                        encoder: self.route.dialect.encoder(telling),
                        has_begun: false,
                    }
                } else {
                    Stage::Whole {
                        state,
                        head,
                        body: Vec::new(),
                        telling,
                    }
                }
            }
            (_, None) => Stage::LocalReply(astray()),
        };
        true
    }

    /// Bytes of the answer, cut anywhere. What the client is told of them now.
    pub fn push(&mut self, bytes: &[u8]) -> Told {
        match &mut self.stage {
            Stage::Whole { head, body, .. } => {
                let is_answer = exchange::is_answer(head);
                let limit = if is_answer {
                    MAX_ANSWER
                } else {
                    MAX_ERROR_BODY
                };
                let room = limit.saturating_sub(body.len());
                if bytes.len() > room && is_answer {
                    let message = format!("the answer is larger than {MAX_ANSWER} bytes");
                    return self.fail(Error::new(ErrorKind::MalformedStream, message));
                }
                // The beginning of an error's body is enough.
                body.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                Told::default()
            }
            Stage::Stream { decoder, .. } => {
                let mut chunks = Vec::new();
                let result = decoder.push(bytes, &mut chunks);
                // What is wrong with them is known by now, and nothing that follows could change it.
                let failure = result.err().or_else(|| decoder.failure());
                self.tell(&chunks, failure)
            }
            _ => Told::default(),
        }
    }

    /// The answer is whole, or ends here: the last that the client is told.
    pub fn finish(&mut self) -> Told {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Whole {
                state,
                head,
                body,
                telling,
            } => self
                .whole(state, &head, &body, &telling)
                .unwrap_or_else(|error| self.fail(error)),
            // Who a client is to Envoy is the client's own affair.
            Stage::LocalReply(error) => self.answer(&error),
            Stage::Stream {
                mut decoder,
                encoder,
                has_begun,
            } => {
                let mut chunks = Vec::new();
                let failure = decoder.finish(&mut chunks).err();
                self.stage = Stage::Stream {
                    decoder,
                    encoder,
                    has_begun,
                };
                let told = self.tell(&chunks, failure);
                self.stage = Stage::Over;
                told
            }
            _ => Told::default(),
        }
    }

    /// What a whole answer says.
    fn whole(
        &self,
        state: State,
        head: &Head,
        body: &[u8],
        telling: &Telling,
    ) -> Result<Told, Error> {
        let body = match state.operation() {
            Operation::CountTokens => {
                anthropic::write_count(exchange::decode_count(&state, head, body)?)
            }
            _ if !exchange::is_answer(head) => {
                return Err(exchange::refusal(state.model(), head, body));
            }
            _ => {
                let answer = exchange::decode_response(state, head, body)?;
                self.route.dialect.write_response(&answer, telling)
            }
        };
        Ok(Told {
            start: Some(Start::whole(self.route.dialect, &self.request_id)),
            body,
        })
    }

    /// Chunks as events, and the error after them.
    fn tell(
        &mut self,
        chunks: &[bedrock_provider::canonical::Chunk],
        failure: Option<Error>,
    ) -> Told {
        let Stage::Stream {
            encoder, has_begun, ..
        } = &mut self.stage
        else {
            return Told::default();
        };
        let mut told = Told::default();
        if !*has_begun && !chunks.is_empty() {
            *has_begun = true;
            told.start = Some(Start::stream(self.route.dialect, &self.request_id));
        }
        for chunk in chunks {
            encoder.push(chunk, &mut told.body);
        }
        match failure {
            None => told,
            Some(error) if *has_begun => {
                let error = self.for_client(error);
                if let Stage::Stream { encoder, .. } = &mut self.stage {
                    encoder.fail(&error, &self.request_id, &mut told.body);
                }
                self.stage = Stage::Over;
                told
            }
            Some(error) => self.fail(error),
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
fn astray() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the filter was called in an order that it does not know",
    )
}

#[cfg(test)]
mod tests;
