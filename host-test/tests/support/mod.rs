//! The guest of `tests/guest` and a server whose every byte a test decides.

#![allow(dead_code, reason = "each test file uses a part")]

use bedrock_host::http::{AllowList, ClientConfig};
use bedrock_host::types::{Context, Deadlines, Request};
use bedrock_host::{CallError, Grants, Host, HostConfig, Instance, Provider};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Builds the guest, once for a process.
pub(crate) fn guest() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guest");
        let status = Command::new(env!("CARGO"))
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guest"))
            .args(["build", "--quiet", "--release", "--locked"])
            .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
            .arg(&target)
            .status()
            .expect("cargo runs");
        assert!(
            status.success(),
            "the test guest does not build; is the target there? rustup target add wasm32-unknown-unknown"
        );
        target.join("wasm32-unknown-unknown/release/test_guest.wasm")
    })
}

pub(crate) fn provider(config: HostConfig) -> Provider {
    Host::new(config).unwrap().load(guest()).unwrap()
}

/// A small host: tests run many at once.
pub(crate) fn small() -> HostConfig {
    HostConfig {
        max_instances: 4,
        http: ClientConfig::default(),
        ..HostConfig::default()
    }
}

pub(crate) async fn instance(grants: &Grants) -> Instance {
    provider(small()).instantiate(grants).await.unwrap()
}

/// Ask the guest for one of its behaviours.
pub(crate) fn ask(behaviour: &str) -> Request {
    Request::new(behaviour)
}

pub(crate) fn to(endpoint: &str) -> Context {
    Context {
        endpoint: Some(endpoint.to_owned()),
        ..Context::default()
    }
}

pub(crate) fn within(endpoint: &str, deadlines: Deadlines) -> Context {
    Context {
        deadlines,
        ..to(endpoint)
    }
}

pub(crate) const NO_DEADLINES: Deadlines = Deadlines {
    connect_ms: None,
    first_byte_ms: None,
    between_bytes_ms: None,
    total_ms: None,
};

pub(crate) fn reaching(endpoint: &str) -> Grants {
    Grants::outbound(AllowList::origin(endpoint).unwrap())
}

/// The `wasi:http` error code that the guest saw.
pub(crate) fn code(error: CallError) -> String {
    match error {
        CallError::Provider(error) => error.message,
        other => panic!("not an error of the guest's: {other}"),
    }
}

/// A listener on loopback and its address as a URL.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// Accept a connection and read one request's head.
pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    let (mut socket, _) = listener.accept().await.unwrap();
    read_head(&mut socket).await;
    socket
}

pub(crate) async fn read_head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

pub(crate) async fn send(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.unwrap();
}

pub(crate) const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/// Long enough to notice, short enough to wait for.
pub(crate) const SHORT: Duration = Duration::from_millis(200);
