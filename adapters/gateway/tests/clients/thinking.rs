//! Thinking, effort, and what of them is counted.

use crate::support::*;
use serde_json::{Value, json};

fn loses_thinking(asked: &Asked) {
    assert_eq!(asked.additional("thinking"), &Value::Null);
    let lost = asked.lost();
    let named = ["thinking", "reasoning_effort", "reasoning"];
    assert!(lost.iter().any(|path| named.contains(path)), "{lost:?}");
}

fn sent(name: &str) -> Asked {
    let vector = vector(name);
    let path = vector["path"].as_str().expect("a path");
    gateway().ask(path, &vector["body"])
}

pub(crate) fn k05_no_thinking_where_the_tool_loop_has_none() {
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "lookup", "arguments": "{}"}});
    let turns = [
        json!({"role": "user", "content": "hi"}),
        json!({"role": "assistant", "content": null, "tool_calls": [call]}),
        json!({"role": "tool", "tool_call_id": "c1", "content": "a plant"}),
    ];
    let ask = |count: usize| {
        gateway().ask(
            CHAT,
            &json!({
                "model": SONNET_4_5,
                "reasoning_effort": "medium",
                "tools": [{"type": "function", "function": {"name": "lookup", "parameters": {"type": "object", "properties": {}}}}],
                "messages": turns[..count],
            }),
        )
    };
    loses_thinking(&ask(3));
    assert_eq!(ask(1).additional("thinking")["type"], "enabled");
}

pub(crate) fn agent_chat_thinking_without_block() {
    loses_thinking(&sent("agent-chat-thinking-without-block"));
}

pub(crate) fn agent_responses_without_reasoning_item() {
    loses_thinking(&sent("agent-responses-without-reasoning-item"));
}

pub(crate) fn thinking_in_tool_loop_responses() {
    let vector = vector("thinking-in-tool-loop-responses");
    loses_thinking(&gateway().ask(RESPONSES, &vector["request"]));
}

pub(crate) fn agent_display_updates_opus_5_5() {
    const UPDATES: &str = "thinking-display-updates-2026-08-18";
    let body = &vector("agent-display-updates-opus-5-5")["body"];
    let ask = |model: &str| {
        let mut body = body.clone();
        body["model"] = model.into();
        gateway()
            .ask_with(
                "/v1/messages?beta=true",
                &[("anthropic-beta", UPDATES)],
                &body,
            )
            .expect("a request")
    };
    let both = ask("us.anthropic.claude-opus-5-5");
    assert_eq!(both.additional("thinking")["display"], "updates");
    assert_eq!(both.additional("anthropic_beta"), &json!([UPDATES]));
    let neither = ask(OPUS_4_8);
    assert_ne!(neither.additional("thinking")["display"], "updates");
    assert_eq!(neither.additional("anthropic_beta"), &Value::Null);
    assert_eq!(neither.lost(), [""; 0]);
}

pub(crate) fn agent_effort_low_on_a_model_with_budgets() {
    let body = &vector("agent-effort-low-on-a-model-with-budgets")["body"];
    let budget = |effort: &str| {
        let mut body = body.clone();
        body["reasoning_effort"] = effort.into();
        let asked = gateway().ask(CHAT, &body);
        assert_eq!(asked.lost(), [""; 0]);
        asked.additional("thinking")["budget_tokens"]
            .as_u64()
            .expect("a budget")
    };
    let budgets = ["minimal", "low", "medium", "high", "xhigh"].map(budget);
    assert!(budgets.is_sorted_by(|a, b| a < b), "{budgets:?}");
    assert!(
        budgets.iter().all(|budget| 2000 - budget >= 500),
        "{budgets:?}"
    );
}

pub(crate) fn budget_eats_the_answer_adaptive() {
    let asked = gateway().ask(
        MESSAGES,
        &vector("budget-eats-the-answer-adaptive")["request"],
    );
    let budget = asked.additional("thinking")["budget_tokens"].as_u64();
    assert!(budget.is_some_and(|budget| budget <= 3072), "{budget:?}");
}

pub(crate) fn effort_none_gpt() {
    let asked = gateway().ask(CHAT, &vector("effort-none-gpt")["request"]);
    assert!(asked.lost().contains(&"thinking"), "{:?}", asked.warnings);
}

pub(crate) fn effort_strict() {
    let strict = with(&[("GATEWAY_STRICT", "on")]);
    let asked = strict.ask(CHAT, &vector("effort-strict")["request"]);
    assert_eq!(asked.additional("thinking")["type"], "enabled");
}

pub(crate) fn reasoning_summary_asked() {
    let vector = vector("reasoning-summary-asked");
    let asked = gateway().ask(RESPONSES, &vector["request"]);
    let expected = &vector["expect"]["additionalModelRequestFields.thinking"];
    assert_eq!(asked.additional("thinking"), expected);
    assert_eq!(asked.body["outputConfig"]["effort"], "high");
}

pub(crate) fn thinking_tokens() {
    let vector = vector("thinking-tokens");
    let asked = gateway().ask(RESPONSES, &vector["request"]);
    let paths = asked.body["additionalModelResponseFieldPaths"].to_string();
    assert!(paths.contains("/usage/output_tokens_details"), "{paths}");
    let answer = asked.answered(200, &vector["bedrock_answer"]).body;
    assert_eq!(
        answer["usage"]["output_tokens_details"]["reasoning_tokens"],
        40
    );
    // The same by Chat Completions.
    let chat = json!({
        "model": SONNET_4_5,
        "reasoning_effort": "low",
        "messages": [{"role": "user", "content": "Why?"}],
    });
    let answer = gateway()
        .ask(CHAT, &chat)
        .answered(200, &vector["bedrock_answer"])
        .body;
    assert_eq!(
        answer["usage"]["completion_tokens_details"]["reasoning_tokens"],
        40
    );
}
