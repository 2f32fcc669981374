//! What cannot be said in the other shape, or is not known: told, or refused.

use super::*;
use crate::canonical::*;

#[test]
fn an_unknown_member_at_any_level_is_told_or_refused() {
    let of_block = |block: &str| format!(r#""messages":[{{"role":"user","content":[{block}]}}]"#);
    for (members, path) in [
        (r#""messages":[],"container":"c""#.to_owned(), "container"),
        (r#""messages":[],"speed":"fast""#.into(), "speed"),
        (
            r#""messages":[{"role":"user","content":"a","name":"n"}]"#.into(),
            "messages[0].name",
        ),
        (
            r#""messages":[],"system":[{"type":"text","text":"a","x":1}]"#.into(),
            "system[0].x",
        ),
        (
            r#""messages":[],"tools":[{"name":"f","input_schema":{},"x":1}]"#.into(),
            "tools[0].x",
        ),
        (
            r#""messages":[],"tools":[{"name":"f","input_schema":{},"allowed_callers":["code_execution_20250825"]}]"#.into(),
            "tools[0].allowed_callers",
        ),
        (
            r#""messages":[],"tool_choice":{"type":"auto","x":1}"#.into(),
            "tool_choice.x",
        ),
        (
            r#""messages":[],"thinking":{"type":"disabled","x":1}"#.into(),
            "thinking.x",
        ),
        (
            r#""messages":[],"output_config":{"task_budget":{}}"#.into(),
            "output_config.task_budget",
        ),
        (
            r#""messages":[],"output_config":{"format":{"type":"json_schema","schema":{},"x":1}}"#
                .into(),
            "output_config.format.x",
        ),
        (
            of_block(r#"{"type":"text","text":"a","x":1}"#),
            "messages[0].content[0].x",
        ),
        (
            of_block(r#"{"type":"text","text":"a","cache_control":{"type":"ephemeral","x":1}}"#),
            "messages[0].content[0].cache_control.x",
        ),
        (
            of_block(r#"{"type":"image","source":{"type":"url","url":"u","x":1}}"#),
            "messages[0].content[0].source.x",
        ),
        (
            of_block(
                r#"{"type":"document","source":{"type":"url","url":"u"},"citations":{"enabled":true,"x":1}}"#,
            ),
            "messages[0].content[0].citations.x",
        ),
        (
            of_block(
                r#"{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"a","x":1}]}"#,
            ),
            "messages[0].content[0].content[0].x",
        ),
        (
            of_block(
                r#"{"type":"text","text":"a","citations":[{"type":"web_search_result_location","cited_text":"c","url":"u","x":1}]}"#,
            ),
            "messages[0].content[0].citations[0].x",
        ),
        (
            of_block(
                r#"{"type":"web_fetch_tool_result","tool_use_id":"t","content":{},"cache_control":{"type":"ephemeral"}}"#,
            ),
            "messages[0].content[0].cache_control",
        ),
        (
            of_block(
                r#"{"type":"tool_use","id":"i","name":"n","input":{},"caller":{"type":"code_execution_20250825"}}"#,
            ),
            "messages[0].content[0].caller",
        ),
    ] {
        let body = format!(r#"{{"model":"m","max_tokens":1,{members}}}"#);
        let error = read(&body).expect_err(&body);
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        assert_eq!(error.path.as_deref(), Some(path), "{body}");
        let told = read_request(body.as_bytes(), &[], Unknown::Warn).expect(&body);
        let paths: Vec<_> = told
            .warnings
            .iter()
            .map(|w| (w.path.as_str(), w.lossy))
            .collect();
        assert_eq!(paths, [(path, true)], "{body}");
    }
}

#[test]
fn what_the_api_cannot_say_is_left_out_of_a_request_and_told() {
    let object = || {
        Source::Object(StoredObject {
            uri: "s3://b/k".into(),
            owner: None,
            media_type: "video/mp4".into(),
        })
    };
    let medium = || MediaBlock {
        source: object(),
        cache_control: None,
    };
    let result = ToolResultBlock {
        tool_use_id: "t".into(),
        content: vec![
            ToolResultContent::Video(medium()),
            ToolResultContent::Json("[1]".into()),
        ],
        is_error: false,
        cache_control: None,
    };
    let request = Request {
        messages: vec![Message {
            role: Role::User,
            content: vec![
                ContentBlock::Video(medium()),
                ContentBlock::Audio(medium()),
                ContentBlock::Image(ImageBlock {
                    source: object(),
                    cache_control: None,
                }),
                ContentBlock::Image(ImageBlock {
                    source: Source::Bytes(Raw {
                        media_type: "image/png".into(),
                        data: vec![0, 1, 2],
                    }),
                    cache_control: None,
                }),
                ContentBlock::ToolResult(result),
            ],
        }],
        max_tokens: Some(1),
        temperature: Some(1.5),
        metadata: vec![("team".into(), "a".into()), ("user_id".into(), "u".into())],
        extensions: Some(r#"{"bedrock":{"x":1},"anthropic":{"container":"c"}}"#.into()),
        ..Request::to("m")
    };
    let (body, warnings) = write_request(&request, true);
    assert_eq!(
        body,
        concat!(
            r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":["#,
            r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAEC"}},"#,
            r#"{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"[1]"}]}]}],"#,
            r#""metadata":{"user_id":"u"},"stream":true,"container":"c"}"#
        )
    );
    let told: Vec<_> = warnings
        .iter()
        .map(|w| (w.path.as_str(), w.lossy))
        .collect();
    assert_eq!(
        told,
        [
            ("messages[0].content[0]", true),
            ("messages[0].content[1]", true),
            ("messages[0].content[2]", true),
            ("messages[0].content[4].content[0]", true),
            ("messages[0].content[4].content[1]", false),
            ("temperature", true),
            ("metadata.team", true),
        ]
    );
}

#[test]
fn what_the_canonical_answer_has_no_place_for_is_told_in_it() {
    let body = r#"{"id":"i","type":"message","role":"assistant","model":"m","container":{"id":"c"},
        "content":[{"type":"text","text":"a","scent":1}],"stop_reason":"end_turn","stop_sequence":null,
        "usage":{"input_tokens":1,"output_tokens":2,"inference_geo":"eu"}}"#;
    let response = read_response(body.as_bytes()).expect("a response");
    let told: Vec<_> = response.warnings.iter().map(|w| w.path.as_str()).collect();
    assert_eq!(told, ["content[0].scent", "container"]);
    assert_eq!(
        response.usage.extensions.as_deref(),
        Some(r#"{"inference_geo":"eu"}"#)
    );
}

#[test]
fn what_holds_for_all_tools_is_one_warning_and_hides_no_loss() {
    let tools: Vec<_> = (0..40)
        .map(|at| format!(r#"{{"name":"f{at}","input_schema":{{}},"defer_loading":true,"eager_input_streaming":true}}"#))
        .collect();
    let members = format!(r#""messages":[],"x":1,"tools":[{}]"#, tools.join(","));
    let body = format!(r#"{{"model":"m","max_tokens":1,{members}}}"#);
    let ask = read_request(body.as_bytes(), &[], Unknown::Warn).expect("a request");
    let warnings: Vec<_> = ask
        .warnings
        .iter()
        .map(|warning| (&*warning.path, warning.lossy))
        .collect();
    assert_eq!(warnings, [("tools", false), ("tools", false), ("x", true)]);
}

#[test]
fn a_toolset_of_mcp_is_named_by_its_server() {
    let toolset = r#""messages":[],"tools":[{"type":"mcp_toolset","mcp_server_name":"docs"}]"#;
    let request = with(toolset).expect("a request");
    let [tool] = &request.tools[..] else {
        panic!("{:?}", request.tools);
    };
    assert_eq!(
        (&*tool.name, tool.server_type.as_deref()),
        ("docs", Some("mcp_toolset"))
    );
    let unnamed = with(r#""messages":[],"tools":[{"type":"mcp_toolset"}]"#);
    let error = unnamed.expect_err("no name");
    assert_eq!(error.path.as_deref(), Some("tools[0].name"));
}
