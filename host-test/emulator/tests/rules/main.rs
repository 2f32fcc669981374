//! Each of Bedrock's rules beyond the service model refuses its violation, and nothing else.

mod caching;
mod cases;
mod conversation;
mod media;
mod sampling;
mod schemas;
mod thinking;
mod tools;

use bedrock_emulator::constraints::validate;
use bedrock_emulator::rules::{ModelTraits, Models, rules};
use bedrock_emulator::{Operation, RuleBook};
use cases::{CLAUDE, Case, NOVA, talk, text};
use serde_json::json;
use std::collections::BTreeSet;

fn all() -> Vec<Case> {
    let files = [
        conversation::cases(),
        tools::cases(),
        schemas::cases(),
        media::cases(),
        caching::cases(),
        sampling::cases(),
        thinking::cases(),
    ];
    files.into_iter().flatten().collect()
}

/// Name and text of the first broken rule.
fn broken(book: &RuleBook, case: &Case) -> Option<(&'static str, String)> {
    let checked = book.check(case.operation, case.model, &case.body);
    checked.err().map(|(rule, message)| (rule.name, message))
}

#[test]
fn every_rule_refuses_its_violation_in_bedrocks_words() {
    for case in all() {
        let Some(start) = &case.refusal else { continue };
        let rule = case.rule;
        let verdict = broken(&RuleBook::default(), &case);
        let (name, message) = verdict.unwrap_or_else(|| panic!("{rule} takes {}", case.body));
        assert_eq!(name, rule, "{message}");
        assert!(message.starts_with(start), "{rule}: {message}");
        assert!(!message.contains("{at}"), "{rule}: {message}");
    }
}

#[test]
fn what_bedrock_takes_is_taken() {
    for case in all().iter().filter(|case| case.refusal.is_none()) {
        let verdict = broken(&RuleBook::default(), case);
        assert_eq!(
            verdict, None,
            "{} on {}: {}",
            case.rule, case.model, case.body
        );
    }
}

#[test]
fn every_rule_has_a_request_on_either_side() {
    let names: BTreeSet<&str> = rules().map(|rule| rule.name).collect();
    assert_eq!(names.len(), rules().count(), "names are unique");
    for refused in [true, false] {
        let cases = all();
        let tried = cases
            .iter()
            .filter(|case| case.refusal.is_some() == refused);
        let tried: BTreeSet<&str> = tried.map(|case| case.rule).collect();
        assert_eq!(tried, names, "refused: {refused}");
    }
}

#[test]
fn the_requests_satisfy_the_service_model() {
    for case in all() {
        let verdict = validate(case.operation, &case.body);
        assert_eq!(verdict, Ok(()), "{}: {}", case.rule, case.body);
    }
}

#[test]
fn a_rule_that_is_off_lets_its_violation_pass() {
    for case in all() {
        let next = broken(&RuleBook::default().without(case.rule), &case);
        assert_ne!(next.map(|(next, _)| next), Some(case.rule));
        assert_eq!(broken(&RuleBook::none(), &case), None, "{}", case.rule);
    }
}

#[test]
fn habits_of_models_can_be_replaced() {
    let body = talk(&[("assistant", json!([text()])), ("user", json!([text()]))]);
    let traits = ModelTraits {
        leading_assistant: Models::of(&["nova", "!nova-pro"]),
        ..ModelTraits::default()
    };
    let mut book = RuleBook::default();
    book.traits = traits;
    let takes = |model: &str| book.check(Operation::Converse, model, &body).is_ok();
    assert!(takes(NOVA));
    assert!(!takes("amazon.nova-pro-v1:0"), "an excluded part");
    assert!(!takes(CLAUDE));
}

#[test]
fn a_model_that_is_known_only_by_an_opaque_arn_has_no_habits() {
    let about_models = all()
        .into_iter()
        .filter(|case| case.refusal.is_some())
        .map(|case| Case {
            model: cases::OPAQUE,
            ..case
        });
    let refused: BTreeSet<&str> = about_models
        .filter_map(|case| broken(&RuleBook::default(), &case))
        .map(|(rule, _)| rule)
        .collect();
    let about_habits = [
        "no-tools",
        "tool-choice",
        "media-kind",
        "s3-source",
        "no-caching",
        "cache-ttl",
        "no-sampling",
        "additional-field",
        "structured-output",
        "unsigned-reasoning",
        "max-tokens-ceiling",
        "billing-header",
        "tool-schema-members",
        "tool-schema-reference",
        "tool-property-names",
    ];
    for rule in about_habits {
        assert!(!refused.contains(rule), "{rule}");
    }
    assert!(refused.contains("blank-text"), "{refused:?}");
}
