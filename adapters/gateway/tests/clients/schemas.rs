//! Schemas, as each service takes them.

use crate::support::*;
use serde_json::{Value, json};

/// The schema of native output; none where it is asked for otherwise.
fn native(asked: &Asked) -> Option<Value> {
    let format = &asked.body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"];
    format
        .as_str()
        .map(|text| serde_json::from_str(text).expect("JSON"))
}

fn each_object(schema: &Value, see: &mut impl FnMut(&Value)) {
    if schema["type"] == "object" {
        see(schema);
    }
    match schema {
        Value::Object(members) => members.values().for_each(|value| each_object(value, see)),
        Value::Array(elements) => elements.iter().for_each(|value| each_object(value, see)),
        _ => {}
    }
}

fn is_closed(schema: &Value) {
    each_object(schema, &mut |object| {
        assert_eq!(object["additionalProperties"], false, "{object}");
    });
}

fn nested() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "home": {"$ref": "#/$defs/home"},
            "tags": {"type": "array", "items": {"type": "object", "properties": {"t": {"type": "string"}}}},
        },
        "required": ["name", "home"],
        "$defs": {"home": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}},
    })
}

pub(crate) fn k07_objects_are_closed() {
    for model in [SONNET_4_5, OPUS_4_6] {
        let request = json!({
            "model": model,
            "messages": [{"role": "user", "content": "Name a person."}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "person", "schema": nested()}},
        });
        let asked = gateway().ask(CHAT, &request);
        let schema = native(&asked).expect("native output");
        is_closed(&schema);
        assert_eq!(schema["required"], json!(["name", "home"]));
        assert_eq!(schema["properties"]["name"], json!({"type": "string"}));
        assert_eq!(asked.lost(), [""; 0]);
    }
}

pub(crate) fn native_schema_open_objects() {
    let asked = gateway().ask(CHAT, &vector("native-schema-open-objects")["request"]);
    is_closed(&native(&asked).expect("native output"));
}

pub(crate) fn native_schema_anthropic_dialect() {
    let asked = gateway().ask(
        MESSAGES,
        &vector("native-schema-anthropic-dialect")["request"],
    );
    let schema = native(&asked).expect("native output");
    is_closed(&schema);
    let properties = &schema["properties"];
    assert_eq!(properties["age"].get("minimum"), None);
    assert_eq!(properties["tags"].get("maxItems"), None);
    for (name, limits) in [("age", ["0", "120"]), ("tags", ["3", "3"])] {
        let said = properties[name]["description"]
            .as_str()
            .expect("a description");
        assert!(limits.iter().all(|limit| said.contains(limit)), "{said}");
    }
    assert_eq!(asked.lost(), [""; 0]);
}

fn asks_for_json_in_words(asked: &Asked) {
    assert_eq!(asked.body.get("toolConfig"), None);
    assert_eq!(native(asked), None);
    let system = asked.body["system"].to_string();
    assert!(system.contains("JSON"), "{system}");
}

pub(crate) fn json_object_tool() {
    asks_for_json_in_words(&gateway().ask(CHAT, &vector("json-object-tool")["request"]));
}

pub(crate) fn k09_any_json_object_is_asked_for_in_words() {
    for model in [HAIKU_4_5, SONNET_4_5, NOVA] {
        let chat = json!({
            "model": model,
            "messages": [{"role": "user", "content": "Name a person."}],
            "response_format": {"type": "json_object"},
        });
        asks_for_json_in_words(&gateway().ask(CHAT, &chat));
        let responses = json!({
            "model": model, "store": false, "input": "Name a person.",
            "text": {"format": {"type": "json_object"}},
        });
        asks_for_json_in_words(&gateway().ask(RESPONSES, &responses));
    }
}

pub(crate) fn k11_at_most_twenty_tools_are_strict() {
    let tool = |number: usize| {
        json!({"type": "function", "function": {
            "name": format!("tool_{number}"),
            "strict": true,
            "parameters": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": false},
        }})
    };
    let request = json!({
        "model": SONNET_4_5,
        "messages": [{"role": "user", "content": "hi"}],
        "tools": (0..25).map(tool).collect::<Vec<_>>(),
    });
    let asked = gateway().ask(CHAT, &request);
    assert_eq!(asked.tools().len(), 25);
    let tools = asked.body["toolConfig"]["tools"]
        .as_array()
        .expect("tools")
        .iter();
    let strict = tools
        .filter(|tool| tool["toolSpec"]["strict"] == true)
        .count();
    assert_eq!(strict, 20);
    assert_eq!(asked.lost().len(), 1, "{:?}", asked.lost());
}

pub(crate) fn strict_tool_constraints() {
    let asked = gateway().ask(CHAT, &vector("strict-tool-constraints")["request"]);
    let spec = &asked.body["toolConfig"]["tools"][0]["toolSpec"];
    let schema = spec["inputSchema"]["json"].to_string();
    assert!(
        spec["strict"] != true || !schema.contains("\"minimum\""),
        "{spec}"
    );
}

pub(crate) fn k23_nova_gets_references_resolved() {
    for definitions in ["$defs", "definitions"] {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"home": {"$ref": format!("#/{definitions}/home")}},
            definitions: {"home": {"type": "object", "properties": {"town": {"type": "string"}}}},
        });
        let ask = |model: &str| {
            let request = json!({
                "model": model,
                "messages": [{"role": "user", "content": "hi"}],
                "tools": [{"type": "function", "function": {"name": "move", "parameters": schema}}],
            });
            let asked = gateway().ask(CHAT, &request);
            asked.body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"].clone()
        };
        let sent = ask(NOVA);
        assert_eq!(
            sent["properties"]["home"]["properties"]["town"]["type"],
            "string"
        );
        assert!(!sent.to_string().contains("$ref"), "{sent}");
        for member in [definitions, "$schema"] {
            assert_eq!(sent.get(member), None);
        }
        assert_eq!(ask(SONNET_4_5), schema);
    }
}
