//! What a caller gets for an answer, whole or streamed, and what goes out for a conversation.

use crate::support::calls::{CLAUDE, LLAMA, ask, calling, complete, emulator, stream};
use crate::support::message::Message;
use bedrock_emulator::reply::{Block, Reply, Usage};
use bedrock_emulator::{Config, Operation, Script};
use bedrock_host::types::{
    Chunk, ContentBlock, Message as Turn, PlainText, Request, Role, StopReason, TextBlock,
    Thinking, ThinkingBudget, ThinkingDisplay, Tool, ToolResultBlock, ToolResultContent,
};
use serde_json::{Value, json};

const SIGNATURE: &str = "EqQBCkYIBxgCKkBhbmQgc28gb24+/w==";
const SCHEMA: &str =
    r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;

fn weather() -> Tool {
    Tool {
        name: "get_weather".into(),
        description: Some("The weather in a city".into()),
        input_schema: SCHEMA.into(),
        strict: None,
        server_type: None,
        cache_control: None,
    }
}

fn thinking() -> Thinking {
    Thinking::Enabled(ThinkingBudget {
        budget_tokens: 1024,
        display: ThinkingDisplay { display: None },
    })
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Everything at once: thinking, text and a call, with fragments cut in the middle of words and of JSON.
fn everything() -> Script {
    let mut reply = Reply::new(
        vec![
            Block::Thinking {
                deltas: strings(&["They want ", "the weather", "; é 世界 🦀"]),
                signature: Some(SIGNATURE.into()),
            },
            Block::Text(strings(&["Let me ", "look", " that up."])),
            Block::ToolUse {
                id: "tooluse_first".into(),
                name: "get_weather".into(),
                input: strings(&[r#"{"ci"#, r#"ty":"Par"#, r#"is"}"#]),
            },
            Block::ToolUse {
                id: "tooluse_second".into(),
                name: "get_time".into(),
                input: Vec::new(),
            },
        ],
        "tool_use",
    );
    reply.usage = Some(Usage {
        input_tokens: 123,
        output_tokens: 45,
        cache_read: Some(67),
        cache_write: Some(8),
    });
    reply.into()
}

/// The same answer by `complete` and by `stream`.
async fn both(script: Script, request: &Request) -> (Message, Message) {
    let emulator = emulator(Config::default().always(script)).await;
    let context = calling(&emulator.url());
    let whole = complete(request, &context).await.expect("a whole answer");
    let chunks = stream(request, &context).await.expect("a clean stream");
    let start = chunks.first();
    let Some(Chunk::MessageStart(start)) = start else {
        panic!("no message-start first: {start:?}");
    };
    assert_eq!(
        (&start.model, whole.model.as_str()),
        (&whole.model, CLAUDE.trim_start_matches("bedrock/"))
    );
    assert!(whole.id.starts_with("msg_0000") && start.id.starts_with("msg_0000"));
    (whole.into(), Message::of(&chunks))
}

/// The tool inputs as values: the whole answer carries them as JSON, the stream as the model wrote them.
fn inputs(message: &Message) -> Vec<Value> {
    let calls = message.tool_calls().into_iter();
    calls
        .map(|call| serde_json::from_str(&call.input).expect("JSON"))
        .collect()
}

#[tokio::test]
async fn complete_and_stream_give_the_same_answer() {
    let (whole, streamed) = both(everything(), &ask("The weather in Paris?")).await;
    assert_eq!(whole, streamed);

    assert_eq!(whole.text(), "Let me look that up.");
    let [thought] = whole.thinking()[..] else {
        panic!("one thinking block, not {:?}", whole.thinking());
    };
    assert_eq!(thought.thinking, "They want the weather; é 世界 🦀");
    assert_eq!(thought.signature.as_deref(), Some(SIGNATURE));
    let calls: Vec<_> = whole
        .tool_calls()
        .into_iter()
        .map(|call| (call.id.as_str(), call.name.as_str()))
        .collect();
    assert_eq!(
        calls,
        [
            ("tooluse_first", "get_weather"),
            ("tooluse_second", "get_time")
        ]
    );
    assert_eq!(inputs(&whole), [json!({"city": "Paris"}), json!({})]);
    assert_eq!(whole.stop_reason, Some(StopReason::ToolUse));
    let usage = whole.usage.expect("usage");
    let counts = [
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
    ];
    assert_eq!(counts, [123, 45, 67, 8]);
}

#[tokio::test]
async fn every_stop_reason_is_the_same_whole_and_streamed() {
    let table = [
        ("end_turn", StopReason::EndTurn),
        ("max_tokens", StopReason::MaxTokens),
        ("stop_sequence", StopReason::StopSequence),
        ("guardrail_intervened", StopReason::Refusal),
        ("content_filtered", StopReason::Refusal),
        (
            "model_context_window_exceeded",
            StopReason::ModelContextWindowExceeded,
        ),
        (
            "a_reason_of_2031",
            StopReason::Other("a_reason_of_2031".into()),
        ),
    ];
    for (reason, expected) in table {
        let script = Reply::new(vec![Block::Text(strings(&["Well."]))], reason);
        let (whole, streamed) = both(script.into(), &ask("Hi")).await;
        assert_eq!(whole, streamed, "{reason}");
        assert_eq!(whole.stop_reason, Some(expected));
    }
}

#[tokio::test]
async fn the_stop_sequence_that_ended_the_answer_is_named() {
    let request = Request {
        stop_sequences: vec!["hill".into()],
        ..ask("Hi")
    };
    // The emulator's own story has a hill in it, and stops there.
    let emulator = emulator(Config::default()).await;
    let context = calling(&emulator.url());
    let whole = Message::from(complete(&request, &context).await.expect("an answer"));
    let streamed = Message::of(&stream(&request, &context).await.expect("a stream"));
    assert_eq!(whole, streamed);
    assert_eq!(whole.stop_reason, Some(StopReason::StopSequence));
    assert_eq!(whole.stop_sequence.as_deref(), Some("hill"));
    assert!(whole.text().ends_with("under the "), "{}", whole.text());
}

#[tokio::test]
async fn a_system_prompt_and_settings_reach_bedrock() {
    let request = Request {
        system: vec![PlainText::new("Be brief."), PlainText::new("Be kind.")],
        max_tokens: Some(77),
        temperature: Some(0.25),
        ..ask("Hi")
    };
    let emulator = emulator(Config::default()).await;
    complete(&request, &calling(&emulator.url()))
        .await
        .expect("an answer");
    let sent = emulator.requests()[0].json();
    assert_eq!(
        sent["system"],
        json!([{"text": "Be brief."}, {"text": "Be kind."}])
    );
    assert_eq!(
        sent["inferenceConfig"],
        json!({"maxTokens": 77, "temperature": 0.25})
    );
    assert_eq!(
        sent["messages"],
        json!([{"role": "user", "content": [{"text": "Hi"}]}])
    );
}

#[tokio::test]
async fn a_tool_is_called_answered_and_its_result_told() {
    let emulator = emulator(Config::default()).await;
    let context = calling(&emulator.url());
    let mut request = Request {
        tools: vec![weather()],
        ..ask("What is the weather like?")
    };
    let first = Message::of(&stream(&request, &context).await.expect("a first turn"));
    assert_eq!(first.stop_reason, Some(StopReason::ToolUse));
    let [call] = first.tool_calls()[..] else {
        panic!("one call, not {:?}", first.content);
    };
    assert_eq!(call.name, "get_weather");
    let (id, input) = (call.id.clone(), call.input.clone());

    request.messages.push(Turn {
        role: Role::Assistant,
        content: first.content.clone(),
    });
    request.messages.push(Turn {
        role: Role::User,
        content: vec![ContentBlock::ToolResult(ToolResultBlock {
            tool_use_id: id.clone(),
            content: vec![ToolResultContent::Text(PlainText::new("sunny, 21 °C"))],
            is_error: false,
            cache_control: None,
        })],
    });
    let second = Message::of(&stream(&request, &context).await.expect("a second turn"));
    assert_eq!(second.stop_reason, Some(StopReason::EndTurn));
    assert!(second.text().contains("sunny, 21 °C"), "{}", second.text());

    let sent = emulator.requests()[1].json();
    let turns = sent["messages"].as_array().expect("turns");
    let spec = &sent["toolConfig"]["tools"][0]["toolSpec"];
    assert_eq!(spec["inputSchema"]["json"].to_string().len(), SCHEMA.len());
    let tool_use = turns[1]["content"]
        .as_array()
        .and_then(|content| content.iter().find_map(|block| block.get("toolUse")))
        .expect("the call is sent back");
    assert_eq!(tool_use["toolUseId"], id.as_str());
    assert_eq!(
        tool_use["input"],
        serde_json::from_str::<Value>(&input).expect("JSON")
    );
    let result = &turns[2]["content"][0]["toolResult"];
    assert_eq!(result["toolUseId"], id.as_str());
    assert_eq!(result["content"], json!([{"text": "sunny, 21 °C"}]));
}

#[tokio::test]
async fn signed_thinking_goes_back_byte_for_byte() {
    let thought = "Line one\n\tline \"two\" \\ é 世界 🦀 \u{2028} </thinking>";
    let config = Config::default()
        .script(
            Operation::ConverseStream,
            Script::thinking(thought, SIGNATURE, "Because."),
        )
        .script(Operation::ConverseStream, Script::text("Again: because."));
    let emulator = emulator(config).await;
    let context = calling(&emulator.url());
    let mut request = Request {
        thinking: Some(thinking()),
        max_tokens: Some(4000),
        ..ask("Why?")
    };
    let first = Message::of(&stream(&request, &context).await.expect("a first turn"));
    request.messages.push(Turn {
        role: Role::Assistant,
        content: first.content,
    });
    let request = request.user("And why is that?");
    stream(&request, &context).await.expect("a second turn");

    let requests = emulator.requests();
    let sent = requests[1].json();
    assert_eq!(
        sent["messages"][1]["content"][0],
        json!({"reasoningContent": {"reasoningText": {"text": thought, "signature": SIGNATURE}}})
    );
    assert_eq!(
        sent["messages"][1]["content"][1],
        json!({"text": "Because."})
    );
    assert_eq!(
        sent["additionalModelRequestFields"]["thinking"],
        json!({"type": "enabled", "budget_tokens": 1024})
    );
    // Not only the same value: the signature's very bytes.
    let body = String::from_utf8(requests[1].body.to_vec()).expect("UTF-8");
    assert!(body.contains(SIGNATURE), "{body}");
}

#[tokio::test]
async fn redacted_thinking_goes_back_as_it_came() {
    let blob = vec![0_u8, 1, 2, 250, 255, 128, 7];
    let script = Reply::new(
        vec![
            Block::Redacted(vec![blob.clone()]),
            Block::Text(strings(&["Done."])),
        ],
        "end_turn",
    );
    let (whole, streamed) = both(script.clone().into(), &ask("Hi")).await;
    assert_eq!(whole, streamed);

    let emulator = emulator(Config::default()).await;
    let mut request = ask("Hi");
    request.messages.push(Turn {
        role: Role::Assistant,
        content: streamed.content,
    });
    let request = request.user("Go on.");
    complete(&request, &calling(&emulator.url()))
        .await
        .expect("an answer");
    let sent = emulator.requests()[0].json();
    assert_eq!(
        sent["messages"][1]["content"][0]["reasoningContent"]["redactedContent"],
        "AAEC+v+ABw=="
    );
}

#[tokio::test]
async fn what_was_left_out_is_told_with_the_answer() {
    let request = Request {
        top_k: Some(5),
        ..Request::new(LLAMA).user("Hi")
    };
    let emulator = emulator(Config::default()).await;
    let context = calling(&emulator.url());
    let response = complete(&request, &context).await.expect("an answer");
    let [warning] = &response.warnings[..] else {
        panic!("one warning, not {:?}", response.warnings);
    };
    assert_eq!((warning.path.as_str(), warning.lossy), ("top_k", true));

    let chunks = stream(&request, &context).await.expect("a stream");
    match chunks.first() {
        Some(Chunk::MessageStart(start)) => assert_eq!(start.warnings, response.warnings),
        other => panic!("no message-start first: {other:?}"),
    }
    for request in emulator.requests() {
        let body = request.json();
        assert_eq!(body.get("additionalModelRequestFields"), None, "{body}");
    }
}

#[tokio::test]
async fn one_instance_answers_call_after_call() {
    let emulator = emulator(Config::default()).await;
    let context = calling(&emulator.url());
    let grants = crate::support::calls::reaching(&emulator.url());
    let provider = crate::support::components::provider();
    let mut instance = provider.instantiate(&grants).await.expect("an instance");
    for turn in 0..3 {
        let request = ask(&format!("Question {turn}"));
        let whole = instance.complete(&request, &context).await.expect("whole");
        let mut stream = instance.stream(&request, &context).await.expect("a stream");
        let mut chunks = Vec::new();
        while let Some(batch) = stream.next().await.expect("chunks") {
            chunks.extend(batch);
        }
        assert_eq!(Message::from(whole), Message::of(&chunks));
        instance = stream.close().await.expect("the instance is whole");
    }
    assert_eq!(emulator.counters().requests, 6);
}

#[tokio::test]
async fn tokens_are_counted_as_bedrock_counts_them() {
    let emulator = emulator(Config::default()).await;
    let context = calling(&emulator.url());
    let grants = crate::support::calls::reaching(&emulator.url());
    let provider = crate::support::components::provider();
    let request = Request {
        system: vec![PlainText::new("Be brief.")],
        ..ask("How long is this?")
    };
    let mut instance = provider.instantiate(&grants).await.expect("an instance");
    let count = instance
        .count_tokens(&request, &context)
        .await
        .expect("a count");
    let answer = instance
        .complete(&request, &context)
        .await
        .expect("an answer");
    assert!(count > 0);
    assert_eq!(count, answer.usage.input_tokens);
}

#[tokio::test]
async fn text_of_every_kind_survives_both_ways() {
    let text =
        "tab\t newline\n quote\" backslash\\ nul-free \u{1} \u{7f} é 世界 🦀 \u{2028} \u{fffd}";
    let emulator = emulator(Config::default().respond(|call| {
        let said = call.body["messages"][0]["content"][0]["text"].as_str();
        Script::text(said.expect("text"))
    }))
    .await;
    let context = calling(&emulator.url());
    let whole = Message::from(complete(&ask(text), &context).await.expect("an answer"));
    let streamed = Message::of(&stream(&ask(text), &context).await.expect("a stream"));
    assert_eq!(whole.text(), text);
    assert_eq!(streamed.content, [ContentBlock::Text(TextBlock::new(text))]);
}

#[tokio::test]
async fn long_requests_and_long_answers_pass_whole() {
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(60_000);
    let emulator = emulator(Config::default().respond(|call| {
        let said = call.body["messages"][0]["content"][0]["text"].as_str();
        let blocks = vec![Block::Text(vec![said.expect("text").to_owned()])];
        Reply::new(blocks, "end_turn").into()
    }))
    .await;
    let context = calling(&emulator.url());
    let whole = complete(&ask(&text), &context).await.expect("an answer");
    // Not by `assert_eq`, which would print megabytes.
    assert!(Message::from(whole).text() == text);
    let chunks = stream(&ask(&text), &context).await.expect("a stream");
    assert!(Message::of(&chunks).text() == text);
}
