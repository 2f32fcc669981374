//! Tools and their calls.

use serde_json::{Value, json};

use super::*;
use crate::canonical::ErrorKind;

fn contains(sent: &Sent, json: &str) -> bool {
    std::str::from_utf8(&sent.http.body)
        .expect("UTF-8")
        .contains(json)
}

#[test]
fn a_schema_goes_out_byte_for_byte() {
    for schema in [
        r#"{"type":"object","required":["b","a"],"properties":{"b":{"type":"number","multipleOf":0.10},"a":{}}}"#,
        "{ \"type\" : \"object\",\n\t\"maximum\": 1E400, \"minimum\": -0.0, \"x\": 18446744073709551616 }",
        r#"{"type":"object","description":"\u00e9\/\ud83e\udd80 é"}"#,
    ] {
        let request = Request {
            tools: vec![tool("n", schema)],
            ..hello(CLAUDE)
        };
        let json = format!(r#""inputSchema":{{"json":{schema}}}"#);
        let body = prepare(&request, &Context::default(), Operation::Complete)
            .expect("a request")
            .0
            .body;
        let body = String::from_utf8(body).expect("UTF-8");
        assert!(body.contains(&json), "{body}");
    }
}

#[test]
fn a_schema_that_is_no_object_is_refused_with_its_path() {
    for schema in [
        "",
        "null",
        "[]",
        "\"object\"",
        "true",
        "{",
        "{\"a\":}",
        "{} {}",
    ] {
        let request = Request {
            tools: vec![any_tool(), tool("m", schema)],
            ..hello(CLAUDE)
        };
        let error = refusal(&request);
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{schema}");
        assert_eq!(
            error.path.as_deref(),
            Some("tools[1].input_schema"),
            "{schema}"
        );
    }
}

#[test]
fn an_input_goes_out_byte_for_byte() {
    for input in [
        "{}",
        r#"{"z":1.50,"a":[1e3,-0],"m":"\u00e9\/"}"#,
        "{ \"a\" : 123456789012345678901234567890 }",
    ] {
        let sent = send(&history(CLAUDE, input));
        assert!(
            contains(&sent, &format!(r#""toolUse":{{"input":{input},"#)),
            "{input}"
        );
    }
}

#[test]
fn tools_are_checked_even_where_none_may_be_called() {
    let request = Request {
        tools: vec![tool("n", "[")],
        tool_choice: choose(ToolChoiceMode::None),
        ..hello(CLAUDE)
    };
    assert_eq!(
        refusal(&request).path.as_deref(),
        Some("tools[0].input_schema")
    );
}

#[test]
fn a_schema_is_of_an_object_and_says_so() {
    for (schema, expected) in [
        ("{}", json!({"type": "object"})),
        (
            r#"{"properties":{"a":{}}}"#,
            json!({"type": "object", "properties": {"a": {}}}),
        ),
        (r#"{"type":null}"#, json!({"type": "object"})),
    ] {
        for model in [CLAUDE, NOVA, LLAMA] {
            let request = Request {
                tools: vec![tool("n", schema)],
                ..hello(model)
            };
            let sent = send(&request);
            let spec = &sent.body["toolConfig"]["tools"][0]["toolSpec"];
            assert_eq!(spec["inputSchema"]["json"], expected, "{schema}");
            assert_eq!(sent.changed(), ["tools[0].input_schema.type"], "{schema}");
        }
    }
    for schema in [r#"{"type":"string"}"#, r#"{"type":["object","null"]}"#] {
        let request = Request {
            tools: vec![tool("n", schema)],
            ..hello(CLAUDE)
        };
        let error = refusal(&request);
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{schema}");
        assert_eq!(error.path.as_deref(), Some("tools[0].input_schema.type"));
    }
}

#[test]
fn alternatives_at_a_root_that_say_no_properties_are_dropped_where_a_family_refuses_them() {
    for word in ["oneOf", "anyOf", "allOf"] {
        let schema =
            format!(r#"{{"type":"object","{word}":[{{}}],"properties":{{"a":{{"{word}":[]}}}}}}"#);
        let request = |model| Request {
            tools: vec![tool("n", &schema)],
            ..hello(model)
        };
        let json = |sent: &Sent| {
            sent.body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"].clone()
        };
        for model in [CLAUDE, NOVA] {
            let sent = send(&request(model));
            let inner = json!({"type": "object", "properties": {"a": {word: []}}});
            assert_eq!(json(&sent), inner);
            assert_eq!(sent.lost(), [format!("tools[0].input_schema.{word}")]);
        }
        let sent = send(&request(LLAMA));
        assert_eq!(json(&sent)[word], json!([{}]));
        assert_eq!(sent.warnings, []);
    }
}

#[test]
fn tools_keep_their_order_and_blank_descriptions_are_left_out() {
    let described = |name: &str, description: &str, strict| Tool {
        description: Some(description.into()),
        strict,
        ..tool(name, NOTHING)
    };
    let request = Request {
        tools: vec![
            described("z", " Does z. ", Some(true)),
            described("a", "", Some(false)),
            described("m", " \n", None),
            tool("b", NOTHING),
        ],
        ..hello(CLAUDE)
    };
    let nothing: Value = serde_json::from_str(NOTHING).expect("JSON");
    assert_eq!(
        member(&request, "toolConfig"),
        json!({"tools": [
            {"toolSpec": {"name": "z", "description": " Does z. ", "strict": true, "inputSchema": {"json": nothing}}},
            {"toolSpec": {"name": "a", "strict": false, "inputSchema": {"json": nothing}}},
            {"toolSpec": {"name": "m", "inputSchema": {"json": nothing}}},
            {"toolSpec": {"name": "b", "inputSchema": {"json": nothing}}},
        ]})
    );
}

/// The schema of a tool that takes nothing.
const NOTHING: &str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;

#[test]
fn a_model_is_held_to_a_schema_where_it_can_be() {
    for (model, is_taken) in [
        (CLAUDE_3, false),
        ("bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0", false),
        (CLAUDE, true),
        (OPUS_4_6, true),
        (OPUS_4_7, false),
        (FABLE, false),
        (NOVA, false),
        (LLAMA, false),
        (UNKNOWN, false),
    ] {
        for strict in [true, false] {
            let request = Request {
                tools: vec![Tool {
                    strict: Some(strict),
                    ..tool("n", NOTHING)
                }],
                ..hello(model)
            };
            let sent = send(&request);
            let said = &sent.body["toolConfig"]["tools"][0]["toolSpec"]["strict"];
            let expected = if is_taken { json!(strict) } else { Value::Null };
            assert_eq!(said, &expected, "{model}");
            // Not to be held is what a model that cannot be held does anyway.
            let is_lost = strict && !is_taken;
            let lost = if is_lost {
                &["tools[0].strict"][..]
            } else {
                &[]
            };
            assert_eq!(sent.lost(), lost, "{model}");
        }
    }
}

#[test]
fn a_tool_without_a_name_is_refused() {
    let request = Request {
        tools: vec![tool("", "{}")],
        ..hello(CLAUDE)
    };
    let error = refusal(&request);
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert_eq!(error.path.as_deref(), Some("tools[0].name"));
}

#[test]
fn two_tools_of_one_name_are_refused() {
    let request = Request {
        tools: vec![any_tool(), any_tool()],
        ..hello(CLAUDE)
    };
    assert_eq!(refusal(&request).path.as_deref(), Some("tools[1].name"));
}

#[test]
fn an_absent_input_becomes_an_empty_object() {
    for input in ["", " ", "null", "\n null ", "\"\""] {
        let messages = messages(&history(CLAUDE, input));
        assert_eq!(
            messages[1]["content"][1],
            json!({"toolUse": {"toolUseId": "1", "name": "n", "input": {}}}),
            "{input:?}"
        );
    }
}

#[test]
fn an_input_that_is_no_object_becomes_the_one_member_of_one() {
    for input in ["[]", "[{}]", "\"{}\"", "1", "true"] {
        let messages = messages(&history(CLAUDE, input));
        let value: Value = serde_json::from_str(input).expect("JSON");
        let sent = &messages[1]["content"][1]["toolUse"]["input"];
        assert_eq!(sent, &json!({ "input": value }));
    }
}

#[test]
fn a_member_of_an_input_without_a_name_is_left_out_and_the_loss_is_told() {
    for (input, expected) in [
        (r#"{"":{}}"#, json!({})),
        (r#"{"a":1,"":2,"b":"\"\""}"#, json!({"a": 1, "b": "\"\""})),
    ] {
        let sent = send(&history(CLAUDE, input));
        assert_eq!(
            sent.body["messages"][1]["content"][1]["toolUse"]["input"],
            expected
        );
        assert_eq!(sent.lost(), ["messages[1].content[1].input"]);
    }
    let kept = r#"{"a":"","b":""}"#;
    assert!(contains(&send(&history(CLAUDE, kept)), kept));
}

#[test]
fn an_input_that_is_no_json_is_refused_with_its_path() {
    for input in ["{", "{\"a\":1,}", "{}x", "nul", "[1", "\"x"] {
        let error = refusal(&history(CLAUDE, input));
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{input}");
        let path = Some("messages[1].content[1].input");
        assert_eq!(error.path.as_deref(), path, "{input}");
    }
}

#[test]
fn a_history_with_calls_brings_its_tools_where_none_are_given() {
    let mut asked = history(CLAUDE, "{}");
    asked.tools.clear();
    asked.messages[1] = assistant([call("1", "{}"), call("2", "{}")]);
    asked.messages[2] = user([says("1", "x"), says("2", "y")]);
    for model in [CLAUDE, NOVA, LLAMA, MISTRAL, UNKNOWN] {
        asked.model = model.into();
        let sent = send(&asked);
        let n = json!([{"toolSpec": {"name": "n", "inputSchema": {"json": {"type": "object"}}}}]);
        assert_eq!(sent.body["toolConfig"]["tools"], n, "{model}");
        assert_eq!(sent.changed(), ["tools"], "{model}");
        let told = json!({"tool_choice": {"type": "none"}});
        let expected = if model == CLAUDE { told } else { Value::Null };
        assert_eq!(sent.additional(), &expected, "{model}");
    }
}

/// Families that know no tools.
#[test]
fn a_family_without_tools_is_told_of_calls_in_words() {
    for model in [
        "bedrock/anthropic.claude-v2:1",
        TITAN,
        LLAMA_2,
        LLAMA_3,
        MISTRAL_7B,
        MIXTRAL,
        COMMAND,
        DEEPSEEK_R1,
    ] {
        let sent = send(&history(model, r#"{"a":1}"#));
        assert_eq!(
            sent.body["messages"],
            json!([
                {"role": "user", "content": [{"text": "q"}]},
                {"role": "assistant", "content": [
                    {"text": "a"}, {"text": "[called the tool n with {\"a\":1}]"},
                ]},
                {"role": "user", "content": [{"text": "[the tool returned: x]"}]},
            ]),
            "{model}"
        );
        assert_eq!(sent.body.get("toolConfig"), None, "{model}");
        assert_eq!(sent.lost(), ["tools"], "{model}");
        assert_eq!(sent.changed(), ["messages"], "{model}");
    }
}

#[test]
fn a_family_without_tools_cannot_be_made_to_call_one() {
    for mode in [ToolChoiceMode::Any, ToolChoiceMode::Tool("n".into())] {
        let request = Request {
            tools: vec![any_tool()],
            tool_choice: choose(mode),
            ..hello(TITAN)
        };
        let error = refusal(&request);
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert_eq!(error.path.as_deref(), Some("tool_choice"));
    }
}
