//! Rules about models and messages.

use crate::cases::*;
use bedrock_emulator::Operation::CountTokens;
use serde_json::json;

pub(crate) fn cases() -> Vec<Case> {
    let count = || json!({"input": {"converse": hello()}});
    let lead = || talk(&[("assistant", json!([text()])), ("user", json!([text()]))]);
    let prefill = || talk(&[("user", json!([text()])), ("assistant", json!([text()]))]);
    let system = |text: &str| with(hello(), json!({"system": [{"text": text}]}));
    let system_turn = || {
        talk(&[
            ("user", json!([text()])),
            ("system", json!([text()])),
            ("user", json!([text()])),
        ])
    };
    let format = |schema: &str| {
        let structure = json!({"jsonSchema": {"schema": schema}});
        let format = json!({"type": "json_schema", "structure": structure});
        with(hello(), json!({"outputConfig": {"textFormat": format}}))
    };
    let server_tool = json!([
        {"toolUse": {"toolUseId": "s", "name": "nova_grounding", "input": {}, "type": "server_tool_use"}},
        {"toolResult": {"toolUseId": "s", "content": [], "type": "nova_grounding_result"}},
        text(),
    ]);
    let server_tool = with_tools(talk(&[
        ("user", json!([text()])),
        ("assistant", server_tool),
        ("user", json!([text()])),
    ]));
    let prompt = json!({"promptVariables": {"name": {"text": "Ann"}}});
    let invalid = "The provided model identifier is invalid.";
    let first = "A conversation must start with a user message.";
    vec![
        bad("model-id-dots", "..", hello(), invalid),
        good("model-id-dots", "us.amazon.nova-pro-v1:0", hello()),
        bad(
            "model-id-vendor",
            "us.does-not-exist-model-v1:0",
            hello(),
            invalid,
        ),
        good("model-id-vendor", "nobody.model-v1:0", hello()),
        bad(
            "profile-only",
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            hello(),
            "Invocation of model ID anthropic.claude-sonnet-4-5-20250929-v1:0 with on-demand throughput isn’t supported.",
        ),
        bad(
            "profile-only",
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
            hello(),
            "Invocation of model ID arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude",
        ),
        good("profile-only", "amazon.nova-pro-v1:0", hello()),
        good(
            "profile-only",
            "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
            hello(),
        ),
        good(
            "profile-only",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            hello(),
        ),
        good(
            "profile-only",
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            json!({"input": {"converse": hello()}}),
        )
        .on(CountTokens),
        bad(
            "count-tokens-model",
            CLAUDE_4,
            count(),
            "The provided model doesn't support counting tokens.",
        )
        .on(CountTokens),
        good(
            "count-tokens-model",
            "anthropic.claude-sonnet-4-20250514-v1:0",
            count(),
        )
        .on(CountTokens),
        bad(
            "prompt-fields",
            PROMPT,
            with(prompt.clone(), json!({"inferenceConfig": {"maxTokens": 9}})),
            "The inferenceConfig field can't be specified when the modelId is a prompt.",
        ),
        good("prompt-fields", PROMPT, with(prompt, json!({"system": []}))),
        bad(
            "structured-output",
            NOVA,
            format("{}"),
            "This model doesn't support the outputConfig.textFormat field.",
        ),
        good(
            "structured-output",
            CLAUDE,
            format("{\"type\":\"object\",\"additionalProperties\":false}"),
        ),
        bad(
            "structured-output-schema",
            CLAUDE,
            format("["),
            "The value at outputConfig.textFormat.structure.jsonSchema.schema is not a valid JSON schema.",
        ),
        bad(
            "structured-output-schema",
            CLAUDE,
            format(r#"{"const":"\ud83d"}"#),
            "The value at outputConfig.textFormat.structure.jsonSchema.schema is not a valid JSON schema.",
        ),
        good("structured-output-schema", OPAQUE, format("{}")),
        bad(
            "empty-message",
            NOVA,
            user(json!([])),
            "The content field in the Message object at messages.0 is empty.",
        ),
        good("empty-message", NOVA, hello()),
        bad(
            "blank-text",
            NOVA,
            user(json!([text(), {"text": " \t"}])),
            "The text field in the ContentBlock object at messages.0.content.1 is blank.",
        ),
        bad(
            "blank-text",
            NOVA,
            system(" "),
            "The text field in the ContentBlock object at system.0 is blank.",
        ),
        good("blank-text", NOVA, user(json!([{"text": "\n"}]))),
        bad("user-first", NOVA, lead(), first),
        bad("user-first", CLAUDE, json!({}), first),
        bad("user-first", CLAUDE, json!({"messages": []}), first),
        good("user-first", CLAUDE, lead()),
        bad(
            "roles-alternate",
            NOVA,
            talk(&[("user", json!([text()])), ("user", json!([text()]))]),
            "A conversation must alternate between user and assistant roles.",
        ),
        good("roles-alternate", CLAUDE_5, system_turn()),
        bad(
            "system-turn",
            CLAUDE,
            system_turn(),
            "The model returned the following errors: messages.1: Unexpected role \"system\".",
        ),
        good("system-turn", CLAUDE_55, system_turn()),
        bad(
            "no-prefill",
            CLAUDE_46,
            prefill(),
            "The model returned the following errors: This model does not support assistant message prefill.",
        ),
        good("no-prefill", CLAUDE, prefill()),
        bad(
            "no-system",
            TITAN,
            system("Be kind."),
            "This model doesn't support system messages.",
        ),
        good("no-system", TITAN, with(hello(), json!({"system": []}))),
        good("no-system", LLAMA, system("Be kind.")),
        bad(
            "billing-header",
            CLAUDE,
            with(
                hello(),
                json!({"system": [text(), {"text": "x-anthropic-billing-header: cc_version=2.1.332; cch=36ee5;"}]}),
            ),
            "The model returned the following errors: x-anthropic-billing-header is a reserved keyword and may not be used in the system prompt.",
        ),
        good(
            "billing-header",
            CLAUDE,
            system("What is x-anthropic-billing-header: for?"),
        ),
        good(
            "billing-header",
            CLAUDE,
            user(json!([{"text": "x-anthropic-billing-header: a"}])),
        ),
        good(
            "billing-header",
            NOVA,
            system("x-anthropic-billing-header: a"),
        ),
        bad(
            "tool-results-missing",
            NOVA,
            tool_turns(
                json!([call("a"), call("b"), call("c")]),
                json!([result("b")]),
            ),
            "Expected toolResult blocks at messages.2.content for the following Ids: a, c",
        ),
        bad(
            "tool-results-missing",
            NOVA,
            with_tools(talk(&[
                ("user", json!([text()])),
                ("assistant", json!([call("a")])),
            ])),
            "Expected toolResult blocks at messages.2.content for the following Ids: a",
        ),
        good("tool-results-missing", NOVA_2, server_tool),
        bad(
            "tool-results-exceed",
            NOVA,
            tool_turns(json!([call("a")]), json!([result("a"), result("z")])),
            "The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn.",
        ),
        bad(
            "tool-results-exceed",
            NOVA,
            tool_turns(json!([call("a")]), json!([result("a"), result("a")])),
            "The number of toolResult blocks at messages.2.content exceeds",
        ),
        good(
            "tool-results-exceed",
            NOVA,
            tool_turns(
                json!([call("a"), call("b")]),
                json!([result("b"), result("a"), text()]),
            ),
        ),
        bad(
            "tool-results-alone",
            LLAMA,
            tool_turns(json!([call("a")]), json!([result("a"), text()])),
            "The model returned the following errors: messages.2.content: Conversation blocks and tool result blocks cannot",
        ),
        good("tool-results-alone", LLAMA, answered(json!([text()]))),
        bad(
            "blank-tool-result",
            CLAUDE,
            answered(json!([{"text": ""}])),
            "The model returned the following errors: messages.2.content.0.toolResult.content.0: text content blocks must be",
        ),
        good("blank-tool-result", NOVA, answered(json!([{"text": ""}]))),
    ]
}
