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
fn tool_results_stand_first_in_their_turn_in_the_order_of_their_calls() {
    let history = [
        user([text("q")]),
        assistant([text("a"), call("1", "{}"), call("2", "{}")]),
    ];
    let expected = json!({"role": "user", "content": [
        {"toolResult": {"toolUseId": "1", "content": [{"text": "one"}]}},
        {"toolResult": {"toolUseId": "2", "content": [{"text": "two"}]}},
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
        let request = Request {
            tools: vec![any_tool()],
            ..request(CLAUDE, [&history[..], &answers].concat())
        };
        assert_eq!(messages(&request)[2], expected, "{answers:?}");
    }
}

#[test]
fn calls_stay_where_the_model_made_them() {
    let request = Request {
        tools: vec![any_tool()],
        ..request(
            CLAUDE,
            [
                user([text("q")]),
                assistant([call("1", "{}"), text("then"), call("2", "{}")]),
                user([says("1", "a"), says("2", "b")]),
            ],
        )
    };
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

/// The families that take a conversation which the assistant begins.
#[test]
fn a_leading_assistant_stays_where_it_is_taken_and_follows_a_placeholder_elsewhere() {
    let leading = json!({"role": "assistant", "content": [{"text": "a"}]});
    for (model, is_taken) in [
        (CLAUDE, true),
        (QWEN, true),
        (GLM, true),
        (KIMI, true),
        (NOVA, false),
        (LLAMA, false),
        (MISTRAL, false),
        (COMMAND_R, false),
        (DEEPSEEK, false),
        (GPT_OSS, false),
        (UNKNOWN, false),
    ] {
        let sent = send(&request(model, [assistant([text("a")]), user([text("b")])]));
        if is_taken {
            assert_eq!(sent.body["messages"][0], leading, "{model}");
            assert_eq!(sent.warnings, [], "{model}");
        } else {
            let dot = json!({"role": "user", "content": [{"text": "."}]});
            assert_eq!(sent.body["messages"][0], dot, "{model}");
            assert_eq!(sent.body["messages"][1], leading, "{model}");
            assert_eq!(sent.changed(), ["messages"], "{model}");
        }
    }
}

#[test]
fn a_system_prompt_alone_asks_by_a_placeholder() {
    for model in [CLAUDE, NOVA, LLAMA] {
        let request = Request {
            system: vec![plain("s")],
            ..request(model, [])
        };
        let sent = send(&request);
        assert_eq!(sent.body["system"], json!([{"text": "s"}]), "{model}");
        assert_eq!(
            sent.body["messages"],
            json!([{"role": "user", "content": [{"text": "."}]}]),
            "{model}"
        );
        assert_eq!(sent.changed(), ["messages"], "{model}");
    }
}

#[test]
fn white_space_at_the_end_of_a_last_assistant_turn_is_trimmed() {
    let sent = send(&request(
        CLAUDE,
        [
            user([text("q")]),
            assistant([text("a ")]),
            user([text("b ")]),
            assistant([text(" c \n")]),
        ],
    ));
    let turns = &sent.body["messages"];
    assert_eq!(turns[1]["content"][0]["text"], "a ");
    assert_eq!(turns[2]["content"][0]["text"], "b ");
    assert_eq!(turns[3]["content"][0]["text"], " c");
    assert_eq!(sent.changed(), ["messages[3].content"]);
}

#[test]
fn white_space_before_a_cache_point_at_the_end_is_trimmed_too() {
    let sent = send(&request(
        CLAUDE,
        [user([text("q")]), assistant([cached(text("c\n"))])],
    ));
    assert_eq!(sent.body["messages"][1]["content"][0]["text"], "c");
}

#[test]
fn a_model_that_does_not_go_on_with_its_last_turn_is_asked_for_another() {
    for (model, is_taken) in [
        (CLAUDE_3, true),
        (CLAUDE, true),
        (OPUS_4_5, true),
        (OPUS_4_6, false),
        (OPUS_4_7, false),
        (OPUS_5_5, false),
        (FABLE, false),
        (NOVA, true),
        (LLAMA, true),
    ] {
        let request = self::request(model, [user([text("q")]), assistant([text("{")])]);
        if is_taken {
            assert_eq!(messages(&request)[1]["content"][0]["text"], "{", "{model}");
        } else {
            let sent = send(&request);
            assert_eq!(sent.lost(), ["messages[1]"], "{model}");
            assert_eq!(
                sent.body["messages"][2],
                json!({"role": "user", "content": [{"text": "Continue."}]}),
                "{model}"
            );
            let unanswered = [user([text("q")]), assistant([call("c1", "{}")])];
            let error = refusal(&self::request(model, unanswered));
            assert_eq!(error.kind, ErrorKind::Unsupported, "{model}");
            assert_eq!(error.path.as_deref(), Some("messages[1]"), "{model}");
        }
    }
}

fn instruction() -> Message {
    Message {
        role: Role::System,
        content: vec![text("s")],
    }
}

#[test]
fn an_instruction_in_mid_conversation_is_a_turn_of_its_own_where_models_know_one() {
    for model in [OPUS_4_8, OPUS_5_5, FABLE] {
        let request = request(model, [user([text("a")]), instruction(), user([text("b")])]);
        assert_eq!(
            messages(&request),
            json!([
                {"role": "user", "content": [{"text": "a"}]},
                {"role": "system", "content": [{"text": "s"}]},
                {"role": "user", "content": [{"text": "b"}]},
            ]),
            "{model}"
        );
    }
}

#[test]
fn an_instruction_in_mid_conversation_is_the_user_s_elsewhere_and_the_loss_is_told() {
    for model in [CLAUDE, OPUS_4_7, NOVA, LLAMA, UNKNOWN] {
        let request = request(model, [user([text("a")]), instruction(), user([text("b")])]);
        let sent = send(&request);
        assert_eq!(
            sent.body["messages"],
            json!([{"role": "user", "content": [{"text": "a"}, {"text": "s"}, {"text": "b"}]}]),
            "{model}"
        );
        assert_eq!(sent.lost(), ["messages[1].role"], "{model}");
    }
}

#[test]
fn instructions_alone_are_no_conversation_and_a_placeholder_asks() {
    let sent = send(&request(OPUS_4_8, [instruction()]));
    assert_eq!(
        sent.body["messages"],
        json!([{"role": "user", "content": [{"text": "."}]}])
    );
    assert_eq!(sent.body["system"], json!([{"text": "s"}]));
    assert_eq!(sent.changed(), ["messages"]);
}

#[test]
fn a_system_prompt_stands_in_the_first_user_turn_where_the_family_has_no_place_for_it() {
    for model in [TITAN, MISTRAL_7B, MIXTRAL, COMMAND] {
        let with_system = |turns: &[Message]| Request {
            system: vec![plain("s"), plain(" "), plain("t")],
            ..request(model, turns)
        };
        let sent = send(&with_system(&[user([text("q")])]));
        assert_eq!(
            sent.body,
            json!({"messages": [{"role": "user", "content": [{"text": "s"}, {"text": "t"}, {"text": "q"}]}]}),
            "{model}"
        );
        assert_eq!(sent.warnings, [("system".to_owned(), false)], "{model}");
        let sent = send(&with_system(&[assistant([text("a")]), user([text("q")])]));
        let first = json!({"role": "user", "content": [{"text": "s"}, {"text": "t"}]});
        assert_eq!(sent.body["messages"][0], first, "{model}");
    }
    for model in [LLAMA_2, LLAMA_3, JAMBA, COMMAND_R, DEEPSEEK_R1] {
        let request = Request {
            system: vec![plain("s")],
            ..hello(model)
        };
        assert_eq!(
            member(&request, "system"),
            json!([{"text": "s"}]),
            "{model}"
        );
    }
}
