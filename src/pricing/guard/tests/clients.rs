//! What a client says of the model and of prices: it may raise an estimate, and lowers none.

use super::*;

/// A request with this in `extensions.bedrock`.
fn with(members: &str, request: Request) -> Request {
    Request {
        extensions: Some(format!(r#"{{"bedrock":{{{members}}}}}"#)),
        ..request
    }
}

const PROFILE: &str =
    "bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2";

#[test]
fn nothing_that_a_client_says_of_the_model_makes_an_estimate_lower() {
    let context = periods(UnknownPrice::Deny);
    let cached = || {
        let mut request = request(SONNET);
        request.system = vec![crate::canonical::PlainText {
            text: "x".repeat(9000),
            cache_control: Some(crate::canonical::CacheControl {
                ttl: Some(crate::canonical::CacheTtl::OneHour),
            }),
        }];
        request
    };
    for plain in [
        request(SONNET),
        without_max_tokens(SONNET),
        with_a_stored_video(SONNET),
        with_a_stored_video("bedrock/us.amazon.nova-lite-v1:0"),
        cached(),
    ] {
        let without = admitted(&plain, &context).amount;
        assert!(without > 0);
        for low in [
            r#""capabilities":{"max_output_tokens":1}"#,
            r#""capabilities":{"max_input_tokens":1}"#,
            r#""capabilities":{"cache":"none","cache_ttl":false}"#,
            r#""baseModel":"amazon.nova-micro-v1:0""#,
            r#""baseModel":"nobody.model""#,
            r#""prices":{"us.anthropic.claude-sonnet-4-5-20250929-v1:0":{"input":"0","output":"0"}}"#,
            r#""models":{"":{"max_output_tokens":1}}"#,
            r#""additionalModelRequestFields":{"max_tokens":1}"#,
            r#""additionalModelRequestFields":{"maxTokens":1,"max_new_tokens":1,"max_gen_len":1,"maxTokenCount":1}"#,
            r#""additionalModelRequestFields":{"inferenceConfig":{"maxTokens":1}}"#,
            r#""additionalModelRequestFields":{"thinking":{"budget_tokens":1},"n":0}"#,
        ] {
            let amount = admitted(&with(low, plain.clone()), &context).amount;
            assert!(
                amount >= without,
                "{low}: {amount}, but {without} without it"
            );
        }
    }
    // What nobody else knows is not known by a client's word.
    for low in [
        r#""capabilities":{"max_output_tokens":1}"#,
        r#""additionalModelRequestFields":{"max_tokens":1}"#,
        r#""baseModel":"amazon.nova-micro-v1:0""#,
    ] {
        let assume = periods(UnknownPrice::Assume(None));
        let error = refused(&with(low, without_max_tokens(UNKNOWN)), &assume);
        assert_eq!(
            error.code.as_deref(),
            Some("cost_limit_unknown_length"),
            "{low}"
        );
    }
}

#[test]
fn what_a_client_asks_of_the_model_by_its_own_fields_is_estimated() {
    let context = periods(UnknownPrice::Deny);
    let out = |members: &str, request: Request| {
        let amount = admitted(&with(members, request), &context).amount;
        (amount - 100 * 3_300_000) / 16_500_000
    };
    for (members, tokens) in [
        (
            r#""additionalModelRequestFields":{"max_tokens":5000}"#,
            5000,
        ),
        (
            r#""additionalModelRequestFields":{"inferenceConfig":{"maxTokens":"5000"}}"#,
            5000,
        ),
        (
            r#""additionalModelRequestFields":{"thinking":{"budget_tokens":5000}}"#,
            5000,
        ),
        (
            r#""additionalModelRequestFields":{"num_generations":4}"#,
            40,
        ),
        // It is sent with as many.
        (r#""capabilities":{"min_output_tokens":5000}"#, 5000),
    ] {
        // The fields themselves are a few tokens of the prompt.
        let seen = out(members, request(SONNET));
        assert!((tokens..=tokens + 3).contains(&seen), "{members}: {seen}");
    }
    let long = format!(
        r#""additionalModelRequestFields":{{"tools":[{{"description":"{}"}}]}}"#,
        "x".repeat(350_000)
    );
    let amount = admitted(&with(&long, request(SONNET)), &context).amount;
    assert!(
        amount > 100_000 * 3_300_000,
        "what the model may read is paid for: {amount}"
    );
    // So it is sent without `max_tokens`, and the answer is as long as the model makes one.
    let high = Request {
        output: Some(crate::canonical::OutputConfig {
            format: None,
            effort: Some("high".into()),
        }),
        ..request(SONNET)
    };
    assert_eq!(out(r#""capabilities":{}"#, high.clone()), 10);
    assert_eq!(out(r#""capabilities":{"reasoning":"nova"}"#, high), 64_000);
    let endless = with(
        r#""additionalModelRequestFields":{"max_tokens":-1}"#,
        request(SONNET),
    );
    let context = limits(Some(u64::MAX - 1), None, None, UnknownPrice::Deny);
    let error = refused(&endless, &context);
    assert_eq!(error.code.as_deref(), Some("cost_limit_per_request"));
}

#[test]
fn the_price_of_what_an_arn_hides_is_the_operators_to_say() {
    let cheap = r#""baseModel":"amazon.nova-micro-v1:0""#;
    let error = refused(&with(cheap, request(PROFILE)), &periods(UnknownPrice::Deny));
    assert_eq!(error.code.as_deref(), Some("cost_limit_unknown_price"));
    let assume = periods(UnknownPrice::Assume(Some(ASSUMED)));
    let admission = admitted(&with(cheap, request(PROFILE)), &assume);
    assert_eq!(admission.amount, 100 * 1_000_000 + 10 * 3_000_000);
    let told = Context {
        extensions: Some(format!(
            r#"{{"bedrock":{{"baseModels":{{"{}":"{}"}}}}}}"#,
            &PROFILE["bedrock/".len()..],
            &SONNET["bedrock/".len()..]
        )),
        ..periods(UnknownPrice::Deny)
    };
    assert_eq!(
        admitted(&with(cheap, request(PROFILE)), &told).amount,
        ESTIMATE
    );
}
