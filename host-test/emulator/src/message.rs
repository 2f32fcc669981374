//! The Converse answer that says the same as a ConverseStream answer.
//!
//! In: frames. Out: the JSON body of Converse, or the HTTP error that stands for an exception frame.
//! Because both operations are told by the same frames, a script answers both alike.

use crate::frames::Frame;
use crate::service_error::ServiceError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Folds frames into a Converse response body.
///
/// # Errors
/// The exception the frames hold, or an `InternalServerException` when they never finish.
pub fn converse_body(frames: &[Frame]) -> Result<Value, ServiceError> {
    let mut blocks: BTreeMap<u64, Value> = BTreeMap::new();
    let mut body = Map::new();
    let mut role = json!("assistant");
    for frame in frames {
        let (kind, payload) = match frame {
            Frame::Event { kind, payload } => (kind.as_str(), payload),
            Frame::Exception { kind, payload } => return Err(exception(kind, payload)),
            Frame::Error { code, message } => return Err(ServiceError::new(code, message)),
        };
        let index = payload.get("contentBlockIndex").and_then(Value::as_u64);
        match (kind, index) {
            ("messageStart", _) => {
                role = payload.get("role").cloned().unwrap_or(role);
            }
            ("contentBlockStart", Some(index)) => {
                let start = payload.get("start").cloned().unwrap_or_default();
                blocks.insert(index, start);
            }
            ("contentBlockDelta", Some(index)) => {
                let block = blocks.entry(index).or_insert_with(|| json!({}));
                for (member, delta) in payload
                    .get("delta")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten()
                {
                    if !delta.is_null() {
                        merge(block, "", piece(member, delta));
                    }
                }
            }
            ("messageStop" | "metadata", _) => {
                let members = payload.as_object().into_iter().flatten();
                body.extend(
                    members
                        .filter(|(member, value)| *member != "p" && !value.is_null())
                        .map(|(member, value)| (member.clone(), value.clone())),
                );
            }
            _ => {}
        }
    }
    if !body.contains_key("stopReason") {
        let message = "The model did not finish its answer.";
        return Err(ServiceError::new("InternalServerException", message));
    }
    let content: Vec<Value> = blocks.into_values().map(finish).collect();
    let message = json!({"message": {"content": content, "role": role}});
    body.insert("output".to_owned(), message);
    Ok(body.into())
}

/// `throttlingException` in a stream is `ThrottlingException` before it.
fn exception(kind: &str, payload: &Value) -> ServiceError {
    let mut letters = kind.chars();
    let code: String = letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect();
    let message = payload.get("message").and_then(Value::as_str);
    ServiceError::new(code, message.unwrap_or_default())
}

/// A delta in the shape of the finished block, so that the two can be merged.
fn piece(member: &str, delta: &Value) -> Value {
    match member {
        "reasoningContent" if delta.get("redactedContent").is_none() => {
            json!({"reasoningContent": {"reasoningText": delta}})
        }
        "toolResult" => json!({"toolResult": {"content": delta}}),
        "citation" => json!({"citations": [delta]}),
        _ => json!({ member: delta }),
    }
}

/// Members that are base64: their bytes are joined, not their text.
const BLOBS: &[&str] = &["bytes", "redactedContent"];

/// Text and lists grow, objects are merged, null says nothing, anything else replaces.
fn merge(block: &mut Value, name: &str, piece: Value) {
    match (block, piece) {
        (_, Value::Null) => {}
        (Value::Object(members), Value::Object(pieces)) => {
            for (name, piece) in pieces {
                merge(members.entry(&name).or_insert(Value::Null), &name, piece);
            }
        }
        (place @ Value::Null, Value::Object(pieces)) => {
            *place = json!({});
            merge(place, name, pieces.into());
        }
        (Value::Array(items), Value::Array(more)) => items.extend(more),
        (Value::String(text), Value::String(more)) if BLOBS.contains(&name) => {
            *text = join_base64(text, &more);
        }
        (Value::String(text), Value::String(more)) => text.push_str(&more),
        (place, piece) => *place = piece,
    }
}

fn join_base64(first: &str, second: &str) -> String {
    let decoded = [first, second].map(|text| STANDARD.decode(text).unwrap_or_default());
    STANDARD.encode(decoded.concat())
}

/// What differs between a told block and a finished one: a tool's input is JSON, not text; citations
/// wrap the text they belong to.
fn finish(mut block: Value) -> Value {
    if let Some(tool) = block.get_mut("toolUse").and_then(Value::as_object_mut) {
        let text = tool.get("input").and_then(Value::as_str).unwrap_or("");
        let input = serde_json::from_str(text).unwrap_or_else(|_| json!({}));
        tool.insert("input".to_owned(), input);
    }
    if let Some(result) = block.get_mut("toolResult").and_then(Value::as_object_mut) {
        result.entry("content").or_insert_with(|| json!([]));
    }
    if let Some(reasoning) = block.pointer_mut("/reasoningContent/reasoningText") {
        // `text` is required, and a block of a signature alone is real.
        if let Some(members) = reasoning.as_object_mut() {
            members.entry("text").or_insert_with(|| json!(""));
        }
    }
    match block.get("citations") {
        Some(citations) => {
            let text = block.get("text").cloned().unwrap_or_else(|| json!(""));
            json!({"citationsContent": {"citations": citations, "content": [{"text": text}]}})
        }
        None if block.as_object().is_some_and(Map::is_empty) => json!({"text": ""}),
        None => block,
    }
}
