//! What a prepared call will cost, as far as its answer is told by it.

use serde_json::Value;

use super::*;
use crate::exchange;
use crate::http_message::Head;

const SONNET_EU: &str = "bedrock/eu-west-1/anthropic.claude-sonnet-4-5-20250929-v1:0";
const PROFILE: &str =
    "bedrock/arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2";

/// The row that the state carries.
fn row(request: &Request, context: &Context, operation: Operation) -> Option<String> {
    let (_, state) = prepare(request, context, operation).expect("a request");
    let state: Value = serde_json::from_slice(&state.to_bytes()).expect("a JSON state");
    state.get("tariff").map(|row| {
        let row = row.as_str().expect("a text");
        row.to_owned()
    })
}

fn with(extensions: &str) -> Context {
    Context {
        extensions: Some(extensions.into()),
        strict: true,
        ..Context::default()
    }
}

fn based_on(base_model: &str) -> Request {
    Request {
        extensions: Some(format!(r#"{{"bedrock":{{"baseModel":"{base_model}"}}}}"#)),
        ..hello(PROFILE)
    }
}

#[test]
fn a_call_carries_the_prices_of_what_is_called_where_it_is_called() {
    let long = |row: &str| row.starts_with("3.3 16.5 0.33 4.125 6.6|above_200k ");
    for (request, is_it) in [
        (hello(CLAUDE), &long as &dyn Fn(&str) -> bool),
        // Called by the profile of its geography.
        (hello(SONNET_EU), &long),
        (
            hello("bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            &|row| row.starts_with("3 15 0.3 3.75 6|"),
        ),
        (hello(NOVA), &|row| row.starts_with("0.06 0.24 ")),
        (based_on("anthropic.claude-sonnet-4-5-20250929-v1:0"), &long),
    ] {
        for operation in [Operation::Complete, Operation::Stream] {
            let row = row(&request, &Context::default(), operation);
            let row = row.unwrap_or_else(|| panic!("no price for {}", request.model));
            assert!(is_it(&row), "{}: {row}", request.model);
        }
    }
}

#[test]
fn what_has_no_price_carries_none_and_counting_is_free() {
    for request in [hello(UNKNOWN), hello(PROFILE), based_on("nobody.model-v1")] {
        let row = row(&request, &Context::default(), Operation::Complete);
        assert_eq!(row, None, "{}", request.model);
    }
    let row = row(&hello(CLAUDE), &Context::default(), Operation::CountTokens);
    assert_eq!(row, None);
}

#[test]
fn the_operators_prices_are_known_and_hold_before_the_table_s() {
    let id = CLAUDE.strip_prefix("bedrock/").expect("a prefix");
    let of = |key: &str, row: &str| format!(r#"{{"bedrock":{{"prices":{{"{key}":{row}}}}}}}"#);
    let priced = of(id, r#"{"input":"1","output":"2"}"#);
    assert_eq!(
        row(&hello(CLAUDE), &with(&priced), Operation::Stream).as_deref(),
        Some("1 2 1 1 2")
    );
    let unknown = of("nobody.model-v1", r#"{"input":"0.5","output":"2"}"#);
    assert_eq!(
        row(&hello(UNKNOWN), &with(&unknown), Operation::Stream).as_deref(),
        Some("0.5 2 0.5 0.5 1")
    );
    for (prices, path) in [
        (
            of("nobody.model-v1", r#"{"input":1}"#),
            "context.extensions.bedrock.prices.nobody.model-v1.input",
        ),
        (
            r#"{"bedrock":{"prices":[]}}"#.into(),
            "context.extensions.bedrock",
        ),
    ] {
        let error = prepare(&hello(UNKNOWN), &with(&prices), Operation::Stream).expect_err(path);
        assert_eq!(error.path.as_deref(), Some(path));
    }
}

#[test]
fn an_answer_is_priced_through_the_bytes_that_a_host_keeps() {
    let (_, state) =
        prepare(&hello(CLAUDE), &Context::default(), Operation::Complete).expect("a request");
    let state = State::from_bytes(&state.to_bytes()).expect("a state");
    let body = br#"{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn",
        "usage":{"inputTokens":250000,"outputTokens":2,"totalTokens":250002}}"#;
    let answer = exchange::decode_response(state, &Head::new(200, []), body).expect("an answer");
    let cost = answer.cost.expect("a cost");
    // A prompt of more than 200 000 tokens.
    assert_eq!(cost.input, 250_000 * 6_600_000);
    assert_eq!(cost.total, 250_000 * 6_600_000 + 2 * 24_750_000);
}

#[test]
fn under_limits_no_client_says_what_an_answer_costs() {
    let request = based_on("amazon.nova-micro-v1:0");
    let limited = |extensions: Option<String>| Context {
        cost_limits: Some(crate::canonical::CostLimits {
            per_request: Some(1),
            per_day: None,
            per_month: None,
            unknown_price: crate::canonical::UnknownPrice::Allow,
        }),
        extensions,
        ..Context::default()
    };
    assert!(row(&request, &Context::default(), Operation::Stream).is_some());
    assert_eq!(row(&request, &limited(None), Operation::Stream), None);
    let told = format!(
        r#"{{"bedrock":{{"baseModels":{{"{}":"anthropic.claude-sonnet-4-5-20250929-v1:0"}}}}}}"#,
        &PROFILE["bedrock/".len()..]
    );
    let row = row(&request, &limited(Some(told)), Operation::Stream).expect("a price");
    assert!(row.starts_with("3.3 16.5 "), "{row}");
}
