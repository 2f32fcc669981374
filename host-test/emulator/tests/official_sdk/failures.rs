//! What the SDK makes of refusals, broken streams and keys.

use super::{MODEL, client, client_with, drain, keys, start, user};
use aws_sdk_bedrockruntime::config::{Region, Token};
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_bedrockruntime::operation::RequestId as _;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, ConverseStreamOutput as Event, Message,
};
use bedrock_emulator::{
    AccessKey, Clock, Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, Fault, Frame,
    Operation, Point, Script,
};
use std::collections::HashMap;

/// Code of a failure.
fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    error.code().unwrap_or("none").to_owned()
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

#[tokio::test]
async fn what_bedrock_would_refuse_is_a_validation_exception() {
    let emulator = start(Config::default()).await;
    let client = client(&emulator);
    let cases = [
        (
            user(" "),
            "The text field in the ContentBlock object at messages.0.content.0 is blank.",
        ),
        (
            Message::builder()
                .role(ConversationRole::from("tool"))
                .content(ContentBlock::Text("Hi".to_owned()))
                .build()
                .expect("a whole message"),
            "1 validation error detected: Value 'tool' at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set:",
        ),
    ];
    for (message, start) in cases {
        let sent = client
            .converse()
            .model_id(MODEL)
            .messages(message)
            .send()
            .await;
        let error = sent.expect_err("a refusal").into_service_error();
        assert!(error.is_validation_exception(), "{error:?}");
        let text = error.message().unwrap_or_default();
        assert!(text.starts_with(start), "{text}");
    }
    assert_eq!(emulator.counters().refused, 2);
}
