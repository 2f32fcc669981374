//! The default responder obeys the request, and says the same thing twice.

use bedrock_emulator::story::story;
use bedrock_emulator::{Answer, Block, Call, Operation, Reply};
use serde_json::{Value, json};

fn tell(body: &Value) -> Reply {
    let call = Call {
        operation: Operation::Converse,
        model_id: "m",
        body,
    };
    match story(call).answer {
        Answer::Reply(reply) => reply,
        other => panic!("not a reply: {other:?}"),
    }
}

fn text(reply: &Reply) -> String {
    let texts = reply.blocks.iter().filter_map(|block| match block {
        Block::Text(deltas) => Some(deltas.concat()),
        _ => None,
    });
    texts.collect()
}

/// Name and input of each tool call.
fn calls(reply: &Reply) -> Vec<(String, Value)> {
    let calls = reply.blocks.iter().filter_map(|block| match block {
        Block::ToolUse { name, input, .. } => Some((
            name.clone(),
            serde_json::from_str(&input.concat()).expect("JSON"),
        )),
        _ => None,
    });
    calls.collect()
}

fn ask(question: &str) -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": question}]}]})
}

fn with_tools(question: &str) -> Value {
    let mut body = ask(question);
    let schema = json!({
        "type": "object",
        "properties": {
            "city": {"type": "string"}, "days": {"type": "integer"}, "detail": {"type": "boolean"},
            "unit": {"enum": ["C", "F"]}, "tags": {"type": "array"}, "note": {"type": "string"},
        },
        "required": ["city", "days", "detail", "unit", "tags"],
    });
    body["toolConfig"] = json!({"tools": [
        {"toolSpec": {"name": "first", "inputSchema": {"json": schema}}},
        {"toolSpec": {"name": "second", "inputSchema": {"json": {"type": "object"}}}},
    ]});
    body
}

#[test]
fn it_repeats_the_last_user_text() {
    let mut body = ask("An old question");
    let turns = [
        json!({"role": "assistant", "content": [{"text": "An answer"}]}),
        json!({"role": "user", "content": [{"text": "Who are you?"}]}),
    ];
    body["messages"]
        .as_array_mut()
        .expect("messages")
        .extend(turns);
    let reply = tell(&body);
    assert!(text(&reply).contains("“Who are you?”"), "{}", text(&reply));
    assert_eq!(reply.stop_reason, "end_turn");
    assert_eq!(reply, tell(&body));
}

#[test]
fn it_calls_a_tool_when_asked_for_one() {
    let input = json!({"city": "Paris", "days": 1, "detail": true, "unit": "C", "tags": []});
    let mut any = with_tools("Hello");
    any["toolConfig"]["toolChoice"] = json!({"any": {}});
    let mut named = with_tools("Hello");
    named["toolConfig"]["toolChoice"] = json!({"tool": {"name": "second"}});
    let cases = [
        (
            with_tools("How is the weather?"),
            vec![("first".to_owned(), input.clone())],
        ),
        (
            with_tools("Use a TOOL"),
            vec![("first".to_owned(), input.clone())],
        ),
        (with_tools("Hello"), vec![]),
        (any, vec![("first".to_owned(), input)]),
        (named, vec![("second".to_owned(), json!({}))]),
        (ask("How is the weather?"), vec![]),
    ];
    for (body, expected) in cases {
        let reply = tell(&body);
        assert_eq!(calls(&reply), expected, "{body}");
        let stop = if expected.is_empty() {
            "end_turn"
        } else {
            "tool_use"
        };
        assert_eq!(reply.stop_reason, stop, "{body}");
        // Who must call says nothing first.
        let must_call = body.pointer("/toolConfig/toolChoice").is_some();
        assert_eq!(text(&reply).is_empty(), must_call, "{body}");
    }
}

#[test]
fn it_tells_what_the_tool_said() {
    let mut body = with_tools("How is the weather?");
    let result = json!({"toolUseId": "a", "content": [{"text": "sunny"}, {"json": {"t": 20}}]});
    let turns = [
        json!({"role": "assistant", "content": [{"toolUse": {"toolUseId": "a", "name": "first", "input": {}}}]}),
        json!({"role": "user", "content": [{"toolResult": result}]}),
    ];
    body["messages"]
        .as_array_mut()
        .expect("messages")
        .extend(turns);
    let reply = tell(&body);
    assert_eq!(
        text(&reply),
        "The tool came back and said: sunny and {\"t\":20}. The end."
    );
    assert_eq!(calls(&reply), []);
}

#[test]
fn it_thinks_when_thinking_is_on() {
    let kinds = [
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
            true,
        ),
        (json!({"thinking": {"type": "adaptive"}}), true),
        (json!({"reasoningConfig": {"type": "enabled"}}), true),
        (json!({"thinking": {"type": "disabled"}}), false),
        (json!({}), false),
    ];
    for (fields, thinks) in kinds {
        let mut body = ask("Hello");
        body["additionalModelRequestFields"] = fields;
        let first = tell(&body).blocks.into_iter().next();
        let signed = matches!(
            first,
            Some(Block::Thinking {
                signature: Some(_),
                ..
            })
        );
        assert_eq!(signed, thinks, "{body}");
    }
}

#[test]
fn it_stops_at_a_stop_sequence_and_says_which() {
    let mut body = ask("Hello");
    body["inferenceConfig"] = json!({"stopSequences": ["hill", "bedrock"]});
    let reply = tell(&body);
    assert!(text(&reply).ends_with("A small "), "{}", text(&reply));
    assert_eq!(
        (reply.stop_reason.as_str(), reply.additional_fields),
        ("stop_sequence", None)
    );
    body["additionalModelResponseFieldPaths"] = json!(["/delta/stop_sequence"]);
    let fields = tell(&body).additional_fields;
    assert_eq!(fields, Some(json!({"delta": {"stop_sequence": "bedrock"}})));
}

#[test]
fn it_ends_where_its_tokens_end() {
    let mut body = ask("Hello");
    body["inferenceConfig"] = json!({"maxTokens": 3});
    let reply = tell(&body);
    assert_eq!(
        (text(&reply).as_str(), reply.stop_reason.as_str()),
        ("Once upon a ", "max_tokens")
    );
    assert_eq!(reply.output_tokens(), 3);
}

#[test]
fn anthropics_own_tool_choice_is_obeyed() {
    let chosen = |question: &str, choice: Value| {
        let mut body = with_tools(question);
        body["additionalModelRequestFields"] = json!({"tool_choice": choice});
        let calls = calls(&tell(&body));
        calls.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    let any = json!({"type": "any", "disable_parallel_tool_use": true});
    assert_eq!(chosen("Hi", any), ["first"]);
    assert_eq!(
        chosen("Hi", json!({"type": "tool", "name": "second"})),
        ["second"]
    );
    assert!(chosen("Hi", json!({"type": "auto"})).is_empty());
    assert!(chosen("What is the weather?", json!({"type": "none"})).is_empty());
}

#[test]
fn every_familys_way_of_asking_for_thinking_is_understood() {
    let thinks = |fields: Value| {
        let mut body = ask("Hi");
        body["additionalModelRequestFields"] = fields;
        matches!(tell(&body).blocks.first(), Some(Block::Thinking { .. }))
    };
    for fields in [
        json!({"thinking": {"type": "adaptive"}}),
        json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}),
        json!({"reasoning_effort": "high"}),
        json!({"reasoning": {"effort": "low"}}),
        json!({"reasoning_config": "low"}),
    ] {
        assert!(thinks(fields.clone()), "{fields}");
    }
    for fields in [
        json!({"thinking": {"type": "disabled"}}),
        json!({"reasoning_effort": "none"}),
    ] {
        assert!(!thinks(fields.clone()), "{fields}");
    }
}

#[test]
fn structured_output_follows_its_schema() {
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}"#;
    let structure = json!({"jsonSchema": {"schema": schema}});
    let mut body = ask("Where?");
    body["outputConfig"] = json!({"textFormat": {"type": "json_schema", "structure": structure}});
    assert_eq!(text(&tell(&body)), r#"{"city":"Paris"}"#);
}

#[test]
fn it_tells_what_came_with_the_question() {
    let mut body = ask("What is this?");
    let attached = [
        json!({"image": {"format": "png", "source": {"bytes": "AAECAw=="}}}),
        json!({"document": {"name": "notes", "format": "txt", "source": {"text": "Buy milk"}}}),
        json!({"document": {"name": "paper", "format": "pdf", "source": {"s3Location": {"uri": "s3://shelf/a.pdf"}}}}),
        json!({"image": {"format": "png", "source": {"bytes": "?"}}}),
    ];
    let content = body["messages"][0]["content"].as_array_mut();
    content.expect("content").extend(attached);
    let text = text(&tell(&body));
    for told in [
        "The image (png) held 4 bytes. ",
        "The document “notes” (txt) held the text “Buy milk”. ",
        "The document “paper” (pdf) held s3://shelf/a.pdf. ",
        "The image (png) held what is no base64. ",
    ] {
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn it_takes_its_thoughts_back_as_it_signed_them_alone() {
    let mut body = ask("Why?");
    body["additionalModelRequestFields"] =
        json!({"thinking": {"type": "enabled", "budget_tokens": 1024}});
    let reply = tell(&body);
    let Some(Block::Thinking { deltas, signature }) = reply.blocks.first() else {
        panic!("it did not think: {reply:?}");
    };
    let answered = |text: &str, signature: &str| {
        let thought = json!({"reasoningText": {"text": text, "signature": signature}});
        let mut body = body.clone();
        let turns = [
            json!({"role": "assistant", "content": [{"reasoningContent": thought}, {"text": "Because."}]}),
            json!({"role": "user", "content": [{"text": "And then?"}]}),
        ];
        let messages = body["messages"].as_array_mut().expect("messages");
        messages.extend(turns);
        let call = Call {
            operation: Operation::Converse,
            model_id: "m",
            body: &body,
        };
        story(call).answer
    };
    let (thought, signature) = (deltas.concat(), signature.clone().expect("signed"));
    assert!(matches!(answered(&thought, &signature), Answer::Reply(_)));
    // One that is not its own it cannot judge.
    assert!(matches!(answered(&thought, "c2lnbmVk"), Answer::Reply(_)));
    let Answer::Refusal(error) = answered(&thought.replace("short", "long"), &signature) else {
        panic!("an altered thought was taken");
    };
    assert!(
        error
            .message
            .contains("messages.1.content.0: Invalid `signature`"),
        "{error:?}"
    );
}
