//! Tools that are no functions, and functions in other shapes.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{json as parsed, response, telling};
use crate::canonical::*;
use crate::openai::{Encoder, read_request, write_response};
use crate::{Ask, Telling, Unknown};

fn read(members: &str, unknown: Unknown) -> Result<Ask, Error> {
    let body =
        format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],{members}}}"#);
    read_request(body.as_bytes(), &[], unknown)
}

const TOOLS: &str = r#""tools":[{"type":"function","function":{"name":"run"}},
    {"type":"custom","custom":{"name":"edit","description":"Edits.","format":{"type":"grammar",
        "grammar":{"syntax":"lark","definition":"start: WORD"}}}}]"#;

#[test]
fn a_custom_tool_takes_one_text_and_tells_its_grammar() {
    let ask = read(TOOLS, Unknown::Refuse).expect("a request");
    assert_eq!(ask.warnings, []);
    let tool = &ask.request.tools[1];
    assert_eq!(tool.name, "edit");
    let told = tool.description.as_deref().expect("a description");
    assert!(
        told.starts_with("Edits.\n\n") && told.ends_with("(lark):\nstart: WORD"),
        "{told}"
    );
    assert_eq!(
        parsed(&tool.input_schema)["properties"]["input"]["type"],
        "string"
    );
}

#[test]
fn functions_in_the_shapes_of_other_apis_are_read() {
    let tools = r#""tools":[
        {"name":"a","description":"A","input_schema":{"type" : "object"},"cache_control":{"type":"ephemeral"}},
        {"type":"custom","name":"b","input_schema":{"type" : "object"}},
        {"type":"function","name":"c","parameters":{"type" : "object"},"strict":true},
        {"type":"function","function":{"name":"d","input_schema":{"type" : "object"}}},
        {"type":"custom","name":"e","format":{"type":"text"}}]"#;
    let ask = read(tools, Unknown::Refuse).expect("a request");
    assert_eq!(ask.warnings, []);
    let names: Vec<_> = ask.request.tools.iter().map(|tool| &*tool.name).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    for tool in &ask.request.tools[..4] {
        assert_eq!(tool.input_schema, r#"{"type" : "object"}"#, "{}", tool.name);
    }
    assert!(ask.request.tools[0].cache_control.is_some());
    assert_eq!(ask.request.tools[2].strict, Some(true));
    assert!(!ask.tools.is_custom("b") && ask.tools.is_custom("e"));
}

#[test]
fn a_custom_tool_can_be_chosen_and_allowed() {
    for (choice, name) in [
        (r#"{"type":"custom","custom":{"name":"edit"}}"#, "edit"),
        (r#"{"type":"custom","name":"edit"}"#, "edit"),
        (r#"{"type":"tool","name":"run"}"#, "run"),
    ] {
        let ask = read(
            &format!(r#"{TOOLS},"tool_choice":{choice}"#),
            Unknown::Refuse,
        )
        .expect(choice);
        let mode = ask.request.tool_choice.map(|choice| choice.mode);
        assert_eq!(mode, Some(ToolChoiceMode::Tool(name.into())));
    }
    let choice = r#"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"custom","custom":{"name":"edit"}}]}}"#;
    let ask = read(
        &format!(r#"{TOOLS},"tool_choice":{choice}"#),
        Unknown::Refuse,
    )
    .expect("a request");
    let names: Vec<_> = ask.request.tools.iter().map(|tool| &*tool.name).collect();
    assert_eq!(names, ["edit"]);
    assert_eq!(
        ask.request.tool_choice.map(|choice| choice.mode),
        Some(ToolChoiceMode::Any)
    );
    let ask = read(
        r#""functions":[{"name":"f"}],"function_call":{"name":"f"}"#,
        Unknown::Warn,
    );
    let mode = ask
        .expect("a request")
        .request
        .tool_choice
        .map(|choice| choice.mode);
    assert_eq!(mode, Some(ToolChoiceMode::Tool("f".into())));
}

#[test]
fn a_tool_that_runs_at_openai_is_dropped_and_cannot_be_forced() {
    let ask = read(r#""tools":[{"type":"web_search_preview"}]"#, Unknown::Warn).expect("a request");
    let expected =
        "web_search_preview runs at OpenAI only and is not supported by Bedrock; dropped";
    assert_eq!(ask.warnings[0].message, expected);
    for choice in [r#"{"type":"web_search_preview"}"#, r#""required""#] {
        let members =
            format!(r#""tools":[{{"type":"web_search_preview"}}],"tool_choice":{choice}"#);
        let error = read(&members, Unknown::Warn).expect_err(choice);
        assert_eq!(error.kind, ErrorKind::Unsupported);
        let says = |text| error.message.contains(text);
        assert!(
            says("web_search_preview") && says("Bedrock"),
            "{}",
            error.message
        );
    }
}

#[test]
fn a_call_with_raw_text_in_the_history_is_a_call() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"hi"},
        {"role":"assistant","content":null,"tool_calls":[{"id":"c1","index":0,"type":"custom","custom":{"name":"edit","input":"a\n\"b\""}}]},
        {"role":"tool","tool_call_id":"c1","content":"done"}]}"#;
    let ask = read_request(body.as_bytes(), &[], Unknown::Refuse).expect("a request");
    assert_eq!(ask.warnings, []);
    let ContentBlock::ToolUse(call) = &ask.request.messages[1].content[0] else {
        panic!("{:?}", ask.request.messages);
    };
    assert_eq!(
        (&*call.name, &*call.input),
        ("edit", r#"{"input":"a\n\"b\""}"#)
    );
}

fn with_tools() -> Telling {
    Telling {
        tools: read(TOOLS, Unknown::Refuse).expect("a request").tools,
        ..telling()
    }
}

fn block(name: &str, input: &str) -> ContentBlock {
    ContentBlock::ToolUse(ToolUseBlock {
        id: "c1".into(),
        name: name.into(),
        input: input.into(),
        cache_control: None,
    })
}

#[test]
fn a_call_with_raw_text_is_told_as_one() {
    let blocks = vec![
        block("edit", r#"{"input":"a\n"}"#),
        block("run", r#"{"a":1}"#),
    ];
    let told = parsed(&write_response(
        &response(blocks, StopReason::ToolUse),
        &with_tools(),
    ));
    assert_eq!(
        told["choices"][0]["message"]["tool_calls"],
        json!([{"id": "c1", "type": "custom", "custom": {"name": "edit", "input": "a\n"}},
            {"id": "c1", "type": "function", "function": {"name": "run", "arguments": "{\"a\":1}"}}])
    );
    assert_eq!(told["choices"][0]["finish_reason"], "tool_calls");
}

/// The deltas of a call's entry, and the warnings at the end.
fn streamed(input: &str, pieces: &[&str]) -> (Vec<Value>, Value) {
    let mut encoder = Encoder::new(with_tools());
    let mut out = String::new();
    let mut push = |chunk| encoder.push(&chunk, &mut out);
    push(Chunk::MessageStart(MessageStart {
        id: "msg_1".into(),
        model: "m".into(),
        usage: None,
        warnings: Vec::new(),
        provider_metadata: None,
    }));
    push(Chunk::ContentBlockStart(ContentBlockStart {
        index: 0,
        content_block: block("edit", input),
    }));
    for piece in pieces {
        push(Chunk::ContentBlockDelta(ContentBlockDelta {
            index: 0,
            delta: Delta::InputJsonDelta((*piece).into()),
        }));
    }
    push(Chunk::ContentBlockStop(0));
    push(Chunk::MessageDelta(MessageDelta {
        stop_reason: StopReason::ToolUse,
        stop_sequence: None,
        usage: Usage::none(),
        cost: None,
        warnings: Vec::new(),
        provider_metadata: None,
    }));
    let events: Vec<_> = out
        .split_terminator("\n\n")
        .filter_map(|event| event.strip_prefix("data: "))
        .map(parsed)
        .collect();
    let call = |event: &Value| event["choices"][0]["delta"]["tool_calls"].get(0).cloned();
    let last = events.last().expect("events")["gateway"]["warnings"].clone();
    (events.iter().filter_map(call).collect(), last)
}

#[test]
fn raw_text_streams_as_it_comes() {
    let (calls, warnings) = streamed("{}", &[r#"{"input":"a\"#, r#"nb","#, r#""c":1}"#]);
    assert_eq!(
        calls,
        [
            json!({"index": 0, "id": "c1", "type": "custom", "custom": {"name": "edit", "input": ""}}),
            json!({"index": 0, "custom": {"input": "a"}}),
            json!({"index": 0, "custom": {"input": "\nb"}}),
        ]
    );
    assert_eq!(warnings[0]["lossy"], true);
    let (calls, warnings) = streamed(r#"{"input":"a"}"#, &[]);
    assert_eq!(calls[0]["custom"]["input"], "a");
    assert_eq!((calls.len(), warnings), (1, Value::Null));
}

proptest! {
    #[test]
    fn raw_text_is_the_same_whole_and_in_any_pieces(
        said in any::<String>(), other in any::<bool>(), cut in any::<prop::sample::Index>()
    ) {
        let input = json!({if other { "text" } else { "input" }: said}).to_string();
        let cuts: Vec<_> = input.char_indices().map(|(at, _)| at).collect();
        let cut = *cut.get(&cuts);
        let (calls, _) = streamed("{}", &[&input[..cut], &input[cut..]]);
        let text: String = calls.iter().filter_map(|call| call["custom"]["input"].as_str()).collect();
        prop_assert_eq!(text, said);
    }
}
