//! How long a call may take, and which of its deadlines ended it.

use crate::support::calls::{ask, calling, complete, drain, emulator, open};
use bedrock_emulator::{Config, Fault, Pace, Point, Script};
use bedrock_host::types::{Context, Deadlines, Error, ErrorKind};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

const TEXT: &str = "A text that takes a while to be told, as it is cut into pieces.";

const NONE: Deadlines = Deadlines {
    connect_ms: None,
    first_byte_ms: None,
    between_bytes_ms: None,
    total_ms: None,
};

/// Whether the call that failed did so within its deadline and not long after.
fn assert_timeout(error: &Error, name: &str, begun: Instant) {
    assert_eq!(
        (error.kind, error.retryable),
        (ErrorKind::Timeout, true),
        "{error:?}"
    );
    assert!(error.message.contains(name), "{name}: {error:?}");
    assert!(error.message.contains("250"), "{error:?}");
    let path = format!("context.deadlines.{name}");
    assert_eq!(error.path.as_deref(), Some(path.as_str()));
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(250), "{name} after {took:?}");
    assert!(took < Duration::from_secs(5), "{name} after {took:?}");
}

#[tokio::test]
async fn each_deadline_ends_a_stall_and_says_which_it_was() {
    let first_byte = Deadlines {
        first_byte_ms: Some(250),
        ..NONE
    };
    let between_bytes = Deadlines {
        between_bytes_ms: Some(250),
        ..NONE
    };
    let total = Deadlines {
        total_ms: Some(250),
        ..NONE
    };
    let table = [
        (Fault::StallBeforeHeaders, first_byte, "first-byte-ms"),
        (Fault::StallBeforeHeaders, total, "total-ms"),
        (
            Fault::Stall(Point::Byte(40)),
            between_bytes,
            "between-bytes-ms",
        ),
        (Fault::Stall(Point::Byte(40)), total, "total-ms"),
    ];
    for (fault, deadlines, name) in table {
        let emulator =
            emulator(Config::default().always(Script::text(TEXT).fault(fault.clone()))).await;
        let context = Context {
            deadlines,
            ..calling(&emulator.url())
        };
        let begun = Instant::now();
        let whole = complete(&ask("Hi"), &context).await.expect_err("an error");
        assert_timeout(&whole, name, begun);
        // Less than a frame: nothing has come yet, so the call itself fails.
        let begun = Instant::now();
        let streaming = open(&ask("Hi"), &context).await.err().expect("an error");
        assert_timeout(&streaming, name, begun);
    }
}

#[tokio::test]
async fn a_stall_in_mid_stream_comes_after_what_had_arrived() {
    let between_bytes = Deadlines {
        between_bytes_ms: Some(250),
        ..NONE
    };
    let total = Deadlines {
        total_ms: Some(250),
        ..NONE
    };
    for (deadlines, name) in [(between_bytes, "between-bytes-ms"), (total, "total-ms")] {
        let script = Script::text(TEXT).fault(Fault::Stall(Point::Frame(3)));
        let emulator = emulator(Config::default().always(script)).await;
        let context = Context {
            deadlines,
            ..calling(&emulator.url())
        };
        let begun = Instant::now();
        let (chunks, error) = drain(open(&ask("Hi"), &context).await.expect("a stream")).await;
        assert_timeout(&error.expect("an error"), name, begun);
        assert!(chunks.len() > 2, "{chunks:?}");
    }
}

#[tokio::test]
async fn the_total_deadline_holds_for_an_answer_that_never_pauses() {
    let script = Script::text(&TEXT.repeat(20)).pace(Pace::every(Duration::from_millis(20)));
    let emulator = emulator(Config::default().always(script)).await;
    let deadlines = Deadlines {
        first_byte_ms: Some(20_000),
        between_bytes_ms: Some(20_000),
        total_ms: Some(250),
        connect_ms: Some(20_000),
    };
    let context = Context {
        deadlines,
        ..calling(&emulator.url())
    };
    let begun = Instant::now();
    let (chunks, error) = drain(open(&ask("Hi"), &context).await.expect("a stream")).await;
    assert_timeout(&error.expect("an error"), "total-ms", begun);
    assert!(chunks.len() > 2, "{chunks:?}");
}

#[tokio::test]
async fn deadlines_that_are_met_change_nothing() {
    let emulator = emulator(Config::default().always(Script::text(TEXT))).await;
    let deadlines = Deadlines {
        connect_ms: Some(20_000),
        first_byte_ms: Some(20_000),
        between_bytes_ms: Some(20_000),
        total_ms: Some(20_000),
    };
    let context = Context {
        deadlines,
        ..calling(&emulator.url())
    };
    complete(&ask("Hi"), &context).await.expect("an answer");
    let (_, error) = drain(open(&ask("Hi"), &context).await.expect("a stream")).await;
    assert_eq!(error, None);
}

/// A port whose connections nobody takes, and whose queue is full: who connects waits.
async fn full() -> (String, TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .bind(([127, 0, 0, 1], 0).into())
        .expect("a port on loopback");
    let listener = socket.listen(1).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut waiting = Vec::new();
    let soon = Duration::from_millis(250);
    while let Ok(connected) = timeout(soon, TcpStream::connect(address)).await {
        waiting.push(connected.expect("a connection"));
        assert!(waiting.len() < 100, "the queue is never full");
    }
    (format!("http://{address}"), listener, waiting)
}

#[tokio::test]
async fn a_connection_that_is_not_taken_ends_at_its_deadline() {
    let (url, _listener, _waiting) = full().await;
    let context = Context {
        deadlines: Deadlines {
            connect_ms: Some(250),
            ..NONE
        },
        ..calling(&url)
    };
    for is_stream in [false, true] {
        let begun = Instant::now();
        let error = match is_stream {
            false => complete(&ask("Hi"), &context).await.err(),
            true => open(&ask("Hi"), &context).await.err(),
        };
        let error = error.expect("nobody answers");
        assert_eq!(
            (error.kind, error.retryable, error.path.as_deref()),
            (
                ErrorKind::Timeout,
                true,
                Some("context.deadlines.connect-ms")
            ),
            "{error:?}"
        );
        assert!(error.message.contains("connect-ms"), "{error:?}");
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(250), "after {took:?}");
        assert!(took < Duration::from_secs(5), "after {took:?}");
    }
}
