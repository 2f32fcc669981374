//! Tools that a provider runs: Anthropic's at the caller's, Amazon's at AWS.

use serde_json::{Value, json};

use super::*;
use crate::canonical::ServerToolResultBlock;

fn run_by(server_type: &str, name: &str, configuration: &str) -> Tool {
    Tool {
        server_type: Some(server_type.into()),
        ..tool(name, configuration)
    }
}

#[test]
fn anthropic_s_own_tools_go_to_its_own_field_with_their_beta() {
    let request = Request {
        tools: vec![
            any_tool(),
            run_by(
                "computer_20250124",
                "computer",
                r#"{"display_width_px":800,"name":"no"}"#,
            ),
            run_by("bash_20250124", "bash", "{}"),
        ],
        ..hello(CLAUDE)
    };
    assert_eq!(
        additional(&request),
        json!({
            "tools": [
                {"type": "computer_20250124", "name": "computer", "display_width_px": 800},
                {"type": "bash_20250124", "name": "bash"},
            ],
            "anthropic_beta": ["computer-use-2025-01-24"],
        })
    );
    // The caller's own stay in Converse's list.
    let tools = member(&request, "toolConfig")["tools"].clone();
    assert_eq!(tools.as_array().map(Vec::len), Some(1));
    assert_eq!(tools[0]["toolSpec"]["name"], "n");
}

#[test]
fn amazon_s_own_tools_go_to_nova_2() {
    let request = Request {
        tools: vec![run_by("nova_grounding", "nova_grounding", "{}"), any_tool()],
        ..hello(NOVA_2)
    };
    let tools = member(&request, "toolConfig")["tools"].clone();
    assert_eq!(tools[0], json!({"systemTool": {"name": "nova_grounding"}}));
    assert_eq!(tools[1]["toolSpec"]["name"], "n");
}

#[test]
fn a_tool_that_bedrock_does_not_run_is_left_out_and_the_loss_is_told() {
    for (model, kind) in [
        (CLAUDE, "web_search_20250305"),
        (CLAUDE, "code_execution_20250522"),
        (CLAUDE, "nova_grounding"),
        (NOVA_2, "computer_20250124"),
        (NOVA, "nova_grounding"),
        (LLAMA, "bash_20250124"),
    ] {
        let request = Request {
            tools: vec![any_tool(), run_by(kind, "other", "{}")],
            ..hello(model)
        };
        let sent = send(&request);
        assert_eq!(sent.lost(), ["tools[1]"], "{kind}");
        assert_eq!(sent.additional(), &Value::Null, "{kind}");
        let tools = sent.body["toolConfig"]["tools"].as_array();
        assert_eq!(tools.map(Vec::len), Some(1), "{kind}");
    }
}

#[test]
fn anthropic_s_own_tools_have_their_cache_point_in_their_own_field() {
    let marked = |tool: Tool| Tool {
        cache_control: cache(None),
        ..tool
    };
    let computer = marked(run_by("computer_20250124", "computer", "{}"));
    let request = Request {
        tools: vec![marked(any_tool()), computer],
        ..hello(CLAUDE)
    };
    let sent = send(&request);
    let tools = sent.body["toolConfig"]["tools"].as_array().expect("tools");
    assert_eq!(tools.len(), 2);
    assert_eq!(tools[1], json!({"cachePoint": {"type": "default"}}));
    assert_eq!(
        sent.additional()["tools"][0]["cache_control"],
        json!({"type": "ephemeral"})
    );
    assert_eq!(sent.warnings, []);
}

#[test]
fn settings_of_anthropic_s_own_tools_are_an_object_or_refused() {
    for settings in ["[]", "{", "1"] {
        let request = Request {
            tools: vec![run_by("bash_20250124", "bash", settings)],
            ..hello(CLAUDE)
        };
        let error = refusal(&request);
        assert_eq!(error.path.as_deref(), Some("tools[0].input_schema"));
    }
    let request = Request {
        tools: vec![run_by("bash_20250124", "bash", "")],
        ..hello(CLAUDE)
    };
    assert_eq!(send(&request).warnings, []);
}

#[test]
fn a_tool_that_the_service_ran_for_nova_goes_back_with_its_result() {
    let call = ToolUseBlock {
        id: "s1".into(),
        name: "nova_grounding".into(),
        input: r#"{"q":1}"#.into(),
        cache_control: None,
    };
    let returned = ServerToolResultBlock {
        tool_use_id: "s1".into(),
        kind: "nova_grounding_result".into(),
        content: r#"[{"json":{"a":1}},{"text":"t"}]"#.into(),
    };
    let turns = [
        user([text("q")]),
        assistant([
            ContentBlock::ServerToolUse(call),
            ContentBlock::ServerToolResult(returned),
            text("a"),
        ]),
        user([text("r")]),
    ];
    // With and without the tool: the history must say what its tools are.
    for tools in [
        vec![run_by("nova_grounding", "nova_grounding", "{}")],
        vec![],
    ] {
        let sent = send(&Request {
            tools,
            ..request(NOVA_2, turns.clone())
        });
        assert_eq!(
            sent.body["messages"][1]["content"],
            json!([
                {"toolUse": {
                    "toolUseId": "s1", "name": "nova_grounding", "input": {"q": 1}, "type": "server_tool_use",
                }},
                {"toolResult": {
                    "toolUseId": "s1", "content": [{"json": {"a": 1}}, {"text": "t"}], "type": "nova_grounding_result",
                }},
                {"text": "a"},
            ])
        );
        assert_eq!(
            sent.body["toolConfig"]["tools"],
            json!([{"systemTool": {"name": "nova_grounding"}}])
        );
        assert_eq!(sent.lost(), [""; 0]);
    }
    for model in [CLAUDE, NOVA, LLAMA] {
        let sent = send(&request(model, turns.clone()));
        let turn = &sent.body["messages"][1]["content"];
        assert_eq!(turn, &json!([{"text": "a"}]), "{model}");
        assert_eq!(
            sent.lost(),
            ["messages[1].content[0]", "messages[1].content[1]"],
            "{model}"
        );
    }
}
