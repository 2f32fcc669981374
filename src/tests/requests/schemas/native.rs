//! Native output: a schema as constrained decoding takes it, or another way to ask.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{OutputConfig, OutputFormat};

#[test]
fn objects_are_closed_and_what_is_refused_is_said_in_words() {
    for (schema, expected) in [
        // Closed at every depth, definitions too.
        (
            r##"{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"$ref":"#/$defs/C"}}}},"$defs":{"C":{"type":"object","properties":{"d":{"type":"null"}}}}}"##,
            r##"{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"$ref":"#/$defs/C"}},"additionalProperties":false}},"$defs":{"C":{"type":"object","properties":{"d":{"type":"null"}},"additionalProperties":false}},"additionalProperties":false}"##,
        ),
        // Everything that the service was seen to refuse.
        (
            r#"{"type":"object","properties":{"age":{"type":"integer","minimum":0,"maximum":120,"description":"In years."},"x":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1.50,"multipleOf":0.5},"tags":{"type":"array","items":{"type":"string","minLength":1,"maxLength":9,"pattern":"^(?!x)"},"minItems":2,"maxItems":3,"uniqueItems":true}},"required":["age"],"additionalProperties":false}"#,
            r#"{"type":"object","properties":{"age":{"type":"integer","description":"In years. (minimum 0, maximum 120)"},"x":{"type":"number","description":"more than 0, less than 1.50, a multiple of 0.5"},"tags":{"type":"array","items":{"type":"string","minLength":1,"description":"at most 9 characters, matches the pattern ^(?!x)"},"description":"at least 2 items, at most 3 items, no two items alike"}},"required":["age"],"additionalProperties":false}"#,
        ),
        // What says nothing to a model goes without a word, what nobody knows with one.
        (
            r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"x","type":"object","properties":{"a":{"type":"string","format":"slug","x-unit":"kg","deprecated":false,"default":null}},"required":["a"],"additionalProperties":false}"#,
            r#"{"type":"object","properties":{"a":{"type":"string","default":null,"description":"format slug, x-unit kg"}},"required":["a"],"additionalProperties":false}"#,
        ),
        // Types that are not said.
        (
            r#"{"properties":{"a":{"items":{"enum":["x",1,null]}},"b":{"const":1}}}"#,
            r#"{"type":"object","properties":{"a":{"type":"array","items":{"enum":["x",1,null]}},"b":{"const":1}},"additionalProperties":false}"#,
        ),
        // Alternatives stand alone.
        (
            r##"{"type":"object","properties":{"a":{"oneOf":[{"type":"string"},{"type":"null"}]},"b":{"allOf":[{"$ref":"#/$defs/B"}],"description":"d"},"c":{"type":"object","additionalProperties":false,"anyOf":[{"type":"object","properties":{"x":{"type":"string"}}}]},"d":{"type":["object","null"],"properties":{}}},"$defs":{"B":{"type":"string"}},"additionalProperties":false}"##,
            r##"{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]},"b":{"anyOf":[{"$ref":"#/$defs/B"}],"description":"d"},"c":{"anyOf":[{"type":"object","properties":{"x":{"type":"string"}},"additionalProperties":false}]},"d":{"type":["object","null"],"properties":{},"additionalProperties":false}},"$defs":{"B":{"type":"string"}},"additionalProperties":false}"##,
        ),
        // Those that only narrow are words.
        (
            r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"anyOf":[{"required":["a"]},{"required":["b"]}],"additionalProperties":false}"#,
            r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"additionalProperties":false,"description":"anyOf [{\"required\":[\"a\"]},{\"required\":[\"b\"]}]"}"#,
        ),
    ] {
        let sent = send(&with_format(CLAUDE, schema));
        let fitted = native_schema(&sent).expect("a native format");
        assert_eq!(fitted, expected);
        assert_eq!(sent.warnings, [("output.format.schema".into(), false)]);
        assert_eq!(sent.body.get("toolConfig"), None);
        // What fits is not changed any more.
        let again = send(&with_format(CLAUDE, fitted));
        assert_eq!(native_schema(&again), Some(expected));
        assert_eq!(again.warnings, []);
    }
}

#[test]
fn a_schema_that_fits_goes_out_byte_for_byte() {
    for schema in [
        "{ \"type\" : \"object\",\n\t\"properties\": {\"\\u0061\":{\"type\":\"string\",\"minLength\":2}}, \"additionalProperties\" : false }",
        r#"{"type":"array","items":{"type":"string","pattern":"^\\d{4}$","format":"date"},"minItems":1}"#,
        r#"{"type":"object","properties":{},"additionalProperties":false}"#,
        r##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}}"##,
        r#"{"type":"object","properties":{"$filter":{"type":"null"},"名前":{"type":"string"}},"additionalProperties":false}"#,
    ] {
        let sent = send(&with_format(OPUS_4_6, schema));
        assert_eq!(native_schema(&sent), Some(schema));
        assert_eq!(sent.warnings, []);
    }
}

#[test]
fn what_cannot_be_said_natively_is_asked_for_by_a_tool() {
    for inner in [
        r#"{"type":"object"}"#,
        r#"{"type":"object","additionalProperties":true,"properties":{"x":{"type":"null"}}}"#,
        r#"{"type":"object","additionalProperties":{"type":"string"}}"#,
        r#"{"type":"object","patternProperties":{"^x":{}}}"#,
        r#"{"type":["object","string"]}"#,
        "{}",
        r#"{"description":"anything"}"#,
        "true",
        r#"{"type":"array"}"#,
        r#"{"type":"array","items":[{"type":"string"}]}"#,
        r#"{"type":"array","prefixItems":[{"type":"string"}]}"#,
        r#"{"type":"array","items":{}}"#,
        r##"{"$ref":"#"}"##,
        r#"{"$ref":"https://example.org/a"}"#,
        r##"{"$dynamicRef":"#a"}"##,
        r#"{"enum":[{"a":1}]}"#,
        r#"{"allOf":[{"type":"string"},{"type":"string"}]}"#,
        r#"{"anyOf":[{"type":"string"},{}]}"#,
        r#"{"type":"object","properties":{"k":{"type":"string"}},"oneOf":[{"properties":{"x":{"type":"string"}}}]}"#,
        r#"{"type":"object","properties":{"":{"type":"string"}}}"#,
    ] {
        let schema = format!(r#"{{"type":"object","properties":{{"a":{inner}}}}}"#);
        let sent = send(&with_format(CLAUDE, &schema));
        assert_eq!(sent.body.get("outputConfig"), None, "{inner}");
        assert_eq!(spec(&sent)["name"], "structured_output", "{inner}");
        assert_eq!(spec(&sent).get("strict"), None, "{inner}");
        let choice = json!({"tool": {"name": "structured_output"}});
        assert_eq!(sent.body["toolConfig"]["toolChoice"], choice, "{inner}");
        assert_eq!(sent.lost(), [""; 0], "{inner}");
        assert!(sent.changed().contains(&"output.format"), "{inner}");
        if !inner.contains("\"\"") {
            assert_eq!(tool_schema(&sent).1, schema);
        }
    }
}

/// Who answers a schema that asks for nothing answers `{}`.
#[test]
fn any_json_object_is_asked_for_in_words() {
    let models = [
        CLAUDE, OPUS_4_7, CLAUDE_3, NOVA, LLAMA, MISTRAL, DEEPSEEK, GPT_OSS, UNKNOWN, LLAMA_3,
    ];
    for schema in [
        r#"{"type":"object"}"#,
        "{}",
        r#"{"type":"object","properties":{},"additionalProperties":true,"title":"T","$schema":"s"}"#,
        r#"{"type":"object","additionalProperties":{},"required":[]}"#,
    ] {
        for model in models {
            let request = Request {
                system: vec![plain("Be brief.")],
                ..with_format(model, schema)
            };
            let sent = send(&request);
            for member in ["toolConfig", "outputConfig"] {
                assert_eq!(sent.body.get(member), None, "{model} {schema}");
            }
            assert_eq!(sent.body["system"][0]["text"], "Be brief.");
            let words = sent.body["system"][1]["text"].as_str().expect("words");
            assert!(words.contains("one JSON object"), "{words}");
            assert_eq!(sent.warnings, [("output.format".into(), false)]);
        }
    }
    // Without a system prompt, at the beginning.
    let sent = send(&with_format(TITAN, "{}"));
    let words = &sent.body["messages"][0]["content"][0]["text"];
    assert!(
        words
            .as_str()
            .is_some_and(|text| text.contains("one JSON object"))
    );
    // The caller's own tools stay.
    let request = Request {
        tools: vec![any_tool()],
        ..with_format(NOVA, "{}")
    };
    let config = &send(&request).body["toolConfig"];
    assert_eq!(config["tools"].as_array().map(Vec::len), Some(1));
    assert_eq!(config.get("toolChoice"), None);
    // What the format is for is said.
    let described = Request {
        output: Some(OutputConfig {
            format: Some(OutputFormat {
                name: Some("thing".into()),
                description: Some("A person.".into()),
                schema: "{}".into(),
            }),
            effort: None,
        }),
        ..hello(CLAUDE)
    };
    let sent = send(&described);
    let words = sent.body["system"][0]["text"].as_str().expect("words");
    assert!(words.contains("A person."), "{words}");
}

#[test]
fn an_object_that_must_be_empty_or_is_a_map_is_not_any_object() {
    let empty = r#"{"type":"object","additionalProperties":false}"#;
    assert_eq!(
        native_schema(&send(&with_format(CLAUDE, empty))),
        Some(empty)
    );
    let map = r#"{"type":"object","additionalProperties":{"type":"string"}}"#;
    assert_eq!(tool_schema(&send(&with_format(CLAUDE, map))).1, map);
}

#[test]
fn an_answer_that_is_no_object_is_asked_for_natively_or_in_words() {
    let list = r#"{"type":"array","items":{"type":"string"}}"#;
    assert_eq!(native_schema(&send(&with_format(CLAUDE, list))), Some(list));
    for (model, schema) in [(CLAUDE, r#"{"type":"array","items":{}}"#), (NOVA, list)] {
        let sent = send(&with_format(model, schema));
        assert_eq!(sent.body.get("toolConfig"), None, "{model}");
        let words = sent.body["system"][0]["text"].as_str().expect("words");
        assert!(words.contains(schema), "{words}");
        assert_eq!(sent.warnings, [("output.format".into(), false)]);
    }
}

#[test]
fn a_tool_for_the_answer_has_the_schema_that_the_family_s_tools_have() {
    let schema = r##"{"type":"object","description":"A person.","properties":{"home":{"$ref":"#/$defs/Home"}},"$defs":{"Home":{"type":"string"}}}"##;
    let sent = send(&with_format(NOVA, schema));
    let spec = spec(&sent);
    assert_eq!(
        spec["inputSchema"]["json"],
        json!({"type": "object", "properties": {"home": {"type": "string"}}})
    );
    let description = spec["description"].as_str().expect("a description");
    assert!(description.contains("A person."), "{description}");
    assert_eq!(sent.lost(), [""; 0]);
    let _: Value = sent.body;
}
