//! Thinking by a budget in a conversation whose tools are under way.

use serde_json::{Value, json};

use super::*;

const THOUGHT: &str = "t";

fn signed() -> ContentBlock {
    thinking(THOUGHT, Some("c2ln"))
}

/// A conversation of these turns, in which the model shall think by a budget.
fn thinking_in(model: &str, turns: impl Into<Vec<Message>>) -> Sent {
    let mut messages = vec![user([text("q")])];
    messages.extend(turns.into());
    send(&Request {
        tools: vec![any_tool()],
        max_tokens: Some(8192),
        thinking: Some(budget(2048)),
        ..request(model, messages)
    })
}

/// Whether thinking was asked for; where it was not, that is a loss.
fn thinks(turns: impl Into<Vec<Message>>) -> bool {
    let sent = thinking_in(CLAUDE, turns);
    let is_asked = sent.additional().get("thinking").is_some();
    assert_eq!(
        sent.lost().contains(&"thinking"),
        !is_asked,
        "{:?}",
        sent.warnings
    );
    is_asked
}

#[test]
fn a_budget_is_sent_only_where_the_turn_under_way_begins_with_thinking() {
    let first = || {
        [
            assistant([signed(), call("1", "{}")]),
            user([says("1", "x")]),
        ]
    };
    let bare = |id: &str| [assistant([call(id, "{}")]), user([says(id, "x")])];
    let table: Vec<(Vec<Message>, bool)> = vec![
        (vec![], true),
        (first().to_vec(), true),
        (bare("1").to_vec(), false),
        // Text first is no thinking first.
        (
            vec![
                assistant([text("Let me see"), signed(), call("1", "{}")]),
                user([says("1", "x")]),
            ],
            false,
        ),
        (
            vec![
                assistant([redacted("EtkECkgI"), call("1", "{}")]),
                user([says("1", "x")]),
            ],
            true,
        ),
        // What has no signature is not sent, and so does not count.
        (
            vec![
                assistant([thinking(THOUGHT, None), call("1", "{}")]),
                user([says("1", "x")]),
            ],
            false,
        ),
        // Calls and results are one turn, which begins with thinking once.
        ([first(), bare("2")].concat(), true),
        (
            [bare("1"), first()]
                .concat()
                .into_iter()
                .enumerate()
                .map(renamed)
                .collect(),
            false,
        ),
        // The user has spoken since: a new turn.
        (
            [
                bare("1").to_vec(),
                vec![assistant([text("a")]), user([text("b")])],
            ]
            .concat(),
            true,
        ),
        // Spoken in between, it may be a new turn or the same.
        (
            vec![
                assistant([signed(), call("1", "{}")]),
                user([says("1", "x"), text("hurry")]),
                assistant([call("2", "{}")]),
                user([says("2", "x")]),
            ],
            false,
        ),
        (
            vec![
                assistant([signed(), call("1", "{}")]),
                user([says("1", "x"), text("hurry")]),
                assistant([signed(), call("2", "{}")]),
                user([says("2", "x"), text("now")]),
            ],
            true,
        ),
        // The model shall go on with its own turn.
        (vec![assistant([text("So")])], false),
    ];
    for (turns, expected) in table {
        assert_eq!(thinks(turns.clone()), expected, "{turns:?}");
    }
}

/// The second call of a conversation has another id.
fn renamed((at, mut turn): (usize, Message)) -> Message {
    for block in &mut turn.content {
        match block {
            ContentBlock::ToolUse(call) if at > 1 => call.id = "2".into(),
            ContentBlock::ToolResult(result) if at > 1 => result.tool_use_id = "2".into(),
            _ => {}
        }
    }
    turn
}

#[test]
fn models_that_adapt_think_all_the_same() {
    let turns = || [assistant([call("1", "{}")]), user([says("1", "x")])];
    for model in [OPUS_4_6, OPUS_4_7, OPUS_5_5] {
        let sent = thinking_in(model, turns());
        assert_eq!(
            sent.additional()["thinking"],
            json!({"type": "adaptive"}),
            "{model}"
        );
        assert_eq!(sent.lost(), [""; 0], "{model}");
    }
    // Where it is signed, a budget stays one.
    let sent = thinking_in(
        OPUS_4_6,
        [
            assistant([signed(), call("1", "{}")]),
            user([says("1", "x")]),
        ],
    );
    assert_eq!(sent.additional()["thinking"]["budget_tokens"], 2048);
}

#[test]
fn without_thinking_nothing_that_it_excludes_is_lost() {
    let sent = send(&Request {
        temperature: Some(0.5),
        tool_choice: choose(ToolChoiceMode::Any),
        thinking: Some(budget(2048)),
        ..history(CLAUDE, "{}")
    });
    assert_eq!(sent.lost(), ["thinking"]);
    assert_eq!(sent.body["inferenceConfig"]["temperature"], 0.5);
    assert_eq!(sent.body["toolConfig"]["toolChoice"], json!({"any": {}}));
    assert_eq!(sent.additional(), &Value::Null);
}
