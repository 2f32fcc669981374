//! One exchange with AWS, without the I/O: build and sign the request, decode its answer.
//!
//! In: the canonical request, credentials, region, endpoint and time. Out: an HTTP request and a [`State`]; then, from
//! the answer's status, headers and bytes, the canonical answer. The codec world exports these two halves; the provider
//! puts its transport between them.

mod alternatives;
mod bounds;
mod callee;
mod fallback;
mod replay;
mod state;
mod stream_decoder;

use std::borrow::Cow;

use http::HeaderValue;

use crate::canonical::{Context, Error, Request, Response};
use crate::converse::error;
use crate::converse::request;
use crate::converse::restore::Restore;
use crate::credential_chain::Wanted;
use crate::credentials::{self, Auth, Credentials};
use crate::endpoint::{Endpoint, Region};
use crate::environment::Environment;
use crate::extensions::{ContextExtensions, RequestExtensions};
use crate::http_message::{Head, HttpRequest};
use crate::json::{self, Object};
use crate::model::Model;
use crate::pricing::Prices;
use crate::pricing::guard::{self, Admission};
use crate::sign;
use crate::target::Target;
use crate::warnings::{Code, Warnings};

pub use alternatives::{Alternatives, Amendments};
use callee::Callee;
pub use state::State;
pub use stream_decoder::{MAX_ANSWER, StreamDecoder};

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

/// A call that is ready to be sent.
#[derive(Debug)]
pub struct Prepared {
    /// Signed.
    pub request: HttpRequest,
    /// What decoding its answer takes.
    pub state: State,
    /// What else can be asked if it is refused.
    pub alternatives: Alternatives,
    /// After how many milliseconds of silence a stream shall say that it lives; none: it shall not.
    pub ping_ms: Option<u64>,
}

/// What credentials a call wants. A model that cannot be, and a request that is longer than any, is an error here, before
/// anybody is asked for credentials.
pub fn wanted(request: &Request, context: &Context) -> Result<Wanted, Error> {
    bounds::check(request)?;
    let operator = operator(context)?;
    let mut model = Model::parse(&request.model)?;
    model.resolve(&|id| operator.knows(id), &mut Warnings::new(false))?;
    // No credentials or variables change the region that the model itself names.
    let region = model.region.map(|region| region.as_str().to_owned());
    wanted_in(context, &operator, region)
}

/// What credentials a context asks for, whatever is called with them.
pub fn wanted_by(context: &Context) -> Result<Wanted, Error> {
    wanted_in(context, &operator(context)?, None)
}

fn wanted_in(
    context: &Context,
    operator: &ContextExtensions<'_>,
    region: Option<String>,
) -> Result<Wanted, Error> {
    let (given, role) = credentials::with_role_of_context(context)?;
    Ok(Wanted {
        given,
        role,
        profile: operator.profile.clone(),
        region: region.or_else(|| context.region.clone()),
    })
}

/// What the operator says, where the call itself warns of what is not known.
fn operator(context: &Context) -> Result<ContextExtensions<'_>, Error> {
    ContextExtensions::parse(context.extensions.as_deref(), &mut Warnings::new(false))
}

/// What is asked, of whom, and when.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// What to say to the model.
    pub request: &'a Request,
    /// How to say it.
    pub context: &'a Context,
    /// Where the region and the address may stand.
    pub environment: &'a Environment,
    /// What is asked of the model.
    pub operation: Operation,
    /// In milliseconds since the Unix epoch.
    pub now: u64,
}

impl<'a> Call<'a> {
    /// The name that is called: the request's model, or a fallback's.
    fn name(
        &self,
        operator: &ContextExtensions<'_>,
        amendments: &Amendments,
    ) -> Result<Cow<'a, str>, Error> {
        let own = &self.request.model;
        fallback::name(own, self.context, operator, amendments.fallback)
    }

    fn region(&self, model: &Model<'_>, credentials: &Credentials) -> Result<Region, Error> {
        match &model.region {
            Some(region) => Ok(region.clone()),
            None => credentials::region_of(credentials, self.context, self.environment),
        }
    }

    /// Hold it to the limits of its context; counting tokens costs nothing. Of the credentials it takes the region alone.
    pub fn admit(
        &self,
        credentials: &Credentials,
        amendments: &Amendments,
    ) -> Result<Admission, Error> {
        if self.context.cost_limits.is_none() || self.operation == Operation::CountTokens {
            return Ok(Admission::UNCOUNTED);
        }
        let name = self.name(&operator(self.context)?, amendments)?;
        let region = self.region(&Model::parse(&name)?, credentials)?;
        guard::admit(self.request, &name, region.as_str(), self.context, self.now)
    }

    /// Translate, address and sign. The credentials hold something to sign with.
    pub fn prepare(
        &self,
        credentials: &Credentials,
        amendments: &Amendments,
    ) -> Result<Prepared, Error> {
        let Call {
            request,
            context,
            environment,
            operation,
            now,
        } = *self;
        bounds::check(request)?;
        let mut notes = Warnings::new(context.strict);
        let mut extensions = RequestExtensions::parse(request.extensions.as_deref(), &mut notes)?;
        let operator = ContextExtensions::parse(context.extensions.as_deref(), &mut notes)?;
        let name = self.name(&operator, amendments)?;
        let asked = &request.model;
        let (model, target) =
            Target::of_call(&name, asked, &mut extensions, &operator, &mut notes)?;
        let region = self.region(&model, credentials)?;
        if let Some(place) = amendments.fallback {
            let what = format!(
                "what comes before it has no room: {} in {} is called",
                model.id,
                region.as_str()
            );
            notes.changed(Code::Rerouted, fallback::path(place), what);
        }
        let callee = Callee::choose(
            &model, &target, &operator, &region, operation, amendments, &mut notes,
        );
        let planned = request::plan(
            &request::Call {
                request,
                target: &target,
                extensions: &extensions,
                is_prompt: model.is_prompt,
                has_long_context: model.has_long_context,
                is_stream: operation == Operation::Stream && !amendments.whole,
                replace_unsupported: operator.replace_unsupported,
                without_betas: amendments.without_betas,
                prompt_caching: operator.prompt_caching,
            },
            &mut notes,
        )?;
        let (asked, body) = match operation {
            Operation::CountTokens => (operation, planned.count_tokens()),
            Operation::Stream if planned.is_stream => (operation, planned.converse()),
            Operation::Complete | Operation::Stream => (Operation::Complete, planned.converse()),
        };
        let endpoint = Endpoint::choose(&region, context, environment)?;
        let auth = credentials.auth.as_ref().ok_or_else(credentials::none)?;
        if matches!(auth, Auth::Bearer(_)) && !endpoint.keeps_secrets() {
            return Err(Error::invalid(
                "context.endpoint",
                "a bearer token is sent over https only: use an https endpoint",
            ));
        }
        let mut http_request = address(&callee.id, asked, body, endpoint);
        sign::sign(&mut http_request, auth, &region, sign::SERVICE, now)?;
        add_unsigned_headers(&mut http_request, asked);
        let alternatives = Alternatives {
            amendments: Amendments {
                profile: callee.profile,
                ..amendments.clone()
            },
            fallbacks: context.fallbacks.len(),
            profiles: callee.profiles,
            guesses_profiles: callee.is_guess,
            streams_tools: planned.is_stream && planned.has_tools(),
            has_betas: planned.has_betas() && !amendments.without_betas,
            counts_by_other_id: operation == Operation::CountTokens && callee.id != model.id,
        };
        let (max_frame, ping_ms) = (operator.max_frame, operator.ping_ms);
        // Counting costs nothing.
        let tariff = match operation {
            Operation::CountTokens => None,
            _ => {
                // What is settled is by no client's word.
                let base_model = match context.cost_limits {
                    None => extensions.base_model.clone(),
                    Some(_) => operator.base_model(&model.id, None),
                };
                Prices::of(operator).of_call(&callee.id, &region, base_model.as_deref())?
            }
        };
        let state = State {
            operation,
            model: model.id.into_owned(),
            max_frame,
            warnings: notes.into_warnings(),
            restore: Restore {
                // A whole answer, which is then told as a stream.
                replay: operation != asked,
                region: region.as_str().to_owned(),
                callee: callee.id,
                ..planned.restore
            },
            tariff,
        };
        Ok(Prepared {
            request: http_request,
            state,
            alternatives,
            ping_ms,
        })
    }
}

/// The request as it is signed.
fn address(id: &str, operation: Operation, body: Vec<u8>, endpoint: Endpoint) -> HttpRequest {
    let mut path = endpoint.base_path;
    path.push_str("/model/");
    Model::push_segment(id, &mut path);
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
    if !is_answer(head) {
        return Err(refusal(&state.model, head, body));
    }
    state.answer(head, body)
}

/// Whether the body is AWS's answer and no stream, as far as the head says: a proxy may answer for it, with a page of its own and
/// status 200.
pub fn is_answer(head: &Head) -> bool {
    let is_json = |content_type: &str| content_type.contains("json");
    head.is_success() && head.content_type.as_deref().is_none_or(is_json)
}

/// The error that a status which is no success tells, with its body, of a call to `model`.
pub fn refusal(model: &str, head: &Head, body: &[u8]) -> Error {
    error::with_models(error::of_answer(head, body), model)
}

/// The answer of a `CountTokens` exchange.
pub fn decode_count(state: &State, head: &Head, body: &[u8]) -> Result<u64, Error> {
    expect(state, Operation::CountTokens)?;
    if !is_answer(head) {
        return Err(refusal(&state.model, head, body));
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
