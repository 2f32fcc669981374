//! Chunks as they come, errors before and after the first of them.

use super::{TEXT, drain, instance, instance_reaching};
use crate::support::calls::{ask, calling, emulator, own};
use crate::support::message::Message;
use crate::support::wire::{self, CHUNKED_EVENT_STREAM};
use bedrock_emulator::frames::Encoded;
use bedrock_emulator::{Answer, Config, Fault, Operation, Pace, Point, Script};
use bedrock_host::types::{Chunk, ErrorKind};
use std::time::Duration;
use tokio::time::timeout;

/// Long enough for anything that is on its way.
const LONG: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_server_that_waits_for_each_batch_to_be_read_is_not_kept_waiting() {
    let script = Script::text(TEXT);
    let Answer::Reply(reply) = &script.answer else {
        panic!("a text is a reply");
    };
    let frames = reply.frames(7);
    let (listener, url) = wire::listen().await;
    let instance = instance_reaching(&url).await;
    let (request, context) = (ask("Hi"), calling(&url));
    let piece = |frame: usize| {
        let piece = Encoded::from_frames(&frames[frame..=frame], true);
        piece.expect("a frame").bytes
    };
    let serving = async {
        let (mut socket, _) = wire::accept(&listener).await;
        wire::send(&mut socket, CHUNKED_EVENT_STREAM).await;
        wire::send_chunk(&mut socket, &piece(0)).await;
        socket
    };
    let opened = async { tokio::join!(serving, instance.stream(&request, &context)) };
    let (mut socket, stream) = timeout(LONG, opened).await.expect("the first chunk waits");
    let mut stream = stream.map_err(own).expect("a stream");
    let mut chunks = stream.next().await.expect("a start").expect("a start");
    // Deltas alone: any buffering would stand still.
    for frame in 1..frames.len() - 3 {
        wire::send_chunk(&mut socket, &piece(frame)).await;
        let batch = timeout(LONG, stream.next())
            .await
            .expect("it waits for more");
        chunks.extend(batch.expect("chunks").expect("not the end"));
    }
    assert!(chunks.len() > 6, "{chunks:?}");
}

#[tokio::test]
async fn an_error_before_the_first_chunk_is_the_calls_own_with_its_status() {
    let script = Script::refusal("AccessDeniedException", "You may not.");
    let emulator = emulator(Config::default().always(script)).await;
    let instance = instance(&emulator).await;
    let error = instance.stream(&ask("Hi"), &calling(&emulator.url())).await;
    let error = own(error.err().expect("an error"));
    assert_eq!(
        (error.kind, error.status, error.code.as_deref()),
        (
            ErrorKind::Permission,
            Some(403),
            Some("AccessDeniedException")
        )
    );
}

#[tokio::test]
async fn a_broken_stream_gives_what_had_arrived_and_then_its_error() {
    let script = Script::text(TEXT).fault(Fault::Reset(Point::Frame(4)));
    let emulator = emulator(Config::default().script(Operation::ConverseStream, script)).await;
    let instance = instance(&emulator).await;
    let stream = instance.stream(&ask("Hi"), &calling(&emulator.url())).await;
    let (chunks, error) = drain(stream.expect("the first chunks")).await;
    assert!(!chunks.contains(&Chunk::MessageStop), "{chunks:?}");
    assert!(TEXT.starts_with(&Message::of(&chunks).text()), "{chunks:?}");
    assert!(chunks.len() > 2, "{chunks:?}");
    let error = error.expect("it broke off");
    assert_eq!(error.kind, ErrorKind::StreamTruncated, "{error:?}");
    // And the instance goes on.
    let answer = instance
        .complete(&ask("Hi"), &calling(&emulator.url()))
        .await;
    answer.map_err(own).expect("an answer");
}

#[tokio::test]
async fn a_throttled_stream_is_tried_again_before_its_first_chunk() {
    let emulator = emulator(
        Config::default()
            .script(
                Operation::ConverseStream,
                Script::refusal("ThrottlingException", "slow down"),
            )
            .always(Script::text(TEXT)),
    )
    .await;
    let mut context = calling(&emulator.url());
    context.max_attempts = Some(2);
    let instance = instance(&emulator).await;
    let stream = instance.stream(&ask("Hi"), &context).await;
    let (chunks, error) = drain(stream.map_err(own).expect("a stream")).await;
    assert_eq!(
        (Message::of(&chunks).text(), error),
        (TEXT.to_owned(), None)
    );
    assert_eq!(emulator.requests().len(), 2);
}

#[tokio::test]
async fn a_stream_that_nobody_reads_waits_and_holds_up_no_other() {
    let emulator = emulator(Config::default().always(Script::text(TEXT))).await;
    let instance = instance(&emulator).await;
    let context = calling(&emulator.url());
    let unread = instance
        .stream(&ask("Hi"), &context)
        .await
        .expect("a stream");
    for _ in 0..3 {
        let stream = instance.stream(&ask("Hi"), &context).await;
        let (chunks, error) = drain(stream.expect("a stream")).await;
        assert_eq!(
            (Message::of(&chunks).text(), error),
            (TEXT.to_owned(), None)
        );
    }
    let (chunks, error) = drain(unread).await;
    assert_eq!(
        (Message::of(&chunks).text(), error),
        (TEXT.to_owned(), None)
    );
}

#[tokio::test]
async fn a_large_request_arrives_whole() {
    let emulator = emulator(Config::default()).await;
    let instance = instance(&emulator).await;
    let text = "0123456789abcdef".repeat(200_000);
    let context = calling(&emulator.url());
    let answer = instance.complete(&ask(&text), &context).await;
    answer.map_err(own).expect("an answer");
    assert!(emulator.requests()[0].body.len() > text.len());
}

#[tokio::test]
async fn a_slow_stream_outlives_its_handle_on_the_instance() {
    let script = Script::text(TEXT).pace(Pace::every(Duration::from_millis(20)));
    let emulator = emulator(Config::default().always(script)).await;
    let instance = instance(&emulator).await;
    let stream = instance.stream(&ask("Hi"), &calling(&emulator.url())).await;
    drop(instance);
    let (chunks, error) = drain(stream.expect("a stream")).await;
    assert_eq!(
        (Message::of(&chunks).text(), error),
        (TEXT.to_owned(), None)
    );
}
