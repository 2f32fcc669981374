//! A name that is no model's: the error, and the names that were perhaps meant.

use crate::canonical::{Error, ErrorKind};
use crate::capability;
use crate::capability::foundation::foundation_id;
use crate::capability::inference_profile;
use crate::excerpt::quoted;

/// The code of an error that says that there is no such model.
pub(crate) const NOT_FOUND: &str = "model_not_found";

/// How many names an error offers.
const OFFERED: usize = 3;

/// So much of a name is compared with others, in bytes.
const COMPARED: usize = 64;

/// There is no such model, as far as its name tells.
pub(super) fn not_found(name: &str, why: &str) -> Error {
    let message = format!("{} {why}.{}", quoted(name), nearest(name));
    Error {
        path: Some("model".into()),
        code: Some(NOT_FOUND.into()),
        status: Some(404),
        ..Error::new(ErrorKind::NotFound, message)
    }
}

/// What to call instead of an id that Bedrock does not know, as the end of a message: the profiles of a model that the
/// table knows, which are not called from everywhere, or the nearest ids. Nothing where an ARN does not tell its model.
pub(crate) fn advice(id: &str) -> String {
    let foundation = foundation_id(id);
    let known = &capability::of(foundation).capabilities;
    match inference_profile::all(foundation, known).is_empty() {
        true => nearest(foundation),
        false => inference_profile::advice(id),
    }
}

/// The ids of the table that share the most with a name, as the end of a message; empty where none shares anything.
fn nearest(name: &str) -> String {
    let mut name = name.to_ascii_lowercase().into_bytes();
    name.truncate(COMPARED);
    let mut best = [(0, ""); OFFERED];
    for id in capability::ids().filter(|id| id.as_bytes() != name) {
        let has = |part: &&[u8]| id.as_bytes().windows(3).any(|own| own == *part);
        let mut next = (name.windows(3).filter(has).count(), id);
        for place in &mut best {
            // Of equals the shorter.
            let is_better = next.0 > place.0 || next.0 == place.0 && next.1.len() < place.1.len();
            if is_better {
                std::mem::swap(place, &mut next);
            }
        }
    }
    let mut offer = String::new();
    for (_, id) in best.iter().filter(|(shared, _)| *shared > 0) {
        offer.push_str(if offer.is_empty() { " Nearest: " } else { ", " });
        offer.push_str(id);
    }
    if !offer.is_empty() {
        offer.push('.');
    }
    offer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_share_the_most() {
        for (name, first) in [
            (
                "claude-sonet-4-5",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            ("claude-9", "anthropic.claude-"),
            ("gpt-4o", "openai.gpt-"),
            ("meta-llama/Llama-3-1", "meta.llama3-"),
            ("nova-light", "amazon.nova-l"),
        ] {
            let offer = nearest(name);
            let expected = format!(" Nearest: {first}");
            assert!(offer.starts_with(&expected), "{name}: {offer}");
            assert!(offer.matches(", ").count() < OFFERED, "{offer}");
        }
        for name in ["", "zz", "\u{1f980}\u{1f980}", "0000"] {
            assert_eq!(nearest(name), "", "{name}");
        }
        // Not itself, and no more work for a long name than for a short one.
        let own = "amazon.nova-lite-v1:0";
        assert!(
            !nearest(own).contains(&format!(" {own}")),
            "{}",
            nearest(own)
        );
        let long = "x".repeat(2048);
        assert!(not_found(&long, "is not known").message.len() < 300);
    }
}
