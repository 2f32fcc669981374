//! What a request becomes.

use serde_json::Value;

use crate::canonical::{Context, Error, Request};
use crate::credentials::{Auth, Credentials};
use crate::environment::Environment;
use crate::exchange::{self, Amendments, Operation, Prepared, State};
use crate::http_message::HttpRequest;

pub(super) fn access_key() -> Credentials {
    Credentials {
        auth: Some(Auth::access_key("AKIDEXAMPLE", "secret", None)),
        region: Some("us-east-1".into()),
        expires_at: None,
    }
}

pub(super) fn prepare_as(
    request: &Request,
    context: &Context,
    operation: Operation,
    amendments: &Amendments,
) -> Result<Prepared, Error> {
    let call = exchange::Call {
        request,
        context,
        environment: &Environment::default(),
        operation,
        now: 1_440_938_160_000, // 2015-08-30T12:36:00Z
    };
    call.prepare(&access_key(), amendments)
}

pub(super) fn prepare(
    request: &Request,
    context: &Context,
    operation: Operation,
) -> Result<(HttpRequest, State), Error> {
    let prepared = prepare_as(request, context, operation, &Amendments::default())?;
    Ok((prepared.request, prepared.state))
}

/// A prepared call.
pub(super) struct Sent {
    pub(super) http: HttpRequest,
    pub(super) body: Value,
    /// Path of each warning, and whether it tells of a loss.
    pub(super) warnings: Vec<(String, bool)>,
}

pub(super) fn send_as(operation: Operation, request: &Request) -> Sent {
    send_in(&Context::default(), operation, request)
}

/// Of a request that is sent in this context.
pub(super) fn send_in(context: &Context, operation: Operation, request: &Request) -> Sent {
    let (http, state) = prepare(request, context, operation)
        .unwrap_or_else(|error| panic!("{error:?}: {request:?}"));
    let body = serde_json::from_slice(&http.body).expect("a JSON body");
    let state: Value = serde_json::from_slice(&state.to_bytes()).expect("a JSON state");
    let warnings = state["warnings"].as_array().expect("warnings").iter();
    Sent {
        body,
        warnings: warnings
            .map(|warning| {
                let path = warning["path"].as_str().expect("a path");
                (path.to_owned(), warning["lossy"] == "lossy")
            })
            .collect(),
        http,
    }
}

pub(super) fn send(request: &Request) -> Sent {
    send_as(Operation::Complete, request)
}

/// Where a text replaces what a model does not take.
pub(super) fn replacing() -> Context {
    Context {
        extensions: Some(r#"{"bedrock":{"unsupportedContent":"replace"}}"#.into()),
        ..Context::default()
    }
}

/// As [`send`], with a text in place of what the model does not take.
pub(super) fn send_replaced(request: &Request) -> Sent {
    send_in(&replacing(), Operation::Complete, request)
}

/// The body's member, of a request that is sent without any warning.
pub(super) fn member(request: &Request, name: &str) -> Value {
    let Sent { body, warnings, .. } = send(request);
    assert!(warnings.is_empty(), "{warnings:?} of {request:?}");
    body[name].clone()
}

/// The body's `messages`, likewise.
pub(super) fn messages(request: &Request) -> Value {
    member(request, "messages")
}

/// The error of a request that cannot be sent.
pub(super) fn refusal(request: &Request) -> Error {
    match prepare(request, &Context::default(), Operation::Complete) {
        Ok((http, _)) => panic!(
            "sent {} for {request:?}",
            String::from_utf8_lossy(&http.body)
        ),
        Err(error) => error,
    }
}

/// What goes to the model by its own names, of a request that is sent without any warning.
pub(super) fn additional(request: &Request) -> Value {
    member(request, "additionalModelRequestFields")
}

impl Sent {
    /// The paths of what was lost.
    pub(super) fn lost(&self) -> Vec<&str> {
        self.paths(true)
    }

    /// The paths of what was said differently.
    pub(super) fn changed(&self) -> Vec<&str> {
        self.paths(false)
    }

    fn paths(&self, of_losses: bool) -> Vec<&str> {
        let warnings = self.warnings.iter();
        warnings
            .filter(|(_, is_loss)| *is_loss == of_losses)
            .map(|(path, _)| path.as_str())
            .collect()
    }

    /// What goes to the model by its own names.
    pub(super) fn additional(&self) -> &Value {
        &self.body["additionalModelRequestFields"]
    }
}
