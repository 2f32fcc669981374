//! Rules about tools.

use crate::cases::*;
use bedrock_emulator::Operation::ConverseStream;
use serde_json::{Value, json};

const MALFORMED: &str = "The model returned the following errors: Malformed input request: #/messages/2/content/0: extraneous key [toolResult] is not permitted, please reformat your input and try again.";

pub(crate) fn cases() -> Vec<Case> {
    let object = || json!({"type": "object"});
    let one = |schema: Value, more: Value| with_tool(hello(), tool(schema, more));
    let twice = with(
        hello(),
        json!({"toolConfig": {"tools": [tool(object(), json!({})), tool(object(), json!({}))]}}),
    );
    let mut array = call("a");
    array["toolUse"]["input"] = json!([1]);
    let ids = |id: &str| tool_turns(json!([call(id)]), json!([result(id)]));
    let mut status = ids("a");
    status["messages"][2]["content"][0]["toolResult"]["status"] = json!("error");
    let choices = "This model doesn't support the toolConfig.toolChoice.";
    let named = || choice(json!({"tool": {"name": "look"}}));
    let union = || json!({"type": "object", "anyOf": [{"required": ["a"]}]});
    let closed = || json!({"type": "object", "additionalProperties": false});
    let strict = || one(closed(), json!({"strict": true}));
    let input = |input: Value| {
        let mut call = call("a");
        call["toolUse"]["input"] = input;
        tool_turns(json!([call]), json!([result("a")]))
    };
    let rounds = |first: &str, second: &str| {
        with_tools(talk(&[
            ("user", json!([text()])),
            ("assistant", json!([call(first)])),
            ("user", json!([result(first)])),
            ("assistant", json!([text(), call(second)])),
            ("user", json!([result(second)])),
        ]))
    };
    let system_tool = || with_tool(hello(), json!({"systemTool": {"name": "nova_grounding"}}));
    vec![
        bad(
            "tool-config-missing",
            NOVA,
            talk(&[
                ("user", json!([text()])),
                ("assistant", json!([call("a")])),
                ("user", json!([result("a")])),
            ]),
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        ),
        good("tool-config-missing", NOVA, ids("a")),
        bad(
            "no-tools",
            TITAN,
            with_tools(hello()),
            "This model doesn't support tool use.",
        ),
        good("no-tools", MISTRAL, with_tools(hello())),
        bad(
            "tools-in-stream",
            LLAMA,
            with_tools(hello()),
            "This model doesn't support tool use in streaming mode.",
        )
        .on(ConverseStream),
        good("tools-in-stream", LLAMA, with_tools(hello())),
        good("tools-in-stream", NOVA, with_tools(hello())).on(ConverseStream),
        bad("tool-choice", QWEN, choice(json!({"auto": {}})), choices),
        bad("tool-choice", GPT_OSS, choice(json!({"any": {}})), choices),
        bad("tool-choice", LLAMA, choice(json!({"any": {}})), choices),
        bad("tool-choice", LLAMA, named(), choices),
        bad(
            "tool-choice",
            MISTRAL,
            named(),
            "This model doesn't support the toolConfig.toolChoice.tool field. Remove toolConfig.toolChoice.tool and try again.",
        ),
        good("tool-choice", LLAMA, choice(json!({"auto": {}}))),
        good("tool-choice", MISTRAL, choice(json!({"any": {}}))),
        good("tool-choice", NOVA, named()),
        good("tool-choice", "us.zai.glm-5.3", named()),
        bad(
            "tool-choice-unknown",
            NOVA,
            choice(json!({"tool": {"name": "other"}})),
            "The model returned the following errors: tool_choice: Tool 'other' not found in provided tools",
        ),
        good("tool-choice-unknown", CLAUDE, named()),
        bad(
            "tool-names-unique",
            NOVA,
            twice,
            "The model returned the following errors: tools: Tool names must be unique. look is given twice.",
        ),
        good("tool-names-unique", NOVA, with_tools(hello())),
        bad(
            "tool-use-ids-unique",
            NOVA,
            tool_turns(
                json!([call("a"), call("a")]),
                json!([result("a"), result("a")]),
            ),
            "The model returned the following errors: messages.1.content.1: `tool_use` ids must be unique",
        ),
        bad(
            "tool-use-ids-unique",
            CLAUDE,
            rounds("call_0", "call_0"),
            "The model returned the following errors: messages.3.content.1: `tool_use` ids must be unique",
        ),
        bad(
            "tool-use-ids-unique",
            LLAMA,
            rounds("call_0", "call_0"),
            "The model returned the following errors: messages.3.content.1: `tool_use` ids must be unique",
        ),
        good("tool-use-ids-unique", CLAUDE, rounds("call_0", "call_1")),
        good(
            "tool-use-ids-unique",
            NOVA,
            tool_turns(
                json!([call("a"), call("b")]),
                json!([result("a"), result("b")]),
            ),
        ),
        bad(
            "tool-use-id-form",
            MISTRAL,
            ids("tooluse_1"),
            "The model returned the following errors: Tool call id was tooluse_1 but must be a-z, A-Z, 0-9, with a length of 9.",
        ),
        good("tool-use-id-form", MISTRAL, ids("abcDEF123")),
        bad(
            "tool-json-object",
            NOVA,
            tool_turns(json!([array]), json!([result("a")])),
            "The format of the value at messages.1.content.0.toolUse.input is invalid.",
        ),
        bad(
            "tool-json-object",
            NOVA,
            answered(json!([{"json": [1]}])),
            "The format of the value at messages.2.content.0.toolResult.content.0.json is invalid.",
        ),
        good(
            "tool-json-object",
            NOVA,
            answered(json!([{"json": {"a": 1}}])),
        ),
        bad(
            "tool-input-names",
            NOVA,
            input(json!({"": 1})),
            "The format of the value at messages.1.content.0.toolUse.input is invalid.",
        ),
        bad(
            "tool-input-names",
            CLAUDE,
            input(json!({"a": [1, {"b": {"": {}}}]})),
            "The format of the value at messages.1.content.0.toolUse.input is invalid.",
        ),
        good(
            "tool-input-names",
            CLAUDE,
            input(json!({" ": {"a": ""}, "b": [""]})),
        ),
        good(
            "tool-input-names",
            CLAUDE,
            answered(json!([{"json": {"": 1}}])),
        ),
        bad(
            "tool-schema-object",
            NOVA,
            one(json!({"type": "array"}), json!({})),
            "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.",
        ),
        good(
            "tool-schema-object",
            NOVA,
            one(object(), json!({"description": "Looks."})),
        ),
        bad(
            "tool-schema-root",
            CLAUDE,
            one(union(), json!({})),
            "The model returned the following errors: toolConfig.tools.0.toolSpec.input_schema: input_schema does not support oneOf",
        ),
        good("tool-schema-root", LLAMA, one(union(), json!({}))),
        bad(
            "tool-strict",
            NOVA,
            strict(),
            "The model returned the following errors: Malformed input request: #/toolConfig/tools/0/toolSpec: extraneous key [strict]",
        ),
        bad(
            "tool-strict",
            CLAUDE_4,
            strict(),
            "The model returned the following errors: Malformed",
        ),
        bad(
            "tool-strict",
            CLAUDE_5,
            strict(),
            "The model returned the following errors: Malformed",
        ),
        good("tool-strict", CLAUDE, strict()),
        good("tool-strict", OPAQUE, strict()),
        bad(
            "system-tool",
            CLAUDE,
            system_tool(),
            "This model doesn't support the systemTool field. Remove toolConfig.tools.0.systemTool",
        ),
        good("system-tool", NOVA_2, system_tool()),
        bad(
            "tool-result-status",
            "us.writer.palmyra-x5-v1:0",
            status.clone(),
            "This model doesn't support the status field. Remove messages.2.content.0.toolResult.status",
        ),
        good("tool-result-status", NOVA, status),
        bad(
            "tool-result-media",
            NOVA_2,
            answered(json!([pdf("a")])),
            MALFORMED,
        ),
        bad(
            "tool-result-media",
            "us.mistral.pixtral-large-2502-v1:0",
            answered(json!([image("png")])),
            MALFORMED,
        ),
        bad(
            "tool-result-media",
            QWEN,
            answered(json!([document("a")])),
            MALFORMED,
        ),
        bad(
            "tool-result-media",
            CLAUDE,
            answered(json!([{"video": {"format": "mp4", "source": {"bytes": "YQ=="}}}])),
            MALFORMED,
        ),
        good(
            "tool-result-media",
            NOVA_2,
            answered(json!([document("a"), image("png")])),
        ),
        good(
            "tool-result-media",
            NOVA_2,
            answered(json!([{"document": {"name": "a", "source": {"text": "b"}}}])),
        ),
        good(
            "tool-result-media",
            CLAUDE,
            answered(json!([pdf("a"), image("png")])),
        ),
        good(
            "tool-result-media",
            LLAMA,
            answered(json!([pdf("a"), image("png")])),
        ),
    ]
}
