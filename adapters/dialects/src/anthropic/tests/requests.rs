//! Bodies as clients write them, and what they ask.

use super::*;
use crate::canonical::*;

pub(super) fn ephemeral(ttl: Option<CacheTtl>) -> Option<CacheControl> {
    Some(CacheControl { ttl })
}

pub(super) fn plain(text: &str) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text: text.into(),
        citations: Vec::new(),
        cache_control: None,
    })
}

#[test]
fn a_whole_request_is_understood() {
    let body = r#"{
        "model": "claude-x", "max_tokens": 1024,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "5m"}}],
        "messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"},
                     {"role": "system", "content": "Now in French."}],
        "temperature": 0.7, "top_p": 1, "top_k": 5, "stop_sequences": ["END"],
        "tools": [
            {"name": "f", "description": "d", "input_schema": {"type" : "object"}, "strict": true},
            {"type": "custom", "name": "g", "input_schema": {}, "defer_loading": false},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 5, "cache_control": {"type": "ephemeral"}}
        ],
        "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": true},
        "thinking": {"type": "enabled", "budget_tokens": 2048, "display": "omitted"},
        "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {"a" : 1}}},
        "service_tier": "auto", "metadata": {"user_id": "u"}, "stream": true, "betas": ["b", "c"],
        "extensions": {"bedrock" : {}}, "container": null
    }"#;
    let headers = [
        ("anthropic-beta".to_owned(), "a, b".to_owned()),
        ("anthropic-beta".to_owned(), "d,".to_owned()),
        ("x-api-key".to_owned(), "k".to_owned()),
    ];
    let ask = read_request(body.as_bytes(), &headers, Unknown::Refuse).expect("a request");
    assert!(ask.stream && ask.include_usage && ask.warnings.is_empty());
    let message = |role, text| Message {
        role,
        content: vec![plain(text)],
    };
    let tool = |name: &str, schema: &str| Tool {
        name: name.into(),
        description: None,
        input_schema: schema.into(),
        strict: None,
        server_type: None,
        cache_control: None,
    };
    let expected = Request {
        system: vec![PlainText {
            text: "Be brief.".into(),
            cache_control: ephemeral(Some(CacheTtl::FiveMinutes)),
        }],
        messages: vec![
            message(Role::User, "Hello"),
            message(Role::Assistant, "Hi"),
            message(Role::System, "Now in French."),
        ],
        max_tokens: Some(1024),
        temperature: Some(0.7),
        top_p: Some(1.0),
        top_k: Some(5),
        stop_sequences: vec!["END".into()],
        tools: vec![
            Tool {
                description: Some("d".into()),
                strict: Some(true),
                ..tool("f", r#"{"type" : "object"}"#)
            },
            tool("g", "{}"),
            Tool {
                server_type: Some("web_search_20250305".into()),
                cache_control: ephemeral(None),
                ..tool("web_search", r#"{"max_uses":5}"#)
            },
        ],
        tool_choice: Some(ToolChoice {
            mode: ToolChoiceMode::Tool("f".into()),
            disable_parallel_tool_use: true,
        }),
        thinking: Some(Thinking::Enabled(ThinkingBudget {
            budget_tokens: 2048,
            display: ThinkingDisplay {
                display: Some("omitted".into()),
            },
        })),
        output: Some(OutputConfig {
            format: Some(OutputFormat {
                name: None,
                description: None,
                schema: r#"{"a" : 1}"#.into(),
            }),
            effort: Some("high".into()),
        }),
        service_tier: Some("auto".into()),
        metadata: vec![("user_id".into(), "u".into())],
        betas: ["a", "b", "d", "c"].map(str::to_owned).to_vec(),
        extensions: Some(r#"{"bedrock" : {}}"#.into()),
        ..Request::to("claude-x")
    };
    assert_eq!(ask.request, expected);
}

#[test]
fn the_older_form_of_the_output_format_is_the_same() {
    let format = r#"{"type":"json_schema","schema":{"a":1}}"#;
    let new = with(&format!(
        r#""messages":[],"output_config":{{"format":{format}}}"#
    ));
    let old = with(&format!(r#""messages":[],"output_format":{format}"#));
    assert!(new.as_ref().is_ok_and(|request| request.output.is_some()));
    assert_eq!(new, old);
    let both = with(&format!(
        r#""messages":[],"output_format":{format},"output_config":{{"format":{format}}}"#
    ));
    assert_eq!(
        both.expect_err("both").path.as_deref(),
        Some("output_format")
    );
    let beside = with(&format!(
        r#""messages":[],"output_format":{format},"output_config":{{"effort":"low"}}"#
    ));
    let output = beside.expect("both").output.expect("an output");
    assert!(output.format.is_some() && output.effort.as_deref() == Some("low"));
}

#[test]
fn a_cache_control_of_the_whole_request_is_the_last_blocks() {
    let control = r#""cache_control":{"type":"ephemeral","ttl":"1h"}"#;
    let hour = ephemeral(Some(CacheTtl::OneHour));
    let request = with(&format!(
        r#"{control},"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":[{{"type":"text","text":"b"}},{{"type":"thinking","thinking":"t","signature":"s"}}]}}]"#
    ))
    .expect("a request");
    let ContentBlock::Text(first) = &request.messages[0].content[0] else {
        panic!("text")
    };
    let ContentBlock::Text(last) = &request.messages[1].content[0] else {
        panic!("text")
    };
    assert_eq!((&first.cache_control, &last.cache_control), (&None, &hour));
    let request = with(&format!(r#"{control},"messages":[],"system":"s""#)).expect("a request");
    assert_eq!(request.system[0].cache_control, hour);
    // What the block says for itself holds.
    let request = with(&format!(
        r#"{control},"messages":[{{"role":"user","content":[{{"type":"text","text":"a","cache_control":{{"type":"ephemeral"}}}}]}}]"#
    ))
    .expect("a request");
    let ContentBlock::Text(only) = &request.messages[0].content[0] else {
        panic!("text")
    };
    assert_eq!(only.cache_control, ephemeral(None));
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let of_block = |block: &str| {
        format!(
            r#""messages":[{{"role":"user","content":"a"}},{{"role":"user","content":[{block}]}}]"#
        )
    };
    for (members, said) in [
        (r#""system":"a""#.into(), "messages: required, but missing"),
        (
            r#""messages":{}"#.into(),
            "messages: expected an array, got an object",
        ),
        (
            r#""messages":[1]"#.into(),
            "messages[0]: expected an object, got a number",
        ),
        (
            r#""messages":[{"role":"tool","content":"a"}]"#.into(),
            "messages[0].role: expected user, assistant or system",
        ),
        (
            r#""messages":[{"role":"user"}]"#.into(),
            "messages[0].content: required, but missing",
        ),
        (
            r#""messages":[],"temperature":"hot""#.into(),
            "temperature: expected a number, got a string",
        ),
        (
            r#""messages":[],"top_k":1.5"#.into(),
            "top_k: expected an integer, got 1.5",
        ),
        (
            r#""messages":[],"stream":"yes""#.into(),
            "stream: expected true or false, got a string",
        ),
        (
            r#""messages":[],"stop_sequences":["a",1]"#.into(),
            "stop_sequences[1]: expected a string, got a number",
        ),
        (
            r#""messages":[],"metadata":{"user_id":1}"#.into(),
            "metadata.user_id: expected a string, got a number",
        ),
        (
            r#""messages":[],"tools":[{"name":"f"}]"#.into(),
            "tools[0].input_schema: required, but missing",
        ),
        (
            r#""messages":[],"tools":[{"name":"f","input_schema":"{}"}]"#.into(),
            "tools[0].input_schema: expected an object, got a string",
        ),
        (
            r#""messages":[],"tool_choice":{"type":"tool"}"#.into(),
            "tool_choice.name: required, but missing",
        ),
        (
            r#""messages":[],"tool_choice":{"type":"some"}"#.into(),
            "tool_choice.type: expected auto, any, tool or none",
        ),
        (
            r#""messages":[],"thinking":{"type":"enabled"}"#.into(),
            "thinking.budget_tokens: required, but missing",
        ),
        (
            r#""messages":[],"output_config":{"format":{"type":"grammar"}}"#.into(),
            "output_config.format.type: expected \"json_schema\"",
        ),
        (
            r#""messages":[],"system":[{"type":"image"}]"#.into(),
            "system[0].type: expected text: other blocks are not supported in a system prompt",
        ),
        (
            of_block(r#"{"text":"a"}"#),
            "messages[1].content[0].type: required, but missing",
        ),
        (
            of_block(r#"{"type":"image","source":{"type":"base64","data":"AA"}}"#),
            "messages[1].content[0].source.media_type: required, but missing",
        ),
        (
            of_block(r#"{"type":"image","source":{"type":"base64","media_type":1,"data":"AA"}}"#),
            "messages[1].content[0].source.media_type: expected a string, got a number",
        ),
        (
            of_block(r#"{"type":"document","source":{"type":"file","file_id":"f"}}"#),
            "messages[1].content[0].source: files of Anthropic's Files API are not supported by Bedrock: send the content itself",
        ),
        (
            of_block(r#"{"type":"text","text":"a","cache_control":{"type":"forever"}}"#),
            "messages[1].content[0].cache_control.type: expected \"ephemeral\"",
        ),
        (
            of_block(
                r#"{"type":"text","text":"a","citations":[{"type":"page_location","cited_text":"c"}]}"#,
            ),
            "messages[1].content[0].citations[0].document_index: required, but missing",
        ),
        (
            of_block(r#"{"type":"tool_result","tool_use_id":"t","content":[{"type":"text"}]}"#),
            "messages[1].content[0].content[0].text: required, but missing",
        ),
    ] {
        assert_eq!(says(with(&members).expect_err(&members)), said);
    }
}

#[test]
fn only_an_answer_needs_max_tokens() {
    let body = r#"{"model":"m","messages":[]}"#;
    let error = read(body).expect_err("no max_tokens");
    assert_eq!(error.path.as_deref(), Some("max_tokens"));
    let ask = read_count_request(body.as_bytes(), &[], Unknown::Refuse).expect("a count");
    assert_eq!(ask.request, Request::to("m"));
    assert_eq!(write_count(2095), r#"{"input_tokens":2095}"#);
}
