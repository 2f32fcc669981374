//! The limit to one call, which is held before anything is sent.

use super::{HAIKU, UNKNOWN, answering, ask, asked, reply, took};
use crate::support::calls::{calling, complete, complete_with, open_with, reaching, stream};
use bedrock_host::Grants;
use bedrock_host::types::{Context, CostLimits, Error, ErrorKind, Price, Request, UnknownPrice};

fn limited(context: Context, per_request: u64, unknown_price: UnknownPrice) -> Context {
    Context {
        cost_limits: Some(CostLimits {
            per_request: Some(per_request),
            per_day: None,
            per_month: None,
            unknown_price,
        }),
        ..context
    }
}

/// The estimate that limits are held to.
async fn estimated(request: &Request, context: &Context) -> u64 {
    let estimate = asked().await.estimate(request, context).await;
    estimate.expect("no error").expect("an estimate").total
}

async fn refusal_of_stream(request: &Request, context: &Context) -> Error {
    let grants = reaching(context.endpoint.as_deref().expect("an endpoint"));
    match open_with(&grants, request, context).await {
        Ok(_) => panic!("a stream"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_call_that_may_cost_more_than_its_limit_is_refused_before_anything_is_sent() {
    let bedrock = answering(reply(took(1, 1))).await;
    let context = calling(&bedrock.url());
    let estimate = estimated(&ask(HAIKU), &context).await;
    let short = limited(context.clone(), estimate - 1, UnknownPrice::Deny);
    let refused = [
        complete(&ask(HAIKU), &short).await.expect_err("too dear"),
        refusal_of_stream(&ask(HAIKU), &short).await,
    ];
    for error in refused {
        assert_eq!(error.kind, ErrorKind::CostLimit, "{error:?}");
        assert_eq!(error.code.as_deref(), Some("cost_limit_per_request"));
        assert_eq!(error.status, Some(429));
        let path = error.path.as_deref();
        assert_eq!(path, Some("context.cost_limits.per_request"));
        assert!(!error.retryable && error.retry_after_ms.is_none());
    }
    assert_eq!(bedrock.counters().connections, 0);

    let enough = limited(context, estimate, UnknownPrice::Deny);
    complete(&ask(HAIKU), &enough).await.expect("an answer");
    stream(&ask(HAIKU), &enough).await.expect("a stream");
    assert_eq!(bedrock.counters().requests, 2);
}

#[tokio::test]
async fn the_limit_is_held_before_credentials_are_fetched() {
    let bedrock = answering(reply(took(1, 1))).await;
    let service = format!("{}/credentials", bedrock.url());
    let grants = Grants {
        environment: vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI".into(), service)],
        ..reaching(&bedrock.url())
    };
    let context = Context {
        credentials: None,
        region: Some("us-east-1".into()),
        ..calling(&bedrock.url())
    };
    let refused = limited(context.clone(), 1, UnknownPrice::Deny);
    let error = complete_with(&grants, &ask(HAIKU), &refused).await;
    assert_eq!(error.expect_err("too dear").kind, ErrorKind::CostLimit);
    assert_eq!(bedrock.counters().connections, 0);

    // The same call goes to the network where its limit lets it, and finds no credentials there.
    let passed = limited(context, u64::MAX, UnknownPrice::Deny);
    let error = complete_with(&grants, &ask(HAIKU), &passed).await;
    assert_ne!(error.expect_err("no keys").kind, ErrorKind::CostLimit);
    assert!(bedrock.counters().connections > 0);
}

#[tokio::test]
async fn a_model_without_a_price_is_refused_let_pass_or_counted_as_the_context_says() {
    // One and three USD per million tokens.
    let assumed = Price {
        input: 1_000_000,
        output: 3_000_000,
        cache_read: 1_000_000,
        cache_creation_five_minutes: 1_000_000,
        cache_creation_one_hour: 1_000_000,
    };
    let table = [
        (UnknownPrice::Deny, u64::MAX, false),
        (UnknownPrice::Allow, 1, true),
        // The answer alone, 1000 × 3, reaches the first of these; the prompt has less than 1000 tokens.
        (UnknownPrice::Assume(Some(assumed)), 3_000_000_000, false),
        (UnknownPrice::Assume(Some(assumed)), 4_000_000_000, true),
        (UnknownPrice::Assume(None), 3_000_000_000, false),
        (UnknownPrice::Assume(None), 4_000_000_000, true),
    ];
    for (policy, limit, passes) in table {
        let bedrock = answering(reply(took(1, 1))).await;
        let context = limited(calling(&bedrock.url()), limit, policy);
        let answer = complete(&ask(UNKNOWN), &context).await;
        match answer {
            Ok(_) => assert!(passes, "{policy:?} {limit}"),
            Err(error) => {
                assert!(!passes, "{policy:?} {limit}: {error:?}");
                assert_eq!(error.kind, ErrorKind::CostLimit, "{policy:?}");
                let code = match policy {
                    UnknownPrice::Deny => "cost_limit_unknown_price",
                    _ => "cost_limit_per_request",
                };
                assert_eq!(error.code.as_deref(), Some(code), "{policy:?}");
                assert_eq!(bedrock.counters().connections, 0, "{policy:?}");
            }
        }
    }
}
