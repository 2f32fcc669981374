//! Usage, and what only the provider knows, whole and as a stream.

use super::*;

#[test]
fn facts_of_the_call_are_told_whole_and_streamed() {
    let facts_of_both = |stop: &str, metadata: &str| {
        let body = format!(
            r#"{{"output":{{"message":{{"content":[{{"text":"a"}}]}}}},{stop},{metadata}}}"#
        );
        let answer = whole("", &body).expect("an answer");
        let (stop, metadata) = (format!("{{{stop}}}"), format!("{{{metadata}}}"));
        let events = [
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"text":"a"}}"#,
            ),
            ("messageStop", stop.as_str()),
            ("metadata", metadata.as_str()),
        ];
        let (chunks, error) = stream("", &events);
        assert_eq!(error, None);
        assert_eq!(fold(&chunks), answer);
        answer
    };
    let answer = facts_of_both(
        r#""stopReason":"stop_sequence","additionalModelResponseFields":{"delta":{"stop_sequence":"END"},"usage":{"x" : 1}}"#,
        r#""usage":{"inputTokens":100,"outputTokens":20,"totalTokens":130,"cacheReadInputTokens":7,"cacheWriteInputTokens":3,
            "cacheDetails":[{"ttl":"5m","inputTokens":1},{"ttl":"1h","inputTokens":2}],
            "serverToolUsage":{"webSearchRequests":2}},"metrics":{"latencyMs":42},"serviceTier":{"type":"priority"},
            "performanceConfig":{"latency":"optimized"},"trace":{"guardrail":{"actionReason":"none"}}"#,
    );
    assert_eq!(answer.stop_reason, StopReason::StopSequence);
    assert_eq!(answer.stop_sequence.as_deref(), Some("END"));
    let usage = &answer.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens), (100, 20));
    assert_eq!(
        (
            usage.cache_read_input_tokens,
            usage.cache_creation_input_tokens
        ),
        (7, 3)
    );
    let by_ttl = usage.cache_creation.as_ref().expect("by ttl");
    assert_eq!(
        (
            by_ttl.five_minutes_input_tokens,
            by_ttl.one_hour_input_tokens
        ),
        (1, 2)
    );
    assert_eq!(usage.service_tier.as_deref(), Some("priority"));
    assert_eq!(
        usage.extensions.as_deref(),
        Some(r#"{"serverToolUsage":{"webSearchRequests":2}}"#)
    );
    assert_eq!(
        answer.provider_metadata.as_deref(),
        Some(
            r#"{"bedrock":{"latencyMs":42,"additionalModelResponseFields":{"delta":{"stop_sequence":"END"},"usage":{"x" : 1}},"performanceConfig":{"latency":"optimized"},"trace":{"guardrail":{"actionReason":"none"}},"requestId":"1f2e"}}"#
        )
    );

    let answer = facts_of_both(
        r#""stopReason":"guardrail_intervened","additionalModelResponseFields":{}"#,
        r#""usage":{"inputTokens":0,"outputTokens":0,"serverToolUsage":{}}"#,
    );
    assert_eq!(answer.stop_reason, StopReason::Refusal);
    assert_eq!(answer.usage.extensions, None);
    assert_eq!(
        facts(&answer),
        serde_json::json!({"requestId": "1f2e", "stopReason": "guardrail_intervened"})
    );
}

#[test]
fn usage_is_told_once_and_after_the_service_has_told_it() {
    let usage = r#"{"usage":{"inputTokens":100,"outputTokens":20,"cacheReadInputTokens":7,"cacheWriteInputTokens":3,
        "cacheDetails":[{"ttl":"1h","inputTokens":3}]}}"#;
    let stop = ("messageStop", r#"{"stopReason":"end_turn"}"#);
    for events in [
        &[stop, ("metadata", usage)][..],
        &[("metadata", usage), stop],
        &[
            stop,
            ("metadata", r#"{"metrics":{"latencyMs":1}}"#),
            ("metadata", usage),
        ],
        &[
            ("metadata", r#"{"usage":{"inputTokens":1}}"#),
            stop,
            ("metadata", usage),
        ],
    ] {
        let (chunks, error) = stream("", events);
        assert_eq!(error, None);
        let ends: Vec<_> = chunks
            .iter()
            .filter_map(|chunk| match chunk {
                Chunk::MessageDelta(end) => Some(&end.usage),
                _ => None,
            })
            .collect();
        let [usage] = ends.as_slice() else {
            panic!("{chunks:?}");
        };
        assert_eq!((usage.input_tokens, usage.output_tokens), (100, 20));
        let cached = (
            usage.cache_read_input_tokens,
            usage.cache_creation_input_tokens,
        );
        assert_eq!(cached, (7, 3));
        let by_ttl = usage.cache_creation.as_ref().expect("by ttl");
        assert_eq!(by_ttl.one_hour_input_tokens, 3);
        assert!(matches!(&chunks[0], Chunk::MessageStart(start) if start.usage.is_none()));
    }
}
