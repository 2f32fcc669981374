//! Schemas of tools that constrain nothing: what each family takes.

use serde_json::json;

use super::*;

const NESTED: &str = r##"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","title":"T","description":"Finds.","properties":{"home":{"$ref":"#/$defs/Home","description":"d"},"list":{"type":"array","items":{"$ref":"#/definitions/Item"}}},"required":["home"],"additionalProperties":false,"$defs":{"Home":{"type":"object","description":"own","properties":{"town":{"$ref":"#/$defs/Town"}}},"Town":{"type":"string"}},"definitions":{"Item":{"enum":["a"]}}}"##;

#[test]
fn references_are_replaced_where_a_family_takes_none() {
    let properties = json!({
        "home": {"type": "object", "properties": {"town": {"type": "string"}}, "description": "d"},
        "list": {"type": "array", "items": {"enum": ["a"]}},
    });
    for model in [NOVA, NOVA_2, LLAMA, MISTRAL, GPT_OSS, UNKNOWN] {
        let sent = send(&with_tool(model, NESTED));
        let (schema, _) = tool_schema(&sent);
        assert_eq!(schema["properties"], properties, "{model}");
        assert_eq!(schema["required"], json!(["home"]), "{model}");
        for gone in ["$defs", "definitions"] {
            assert_eq!(schema.get(gone), None, "{model}");
        }
        assert_eq!(sent.warnings, [("tools[0].input_schema".into(), false)]);
        assert_eq!(
            tool_schema(&send(&with_tool(model, &schema.to_string()))).0,
            schema
        );
    }
    for model in [CLAUDE, CLAUDE_3, OPUS_5_5] {
        let sent = send(&with_tool(model, NESTED));
        assert_eq!(tool_schema(&sent).1, NESTED, "{model}");
        assert_eq!(sent.warnings, [], "{model}");
    }
}

#[test]
fn a_plain_root_has_few_members_and_the_description_says_the_rest() {
    let root = [
        "type",
        "title",
        "properties",
        "required",
        "additionalProperties",
    ];
    let sent = send(&with_tool(NOVA, NESTED));
    let (schema, _) = tool_schema(&sent);
    let members: Vec<_> = schema.as_object().expect("an object").keys().collect();
    assert!(
        members.iter().all(|name| root.contains(&name.as_str())),
        "{members:?}"
    );
    assert_eq!(spec(&sent)["description"], "Finds.");

    let schema = r#"{"type":"object","properties":{"a":{"description":"inner"}},"minProperties":1,"examples":[{"a":1}],"description":"Finds."}"#;
    for (own, expected) in [
        (None, r#"Finds. (at least 1 members, examples [{"a":1}])"#),
        (
            Some("A tool."),
            "A tool.\n\nFinds. (at least 1 members, examples [{\"a\":1}])",
        ),
    ] {
        let request = Request {
            tools: vec![Tool {
                description: own.map(str::to_owned),
                ..tool("n", schema)
            }],
            ..hello(NOVA)
        };
        let sent = send(&request);
        assert_eq!(spec(&sent)["description"], expected);
        let (schema, _) = tool_schema(&sent);
        assert_eq!(
            schema,
            json!({"type": "object", "properties": {"a": {"description": "inner"}}})
        );
        assert_eq!(sent.warnings, [("tools[0].input_schema".into(), false)]);
    }
}

#[test]
fn a_root_may_itself_be_a_reference() {
    let schema = r##"{"$ref":"#/definitions/In","definitions":{"In":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}},"$schema":"s"}"##;
    for (model, has_definitions) in [(NOVA, false), (LLAMA, false), (CLAUDE, true)] {
        let (schema, _) = tool_schema(&send(&with_tool(model, schema)));
        assert_eq!(schema["type"], "object", "{model}");
        assert_eq!(
            schema["properties"],
            json!({"a": {"type": "string"}}),
            "{model}"
        );
        assert_eq!(schema["required"], json!(["a"]), "{model}");
        assert_eq!(
            schema.get("definitions").is_some(),
            has_definitions,
            "{model}"
        );
    }
}

#[test]
fn a_reference_that_cannot_be_replaced_becomes_an_open_object() {
    let recursive = r##"{"type":"object","properties":{"tree":{"$ref":"#/$defs/Tree"}},"$defs":{"Tree":{"type":"object","properties":{"left":{"$ref":"#/$defs/Tree","description":"the left one"},"self":{"$ref":"#"}}}}}"##;
    let sent = send(&with_tool(NOVA, recursive));
    assert_eq!(
        tool_schema(&sent).0["properties"]["tree"]["properties"]["left"],
        json!({"type": "object", "description": "the left one (structure: Tree)"})
    );
    assert_eq!(sent.lost(), ["tools[0].input_schema"]);
    for reference in [
        "https://example.org/a",
        "#/$defs/nobody",
        "#anchor",
        "#/$defs/yes",
    ] {
        let schema = format!(
            r#"{{"type":"object","properties":{{"a":{{"$ref":"{reference}"}}}},"$defs":{{"yes":true}}}}"#
        );
        let sent = send(&with_tool(NOVA, &schema));
        let a = &tool_schema(&sent).0["properties"]["a"];
        assert_eq!(a["type"], "object", "{reference}");
        assert_eq!(a.get("$ref"), None, "{reference}");
        assert_eq!(sent.lost(), ["tools[0].input_schema"], "{reference}");
        // Claude keeps what it was given.
        assert_eq!(tool_schema(&send(&with_tool(CLAUDE, &schema))).1, schema);
    }
}

#[test]
fn definitions_that_multiply_end_somewhere() {
    let one = |at: usize| {
        let next = format!(r##"{{"$ref":"#/$defs/d{}"}}"##, at + 1);
        format!(r#""d{at}":{{"type":"object","properties":{{"a":{next},"b":{next}}}}}"#)
    };
    let definitions: Vec<_> = (0..40).map(one).collect();
    let schema = format!(
        r##"{{"type":"object","properties":{{"a":{{"$ref":"#/$defs/d0"}}}},"$defs":{{{},"d40":{{"type":"string"}}}}}}"##,
        definitions.join(",")
    );
    let sent = send(&with_tool(NOVA, &schema));
    let (_, text) = tool_schema(&sent);
    assert!(
        text.len() < 200_000 && !text.contains("$ref"),
        "{}",
        text.len()
    );
    assert_eq!(sent.lost(), ["tools[0].input_schema"]);
}

#[test]
fn alternatives_at_the_root_become_one_object() {
    let create = r#"{"type":"object","properties":{"action":{"const":"create"},"name":{"type":"string"}},"required":["action","name"]}"#;
    let delete = r#"{"type":"object","title":"D","properties":{"action":{"const":"delete"},"id":{"type":"string"}},"required":["action","id"]}"#;
    for (model, at) in [(CLAUDE, "inputSchema"), (NOVA, "description")] {
        for (word, said) in [("oneOf", "exactly one of "), ("anyOf", "at least one of ")] {
            let schema = format!(
                r#"{{"type":"object","properties":{{"dry":{{"type":"boolean"}}}},"required":["dry"],"{word}":[{create},{delete}]}}"#
            );
            let sent = send(&with_tool(model, &schema));
            let (schema, _) = tool_schema(&sent);
            assert_eq!(
                schema["properties"],
                json!({
                    "dry": {"type": "boolean"},
                    "action": {"anyOf": [{"const": "create"}, {"const": "delete"}]},
                    "name": {"type": "string"},
                    "id": {"type": "string"},
                })
            );
            assert_eq!(schema["required"], json!(["dry"]));
            assert_eq!(schema.get(word), None);
            let described = match at {
                "description" => &spec(&sent)["description"],
                _ => &schema["description"],
            };
            assert_eq!(described, &format!("{said}(action, name) or (action, id)"));
            assert_eq!(
                sent.warnings,
                [(format!("tools[0].input_schema.{word}"), false)]
            );
        }
        // All of them hold, wherever they stand.
        let schema = format!(
            r##"{{"allOf":[{create},{{"$ref":"#/$defs/Page"}}],"$defs":{{"Page":{{"properties":{{"page":{{"type":"integer"}}}},"required":["page","name"]}}}}}}"##
        );
        let sent = send(&with_tool(model, &schema));
        let (schema, _) = tool_schema(&sent);
        assert_eq!(schema["required"], json!(["action", "name", "page"]));
        assert_eq!(schema["properties"]["page"], json!({"type": "integer"}));
        assert_eq!(sent.lost(), [""; 0]);
    }
}

#[test]
fn alternatives_at_the_root_that_say_more_than_properties_are_dropped() {
    for alternatives in [
        r#"[{"not":{}}]"#,
        r#"[{"properties":{"a":{}},"oneOf":[]}]"#,
        r#"[{"type":"string"}]"#,
        r#"[true]"#,
        r##"[{"$ref":"#"}]"##,
        r#"[{"$ref":"x"}]"#,
        "{}",
    ] {
        let schema =
            format!(r#"{{"type":"object","properties":{{"b":{{}}}},"oneOf":{alternatives}}}"#);
        let sent = send(&with_tool(CLAUDE, &schema));
        let (schema, _) = tool_schema(&sent);
        assert_eq!(schema, json!({"type": "object", "properties": {"b": {}}}));
        assert_eq!(
            sent.lost(),
            ["tools[0].input_schema.oneOf"],
            "{alternatives}"
        );
    }
}

#[test]
fn a_reference_into_the_alternatives_of_a_root_is_replaced_where_they_are_dropped() {
    let schema = r##"{"type":"object","anyOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"b":{"$ref":"#/anyOf/0/properties/a"}}}]}"##;
    for model in [CLAUDE, NOVA] {
        let (schema, _) = tool_schema(&send(&with_tool(model, schema)));
        let expected = json!({"a": {"type": "string"}, "b": {"type": "string"}});
        assert_eq!(schema["properties"], expected, "{model}");
    }
}

#[test]
fn alternatives_that_refer_to_one_large_definition_are_not_copied_without_end() {
    let properties: Vec<_> = (0..4000)
        .map(|at| format!(r#""property_{at}":{{"type":"string"}}"#))
        .collect();
    let schema = format!(
        r##"{{"type":"object","oneOf":[{}],"$defs":{{"A":{{"type":"object","properties":{{{}}}}}}}}}"##,
        [r##"{"$ref":"#/$defs/A"}"##; 1000].join(","),
        properties.join(","),
    );
    for model in [CLAUDE, NOVA] {
        let sent = send(&with_tool(model, &schema));
        assert!(sent.http.body.len() < 2 * schema.len(), "{model}");
        assert_eq!(sent.lost(), ["tools[0].input_schema.oneOf"], "{model}");
    }
}
