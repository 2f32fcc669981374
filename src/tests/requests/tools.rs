//! Tools, their calls, their results and the choice among them.

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
        r#"{"type":"object","description":"\u00e9\/\ud83e\udd80 é","type":"object"}"#,
        "{}",
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
fn tools_keep_their_order_and_blank_descriptions_are_left_out() {
    let described = |name: &str, description: &str, strict| Tool {
        description: Some(description.into()),
        strict,
        ..tool(name, "{}")
    };
    let request = Request {
        tools: vec![
            described("z", " Does z. ", Some(true)),
            described("a", "", Some(false)),
            described("m", " \n", None),
            tool("b", "{}"),
        ],
        ..hello(CLAUDE)
    };
    assert_eq!(
        member(&request, "toolConfig"),
        json!({"tools": [
            {"toolSpec": {"name": "z", "description": " Does z. ", "strict": true, "inputSchema": {"json": {}}}},
            {"toolSpec": {"name": "a", "strict": false, "inputSchema": {"json": {}}}},
            {"toolSpec": {"name": "m", "inputSchema": {"json": {}}}},
            {"toolSpec": {"name": "b", "inputSchema": {"json": {}}}},
        ]})
    );
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

/// A conversation in which the tool was called.
fn history(model: &str, input: &str) -> Request {
    Request {
        tools: vec![any_tool()],
        ..request(
            model,
            [
                user([text("q")]),
                assistant([text("a"), call("1", input)]),
                user([says("1", "x")]),
            ],
        )
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
fn an_absent_input_becomes_an_empty_object() {
    for input in ["", " ", "null", "\n null "] {
        let messages = messages(&history(CLAUDE, input));
        assert_eq!(
            messages[1]["content"][1],
            json!({"toolUse": {"toolUseId": "1", "name": "n", "input": {}}}),
            "{input:?}"
        );
    }
}

#[test]
fn an_input_that_is_no_object_is_refused_with_its_path() {
    for input in [
        "[]",
        "[{}]",
        "\"{}\"",
        "1",
        "true",
        "{",
        "{\"a\":1,}",
        "{}x",
        "nul",
    ] {
        let error = refusal(&history(CLAUDE, input));
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{input}");
        assert_eq!(
            error.path.as_deref(),
            Some("messages[1].content[1].input"),
            "{input}"
        );
    }
}

#[test]
fn a_choice_is_said_in_converse_s_own_field() {
    for (mode, expected) in [
        (ToolChoiceMode::Auto, json!({"auto": {}})),
        (ToolChoiceMode::Any, json!({"any": {}})),
        (
            ToolChoiceMode::Tool("n".into()),
            json!({"tool": {"name": "n"}}),
        ),
    ] {
        for model in [CLAUDE, NOVA, LLAMA] {
            for request in [
                history(model, "{}"),
                Request {
                    messages: hello(model).messages,
                    ..history(model, "{}")
                },
            ] {
                let request = Request {
                    tool_choice: choose(mode.clone()),
                    ..request
                };
                let Sent { body, warnings, .. } = send(&request);
                assert_eq!(body["toolConfig"]["toolChoice"], expected, "{model}");
                assert_eq!(body.get("additionalModelRequestFields"), None, "{model}");
                assert_eq!(warnings, [], "{model}");
            }
        }
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
    for model in [CLAUDE, NOVA, LLAMA] {
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
    for model in [NOVA, LLAMA] {
        let error = refusal(&request(model));
        assert_eq!(error.kind, ErrorKind::Unsupported, "{model}");
        assert_eq!(error.path.as_deref(), Some("tool_choice"), "{model}");
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
    for model in [NOVA, LLAMA] {
        let request = Request {
            tool_choice: choose_one(ToolChoiceMode::Any),
            ..history(model, "{}")
        };
        let Sent { body, warnings, .. } = send(&request);
        assert_eq!(body["toolConfig"]["toolChoice"], json!({"any": {}}));
        assert_eq!(body.get("additionalModelRequestFields"), None);
        assert_eq!(
            warnings,
            [("tool_choice.disable_parallel_tool_use".to_owned(), true)]
        );
    }
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

/// What becomes of a result.
fn sent_result(content: Vec<ToolResultContent>, is_error: bool) -> Value {
    let mut request = history(CLAUDE, "{}");
    request.messages[2] = user([ContentBlock::ToolResult(ToolResultBlock {
        tool_use_id: "1".into(),
        content,
        is_error,
        cache_control: None,
    })]);
    messages(&request)[2]["content"][0]["toolResult"].clone()
}

#[test]
fn a_failed_tool_has_the_status_error_and_others_have_none() {
    let boom = || vec![ToolResultContent::Text(plain("boom"))];
    assert_eq!(
        sent_result(boom(), true),
        json!({"toolUseId": "1", "content": [{"text": "boom"}], "status": "error"})
    );
    assert_eq!(
        sent_result(boom(), false),
        json!({"toolUseId": "1", "content": [{"text": "boom"}]})
    );
}

#[test]
fn a_result_that_says_nothing_gets_a_placeholder() {
    let blank = |text| ToolResultContent::Text(plain(text));
    for content in [vec![], vec![blank("")], vec![blank(" \n"), blank("\t")]] {
        assert_eq!(
            sent_result(content, false)["content"],
            json!([{"text": "."}])
        );
    }
}

#[test]
fn a_result_keeps_its_pieces_in_order_and_json_goes_as_text_byte_for_byte() {
    let json = "{ \"b\" : 1.50,\n \"a\": [null, \"\\u00e9\"] }";
    let pieces = vec![
        ToolResultContent::Text(plain("a ")),
        ToolResultContent::Json(json.into()),
        ToolResultContent::Text(plain(" ")),
        ToolResultContent::Json("[1]".into()),
        ToolResultContent::Text(plain("z")),
    ];
    assert_eq!(
        sent_result(pieces, false)["content"],
        json!([{"text": "a "}, {"text": json}, {"text": "[1]"}, {"text": "z"}])
    );
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
fn a_json_result_must_be_json_and_a_blank_one_gets_the_placeholder() {
    let with = |json: &str| {
        let content = [ToolResultContent::Json(json.into())];
        request(
            CLAUDE,
            [assistant([call("1", "{}")]), user([result("1", content)])],
        )
    };
    let error = refusal(&with("{"));
    assert_eq!(
        error.path.as_deref(),
        Some("messages[1].content[0].content[0]")
    );
    let sent = send(&with(" "));
    assert_eq!(
        sent.body["messages"][1]["content"][0]["toolResult"]["content"],
        json!([{"text": "."}])
    );
}
