//! Many calls at once in one instance: each gets its own answer, and none waits for another.

use super::{drain, instance};
use crate::support::calls::{ask, calling, emulator, own};
use crate::support::message::Message;
use bedrock_emulator::{Config, Operation, Pace, Script};
use std::time::{Duration, Instant};

const CALLS: usize = 50;

/// What the call with this question is answered by.
fn answer(question: &str) -> String {
    format!("You asked {question:?}, and this is the answer to {question} in many small pieces.")
}

/// A service that answers each question by itself, slowly.
fn answering(between: Duration) -> Config {
    Config::default().respond(move |call| {
        let question = call.body["messages"][0]["content"][0]["text"].as_str();
        let script = Script::text(&answer(question.expect("a question")));
        script.pace(Pace::every(between))
    })
}

#[tokio::test]
async fn fifty_streams_at_once_are_told_apart_and_interleave() {
    let between = Duration::from_millis(40);
    let emulator = emulator(answering(between)).await;
    let instance = instance(&emulator).await;
    let context = calling(&emulator.url());
    let begun = Instant::now();
    let calls = (0..CALLS).map(|number| {
        let (instance, context) = (instance.clone(), context.clone());
        tokio::spawn(async move {
            let question = format!("number {number}");
            let stream = instance.stream(&ask(&question), &context).await;
            let stream = stream.map_err(own).expect("a stream");
            let first = Instant::now();
            let (chunks, error) = drain(stream).await;
            assert_eq!(error, None);
            assert_eq!(Message::of(&chunks).text(), answer(&question));
            (first, Instant::now())
        })
    });
    let calls: Vec<_> = calls.collect();
    let mut times = Vec::new();
    for call in calls {
        times.push(call.await.expect("an answer"));
    }
    let last_begun = times.iter().map(|(first, _)| *first).max();
    let first_ended = times.iter().map(|(_, ended)| *ended).min();
    assert!(last_begun < first_ended, "one waited for another");
    // One after the other they would take half a minute.
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(emulator.counters().completed, CALLS as u64);
}

#[tokio::test]
async fn whole_answers_counts_and_streams_go_on_at_once() {
    let emulator = emulator(answering(Duration::from_millis(2))).await;
    let instance = instance(&emulator).await;
    let context = calling(&emulator.url());
    let (one, two, three) = (ask("one"), ask("two"), ask("three"));
    let streaming = async {
        let stream = instance.stream(&one, &context).await;
        drain(stream.map_err(own).expect("a stream")).await.0
    };
    let (chunks, whole, count) = tokio::join!(
        streaming,
        instance.complete(&two, &context),
        instance.count_tokens(&three, &context),
    );
    assert_eq!(Message::of(&chunks).text(), answer("one"));
    let whole = Message::from(whole.map_err(own).expect("an answer"));
    assert_eq!(whole.text(), answer("two"));
    assert!(count.map_err(own).expect("a count") > 0);
    let operations: Vec<_> = emulator
        .requests()
        .iter()
        .filter_map(|request| request.operation)
        .collect();
    assert_eq!(operations.len(), 3);
    assert!(operations.contains(&Operation::CountTokens));
}

#[tokio::test]
async fn an_instance_that_breaks_its_limit_says_so_to_every_call() {
    let emulator = emulator(answering(Duration::from_millis(100))).await;
    let instance = instance(&emulator).await;
    let context = calling(&emulator.url());
    let mut stream = instance
        .stream(&ask("one"), &context)
        .await
        .expect("a stream");
    // More than the memory of an instance.
    let huge = "x".repeat(40 << 20);
    let error = instance.complete(&ask(&huge), &context).await;
    let is_memory =
        |error: &bedrock_host::CallError| matches!(error, bedrock_host::CallError::Memory { .. });
    let error = error.expect_err("too large");
    assert!(is_memory(&error), "{error:?}");
    let error = loop {
        match stream.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the answer is not over"),
            Err(error) => break error,
        }
    };
    assert!(is_memory(&error), "{error:?}");
    let error = instance.complete(&ask("two"), &context).await;
    let error = error.expect_err("the instance is gone");
    assert!(is_memory(&error), "{error:?}");
}
