//! Signs of life in a stream's silence, so that nobody on the way takes it for dead.

use crate::support::calls::{ask, calling, drain, emulator, open, own};
use crate::support::message::Message;
use bedrock_emulator::frames::Encoded;
use bedrock_emulator::{Answer, ChunkSize, Config, Fault, Pace, Point, Script};
use bedrock_host::types::{
    Chunk, Context, Deadlines, Error, ErrorKind, OutputConfig, OutputFormat, Request,
};
use std::time::{Duration, Instant};

const TEXT: &str = "A text of some length, so that it takes more than four deltas to be told.";

/// A call to this address that asks for a ping after so much silence, or says nothing of it.
fn pinging(url: &str, ping_ms: Option<u32>) -> Context {
    Context {
        extensions: ping_ms.map(|ms| format!(r#"{{"bedrock":{{"pingMs":{ms}}}}}"#)),
        ..calling(url)
    }
}

/// An answer that is silent once, for so long, after its first frames.
fn with_a_gap(gap: Duration) -> Script {
    let script = Script::text(TEXT);
    let Answer::Reply(reply) = &script.answer else {
        panic!("a text is a reply");
    };
    // Two pieces, cut in the third delta.
    let frames = Encoded::from_frames(&reply.frames(7), true).expect("frames");
    let body = frames.bytes.len();
    let cut = body.div_ceil(2);
    assert!(frames.ends[1] < cut, "a delta before the gap");
    Script::bytes(frames.bytes).pace(Pace {
        chunk: ChunkSize::Bytes(cut),
        between: gap,
        ..Pace::default()
    })
}

/// All chunks of a call, its error, and how many of the chunks are pings.
async fn told(
    script: Script,
    context: impl FnOnce(&str) -> Context,
) -> (Vec<Chunk>, Option<Error>, usize) {
    let emulator = emulator(Config::default().always(script)).await;
    let stream = open(&ask("Hi"), &context(&emulator.url())).await;
    let (chunks, error) = drain(stream.expect("the first chunks")).await;
    let pings = chunks.iter().filter(|chunk| **chunk == Chunk::Ping).count();
    (chunks, error, pings)
}

#[tokio::test]
async fn a_long_silence_is_broken_by_pings_and_then_the_answer_goes_on() {
    let gap = Duration::from_secs(1);
    let (chunks, error, pings) = told(with_a_gap(gap), |url| pinging(url, Some(200))).await;
    assert_eq!(error, None);
    assert_eq!(Message::of(&chunks).text(), TEXT);
    assert_eq!(chunks.last(), Some(&Chunk::MessageStop));
    // One each 200 ms; a busy machine may miss some.
    assert!((2..=5).contains(&pings), "{pings} pings in {gap:?}");
}

/// Text where JSON was asked for is held back until it is known whether JSON comes: silence to whoever waits.
#[tokio::test]
async fn bytes_that_tell_nothing_yet_are_silence() {
    let pace = Pace::every(Duration::from_millis(100));
    let script = Script::text(&TEXT.repeat(2)).pace(pace);
    let emulator = emulator(Config::default().always(script)).await;
    let request = Request {
        output: Some(OutputConfig {
            effort: None,
            format: Some(OutputFormat {
                name: None,
                description: None,
                schema: r#"{"type":"object","properties":{"answer":{"type":"string"}}}"#.into(),
            }),
        }),
        // It has no JSON but by a tool.
        ..Request::new("bedrock/amazon.nova-lite-v1:0").user("Hi")
    };
    let context = pinging(&emulator.url(), Some(200));
    let stream = open(&request, &context).await.expect("the first chunks");
    let (chunks, error) = drain(stream).await;
    assert_eq!(error, None);
    assert_eq!(Message::of(&chunks).text(), TEXT.repeat(2));
    let is_text = |chunk: &Chunk| matches!(chunk, Chunk::ContentBlockDelta(_));
    let before = chunks.iter().take_while(|chunk| !is_text(chunk));
    let pings = before.filter(|chunk| **chunk == Chunk::Ping).count();
    assert!(pings >= 2, "{pings} pings before the text");
}

#[tokio::test]
async fn a_short_silence_has_no_pings() {
    let gap = Duration::from_millis(400);
    for ping_ms in [None, Some(0), Some(10_000)] {
        let (chunks, error, pings) = told(with_a_gap(gap), |url| pinging(url, ping_ms)).await;
        assert_eq!((error, pings), (None, 0), "{ping_ms:?}");
        assert_eq!(Message::of(&chunks).text(), TEXT, "{ping_ms:?}");
    }
}

#[tokio::test]
async fn the_deadline_between_bytes_counts_from_the_last_byte_over_all_pings() {
    let stall = Script::text(TEXT).fault(Fault::Stall(Point::Frame(3)));
    let emulator = emulator(Config::default().always(stall)).await;
    let context = Context {
        deadlines: Deadlines {
            connect_ms: None,
            first_byte_ms: None,
            between_bytes_ms: Some(500),
            total_ms: None,
        },
        ..pinging(&emulator.url(), Some(200))
    };
    let mut stream = open(&ask("Hi"), &context).await.expect("a stream");
    let (mut last_byte, mut pings) = (Instant::now(), 0);
    let error = loop {
        match stream.next().await {
            Ok(Some(batch)) if batch == [Chunk::Ping] => pings += 1,
            Ok(Some(_)) => last_byte = Instant::now(),
            Ok(None) => panic!("the answer is not over"),
            Err(error) => break own(error),
        }
        // Pings that began the time anew would never let it end.
        assert!(pings <= 2, "{pings} pings in half a second");
    };
    let silence = last_byte.elapsed();
    assert_eq!(error.kind, ErrorKind::Timeout, "{error:?}");
    assert!(error.message.contains("between-bytes-ms"), "{error:?}");
    assert!(pings > 0, "no ping in {silence:?}");
    // The component has read the last byte a little before it gives out the chunk.
    assert!(silence > Duration::from_millis(400), "{silence:?}");
    assert!(silence < Duration::from_millis(1500), "{silence:?}");
}

/// Silent for a while before its head, or between its head and its first event.
fn late(script: &Script) -> [Script; 2] {
    let silence = Duration::from_millis(900);
    let before_headers = Pace {
        before_headers: silence,
        ..Pace::default()
    };
    let before_first_chunk = Pace {
        before_first_chunk: silence,
        ..Pace::default()
    };
    [before_headers, before_first_chunk].map(|pace| script.clone().pace(pace))
}

#[tokio::test]
async fn a_silence_before_the_first_event_is_broken_by_pings_too() {
    for script in late(&Script::text(TEXT)) {
        let (chunks, error, pings) = told(script, |url| pinging(url, Some(200))).await;
        assert_eq!(error, None);
        assert!((2..=5).contains(&pings), "{pings} pings");
        assert_eq!(chunks.first(), Some(&Chunk::Ping));
        assert_eq!(Message::of(&chunks).text(), TEXT);
        assert_eq!(chunks.last(), Some(&Chunk::MessageStop));
    }
}

#[tokio::test]
async fn an_error_is_the_calls_own_until_the_first_ping_and_the_streams_after_it() {
    let refusal = Script::refusal("ValidationException", "no such thing");
    let [late, _] = late(&refusal);
    for (ping_ms, is_stream) in [(200, true), (10_000, false)] {
        let emulator = emulator(Config::default().always(late.clone())).await;
        let context = pinging(&emulator.url(), Some(ping_ms));
        let error = match open(&ask("Hi"), &context).await {
            Ok(stream) => {
                assert!(is_stream);
                let (chunks, error) = drain(stream).await;
                assert!(chunks.iter().all(|chunk| *chunk == Chunk::Ping));
                error.expect("an error")
            }
            Err(error) => {
                assert!(!is_stream);
                error
            }
        };
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        assert_eq!(error.status, Some(400));
        assert!(error.message.contains("no such thing"), "{error:?}");
    }
}

#[tokio::test]
async fn the_deadline_for_the_first_byte_counts_over_all_pings() {
    let [late, _] = late(&Script::text(TEXT));
    let emulator = emulator(Config::default().always(late)).await;
    let context = Context {
        deadlines: Deadlines {
            connect_ms: None,
            first_byte_ms: Some(500),
            between_bytes_ms: None,
            total_ms: None,
        },
        max_attempts: Some(1),
        ..pinging(&emulator.url(), Some(200))
    };
    let stream = open(&ask("Hi"), &context).await.expect("a ping");
    let (chunks, error) = drain(stream).await;
    assert!((1..=3).contains(&chunks.len()), "{chunks:?}");
    let error = error.expect("an error");
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert!(error.message.contains("first-byte-ms"), "{error:?}");
}

#[tokio::test]
async fn nothing_comes_after_the_answer_even_where_the_connection_stays_open() {
    let script = Script::text(TEXT).fault(Fault::Stall(Point::Byte(usize::MAX)));
    let emulator = emulator(Config::default().always(script)).await;
    let context = pinging(&emulator.url(), Some(100));
    let mut stream = open(&ask("Hi"), &context).await.expect("a stream");
    let mut chunks = Vec::new();
    while chunks.last() != Some(&Chunk::MessageStop) {
        chunks.extend(stream.next().await.expect("chunks").expect("chunks"));
    }
    let after = tokio::time::timeout(Duration::from_secs(2), stream.next()).await;
    assert!(
        matches!(after, Ok(Ok(None))),
        "after message-stop: {after:?}"
    );
}
