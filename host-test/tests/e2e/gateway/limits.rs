//! Limits by day and month, counted in the store by whatever instance serves a call.

use super::calls::{ANN, BOB, WIDE, answered, ask, capped, gateway, of_bedrock, signed, usd};
use super::client::{Answer, DIALECTS, Dialect, cost};
use super::host::Gateway;
use super::store::Shelf;
use crate::ledger::calendar::{bounds, now_ms};
use crate::ledger::{IN, MAX_TOKENS, OUT, amount, answering, script};
use crate::support::components::GATEWAY;
use bedrock_emulator::Emulator;
use std::sync::Arc;

const COST: u64 = 20 * IN + 30 * OUT;

#[tokio::test]
async fn what_a_call_cost_takes_the_place_of_its_estimate_in_the_callers_day_and_month() {
    let bedrock = answering(script(20, 30)).await;
    let (estimate, spent) = (signed(amount(&bedrock).await), signed(COST));
    for dialect in DIALECTS {
        for is_stream in [false, true] {
            let shelf = Shelf::default();
            let gateway = capped(&bedrock, &shelf, WIDE, WIDE).await;
            let before = now_ms();
            let answer = gateway.ask(dialect, ANN, &ask(is_stream)).await;
            gateway.idle().await;
            let after = now_ms();
            let told = match is_stream {
                true => dialect.told(&answer.body).cost,
                false => cost(&answer.json()),
            };
            assert_eq!(told, Some(spent), "{dialect:?} {answer:?}");
            let settled = spent - estimate;
            assert_eq!(shelf.added(), [estimate, estimate, settled, settled]);
            let sums = shelf.sums("default");
            assert_eq!(sums.len(), 2, "{sums:?}");
            for (key, sum) in sums {
                let parts: Vec<&str> = key.split('/').collect();
                let [kind, period, user] = parts[..] else {
                    panic!("{key}");
                };
                assert_eq!((kind, user, sum), ("llm-spent", "ann", spent));
                let (start, end) = bounds(period);
                assert!(start <= after && before < end, "{key}");
            }
        }
    }
}

/// The answer to a call that a limit forbids, whole or as a stream.
async fn refused(gateway: &Gateway, dialect: Dialect, is_stream: bool) -> Answer {
    let answer = gateway.ask(dialect, ANN, &ask(is_stream)).await;
    gateway.idle().await;
    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    answer
}

#[tokio::test]
async fn over_the_cap_the_client_is_told_so_in_its_own_shape_and_bedrock_is_not_asked() {
    let bedrock = answering(script(20, 30)).await;
    // It would fit, had there not been another call.
    let narrow = amount(&bedrock).await + COST - 1;
    for (day, month, period) in [(narrow, WIDE, "day"), (WIDE, narrow, "month")] {
        let shelf = Shelf::default();
        let gateway = capped(&bedrock, &shelf, day, month).await;
        let first = answered(&gateway, Dialect::Anthropic, ANN).await;
        assert_eq!(first.status, 200, "{first:?}");
        let requests = bedrock.counters().requests;
        for dialect in DIALECTS {
            for is_stream in [false, true] {
                let answer = refused(&gateway, dialect, is_stream).await;
                let body = answer.json();
                let (kind, message, code) = dialect.error(&body);
                let limit = format!("cost_limits.per_{period}");
                let expected = match dialect {
                    Dialect::Anthropic => ("rate_limit_error", String::new()),
                    Dialect::OpenAi => ("insufficient_quota", format!("cost_limit_per_{period}")),
                };
                assert_eq!((kind, code), (expected.0, &*expected.1), "{answer:?}");
                assert!(answer.body.contains(&limit), "{answer:?}");
                assert!(message.contains("wait until"), "{message}");
                assert_eq!(answer.header("x-should-retry"), "true");
                assert!(answer.header("retry-after").parse::<u64>().is_ok());
            }
        }
        assert_eq!(bedrock.counters().requests, requests);
        assert_eq!(shelf.spent("ann"), [signed(COST); 2]);
        assert!(gateway.log().contains(&format!("cost_limit_per_{period}")));
    }
}

/// Forty calls at once, in either language, whole and as streams; how many were let in.
async fn forty_at_once(gateway: &Arc<Gateway>) -> u64 {
    let mut calls = tokio::task::JoinSet::new();
    for turn in 0..40 {
        let gateway = Arc::clone(gateway);
        calls.spawn(async move {
            let dialect = DIALECTS[turn % 2];
            let answer = gateway.ask(dialect, ANN, &ask(turn % 4 < 2)).await;
            match answer.status {
                200 => 1,
                429 => 0,
                _ => panic!("{answer:?}"),
            }
        });
    }
    let let_in = calls.join_all().await;
    gateway.idle().await;
    let_in.into_iter().sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_calls_at_once_as_many_pass_as_the_cap_has_room_for() {
    const FIT: u64 = 17;
    let probe = answering(script(1, 1)).await;
    let amount = amount(&probe).await;
    // Each costs what was set aside for it, so that it does not matter which of them end before others begin.
    let prompt = (amount - u64::from(MAX_TOKENS) * OUT) / IN;
    let bedrock = answering(script(prompt, MAX_TOKENS.into())).await;
    let cap = amount * (FIT + 1) - 1;
    for (day, month) in [(cap, WIDE), (WIDE, cap), (cap, cap)] {
        let requests = bedrock.counters().requests;
        let shelf = Shelf::default();
        let gateway = Arc::new(capped(&bedrock, &shelf, day, month).await);
        assert_eq!(forty_at_once(&gateway).await, FIT);
        assert_eq!(bedrock.counters().requests, requests + FIT);
        assert_eq!(shelf.spent("ann"), [signed(FIT * amount); 2]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_that_cost_less_than_was_set_aside_leave_the_rest_for_others() {
    let bedrock = answering(script(20, 30)).await;
    let cap = amount(&bedrock).await * 5;
    let shelf = Shelf::default();
    let gateway = Arc::new(capped(&bedrock, &shelf, cap, cap).await);
    let mut passed = forty_at_once(&gateway).await;
    assert!(passed >= 5, "{passed}");
    passed += forty_at_once(&gateway).await;
    assert_eq!(bedrock.counters().requests, passed);
    assert_eq!(shelf.spent("ann"), [signed(passed * COST); 2]);
    assert!(passed * COST <= cap, "{passed}");
}

#[tokio::test]
async fn each_caller_has_an_account_and_several_keys_of_one_name_share_it() {
    let bedrock = answering(script(20, 30)).await;
    let shelf = Shelf::default();
    let cap = usd(amount(&bedrock).await + COST - 1);
    let keys = format!("ann={ANN},bob={BOB},ann=key-2-of-ann,key-of-nobody");
    let settings = [("GATEWAY_MAX_USD_PER_DAY", &*cap), ("GATEWAY_KEYS", &keys)];
    let gateway = gateway(&bedrock, &shelf, &settings).await;
    for (key, status) in [
        (ANN, 200),
        (ANN, 429),
        ("key-2-of-ann", 429),
        (BOB, 200),
        (BOB, 429),
        ("key-of-nobody", 200),
        ("no-key", 401),
    ] {
        let answer = answered(&gateway, Dialect::OpenAi, key).await;
        assert_eq!(answer.status, status, "{key}: {answer:?}");
    }
    let spent = signed(COST);
    for user in ["ann", "bob", "key-4"] {
        assert_eq!(shelf.spent(user), [spent, 0], "{user}");
    }
    assert_eq!(shelf.sums("default").len(), 3);
}

#[tokio::test]
async fn where_nobody_is_asked_for_a_key_all_callers_share_one_account() {
    let bedrock = answering(script(20, 30)).await;
    let shelf = Shelf::default();
    let cap = usd(WIDE);
    let settings = [
        ("GATEWAY_MAX_USD_PER_MONTH", &*cap),
        ("GATEWAY_KEYS", ""),
        ("GATEWAY_OPEN", "on"),
    ];
    let gateway = gateway(&bedrock, &shelf, &settings).await;
    for key in [ANN, BOB] {
        assert_eq!(
            answered(&gateway, Dialect::Anthropic, key).await.status,
            200
        );
    }
    assert_eq!(shelf.spent("anonymous"), [0, signed(2 * COST)]);
}

async fn with_store(bedrock: &Emulator, shelf: &Shelf, name: &str) -> Gateway {
    let cap = usd(WIDE);
    let settings = [
        ("GATEWAY_MAX_USD_PER_DAY", &*cap),
        ("GATEWAY_LEDGER_STORE", name),
    ];
    gateway(bedrock, shelf, &settings).await
}

#[tokio::test]
async fn a_setting_names_the_store() {
    let bedrock = answering(script(20, 30)).await;
    for (name, store) in [
        ("spending", "spending"),
        (" spending ", "spending"),
        ("", "default"),
    ] {
        let shelf = Shelf::default();
        let gateway = with_store(&bedrock, &shelf, name).await;
        let answer = answered(&gateway, Dialect::Anthropic, ANN).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let other = if store == "default" {
            "spending"
        } else {
            "default"
        };
        let sums: Vec<i64> = shelf.sums(store).into_values().collect();
        assert_eq!(sums, [signed(COST)], "{name:?}");
        assert!(shelf.sums(other).is_empty(), "{name:?}");
    }
}

#[tokio::test]
async fn without_limits_by_day_or_month_no_store_is_asked() {
    let bedrock = answering(script(20, 30)).await;
    let shelf = Shelf::default();
    let gateway = gateway(&bedrock, &shelf, &[("GATEWAY_MAX_USD_PER_REQUEST", "1")]).await;
    assert_eq!(answered(&gateway, Dialect::OpenAi, ANN).await.status, 200);
    assert!(shelf.added().is_empty());
}

#[tokio::test]
async fn the_gateway_without_a_ledger_refuses_such_limits_and_bedrock_is_not_asked() {
    let bedrock = answering(script(20, 30)).await;
    for limit in ["GATEWAY_MAX_USD_PER_DAY", "GATEWAY_MAX_USD_PER_MONTH"] {
        let settings = of_bedrock(&bedrock, &[(limit, "1")]);
        let gateway = Gateway::start(GATEWAY, settings, &Shelf::default()).await;
        for dialect in DIALECTS {
            let answer = answered(&gateway, dialect, ANN).await;
            assert_eq!(answer.status, 500, "{answer:?}");
            assert!(answer.body.contains("not configured"), "{answer:?}");
            assert!(gateway.log().contains("ledger"), "{}", gateway.log());
        }
    }
    assert_eq!(bedrock.counters().connections, 0);
}
