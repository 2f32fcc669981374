//! The codec, in a host that does its own I/O: here a plain hyper client.

use super::components::{CODEC, built};
use bedrock_host::types::{Context, Request};
use bytes::Bytes;
use exports::llm::provider::codec::{Exchange, Operation};
use exports::llm::provider::models::Model;
use exports::llm::provider::types::{Chunk, Error, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use wasmtime::component::{Component, Linker, ResourceAny};
use wasmtime::{Config, Engine, Store};

wasmtime::component::bindgen!({
    path: ["../wit", "../wit/bedrock"],
    world: "llm:provider-bedrock/bedrock-codec",
    additional_derives: [Clone, PartialEq, serde::Serialize, serde::Deserialize],
});

/// One instance, with nothing to import.
pub(crate) struct CodecHost {
    pub(crate) store: Store<()>,
    pub(crate) exports: BedrockCodec,
}

/// The types of one world as those of another: both are generated from one WIT file, so they have one shape.
pub(crate) fn convert<T: DeserializeOwned>(from: &impl Serialize) -> T {
    serde_json::from_value(json(from)).expect("the same shape")
}

pub(crate) fn json(of: &impl Serialize) -> Value {
    serde_json::to_value(of).expect("plain data")
}

impl CodecHost {
    pub(crate) fn new() -> Self {
        static COMPILED: OnceLock<Component> = OnceLock::new();
        let component = COMPILED.get_or_init(|| {
            Component::from_binary(&Engine::default(), &built(CODEC)).expect("a component")
        });
        Self::of(component, Store::new(component.engine(), ()))
    }

    /// One whose instructions are counted, see [`instructions`](Self::instructions).
    pub(crate) fn counting() -> Self {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config).expect("an engine");
        let component = Component::from_binary(&engine, &built(CODEC)).expect("a component");
        let mut store = Store::new(&engine, ());
        store.set_fuel(u64::MAX).expect("fuel is counted");
        Self::of(&component, store)
    }

    /// How many instructions of WebAssembly `work` takes.
    pub(crate) fn instructions<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> (u64, T) {
        let fuel = |host: &Self| host.store.get_fuel().expect("fuel is counted");
        let before = fuel(self);
        let done = work(self);
        (before - fuel(self), done)
    }

    fn of(component: &Component, mut store: Store<()>) -> Self {
        // Empty: were anything imported, this would fail.
        let linker = Linker::new(component.engine());
        let exports = BedrockCodec::instantiate(&mut store, component, &linker);
        Self {
            store,
            exports: exports.expect("the codec imports nothing"),
        }
    }

    pub(crate) fn prepare(
        &mut self,
        request: &Request,
        context: &Context,
        operation: Operation,
    ) -> Result<Exchange, Error> {
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

    pub(crate) fn decoder(&mut self, state: &[u8], answer: &Answer) -> ResourceAny {
        let decoder = self.exports.llm_provider_codec().decoder();
        decoder
            .call_constructor(&mut self.store, state, answer.status, &answer.headers)
            .expect("no trap")
    }

    pub(crate) fn push(&mut self, decoder: ResourceAny, bytes: &[u8]) -> Result<Vec<Chunk>, Error> {
        let interface = self.exports.llm_provider_codec().decoder();
        interface
            .call_push(&mut self.store, decoder, bytes)
            .expect("no trap")
    }

    pub(crate) fn finish(&mut self, decoder: ResourceAny) -> Result<Vec<Chunk>, Error> {
        let interface = self.exports.llm_provider_codec().decoder();
        interface
            .call_finish(&mut self.store, decoder)
            .expect("no trap")
    }

    /// All chunks of an answer that comes in these pieces, or those before its error, and the error.
    pub(crate) fn decode<'a>(
        &mut self,
        state: &[u8],
        answer: &Answer,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> (Vec<Chunk>, Option<Error>) {
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

    /// The answer of a `complete` exchange.
    pub(crate) fn response(&mut self, state: &[u8], answer: &Answer) -> Result<Response, Error> {
        let codec = self.exports.llm_provider_codec();
        let (status, headers) = (answer.status, &answer.headers);
        let response =
            codec.call_decode_response(&mut self.store, state, status, headers, &answer.body);
        response.expect("no trap")
    }

    /// The count of a `count-tokens` exchange.
    pub(crate) fn count(&mut self, state: &[u8], answer: &Answer) -> Result<u64, Error> {
        let codec = self.exports.llm_provider_codec();
        let (status, headers) = (answer.status, &answer.headers);
        let count = codec.call_decode_count(&mut self.store, state, status, headers, &answer.body);
        count.expect("no trap")
    }

    pub(crate) fn list_models(&mut self) -> Vec<Model> {
        let models = self.exports.llm_provider_models();
        models.call_list_models(&mut self.store).expect("no trap")
    }

    pub(crate) fn describe(&mut self, name: &str, context: &Context) -> Result<Model, Error> {
        let models = self.exports.llm_provider_models();
        let described = models.call_describe(&mut self.store, name, &convert(context));
        described.expect("no trap")
    }

    pub(crate) fn inference_profiles(
        &mut self,
        name: &str,
        region: &str,
    ) -> Result<Vec<String>, Error> {
        let models = self.exports.llm_provider_models();
        let profiles = models.call_inference_profiles(&mut self.store, name, region);
        profiles.expect("no trap")
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

/// Send what the codec prepared, exactly as it is.
pub(crate) async fn send(exchange: &Exchange) -> Answer {
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
pub(crate) fn pieces(bytes: &[u8], mut seed: u64) -> Vec<&[u8]> {
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
