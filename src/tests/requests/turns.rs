//! Who said what, in the order that Converse wants.

use serde_json::json;

use super::*;
use crate::canonical::ErrorKind;

#[test]
fn turns_of_one_role_become_one() {
    let request = request(
        CLAUDE,
        [
            user([text("a")]),
            user([text("b"), text("c")]),
            assistant([text("d")]),
            assistant([text("e")]),
            user([text("f")]),
        ],
    );
    assert_eq!(
        messages(&request),
        json!([
            {"role": "user", "content": [{"text": "a"}, {"text": "b"}, {"text": "c"}]},
            {"role": "assistant", "content": [{"text": "d"}, {"text": "e"}]},
            {"role": "user", "content": [{"text": "f"}]},
        ])
    );
}

#[test]
fn blank_text_is_dropped_and_other_text_is_kept_as_it_is() {
    let request = request(
        CLAUDE,
        [user([
            text(""),
            text("  a \n"),
            text(" \t\r\n"),
            text("\u{3000}"),
            text("é世界🦀 \"\\\u{0}\u{2028}"),
        ])],
    );
    assert_eq!(
        messages(&request),
        json!([{"role": "user", "content": [{"text": "  a \n"}, {"text": "é世界🦀 \"\\\u{0}\u{2028}"}]}])
    );
}

#[test]
fn a_blank_message_gets_a_placeholder_and_a_warning_that_loses_nothing() {
    for blank in [vec![], vec![text("")], vec![text(" "), text("\n")]] {
        let request = request(
            CLAUDE,
            [user([text("q")]), assistant(blank), user([text("r")])],
        );
        let sent = send(&request);
        assert_eq!(
            sent.body["messages"],
            json!([
                {"role": "user", "content": [{"text": "q"}]},
                {"role": "assistant", "content": [{"text": "."}]},
                {"role": "user", "content": [{"text": "r"}]},
            ])
        );
        assert_eq!(sent.warnings, [("messages[1].content".to_owned(), false)]);
    }
}

#[test]
fn tool_results_stand_first_in_their_turn_and_keep_their_order() {
    let history = [
        user([text("q")]),
        assistant([text("a"), call("1", "{}"), call("2", "{}")]),
    ];
    let expected = json!({"role": "user", "content": [
        {"toolResult": {"toolUseId": "2", "content": [{"text": "two"}]}},
        {"toolResult": {"toolUseId": "1", "content": [{"text": "one"}]}},
        {"text": "x"},
        {"text": "y"},
    ]});
    for answers in [
        vec![user([
            text("x"),
            says("2", "two"),
            text("y"),
            says("1", "one"),
        ])],
        vec![
            user([text("x"), text("y")]),
            user([says("2", "two"), says("1", "one")]),
        ],
        vec![
            user([says("2", "two"), text("x")]),
            user([says("1", "one"), text("y")]),
        ],
    ] {
        let request = request(CLAUDE, [&history[..], &answers].concat());
        assert_eq!(messages(&request)[2], expected, "{answers:?}");
    }
}

#[test]
fn calls_stay_where_the_model_made_them() {
    let request = request(
        CLAUDE,
        [
            user([text("q")]),
            assistant([call("1", "{}"), text("then"), call("2", "{}")]),
            user([says("1", "a"), says("2", "b")]),
        ],
    );
    assert_eq!(
        messages(&request)[1]["content"],
        json!([
            {"toolUse": {"toolUseId": "1", "name": "n", "input": {}}},
            {"text": "then"},
            {"toolUse": {"toolUseId": "2", "name": "n", "input": {}}},
        ])
    );
}

#[test]
fn a_last_assistant_turn_stays_for_the_model_to_go_on() {
    let request = request(CLAUDE, [user([text("q")]), assistant([text("{\"a\":")])]);
    assert_eq!(
        messages(&request)[1],
        json!({"role": "assistant", "content": [{"text": "{\"a\":"}]})
    );
}

#[test]
fn a_request_without_messages_is_refused() {
    let error = refusal(&request(CLAUDE, []));
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert_eq!(error.path.as_deref(), Some("messages"));
}

#[test]
fn a_block_in_the_wrong_role_is_refused_with_its_path() {
    for (role, block) in [
        (Role::User, call("1", "{}")),
        (Role::User, thinking("t", Some("s"))),
        (Role::User, thinking("t", None)),
        (Role::User, redacted("r")),
        (Role::Assistant, says("1", "x")),
    ] {
        let wrong = Message {
            role,
            content: vec![text("a"), block],
        };
        let error = refusal(&request(CLAUDE, [user([text("q")]), wrong.clone()]));
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{wrong:?}");
        assert_eq!(
            error.path.as_deref(),
            Some("messages[1].content[1]"),
            "{wrong:?}"
        );
    }
}
