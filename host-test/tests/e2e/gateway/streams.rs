//! What a stream is counted as, by how it ends; what the provider itself does is in `ledger.rs`.

use super::calls::{ANN, WIDE, answered, ask, capped, signed};
use super::client::{DIALECTS, Dialect};
use super::store::Shelf;
use crate::ledger::{IN, OUT, amount, answering, script};
use crate::support::calls::until;
use bedrock_emulator::{Fault, Pace, Point, Script};
use http_body_util::BodyExt;
use std::time::Duration;

#[tokio::test]
async fn a_stream_that_the_client_leaves_counts_as_its_estimate_and_ends_the_call_to_bedrock() {
    let paused = script(1, 1).pace(Pace::every(Duration::from_millis(300)));
    let bedrock = answering(paused).await;
    let estimate = signed(amount(&bedrock).await);
    for (gone, dialect) in (1..).zip(DIALECTS) {
        let shelf = Shelf::default();
        let gateway = capped(&bedrock, &shelf, WIDE, WIDE).await;
        let mut answer = gateway.open(dialect.path(), ANN, &ask(true)).await;
        assert_eq!(answer.status(), 200);
        answer.frame().await.expect("a frame").expect("a frame");
        assert_eq!(shelf.spent("ann"), [estimate; 2], "still set aside");
        drop(answer);
        gateway.idle().await;
        assert_eq!(shelf.spent("ann"), [estimate; 2], "{dialect:?}");
        until("the call to Bedrock ends", || {
            bedrock.counters().client_gone == gone
        })
        .await;
        assert!(gateway.log().contains("client_disconnected"));
    }
}

#[tokio::test]
async fn a_stream_whose_instance_is_ended_by_the_host_counts_as_its_estimate() {
    let stalled = script(1, 1).fault(Fault::Stall(Point::Frame(3)));
    let bedrock = answering(stalled).await;
    let estimate = signed(amount(&bedrock).await);
    let shelf = Shelf::default();
    let gateway = capped(&bedrock, &shelf, WIDE, WIDE).await;
    let mut answer = gateway.open("/v1/messages", ANN, &ask(true)).await;
    answer.frame().await.expect("a frame").expect("a frame");
    gateway.end_all();
    gateway.idle().await;
    assert_eq!(shelf.spent("ann"), [estimate; 2]);
    until("the call to Bedrock ends", || {
        bedrock.counters().client_gone == 1
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_breaks_off_counts_as_its_estimate_and_ends_in_an_error() {
    for fault in [
        Fault::Reset(Point::Frame(3)),
        Fault::Close(Point::Frame(3)),
        Fault::Truncate(Point::MidFrame(2)),
        Fault::CorruptMessageCrc(2),
    ] {
        let bedrock = answering(script(1, 1).fault(fault.clone())).await;
        let estimate = signed(amount(&bedrock).await);
        for dialect in DIALECTS {
            let shelf = Shelf::default();
            let gateway = capped(&bedrock, &shelf, WIDE, WIDE).await;
            let answer = gateway.ask(dialect, ANN, &ask(true)).await;
            gateway.idle().await;
            let told = dialect.told(&answer.body);
            assert!(told.error.is_some(), "{fault:?} {answer:?}");
            assert!(!told.is_whole && told.cost.is_none(), "{answer:?}");
            assert_eq!(shelf.spent("ann"), [estimate; 2], "{fault:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_counts_as_its_estimate_and_one_that_was_refused_as_nothing() {
    for (script, is_counted) in [
        (script(1, 1).fault(Fault::Reset(Point::Byte(20))), true),
        (Script::refusal("ThrottlingException", "no"), false),
        (Script::refusal("ValidationException", "no"), false),
    ] {
        let bedrock = answering(script).await;
        let counted = if is_counted {
            amount(&bedrock).await
        } else {
            0
        };
        let shelf = Shelf::default();
        let gateway = capped(&bedrock, &shelf, WIDE, WIDE).await;
        let answer = answered(&gateway, Dialect::Anthropic, ANN).await;
        assert_ne!(answer.status, 200, "{answer:?}");
        assert_eq!(shelf.spent("ann"), [signed(counted); 2], "{answer:?}");
    }
}

#[tokio::test]
async fn a_call_that_cost_more_than_was_set_aside_is_counted_whole_and_past_the_cap() {
    let bedrock = answering(script(1, 5000)).await;
    let estimate = amount(&bedrock).await;
    for is_stream in [false, true] {
        let shelf = Shelf::default();
        let gateway = capped(&bedrock, &shelf, estimate, WIDE).await;
        let answer = gateway.ask(Dialect::Anthropic, ANN, &ask(is_stream)).await;
        gateway.idle().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(shelf.spent("ann"), [signed(IN + 5000 * OUT); 2]);
    }
}
