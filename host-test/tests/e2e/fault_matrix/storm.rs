//! A thousand calls against a Bedrock that fails one in three, in every way of the tables.

use super::refusals::{EVERY_FORM, answers, frames};
use super::row::{Expected, Row};
use super::table::{keep, kind};
use super::{connection, damage, stalls};
use crate::support::calls::{ask, calling, own, reaching};
use crate::support::components::{PROVIDER, built};
use crate::support::message::Message;
use bedrock_emulator::{Config, Emulator, Script};
use bedrock_host::types::{Chunk, Context, Error};
use bedrock_host::{CallError, Host, HostConfig, Instance, Provider};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

const CALLS: usize = 1_000;
const AT_ONCE: usize = 16;
/// Attempts of a call, by default.
const ATTEMPTS: usize = 3;

/// What happens to one call.
struct Fate<'a> {
    /// Its fault; none for two in three.
    row: Option<&'a Row>,
    /// How many of its attempts the fault befalls.
    times: usize,
    streams: bool,
}

/// Every fault in turn, once, twice or for ever; by the call's number alone, so that runs repeat.
fn fate(rows: &[Row], call: usize) -> Fate<'_> {
    let (turn, is_faulty) = (call / 3, call.is_multiple_of(3));
    let round = turn / rows.len();
    let row = rows.get(turn % rows.len()).filter(|_| is_faulty);
    let streams = match row {
        Some(row) if row.whole.is_none() => true,
        Some(row) if row.stream.is_none() => false,
        Some(_) => round.is_multiple_of(2),
        None => turn.is_multiple_of(2),
    };
    Fate {
        row,
        times: 1 + round % ATTEMPTS,
        streams,
    }
}

impl Fate<'_> {
    fn expected(&self) -> Option<&Expected> {
        let row = self.row?;
        if self.streams {
            row.stream.as_ref()
        } else {
            row.whole.as_ref()
        }
    }

    /// Attempts that must arrive, and the error that the last of them ends in.
    fn outcome(&self) -> (usize, Option<&Expected>) {
        match self.expected() {
            None => (1, None),
            Some(expected) if expected.again && self.times < ATTEMPTS => (self.times + 1, None),
            Some(expected) if expected.again => (ATTEMPTS, Some(expected)),
            Some(expected) => (1, Some(expected)),
        }
    }
}

/// The faults: one form of each refusal is enough, and calls that end well in spite of one are no faults.
fn rows() -> Vec<Row> {
    let rows = [
        connection::rows(),
        stalls::rows(),
        damage::rows(),
        frames(),
        answers(&EVERY_FORM[..1]),
    ];
    let rows = rows.concat().into_iter().filter(|row| row.script.is_some());
    rows.filter(|row| {
        row.stream
            .as_ref()
            .is_none_or(|expected| expected.kind.is_some())
    })
    .collect()
}

fn answer(call: usize) -> String {
    format!("This is the whole answer to question {call}, and it takes a few deltas.")
}

/// The number in a question.
fn number(body: &Value) -> usize {
    let text = body
        .pointer("/messages/0/content/0/text")
        .and_then(Value::as_str);
    let number = text.and_then(|text| text.strip_prefix("Question ")?.parse().ok());
    number.unwrap_or_else(|| panic!("not a question: {body}"))
}

/// Attempts that arrived, by call.
type Arrived = Arc<Mutex<HashMap<usize, usize>>>;

async fn bedrock(rows: Arc<Vec<Row>>, arrived: Arrived) -> Emulator {
    let config = Config::default().respond(move |call| {
        let number = number(call.body);
        let attempt = {
            let mut arrived = arrived.lock().expect("no panic");
            let count = arrived.entry(number).or_default();
            *count += 1;
            *count
        };
        let fate = fate(&rows, number);
        match fate.row.and_then(|row| row.script.clone()) {
            Some(script) if attempt <= fate.times => script,
            _ => Script::text(&answer(number)),
        }
    });
    crate::support::calls::emulator(config).await
}

/// Instances that wait for their next call.
struct Pool {
    provider: Provider,
    url: String,
    idle: Mutex<VecDeque<Instance>>,
}

impl Pool {
    async fn take(&self) -> Instance {
        let idle = self.idle.lock().expect("no panic").pop_front();
        match idle {
            Some(instance) => instance,
            None => self
                .provider
                .instantiate(&reaching(&self.url))
                .await
                .expect("room for one more"),
        }
    }

    fn give_back(&self, instance: Instance) {
        self.idle.lock().expect("no panic").push_back(instance);
    }

    async fn complete(&self, call: usize, context: &Context) -> Result<String, Error> {
        let mut instance = self.take().await;
        let answer = instance
            .complete(&ask(&format!("Question {call}")), context)
            .await;
        self.give_back(instance);
        answer
            .map(|answer| Message::from(answer).text())
            .map_err(own)
    }

    async fn stream(&self, call: usize, context: &Context) -> Result<String, Error> {
        let instance = self.take().await;
        let mut stream = instance
            .stream(&ask(&format!("Question {call}")), context)
            .await
            .map_err(own)?;
        let mut chunks = Vec::new();
        let end = loop {
            match stream.next().await {
                Ok(Some(batch)) => chunks.extend(batch),
                Ok(None) => break Ok(()),
                Err(error) => break Err(own(error)),
            }
        };
        assert!(
            matches!(stream.next().await, Ok(None)),
            "{call}: something after the end"
        );
        self.give_back(stream.close().await.expect("the instance is whole"));
        let is_whole = chunks.last() == Some(&Chunk::MessageStop);
        assert_eq!(is_whole, end.is_ok(), "{call}: {end:?} after {chunks:?}");
        end.map(|()| Message::of(&chunks).text())
    }
}

/// What is wrong with the outcome of a call.
fn wrong(rows: &[Row], call: usize, end: &Result<String, Error>, arrived: usize) -> Option<String> {
    let fate = fate(rows, call);
    let (attempts, expected) = fate.outcome();
    let is_right = match (expected, end) {
        (None, Ok(text)) => *text == answer(call),
        (Some(expected), Err(error)) => {
            expected.kind == Some(error.kind) && error.message.contains(&expected.says)
        }
        _ => false,
    };
    (!is_right || arrived != attempts).then(|| {
        let name = fate.row.map_or("no fault", |row| row.name.as_str());
        format!("{call}, {name}: expected {attempts} attempts and {expected:?}, saw {arrived} and {end:?}")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_of_which_one_in_three_fails_each_end_once_and_leave_nothing() {
    let rows = Arc::new(rows());
    let arrived = Arrived::default();
    let emulator = bedrock(Arc::clone(&rows), Arc::clone(&arrived)).await;
    let config = HostConfig {
        max_instances: u32::try_from(AT_ONCE).expect("small"),
        ..HostConfig::default()
    };
    let host = Host::new(config).expect("an engine");
    let pool = Arc::new(Pool {
        provider: host
            .load_bytes(&built(PROVIDER))
            .expect("the component fits its world"),
        url: emulator.url(),
        idle: Mutex::default(),
    });

    let begun = Instant::now();
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for call in 0..CALLS {
        let permit = Arc::clone(&room)
            .acquire_owned()
            .await
            .expect("never closed");
        let (pool, rows) = (Arc::clone(&pool), Arc::clone(&rows));
        running.spawn(async move {
            let fate = fate(&rows, call);
            let context = Context {
                deadlines: fate
                    .row
                    .map_or(super::row::NO_DEADLINE, |row| row.deadlines),
                max_attempts: None,
                ..calling(&pool.url)
            };
            let ended = async {
                match fate.streams {
                    true => pool.stream(call, &context).await,
                    false => pool.complete(call, &context).await,
                }
            };
            let end = timeout(Duration::from_secs(20), ended).await;
            drop(permit);
            (call, end.unwrap_or_else(|_| panic!("{call} hangs")))
        });
    }
    let ends = running.join_all().await;
    let took = begun.elapsed();

    let arrived = arrived.lock().expect("no panic").clone();
    let attempts = |call: &usize| arrived.get(call).copied().unwrap_or_default();
    let mut summary = BTreeMap::<String, usize>::new();
    for (call, end) in &ends {
        let end = match end {
            Ok(_) if attempts(call) > 1 => "whole answer after another attempt".to_owned(),
            Ok(_) => "whole answer".to_owned(),
            Err(error) => kind(error),
        };
        *summary.entry(end).or_default() += 1;
    }
    let mut told = format!(
        "{CALLS} calls, {} attempts, {} connections, {} ms\n",
        arrived.values().sum::<usize>(),
        emulator.counters().connections,
        took.as_millis()
    );
    for (end, count) in &summary {
        // Writing to a string does not fail.
        let _ = writeln!(told, "{count:>5} {end}");
    }
    keep("fault-matrix-storm.txt", &told);
    let wrong = ends
        .iter()
        .filter_map(|(call, end)| wrong(&rows, *call, end, attempts(call)));
    let wrong: Vec<String> = wrong.collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(took < Duration::from_secs(15), "{took:?}");

    assert_no_instance_is_lost(&pool).await;
    drop((pool, host));
    let closed = async {
        while emulator.counters().open > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let closed = timeout(Duration::from_secs(5), closed).await;
    assert!(closed.is_ok(), "left open: {:?}", emulator.counters());
}

/// As many as there may be can be had, and no more.
async fn assert_no_instance_is_lost(pool: &Pool) {
    pool.idle.lock().expect("no panic").clear();
    let grants = reaching(&pool.url);
    let mut all = Vec::new();
    for _ in 0..AT_ONCE {
        all.push(
            pool.provider
                .instantiate(&grants)
                .await
                .expect("a free instance"),
        );
    }
    let more = pool.provider.instantiate(&grants).await;
    assert!(matches!(more, Err(CallError::AtCapacity)));
}
