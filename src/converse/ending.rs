//! How an answer ended: stop reason, stop sequence, usage, cost and the provider's own facts.
//!
//! The same members end a stream (`messageStop`, `metadata`) and stand in a whole answer; this is the one place that
//! reads them.

use super::restore::Restore;
use super::tool_call::Call;
use crate::canonical::{CacheCreation, Cost, Error, ErrorKind, StopReason, Usage};
use crate::json::{self, Object, Writer};
use crate::pricing::{self, Tariff};

/// Stop reasons that mean that the answer is broken: the service could not make sense of what the model wrote.
const MALFORMED: &[&str] = &["malformed_model_output", "malformed_tool_use"];

/// What the answer called; of several, the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Called {
    /// No tool of the caller's.
    #[default]
    Nothing,
    /// The tool that stands for the form of the answer, which the caller knows nothing of.
    Output,
    /// A tool of the caller's, who must run it now.
    Tool,
}

impl Called {
    /// What one call amounts to.
    pub(crate) fn by(call: &Call) -> Self {
        match call {
            Call::Tool(..) => Called::Tool,
            Call::Output(..) => Called::Output,
            Call::Server(_) => Called::Nothing,
        }
    }
}

/// How the model stopped.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stop {
    pub reason: StopReason,
    /// Which stop sequence it was.
    pub sequence: Option<String>,
    /// The reason as Converse wrote it, where the canonical one says less.
    pub raw: Option<String>,
    /// `additionalModelResponseFields`, as it was written.
    pub fields: Option<String>,
}

/// `stopReason`; an answer that the service itself calls malformed is an error, which gets its usage later.
pub(crate) fn stop(word: String, fields: Option<&str>, called: Called) -> Result<Stop, Error> {
    if MALFORMED.contains(&word.as_str()) {
        let message = format!("the model's answer is malformed ({word}): retry the call");
        return Err(Error {
            code: Some(word),
            retryable: true,
            ..Error::new(ErrorKind::Upstream, message)
        });
    }
    let (reason, raw) = match (word.as_str(), called) {
        // Llama and Mistral models say so after calling a tool.
        ("end_turn", Called::Tool) => (StopReason::ToolUse, Some(word)),
        ("end_turn", _) => (StopReason::EndTurn, None),
        ("tool_use", Called::Output) => (StopReason::EndTurn, Some(word)),
        ("tool_use", _) => (StopReason::ToolUse, None),
        ("max_tokens", _) => (StopReason::MaxTokens, None),
        ("stop_sequence", _) => (StopReason::StopSequence, None),
        ("guardrail_intervened" | "content_filtered", _) => (StopReason::Refusal, Some(word)),
        ("model_context_window_exceeded", _) => (StopReason::ModelContextWindowExceeded, None),
        _ => (StopReason::Other(word), None),
    };
    Ok(Stop {
        reason,
        sequence: stop_sequence(fields),
        raw,
        fields: fields
            .filter(|fields| !NOTHING.contains(fields))
            .map(ToOwned::to_owned),
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
    /// What the call costs; none where that is not known.
    tariff: Option<Tariff>,
    usage: Option<Usage>,
    service_tier: Option<String>,
    latency_ms: Option<u64>,
    trace: Option<String>,
    performance_config: Option<String>,
    /// `usage.output_tokens_details` of Claude's own fields, as it was written.
    output_details: Option<String>,
}

/// How many tokens were thought, among others.
const OUTPUT_DETAILS: &str = "output_tokens_details";

impl Facts {
    /// None yet, of a call that costs this.
    pub(crate) fn new(tariff: Option<Tariff>) -> Self {
        Facts {
            tariff,
            ..Facts::default()
        }
    }

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
        self.service_tier = tier.or(self.service_tier.take());
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

    /// Take what the model's own fields say of how many tokens were thought.
    pub(crate) fn add_details(&mut self, fields: Option<&str>) {
        let details = |fields: &str| -> Option<String> {
            let fields = Object::parse(fields.as_bytes()).ok()?;
            let usage = fields.object("usage").ok()??;
            Some(
                usage
                    .object(OUTPUT_DETAILS)
                    .ok()?
                    .map(|_| usage.raw(OUTPUT_DETAILS))??
                    .to_owned(),
            )
        };
        self.output_details = fields.and_then(details).or(self.output_details.take());
    }

    /// What has been counted, if anything has.
    pub(crate) fn known_usage(&self) -> Option<Usage> {
        let usage = self.usage.clone()?;
        let extensions = match &self.output_details {
            Some(details) => Some(with_details(usage.extensions.as_deref(), details)),
            None => usage.extensions,
        };
        Some(Usage {
            service_tier: self.service_tier.clone(),
            extensions,
            ..usage
        })
    }

    /// What has been counted.
    pub(crate) fn usage(&self) -> Usage {
        let service_tier = self.service_tier.clone();
        self.known_usage().unwrap_or(Usage {
            service_tier,
            ..Usage::none()
        })
    }

    /// What that cost, in the tier that served it; none where nothing was counted, or where it has no price.
    pub(crate) fn cost(&self) -> Option<Cost> {
        let usage = self.usage.as_ref()?;
        let tier = pricing::tier(
            self.service_tier.as_deref(),
            self.performance_config.as_deref(),
        );
        self.tariff.as_ref()?.cost(usage, tier)
    }

    /// `provider-metadata`: what the canonical shape has no field for, under the provider's name.
    pub(crate) fn provider_metadata(
        &self,
        request_id: Option<&str>,
        restore: &Restore,
        stop: &Stop,
    ) -> Option<String> {
        let mut writer = Writer::default();
        writer.object(|w| {
            w.name("bedrock").object(|w| {
                if let Some(latency_ms) = self.latency_ms {
                    w.name("latencyMs").number(latency_ms);
                }
                let raw = [
                    ("additionalModelResponseFields", &stop.fields),
                    ("performanceConfig", &self.performance_config),
                    ("trace", &self.trace),
                ];
                for (name, value) in raw {
                    if let Some(value) = value {
                        w.name(name).raw(value);
                    }
                }
                for (name, value) in [
                    ("modelId", Some(&*restore.callee)),
                    ("region", Some(&*restore.region)),
                    ("requestId", request_id),
                    ("stopReason", stop.raw.as_deref()),
                ] {
                    if let Some(value) = value.filter(|value| !value.is_empty()) {
                        w.name(name).text(value);
                    }
                }
            });
        });
        Some(writer.into_string())
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
        service_tier: None,
        extensions: newer_counts(usage),
    })
}

/// The object `counts` with one member more.
fn with_details(counts: Option<&str>, details: &str) -> String {
    let counts = Object::parse(counts.unwrap_or("{}").as_bytes()).unwrap_or_default();
    let mut writer = Writer::default();
    writer.object(|w| {
        for (name, value) in counts.others(&[OUTPUT_DETAILS]) {
            w.name(&name.into_string()).raw(value);
        }
        w.name(OUTPUT_DETAILS).raw(details);
    });
    writer.into_string()
}

/// The members of `usage` that are understood; the total is the sum of the others.
const COUNTS: &[&str] = &[
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "cacheReadInputTokens",
    "cacheReadInputTokenCount",
    "cacheWriteInputTokens",
    "cacheWriteInputTokenCount",
    "cacheDetails",
];

/// Values that count nothing: in each answer that was seen, `serverToolUsage` is an empty object.
const NOTHING: &[&str] = &["0", "0.0", "{}", "[]", "\"\""];

/// An object of the counts that are newer than this version, as they were written.
fn newer_counts(usage: &Object<'_>) -> Option<String> {
    let says_something = |(_, value): &(_, &str)| !NOTHING.contains(value);
    let mut newer = usage.others(COUNTS).filter(says_something).peekable();
    newer.peek()?;
    let mut writer = Writer::default();
    writer.object(|w| {
        for (name, value) in newer {
            w.name(&name.into_string()).raw(value);
        }
    });
    Some(writer.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(word: &str, called: Called) -> Result<Stop, Error> {
        stop(word.to_owned(), None, called)
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
            assert_eq!(reason(word, Called::Nothing).expect(word).reason, expected);
        }
    }

    #[test]
    fn a_malformed_answer_is_an_error_and_never_a_clean_end() {
        for word in MALFORMED {
            let error = reason(word, Called::Nothing).expect_err(word);
            assert_eq!(
                (error.kind, error.code.as_deref()),
                (ErrorKind::Upstream, Some(*word))
            );
        }
    }

    #[test]
    fn a_call_makes_the_end_a_call_and_an_output_makes_it_an_end() {
        for (word, called, expected, raw) in [
            (
                "end_turn",
                Called::Tool,
                StopReason::ToolUse,
                Some("end_turn"),
            ),
            ("end_turn", Called::Output, StopReason::EndTurn, None),
            (
                "tool_use",
                Called::Output,
                StopReason::EndTurn,
                Some("tool_use"),
            ),
            ("tool_use", Called::Tool, StopReason::ToolUse, None),
            ("tool_use", Called::Nothing, StopReason::ToolUse, None),
            ("max_tokens", Called::Output, StopReason::MaxTokens, None),
        ] {
            let stop = reason(word, called).expect(word);
            assert_eq!((stop.reason, stop.raw.as_deref()), (expected, raw));
        }
    }

    fn counted(usage: &str) -> Usage {
        let usage = format!(r#"{{"usage":{usage},"serviceTier":{{"type":"flex"}}}}"#);
        let mut facts = Facts::default();
        facts
            .add(&Object::parse(usage.as_bytes()).expect("JSON"))
            .expect("facts");
        facts.usage()
    }

    #[test]
    fn each_count_stays_its_own_and_none_is_summed() {
        let usage = counted(
            r#"{"inputTokens":100,"outputTokens":20,"totalTokens":130,"cacheReadInputTokens":7,"cacheWriteInputTokens":3,
                "cacheDetails":[{"ttl":"5m","inputTokens":1},{"ttl":"1h","inputTokens":2},{"ttl":"1d","inputTokens":9}]}"#,
        );
        let expected = Usage {
            input_tokens: 100,
            output_tokens: 20,
            cache_read_input_tokens: 7,
            cache_creation_input_tokens: 3,
            cache_creation: Some(CacheCreation {
                five_minutes_input_tokens: 1,
                one_hour_input_tokens: 2,
            }),
            service_tier: Some("flex".into()),
            extensions: None,
        };
        assert_eq!(usage, expected);
    }

    #[test]
    fn older_names_of_the_cache_counts_are_understood() {
        let usage = counted(r#"{"cacheReadInputTokenCount":7,"cacheWriteInputTokenCount":3}"#);
        let read_and_written = (
            usage.cache_read_input_tokens,
            usage.cache_creation_input_tokens,
        );
        assert_eq!(read_and_written, (7, 3));
    }

    #[test]
    fn counts_newer_than_this_version_are_kept_as_they_were_written() {
        for (usage, expected) in [
            (r#"{"inputTokens":1,"serverToolUsage":{}}"#, None),
            (r#"{"audioTokens":0,"notes":[],"tag":"","gone":null}"#, None),
            (
                r#"{"totalTokens":9,"serverToolUsage":{"webSearchRequests": 2},"audioTokens":1.50}"#,
                Some(r#"{"serverToolUsage":{"webSearchRequests": 2},"audioTokens":1.50}"#),
            ),
        ] {
            assert_eq!(counted(usage).extensions.as_deref(), expected, "{usage}");
        }
    }

    #[test]
    fn thinking_tokens_of_claudes_own_fields_are_counts_too() {
        for (usage, fields, expected) in [
            (
                r#"{"outputTokens":50}"#,
                Some(r#"{"usage":{"output_tokens_details":{"thinking_tokens":40}}}"#),
                Some(r#"{"output_tokens_details":{"thinking_tokens":40}}"#),
            ),
            (
                r#"{"audioTokens":1}"#,
                Some(r#"{"usage":{"output_tokens_details":{"thinking_tokens":40}}}"#),
                Some(r#"{"audioTokens":1,"output_tokens_details":{"thinking_tokens":40}}"#),
            ),
            (r#"{"outputTokens":50}"#, Some(r#"{"usage":{"x":1}}"#), None),
            (r#"{"outputTokens":50}"#, Some(r#"{"usage":7}"#), None),
            (r#"{"outputTokens":50}"#, None, None),
        ] {
            let metadata = format!(r#"{{"usage":{usage}}}"#);
            let metadata = Object::parse(metadata.as_bytes()).expect("JSON");
            for fields_first in [true, false] {
                let mut facts = Facts::default();
                if fields_first {
                    facts.add_details(fields);
                }
                facts.add(&metadata).expect("facts");
                facts.add_details(fields);
                assert_eq!(facts.usage().extensions.as_deref(), expected);
            }
        }
    }

    #[test]
    fn a_tier_told_before_the_usage_is_not_forgotten() {
        let mut facts = Facts::default();
        for metadata in [
            r#"{"serviceTier":{"type":"priority"}}"#,
            r#"{"usage":{"inputTokens":1}}"#,
        ] {
            facts
                .add(&Object::parse(metadata.as_bytes()).expect("JSON"))
                .expect("facts");
        }
        assert_eq!(facts.usage().service_tier.as_deref(), Some("priority"));
    }
}
