//! An answer that is JSON of a schema.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{ErrorKind, OutputConfig, OutputFormat};

const SCHEMA: &str = r#"{"type":"object", "properties":{"z":{"type":"string"},"a":{"enum":[1]}},"additionalProperties":false}"#;

fn formatted(model: &str) -> Request {
    Request {
        output: Some(OutputConfig {
            format: Some(OutputFormat {
                name: Some("thing".into()),
                description: Some("d".into()),
                schema: SCHEMA.into(),
            }),
            effort: None,
        }),
        ..hello(model)
    }
}

#[test]
fn a_model_that_has_it_is_asked_natively_and_the_schema_goes_out_byte_for_byte() {
    for model in [
        CLAUDE,
        OPUS_4_5,
        OPUS_4_6,
        DEEPSEEK,
        QWEN,
        MINIMAX,
        GLM,
        "bedrock/mistral.ministral-3-8b-instruct",
    ] {
        let request = formatted(model);
        assert_eq!(
            member(&request, "outputConfig"),
            json!({"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {
                "name": "thing", "description": "d", "schema": SCHEMA,
            }}}}),
            "{model}"
        );
        assert_eq!(member(&request, "toolConfig"), Value::Null, "{model}");
    }
}

#[test]
fn a_model_that_calls_tools_is_given_one_to_answer_with() {
    for (model, choice) in [
        (CLAUDE_3, json!({"tool": {"name": "structured_output"}})),
        (OPUS_4_7, json!({"tool": {"name": "structured_output"}})),
        (NOVA, json!({"tool": {"name": "structured_output"}})),
        (MISTRAL, json!({"any": {}})),
        (LLAMA, json!({"auto": {}})),
        (GPT_OSS, Value::Null),
        (UNKNOWN, Value::Null),
    ] {
        let sent = send(&formatted(model));
        assert_eq!(sent.body.get("outputConfig"), None, "{model}");
        let config = &sent.body["toolConfig"];
        let spec = &config["tools"][0]["toolSpec"];
        assert_eq!(spec["name"], "structured_output", "{model}");
        let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
        assert_eq!(spec["inputSchema"]["json"], schema, "{model}");
        assert_eq!(config["toolChoice"], choice, "{model}");
        assert!(sent.changed().contains(&"output.format"), "{model}");
    }
}

#[test]
fn the_caller_s_own_tools_may_be_called_before_the_answer() {
    let request = Request {
        tools: vec![
            any_tool(),
            tool("structured_output", r#"{"type":"object"}"#),
        ],
        ..formatted(NOVA)
    };
    let sent = send(&request);
    let tools = sent.body["toolConfig"]["tools"].as_array().expect("tools");
    let names: Vec<_> = tools.iter().map(|tool| &tool["toolSpec"]["name"]).collect();
    assert_eq!(names, ["n", "structured_output", "structured_output_"]);
    assert_eq!(sent.body["toolConfig"]["toolChoice"], json!({"any": {}}));
    let none = Request {
        tool_choice: choose(ToolChoiceMode::None),
        ..request
    };
    assert_eq!(
        send(&none).body["toolConfig"]["toolChoice"],
        json!({"tool": {"name": "structured_output_"}})
    );
}

#[test]
fn a_model_without_tools_is_asked_in_words() {
    for (model, has_system) in [(LLAMA_3, true), (DEEPSEEK_R1, true), (TITAN, false)] {
        let sent = send(&formatted(model));
        let at = if has_system {
            &sent.body["system"]
        } else {
            &sent.body["messages"][0]["content"]
        };
        let words = at[0]["text"].as_str().expect("a text");
        assert!(words.contains(SCHEMA) && words.contains(" d "), "{words}");
        assert_eq!(sent.body.get("toolConfig"), None, "{model}");
        assert!(sent.changed().contains(&"output.format"), "{model}");
    }
}

#[test]
fn a_schema_that_is_no_object_is_refused() {
    for model in [CLAUDE, NOVA, TITAN] {
        for schema in ["", "[]", "{", "true"] {
            let request = Request {
                output: format(schema),
                ..hello(model)
            };
            let error = refusal(&request);
            assert_eq!(error.kind, ErrorKind::InvalidRequest, "{model} {schema}");
            assert_eq!(error.path.as_deref(), Some("output.format.schema"));
        }
    }
}
