//! What a peer may make the component hold: never more than a bound, and past it there is a clear error.

use crate::support::calls::{ask, calling, emulator, open, own, reaching};
use crate::support::components::provider;
use crate::support::wire;
use bedrock_emulator::frames::Encoded;
use bedrock_emulator::{
    Answer, Block, ChunkSize, Config, Emulator, Fault, Pace, Point, Reply, Script, ServiceError,
};
use bedrock_host::types::{Chunk, Context, Delta, Error, ErrorKind};
use bedrock_host::{CallError, ChunkStream};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const TEXT: &str = "A text of some length, so that it takes more than four deltas to be told.";
/// Long enough for any answer that ends.
const LONG: Duration = Duration::from_secs(10);
/// More than a refusal may make an instance grow by.
const LITTLE: usize = 1024 * 1024;

/// Chunks that are deltas of text, and the error; the stream is kept.
async fn read(stream: &mut ChunkStream) -> (usize, Option<Error>) {
    let mut deltas = 0;
    loop {
        match stream.next().await {
            Ok(None) => return (deltas, None),
            Err(error) => return (deltas, Some(own(error))),
            Ok(Some(batch)) => {
                let is_text = |chunk: &&Chunk| matches!(chunk, Chunk::ContentBlockDelta(event) if matches!(event.delta, Delta::TextDelta(_)));
                deltas += batch.iter().filter(is_text).count();
            }
        }
    }
}

/// Deltas of a stream, its error, and the bytes of memory that its instance had at the end.
async fn streamed(
    script: Script,
    context: impl FnOnce(&str) -> Context,
) -> (usize, Option<Error>, usize) {
    let emulator = emulator(Config::default().always(script)).await;
    let stream = open(&ask("Hi"), &context(&emulator.url())).await;
    let mut stream = stream.expect("the first chunks");
    let ended = timeout(Duration::from_secs(60), read(&mut stream)).await;
    let (deltas, error) = ended.expect("an end");
    let instance = stream.close().await.expect("the instance is whole");
    (deltas, error, instance.memory_bytes())
}

/// An answer of so many deltas, in pieces that end anywhere.
fn of_deltas(count: usize) -> Script {
    let reply = Reply::new(
        vec![Block::Text(vec!["a delta, ".to_owned(); count])],
        "end_turn",
    );
    Script::from(reply).pace(Pace {
        chunk: ChunkSize::Bytes(10_007),
        ..Pace::default()
    })
}

#[tokio::test]
async fn the_memory_of_a_stream_is_the_same_after_a_hundred_thousand_deltas() {
    let mut used = Vec::new();
    for count in [1_000, 100_000] {
        let (deltas, error, bytes) = streamed(of_deltas(count), calling).await;
        assert_eq!((deltas, error), (count, None));
        println!("{bytes} bytes of memory after {count} deltas");
        used.push(bytes);
    }
    assert_eq!(used[0], used[1]);
}

#[tokio::test]
async fn the_memory_of_an_instance_is_the_same_after_hundreds_of_calls() {
    let emulator = emulator(Config::default().always(Script::text(TEXT))).await;
    let instance = provider().instantiate(&reaching(&emulator.url())).await;
    let mut instance = instance.expect("an instance");
    let mut used = Vec::new();
    for call in 0..300 {
        let context = calling(&emulator.url());
        let answer = instance.complete(&ask("Hi"), &context).await;
        answer.map_err(own).expect("an answer");
        let mut stream = instance
            .stream(&ask("Hi"), &context)
            .await
            .map_err(own)
            .expect("a stream");
        // Every third is left in its middle.
        if call % 3 > 0 {
            assert_eq!(read(&mut stream).await.1, None);
        }
        instance = stream.close().await.expect("the instance is whole");
        used.push(instance.memory_bytes());
    }
    println!(
        "{} bytes of memory after 20 calls, {} after 600",
        used[9], used[299]
    );
    assert_eq!(used[9], used[299]);
}

/// CRC-32 (IEEE), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| match crc & 1 {
            0 => crc >> 1,
            _ => (crc >> 1) ^ 0xedb8_8320,
        })
    })
}

/// The first bytes of a frame with these lengths, which its checksum proves.
fn prelude(total: u32, headers: u32) -> Vec<u8> {
    let lengths = [total.to_be_bytes(), headers.to_be_bytes()].concat();
    let checksum = crc32(&lengths).to_be_bytes();
    [lengths, checksum.to_vec()].concat()
}

/// A whole frame that has so many headers and nothing else.
fn of_headers(count: u32) -> Vec<u8> {
    // A name of seven bytes, and type 0, which has no value.
    let headers = (0..count)
        .map(|n| format!("\u{7}h{n:06}\0"))
        .collect::<String>()
        .into_bytes();
    let length = u32::try_from(headers.len()).expect("small");
    let frame = [prelude(length + 16, length), headers].concat();
    let checksum = crc32(&frame).to_be_bytes();
    [frame, checksum.to_vec()].concat()
}

/// A good beginning, then these bytes, then nothing more.
fn after_a_good_beginning(bytes: &[u8]) -> Script {
    let script = Script::text(TEXT);
    let Answer::Reply(reply) = &script.answer else {
        panic!("a text is a reply");
    };
    let good = Encoded::from_frames(&reply.frames(7)[..3], true).expect("frames");
    Script::bytes([&good.bytes, bytes].concat()).fault(Fault::Stall(Point::Byte(usize::MAX)))
}

#[tokio::test]
async fn a_frame_past_the_limits_is_refused_by_its_first_bytes() {
    let most = 24 * 1024 * 1024;
    let table = [
        ("a byte too long", prelude(most + 1, 0), "25165825"),
        ("as long as can be said", prelude(u32::MAX, 0), "4294967295"),
        (
            "headers too long",
            prelude(200_000, 128 * 1024 + 1),
            "131073",
        ),
        (
            "too many headers",
            of_headers(1025),
            "more than 1024 headers",
        ),
    ];
    let (_, _, usual) = streamed(Script::text(TEXT), calling).await;
    for (name, bytes, says) in table {
        let (deltas, error, used) = streamed(after_a_good_beginning(&bytes), calling).await;
        let error = error.unwrap_or_else(|| panic!("{name}: no error"));
        assert_eq!(
            (deltas, error.kind),
            (2, ErrorKind::MalformedStream),
            "{name}: {error:?}"
        );
        assert!(error.message.contains(says), "{name}: {error:?}");
        assert!(
            used < usual + LITTLE,
            "{name}: {used} bytes, usually {usual}"
        );
        println!("{name}: {used} bytes of memory, {}", error.message);
    }
}

#[tokio::test]
async fn a_frame_past_the_callers_own_limit_is_refused_and_the_setting_named() {
    let limited = |bytes: u32| {
        move |url: &str| Context {
            extensions: Some(format!(r#"{{"bedrock":{{"maxFrameBytes":{bytes}}}}}"#)),
            ..calling(url)
        }
    };
    let deltas = vec!["short".to_owned(), "long ".repeat(1000), "short".to_owned()];
    let script = || Script::from(Reply::new(vec![Block::Text(deltas.clone())], "end_turn"));
    let (count, error, _) = streamed(script(), limited(4096)).await;
    let error = error.expect("a refusal");
    assert_eq!(
        (count, error.kind),
        (1, ErrorKind::MalformedStream),
        "{error:?}"
    );
    assert_eq!(
        error.path.as_deref(),
        Some("context.extensions.bedrock.maxFrameBytes"),
        "{error:?}"
    );
    assert!(error.message.contains("4096"), "{error:?}");

    let (count, error, _) = streamed(script(), limited(8192)).await;
    assert_eq!((count, error), (3, None));
}

#[tokio::test]
async fn a_frame_of_nearly_the_largest_size_is_read() {
    let deltas = vec!["short".to_owned(), "x".repeat(23 * 1024 * 1024)];
    let script =
        Script::from(Reply::new(vec![Block::Text(deltas)], "end_turn")).pace(Pace::bytes(1 << 20));
    let (count, error, used) = streamed(script, calling).await;
    assert_eq!((count, error), (2, None));
    println!("{used} bytes of memory for a frame of 23 MiB");
}

/// A server whose one answer has this head and a body that does not end; gives the bytes that it could send.
async fn endless(head: &'static str) -> (String, JoinHandle<usize>) {
    let (listener, url) = wire::listen().await;
    let server = tokio::spawn(async move {
        let (mut socket, _) = wire::accept(&listener).await;
        wire::send(&mut socket, head).await;
        let piece = [b"4000\r\n".as_slice(), &[b'x'; 0x4000], b"\r\n"].concat();
        let mut sent = 0;
        while socket.write_all(&piece).await.is_ok() {
            sent += piece.len();
        }
        sent
    });
    (url, server)
}

#[tokio::test]
async fn an_error_body_without_end_is_read_as_far_as_it_is_worth_it() {
    let head = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
    let (url, server) = endless(head).await;
    let mut instance = provider()
        .instantiate(&reaching(&url))
        .await
        .expect("an instance");
    let (request, context) = (ask("Hi"), calling(&url));
    let answer = timeout(LONG, instance.complete(&request, &context)).await;
    let error = own(answer.expect("an end").expect_err("an error"));
    assert_eq!(
        (error.kind, error.status),
        (ErrorKind::Overloaded, Some(503)),
        "{error:?}"
    );
    assert!(
        error.message.len() < 1000,
        "{} bytes of message",
        error.message.len()
    );
    let used = instance.memory_bytes();
    assert!(used < 4 * LITTLE, "{used} bytes");
    let sent = timeout(LONG, server)
        .await
        .expect("the connection is closed")
        .expect("no panic");
    println!("{used} bytes of memory, {sent} bytes of an endless error");
    assert!(sent < 16 * LITTLE, "{sent} bytes were taken");

    let (url, server) = endless(head).await;
    let stream = timeout(LONG, open(&ask("Hi"), &calling(&url))).await;
    let error = stream.expect("an end").err().expect("an error");
    assert_eq!(
        (error.kind, error.status),
        (ErrorKind::Overloaded, Some(503)),
        "{error:?}"
    );
    timeout(LONG, server)
        .await
        .expect("the connection is closed")
        .expect("no panic");
}

#[tokio::test]
async fn an_answer_without_end_is_refused() {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let (url, server) = endless(head).await;
    let mut instance = provider()
        .instantiate(&reaching(&url))
        .await
        .expect("an instance");
    let (request, context) = (ask("Hi"), calling(&url));
    let answer = timeout(
        Duration::from_secs(60),
        instance.complete(&request, &context),
    )
    .await;
    let error = answer.expect("an end").expect_err("an error");
    let CallError::Provider(error) = error else {
        panic!("not an error of the component's: {error:?}");
    };
    assert_eq!(error.kind, ErrorKind::MalformedStream, "{error:?}");
    assert!(error.message.contains("larger than"), "{error:?}");
    println!(
        "{} bytes of memory for an answer without end",
        instance.memory_bytes()
    );
    drop(instance);
    timeout(LONG, server)
        .await
        .expect("the connection is closed")
        .expect("no panic");
}

/// An answer with so many headers of so many bytes.
async fn with_headers(count: usize, bytes: usize) -> Emulator {
    let error = ServiceError::new("ThrottlingException", "slow down");
    let error = (0..count).fold(error, |error, n| {
        error.header(format!("x-header-{n}"), "v".repeat(bytes))
    });
    emulator(Config::default().always(error)).await
}

#[tokio::test]
async fn thousands_of_headers_or_endless_ones_are_refused_and_some_dozens_are_not() {
    let table = [
        ("dozens", 60, 20, ErrorKind::RateLimited, "slow down"),
        (
            "thousands",
            5_000,
            20,
            ErrorKind::Connection,
            "HttpResponseHeaderSectionSize",
        ),
        (
            "megabytes",
            40,
            50_000,
            ErrorKind::Connection,
            "HttpResponseHeaderSectionSize",
        ),
    ];
    for (name, count, bytes, kind, says) in table {
        let emulator = with_headers(count, bytes).await;
        let context = calling(&emulator.url());
        let instance = provider().instantiate(&reaching(&emulator.url())).await;
        let mut instance = instance.expect("an instance");
        let whole = own(instance
            .complete(&ask("Hi"), &context)
            .await
            .expect_err(name));
        let used = instance.memory_bytes();
        let streaming = open(&ask("Hi"), &context).await.err().expect(name);
        for error in [whole, streaming] {
            assert_eq!(error.kind, kind, "{name}: {error:?}");
            assert!(error.message.contains(says), "{name}: {error:?}");
            println!("{name}: {used} bytes of memory, {}", error.message);
        }
        assert!(used < 4 * LITTLE, "{name}: {used} bytes");
    }
}
