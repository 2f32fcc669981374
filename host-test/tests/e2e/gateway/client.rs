//! A client of either API: what it asks, and what it makes of an answer.

use super::host::Gateway;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::fmt::Display;
use tokio::net::TcpStream;

/// The client's language.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Dialect {
    Anthropic,
    OpenAi,
}

pub(super) const DIALECTS: [Dialect; 2] = [Dialect::Anthropic, Dialect::OpenAi];

impl Dialect {
    pub(super) fn path(self) -> &'static str {
        match self {
            Dialect::Anthropic => "/v1/messages",
            Dialect::OpenAi => "/v1/chat/completions",
        }
    }

    /// Type, message and code of an error; Anthropic has no codes.
    pub(super) fn error(self, body: &Value) -> (&str, &str, &str) {
        let word = |name: &str| body["error"][name].as_str().unwrap_or_default();
        if self == Dialect::Anthropic {
            assert_eq!(body["type"], "error", "{body}");
        }
        (word("type"), word("message"), word("code"))
    }

    /// What a whole answer says.
    pub(super) fn text(self, body: &Value) -> &str {
        let text = match self {
            Dialect::Anthropic => &body["content"][0]["text"],
            Dialect::OpenAi => &body["choices"][0]["message"]["content"],
        };
        text.as_str().unwrap_or_else(|| panic!("no text: {body}"))
    }

    /// What the events of a stream say.
    pub(super) fn told(self, events: &str) -> Told {
        let mut told = Told::default();
        for data in events
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
        {
            assert!(!told.is_whole, "after the end: {data}");
            if data == "[DONE]" {
                told.is_whole = true;
                continue;
            }
            let event: Value = serde_json::from_str(data).expect(data);
            let text = match self {
                Dialect::Anthropic => &event["delta"]["text"],
                Dialect::OpenAi => &event["choices"][0]["delta"]["content"],
            };
            told.text.push_str(text.as_str().unwrap_or_default());
            told.is_whole |= event["type"] == "message_stop";
            told.cost = told.cost.or_else(|| cost(&event));
            if event["error"].is_object() {
                told.error = Some(event.clone());
            }
            told.events.push(event);
        }
        told
    }
}

/// The events of a stream.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) events: Vec<Value>,
    pub(super) text: String,
    /// Whether its end came, which proves that the answer is whole.
    pub(super) is_whole: bool,
    pub(super) cost: Option<i64>,
    pub(super) error: Option<Value>,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("text"))
    }
}

/// A question in either language; both have the same words for it.
pub(super) fn question(model: &str, text: &str, max_tokens: u32, is_stream: bool) -> Value {
    json!({
        "model": model, "max_tokens": max_tokens, "stream": is_stream,
        "messages": [{"role": "user", "content": text}],
    })
}

/// What a call cost in pico-USD, as `gateway.cost` tells it.
pub(super) fn cost(body: &Value) -> Option<i64> {
    let usd = body["gateway"]["cost"]["total"].as_str()?;
    let (whole, fraction) = usd.split_once('.').unwrap_or((usd, ""));
    let pico = format!("{whole}{fraction:0<12}").parse();
    Some(pico.expect("USD with at most twelve decimals"))
}

impl Gateway {
    /// The answer's head; its body comes as it is read. Dropped, the client is gone.
    pub(super) async fn open(
        &self,
        path: &str,
        key: &str,
        body: &impl Display,
    ) -> Response<Incoming> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .header("x-api-key", key)
            .body(Full::from(body.to_string()));
        self.send(request.expect("a request")).await
    }

    /// The whole answer to a question in this language.
    pub(super) async fn ask(&self, dialect: Dialect, key: &str, body: &Value) -> Answer {
        self.post(dialect.path(), key, body).await
    }

    /// The whole answer of this path.
    pub(super) async fn post(&self, path: &str, key: &str, body: &impl Display) -> Answer {
        whole(self.open(path, key, body).await).await
    }

    /// The answer to `GET`, in this language.
    pub(super) async fn get(&self, dialect: Dialect, path: &str) -> Answer {
        let mut request = Request::builder().uri(path);
        if dialect == Dialect::Anthropic {
            request = request.header("anthropic-version", "2023-06-01");
        }
        let request = request.body(Full::default());
        whole(self.send(request.expect("a request")).await).await
    }

    async fn send(&self, mut request: Request<Full<Bytes>>) -> Response<Incoming> {
        let host = self.address.to_string().parse();
        let headers = request.headers_mut();
        headers.insert(http::header::HOST, host.expect("a header"));
        let socket = TcpStream::connect(self.address).await;
        let socket = TokioIo::new(socket.expect("a connection"));
        let handshake = hyper::client::conn::http1::handshake(socket).await;
        let (mut sender, connection) = handshake.expect("HTTP/1.1");
        tokio::spawn(connection);
        sender.send_request(request).await.expect("an answer")
    }
}

async fn whole(response: Response<Incoming>) -> Answer {
    let (head, body) = response.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8(body.into()).expect("text"),
    }
}
