//! A client of plain TCP: it signs, sends, and keeps what came back apart from how it ended.
#![allow(dead_code, reason = "each test file takes what it needs")]

use bedrock_emulator::sigv4::{ALGORITHM, CredentialScope, Signable};
use bedrock_emulator::{
    Clock, Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, Emulator, Script,
};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A model without habits of its own.
pub(crate) const MODEL: &str = "amazon.nova-lite-v1%3A0";
/// Seconds since the epoch of [`DATE`].
pub(crate) const NOW: i64 = 1_795_348_800;
/// The time at which tests with a stopped clock sign.
pub(crate) const DATE: &str = "20261122T120000Z";

/// How a request is signed.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) date: String,
    pub(crate) token: Option<String>,
}

impl Default for Signer {
    fn default() -> Self {
        Self {
            id: EXAMPLE_ACCESS_KEY_ID.to_owned(),
            secret: EXAMPLE_SECRET_ACCESS_KEY.to_owned(),
            region: "us-east-1".to_owned(),
            service: "bedrock".to_owned(),
            date: DATE.to_owned(),
            token: None,
        }
    }
}

/// A request before it is sent.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Outgoing {
    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self {
            method: "POST".to_owned(),
            path: path.into(),
            headers: vec![
                ("host".to_owned(), "bedrock.test".to_owned()),
                ("content-type".to_owned(), "application/json".to_owned()),
            ],
            body: body.to_string().into_bytes(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn signable(&self) -> Signable<'_> {
        Signable {
            method: &self.method,
            path: &self.path,
            query: "",
            headers: &self.headers,
            body: &self.body,
        }
    }

    pub(crate) fn signed(mut self, signer: &Signer) -> Self {
        self.headers
            .push(("x-amz-date".to_owned(), signer.date.clone()));
        if let Some(token) = &signer.token {
            self.headers
                .push(("x-amz-security-token".to_owned(), token.clone()));
        }
        let mut names: Vec<String> = self.headers.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        let scope = CredentialScope {
            date: signer.date[..8].to_owned(),
            region: signer.region.clone(),
            service: signer.service.clone(),
            terminator: "aws4_request".to_owned(),
        };
        let canonical = self.signable().canonical_request(&names);
        let signature = scope.signature(
            &signer.secret,
            &scope.string_to_sign(&signer.date, &canonical),
        );
        let value = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
            signer.id,
            names.join(";")
        );
        self.header("authorization", &value)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str(&format!(
            "content-length: {}\r\nconnection: close\r\n\r\n",
            self.body.len()
        ));
        [out.into_bytes(), self.body.clone()].concat()
    }

    /// Opens a connection and sends the request.
    pub(crate) async fn open(&self, to: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(to).await.expect("a connection");
        stream
            .write_all(&self.bytes())
            .await
            .expect("the request is taken");
        stream
    }

    /// Sends the request and reads until the connection ends or nothing comes for 700 ms.
    pub(crate) async fn send(&self, to: SocketAddr) -> Incoming {
        let mut stream = self.open(to).await;
        let mut incoming = Incoming::default();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read =
                tokio::time::timeout(Duration::from_millis(700), stream.read(&mut buffer)).await;
            match read {
                Err(_) => return incoming.ended(End::Silence),
                Ok(Ok(0)) => return incoming.ended(End::Closed),
                Ok(Ok(count)) => {
                    incoming.raw.extend_from_slice(&buffer[..count]);
                    incoming.reads.push((Instant::now(), count));
                }
                Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return incoming.ended(End::Reset);
                }
                Ok(Err(error)) => panic!("{error}"),
            }
        }
    }
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum End {
    #[default]
    Closed,
    Reset,
    Silence,
}

/// Everything that came back.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    pub(crate) raw: Vec<u8>,
    pub(crate) reads: Vec<(Instant, usize)>,
    pub(crate) end: End,
}

impl Incoming {
    fn ended(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    fn split(&self) -> Option<(String, &[u8])> {
        let at = self.raw.windows(4).position(|four| four == b"\r\n\r\n")?;
        Some((
            String::from_utf8_lossy(&self.raw[..at]).into_owned(),
            &self.raw[at + 4..],
        ))
    }

    pub(crate) fn head(&self) -> String {
        self.split().map(|(head, _)| head).unwrap_or_default()
    }

    pub(crate) fn status(&self) -> u16 {
        let head = self.head();
        head.split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0)
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.head();
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields
            .find(|(seen, _)| seen.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    }

    pub(crate) fn content(&self) -> Vec<u8> {
        self.split()
            .map(|(_, body)| body.to_vec())
            .unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.content()).unwrap_or_default()
    }

    pub(crate) fn message(&self) -> String {
        let json = self.json();
        let text = json
            .get("message")
            .or(json.get("Message"))
            .and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }

    /// HTTP chunks of the body, and whether the last, empty one came.
    pub(crate) fn chunks(&self) -> (Vec<Vec<u8>>, bool) {
        let body = self.content();
        let mut rest = body.as_slice();
        let mut chunks = Vec::new();
        loop {
            let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else {
                return (chunks, false);
            };
            let size = String::from_utf8_lossy(&rest[..line]).into_owned();
            let Ok(size) = usize::from_str_radix(&size, 16) else {
                return (chunks, false);
            };
            rest = &rest[line + 2..];
            if size == 0 {
                return (chunks, true);
            }
            if rest.len() < size + 2 {
                return (chunks, false);
            }
            chunks.push(rest[..size].to_vec());
            rest = &rest[size + 2..];
        }
    }

    pub(crate) fn stream(&self) -> Vec<u8> {
        self.chunks().0.concat()
    }
}

/// A body that breaks no rule.
pub(crate) fn hello() -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": "Hello"}]}]})
}

/// Path of an operation on [`MODEL`].
pub(crate) fn path(operation: &str) -> String {
    format!("/model/{MODEL}/{operation}")
}

/// The default settings at [`DATE`].
pub(crate) fn stopped_clock() -> Config {
    Config {
        clock: Clock::Fixed(NOW),
        ..Config::default()
    }
}

/// Sends a signed body to an operation of [`MODEL`].
pub(crate) async fn ask(emulator: &Emulator, operation: &str, body: &Value) -> Incoming {
    let request = Outgoing::post(path(operation), body).signed(&Signer::default());
    request.send(emulator.addr()).await
}

/// One script, told to Converse and to ConverseStream.
pub(crate) async fn both(script: impl Into<Script>) -> (Incoming, Incoming) {
    let emulator = Emulator::start(stopped_clock().always(script))
        .await
        .expect("a port");
    let plain = ask(&emulator, "converse", &hello()).await;
    (plain, ask(&emulator, "converse-stream", &hello()).await)
}
