//! The official SDK, unmodified, takes the emulator for Bedrock.

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::{BehaviorVersion, Credentials, Region, Token};
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_bedrockruntime::operation::RequestId as _;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamOutput;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ContentBlockDelta, ContentBlockStart, ConversationRole,
    ConverseStreamOutput as Event, ConverseTokensRequest, CountTokensInput, Message,
    ReasoningContentBlockDelta, StopReason, Tool, ToolConfiguration, ToolInputSchema,
    ToolSpecification,
};
use aws_smithy_types::{Document, Number};
use bedrock_emulator::{
    AccessKey, Clock, Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, Emulator, Fault,
    Frame, Operation, Pace, Point, Script,
};
use std::collections::HashMap;
use std::fmt::Debug;

const MODEL: &str = "anthropic.claude-sonnet-4-20250514-v1:0";
const ARN: &str =
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef123456";

fn client_with(
    emulator: &Emulator,
    change: impl FnOnce(
        aws_sdk_bedrockruntime::config::Builder,
    ) -> aws_sdk_bedrockruntime::config::Builder,
) -> Client {
    let builder = aws_sdk_bedrockruntime::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(emulator.url())
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(change(builder).build())
}

fn keys(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new(id, secret, token.map(str::to_owned), None, "test")
}

fn client(emulator: &Emulator) -> Client {
    let keys = keys(EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, None);
    client_with(emulator, |config| config.credentials_provider(keys))
}

async fn start(config: Config) -> Emulator {
    Emulator::start(config).await.expect("a port")
}

fn user(text: &str) -> Message {
    Message::builder()
        .role(ConversationRole::User)
        .content(ContentBlock::Text(text.to_owned()))
        .build()
        .expect("a whole message")
}

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

/// Code of a failure.
fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    error.code().unwrap_or("none").to_owned()
}

/// Events of a stream, and the error that ended it.
async fn drain(mut answer: ConverseStreamOutput) -> (Vec<Event>, Option<impl Debug>) {
    let mut events = Vec::new();
    loop {
        match answer.stream.recv().await {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, None),
            Err(error) => return (events, Some(error)),
        }
    }
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
        .model_id(MODEL)
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
async fn modeled_errors_arrive_as_what_they_are() {
    let codes = [
        "AccessDeniedException",
        "InternalServerException",
        "ModelErrorException",
        "ModelNotReadyException",
        "ModelTimeoutException",
        "ResourceNotFoundException",
        "ServiceUnavailableException",
        "ThrottlingException",
        "ValidationException",
    ];
    for expected in codes {
        let config = Config::default().always(Script::refusal(expected, "the message"));
        let emulator = start(config).await;
        let client = client(&emulator);
        let plain = client
            .converse()
            .model_id(MODEL)
            .messages(user("Hi"))
            .send()
            .await;
        let error = plain.expect_err(expected).into_service_error();
        let flags: HashMap<&str, bool> = [
            ("AccessDeniedException", error.is_access_denied_exception()),
            (
                "InternalServerException",
                error.is_internal_server_exception(),
            ),
            ("ModelErrorException", error.is_model_error_exception()),
            (
                "ModelNotReadyException",
                error.is_model_not_ready_exception(),
            ),
            ("ModelTimeoutException", error.is_model_timeout_exception()),
            (
                "ResourceNotFoundException",
                error.is_resource_not_found_exception(),
            ),
            (
                "ServiceUnavailableException",
                error.is_service_unavailable_exception(),
            ),
            ("ThrottlingException", error.is_throttling_exception()),
            ("ValidationException", error.is_validation_exception()),
        ]
        .into();
        assert!(flags[expected], "{expected}: {error:?}");
        assert_eq!(error.message(), Some("the message"));
        assert!(error.request_id().is_some());
        let stream = client
            .converse_stream()
            .model_id(MODEL)
            .messages(user("Hi"))
            .send()
            .await;
        assert_eq!(code(&stream.expect_err(expected)), expected);
    }
}

#[tokio::test]
async fn an_exception_in_the_stream_arrives_after_the_events_before_it() {
    let exception = Frame::exception("throttlingException", "Too many tokens");
    let script = Script::text("A text that is cut short.").interrupted_after(2, exception);
    let emulator = start(Config::default().script(Operation::ConverseStream, script)).await;
    let call = client(&emulator)
        .converse_stream()
        .model_id(MODEL)
        .messages(user("Hi"));
    let mut stream = call.send().await.expect("a stream").stream;
    for _ in 0..2 {
        assert!(stream.recv().await.expect("an event").is_some());
    }
    let error = stream
        .recv()
        .await
        .expect_err("the exception")
        .into_service_error();
    let ConverseStreamOutputError::ThrottlingException(error) = error else {
        panic!("unexpected {error:?}");
    };
    assert_eq!(error.message(), Some("Too many tokens"));
}

#[tokio::test]
async fn broken_streams_end_in_an_error() {
    let faults = [
        Fault::CorruptMessageCrc(1),
        Fault::CorruptPreludeCrc(1),
        Fault::Truncate(Point::MidFrame(1)),
        Fault::Close(Point::Frame(1)),
        Fault::Reset(Point::Frame(1)),
    ];
    for fault in faults {
        let script = Script::text("A text.").fault(fault.clone());
        let emulator = start(Config::default().script(Operation::ConverseStream, script)).await;
        let call = client(&emulator)
            .converse_stream()
            .model_id(MODEL)
            .messages(user("Hi"));
        let (events, error) = drain(call.send().await.expect("a stream")).await;
        assert_eq!(events.len(), 1, "{fault:?}");
        assert!(error.is_some(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_reset_before_the_answer_is_no_service_error() {
    for fault in [Fault::ResetBeforeHeaders, Fault::ResetMidHeaders] {
        let script = Script::text("A text.").fault(fault.clone());
        let emulator = start(Config::default().script(Operation::Converse, script)).await;
        let sent = client(&emulator)
            .converse()
            .model_id(MODEL)
            .messages(user("Hi"))
            .send()
            .await;
        let error = sent.expect_err("a reset");
        assert!(
            matches!(error, SdkError::DispatchFailure(_)),
            "{fault:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_client_that_drops_the_stream_is_counted_as_gone() {
    let script = Script::text("A text.").fault(Fault::Stall(Point::Frame(1)));
    let emulator = start(Config::default().script(Operation::ConverseStream, script)).await;
    let client = client(&emulator);
    let call = client
        .converse_stream()
        .model_id(MODEL)
        .messages(user("Hi"));
    let mut stream = call.send().await.expect("a stream").stream;
    assert!(matches!(
        stream.recv().await,
        Ok(Some(Event::MessageStart(_)))
    ));
    assert_eq!(emulator.counters().client_gone, 0);
    drop(stream);
    for _ in 0..100 {
        if emulator.counters().client_gone == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nobody noticed: {:?}", emulator.counters());
}

#[tokio::test]
async fn wrong_secret_region_key_and_clock_are_refused() {
    let refused = async |config: Config, region: &'static str, id: &str, secret: &str| {
        let emulator = start(config).await;
        let keys = keys(id, secret, None);
        let client = client_with(&emulator, |config| {
            config
                .region(Region::new(region))
                .credentials_provider(keys)
        });
        let sent = client
            .converse()
            .model_id(MODEL)
            .messages(user("Hi"))
            .send()
            .await;
        let error = sent.expect_err("a refusal");
        (code(&error), error.message().unwrap_or_default().to_owned())
    };
    let ahead = |seconds| Config {
        clock: Clock::Offset(seconds),
        ..Config::default()
    };
    let (id, secret) = (EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY);
    let invalid = "InvalidSignatureException";
    let cases = [
        (
            refused(Config::default(), "us-east-1", id, "wrong").await,
            (
                invalid,
                "The request signature we calculated does not match",
            ),
        ),
        (
            refused(Config::default(), "eu-west-1", id, secret).await,
            (invalid, "Credential should be scoped to a valid region."),
        ),
        (
            refused(Config::default(), "us-east-1", "AKIDOTHER", secret).await,
            (
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
        ),
        (
            refused(ahead(600), "us-east-1", id, secret).await,
            (invalid, "Signature expired: "),
        ),
        (
            refused(ahead(-600), "us-east-1", id, secret).await,
            (invalid, "Signature not yet current: "),
        ),
    ];
    for ((code, message), (expected, start)) in cases {
        assert_eq!(code, expected);
        assert!(message.starts_with(start), "{message}");
    }
}

#[tokio::test]
async fn session_tokens_and_bearer_keys_are_taken() {
    let key = AccessKey::new("ASIAEXAMPLE", EXAMPLE_SECRET_ACCESS_KEY).session_token("token//=");
    let config = Config {
        access_keys: vec![key],
        bearer_tokens: vec!["bedrock-api-key-example".to_owned()],
        ..Config::default()
    };
    let emulator = start(config).await;
    let session = keys("ASIAEXAMPLE", EXAMPLE_SECRET_ACCESS_KEY, Some("token//="));
    let session = client_with(&emulator, |config| config.credentials_provider(session));
    session
        .converse()
        .model_id(MODEL)
        .messages(user("Hi"))
        .send()
        .await
        .expect("an answer");

    let bearer = |token| {
        client_with(&emulator, |config| {
            config.bearer_token(Token::new(token, None))
        })
    };
    let known = bearer("bedrock-api-key-example");
    known
        .converse()
        .model_id(MODEL)
        .messages(user("Hi"))
        .send()
        .await
        .expect("an answer");
    let unknown = bearer("other")
        .converse()
        .model_id(MODEL)
        .messages(user("Hi"))
        .send()
        .await;
    let error = unknown.expect_err("a refusal").into_service_error();
    assert!(error.is_access_denied_exception(), "{error:?}");
}
