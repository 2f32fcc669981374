//! `requestMetadata` and `serviceTier`: what AWS is told about a call besides what is asked.

use super::notes::Notes;
use crate::canonical::{Error, Request};
use crate::http_message::printable;

/// The longest name or value.
const MAX_LENGTH: usize = 256;

/// The most entries.
const MAX_ENTRIES: usize = 16;

/// What AWS takes as request metadata: names once, names and values of few characters. The rest is left out, since
/// clients put JSON there, and a log entry is not worth the call.
pub(crate) fn request_metadata<'a>(
    request: &'a Request,
    notes: &mut Notes,
) -> Result<Vec<(&'a str, &'a str)>, Error> {
    let is_legal = |text: &str| {
        let legal = |c: char| {
            c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c)
        };
        text.len() <= MAX_LENGTH && text.chars().all(legal)
    };
    let mut kept: Vec<(&str, &str)> = Vec::with_capacity(request.metadata.len());
    for (name, value) in &request.metadata {
        let fault = match () {
            () if name.is_empty() => "a name is empty",
            () if !is_legal(name) || !is_legal(value) => {
                "AWS takes letters, digits, space and : _ @ $ # = / + , - . here, at most 256"
            }
            () if kept.iter().any(|(other, _)| other == name) => "the name was there before",
            () if kept.len() == MAX_ENTRIES => "AWS takes 16 at most",
            () => {
                kept.push((name, value));
                continue;
            }
        };
        notes.lost(
            format!("metadata.{}", printable(name, 64)),
            format!("{fault}: left out"),
        )?;
    }
    Ok(kept)
}

/// Anthropic's `auto` and `standard_only` in Converse's words, and Converse's own.
pub(crate) fn service_tier(request: &Request) -> Result<Option<&str>, Error> {
    match request.service_tier.as_deref() {
        None | Some("auto") => Ok(None),
        Some("standard_only") => Ok(Some("default")),
        Some(tier @ ("default" | "priority" | "flex" | "reserved")) => Ok(Some(tier)),
        Some(other) => Err(Error::invalid(
            "service_tier",
            format!(
                "expected auto, standard_only, default, priority, flex or reserved, saw {:?}",
                printable(other, 64)
            ),
        )),
    }
}
