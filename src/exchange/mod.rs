//! One exchange with AWS, without the I/O: build and sign the request, decode its answer.
//!
//! In: the canonical request, credentials, region, endpoint and time. Out: an HTTP request and a [`State`]; then, from
//! the answer's status, headers and bytes, the canonical answer. The codec world exports these two halves; the provider
//! puts its transport between them.

mod state;
mod stream_decoder;

use http::HeaderValue;

use crate::canonical::{Context, Error, Request, Response};
use crate::converse::error;
use crate::converse::notes::Notes;
use crate::converse::{request, response};
use crate::credentials::{self, Auth, Credentials};
use crate::endpoint::Endpoint;
use crate::environment::Environment;
use crate::http_message::{Head, HttpRequest};
use crate::json::{self, Object};
use crate::model::Model;
use crate::sign;

pub use state::State;
pub use stream_decoder::StreamDecoder;

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

/// Refuse what the context asks for and this version does not do: a limit must not be passed over in silence.
fn refuse_what_is_not_done_yet(context: &Context) -> Result<(), Error> {
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
