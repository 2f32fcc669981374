//! Cache points: those that clients mark, and those that clients without a word for them get.

use crate::support::*;
use bedrock_emulator::prompt_cache::PromptCache;
use bedrock_provider::canonical::{Context, Usage};
use bedrock_provider::pricing::query::cost_of;
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

/// A task of ten steps, each a call of a tool and what it returned, as Chat Completions has it.
fn task(step: usize) -> Value {
    let mut messages = vec![
        json!({"role": "system", "content": "You are a careful engineer. ".repeat(1100)}),
        json!({"role": "user", "content": "Mend the test."}),
    ];
    for at in 0..step {
        let id = format!("call_{at}");
        let function = json!({"name": "read", "arguments": format!("{{\"path\":\"{at}.rs\"}}")});
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": id, "type": "function", "function": function},
        ]}));
        let found = format!("// line {at} of the file\n").repeat(100);
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": found}));
    }
    let tool = json!({"type": "function", "function": {
        "name": "read",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    }});
    json!({"model": SONNET_4_5, "messages": messages, "tools": [tool]})
}

/// What the task costs, in pico-USD by the table of prices, with the emulator's cache.
fn spent(gateway: &Gateway) -> u64 {
    let mut cache = PromptCache::default();
    let costs = (0..10).map(|step| {
        let asked = gateway.ask(CHAT, &task(step));
        let counted = cache.usage(&asked.model, &asked.body);
        let usage = Usage {
            input_tokens: counted.input_tokens,
            output_tokens: 100,
            cache_read_input_tokens: counted.cache_read.unwrap_or(0),
            cache_creation_input_tokens: counted.cache_write.unwrap_or(0),
            cache_creation: None,
            service_tier: None,
            extensions: None,
        };
        let name = format!("bedrock/{}", asked.model);
        let cost = cost_of(&name, "us-east-1", &usage, &Context::default());
        cost.expect("a model").expect("a price").total
    });
    costs.sum()
}

/// What automatic points save on an agent's task of ten steps.
#[test]
fn a_task_of_ten_steps_costs_less_than_half_with_automatic_points() {
    let plain = spent(&with(&[("GATEWAY_PROMPT_CACHING", "off")]));
    let cached = spent(&gateway());
    let saved = 100 - cached * 100 / plain;
    println!(
        "ten steps of an agent on {SONNET_4_5}: {} USD without cache points, {} USD with automatic ones, {saved} % saved",
        llm_dialects::usd(plain),
        llm_dialects::usd(cached),
    );
    assert!(cached * 2 < plain, "{cached} of {plain}");
}
