use super::json;
use crate::canonical::{
    ContentBlock, ErrorKind, Role, Source, Thinking, ToolChoiceMode, ToolResultContent,
};
use crate::openai::{read_request, write_request};
use crate::{Ask, Unknown};

fn read(members: &str) -> Result<Ask, crate::canonical::Error> {
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}]{members}}}"#);
    read_request(body.as_bytes(), &[], Unknown::Warn)
}

fn conversation(messages: &str) -> Result<Ask, crate::canonical::Error> {
    let body = format!(r#"{{"model":"m","messages":[{messages}]}}"#);
    read_request(body.as_bytes(), &[], Unknown::Refuse)
}

#[test]
fn a_conversation_with_tools_is_turns() {
    let ask = conversation(
        r#"{"role":"developer","content":"be brief"},
        {"role":"system","content":[{"type":"text","text":"and kind","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
        {"role":"user","content":[{"type":"text","text":"see"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
            {"type":"image_url","image_url":{"url":"https://a.example/b.png"}},
            {"type":"input_audio","input_audio":{"data":"BBBB","format":"mp3"}},
            {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,CCCC"}}]},
        {"role":"assistant","content":null,"reasoning_content":"hm",
            "thinking_blocks":[{"index":0,"type":"thinking","thinking":"hm","signature":"sig"},{"type":"redacted_thinking","data":"xx"}],
            "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":""}},
                          {"id":"c2","type":"function","function":{"name":"f","arguments":"{\"a\" : 1}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"one"},
        {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"two"}]},
        {"role":"system","content":"now in German"},
        {"role":"user","content":"go on"}"#,
    )
    .expect("a request");
    let request = &ask.request;
    assert!(ask.warnings.is_empty(), "{:?}", ask.warnings);
    assert_eq!(request.system.len(), 2);
    assert!(request.system[1].cache_control.is_some());
    let roles: Vec<_> = request
        .messages
        .iter()
        .map(|message| message.role)
        .collect();
    assert_eq!(
        roles,
        [
            Role::User,
            Role::Assistant,
            Role::User,
            Role::System,
            Role::User
        ]
    );
    let ContentBlock::Image(image) = &request.messages[0].content[1] else {
        panic!("an image");
    };
    assert!(
        matches!(&image.source, Source::Base64(it) if it.media_type == "image/png" && it.data == "AAAA")
    );
    assert!(
        matches!(&request.messages[0].content[2], ContentBlock::Image(it) if matches!(it.source, Source::Url(_)))
    );
    assert!(
        matches!(&request.messages[0].content[3], ContentBlock::Audio(it) if matches!(&it.source, Source::Base64(it) if it.media_type == "audio/mpeg"))
    );
    assert!(
        matches!(&request.messages[0].content[4], ContentBlock::Document(it) if it.title.as_deref() == Some("a.pdf"))
    );
    let [
        ContentBlock::Thinking(thought),
        ContentBlock::RedactedThinking(_),
        ContentBlock::ToolUse(one),
        ContentBlock::ToolUse(two),
    ] = &request.messages[1].content[..]
    else {
        panic!("{:?}", request.messages[1].content);
    };
    assert_eq!(thought.signature.as_deref(), Some("sig"));
    assert_eq!(
        (one.input.as_str(), two.input.as_str()),
        ("{}", r#"{"a" : 1}"#)
    );
    assert_eq!(
        request.messages[2].content.len(),
        2,
        "results make one turn"
    );
    assert!(
        matches!(&request.messages[2].content[1], ContentBlock::ToolResult(it)
        if it.tool_use_id == "c2" && matches!(&it.content[..], [ToolResultContent::Text(text)] if text.text == "two"))
    );
}

#[test]
fn a_function_of_the_deprecated_kind_answers_the_call_before_it() {
    let ask = conversation(
        r#"{"role":"user","content":"x"},
        {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
        {"role":"function","name":"f","content":"1"}"#,
    )
    .expect("a request");
    let (ContentBlock::ToolUse(call), ContentBlock::ToolResult(result)) = (
        &ask.request.messages[1].content[0],
        &ask.request.messages[2].content[0],
    ) else {
        panic!("{:?}", ask.request.messages);
    };
    assert_eq!(call.id, result.tool_use_id);
}

/// An agent sends the model's mistake back, with what its tool said to that.
#[test]
fn what_a_model_wrote_wrongly_goes_back_as_it_was() {
    for (arguments, input, told) in [
        ("", "{}", &[][..]),
        ("[1]", "[1]", &[]),
        (
            r#"{\"a\": \"lon"#,
            r#""{\"a\": \"lon""#,
            &["messages[0].tool_calls[0].function.arguments"],
        ),
    ] {
        let ask = conversation(&format!(
            r#"{{"role":"assistant","tool_calls":[{{"id":"a","type":"function","function":{{"name":"f","arguments":"{arguments}"}}}}]}}"#
        ))
        .expect(arguments);
        let ContentBlock::ToolUse(call) = &ask.request.messages[0].content[0] else {
            panic!("{:?}", ask.request.messages);
        };
        assert_eq!(call.input, input);
        let paths: Vec<_> = ask.warnings.iter().map(|told| told.path.as_str()).collect();
        assert_eq!(paths, told);
        assert!(ask.warnings.iter().all(|told| !told.lossy));
    }
}

#[test]
fn a_fault_is_named_as_the_client_wrote_it() {
    for (messages, path) in [
        (
            r#"{"role":"assistant","tool_calls":[{"type":"function"}]}"#,
            "messages[0].tool_calls[0].id",
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"id":"a","type":"mcp"}]}"#,
            "messages[0].tool_calls[0].type",
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"id":"a","type":"custom"}]}"#,
            "messages[0].tool_calls[0].custom",
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"id":"a","type":"custom","custom":{"input":"x"}}]}"#,
            "messages[0].tool_calls[0].custom.name",
        ),
        (
            r#"{"role":"user","content":[{"type":"file","file":{"file_id":"x"}}]}"#,
            "messages[0].content[0].file.file_id",
        ),
        (
            r#"{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]}"#,
            "messages[0].content[0].image_url.url",
        ),
        (
            r#"{"role":"user","content":[{"type":"text","text":1}]}"#,
            "messages[0].content[0].text",
        ),
        (
            r#"{"role":"user","content":[{"type":"new"}]}"#,
            "messages[0].content[0].type",
        ),
        (r#"{"role":"user","content":7}"#, "messages[0].content"),
        (r#"{"role":"user"}"#, "messages[0].content"),
        (r#"{"role":"robot"}"#, "messages[0].role"),
        (
            r#"{"role":"tool","content":"x"}"#,
            "messages[0].tool_call_id",
        ),
        (
            r#"{"role":"function","name":"f","content":"x"}"#,
            "messages[0]",
        ),
        (
            r#"{"role":"user","content":"x","colour":1}"#,
            "messages[0].colour",
        ),
        ("1", "messages[0]"),
    ] {
        let error = conversation(messages).expect_err(messages);
        assert_eq!(error.path.as_deref(), Some(path), "{}", error.message);
    }
    for (members, path, kind) in [
        (r#","n":2"#, "n", ErrorKind::Unsupported),
        (r#","logprobs":true"#, "logprobs", ErrorKind::Unsupported),
        (
            r#","modalities":["text","audio"]"#,
            "modalities[1]",
            ErrorKind::Unsupported,
        ),
        (
            r#","temperature":2.1"#,
            "temperature",
            ErrorKind::InvalidRequest,
        ),
        (
            r#","temperature":"1""#,
            "temperature",
            ErrorKind::InvalidRequest,
        ),
        (r#","top_p":1.1"#, "top_p", ErrorKind::InvalidRequest),
        (
            r#","max_tokens":-1"#,
            "max_tokens",
            ErrorKind::InvalidRequest,
        ),
        (r#","stream":1"#, "stream", ErrorKind::InvalidRequest),
        (
            r#","reasoning_effort":"huge""#,
            "reasoning_effort",
            ErrorKind::InvalidRequest,
        ),
        (
            r#","response_format":{"type":"xml"}"#,
            "response_format.type",
            ErrorKind::InvalidRequest,
        ),
        (
            r#","tool_choice":"sometimes""#,
            "tool_choice",
            ErrorKind::InvalidRequest,
        ),
        (r#","stop":[1]"#, "stop[0]", ErrorKind::InvalidRequest),
    ] {
        let error = read(members).expect_err(members);
        assert_eq!(
            (error.path.as_deref(), error.kind),
            (Some(path), kind),
            "{members}"
        );
    }
    assert!(read_request(b"nothing", &[], Unknown::Warn).is_err());
}

#[test]
fn what_is_left_out_is_told() {
    for (members, path, lossy) in [
        (r#","seed":1"#, "seed", true),
        (r#","presence_penalty":0.5"#, "presence_penalty", true),
        (r#","store":true"#, "store", true),
        (r#","prediction":{}"#, "prediction", false),
        (r#","temperature":1.5"#, "temperature", true),
        (r#","service_tier":"scale""#, "service_tier", true),
        (r#","functions":[{"name":"f"}]"#, "functions", true),
        (r#","colour":"red""#, "colour", true),
        (
            r#","tools":[{"type":"web_search_preview"}]"#,
            "tools[0].type",
            true,
        ),
        (
            r#","tools":[{"type":"namespace","name":"n","tools":[]}]"#,
            "tools[0].type",
            true,
        ),
    ] {
        let told = read(members).expect(members).warnings;
        assert!(
            matches!(&told[..], [it] if it.path == path && it.lossy == lossy),
            "{members}: {told:?}"
        );
        let body =
            format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}]{members}}}"#);
        let strict = read_request(body.as_bytes(), &[], Unknown::Refuse);
        let refused = strict.err().and_then(|error| error.path);
        assert_eq!(refused.as_deref(), lossy.then_some(path), "{members}");
    }
    for members in [
        r#","presence_penalty":0.0"#,
        r#","store":false"#,
        r#","n":1"#,
        r#","seed":null"#,
        r#","logprobs":false"#,
    ] {
        assert!(
            read(members).expect(members).warnings.is_empty(),
            "{members}"
        );
    }
}

#[test]
fn settings_are_canonical_ones() {
    let ask = read(
        r#","max_tokens":5,"max_completion_tokens":7,"temperature":0.5,"top_p":0.9,"stop":"END","stream":true,
        "stream_options":{"include_usage":true},"parallel_tool_calls":false,"user":"u","metadata":{"a":"b"},
        "service_tier":"flex","reasoning_effort":"low","extensions":{"bedrock":{}},
        "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type" : "object"}}},
        "tools":[{"type":"function","function":{"name":"f","strict":true}},{"type":"function","function":{"name":"g"}}],
        "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}}"#,
    )
    .expect("a request");
    let request = &ask.request;
    assert!(ask.stream && ask.include_usage);
    assert_eq!(
        (request.max_tokens, request.temperature, request.top_p),
        (Some(7), Some(0.5), Some(0.9))
    );
    assert_eq!(request.stop_sequences, ["END"]);
    assert_eq!(
        request.metadata,
        [("user_id".into(), "u".into()), ("a".into(), "b".into())]
    );
    assert_eq!(request.service_tier.as_deref(), Some("flex"));
    assert!(matches!(request.thinking, Some(Thinking::Adaptive(_))));
    let output = request.output.as_ref().expect("a format");
    assert_eq!(output.effort.as_deref(), Some("low"));
    assert_eq!(
        output.format.as_ref().map(|it| it.schema.as_str()),
        Some(r#"{"type" : "object"}"#)
    );
    assert_eq!(request.extensions.as_deref(), Some(r#"{"bedrock":{}}"#));
    assert_eq!(request.tools.len(), 1);
    let choice = request.tool_choice.as_ref().expect("a choice");
    assert_eq!(
        (&choice.mode, choice.disable_parallel_tool_use),
        (&ToolChoiceMode::Any, true)
    );
    for (members, mode) in [
        (r#""none""#, ToolChoiceMode::None),
        (r#""auto""#, ToolChoiceMode::Auto),
        (r#""required""#, ToolChoiceMode::Any),
        (
            r#"{"type":"function","function":{"name":"f"}}"#,
            ToolChoiceMode::Tool("f".into()),
        ),
    ] {
        let ask = read(&format!(r#","tool_choice":{members}"#)).expect(members);
        assert_eq!(
            ask.request.tool_choice.map(|choice| choice.mode),
            Some(mode)
        );
    }
}

#[test]
fn a_request_is_written_as_it_is_read() {
    let ask = conversation(
        r#"{"role":"system","content":"be brief"},
        {"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
            {"type":"input_audio","input_audio":{"data":"BBBB","format":"wav"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,CCCC"}}]},
        {"role":"assistant","content":"so","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"}],
            "tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
        {"role":"tool","tool_call_id":"c","content":"1"},{"role":"system","content":"later"}"#,
    )
    .expect("a request");
    let mut request = ask.request;
    request.max_tokens = Some(9);
    request.temperature = Some(0.25);
    request.stop_sequences = vec!["a".into()];
    let (body, warnings) = write_request(&request, true);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(json(&body)["stream_options"]["include_usage"], true);
    let again = read_request(body.as_bytes(), &[], Unknown::Refuse).expect("what was written");
    assert_eq!(again.request, request);
    assert!(again.stream && again.include_usage);
    request.top_k = Some(4);
    let (_, warnings) = write_request(&request, false);
    assert!(matches!(&warnings[..], [it] if it.path == "top_k" && it.lossy));
}
