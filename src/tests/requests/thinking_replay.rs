//! What the model thought before, back byte for byte, to those that take it.

use aws_smithy_types::event_stream;
use serde_json::{Value, json};

use super::*;
use crate::canonical::Chunk;
use crate::exchange::StreamDecoder;
use crate::http_message::Head;

/// The answer's blocks as they are sent back.
fn sent_back(model: &str, answer: impl Into<Vec<ContentBlock>>) -> Sent {
    let answer = answer.into();
    let calls = answer
        .iter()
        .any(|block| matches!(block, ContentBlock::ToolUse(_)));
    let mut next = vec![text("go on")];
    if calls {
        next.insert(0, says("1", "x"));
    }
    send(&Request {
        tools: vec![any_tool()],
        ..request(model, [user([text("q")]), assistant(answer), user(next)])
    })
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
fn an_answer_of_unsigned_thinking_alone_is_no_turn_any_more() {
    let sent = sent_back(CLAUDE, [thinking("t", None)]);
    assert_eq!(
        sent.body["messages"],
        json!([{"role": "user", "content": [{"text": "q"}, {"text": "go on"}]}])
    );
    assert_eq!(sent.warnings, [("messages[1].content[0]".to_owned(), true)]);
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
fn redacted_data_that_is_no_base64_behind_the_marker_is_refused() {
    let error = refusal(&request(CLAUDE, [assistant([redacted("base64:!!!")])]));
    assert_eq!(error.path.as_deref(), Some("messages[0].content[0].data"));
}

/// What each family takes back: signed thinking, unsigned thinking, redacted thinking.
#[test]
fn each_family_gets_back_what_it_takes() {
    let signed = || json!({"reasoningText": {"text": "t", "signature": "s"}});
    let bare = || json!({"reasoningText": {"text": "t"}});
    let blob = || json!({"redactedContent": "cg=="});
    for (model, of_signed, of_unsigned, of_redacted) in [
        (CLAUDE_3, Some(signed()), None, Some(blob())),
        (CLAUDE, Some(signed()), None, Some(blob())),
        (OPUS_4_7, Some(signed()), None, Some(blob())),
        (FABLE, Some(signed()), None, Some(blob())),
        (GPT, None, None, Some(blob())),
        (GPT_OSS, None, None, Some(blob())),
        (GROK, None, None, Some(blob())),
        // A signature is another model's.
        (NOVA_2, Some(bare()), Some(bare()), None),
        (DEEPSEEK, Some(bare()), Some(bare()), None),
        (MINIMAX, Some(bare()), Some(bare()), None),
        (KIMI, Some(bare()), Some(bare()), None),
        (DEEPSEEK_R1, None, None, None),
        (NOVA, None, None, None),
        (LLAMA, None, None, None),
        (MISTRAL, None, None, None),
        (COMMAND_R, None, None, None),
        (TITAN, None, None, None),
        (UNKNOWN, None, None, None),
    ] {
        for (block, expected) in [
            (thinking("t", Some("s")), of_signed),
            (thinking("t", None), of_unsigned),
            (redacted("r"), of_redacted),
        ] {
            let request = request(
                model,
                [
                    user([text("q")]),
                    assistant([block, text("a")]),
                    user([text("r")]),
                ],
            );
            let sent = send(&request);
            let content = sent.body["messages"][1]["content"]
                .as_array()
                .expect("blocks");
            let thought: Vec<_> = content
                .iter()
                .filter_map(|block| block.get("reasoningContent"))
                .collect();
            assert_eq!(thought, expected.iter().collect::<Vec<_>>(), "{model}");
            let lost = if expected.is_some() {
                &[][..]
            } else {
                &["messages[1].content[0]"]
            };
            assert_eq!(sent.lost(), lost, "{model}");
        }
    }
}
