//! Whatever turns are given, what is sent keeps the rules of Converse that hold for every model.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::*;

fn words() -> impl Strategy<Value = &'static str> {
    select(&["", " ", "\n\t", "a", " b ", "é🦀", "\"\\"][..])
}

fn result_block() -> impl Strategy<Value = ContentBlock> {
    let piece = words().prop_map(|text| ToolResultContent::Text(plain(text)));
    (select(&["1", "2"][..]), vec(piece, 0..3)).prop_map(|(id, content)| result(id, content))
}

fn call_block() -> impl Strategy<Value = ContentBlock> {
    select(&["", "null", "{}", r#"{"a":[1,{"b":"\u00e9"}]}"#][..])
        .prop_map(|input| call("1", input))
}

fn thinking_block() -> impl Strategy<Value = ContentBlock> {
    let signature = select(&[None, Some(""), Some("s")][..]);
    (words(), signature).prop_map(|(text, signature)| thinking(text, signature))
}

/// Blocks that may stand in a turn of the user's.
fn user_block() -> impl Strategy<Value = ContentBlock> {
    prop_oneof![words().prop_map(text), result_block()]
}

/// Blocks that may stand in a turn of the model's.
fn assistant_block() -> impl Strategy<Value = ContentBlock> {
    prop_oneof![
        words().prop_map(text),
        call_block(),
        thinking_block(),
        words().prop_map(redacted),
    ]
}

fn legal_turn() -> impl Strategy<Value = Message> {
    prop_oneof![
        vec(user_block(), 0..5).prop_map(user),
        vec(assistant_block(), 0..5).prop_map(assistant),
    ]
}

/// Any block in any role, and calls whose input is no JSON.
fn any_turn() -> impl Strategy<Value = Message> {
    let broken = select(&["[", "1", "{\"a\"", "\u{0}", "\"x\""][..]);
    let block = prop_oneof![
        4 => user_block(),
        4 => assistant_block(),
        1 => broken.prop_map(|input| call("1", input)),
    ];
    let role = select(&[Role::User, Role::Assistant, Role::System][..]);
    (role, vec(block, 0..4)).prop_map(|(role, content)| Message { role, content })
}

fn model() -> impl Strategy<Value = &'static str> {
    select(&[CLAUDE, NOVA, LLAMA, UNKNOWN][..])
}

/// The texts of all turns of a role, without the blank ones and without white space around them.
fn said(messages: &[Message], role: Role) -> Vec<&str> {
    messages
        .iter()
        .filter(|message| message.role == role)
        .flat_map(|message| &message.content)
        .filter_map(|block| match block {
            ContentBlock::Text(block) => Some(block.text.trim()),
            _ => None,
        })
        .filter(|text| !text.is_empty())
        .collect()
}

/// What became of them, without placeholders.
fn sent<'a>(turns: &'a [Value], role: &str) -> Vec<&'a str> {
    turns
        .iter()
        .filter(|turn| turn["role"] == role)
        .flat_map(|turn| turn["content"].as_array().expect("content"))
        .filter_map(|block| block["text"].as_str())
        .filter(|text| *text != ".")
        .map(str::trim)
        .collect()
}

fn count(turns: &[Value], member: &str) -> usize {
    turns
        .iter()
        .flat_map(|turn| turn["content"].as_array().expect("content"))
        .filter(|block| block.get(member).is_some())
        .count()
}

/// Whether a message of the model's is no turn, since it says nothing that this model takes back.
fn is_blank(message: &Message, model: &str) -> bool {
    let is_blank = |block: &ContentBlock| match block {
        ContentBlock::Text(block) => block.text.trim().is_empty(),
        ContentBlock::Thinking(block) => {
            model != CLAUDE || block.signature.as_deref().is_none_or(str::is_empty)
        }
        ContentBlock::RedactedThinking(_) => model != CLAUDE,
        _ => false,
    };
    message.role == Role::Assistant && message.content.iter().all(is_blank)
}

/// Results of the turns that will be one: of each call's, the first alone.
fn results(messages: &[Message], model: &str) -> usize {
    let mut count = 0;
    let (mut called, mut answered) = (BTreeMap::new(), BTreeMap::new());
    let said: Vec<_> = messages
        .iter()
        .filter(|message| !is_blank(message, model))
        .collect();
    for turn in said.chunk_by(|a, b| a.role == b.role) {
        let before = called.clone();
        let mut seen = BTreeSet::new();
        for block in turn.iter().flat_map(|message| &message.content) {
            match block {
                ContentBlock::ToolUse(call) => {
                    let id = call.id.as_str();
                    answered.insert(id, before.get(id).copied().unwrap_or(0));
                    *called.entry(id).or_insert(0) += 1;
                }
                ContentBlock::ToolResult(result) => {
                    let id = result.tool_use_id.as_str();
                    let last = called.get(id).copied().unwrap_or(0);
                    let number = answered.entry(id).or_insert(0);
                    *number = last.min(*number + 1);
                    count += usize::from(seen.insert((id, *number)));
                }
                _ => {}
            }
        }
    }
    count
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn legal_turns_are_sent_alternating_results_first_and_nothing_said_is_lost(
        model in model(),
        history in vec(legal_turn(), 1..6),
    ) {
        let request = request(model, history);
        let body = send(&request).body;
        let turns = body["messages"].as_array().expect("messages");
        for pair in turns.windows(2) {
            prop_assert_ne!(&pair[0]["role"], &pair[1]["role"]);
        }
        for turn in turns {
            let content = turn["content"].as_array().expect("content");
            prop_assert!(!content.is_empty());
            let is_result = |block: &Value| block.get("toolResult").is_some();
            let results = content.iter().take_while(|block| is_result(block)).count();
            prop_assert!(!content[results..].iter().any(is_result), "{turn}");
            for block in content {
                let text = block["text"].as_str();
                prop_assert!(text.is_none_or(|text| !text.trim().is_empty()), "{turn}");
                if let Some(call) = block.get("toolUse") {
                    prop_assert!(call["input"].is_object(), "{turn}");
                }
                if let Some(result) = block.get("toolResult") {
                    let pieces = result["content"].as_array().expect("content");
                    prop_assert!(!pieces.is_empty(), "{turn}");
                }
            }
        }
        for (role, name) in [(Role::User, "user"), (Role::Assistant, "assistant")] {
            prop_assert_eq!(sent(turns, name), said(&request.messages, role));
        }
        let blocks = || request.messages.iter().flat_map(|message| &message.content);
        let calls = blocks().filter(|block| matches!(block, ContentBlock::ToolUse(_))).count();
        prop_assert_eq!(count(turns, "toolUse"), calls);
        prop_assert_eq!(count(turns, "toolResult"), results(&request.messages, model));
    }

    #[test]
    fn any_turns_are_sent_as_json_or_refused_with_a_path_into_them(
        model in model(),
        strict in any::<bool>(),
        history in vec(any_turn(), 0..4),
    ) {
        let context = Context { strict, ..Context::default() };
        let request = request(model, history);
        match prepare(&request, &context, Operation::Stream) {
            Ok((http, _)) => {
                let body: Value = serde_json::from_slice(&http.body).expect("JSON");
                prop_assert!(body["messages"].is_array());
            }
            Err(error) => {
                let path = error.path.unwrap_or_default();
                prop_assert!(path.starts_with("messages"), "{path}: {}", error.message);
            }
        }
    }
}
