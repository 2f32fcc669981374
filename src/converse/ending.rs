//! How an answer ended: stop reason, stop sequence, usage and the provider's own facts.
//!
//! The same members end a stream (`messageStop`, `metadata`) and stand in a whole answer; this is the one place that
//! reads them.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::canonical::{CacheCreation, Error, ErrorKind, StopReason, Usage};
use crate::json::{self, Object};

/// Stop reasons that mean that the answer is broken: the service could not make sense of what the model wrote.
const MALFORMED: &[&str] = &["malformed_model_output", "malformed_tool_use"];

/// How the model stopped.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stop {
    pub reason: StopReason,
    /// Which stop sequence it was.
    pub sequence: Option<String>,
    /// The reason as Converse wrote it, where the canonical one says less.
    pub raw: Option<String>,
}

/// `stopReason`; an answer that the service itself calls malformed is an error, which gets its usage later.
pub(crate) fn stop(word: String, fields: Option<&str>, called_a_tool: bool) -> Result<Stop, Error> {
    if MALFORMED.contains(&word.as_str()) {
        let message =
            format!("the model's answer could not be read by the service ({word}): ask again");
        return Err(Error {
            code: Some(word),
            retryable: true,
            ..Error::new(ErrorKind::Upstream, message)
        });
    }
    let (reason, raw) = match word.as_str() {
        // Llama and Mistral models say so after calling a tool.
        "end_turn" if called_a_tool => (StopReason::ToolUse, Some(word)),
        "end_turn" => (StopReason::EndTurn, None),
        "tool_use" => (StopReason::ToolUse, None),
        "max_tokens" => (StopReason::MaxTokens, None),
        "stop_sequence" => (StopReason::StopSequence, None),
        "guardrail_intervened" | "content_filtered" => (StopReason::Refusal, Some(word)),
        "model_context_window_exceeded" => (StopReason::ModelContextWindowExceeded, None),
        _ => (StopReason::Other(word), None),
    };
    Ok(Stop {
        reason,
        sequence: stop_sequence(fields),
        raw,
    })
}

/// Claude's `/delta/stop_sequence`, under either of the paths that Converse was seen to answer with.
fn stop_sequence(fields: Option<&str>) -> Option<String> {
    let fields = Object::parse(fields?.as_bytes()).ok()?;
    let in_delta = || fields.object("delta").ok()??.string("stop_sequence").ok()?;
    fields.string("stop_sequence").ok()?.or_else(in_delta)
}

/// Usage and facts, as far as they have come.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub usage: Option<Usage>,
    latency_ms: Option<u64>,
    trace: Option<String>,
    performance_config: Option<String>,
}

impl Facts {
    /// Take what these members say, of `metadata` or of a whole answer; a later word beats an earlier, an absent one
    /// changes nothing.
    pub(crate) fn add(&mut self, metadata: &Object<'_>) -> Result<(), json::Error> {
        if let Some(usage) = metadata.object("usage")? {
            self.usage = Some(canonical_usage(&usage)?);
        }
        let tier = metadata
            .object("serviceTier")?
            .unwrap_or_default()
            .string("type")?;
        if let (Some(usage), Some(tier)) = (&mut self.usage, tier) {
            usage.service_tier = Some(tier);
        }
        let latency = metadata
            .object("metrics")?
            .unwrap_or_default()
            .number("latencyMs")?;
        self.latency_ms = latency.or(self.latency_ms);
        self.trace = metadata
            .raw("trace")
            .map(ToOwned::to_owned)
            .or(self.trace.take());
        self.performance_config = metadata
            .raw("performanceConfig")
            .map(ToOwned::to_owned)
            .or(self.performance_config.take());
        Ok(())
    }

    /// `provider-metadata`: what the canonical shape has no field for, under the provider's name.
    pub(crate) fn provider_metadata(
        &self,
        request_id: Option<&str>,
        stop: &Stop,
    ) -> Option<String> {
        #[derive(Serialize)]
        struct ProviderMetadata<'a> {
            bedrock: Bedrock<'a>,
        }

        #[derive(Serialize, Default)]
        #[serde(rename_all = "camelCase")]
        struct Bedrock<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            latency_ms: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            performance_config: Option<&'a RawValue>,
            #[serde(skip_serializing_if = "Option::is_none")]
            request_id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            stop_reason: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            trace: Option<&'a RawValue>,
        }

        let bedrock = Bedrock {
            latency_ms: self.latency_ms,
            performance_config: self.performance_config.as_deref().and_then(json::verbatim),
            request_id,
            stop_reason: stop.raw.as_deref(),
            trace: self.trace.as_deref().and_then(json::verbatim),
        };
        serde_json::to_string(&ProviderMetadata { bedrock }).ok()
    }
}

/// Converse's `inputTokens` already leaves out what the cache served or took.
fn canonical_usage(usage: &Object<'_>) -> Result<Usage, json::Error> {
    // The second name of each is an older one for the same count.
    let either = |name: &str, older: &str| -> Result<u64, json::Error> {
        Ok(usage.number(name)?.or(usage.number(older)?).unwrap_or(0))
    };
    let mut by_ttl = CacheCreation {
        five_minutes_input_tokens: 0,
        one_hour_input_tokens: 0,
    };
    let details = usage.objects("cacheDetails")?;
    for detail in &details {
        let tokens = detail.number("inputTokens")?.unwrap_or(0);
        let count = match detail.string("ttl")?.as_deref() {
            Some("5m") => &mut by_ttl.five_minutes_input_tokens,
            Some("1h") => &mut by_ttl.one_hour_input_tokens,
            // Of a ttl newer than this version: the sum still has it.
            _ => continue,
        };
        *count = count.saturating_add(tokens);
    }
    Ok(Usage {
        input_tokens: usage.number("inputTokens")?.unwrap_or(0),
        output_tokens: usage.number("outputTokens")?.unwrap_or(0),
        cache_read_input_tokens: either("cacheReadInputTokens", "cacheReadInputTokenCount")?,
        cache_creation_input_tokens: either("cacheWriteInputTokens", "cacheWriteInputTokenCount")?,
        cache_creation: Some(by_ttl).filter(|_| !details.is_empty()),
        ..Usage::none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(word: &str, called_a_tool: bool) -> Result<Stop, Error> {
        stop(word.to_owned(), None, called_a_tool)
    }

    #[test]
    fn each_stop_reason_has_its_canonical_word() {
        for (word, expected) in [
            ("end_turn", StopReason::EndTurn),
            ("tool_use", StopReason::ToolUse),
            ("max_tokens", StopReason::MaxTokens),
            ("stop_sequence", StopReason::StopSequence),
            ("guardrail_intervened", StopReason::Refusal),
            ("content_filtered", StopReason::Refusal),
            (
                "model_context_window_exceeded",
                StopReason::ModelContextWindowExceeded,
            ),
            ("a_new_one", StopReason::Other("a_new_one".into())),
        ] {
            assert_eq!(reason(word, false).expect(word).reason, expected);
        }
    }

    #[test]
    fn a_malformed_answer_is_an_error_and_never_a_clean_end() {
        for word in MALFORMED {
            let error = reason(word, false).expect_err(word);
            assert_eq!(
                (error.kind, error.code.as_deref()),
                (ErrorKind::Upstream, Some(*word))
            );
        }
    }

    #[test]
    fn end_turn_after_a_tool_call_is_tool_use() {
        assert_eq!(
            reason("end_turn", true).expect("a stop").reason,
            StopReason::ToolUse
        );
    }
}
