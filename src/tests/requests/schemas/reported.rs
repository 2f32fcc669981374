//! Schemas that were reported to be refused, and what becomes of them.

use serde_json::{Value, json};

use super::*;

const PERSON: &str = r#"{"type":"object","properties":{"name":{"type":"string"},"home":{"type":"object","properties":{"town":{"type":"string"}},"required":["town"]}},"required":["name","home"]}"#;

fn native(model: &str, schema: &str) -> Value {
    let sent = send(&with_format(model, schema));
    let text = native_schema(&sent).expect("a native format");
    assert_eq!(sent.lost(), [""; 0]);
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn k07_native_schema_open_objects() {
    for model in [CLAUDE, OPUS_4_6] {
        let mut expected: Value = serde_json::from_str(PERSON).expect("JSON");
        expected["additionalProperties"] = json!(false);
        expected["properties"]["home"]["additionalProperties"] = json!(false);
        assert_eq!(native(model, PERSON), expected);
    }
}

#[test]
fn native_schema_anthropic_dialect() {
    let schema = r#"{"type":"object","properties":{"age":{"type":"integer","minimum":0,"maximum":120},"tags":{"type":"array","items":{"type":"string","minLength":1},"maxItems":3},"home":{"type":"object","properties":{"town":{"type":"string"}},"required":["town"]}},"required":["age","tags","home"]}"#;
    assert_eq!(
        native(
            "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0",
            schema
        ),
        json!({
            "type": "object",
            "properties": {
                "age": {"type": "integer", "description": "minimum 0, maximum 120"},
                "tags": {
                    "type": "array",
                    "items": {"type": "string", "minLength": 1},
                    "description": "at most 3 items",
                },
                "home": {
                    "type": "object",
                    "properties": {"town": {"type": "string"}},
                    "required": ["town"],
                    "additionalProperties": false,
                },
            },
            "required": ["age", "tags", "home"],
            "additionalProperties": false,
        })
    );
}

#[test]
fn k09_json_object_tool() {
    for model in [
        "bedrock/us.amazon.nova-pro-v1:0",
        "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0",
        CLAUDE,
    ] {
        let sent = send(&with_format(model, r#"{"type":"object"}"#));
        assert_eq!(sent.body.get("toolConfig"), None, "{model}");
        assert_eq!(sent.body.get("outputConfig"), None, "{model}");
        let words = sent.body["system"][0]["text"].as_str().expect("words");
        assert!(words.contains("one JSON object"), "{words}");
    }
}

#[test]
fn k11_strict_tool_constraints() {
    let schema = r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1,"maximum":5}},"required":["n"],"additionalProperties":false}"#;
    let strict = |at: usize| Tool {
        strict: Some(true),
        ..tool(&format!("t{at}"), schema)
    };
    let request = Request {
        tools: (0..25).map(strict).collect(),
        ..hello(CLAUDE)
    };
    let sent = send(&request);
    let tools = sent.body["toolConfig"]["tools"].as_array().expect("tools");
    assert_eq!(tools.len(), 25);
    let mut count = 0;
    for tool in tools {
        let spec = &tool["toolSpec"];
        let constraint = spec["inputSchema"]["json"].pointer("/properties/n/minimum");
        match spec["strict"] == true {
            true => assert_eq!(constraint, None),
            false => assert_eq!(constraint, Some(&json!(1))),
        }
        count += usize::from(spec["strict"] == true);
    }
    assert_eq!(count, 20);
    assert_eq!(sent.lost(), ["tools"]);
}

#[test]
fn k23_definitions_at_the_root_of_a_tool_s_schema() {
    for definitions in ["$defs", "definitions"] {
        let schema = json!({
            "type": "object",
            "properties": {"home": {"$ref": format!("#/{definitions}/Home")}},
            definitions: {"Home": {"type": "object", "properties": {"town": {"type": "string"}}}},
        })
        .to_string();
        let sent = send(&with_tool(NOVA, &schema));
        assert_eq!(
            tool_schema(&sent).0,
            json!({
                "type": "object",
                "properties": {"home": {"type": "object", "properties": {"town": {"type": "string"}}}},
            })
        );
        assert_eq!(sent.lost(), [""; 0]);
        assert_eq!(tool_schema(&send(&with_tool(CLAUDE, &schema))).1, schema);
    }
}
