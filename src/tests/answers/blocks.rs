//! Each kind of block, whole and as a stream: the same message either way.

use super::*;
use crate::canonical::{ServerToolResultBlock, Source};

/// A block of a whole answer, and the deltas (with the start, if there is one) that say the same.
struct Case {
    whole: &'static str,
    start: Option<&'static str>,
    deltas: &'static [&'static str],
    expected: Vec<ContentBlock>,
    /// Kinds that were left out.
    unknown: &'static [&'static str],
}

impl Case {
    fn check(&self) {
        let answer = answer("", &format!("[{}]", self.whole), "end_turn");
        assert_eq!(answer.content, self.expected, "{}", self.whole);
        let expected_losses: Vec<_> = self
            .unknown
            .iter()
            .map(|kind| format!("content of unknown type {kind:?}; dropped"))
            .collect();
        let messages: Vec<_> = losses(&answer).iter().map(|(_, said)| *said).collect();
        assert_eq!(messages, expected_losses, "{}", self.whole);

        let start = self
            .start
            .map(|start| format!(r#"{{"contentBlockIndex":0,"start":{start}}}"#));
        let delta = |delta: &&str| format!(r#"{{"contentBlockIndex":0,"delta":{delta}}}"#);
        let deltas: Vec<_> = self.deltas.iter().map(delta).collect();
        let mut events: Vec<(&str, &str)> = Vec::new();
        events.extend(start.iter().map(|event| ("contentBlockStart", &**event)));
        events.extend(deltas.iter().map(|event| ("contentBlockDelta", &**event)));
        events.push(("contentBlockStop", r#"{"contentBlockIndex":0}"#));
        let chunks = streamed("", &events, "end_turn");
        assert_eq!(fold(&chunks), answer, "{}", self.whole);
        let replay = replayed("", &body(&format!("[{}]", self.whole), "end_turn")).0;
        assert_eq!(fold(&replay), answer, "{}", self.whole);
    }
}

#[test]
fn each_kind_of_block_reads_the_same_whole_and_streamed() {
    let plain = |whole, deltas, expected| Case {
        whole,
        start: None,
        deltas,
        expected,
        unknown: &[],
    };
    for case in [
        plain(
            r#"{"text":"Hi \ud83e\udd80"}"#,
            &[r#"{"text":"Hi \ud83e"}"#, r#"{"text":"\udd80"}"#],
            vec![text("Hi 🦀")],
        ),
        plain(r#"{"text":""}"#, &[r#"{"text":""}"#], vec![]),
        plain(r#"{"text":" "}"#, &[r#"{"text":" "}"#], vec![text(" ")]),
        plain(
            r#"{"reasoningContent":{"reasoningText":{"text":"so ","signature":"c2ln"}}}"#,
            &[
                r#"{"reasoningContent":{"text":"so "}}"#,
                r#"{"reasoningContent":{"signature":"c2ln"}}"#,
            ],
            vec![thinking("so ", Some("c2ln"))],
        ),
        plain(
            r#"{"reasoningContent":{"reasoningText":{"text":"","signature":"c2ln"}}}"#,
            &[r#"{"reasoningContent":{"signature":"c2ln"}}"#],
            vec![thinking("", Some("c2ln"))],
        ),
        plain(
            r#"{"reasoningContent":{"reasoningText":{"text":"so"}}}"#,
            &[r#"{"reasoningContent":{"text":"so"}}"#],
            vec![thinking("so", None)],
        ),
        Case {
            whole: r#"{"toolUse":{"toolUseId":"t","name":"n","input":{"b" : 1.50}}}"#,
            start: Some(r#"{"toolUse":{"toolUseId":"t","name":"n"}}"#),
            deltas: &[
                r#"{"toolUse":{"input":""}}"#,
                r#"{"toolUse":{"input":"{\"b\" :"}}"#,
                r#"{"toolUse":{"input":" 1.50}"}}"#,
            ],
            expected: vec![tool_use("t", "n", r#"{"b" : 1.50}"#)],
            unknown: &[],
        },
        Case {
            whole: r#"{"toolUse":{"toolUseId":"t","name":"search","input":{"q":"x"},"type":"server_tool_use"}}"#,
            start: Some(
                r#"{"toolUse":{"toolUseId":"t","name":"search","type":"server_tool_use"}}"#,
            ),
            deltas: &[r#"{"toolUse":{"input":"{\"q\":\"x\"}"}}"#],
            expected: vec![ContentBlock::ServerToolUse(call(
                "t",
                "search",
                r#"{"q":"x"}"#,
            ))],
            unknown: &[],
        },
        Case {
            whole: r#"{"toolResult":{"toolUseId":"t","type":"nova_grounding_result","status":"success","content":[{"text":"a"},{"json":{"b" : 1}},{"new":2}]}}"#,
            start: Some(
                r#"{"toolResult":{"toolUseId":"t","type":"nova_grounding_result","status":"success"}}"#,
            ),
            deltas: &[
                r#"{"toolResult":[{"text":"a"},{"json":{"b" : 1}}]}"#,
                r#"{"toolResult":[]}"#,
                r#"{"toolResult":[{"new":2}]}"#,
            ],
            expected: vec![ContentBlock::ServerToolResult(ServerToolResultBlock {
                tool_use_id: "t".into(),
                kind: "nova_grounding_result".into(),
                content: r#"[{"text":"a"},{"json":{"b" : 1}},{"new":2}]"#.into(),
            })],
            unknown: &[],
        },
        Case {
            whole: r#"{"toolResult":{"toolUseId":"t","content":[]}}"#,
            start: Some(r#"{"toolResult":{"toolUseId":"t"}}"#),
            deltas: &[],
            expected: vec![ContentBlock::ServerToolResult(ServerToolResultBlock {
                tool_use_id: "t".into(),
                kind: "tool_result".into(),
                content: "[]".into(),
            })],
            unknown: &[],
        },
        // What is new is left out, and said once; what stands beside it is kept.
        Case {
            whole: r#"{"hologram":{"a":1}}"#,
            start: Some(r#"{"hologram":{}}"#),
            deltas: &[r#"{"hologram":{"a":1}}"#],
            expected: vec![],
            unknown: &["hologram"],
        },
        Case {
            whole: r#"{"text":"a","scent":1}"#,
            start: None,
            deltas: &[r#"{"text":"a","scent":1}"#],
            expected: vec![text("a")],
            unknown: &["scent"],
        },
        Case {
            whole: r#"{"reasoningContent":{"doubt":"x"}}"#,
            start: None,
            deltas: &[r#"{"reasoningContent":{"doubt":"x"}}"#],
            expected: vec![],
            unknown: &["doubt"],
        },
        Case {
            whole: r#"{"image":{"format":"png","source":{"s3Location":{"uri":"s3://b/k"}}}}"#,
            start: Some(r#"{"image":{"format":"png"}}"#),
            deltas: &[r#"{"image":{"source":{"s3Location":{"uri":"s3://b/k"}}}}"#],
            expected: vec![],
            unknown: &["s3Location"],
        },
        plain("{}", &["{}"], vec![]),
        plain(r#"{"text":null}"#, &[r#"{"text":null}"#], vec![]),
        plain(
            r#"{"text":"a","reasoningContent":{"reasoningText":{"text":"b"}}}"#,
            &[r#"{"text":"a","reasoningContent":{"text":"b"}}"#],
            vec![text("a"), thinking("b", None)],
        ),
    ] {
        case.check();
    }
}

#[test]
fn a_call_to_a_server_tool_is_not_the_callers_to_answer() {
    let block =
        r#"[{"toolUse":{"toolUseId":"t","name":"search","input":{},"type":"server_tool_use"}}]"#;
    assert_eq!(
        answer("", block, "end_turn").stop_reason,
        StopReason::EndTurn
    );
}

#[test]
fn a_server_tool_that_failed_is_not_taken_for_one_that_worked() {
    let whole =
        r#"[{"toolResult":{"toolUseId":"t","status":"error","content":[{"text":"no net"}]}}]"#;
    let answer = answer("", whole, "end_turn");
    assert_eq!(
        losses(&answer),
        [(
            "content[0]",
            "status \"error\" of a server tool is not supported; dropped"
        )]
    );
    let chunks = streamed(
        "",
        &[
            (
                "contentBlockStart",
                r#"{"contentBlockIndex":0,"start":{"toolResult":{"toolUseId":"t","status":"error"}}}"#,
            ),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"toolResult":[{"text":"no net"}]}}"#,
            ),
        ],
        "end_turn",
    );
    assert_eq!(fold(&chunks), answer);
}

#[test]
fn redacted_thinking_stays_apart_block_by_block_and_byte_for_byte() {
    // "EtkE", "Cg==" and bytes that are no text, the second in two pieces.
    let whole = r#"[{"reasoningContent":{"redactedContent":"RXRrRQ=="}},
        {"reasoningContent":{"redactedContent":"Q2c9PQ=="}},
        {"reasoningContent":{"redactedContent":"//4="}}]"#;
    let answer = answer("", whole, "end_turn");
    let data: Vec<_> = answer
        .content
        .iter()
        .map(|block| match block {
            ContentBlock::RedactedThinking(block) => block.data.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(data, ["EtkE", "Cg==", "base64://4="]);
    let wire: Vec<_> = data
        .iter()
        .map(|data| crate::converse::redacted::to_wire(data).expect("data"))
        .collect();
    assert_eq!(wire, ["RXRrRQ==", "Q2c9PQ==", "//4="]);

    let deltas = [
        (0, "RXRrRQ=="),
        (1, "Q2c="),
        (1, "PT0="),
        (2, "//4="),
    ]
    .map(|(index, base64)| {
        format!(
            r#"{{"contentBlockIndex":{index},"delta":{{"reasoningContent":{{"redactedContent":"{base64}"}}}}}}"#
        )
    });
    let stops = [0, 1, 2].map(|index| format!(r#"{{"contentBlockIndex":{index}}}"#));
    let (delta, stop) = ("contentBlockDelta", "contentBlockStop");
    let events: [(&str, &str); 7] = [
        (delta, &deltas[0]),
        (stop, &stops[0]),
        (delta, &deltas[1]),
        (delta, &deltas[2]),
        (stop, &stops[1]),
        (delta, &deltas[3]),
        (stop, &stops[2]),
    ];
    assert_eq!(fold(&streamed("", &events, "end_turn")), answer);
}

#[test]
fn an_image_is_gathered_and_one_that_was_not_made_says_why() {
    let whole = r#"[{"image":{"format":"png","source":{"bytes":"iVBORw=="}}},
        {"image":{"format":"png","source":{},"error":{"message":"not allowed"}}}]"#;
    let answer = answer("", whole, "end_turn");
    let [ContentBlock::Image(image)] = answer.content.as_slice() else {
        panic!("{answer:?}");
    };
    let Source::Bytes(raw) = &image.source else {
        panic!("{image:?}");
    };
    assert_eq!(
        (raw.media_type.as_str(), raw.data.as_slice()),
        ("image/png", &b"\x89PNG"[..])
    );
    assert_eq!(
        losses(&answer),
        [("content[1]", "the model generated no image: not allowed")]
    );
    let chunks = streamed(
        "",
        &[
            (
                "contentBlockStart",
                r#"{"contentBlockIndex":0,"start":{"image":{"format":"png"}}}"#,
            ),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"iVBO"}}}}"#,
            ),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"Rw=="}}}}"#,
            ),
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
            (
                "contentBlockStart",
                r#"{"contentBlockIndex":1,"start":{"image":{"format":"png"}}}"#,
            ),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":1,"delta":{"image":{"error":{"message":"not allowed"}}}}"#,
            ),
            ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
        ],
        "end_turn",
    );
    assert_eq!(fold(&chunks), answer);
}

#[test]
fn members_nobody_knows_are_passed_over() {
    let body = r#"{"output":{"message":{"role":"assistant","content":[{"text":"a"}],"mood":"fine"},"alternatives":[]},
        "stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":2},"metrics":{"latencyMs":4,"queueMs":5},
        "new":{"a":[1]},"serviceTier":null,"trace":null}"#;
    let answer = whole("", body).expect("an answer");
    assert_eq!(answer.content, [text("a")]);
    assert_eq!(answer.warnings, []);
}
