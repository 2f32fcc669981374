//! One exchange with AWS, without the I/O: build and sign the request, decode its answer.
//!
//! In: the canonical request, credentials, region, endpoint and time. Out: an HTTP request and a [`State`]; then, from
//! the answer's status, headers and bytes, the canonical answer. The codec world exports these two halves; the provider
//! puts its transport between them.

use http::HeaderValue;
use serde::Serialize;

use crate::canonical::{
    Chunk, Context, Error, ErrorKind, MessageStart, Request, Response, Warning,
};
use crate::converse::error;
use crate::converse::notes::Notes;
use crate::converse::stream::Machine;
use crate::converse::{request, response};
use crate::credentials::{self, Auth, Credentials};
use crate::endpoint::Endpoint;
use crate::environment::Environment;
use crate::event_stream::{Decoder, Limits, Message};
use crate::http_message::{Head, HttpRequest};
use crate::json::{self, Object};
use crate::model::Model;
use crate::sign;

/// The most bytes of an error's body that are kept: AWS's are below 10 KB, and a message repeats little of it.
pub const MAX_ERROR_BODY: usize = 64 << 10;

/// What is asked of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `Converse`: one whole answer.
    Complete,
    /// `ConverseStream`: an answer as it comes.
    Stream,
    /// `CountTokens`: how long the request is.
    CountTokens,
}

impl Operation {
    const ALL: [Operation; 3] = [
        Operation::Complete,
        Operation::Stream,
        Operation::CountTokens,
    ];

    /// The last segment of the path.
    fn segment(self) -> &'static str {
        match self {
            Operation::Complete => "converse",
            Operation::Stream => "converse-stream",
            Operation::CountTokens => "count-tokens",
        }
    }
}

/// What decoding the answer takes; without secrets, so that a host may keep it.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    operation: Operation,
    /// The canonical answer's `model`.
    model: String,
    /// Those of the request.
    warnings: Vec<Warning>,
}

/// A lossy warning's mark in a state's bytes.
const LOSSY: &str = "lossy";

impl State {
    /// As bytes, for a host that keeps it: JSON, of this version only.
    pub fn to_bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Wire<'a> {
            operation: &'a str,
            model: &'a str,
            warnings: Vec<WireWarning<'a>>,
        }

        #[derive(Serialize)]
        struct WireWarning<'a> {
            path: &'a str,
            message: &'a str,
            lossy: &'a str,
        }

        let warnings = self.warnings.iter().map(|warning| WireWarning {
            path: &warning.path,
            message: &warning.message,
            lossy: if warning.lossy { LOSSY } else { "" },
        });
        let wire = Wire {
            operation: self.operation.segment(),
            model: &self.model,
            warnings: warnings.collect(),
        };
        // Texts alone have no way to fail.
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    /// From the bytes that [`to_bytes`](Self::to_bytes) gave.
    ///
    /// # Errors
    /// `invalid-request` where they are something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes).map_err(|error| {
            Error::invalid(
                "state",
                format!("expected the state that prepare gave, saw something else: {error}"),
            )
        })
    }

    fn read(bytes: &[u8]) -> Result<Self, json::Error> {
        let wire = Object::parse(bytes)?;
        let segment = wire.required("operation")?;
        let operation = Operation::ALL
            .into_iter()
            .find(|operation| operation.segment() == segment);
        let mut warnings = Vec::new();
        for warning in wire.objects("warnings")? {
            warnings.push(Warning {
                path: warning.required("path")?,
                message: warning.required("message")?,
                lossy: warning.required("lossy")? == *LOSSY,
            });
        }
        Ok(State {
            operation: operation.ok_or(json::Error::Missing("operation"))?,
            model: wire.required("model")?,
            warnings,
        })
    }
}

/// Refuse what the context asks for and this version does not do: a limit must not be passed over in silence.
pub fn refuse_what_is_not_done_yet(context: &Context) -> Result<(), Error> {
    let asked = [
        ("context.fallbacks", !context.fallbacks.is_empty()),
        ("context.cost_limits", context.cost_limits.is_some()),
        (
            "context.max_attempts",
            context.max_attempts.is_some_and(|attempts| attempts > 1),
        ),
        ("context.extensions", context.extensions.is_some()),
    ];
    match asked.into_iter().find(|(_, is_there)| *is_there) {
        Some((path, _)) => Err(Error::unsupported(
            path,
            format!("{path} is not supported in this version: leave it out"),
        )),
        None => Ok(()),
    }
}

/// Translate, address and sign. `now` is in milliseconds since the Unix epoch; `credentials` hold something to sign with.
pub fn prepare(
    request: &Request,
    context: &Context,
    credentials: &Credentials,
    environment: &Environment,
    operation: Operation,
    now: u64,
) -> Result<(HttpRequest, State), Error> {
    refuse_what_is_not_done_yet(context)?;
    let model = Model::parse(&request.model)?;
    let mut notes = Notes::new(context.strict);
    let body = match operation {
        Operation::Complete | Operation::Stream => request::body(request, &model, &mut notes)?,
        Operation::CountTokens => request::count_tokens_body(request, &model, &mut notes)?,
    };
    let region = match &model.region {
        Some(region) => region.clone(),
        None => credentials::region_of(credentials, context, environment)?,
    };
    let endpoint = Endpoint::choose(&region, context, environment)?;
    let auth = credentials.auth.as_ref().ok_or_else(credentials::none)?;
    if matches!(auth, Auth::Bearer(_)) && !endpoint.keeps_secrets() {
        return Err(Error::invalid(
            "context.endpoint",
            "a bearer token is sent over https only: use an https endpoint",
        ));
    }
    let mut http_request = address(&model, operation, body, endpoint);
    sign::sign(&mut http_request, auth, &region, sign::SERVICE, now)?;
    add_unsigned_headers(&mut http_request, operation);
    let state = State {
        operation,
        model: model.id.to_owned(),
        warnings: notes.into_warnings(),
    };
    Ok((http_request, state))
}

/// The request as it is signed.
fn address(
    model: &Model<'_>,
    operation: Operation,
    body: Vec<u8>,
    endpoint: Endpoint,
) -> HttpRequest {
    let mut path = endpoint.base_path;
    path.push_str("/model/");
    model.push_segment(&mut path);
    path.push('/');
    path.push_str(operation.segment());
    HttpRequest {
        method: "POST",
        scheme: endpoint.scheme,
        authority: endpoint.authority,
        path,
        query: String::new(),
        headers: vec![("content-type", HeaderValue::from_static("application/json"))],
        body,
    }
}

/// What proxies may change.
fn add_unsigned_headers(request: &mut HttpRequest, operation: Operation) {
    let accept = match operation {
        Operation::Stream => "application/vnd.amazon.eventstream",
        Operation::Complete | Operation::CountTokens => "application/json",
    };
    request.headers.extend([
        ("accept", HeaderValue::from_static(accept)),
        ("content-length", HeaderValue::from(request.body.len())),
        (
            "user-agent",
            HeaderValue::from_static(concat!("bedrock-provider/", env!("CARGO_PKG_VERSION"))),
        ),
    ]);
}

/// The canonical answer's id.
fn message_id(head: &Head) -> String {
    format!("msg_{}", head.request_id.as_deref().unwrap_or("unknown"))
}

/// The answer of a `Complete` exchange.
pub fn decode_response(state: State, head: &Head, body: &[u8]) -> Result<Response, Error> {
    expect(&state, Operation::Complete)?;
    if !head.is_success() {
        return Err(error::of_answer(head, body));
    }
    response::response(head, body, message_id(head), state.model, state.warnings)
}

/// The answer of a `CountTokens` exchange.
pub fn decode_count(state: &State, head: &Head, body: &[u8]) -> Result<u64, Error> {
    expect(state, Operation::CountTokens)?;
    if !head.is_success() {
        return Err(error::of_answer(head, body));
    }
    let count = Object::parse(body).and_then(|answer| {
        answer
            .number("inputTokens")?
            .ok_or(json::Error::Missing("inputTokens"))
    });
    count.map_err(|error| Error {
        status: Some(head.status),
        request_id: head.request_id.clone(),
        ..error.into()
    })
}

fn expect(state: &State, operation: Operation) -> Result<(), Error> {
    if state.operation == operation {
        return Ok(());
    }
    let message = format!(
        "expected the state of a {} exchange, saw one of {}",
        operation.segment(),
        state.operation.segment()
    );
    Err(Error::invalid("state", message))
}

/// The answer of a `Stream` exchange, as its bytes arrive.
#[derive(Debug)]
pub struct StreamDecoder {
    head: Head,
    reading: Reading,
}

#[derive(Debug)]
enum Reading {
    /// The answer.
    Events {
        frames: Decoder,
        machine: Box<Machine>,
    },
    /// Not an answer: the beginning of an error's body.
    Refusal(Vec<u8>),
    /// An error that is told by the next call, or has been.
    Failed(Box<Error>),
}

impl StreamDecoder {
    /// Of an answer's head, whatever its status: a refusal is told by [`finish`](Self::finish).
    pub fn new(state: State, head: Head) -> Self {
        let reading = match expect(&state, Operation::Stream) {
            Err(error) => Reading::Failed(Box::new(error)),
            Ok(()) if !head.is_success() => Reading::Refusal(Vec::new()),
            Ok(()) => {
                let start = MessageStart {
                    id: message_id(&head),
                    model: state.model,
                    usage: None,
                    warnings: state.warnings,
                };
                let machine = Box::new(Machine::new(start, head.request_id.clone()));
                Reading::Events {
                    frames: Decoder::new(Limits::default()),
                    machine,
                }
            }
        };
        StreamDecoder { head, reading }
    }

    /// A stream that cannot be read, for a reason known from the start.
    pub fn failed(error: Error, head: Head) -> Self {
        StreamDecoder {
            head,
            reading: Reading::Failed(Box::new(error)),
        }
    }

    /// The transport failed: its error, as this stream's.
    pub fn broken(&self, error: Error) -> Error {
        let Reading::Events { machine, .. } = &self.reading else {
            return error;
        };
        match error.kind {
            ErrorKind::Connection => machine.complete(Error {
                kind: ErrorKind::StreamTruncated,
                ..error
            }),
            _ => machine.complete(error),
        }
    }

    /// Bytes, cut anywhere. What is wrong with them is told after the chunks before it: by the next call.
    pub fn push(&mut self, bytes: &[u8], chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        match &mut self.reading {
            Reading::Failed(error) => Err((**error).clone()),
            Reading::Refusal(body) => {
                let room = MAX_ERROR_BODY - body.len().min(MAX_ERROR_BODY);
                body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                Ok(())
            }
            Reading::Events { frames, machine } => {
                let before = chunks.len();
                match events(frames, machine, bytes, chunks) {
                    Ok(()) => Ok(()),
                    Err(error) => {
                        let is_first = chunks.len() == before;
                        self.reading = Reading::Failed(Box::new(error.clone()));
                        if is_first { Err(error) } else { Ok(()) }
                    }
                }
            }
        }
    }

    /// No more bytes.
    pub fn finish(&mut self, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let result = match &mut self.reading {
            Reading::Failed(error) => Err((**error).clone()),
            Reading::Refusal(body) => Err(error::of_answer(&self.head, body)),
            Reading::Events { machine, .. } if machine.has_ended() => Ok(()),
            Reading::Events { frames, machine } => frames
                .finish()
                .map_err(|error| machine.complete(framing(&error)))
                .and_then(|()| machine.finish(chunks)),
        };
        if let Err(error) = &result {
            self.reading = Reading::Failed(Box::new(error.clone()));
        }
        result
    }
}

fn events(
    frames: &mut Decoder,
    machine: &mut Machine,
    mut bytes: &[u8],
    chunks: &mut Vec<Chunk>,
) -> Result<(), Error> {
    while !machine.has_ended() {
        let frame = match frames.next_frame(&mut bytes) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(()),
            Err(error) => return Err(machine.complete(framing(&error))),
        };
        match Message::classify(&frame) {
            Ok(Message::Event {
                event_type,
                payload,
            }) => {
                machine
                    .event(event_type, payload, chunks)
                    .map_err(|error| machine.complete(error))?;
            }
            Ok(Message::Exception {
                exception_type,
                payload,
            }) => {
                return Err(machine.complete(error::of_exception(exception_type, payload)));
            }
            Ok(Message::Error { code, message }) => {
                return Err(machine.complete(error::of_error_frame(code, message)));
            }
            Err(error) => return Err(machine.complete(framing(&error))),
        }
    }
    Ok(())
}

/// What is wrong with the bytes, as the call's error.
fn framing(error: &crate::event_stream::Error) -> Error {
    let kind = match error {
        crate::event_stream::Error::Truncated { .. } => ErrorKind::StreamTruncated,
        _ => ErrorKind::MalformedStream,
    };
    Error {
        retryable: true,
        ..Error::new(kind, error.to_string())
    }
}
