//! Limits by day and month, held to a ledger that the host keeps: to the last pico-USD, with calls at once, and with
//! calls that break off.

mod book;
pub(crate) mod calendar;

use self::book::{Book, Down};
use self::calendar::{bounds, now_ms};
use crate::support::calls::{calling, complete, drain, emulator, own, reaching};
use crate::support::codec_host::CodecHost;
use crate::support::codec_host::exports::llm::provider::codec::Operation as Asked;
use crate::support::codec_host::{convert, json};
use crate::support::components::ledger_provider;
use bedrock_emulator::{
    Block, Config, Emulator, Fault, Operation, Pace, Point, Reply, Script, Usage,
};
use bedrock_host::types::{
    Chunk, Context, CostLimits, Error, ErrorKind, Price, Request, Response, UnknownPrice,
};
use bedrock_host::{ChunkStream, Grants, Instance, Ledger};
use std::sync::Arc;
use std::time::Duration;

/// 1.1 USD in and 5.5 out, per million tokens: pico-USD for one token of each.
pub(crate) const HAIKU: &str = "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0";
pub(crate) const IN: u64 = 1_100_000;
pub(crate) const OUT: u64 = 5_500_000;
/// The longest answer of each call.
pub(crate) const MAX_TOKENS: u32 = 1000;
const NO_LIMIT: u64 = u64::MAX;

pub(crate) fn script(input_tokens: u64, output_tokens: u64) -> Script {
    let usage = Usage {
        input_tokens,
        output_tokens,
        ..Usage::default()
    };
    let text = Block::Text(["One, ", "two, ", "three."].map(str::to_owned).to_vec());
    Script::from(Reply {
        usage: Some(usage),
        ..Reply::new(vec![text], "end_turn")
    })
}

pub(crate) async fn answering(script: Script) -> Emulator {
    emulator(Config::default().always(script)).await
}

fn ask() -> Request {
    Request {
        max_tokens: Some(MAX_TOKENS),
        ..Request::new(HAIKU).user("Count.")
    }
}

/// A call of this user's, who may spend so much in a day and in a month.
fn of_user(bedrock: &Emulator, user: &str, day: Option<u64>, month: Option<u64>) -> Context {
    Context {
        user: Some(user.into()),
        cost_limits: Some(CostLimits {
            per_request: None,
            per_day: day,
            per_month: month,
            unknown_price: UnknownPrice::Deny,
        }),
        ..calling(&bedrock.url())
    }
}

async fn instance(bedrock: &Emulator, ledger: Option<Arc<dyn Ledger>>) -> Instance {
    let grants = Grants {
        ledger,
        ..reaching(&bedrock.url())
    };
    let instance = ledger_provider().instantiate(&grants).await;
    instance.expect("a free instance")
}

async fn ask_with(
    bedrock: &Emulator,
    ledger: &Arc<Book>,
    context: &Context,
) -> Result<Response, Error> {
    let mut instance = instance(bedrock, Some(ledger.clone())).await;
    instance.complete(&ask(), context).await.map_err(own)
}

async fn open_with(
    bedrock: &Emulator,
    ledger: &Arc<Book>,
    context: &Context,
) -> Result<ChunkStream, Error> {
    let instance = instance(bedrock, Some(ledger.clone())).await;
    instance.stream(&ask(), context).await.map_err(own)
}

/// What is set aside for the call: its estimate.
pub(crate) async fn amount(bedrock: &Emulator) -> u64 {
    let mut instance = instance(bedrock, None).await;
    let estimate = instance.estimate(&ask(), &calling(&bedrock.url())).await;
    let estimate = estimate.expect("no error").expect("an estimate");
    assert_eq!(estimate.output, u64::from(MAX_TOKENS) * OUT);
    estimate.total
}

/// The refusals of a whole answer and of a stream, which ask the ledger once each.
async fn refused(bedrock: &Emulator, ledger: &Arc<Book>, context: &Context) -> [Error; 2] {
    let asked = ledger.asked().len();
    let whole = ask_with(bedrock, ledger, context).await.err();
    let streamed = open_with(bedrock, ledger, context).await.err();
    assert_eq!(ledger.asked().len(), asked + 2);
    [whole, streamed].map(|error| error.expect("over the cap"))
}

fn assert_over(error: &Error, which: &str) {
    assert_eq!(error.kind, ErrorKind::CostLimit, "{error:?}");
    let code = format!("cost_limit_per_{which}");
    assert_eq!(error.code.as_deref(), Some(&*code), "{error:?}");
    let path = format!("context.cost_limits.per_{which}");
    assert_eq!(error.path.as_deref(), Some(&*path), "{error:?}");
    assert_eq!(error.status, Some(429), "{error:?}");
}

#[tokio::test]
async fn a_day_or_a_month_that_is_used_up_refuses_the_call_and_tells_when_the_next_begins() {
    let bedrock = answering(script(20, 30)).await;
    let cost = 20 * IN + 30 * OUT;
    // It would fit, had there not been another call.
    let narrow = Some(amount(&bedrock).await + cost - 1);
    let wide = Some(NO_LIMIT);
    let table = [
        (narrow, None, "day", 10),
        (None, narrow, "month", 7),
        (wide, narrow, "month", 7),
        (narrow, wide, "day", 10),
    ];
    for (day, month, which, length) in table {
        let ledger = Arc::new(Book::default());
        let first = of_user(&bedrock, "ann", wide, wide);
        let first = ask_with(&bedrock, &ledger, &first).await;
        first.expect("an answer");
        let requests = bedrock.counters().requests;

        let before = now_ms();
        let context = of_user(&bedrock, "ann", day, month);
        let errors = refused(&bedrock, &ledger, &context).await;
        let after = now_ms();
        let asked = ledger.asked();
        for (error, (accounts, _)) in errors.iter().zip(&asked[1..]) {
            assert_over(error, which);
            assert!(error.retryable, "{error:?}");
            let period = accounts
                .iter()
                .find(|account| account.period.len() == length);
            let (start, end) = bounds(&period.expect(which).period);
            assert!(start <= after && before < end, "{accounts:?}");
            let wait = error.retry_after_ms.expect("when the next begins");
            let earliest = end.saturating_sub(after);
            assert!((earliest..=end - before).contains(&wait), "{wait} {which}");
        }
        assert_eq!(bedrock.counters().requests, requests, "{which}");
        assert!(ledger.spent("ann").iter().all(|spent| *spent == cost));
    }
}

#[tokio::test]
async fn what_passes_a_cap_by_itself_is_not_worth_waiting_for() {
    let bedrock = answering(script(1, 1)).await;
    let short = Some(amount(&bedrock).await - 1);
    for (day, month, which) in [(short, None, "day"), (None, short, "month")] {
        let ledger = Arc::new(Book::default());
        let context = of_user(&bedrock, "ann", day, month);
        for error in refused(&bedrock, &ledger, &context).await {
            assert_over(&error, which);
            assert!(!error.retryable && error.retry_after_ms.is_none());
        }
        assert_eq!(ledger.spent("ann"), [0; 2]);
    }
    assert_eq!(bedrock.counters().connections, 0);
}

#[tokio::test]
async fn both_limits_are_one_reservation_of_the_estimate_with_the_users_name_and_caps() {
    let bedrock = answering(script(1, 1)).await;
    let ledger = Arc::new(Book::default());
    let (day, month) = (amount(&bedrock).await, 10 * amount(&bedrock).await);
    let context = of_user(&bedrock, "ann", Some(day), Some(month));
    let answer = ask_with(&bedrock, &ledger, &context).await;
    answer.expect("the cap itself may be reached");
    let asked = ledger.asked();
    let [(accounts, amount)] = &asked[..] else {
        panic!("one reservation: {asked:?}");
    };
    assert_eq!(*amount, day);
    let seen: Vec<_> = accounts
        .iter()
        .map(|account| (account.user.as_str(), account.period.len(), account.cap))
        .collect();
    assert_eq!(seen, [("ann", 10, day), ("ann", 7, month)]);
}

#[tokio::test]
async fn users_do_not_share_and_a_call_without_such_limits_asks_no_ledger() {
    let bedrock = answering(script(10, 1000)).await;
    let ledger = Arc::new(Book::default());
    let cap = Some(amount(&bedrock).await);
    for (user, passes) in [("ann", true), ("ann", false), ("bob", true), ("bob", false)] {
        let context = of_user(&bedrock, user, cap, None);
        let answer = ask_with(&bedrock, &ledger, &context).await;
        assert_eq!(answer.is_ok(), passes, "{user}: {answer:?}");
    }
    let asked = ledger.asked().len();
    for context in [
        of_user(&bedrock, "ann", None, None),
        Context {
            user: Some("ann".into()),
            ..calling(&bedrock.url())
        },
    ] {
        let answer = ask_with(&bedrock, &ledger, &context).await;
        answer.expect("no such limit");
    }
    assert_eq!(ledger.asked().len(), asked);
}

#[tokio::test]
async fn what_a_call_cost_takes_the_place_of_its_estimate() {
    let bedrock = answering(script(20, 30)).await;
    let cost = 20 * IN + 30 * OUT;
    let ledger = Arc::new(Book::default());
    let context = of_user(&bedrock, "ann", Some(NO_LIMIT), Some(NO_LIMIT));

    let answer = ask_with(&bedrock, &ledger, &context).await;
    let told = answer.expect("an answer").cost.expect("a price");
    assert_eq!(told.total, cost);
    assert_eq!(ledger.spent("ann"), [cost; 2]);

    let stream = open_with(&bedrock, &ledger, &context).await;
    let amount = ledger.last_amount();
    assert_eq!(ledger.spent("ann"), [cost + amount; 4], "still set aside");
    let (chunks, error) = drain(stream.expect("a stream")).await;
    assert!(error.is_none() && matches!(chunks.last(), Some(Chunk::MessageStop)));
    assert_eq!(ledger.spent("ann"), [2 * cost; 4]);

    // More than was set aside, and past the cap: it was spent all the same.
    let dear = answering(script(1, 5000)).await;
    let context = of_user(&dear, "bob", Some(amount), None);
    ask_with(&dear, &ledger, &context).await.expect("an answer");
    assert_eq!(ledger.spent("bob"), [IN + 5000 * OUT]);
}

#[tokio::test]
async fn counting_tokens_is_free_and_is_not_limited() {
    let bedrock = answering(script(1, 1)).await;
    let ledger = Arc::new(Book::default());
    let context = of_user(&bedrock, "ann", Some(0), Some(0));
    let mut instance = instance(&bedrock, Some(ledger.clone())).await;
    let counted = instance.count_tokens(&ask(), &context).await;
    assert!(counted.expect("a count") > 0);
    assert!(ledger.asked().is_empty());
}

#[tokio::test]
async fn a_call_that_fails_before_its_answer_costs_nothing() {
    for code in [
        "ValidationException",
        "AccessDeniedException",
        "ThrottlingException",
        "InternalServerException",
    ] {
        let bedrock = answering(Script::refusal(code, "no")).await;
        let ledger = Arc::new(Book::default());
        let context = of_user(&bedrock, "ann", Some(NO_LIMIT), None);
        let whole = ask_with(&bedrock, &ledger, &context).await;
        assert!(whole.is_err(), "{code}");
        let streamed = open_with(&bedrock, &ledger, &context).await;
        assert!(streamed.is_err(), "{code}");
        assert_eq!(bedrock.counters().requests, 2, "{code}");
        assert_eq!(ledger.spent("ann"), [0; 2], "{code}");
    }
}

#[tokio::test]
async fn a_stream_that_is_given_up_at_a_ping_is_paid_for_and_one_that_is_refused_after_it_is_not() {
    let late = |script: Script| {
        script.pace(Pace {
            before_headers: Duration::from_secs(1),
            ..Pace::default()
        })
    };
    for (script, is_refused) in [
        (script(1, 1), false),
        (Script::refusal("ValidationException", "no"), true),
    ] {
        let bedrock = answering(late(script)).await;
        let ledger = Arc::new(Book::default());
        let context = Context {
            extensions: Some(r#"{"bedrock":{"pingMs":100}}"#.into()),
            ..of_user(&bedrock, "ann", Some(NO_LIMIT), None)
        };
        let stream = open_with(&bedrock, &ledger, &context).await;
        let mut stream = stream.expect("a stream");
        let first = stream.next().await.expect("chunks").expect("chunks");
        assert_eq!(first, [Chunk::Ping]);
        if is_refused {
            let (chunks, error) = drain(stream).await;
            assert!(chunks.iter().all(|chunk| *chunk == Chunk::Ping));
            assert!(error.is_some());
            assert_eq!(ledger.spent("ann"), [0]);
        } else {
            // The request is on its way, and nobody will learn what it cost.
            assert!(stream.close().await.is_some());
            assert_eq!(ledger.spent("ann"), [ledger.last_amount()]);
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_given_up_or_breaks_off_keeps_what_was_set_aside() {
    let paused = script(1, 1).pace(Pace::every(Duration::from_secs(5)));
    let bedrock = answering(paused).await;
    let ledger = Arc::new(Book::default());
    let context = of_user(&bedrock, "ann", Some(NO_LIMIT), None);
    let stream = open_with(&bedrock, &ledger, &context).await;
    let mut stream = stream.expect("a stream");
    stream.next().await.expect("chunks").expect("chunks");
    drop(stream);
    assert_eq!(ledger.spent("ann"), [ledger.last_amount()]);

    // Closed, so that the instance goes on: the component itself lets go of the reservation.
    let stream = open_with(&bedrock, &ledger, &context).await;
    let mut stream = stream.expect("a stream");
    stream.next().await.expect("chunks").expect("chunks");
    assert!(stream.close().await.is_some());
    assert_eq!(ledger.spent("ann"), [2 * ledger.last_amount(); 2]);

    for fault in [
        Fault::Reset(Point::Frame(3)),
        Fault::Truncate(Point::MidFrame(2)),
        Fault::CorruptMessageCrc(2),
    ] {
        let name = format!("{fault:?}");
        let bedrock = answering(script(1, 1).fault(fault)).await;
        let ledger = Arc::new(Book::default());
        let context = of_user(&bedrock, "ann", Some(NO_LIMIT), None);
        let stream = open_with(&bedrock, &ledger, &context).await;
        let (_, error) = drain(stream.expect(&name)).await;
        assert!(error.is_some(), "{name}");
        assert_eq!(ledger.spent("ann"), [ledger.last_amount()], "{name}");
    }
}

#[tokio::test]
async fn of_fifty_calls_at_once_exactly_as_many_pass_as_the_cap_has_room_for() {
    const CALLS: usize = 50;
    const FIT: usize = 17;
    let probe = answering(script(1, 1)).await;
    let amount = amount(&probe).await;
    // Each costs what was set aside for it, so that it does not matter which of them end before others begin.
    let prompt = (amount - u64::from(MAX_TOKENS) * OUT) / IN;
    let bedrock = Arc::new(answering(script(prompt, MAX_TOKENS.into())).await);
    let ledger = Arc::new(Book::default());
    let fit = u64::try_from(FIT).expect("small");
    let context = of_user(&bedrock, "ann", Some(amount * (fit + 1) - 1), None);
    let mut calls = tokio::task::JoinSet::new();
    for turn in 0..CALLS {
        let (bedrock, ledger, context) = (bedrock.clone(), ledger.clone(), context.clone());
        calls.spawn(async move {
            if turn % 2 == 0 {
                return ask_with(&bedrock, &ledger, &context).await.map(drop);
            }
            let stream = open_with(&bedrock, &ledger, &context).await?;
            let (_, error) = drain(stream).await;
            error.map_or(Ok(()), Err)
        });
    }
    let outcomes = calls.join_all().await;
    let passed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    for error in refused {
        assert_eq!(error.kind, ErrorKind::CostLimit, "{error:?}");
    }
    assert_eq!(passed, FIT);
    assert_eq!(bedrock.counters().requests, fit);
    assert_eq!(ledger.asked().len(), CALLS);
    assert_eq!(ledger.spent("ann"), [fit * amount; CALLS]);
}

#[tokio::test]
async fn a_call_is_refused_where_nobody_can_tell_what_was_spent() {
    let bedrock = answering(script(1, 1)).await;
    let context = of_user(&bedrock, "ann", Some(NO_LIMIT), None);
    let ledgers: [(Option<Arc<dyn Ledger>>, _); 2] = [
        (
            Some(Arc::new(Down)),
            "the store of spending does not answer",
        ),
        (None, "this host keeps no ledger"),
    ];
    for (ledger, why) in ledgers {
        let mut whole = instance(&bedrock, ledger.clone()).await;
        let error = own(whole.complete(&ask(), &context).await.expect_err(why));
        assert!(error.message.contains(why), "{error:?}");
        assert_eq!(error.kind, ErrorKind::CostLimit);
        assert_eq!(error.code.as_deref(), Some("cost_limit_unavailable"));
        assert!(error.retryable && error.status == Some(503), "{error:?}");
        let streamed = instance(&bedrock, ledger).await;
        let Err(error) = streamed.stream(&ask(), &context).await else {
            panic!("a stream: {why}");
        };
        assert!(own(error).message.contains(why));
    }
    assert_eq!(bedrock.counters().connections, 0);
}

#[tokio::test]
async fn an_unknown_price_is_counted_as_the_context_says() {
    let bedrock = answering(script(100, 10)).await;
    let assumed = Price {
        input: 1_000_000,
        output: 3_000_000,
        cache_read: 1_000_000,
        cache_creation_five_minutes: 1_000_000,
        cache_creation_one_hour: 1_000_000,
    };
    let request = Request {
        model: "bedrock/newvendor.marvel-1".into(),
        ..ask()
    };
    let table = [
        (UnknownPrice::Assume(Some(assumed)), Some(130_000_000)),
        (UnknownPrice::Allow, Some(0)),
        (UnknownPrice::Deny, None),
    ];
    for (unknown_price, spent) in table {
        let ledger = Arc::new(Book::default());
        let mut context = of_user(&bedrock, "ann", Some(NO_LIMIT), None);
        if let Some(limits) = &mut context.cost_limits {
            limits.unknown_price = unknown_price;
        }
        let mut instance = instance(&bedrock, Some(ledger.clone())).await;
        let answer = instance.complete(&request, &context).await.map_err(own);
        match spent {
            Some(spent) => {
                answer.expect("an answer");
                // "Uncounted" may be an account that was never asked for, or one with nothing in it.
                assert!(ledger.spent("ann").iter().all(|sum| *sum == spent));
                assert!(spent == 0 || !ledger.asked().is_empty());
            }
            None => {
                let error = answer.expect_err("no price");
                assert_eq!(error.kind, ErrorKind::CostLimit);
                assert_eq!(error.code.as_deref(), Some("cost_limit_unknown_price"));
                assert!(ledger.asked().is_empty());
            }
        }
    }
}

#[tokio::test]
async fn a_world_without_a_ledger_refuses_such_limits_and_names_the_one_that_has() {
    let bedrock = answering(script(1, 1)).await;
    for (day, month, path) in [
        (Some(NO_LIMIT), None, "context.cost_limits.per_day"),
        (None, Some(NO_LIMIT), "context.cost_limits.per_month"),
    ] {
        let context = of_user(&bedrock, "ann", day, month);
        let plain = complete(&ask(), &context).await.expect_err(path);
        let of_codec = CodecHost::new().prepare(&ask(), &context, Asked::Complete);
        let of_codec: Error = convert(&json(&of_codec.expect_err(path)));
        for error in [plain, of_codec] {
            assert_eq!(error.kind, ErrorKind::Unsupported, "{error:?}");
            assert_eq!(error.path.as_deref(), Some(path), "{error:?}");
            let named = error.message.contains("bedrock-provider-ledger");
            assert!(named, "{error:?}");
        }
    }
    assert_eq!(bedrock.counters().connections, 0);
}

/// A call that is tried up to twice, and of which the first tries go so.
async fn failing_first(first: Script, tries: u32) -> (Emulator, Context) {
    let bedrock = answering(script(100, 10)).await;
    bedrock.enqueue(Operation::Converse, first);
    let context = Context {
        max_attempts: Some(tries),
        ..of_user(&bedrock, "ann", Some(NO_LIMIT), None)
    };
    (bedrock, context)
}

#[tokio::test]
async fn a_whole_answer_that_breaks_off_is_paid_for_and_so_is_what_is_tried_again_after_it() {
    const COST: u64 = 100 * IN + 10 * OUT;
    let broken = || script(1, 1).fault(Fault::Reset(Point::Byte(20)));

    let (bedrock, context) = failing_first(broken(), 1).await;
    let ledger = Arc::new(Book::default());
    assert!(ask_with(&bedrock, &ledger, &context).await.is_err());
    assert_eq!(ledger.spent("ann"), [ledger.last_amount()]);

    let (bedrock, context) = failing_first(broken(), 2).await;
    let ledger = Arc::new(Book::default());
    ask_with(&bedrock, &ledger, &context)
        .await
        .expect("an answer");
    assert_eq!(ledger.spent("ann"), [ledger.last_amount() + COST; 2]);

    // What was refused is not paid for, and its money serves for the next try.
    let refused = Script::refusal("InternalServerException", "x");
    let (bedrock, context) = failing_first(refused, 2).await;
    let ledger = Arc::new(Book::default());
    ask_with(&bedrock, &ledger, &context)
        .await
        .expect("an answer");
    assert_eq!(ledger.asked().len(), 1);
    assert_eq!(ledger.spent("ann"), [COST]);
}

#[tokio::test]
async fn a_fallback_has_the_room_that_the_place_before_it_had() {
    let bedrock = emulator(Config {
        other_regions: vec!["us-west-2".into()],
        ..Config::default().always(script(100, 10))
    })
    .await;
    let estimate = amount(&bedrock).await;
    bedrock.enqueue(
        Operation::Converse,
        Script::refusal("ThrottlingException", "x"),
    );
    let context = Context {
        fallbacks: vec!["us-west-2".into()],
        // Room for one call, and not for two.
        ..of_user(&bedrock, "ann", Some(estimate + estimate / 2), None)
    };
    let ledger = Arc::new(Book::default());
    ask_with(&bedrock, &ledger, &context)
        .await
        .expect("an answer");
    assert_eq!(bedrock.counters().requests, 2);
    assert_eq!(ledger.spent("ann"), [100 * IN + 10 * OUT; 2]);
}
