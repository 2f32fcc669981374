//! Calls of tools of every type, whole and streamed.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::streams::{delta, encode, events, start};
use super::*;

const TOOLS: &str = r#"{"type":"function","name":"run"},{"type":"custom","name":"edit"},
    {"type":"local_shell"},{"type":"shell"},{"type":"apply_patch"},{"type":"tool_search","execution":"client"},
    {"type":"namespace","name":"docs","tools":[{"type":"function","name":"search"},{"type":"custom","name":"edit"}]},
    {"type":"namespace","name":"do","tools":[{"type":"function","name":"cs__search"}]},
    {"type":"function","name":"docs__search_"},{"type":"namespace","name":"docs__","tools":[{"type":"function","name":"search_"}]}"#;

/// What a request with all of these tools makes of their names.
fn with_tools() -> (Telling, Vec<String>) {
    let ask = read(&format!(r#""input":"Hi","tools":[{TOOLS}]"#)).expect("a request");
    let names = ask
        .request
        .tools
        .into_iter()
        .map(|tool| tool.name)
        .collect();
    let telling = Telling {
        tools: ask.tools,
        ..telling()
    };
    (telling, names)
}

fn block(name: &str, input: &str) -> ContentBlock {
    ContentBlock::ToolUse(ToolUseBlock {
        id: "c1".into(),
        name: name.into(),
        input: input.into(),
        cache_control: None,
    })
}

/// The items of a whole answer that is this one call.
fn item(name: &str, input: &str) -> Value {
    let answer = response(vec![block(name, input)], StopReason::ToolUse);
    let told = super::json(&write_response(&answer, &with_tools().0));
    told["output"][0].clone()
}

fn end(stop_reason: StopReason) -> [Chunk; 2] {
    let end = MessageDelta {
        stop_reason,
        stop_sequence: None,
        usage: Usage::none(),
        cost: None,
        warnings: Vec::new(),
        provider_metadata: None,
    };
    [Chunk::MessageDelta(end), Chunk::MessageStop]
}

/// The events of a stream that is this one call, whose input comes in these pieces.
fn streamed(name: &str, pieces: &[&str], stop_reason: StopReason) -> Vec<Value> {
    let mut chunks = vec![
        Chunk::MessageStart(MessageStart {
            id: "msg_1".into(),
            model: "m".into(),
            usage: None,
            warnings: Vec::new(),
            provider_metadata: None,
        }),
        start(0, block(name, "{}")),
    ];
    let input = pieces
        .iter()
        .map(|piece| delta(0, Delta::InputJsonDelta((*piece).into())));
    chunks.extend(input);
    chunks.push(Chunk::ContentBlockStop(0));
    chunks.extend(end(stop_reason));
    events(&encode(&chunks, with_tools().0))
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().expect("a type"))
        .collect()
}

#[test]
fn a_call_is_the_item_that_the_client_knows() {
    let (_, names) = with_tools();
    for (name, input, expected) in [
        (
            "run",
            r#"{"a" : 1}"#,
            json!({"id": "fc_1_0", "type": "function_call", "name": "run", "arguments": "{\"a\" : 1}"}),
        ),
        (
            "docs__search",
            "{}",
            json!({"id": "fc_1_0", "type": "function_call", "namespace": "docs", "name": "search", "arguments": "{}"}),
        ),
        (
            &names[8],
            "{}",
            json!({"id": "fc_1_0", "type": "function_call", "namespace": "do", "name": "cs__search", "arguments": "{}"}),
        ),
        (
            &names[10],
            "{}",
            json!({"id": "fc_1_0", "type": "function_call", "namespace": "docs__", "name": "search_", "arguments": "{}"}),
        ),
        (
            "edit",
            r#"{"input":"*** Begin Patch\n\"a\""}"#,
            json!({"id": "ctc_1_0", "type": "custom_tool_call", "name": "edit", "input": "*** Begin Patch\n\"a\""}),
        ),
        (
            "docs__edit",
            "{}",
            json!({"id": "ctc_1_0", "type": "custom_tool_call", "namespace": "docs", "name": "edit", "input": ""}),
        ),
        (
            "local_shell",
            r#"{"command":["ls"],"working_directory":"/tmp"}"#,
            json!({"id": "lsh_1_0", "type": "local_shell_call",
                "action": {"type": "exec", "command": ["ls"], "env": {}, "working_directory": "/tmp"}}),
        ),
        (
            "shell",
            r#"{"commands":["ls"],"timeout_ms":5}"#,
            json!({"id": "sh_1_0", "type": "shell_call", "action": {"commands": ["ls"], "timeout_ms": 5}}),
        ),
        (
            "apply_patch",
            r#"{"type":"delete_file","path":"a"}"#,
            json!({"id": "apc_1_0", "type": "apply_patch_call", "operation": {"type": "delete_file", "path": "a"}}),
        ),
        (
            "tool_search",
            r#"{"query":"a"}"#,
            json!({"id": "tsc_1_0", "type": "tool_search_call", "execution": "client", "arguments": {"query": "a"}}),
        ),
        (
            "local_shell",
            r#"{"cmd":"ls"}"#,
            json!({"id": "fc_1_0", "type": "function_call", "name": "local_shell", "arguments": "{\"cmd\":\"ls\"}"}),
        ),
        (
            "never_offered",
            "{}",
            json!({"id": "fc_1_0", "type": "function_call", "name": "never_offered", "arguments": "{}"}),
        ),
    ] {
        let mut expected = expected;
        expected["call_id"] = "c1".into();
        expected["status"] = "completed".into();
        assert_eq!(item(name, input), expected, "{name}");
        // A stream ends with the same, wherever its pieces end.
        for at in 0..=input.len() {
            let told = streamed(name, &[&input[..at], &input[at..]], StopReason::ToolUse);
            let [.., done, last] = &told[..] else {
                panic!("{told:?}");
            };
            assert_eq!(done["type"], "response.output_item.done");
            assert_eq!(done["item"], expected);
            assert_eq!(last["response"]["output"][0], expected);
        }
    }
}

#[test]
fn raw_text_streams_as_it_comes() {
    let pieces = [
        r#"{"inp"#,
        r#"ut": "*** Be"#,
        r"gin\",
        r"n\ud83d",
        r#"\ude00\""#,
        r#""}"#,
    ];
    let told = streamed("docs__edit", &pieces, StopReason::ToolUse);
    let deltas: Vec<_> = told
        .iter()
        .filter_map(|event| event["delta"].as_str())
        .collect();
    assert_eq!(deltas, ["*** Be", "gin", "\n", "😀\""]);
    assert_eq!(
        kinds(&told),
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.custom_tool_call_input.delta",
            "response.custom_tool_call_input.delta",
            "response.custom_tool_call_input.delta",
            "response.custom_tool_call_input.delta",
            "response.custom_tool_call_input.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    assert_eq!(
        told[2]["item"],
        json!({"id": "ctc_1_0", "type": "custom_tool_call", "call_id": "c1", "namespace": "docs", "name": "edit",
            "input": "", "status": "in_progress"})
    );
    assert_eq!(
        told[3],
        json!({"type": "response.custom_tool_call_input.delta", "sequence_number": 3, "item_id": "ctc_1_0",
            "output_index": 0, "delta": "*** Be"})
    );
    assert_eq!(
        told[7],
        json!({"type": "response.custom_tool_call_input.done", "sequence_number": 7, "item_id": "ctc_1_0",
            "output_index": 0, "input": "*** Begin\n😀\""})
    );
}

#[test]
fn what_is_no_raw_text_is_told_when_it_is_whole() {
    let told = streamed("edit", &[r#"{"patch":"#, r#""a\n"}"#], StopReason::ToolUse);
    let deltas: Vec<_> = told
        .iter()
        .filter_map(|event| event["delta"].as_str())
        .collect();
    assert_eq!(deltas, ["a\n"]);
    // What was cut off is all that there is.
    let told = streamed("edit", &[r#"{"input":"a\u00"#], StopReason::MaxTokens);
    let [.., done, item, last] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(
        (&done["input"], &item["item"]["input"]),
        (&"a".into(), &"a".into())
    );
    assert_eq!(item["item"]["status"], "incomplete");
    assert_eq!(last["type"], "response.incomplete");
}

#[test]
fn members_besides_the_raw_text_are_told_as_lost() {
    const INPUT: &str = r#"{"input":"a","why":"b"}"#;
    let answer = response(vec![text("so"), block("edit", INPUT)], StopReason::ToolUse);
    let whole = super::json(&write_response(&answer, &with_tools().0));
    let told = streamed("edit", &[INPUT], StopReason::ToolUse);
    for response in [&whole, &told[told.len() - 1]["response"]] {
        let warnings = response["gateway"]["warnings"]
            .as_array()
            .expect("warnings");
        let [warning] = &warnings[..] else {
            panic!("{warnings:?}");
        };
        assert_eq!(
            (&warning["path"], &warning["lossy"]),
            (&"output".into(), &true.into())
        );
    }
    assert_eq!(whole["output"][1]["input"], "a");
}

#[test]
fn a_call_of_what_openai_defines_is_added_when_it_is_whole() {
    let pieces = [
        r#"{"type":"update_file","path":"a","#,
        r#""diff":"@@\n+b"}"#,
    ];
    let told = streamed("apply_patch", &pieces, StopReason::ToolUse);
    let events = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.output_item.done",
        "response.completed",
    ];
    assert_eq!(kinds(&told), events);
    let operation = json!({"type": "update_file", "path": "a", "diff": "@@\n+b"});
    for (event, status) in [(&told[2], "in_progress"), (&told[3], "completed")] {
        assert_eq!(event["output_index"], 0);
        let item = &event["item"];
        assert_eq!(
            (&item["operation"], &item["status"]),
            (&operation, &status.into())
        );
    }
    // Cut off, it is the function call that it would have been.
    let told = streamed("local_shell", &[r#"{"command":["l"#], StopReason::MaxTokens);
    assert_eq!(
        kinds(&told)[2..],
        [
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.incomplete",
        ]
    );
    assert_eq!(told[2]["item"]["arguments"], "");
    assert_eq!(told[4]["arguments"], r#"{"command":["l"#);
    assert_eq!(told[5]["item"]["status"], "incomplete");
    // OpenAI's patch has no such status.
    let told = streamed("apply_patch", &pieces, StopReason::MaxTokens);
    assert_eq!(told[3]["item"]["status"], "in_progress");
}

#[test]
fn what_is_told_of_a_tool_is_told_where_the_client_wrote_it() {
    let (telling, _) = with_tools();
    let mut answer = response(Vec::new(), StopReason::EndTurn);
    answer.warnings = vec![Warning {
        code: "added".into(),
        path: "tools[7].input_schema.type".into(),
        message: "m".into(),
        lossy: false,
    }];
    let told = super::json(&write_response(&answer, &telling));
    let path = &told["gateway"]["warnings"][0]["path"];
    assert_eq!(path, "tools[6].tools[1].parameters.type");
    let error = telling.locate(Error::invalid("tools[9].name", "m"));
    assert_eq!(error.path.as_deref(), Some("tools[8].name"));
}

#[test]
fn items_stay_in_order_around_a_call_that_is_added_late() {
    let mut chunks = vec![Chunk::MessageStart(MessageStart {
        id: "msg_1".into(),
        model: "m".into(),
        usage: None,
        warnings: Vec::new(),
        provider_metadata: None,
    })];
    let blocks = [
        text("a"),
        block("shell", r#"{"commands":["ls"]}"#),
        block("shell", r#"{"commands":["pwd"]}"#),
        text("b"),
    ];
    for (index, block) in (0..).zip(blocks) {
        chunks.extend([start(index, block), Chunk::ContentBlockStop(index)]);
    }
    chunks.extend(end(StopReason::EndTurn));
    let told = events(&encode(&chunks, with_tools().0));
    let order: Vec<_> = told
        .iter()
        .filter(|event| event.get("item").is_some())
        .map(|event| {
            let is_added = event["type"] == "response.output_item.added";
            (event["output_index"].as_u64().expect("a number"), is_added)
        })
        .collect();
    let expected = (0..4).flat_map(|at| [(at, true), (at, false)]);
    assert_eq!(order, expected.collect::<Vec<_>>());
}

/// Codex's turn ended without its text.
#[test]
fn every_terminal_event_has_the_whole_text() {
    let mut chunks = vec![
        Chunk::MessageStart(MessageStart {
            id: "msg_1".into(),
            model: "m".into(),
            usage: None,
            warnings: Vec::new(),
            provider_metadata: None,
        }),
        start(0, thinking("", None)),
        delta(0, Delta::ThinkingDelta("h".into())),
        delta(0, Delta::ThinkingDelta("m".into())),
        Chunk::ContentBlockStop(0),
        start(1, text("")),
    ];
    for piece in ["It ", "is ", "5°."] {
        chunks.push(delta(1, Delta::TextDelta(piece.into())));
    }
    chunks.push(Chunk::ContentBlockStop(1));
    chunks.extend(end(StopReason::EndTurn));
    let told = events(&encode(&chunks, telling()));
    let of = |kind: &str, index: u64| {
        let is_it = |event: &&Value| {
            event["type"] == kind && event["output_index"].as_u64().is_none_or(|at| at == index)
        };
        told.iter().find(is_it).expect(kind)
    };
    let whole = Value::from("It is 5°.");
    assert_eq!(of("response.reasoning_summary_text.done", 0)["text"], "hm");
    assert_eq!(
        of("response.reasoning_summary_part.done", 0)["part"]["text"],
        "hm"
    );
    assert_eq!(
        of("response.output_item.done", 0)["item"]["summary"][0]["text"],
        "hm"
    );
    assert_eq!(of("response.output_text.done", 1)["text"], whole);
    assert_eq!(of("response.content_part.done", 1)["part"]["text"], whole);
    assert_eq!(
        of("response.output_item.done", 1)["item"]["content"][0]["text"],
        whole
    );
    let last = &of("response.completed", 1)["response"];
    assert_eq!(last["output"][1]["content"][0]["text"], whole);
    assert_eq!(last["output"][0]["summary"][0]["text"], "hm");
}

/// A call of one of the tools, whose input has the form that its item keeps.
fn a_call() -> impl Strategy<Value = (usize, String)> {
    (0..11_usize, any::<String>()).prop_map(|(at, said)| {
        let said = Value::from(said);
        let input = match at {
            1 | 7 => json!({"input": said}),
            2 => json!({"command": ["ls", said]}),
            3 => json!({"commands": [said]}),
            4 => json!({"type": "create_file", "path": "a", "diff": said}),
            _ => json!({"said": said}),
        };
        (at, input.to_string())
    })
}

proptest! {
    #[test]
    fn calls_that_are_sent_back_are_calls_of_the_same_tools(calls in vec(a_call(), 1..6)) {
        let (telling, names) = with_tools();
        let content: Vec<_> = calls.iter().map(|(at, input)| block(&names[*at], input)).collect();
        let answer = super::json(&write_response(&response(content.clone(), StopReason::ToolUse), &telling));
        let mut input = vec![json!({"role": "user", "content": "Hi"})];
        input.extend(answer["output"].as_array().expect("items").iter().cloned());
        let members = format!(r#""tools":[{TOOLS}],"input":{}"#, Value::from(input));
        let ask = read(&members).map_err(|error| TestCaseError::fail(error.message))?;
        prop_assert_eq!(ask.warnings, vec![]);
        prop_assert_eq!(ask.tools, telling.tools);
        let parsed = |content: &[ContentBlock]| -> Vec<(String, Value)> {
            content.iter().map(|block| match block {
                ContentBlock::ToolUse(call) => (call.name.clone(), super::json(&call.input)),
                other => panic!("{other:?}"),
            }).collect()
        };
        prop_assert_eq!(parsed(&ask.request.messages[1].content), parsed(&content));
    }

    #[test]
    fn whatever_the_model_writes_a_stream_ends_with_what_is_answered_whole(
        at in 0..11_usize, input in r#"[{}"\\inputcommandstypeu0:,\[\] aé]{0,24}|\{"input":"[a\\u0d8"]{0,9}"#, cut in any::<prop::sample::Index>()
    ) {
        let (telling, names) = with_tools();
        let cuts: Vec<_> = input.char_indices().map(|(at, _)| at).chain([input.len()]).collect();
        let cut = *cut.get(&cuts);
        let told = streamed(&names[at], &[&input[..cut], &input[cut..]], StopReason::ToolUse);
        let whole = write_response(&response(vec![block(&names[at], &input)], StopReason::ToolUse), &telling);
        let last = &told[told.len() - 1]["response"]["output"];
        prop_assert_eq!(last, &super::json(&whole)["output"]);
        let deltas: String = told.iter().filter_map(|event| event["delta"].as_str()).collect();
        let item = &last[0];
        if let Some(text) = item.get("input").or(item.get("arguments")).and_then(Value::as_str) {
            prop_assert_eq!(deltas, text);
        }
    }
}

#[test]
fn a_call_that_a_broken_stream_cut_is_json_whatever_its_tool_is() {
    let (telling, names) = with_tools();
    for name in &names {
        for piece in [None, Some(r#"{"comm"#), Some(r#"{"command":["l"#)] {
            let mut chunks = vec![
                Chunk::MessageStart(MessageStart {
                    id: "msg_1".into(),
                    model: "m".into(),
                    usage: None,
                    warnings: Vec::new(),
                    provider_metadata: None,
                }),
                start(0, block(name, "{}")),
            ];
            chunks.extend(piece.map(|piece| delta(0, Delta::InputJsonDelta(piece.into()))));
            let mut encoder = Encoder::new(telling.clone());
            let mut out = String::new();
            for chunk in &chunks {
                encoder.push(chunk, &mut out);
            }
            let error = Error::new(ErrorKind::RateLimited, "slow down");
            encoder.fail(&error, "id", &mut out);
            // Which parses each.
            let events = events(&out);
            let failed = events.last().expect("an event");
            assert_eq!(failed["type"], "response.failed", "{name}");
            let item = &failed["response"]["output"][0];
            assert_eq!(item["call_id"], "c1", "{name} {piece:?}: {failed}");
        }
    }
}
