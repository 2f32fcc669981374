//! What passes is tried again before the answer begins, signed anew each time; what stays is not.

use crate::support::calls::{
    ask, calling, complete, complete_with, drain, emulator, open, open_with, reaching,
};
use bedrock_emulator::{Config, Emulator, Fault, Operation, Point, Script, ServiceError};
use bedrock_host::Grants;
use bedrock_host::types::{Chunk, Context, Deadlines, ErrorKind};
use std::time::{Duration, Instant};

/// As a caller that says nothing of attempts.
fn by_default(emulator: &Emulator) -> Context {
    Context {
        max_attempts: None,
        ..calling(&emulator.url())
    }
}

/// A Bedrock that answers so for the first times, and then well.
async fn failing(operation: Operation, failures: Vec<Script>) -> Emulator {
    let emulator = emulator(Config::default()).await;
    for failure in failures {
        emulator.enqueue(operation, failure);
    }
    emulator
}

fn refusal(code: &str) -> Script {
    Script::refusal(code, "x")
}

fn broken(fault: Fault) -> Script {
    Script::text("x").fault(fault)
}

#[tokio::test]
async fn what_passes_is_tried_again_up_to_three_times_in_all() {
    let failures: Vec<fn() -> Script> = vec![
        || refusal("InternalServerException"),
        || refusal("ServiceUnavailableException"),
        || refusal("ModelNotReadyException"),
        || broken(Fault::ResetBeforeHeaders),
        || broken(Fault::ResetMidHeaders),
    ];
    for failure in failures {
        let name = format!("{:?}", failure());
        let twice = || vec![failure(), failure()];
        let bedrock = failing(Operation::Converse, twice()).await;
        let answer = complete(&ask("Hi"), &by_default(&bedrock)).await;
        assert!(answer.is_ok(), "{name}: {answer:?}");
        assert_eq!(bedrock.counters().requests, 3, "{name}");

        let bedrock = failing(Operation::ConverseStream, twice()).await;
        let stream = open(&ask("Hi"), &by_default(&bedrock)).await;
        let (chunks, end) = drain(stream.unwrap_or_else(|error| panic!("{name}: {error:?}"))).await;
        assert!(end.is_none(), "{name}: {end:?}");
        assert!(matches!(chunks.last(), Some(Chunk::MessageStop)), "{name}");
        assert_eq!(bedrock.counters().requests, 3, "{name}");

        let bedrock = failing(Operation::Converse, vec![failure(), failure(), failure()]).await;
        let error = complete(&ask("Hi"), &by_default(&bedrock)).await;
        assert!(error.expect_err(&name).retryable, "{name}");
        assert_eq!(bedrock.counters().requests, 3, "{name}");
    }
}

#[tokio::test]
async fn throttling_is_tried_again_after_the_time_that_the_service_asks_for() {
    let throttled = || {
        let error = ServiceError::new("ThrottlingException", "slow down");
        Script::from(bedrock_emulator::Answer::Refusal(
            error.header("x-amz-retry-after", "1200"),
        ))
    };
    let bedrock = failing(Operation::Converse, vec![throttled()]).await;
    let asked = Instant::now();
    complete(&ask("Hi"), &by_default(&bedrock))
        .await
        .expect("an answer");
    assert!(asked.elapsed() >= Duration::from_millis(1200));
    assert_eq!(bedrock.counters().requests, 2);
}

#[tokio::test]
async fn what_stays_and_what_has_begun_are_not_tried_again() {
    for code in [
        "ValidationException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "ResourceNotFoundException",
        "ServiceQuotaExceededException",
        "ModelTimeoutException",
        "ModelErrorException",
    ] {
        let bedrock = failing(Operation::Converse, vec![refusal(code)]).await;
        let answer = complete(&ask("Hi"), &by_default(&bedrock)).await;
        assert!(answer.is_err(), "{code}");
        assert_eq!(bedrock.counters().requests, 1, "{code}");
    }
    let cut = broken(Fault::Reset(Point::Frame(2)));
    let bedrock = failing(Operation::ConverseStream, vec![cut]).await;
    let stream = open(&ask("Hi"), &by_default(&bedrock))
        .await
        .expect("chunks");
    let (chunks, end) = drain(stream).await;
    assert!(!chunks.is_empty());
    assert_eq!(end.expect("cut short").kind, ErrorKind::StreamTruncated);
    assert_eq!(bedrock.counters().requests, 1);
}

#[tokio::test]
async fn the_context_and_then_the_environment_say_how_often() {
    let table = [
        (Some(1), None, 1),
        (Some(2), Some("5"), 2),
        (None, Some("1"), 1),
        (None, Some("2"), 2),
    ];
    for (most, variable, requests) in table {
        let failures = (0..5).map(|_| refusal("InternalServerException"));
        let bedrock = failing(Operation::Converse, failures.collect()).await;
        let context = Context {
            max_attempts: most,
            ..calling(&bedrock.url())
        };
        let environment = variable.map(|value| ("AWS_MAX_ATTEMPTS".to_owned(), value.to_owned()));
        let grants = Grants {
            environment: environment.into_iter().collect(),
            ..reaching(&bedrock.url())
        };
        let answer = complete_with(&grants, &ask("Hi"), &context).await;
        assert!(answer.is_err());
        assert_eq!(
            bedrock.counters().requests,
            requests,
            "{most:?} {variable:?}"
        );
    }
}

#[tokio::test]
async fn no_attempt_is_waited_for_past_the_end_of_the_call() {
    let error = ServiceError::new("ThrottlingException", "slow down");
    let throttled = Script::from(bedrock_emulator::Answer::Refusal(
        error.header("x-amz-retry-after", "4000"),
    ));
    let bedrock = failing(Operation::ConverseStream, vec![throttled]).await;
    let context = Context {
        deadlines: Deadlines {
            total_ms: Some(2000),
            ..by_default(&bedrock).deadlines
        },
        ..by_default(&bedrock)
    };
    let asked = Instant::now();
    let grants = reaching(&bedrock.url());
    let Err(error) = open_with(&grants, &ask("Hi"), &context).await else {
        panic!("there was no time to try again");
    };
    assert_eq!(error.kind, ErrorKind::RateLimited);
    assert_eq!(error.retry_after_ms, Some(4000));
    assert!(asked.elapsed() < Duration::from_millis(2000));
    assert_eq!(bedrock.counters().requests, 1);
}
