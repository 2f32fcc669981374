//! What scripts say, on both operations.

mod support;

use aws_smithy_eventstream::frame::read_message_from;
use bedrock_emulator::{Block, Emulator, Frame, Operation, Reply, Script, Usage};
use bytes::Bytes;
use serde_json::{Value, json};
use std::path::PathBuf;
use support::{Incoming, ask, both, hello, stopped_clock};

/// Payloads of a stream, without padding, by event type.
fn events(incoming: &Incoming) -> Vec<(String, Value)> {
    let mut rest = Bytes::from(incoming.stream());
    let mut events = Vec::new();
    while !rest.is_empty() {
        let message = read_message_from(&mut rest).expect("a frame");
        let kind = message.headers()[0]
            .value()
            .as_string()
            .expect("a string")
            .as_str()
            .to_owned();
        let mut payload: Value = serde_json::from_slice(message.payload()).unwrap_or_default();
        if let Some(members) = payload.as_object_mut() {
            members.remove("p");
        }
        events.push((kind, payload));
    }
    events
}

fn vector(name: &str) -> Vec<u8> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/conversations");
    std::fs::read(folder.join(format!("{name}.bin"))).expect("a vector")
}

#[tokio::test]
async fn both_operations_say_the_same() {
    let usage = Usage {
        input_tokens: 10,
        output_tokens: 4,
        cache_read: Some(3),
        cache_write: Some(2),
    };
    let thinking = Block::Thinking {
        deltas: vec!["Let me ".to_owned(), "see.".to_owned()],
        signature: Some("c2ln".to_owned()),
    };
    let tool = Block::ToolUse {
        id: "t1".to_owned(),
        name: "look".to_owned(),
        input: vec!["{\"a\":".to_owned(), "1}".to_owned()],
    };
    let blocks = vec![
        thinking,
        Block::Redacted(vec![b"ab".to_vec(), b"cd".to_vec()]),
        Block::Text(vec!["Hel".to_owned(), "lo".to_owned()]),
        tool,
    ];
    let reply = Reply {
        usage: Some(usage),
        additional_fields: Some(json!({"delta": {"stop_sequence": null}})),
        ..Reply::new(blocks, "tool_use")
    };
    let (plain, stream) = both(reply).await;
    let counted = json!({
        "cacheReadInputTokens": 3, "cacheWriteInputTokens": 2,
        "inputTokens": 10, "outputTokens": 4, "totalTokens": 19,
    });
    assert_eq!(
        plain.json(),
        json!({
            "additionalModelResponseFields": {"delta": {"stop_sequence": null}},
            "metrics": {"latencyMs": 412},
            "output": {"message": {"role": "assistant", "content": [
                {"reasoningContent": {"reasoningText": {"text": "Let me see.", "signature": "c2ln"}}},
                {"reasoningContent": {"redactedContent": "YWJjZA=="}},
                {"text": "Hello"},
                {"toolUse": {"toolUseId": "t1", "name": "look", "input": {"a": 1}}},
            ]}},
            "stopReason": "tool_use",
            "usage": counted,
        })
    );
    let delta = |index: u64, delta: Value| {
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": index, "delta": delta}),
        )
    };
    let stop = |index: u64| ("contentBlockStop", json!({"contentBlockIndex": index}));
    let expected = [
        ("messageStart", json!({"role": "assistant"})),
        delta(0, json!({"reasoningContent": {"text": "Let me "}})),
        delta(0, json!({"reasoningContent": {"text": "see."}})),
        delta(0, json!({"reasoningContent": {"signature": "c2ln"}})),
        stop(0),
        delta(1, json!({"reasoningContent": {"redactedContent": "YWI="}})),
        delta(1, json!({"reasoningContent": {"redactedContent": "Y2Q="}})),
        stop(1),
        delta(2, json!({"text": "Hel"})),
        delta(2, json!({"text": "lo"})),
        stop(2),
        (
            "contentBlockStart",
            json!({"contentBlockIndex": 3, "start": {"toolUse": {"name": "look", "toolUseId": "t1"}}}),
        ),
        delta(3, json!({"toolUse": {"input": "{\"a\":"}})),
        delta(3, json!({"toolUse": {"input": "1}"}})),
        stop(3),
        (
            "messageStop",
            json!({"additionalModelResponseFields": {"delta": {"stop_sequence": null}}, "stopReason": "tool_use"}),
        ),
        (
            "metadata",
            json!({"metrics": {"latencyMs": 412}, "usage": counted}),
        ),
    ];
    let expected: Vec<(String, Value)> = expected
        .into_iter()
        .map(|(kind, payload)| (kind.to_owned(), payload))
        .collect();
    assert_eq!(events(&stream), expected);
}

#[tokio::test]
async fn payloads_are_padded_and_their_members_sorted() {
    let (_, stream) = both(Script::text("Hello")).await;
    let mut rest = Bytes::from(stream.stream());
    let mut lengths = Vec::new();
    while !rest.is_empty() {
        let message = read_message_from(&mut rest).expect("a frame");
        let names: Vec<&str> = message
            .headers()
            .iter()
            .map(|h| h.name().as_str())
            .collect();
        assert_eq!(names, [":event-type", ":content-type", ":message-type"]);
        let text = std::str::from_utf8(message.payload()).expect("UTF-8");
        let payload: serde_json::Map<String, Value> =
            serde_json::from_str(text).expect("an object");
        let padding = payload["p"].as_str().expect("padding");
        assert!(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".starts_with(padding)
        );
        lengths.push(padding.len());
        let mut places: Vec<usize> = payload
            .keys()
            .map(|name| text.find(&format!("\"{name}\":")).expect("a member"))
            .collect();
        let seen = places.clone();
        places.sort_unstable();
        assert_eq!(seen, places, "{text}");
    }
    assert!(lengths.iter().all(|length| (2..=61).contains(length)));
    assert!(
        lengths.windows(2).any(|pair| pair[0] != pair[1]),
        "the padding varies"
    );
    let (_, bare) = both(Script::text("Hello").without_padding()).await;
    assert!(!String::from_utf8_lossy(&bare.stream()).contains("\"p\":"));
}

#[tokio::test]
async fn usage_is_counted_where_the_script_names_none() {
    let (plain, stream) = both(Script::text("Hello, this is a longer text.")).await;
    let usage = &plain.json()["usage"];
    assert_eq!(events(&stream).last().expect("metadata").1["usage"], *usage);
    assert_eq!(usage["outputTokens"], 8);
    let emulator = Emulator::start(stopped_clock()).await.expect("a port");
    let counted = ask(
        &emulator,
        "count-tokens",
        &json!({"input": {"converse": hello()}}),
    )
    .await;
    assert_eq!(counted.json(), json!({"inputTokens": usage["inputTokens"]}));
}

#[tokio::test]
async fn every_kept_stream_is_played_byte_for_byte() {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/conversations");
    let mut played = 0;
    let emulator = Emulator::start(stopped_clock()).await.expect("a port");
    for entry in std::fs::read_dir(folder).expect("the vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "bin") {
            let body = std::fs::read(&path).expect("a file");
            emulator.enqueue(Operation::ConverseStream, Script::bytes(body.clone()));
            let incoming = ask(&emulator, "converse-stream", &hello()).await;
            assert_eq!(incoming.stream(), body, "{}", path.display());
            played += 1;
        }
    }
    assert!(played > 20, "only {played} vectors found");
}

#[tokio::test]
async fn kept_streams_are_answers_of_the_plain_call_too() {
    let cases = [
        (
            "claude_text",
            "/0/text",
            json!("Hello! How can I help you today? — é 世界 🦀"),
        ),
        (
            "reasoning_signature_text",
            "/0/reasoningContent/reasoningText/text",
            json!("The user wants 2+2."),
        ),
        (
            "reasoning_redacted",
            "/1/reasoningContent/redactedContent",
            json!("RXFBRENrZ0lCeEFCR0FJcVFCM2g1Rz09"),
        ),
        (
            "parallel_tools",
            "/3/toolUse/input",
            json!({"city": "Lima"}),
        ),
        (
            "image_stream",
            "/0/image/source/bytes",
            json!("iVBORw0KGgoAAAANSUhEUg=="),
        ),
        (
            "citations",
            "/1/citationsContent/citations/1/title",
            json!("Doc C"),
        ),
        ("null_members", "", json!([{"text": "x"}])),
        ("unknown_event_type", "", json!([{"text": "ab"}])),
        ("tool_use_no_args", "/0/toolUse/input", json!({})),
    ];
    for (name, pointer, expected) in cases {
        let emulator = Emulator::start(stopped_clock().always(Script::bytes(vector(name)))).await;
        let incoming = ask(&emulator.expect("a port"), "converse", &hello()).await;
        let content = incoming.json().pointer("/output/message/content").cloned();
        let content = content.unwrap_or_else(|| panic!("{name}: {}", incoming.message()));
        assert_eq!(
            content.pointer(pointer),
            Some(&expected),
            "{name}: {content}"
        );
    }
}

#[tokio::test]
async fn a_stream_that_never_finishes_is_no_plain_answer() {
    let (plain, _) = both(Script::bytes(vector("eof_without_message_stop"))).await;
    assert_eq!(plain.status(), 500);
    assert_eq!(
        plain.header("x-amzn-errortype").as_deref(),
        Some("InternalServerException")
    );
}

#[tokio::test]
async fn exceptions_and_errors_have_their_own_headers() {
    let frames = [
        (
            Frame::exception("modelStreamErrorException", "broken"),
            [":exception-type", ":content-type", ":message-type"].as_slice(),
        ),
        (
            Frame::error("InternalFailure", "unmodeled"),
            [":error-code", ":error-message", ":message-type"].as_slice(),
        ),
    ];
    for (frame, expected) in frames {
        let (_, stream) = both(Script::frames(vec![frame])).await;
        let message = read_message_from(&mut Bytes::from(stream.stream())).expect("a frame");
        let names: Vec<&str> = message
            .headers()
            .iter()
            .map(|h| h.name().as_str())
            .collect();
        assert_eq!(names, expected);
    }
}

#[tokio::test]
async fn scripts_are_played_in_turn_then_the_responder_answers() {
    let config = stopped_clock()
        .script(
            Operation::Converse,
            Script::refusal("ThrottlingException", "slow"),
        )
        .script(Operation::Converse, Script::text("second"))
        .respond(|call| Script::text(&format!("{} {}", call.operation.name(), call.model_id)));
    let emulator = Emulator::start(config).await.expect("a port");
    let mut seen = Vec::new();
    for _ in 0..3 {
        let incoming = ask(&emulator, "converse", &hello()).await;
        let text = incoming
            .json()
            .pointer("/output/message/content/0/text")
            .cloned();
        seen.push((incoming.status(), text.unwrap_or_default()));
    }
    assert_eq!(
        seen,
        [
            (429, json!(null)),
            (200, json!("second")),
            (200, json!("Converse amazon.nova-lite-v1:0"))
        ]
    );
    let ids: Vec<_> = emulator
        .requests()
        .iter()
        .map(|request| request.operation)
        .collect();
    assert_eq!(ids, [Some(Operation::Converse); 3]);
    emulator.forget_requests();
    assert!(emulator.requests().is_empty());
    assert_eq!(emulator.counters().requests, 3);
}
