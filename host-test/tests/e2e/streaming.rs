//! Chunks arrive as Bedrock sends them, whole or broken off.

use crate::support::calls::{ask, calling, drain, emulator, open, own, stream};
use crate::support::message::Message;
use crate::support::wire::{self, CHUNKED_EVENT_STREAM};
use bedrock_emulator::frames::Encoded;
use bedrock_emulator::{Config, Counters, Emulator, Fault, Frame, Operation, Pace, Point, Script};
use bedrock_host::types::{Chunk, Error, ErrorKind};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::time::timeout;

const TEXT: &str = "One fish, two fish, red fish, blue fish: é 世界 🦀, and that is all of them.";
/// Long enough for anything that is on its way.
const LONG: Duration = Duration::from_secs(10);

async fn streaming(script: Script) -> Emulator {
    emulator(Config::default().script(Operation::ConverseStream, script)).await
}

/// The pieces that a script's one text block is told in.
fn deltas(script: &Script) -> Vec<String> {
    let bedrock_emulator::Answer::Reply(reply) = &script.answer else {
        panic!("not a reply: {script:?}");
    };
    let [bedrock_emulator::Block::Text(deltas)] = &reply.blocks[..] else {
        panic!("not one text: {reply:?}");
    };
    deltas.clone()
}

/// Chunks, with what differs from call to call left out.
fn without_ids(chunks: Vec<Chunk>) -> Vec<Chunk> {
    let chunks = chunks.into_iter().map(|chunk| match chunk {
        Chunk::MessageStart(mut start) => {
            start.id.clear();
            Chunk::MessageStart(start)
        }
        other => other,
    });
    chunks.collect()
}

#[tokio::test]
async fn each_batch_arrives_before_the_next_frame_is_sent() {
    let pause = Duration::from_millis(150);
    let script = Script::text(TEXT).pace(Pace::every(pause));
    let emulator = streaming(script).await;
    let mut stream = open(&ask("Hi"), &calling(&emulator.url()))
        .await
        .expect("a stream");
    let mut arrivals = Vec::new();
    while let Some(batch) = stream.next().await.expect("chunks") {
        arrivals.push((Instant::now(), batch));
    }
    // The first frame leaves after the request arrived, each other one a pause after the one before, or later: sleeps
    // never end early. All frames give chunks but `messageStop`, which waits for the usage behind it.
    let start = emulator.requests()[0].arrived_at;
    let last = arrivals.len() - 1;
    assert!(last > 6, "too few batches to tell: {arrivals:?}");
    for (frame, (arrived, batch)) in arrivals.iter().enumerate() {
        let sent = if frame == last { frame + 1 } else { frame };
        let earliest = start + pause * u32::try_from(sent).expect("small");
        assert!(
            *arrived >= earliest,
            "before it was sent: batch {frame} {batch:?}"
        );
        // One frame's worth: a delta, with the start of its block where it is the first.
        assert!(batch.len() <= 2, "frames were gathered: {batch:?}");
        let late = arrived.duration_since(earliest);
        assert!(
            late < pause,
            "batch {frame} came {late:?} after its frame could be sent, later than the next frame: {batch:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_waits_for_each_batch_to_be_read_is_not_kept_waiting() {
    let script = Script::text(TEXT);
    let bedrock_emulator::Answer::Reply(reply) = &script.answer else {
        panic!("a text is a reply");
    };
    let frames = reply.frames(7);
    let (listener, url) = wire::listen().await;
    let (request, context) = (ask("Hi"), calling(&url));
    let first = Encoded::from_frames(&frames[..1], true).expect("frames");
    let serving = async {
        let (mut socket, _) = wire::accept(&listener).await;
        wire::send(&mut socket, CHUNKED_EVENT_STREAM).await;
        wire::send_chunk(&mut socket, &first.bytes).await;
        socket
    };
    let opened = async { tokio::join!(serving, open(&request, &context)) };
    let (mut socket, stream) = timeout(LONG, opened)
        .await
        .expect("the first chunk waits for more");
    let mut stream = stream.expect("a stream");
    let mut chunks = stream.next().await.expect("a start").expect("a start");
    // Every further frame is sent only after the one before was read as chunks: any buffering would stand still.
    let (stop, rest): (Vec<&Frame>, Vec<&Frame>) = frames[1..]
        .iter()
        .partition(|frame| matches!(frame, Frame::Event { kind, .. } if kind == "messageStop"));
    for frame in rest {
        let is_usage = matches!(frame, Frame::Event { kind, .. } if kind == "metadata");
        let mut sent = vec![frame.clone()];
        if is_usage {
            sent.insert(0, stop[0].clone());
        }
        let bytes = Encoded::from_frames(&sent, true).expect("frames").bytes;
        wire::send_chunk(&mut socket, &bytes).await;
        let batch = timeout(LONG, stream.next())
            .await
            .unwrap_or_else(|_| panic!("no chunks of {frame:?}"));
        chunks.extend(batch.expect("chunks").expect("not the end"));
    }
    assert_eq!(Message::of(&chunks).text(), TEXT);
    assert_eq!(chunks.last(), Some(&Chunk::MessageStop));
    // The answer is over with its last event; nobody needs to wait for the connection's end.
    wire::send(&mut socket, "0\r\n\r\n").await;
    assert!(stream.next().await.expect("the end").is_none());
}

#[tokio::test]
async fn any_chunk_size_gives_the_same_chunks() {
    let mut seen = Vec::new();
    for pace in [
        Pace::default(),
        Pace::bytes(1),
        Pace::bytes(7),
        Pace::whole(),
    ] {
        let emulator = streaming(Script::text(TEXT).pace(pace)).await;
        let chunks = stream(&ask("Hi"), &calling(&emulator.url()))
            .await
            .expect("a stream");
        assert_eq!(Message::of(&chunks).text(), TEXT, "{pace:?}");
        seen.push(without_ids(chunks));
    }
    for other in &seen[1..] {
        assert_eq!(*other, seen[0]);
    }
}

#[tokio::test]
async fn an_exception_before_the_first_chunk_is_the_calls_own_error() {
    let table = [
        (
            "throttlingException",
            ErrorKind::RateLimited,
            true,
            "ThrottlingException",
        ),
        (
            "validationException",
            ErrorKind::InvalidRequest,
            false,
            "ValidationException",
        ),
        (
            "serviceUnavailableException",
            ErrorKind::Overloaded,
            true,
            "ServiceUnavailableException",
        ),
        (
            "internalServerException",
            ErrorKind::Upstream,
            true,
            "InternalServerException",
        ),
        (
            "modelStreamErrorException",
            ErrorKind::Upstream,
            true,
            "ModelStreamErrorException",
        ),
    ];
    for (exception, kind, retryable, code) in table {
        let emulator =
            streaming(Script::frames(vec![Frame::exception(exception, "not now")])).await;
        let error = open(&ask("Hi"), &calling(&emulator.url())).await.err();
        let error = error.unwrap_or_else(|| panic!("{exception}: the call succeeded"));
        assert_eq!(
            (error.kind, error.retryable, error.code.as_deref()),
            (kind, retryable, Some(code)),
            "{error:?}"
        );
        assert!(error.message.contains("not now"), "{error:?}");
        assert_eq!(
            error.request_id.as_deref(),
            Some("00000000-0000-4000-8000-000000000001"),
            "{error:?}"
        );
    }
}

/// What a stream gave before it broke, and how it broke.
async fn broken(script: Script) -> (Message, Error) {
    let emulator = streaming(script).await;
    let (chunks, error) = drain(
        open(&ask("Hi"), &calling(&emulator.url()))
            .await
            .expect("the first chunks"),
    )
    .await;
    let message = Message::of(&chunks);
    assert!(!chunks.contains(&Chunk::MessageStop), "{chunks:?}");
    (message, error.expect("an error at the end"))
}

#[tokio::test]
async fn an_exception_in_mid_stream_comes_once_after_what_had_arrived() {
    // `messageStart` and three deltas of the answer.
    let told: String = deltas(&Script::text(TEXT))[..3].concat();
    for pace in [Pace::default(), Pace::whole(), Pace::bytes(7)] {
        let script = Script::text(TEXT)
            .interrupted_after(
                4,
                Frame::exception("throttlingException", "too many tokens"),
            )
            .pace(pace);
        let (message, error) = broken(script).await;
        assert_eq!(message.text(), told, "{pace:?}");
        assert_eq!(
            (error.kind, error.retryable),
            (ErrorKind::RateLimited, true)
        );
        assert_eq!(error.code.as_deref(), Some("ThrottlingException"));
        assert!(error.message.contains("too many tokens"), "{error:?}");
        assert!(error.request_id.is_some(), "{error:?}");
    }
}

#[tokio::test]
async fn an_unmodeled_error_in_mid_stream_keeps_its_code() {
    let script = Script::text(TEXT).interrupted_after(
        3,
        Frame::error("InternalError", "An internal server error occurred"),
    );
    let (message, error) = broken(script).await;
    assert!(!message.text().is_empty());
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::Upstream, Some("InternalError"))
    );
    assert_eq!(error.message, "An internal server error occurred");
}

#[tokio::test]
async fn an_answer_that_ends_early_is_truncated_however_it_ends() {
    let points = [Point::Frame(3), Point::MidFrame(3), Point::Frame(6)];
    let faults = points.into_iter().flat_map(|point| {
        [
            Fault::Truncate(point),
            Fault::Close(point),
            Fault::Reset(point),
        ]
    });
    for fault in faults {
        let (message, error) = broken(Script::text(TEXT).fault(fault.clone())).await;
        assert!(TEXT.starts_with(&message.text()), "{fault:?}");
        assert_eq!(
            (error.kind, error.retryable),
            (ErrorKind::StreamTruncated, true),
            "{fault:?}: {error:?}"
        );
        assert!(message.stop_reason.is_none(), "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_without_its_message_stop_is_truncated() {
    let (message, error) =
        broken(Script::text(TEXT).fault(Fault::DropEvents("messageStop".into()))).await;
    assert_eq!(message.text(), TEXT);
    assert_eq!(error.kind, ErrorKind::StreamTruncated);
    // What was counted is told with the error.
    assert!(error.usage.is_some_and(|usage| usage.output_tokens > 0));
}

#[tokio::test]
async fn dropping_a_stream_is_noticed_upstream_at_once() {
    let pause = Duration::from_millis(100);
    let script = Script::text(&TEXT.repeat(20)).pace(Pace::every(pause));
    let emulator = streaming(script).await;
    let mut stream = open(&ask("Hi"), &calling(&emulator.url()))
        .await
        .expect("a stream");
    stream.next().await.expect("chunks").expect("chunks");
    assert_eq!(emulator.counters().client_gone, 0);
    drop(stream);
    let dropped = Instant::now();
    while emulator.counters().client_gone == 0 {
        // The whole answer takes a quarter of a minute.
        assert!(
            dropped.elapsed() < Duration::from_secs(2),
            "the emulator still sends"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let Counters {
        completed,
        client_gone,
        ..
    } = emulator.counters();
    assert_eq!((completed, client_gone), (0, 1));
}

#[tokio::test]
async fn closing_a_stream_early_ends_the_call_upstream_and_keeps_the_instance() {
    let config = Config::default().script(
        Operation::ConverseStream,
        Script::text(TEXT).pace(Pace::every(Duration::from_secs(5))),
    );
    let emulator = emulator(config).await;
    let context = calling(&emulator.url());
    let mut stream = open(&ask("Hi"), &context).await.expect("a stream");
    stream.next().await.expect("chunks").expect("chunks");
    let mut instance = stream.close().await.expect("the instance is whole");
    let gone = async {
        while emulator.counters().client_gone == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(2), gone)
        .await
        .expect("the emulator still sends");
    instance
        .complete(&ask("Again"), &context)
        .await
        .map_err(own)
        .expect("an answer");
}

#[tokio::test]
async fn many_streams_run_side_by_side() {
    let pause = Duration::from_millis(50);
    let emulator =
        emulator(Config::default().always(Script::text(TEXT).pace(Pace::every(pause)))).await;
    let context = calling(&emulator.url());
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for turn in 0..16 {
        let context = context.clone();
        tasks.spawn(async move { stream(&ask(&format!("Question {turn}")), &context).await });
    }
    while let Some(chunks) = tasks.join_next().await {
        let chunks = chunks.expect("no panic").expect("a clean stream");
        assert_eq!(Message::of(&chunks).text(), TEXT);
    }
    // One takes half a second: sixteen after another would take eight.
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn subscribe_is_ready_when_there_is_something_to_read() {
    let script = Script::text(TEXT);
    let bedrock_emulator::Answer::Reply(reply) = &script.answer else {
        panic!("a text is a reply");
    };
    let frames = reply.frames(7);
    let (listener, url): (TcpListener, String) = wire::listen().await;
    let first = Encoded::from_frames(&frames[..1], true).expect("frames");
    let rest = Encoded::from_frames(&frames[1..], true).expect("frames");
    let serving = async {
        let (mut socket, _) = wire::accept(&listener).await;
        wire::send(&mut socket, CHUNKED_EVENT_STREAM).await;
        wire::send_chunk(&mut socket, &first.bytes).await;
        socket
    };
    let mut host = crate::support::plain_host::PlainHost::new(&[]).await;
    let (request, context) = (ask("Hi"), calling(&url));
    let opened = async { tokio::join!(serving, host.stream(&request, &context)) };
    let (mut socket, stream) = timeout(LONG, opened)
        .await
        .expect("the first chunk waits for more");
    let stream = stream.expect("a stream");

    assert!(
        host.is_ready(stream, LONG).await,
        "message-start has arrived and waits"
    );
    let mut chunks = host.next(stream).await.expect("chunks").expect("chunks");
    let soon = Duration::from_millis(200);
    assert!(
        !host.is_ready(stream, soon).await,
        "ready with nothing to read"
    );
    // The body itself does not end: message-stop does.
    wire::send_chunk(&mut socket, &rest.bytes).await;
    loop {
        assert!(
            host.is_ready(stream, LONG).await,
            "not ready after {chunks:?}"
        );
        match host.next(stream).await.expect("chunks") {
            Some(batch) => chunks.extend(batch),
            None => break,
        }
    }
    assert!(host.is_ready(stream, LONG).await, "the end stays ready");
    assert_eq!(Message::of(&chunks).text(), TEXT);
}
