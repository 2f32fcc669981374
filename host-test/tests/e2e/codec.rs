//! The codec: the same translation for a host that does its own I/O, here a plain hyper client.

use crate::support::calls::{CLAUDE, ask, calling, complete, emulator, stream};
use crate::support::components::{CODEC, built};
use crate::support::message::Message;
use bedrock_emulator::{Config, Emulator, ErrorForm, Operation, Script, ServiceError};
use bedrock_host::types::{Context, ErrorKind, PlainText, Request, Tool};
use bytes::Bytes;
use exports::llm::provider::codec::{Exchange, Operation as Codec};
use exports::llm::provider::types as own;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use wasmtime::component::{Component, Linker, ResourceAny};
use wasmtime::{Engine, Store};

wasmtime::component::bindgen!({
    path: "../wit",
    world: "llm:provider/bedrock-codec",
    additional_derives: [Clone, PartialEq, serde::Serialize, serde::Deserialize],
});

/// An instance of the codec, with nothing to import.
struct Instance {
    store: Store<()>,
    exports: BedrockCodec,
}

/// The types of one world as those of another: both are generated from one WIT file, so they have one shape.
fn convert<T: DeserializeOwned>(from: &impl Serialize) -> T {
    serde_json::from_value(json(from)).expect("the same shape")
}

fn json(of: &impl Serialize) -> Value {
    serde_json::to_value(of).expect("plain data")
}

impl Instance {
    fn new() -> Self {
        static COMPILED: OnceLock<Component> = OnceLock::new();
        let component = COMPILED.get_or_init(|| {
            Component::from_binary(&Engine::default(), &built(CODEC)).expect("a component")
        });
        let mut store = Store::new(component.engine(), ());
        // Empty: were anything imported, this would fail.
        let linker = Linker::new(component.engine());
        let exports = BedrockCodec::instantiate(&mut store, component, &linker);
        Self {
            store,
            exports: exports.expect("the codec imports nothing"),
        }
    }

    fn prepare(
        &mut self,
        request: &Request,
        context: &Context,
        operation: Codec,
    ) -> Result<Exchange, own::Error> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        let now = u64::try_from(now.as_millis()).expect("before the year 584,000,000");
        let (request, context) = (convert(request), convert(context));
        let codec = self.exports.llm_provider_codec();
        codec
            .call_prepare(&mut self.store, &request, &context, operation, now)
            .expect("no trap")
    }

    fn decoder(&mut self, state: &[u8], answer: &Answer) -> ResourceAny {
        let decoder = self.exports.llm_provider_codec().decoder();
        decoder
            .call_constructor(&mut self.store, state, answer.status, &answer.headers)
            .expect("no trap")
    }

    fn push(&mut self, decoder: ResourceAny, bytes: &[u8]) -> Result<Vec<own::Chunk>, own::Error> {
        let interface = self.exports.llm_provider_codec().decoder();
        interface
            .call_push(&mut self.store, decoder, bytes)
            .expect("no trap")
    }

    fn finish(&mut self, decoder: ResourceAny) -> Result<Vec<own::Chunk>, own::Error> {
        let interface = self.exports.llm_provider_codec().decoder();
        interface
            .call_finish(&mut self.store, decoder)
            .expect("no trap")
    }

    /// All chunks of an answer that comes in these pieces, or those before its error, and the error.
    fn decode<'a>(
        &mut self,
        state: &[u8],
        answer: &Answer,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> (Vec<own::Chunk>, Option<own::Error>) {
        let decoder = self.decoder(state, answer);
        let mut chunks = Vec::new();
        for piece in pieces {
            match self.push(decoder, piece) {
                Ok(more) => chunks.extend(more),
                Err(error) => return (chunks, Some(error)),
            }
        }
        match self.finish(decoder) {
            Ok(more) => {
                chunks.extend(more);
                (chunks, None)
            }
            Err(error) => (chunks, Some(error)),
        }
    }
}

/// What came back.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// Send what the codec prepared, exactly as it is.
async fn send(exchange: &Exchange) -> Answer {
    let request = &exchange.request;
    assert_eq!(request.scheme, "http");
    let socket = TcpStream::connect(&request.authority)
        .await
        .expect("a connection");
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await;
    let (mut sender, connection) = handshake.expect("HTTP/1.1");
    tokio::spawn(connection);
    let mut outgoing = http::Request::builder()
        .method(request.method.as_str())
        .uri(&request.path)
        .header("host", &request.authority);
    for (name, value) in &request.headers {
        assert_ne!(name, "host", "the authority says it");
        outgoing = outgoing.header(name, value);
    }
    let outgoing = outgoing.body(Full::new(Bytes::from(request.body.clone())));
    let response = sender
        .send_request(outgoing.expect("a request"))
        .await
        .expect("an answer");
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()));
    Answer {
        status: response.status().as_u16(),
        headers: headers.collect(),
        body: response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes(),
    }
}

/// Pieces of 0 to 40 bytes; the same for the same seed.
fn pieces(bytes: &[u8], mut seed: u64) -> Vec<&[u8]> {
    let mut rest = bytes;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        // Knuth's linear congruential generator.
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let length = usize::try_from(seed >> 33).expect("31 bits") % 41;
        let (piece, tail) = rest.split_at(length.min(rest.len()));
        pieces.push(piece);
        rest = tail;
    }
    pieces
}

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
    let mut codec = Instance::new();
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
    let mut codec = Instance::new();
    let exchange = codec
        .prepare(&question(), &context, Codec::Complete)
        .expect("an exchange");
    let answer = send(&exchange).await;
    let response = codec.exports.llm_provider_codec().call_decode_response(
        &mut codec.store,
        &exchange.state,
        answer.status,
        &answer.headers,
        &answer.body,
    );
    let response = response.expect("no trap").expect("an answer");
    assert_eq!(without_ids(json(&response)), without_ids(json(&expected)));
}

#[tokio::test]
async fn a_count_is_decoded() {
    let (_emulator, context) = start(Config::default()).await;
    let expected = complete(&question(), &context).await.expect("an answer");
    let mut codec = Instance::new();
    let exchange = codec
        .prepare(&question(), &context, Codec::CountTokens)
        .expect("an exchange");
    assert!(
        exchange.request.path.ends_with("/count-tokens"),
        "{}",
        exchange.request.path
    );
    let answer = send(&exchange).await;
    let count = codec.exports.llm_provider_codec().call_decode_count(
        &mut codec.store,
        &exchange.state,
        answer.status,
        &answer.headers,
        &answer.body,
    );
    assert_eq!(count.expect("no trap"), Ok(expected.usage.input_tokens));
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
        let mut codec = Instance::new();
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
    let mut codec = Instance::new();
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
        let mut codec = Instance::new();
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
    let mut codec = Instance::new();
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
        (own::ErrorKind::InvalidRequest, Some("model"))
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
    let mut codec = Instance::new();
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
    let exchange = Instance::new()
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
