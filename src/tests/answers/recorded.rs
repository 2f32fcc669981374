//! Answers that the service really gave, where recordings of them lie beside the checkout.

use std::path::{Path, PathBuf};

use super::*;

/// The recordings whose names begin and end so; none where there are no recordings.
fn recordings(prefix: &str, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir("../shared/vectors/recorded") else {
        eprintln!("skipped: no recordings");
        return Vec::new();
    };
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(prefix) && name.ends_with(extension)
        })
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no recordings of {prefix}*{extension}");
    paths
}

fn json(path: &Path) -> Value {
    let bytes = std::fs::read(path).expect("bytes");
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the blocks say, as JSON in the order in which they say it.
fn said(content: &[ContentBlock]) -> Vec<Value> {
    let say = |block: &ContentBlock| match block {
        ContentBlock::Text(block) => serde_json::json!({"text": block.text}),
        ContentBlock::ToolUse(call) => {
            let input: Value = serde_json::from_str(&call.input).expect("input");
            serde_json::json!({"id": call.id, "name": call.name, "input": input})
        }
        ContentBlock::Thinking(block) => {
            serde_json::json!({"thinking": block.thinking, "signature": block.signature})
        }
        ContentBlock::RedactedThinking(block) => {
            serde_json::json!({"redacted": crate::converse::redacted::to_wire(&block.data)})
        }
        other => panic!("{other:?}"),
    };
    content.iter().map(say).collect()
}

/// The same of the recording.
fn recorded(block: &Value) -> Value {
    let reasoning = &block["reasoningContent"];
    if let Some(call) = block.get("toolUse") {
        serde_json::json!({"id": call["toolUseId"], "name": call["name"], "input": call["input"]})
    } else if let Some(text) = reasoning.get("reasoningText") {
        serde_json::json!({"thinking": text["text"], "signature": text["signature"]})
    } else if let Some(blob) = reasoning.get("redactedContent") {
        serde_json::json!({"redacted": blob})
    } else {
        serde_json::json!({"text": block["text"]})
    }
}

fn assert_usage(usage: &crate::canonical::Usage, recorded: &Value, name: &str) {
    for (count, member) in [
        (usage.input_tokens, "inputTokens"),
        (usage.output_tokens, "outputTokens"),
        (usage.cache_read_input_tokens, "cacheReadInputTokens"),
        (usage.cache_creation_input_tokens, "cacheWriteInputTokens"),
    ] {
        let expected = recorded[member].as_u64().unwrap_or(0);
        assert_eq!(count, expected, "{name}: {member}");
    }
}

#[test]
fn every_recorded_answer_keeps_all_that_was_said_and_counted() {
    for path in recordings("ok.", ".json") {
        let name = path.display().to_string();
        let answer = &json(&path)["response_parsed"];
        // Some are counts of tokens, and some were recorded without their text.
        if answer["output"].is_null() {
            continue;
        }
        let body = answer.to_string();
        let response = whole("", &body).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(losses(&response), [], "{name}");
        let content = answer["output"]["message"]["content"].as_array();
        let expected: Vec<_> = content.expect("content").iter().map(recorded).collect();
        assert_eq!(said(&response.content), expected, "{name}");
        assert_usage(&response.usage, &answer["usage"], &name);
        let (chunks, error) = replayed("", &body);
        assert_eq!(error, None, "{name}");
        assert_eq!(fold(&chunks), response, "{name}");
    }
}

#[test]
fn every_recorded_stream_keeps_all_that_was_said_and_counted() {
    for path in recordings("stream.", ".bin") {
        let name = path.display().to_string();
        let bytes = std::fs::read(&path).expect("bytes");
        let (chunks, error) = read(events_decoder(""), [bytes.as_slice()]);
        assert_eq!(error, None, "{name}");
        let response = fold(&chunks);
        assert_eq!(losses(&response), [], "{name}");
        let recording = json(&path.with_extension("json"));
        let payloads = recording["events"].as_array().expect("events").iter();
        let payloads: Vec<_> = payloads.map(|event| &event["payload"]).collect();
        let deltas = payloads.iter().map(|payload| &payload["delta"]);
        let text: String = deltas
            .clone()
            .filter_map(|delta| delta["text"].as_str())
            .collect();
        assert!(deltas.clone().all(|delta| delta["toolUse"].is_null()));
        assert_eq!(said(&response.content), [serde_json::json!({"text": text})]);
        let usage = payloads.iter().find(|payload| !payload["usage"].is_null());
        assert_usage(&response.usage, &usage.expect("usage")["usage"], &name);
        assert_eq!(read(events_decoder(""), bytes.chunks(1)), (chunks, None));
    }
}
