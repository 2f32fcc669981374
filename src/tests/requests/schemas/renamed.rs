//! Properties whose names a family refuses: others in schemas and in the history.

use serde_json::{Value, json};

use super::*;

const SCHEMA: &str = r##"{"type":"object","properties":{"$filter":{"type":"string"},"ids[]":{"type":"array","items":{"type":"object","properties":{"名前":{"type":"string","description":"d"},"ok.x-1":{"type":"string"}},"required":["名前","ok.x-1"]}},"again":{"$ref":"#/properties/ids[]/items"}},"required":["$filter"],"dependentRequired":{"$filter":["ids[]"]}}"##;

fn is_legal(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(legal)
}

/// The name that stands for one.
fn sent_name(original: &str) -> String {
    let schema = json!({"type": "object", "properties": {original: {"type": "string"}}});
    let (schema, _) = tool_schema(&send(&with_tool(CLAUDE, &schema.to_string())));
    let mut names = schema["properties"].as_object().expect("properties").keys();
    names.next().expect("a name").clone()
}

#[test]
fn a_name_is_legal_and_the_same_wherever_it_stands() {
    let [filter, ids, name] = ["$filter", "ids[]", "名前"].map(sent_name);
    assert!(
        [&filter, &ids, &name]
            .into_iter()
            .all(|name| is_legal(name))
    );
    let sent = send(&with_tool(CLAUDE, SCHEMA));
    let item = json!({
        "type": "object",
        "properties": {
            &name: {"type": "string", "description": "d (named \"名前\")"},
            "ok.x-1": {"type": "string"},
        },
        "required": [&name, "ok.x-1"],
    });
    assert_eq!(
        tool_schema(&sent).0,
        json!({
            "type": "object",
            "properties": {
                &filter: {"type": "string", "description": "named \"$filter\""},
                &ids: {"type": "array", "items": item, "description": "named \"ids[]\""},
                "again": {"$ref": format!("#/properties/{ids}/items")},
            },
            "required": [&filter],
            "dependentRequired": {&filter: [&ids]},
        })
    );
    assert_eq!(sent.warnings, [("tools[0].input_schema".into(), false)]);
    for model in [LLAMA, UNKNOWN] {
        let (schema, _) = tool_schema(&send(&with_tool(model, SCHEMA)));
        assert!(schema["properties"].get("$filter").is_some(), "{model}");
    }
}

#[test]
fn a_property_without_a_name_gets_one_for_every_family() {
    let schema = r#"{"type":"object","properties":{"a":{"type":"object","properties":{"":{"type":"string"}},"required":[""]}}}"#;
    for model in [CLAUDE, NOVA, LLAMA, UNKNOWN] {
        let sent = send(&with_tool(model, schema));
        let (schema, _) = tool_schema(&sent);
        let name = sent_name("");
        let a = &schema["properties"]["a"];
        assert_eq!(a["required"], json!([&name]), "{model}");
        assert!(a["properties"].get(&name).is_some(), "{model}");
        assert_eq!(sent.warnings, [("tools[0].input_schema".into(), false)]);
    }
}

#[test]
fn calls_in_the_history_have_the_names_of_the_schema() {
    let [filter, ids, name] = ["$filter", "ids[]", "名前"].map(sent_name);
    let input = r#"{ "$filter" : "$filter", "ids[]":[{"\u540d前":1.50}], "free text":{"a b":1} }"#;
    let request = Request {
        tools: vec![tool("n", SCHEMA)],
        ..history(CLAUDE, input)
    };
    let sent = send(&request);
    let body = std::str::from_utf8(&sent.http.body).expect("UTF-8");
    // The rest of it byte for byte.
    let expected = format!(
        r#"{{ "{filter}" : "$filter", "{ids}":[{{"{name}":1.50}}], "free text":{{"a b":1}} }}"#
    );
    assert!(body.contains(&expected), "{body}");
    // Another tool's, and no tool's, stay as they are.
    for tools in [vec![tool("m", SCHEMA), any_tool()], Vec::new()] {
        let sent = send(&Request {
            tools,
            ..history(CLAUDE, input)
        });
        let call = &sent.body["messages"][1]["content"][1]["toolUse"]["input"];
        assert_eq!(call, &serde_json::from_str::<Value>(input).expect("JSON"));
    }
}

#[test]
fn the_answer_s_tool_is_kept_with_the_names_to_restore() {
    for (request, tool) in [
        (with_tool(CLAUDE, SCHEMA), "n"),
        (with_format(CLAUDE_3, SCHEMA), "structured_output"),
    ] {
        let (_, state) =
            prepare(&request, &Context::default(), Operation::Stream).expect("a request");
        let kept: Value = serde_json::from_slice(&state.to_bytes()).expect("JSON");
        let of_tool = &kept["properties"][0];
        assert_eq!(of_tool["tool"], tool);
        let names = of_tool["names"].as_array().expect("names");
        let originals: Vec<_> = names.iter().map(|pair| &pair["original"]).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        for original in ["$filter", "ids[]", "名前"] {
            assert!(originals.contains(&&json!(original)), "{originals:?}");
        }
        assert_eq!(State::from_bytes(&state.to_bytes()), Ok(state));
    }
    let (_, state) = prepare(
        &with_tool(CLAUDE, r#"{"type":"object","properties":{"a":{}}}"#),
        &Context::default(),
        Operation::Stream,
    )
    .expect("a request");
    let kept: Value = serde_json::from_slice(&state.to_bytes()).expect("JSON");
    assert_eq!(kept.get("properties"), None);
}
