//! A whole answer says what the stream of the same answer says, and its replay is a stream like any other.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::json;

use super::super::conversations::conversations;
use super::*;
use crate::event_stream::{Decoder, Limits, Message};

/// The events of a recorded stream; none where JSON that serde_json refuses is among them, or where it breaks off.
pub(super) fn events(path: &Path) -> Option<Vec<(String, Value)>> {
    let bytes = std::fs::read(path).expect("bytes");
    let mut bytes = bytes.as_slice();
    let mut frames = Decoder::new(Limits::default());
    let mut events = Vec::new();
    while let Some(frame) = frames.next_frame(&mut bytes).ok()? {
        let Message::Event {
            event_type,
            payload,
        } = Message::classify(&frame).expect("a message")
        else {
            return None;
        };
        events.push((
            event_type.to_owned(),
            without_nulls(serde_json::from_slice(payload).ok()?),
        ));
    }
    let has_ended = events.iter().any(|(event, _)| event == "messageStop");
    has_ended.then_some(events)
}

/// Null is absent, as in every AWS SDK.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            members
                .map(|(name, value)| (name, without_nulls(value)))
                .collect()
        }
        Value::Array(elements) => elements.into_iter().map(without_nulls).collect(),
        value => value,
    }
}

/// What the deltas of one block amount to, as the block of a whole answer.
#[derive(Default)]
struct Block {
    block: serde_json::Map<String, Value>,
    input: String,
    blob: Vec<u8>,
}

impl Block {
    fn start(&mut self, start: &Value) {
        for (kind, member) in start.as_object().expect("a start") {
            self.block.insert(kind.clone(), member.clone());
        }
    }

    fn delta(&mut self, delta: &Value) {
        let append = |to: &mut Value, text: &Value| {
            let whole = [
                to.as_str().unwrap_or_default(),
                text.as_str().expect("text"),
            ]
            .concat();
            *to = json!(whole);
        };
        let Some((kind, member)) = delta.as_object().and_then(|delta| delta.iter().next()) else {
            return;
        };
        let slot = self.block.entry(kind.as_str()).or_insert_with(|| json!({}));
        match kind.as_str() {
            "text" => append(slot, member),
            "toolUse" => self.input += member["input"].as_str().unwrap_or_default(),
            "reasoningContent" => {
                for (part, said) in member.as_object().expect("a delta") {
                    match part.as_str() {
                        "redactedContent" => self.blob.extend(decoded(said)),
                        _ => append(&mut slot["reasoningText"][part], said),
                    }
                }
            }
            "citation" => {
                self.block.remove("citation");
                let cited = self.block.entry("citations").or_insert(json!([]));
                cited.as_array_mut().expect("a list").push(member.clone());
            }
            "image" => match member.get("error") {
                Some(error) => slot["error"] = error.clone(),
                None => self.blob.extend(decoded(&member["source"]["bytes"])),
            },
            _ => *slot = member.clone(),
        }
    }

    fn whole(mut self) -> Value {
        if let Some(citations) = self.block.remove("citations") {
            let text = self.block.remove("text").unwrap_or(json!(""));
            return json!({"citationsContent": {"content": [{"text": text}], "citations": citations}});
        }
        if let Some(call) = self.block.get_mut("toolUse") {
            let input = match self.input.as_str() {
                "" => json!({}),
                input => serde_json::from_str(input).expect("input"),
            };
            call["input"] = input;
        }
        if !self.blob.is_empty() {
            let blob = json!(STANDARD.encode(&self.blob));
            if let Some(image) = self.block.get_mut("image") {
                image["source"] = json!({"bytes": blob});
            } else {
                self.block["reasoningContent"]["redactedContent"] = blob;
            }
        }
        Value::Object(self.block)
    }
}

fn decoded(base64: &Value) -> Vec<u8> {
    let base64 = base64.as_str().expect("base64");
    STANDARD.decode(base64).expect("base64")
}

/// The same answer, as `Converse` would have given it.
pub(super) fn assembled(events: &[(String, Value)]) -> String {
    let mut blocks: BTreeMap<u64, Block> = BTreeMap::new();
    let mut whole = json!({});
    for (event_type, event) in events {
        let index = event["contentBlockIndex"].as_u64().unwrap_or(0);
        match event_type.as_str() {
            "contentBlockStart" => blocks.entry(index).or_default().start(&event["start"]),
            "contentBlockDelta" => blocks.entry(index).or_default().delta(&event["delta"]),
            "messageStop" | "metadata" => {
                for (name, member) in event.as_object().expect("an event") {
                    whole[name] = member.clone();
                }
            }
            _ => {}
        }
    }
    let content: Vec<_> = blocks.into_values().map(Block::whole).collect();
    whole["output"] = json!({"message": {"role": "assistant", "content": content}});
    whole.to_string()
}

/// With each input in one form, and without what only a stream can hold.
fn comparable(mut response: Response) -> Response {
    response.warnings.retain(|warning| warning.path != "stream");
    for block in &mut response.content {
        if let ContentBlock::ToolUse(call) | ContentBlock::ServerToolUse(call) = block {
            let input: Value = serde_json::from_str(&call.input).expect("input");
            call.input = input.to_string();
        }
    }
    if let Some(metadata) = &mut response.provider_metadata {
        let value: Value = serde_json::from_str(metadata).expect("facts");
        *metadata = value.to_string();
    }
    response
}

#[test]
fn each_conversation_is_the_same_message_whole_streamed_and_replayed() {
    let mut compared = 0;
    for path in conversations() {
        let Some(events) = events(&path) else {
            continue;
        };
        compared += 1;
        let name = path.display();
        let bytes = std::fs::read(&path).expect("bytes");
        let body = assembled(&events);
        let (chunks, failed) = read(events_decoder(""), [bytes.as_slice()]);
        let (replay, replay_failed) = replayed("", &body);
        match (failed, whole("", &body)) {
            (None, Ok(whole)) => {
                assert_eq!(
                    comparable(fold(&chunks)),
                    comparable(whole.clone()),
                    "{name}"
                );
                assert_eq!(fold(&replay), whole, "{name}");
                assert_eq!(replay_failed, None, "{name}");
            }
            (Some(streamed), Err(error)) => {
                assert_eq!(replay_failed.as_ref(), Some(&error), "{name}");
                assert_eq!(streamed.kind, error.kind, "{name}");
                assert_eq!(streamed.code, error.code, "{name}");
                assert_eq!(streamed.message, error.message, "{name}");
                assert_eq!(streamed.usage, error.usage, "{name}");
            }
            (streamed, whole) => panic!("{name}: {streamed:?} or {whole:?}"),
        }
    }
    assert!(compared >= 20, "only {compared}");
}

#[test]
fn a_replay_is_the_same_however_its_bytes_are_cut() {
    for path in conversations() {
        let Some(events) = events(&path) else {
            continue;
        };
        let body = assembled(&events);
        let expected = replayed("", &body);
        let decoder = || {
            let state = state("converse-stream", r#","replay":"whole""#);
            StreamDecoder::new(state, head("application/json"))
        };
        let bytes = body.as_bytes();
        assert_eq!(read(decoder(), bytes.chunks(1)), expected);
        for cut in (0..=bytes.len()).step_by(7) {
            let (front, back) = bytes.split_at(cut);
            assert_eq!(read(decoder(), [front, back]), expected, "cut at {cut}");
        }
    }
}

/// Blocks of a whole answer.
fn block() -> impl Strategy<Value = Value> {
    let words = "[a-z \"\\\\\u{1f980}]{0,6}";
    prop_oneof![
        words.prop_map(|text| json!({"text": text})),
        (words, "[a-z]{1,4}").prop_map(
            |(value, name)| json!({"toolUse": {"toolUseId": "t", "name": name, "input": {"a": value}}})
        ),
        (words, proptest::option::of(words)).prop_map(
            |(text, signature)| json!({"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}})
        ),
        proptest::collection::vec(any::<u8>(), 0..9)
            .prop_map(|blob| json!({"reasoningContent": {"redactedContent": STANDARD.encode(blob)}})),
        proptest::collection::vec(any::<u8>(), 1..9)
            .prop_map(|blob| json!({"image": {"format": "png", "source": {"bytes": STANDARD.encode(blob)}}})),
        words.prop_map(|text| json!({"toolResult": {"toolUseId": "t", "type": "search", "content": [{"text": text}]}})),
        (words, words).prop_map(
            |(text, title)| json!({"citationsContent": {"content": [{"text": text}], "citations": [{"title": title}]}})
        ),
        words.prop_map(|new| json!({"hologram": new})),
        Just(json!({})),
    ]
}

proptest! {
    #[test]
    fn any_whole_answer_is_replayed_as_itself(blocks in proptest::collection::vec(block(), 0..8), cut in any::<prop::sample::Index>()) {
        let body = body(&json!(blocks).to_string(), "end_turn");
        let expected = whole("", &body).expect("an answer");
        let (chunks, error) = replayed("", &body);
        prop_assert_eq!(error, None);
        prop_assert_eq!(fold(&chunks), expected);
        let (front, back) = body.as_bytes().split_at(cut.index(body.len()));
        let state = state("converse-stream", r#","replay":"whole""#);
        let decoder = StreamDecoder::new(state, head("application/json"));
        prop_assert_eq!(read(decoder, [front, back]), (chunks, None));
    }
}
