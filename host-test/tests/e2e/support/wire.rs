//! A server whose every byte a test decides, and a proxy that changes one on the way.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The head of a ConverseStream answer.
pub(crate) const CHUNKED_EVENT_STREAM: &str = "HTTP/1.1 200 OK\r\n\
     content-type: application/vnd.amazon.eventstream\r\n\
     transfer-encoding: chunked\r\n\r\n";

/// A request as it came over the wire.
pub(crate) struct Received {
    /// Request line and headers, up to and with the empty line.
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// The path of the request line.
    pub(crate) fn path(&self) -> String {
        let head = String::from_utf8_lossy(&self.head);
        let path = head.split(' ').nth(1);
        path.expect("a request line").to_owned()
    }

    /// Names in lower case, and values.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let head = String::from_utf8_lossy(&self.head);
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect()
    }
}

/// A listener on loopback, and its address as a URL.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

/// Accept a connection and read one request's head.
pub(crate) async fn accept_head(listener: &TcpListener) -> (TcpStream, Received) {
    let (mut socket, _) = listener.accept().await.expect("a connection");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.expect("a head"));
    }
    let body = Vec::new();
    (socket, Received { head, body })
}

/// Accept a connection and read one request.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, Received) {
    let (mut socket, mut received) = accept_head(listener).await;
    let length = received
        .headers()
        .into_iter()
        .find_map(|(name, value)| (name == "content-length").then(|| value.parse().ok())?);
    received.body = vec![0; length.expect("a request with a length")];
    let body = socket.read_exact(&mut received.body).await;
    body.expect("a whole body");
    (socket, received)
}

pub(crate) async fn send(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.expect("sent");
}

/// One chunk of a chunked body.
pub(crate) async fn send_chunk(socket: &mut TcpStream, bytes: &[u8]) {
    let head = format!("{:x}\r\n", bytes.len());
    let chunk = [head.as_bytes(), bytes, b"\r\n"].concat();
    socket.write_all(&chunk).await.expect("sent");
}

/// A proxy before `to` that changes each request by `tamper`; its address as a URL. Ends with the runtime.
pub(crate) async fn tampering_proxy(
    to: SocketAddr,
    tamper: impl Fn(&mut Received) + Send + Sync + 'static,
) -> (String, JoinHandle<()>) {
    let (listener, url) = listen().await;
    let proxy = tokio::spawn(async move {
        loop {
            let (mut client, mut request) = accept(&listener).await;
            tamper(&mut request);
            let mut server = TcpStream::connect(to).await.expect("the server");
            let bytes = [request.head, request.body].concat();
            server.write_all(&bytes).await.expect("sent on");
            // The server keeps its side open for a next request, which shall not wait for it.
            tokio::spawn(async move { copy(&mut server, &mut client).await });
        }
    });
    (url, proxy)
}
