//! `requestMetadata` and `serviceTier`: what AWS is told about a call besides what is asked.

use std::borrow::Cow;

use super::names;
use crate::canonical::{Error, Request};
use crate::excerpt::printable;
use crate::warnings::{Code, Warnings};

/// The longest name or value.
const MAX_LENGTH: usize = 256;

/// The most entries.
const MAX_ENTRIES: usize = 16;

/// A name and its value.
type Entry<'a> = (Cow<'a, str>, Cow<'a, str>);

/// What AWS takes as request metadata: names once, names and values of few characters. Clients put JSON there: what is not
/// taken is replaced, so that who asked can still be told apart.
pub(crate) fn request_metadata<'a>(
    request: &'a Request,
    notes: &mut Warnings,
) -> Result<Vec<Entry<'a>>, Error> {
    let mut kept: Vec<Entry<'a>> = Vec::new();
    for (name, value) in &request.metadata {
        let path = || format!("metadata.{}", printable(name, 64));
        let (sent, value) = (legal(name), legal(value));
        let fault = match () {
            () if name.is_empty() => "an empty name is not supported by AWS",
            () if kept.len() == MAX_ENTRIES => "more than 16 entries are not supported by AWS",
            () if kept.iter().any(|(other, _)| *other == sent) => "duplicate name",
            () => {
                if matches!((&sent, &value), (Cow::Owned(_), _) | (_, Cow::Owned(_))) {
                    notes.changed(Code::Replaced, path(), "at most 256 letters, digits, white space and : _ @ $ # = / + , - . are supported by AWS; others replaced by _");
                }
                kept.push((sent, value));
                continue;
            }
        };
        notes.lost(Code::Ignored, path(), format!("{fault}; ignored"))?;
    }
    Ok(kept)
}

/// The text in the characters that AWS takes; of one that is too long, the beginning and a hash of the whole.
fn legal(text: &str) -> Cow<'_, str> {
    const DIGITS: usize = 16;
    let is_legal =
        |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c);
    let is_long = text.len() > MAX_LENGTH;
    if !is_long && text.chars().all(is_legal) {
        return Cow::Borrowed(text);
    }
    let most = if is_long {
        MAX_LENGTH - DIGITS
    } else {
        MAX_LENGTH
    };
    let legal = text.chars().map(|c| if is_legal(c) { c } else { '_' });
    let mut sent: String = legal.take(most).collect();
    if is_long {
        names::push_digits(&mut sent, names::hash(text), 16, DIGITS);
    }
    Cow::Owned(sent)
}
