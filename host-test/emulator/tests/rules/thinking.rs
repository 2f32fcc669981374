//! Rules about thinking.

use crate::cases::*;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = thinking();
    cases.extend(reasoning());
    cases.extend(displays());
    cases.extend(tool_loops());
    cases
}

fn thinking() -> Vec<Case> {
    let think = |thinking: Value| fields(json!({"thinking": thinking}));
    let budget = |tokens: u64| think(json!({"type": "enabled", "budget_tokens": tokens}));
    let adaptive = || think(json!({"type": "adaptive"}));
    let on = |config: Value| with(budget(2000), json!({"inferenceConfig": config}));
    let forced = |choice_of: Value, thinking: Value| {
        with(
            choice(choice_of),
            json!({"additionalModelRequestFields": {"thinking": thinking}}),
        )
    };
    let any = || json!({"any": {}});
    let enabled = || json!({"type": "enabled", "budget_tokens": 2000});
    let effort = |effort: &str| fields(json!({"output_config": {"effort": effort}}));
    vec![
        bad(
            "thinking-unknown",
            CLAUDE_3,
            budget(2000),
            "The model returned the following errors: thinking: Extra inputs are not permitted",
        ),
        good(
            "thinking-unknown",
            "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
            budget(2000),
        ),
        bad(
            "thinking-type",
            CLAUDE,
            think(json!({"type": "on"})),
            "The model returned the following errors: thinking: Input tag 'on' found using 'type'",
        ),
        good("thinking-type", CLAUDE, think(json!({"type": "disabled"}))),
        bad(
            "thinking-always-on",
            CLAUDE_55,
            think(json!({"type": "disabled"})),
            "The model returned the following errors: \"thinking.type.disabled\" is not supported",
        ),
        good(
            "thinking-always-on",
            CLAUDE_5,
            think(json!({"type": "disabled"})),
        ),
        bad(
            "thinking-adaptive-only",
            CLAUDE_5,
            budget(2000),
            "The model returned the following errors: \"thinking.type.enabled\" is not supported for this model.",
        ),
        good("thinking-adaptive-only", CLAUDE_46, budget(2000)),
        bad(
            "thinking-adaptive",
            CLAUDE,
            adaptive(),
            "The model returned the following errors: adaptive thinking is not supported on this model",
        ),
        good("thinking-adaptive", CLAUDE_5, adaptive()),
        good("thinking-adaptive", OPAQUE, adaptive()),
        bad(
            "thinking-budget-missing",
            CLAUDE,
            think(json!({"type": "enabled"})),
            "The model returned the following errors: thinking.enabled.budget_tokens: Field required",
        ),
        good("thinking-budget-missing", CLAUDE_46, adaptive()),
        bad(
            "thinking-budget-floor",
            CLAUDE,
            budget(1023),
            "The model returned the following errors: thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ),
        good("thinking-budget-floor", CLAUDE, budget(1024)),
        bad(
            "thinking-budget-ceiling",
            CLAUDE,
            on(json!({"maxTokens": 2000})),
            "The model returned the following errors: `max_tokens` must be greater than `thinking.budget_tokens`.",
        ),
        bad(
            "thinking-budget-ceiling",
            CLAUDE,
            budget(64000),
            "The model returned the following errors: `max_tokens` must be greater than",
        ),
        good(
            "thinking-budget-ceiling",
            CLAUDE,
            on(json!({"maxTokens": 2001})),
        ),
        bad(
            "thinking-temperature",
            CLAUDE,
            on(json!({"temperature": 0.5})),
            "The model returned the following errors: `temperature` may only be set to 1 when thinking is enabled.",
        ),
        good(
            "thinking-temperature",
            CLAUDE,
            on(json!({"temperature": 1})),
        ),
        bad(
            "thinking-top-p",
            CLAUDE,
            on(json!({"topP": 0.5})),
            "The model returned the following errors: `top_p` must be greater than or equal to 0.95",
        ),
        good("thinking-top-p", CLAUDE, on(json!({"topP": 0.95}))),
        bad(
            "thinking-top-k",
            CLAUDE,
            fields(json!({"thinking": enabled(), "top_k": 5})),
            "The model returned the following errors: `top_k` must be unset when thinking is enabled.",
        ),
        good(
            "thinking-top-k",
            CLAUDE,
            fields(json!({"thinking": {"type": "disabled"}, "top_k": 5})),
        ),
        bad(
            "thinking-forced-tool",
            CLAUDE,
            forced(any(), enabled()),
            "The model returned the following errors: Thinking may not be enabled when tool_choice forces tool use.",
        ),
        bad(
            "thinking-forced-tool",
            CLAUDE,
            with(
                with_tools(hello()),
                json!({"additionalModelRequestFields": {
                    "thinking": enabled(), "tool_choice": {"type": "any"},
                }}),
            ),
            "The model returned the following errors: Thinking may not be enabled",
        ),
        bad(
            "thinking-forced-tool",
            "us.anthropic.claude-fable-5",
            choice(any()),
            "The model returned the following errors: Thinking may not be enabled",
        ),
        good(
            "thinking-forced-tool",
            CLAUDE,
            forced(json!({"auto": {}}), enabled()),
        ),
        good(
            "thinking-forced-tool",
            "us.anthropic.claude-haiku-5-5",
            forced(any(), json!({"type": "adaptive"})),
        ),
        bad(
            "no-forced-tool",
            CLAUDE_55,
            choice(any()),
            "The model returned the following errors: tool_choice: forced tool use is not supported",
        ),
        good("no-forced-tool", CLAUDE_5, choice(any())),
        bad(
            "reasoning-forced-tool",
            "deepseek.v3.2",
            with(
                choice(any()),
                json!({"additionalModelRequestFields": {"reasoning_effort": "high"}}),
            ),
            "The model returned the following errors: tool_choice must be auto when reasoning_effort is set",
        ),
        good("reasoning-forced-tool", "deepseek.v3.2", choice(any())),
        bad(
            "effort",
            "deepseek.v3.2",
            fields(json!({"reasoning_effort": "low"})),
            "The model returned the following errors: effort: 'low' is not supported",
        ),
        good(
            "effort",
            GPT_OSS,
            fields(json!({"reasoning_effort": "low"})),
        ),
        bad(
            "effort",
            "us.anthropic.claude-opus-4-5-20251101-v1:0",
            effort("xhigh"),
            "The model returned the following errors: effort: 'xhigh' is not supported",
        ),
        bad(
            "effort",
            CLAUDE_5,
            with(hello(), json!({"outputConfig": {"effort": "max"}})),
            "The model returned the following errors: effort: 'max' is not supported",
        ),
        good("effort", "us.anthropic.claude-opus-4-6-v1", effort("max")),
    ]
}

fn reasoning() -> Vec<Case> {
    let thought = |more: Value| {
        let text = with(json!({"text": "hm"}), more);
        json!({"reasoningContent": {"reasoningText": text}})
    };
    let unsigned = || said(thought(json!({})));
    let signed = || said(thought(json!({"signature": "c2ln"})));
    let redacted = || said(json!({"reasoningContent": {"redactedContent": "c2Vj"}}));
    vec![
        bad(
            "reasoning-in-user",
            NOVA,
            user(json!([thought(json!({}))])),
            "User messages cannot contain reasoning content.",
        ),
        good("reasoning-in-user", NOVA_2, unsigned()),
        bad(
            "no-reasoning-replay",
            NOVA,
            unsigned(),
            "This model doesn't support the reasoningContent field. Remove messages.1.content.0.reasoningContent",
        ),
        bad(
            "no-reasoning-replay",
            LLAMA,
            redacted(),
            "This model doesn't support the reasoningContent field.",
        ),
        good("no-reasoning-replay", "deepseek.v3-v1:0", unsigned()),
        bad(
            "redacted-reasoning-only",
            GPT_OSS,
            unsigned(),
            "This model doesn't support the reasoningContent.reasoningText field.",
        ),
        good("redacted-reasoning-only", GPT_OSS, redacted()),
        bad(
            "unsigned-reasoning",
            CLAUDE,
            unsigned(),
            "The model returned the following errors: messages.1.content.0.thinking.signature: Field required",
        ),
        good("unsigned-reasoning", CLAUDE, signed()),
        good("unsigned-reasoning", CLAUDE, redacted()),
    ]
}

fn displays() -> Vec<Case> {
    const BETA: &str = "thinking-display-updates-2026-08-18";
    let shown = |display: &str, betas: &[&str]| {
        fields(json!({
            "thinking": {"type": "adaptive", "display": display}, "anthropic_beta": betas,
        }))
    };
    let refused = "The model returned the following errors: thinking.adaptive.display: Input should be 'summarized' or 'omitted'";
    vec![
        bad(
            "thinking-display",
            CLAUDE_55,
            shown("full", &[BETA]),
            refused,
        ),
        bad(
            "thinking-display",
            CLAUDE_55,
            shown("updates", &[]),
            refused,
        ),
        bad(
            "thinking-display",
            CLAUDE_55,
            shown("updates", &["context-1m-2025-08-07"]),
            refused,
        ),
        bad(
            "thinking-display",
            CLAUDE_5,
            shown("updates", &[BETA]),
            refused,
        ),
        bad(
            "thinking-display",
            CLAUDE,
            fields(json!({"thinking": {"type": "enabled", "budget_tokens": 2000, "display": 1}})),
            "The model returned the following errors: thinking.enabled.display: Input should be",
        ),
        good("thinking-display", CLAUDE_55, shown("updates", &[BETA])),
        good("thinking-display", OPAQUE, shown("updates", &[BETA])),
        good(
            "thinking-display",
            "us.anthropic.claude-fable-5-1",
            shown("updates", &[BETA]),
        ),
        good("thinking-display", CLAUDE_5, shown("omitted", &[])),
        good("thinking-display", CLAUDE_55, shown("summarized", &[BETA])),
    ]
}

/// A budget beside each state of the tool loop that a conversation ends in.
fn tool_loops() -> Vec<Case> {
    let budget = || json!({"type": "enabled", "budget_tokens": 2000});
    let thinks = |turns: Value, thinking: Value| {
        with(
            turns,
            json!({"additionalModelRequestFields": {"thinking": thinking}}),
        )
    };
    let signed =
        || json!({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}});
    let redacted = || json!({"reasoningContent": {"redactedContent": "c2Vj"}});
    let calls = |calls: Value| tool_turns(calls, json!([result("a")]));
    let rounds = |first: Value, second: Value| {
        with_tools(talk(&[
            ("user", json!([text()])),
            ("assistant", first),
            ("user", json!([result("a")])),
            ("assistant", second),
            ("user", json!([result("b")])),
        ]))
    };
    let interrupted = |first: Value, second: Value| {
        let mut turns = rounds(first, second);
        turns["messages"][2]["content"] = json!([result("a"), cache(), text()]);
        turns
    };
    let prefilled = |last: Value| talk(&[("user", json!([text()])), ("assistant", last)]);
    let over = with_tools(talk(&[
        ("user", json!([text()])),
        ("assistant", json!([call("a")])),
        ("user", json!([result("a")])),
        ("assistant", json!([text()])),
        ("user", json!([text()])),
    ]));
    let found = "The model returned the following errors: messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks).";
    let rule = "thinking-in-tool-loop";
    vec![
        bad(
            rule,
            CLAUDE,
            thinks(calls(json!([call("a")])), budget()),
            found,
        ),
        bad(
            rule,
            OPAQUE,
            thinks(calls(json!([call("a")])), budget()),
            found,
        ),
        bad(
            rule,
            CLAUDE,
            thinks(calls(json!([text(), signed(), call("a")])), budget()),
            "The model returned the following errors: messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`.",
        ),
        bad(
            rule,
            CLAUDE,
            thinks(
                tool_turns(json!([call("a")]), json!([result("a"), text()])),
                budget(),
            ),
            found,
        ),
        bad(
            rule,
            CLAUDE,
            thinks(
                rounds(json!([call("a")]), json!([redacted(), call("b")])),
                budget(),
            ),
            found,
        ),
        bad(
            rule,
            CLAUDE,
            thinks(
                interrupted(json!([signed(), call("a")]), json!([call("b")])),
                budget(),
            ),
            "The model returned the following errors: messages.3.content.0.type: Expected `thinking`",
        ),
        bad(
            rule,
            CLAUDE,
            thinks(
                interrupted(json!([call("a")]), json!([signed(), call("b")])),
                budget(),
            ),
            found,
        ),
        bad(
            rule,
            CLAUDE,
            thinks(prefilled(json!([text()])), budget()),
            "The model returned the following errors: messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`.",
        ),
        good(
            rule,
            CLAUDE,
            thinks(calls(json!([signed(), call("a")])), budget()),
        ),
        good(
            rule,
            CLAUDE,
            thinks(calls(json!([redacted(), text(), call("a")])), budget()),
        ),
        good(
            rule,
            CLAUDE,
            thinks(
                rounds(json!([signed(), call("a")]), json!([text(), call("b")])),
                budget(),
            ),
        ),
        good(
            rule,
            CLAUDE,
            thinks(
                interrupted(json!([signed(), call("a")]), json!([redacted(), call("b")])),
                budget(),
            ),
        ),
        good(
            rule,
            CLAUDE,
            thinks(prefilled(json!([signed(), text()])), budget()),
        ),
        good(rule, CLAUDE, thinks(over, budget())),
        good(
            rule,
            CLAUDE_46,
            thinks(calls(json!([call("a")])), json!({"type": "adaptive"})),
        ),
        good(
            rule,
            CLAUDE,
            thinks(calls(json!([call("a")])), json!({"type": "disabled"})),
        ),
        good(rule, CLAUDE, calls(json!([call("a")]))),
    ]
}
