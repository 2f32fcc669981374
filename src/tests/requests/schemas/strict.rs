//! Strict tools: a schema as constrained decoding takes it, and no more of them than the service takes.

use serde_json::{Value, json};

use super::*;

fn strict(name: &str, schema: &str) -> Tool {
    Tool {
        strict: Some(true),
        ..tool(name, schema)
    }
}

fn of(model: &str, tools: Vec<Tool>) -> Request {
    Request {
        tools,
        ..hello(model)
    }
}

#[test]
fn a_strict_tool_has_the_schema_that_constrained_decoding_takes() {
    let schema = r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1,"maximum":5}},"required":["n"]}"#;
    let request = of(CLAUDE, vec![strict("rate", schema)]);
    let sent = send(&request);
    assert_eq!(spec(&sent)["strict"], true);
    assert_eq!(
        spec(&sent)["inputSchema"]["json"],
        json!({
            "type": "object",
            "properties": {"n": {"type": "integer", "description": "minimum 1, maximum 5"}},
            "required": ["n"],
            "additionalProperties": false,
        })
    );
    assert_eq!(sent.warnings, [("tools[0].input_schema".into(), false)]);
    // A tool that the model is not held to keeps what it says.
    for (model, strict) in [
        (CLAUDE, Some(false)),
        (CLAUDE, None),
        (CLAUDE_3, Some(true)),
    ] {
        let tool = Tool {
            strict,
            ..tool("rate", schema)
        };
        let sent = send(&of(model, vec![tool]));
        assert_eq!(tool_schema(&sent).1, schema, "{model}");
    }
}

/// Every reader takes the last of one name; if words stood in all, they would be as many as the square of the members.
#[test]
fn of_several_descriptions_the_last_has_the_words() {
    let schema = r#"{"type":"object","properties":{"n":{"type":"integer","description":"a","minimum":1,"description":"b"}}}"#;
    let sent = send(&of(CLAUDE, vec![strict("rate", schema)]));
    assert_eq!(
        tool_schema(&sent).1,
        r#"{"type":"object","properties":{"n":{"type":"integer","description":"a","description":"b (minimum 1)"}},"additionalProperties":false}"#
    );
}

#[test]
fn a_schema_that_cannot_be_said_strictly_is_not_strict() {
    for schema in [
        r#"{"type":"object"}"#,
        r#"{"type":"object","properties":{"a":{"type":"object","additionalProperties":{"type":"string"}}}}"#,
        r##"{"type":"object","properties":{"a":{"$ref":"#"}}}"##,
    ] {
        let sent = send(&of(CLAUDE, vec![strict("n", schema)]));
        assert_eq!(spec(&sent).get("strict"), None, "{schema}");
        assert_eq!(tool_schema(&sent).1, schema);
        assert_eq!(sent.warnings, [("tools[0].strict".into(), true)]);
    }
}

#[test]
fn a_root_that_refers_to_a_definition_is_what_it_refers_to() {
    let schema = r##"{"$ref":"#/$defs/A","$defs":{"A":{"type":"object","properties":{"a":{"$ref":"#/$defs/B"}}},"B":{"type":"string"}}}"##;
    let sent = send(&of(CLAUDE, vec![strict("n", schema)]));
    let root = &spec(&sent)["inputSchema"]["json"];
    assert_eq!(root["type"], "object");
    assert_eq!(root["additionalProperties"], false);
    assert_eq!(root["properties"], json!({"a": {"$ref": "#/$defs/B"}}));
    assert_eq!(root["$defs"]["B"], json!({"type": "string"}));
    assert_eq!(spec(&sent)["strict"], true);
}

#[test]
fn no_more_tools_are_strict_than_the_service_takes() {
    let schema =
        r#"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}"#;
    let names: Vec<_> = (0..25).map(|at| format!("t{at}")).collect();
    let mut tools: Vec<_> = names.iter().map(|name| strict(name, schema)).collect();
    // Not strict, and not counted.
    tools.insert(3, tool("open", schema));
    tools.insert(5, strict("map", r#"{"type":"object"}"#));
    let sent = send(&of(CLAUDE, tools.clone()));
    let specs = sent.body["toolConfig"]["tools"].as_array().expect("tools");
    assert_eq!(specs.len(), 27);
    let is_strict = |spec: &&Value| spec["toolSpec"]["strict"] == true;
    let kept: Vec<_> = specs.iter().filter(is_strict).collect();
    let kept: Vec<_> = kept.iter().map(|spec| &spec["toolSpec"]["name"]).collect();
    assert_eq!(kept, names[..20].iter().collect::<Vec<_>>());
    assert_eq!(sent.lost(), ["tools[5].strict", "tools"]);

    let few = send(&of(CLAUDE, tools[..12].to_vec()));
    assert_eq!(few.lost(), ["tools[5].strict"]);

    let of_limit = |max: u32| {
        let extensions =
            json!({"bedrock": {"capabilities": {"max_strict_tools": max}}}).to_string();
        let request = Request {
            extensions: Some(extensions),
            ..of(CLAUDE, tools.clone())
        };
        let sent = send(&request);
        let specs = sent.body["toolConfig"]["tools"].as_array().expect("tools");
        specs.iter().filter(is_strict).count()
    };
    assert_eq!(of_limit(2), 2);
    assert_eq!(of_limit(0), 25);
}

#[test]
fn under_strict_a_tool_that_cannot_be_strict_is_refused() {
    let request = of(CLAUDE, vec![strict("n", r#"{"type":"object"}"#)]);
    let context = Context {
        strict: true,
        ..Context::default()
    };
    let error = prepare(&request, &context, Operation::Complete).expect_err("a loss");
    assert_eq!(error.path.as_deref(), Some("tools[0].strict"));
}

#[test]
fn beside_a_reference_stands_nothing_that_its_definition_says() {
    let schema = |beside: &str| {
        format!(
            r##"{{"type":"object","properties":{{"a":{{"$ref":"#/$defs/A"{beside}}}}},"additionalProperties":false,"$defs":{{"A":{{"type":"object","properties":{{}},"additionalProperties":false}}}}}}"##
        )
    };
    let fits = schema("");
    for beside in [
        r#","type":"object""#,
        r#","type":"object","additionalProperties":false"#,
    ] {
        let sent = send(&of(CLAUDE, vec![strict("n", &schema(beside))]));
        assert_eq!(spec(&sent)["strict"], true, "{beside}");
        assert_eq!(tool_schema(&sent).1, fits, "{beside}");
    }
    for beside in [r#","required":["b"]"#, r#","anyOf":[{"type":"object"}]"#] {
        let sent = send(&of(CLAUDE, vec![strict("n", &schema(beside))]));
        assert_eq!(spec(&sent).get("strict"), None, "{beside}");
    }
}

#[test]
fn a_nullable_value_is_of_two_types() {
    let schema = |value: &str| {
        format!(r#"{{"type":"object","properties":{{"a":{value}}},"additionalProperties":false}}"#)
    };
    for (value, expected) in [
        (
            json!({"type": "string", "nullable": true}),
            json!({"type": ["string", "null"]}),
        ),
        (
            json!({"type": "string", "nullable": false}),
            json!({"type": "string"}),
        ),
        (
            json!({"enum": ["x"], "nullable": true}),
            json!({"enum": ["x"], "description": "nullable"}),
        ),
    ] {
        let sent = send(&of(CLAUDE, vec![strict("n", &schema(&value.to_string()))]));
        assert_eq!(spec(&sent)["strict"], true, "{value}");
        assert_eq!(tool_schema(&sent).0["properties"]["a"], expected, "{value}");
    }
}
