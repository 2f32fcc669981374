//! An answer to a request that was changed reads as if it had not been.

use super::*;

const NAMES: &str = r#","names":[{"sent":"fs_read","original":"fs.read"},{"sent":"fs_read_2","original":"fs/read"}]"#;
const OUTPUT: &str = r#","outputTool":"answer_in_json""#;

/// The same call, whole, streamed and replayed.
pub(super) fn each_way(changed: &str, calls: &[(&str, &str)], stop_reason: &str) -> Response {
    let blocks: Vec<_> = calls
        .iter()
        .map(|(start, input)| {
            let members = start.trim_end_matches('}');
            match *input {
                "" => format!(r#"{{"toolUse":{start}}}"#),
                input => format!(r#"{{"toolUse":{members},"input":{input}}}}}"#),
            }
        })
        .collect();
    let blocks = format!("[{}]", blocks.join(","));
    let answer = answer(changed, &blocks, stop_reason);

    let mut events = Vec::new();
    for (index, (start, input)) in calls.iter().enumerate() {
        events.push((
            "contentBlockStart",
            format!(r#"{{"contentBlockIndex":{index},"start":{{"toolUse":{start}}}}}"#),
        ));
        let (front, back) = input.split_at(input.len() / 2);
        for piece in [front, back] {
            let piece = serde_json::to_string(piece).expect("JSON");
            events.push((
                "contentBlockDelta",
                format!(
                    r#"{{"contentBlockIndex":{index},"delta":{{"toolUse":{{"input":{piece}}}}}}}"#
                ),
            ));
        }
        events.push((
            "contentBlockStop",
            format!(r#"{{"contentBlockIndex":{index}}}"#),
        ));
    }
    let events: Vec<_> = events
        .iter()
        .map(|(event, payload)| (*event, payload.as_str()))
        .collect();
    assert_eq!(fold(&streamed(changed, &events, stop_reason)), answer);
    let (chunks, error) = replayed(changed, &body(&blocks, stop_reason));
    assert_eq!(error, None);
    assert_eq!(fold(&chunks), answer);
    answer
}

#[test]
fn a_tool_has_the_name_that_the_caller_gave_it() {
    let answer = each_way(
        NAMES,
        &[
            (r#"{"toolUseId":"a","name":"fs_read"}"#, r#"{"p":1}"#),
            (r#"{"toolUseId":"b","name":"fs_read_2"}"#, "{}"),
            (r#"{"toolUseId":"c","name":"other"}"#, "{}"),
            // The provider's own, which happens to be called the same.
            (
                r#"{"toolUseId":"d","name":"fs_read","type":"server_tool_use"}"#,
                "{}",
            ),
        ],
        "tool_use",
    );
    assert_eq!(
        answer.content,
        [
            tool_use("a", "fs.read", r#"{"p":1}"#),
            tool_use("b", "fs/read", "{}"),
            tool_use("c", "other", "{}"),
            ContentBlock::ServerToolUse(call("d", "fs_read", "{}")),
        ]
    );
    assert_eq!(answer.stop_reason, StopReason::ToolUse);
}

#[test]
fn the_input_of_the_output_tool_is_the_answers_text() {
    let output = r#"{"toolUseId":"o","name":"answer_in_json"}"#;
    let other = r#"{"toolUseId":"t","name":"other"}"#;
    let json = r#"{"city" : "Paris \ud83e\udd80", "n":1.50}"#;
    for (calls, said, expected, reason, raw) in [
        (
            vec![(output, json)],
            "tool_use",
            vec![text(json)],
            StopReason::EndTurn,
            Some("tool_use"),
        ),
        (
            vec![(output, "")],
            "tool_use",
            vec![text("{}")],
            StopReason::EndTurn,
            Some("tool_use"),
        ),
        (
            vec![(output, "{}")],
            "end_turn",
            vec![text("{}")],
            StopReason::EndTurn,
            None,
        ),
        (
            vec![(output, json), (other, "{}")],
            "tool_use",
            vec![text(json), tool_use("t", "other", "{}")],
            StopReason::ToolUse,
            None,
        ),
        (
            vec![(other, "{}")],
            "tool_use",
            vec![tool_use("t", "other", "{}")],
            StopReason::ToolUse,
            None,
        ),
        (
            vec![(output, json)],
            "max_tokens",
            vec![text(json)],
            StopReason::MaxTokens,
            None,
        ),
    ] {
        let answer = each_way(OUTPUT, &calls, said);
        assert_eq!(answer.content, expected, "{calls:?}");
        assert_eq!(answer.stop_reason, reason, "{calls:?}");
        assert_eq!(facts(&answer)["stopReason"].as_str(), raw, "{calls:?}");
    }
}

#[test]
fn json_that_words_asked_for_comes_without_a_fence() {
    const IN_WORDS: &str = r#","inWords":"json""#;
    let fenced = "```json\n{\"a\":1}\n```";
    for (changed, expected) in [(IN_WORDS, "{\"a\":1}"), ("", fenced)] {
        let block = serde_json::json!([{ "text": fenced }]).to_string();
        let answer = answer(changed, &block, "end_turn");
        assert_eq!(answer.content, [text(expected)]);
        let (chunks, error) = replayed(changed, &body(&block, "end_turn"));
        assert_eq!((fold(&chunks), error), (answer.clone(), None));
        for size in 1..=fenced.len() {
            let piece = |piece: &[u8]| {
                let text = std::str::from_utf8(piece).expect("ASCII");
                serde_json::json!({"contentBlockIndex": 0, "delta": {"text": text}}).to_string()
            };
            let pieces: Vec<_> = fenced.as_bytes().chunks(size).map(piece).collect();
            let events: Vec<_> = pieces
                .iter()
                .map(|payload| ("contentBlockDelta", payload.as_str()))
                .collect();
            assert_eq!(
                fold(&streamed(changed, &events, "end_turn")),
                answer,
                "{size}"
            );
        }
    }
}

/// A block that says so, a call of a tool without input or of a tool that the provider runs, or one of an unknown kind.
#[derive(Clone, Copy)]
enum Said<'a> {
    Text(&'a str),
    Thought(&'a str),
    Call(&'a str),
    Server(&'a str),
    Unknown,
}

/// The answer that says this, whole and streamed.
fn said_each_way(said: &[Said<'_>], stop_reason: &str) -> Response {
    let blocks: Vec<_> = said
        .iter()
        .map(|said| match said {
            Said::Text(text) => format!(r#"{{"text":"{text}"}}"#),
            Said::Thought(text) => {
                format!(r#"{{"reasoningContent":{{"reasoningText":{{"text":"{text}"}}}}}}"#)
            }
            Said::Call(name) => format!(r#"{{"toolUse":{{"toolUseId":"i","name":"{name}"}}}}"#),
            Said::Server(name) => format!(
                r#"{{"toolUse":{{"toolUseId":"i","name":"{name}","type":"server_tool_use"}}}}"#
            ),
            Said::Unknown => r#"{"hologram":1}"#.into(),
        })
        .collect();
    let whole = answer(OUTPUT, &format!("[{}]", blocks.join(",")), stop_reason);

    let mut events = Vec::new();
    for (index, said) in said.iter().enumerate() {
        let (event, member, value) = match said {
            Said::Text(text) => ("contentBlockDelta", "delta", format!(r#""text":"{text}""#)),
            Said::Thought(text) => (
                "contentBlockDelta",
                "delta",
                format!(r#""reasoningContent":{{"text":"{text}"}}"#),
            ),
            Said::Call(name) => (
                "contentBlockStart",
                "start",
                format!(r#""toolUse":{{"toolUseId":"i","name":"{name}"}}"#),
            ),
            Said::Server(name) => (
                "contentBlockStart",
                "start",
                format!(
                    r#""toolUse":{{"toolUseId":"i","name":"{name}","type":"server_tool_use"}}"#
                ),
            ),
            Said::Unknown => ("contentBlockStart", "start", r#""hologram":1"#.into()),
        };
        let payload = format!(r#"{{"contentBlockIndex":{index},"{member}":{{{value}}}}}"#);
        let stop = format!(r#"{{"contentBlockIndex":{index}}}"#);
        events.extend([(event, payload), ("contentBlockStop", stop)]);
    }
    let events: Vec<_> = events
        .iter()
        .map(|(event, payload)| (*event, payload.as_str()))
        .collect();
    assert_eq!(fold(&streamed(OUTPUT, &events, stop_reason)), whole);
    whole
}

/// Who asked for JSON parses the text of the answer, all of it.
#[test]
fn what_is_said_beside_the_json_is_left_out_with_a_warning() {
    use Said::{Call, Server, Text, Thought, Unknown};
    const JSON: &str = "answer_in_json";
    const LOST: (&str, &str) = (
        "content",
        "text outside the requested JSON is not supported; dropped",
    );
    const UNKNOWN: (&str, &str) = (
        "content[0]",
        "content of unknown type \"hologram\"; dropped",
    );
    let server = |name| ContentBlock::ServerToolUse(call("i", name, "{}"));
    for (said, content, lost) in [
        (
            vec![Text("Here:"), Call(JSON)],
            vec![text("{}")],
            vec![LOST],
        ),
        (
            vec![Call(JSON), Text("Done.")],
            vec![text("{}")],
            vec![LOST],
        ),
        (
            vec![Text("a"), Text("b"), Call(JSON), Text("c")],
            vec![text("{}")],
            vec![LOST],
        ),
        (
            vec![Thought("Well."), Text("Here:"), Call(JSON)],
            vec![thinking("Well.", None), text("{}")],
            vec![LOST],
        ),
        // One JSON was asked for.
        (vec![Call(JSON), Call(JSON)], vec![text("{}")], vec![LOST]),
        (
            vec![Call(JSON), Call("other"), Call(JSON)],
            vec![text("{}"), tool_use("i", "other", "{}")],
            vec![LOST],
        ),
        // The order of all the rest stays.
        (
            vec![
                Text("a"),
                Thought("b"),
                Server("search"),
                Text("c"),
                Call(JSON),
            ],
            vec![thinking("b", None), server("search"), text("{}")],
            vec![LOST],
        ),
        (
            vec![
                Thought("a"),
                Text("b"),
                Thought("c"),
                Server("search"),
                Text("d"),
            ],
            vec![
                thinking("a", None),
                text("b"),
                thinking("c", None),
                server("search"),
                text("d"),
            ],
            vec![],
        ),
        (
            vec![Text("a"), Unknown, Call(JSON)],
            vec![text("{}")],
            vec![LOST, UNKNOWN],
        ),
        // Nothing else was said: it is the answer, and may be JSON as well.
        (vec![Text("{}")], vec![text("{}")], vec![]),
        (
            vec![Text("Let me see."), Call("other")],
            vec![text("Let me see."), tool_use("i", "other", "{}")],
            vec![],
        ),
    ] {
        let answer = said_each_way(&said, "end_turn");
        assert_eq!(answer.content, content);
        assert_eq!(losses(&answer), lost);
    }
}

#[test]
fn json_that_was_cut_short_in_a_stream_is_told_as_far_as_it_came() {
    let chunks = streamed(
        OUTPUT,
        &[
            (
                "contentBlockStart",
                r#"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"o","name":"answer_in_json"}}}"#,
            ),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"a\":\ud83e"}}}"#,
            ),
        ],
        "max_tokens",
    );
    let answer = fold(&chunks);
    assert_eq!(answer.content, [text("{\"a\":\u{FFFD}")]);
    assert_eq!(answer.stop_reason, StopReason::MaxTokens);
}

#[test]
fn a_replay_begins_with_the_requests_warnings_and_ends_with_the_answers() {
    let state = br#"{"operation":"converse-stream","model":"m","replay":"whole",
        "warnings":[{"code":"ignored","path":"top_k","message":"left out","lossy":"lossy"}]}"#;
    let state = State::from_bytes(state).expect("a state");
    let decoder = StreamDecoder::new(state, head("application/json"));
    let body = body(r#"[{"text":"a"},{"hologram":1}]"#, "end_turn");
    let (chunks, error) = read(decoder, [body.as_bytes()]);
    assert_eq!(error, None);
    let warned = |chunk: &Chunk| match chunk {
        Chunk::MessageStart(start) => start.warnings.iter().map(|w| w.path.clone()).collect(),
        Chunk::MessageDelta(end) => end.warnings.iter().map(|w| w.path.clone()).collect(),
        _ => Vec::new(),
    };
    let warned: Vec<_> = chunks.iter().flat_map(warned).collect();
    assert_eq!(warned, ["top_k", "content[1]"]);
    assert!(matches!(&chunks[0], Chunk::MessageStart(start) if start.warnings.len() == 1));
}

#[test]
fn a_replay_is_what_a_stream_would_have_said() {
    let body = body(
        r#"[{"reasoningContent":{"reasoningText":{"text":"so","signature":"s"}}},{"text":"Hi"},
            {"toolUse":{"toolUseId":"t","name":"n","input":{"x":1}}}]"#,
        "tool_use",
    );
    let (replay, error) = replayed("", &body);
    assert_eq!(error, None);
    let block = |index: u32, json: &str| format!(r#"{{"contentBlockIndex":{index},{json}}}"#);
    let deltas = [
        block(0, r#""delta":{"reasoningContent":{"text":"so"}}"#),
        block(0, r#""delta":{"reasoningContent":{"signature":"s"}}"#),
        block(1, r#""delta":{"text":"Hi"}"#),
        block(2, r#""start":{"toolUse":{"toolUseId":"t","name":"n"}}"#),
        block(2, r#""delta":{"toolUse":{"input":"{\"x\":1}"}}"#),
    ];
    let stops = [0, 1, 2].map(|index| block(index, r#""p":"x""#));
    let (delta, stop) = ("contentBlockDelta", "contentBlockStop");
    let chunks = streamed(
        "",
        &[
            (delta, &deltas[0]),
            (delta, &deltas[1]),
            (stop, &stops[0]),
            (delta, &deltas[2]),
            (stop, &stops[1]),
            ("contentBlockStart", &deltas[3]),
            (delta, &deltas[4]),
            (stop, &stops[2]),
        ],
        "tool_use",
    );
    assert_eq!(replay, chunks);
}
