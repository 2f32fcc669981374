//! Responses reach the guest as they arrive, and failures with the code that says what went wrong.

mod support;

use bedrock_host::types::{Chunk, Deadlines, Delta};
use std::time::Duration;
use support::{
    CHUNKED, NO_DEADLINES, SHORT, accept, ask, code, instance, listen, provider, reaching,
    read_head, send, small, to, within,
};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

fn text(chunks: &[Chunk]) -> String {
    let texts = chunks.iter().map(|chunk| match chunk {
        Chunk::ContentBlockDelta(event) => match &event.delta {
            Delta::TextDelta(text) => text.as_str(),
            other => panic!("no text: {other:?}"),
        },
        other => panic!("no delta: {other:?}"),
    });
    texts.collect()
}

#[tokio::test]
async fn a_chunk_is_handed_on_before_the_next_is_sent() {
    let (listener, url) = listen().await;
    let (grants, request, context) = (reaching(&url), ask("fetch"), to(&url));
    let server = async {
        let mut socket = accept(&listener).await;
        send(&mut socket, CHUNKED).await;
        socket
    };
    let live = instance(&grants).await;
    let (mut socket, stream) = tokio::join!(server, live.stream(&request, &context));
    let mut stream = stream.unwrap();
    // The server sends each part only after the one before was read: buffering anywhere would stand still here.
    for part in ["one", "two", "three"] {
        send(&mut socket, &format!("{:x}\r\n{part}\r\n", part.len())).await;
        let chunks = timeout(Duration::from_secs(10), stream.next())
            .await
            .expect(part);
        assert_eq!(text(&chunks.unwrap().unwrap()), part);
    }
    send(&mut socket, "0\r\n\r\n").await;
    assert!(stream.next().await.unwrap().is_none());
    assert!(
        stream.next().await.unwrap().is_none(),
        "the end stays the end"
    );
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    let (listener, url) = listen().await;
    let (grants, request, context) = (reaching(&url), ask("fetch"), to(&url));
    let live = instance(&grants).await;
    let server = async {
        let mut socket = accept(&listener).await;
        send(&mut socket, CHUNKED).await;
        send(&mut socket, "3\r\none\r\n").await;
        socket
    };
    let (mut socket, stream) = tokio::join!(server, live.stream(&request, &context));
    let mut stream = stream.unwrap();
    stream.next().await.unwrap();
    drop(stream);
    let end = timeout(Duration::from_secs(10), socket.read(&mut [0; 16])).await;
    assert!(
        matches!(end, Ok(Ok(0) | Err(_))),
        "the connection is still open: {end:?}"
    );
}

#[tokio::test]
async fn a_read_that_was_given_up_loses_nothing() {
    let (listener, url) = listen().await;
    let (grants, request, context) = (reaching(&url), ask("fetch"), to(&url));
    let live = instance(&grants).await;
    let server = async {
        let mut socket = accept(&listener).await;
        send(&mut socket, CHUNKED).await;
        socket
    };
    let (mut socket, stream) = tokio::join!(server, live.stream(&request, &context));
    let mut stream = stream.unwrap();
    assert!(
        timeout(SHORT, stream.next()).await.is_err(),
        "nothing was sent yet"
    );
    send(&mut socket, "5\r\nafter\r\n0\r\n\r\n").await;
    assert_eq!(text(&stream.next().await.unwrap().unwrap()), "after");
    assert!(stream.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_closed_stream_gives_its_instance_back_and_connections_are_used_again() {
    let (listener, url) = listen().await;
    let (grants, request, context) = (reaching(&url), ask("fetch"), to(&url));
    let answers = tokio::spawn(async move {
        let mut socket = accept(&listener).await;
        for turn in 0..2 {
            if turn > 0 {
                read_head(&mut socket).await;
            }
            send(
                &mut socket,
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
            )
            .await;
        }
        socket
    });
    let provider = provider(small());
    let live = provider.instantiate(&grants).await.unwrap();
    let mut stream = live.stream(&request, &context).await.unwrap();
    while stream.next().await.unwrap().is_some() {}
    let mut live = stream.close().await.expect("the instance is whole");
    // The server accepts one connection only, so the second answer came over the first one's.
    let second = timeout(Duration::from_secs(10), live.complete(&request, &context)).await;
    second.expect("the connection was not used again").unwrap();
    answers.await.unwrap();
}

#[tokio::test]
async fn an_address_where_nobody_listens_refuses_the_connection() {
    let (listener, url) = listen().await;
    drop(listener);
    let error = instance(&reaching(&url))
        .await
        .complete(&ask("fetch"), &to(&url))
        .await;
    assert!(code(error.unwrap_err()).contains("ConnectionRefused"));
}

#[tokio::test]
async fn a_name_without_an_address_is_a_dns_error() {
    let url = "http://does-not-exist.invalid:80";
    let error = instance(&reaching(url))
        .await
        .complete(&ask("fetch"), &to(url))
        .await;
    let code = code(error.unwrap_err());
    assert!(
        code.contains("DnsError") && code.contains("does-not-exist.invalid"),
        "{code}"
    );
}

#[tokio::test]
async fn plain_text_where_tls_was_expected_is_a_tls_error() {
    let (listener, url) = listen().await;
    let url = url.replace("http://", "https://");
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        send(&mut socket, "HTTP/1.1 400 Bad Request\r\n\r\n").await;
        // Until the client has gone, so that what it sent does not reset the connection.
        let _ = socket.read_to_end(&mut Vec::new()).await;
    });
    let error = instance(&reaching(&url))
        .await
        .complete(&ask("fetch"), &to(&url))
        .await;
    assert!(code(error.unwrap_err()).contains("TlsProtocolError"));
    server.await.unwrap();
}

/// What the server sends before it falls silent or hangs up, and what the guest is told.
#[tokio::test]
async fn silence_and_hanging_up_are_told_apart() {
    let first_byte = Deadlines {
        first_byte_ms: Some(200),
        ..NO_DEADLINES
    };
    let between_bytes = Deadlines {
        between_bytes_ms: Some(200),
        ..NO_DEADLINES
    };
    let table = [
        ("", false, first_byte, "ConnectionReadTimeout"),
        (CHUNKED, false, between_bytes, "ConnectionReadTimeout"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
            false,
            between_bytes,
            "ConnectionReadTimeout",
        ),
        ("", true, NO_DEADLINES, "ConnectionTerminated"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
            true,
            NO_DEADLINES,
            "HttpResponseIncomplete",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            true,
            NO_DEADLINES,
            "HttpResponseIncomplete",
        ),
        (
            "not http at all\r\n\r\n",
            false,
            NO_DEADLINES,
            "HttpProtocolError",
        ),
    ];
    for (sent, hang_up, deadlines, expected) in table {
        let (listener, url) = listen().await;
        let server = tokio::spawn(async move {
            let mut socket = accept(&listener).await;
            send(&mut socket, sent).await;
            (!hang_up).then_some(socket)
        });
        let (request, context) = (ask("fetch"), within(&url, deadlines));
        let mut live = instance(&reaching(&url)).await;
        let answer = timeout(Duration::from_secs(10), live.complete(&request, &context));
        let code = code(answer.await.expect(expected).unwrap_err());
        assert!(
            code.contains(expected),
            "after {sent:?}: {code}, expected {expected}"
        );
        drop(server.await.unwrap());
    }
}
