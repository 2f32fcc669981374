//! Requests as OpenAI documents them.

use super::*;

#[test]
fn a_text_is_what_the_user_says() {
    let request = read(r#""input":"Hi","instructions":"be brief""#)
        .expect("a request")
        .request;
    assert_eq!(request.system[0].text, "be brief");
    let turn = Message {
        role: Role::User,
        content: vec![text("Hi")],
    };
    assert_eq!(request.messages, [turn]);
}

#[test]
fn items_of_one_role_in_a_row_are_one_turn() {
    let ask = read(
        r#""instructions":"be brief","input":[
        {"role":"developer","content":"and kind"},
        {"type":"message","role":"user","content":[{"type":"input_text","text":"see","cache_control":{"type":"ephemeral","ttl":"1h"}},
            {"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"auto"},
            {"type":"input_image","image_url":"https://a.example/b.png"},
            {"type":"input_audio","input_audio":{"data":"BBBB","format":"mp3"}}]},
        {"role":"user","content":[
            {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,CCCC"},
            {"type":"input_file","file_url":"https://a.example/c.pdf"}]},
        {"id":"rs_1","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"}],"status":null},
        {"id":"rs_2","type":"reasoning","summary":[]},
        {"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[
            {"type":"output_text","text":"so","annotations":[{"type":"url_citation"}],"logprobs":[]},
            {"type":"refusal","refusal":"no"}]},
        {"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"","status":"completed"},
        {"type":"function_call","call_id":"c2","name":"f","arguments":"{\"a\" : 1}"},
        {"type":"function_call_output","call_id":"c1","output":"one"},
        {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"two"},
            {"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},
        {"role":"user","content":"go on"},
        {"role":"system","content":"now in German"},
        {"role":"developer","content":"and slowly"}]"#,
    )
    .expect("a request");
    assert!(ask.warnings.is_empty(), "{:?}", ask.warnings);
    let request = ask.request;
    let told: Vec<_> = request
        .system
        .iter()
        .map(|text| text.text.as_str())
        .collect();
    assert_eq!(told, ["be brief", "and kind"]);
    let [asked, answered, returned, instructed] = &request.messages[..] else {
        panic!("{:?}", request.messages);
    };
    assert_eq!((asked.role, asked.content.len()), (Role::User, 6));
    assert!(matches!(&asked.content[0], ContentBlock::Text(it) if it.cache_control.is_some()));
    assert!(matches!(&asked.content[1], ContentBlock::Image(it)
        if matches!(&it.source, Source::Base64(it) if it.media_type == "image/png" && it.data == "AAAA")));
    assert!(
        matches!(&asked.content[2], ContentBlock::Image(it) if matches!(it.source, Source::Url(_)))
    );
    assert!(matches!(&asked.content[3], ContentBlock::Audio(_)));
    assert!(
        matches!(&asked.content[4], ContentBlock::Document(it) if it.title.as_deref() == Some("a.pdf"))
    );
    assert!(
        matches!(&asked.content[5], ContentBlock::Document(it) if matches!(it.source, Source::Url(_)))
    );
    let calls = ["c1", "c2"].map(|id| {
        ContentBlock::ToolUse(ToolUseBlock {
            id: id.into(),
            name: "f".into(),
            input: if id == "c1" { "{}" } else { r#"{"a" : 1}"# }.into(),
            cache_control: None,
        })
    });
    let [one, two] = calls;
    assert_eq!(answered.role, Role::Assistant);
    assert_eq!(
        answered.content,
        [thinking("hm", None), text("so"), text("no"), one, two]
    );
    let [
        ContentBlock::ToolResult(one),
        ContentBlock::ToolResult(two),
        more,
    ] = &returned.content[..]
    else {
        panic!("{returned:?}");
    };
    assert_eq!(
        (one.tool_use_id.as_str(), two.tool_use_id.as_str()),
        ("c1", "c2")
    );
    assert!(matches!(
        &two.content[..],
        [ToolResultContent::Text(_), ToolResultContent::Image(_)]
    ));
    assert_eq!((returned.role, more), (Role::User, &text("go on")));
    assert_eq!(
        (instructed.role, instructed.content.len()),
        (Role::System, 2)
    );
}

#[test]
fn a_thought_of_another_model_is_read_where_it_is_told() {
    let read = |item: &str| {
        let ask = read(&format!(
            r#""input":[{{"type":"reasoning","id":"rs_1",{item}}}]"#
        ))
        .expect(item);
        let turns = ask.request.messages.into_iter();
        turns.flat_map(|turn| turn.content).collect::<Vec<_>>()
    };
    assert_eq!(
        read(r#""summary":[{"type":"summary_text","text":"a"},{"text":"b"}]"#),
        [thinking("a\nb", None)]
    );
    assert_eq!(
        read(r#""summary":[],"encrypted_content":"signature:gAAA""#),
        [thinking("", Some("gAAA"))]
    );
    assert_eq!(
        read(r#""summary":[{"text":"a"}],"content":[{"text":"b"}]"#),
        [thinking("b", None)]
    );
    assert_eq!(read(r#""summary":[],"encrypted_content":null"#), []);
}

#[test]
fn settings_are_canonical_ones() {
    let ask = read(
        r#""input":"x","max_output_tokens":7,"temperature":0.5,"top_p":0.9,"stream":true,"parallel_tool_calls":false,
        "user":"u","metadata":{"a":"b"},"service_tier":"flex","reasoning":{"effort":"low","summary":"auto"},
        "extensions":{"bedrock":{}},
        "text":{"format":{"type":"json_schema","name":"n","strict":true,"schema":{"type" : "object"}}},
        "tools":[{"type":"function","name":"f","description":"d","strict":true,"parameters":{"type" : "object"}},
            {"type":"function","name":"g","parameters":null}],
        "tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]}"#,
    )
    .expect("a request");
    let request = &ask.request;
    assert!(ask.stream && ask.include_usage);
    assert_eq!(
        (request.max_tokens, request.temperature, request.top_p),
        (Some(7), Some(0.5), Some(0.9))
    );
    assert_eq!(
        request.metadata,
        [("user_id".into(), "u".into()), ("a".into(), "b".into())]
    );
    assert_eq!(request.service_tier.as_deref(), Some("flex"));
    assert!(matches!(request.thinking, Some(Thinking::Adaptive(_))));
    let output = request.output.as_ref().expect("a format");
    assert_eq!(output.effort.as_deref(), Some("low"));
    let format = output.format.as_ref().expect("a format");
    assert_eq!(
        (format.name.as_deref(), format.schema.as_str()),
        (Some("n"), r#"{"type" : "object"}"#)
    );
    assert_eq!(request.extensions.as_deref(), Some(r#"{"bedrock":{}}"#));
    let [tool] = &request.tools[..] else {
        panic!("{:?}", request.tools);
    };
    assert_eq!(
        (tool.strict, tool.input_schema.as_str()),
        (Some(true), r#"{"type" : "object"}"#)
    );
    let choice = request.tool_choice.as_ref().expect("a choice");
    assert_eq!(
        (&choice.mode, choice.disable_parallel_tool_use),
        (&ToolChoiceMode::Any, true)
    );
    assert!(matches!(&ask.warnings[..], [it] if it.path == "tool_choice.tools" && !it.lossy));
    for (choice, mode) in [
        (r#""none""#, ToolChoiceMode::None),
        (r#""auto""#, ToolChoiceMode::Auto),
        (r#""required""#, ToolChoiceMode::Any),
        (
            r#"{"type":"function","name":"f"}"#,
            ToolChoiceMode::Tool("f".into()),
        ),
    ] {
        let ask = read(&format!(r#""input":"x","tool_choice":{choice}"#)).expect(choice);
        assert_eq!(
            ask.request.tool_choice.map(|choice| choice.mode),
            Some(mode)
        );
    }
    let ask = read(
        r#""input":"x","reasoning":{"effort":"none"},"text":{"format":{"type":"json_object"}}"#,
    );
    let request = ask.expect("a request").request;
    assert_eq!(request.thinking, Some(Thinking::Disabled));
    assert!(request.output.is_some_and(|output| output.format.is_some()));
}
