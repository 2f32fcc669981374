//! Pace and faults, as a plain TCP client sees them.

mod support;

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use bedrock_emulator::{
    ChunkSize, Clock, Config, Emulator, Fault, Frame, Operation, Pace, Point, Script,
};
use bytes::BytesMut;
use std::time::Duration;
use support::{End, Incoming, NOW, Outgoing, Signer, hello, path};

const TEXT: &str = "A text of some length, so that it takes more than two deltas.";

async fn start(operation: Operation, script: Script) -> Emulator {
    let config = Config {
        clock: Clock::Fixed(NOW),
        ..Config::default()
    };
    Emulator::start(config.script(operation, script))
        .await
        .expect("a port")
}

fn request(operation: &str) -> Outgoing {
    Outgoing::post(path(operation), &hello()).signed(&Signer::default())
}

/// The answer to a ConverseStream call told by `script`.
async fn stream(script: Script) -> Incoming {
    let emulator = start(Operation::ConverseStream, script).await;
    request("converse-stream").send(emulator.addr()).await
}

/// The bytes that `script` tells without any fault, and where its frames end.
async fn faultless() -> (Vec<u8>, Vec<usize>) {
    let incoming = stream(Script::text(TEXT)).await;
    let (chunks, whole) = incoming.chunks();
    assert!(whole);
    let ends = chunks.iter().scan(0, |end, chunk| {
        *end += chunk.len();
        Some(*end)
    });
    (chunks.concat(), ends.collect())
}

/// Event types up to the first error of AWS's decoder, and that error.
fn decode(bytes: &[u8]) -> (Vec<String>, Option<String>) {
    let mut decoder = MessageFrameDecoder::new();
    let mut buffer = BytesMut::from(bytes);
    let mut kinds = Vec::new();
    loop {
        match decoder.decode_frame(&mut buffer) {
            Ok(DecodedFrame::Complete(message)) => {
                let kind = message.headers()[0].value().as_string().expect("a string");
                kinds.push(kind.as_str().to_owned());
            }
            Ok(DecodedFrame::Incomplete) => return (kinds, None),
            Err(error) => return (kinds, Some(error.to_string())),
        }
    }
}

#[tokio::test]
async fn a_stream_looks_like_bedrocks() {
    let incoming = stream(Script::text("Hello")).await;
    assert_eq!(incoming.status(), 200);
    let header = |name| incoming.header(name);
    assert_eq!(
        header("content-type").as_deref(),
        Some("application/vnd.amazon.eventstream")
    );
    assert_eq!(header("transfer-encoding").as_deref(), Some("chunked"));
    assert!(header("x-amzn-requestid").is_some());
    let (kinds, error) = decode(&incoming.stream());
    assert_eq!(error, None);
    // No contentBlockStart for text; metadata is last.
    assert_eq!(
        kinds,
        [
            "messageStart",
            "contentBlockDelta",
            "contentBlockStop",
            "messageStop",
            "metadata"
        ]
    );
}

#[tokio::test]
async fn each_frame_is_a_chunk_by_default() {
    let (chunks, _) = stream(Script::text(TEXT)).await.chunks();
    assert!(chunks.len() > 5);
    for chunk in chunks {
        let (kinds, error) = decode(&chunk);
        assert_eq!((kinds.len(), error), (1, None));
    }
}

#[tokio::test]
async fn chunks_can_be_of_any_size() {
    let (whole, _) = faultless().await;
    for size in [1, 7, 100] {
        let incoming = stream(Script::text(TEXT).pace(Pace::bytes(size))).await;
        let (chunks, complete) = incoming.chunks();
        assert!(complete);
        let (last, full) = chunks.split_last().expect("chunks");
        assert!(
            full.iter().all(|chunk| chunk.len() == size) && last.len() <= size,
            "{size}"
        );
        assert_eq!(chunks.concat(), whole, "{size}");
    }
    let incoming = stream(Script::text(TEXT).pace(Pace::whole())).await;
    assert_eq!(incoming.chunks(), (vec![whole], true));
}

#[tokio::test]
async fn waits_are_kept() {
    let pace = Pace {
        chunk: ChunkSize::Frame,
        between: Duration::from_millis(20),
        before_headers: Duration::from_millis(60),
        before_first_chunk: Duration::from_millis(80),
    };
    let emulator = start(Operation::ConverseStream, Script::text("Hello").pace(pace)).await;
    let incoming = request("converse-stream").send(emulator.addr()).await;
    let arrived = emulator.requests()[0].arrived_at;
    let after = |read: usize| incoming.reads[read].0.duration_since(arrived);
    let frames = 5;
    assert!(
        after(0) >= Duration::from_millis(60),
        "headers: {:?}",
        after(0)
    );
    assert!(
        after(1) >= Duration::from_millis(140),
        "first chunk: {:?}",
        after(1)
    );
    let last = after(incoming.reads.len() - 1);
    assert!(
        last >= Duration::from_millis(140 + 20 * (frames - 1)),
        "last chunk: {last:?}"
    );
}

#[tokio::test]
async fn a_broken_checksum_stops_the_decoder_at_its_frame() {
    let faults = [
        (Fault::CorruptPreludeCrc(2), "prelude checksum"),
        (Fault::CorruptMessageCrc(2), "message checksum"),
    ];
    for (fault, reason) in faults {
        let incoming = stream(Script::text(TEXT).fault(fault.clone())).await;
        assert!(incoming.chunks().1, "HTTP itself is whole");
        let (kinds, error) = decode(&incoming.stream());
        assert_eq!(kinds, ["messageStart", "contentBlockDelta"], "{fault:?}");
        let error = error.unwrap_or_default();
        assert!(error.contains(reason), "{fault:?}: {error}");
    }
}

#[tokio::test]
async fn a_flipped_byte_is_the_only_difference() {
    let (whole, ends) = faultless().await;
    let at = ends[0] + 40;
    let flipped = stream(Script::text(TEXT).fault(Fault::FlipByte(at)))
        .await
        .stream();
    let different: Vec<usize> = (0..whole.len())
        .filter(|i| whole[*i] != flipped[*i])
        .collect();
    assert_eq!(different, [at]);
    assert!(decode(&flipped).1.is_some());
}

#[tokio::test]
async fn a_truncated_body_is_complete_http() {
    let (whole, ends) = faultless().await;
    let points = [
        (Point::Byte(5), 5),
        (Point::Frame(0), 0),
        (Point::Frame(2), ends[1]),
        (Point::MidFrame(1), ends[0].midpoint(ends[1])),
        (Point::Byte(usize::MAX), whole.len()),
    ];
    for (point, length) in points {
        let incoming = stream(Script::text(TEXT).fault(Fault::Truncate(point))).await;
        assert!(incoming.chunks().1, "{point:?}");
        assert_eq!(incoming.stream(), whole[..length], "{point:?}");
        assert_eq!(incoming.end, End::Closed, "{point:?}");
    }
}

#[tokio::test]
async fn a_closed_connection_leaves_the_body_incomplete() {
    let (whole, ends) = faultless().await;
    let incoming = stream(Script::text(TEXT).fault(Fault::Close(Point::Frame(2)))).await;
    assert_eq!(incoming.stream(), whole[..ends[1]]);
    assert_eq!((incoming.chunks().1, incoming.end), (false, End::Closed));
}

#[tokio::test]
async fn a_reset_comes_where_it_is_asked_for() {
    let (whole, ends) = faultless().await;
    let before = stream(Script::text(TEXT).fault(Fault::ResetBeforeHeaders)).await;
    assert_eq!((before.raw.len(), before.end), (0, End::Reset));
    let within = stream(Script::text(TEXT).fault(Fault::ResetMidHeaders)).await;
    assert_eq!(
        (within.raw.as_slice(), within.end),
        (b"HTTP/1.1 200 OK\r\ndat".as_slice(), End::Reset)
    );
    let body = stream(Script::text(TEXT).fault(Fault::Reset(Point::MidFrame(1)))).await;
    assert_eq!(body.stream(), whole[..ends[0].midpoint(ends[1])]);
    assert_eq!((body.chunks().1, body.end), (false, End::Reset));
}

#[tokio::test]
async fn a_head_can_be_cut_off_or_held_back() {
    let part = b"HTTP/1.1 200 OK\r\ndat".as_slice();
    let table = [
        (Fault::CloseBeforeHeaders, b"".as_slice(), End::Closed),
        (Fault::CloseMidHeaders, part, End::Closed),
        (Fault::StallMidHeaders, part, End::Silence),
    ];
    for (fault, raw, end) in table {
        let incoming = stream(Script::text(TEXT).fault(fault.clone())).await;
        assert_eq!(
            (incoming.raw.as_slice(), incoming.end),
            (raw, end),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_stall_keeps_the_connection_open() {
    let (whole, ends) = faultless().await;
    let body = stream(Script::text(TEXT).fault(Fault::Stall(Point::Frame(1)))).await;
    assert_eq!(body.stream(), whole[..ends[0]]);
    assert_eq!(body.end, End::Silence);
    let before = stream(Script::text(TEXT).fault(Fault::StallBeforeHeaders)).await;
    assert_eq!((before.raw.len(), before.end), (0, End::Silence));
}

#[tokio::test]
async fn dropped_events_are_missing_alone() {
    for kind in ["messageStop", "metadata"] {
        let fault = Fault::DropEvents(kind.to_owned());
        let (kinds, error) = decode(&stream(Script::text("Hello").fault(fault)).await.stream());
        assert_eq!(error, None);
        assert_eq!(kinds.len(), 4);
        assert!(!kinds.contains(&kind.to_owned()), "{kinds:?}");
    }
}

#[tokio::test]
async fn an_exception_in_the_stream_is_its_last_frame() {
    let exception = Frame::exception("throttlingException", "Too many tokens");
    let script = Script::text(TEXT).interrupted_after(2, exception.clone());
    let (kinds, _) = decode(&stream(script.clone()).await.stream());
    assert_eq!(
        kinds,
        ["messageStart", "contentBlockDelta", "throttlingException"]
    );
    // The plain call fails with the same exception.
    let emulator = start(Operation::Converse, script).await;
    let incoming = request("converse").send(emulator.addr()).await;
    assert_eq!(incoming.status(), 429);
    assert_eq!(
        incoming.header("x-amzn-errortype").as_deref(),
        Some("ThrottlingException")
    );
    assert_eq!(incoming.message(), "Too many tokens");
}

#[tokio::test]
async fn faults_also_befall_a_plain_answer() {
    let whole = {
        let emulator = start(Operation::Converse, Script::text(TEXT)).await;
        request("converse").send(emulator.addr()).await
    };
    assert_eq!(
        whole.header("content-length"),
        Some(whole.content().len().to_string())
    );
    let script = Script::text(TEXT).fault(Fault::Reset(Point::Byte(10)));
    let emulator = start(Operation::Converse, script).await;
    let cut = request("converse").send(emulator.addr()).await;
    assert_eq!(
        (cut.content().as_slice(), cut.end),
        (&whole.content()[..10], End::Reset)
    );
}

/// Waits until the emulator has seen a client go.
async fn gone(emulator: &Emulator) -> u64 {
    for _ in 0..100 {
        if emulator.counters().client_gone > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    emulator.counters().client_gone
}

#[tokio::test]
async fn a_client_that_leaves_early_is_counted() {
    let second = Duration::from_secs(1);
    let slow_headers = Pace {
        before_headers: second * 60,
        ..Pace::default()
    };
    let cases = [
        (
            "stalled body",
            Script::text(TEXT).fault(Fault::Stall(Point::Frame(2))),
        ),
        (
            "stalled head",
            Script::text(TEXT).fault(Fault::StallMidHeaders),
        ),
        ("slow body", Script::text(TEXT).pace(Pace::every(second))),
        ("slow headers", Script::text(TEXT).pace(slow_headers)),
    ];
    for (name, script) in cases {
        let emulator = start(Operation::ConverseStream, script).await;
        let stream = request("converse-stream").open(emulator.addr()).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let counters = emulator.counters();
        assert_eq!((counters.client_gone, counters.open), (0, 1), "{name}");
        drop(stream);
        assert_eq!(gone(&emulator).await, 1, "{name}");
        assert_eq!(emulator.counters().completed, 0, "{name}");
        while emulator.counters().open > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test]
async fn a_client_that_stays_to_the_end_is_not_counted_as_gone() {
    let scripts = [
        Script::text(TEXT),
        Script::text(TEXT).fault(Fault::Reset(Point::Frame(1))),
        Script::text(TEXT).fault(Fault::ResetBeforeHeaders),
        Script::text(TEXT).fault(Fault::CloseMidHeaders),
        Script::text(TEXT).fault(Fault::Truncate(Point::Frame(0))),
    ];
    for script in scripts {
        let faults = script.faults.clone();
        let emulator = start(Operation::ConverseStream, script).await;
        let address = emulator.addr();
        request("converse-stream").send(address).await;
        let counters = emulator.counters();
        assert_eq!(
            (counters.completed, counters.client_gone),
            (1, 0),
            "{faults:?}"
        );
    }
}

#[tokio::test]
async fn shutdown_ends_stalled_answers_and_counts_no_one_as_gone() {
    let script = Script::text(TEXT).fault(Fault::Stall(Point::Frame(1)));
    let emulator = start(Operation::ConverseStream, script).await;
    let address = emulator.addr();
    let client = tokio::spawn(async move { request("converse-stream").send(address).await });
    while emulator.counters().requests == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let ended = tokio::time::timeout(Duration::from_secs(5), emulator.shutdown()).await;
    let counters = ended.expect("the stall does not hold the emulator");
    assert_eq!((counters.requests, counters.client_gone), (1, 0));
    client.await.expect("the client ends too");
    assert!(
        tokio::net::TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn a_dropped_emulator_stops_listening() {
    let emulator = start(Operation::Converse, Script::text(TEXT)).await;
    let address = emulator.addr();
    drop(emulator);
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("still listening on {address}");
}
