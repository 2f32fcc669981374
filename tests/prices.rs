//! `data/prices.json` is in order, and what the component makes of it is exact.

use bedrock_provider::canonical::{CacheCreation, Cost, Price, Usage};
use bedrock_provider::pricing::{Prices, Tariff, cost};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const TEXT: &str = include_str!("../data/prices.json");
const SONNET: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";

/// A region in no geography, so that a bare key holds there.
const ELSEWHERE: &str = "me-central-1";

fn file() -> Value {
    serde_json::from_str(TEXT).expect("JSON")
}

fn rows() -> Map<String, Value> {
    let rows = file()["prices"].as_object().expect("prices").clone();
    assert!(rows.len() > 400, "only {} rows", rows.len());
    rows
}

fn tariff(name: &str, region: &str) -> Option<Tariff> {
    let name = format!("bedrock/{name}");
    let prices = Prices::new(None).expect("the table");
    prices.tariff(&name, region, None).expect("a name")
}

fn standard(name: &str, region: &str) -> Price {
    let tariff = tariff(name, region).expect(name);
    *tariff.price(None, 0).expect(name)
}

fn usage(input: u64, output: u64, read: u64, five_minutes: u64, one_hour: u64) -> Usage {
    Usage {
        input_tokens: input,
        output_tokens: output,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: five_minutes.saturating_add(one_hour),
        cache_creation: Some(CacheCreation {
            five_minutes_input_tokens: five_minutes,
            one_hour_input_tokens: one_hour,
        }),
        service_tier: None,
        extensions: None,
    }
}

#[test]
fn the_file_names_its_source_and_licence() {
    let notice = file()["notice"].as_str().expect("a notice").to_owned();
    for part in [
        "LiteLLM",
        "Copyright (c) 2023 Berri AI",
        "MIT License",
        "WITHOUT WARRANTY",
    ] {
        assert!(notice.contains(part), "{part}");
    }
}

#[test]
fn every_row_is_in_the_table_and_is_the_same_when_it_is_given_as_json() {
    let mut rows = rows();
    // Nothing is served as a batch here.
    for row in rows.values_mut() {
        row.as_object_mut().expect("a row").remove("batch");
    }
    let extensions = json!({"bedrock": {"prices": rows}}).to_string();
    let given = Prices::new(Some(&extensions)).expect("prices");
    for (key, row) in &rows {
        let built = tariff(key, ELSEWHERE).expect(key);
        let name = format!("bedrock/{key}");
        let read = given.tariff(&name, ELSEWHERE, None).expect(key);
        assert_eq!(read.as_ref(), Some(&built), "{key}");
        // Read again by other means: six digits behind the point are within what a float holds.
        let price = built.price(None, 0).expect(key);
        let number = |name: &str| {
            let text = row[name].as_str()?;
            let pico = text.parse::<f64>().expect(key) * 1e6;
            assert!((pico - pico.round()).abs() < 1e-3, "{key}.{name}: {text}");
            Some(pico.round() as u64)
        };
        assert_eq!(Some(price.input), number("input"), "{key}");
        assert_eq!(Some(price.output), number("output"), "{key}");
        for (name, seen) in [
            ("cache_read", price.cache_read),
            ("cache_write", price.cache_creation_five_minutes),
            ("cache_write_1h", price.cache_creation_one_hour),
        ] {
            assert!(number(name).is_none_or(|pico| pico == seen), "{key}.{name}");
        }
        assert!(price.input > 0 && price.output > 0, "{key}");
    }
}

#[test]
fn no_price_is_out_of_proportion() {
    for key in rows().keys() {
        let tariff = tariff(key, ELSEWHERE).expect(key);
        let price = tariff.price(None, 0).expect(key);
        assert!(price.cache_read <= price.input, "{key}");
        assert!(price.cache_creation_five_minutes >= price.input, "{key}");
        assert!(
            price.cache_creation_one_hour >= price.cache_creation_five_minutes,
            "{key}"
        );
        let long = tariff.price(None, u64::MAX).expect(key);
        assert!(
            long.input >= price.input && long.output >= price.output,
            "{key}"
        );
        if let Some(flex) = tariff.price(Some("flex"), 0) {
            assert!(
                flex.input < price.input && flex.output < price.output,
                "{key}"
            );
        }
        if let Some(priority) = tariff.price(Some("priority"), 0) {
            assert!(priority.input > price.input, "{key}");
        }
    }
}

/// USD for one token, as the source writes it: input and output of the bare key.
const SOURCE: &[(&str, &str, &str)] = &[
    ("ai21.j2-mid-v1", "1.25e-05", "1.25e-05"),
    ("ai21.jamba-instruct-v1:0", "5e-07", "7e-07"),
    ("amazon.nova-micro-v1:0", "3.5e-08", "1.4e-07"),
    ("amazon.titan-text-lite-v1", "1.5e-07", "2e-07"),
    (
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        "3e-06",
        "1.5e-05",
    ),
    ("anthropic.claude-fable-5", "1e-05", "5e-05"),
    ("anthropic.claude-instant-v1", "8e-07", "2.4e-06"),
    (
        "anthropic.claude-opus-4-20250514-v1:0",
        "1.5e-05",
        "7.5e-05",
    ),
    ("anthropic.claude-opus-4-8", "5e-06", "2.5e-05"),
    (
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "3e-06",
        "1.5e-05",
    ),
    ("anthropic.claude-v1", "8e-06", "2.4e-05"),
    ("deepseek.r1-v1:0", "1.35e-06", "5.4e-06"),
    ("google.gemma-3-27b-it", "2.3e-07", "3.8e-07"),
    ("meta.llama3-1-405b-instruct-v1:0", "2.4e-06", "2.4e-06"),
    ("meta.llama3-2-1b-instruct-v1:0", "1e-07", "1e-07"),
    ("meta.llama3-70b-instruct-v1:0", "2.65e-06", "3.5e-06"),
    ("minimax.minimax-m2", "3e-07", "1.2e-06"),
    ("mistral.magistral-small-2509", "5e-07", "1.5e-06"),
    ("mistral.mistral-7b-instruct-v0:2", "1.5e-07", "2e-07"),
    ("mistral.mistral-small-2402-v1:0", "1e-06", "3e-06"),
    ("mistral.voxtral-small-24b-2507", "1e-07", "3e-07"),
    ("nvidia.nemotron-nano-12b-v2", "2e-07", "6e-07"),
    ("openai.gpt-6-luna", "1e-07", "5e-07"),
    ("openai.gpt-oss-safeguard-120b", "1.5e-07", "6e-07"),
    ("qwen.qwen3-coder-30b-a3b-v1:0", "1.5e-07", "6e-07"),
    ("qwen.qwen3-vl-235b-a22b", "5.3e-07", "2.66e-06"),
    ("zai.glm-4.7", "6e-07", "2.2e-06"),
];

#[test]
fn the_table_agrees_with_its_source() {
    assert!(SOURCE.len() >= 20);
    for (id, input, output) in SOURCE {
        let price = standard(id, ELSEWHERE);
        let pico = |usd: &str| (usd.parse::<f64>().expect(usd) * 1e12).round() as u64;
        assert_eq!(
            (price.input, price.output),
            (pico(input), pico(output)),
            "{id}"
        );
    }
}

/// C01: the prefix is part of the key, and a bare id is billed as its geography.
#[test]
fn a_profile_and_a_bare_id_have_the_prices_of_their_geography() {
    for (name, input) in [
        (format!("us.{SONNET}"), 3_300_000),
        (format!("global.{SONNET}"), 3_000_000),
        (SONNET.to_owned(), 3_300_000),
    ] {
        assert_eq!(standard(&name, "us-east-1").input, input, "{name}");
    }
}

/// C02: tokens of the cache are not input.
#[test]
fn tokens_of_the_cache_are_billed_as_what_they_are_and_once() {
    let (p, po, pr, pw, pw1h) = (3_300_000, 16_500_000, 330_000, 4_125_000, 6_600_000);
    let tariff = tariff(&format!("us.{SONNET}"), "us-east-1").expect("a tariff");
    let seen = tariff.cost(&usage(100, 11, 7, 1, 2), None);
    let (input, output, cache_read, cache_creation) = (100 * p, 11 * po, 7 * pr, pw + 2 * pw1h);
    assert_eq!(
        seen,
        Some(Cost {
            input,
            output,
            cache_read,
            cache_creation,
            total: input + output + cache_read + cache_creation,
        })
    );
    // Without ttls, all was written for five minutes.
    let untold = Usage {
        cache_creation: None,
        ..usage(100, 11, 7, 1, 2)
    };
    let seen = tariff.cost(&untold, None).expect("a cost");
    assert_eq!(seen.cache_creation, 3 * pw);
}

#[test]
fn the_whole_prompt_decides_on_the_price_of_a_long_one() {
    let tariff = tariff(&format!("us.{SONNET}"), "us-east-1").expect("a tariff");
    for (usage, input, output) in [
        (usage(199_999, 1, 1, 0, 0), 3_300_000, 16_500_000),
        (usage(199_999, 1, 1, 1, 0), 6_600_000, 24_750_000),
        (usage(1, 1, 100_000, 50_000, 50_000), 6_600_000, 24_750_000),
        // An answer is no prompt.
        (usage(1, 300_000, 0, 0, 0), 3_300_000, 16_500_000),
    ] {
        let cost = tariff.cost(&usage, None).expect("a cost");
        assert_eq!(cost.input, usage.input_tokens * input, "{usage:?}");
        assert_eq!(cost.output, usage.output_tokens * output, "{usage:?}");
    }
}

#[test]
fn a_tier_without_a_price_has_no_cost() {
    let tariff = tariff("amazon.nova-pro-v1:0", ELSEWHERE).expect("a tariff");
    let usage = usage(1, 0, 0, 0, 0);
    for (tier, input) in [
        (None, Some(800_000)),
        (Some("default"), Some(800_000)),
        (Some("flex"), Some(400_000)),
        (Some("priority"), Some(1_400_000)),
        (Some("batch"), None),
        (Some("reserved"), None),
        (Some("tomorrow's"), None),
    ] {
        let cost = tariff.cost(&usage, tier).map(|cost| cost.input);
        assert_eq!(cost, input, "{tier:?}");
    }
}

#[test]
fn what_is_beyond_the_largest_number_is_the_largest_number() {
    let price = Price {
        input: u64::MAX,
        output: u64::MAX,
        cache_read: u64::MAX,
        cache_creation_five_minutes: u64::MAX,
        cache_creation_one_hour: u64::MAX,
    };
    let most = usage(u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX);
    let seen = cost(&price, &most);
    assert_eq!((seen.total, seen.cache_creation), (u64::MAX, u64::MAX));
    for key in rows().keys() {
        let cost = tariff(key, ELSEWHERE).and_then(|tariff| tariff.cost(&most, None));
        assert_eq!(cost.expect(key).total, u64::MAX, "{key}");
    }
}

fn tokens() -> impl Strategy<Value = u64> {
    prop_oneof![0..1_000_000_u64, any::<u64>()]
}

fn usages(of: impl Fn() -> BoxedStrategy<u64>) -> impl Strategy<Value = Usage> {
    (of(), of(), of(), of(), of()).prop_map(|(i, o, r, five, hour)| usage(i, o, r, five, hour))
}

fn keys() -> impl Strategy<Value = String> {
    proptest::sample::select(rows().keys().cloned().collect::<Vec<_>>())
}

fn sum(a: &Usage, b: &Usage) -> Usage {
    let ttl = |usage: &Usage| {
        let by_ttl = usage.cache_creation.as_ref().expect("by ttl");
        (
            by_ttl.five_minutes_input_tokens,
            by_ttl.one_hour_input_tokens,
        )
    };
    let ((five_a, hour_a), (five_b, hour_b)) = (ttl(a), ttl(b));
    usage(
        a.input_tokens.saturating_add(b.input_tokens),
        a.output_tokens.saturating_add(b.output_tokens),
        a.cache_read_input_tokens
            .saturating_add(b.cache_read_input_tokens),
        five_a.saturating_add(five_b),
        hour_a.saturating_add(hour_b),
    )
}

fn parts(cost: &Cost) -> [u64; 5] {
    [
        cost.input,
        cost.output,
        cost.cache_read,
        cost.cache_creation,
        cost.total,
    ]
}

proptest! {
    /// More tokens never cost less, whatever the row and however many they are.
    #[test]
    fn a_cost_is_monotone(
        key in keys(),
        less in usages(|| tokens().boxed()),
        more in usages(|| tokens().boxed()),
    ) {
        let tariff = tariff(&key, ELSEWHERE).expect("a tariff");
        let small = tariff.cost(&less, None).expect("a cost");
        let large = tariff.cost(&sum(&less, &more), None).expect("a cost");
        for (small, large) in parts(&small).into_iter().zip(parts(&large)) {
            prop_assert!(small <= large, "{key}: {small} > {large}");
        }
    }

    /// Two calls cost what their tokens cost together, where no threshold is between them; and a total is its parts.
    #[test]
    fn a_cost_is_additive(
        key in keys(),
        a in usages(|| (0..10_000_u64).boxed()),
        b in usages(|| (0..10_000_u64).boxed()),
    ) {
        let tariff = tariff(&key, ELSEWHERE).expect("a tariff");
        let of = |usage| tariff.cost(usage, None).expect("a cost");
        let (one, other, both) = (parts(&of(&a)), parts(&of(&b)), parts(&of(&sum(&a, &b))));
        for ((one, other), both) in one.into_iter().zip(other).zip(both) {
            prop_assert_eq!(one + other, both);
        }
        prop_assert_eq!(one[..4].iter().sum::<u64>(), one[4]);
    }
}
