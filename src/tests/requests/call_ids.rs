//! Ids of tool calls that repeat, and inputs that are not what they should be.

use serde_json::{Value, json};

use super::*;

/// The ids of calls and results in the order in which they are sent.
fn ids(sent: &Sent) -> Vec<String> {
    let messages = sent.body["messages"].as_array().expect("messages").iter();
    let blocks = messages.flat_map(|turn| turn["content"].as_array().expect("content"));
    let id = |block: &Value| {
        let id = ["toolUse", "toolResult"].map(|kind| block[kind]["toolUseId"].as_str());
        Some(id.into_iter().flatten().next()?.to_owned())
    };
    blocks.filter_map(id).collect()
}

fn with_tool(model: &str, turns: impl Into<Vec<Message>>) -> Request {
    let mut messages = vec![user([text("q")])];
    messages.extend(turns.into());
    Request {
        tools: vec![any_tool()],
        ..request(model, messages)
    }
}

fn step(id: &str, found: &str) -> [Message; 2] {
    [assistant([call(id, "{}")]), user([says(id, found)])]
}

#[test]
fn an_id_that_comes_again_is_told_apart_and_its_result_follows() {
    for model in [CLAUDE, MISTRAL, NOVA] {
        let first = send(&with_tool(model, step("call_0", "a")));
        let grown = send(&with_tool(
            model,
            [
                step("call_0", "a"),
                step("call_0", "b"),
                step("call_0", "c"),
            ]
            .concat(),
        ));
        let ids = ids(&grown);
        assert_eq!(ids.len(), 6, "{model}");
        for pair in ids.chunks(2) {
            assert_eq!(pair[0], pair[1], "{model}: a result of its call");
        }
        assert!(ids[0] != ids[2] && ids[2] != ids[4] && ids[0] != ids[4]);
        // What was sent before stays, so that the prompt cache finds it.
        let before = first.body["messages"].as_array().expect("turns");
        let after = grown.body["messages"].as_array().expect("turns");
        assert_eq!(before[..], after[..before.len()], "{model}");
        assert_eq!(grown.lost(), [""; 0]);
        assert!(grown.changed().contains(&"messages"));
    }
}

#[test]
fn calls_of_one_id_in_one_turn_are_answered_in_order() {
    let sent = send(&with_tool(
        CLAUDE,
        [
            assistant([call("c", r#"{"n":1}"#), call("c", r#"{"n":2}"#)]),
            user([says("c", "1"), says("c", "2")]),
        ],
    ));
    let ids = ids(&sent);
    assert_eq!(ids[0], "c");
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[..2], ids[2..]);
    let results = &sent.body["messages"][2]["content"];
    assert_eq!(results[0]["toolResult"]["content"][0]["text"], "1");
    assert_eq!(results[1]["toolResult"]["content"][0]["text"], "2");
    // One result too many is one too many.
    let sent = send(&with_tool(
        CLAUDE,
        [
            step("c", "0").to_vec(),
            vec![
                assistant([call("c", "{}")]),
                user([says("c", "1"), says("c", "2")]),
            ],
        ]
        .concat(),
    ));
    let results = sent.body["messages"][4]["content"].as_array();
    assert_eq!(results.map(Vec::len), Some(1));
    assert_eq!(sent.lost(), ["messages"]);
}

#[test]
fn calls_without_an_id_get_one_each() {
    let sent = send(&with_tool(CLAUDE, [step("", "a"), step("", "b")].concat()));
    let ids = ids(&sent);
    assert!(ids.iter().all(|id| !id.is_empty()));
    assert!(ids[0] == ids[1] && ids[2] == ids[3] && ids[1] != ids[2]);
}

#[test]
fn an_input_is_an_object_whose_properties_have_names() {
    let lone = "{\"a\":\"x\\ud99c y\"}";
    for (input, expected, lost) in [
        ("", json!({}), false),
        ("null", json!({}), false),
        ("[1]", json!({"input": [1]}), false),
        (r#"{"a":1,"":2}"#, json!({"a": 1}), true),
        (
            r#"{"a":[{"":1,"b":{"":{}}}]}"#,
            json!({"a": [{"b": {}}]}),
            true,
        ),
        (r#"[{"":1}]"#, json!({"input": [{}]}), true),
        (lone, json!({"a": "x\u{fffd} y"}), false),
    ] {
        let sent = send(&history(CLAUDE, input));
        let call = &sent.body["messages"][1]["content"][1]["toolUse"]["input"];
        assert_eq!(*call, expected, "{input}");
        let path = "messages[1].content[1].input";
        assert_eq!(sent.lost().contains(&path), lost, "{input}");
    }
}

#[test]
fn a_result_of_a_thousand_calls_is_found_without_a_search() {
    let many = |turn: &mut Vec<ContentBlock>, block: fn(&str) -> ContentBlock| {
        turn.extend((0..2000).map(|n| block(&format!("call_{n}"))));
    };
    let (mut calls, mut results) = (Vec::new(), Vec::new());
    many(&mut calls, |id| call(id, "{}"));
    many(&mut results, |id| says(id, "x"));
    results.reverse();
    let sent = send(&with_tool(CLAUDE, [assistant(calls), user(results)]));
    let ids = ids(&sent);
    assert_eq!(ids[..2000], ids[2000..]);
}
