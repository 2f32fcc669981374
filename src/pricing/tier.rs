//! Which of a model's prices a call is served at.
//!
//! In: the service tier and the `performanceConfig`, of a request or of an answer: AWS says in the answer what it was
//! served with, and bills that. Out: the name of a set of prices. Source:
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/latency-optimized-inference.html>.

use crate::canonical::{Error, Request};
use crate::excerpt::quoted;
use crate::json::Object;

/// Converse's word for it, and the name of its set of prices.
const OPTIMIZED: &str = "optimized";

/// Anthropic's `auto` and `standard_only` in Converse's words, and Converse's own.
pub(crate) fn service_tier(request: &Request) -> Result<Option<&str>, Error> {
    match request.service_tier.as_deref() {
        None | Some("auto") => Ok(None),
        Some("standard_only") => Ok(Some("default")),
        Some(tier @ ("default" | "priority" | "flex" | "reserved")) => Ok(Some(tier)),
        Some(other) => Err(Error::invalid(
            "service_tier",
            format!(
                "expected auto, standard_only, default, priority, flex or reserved, got {}",
                quoted(other)
            ),
        )),
    }
}

/// The service tier, or `optimized` where the latency is; none is the standard tier. `performance_config` is JSON.
pub(crate) fn tier<'a>(
    service_tier: Option<&'a str>,
    performance_config: Option<&str>,
) -> Option<&'a str> {
    let latency = performance_config
        .and_then(|config| Object::parse(config.as_bytes()).ok())
        .and_then(|config| config.string("latency").ok().flatten());
    match latency.as_deref() {
        Some(OPTIMIZED) => Some(OPTIMIZED),
        _ => service_tier,
    }
}

#[cfg(test)]
mod tests {
    use super::tier;

    #[test]
    fn optimised_latency_has_a_price_of_its_own() {
        for (service_tier, performance_config, expected) in [
            (None, None, None),
            (Some("flex"), None, Some("flex")),
            (None, Some(r#"{"latency":"optimized"}"#), Some("optimized")),
            (
                Some("default"),
                Some(r#"{"latency":"optimized"}"#),
                Some("optimized"),
            ),
            (
                Some("default"),
                Some(r#"{"latency":"standard"}"#),
                Some("default"),
            ),
            (None, Some(r#"{"latency":1}"#), None),
            (None, Some("{}"), None),
        ] {
            let seen = tier(service_tier, performance_config);
            assert_eq!(seen, expected, "{service_tier:?} {performance_config:?}");
        }
    }
}
