//! Rules about `inferenceConfig` and additional fields.

use crate::cases::*;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = sampling();
    cases.extend(additional());
    cases
}

fn sampling() -> Vec<Case> {
    let stop = |sequence: &str| inference(json!({"stopSequences": [sequence]}));
    let both = || inference(json!({"temperature": 0.5, "topP": 0.5}));
    let high = || {
        let effort = json!({"type": "enabled", "maxReasoningEffort": "high"});
        fields(json!({"reasoningConfig": effort}))
    };
    vec![
        bad(
            "max-tokens-ceiling",
            NOVA,
            inference(json!({"maxTokens": 10001})),
            "The maximum tokens you requested exceeds the model limit of 10000. Try again with a maximum tokens value that is lower than 10000.",
        ),
        good(
            "max-tokens-ceiling",
            NOVA,
            inference(json!({"maxTokens": 10000})),
        ),
        good(
            "max-tokens-ceiling",
            "us.anthropic.claude-opus-5-5",
            inference(json!({"maxTokens": 128000})),
        ),
        bad(
            "max-tokens-floor",
            GPT,
            inference(json!({"maxTokens": 15})),
            "The model returned the following errors: Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15",
        ),
        good("max-tokens-floor", GPT, inference(json!({"maxTokens": 16}))),
        good(
            "max-tokens-floor",
            CLAUDE,
            inference(json!({"maxTokens": 1})),
        ),
        bad(
            "no-sampling",
            CLAUDE_5,
            inference(json!({"temperature": 1})),
            "The model returned the following errors: `temperature` is deprecated for this model.",
        ),
        bad(
            "no-sampling",
            CLAUDE_55,
            fields(json!({"top_k": 5})),
            "The model returned the following errors: `top_k` is deprecated for this model.",
        ),
        bad(
            "no-sampling",
            GPT,
            inference(json!({"topP": 0.5})),
            "The model returned the following errors: `top_p` is deprecated for this model.",
        ),
        good("no-sampling", NOVA, both()),
        bad(
            "temperature-or-top-p",
            CLAUDE,
            both(),
            "The model returned the following errors: `temperature` and `top_p` cannot both be specified",
        ),
        good("temperature-or-top-p", CLAUDE_4, both()),
        bad(
            "nova-high-effort",
            NOVA_2,
            with(high(), json!({"inferenceConfig": {"maxTokens": 100}})),
            "The model returned the following errors: Malformed input request: maxTokens must be unset",
        ),
        good("nova-high-effort", NOVA_2, high()),
        bad(
            "no-stop-sequences",
            GPT_OSS,
            stop("x"),
            "This model doesn't support the stopSequences field.",
        ),
        good(
            "no-stop-sequences",
            GPT_OSS,
            inference(json!({"stopSequences": []})),
        ),
        bad(
            "blank-stop-sequence",
            CLAUDE,
            stop("\n"),
            "The model returned the following errors: stop_sequences: each stop sequence must contain non-whitespace",
        ),
        good("blank-stop-sequence", NOVA, stop("\n")),
        bad(
            "titan-stop-sequence",
            TITAN,
            stop("END"),
            "Malformed input request: string [END] does not match pattern ^(\\|+|User:)$, please",
        ),
        good(
            "titan-stop-sequence",
            TITAN,
            inference(json!({"stopSequences": ["||", "User:"]})),
        ),
    ]
}

fn additional() -> Vec<Case> {
    let extraneous =
        "The model returned the following errors: Malformed input request: #: extraneous key [";
    const COMPACT: &str = "compact-2026-01-12";
    const EDITING: &str = "context-management-2025-06-27";
    let edits = |edit: &str, betas: &[&str]| {
        let edits = json!({"edits": [{"type": edit}]});
        fields(json!({"context_management": edits, "anthropic_beta": betas}))
    };
    let provider_tool = |kind: &str, betas: &[&str]| {
        let tools = json!([{"type": "bash_20250124"}, {"type": kind}]);
        fields(json!({"tools": tools, "anthropic_beta": betas}))
    };
    let chosen = |converse: Value| {
        let mut body = choice(converse);
        body["additionalModelRequestFields"] =
            json!({"tool_choice": {"type": "auto", "disable_parallel_tool_use": true}});
        body
    };
    vec![
        bad(
            "additional-fields-object",
            NOVA,
            fields(json!([1])),
            "The format of the value at additionalModelRequestFields is invalid.",
        ),
        good("additional-fields-object", NOVA, fields(json!({}))),
        bad(
            "additional-field",
            LLAMA,
            fields(json!({"top_k": 5})),
            "The model returned the following errors: Malformed input request: #: extraneous key [top_k] is not permitted",
        ),
        bad(
            "additional-field",
            NOVA,
            fields(json!({"top_k": 5})),
            extraneous,
        ),
        bad(
            "additional-field",
            NOVA,
            fields(json!({"thinking": {"type": "disabled"}})),
            extraneous,
        ),
        bad(
            "additional-field",
            LLAMA,
            fields(json!({"anthropic_beta": []})),
            extraneous,
        ),
        bad(
            "additional-field",
            CLAUDE,
            fields(json!({"reasoning_effort": "low"})),
            extraneous,
        ),
        bad(
            "additional-field",
            GPT_OSS,
            fields(json!({"reasoning": {"effort": "low"}})),
            extraneous,
        ),
        good(
            "additional-field",
            NOVA,
            fields(json!({"inferenceConfig": {"topK": 5}})),
        ),
        good("additional-field", CLAUDE, fields(json!({"top_k": 5}))),
        good(
            "additional-field",
            GPT_OSS,
            fields(json!({"reasoning_effort": "low"})),
        ),
        good("additional-field", OPAQUE, fields(json!({"top_k": 5}))),
        good(
            "additional-field",
            LLAMA,
            fields(json!({"anything_else": 5})),
        ),
        bad(
            "additional-field-twice",
            CLAUDE,
            chosen(json!({"auto": {}})),
            "The additional field tool_choice conflicts with an existing field.",
        ),
        good("additional-field-twice", CLAUDE, chosen(Value::Null)),
        bad(
            "beta-flag",
            CLAUDE,
            fields(json!({"anthropic_beta": ["context-1m-2025-08-07", "nonsense-2020-01-01"]})),
            "The model returned the following errors: invalid beta flag",
        ),
        good(
            "beta-flag",
            CLAUDE,
            fields(json!({"anthropic_beta": ["context-1m-2025-08-07"]})),
        ),
        bad(
            "context-management-beta",
            CLAUDE,
            edits("compact_20260112", &[]),
            "The model returned the following errors: context_management: Extra inputs are not permitted",
        ),
        bad(
            "context-management-beta",
            CLAUDE,
            fields(json!({"context_management": {}, "anthropic_beta": ["context-1m-2025-08-07"]})),
            "The model returned the following errors: context_management: Extra inputs are not permitted",
        ),
        good(
            "context-management-beta",
            CLAUDE,
            edits("compact_20260112", &[COMPACT]),
        ),
        bad(
            "tag-beta",
            CLAUDE,
            edits("compact_20260112", &[EDITING]),
            "The model returned the following errors: context_management.edits.0: Input tag 'compact_20260112' found using 'type' does not match any of the expected tags",
        ),
        bad(
            "tag-beta",
            CLAUDE,
            edits("clear_thinking_20251015", &[COMPACT]),
            "The model returned the following errors: context_management.edits.0: Input tag 'clear_thinking_20251015'",
        ),
        bad(
            "tag-beta",
            CLAUDE,
            provider_tool("computer_20250124", &["computer-use-2025-11-24"]),
            "The model returned the following errors: tools.1: Input tag 'computer_20250124' found using 'type'",
        ),
        good(
            "tag-beta",
            CLAUDE,
            edits("clear_tool_uses_20250919", &[EDITING]),
        ),
        good(
            "tag-beta",
            CLAUDE,
            edits("clear_thinking_20251015", &[COMPACT, EDITING]),
        ),
        good(
            "tag-beta",
            CLAUDE,
            provider_tool("computer_20250124", &["computer-use-2025-01-24"]),
        ),
        good("tag-beta", CLAUDE, provider_tool("bash_20250124", &[])),
    ]
}
