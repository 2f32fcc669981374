//! Estimates, by what is in the request.

use super::*;
use crate::canonical::{
    CacheControl, CacheTtl, ContentBlock, Encoded, ImageBlock, MediaBlock, Message, PlainText, Raw,
    Role, Source, StoredObject, TextBlock, Tool,
};

/// 3.30 USD in, 16.50 out, 4.125 and 6.60 into the cache; above 200 000 tokens 6.60, 24.75, 8.25 and 13.20.
const SONNET: &str = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOVA: &str = "bedrock/us.amazon.nova-lite-v1:0";

fn request(model: &str, content: Vec<ContentBlock>) -> Request {
    Request {
        messages: vec![Message {
            role: Role::User,
            content,
        }],
        max_tokens: Some(10),
        ..Request::to(model)
    }
}

/// As many bytes as make so many tokens, beside the 8 of the turn and the block.
fn text(tokens: usize, ttl: Option<Option<CacheTtl>>) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text: "x".repeat(tokens * 7 / 2),
        citations: Vec::new(),
        cache_control: ttl.map(|ttl| CacheControl { ttl }),
    })
}

fn estimated(request: &Request) -> Option<Cost> {
    estimate(request, "us-east-1", &Context::default()).expect("an estimate")
}

/// Tokens of the prompt, in a model whose input costs 3.30 USD.
fn tokens(content: ContentBlock) -> u64 {
    estimated(&request(SONNET, vec![content]))
        .expect("a price")
        .input
        / 3_300_000
}

#[test]
fn a_prompt_costs_by_its_bytes_and_an_answer_by_its_longest() {
    let mut request = request(SONNET, vec![text(92, None)]);
    let cost = estimated(&request).expect("a price");
    assert_eq!(
        (cost.input, cost.output),
        (100 * 3_300_000, 10 * 16_500_000)
    );
    assert_eq!(cost.total, cost.input + cost.output);
    request.max_tokens = None;
    let cost = estimated(&request).expect("a price");
    assert_eq!(cost.output, 64_000 * 16_500_000);
}

#[test]
fn everything_that_is_sent_is_counted() {
    let bare = estimated(&request(SONNET, vec![])).expect("a price").input;
    let mut full = request(SONNET, vec![]);
    full.system.push(PlainText {
        text: "x".repeat(35),
        cache_control: None,
    });
    full.tools.push(Tool {
        name: "x".repeat(7),
        description: Some("x".repeat(14)),
        input_schema: "x".repeat(49),
        strict: None,
        server_type: None,
        cache_control: None,
    });
    let full = estimated(&full).expect("a price").input;
    assert_eq!((full - bare) / 3_300_000, 4 + 10 + 4 + 2 + 4 + 14 + 350);
}

#[test]
fn what_is_to_be_cached_costs_what_writing_it_costs() {
    for (ttl, price) in [
        (None, 4_125_000),
        (Some(CacheTtl::FiveMinutes), 4_125_000),
        (Some(CacheTtl::OneHour), 6_600_000),
        (Some(CacheTtl::Other("2h".into())), 6_600_000),
    ] {
        let cost = estimated(&request(SONNET, vec![text(92, Some(ttl.clone()))]));
        let cost = cost.expect("a price");
        assert_eq!(
            (cost.input, cost.cache_creation),
            (0, 100 * price),
            "{ttl:?}"
        );
    }
    // A model without cache points is not asked to cache.
    let llama = "bedrock/us.meta.llama3-3-70b-instruct-v1:0";
    let cost = estimated(&request(llama, vec![text(92, Some(None))])).expect("a price");
    assert_eq!((cost.input, cost.cache_creation), (100 * 720_000, 0));
}

#[test]
fn a_long_prompt_and_another_tier_have_their_own_prices() {
    let cost = estimated(&request(SONNET, vec![text(200_000, None)])).expect("a price");
    assert_eq!(cost.input, 200_008 * 6_600_000);
    assert_eq!(cost.output, 10 * 24_750_000);
    let pro = "bedrock/us.amazon.nova-2-lite-v1:0";
    for (tier, input) in [
        (None, Some(330_000)),
        (Some("auto"), Some(330_000)),
        (Some("standard_only"), Some(330_000)),
        (Some("priority"), Some(577_500)),
        (Some("flex"), Some(165_000)),
        (Some("reserved"), None),
    ] {
        let mut request = request(pro, vec![text(92, None)]);
        request.service_tier = tier.map(str::to_owned);
        let cost = estimated(&request).map(|cost| cost.input / 100);
        assert_eq!(cost, input, "{tier:?}");
    }
}

#[test]
fn media_count_by_their_kind_and_size() {
    let image = |source| {
        ContentBlock::Image(ImageBlock {
            source,
            cache_control: None,
        })
    };
    let video = |source| {
        ContentBlock::Video(MediaBlock {
            source,
            cache_control: None,
        })
    };
    let raw = |length| {
        Source::Bytes(Raw {
            media_type: "video/mp4".into(),
            data: vec![0; length],
        })
    };
    assert_eq!(tokens(image(raw(10))), 8 + 1600);
    assert_eq!(tokens(image(Source::Url("https://x".into()))), 8 + 1600);
    assert_eq!(tokens(video(raw(2561))), 8 + 11);
    let base64 = Source::Base64(Encoded {
        media_type: "video/mp4".into(),
        data: "A".repeat(1024 * 4),
    });
    assert_eq!(tokens(video(base64)), 8 + 12);
    // No more than the model can read, which for Nova Lite is 300 000 tokens.
    let cost = estimated(&request(NOVA, vec![video(raw(100_000_000))])).expect("a price");
    assert_eq!(cost.input, 300_008 * 60_000);
    let stored = Source::Object(StoredObject {
        uri: "s3://bucket/key.mp4".into(),
        owner: None,
        media_type: "video/mp4".into(),
    });
    let cost = estimated(&request(NOVA, vec![video(stored.clone())])).expect("a price");
    assert_eq!(cost.input, 300_008 * 60_000);
    let mut unknown = request("bedrock/nobody.model", vec![video(stored)]);
    let context = Context {
        extensions: Some(
            r#"{"bedrock":{"prices":{"nobody.model":{"input":"1","output":"1"}}}}"#.into(),
        ),
        strict: true,
        ..Context::default()
    };
    let of = |request: &Request| estimate(request, "us-east-1", &context).expect("an estimate");
    assert_eq!(of(&unknown), None);
    unknown.messages.clear();
    assert_eq!(of(&unknown).map(|cost| cost.total), Some(10_000_000));
    // Nobody knows how long its answer may be.
    unknown.max_tokens = None;
    assert_eq!(of(&unknown), None);
}

#[test]
fn a_model_without_a_price_has_no_estimate_and_a_wrong_request_an_error() {
    assert_eq!(estimated(&request("bedrock/nobody.model", vec![])), None);
    let opaque = "bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/x";
    let mut request = request(opaque, vec![]);
    assert_eq!(estimated(&request), None);
    request.extensions = Some(r#"{"bedrock":{"baseModel":"us.amazon.nova-lite-v1:0"}}"#.into());
    assert_eq!(estimated(&request).map(|c| c.output), Some(10 * 240_000));
    request.service_tier = Some("gold".into());
    let error = estimate(&request, "us-east-1", &Context::default()).expect_err("a tier");
    assert_eq!(error.path.as_deref(), Some("service_tier"));
}
