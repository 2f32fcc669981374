//! Every kind of answer that there is, whole and streamed.

use super::told::{Piece, Told, by_chunks, by_response};
use super::{sdk_reader, strings};
use crate::support::calls::{ask, calling, complete, emulator, stream};
use bedrock_emulator::reply::{Block, Reply};
use bedrock_emulator::{Config, Usage};
use serde_json::{Value, json};

fn text(text: &str) -> Block {
    Block::Text(strings(&[text]))
}

fn reply(blocks: Vec<Block>) -> Reply {
    Reply::new(blocks, "end_turn")
}

fn cites(locations: Vec<Value>) -> Reply {
    let citation = |location: Value| {
        json!({
            "title": "Rocks", "source": "kb://rocks", "location": location,
            "sourceContent": [{"text": "old "}, {"text": "rocks é"}],
        })
    };
    let citations = locations.into_iter().map(citation).collect();
    reply(vec![
        text("It says: "),
        Block::Cited {
            text: strings(&["Rocks ", "are old."]),
            citations,
        },
        text(" That is all."),
    ])
}

fn everything() -> Reply {
    let blocks = vec![
        Block::Thinking {
            deltas: strings(&["First ", "é 世界", " 🦀."]),
            signature: Some("c2ln+/w==".into()),
        },
        Block::Redacted(vec![vec![0, 255, 7]]),
        Block::Text(strings(&["Let me ", "look."])),
        Block::ToolUse {
            id: "tooluse_1".into(),
            name: "get_weather".into(),
            input: strings(&[r#"{"ci"#, r#"ty": "Par"#, r#"is", "n": 1.50}"#]),
        },
        Block::ToolUse {
            id: "tooluse_2".into(),
            name: "get_time".into(),
            input: Vec::new(),
        },
    ];
    let mut reply = Reply::new(blocks, "tool_use");
    reply.usage = Some(Usage {
        input_tokens: 12,
        output_tokens: 34,
        cache_read: Some(56),
        cache_write: Some(78),
    });
    reply
}

fn server_tool() -> Vec<Block> {
    vec![
        Block::ServerToolUse {
            id: "tooluse_1".into(),
            name: "nova_code_interpreter".into(),
            input: strings(&[r#"{"code":"#, r#" "1 + 1"}"#]),
        },
        Block::ToolResult {
            id: "tooluse_1".into(),
            kind: Some("nova_code_interpreter_result".into()),
            status: Some("success".into()),
            content: vec![
                json!({"json": {"out": "2", "codes": [0, -1, 0.5]}}),
                json!({"text": "done"}),
            ],
        },
        text("Two."),
    ]
}

/// Each kind, with how many blocks, stop reasons and facts are in it that both must have read.
fn kinds() -> Vec<(&'static str, Reply)> {
    let spans = |kind: &str, counted: &str| json!({kind: {counted: 2, "start": 3, "end": 5}});
    let mut fields = Reply::new(vec![text("One")], "stop_sequence");
    fields.additional_fields = Some(json!({"delta": {"stop_sequence": "END"}, "n": [1, 2.5]}));
    let mut kinds = vec![
        ("everything", everything()),
        ("nothing", reply(Vec::new())),
        (
            "a citation of characters",
            cites(vec![spans("documentChar", "documentIndex")]),
        ),
        (
            "a citation of pages",
            cites(vec![spans("documentPage", "documentIndex")]),
        ),
        (
            "a citation of blocks",
            cites(vec![spans("documentChunk", "documentIndex")]),
        ),
        (
            "a citation of a search result",
            cites(vec![spans("searchResultLocation", "searchResultIndex")]),
        ),
        (
            "a citation of a page of the web",
            cites(vec![json!({"web": {"url": "https://example.com/a", "domain": "example.com"}})]),
        ),
        (
            "citations of several kinds in one text",
            cites(vec![
                spans("documentPage", "documentIndex"),
                json!({"web": {"domain": "example.com"}}),
                spans("searchResultLocation", "searchResultIndex"),
            ]),
        ),
        (
            "redacted thinking in parts, and twice",
            reply(vec![
                Block::Redacted(vec![vec![0, 1], vec![250, 255]]),
                Block::Redacted(vec![b"EtkECkgIBxAB".to_vec()]),
                text("Done."),
            ]),
        ),
        (
            "a signature without a thought",
            reply(vec![
                Block::Thinking {
                    deltas: Vec::new(),
                    signature: Some("c2ln".into()),
                },
                text("Done."),
            ]),
        ),
        (
            "a picture in parts",
            reply(vec![
                text("Here:"),
                Block::Image {
                    format: "png".into(),
                    bytes: vec![b"\x89PNG\r\n".to_vec(), vec![0x1a, 0x0a, 0, 255]],
                },
            ]),
        ),
        ("a tool that the service ran", reply(server_tool())),
        (
            "what was cached, by its time to live",
            {
                let mut reply = everything().with_cache_details(&[("1h", 70), ("5m", 8)]);
                reply.stop_reason = "tool_use".into();
                reply
            },
        ),
        (
            "a guardrail's trace",
            Reply::new(vec![text("I may not say.")], "guardrail_intervened").with_guardrail_trace(json!({
                "actionReason": "Guardrail blocked.",
                "modelOutput": ["A secret"],
                "inputAssessment": {"abc123": {"topicPolicy": {"topics": [
                    {"name": "Secrets", "type": "DENY", "action": "BLOCKED"},
                ]}}},
            })),
        ),
        (
            "a router's trace",
            reply(vec![text("Routed.")]).with_metadata(
                "trace",
                json!({"promptRouter": {"invokedModelId": "arn:aws:bedrock:us-east-1::foundation-model/m"}}),
            ),
        ),
        (
            "tier and latency",
            reply(vec![text("Quick.")])
                .with_service_tier("priority")
                .with_latency("optimized"),
        ),
        ("the model's own fields", fields),
        (
            "a call that ends as an answer does",
            Reply::new(everything().blocks, "end_turn"),
        ),
    ];
    for reason in [
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "tool_use",
        "guardrail_intervened",
        "content_filtered",
        "model_context_window_exceeded",
        "a_reason_of_2031",
    ] {
        kinds.push((reason, Reply::new(vec![text("Well.")], reason)));
    }
    kinds
}

#[tokio::test]
async fn every_kind_of_answer_is_read_the_same_whole_and_streamed() {
    let mut seen = Vec::new();
    for (name, reply) in kinds() {
        let emulator = emulator(Config::default().always(reply)).await;
        let url = emulator.url();
        let (sdk, is_whole) = sdk_reader::streamed(&url).await;
        assert!(is_whole, "{name}: {sdk:?}");
        seen.push(sdk.clone());
        let chunks = stream(&ask("Hi"), &calling(&url)).await;
        let chunks = chunks.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(by_chunks(&chunks), sdk.canonical(), "{name}, streamed");

        let sdk = sdk_reader::whole(&url).await.expect(name);
        let own = complete(&ask("Hi"), &calling(&url)).await;
        let own = by_response(own.unwrap_or_else(|error| panic!("{name}: {error:?}")));
        assert_eq!(
            own.with_inputs_as_values(),
            sdk.canonical().with_inputs_as_values(),
            "{name}, whole"
        );
    }
    // Neither reader passed all of them over.
    let any = |holds: &dyn Fn(&Told) -> bool| seen.iter().any(holds);
    let any_piece = |holds: fn(&Piece) -> bool| any(&|told| told.blocks.iter().any(holds));
    assert!(any_piece(
        |piece| matches!(piece, Piece::Text { citations, .. } if citations.len() == 3)
    ));
    assert!(any_piece(
        |piece| matches!(piece, Piece::Result { content, .. } if content.len() == 2)
    ));
    assert!(any_piece(|piece| matches!(
        piece,
        Piece::Tool {
            is_server: true,
            ..
        }
    )));
    assert!(any_piece(
        |piece| matches!(piece, Piece::Image { bytes, .. } if bytes.len() == 10)
    ));
    assert!(any_piece(
        |piece| matches!(piece, Piece::Redacted(bytes) if bytes.len() == 4)
    ));
    assert!(any(&|told| told.by_ttl == Some([8, 70])));
    for fact in [
        "tier",
        "latency",
        "performance",
        "guardrail",
        "output",
        "router",
        "fields",
    ] {
        assert!(any(&|told| told.facts.contains_key(fact)), "{fact}");
    }
}

#[tokio::test]
async fn an_answer_that_the_service_could_not_read_is_an_error_and_never_an_end() {
    for reason in ["malformed_model_output", "malformed_tool_use"] {
        let reply = Reply::new(vec![text("Well.")], reason);
        let emulator = emulator(Config::default().always(reply)).await;
        let url = emulator.url();
        let (sdk, is_whole) = sdk_reader::streamed(&url).await;
        assert!(
            is_whole && sdk.stop_reason.as_deref() == Some(reason),
            "{sdk:?}"
        );
        for error in [
            complete(&ask("Hi"), &calling(&url)).await.err(),
            stream(&ask("Hi"), &calling(&url)).await.err(),
        ] {
            let error = error.expect(reason);
            assert_eq!(error.code.as_deref(), Some(reason), "{error:?}");
            let counted = error.usage.as_ref().map(super::told::usage);
            assert_eq!(counted, sdk.usage, "{error:?}");
        }
    }
}
