//! Instructions: in front of the conversation, in its midst, and lines that no service takes.

use serde_json::{Value, json};

use super::*;

fn instruct(words: &str) -> Message {
    Message {
        role: Role::System,
        content: vec![text(words)],
    }
}

#[test]
fn instructions_in_front_are_the_system_prompt_on_every_model() {
    for model in [CLAUDE, OPUS_4_8, NOVA, GPT, UNKNOWN] {
        let request = Request {
            system: vec![plain("First.")],
            ..request(
                model,
                [
                    instruct("Answer in French."),
                    instruct("Be brief."),
                    user([text("Hello")]),
                ],
            )
        };
        let sent = send(&request);
        assert_eq!(
            sent.body["system"],
            json!([{"text": "First."}, {"text": "Answer in French."}, {"text": "Be brief."}]),
            "{model}"
        );
        assert_eq!(
            sent.body["messages"],
            json!([{"role": "user", "content": [{"text": "Hello"}]}]),
            "{model}"
        );
        assert_eq!(sent.warnings, [], "{model}");
    }
    // Where there is no system prompt, it begins the first turn.
    let sent = send(&request(
        TITAN,
        [instruct("Be brief."), user([text("Hello")])],
    ));
    assert_eq!(
        sent.body["messages"][0]["content"],
        json!([{"text": "Be brief."}, {"text": "Hello"}])
    );
}

#[test]
fn an_instruction_between_a_call_and_its_result_comes_behind_both() {
    let between = |model| Request {
        tools: vec![any_tool()],
        ..request(
            model,
            [
                user([text("q")]),
                assistant([call("1", "{}")]),
                instruct("Be brief."),
                user([says("1", "x")]),
            ],
        )
    };
    let roles = |sent: &Sent| -> Vec<Value> {
        let turns = sent.body["messages"].as_array().expect("turns").iter();
        turns.map(|turn| turn["role"].clone()).collect()
    };
    let sent = send(&between(OPUS_4_8));
    assert_eq!(roles(&sent), ["user", "assistant", "user", "system"]);
    assert_eq!(sent.lost(), [""; 0]);
    let sent = send(&between(CLAUDE));
    assert_eq!(roles(&sent), ["user", "assistant", "user"]);
    let last = &sent.body["messages"][2]["content"];
    assert!(last[0].get("toolResult").is_some(), "{last}");
    assert_eq!(last[1], json!({"text": "Be brief."}));
}

#[test]
fn the_billing_header_is_not_sent_and_does_not_spoil_the_cache() {
    let asked = |cch: &str| Request {
        system: vec![
            plain(&format!(
                "x-anthropic-billing-header: cc_version=2.1; cch={cch};"
            )),
            PlainText {
                cache_control: cache(None),
                ..plain("You are an agent.")
            },
        ],
        ..hello(CLAUDE)
    };
    let sent = send(&asked("36ee5"));
    assert_eq!(
        sent.body["system"],
        json!([{"text": "You are an agent."}, {"cachePoint": {"type": "default"}}])
    );
    assert_eq!(sent.lost(), [""; 0]);
    assert_eq!(sent.body, send(&asked("00000")).body);
    // Only the line, only where it begins the text, and never a person's words.
    let header = "X-Anthropic-Billing-Header: a\nBe brief.";
    for (system, expected) in [
        (header, json!([{"text": "Be brief."}])),
        (
            "Say x-anthropic-billing-header: a",
            json!([{"text": "Say x-anthropic-billing-header: a"}]),
        ),
    ] {
        let request = Request {
            system: vec![plain(system)],
            ..request(CLAUDE, [user([text(header)])])
        };
        let sent = send(&request);
        assert_eq!(sent.body["system"], expected);
        assert_eq!(sent.body["messages"][0]["content"][0]["text"], header);
    }
}

#[test]
fn a_turn_that_says_nothing_is_a_turn_only_where_one_is_needed() {
    for (turns, expected) in [
        // The model's last turn, which is not there yet.
        (
            vec![user([text("Hello")]), assistant([text("")])],
            vec!["Hello"],
        ),
        (
            vec![user([text("a")]), assistant([text(" ")]), user([text("b")])],
            vec!["a", "b"],
        ),
        (
            vec![user([text("a")]), assistant([text("b")]), user([text("")])],
            vec!["a", "b", "."],
        ),
        (vec![user([text("")]), user([text("a")])], vec!["a"]),
        (vec![user([text("")])], vec!["."]),
        (vec![assistant([]), user([text("a")])], vec!["a"]),
    ] {
        let sent = send(&request(CLAUDE, turns.clone()));
        let messages = sent.body["messages"].as_array().expect("turns").iter();
        let blocks = messages.flat_map(|turn| turn["content"].as_array().expect("content"));
        let texts: Vec<_> = blocks.map(|block| block["text"].clone()).collect();
        assert_eq!(texts, expected, "{turns:?}");
        assert_eq!(sent.lost(), [""; 0]);
    }
}

#[test]
fn instructions_between_the_results_of_one_turn_come_behind_all() {
    let calls = || assistant([call("1", "{}"), call("2", "{}")]);
    let request = |turns: Vec<Message>| Request {
        tools: vec![any_tool()],
        ..request(OPUS_4_8, turns)
    };
    let expected = messages(&request(vec![
        user([text("q")]),
        calls(),
        user([says("1", "one"), says("2", "two")]),
        instruct("a"),
        instruct("b"),
    ]));
    for between in [
        vec![
            user([says("1", "one")]),
            instruct("a"),
            user([says("2", "two")]),
            instruct("b"),
        ],
        vec![
            instruct("a"),
            user([says("1", "one"), says("2", "two")]),
            instruct("b"),
        ],
        vec![
            instruct("a"),
            user([says("1", "one")]),
            instruct("b"),
            user([says("2", "two")]),
        ],
    ] {
        let mut turns = vec![user([text("q")]), calls()];
        turns.extend(between);
        assert_eq!(messages(&request(turns.clone())), expected, "{turns:?}");
    }
}
