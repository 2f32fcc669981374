//! What the service answers, whole or as a stream, and what the caller reads.

mod agreement;
mod blocks;
mod citations;
mod cost;
mod events;
mod facts;
mod failures;
mod recorded;
mod renamed;
mod restored;

use serde_json::Value;

use super::transcript::{assert_legal, fold};
use crate::canonical::{
    Chunk, ContentBlock, Error, ErrorKind, Response, StopReason, TextBlock, ThinkingBlock,
    ToolUseBlock,
};
use crate::exchange::{self, State, StreamDecoder};
use crate::http_message::Head;

/// The state of a call; `changed` has members that say what the request changed, each with a comma before it.
fn state(operation: &str, changed: &str) -> State {
    let state = format!(r#"{{"operation":"{operation}","model":"m","warnings":[]{changed}}}"#);
    State::from_bytes(state.as_bytes()).expect("a state")
}

fn head(content_type: &str) -> Head {
    let headers = [("x-amzn-requestid", "1f2e"), ("content-type", content_type)];
    Head::new(200, headers)
}

/// A whole answer.
fn whole(changed: &str, body: &str) -> Result<Response, Error> {
    let head = head("application/json");
    exchange::decode_response(state("converse", changed), &head, body.as_bytes())
}

/// A whole answer of these blocks.
fn answer(changed: &str, blocks: &str, stop_reason: &str) -> Response {
    let body = body(blocks, stop_reason);
    whole(changed, &body).unwrap_or_else(|error| panic!("{body}: {error:?}"))
}

fn body(blocks: &str, stop_reason: &str) -> String {
    format!(
        r#"{{"output":{{"message":{{"role":"assistant","content":{blocks}}}}},"stopReason":"{stop_reason}","usage":{{"inputTokens":1,"outputTokens":2,"totalTokens":3}},"metrics":{{"latencyMs":4}}}}"#
    )
}

/// What `decoder` makes of bytes that come in `pieces`; legal, or this panics.
fn read<'b>(
    mut decoder: StreamDecoder,
    pieces: impl IntoIterator<Item = &'b [u8]>,
) -> (Vec<Chunk>, Option<Error>) {
    let mut chunks = Vec::new();
    let mut outcome = Ok(());
    for piece in pieces {
        outcome = outcome.and_then(|()| decoder.push(piece, &mut chunks));
    }
    let error = outcome.and_then(|()| decoder.finish(&mut chunks)).err();
    assert_legal(&chunks, error.as_ref());
    (chunks, error)
}

fn events_decoder(changed: &str) -> StreamDecoder {
    let head = head("application/vnd.amazon.eventstream");
    StreamDecoder::new(state("converse-stream", changed), head)
}

/// A stream of these events.
fn stream(changed: &str, events: &[(&str, &str)]) -> (Vec<Chunk>, Option<Error>) {
    let mut bytes = Vec::new();
    for (event_type, payload) in events {
        frame(&mut bytes, "event", event_type, payload);
    }
    read(events_decoder(changed), [bytes.as_slice()])
}

/// A stream of these block events, and how it ends.
fn streamed(changed: &str, events: &[(&str, &str)], stop_reason: &str) -> Vec<Chunk> {
    let stop = format!(r#"{{"stopReason":"{stop_reason}"}}"#);
    let mut all = vec![("messageStart", r#"{"role":"assistant"}"#)];
    all.extend(events);
    all.push(("messageStop", &stop));
    all.push((
        "metadata",
        r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":4}}"#,
    ));
    let (chunks, error) = stream(changed, &all);
    assert_eq!(error, None);
    chunks
}

/// A whole answer, told as a stream.
fn replayed(changed: &str, body: &str) -> (Vec<Chunk>, Option<Error>) {
    let changed = format!(r#","replay":"whole"{changed}"#);
    let decoder = StreamDecoder::new(state("converse-stream", &changed), head("application/json"));
    read(decoder, [body.as_bytes()])
}

/// A frame, by AWS's own encoder; `kind` is its `:message-type`.
pub(crate) fn frame(bytes: &mut Vec<u8>, kind: &'static str, name: &str, payload: &str) {
    use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
    let text = |value: &str| HeaderValue::String(value.to_owned().into());
    let type_header = match kind {
        "event" => ":event-type",
        "exception" => ":exception-type",
        _ => ":error-code",
    };
    let mut message = Message::new(payload.to_owned())
        .add_header(Header::new(type_header, text(name)))
        .add_header(Header::new(":message-type", text(kind)));
    if kind == "error" {
        message = message.add_header(Header::new(":error-message", text(payload)));
    }
    aws_smithy_eventstream::frame::write_message_to(&message, bytes).expect("a frame");
}

fn text(text: &str) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text: text.into(),
        citations: Vec::new(),
        cache_control: None,
    })
}

fn thinking(thinking: &str, signature: Option<&str>) -> ContentBlock {
    ContentBlock::Thinking(ThinkingBlock {
        thinking: thinking.into(),
        signature: signature.map(Into::into),
    })
}

fn call(id: &str, name: &str, input: &str) -> ToolUseBlock {
    ToolUseBlock {
        id: id.into(),
        name: name.into(),
        input: input.into(),
        cache_control: None,
    }
}

fn tool_use(id: &str, name: &str, input: &str) -> ContentBlock {
    ContentBlock::ToolUse(call(id, name, input))
}

/// What `provider-metadata` says under the provider's name.
fn facts(response: &Response) -> Value {
    let metadata = response.provider_metadata.as_deref().expect("facts");
    serde_json::from_str::<Value>(metadata).expect("JSON")["bedrock"].clone()
}

/// Paths and messages of what was left out.
fn losses(response: &Response) -> Vec<(&str, &str)> {
    assert!(response.warnings.iter().all(|warning| warning.lossy));
    let warnings = response.warnings.iter();
    warnings
        .map(|warning| (warning.path.as_str(), warning.message.as_str()))
        .collect()
}
