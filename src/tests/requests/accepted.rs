//! What is sent of any legal request is what the service takes: AWS's own model of it, and what it was seen to refuse.

use std::collections::BTreeSet;

use bedrock_emulator as emulator;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::arbitrary::request_to;
use super::*;
use crate::canonical::{Error, ErrorKind, Request};
use crate::capability;
use crate::http_message::HttpRequest;

/// More than proptest's own 256: a request has many members.
const CASES: u32 = 768;

/// Every model of the table, and those that it does not know.
fn models() -> Vec<String> {
    let table: Value =
        serde_json::from_str(include_str!("../../../data/models.json")).expect("JSON");
    let models = table["models"].as_object().expect("models").keys();
    let hidden = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3";
    // A model that the table does not know, profiles, and an ARN that hides its model.
    let others = [
        "us.amazon.nova-2-omni-v1:0",
        "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "nobody.model-v1",
        hidden,
    ];
    models
        .map(|id| match capability::of(id).capabilities {
            // Called by a profile, and which there are is not known.
            known if known.profile_only && known.geographies.is_empty() => format!("us.{id}"),
            _ => id.clone(),
        })
        .chain(others.map(str::to_owned))
        .map(|id| format!("bedrock/{id}"))
        .collect()
}

/// Models of which the service refuses most.
const PARTICULAR: &[&str] = &[CLAUDE, OPUS_4_6, OPUS_5_5, NOVA, NOVA_2];

/// Any model, half of the time a particular one.
fn model() -> impl Strategy<Value = String> {
    prop_oneof![select(models()), select(PARTICULAR).prop_map(str::to_owned)]
}

#[test]
fn every_family_of_the_table_is_tried() {
    let table: Value =
        serde_json::from_str(include_str!("../../../data/models.json")).expect("JSON");
    let rows = table["families"].as_object().expect("families").values();
    let families: BTreeSet<&str> = rows.filter_map(|row| row["family"].as_str()).collect();
    let tried: BTreeSet<&str> = models()
        .iter()
        .map(|model| capability::of(model.trim_start_matches("bedrock/")).family)
        .collect();
    let untried: Vec<_> = families.difference(&tried).collect();
    assert!(untried.is_empty(), "{untried:?}");
}

/// What was sent, and the paths of what was lost.
type Prepared = Result<(HttpRequest, Vec<String>), Error>;

/// Content that a model does not take is refused, or a text stands in its place.
fn context() -> impl Strategy<Value = Context> {
    prop_oneof![1 => Just(Context::default()), 3 => Just(replacing())]
}

fn prepared(request: &Request, context: &Context, operation: Operation) -> Prepared {
    let (http, state) = prepare(request, context, operation)?;
    let state: Value = serde_json::from_slice(&state.to_bytes()).expect("a JSON state");
    let warnings = state["warnings"].as_array().expect("warnings").iter();
    let losses = warnings.filter(|warning| warning["lossy"] == "lossy");
    let path = |loss: &Value| loss["path"].as_str().expect("a path").to_owned();
    Ok((http, losses.map(path).collect()))
}

/// The operation and the model id of a path.
fn address(path: &str) -> (emulator::Operation, String) {
    let (model, operation) = path
        .strip_prefix("/model/")
        .and_then(|path| path.rsplit_once('/'))
        .expect("a path");
    let operation = match operation {
        "converse" => emulator::Operation::Converse,
        "converse-stream" => emulator::Operation::ConverseStream,
        _ => emulator::Operation::CountTokens,
    };
    (operation, model.replace("%3A", ":").replace("%2F", "/"))
}

fn operation() -> impl Strategy<Value = Operation> {
    select(
        &[
            Operation::Complete,
            Operation::Stream,
            Operation::CountTokens,
        ][..],
    )
}

/// Small enough to read when it fails.
fn shrunk() -> ProptestConfig {
    ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(shrunk())]

    #[test]
    fn a_legal_request_is_refused_here_by_its_path_or_taken_there(
        request in request_to(model()),
        context in context(),
        operation in operation(),
    ) {
        match prepared(&request, &context, operation) {
            Ok((http, _)) => {
                let (again, _) = prepared(&request, &context, operation).expect("as before");
                prop_assert!(http.body == again.body, "other bytes for the same request");
                let (asked, model) = address(&http.path);
                let read = emulator::read_body(&http.body);
                let verdict = read.and_then(|body| emulator::check(asked, &model, &body));
                if let Err(refusal) = verdict {
                    let body = String::from_utf8_lossy(&http.body);
                    prop_assert!(false, "{refusal}\n{body}");
                }
            }
            Err(error) => {
                let kinds = [ErrorKind::InvalidRequest, ErrorKind::Unsupported];
                prop_assert!(kinds.contains(&error.kind), "{error:?}");
                prop_assert!(error.path.is_some(), "{error:?}");
            }
        }
    }

    #[test]
    fn strict_sends_the_same_without_a_loss_or_names_one(
        request in request_to(model()),
        lax in context(),
        operation in operation(),
    ) {
        let strict = Context { strict: true, ..lax.clone() };
        match (prepared(&request, &strict, operation), prepared(&request, &lax, operation)) {
            (Ok((strict, losses)), Ok((lax, _))) => {
                prop_assert_eq!(losses, Vec::<String>::new());
                prop_assert!(strict.body == lax.body);
            }
            (Err(error), Ok((_, losses))) => {
                let path = error.path.unwrap_or_default();
                prop_assert!(losses.contains(&path), "{path} is none of {losses:?}");
            }
            (Err(_), Err(_)) => {}
            (Ok(_), Err(error)) => prop_assert!(false, "strict took what is refused: {error:?}"),
        }
    }
}
