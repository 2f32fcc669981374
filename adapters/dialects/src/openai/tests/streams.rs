use proptest::prelude::*;

use super::{json, response, telling};
use crate::Telling;
use crate::canonical::{
    Chunk, ContentBlock, ContentBlockDelta, ContentBlockStart, Delta, Error, ErrorKind,
    MessageDelta, MessageStart, StopReason, Usage, Warning,
};
use crate::openai::{Decoder, Encoder, write_response};

fn start(index: u32, content_block: ContentBlock) -> Chunk {
    Chunk::ContentBlockStart(ContentBlockStart {
        index,
        content_block,
    })
}

fn delta(index: u32, delta: Delta) -> Chunk {
    Chunk::ContentBlockDelta(ContentBlockDelta { index, delta })
}

/// Thinking, text and two calls, one without arguments.
fn answer() -> Vec<Chunk> {
    vec![
        Chunk::MessageStart(MessageStart {
            id: "msg_1".into(),
            model: "fast".into(),
            usage: None,
            warnings: Vec::new(),
            provider_metadata: None,
        }),
        start(0, super::thinking("", None)),
        delta(0, Delta::ThinkingDelta("hm".into())),
        delta(0, Delta::SignatureDelta("sig".into())),
        Chunk::ContentBlockStop(0),
        start(1, super::text("")),
        delta(1, Delta::TextDelta("It \"is\"\n".into())),
        delta(1, Delta::TextDelta("5°".into())),
        Chunk::ContentBlockStop(1),
        start(2, super::call("c1", "{}")),
        delta(2, Delta::InputJsonDelta("{\"a\"".into())),
        delta(2, Delta::InputJsonDelta(":1}".into())),
        Chunk::ContentBlockStop(2),
        start(3, super::call("c2", "{}")),
        delta(3, Delta::InputJsonDelta("{}".into())),
        Chunk::ContentBlockStop(3),
        Chunk::MessageDelta(MessageDelta {
            stop_reason: StopReason::ToolUse,
            stop_sequence: None,
            usage: Usage {
                input_tokens: 3,
                output_tokens: 4,
                ..Usage::none()
            },
            cost: None,
            warnings: Vec::new(),
            provider_metadata: None,
        }),
        Chunk::MessageStop,
    ]
}

fn encode(chunks: &[Chunk], telling: Telling) -> String {
    let mut encoder = Encoder::new(telling);
    let mut out = String::new();
    chunks
        .iter()
        .for_each(|chunk| encoder.push(chunk, &mut out));
    out
}

fn events(out: &str) -> Vec<serde_json::Value> {
    let data = out
        .split_terminator("\n\n")
        .filter_map(|event| event.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]").map(json).collect()
}

#[test]
fn an_answer_streams_as_chat_completion_chunks() {
    let out = encode(&answer(), telling());
    assert!(out.ends_with("\n\ndata: [DONE]\n\n"));
    let events = events(&out);
    assert_eq!(
        events[0],
        serde_json::json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "fast",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}], "usage": null})
    );
    let deltas: Vec<_> = events
        .iter()
        .map(|event| &event["choices"][0]["delta"])
        .collect();
    assert_eq!(
        *deltas[1],
        serde_json::json!({"reasoning_content": "hm", "thinking_blocks": [{"index": 0, "type": "thinking", "thinking": "hm"}]})
    );
    assert_eq!(
        *deltas[2],
        serde_json::json!({"thinking_blocks": [{"index": 0, "type": "thinking", "signature": "sig"}]})
    );
    assert_eq!(*deltas[3], serde_json::json!({"content": "It \"is\"\n"}));
    assert_eq!(
        *deltas[5],
        serde_json::json!({"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": ""}}]})
    );
    assert_eq!(
        *deltas[6],
        serde_json::json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"a\""}}]})
    );
    assert_eq!(deltas[8]["tool_calls"][0]["index"], 1);
    let (finish, usage) = (&events[events.len() - 2], &events[events.len() - 1]);
    assert_eq!(finish["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(
        (
            usage["choices"].as_array().map(Vec::len),
            usage["usage"]["total_tokens"].as_u64()
        ),
        (Some(0), Some(7))
    );
}

#[test]
fn without_include_usage_the_last_chunk_tells_the_warnings() {
    let warnings = vec![Warning {
        code: "ignored".into(),
        path: "seed".into(),
        message: "x".into(),
        lossy: true,
    }];
    let out = encode(
        &answer(),
        Telling {
            include_usage: false,
            warnings,
            ..telling()
        },
    );
    let events = events(&out);
    assert!(events.iter().all(|event| event.get("usage").is_none()));
    let last = &events[events.len() - 1];
    assert_eq!(last["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(last["gateway"]["warnings"][0]["path"], "seed");
}

#[test]
fn a_call_without_arguments_has_an_empty_object() {
    for input in [None, Some(""), Some(" \n")] {
        let mut chunks = answer();
        let is_input = |it: &ContentBlockDelta| it.index == 3;
        chunks.retain_mut(|chunk| match (chunk, input) {
            (Chunk::ContentBlockDelta(it), None) => !is_input(it),
            (Chunk::ContentBlockDelta(it), Some(input)) if is_input(it) => {
                it.delta = Delta::InputJsonDelta(input.into());
                true
            }
            _ => true,
        });
        let events = events(&encode(&chunks, telling()));
        let deltas = events.iter().flat_map(|event| {
            let calls = &event["choices"][0]["delta"]["tool_calls"];
            calls.as_array().cloned().unwrap_or_default()
        });
        let arguments: String = deltas
            .filter(|call| call["index"] == 1)
            .filter_map(|call| call["function"]["arguments"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(arguments.trim(), "{}", "{input:?}");

        let whole = response(
            vec![super::call("c2", input.unwrap_or_default())],
            StopReason::ToolUse,
        );
        let whole = json(&write_response(&whole, &telling()));
        let call = &whole["choices"][0]["message"]["tool_calls"][0];
        assert_eq!(call["function"]["arguments"], "{}", "{input:?}");
    }
}

#[test]
fn a_broken_stream_ends_with_an_error_and_without_done() {
    let mut encoder = Encoder::new(telling());
    let mut out = String::new();
    for chunk in &answer()[..4] {
        encoder.push(chunk, &mut out);
    }
    encoder.push(&Chunk::Ping, &mut out);
    encoder.fail(&Error::new(ErrorKind::Overloaded, "busy"), "r", &mut out);
    let length = out.len();
    encoder.push(&Chunk::MessageStop, &mut out);
    encoder.fail(&Error::new(ErrorKind::Internal, "again"), "r", &mut out);
    assert_eq!(out.len(), length, "nothing follows");
    assert!(out.contains("\n\n: ping\n\n") && !out.contains("[DONE]"));
    assert_eq!(
        events(&out)
            .last()
            .map(|event| event["error"]["message"].clone()),
        Some("busy".into())
    );
    let mut chunks = Vec::new();
    let error = Decoder::default()
        .push(out.as_bytes(), &mut chunks)
        .expect_err("the error");
    assert_eq!((error.kind, error.retryable), (ErrorKind::Overloaded, true));
}

#[test]
fn a_stream_without_done_is_truncated() {
    let out = encode(&answer(), telling());
    let mut decoder = Decoder::default();
    let cut = out.len() - "[DONE]\n\n".len();
    decoder
        .push(&out.as_bytes()[..cut], &mut Vec::new())
        .expect("chunks");
    let error = decoder.finish().expect_err("truncated");
    assert_eq!(
        (error.kind, error.usage.map(|usage| usage.output_tokens)),
        (ErrorKind::StreamTruncated, Some(4))
    );
}

#[test]
fn an_event_that_is_none_is_malformed_and_ends_the_stream() {
    for event in [
        "x",
        "[]",
        r#"{"choices":1}"#,
        r#"{"choices":[{"delta":{"content":1}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}"#,
    ] {
        let mut decoder = Decoder::default();
        let error = decoder
            .push(format!("data: {event}\n\n").as_bytes(), &mut Vec::new())
            .expect_err(event);
        assert_eq!(error.kind, ErrorKind::MalformedStream, "{event}");
        assert!(decoder.finish().is_ok(), "one error is enough");
    }
}

/// What the provider passes on as it was, such as the service's own members, may have line ends between its values.
#[test]
fn json_with_line_ends_stays_one_event() {
    for include_usage in [true, false] {
        let mut chunks = answer();
        for chunk in &mut chunks {
            if let Chunk::MessageDelta(delta) = chunk {
                delta.provider_metadata = Some("{\"a\":\r\n\n1}".into());
            }
        }
        let telling = Telling {
            include_usage,
            ..telling()
        };
        let out = encode(&chunks, telling);
        assert!(out.contains("{\"a\":   1}"), "{out}");
        for event in out.trim_end().split("\n\n") {
            assert_eq!(event.lines().count(), 1, "{event}");
        }
    }
}

proptest! {
    #[test]
    fn any_split_of_the_bytes_gives_the_same_chunks(cuts in proptest::collection::vec(0usize..3000, 0..8), is_crlf in any::<bool>()) {
        let mut out = encode(&answer(), telling());
        if is_crlf {
            out = out.replace('\n', "\r\n");
        }
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(out.len())).collect();
        cuts.push(out.len());
        cuts.sort_unstable();
        let (mut decoder, mut chunks, mut from) = (Decoder::default(), Vec::new(), 0);
        for to in cuts {
            decoder.push(&out.as_bytes()[from..to], &mut chunks).expect("chunks");
            from = to;
        }
        decoder.finish().expect("whole");
        prop_assert_eq!(chunks, answer());
    }
}
