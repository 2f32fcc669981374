//! A stream that is dropped is cancelled upstream, whatever it was doing, and the instance goes on.

use super::{TEXT, instance};
use crate::support::calls::{ask, calling, emulator, own};
use bedrock_emulator::{Config, Emulator, Fault, Operation, Pace, Point, Script};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How soon upstream must know. What is cancelled here would otherwise never end.
const SOON: Duration = Duration::from_secs(2);

/// Upstream knows that its client is gone, and the connection is closed.
async fn cancelled(emulator: &Emulator, when: &str) {
    let is_so = async {
        while emulator.counters().client_gone == 0 || emulator.counters().open > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(timeout(SOON, is_so).await.is_ok(), "not soon: {when}");
    assert_eq!(emulator.counters().completed, 0, "{when}");
}

#[tokio::test]
async fn a_dropped_stream_is_cancelled_upstream_and_the_instance_goes_on() {
    let stalls = Script::text(TEXT).fault(Fault::Stall(Point::Frame(3)));
    let flows = Script::text(&TEXT.repeat(100)).pace(Pace::every(Duration::from_millis(5)));
    for (when, script, reads) in [
        ("before its first chunk is read", stalls.clone(), 0),
        ("while nothing comes", stalls, 3),
        ("while chunks come", flows, 3),
    ] {
        let emulator = emulator(Config::default().script(Operation::ConverseStream, script)).await;
        let instance = instance(&emulator).await;
        let context = calling(&emulator.url());
        let stream = instance.stream(&ask("Hi"), &context).await;
        let mut stream = stream.map_err(own).expect("the first chunks");
        let mut seen = 0;
        while seen < reads {
            let batch = stream.next().await.expect("chunks").expect("chunks");
            seen += batch.len();
        }
        assert_eq!(emulator.counters().client_gone, 0, "{when}");
        drop(stream);
        cancelled(&emulator, when).await;
        let answer = instance.complete(&ask("Again"), &context).await;
        answer.map_err(own).expect(when);
    }
}

#[tokio::test]
async fn dropping_one_stream_leaves_the_others_alone() {
    let stall = Script::text(TEXT).fault(Fault::Stall(Point::Frame(3)));
    let slow = Script::text(TEXT).pace(Pace::every(Duration::from_millis(50)));
    let emulator = emulator(
        Config::default()
            .script(Operation::ConverseStream, stall)
            .script(Operation::ConverseStream, slow),
    )
    .await;
    let instance = instance(&emulator).await;
    let context = calling(&emulator.url());
    let dropped = instance.stream(&ask("Hi"), &context).await.expect("one");
    let kept = instance.stream(&ask("Hi"), &context).await.expect("two");
    drop(dropped);
    let (chunks, error) = super::drain(kept).await;
    assert_eq!(error, None);
    let text = crate::support::message::Message::of(&chunks).text();
    assert_eq!(text, TEXT);
    assert_eq!(emulator.counters().client_gone, 1);
}

#[tokio::test]
async fn an_instance_that_nobody_holds_ends_with_all_that_it_was_doing() {
    let stall = Script::text(TEXT).fault(Fault::StallBeforeHeaders);
    let emulator = emulator(Config::default().script(Operation::Converse, stall)).await;
    let instance = instance(&emulator).await;
    let (request, context) = (ask("Hi"), calling(&emulator.url()));
    let call = instance.complete(&request, &context);
    let arrived = async {
        while emulator.counters().requests == 0 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = call => panic!("an answer"),
        () = arrived => {}
    }
    drop(instance);
    cancelled(&emulator, "the instance is dropped").await;
}
