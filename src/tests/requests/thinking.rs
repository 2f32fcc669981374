//! Thinking: what was asked, and what the model thought before, back byte for byte.

use aws_smithy_types::event_stream;
use serde_json::{Value, json};

use super::*;
use crate::canonical::{Chunk, Thinking, ThinkingBudget, ThinkingDisplay};
use crate::exchange::StreamDecoder;
use crate::http_message::Head;

fn display(display: Option<&str>) -> ThinkingDisplay {
    ThinkingDisplay {
        display: display.map(str::to_owned),
    }
}

fn budget(budget_tokens: u32, shown: Option<&str>) -> Thinking {
    Thinking::Enabled(ThinkingBudget {
        budget_tokens,
        display: display(shown),
    })
}

#[test]
fn what_is_asked_of_claude_goes_to_its_own_field() {
    for (asked, expected) in [
        (
            budget(2048, None),
            json!({"thinking": {"type": "enabled", "budget_tokens": 2048}}),
        ),
        (
            budget(1024, Some("summarized")),
            json!({"thinking": {"type": "enabled", "budget_tokens": 1024, "display": "summarized"}}),
        ),
        (
            Thinking::Adaptive(display(None)),
            json!({"thinking": {"type": "adaptive"}}),
        ),
        (
            Thinking::Adaptive(display(Some("omitted"))),
            json!({"thinking": {"type": "adaptive", "display": "omitted"}}),
        ),
        (Thinking::Disabled, Value::Null),
    ] {
        let request = Request {
            max_tokens: Some(4096),
            thinking: Some(asked),
            ..hello(CLAUDE)
        };
        assert_eq!(member(&request, "additionalModelRequestFields"), expected);
    }
}

#[test]
fn what_is_asked_of_others_is_left_out_with_a_warning() {
    for model in [NOVA, LLAMA, "bedrock/mistral.mistral-large-2407-v1:0"] {
        for asked in [budget(2048, None), Thinking::Adaptive(display(None))] {
            let request = Request {
                thinking: Some(asked),
                ..hello(model)
            };
            let Sent { body, warnings, .. } = send(&request);
            assert_eq!(body.get("additionalModelRequestFields"), None, "{model}");
            assert_eq!(warnings, [("thinking".to_owned(), true)], "{model}");
        }
        let request = Request {
            thinking: Some(Thinking::Disabled),
            ..hello(model)
        };
        assert_eq!(send(&request).warnings, [], "{model}");
    }
}

/// The answer's blocks as they are sent back.
fn sent_back(model: &str, answer: impl Into<Vec<ContentBlock>>) -> Sent {
    send(&request(
        model,
        [user([text("q")]), assistant(answer), user([text("go on")])],
    ))
}

#[test]
fn signed_thinking_goes_back_as_it_came_and_in_its_place() {
    let sent = sent_back(
        CLAUDE,
        [
            thinking(" \nfirst\u{2028} ", Some("EqQB+/==")),
            redacted("EtkECkgI"),
            thinking("", Some("only signed")),
            text("said"),
            thinking("later", Some("s3")),
            call("1", "{}"),
        ],
    );
    assert_eq!(
        sent.body["messages"][1]["content"],
        json!([
            {"reasoningContent": {"reasoningText": {"text": " \nfirst\u{2028} ", "signature": "EqQB+/=="}}},
            {"reasoningContent": {"redactedContent": "RXRrRUNrZ0k="}},
            {"reasoningContent": {"reasoningText": {"text": "", "signature": "only signed"}}},
            {"text": "said"},
            {"reasoningContent": {"reasoningText": {"text": "later", "signature": "s3"}}},
            {"toolUse": {"toolUseId": "1", "name": "n", "input": {}}},
        ])
    );
    assert_eq!(sent.warnings, []);
}

#[test]
fn unsigned_thinking_is_left_out_for_claude_with_a_warning() {
    for signature in [None, Some("")] {
        let sent = sent_back(CLAUDE, [thinking("t", signature), text("said")]);
        assert_eq!(
            sent.body["messages"][1]["content"],
            json!([{"text": "said"}])
        );
        assert_eq!(sent.warnings, [("messages[1].content[0]".to_owned(), true)]);
    }
}

#[test]
fn an_answer_of_unsigned_thinking_alone_still_is_a_turn() {
    let sent = sent_back(CLAUDE, [thinking("t", None)]);
    assert_eq!(sent.body["messages"][1]["content"], json!([{"text": "."}]));
    assert_eq!(
        sent.warnings,
        [
            ("messages[1].content[0]".to_owned(), true),
            ("messages[1].content".to_owned(), false),
        ]
    );
}

#[test]
fn redacted_thinking_goes_back_as_the_blob_that_came() {
    for blob in [
        "RXRrRUNrZ0lCeEFC", // The text that Anthropic's blobs are.
        "AAH//g==",         // Bytes that are no text.
    ] {
        let data = data_of(blob);
        let sent = sent_back(CLAUDE, [redacted(&data), text("said")]);
        assert_eq!(
            sent.body["messages"][1]["content"][0],
            json!({"reasoningContent": {"redactedContent": blob}}),
            "{data:?}"
        );
    }
}

/// The canonical data of a blob that a stream brings.
fn data_of(blob: &str) -> String {
    let (_, state) =
        prepare(&hello(CLAUDE), &Context::default(), Operation::Stream).expect("a request");
    let mut decoder = StreamDecoder::new(state, Head::new(200, []));
    let mut chunks = Vec::new();
    for (event_type, payload) in [
        ("messageStart", json!({"role": "assistant"})),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 0, "delta": {"reasoningContent": {"redactedContent": blob}}}),
        ),
        ("contentBlockStop", json!({"contentBlockIndex": 0})),
        ("messageStop", json!({"stopReason": "end_turn"})),
        (
            "metadata",
            json!({"usage": {"inputTokens": 1, "outputTokens": 1}}),
        ),
    ] {
        decoder
            .push(&frame(event_type, &payload), &mut chunks)
            .expect("an event");
    }
    decoder.finish(&mut chunks).expect("a whole answer");
    let data = chunks.iter().find_map(|chunk| match chunk {
        Chunk::ContentBlockStart(start) => match &start.content_block {
            ContentBlock::RedactedThinking(block) => Some(block.data.clone()),
            _ => None,
        },
        _ => None,
    });
    data.expect("redacted thinking")
}

/// An event, by AWS's own encoder.
fn frame(event_type: &str, payload: &Value) -> Vec<u8> {
    let header = |name: &'static str, value: &str| {
        event_stream::Header::new(
            name,
            event_stream::HeaderValue::String(value.to_owned().into()),
        )
    };
    let message = event_stream::Message::new(payload.to_string())
        .add_header(header(":event-type", event_type))
        .add_header(header(":message-type", "event"));
    let mut bytes = Vec::new();
    aws_smithy_eventstream::frame::write_message_to(&message, &mut bytes).expect("a frame");
    bytes
}

#[test]
fn a_budget_out_of_bounds_is_refused_by_name() {
    for (budget_tokens, max_tokens, says) in [
        (1023, None, "at least 1024"),
        (2048, Some(2048), "less than max_tokens (2048)"),
    ] {
        let request = Request {
            thinking: Some(budget(budget_tokens, None)),
            max_tokens,
            ..hello(CLAUDE)
        };
        let error = refusal(&request);
        assert_eq!(error.path.as_deref(), Some("thinking.budget_tokens"));
        assert!(error.message.contains(says), "{}", error.message);
    }
}

#[test]
fn redacted_data_that_is_no_base64_behind_the_marker_is_refused() {
    let error = refusal(&request(CLAUDE, [assistant([redacted("base64:!!!")])]));
    assert_eq!(error.path.as_deref(), Some("messages[0].content[0].data"));
}
