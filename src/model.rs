//! `bedrock/<id>` → what to call and what can be said to it.
//!
//! In: the canonical `model`. Out: the id for the path, the region that the id itself names, and the foundation model
//! that it is.
//!
//! An id is a foundation model (`anthropic.claude-…-v1:0`), an inference profile (`us.anthropic.…`) or an ARN; a region
//! may stand before it (`bedrock/eu-west-1/…`). Source: the `modelId` parameter of Converse
//! (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>).

use crate::canonical::Error;
use crate::endpoint::Region;

/// The prefix that routes a request to this component.
const PROVIDER: &str = "bedrock/";

/// AWS's own limit on `modelId`.
const MAX_LENGTH: usize = 2048;

/// Prefixes of cross-region inference profiles: `us.anthropic.claude-…`.
const GEOGRAPHIES: &[&str] = &[
    "us", "eu", "apac", "global", "jp", "au", "ca", "in", "us-gov", "sa", "amer",
];

/// A word that some gateways put before an id to choose Converse, which is all that there is here.
const ROUTE: &str = "converse/";

/// A model as the request names it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Model<'a> {
    /// What goes into the path, not yet encoded: an id or an ARN.
    pub id: &'a str,
    /// The region that the name itself gives: an ARN's fourth field, or the one before the id.
    pub region: Option<Region>,
    /// The foundation model's id, as far as the name tells it; empty where it does not.
    pub foundation: &'a str,
    /// A prompt that is stored with its messages: `arn:…:prompt/…`.
    pub is_prompt: bool,
}

impl<'a> Model<'a> {
    /// Read the canonical `model`.
    pub(crate) fn parse(name: &'a str) -> Result<Self, Error> {
        let Some(rest) = name.strip_prefix(PROVIDER) else {
            return Err(Error::invalid(
                "model",
                format!(
                    "expected \"bedrock/<model-id>\", saw {name:?}: other prefixes belong to other providers"
                ),
            ));
        };
        let (prefixed, id) = split_region(rest);
        let id = id.strip_prefix(ROUTE).unwrap_or(id);
        if let Some(fault) = fault(id) {
            return Err(Error::invalid(
                "model",
                format!("{fault} in {name:?}: name a model as \"bedrock/<model-id>\""),
            ));
        }
        let region = match prefixed.or_else(|| arn_field(id, 3)) {
            Some(region) => Some(Region::parse(region, "model")?),
            None => None,
        };
        Ok(Model {
            id,
            region,
            foundation: foundation_id(id),
            is_prompt: arn_field(id, 5).is_some_and(|resource| resource.starts_with("prompt/")),
        })
    }

    /// Whether this is the id of another canonical `model` too, wherever each is called.
    pub(crate) fn is_same_as(&self, name: &str) -> bool {
        Model::parse(name).is_ok_and(|other| other.id == self.id)
    }

    /// Whether the id is the foundation model's own, which some models are not called by.
    pub(crate) fn is_bare(&self) -> bool {
        self.id == self.foundation
    }

    /// The id as one path segment (RFC 3986 §3.3): every byte but `A-Z a-z 0-9 - . _ ~` is percent-encoded, so that an
    /// ARN's slashes do not make segments of their own.
    pub(crate) fn push_segment(id: &str, path: &mut String) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        for &byte in id.as_bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    path.push(byte.into())
                }
                _ => {
                    path.push('%');
                    path.push(HEX[usize::from(byte >> 4)].into());
                    path.push(HEX[usize::from(byte & 15)].into());
                }
            }
        }
    }
}

/// `eu-west-1/<id>` → (`eu-west-1`, id); an ARN's slashes come after colons and do not count.
fn split_region(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((region, id)) if looks_like_region(region) => (Some(region), id),
        _ => (None, name),
    }
}

/// `us-east-1`, `us-gov-west-1`: lower-case words, the last a number.
pub(crate) fn looks_like_region(text: &str) -> bool {
    let mut words = text.split('-');
    let (first, last) = (words.next().unwrap_or(""), words.next_back().unwrap_or(""));
    first.len() == 2
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && !last.is_empty()
        && last.bytes().all(|b| b.is_ascii_digit())
        && words.next().is_some()
}

/// Why this cannot be a model id, if it cannot. The rest is for AWS to say: its ids change faster than any pattern.
fn fault(id: &str) -> Option<&'static str> {
    match id {
        "" => Some("no model id"),
        // Clients and proxies would take them for path segments to resolve.
        "." | ".." => Some("a relative path"),
        _ if id.len() > MAX_LENGTH => Some("a model id of more than 2048 bytes"),
        _ if id.chars().any(char::is_control) => Some("a control character"),
        _ => None,
    }
}

/// Field `n` of an ARN (`arn:partition:service:region:account:resource`), unless empty.
fn arn_field(id: &str, n: usize) -> Option<&str> {
    id.starts_with("arn:")
        .then(|| id.splitn(6, ':').nth(n))
        .flatten()
        .filter(|field| !field.is_empty())
}

/// The foundation model's id, as far as the name tells it: without the geography, or from within the ARN.
pub(crate) fn foundation_id(id: &str) -> &str {
    let id = match arn_field(id, 5).and_then(|resource| resource.split_once('/')) {
        Some(("foundation-model" | "inference-profile", id)) => id,
        Some(_) => return "",
        None => id,
    };
    match id.split_once('.') {
        Some((geography, rest)) if GEOGRAPHIES.contains(&geography) => rest,
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> String {
        let mut path = String::new();
        Model::push_segment(Model::parse(name).expect(name).id, &mut path);
        path
    }

    #[test]
    fn an_id_becomes_one_encoded_segment() {
        for (name, segment) in [
            (
                "bedrock/anthropic.claude-3-haiku-20240307-v1:0",
                "anthropic.claude-3-haiku-20240307-v1%3A0",
            ),
            (
                "bedrock/us.amazon.nova-lite-v1:0",
                "us.amazon.nova-lite-v1%3A0",
            ),
            (
                "bedrock/arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
                "arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Famazon.nova-lite-v1%3A0",
            ),
            ("bedrock/eu-west-1/mistral.x", "mistral.x"),
            ("bedrock/a?b#c/../d", "a%3Fb%23c%2F..%2Fd"),
            ("bedrock/ü", "%C3%BC"),
        ] {
            assert_eq!(path(name), segment, "{name}");
        }
    }

    #[test]
    fn the_name_tells_the_region_and_the_foundation_model() {
        for (name, region, foundation) in [
            ("bedrock/anthropic.claude-x", None, "anthropic.claude-x"),
            ("bedrock/us.anthropic.claude-x", None, "anthropic.claude-x"),
            ("bedrock/converse/us.amazon.nova-x", None, "amazon.nova-x"),
            ("bedrock/us-gov.openai.gpt-x", None, "openai.gpt-x"),
            ("bedrock/openai.gpt-x", None, "openai.gpt-x"),
            (
                "bedrock/us-gov-west-1/anthropic.claude-x",
                Some("us-gov-west-1"),
                "anthropic.claude-x",
            ),
            (
                "bedrock/arn:aws:bedrock:us-west-2::foundation-model/meta.llama3-x",
                Some("us-west-2"),
                "meta.llama3-x",
            ),
            (
                "bedrock/arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-x",
                Some("eu-west-1"),
                "amazon.nova-x",
            ),
            (
                "bedrock/arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/anthropic.x",
                Some("eu-west-1"),
                "",
            ),
            (
                "bedrock/arn:aws:sagemaker:eu-west-1:123456789012:endpoint/x",
                Some("eu-west-1"),
                "",
            ),
            ("bedrock/claude-9", None, "claude-9"),
            ("bedrock/meta-llama/Llama-3-1", None, "meta-llama/Llama-3-1"),
        ] {
            let model = Model::parse(name).expect(name);
            assert_eq!(model.region.as_ref().map(Region::as_str), region, "{name}");
            assert_eq!(model.foundation, foundation, "{name}");
        }
    }

    #[test]
    fn what_is_no_bedrock_model_is_refused_by_name() {
        let long = format!("bedrock/{}", "x".repeat(2049));
        for (name, says) in [
            ("anthropic.claude-x", "other providers"),
            ("openai/gpt-5", "other providers"),
            ("", "other providers"),
            ("bedrock/", "no model id"),
            ("bedrock/.", "relative path"),
            ("bedrock/..", "relative path"),
            ("bedrock/us-east-1/..", "relative path"),
            ("bedrock/a\nb", "control character"),
            (
                "bedrock/arn:aws:bedrock:evil.com/x:1::foundation-model/x",
                "region",
            ),
            (long.as_str(), "2048"),
        ] {
            let error = Model::parse(name).expect_err(name);
            assert_eq!(error.path.as_deref(), Some("model"), "{name}");
            assert!(error.message.contains(says), "{name}: {}", error.message);
        }
    }
}
