//! What a stream's events become, where the canonical stream is stricter than Converse's.

use super::*;
use crate::canonical::Delta;

/// Index, kind and whole text of each block, in order.
fn blocks(chunks: &[Chunk]) -> Vec<ContentBlock> {
    fold(chunks).content
}

fn indices_of_starts(chunks: &[Chunk]) -> Vec<u32> {
    let start = |chunk: &Chunk| match chunk {
        Chunk::ContentBlockStart(start) => Some(start.index),
        _ => None,
    };
    chunks.iter().filter_map(start).collect()
}

#[test]
fn text_that_was_never_started_starts_before_its_first_delta() {
    let chunks = streamed(
        "",
        &[
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"text":"Hi"}}"#,
            ),
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        ],
        "end_turn",
    );
    assert!(matches!(chunks[0], Chunk::MessageStart(_)));
    assert!(
        matches!(&chunks[1], Chunk::ContentBlockStart(start) if start.index == 0 && start.content_block == text(""))
    );
    assert!(
        matches!(&chunks[2], Chunk::ContentBlockDelta(delta) if delta.delta == Delta::TextDelta("Hi".into()))
    );
    assert_eq!(chunks[3], Chunk::ContentBlockStop(0));
}

fn start(index: u32, id: &str) -> (&'static str, String) {
    let event = format!(
        r#"{{"contentBlockIndex":{index},"start":{{"toolUse":{{"toolUseId":"{id}","name":"n"}}}}}}"#
    );
    ("contentBlockStart", event)
}

fn input(index: u32, json: &str) -> (&'static str, String) {
    let json = serde_json::to_string(json).expect("JSON");
    let event =
        format!(r#"{{"contentBlockIndex":{index},"delta":{{"toolUse":{{"input":{json}}}}}}}"#);
    ("contentBlockDelta", event)
}

fn says(index: u32, text: &str) -> (&'static str, String) {
    let event = format!(r#"{{"contentBlockIndex":{index},"delta":{{"text":"{text}"}}}}"#);
    ("contentBlockDelta", event)
}

fn stop(index: u32) -> (&'static str, String) {
    (
        "contentBlockStop",
        format!(r#"{{"contentBlockIndex":{index}}}"#),
    )
}

fn given(events: &[(&str, String)], stop_reason: &str) -> Vec<Chunk> {
    let events: Vec<_> = events
        .iter()
        .map(|(event, payload)| (*event, payload.as_str()))
        .collect();
    streamed("", &events, stop_reason)
}

#[test]
fn calls_filled_at_the_same_time_stay_apart() {
    let two = [
        tool_use("a", "n", r#"{"x":1}"#),
        tool_use("b", "n", r#"{"y":2}"#),
    ];
    for (name, events) in [
        (
            "one after the other",
            vec![
                start(1, "a"),
                input(1, r#"{"x":"#),
                input(1, "1}"),
                stop(1),
                start(2, "b"),
                input(2, r#"{"y":2}"#),
                stop(2),
            ],
        ),
        (
            "in turns",
            vec![
                start(1, "a"),
                start(2, "b"),
                input(1, r#"{"x":"#),
                input(2, r#"{"y":"#),
                input(1, "1}"),
                input(2, "2}"),
                stop(1),
                stop(2),
            ],
        ),
        (
            "the later one ends first",
            vec![
                start(1, "a"),
                input(1, r#"{"x":"#),
                start(2, "b"),
                input(2, r#"{"y":2}"#),
                stop(2),
                input(1, "1}"),
                stop(1),
            ],
        ),
        (
            "none is said to have ended",
            vec![
                start(1, "a"),
                start(2, "b"),
                input(2, r#"{"y":2}"#),
                input(1, r#"{"x":1}"#),
            ],
        ),
    ] {
        let chunks = given(&events, "tool_use");
        assert_eq!(blocks(&chunks), two, "{name}");
        assert_eq!(indices_of_starts(&chunks), [0, 1], "{name}");
    }
}

#[test]
fn three_at_a_time_and_text_between_them_keep_their_order() {
    let chunks = given(
        &[
            says(0, "Let me see."),
            start(1, "a"),
            start(2, "b"),
            says(3, "and"),
            start(4, "c"),
            input(4, r#"{"z":3}"#),
            input(2, r#"{"y":2}"#),
            stop(4),
            stop(1),
            says(5, "done"),
            stop(2),
        ],
        "tool_use",
    );
    assert_eq!(
        blocks(&chunks),
        [
            text("Let me see."),
            tool_use("a", "n", "{}"),
            tool_use("b", "n", r#"{"y":2}"#),
            text("and"),
            tool_use("c", "n", r#"{"z":3}"#),
            text("done"),
        ]
    );
    assert_eq!(indices_of_starts(&chunks), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn what_waits_for_its_turn_is_bounded() {
    let mut bytes = Vec::new();
    let (event, payload) = start(0, "a");
    frame(&mut bytes, "event", event, &payload);
    let mut decoder = events_decoder("");
    decoder.push(&bytes, &mut Vec::new()).expect("chunks");
    bytes.clear();
    let (event, payload) = says(1, &"x".repeat(1 << 20));
    frame(&mut bytes, "event", event, &payload);
    let error = (0..64).find_map(|_| decoder.push(&bytes, &mut Vec::new()).err());
    assert_eq!(
        error.map(|error| error.kind),
        Some(ErrorKind::MalformedStream)
    );
}

#[test]
fn blocks_that_wait_for_their_turn_are_bounded_in_number() {
    let mut events = vec![start(0, "a")];
    events.extend((1..2000).map(stop));
    let events: Vec<_> = events
        .iter()
        .map(|(event, payload)| (*event, payload.as_str()))
        .collect();
    let (_, error) = stream("", &events);
    assert_eq!(
        error.map(|error| error.kind),
        Some(ErrorKind::MalformedStream)
    );
}

#[test]
fn every_start_has_one_stop_even_where_the_service_sends_none() {
    for events in [
        vec![says(0, "a")],
        vec![says(0, "a"), says(1, "b")],
        vec![start(0, "a")],
        vec![says(0, "a"), start(1, "a"), input(1, "{}")],
        vec![says(4, "a"), stop(4), stop(4), stop(9)],
        vec![says(0, "a"), start(0, "a"), stop(0), says(0, "b")],
    ] {
        let chunks = given(&events, "end_turn");
        let starts = indices_of_starts(&chunks);
        let stops: Vec<_> = chunks
            .iter()
            .filter_map(|chunk| match chunk {
                Chunk::ContentBlockStop(index) => Some(*index),
                _ => None,
            })
            .collect();
        assert_eq!(starts, stops, "{events:?}");
        assert!(!starts.is_empty(), "{events:?}");
    }
}

#[test]
fn a_call_without_arguments_has_an_empty_object() {
    for events in [
        vec![start(0, "a"), stop(0)],
        vec![start(0, "a"), input(0, ""), stop(0)],
        vec![start(0, "a")],
    ] {
        let chunks = given(&events, "tool_use");
        assert_eq!(blocks(&chunks), [tool_use("a", "n", "{}")]);
        // Nothing that a client would join to the text "".
        assert!(
            !chunks
                .iter()
                .any(|chunk| matches!(chunk, Chunk::ContentBlockDelta(_))),
            "{chunks:?}"
        );
    }
    for wire in [
        r#"[{"toolUse":{"toolUseId":"a","name":"n"}}]"#,
        r#"[{"toolUse":{"toolUseId":"a","name":"n","input":null}}]"#,
        r#"[{"toolUse":{"toolUseId":"a","name":"n","input":{}}}]"#,
    ] {
        let answer = answer("", wire, "tool_use");
        assert_eq!(answer.content, [tool_use("a", "n", "{}")], "{wire}");
    }
}

#[test]
fn what_fills_a_block_of_an_unknown_kind_goes_with_it() {
    let chunks = given(
        &[
            (
                "contentBlockStart",
                r#"{"contentBlockIndex":0,"start":{"remoteCall":{"id":"r"}}}"#.to_owned(),
            ),
            input(0, r#"{"x":1}"#),
            stop(0),
            says(1, "b"),
        ],
        "end_turn",
    );
    let answer = fold(&chunks);
    assert_eq!(answer.content, [text("b")]);
    assert_eq!(
        losses(&answer),
        [(
            "content[0]",
            "content of unknown type \"remoteCall\"; dropped"
        )]
    );
}

#[test]
fn a_piece_of_a_block_that_never_began_is_an_error() {
    for payload in [
        r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}"#,
        r#"{"contentBlockIndex":0,"delta":{"toolResult":[{"text":"a"}]}}"#,
        r#"{"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"AAAA"}}}}"#,
    ] {
        let (_, error) = stream("", &[("contentBlockDelta", payload)]);
        assert_eq!(
            error.map(|error| error.kind),
            Some(ErrorKind::MalformedStream),
            "{payload}"
        );
    }
}

#[test]
fn a_server_tools_result_is_bounded() {
    let mut bytes = Vec::new();
    let started = r#"{"contentBlockIndex":0,"start":{"toolResult":{"toolUseId":"t"}}}"#;
    frame(&mut bytes, "event", "contentBlockStart", started);
    let mut decoder = events_decoder("");
    decoder.push(&bytes, &mut Vec::new()).expect("chunks");
    bytes.clear();
    let piece = format!(
        r#"{{"contentBlockIndex":0,"delta":{{"toolResult":[{{"text":"{}"}}]}}}}"#,
        "x".repeat(1 << 20)
    );
    frame(&mut bytes, "event", "contentBlockDelta", &piece);
    let error = (0..64).find_map(|_| decoder.push(&bytes, &mut Vec::new()).err());
    assert_eq!(
        error.map(|error| error.kind),
        Some(ErrorKind::MalformedStream)
    );
}
