//! Whole calls, without a host.

mod any;
mod endless;
mod host;
mod storm;

use self::host::{Host, NOON, Reply, ask, key};
use super::*;
use crate::canonical::{CostLimits, Deadlines as Asked, ErrorKind, UnknownPrice};
use crate::credentials::Auth;
use crate::tests::transcript::assert_legal;

const NOT_NOW: &str = "Too many requests, please wait before trying again.";

fn throttle() -> Reply {
    Reply::refusal(429, "ThrottlingException", NOT_NOW)
}

fn expired() -> Reply {
    Reply::refusal(
        403,
        "ExpiredTokenException",
        "The security token is expired",
    )
}

/// The answer's first deadline in milliseconds, and the whole call's.
fn within(first_byte_ms: Option<u32>, total_ms: Option<u32>) -> Context {
    Context {
        deadlines: Asked {
            connect_ms: None,
            first_byte_ms,
            between_bytes_ms: None,
            total_ms,
        },
        ..Context::default()
    }
}

fn limited() -> Context {
    Context {
        user: Some("ann".into()),
        cost_limits: Some(CostLimits {
            per_request: None,
            per_day: Some(u64::MAX),
            per_month: None,
            unknown_price: UnknownPrice::Deny,
        }),
        region: Some("us-east-1".into()),
        ..Context::default()
    }
}

fn pinging(ping_ms: u32) -> Context {
    Context {
        extensions: Some(format!(r#"{{"bedrock":{{"pingMs":{ping_ms}}}}}"#)),
        ..Context::default()
    }
}

fn completed(host: &mut Host, context: Context) -> Result<(), Error> {
    match host.call(context, Operation::Complete).1? {
        Outcome::Answer(answer) => {
            assert_eq!(answer.usage.output_tokens, 3);
            Ok(())
        }
        other => panic!("{other:?}"),
    }
}

fn streamed(host: &mut Host, context: Context) -> (usize, Result<(), Error>) {
    let (mut chunks, result) = host.call(context, Operation::Stream);
    let all = chunks.len();
    chunks.retain(|chunk| *chunk != Chunk::Ping);
    if !chunks.is_empty() || result.is_ok() {
        assert_legal(&chunks, result.as_ref().err());
    }
    (all - chunks.len(), result.map(|_| ()))
}

#[test]
fn a_call_finds_credentials_sends_and_answers() {
    let mut host = Host::new([Reply::answer()]);
    assert_eq!(completed(&mut host, Context::default()), Ok(()));
    assert_eq!(host.log, ["find", "send us-east-1"]);
    let mut host = Host::new([Reply::stream()]);
    assert_eq!(streamed(&mut host, Context::default()), (0, Ok(())));
    assert_eq!(host.log, ["find", "send us-east-1"]);
}

#[test]
fn what_passes_is_tried_again_after_a_pause_as_often_as_there_are_attempts() {
    for stumble in [
        throttle(),
        Reply::refusal(503, "ServiceUnavailableException", "x"),
        Reply::cut(0),
        Reply {
            status: None,
            body: Vec::new(),
            end: Some(false),
            ..Reply::answer()
        },
    ] {
        let twice = [stumble.clone(), stumble.clone()];
        let mut host = Host::new(twice.clone().into_iter().chain([Reply::stream()]));
        assert_eq!(streamed(&mut host, Context::default()), (0, Ok(())));
        let tries = ["find", "send us-east-1", "pause", "send us-east-1", "pause"];
        assert_eq!(host.log[..5], tries, "{stumble:?}");
        let mut host = Host::new(twice.into_iter().chain([stumble]));
        let (_, result) = streamed(&mut host, Context::default());
        let error = result.expect_err("three attempts");
        assert_ne!(error.kind, ErrorKind::Internal);
        assert!(host.replies.is_empty());
    }
}

#[test]
fn a_refusal_that_stays_is_the_calls_error() {
    let refusal = Reply::refusal(400, "ValidationException", "no such thing as hush-hush");
    let mut host = Host::new([refusal]);
    let error = completed(&mut host, Context::default()).expect_err("a refusal");
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    // What it was signed with is not repeated.
    assert!(error.message.contains("no such thing"), "{error:?}");
    assert!(!error.message.contains("hush-hush"), "{error:?}");
}

#[test]
fn refused_credentials_are_renewed_once() {
    let mut host = Host::new([expired(), Reply::answer()]);
    host.credentials.push_back(key("AKIDSECOND"));
    assert_eq!(completed(&mut host, Context::default()), Ok(()));
    let renewed = ["find", "send us-east-1", "renew", "send us-east-1"];
    assert_eq!(host.log, renewed);

    let mut host = Host::new([expired(), expired()]);
    host.credentials.push_back(key("AKIDSECOND"));
    let error = completed(&mut host, Context::default()).expect_err("twice");
    assert_eq!(error.kind, ErrorKind::Authentication);
    assert_eq!(host.log, renewed);

    // The caller's own are what they are.
    let mut host = Host::new([expired()]);
    let error = completed(&mut host, Context::default()).expect_err("expired");
    assert_eq!(error.code.as_deref(), Some("ExpiredTokenException"));
}

#[test]
fn a_clock_that_is_wrong_is_corrected_once_and_for_the_calls_that_follow() {
    let skewed = || {
        Reply::refusal(403, "InvalidSignatureException", "Signature expired")
            .dated("Sun, 22 Nov 2026 13:00:00 GMT")
    };
    let mut host = Host::new([skewed(), Reply::answer(), Reply::answer()]);
    assert_eq!(completed(&mut host, Context::default()), Ok(()));
    assert_eq!(host.log, ["find", "send us-east-1", "send us-east-1"]);
    let hour = 3_600_000;
    assert_eq!(host.client.service_time(&None, host.now), NOON + hour);
    host.credentials.push_back(key("AKIDFIRST"));
    assert_eq!(completed(&mut host, Context::default()), Ok(()));
    // Another endpoint has a clock of its own.
    let other = Some("https://example.org".to_owned());
    assert_eq!(host.client.service_time(&other, host.now), NOON);

    let mut host = Host::new([skewed(), skewed()]);
    let error = completed(&mut host, Context::default()).expect_err("twice");
    assert_eq!(error.kind, ErrorKind::Authentication);
}

#[test]
fn no_room_leads_to_the_fallbacks_and_one_that_cannot_be_is_passed_over() {
    let context = |fallbacks: &[&str]| Context {
        fallbacks: fallbacks.iter().map(|name| name.to_string()).collect(),
        ..Context::default()
    };
    let mut host = Host::new([throttle(), Reply::answer()]);
    assert_eq!(completed(&mut host, context(&["eu-west-1"])), Ok(()));
    assert_eq!(host.log, ["find", "send us-east-1", "send eu-west-1"]);

    let mut host = Host::new([throttle(), throttle(), throttle(), throttle()]);
    let error = completed(&mut host, context(&["eu-west-1"])).expect_err("no room");
    assert_eq!(error.kind, ErrorKind::RateLimited);
    let last = [
        "send eu-west-1",
        "pause",
        "send eu-west-1",
        "pause",
        "send eu-west-1",
    ];
    assert_eq!(host.log[2..], last);
}

#[test]
fn a_refusal_that_says_how_the_call_would_be_taken_is_followed() {
    let beta = Reply::refusal(
        400,
        "ValidationException",
        "The model returned the following errors: invalid beta flag",
    );
    let mut host = Host::new([beta.clone(), Reply::answer()]);
    let request = Request {
        betas: vec!["interleaved-thinking-2025-05-14".into()],
        ..ask()
    };
    let driver = Driver::new(
        request,
        Context::default(),
        Environment::default(),
        Operation::Complete,
        host.now,
    );
    let (_, result) = host.run(driver.expect("a call"));
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(host.log, ["find", "send us-east-1", "send us-east-1"]);
    // It asked for none.
    let mut host = Host::new([beta]);
    assert!(completed(&mut host, Context::default()).is_err());
}

#[test]
fn a_host_that_sends_once_has_one_attempt() {
    for stumble in [throttle(), expired()] {
        let mut host = Host::new([stumble]);
        let driver = Driver::new(
            ask(),
            Context::default(),
            Environment::default(),
            Operation::Stream,
            host.now,
        );
        let (chunks, result) = host.run(driver.expect("a call").once());
        assert!(chunks.is_empty() && result.is_err());
        assert_eq!(host.log, ["find", "send us-east-1"]);
    }
}

#[test]
fn a_deadline_is_an_error_that_names_it_and_is_not_tried_again() {
    for (context, name) in [
        (within(Some(300), None), "first-byte-ms"),
        (within(None, Some(300)), "total-ms"),
        (within(Some(400), Some(300)), "total-ms"),
    ] {
        let mut host = Host::new([Reply::silence()]);
        let error = completed(&mut host, context).expect_err(name);
        assert_eq!(error.kind, ErrorKind::Timeout);
        assert!(error.message.contains(name), "{error:?}");
        assert_eq!(host.now.unix_ms, NOON + 300, "{name}");
    }
    // No pause goes past the end.
    let mut slow = throttle();
    slow.headers.push(("retry-after", "4".into()));
    let mut host = Host::new([slow]);
    let error = completed(&mut host, within(None, Some(1000))).expect_err("no time");
    assert_eq!(error.kind, ErrorKind::RateLimited);
    assert_eq!(host.now.unix_ms, NOON);
}

#[test]
fn silence_is_broken_by_pings_after_which_nothing_is_sent_again() {
    let mut host = Host::new([Reply::stream().late(700)]);
    assert_eq!(streamed(&mut host, pinging(200)), (3, Ok(())));
    let mut host = Host::new([throttle().late(700)]);
    let (pings, result) = streamed(&mut host, pinging(200));
    assert_eq!(pings, 3);
    assert_eq!(
        result.map_err(|error| error.kind),
        Err(ErrorKind::RateLimited)
    );
    // Before the first ping it is.
    let mut host = Host::new([throttle().late(100), Reply::stream()]);
    assert_eq!(streamed(&mut host, pinging(200)), (0, Ok(())));
    // A whole answer has no place for one.
    let mut host = Host::new([Reply::answer().late(700)]);
    assert_eq!(completed(&mut host, pinging(200)), Ok(()));
}

#[test]
fn a_slow_reader_gets_the_answer_and_no_deadline_of_the_service_s() {
    let mut host = Host::new([Reply::stream()]);
    host.reads_for_ms = 500;
    let (pings, result) = streamed(&mut host, pinging(200));
    assert_eq!((pings, result), (0, Ok(())));
    // It was away while the head came.
    let context = Context {
        extensions: pinging(100).extensions,
        ..within(Some(300), None)
    };
    let mut host = Host::new([Reply::stream().late(250)]);
    host.reads_for_ms = 1000;
    assert_eq!(streamed(&mut host, context.clone()), (2, Ok(())));
    // While it waits, the deadline counts over all pings.
    let mut host = Host::new([Reply::silence()]);
    let (pings, result) = streamed(&mut host, context);
    assert_eq!(pings, 2);
    assert_eq!(result.map_err(|error| error.kind), Err(ErrorKind::Timeout));
}

#[test]
fn what_comes_behind_the_end_of_an_answer_is_not_waited_for() {
    let mut reply = Reply::stream();
    reply.body.extend((0..500).map(|_| (10, b"x".to_vec())));
    let mut host = Host::new([reply]);
    assert_eq!(streamed(&mut host, Context::default()), (0, Ok(())));
    assert!(host.now.unix_ms <= NOON + 30, "{}", host.now.unix_ms);
}

#[test]
fn what_the_call_says_of_the_region_comes_before_what_is_found() {
    let mut host = Host::new([Reply::answer()]);
    let context = Context {
        region: Some("eu-west-1".into()),
        ..Context::default()
    };
    assert_eq!(completed(&mut host, context), Ok(()));
    assert_eq!(host.log, ["find", "send eu-west-1"]);
}

#[test]
fn no_error_repeats_a_secret_of_credentials_that_were_renewed_since() {
    let secretive = Reply::refusal(429, "ThrottlingException", "slow down, hush-hush");
    let mut host = Host::new([secretive, expired()]);
    let bearer = Auth::Bearer(credentials::Secret::new("another"));
    host.credentials.push_back(Credentials {
        auth: Some(bearer),
        ..key("AKID")
    });
    let context = Context {
        fallbacks: vec!["us-west-2".into()],
        // No bearer token is sent to it.
        endpoint: Some("http://bedrock.example.org".into()),
        ..Context::default()
    };
    let error = completed(&mut host, context).expect_err("no room");
    assert_eq!(error.kind, ErrorKind::RateLimited);
    assert!(!error.message.contains("hush-hush"), "{error:?}");
}

#[test]
fn a_stream_that_breaks_off_after_its_first_chunk_is_not_sent_again() {
    for events in 1..4 {
        let mut host = Host::new([Reply::cut(events)]);
        let (_, result) = streamed(&mut host, Context::default());
        let error = result.expect_err("cut");
        assert_eq!(error.kind, ErrorKind::StreamTruncated, "{events}");
        assert_eq!(host.log, ["find", "send us-east-1"]);
    }
    // Nothing but the end of the body is missing.
    let mut host = Host::new([Reply::cut(5)]);
    assert_eq!(streamed(&mut host, Context::default()), (0, Ok(())));
}

#[test]
fn a_reservation_is_settled_by_what_became_of_the_call() {
    let cost = 2 * 1_100_000 + 3 * 5_500_000;
    let settled = format!("settle {cost}");
    let begins = ["reserve 1 true", "find", "send us-east-1"];
    let answered = |last: &str| {
        let mut all = begins.map(str::to_owned).to_vec();
        all.push(last.to_owned());
        all
    };
    for (reply, expected) in [
        (Reply::stream(), answered(&settled)),
        (Reply::cut(2), answered("keep")),
        (
            Reply::refusal(400, "ValidationException", "no"),
            answered("settle 0"),
        ),
    ] {
        let mut host = Host::new([reply.clone()]);
        drop(host.call(limited(), Operation::Stream));
        assert_eq!(host.log, expected, "{reply:?}");
    }
    let mut host = Host::new([throttle(), Reply::answer()]);
    drop(host.call(limited(), Operation::Complete));
    let [reserve, find, send] = begins;
    assert_eq!(host.log, [reserve, find, send, "pause", send, &settled]);
    // A fallback costs something else.
    let mut host = Host::new([throttle(), Reply::answer()]);
    let context = Context {
        fallbacks: vec!["us-west-2".into()],
        ..limited()
    };
    drop(host.call(context, Operation::Complete));
    let elsewhere = ["settle 0", reserve, "send us-west-2", &settled];
    assert_eq!(host.log, [&begins[..], &elsewhere].concat());
}

#[test]
fn what_the_ledger_refuses_is_not_sent() {
    for (refusal, code) in [
        (Refusal::OverCap(0, 7), "cost_limit_per_day"),
        (
            Refusal::Unavailable("down".into()),
            "cost_limit_unavailable",
        ),
    ] {
        let mut host = Host::new([]);
        host.ledger = Err(refusal);
        let error = completed(&mut host, limited()).expect_err(code);
        assert_eq!(error.code.as_deref(), Some(code));
        assert_eq!(host.log, ["reserve 1 true"]);
    }
    let mut host = Host::new([]);
    host.ledger = Err(Refusal::NoLedger);
    let error = completed(&mut host, limited()).expect_err("no ledger");
    assert_eq!(error.kind, ErrorKind::Unsupported);
}

#[test]
fn a_call_that_is_dropped_under_way_is_owed() {
    let mut host = Host::new([]);
    let driver = Driver::new(
        ask(),
        limited(),
        Environment::default(),
        Operation::Stream,
        host.now,
    );
    let mut driver = driver.expect("a call");
    let mut next = |driver: &mut Driver| driver.next(&mut host.client, host.now, 0);
    assert!(matches!(next(&mut driver), Step::Reserve(..)));
    driver.on(Event::Reserved(Ok(())));
    assert!(matches!(next(&mut driver), Step::FindCredentials { .. }));
    assert!(!driver.is_owed());
    driver.on(Event::Credentials(Ok(key("AKID"))));
    assert!(matches!(next(&mut driver), Step::Send(_)));
    assert!(driver.is_owed());
    driver.on(Event::Failed(Error::new(ErrorKind::Permission, "no")));
    assert!(matches!(
        next(&mut driver),
        Step::Settle(Settlement::Spent(0))
    ));
    assert!(!driver.is_owed());
    assert!(matches!(next(&mut driver), Step::Done(Err(_))));
}
