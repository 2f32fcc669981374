//! Whether and what the model must call.

use serde_json::{Value, json};

use super::*;
use crate::canonical::ErrorKind;

fn choosing(model: &str, mode: ToolChoiceMode) -> Request {
    Request {
        tools: vec![any_tool(), tool("m", r#"{"type":"object"}"#)],
        tool_choice: choose(mode),
        ..hello(model)
    }
}

/// `auto`, `any` and `tool`, as each family is told them: the nearest form that it takes.
#[test]
fn each_family_is_told_the_nearest_choice_that_it_takes() {
    const ALL: [&str; 3] = ["auto", "any", "tool"];
    const ANY: [&str; 3] = ["auto", "any", "any"];
    const AUTO: [&str; 3] = ["auto", "auto", "auto"];
    const NONE: [&str; 3] = ["", "", ""];
    for (model, expected) in [
        (CLAUDE_3, ALL),
        (CLAUDE, ALL),
        (OPUS_4_7, ALL),
        (HAIKU_5_5, ALL),
        // It always thinks, and is not forced while it does.
        (FABLE, AUTO),
        (OPUS_5_5, AUTO),
        (NOVA, ALL),
        (NOVA_2, ALL),
        (GPT, ALL),
        (GROK, ALL),
        ("bedrock/us.zai.glm-5.3", ALL),
        (MISTRAL, ANY),
        (PIXTRAL, ANY),
        (DEEPSEEK, ANY),
        (GLM, ANY),
        (LLAMA, AUTO),
        (LLAMA_4, AUTO),
        (COMMAND_R, NONE),
        (JAMBA, NONE),
        (GPT_OSS, NONE),
        (QWEN, NONE),
        (KIMI, NONE),
        (UNKNOWN, NONE),
    ] {
        let modes = [
            ToolChoiceMode::Auto,
            ToolChoiceMode::Any,
            ToolChoiceMode::Tool("m".into()),
        ];
        for ((mode, asked), expected) in modes.into_iter().zip(ALL).zip(expected) {
            let sent = send(&choosing(model, mode));
            let form = match expected {
                "" => Value::Null,
                "tool" => json!({"tool": {"name": "m"}}),
                form => json!({ form: {} }),
            };
            let config = &sent.body["toolConfig"];
            assert_eq!(config["toolChoice"], form, "{model}: {asked}");
            assert_eq!(config["tools"].as_array().map(Vec::len), Some(2), "{model}");
            // Not to be told auto is to choose freely.
            let is_lost = asked != "auto" && asked != expected;
            let lost = if is_lost { &["tool_choice"][..] } else { &[] };
            assert_eq!(sent.lost(), lost, "{model}: {asked}");
        }
    }
}

#[test]
fn what_thinks_is_not_forced_unless_it_can_be() {
    for (model, asked, expected) in [
        (CLAUDE, budget(2048), "auto"),
        (OPUS_4_6, adaptive(), "auto"),
        (OPUS_4_7, adaptive(), "auto"),
        (DEEPSEEK, adaptive(), "auto"),
        (HAIKU_5_5, adaptive(), "any"),
        (NOVA_2, adaptive(), "any"),
        (GPT, adaptive(), "any"),
    ] {
        let request = Request {
            thinking: Some(asked),
            ..choosing(model, ToolChoiceMode::Any)
        };
        let sent = send(&request);
        let said = &sent.body["toolConfig"]["toolChoice"];
        assert_eq!(said, &json!({ expected: {} }), "{model}");
        let lost = if expected == "auto" {
            &["tool_choice"][..]
        } else {
            &[]
        };
        assert_eq!(sent.lost(), lost, "{model}");
    }
}

#[test]
fn without_a_choice_none_is_said() {
    let config = member(&history(CLAUDE, "{}"), "toolConfig");
    assert_eq!(config.get("toolChoice"), None);
    assert_eq!(config["tools"].as_array().map(Vec::len), Some(1));
}

#[test]
fn none_of_the_tools_is_said_by_showing_none_where_none_was_used() {
    for model in [CLAUDE, NOVA, LLAMA, MISTRAL, UNKNOWN] {
        let request = Request {
            tools: vec![any_tool()],
            tool_choice: choose(ToolChoiceMode::None),
            ..hello(model)
        };
        let Sent { body, warnings, .. } = send(&request);
        assert_eq!(body.get("toolConfig"), None, "{model}");
        assert_eq!(body.get("additionalModelRequestFields"), None, "{model}");
        assert_eq!(warnings, [], "{model}");
    }
}

#[test]
fn none_of_the_tools_once_some_were_used_is_said_to_claude_in_its_own_field() {
    let request = |model| Request {
        tool_choice: choose(ToolChoiceMode::None),
        ..history(model, "{}")
    };
    let body = send(&request(CLAUDE)).body;
    assert_eq!(
        body["additionalModelRequestFields"],
        json!({"tool_choice": {"type": "none"}})
    );
    assert_eq!(body["toolConfig"].get("toolChoice"), None);
    assert_eq!(
        body["toolConfig"]["tools"].as_array().map(Vec::len),
        Some(1)
    );
    // Others cannot be told: they are told of the calls in words instead.
    for model in [NOVA, LLAMA, MISTRAL, UNKNOWN] {
        let sent = send(&request(model));
        assert_eq!(sent.body.get("toolConfig"), None, "{model}");
        assert_eq!(
            sent.body["messages"][1]["content"][1]["text"],
            "[called the tool n with {}]"
        );
        assert_eq!(
            sent.body["messages"][2]["content"],
            json!([{"text": "[the tool returned: x]"}])
        );
        assert_eq!(
            sent.warnings,
            [("tool_choice".to_owned(), false)],
            "{model}"
        );
    }
}

#[test]
fn one_call_a_turn_is_said_to_claude_in_its_own_field_and_there_alone() {
    for (mode, expected) in [
        (
            ToolChoiceMode::Auto,
            json!({"type": "auto", "disable_parallel_tool_use": true}),
        ),
        (
            ToolChoiceMode::Any,
            json!({"type": "any", "disable_parallel_tool_use": true}),
        ),
        (
            ToolChoiceMode::Tool("n".into()),
            json!({"type": "tool", "name": "n", "disable_parallel_tool_use": true}),
        ),
    ] {
        let request = Request {
            tool_choice: choose_one(mode),
            ..history(CLAUDE, "{}")
        };
        let Sent { body, warnings, .. } = send(&request);
        assert_eq!(
            body["additionalModelRequestFields"],
            json!({"tool_choice": expected})
        );
        assert_eq!(body["toolConfig"].get("toolChoice"), None);
        assert_eq!(warnings, []);
    }
}

#[test]
fn one_call_a_turn_is_lost_on_others_and_the_choice_is_kept() {
    for (model, kept) in [(NOVA, "any"), (MISTRAL, "any"), (LLAMA, "auto")] {
        let request = Request {
            tool_choice: choose_one(ToolChoiceMode::Any),
            ..history(model, "{}")
        };
        let sent = send(&request);
        assert_eq!(sent.body["toolConfig"]["toolChoice"], json!({ kept: {} }));
        assert_eq!(sent.additional(), &Value::Null);
        assert!(
            sent.lost()
                .contains(&"tool_choice.disable_parallel_tool_use")
        );
    }
}

#[test]
fn a_choice_among_tools_of_anthropic_s_is_said_in_its_own_field() {
    let computer = || Tool {
        server_type: Some("computer_20250124".into()),
        ..tool("computer", "{}")
    };
    for (tools, mode, expected) in [
        (
            vec![computer()],
            ToolChoiceMode::Any,
            json!({"type": "any"}),
        ),
        (
            vec![computer()],
            ToolChoiceMode::Tool("computer".into()),
            json!({"type": "tool", "name": "computer"}),
        ),
        (
            vec![any_tool(), computer()],
            ToolChoiceMode::Tool("computer".into()),
            json!({"type": "tool", "name": "computer"}),
        ),
    ] {
        let request = Request {
            tools,
            tool_choice: choose(mode),
            ..hello(CLAUDE)
        };
        let sent = send(&request);
        assert_eq!(sent.additional()["tool_choice"], expected);
        assert_eq!(sent.body["toolConfig"].get("toolChoice"), None);
        assert_eq!(sent.warnings, []);
    }
}

#[test]
fn a_choice_of_a_tool_that_bedrock_does_not_run_is_refused_by_its_type() {
    let search = || Tool {
        server_type: Some("web_search_20250305".into()),
        ..tool("web_search", "{}")
    };
    let by_name = || ToolChoiceMode::Tool("web_search".into());
    for (tools, mode, path) in [
        (vec![any_tool(), search()], by_name(), "tool_choice.name"),
        (vec![search()], by_name(), "tool_choice.name"),
        (vec![search()], ToolChoiceMode::Any, "tool_choice"),
    ] {
        let request = Request {
            tools,
            tool_choice: choose(mode),
            ..hello(CLAUDE)
        };
        let error = refusal(&request);
        assert_eq!(
            (error.kind, error.path.as_deref()),
            (ErrorKind::Unsupported, Some(path))
        );
        let says = "web_search_20250305 is not supported by Bedrock";
        assert!(error.message.contains(says), "{}", error.message);
    }
    let unknown = Request {
        tools: vec![search()],
        tool_choice: choose(ToolChoiceMode::Tool("x".into())),
        ..hello(CLAUDE)
    };
    assert_eq!(refusal(&unknown).kind, ErrorKind::InvalidRequest);
}

#[test]
fn a_choice_of_a_tool_that_is_not_there_is_refused() {
    let error = refusal(&choosing(CLAUDE, ToolChoiceMode::Tool("x".into())));
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert_eq!(error.path.as_deref(), Some("tool_choice.name"));
}

#[test]
fn a_choice_without_tools_is_refused_where_it_must_be_met() {
    for (mode, is_met) in [
        (ToolChoiceMode::Auto, true),
        (ToolChoiceMode::None, true),
        (ToolChoiceMode::Any, false),
        (ToolChoiceMode::Tool("n".into()), false),
    ] {
        let request = Request {
            tool_choice: choose(mode),
            ..hello(CLAUDE)
        };
        if is_met {
            assert_eq!(member(&request, "toolConfig"), Value::Null);
        } else {
            let error = refusal(&request);
            assert_eq!(error.kind, ErrorKind::InvalidRequest);
            assert_eq!(error.path.as_deref(), Some("tool_choice"));
        }
    }
}
