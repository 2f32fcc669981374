//! What the SDK reads from answers.

use super::{BARE_MODEL, MODEL, client, drain, start, user};
use aws_sdk_bedrockruntime::operation::RequestId as _;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ContentBlockDelta, ContentBlockStart, ConverseStreamOutput as Event,
    ConverseTokensRequest, CountTokensInput, ReasoningContentBlockDelta, StopReason, Tool,
    ToolConfiguration, ToolInputSchema, ToolSpecification,
};
use aws_smithy_types::{Document, Number};
use bedrock_emulator::{Block, Config, Operation, Pace, Reply, Script};
use serde_json::json;

const ARN: &str =
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef123456";

fn object(members: &[(&str, Document)]) -> Document {
    let members = members
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    Document::Object(members.collect())
}

fn string(text: &str) -> Document {
    Document::String(text.to_owned())
}

fn weather_tool() -> ToolConfiguration {
    let schema = object(&[
        ("type", string("object")),
        (
            "properties",
            object(&[("city", object(&[("type", string("string"))]))]),
        ),
        ("required", Document::Array(vec![string("city")])),
    ]);
    let specification = ToolSpecification::builder()
        .name("get_weather")
        .input_schema(ToolInputSchema::Json(schema))
        .build()
        .expect("a whole tool");
    let tool = Tool::ToolSpec(specification);
    ToolConfiguration::builder()
        .tools(tool)
        .build()
        .expect("a whole configuration")
}

fn thinking() -> Document {
    let budget = Document::Number(Number::PosInt(1024));
    object(&[(
        "thinking",
        object(&[("type", string("enabled")), ("budget_tokens", budget)]),
    )])
}

fn content(answer: &ConverseOutput) -> Vec<ContentBlock> {
    let message = answer.output().and_then(|output| output.as_message().ok());
    message.expect("a message").content().to_vec()
}

/// What the deltas of a stream say: text, thinking, signature, tool input.
#[derive(Debug, Default, PartialEq)]
struct Told {
    text: String,
    thinking: String,
    signature: String,
    tools: Vec<String>,
    input: String,
    stop: Option<StopReason>,
    output_tokens: i32,
}

fn told(events: &[Event]) -> Told {
    let mut told = Told::default();
    for event in events {
        match event {
            Event::ContentBlockStart(start) => match start.start() {
                Some(ContentBlockStart::ToolUse(tool)) => told.tools.push(tool.name().to_owned()),
                other => panic!("unexpected start {other:?}"),
            },
            Event::ContentBlockDelta(delta) => match delta.delta() {
                Some(ContentBlockDelta::Text(text)) => told.text.push_str(text),
                Some(ContentBlockDelta::ToolUse(tool)) => told.input.push_str(tool.input()),
                Some(ContentBlockDelta::ReasoningContent(ReasoningContentBlockDelta::Text(
                    text,
                ))) => {
                    told.thinking.push_str(text);
                }
                Some(ContentBlockDelta::ReasoningContent(
                    ReasoningContentBlockDelta::Signature(text),
                )) => {
                    told.signature.push_str(text);
                }
                other => panic!("unexpected delta {other:?}"),
            },
            Event::MessageStop(stop) => told.stop = Some(stop.stop_reason().clone()),
            Event::Metadata(metadata) => {
                told.output_tokens = metadata.usage().map_or(0, |usage| usage.output_tokens());
            }
            Event::MessageStart(_) | Event::ContentBlockStop(_) => {}
            other => panic!("unexpected event {other:?}"),
        }
    }
    told
}

#[tokio::test]
async fn converse_gives_the_scripted_text() {
    let text = "Hello from a small bedrock.";
    let emulator = start(Config::default().script(Operation::Converse, Script::text(text))).await;
    let answer = client(&emulator)
        .converse()
        .model_id(MODEL)
        .messages(user("Hi"))
        .send()
        .await;
    let answer = answer.expect("an answer");
    assert_eq!(content(&answer), [ContentBlock::Text(text.to_owned())]);
    assert_eq!(answer.stop_reason(), &StopReason::EndTurn);
    assert_eq!(
        answer.metrics().map(|metrics| metrics.latency_ms()),
        Some(412)
    );
    assert!(
        answer
            .usage()
            .is_some_and(|usage| usage.input_tokens() > 0 && usage.output_tokens() > 0)
    );
    assert!(answer.request_id().is_some());
}

#[tokio::test]
async fn converse_stream_gives_the_scripted_text_at_any_chunk_size() {
    let text = "Hello from a small bedrock under a hill, é 世界 🦀.";
    for pace in [
        Pace::default(),
        Pace::bytes(1),
        Pace::bytes(7),
        Pace::whole(),
    ] {
        let script = Script::text(text).pace(pace);
        let emulator = start(Config::default().script(Operation::ConverseStream, script)).await;
        let call = client(&emulator)
            .converse_stream()
            .model_id(MODEL)
            .messages(user("Hi"));
        let (events, error) = drain(call.send().await.expect("a stream")).await;
        assert!(error.is_none(), "{error:?}");
        assert!(matches!(events.first(), Some(Event::MessageStart(_))));
        assert!(matches!(events.last(), Some(Event::Metadata(_))));
        let told = told(&events);
        assert_eq!(
            (told.text.as_str(), told.stop),
            (text, Some(StopReason::EndTurn)),
            "{pace:?}"
        );
        assert!(told.output_tokens > 0);
    }
}

#[tokio::test]
async fn the_story_thinks_and_calls_the_first_tool_in_both_operations() {
    let emulator = start(Config::default()).await;
    let client = client(&emulator);
    let question = user("What is the weather in Paris?");
    let answer = client
        .converse()
        .model_id(MODEL)
        .messages(question.clone())
        .tool_config(weather_tool())
        .additional_model_request_fields(thinking())
        .send()
        .await
        .expect("an answer");
    let blocks = content(&answer);
    let [
        ContentBlock::ReasoningContent(thought),
        ContentBlock::Text(text),
        ContentBlock::ToolUse(tool),
    ] = blocks.as_slice()
    else {
        panic!("not thinking, text and a tool call: {blocks:?}");
    };
    let thought = thought.as_reasoning_text().expect("readable thinking");
    assert_eq!(
        (tool.name(), tool.input()),
        ("get_weather", &object(&[("city", string("Paris"))]))
    );
    assert_eq!(answer.stop_reason(), &StopReason::ToolUse);

    let stream = client
        .converse_stream()
        .model_id(MODEL)
        .messages(question)
        .tool_config(weather_tool())
        .additional_model_request_fields(thinking())
        .send()
        .await
        .expect("a stream");
    let (events, error) = drain(stream).await;
    assert!(error.is_none(), "{error:?}");
    let expected = Told {
        text: text.clone(),
        thinking: thought.text().to_owned(),
        signature: thought.signature().unwrap_or_default().to_owned(),
        tools: vec!["get_weather".to_owned()],
        input: r#"{"city":"Paris"}"#.to_owned(),
        stop: Some(StopReason::ToolUse),
        output_tokens: answer.usage().map_or(0, |usage| usage.output_tokens()),
    };
    assert_eq!(told(&events), expected);
    assert!(!expected.thinking.is_empty() && !expected.signature.is_empty());
}

#[tokio::test]
async fn count_tokens_counts_what_converse_reports() {
    let emulator = start(Config::default()).await;
    let client = client(&emulator);
    let answer = client
        .converse()
        .model_id(MODEL)
        .messages(user("Hi"))
        .send()
        .await;
    let usage = answer.expect("an answer").usage().cloned().expect("usage");
    let conversation = ConverseTokensRequest::builder()
        .messages(user("Hi"))
        .build();
    let input = CountTokensInput::Converse(conversation);
    let counted = client
        .count_tokens()
        .model_id(BARE_MODEL)
        .input(input)
        .send()
        .await;
    assert_eq!(
        counted.expect("a count").input_tokens(),
        usage.input_tokens()
    );
}

#[tokio::test]
async fn an_arn_travels_as_one_segment() {
    let emulator = start(Config::default()).await;
    let answer = client(&emulator)
        .converse()
        .model_id(ARN)
        .messages(user("Hi"))
        .send()
        .await;
    answer.expect("an answer");
    let path = &emulator.requests()[0].path;
    assert!(
        path.ends_with("%3Aapplication-inference-profile%2Fabcdef123456/converse"),
        "{path}"
    );
}

#[tokio::test]
async fn every_kind_of_block_and_side_fact_reaches_the_client() {
    let citation = json!({
        "title": "t", "sourceContent": [{"text": "q"}],
        "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}},
    });
    let blocks = vec![
        Block::Redacted(vec![b"ab".to_vec()]),
        Block::ServerToolUse {
            id: "s".to_owned(),
            name: "nova_grounding".to_owned(),
            input: vec!["{}".to_owned()],
        },
        Block::ToolResult {
            id: "s".to_owned(),
            kind: Some("nova_grounding_result".to_owned()),
            status: None,
            content: vec![json!({"text": "found"})],
        },
        Block::Cited {
            text: vec!["So.".to_owned()],
            citations: vec![citation],
        },
        Block::Image {
            format: "png".to_owned(),
            bytes: vec![b"ab".to_vec()],
        },
    ];
    let reply = Reply::new(blocks, "guardrail_intervened")
        .with_cache_details(&[("1h", 4)])
        .with_guardrail_trace(json!({"actionReason": "blocked"}))
        .with_service_tier("flex")
        .with_latency("optimized");
    let emulator = start(Config::default().always(reply)).await;
    let client = client(&emulator);

    let call = client.converse().model_id(MODEL).messages(user("Hi"));
    let answer = call.send().await.expect("an answer");
    let blocks = content(&answer);
    assert!(blocks[0].is_reasoning_content());
    assert!(
        blocks[1]
            .as_tool_use()
            .is_ok_and(|tool| tool.r#type().is_some())
    );
    assert!(
        blocks[2]
            .as_tool_result()
            .is_ok_and(|result| result.content().len() == 1)
    );
    assert!(
        blocks[3]
            .as_citations_content()
            .is_ok_and(|cited| cited.citations().len() == 1)
    );
    assert!(blocks[4].is_image());
    assert_eq!(answer.stop_reason(), &StopReason::GuardrailIntervened);
    assert!(
        answer
            .trace()
            .is_some_and(|trace| trace.guardrail().is_some())
    );
    assert!(answer.service_tier().is_some() && answer.performance_config().is_some());
    let usage = answer.usage().expect("usage");
    assert_eq!(usage.cache_details().len(), 1);

    let call = client
        .converse_stream()
        .model_id(MODEL)
        .messages(user("Hi"));
    let (events, error) = drain(call.send().await.expect("a stream")).await;
    assert!(error.is_none(), "{error:?}");
    let started = |is: fn(&ContentBlockStart) -> bool| {
        let mut starts = events
            .iter()
            .filter_map(|event| event.as_content_block_start().ok());
        starts.any(|start| start.start().is_some_and(is))
    };
    assert!(started(ContentBlockStart::is_tool_use));
    assert!(started(ContentBlockStart::is_tool_result));
    assert!(started(ContentBlockStart::is_image));
    let told = |is: fn(&ContentBlockDelta) -> bool| {
        let mut deltas = events
            .iter()
            .filter_map(|event| event.as_content_block_delta().ok());
        deltas.any(|delta| delta.delta().is_some_and(is))
    };
    assert!(told(ContentBlockDelta::is_citation));
    assert!(told(ContentBlockDelta::is_image));
    assert!(told(ContentBlockDelta::is_tool_result));
    let last = events.last().and_then(|event| event.as_metadata().ok());
    let last = last.expect("metadata at the end");
    assert!(last.trace().is_some() && last.service_tier().is_some());
}
