//! Deadlines and pings, each call by its own clock.

use super::{TEXT, drain, instance};
use crate::support::calls::{ask, calling, emulator, own};
use crate::support::message::Message;
use bedrock_emulator::frames::Encoded;
use bedrock_emulator::{Answer, ChunkSize, Config, Fault, Pace, Point, Script};
use bedrock_host::types::{Chunk, Context, Deadlines, ErrorKind};
use std::time::{Duration, Instant};

const NONE: Deadlines = Deadlines {
    connect_ms: None,
    first_byte_ms: None,
    between_bytes_ms: None,
    total_ms: None,
};

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
    for (fault, deadlines, name) in [
        (Fault::StallBeforeHeaders, first_byte, "first-byte-ms"),
        (Fault::StallBeforeHeaders, total, "total-ms"),
        (
            Fault::Stall(Point::Byte(40)),
            between_bytes,
            "between-bytes-ms",
        ),
        (Fault::Stall(Point::Byte(40)), total, "total-ms"),
    ] {
        let emulator = emulator(Config::default().always(Script::text(TEXT).fault(fault))).await;
        let instance = instance(&emulator).await;
        let context = Context {
            deadlines,
            ..calling(&emulator.url())
        };
        let begun = Instant::now();
        let (request, other) = (ask("Hi"), ask("Ho"));
        // At once: the clock of one does not stop the other's.
        let (whole, stream) = tokio::join!(
            instance.complete(&request, &context),
            instance.stream(&other, &context)
        );
        for error in [whole.err(), stream.err()] {
            let error = own(error.expect("an error"));
            assert_eq!(error.kind, ErrorKind::Timeout, "{error:?}");
            let path = format!("context.deadlines.{name}");
            assert_eq!(error.path.as_deref(), Some(path.as_str()));
        }
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(250), "{name} after {took:?}");
        assert!(took < Duration::from_secs(3), "{name} after {took:?}");
    }
}

#[tokio::test]
async fn a_long_silence_is_broken_by_pings_and_then_the_answer_goes_on() {
    let Answer::Reply(reply) = Script::text(TEXT).answer else {
        panic!("a text is a reply");
    };
    // Two pieces, cut within a frame.
    let frames = Encoded::from_frames(&reply.frames(7), true).expect("frames");
    let cut = frames.bytes.len().div_ceil(2);
    let script = Script::bytes(frames.bytes).pace(Pace {
        chunk: ChunkSize::Bytes(cut),
        between: Duration::from_secs(1),
        ..Pace::default()
    });
    let emulator = emulator(Config::default().always(script)).await;
    let context = Context {
        extensions: Some(r#"{"bedrock":{"pingMs":200}}"#.into()),
        ..calling(&emulator.url())
    };
    let instance = instance(&emulator).await;
    let stream = instance.stream(&ask("Hi"), &context).await;
    let (chunks, error) = drain(stream.expect("the first chunks")).await;
    assert_eq!(error, None);
    assert_eq!(Message::of(&chunks).text(), TEXT);
    let pings = chunks.iter().filter(|chunk| **chunk == Chunk::Ping).count();
    assert!((2..=5).contains(&pings), "{pings} pings");
}

#[tokio::test]
async fn the_deadline_between_bytes_counts_from_the_last_byte_over_all_pings() {
    let stall = Script::text(TEXT).fault(Fault::Stall(Point::Frame(3)));
    let emulator = emulator(Config::default().always(stall)).await;
    let context = Context {
        deadlines: Deadlines {
            between_bytes_ms: Some(500),
            ..NONE
        },
        extensions: Some(r#"{"bedrock":{"pingMs":200}}"#.into()),
        ..calling(&emulator.url())
    };
    let instance = instance(&emulator).await;
    let begun = Instant::now();
    let stream = instance.stream(&ask("Hi"), &context).await;
    let (chunks, error) = drain(stream.expect("the first chunks")).await;
    let error = error.expect("a timeout");
    assert_eq!(error.kind, ErrorKind::Timeout, "{error:?}");
    assert!(error.message.contains("between-bytes-ms"), "{error:?}");
    let pings = chunks.iter().filter(|chunk| **chunk == Chunk::Ping).count();
    assert!((1..=2).contains(&pings), "{pings} pings");
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}
