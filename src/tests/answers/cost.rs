//! What an answer cost: by what was counted, in the tier that served it.

use super::super::conversations::conversation;
use super::agreement::{assembled, events};
use super::*;
use crate::canonical::Cost;

/// Of Claude Sonnet 4.5 in the USA, and two tiers that it does not have.
const SONNET: &str =
    r#","tariff":"3.3 16.5 0.33 4.125 6.6|flex 1.65 8.25 0.165 2 4|optimized 5 20""#;

/// What the same answer costs whole, as a stream, and as a stream made of the whole.
fn costs(changed: &str, metadata: &str) -> [Option<Cost>; 3] {
    let stop = r#""stopReason":"end_turn""#;
    let comma = if metadata.is_empty() { "" } else { "," };
    let body = format!(
        r#"{{"output":{{"message":{{"content":[{{"text":"a"}}]}}}},{stop}{comma}{metadata}}}"#
    );
    let (stop, metadata) = (format!("{{{stop}}}"), format!("{{{metadata}}}"));
    let events = [("messageStop", stop.as_str()), ("metadata", &metadata)];
    let (streamed, error) = stream(changed, &events);
    assert_eq!(error, None);
    let (replay, error) = replayed(changed, &body);
    assert_eq!(error, None);
    [
        whole(changed, &body).expect("an answer").cost,
        fold(&streamed).cost,
        fold(&replay).cost,
    ]
}

#[test]
fn a_conversation_costs_the_same_whole_streamed_and_replayed_to_the_last_digit() {
    let path = conversation("cache_usage");
    let bytes = std::fs::read(&path).expect("bytes");
    let body = assembled(&events(&path).expect("events"));
    // 3 in, 2 out, 1500 read, 320 written for five minutes and 500 for an hour.
    let expected = Cost {
        input: 9_900_000,
        output: 33_000_000,
        cache_read: 495_000_000,
        cache_creation: 1_320_000_000 + 3_300_000_000,
        total: 5_157_900_000,
    };
    let whole = whole(SONNET, &body).expect("an answer");
    assert_eq!(whole.cost, Some(expected));
    let (chunks, error) = read(events_decoder(SONNET), [bytes.as_slice()]);
    assert_eq!((fold(&chunks).cost, error), (Some(expected), None));
    let (chunks, error) = replayed(SONNET, &body);
    assert_eq!((fold(&chunks).cost, error), (Some(expected), None));
}

#[test]
fn a_call_costs_what_the_tier_costs_that_served_it() {
    const USAGE: &str = r#""usage":{"inputTokens":100,"outputTokens":10}"#;
    for (served, total) in [
        ("", Some(330_000_000 + 165_000_000)),
        (
            r#","serviceTier":{"type":"default"}"#,
            Some(330_000_000 + 165_000_000),
        ),
        (
            r#","serviceTier":{"type":"flex"}"#,
            Some(165_000_000 + 82_500_000),
        ),
        (
            r#","performanceConfig":{"latency":"optimized"}"#,
            Some(500_000_000 + 200_000_000),
        ),
        (
            r#","performanceConfig":{"latency":"standard"}"#,
            Some(330_000_000 + 165_000_000),
        ),
        (r#","serviceTier":{"type":"priority"}"#, None),
        (r#","serviceTier":{"type":"reserved"}"#, None),
    ] {
        for cost in costs(SONNET, &format!("{USAGE}{served}")) {
            assert_eq!(cost.map(|cost| cost.total), total, "{served}");
        }
    }
}

#[test]
fn what_is_not_known_costs_nothing_that_could_be_told_and_never_zero() {
    let usage = r#""usage":{"inputTokens":100,"outputTokens":10}"#;
    for (changed, metadata, total) in [
        ("", usage, None),
        (SONNET, "", None),
        (SONNET, r#""metrics":{"latencyMs":4}"#, None),
        // A guardrail that lets nothing through: counted, and nothing.
        (
            SONNET,
            r#""usage":{"inputTokens":0,"outputTokens":0}"#,
            Some(0),
        ),
    ] {
        for cost in costs(changed, metadata) {
            assert_eq!(cost.map(|cost| cost.total), total, "{changed} {metadata}");
        }
    }
}
