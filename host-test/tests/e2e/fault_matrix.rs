//! Everything that can go wrong between Bedrock and a caller, and the one outcome that each of them has.
//!
//! Each table is printed, and written to `target/fault-matrix*.txt` so that it can be read after the tests.

mod connection;
mod damage;
mod refusals;
mod row;
mod run;
mod stalls;
mod storm;
mod table;

use row::Row;
use run::{Call, Plan};

/// All rows.
fn rows() -> Vec<Row> {
    [
        connection::rows(),
        stalls::rows(),
        damage::rows(),
        refusals::frames(),
        refusals::answers(refusals::EVERY_FORM),
        refusals::statuses(),
    ]
    .concat()
}

/// Rows with an answer that a later attempt may do better than, in the forms that differ to the rules of attempts.
fn rows_of_attempts() -> Vec<Row> {
    let rows = [
        connection::rows(),
        stalls::rows(),
        damage::rows(),
        refusals::frames(),
        refusals::answers(refusals::WITH_AND_WITHOUT_CODE),
        refusals::statuses(),
    ];
    let rows = rows.concat().into_iter();
    // Where nobody listens, nobody answers the second time.
    rows.filter(|row| row.script.is_some()).collect()
}

/// Run every call of these rows, tell the table, and hold each to its row.
async fn hold(file: &str, rows: Vec<Row>, plan: Plan) {
    let calls = rows.into_iter().flat_map(|row| Call::of(row, plan));
    let seen = run::all(calls.collect()).await;
    table::tell(file, &seen);
    let wrong: Vec<String> = seen
        .iter()
        .filter_map(|(call, outcome)| call.wrong(outcome))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_has_exactly_one_outcome() {
    hold("fault-matrix.txt", rows(), Plan::OneAttempt).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_passes_is_tried_again_until_it_has_passed() {
    hold(
        "fault-matrix-passing.txt",
        rows_of_attempts(),
        Plan::Passing,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_pass_is_told_after_the_last_attempt() {
    hold(
        "fault-matrix-lasting.txt",
        rows_of_attempts(),
        Plan::Lasting,
    )
    .await;
}
