//! What was given back is taken back: any answer, in each API, is legal as the history of the next request.

use crate::support::*;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{1,12}",
        "[ -~\u{e9}\u{1F600}\n]{0,12}",
        Just(String::new())
    ]
}

/// One block of Converse's.
fn block() -> impl Strategy<Value = Value> {
    let location = prop_oneof![
        Just(json!({"documentChar": {"documentIndex": 0, "start": 1, "end": 2}})),
        Just(json!({"web": {"url": "https://example.com"}})),
        Just(json!({"dream": {"night": 1}})),
        Just(Value::Null),
    ];
    let cited = (words(), words(), location).prop_map(|(text, title, location)| {
        let citation =
            json!({"title": title, "sourceContent": [{"text": "cited"}], "location": location});
        json!({"citationsContent": {"content": [{"text": text}], "citations": [citation]}})
    });
    prop_oneof![
        4 => words().prop_map(|text| json!({ "text": text })),
        2 => (words(), any::<bool>()).prop_map(|(text, signed)| {
            let mut thought = json!({ "text": text });
            if signed {
                thought["signature"] = "c2ln".into();
            }
            json!({"reasoningContent": {"reasoningText": thought}})
        }),
        1 => Just(json!({"reasoningContent": {"redactedContent": "RXRrRUNrZ0k="}})),
        3 => ("[a-z]{1,3}", words()).prop_map(|(id, word)| {
            json!({"toolUse": {"toolUseId": id, "name": "lookup", "input": {"word": word}}})
        }),
        2 => cited,
        1 => Just(json!({"image": {"format": "png", "source": {"bytes": "iVBORw0KGgoAAAANSUhEUg=="}}})),
        1 => Just(json!({"hologram": {"x": 1}})),
    ]
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"word": {"type": "string"}}})
}

/// The ids of the calls of an answer.
fn calls(content: &Value, kind: &str, id: &str) -> Vec<String> {
    let items = content.as_array().into_iter().flatten();
    let calls = items.filter(|item| item["type"] == kind);
    calls
        .filter_map(|call| Some(call[id].as_str()?.to_owned()))
        .collect()
}

fn messages_again(model: &str, content: &Value) {
    let mut body = json!({
        "model": model, "max_tokens": 3000,
        "tools": [{"name": "lookup", "input_schema": schema()}],
        "messages": [{"role": "user", "content": "hi"}],
    });
    let answer = gateway().ask(MESSAGES, &body).says(content);
    let results = calls(&answer["content"], "tool_use", "id");
    let results = results
        .iter()
        .map(|id| json!({"type": "tool_result", "tool_use_id": id, "content": "x"}));
    let mut next: Vec<Value> = results.collect();
    next.push(json!({"type": "text", "text": "go on"}));
    let turns = body["messages"].as_array_mut().expect("turns");
    turns.push(json!({"role": "assistant", "content": answer["content"]}));
    turns.push(json!({"role": "user", "content": next}));
    gateway().ask(MESSAGES, &body);
    // Anthropic's own services would take it with thinking switched on, too.
    body["thinking"] = json!({"type": "enabled", "budget_tokens": 1024});
    gateway().ask(MESSAGES, &body);
}

fn chat_again(model: &str, content: &Value) {
    let mut body = json!({
        "model": model, "max_tokens": 3000, "reasoning_effort": "low",
        "tools": [{"type": "function", "function": {"name": "lookup", "parameters": schema()}}],
        "messages": [{"role": "user", "content": "hi"}],
    });
    let answer = gateway().ask(CHAT, &body).says(content);
    let message = answer["choices"][0]["message"].clone();
    let results = calls(&message["tool_calls"], "function", "id");
    let turns = body["messages"].as_array_mut().expect("turns");
    turns.push(message);
    turns.extend(
        results
            .iter()
            .map(|id| json!({"role": "tool", "tool_call_id": id, "content": "x"})),
    );
    turns.push(json!({"role": "user", "content": "go on"}));
    gateway().ask(CHAT, &body);
}

fn responses_again(model: &str, content: &Value) {
    let mut body = json!({
        "model": model, "max_output_tokens": 3000, "store": false, "reasoning": {"effort": "low"},
        "tools": [{"type": "function", "name": "lookup", "parameters": schema()}],
        "input": [{"role": "user", "content": "hi"}],
    });
    let answer = gateway().ask(RESPONSES, &body).says(content);
    let results = calls(&answer["output"], "function_call", "call_id");
    let items = body["input"].as_array_mut().expect("items");
    items.extend(answer["output"].as_array().expect("items").iter().cloned());
    items.extend(
        results
            .iter()
            .map(|id| json!({"type": "function_call_output", "call_id": id, "output": "x"})),
    );
    items.push(json!({"role": "user", "content": "go on"}));
    gateway().ask(RESPONSES, &body);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_answer_is_a_legal_history(
        model in proptest::sample::select(&[SONNET_4_5, OPUS_4_8, NOVA][..]),
        blocks in vec(block(), 0..5),
    ) {
        let content = Value::from(blocks);
        messages_again(model, &content);
        chat_again(model, &content);
        responses_again(model, &content);
    }
}
