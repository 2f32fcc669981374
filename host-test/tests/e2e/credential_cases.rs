//! Every recorded case of AWS's credential chain, played again to the built component: real files in a folder that it is
//! let into, real HTTP to the recorded services, and a call of Bedrock with what came of it.
//!
//! Source: `tests/vectors/credentials`. What came out is printed, and written to `target/credential-cases.txt`.

use crate::support::calls::{complete_with, emulator, own, reaching};
use crate::support::components::root;
use crate::support::place::{HOME, Place};
use bedrock_emulator::{AccessKey, Config, CredentialCase, CredentialServices, Emulator};
use bedrock_host::types::{Context, Error, ErrorKind, Request};
use outcomes::Expected::{Failure, Keys};
use outcomes::{FAILURES, OTHERWISE};
use serde_json::Value;
use std::fmt::Write as _;

#[path = "../../../tests/vectors/credential_outcomes.rs"]
mod outcomes;

/// Where the recorder found no region, the call says this one: without a region there is nothing to call.
const REGION: &str = "us-east-1";

/// Secrets of the keys that STS gave while the cases were recorded; that of every other key is `s`.
const OF_STS: (&[&str], &str) = (&["ASIAROLE", "ASIAWEBID"], "secret/web+id=");

/// Called by its own id everywhere.
const MODEL: &str = "bedrock/amazon.nova-lite-v1:0";

/// What must come of a case.
struct Row {
    expected: Result<Found, &'static str>,
    /// Why it is another outcome than the recorded one; empty where it is not.
    because: &'static str,
    /// The region that the call says; none where one must be found.
    region: Option<String>,
}

/// Credentials as text holds them.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    id: String,
    secret: String,
    session_token: Option<String>,
    region: String,
    expires_at: Option<u64>,
}

impl Row {
    fn of(case: &CredentialCase) -> Self {
        let mut otherwise = OTHERWISE.iter();
        let otherwise = otherwise.find(|(name, ..)| *name == case.name);
        let recorded = &case.result;
        let found_region = match otherwise {
            Some((_, Keys(_, _, region), _)) => *region,
            _ => recorded.region.as_deref(),
        };
        let token = recorded.session_token.clone();
        let keys = |id, token| found(id, token, found_region.unwrap_or(REGION));
        let expected = match (otherwise, &recorded.access_key_id) {
            (Some((_, Failure(words), _)), _) => Err(*words),
            (Some((_, Keys(id, has_token, _), _)), _) => Ok(keys(id, token.filter(|_| *has_token))),
            (None, Some(id)) => Ok(keys(id, token)),
            (None, None) => {
                let failure = FAILURES.iter().find(|(name, _)| *name == case.name);
                Err(failure
                    .unwrap_or_else(|| panic!("{} is in no table", case.name))
                    .1)
            }
        };
        Row {
            expected,
            because: otherwise.map_or("", |(_, _, why)| why),
            region: found_region.is_none().then(|| REGION.to_owned()),
        }
    }
}

fn found(id: &str, session_token: Option<String>, region: &str) -> Found {
    let secret = if OF_STS.0.contains(&id) {
        OF_STS.1
    } else {
        "s"
    };
    Found {
        id: id.to_owned(),
        secret: secret.to_owned(),
        session_token,
        region: region.to_owned(),
        // All temporary ones of the recorder end with the year 2098.
        expires_at: id.starts_with("ASIA").then_some(4_070_908_800_000),
    }
}

/// The recorded services, and beside them a Bedrock that takes the keys that are expected, and no others.
async fn services(case: &CredentialCase, row: &Row) -> Emulator {
    let expected = row.expected.as_ref().ok();
    let key = expected.map(|found| AccessKey {
        session_token: found.session_token.clone(),
        ..AccessKey::new(&found.id, &found.secret)
    });
    emulator(Config {
        access_keys: key.into_iter().collect(),
        region: expected.map_or(REGION, |found| &found.region).to_owned(),
        credential_services: CredentialServices {
            replay: Some(case.clone()),
            ..CredentialServices::default()
        },
        ..Config::default()
    })
    .await
}

fn place(case: &CredentialCase, emulator: &Emulator) -> Place {
    let mut place = Place::new(&format!("case_{}", case.name), emulator);
    for (name, value) in case.environment_at(emulator.addr(), HOME) {
        place = place.variable(&name, &value);
    }
    for file in case.files(HOME) {
        place = place.file(file.path, &file.text);
    }
    place
}

fn parsed(text: &str) -> Found {
    let json: Value = serde_json::from_str(text).expect("JSON");
    let text = |name: &str| json[name].as_str().map(str::to_owned);
    Found {
        id: text("accessKeyId").expect("a key"),
        secret: text("secretAccessKey").expect("a secret"),
        session_token: text("sessionToken"),
        region: text("region").expect("a region"),
        expires_at: json["expiration"].as_u64(),
    }
}

/// One case; its line of the table, and what is wrong with it.
async fn replay(case: &CredentialCase) -> (String, Vec<String>) {
    let row = Row::of(case);
    let emulator = services(case, &row).await;
    let place = place(case, &emulator);
    let profile = |name| serde_json::json!({ "bedrock": { "profile": name } }).to_string();
    let context = Context {
        region: row.region.clone(),
        extensions: case.profile.as_ref().map(profile),
        ..Context::default()
    };
    let mut instance = place.instance().await;
    let outcome = instance.resolve(&context).await.map_err(own);
    let asked = emulator.credential_requests().len();

    let mut wrong = Vec::new();
    match (&outcome, &row.expected) {
        (Ok(text), Ok(expected)) => {
            let found = parsed(text);
            if found != *expected {
                wrong.push(format!("expected {expected:?}, found {found:?}"));
            }
            let request = Request::new(MODEL).user("Hi");
            // With what the instance keeps: nothing is asked for again, or the replay would tell.
            let answer = instance.complete(&request, &context).await.map_err(own);
            wrong.extend(answer.err().map(|error| format!("chain: {error:?}")));
            // And anywhere else, with the text alone.
            let carried = Context {
                credentials: Some(text.clone()),
                endpoint: Some(emulator.url()),
                ..Context::default()
            };
            let answer = complete_with(&reaching(&emulator.url()), &request, &carried).await;
            wrong.extend(answer.err().map(|error| format!("text: {error:?}")));
            if emulator.requests().len() != 2 {
                wrong.push("Bedrock was not asked twice".to_owned());
            }
        }
        (Err(error), Err(words)) => {
            if error.kind != ErrorKind::Authentication || !error.message.contains(words) {
                wrong.push(format!("expected {words}, failed with {error:?}"));
            }
        }
        (outcome, expected) => wrong.push(format!("expected {expected:?}, came {outcome:?}")),
    }
    let differences = emulator.failed_expectations();
    // Another choice leaves recorded requests out, and makes none that was not recorded.
    let excused = |seen: &str| !row.because.is_empty() && seen == "nothing";
    let differences = differences.iter().filter(|it| !excused(&it.seen));
    wrong.extend(differences.map(ToString::to_string));
    (line(case, &row, asked, &outcome), wrong)
}

fn line(case: &CredentialCase, row: &Row, asked: usize, outcome: &Result<String, Error>) -> String {
    let source = case.result.method.as_deref().unwrap_or("none");
    let recorded = case.exchanges.len();
    let outcome = match outcome {
        Ok(text) => {
            let found = parsed(text);
            format!("{} in {}, Bedrock answered", found.id, found.region)
        }
        Err(error) => format!("{:?}: {}", error.kind, error.message),
    };
    let mut line = format!(
        "{:<34} {source:<30} {asked}/{recorded} {outcome}",
        case.name
    );
    if !row.because.is_empty() {
        let _ = write!(line, " [otherwise: {}]", row.because);
    }
    line
}

#[tokio::test]
async fn every_recorded_case_comes_out_in_the_built_component() {
    let folder = root().join("tests/vectors/credentials");
    let cases = CredentialCase::read_all(&folder).expect("the cases");
    assert_eq!(cases.len(), 31);
    let told = OTHERWISE.iter().map(|(name, ..)| name);
    for name in told.chain(FAILURES.iter().map(|(name, _)| name)) {
        assert!(
            cases.iter().any(|case| case.name == *name),
            "no case {name}"
        );
    }
    let mut table = format!("{:<34} {:<30} asked outcome\n", "case", "recorded source");
    let mut failures = Vec::new();
    for case in &cases {
        let (line, wrong) = replay(case).await;
        table += &line;
        table.push('\n');
        failures.extend(
            wrong
                .into_iter()
                .map(|what| format!("{}: {what}", case.name)),
        );
    }
    println!("{table}");
    std::fs::write(root().join("target/credential-cases.txt"), &table).expect("a file");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
