//! Calls that are admitted and calls that are not, and what they are settled at.

mod clients;

use super::*;
use crate::canonical::{ContentBlock, MediaBlock, Message, Role, Source, StoredObject, TextBlock};

/// 3.30 USD in and 16.50 out, in the USA.
const SONNET: &str = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const UNKNOWN: &str = "bedrock/nobody.model";

/// 2026-11-23T23:00:00Z.
const NOW: u64 = 1_795_474_800_000;
const HOUR: u64 = 3_600_000;

/// What [`request`] may cost: 100 tokens in and 10 out.
const ESTIMATE: u64 = 100 * 3_300_000 + 10 * 16_500_000;

/// 1 USD in and 3 out, for a million.
const ASSUMED: Price = Price {
    input: 1_000_000,
    output: 3_000_000,
    cache_read: 1_000_000,
    cache_creation_five_minutes: 1_000_000,
    cache_creation_one_hour: 2_000_000,
};

fn request(model: &str) -> Request {
    Request {
        messages: vec![Message {
            role: Role::User,
            content: vec![ContentBlock::Text(TextBlock {
                text: "x".repeat(92 * 7 / 2),
                citations: Vec::new(),
                cache_control: None,
            })],
        }],
        max_tokens: Some(10),
        ..Request::to(model)
    }
}

fn without_max_tokens(model: &str) -> Request {
    Request {
        max_tokens: None,
        ..request(model)
    }
}

fn with_a_stored_video(model: &str) -> Request {
    let mut request = request(model);
    request.messages[0].content = vec![ContentBlock::Video(MediaBlock {
        source: Source::Object(StoredObject {
            uri: "s3://bucket/key.mp4".into(),
            owner: None,
            media_type: "video/mp4".into(),
        }),
        cache_control: None,
    })];
    request
}

fn limits(
    per_request: Option<u64>,
    per_day: Option<u64>,
    per_month: Option<u64>,
    unknown_price: UnknownPrice,
) -> Context {
    Context {
        cost_limits: Some(CostLimits {
            per_request,
            per_day,
            per_month,
            unknown_price,
        }),
        user: Some("ada".into()),
        ..Context::default()
    }
}

/// With limits by day and month.
fn periods(unknown_price: UnknownPrice) -> Context {
    limits(None, Some(1), Some(2), unknown_price)
}

fn admitted(request: &Request, context: &Context) -> Admission {
    admit(request, &request.model, "us-east-1", context, NOW).expect("admitted")
}

fn refused(request: &Request, context: &Context) -> Error {
    let error = admit(request, &request.model, "us-east-1", context, NOW).expect_err("refused");
    assert_eq!(
        (error.kind, error.status),
        (ErrorKind::CostLimit, Some(429))
    );
    assert!(!error.retryable && error.retry_after_ms.is_none());
    error
}

fn usage(input_tokens: u64, service_tier: Option<&str>) -> Usage {
    Usage {
        input_tokens,
        service_tier: service_tier.map(str::to_owned),
        ..Usage::none()
    }
}

#[test]
fn without_limits_nothing_is_counted() {
    for context in [
        Context::default(),
        Context {
            user: Some("ada".into()),
            ..Context::default()
        },
    ] {
        assert_eq!(admitted(&request(UNKNOWN), &context), Admission::UNCOUNTED);
    }
}

#[test]
fn a_call_is_held_to_its_estimate_and_may_reach_the_cap() {
    let context = |cap| limits(Some(cap), None, None, UnknownPrice::Deny);
    let admission = admitted(&request(SONNET), &context(ESTIMATE));
    assert_eq!((admission.amount, admission.accounts.len()), (ESTIMATE, 0));
    let error = refused(&request(SONNET), &context(ESTIMATE - 1));
    assert_eq!(error.code.as_deref(), Some("cost_limit_per_request"));
    assert_eq!(
        error.path.as_deref(),
        Some("context.cost_limits.per_request")
    );
    for part in [
        "may cost 0.000495 USD",
        "the limit for one call is 0.000494999999 USD:",
        "max_tokens",
    ] {
        assert!(error.message.contains(part), "{part}: {}", error.message);
    }
    // An assumed price is held to the same cap.
    let cap = 100 * 1_000_000 + 10 * 3_000_000;
    let context = |cap| limits(Some(cap), None, None, UnknownPrice::Assume(Some(ASSUMED)));
    assert_eq!(admitted(&request(UNKNOWN), &context(cap)).amount, cap);
    let error = refused(&request(UNKNOWN), &context(cap - 1));
    assert_eq!(error.code.as_deref(), Some("cost_limit_per_request"));
    // What is too large to be told is over any cap.
    let dear = Price {
        input: u64::MAX,
        ..ASSUMED
    };
    let context = limits(
        Some(u64::MAX - 1),
        None,
        None,
        UnknownPrice::Assume(Some(dear)),
    );
    refused(&request(UNKNOWN), &context);
}

#[test]
fn what_is_not_known_is_refused_assumed_or_passed_as_the_policy_says() {
    use UnknownPrice::{Allow, Assume, Deny};
    const PRICE: Option<(&str, &str)> = Some(("cost_limit_unknown_price", "model"));
    const ANSWER: Option<(&str, &str)> = Some(("cost_limit_unknown_length", "max_tokens"));
    const PROMPT: Option<(&str, &str)> = Some(("cost_limit_unknown_length", "messages"));
    let assume = Assume(Some(ASSUMED));
    let at_assumed = 100 * 1_000_000 + 10 * 3_000_000;
    let reserved = Request {
        service_tier: Some("reserved".into()),
        ..request(SONNET)
    };
    // The refusal, or what is set aside in how many accounts.
    for (request, policy, refusal, amount, accounts) in [
        (request(SONNET), Deny, None, ESTIMATE, 2),
        (request(SONNET), assume, None, ESTIMATE, 2),
        (request(SONNET), Allow, None, ESTIMATE, 2),
        (request(UNKNOWN), Deny, PRICE, 0, 0),
        (request(UNKNOWN), assume, None, at_assumed, 2),
        (request(UNKNOWN), Allow, None, 0, 0),
        // A tier without a price, of a model that has one.
        (reserved.clone(), Deny, PRICE, 0, 0),
        (reserved.clone(), assume, None, at_assumed, 2),
        (reserved, Allow, None, 0, 0),
        (without_max_tokens(UNKNOWN), Deny, PRICE, 0, 0),
        (without_max_tokens(UNKNOWN), assume, ANSWER, 0, 0),
        (without_max_tokens(UNKNOWN), Allow, None, 0, 0),
        (with_a_stored_video(UNKNOWN), assume, PROMPT, 0, 0),
        (with_a_stored_video(UNKNOWN), Allow, None, 0, 0),
    ] {
        let context = periods(policy);
        let shown = format!("{} {policy:?}", request.model);
        match refusal {
            Some((code, path)) => {
                let error = refused(&request, &context);
                assert_eq!(error.code.as_deref(), Some(code), "{shown}");
                assert_eq!(error.path.as_deref(), Some(path), "{shown}");
            }
            None => {
                let admission = admitted(&request, &context);
                assert_eq!(admission.amount, amount, "{shown}");
                assert_eq!(admission.accounts.len(), accounts, "{shown}");
            }
        }
    }
    let error = refused(&request(UNKNOWN), &periods(Deny));
    for part in [
        UNKNOWN,
        "context.extensions.bedrock.prices",
        "assume or allow",
    ] {
        assert!(error.message.contains(part), "{part}: {}", error.message);
    }
}

#[test]
fn a_known_price_of_an_unknown_length_is_counted_when_it_is_over() {
    let operator = |policy| Context {
        extensions: Some(
            r#"{"bedrock":{"prices":{"nobody.model":{"input":"2","output":"8"}}}}"#.into(),
        ),
        ..periods(policy)
    };
    let request = without_max_tokens(UNKNOWN);
    for policy in [UnknownPrice::Deny, UnknownPrice::Assume(Some(ASSUMED))] {
        let error = refused(&request, &operator(policy));
        assert_eq!(error.code.as_deref(), Some("cost_limit_unknown_length"));
    }
    let admission = admitted(&request, &operator(UnknownPrice::Allow));
    assert_eq!((admission.amount, admission.accounts.len()), (0, 2));
    assert_eq!(admission.settled(None, Some(&usage(5, None))), 10_000_000);
}

#[test]
fn limits_by_day_and_month_are_somebodys_and_name_their_periods() {
    let mut context = limits(None, Some(7), Some(9), UnknownPrice::Deny);
    let seen: Vec<_> = admitted(&request(SONNET), &context)
        .accounts
        .iter()
        .map(|account| {
            (
                account.user.clone(),
                account.period().to_owned(),
                account.cap,
            )
        })
        .collect();
    let of = |period: &str, cap| ("ada".to_owned(), period.to_owned(), cap);
    assert_eq!(seen, [of("2026-11-23", 7), of("2026-11", 9)]);
    let month = limits(None, None, Some(9), UnknownPrice::Deny);
    let month = admitted(&request(SONNET), &month).accounts;
    assert_eq!(month.len(), 1);
    assert_eq!(month[0].period(), "2026-11");
    for user in [None, Some(""), Some(" \t")] {
        context.user = user.map(str::to_owned);
        let error =
            admit(&request(SONNET), SONNET, "us-east-1", &context, NOW).expect_err("nobody");
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        assert_eq!(error.path.as_deref(), Some("context.user"));
        // One call's limit is nobody's.
        let one = Context {
            user: context.user.clone(),
            ..limits(Some(u64::MAX), None, None, UnknownPrice::Deny)
        };
        admitted(&request(SONNET), &one);
    }
}

#[test]
fn a_ledger_that_refuses_is_told_as_the_limit_and_when_it_ends() {
    let usd = 1_000_000_000_000;
    let context = limits(None, Some(2 * usd), Some(3 * usd), UnknownPrice::Deny);
    let admission = admitted(&request(SONNET), &context);
    for (account, code, path, cap, end, left) in [
        (
            0,
            "cost_limit_per_day",
            "per_day",
            "2 USD for 2026-11-23",
            "2026-11-24T00:00:00Z",
            HOUR,
        ),
        (
            1,
            "cost_limit_per_month",
            "per_month",
            "3 USD for 2026-11 ",
            "2026-12-01T00:00:00Z",
            HOUR + 7 * 24 * HOUR,
        ),
    ] {
        let error = admission.over_cap(account, usd * 3 / 2);
        assert_eq!(
            (error.kind, error.status),
            (ErrorKind::CostLimit, Some(429))
        );
        assert_eq!(error.code.as_deref(), Some(code));
        let path = format!("context.cost_limits.{path}");
        assert_eq!(error.path.as_deref(), Some(&*path));
        assert_eq!((error.retryable, error.retry_after_ms), (true, Some(left)));
        for part in [
            "may cost 0.000495 USD",
            " and 1.5 of ",
            cap,
            " are spent: ",
            end,
        ] {
            assert!(error.message.contains(part), "{part}: {}", error.message);
        }
    }
}

#[test]
fn a_call_that_fits_in_no_period_is_not_asked_for_again() {
    let context = limits(None, Some(ESTIMATE - 1), None, UnknownPrice::Deny);
    let error = admitted(&request(SONNET), &context).over_cap(0, 0);
    assert_eq!(error.code.as_deref(), Some("cost_limit_per_day"));
    assert_eq!((error.retryable, error.retry_after_ms), (false, None));
    assert!(error.message.contains("max_tokens"), "{}", error.message);
}

#[test]
fn a_ledger_that_cannot_tell_stops_the_call() {
    let error = unavailable("the store\nis down");
    assert_eq!(
        (error.kind, error.status),
        (ErrorKind::CostLimit, Some(503))
    );
    assert_eq!(error.code.as_deref(), Some("cost_limit_unavailable"));
    assert!(error.retryable);
    assert!(
        error.message.contains("the store is down"),
        "{}",
        error.message
    );
    // And one that answers something else.
    let admission = admitted(&request(SONNET), &periods(UnknownPrice::Deny));
    let error = admission.over_cap(2, 0);
    assert_eq!(error.code.as_deref(), Some("cost_limit_unavailable"));
}

#[test]
fn a_call_is_settled_at_what_it_cost_and_an_unknown_cost_is_not_zero() {
    let known = admitted(&request(SONNET), &periods(UnknownPrice::Deny));
    let assumed = admitted(
        &request(UNKNOWN),
        &periods(UnknownPrice::Assume(Some(ASSUMED))),
    );
    let uncounted = admitted(&request(UNKNOWN), &periods(UnknownPrice::Allow));
    let told = Cost {
        input: 0,
        output: 42,
        cache_read: 0,
        cache_creation: 0,
        total: 42,
    };
    let three = usage(3, None);
    let no_such_tier = usage(3, Some("reserved"));
    let untold = Usage::none();
    for (admission, cost, usage, expected) in [
        (&known, Some(&told), Some(&three), 42),
        (&known, None, Some(&three), 3 * 3_300_000),
        (&known, None, Some(&no_such_tier), ESTIMATE),
        (&known, None, Some(&untold), ESTIMATE),
        (&known, None, None, ESTIMATE),
        (&assumed, None, Some(&three), 3 * 1_000_000),
        (&assumed, None, Some(&no_such_tier), 3 * 1_000_000),
        (&assumed, None, Some(&untold), assumed.amount),
        (&uncounted, None, Some(&three), 0),
        (&uncounted, None, None, 0),
    ] {
        assert_eq!(
            admission.settled(cost, usage),
            expected,
            "{cost:?} {usage:?}"
        );
    }
}

#[test]
fn what_no_call_could_carry_is_refused_as_the_call_would_be() {
    let context = periods(UnknownPrice::Allow);
    let tier = Request {
        service_tier: Some("gold".into()),
        ..request(SONNET)
    };
    for (request, now, path, kind) in [
        (request("openai/gpt"), NOW, "model", ErrorKind::NotFound),
        (request("bedrock/gpt-4o"), NOW, "model", ErrorKind::NotFound),
        (tier, NOW, "service_tier", ErrorKind::InvalidRequest),
        (request(SONNET), u64::MAX, "now", ErrorKind::InvalidRequest),
    ] {
        let error = admit(&request, &request.model, "us-east-1", &context, now).expect_err(path);
        assert_eq!(error.kind, kind);
        assert_eq!(error.path.as_deref(), Some(path));
    }
}

#[test]
fn a_fallback_is_admitted_by_its_own_price() {
    let cheap = "bedrock/us.amazon.nova-micro-v1:0";
    let asked = request(SONNET);
    let context = Context {
        cost_limits: Some(CostLimits {
            per_request: None,
            per_day: None,
            per_month: None,
            unknown_price: UnknownPrice::Deny,
        }),
        ..Context::default()
    };
    let amount = |name| {
        let admission = admit(&asked, name, "us-east-1", &context, NOW);
        admission.expect("admitted").amount
    };
    assert!(amount(cheap) < amount(SONNET));
    assert!(amount(cheap) > 0);
}

#[test]
fn where_there_is_no_ledger_a_limit_of_one_call_holds_and_no_other() {
    let limited = |per_day, per_month| Context {
        user: Some("alice".into()),
        cost_limits: Some(CostLimits {
            per_request: Some(u64::MAX),
            per_day,
            per_month,
            unknown_price: UnknownPrice::Deny,
        }),
        ..Context::default()
    };
    for (per_day, per_month, path) in [
        (None, None, None),
        (Some(1), None, Some("context.cost_limits.per_day")),
        (None, Some(1), Some("context.cost_limits.per_month")),
    ] {
        let context = limited(per_day, per_month);
        let admission = admit(&request(SONNET), SONNET, "us-east-1", &context, NOW);
        let refused = admission.expect("admitted").without_ledger().err();
        let seen = refused.map(|error| (error.kind, error.path));
        let expected = path.map(|path| (ErrorKind::Unsupported, Some(path.to_owned())));
        assert_eq!(seen, expected);
    }
}

#[test]
fn what_nobody_answered_may_have_cost_and_what_was_refused_has_not() {
    for (kind, cost) in [
        (ErrorKind::Timeout, true),
        (ErrorKind::StreamTruncated, true),
        (ErrorKind::MalformedStream, true),
        (ErrorKind::Connection, false),
        (ErrorKind::RateLimited, false),
        (ErrorKind::InvalidRequest, false),
    ] {
        assert_eq!(may_have_cost(&Error::new(kind, "x")), cost, "{kind:?}");
    }
}

#[test]
fn what_is_assumed_without_a_word_is_one_dollar_in_and_three_out() {
    let estimate = |policy| {
        let limits = limits(Some(u64::MAX - 1), None, None, policy);
        admitted(&request(UNKNOWN), &limits).amount
    };
    let told = Price {
        input: 1_000_000,
        output: 3_000_000,
        cache_read: 1_000_000,
        cache_creation_five_minutes: 1_000_000,
        cache_creation_one_hour: 2_000_000,
    };
    assert_eq!(
        estimate(UnknownPrice::Assume(None)),
        estimate(UnknownPrice::Assume(Some(told)))
    );
}
