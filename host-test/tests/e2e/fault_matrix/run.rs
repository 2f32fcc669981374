//! Playing a row against the component, and holding what came to what must come.

use super::row::{Expected, Row, TEXT};
use super::stalls::DEADLINE_MS;
use crate::support::calls::{ask, calling, complete, drain, emulator, open};
use crate::support::message::Message;
use crate::support::wire;
use bedrock_emulator::{Config, Emulator, Script};
use bedrock_host::types::{Chunk, Context, Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Calls at once: most of them wait.
const AT_ONCE: usize = 16;
/// What no call may take: none waits for anything that takes more than two seconds.
const BOUND: Duration = Duration::from_secs(10);

/// How often a row's fault happens, and how often the component may try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Once, of one attempt.
    OneAttempt,
    /// Once, of as many attempts as the component makes by itself.
    Passing,
    /// Always, of two attempts.
    Lasting,
}

/// A row, by one of the two operations.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) row: Row,
    pub(super) streams: bool,
    plan: Plan,
    expected: Expected,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The text of the whole answer, or the error.
    pub(super) end: Result<String, Error>,
    pub(super) after_chunks: bool,
    /// Requests that arrived.
    pub(super) requests: u64,
    pub(super) took: Duration,
    /// Connections that nobody closed.
    left_open: u64,
}

impl Call {
    /// The calls of a row.
    pub(super) fn of(row: Row, plan: Plan) -> Vec<Self> {
        let operations = [(false, row.whole.clone()), (true, row.stream.clone())];
        let calls = operations.into_iter().filter_map(|(streams, expected)| {
            Some(Self {
                row: row.clone(),
                streams,
                plan,
                expected: expected?,
            })
        });
        calls.collect()
    }

    /// `complete` or `stream`.
    pub(super) fn operation(&self) -> &'static str {
        if self.streams { "stream" } else { "complete" }
    }

    /// What is wrong with an outcome.
    pub(super) fn wrong(&self, outcome: &Outcome) -> Option<String> {
        let again = self.expected.again;
        let (expected, requests) = match self.plan {
            _ if self.row.script.is_none() => (&self.expected, 0),
            Plan::Passing if again => (&Expected::answer(), 2),
            Plan::Lasting if again => (&self.expected, 2),
            _ => (&self.expected, 1),
        };
        let is_right = outcome.requests == requests
            && outcome.left_open == 0
            && outcome.took < BOUND
            && self.is_in_time(outcome)
            && matches(expected, outcome);
        (!is_right).then(|| {
            format!(
                "{}, {}: expected {requests} requests and {expected:?}, saw {outcome:?}",
                self.row.name,
                self.operation()
            )
        })
    }

    /// No deadline passes early.
    fn is_in_time(&self, outcome: &Outcome) -> bool {
        let is_deadline = matches!(&outcome.end, Err(error) if error.kind == ErrorKind::Timeout && error.status.is_none());
        !is_deadline || outcome.took >= Duration::from_millis(DEADLINE_MS.into())
    }

    async fn run(&self) -> Outcome {
        let Some(script) = &self.row.script else {
            let (listener, url) = wire::listen().await;
            drop(listener);
            return self.call(&url, None).await;
        };
        let emulator = emulator(self.config(script.clone())).await;
        self.call(&emulator.url(), Some(&emulator)).await
    }

    fn config(&self, script: Script) -> Config {
        match self.plan {
            Plan::OneAttempt | Plan::Lasting => Config::default().always(script),
            Plan::Passing => {
                let calls = Arc::new(AtomicU64::new(0));
                Config::default().respond(move |_| match calls.fetch_add(1, Ordering::AcqRel) {
                    0 => script.clone(),
                    _ => Script::text(TEXT),
                })
            }
        }
    }

    async fn call(&self, url: &str, emulator: Option<&Emulator>) -> Outcome {
        let context = Context {
            deadlines: self.row.deadlines,
            max_attempts: match self.plan {
                Plan::OneAttempt => Some(1),
                Plan::Passing => None,
                Plan::Lasting => Some(2),
            },
            ..calling(url)
        };
        let begun = Instant::now();
        let (after_chunks, end) = if self.streams {
            streamed(&context).await
        } else {
            let answer = complete(&ask("Hi"), &context).await;
            (false, answer.map(|answer| Message::from(answer).text()))
        };
        let took = begun.elapsed();
        Outcome {
            end,
            after_chunks,
            requests: emulator.map_or(0, |emulator| emulator.counters().requests),
            took,
            left_open: match emulator {
                Some(emulator) => left_open(emulator).await,
                None => 0,
            },
        }
    }
}

fn matches(expected: &Expected, outcome: &Outcome) -> bool {
    match (expected.kind, &outcome.end) {
        (None, Ok(text)) => text == TEXT,
        (Some(kind), Err(error)) => {
            (kind, expected.retryable, expected.code)
                == (error.kind, error.retryable, error.code.as_deref())
                && error.message.contains(&expected.says)
                && expected.after_chunks == outcome.after_chunks
        }
        _ => false,
    }
}

/// Whether chunks came before the end, and the text or the error. Fails where chunks break their grammar.
async fn streamed(context: &Context) -> (bool, Result<String, Error>) {
    let stream = match open(&ask("Hi"), context).await {
        Ok(stream) => stream,
        Err(error) => return (false, Err(error)),
    };
    let (chunks, error) = drain(stream).await;
    let message = Message::of(&chunks);
    let is_whole = chunks.last() == Some(&Chunk::MessageStop);
    match error {
        None => {
            assert!(is_whole, "a clean end without message-stop: {chunks:?}");
            (true, Ok(message.text()))
        }
        Some(error) => {
            assert!(!is_whole, "an error after message-stop: {error:?}");
            (!chunks.is_empty(), Err(error))
        }
    }
}

/// Connections that are still open a while after the call.
async fn left_open(emulator: &Emulator) -> u64 {
    let closed = async {
        while emulator.counters().open > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    // What is left when the time is over is told by the count.
    let _ = timeout(Duration::from_secs(2), closed).await;
    emulator.counters().open
}

/// Every call and its outcome, in their order. Fails where one does not end.
pub(super) async fn all(calls: Vec<Call>) -> Vec<(Call, Outcome)> {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (at, call) in calls.into_iter().enumerate() {
        let room = Arc::clone(&room);
        running.spawn(async move {
            let _permit = room.acquire_owned().await.expect("never closed");
            let ended = timeout(BOUND * 2, call.run()).await;
            let outcome =
                ended.unwrap_or_else(|_| panic!("{}, {}: hangs", call.row.name, call.operation()));
            (at, call, outcome)
        });
    }
    let mut seen = running.join_all().await;
    seen.sort_by_key(|(at, ..)| *at);
    seen.into_iter()
        .map(|(_, call, outcome)| (call, outcome))
        .collect()
}
