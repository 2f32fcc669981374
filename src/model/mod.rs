//! `bedrock/<id>` → what to call and what can be said to it.
//!
//! In: the canonical `model`. Out: the id for the path, the region that the id itself names, and the foundation model
//! that it is.
//!
//! An id is a foundation model (`anthropic.claude-…-v1:0`), an inference profile (`us.anthropic.…`) or an ARN; a region
//! may stand before it (`bedrock/eu-west-1/…`). A maker's own name (`claude-sonnet-4-5`) is resolved to the id by
//! [`name`]; what is neither is an error before anything is sent. Source: the `modelId` parameter of Converse
//! (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>).

mod name;
pub(crate) mod unknown;

use std::borrow::Cow;

use crate::canonical::Error;
use crate::capability::foundation::{ARN, arn_field, foundation_id};
use crate::endpoint::Region;
use crate::excerpt::quoted;
use crate::warnings::{Code, Warnings};

/// The prefix that routes a request to this component.
const PROVIDER: &str = "bedrock/";

/// AWS's own limit on `modelId`.
const MAX_LENGTH: usize = 2048;

/// A word that some gateways put before an id to choose Converse, which is all that there is here.
const ROUTE: &str = "converse/";

/// How clients mark a name to ask for a context of a million tokens.
const LONG_CONTEXT: &str = "[1m]";

/// A model as the request names it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Model<'a> {
    /// What goes into the path, not yet encoded: an id or an ARN; before [`resolve`](Self::resolve) perhaps a name.
    pub id: Cow<'a, str>,
    /// The region that the name itself gives: an ARN's fourth field, or the one before the id.
    pub region: Option<Region>,
    /// A prompt that is stored with its messages: `arn:…:prompt/…`.
    pub is_prompt: bool,
    /// The name ends in `[1m]`.
    pub has_long_context: bool,
}

impl<'a> Model<'a> {
    /// Read the canonical `model`.
    pub(crate) fn parse(name: &'a str) -> Result<Self, Error> {
        let Some(Parts {
            region: prefixed,
            id,
            has_long_context,
        }) = Parts::of(name)
        else {
            const WHY: &str =
                "is not \"bedrock/<model-id>\": other prefixes belong to other providers";
            return Err(unknown::not_found(name, WHY));
        };
        if let Some(fault) = fault(id) {
            return Err(Error::invalid(
                "model",
                format!(
                    "{fault} in {}: expected \"bedrock/<model-id>\"",
                    quoted(name)
                ),
            ));
        }
        let region = match prefixed.or_else(|| arn_field(id, 3)) {
            Some(region) => Some(Region::parse(region, "model")?),
            None => None,
        };
        Ok(Model {
            id: Cow::Borrowed(id),
            region,
            is_prompt: arn_field(id, 5).is_some_and(|resource| resource.starts_with("prompt/")),
            has_long_context,
        })
    }

    /// Take the id that the name means, with a warning where the name has no version. `is_known`: whether the operator has
    /// said anything of an id.
    ///
    /// # Errors
    /// `not-found` where the name is no id of Bedrock's by its form, means none of the table, and is none that the
    /// operator's `models` know.
    pub(crate) fn resolve(
        &mut self,
        is_known: &dyn Fn(&str) -> bool,
        notes: &mut Warnings,
    ) -> Result<(), Error> {
        if self.id.starts_with(ARN) {
            return Ok(());
        }
        let given = foundation_id(&self.id);
        let has_form = name::has_form(given);
        if !has_form && is_known(given) {
            return Ok(());
        }
        match name::meant(given) {
            Some(meant) if meant.id == given => {}
            Some(meant) => {
                let id = with_geography(&self.id, &meant.id);
                if meant.is_guess {
                    let message = format!("{} has no version; replaced by {id}", quoted(&self.id));
                    notes.changed(Code::Replaced, "model", message);
                }
                self.id = Cow::Owned(id);
            }
            None if has_form => {}
            None => return Err(unknown::not_found(&self.id, "is not a Bedrock model")),
        }
        Ok(())
    }

    /// The foundation model's id, as far as the name tells it; empty where it does not.
    pub(crate) fn foundation(&self) -> &str {
        foundation_id(&self.id)
    }

    /// The canonical `model` that is this one in another region.
    pub(crate) fn name_in(&self, region: &str) -> String {
        let mark = if self.has_long_context {
            LONG_CONTEXT
        } else {
            ""
        };
        [PROVIDER, region, "/", &self.id, mark].concat()
    }

    /// Whether this is the id of another canonical `model` too, wherever each is called.
    pub(crate) fn is_same_as(&self, name: &str) -> bool {
        Model::parse(name).is_ok_and(|other| other.id == self.id)
    }

    /// Whether the id is the foundation model's own, which some models are not called by.
    pub(crate) fn is_bare(&self) -> bool {
        self.id == self.foundation()
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

/// The id of the foundation model that `name` means, an id or a maker's name, with the geography that it has.
pub(crate) fn id_of(name: &str) -> Cow<'_, str> {
    match name::meant(foundation_id(name)) {
        Some(meant) if !name.starts_with(ARN) => Cow::Owned(with_geography(name, &meant.id)),
        _ => Cow::Borrowed(name),
    }
}

/// `foundation`, with the geography before it that `id` has.
fn with_geography(id: &str, foundation: &str) -> String {
    let geography = id.strip_suffix(foundation_id(id)).unwrap_or_default();
    [geography, foundation].concat()
}

/// `eu-west-1/<id>` → (`eu-west-1`, id); an ARN's slashes come after colons and do not count.
/// The parts of a name, by its form alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    /// The one before the id.
    pub(crate) region: Option<&'a str>,
    /// Without what gateways put before and behind it.
    pub(crate) id: &'a str,
    /// It ends in `[1m]`.
    pub(crate) has_long_context: bool,
}

impl<'a> Parts<'a> {
    /// None of another provider's name.
    pub(crate) fn of(name: &'a str) -> Option<Self> {
        let (region, id) = split_region(name.strip_prefix(PROVIDER)?);
        let id = id.strip_prefix(ROUTE).unwrap_or(id);
        let short = name::without_end(id, LONG_CONTEXT);
        Some(Parts {
            region,
            id: short.unwrap_or(id),
            has_long_context: short.is_some(),
        })
    }
}

fn split_region(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((region, id)) if looks_like_region(region) => (Some(region), id),
        _ => (None, name),
    }
}

/// `us-east-1`, `us-gov-west-1`: lower-case words, the last a number.
pub(crate) fn looks_like_region(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let Some((words, number)) = text.rsplit_once('-') else {
        return false;
    };
    // `us-east-1`, `eusc-de-east-1`.
    matches!(words.find('-'), Some(2 | 4))
        && words.split('-').all(is_word)
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// Why this cannot be a model id, if it cannot. The rest is for AWS to say: its ids change faster than any pattern.
fn fault(id: &str) -> Option<&'static str> {
    match id {
        "" => Some("missing model id"),
        // Clients and proxies would take them for path segments to resolve.
        "." | ".." => Some("a relative path"),
        _ if id.len() > MAX_LENGTH => Some("a model id of more than 2048 bytes"),
        _ if id.chars().any(char::is_control) => Some("a control character"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
