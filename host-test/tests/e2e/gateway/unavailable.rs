//! Stores that do not work: nothing is spent beyond what is known, and what a store says of itself is not told.

use super::calls::{ANN, WIDE, ask, capped, signed};
use super::client::{DIALECTS, Dialect};
use super::store::{Call, Error, Shelf};
use crate::ledger::{IN, OUT, amount, answering, script};

/// As a store's driver may put it.
const OWN_WORDS: &str = "redis://gateway:hunter2@10.0.0.7:6379: connection refused";

fn broken() -> Error {
    Error::Other(OWN_WORDS.into())
}

#[tokio::test]
async fn a_store_that_does_not_work_refuses_the_call_and_its_own_words_stay_there() {
    let bedrock = answering(script(1, 1)).await;
    for (call, error) in [
        (Call::Open, Error::NoSuchStore),
        (Call::Open, Error::AccessDenied),
        (Call::Open, broken()),
        (Call::Increment(0), Error::AccessDenied),
        (Call::Increment(0), broken()),
        // The month's, after the day's.
        (Call::Increment(1), broken()),
    ] {
        for dialect in DIALECTS {
            for is_stream in [false, true] {
                let name = format!("{call:?} {error:?} {dialect:?}");
                let shelf = Shelf::broken(call, error.clone());
                let gateway = capped(&bedrock, &shelf, WIDE, WIDE).await;
                let answer = gateway.ask(dialect, ANN, &ask(is_stream)).await;
                gateway.idle().await;
                assert_eq!(answer.status, 503, "{name}: {answer:?}");
                let body = answer.json();
                let (kind, message, code) = dialect.error(&body);
                match dialect {
                    Dialect::Anthropic => assert_eq!(kind, "api_error", "{name}: {answer:?}"),
                    Dialect::OpenAi => assert_eq!(code, "cost_limit_unavailable", "{name}"),
                }
                assert!(message.contains("GATEWAY_LEDGER_STORE"), "{message}");
                assert_eq!(answer.header("x-should-retry"), "true", "{name}");
                let log = gateway.log();
                assert!(log.contains("cost_limit_unavailable"), "{log}");
                for told in [format!("{answer:?}"), log] {
                    for word in ["redis", "hunter2", "10.0.0.7", "refused"] {
                        assert!(!told.contains(word), "{name}: {told}");
                    }
                }
                assert_eq!(shelf.spent("ann"), [0; 2], "{name}");
            }
        }
    }
    assert_eq!(bedrock.counters().connections, 0);
}

#[tokio::test]
async fn an_answer_that_was_paid_for_is_given_though_its_cost_cannot_be_counted() {
    let bedrock = answering(script(20, 30)).await;
    let (estimate, cost) = (signed(amount(&bedrock).await), signed(20 * IN + 30 * OUT));
    // Day and month are set aside; then the day's settlement fails, or the month's.
    for (call, spent) in [
        (Call::Increment(2), [estimate, cost]),
        (Call::Increment(3), [cost, estimate]),
    ] {
        for is_stream in [false, true] {
            let shelf = Shelf::broken(call, broken());
            let gateway = capped(&bedrock, &shelf, WIDE, WIDE).await;
            let answer = gateway.ask(Dialect::OpenAi, ANN, &ask(is_stream)).await;
            gateway.idle().await;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert!(!answer.body.contains("hunter2"), "{answer:?}");
            assert_eq!(shelf.spent("ann"), spent, "{call:?}");
        }
    }
}
