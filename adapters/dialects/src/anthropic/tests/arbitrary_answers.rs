//! Canonical answers of every kind that this API can say, whole and in chunks.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::arbitrary::{citation, object, said, text};
use crate::canonical::*;

fn stop_reason() -> impl Strategy<Value = StopReason> {
    select(vec![
        StopReason::EndTurn,
        StopReason::MaxTokens,
        StopReason::StopSequence,
        StopReason::ToolUse,
        StopReason::Refusal,
        StopReason::PauseTurn,
        StopReason::ModelContextWindowExceeded,
        StopReason::Other("rain".into()),
    ])
}

fn usage() -> impl Strategy<Value = Usage> {
    let more = r#"{"server_tool_use":{"web_search_requests" : 1}}"#;
    let creation = (any::<u64>(), any::<u64>()).prop_map(|(five, hour)| CacheCreation {
        five_minutes_input_tokens: five,
        one_hour_input_tokens: hour,
    });
    let counts = (any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>());
    (counts, of(creation), of(text()), of(Just(more))).prop_map(
        |(counts, cache_creation, service_tier, more)| Usage {
            input_tokens: counts.0,
            output_tokens: counts.1,
            cache_read_input_tokens: counts.2,
            cache_creation_input_tokens: counts.3,
            cache_creation,
            service_tier,
            extensions: more.map(str::to_owned),
        },
    )
}

fn cost() -> impl Strategy<Value = Cost> {
    (any::<u64>(), any::<u64>(), any::<u64>()).prop_map(|(input, output, total)| Cost {
        input,
        output,
        cache_read: 0,
        cache_creation: 1,
        total,
    })
}

fn warnings() -> impl Strategy<Value = Vec<Warning>> {
    vec((text(), text(), text(), any::<bool>()), 0..3).prop_map(|all| {
        all.into_iter()
            .map(|(code, path, message, lossy)| Warning {
                code,
                path,
                message,
                lossy,
            })
            .collect()
    })
}

pub(super) fn response() -> impl Strategy<Value = Response> {
    let ending = (
        stop_reason(),
        of(text()),
        usage(),
        of(cost()),
        warnings(),
        of(object()),
    );
    (text(), text(), vec(said(), 0..4), ending).prop_map(|(id, model, content, ending)| Response {
        id,
        model,
        content,
        stop_reason: ending.0,
        stop_sequence: ending.1,
        usage: ending.2,
        cost: ending.3,
        warnings: ending.4,
        provider_metadata: ending.5,
    })
}

fn delta() -> impl Strategy<Value = Delta> {
    prop_oneof![
        text().prop_map(Delta::TextDelta),
        text().prop_map(Delta::InputJsonDelta),
        text().prop_map(Delta::ThinkingDelta),
        text().prop_map(Delta::SignatureDelta),
        citation().prop_map(Delta::CitationsDelta),
        Just(Delta::Other(r#"{"type":"scent_delta" , "x":1.0}"#.into())),
    ]
}

/// A whole stream, pings among its events.
pub(super) fn chunks() -> impl Strategy<Value = Vec<Chunk>> {
    let start = (text(), text(), usage(), warnings(), of(object()));
    let end = (
        stop_reason(),
        of(text()),
        usage(),
        of(cost()),
        warnings(),
        of(object()),
    );
    let blocks = vec((said(), vec(delta(), 0..4), any::<bool>()), 0..4);
    (start, blocks, end).prop_map(|(start, blocks, end)| {
        let mut chunks = vec![Chunk::MessageStart(MessageStart {
            id: start.0,
            model: start.1,
            usage: Some(start.2.clone()),
            warnings: start.3,
            provider_metadata: start.4,
        })];
        for (index, (content_block, deltas, ping)) in (0..).zip(blocks) {
            chunks.push(Chunk::ContentBlockStart(ContentBlockStart {
                index,
                content_block,
            }));
            let delta = |delta| Chunk::ContentBlockDelta(ContentBlockDelta { index, delta });
            chunks.extend(deltas.into_iter().map(delta));
            chunks.extend(ping.then_some(Chunk::Ping));
            chunks.push(Chunk::ContentBlockStop(index));
        }
        let mut usage = end.2;
        // What the beginning told holds until it is told anew.
        usage.cache_creation = usage.cache_creation.or(start.2.cache_creation);
        usage.service_tier = usage.service_tier.or(start.2.service_tier);
        usage.extensions = usage.extensions.or(start.2.extensions);
        chunks.push(Chunk::MessageDelta(MessageDelta {
            stop_reason: end.0,
            stop_sequence: end.1,
            usage,
            cost: end.3,
            warnings: end.4,
            provider_metadata: end.5,
        }));
        chunks.push(Chunk::MessageStop);
        chunks
    })
}
