//! The table that a reader is told.

use super::run::{Call, Outcome};
use crate::support::components::root;
use bedrock_host::types::Error;
use std::fmt::Write as _;

/// Print the table, and keep it as `target/<file>`.
pub(super) fn tell(file: &str, seen: &[(Call, Outcome)]) {
    let mut text = String::new();
    line(
        &mut text,
        [
            "fault",
            "operation",
            "outcome",
            "kind",
            "code",
            "attempts",
            "ms",
        ]
        .map(str::to_owned),
    );
    for (call, outcome) in seen {
        line(&mut text, cells(call, outcome));
    }
    keep(file, &text);
}

/// Print a text, and keep it as `target/<file>`.
pub(super) fn keep(file: &str, text: &str) {
    println!("{text}");
    let path = root().join("target").join(file);
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn cells(call: &Call, outcome: &Outcome) -> [String; 7] {
    let (kind, code) = match &outcome.end {
        Ok(_) => ("-".to_owned(), None),
        Err(error) => (kind(error), error.code.clone()),
    };
    let end = match (&outcome.end, outcome.after_chunks) {
        (Ok(_), _) => "whole answer",
        (Err(_), true) => "error after chunks",
        (Err(_), false) => "error",
    };
    [
        call.row.name.clone(),
        call.operation().to_owned(),
        end.to_owned(),
        kind,
        code.unwrap_or_else(|| "-".to_owned()),
        outcome.requests.to_string(),
        outcome.took.as_millis().to_string(),
    ]
}

/// The kind's bare name.
pub(super) fn kind(error: &Error) -> String {
    let shown = format!("{:?}", error.kind);
    shown.trim_start_matches("ErrorKind::").to_owned()
}

fn line(text: &mut String, [fault, operation, outcome, kind, code, attempts, ms]: [String; 7]) {
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{fault:<52} {operation:<9} {outcome:<18} {kind:<16} {code:<35} {attempts:>8} {ms:>6}"
    );
}
