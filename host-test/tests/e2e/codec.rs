//! The codec: the same translation for a host that does its own I/O, here a plain hyper client.

use crate::support::calls::{CLAUDE, ask, calling, complete, emulator, stream};
use crate::support::codec_host::exports::llm::provider::codec::Operation as Codec;
use crate::support::codec_host::exports::llm::provider::types as own;
use crate::support::codec_host::{CodecHost, convert, json, pieces, send};
use crate::support::message::Message;
use bedrock_emulator::{Config, Emulator, ErrorForm, Operation, Script, ServiceError};
use bedrock_host::types::{Context, ErrorKind, PlainText, Request, Tool};
use serde_json::Value;

/// A value without the ids of its call.
fn without_ids(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.remove("request_id");
            // JSON text within the JSON, with a request id of its own.
            let metadata = members.get("provider_metadata").and_then(Value::as_str);
            if let Some(text) = metadata {
                let mut value: Value = serde_json::from_str(text).expect("JSON");
                let bedrock = value["bedrock"].as_object_mut();
                assert!(
                    bedrock
                        .expect("Bedrock's part")
                        .remove("requestId")
                        .is_some()
                );
                members.insert("provider_metadata".into(), value);
            }
            if members
                .get("id")
                .and_then(Value::as_str)
                .is_some_and(|id| id.starts_with("msg_"))
            {
                members.remove("id");
            }
            for (_, member) in members.iter_mut() {
                *member = without_ids(member.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_ids(item.take());
            }
        }
        _ => {}
    }
    value
}

/// A request with a bit of everything.
fn question() -> Request {
    Request {
        system: vec![PlainText::new("Be brief.")],
        max_tokens: Some(500),
        tools: vec![Tool {
            name: "get_weather".into(),
            description: None,
            input_schema: r#"{"type":"object","properties":{"city":{"type":"string"}}}"#.into(),
            strict: None,
            server_type: None,
            cache_control: None,
        }],
        ..ask("What is the weather like? é 世界 🦀")
    }
}

async fn start(config: Config) -> (Emulator, Context) {
    let emulator = emulator(config).await;
    let context = calling(&emulator.url());
    (emulator, context)
}

#[tokio::test]
async fn a_stream_in_any_pieces_gives_what_the_provider_gives() {
    let (emulator, context) = start(Config::default()).await;
    let expected = stream(&question(), &context).await.expect("a stream");
    assert!(!Message::of(&expected).tool_calls().is_empty());
    let mut codec = CodecHost::new();
    let exchange = codec
        .prepare(&question(), &context, Codec::Stream)
        .expect("an exchange");
    let answer = send(&exchange).await;
    assert_eq!(answer.status, 200);
    for seed in 0..20 {
        let (chunks, error) = codec.decode(&exchange.state, &answer, pieces(&answer.body, seed));
        assert_eq!(error, None, "seed {seed}");
        assert_eq!(
            without_ids(json(&chunks)),
            without_ids(json(&expected)),
            "seed {seed}"
        );
    }
    // Both worlds ask the same, to the byte.
    let [one, other] = &emulator.requests()[..] else {
        panic!("two requests");
    };
    assert_eq!((&one.path, &one.body), (&other.path, &other.body));
}

#[tokio::test]
async fn a_whole_answer_is_what_the_provider_gives() {
    let (_emulator, context) = start(Config::default()).await;
    let expected = complete(&question(), &context).await.expect("an answer");
    let mut codec = CodecHost::new();
    let exchange = codec
        .prepare(&question(), &context, Codec::Complete)
        .expect("an exchange");
    let answer = send(&exchange).await;
    let response = codec.response(&exchange.state, &answer);
    let response = response.expect("an answer");
    assert_eq!(without_ids(json(&response)), without_ids(json(&expected)));
}

#[tokio::test]
async fn a_count_is_decoded() {
    let (_emulator, context) = start(Config::default()).await;
    let expected = complete(&question(), &context).await.expect("an answer");
    let mut codec = CodecHost::new();
    let exchange = codec
        .prepare(&question(), &context, Codec::CountTokens)
        .expect("an exchange");
    assert!(
        exchange.request.path.ends_with("/count-tokens"),
        "{}",
        exchange.request.path
    );
    let answer = send(&exchange).await;
    let count = codec.count(&exchange.state, &answer);
    assert_eq!(count, Ok(expected.usage.input_tokens));
}

#[tokio::test]
async fn an_error_is_what_the_provider_gives() {
    for form in [
        ErrorForm::Header,
        ErrorForm::BodyType,
        ErrorForm::Html,
        ErrorForm::Empty,
    ] {
        let refusal = ServiceError::new("ThrottlingException", "slow down").form(form);
        let (_emulator, context) = start(Config::default().always(refusal)).await;
        let expected = complete(&question(), &context).await.expect_err("an error");
        assert_eq!(expected.kind, ErrorKind::RateLimited);
        let mut codec = CodecHost::new();
        let exchange = codec
            .prepare(&question(), &context, Codec::Stream)
            .expect("an exchange");
        let answer = send(&exchange).await;
        for seed in 0..3 {
            let (chunks, error) =
                codec.decode(&exchange.state, &answer, pieces(&answer.body, seed));
            assert_eq!(chunks, []);
            let error = error.expect("an error");
            assert_eq!(
                without_ids(json(&error)),
                without_ids(json(&expected)),
                "{form:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_gives_its_chunks_and_then_an_error() {
    let config = Config::default().script(
        Operation::ConverseStream,
        Script::text("One fish, two fish."),
    );
    let (_emulator, context) = start(config).await;
    let mut codec = CodecHost::new();
    let exchange = codec
        .prepare(&question(), &context, Codec::Stream)
        .expect("an exchange");
    let answer = send(&exchange).await;
    let (whole, error) = codec.decode(&exchange.state, &answer, [&answer.body[..]]);
    assert_eq!(error, None);
    for length in 0..answer.body.len() {
        let (chunks, error) = codec.decode(&exchange.state, &answer, [&answer.body[..length]]);
        // The end of an answer is its usage, in the last frame.
        match error {
            Some(error) => assert_eq!(
                error.kind,
                own::ErrorKind::StreamTruncated,
                "{length}: {error:?}"
            ),
            None => assert_eq!(chunks.last(), Some(&own::Chunk::MessageStop), "{length}"),
        }
        let content = chunks
            .iter()
            .take_while(|chunk| !matches!(chunk, own::Chunk::MessageDelta(_)));
        let content: Vec<_> = content.cloned().collect();
        assert_eq!(content, whole[..content.len()], "{length}");
    }
}

#[tokio::test]
async fn the_same_request_at_the_same_time_gives_the_same_bytes() {
    let (_emulator, context) = start(Config::default()).await;
    let (request, context): (own::Request, own::Context) =
        (convert(&question()), convert(&context));
    let prepared = || {
        let mut codec = CodecHost::new();
        let interface = codec.exports.llm_provider_codec();
        let exchange = interface.call_prepare(
            &mut codec.store,
            &request,
            &context,
            Codec::Stream,
            1_795_348_800_000,
        );
        json(&exchange.expect("no trap").expect("an exchange"))
    };
    assert_eq!(prepared(), prepared());
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_prepared() {
    let mut codec = CodecHost::new();
    let context = calling("http://127.0.0.1:1");
    let request = Request {
        model: CLAUDE.replace("bedrock/", ""),
        ..question()
    };
    let error = codec
        .prepare(&request, &context, Codec::Stream)
        .expect_err("no prefix");
    assert_eq!(
        (error.kind, error.path.as_deref()),
        (own::ErrorKind::NotFound, Some("model"))
    );
    // There is no chain here: credentials come with the call.
    let context = Context {
        credentials: None,
        region: Some("us-east-1".into()),
        ..context
    };
    let error = codec
        .prepare(&question(), &context, Codec::Stream)
        .expect_err("no credentials");
    assert_eq!(error.kind, own::ErrorKind::Authentication);
}

#[tokio::test]
async fn a_state_from_elsewhere_is_refused() {
    let (_emulator, context) = start(Config::default()).await;
    let mut codec = CodecHost::new();
    let exchange = codec
        .prepare(&question(), &context, Codec::Stream)
        .expect("an exchange");
    for state in [&b""[..], b"{}", b"\xff\xfe", &exchange.state] {
        let interface = codec.exports.llm_provider_codec();
        let response = interface.call_decode_response(&mut codec.store, state, 200, &[], b"{}");
        let error = response
            .expect("no trap")
            .expect_err("not a state of complete");
        assert_eq!(
            (error.kind, error.path.as_deref()),
            (own::ErrorKind::InvalidRequest, Some("state"))
        );
    }
}

#[tokio::test]
async fn the_state_holds_no_secret() {
    let (_emulator, context) = start(Config::default()).await;
    let exchange = CodecHost::new()
        .prepare(&question(), &context, Codec::Stream)
        .expect("an exchange");
    let state = String::from_utf8_lossy(&exchange.state).into_owned();
    assert!(
        !state.contains(bedrock_emulator::EXAMPLE_SECRET_ACCESS_KEY),
        "{state}"
    );
    let shown = format!("{exchange:?}");
    assert!(!shown.contains(bedrock_emulator::EXAMPLE_SECRET_ACCESS_KEY));
}
