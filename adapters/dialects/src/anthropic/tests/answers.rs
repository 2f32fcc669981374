//! Whole answers as Anthropic's documentation shows them.

use super::*;
use crate::canonical::*;

/// As the examples of the Messages API are.
fn response() -> Response {
    Response {
        id: "msg_013Zva2CMHLNnXjNJJKqJ2EF".into(),
        model: "anthropic.claude-x-v1:0".into(),
        content: vec![
            ContentBlock::Text(TextBlock {
                text: "Hi! My name is Claude.".into(),
                citations: Vec::new(),
                cache_control: None,
            }),
            ContentBlock::ToolUse(ToolUseBlock {
                id: "toolu_01".into(),
                name: "get_weather".into(),
                input: r#"{"location" : "Paris"}"#.into(),
                cache_control: None,
            }),
        ],
        stop_reason: StopReason::ToolUse,
        stop_sequence: None,
        usage: Usage {
            input_tokens: 2095,
            output_tokens: 503,
            cache_read_input_tokens: 7,
            cache_creation_input_tokens: 5,
            cache_creation: Some(CacheCreation {
                five_minutes_input_tokens: 5,
                one_hour_input_tokens: 0,
            }),
            service_tier: Some("standard".into()),
            extensions: None,
        },
        cost: None,
        warnings: Vec::new(),
        provider_metadata: None,
    }
}

#[test]
fn an_answer_is_written_as_anthropic_writes_it() {
    assert_eq!(
        write_response(&response(), &telling("claude-x")),
        concat!(
            r#"{"id":"msg_013Zva2CMHLNnXjNJJKqJ2EF","type":"message","role":"assistant","model":"claude-x","#,
            r#""content":[{"type":"text","text":"Hi! My name is Claude."},"#,
            r#"{"type":"tool_use","id":"toolu_01","name":"get_weather","input":{"location" : "Paris"}}],"#,
            r#""stop_reason":"tool_use","stop_sequence":null,"#,
            r#""usage":{"input_tokens":2095,"cache_creation_input_tokens":5,"cache_read_input_tokens":7,"#,
            r#""cache_creation":{"ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":0},"#,
            r#""output_tokens":503,"service_tier":"standard"}}"#
        )
    );
}

#[test]
fn the_gateway_tells_its_own_warnings_before_the_providers() {
    let warning = |path: &str| Warning {
        code: "ignored".into(),
        path: path.into(),
        message: "left out".into(),
        lossy: true,
    };
    let response = Response {
        warnings: vec![warning("b")],
        ..response()
    };
    let telling = Telling {
        warnings: vec![warning("a")],
        ..telling("m")
    };
    let json: serde_json::Value =
        serde_json::from_str(&write_response(&response, &telling)).expect("JSON");
    let paths: Vec<_> = json["gateway"]["warnings"]
        .as_array()
        .expect("warnings")
        .iter()
        .map(|warning| warning["path"].as_str().expect("a path"))
        .collect();
    assert_eq!(paths, ["a", "b"]);
    assert!(json["gateway"].get("cost").is_none());
}

#[test]
fn what_a_model_gives_for_json_and_is_none_breaks_no_answer() {
    for (input, expected) in [
        ("", serde_json::json!({})),
        (r#"{"a":"#, serde_json::json!(r#"{"a":"#)),
    ] {
        let response = Response {
            content: vec![ContentBlock::ToolUse(ToolUseBlock {
                id: "t".into(),
                name: "f".into(),
                input: input.into(),
                cache_control: None,
            })],
            ..response()
        };
        let body = write_response(&response, &telling("m"));
        let json: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(json["content"][0]["input"], expected);
    }
}

#[test]
fn thinking_has_a_signature_even_where_there_is_none() {
    let response = Response {
        content: vec![ContentBlock::Thinking(ThinkingBlock {
            thinking: "hm".into(),
            signature: None,
        })],
        ..response()
    };
    let body = write_response(&response, &telling("m"));
    assert!(
        body.contains(r#"{"type":"thinking","thinking":"hm","signature":""}"#),
        "{body}"
    );
}

#[test]
fn an_answer_that_is_none_is_the_services_fault() {
    for body in [
        "",
        "<html>",
        "[]",
        "{}",
        r#"{"type":"error","error":{"type":"api_error","message":"m"}}"#,
        r#"{"type":"message","id":"i","model":"m","content":[],"stop_reason":null,"usage":{}}"#,
        r#"{"type":"message","id":"i","model":"m","content":[],"stop_reason":"end_turn"}"#,
        r#"{"type":"message","id":"i","model":"m","content":[1],"stop_reason":"end_turn","usage":{}}"#,
    ] {
        let error = read_response(body.as_bytes()).expect_err(body);
        assert_eq!(error.kind, ErrorKind::MalformedStream, "{body}");
        assert_eq!(error.path, None, "it is no path of the request's");
    }
}
