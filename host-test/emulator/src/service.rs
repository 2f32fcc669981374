//! One request, from its bytes to its answer: log, route, keys, constraints, rules, script.

use crate::auth::Gate;
use crate::check::{Refusal, check_constraints, check_rules, read_body};
use crate::clock::http_date;
use crate::config::{Config, Queues};
use crate::credential_services::{CredentialRequest, Desk, Served};
use crate::delivery::Delivery;
use crate::faults::{Fault, drop_events, plan};
use crate::frames::{Encoded, Frame};
use crate::message::converse_body;
use crate::operation::Operation;
use crate::prompt_cache::PromptCache;
use crate::reply::{Usage, estimate, input_tokens};
use crate::request_log::{Presence, Recorded, Tally, bump};
use crate::route::route;
use crate::script::{Answer, Call, Script};
use crate::service_error::{ErrorForm, ServiceError};
use crate::sigv4::Signable;
use crate::wire::{Breaker, Ending};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Bytes of the response head that pass before a fault in the middle of it, such as [`Fault::ResetMidHeaders`].
const PART_OF_HEAD: usize = 20;

/// What all connections share.
pub(crate) struct Service {
    pub(crate) config: Config,
    pub(crate) log: Mutex<Vec<Recorded>>,
    pub(crate) queues: Mutex<Queues>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) desk: Desk,
    prompts: Mutex<PromptCache>,
    request_ids: AtomicU64,
}

/// An answer that is about to be sent.
struct Outcome {
    status: u16,
    content_type: Option<&'static str>,
    headers: Vec<(String, String)>,
    body: Encoded,
    /// Converse has a length, a stream has none.
    chunked: bool,
    script: Script,
}

impl Service {
    pub(crate) fn new(mut config: Config) -> Self {
        let queues = std::mem::take(&mut config.queues);
        let desk = Desk::new(&config.credential_services);
        Self {
            config,
            log: Mutex::default(),
            queues: Mutex::new(queues),
            tally: Arc::default(),
            desk,
            prompts: Mutex::default(),
            request_ids: AtomicU64::new(0),
        }
    }

    /// Answers one request. A client that leaves before the answer is over drops this future or the
    /// body it made, and is counted.
    pub(crate) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        breaker: Arc<Breaker>,
    ) -> Result<Response<Delivery>, Infallible> {
        let mut presence = Presence::new(Arc::clone(&self.tally));
        let outcome = self.outcome(request).await;
        let outcome = outcome.unwrap_or_else(|error| {
            bump(&self.tally.refused);
            refusal(&error, error.clone().into())
        });
        tokio::time::sleep(outcome.script.pace.before_headers).await;
        for fault in &outcome.script.faults {
            match fault {
                Fault::ResetBeforeHeaders => breaker.end_after(0, Ending::Reset),
                Fault::ResetMidHeaders => breaker.end_after(PART_OF_HEAD, Ending::Reset),
                Fault::CloseBeforeHeaders => breaker.end_after(0, Ending::Close),
                Fault::CloseMidHeaders => breaker.end_after(PART_OF_HEAD, Ending::Close),
                Fault::StallBeforeHeaders => std::future::pending().await,
                Fault::StallMidHeaders => {
                    breaker.end_after(PART_OF_HEAD, Ending::Stall);
                    continue;
                }
                _ => continue,
            }
            presence.finished();
        }
        Ok(self.response(outcome, breaker, presence))
    }

    fn response(
        &self,
        outcome: Outcome,
        breaker: Arc<Breaker>,
        presence: Presence,
    ) -> Response<Delivery> {
        let length = (!outcome.chunked).then_some(outcome.body.bytes.len());
        let steps = plan(outcome.body, &outcome.script.pace, &outcome.script.faults);
        let mut response = Response::new(Delivery::new(steps, length, breaker, presence));
        *response.status_mut() =
            StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut set = |name: &str, value: &str| {
            let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
            if let (Ok(name), Ok(value)) = pair {
                response.headers_mut().insert(name, value);
            }
        };
        set("date", &http_date(self.config.clock.now()));
        set("x-amzn-requestid", &self.next_request_id());
        if let Some(content_type) = outcome.content_type {
            set("content-type", content_type);
        }
        for (name, value) in &outcome.headers {
            set(name, value);
        }
        response
    }

    /// A version 4 UUID in form; it counts, so that runs repeat.
    fn next_request_id(&self) -> String {
        let id = self.request_ids.fetch_add(1, Ordering::AcqRel) + 1;
        format!("00000000-0000-4000-8000-{id:012x}")
    }

    async fn outcome(&self, request: Request<Incoming>) -> Result<Outcome, ServiceError> {
        let (parts, body) = request.into_parts();
        let read = Limited::new(body, self.config.max_body).collect().await;
        let body = read.map_err(|error| unreadable(error.as_ref()))?.to_bytes();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = parts.headers.iter();
        let recorded = Recorded {
            method: parts.method.to_string(),
            path: parts
                .uri
                .path_and_query()
                .map_or_else(String::new, ToString::to_string),
            headers: headers
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body,
            arrived_at: Instant::now(),
            operation: route(parts.method.as_str(), parts.uri.path())
                .ok()
                .map(|(op, _)| op),
        };
        bump(&self.tally.requests);
        let signable = Signable {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &recorded.headers,
            body: &recorded.body,
        };
        if let Some(served) = self.desk.answer(&self.config, &signable) {
            return Ok(self.credentials(&recorded, served));
        }
        lock(&self.log).push(recorded.clone());

        let (operation, model_id) = route(parts.method.as_str(), parts.uri.path())?;
        if self.config.check_auth {
            let gate = Gate {
                access_keys: &self.desk.keys(&self.config),
                ..self.config.gate()
            };
            gate.admit(&signable)?;
        }
        let body = self.checked_body(operation, &model_id, &recorded.body)?;
        if operation == Operation::CountTokens {
            return Ok(self.count_tokens(&body));
        }
        let call = Call {
            operation,
            model_id: &model_id,
            body: &body,
        };
        let mut script = self
            .queued(operation)
            .unwrap_or_else(|| self.config.responder.answer(call));
        if let Answer::Reply(reply) = &mut script.answer {
            let counted = lock(&self.prompts).usage(&model_id, &body);
            let output_tokens = reply.output_tokens();
            reply.usage.get_or_insert(Usage {
                output_tokens,
                ..counted
            });
        }
        Ok(play(script, call))
    }

    /// Notes a request of the credential chain and delivers its answer.
    fn credentials(&self, recorded: &Recorded, served: Served) -> Outcome {
        if served.answer.status >= 400 {
            bump(&self.tally.refused);
        }
        self.desk.record(CredentialRequest {
            exchange: served.exchange,
            method: recorded.method.clone(),
            path: recorded.path.clone(),
            headers: recorded.headers.clone(),
            body: recorded.body.clone(),
            arrived_at: recorded.arrived_at,
            status: served.answer.status,
        });
        let mut script = Script::frames(Vec::new());
        script.pace.before_headers = served.wait;
        script.faults.extend(served.delivery);
        Outcome {
            status: served.answer.status,
            content_type: None,
            headers: served.answer.headers,
            body: Encoded::whole(Bytes::from(served.answer.body)),
            chunked: false,
            script,
        }
    }

    fn queued(&self, operation: Operation) -> Option<Script> {
        lock(&self.queues).get_mut(&operation)?.pop_front()
    }

    /// The body as JSON, if the service model and Bedrock's rules let it pass.
    fn checked_body(
        &self,
        operation: Operation,
        model_id: &str,
        bytes: &[u8],
    ) -> Result<Value, ServiceError> {
        let body = read_body(bytes)
            .map_err(|refusal| ServiceError::new("SerializationException", refusal.message()))?;
        let refused = |refusal: Refusal| ServiceError::validation(refusal.message());
        if self.config.check_constraints {
            check_constraints(operation, model_id, &body).map_err(refused)?;
        }
        check_rules(&self.config.rules, operation, model_id, &body).map_err(refused)?;
        Ok(body)
    }

    /// CountTokens counts what Converse would report; a queued script can refuse it or set the pace.
    fn count_tokens(&self, body: &Value) -> Outcome {
        let tokens = match body.pointer("/input/converse") {
            Some(converse) => input_tokens(converse),
            None => estimate(
                &body
                    .pointer("/input/invokeModel/body")
                    .unwrap_or(&Value::Null)
                    .to_string(),
            ),
        };
        let script = self.queued(Operation::CountTokens);
        let script = script.unwrap_or_else(|| Script::frames(Vec::new()));
        match &script.answer {
            Answer::Refusal(error) => refusal(&error.clone(), script),
            _ => json_outcome(&json!({"inputTokens": tokens}), script),
        }
    }
}

/// Turns a script into the answer to `call`.
fn play(script: Script, call: Call<'_>) -> Outcome {
    let mut frames = match &script.answer {
        Answer::Refusal(error) => return refusal(&error.clone(), script),
        Answer::Bytes(bytes) if call.operation == Operation::ConverseStream => {
            let body = Encoded::from_bytes(bytes.clone());
            return stream_outcome(body, script);
        }
        Answer::Bytes(bytes) => match Encoded::from_bytes(bytes.clone()).frames() {
            Ok(frames) => frames,
            Err(error) => return internal(&error.to_string(), script),
        },
        Answer::Frames(frames) => frames.clone(),
        Answer::Reply(reply) => reply.frames(input_tokens(call.body)),
    };
    if let Some((after, last)) = &script.interruption {
        frames.truncate(*after);
        frames.push(last.clone());
    }
    if call.operation == Operation::Converse {
        return match converse_body(&frames) {
            Ok(body) => json_outcome(&body, script),
            Err(error) => refusal(&error, script),
        };
    }
    drop_events(&mut frames, &script.faults);
    encode(&frames, script)
}

fn encode(frames: &[Frame], script: Script) -> Outcome {
    match Encoded::from_frames(frames, script.padding) {
        Ok(body) => stream_outcome(body, script),
        Err(error) => internal(&error.to_string(), script),
    }
}

fn stream_outcome(body: Encoded, script: Script) -> Outcome {
    Outcome {
        status: 200,
        content_type: Some("application/vnd.amazon.eventstream"),
        headers: Vec::new(),
        body,
        chunked: true,
        script,
    }
}

fn json_outcome(body: &Value, script: Script) -> Outcome {
    Outcome {
        status: 200,
        content_type: Some("application/json"),
        headers: Vec::new(),
        body: Encoded::whole(Bytes::from(body.to_string())),
        chunked: false,
        script,
    }
}

fn refusal(error: &ServiceError, script: Script) -> Outcome {
    let (content_type, body) = error.body();
    let error_type = error
        .error_type()
        .map(|kind| ("x-amzn-errortype".to_owned(), kind));
    Outcome {
        status: error.status,
        content_type,
        headers: error_type
            .into_iter()
            .chain(error.headers.clone())
            .collect(),
        body: Encoded::whole(body),
        chunked: false,
        script,
    }
}

fn internal(message: &str, script: Script) -> Outcome {
    refusal(
        &ServiceError::new("InternalServerException", message),
        script,
    )
}

fn unreadable(error: &(dyn std::error::Error + Send + Sync + 'static)) -> ServiceError {
    if error.is::<LengthLimitError>() {
        return ServiceError::new("RequestEntityTooLarge", "413 Request Entity Too Large")
            .status(413)
            .form(ErrorForm::Html)
            .header(header::CONNECTION.as_str(), "close");
    }
    let message = format!("The request body ended early: {error}");
    ServiceError::new("SerializationException", message)
}

/// A panic of another thread leaves these plain values as good as they were.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
