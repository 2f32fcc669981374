//! Cache points: those that clients mark, and those that clients without a word for them get.

use crate::support::*;
use serde_json::{Value, json};

fn point() -> Value {
    json!({"cachePoint": {"type": "default"}})
}

fn points(body: &Value) -> usize {
    body.to_string().matches("cachePoint").count()
}

pub(crate) fn cache_control_inside_tool_result() {
    let asked = gateway().ask(
        MESSAGES,
        &vector("cache-control-inside-tool-result")["request"],
    );
    assert_eq!(asked.body["messages"][2]["content"][1], point());
    assert_eq!(asked.lost(), [""; 0]);
}

pub(crate) fn cache_control_on_tool_call() {
    let asked = gateway().ask(CHAT, &vector("cache-control-on-tool-call")["request"]);
    assert_eq!(asked.body["messages"][1]["content"][1], point());
    assert_eq!(asked.lost(), [""; 0]);
}

pub(crate) fn top_level_cache_control_chat() {
    let request = &vector("top-level-cache-control-chat")["request"];
    let asked = gateway().ask(CHAT, request);
    assert_eq!(asked.body["messages"][0]["content"][1], point());
    assert_eq!(asked.lost(), [""; 0]);
    // A sibling: the same member of a Responses request.
    let responses = json!({"model": SONNET_4_5, "store": false, "input": "hi", "cache_control": {"type": "ephemeral"}});
    let asked = gateway().ask(RESPONSES, &responses);
    assert_eq!(asked.body["messages"][0]["content"][1], point());
}

pub(crate) fn agent_no_cache_for_openai_clients() {
    let mut body = vector("agent-no-cache-for-openai-clients")["body"].clone();
    // As long as such prompts are: a short one would only be paid for.
    body["instructions"] = "A long prompt. ".repeat(600).into();
    let asked = gateway().ask(RESPONSES, &body);
    assert_eq!(asked.body["toolConfig"]["tools"][1], point());
    assert_eq!(asked.body["system"][1], point());
    assert_eq!(asked.body["messages"][0]["content"][1], point());
    assert_eq!(asked.lost(), [""; 0]);
    body["prompt_cache_retention"] = "24h".into();
    let asked = gateway().ask(RESPONSES, &body);
    assert_eq!(asked.body["system"][1]["cachePoint"]["ttl"], "1h");
    // Unasked, a conversation that only begins has none, and one that goes on has.
    for name in ["prompt_cache_key", "prompt_cache_retention"] {
        body.as_object_mut().expect("an object").remove(name);
    }
    assert_eq!(points(&gateway().ask(RESPONSES, &body).body), 0);
    body["input"] = json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hello"},
        {"role": "user", "content": "go on"},
    ]);
    assert_eq!(points(&gateway().ask(RESPONSES, &body).body), 4);
    let off = with(&[("GATEWAY_PROMPT_CACHING", "off")]);
    assert_eq!(points(&off.ask(RESPONSES, &body).body), 0);
    // Anthropic's clients have a word for it, and mark nothing here.
    let messages = json!({
        "model": SONNET_4_5, "max_tokens": 10, "system": body["instructions"],
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "hello"},
            {"role": "user", "content": "go on"},
        ],
    });
    assert_eq!(points(&gateway().ask(MESSAGES, &messages).body), 0);
    let on = with(&[("GATEWAY_PROMPT_CACHING", "on")]);
    assert_eq!(points(&on.ask(MESSAGES, &messages).body), 3);
}
