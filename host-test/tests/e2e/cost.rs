//! What calls cost, before and after, to the last pico-USD. Prices are those of `data/prices.json`, copied here by hand.

mod limit;

use crate::support::calls::{LLAMA, calling, complete, emulator, own, stream};
use crate::support::components::provider;
use bedrock_emulator::{Block, Config, Emulator, Operation, Reply, Script, Usage};
use bedrock_host::types::{
    CacheControl, CacheTtl, Chunk, ContentBlock, Context, Cost, ErrorKind, Price, Request,
    TextBlock,
};
use bedrock_host::{Grants, Instance};
use serde_json::{Value, json};

/// Per million tokens: 1.1 USD in, 5.5 out, 0.11 from the cache, 1.375 and 2.2 into it for five minutes and an hour.
const HAIKU: &str = "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0";
/// 3 USD in and 15 out; 6 and 22.5 where the prompt has more than 200,000 tokens.
const SONNET: &str = "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0";
/// In no table.
const UNKNOWN: &str = "bedrock/newvendor.marvel-1";

/// What the service says that it took.
fn took(input_tokens: u64, output_tokens: u64) -> Usage {
    Usage {
        input_tokens,
        output_tokens,
        ..Usage::default()
    }
}

fn reply(usage: Usage) -> Reply {
    let text = Block::Text(vec!["Well.".to_owned()]);
    Reply {
        usage: Some(usage),
        ..Reply::new(vec![text], "end_turn")
    }
}

async fn answering(reply: Reply) -> Emulator {
    emulator(Config::default().always(Script::from(reply))).await
}

fn ask(model: &str) -> Request {
    Request {
        max_tokens: Some(1000),
        ..Request::new(model).user("Hi")
    }
}

/// The cost that the end of a stream tells.
fn cost_of_stream(chunks: &[Chunk]) -> Option<Cost> {
    let mut costs = chunks.iter().filter_map(|chunk| match chunk {
        Chunk::MessageDelta(delta) => Some(delta.cost),
        _ => None,
    });
    costs.next().expect("a message-delta")
}

/// What a call by this context costs to this model, told by the answer and by the stream's end, which must agree.
async fn told(model: &str, reply: Reply, extensions: Option<Value>) -> Option<Cost> {
    let bedrock = answering(reply).await;
    let context = Context {
        extensions: extensions.map(|members| members.to_string()),
        ..calling(&bedrock.url())
    };
    let whole = complete(&ask(model), &context).await.expect(model);
    let streamed = stream(&ask(model), &context).await.expect(model);
    assert_eq!(whole.cost, cost_of_stream(&streamed), "{model}");
    whole.cost
}

/// An instance that may do nothing at all: prices are told without a call.
async fn asked() -> Instance {
    let instance = provider().instantiate(&Grants::default()).await;
    instance.expect("a free instance")
}

#[tokio::test]
async fn an_answer_and_a_streams_end_tell_the_cost_to_the_last_digit() {
    let cached = Usage {
        cache_read: Some(5_000),
        cache_write: Some(710),
        ..took(1_000, 250)
    };
    let by_ttl = reply(cached).with_cache_details(&[("5m", 410), ("1h", 300)]);
    let table = [
        // 1000 × 1.1, 250 × 5.5, 5000 × 0.11, 410 × 1.375 + 300 × 2.2 millionths of a dollar.
        (
            HAIKU,
            by_ttl,
            [1_100_000_000, 1_375_000_000, 550_000_000, 1_223_750_000],
        ),
        // Where no ttl is told it was five minutes: 710 × 1.375.
        (
            HAIKU,
            reply(cached),
            [1_100_000_000, 1_375_000_000, 550_000_000, 976_250_000],
        ),
        // 200,000 × 3 and 10 × 15; one token more and it is 200,001 × 6 and 10 × 22.5.
        (
            SONNET,
            reply(took(200_000, 10)),
            [600_000_000_000, 150_000_000, 0, 0],
        ),
        (
            SONNET,
            reply(took(200_001, 10)),
            [1_200_006_000_000, 225_000_000, 0, 0],
        ),
        // Called by its id in us-east-1: 100 × 0.72 and 7 × 0.72.
        (LLAMA, reply(took(100, 7)), [72_000_000, 5_040_000, 0, 0]),
    ];
    for (model, reply, [input, output, cache_read, cache_creation]) in table {
        let expected = Cost {
            input,
            output,
            cache_read,
            cache_creation,
            total: input + output + cache_read + cache_creation,
        };
        assert_eq!(told(model, reply, None).await, Some(expected), "{model}");
    }
}

#[tokio::test]
async fn what_is_not_known_has_no_cost_until_the_operator_says_it() {
    assert_eq!(told(UNKNOWN, reply(took(100, 10)), None).await, None);
    let prices = json!({"bedrock": {"prices": {
        "newvendor.marvel-1": {"input": "0.5", "output": "2.25"},
        "us.anthropic.claude-haiku-4-5-20251001-v1:0": {"input": "1", "output": "2"},
    }}});
    // 100 × 0.5 and 10 × 2.25; 100 × 1 and 10 × 2.
    for (model, total) in [(UNKNOWN, 72_500_000), (HAIKU, 120_000_000)] {
        let cost = told(model, reply(took(100, 10)), Some(prices.clone())).await;
        assert_eq!(cost.map(|cost| cost.total), Some(total), "{model}");
    }
    // The row has no price of what the cache serves, so that it costs what other input does.
    let cached = Usage {
        cache_read: Some(3),
        ..took(100, 10)
    };
    let cost = told(UNKNOWN, reply(cached), Some(prices)).await;
    assert_eq!(cost.map(|cost| cost.cache_read), Some(1_500_000));
}

#[tokio::test]
async fn prices_are_told_without_a_call() {
    let mut instance = asked().await;
    let context = Context::default();
    let price = instance.price_of(HAIKU, "us-east-1", &context).await;
    let expected = Price {
        input: 1_100_000,
        output: 5_500_000,
        cache_read: 110_000,
        cache_creation_five_minutes: 1_375_000,
        cache_creation_one_hour: 2_200_000,
    };
    assert_eq!(price.expect("a price"), Some(expected));
    let price = instance.price_of(UNKNOWN, "us-east-1", &context).await;
    assert_eq!(price.expect("no error"), None);
    for (name, region, kind) in [
        ("openai/gpt", "us-east-1", ErrorKind::NotFound),
        (HAIKU, "no/where", ErrorKind::InvalidRequest),
    ] {
        let error = instance.price_of(name, region, &context).await;
        let error = own(error.expect_err(name));
        assert_eq!(error.kind, kind, "{name} {region}");
    }
}

#[tokio::test]
async fn the_cost_of_an_answers_usage_is_the_one_that_it_told() {
    let cached = Usage {
        cache_read: Some(40),
        cache_write: Some(30),
        ..took(20, 10)
    };
    let bedrock = answering(reply(cached).with_cache_details(&[("1h", 30)])).await;
    let answer = complete(&ask(HAIKU), &calling(&bedrock.url())).await;
    let answer = answer.expect("an answer");
    // 20 × 1.1 + 10 × 5.5 + 40 × 0.11 + 30 × 2.2.
    assert_eq!(answer.cost.map(|cost| cost.total), Some(147_400_000));
    let again = asked()
        .await
        .cost_of(HAIKU, "us-east-1", &answer.usage, &Context::default())
        .await;
    assert_eq!(again.expect("a cost"), answer.cost);
}

#[tokio::test]
async fn an_estimate_counts_the_longest_answer_and_a_prompt_by_what_is_done_with_it() {
    let mut instance = asked().await;
    let context = Context {
        region: Some("us-east-1".into()),
        ..Context::default()
    };
    let plain = instance.estimate(&ask(HAIKU), &context).await;
    let plain = plain.expect("no error").expect("an estimate");
    // 1000 × 5.5; the prompt is a few tokens at 1.1 each.
    assert_eq!(plain.output, 5_500_000_000);
    assert_eq!(plain.input % 1_100_000, 0);
    assert!((1..100).contains(&(plain.input / 1_100_000)), "{plain:?}");
    assert_eq!(plain.total, plain.input + plain.output);

    let tokens = plain.input / 1_100_000;
    for (ttl, price) in [
        (None, 1_375_000),
        (Some(CacheTtl::FiveMinutes), 1_375_000),
        (Some(CacheTtl::OneHour), 2_200_000),
    ] {
        let mut request = ask(HAIKU);
        request.messages[0].content = vec![ContentBlock::Text(TextBlock {
            cache_control: Some(CacheControl { ttl: ttl.clone() }),
            ..TextBlock::new("Hi")
        })];
        let cached = instance.estimate(&request, &context).await;
        let cached = cached.expect("no error").expect("an estimate");
        assert_eq!(cached.input, 0, "{ttl:?}");
        assert_eq!(cached.cache_creation, tokens * price, "{ttl:?}");
    }
    let unknown = instance.estimate(&ask(UNKNOWN), &context).await;
    assert_eq!(unknown.expect("no error"), None);
    let nowhere = instance.estimate(&ask(HAIKU), &Context::default()).await;
    assert_eq!(
        own(nowhere.expect_err("no region")).path.as_deref(),
        Some("context.region")
    );
}

#[tokio::test]
async fn without_a_limit_an_unknown_price_stops_nothing() {
    let bedrock =
        emulator(Config::default().script(Operation::Converse, Script::from(reply(took(1, 1)))))
            .await;
    let answer = complete(&ask(UNKNOWN), &calling(&bedrock.url())).await;
    assert_eq!(answer.expect("an answer").cost, None);
}
