//! Calls of tools whose properties were sent under other names.

use super::restored::each_way;
use super::*;
use crate::canonical::{ContentBlockDelta, Delta};

const PROPERTIES: &str = r#","properties":[{"tool":"find","names":[{"sent":"_1","original":"ids[]"},{"sent":"__2","original":"名\"前"},{"sent":"_filter","original":"$filter"}]}]"#;

/// The fragments of the inputs in a stream.
fn fragments(chunks: Vec<Chunk>) -> Vec<String> {
    let fragment = |chunk| match chunk {
        Chunk::ContentBlockDelta(ContentBlockDelta {
            delta: Delta::InputJsonDelta(text),
            ..
        }) => Some(text),
        _ => None,
    };
    chunks.into_iter().filter_map(fragment).collect()
}

#[test]
fn a_call_has_the_caller_s_names_at_every_depth_and_is_otherwise_as_it_came() {
    let sent =
        r#"{ "_filter" : "_filter", "\u005f1":[{"__2":1.50,"_1":{"x":"\"_1\": \\"}}], "_3":null}"#;
    let own = r#"{ "$filter" : "_filter", "ids[]":[{"名\"前":1.50,"ids[]":{"x":"\"_1\": \\"}}], "_3":null}"#;
    let answer = each_way(
        PROPERTIES,
        &[
            (r#"{"toolUseId":"a","name":"find"}"#, sent),
            (r#"{"toolUseId":"b","name":"find"}"#, "{}"),
            (r#"{"toolUseId":"c","name":"other"}"#, sent),
        ],
        "tool_use",
    );
    assert_eq!(
        answer.content,
        [
            tool_use("a", "find", own),
            tool_use("b", "find", "{}"),
            tool_use("c", "other", sent),
        ]
    );
}

#[test]
fn the_json_that_was_asked_for_has_the_caller_s_names_too() {
    let changed = format!(r#"{PROPERTIES},"outputTool":"find""#);
    for (sent, own) in [(r#"{"_1":1}"#, r#"{"ids[]":1}"#), ("", "{}")] {
        let answer = each_way(
            &changed,
            &[(r#"{"toolUseId":"a","name":"find"}"#, sent)],
            "tool_use",
        );
        assert_eq!(answer.content, [text(own)]);
    }
}

/// Events of a call in pieces; its end, unless it is cut off.
fn events(name: &str, pieces: &[&str]) -> Vec<(&'static str, String)> {
    let mut events = vec![(
        "contentBlockStart",
        format!(
            r#"{{"contentBlockIndex":0,"start":{{"toolUse":{{"toolUseId":"a","name":"{name}"}}}}}}"#
        ),
    )];
    for piece in pieces {
        let piece = serde_json::to_string(piece).expect("JSON");
        let delta = format!(r#"{{"toolUse":{{"input":{piece}}}}}"#);
        events.push((
            "contentBlockDelta",
            format!(r#"{{"contentBlockIndex":0,"delta":{delta}}}"#),
        ));
    }
    events.push(("contentBlockStop", r#"{"contentBlockIndex":0}"#.into()));
    events
}

fn told(changed: &str, name: &str, pieces: &[&str]) -> Vec<String> {
    let events = events(name, pieces);
    let events: Vec<_> = events
        .iter()
        .map(|(event, payload)| (*event, payload.as_str()))
        .collect();
    fragments(streamed(changed, &events, "tool_use"))
}

#[test]
fn only_calls_with_other_names_are_held_back() {
    let pieces = [r#"{"_fil"#, r#"ter""#, r#":"\ud83d"#, r#"\ude00"}"#];
    assert_eq!(
        told(PROPERTIES, "find", &pieces),
        [r#"{"$filter":"\ud83d\ude00"}"#]
    );
    assert_eq!(told(PROPERTIES, "other", &pieces), pieces);
    assert_eq!(told("", "find", &pieces), pieces);
    assert_eq!(told(PROPERTIES, "find", &[]), [""; 0]);
}

#[test]
fn white_space_in_front_of_an_input_is_dropped() {
    for name in ["find", "other"] {
        assert_eq!(told(PROPERTIES, name, &[" ", "\n", ""]), [""; 0]);
        assert_eq!(
            told(PROPERTIES, name, &[" ", "\n{\"a\": 1} "]),
            ["{\"a\": 1} "]
        );
    }
}

#[test]
fn an_input_that_ends_too_early_is_restored_as_far_as_it_came() {
    for (sent, own) in [
        (r#"{"_filter":{"_1":"#, r#"{"$filter":{"ids[]":"#),
        (r#"{"_filter":1,"_1"#, r#"{"$filter":1,"_1"#),
        (r#"{"_filter":1,"_1\"#, r#"{"$filter":1,"_1\"#),
        (r#"{"_filter":1,"_1""#, r#"{"$filter":1,"_1""#),
        ("_filter", "_filter"),
    ] {
        assert_eq!(told(PROPERTIES, "find", &[sent]), [own]);
    }
}
