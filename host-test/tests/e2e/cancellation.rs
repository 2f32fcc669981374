//! A caller that goes away takes its call with it: Bedrock is told at once, and a closed stream's instance goes on.

use crate::support::calls::{ask, calling, drain, emulator, open, own, reaching, until};
use crate::support::components::provider;
use bedrock_emulator::{Config, Emulator, Fault, Operation, Point, Script};
use bedrock_host::types::Chunk;
use bedrock_host::{ChunkStream, Instance};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const TEXT: &str = "A text of some length, so that it takes more than four deltas to be told.";

/// A Bedrock whose first answer stands still here.
async fn stalling(operation: Operation, fault: Fault) -> Emulator {
    emulator(Config::default().script(operation, Script::text(TEXT).fault(fault))).await
}

/// Upstream knows that its client is gone, and the connection is closed.
async fn cancelled(emulator: &Emulator, when: &str) {
    until(when, || emulator.counters().client_gone == 1).await;
    until(when, || emulator.counters().open == 0).await;
    assert_eq!(emulator.counters().completed, 0, "{when}");
}

/// A stream whose answer stands still after three frames.
async fn stream(emulator: &Emulator) -> ChunkStream {
    let stream = open(&ask("Hi"), &calling(&emulator.url())).await;
    stream.expect("the first chunks")
}

/// The chunks that come before the answer stands still: of `messageStart` and two deltas, the first of which begins
/// the block.
async fn read_all_there_is(stream: &mut ChunkStream) {
    let mut chunks = Vec::new();
    while chunks.len() < 4 {
        chunks.extend(stream.next().await.expect("chunks").expect("chunks"));
    }
    assert!(
        matches!(chunks.last(), Some(Chunk::ContentBlockDelta(_))),
        "{chunks:?}"
    );
}

/// The instance makes a call that ends well.
async fn assert_usable(mut instance: Instance, emulator: &Emulator, when: &str) {
    let answer = instance
        .complete(&ask("Again"), &calling(&emulator.url()))
        .await;
    answer
        .map_err(own)
        .unwrap_or_else(|error| panic!("{when}: {error:?}"));
}

#[tokio::test]
async fn a_call_that_is_dropped_before_its_answer_is_cancelled_upstream() {
    for fault in [
        Fault::StallBeforeHeaders,
        Fault::StallMidHeaders,
        Fault::Stall(Point::Byte(40)),
    ] {
        for operation in [Operation::Converse, Operation::ConverseStream] {
            let emulator = stalling(operation, fault.clone()).await;
            let instance = provider().instantiate(&reaching(&emulator.url())).await;
            let mut instance = instance.expect("an instance");
            let (request, context) = (ask("Hi"), calling(&emulator.url()));
            let call = async {
                match operation {
                    Operation::Converse => drop(instance.complete(&request, &context).await),
                    _ => drop(instance.stream(&request, &context).await),
                }
            };
            let arrived = async {
                while emulator.counters().requests == 0 {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            // The loser is dropped, and the instance with it.
            tokio::select! {
                () = call => panic!("{operation:?}, {fault:?}: an answer"),
                () = arrived => {}
            }
            cancelled(&emulator, &format!("{operation:?}, {fault:?}")).await;
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_at_any_time_is_cancelled_upstream() {
    let when = "before its first chunk is read";
    let emulator = stalling(Operation::ConverseStream, Fault::Stall(Point::Frame(3))).await;
    drop(stream(&emulator).await);
    cancelled(&emulator, when).await;

    let when = "in the middle";
    let emulator = stalling(Operation::ConverseStream, Fault::Stall(Point::Frame(3))).await;
    let mut middle = stream(&emulator).await;
    read_all_there_is(&mut middle).await;
    assert_eq!(emulator.counters().client_gone, 0, "{when}");
    drop(middle);
    cancelled(&emulator, when).await;

    let when = "while it waits for more";
    let emulator = stalling(Operation::ConverseStream, Fault::Stall(Point::Frame(3))).await;
    let mut waiting = stream(&emulator).await;
    read_all_there_is(&mut waiting).await;
    let more = timeout(Duration::from_millis(50), waiting.next()).await;
    assert!(more.is_err(), "{when}: {more:?}");
    assert_eq!(
        emulator.counters().client_gone,
        0,
        "a read that is left goes on: {when}"
    );
    drop(waiting);
    cancelled(&emulator, when).await;
}

#[tokio::test]
async fn a_stream_that_is_closed_at_any_time_gives_its_instance_back() {
    let when = "before its first chunk is read";
    let emulator = stalling(Operation::ConverseStream, Fault::Stall(Point::Frame(3))).await;
    let instance = stream(&emulator).await.close().await.expect(when);
    cancelled(&emulator, when).await;
    assert_usable(instance, &emulator, when).await;

    let when = "in the middle";
    let emulator = stalling(Operation::ConverseStream, Fault::Stall(Point::Frame(3))).await;
    let mut middle = stream(&emulator).await;
    read_all_there_is(&mut middle).await;
    let instance = middle.close().await.expect(when);
    cancelled(&emulator, when).await;
    assert_usable(instance, &emulator, when).await;
}

#[tokio::test]
async fn a_stream_that_is_closed_after_its_end_gives_its_instance_back() {
    let ends = [
        ("after its end", Script::text(TEXT)),
        (
            "after its error",
            Script::text(TEXT).fault(Fault::Reset(Point::Frame(3))),
        ),
    ];
    for (when, script) in ends {
        let emulator = emulator(Config::default().script(Operation::ConverseStream, script)).await;
        let mut ended = stream(&emulator).await;
        while let Ok(Some(_)) = ended.next().await {}
        let instance = ended.close().await.expect(when);
        assert_usable(instance, &emulator, when).await;
    }
}

#[tokio::test]
async fn a_stream_that_is_closed_while_it_waits_is_cancelled_and_has_no_instance_left() {
    let emulator = stalling(Operation::ConverseStream, Fault::Stall(Point::Frame(3))).await;
    let mut waiting = stream(&emulator).await;
    read_all_there_is(&mut waiting).await;
    let more = timeout(Duration::from_millis(50), waiting.next()).await;
    assert!(more.is_err(), "{more:?}");
    assert!(waiting.close().await.is_none());
    cancelled(&emulator, "while it waits for more").await;
}

#[tokio::test]
async fn a_read_that_was_left_loses_nothing() {
    let script = Script::text(TEXT).pace(bedrock_emulator::Pace::every(Duration::from_millis(30)));
    let emulator = emulator(Config::default().script(Operation::ConverseStream, script)).await;
    let mut stream = stream(&emulator).await;
    let mut chunks = Vec::new();
    let mut left = 0;
    while !chunks.contains(&Chunk::MessageStop) {
        match timeout(Duration::from_millis(5), stream.next()).await {
            Ok(batch) => chunks.extend(batch.expect("chunks").expect("not the end")),
            Err(_) => left += 1,
        }
    }
    assert!(left > 3, "{left} reads were left");
    assert_eq!(crate::support::message::Message::of(&chunks).text(), TEXT);
    assert_eq!(drain(stream).await, (Vec::new(), None));
}
