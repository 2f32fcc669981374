//! Tokens, both ways. OpenAI counts what the cache served and took among the prompt's tokens; the canonical count does
//! not.
//!
//! How many tokens of an answer were thought is known only where a provider tells it, among `usage.extensions`, whose
//! other members stand beside OpenAI's own.

use bedrock_provider::json::{self, Object, Writer};

use crate::canonical::Usage;

/// OpenAI's members of `usage` that have a canonical field.
const OWN: &[&str] = &[
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_tokens_details",
];

const DETAILS: &str = "completion_tokens_details";

/// How many tokens of an answer were thought, where a provider tells it in OpenAI's or Anthropic's way.
pub(crate) fn reasoning_tokens(extensions: &Object<'_>) -> Option<u64> {
    let details = ["output_tokens_details", DETAILS];
    let details = details
        .iter()
        .find_map(|name| extensions.object(name).ok()?)?;
    let counts = ["reasoning_tokens", "thinking_tokens"];
    counts.iter().find_map(|name| details.number(name).ok()?)
}

/// The object `usage`.
pub(super) fn write(usage: &Usage, w: &mut Writer) {
    let cached = usage.cache_read_input_tokens;
    let written = usage.cache_creation_input_tokens;
    let prompt = usage
        .input_tokens
        .saturating_add(cached)
        .saturating_add(written);
    w.object(|w| {
        w.name("prompt_tokens").number(prompt);
        w.name("completion_tokens").number(usage.output_tokens);
        w.name("total_tokens")
            .number(prompt.saturating_add(usage.output_tokens));
        w.name("prompt_tokens_details").object(|w| {
            w.name("cached_tokens").number(cached);
            w.name("cache_write_tokens").number(written);
        });
        let extensions = usage.extensions.as_deref().unwrap_or("{}");
        let extensions = Object::parse(extensions.as_bytes()).unwrap_or_default();
        let has_details = extensions.raw(DETAILS).is_some();
        if let Some(thought) = reasoning_tokens(&extensions).filter(|_| !has_details) {
            w.name(DETAILS)
                .object(|w| w.name("reasoning_tokens").number(thought));
        }
        for (name, value) in extensions.others(OWN) {
            w.name(&name.into_string()).raw(value);
        }
    });
}

/// Of the object `usage` and the answer's `service_tier`.
pub(super) fn read(usage: &Object<'_>, service_tier: Option<String>) -> Result<Usage, json::Error> {
    let details = usage.object("prompt_tokens_details")?.unwrap_or_default();
    let cached = details.number("cached_tokens")?.unwrap_or(0);
    let written = details.number("cache_write_tokens")?.unwrap_or(0);
    let prompt = usage.number("prompt_tokens")?.unwrap_or(0);
    let mut others = usage.others(OWN).peekable();
    let extensions = others.peek().is_some().then(|| {
        let mut w = Writer::default();
        w.object(|w| others.for_each(|(name, value)| w.name(&name.into_string()).raw(value)));
        w.into_string()
    });
    Ok(Usage {
        input_tokens: prompt.saturating_sub(cached).saturating_sub(written),
        output_tokens: usage.number("completion_tokens")?.unwrap_or(0),
        cache_read_input_tokens: cached,
        cache_creation_input_tokens: written,
        cache_creation: None,
        service_tier,
        extensions,
    })
}
