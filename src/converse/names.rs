//! Tool names, names of their properties, and tool call ids that Converse takes.
//!
//! In: those of the caller, any text. Out: legal ones. The same text always becomes the same, whatever else is in the
//! request: a name in the history must go on to match its tool, and the prompt cache wants the same bytes. What had to
//! be changed carries a hash of what it was, so that two that look alike stay two.
//!
//! Source: the patterns of `ToolSpecification.name` and `ToolUseBlock.toolUseId`; nine letters and digits is what
//! Mistral's own API takes (<https://docs.mistral.ai/capabilities/function_calling/>).

use std::borrow::Cow;

use super::counts::Counts;
use super::restore::Restore;
use crate::canonical::{ContentBlock, Request};
use crate::capability::ToolIds;

/// The longest name and id.
const MAX_LENGTH: usize = 64;

/// A name of a tool that is legal as it is, or one that stands for it.
pub fn tool_name(name: &str) -> Cow<'_, str> {
    legal(name, &|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// A property's name that is legal as it is, or one that stands for it; none is empty, and some families limit them.
pub(crate) fn property_name(name: &str, is_limited: bool) -> Cow<'_, str> {
    match is_limited {
        false if !name.is_empty() => Cow::Borrowed(name),
        _ => legal(name, &|c| c.is_ascii_alphanumeric() || "_.-".contains(c)),
    }
}

fn legal<'a>(name: &'a str, is_legal: &dyn Fn(char) -> bool) -> Cow<'a, str> {
    if (1..=MAX_LENGTH).contains(&name.len()) && name.chars().all(is_legal) {
        return Cow::Borrowed(name);
    }
    let legal = name.chars().map(|c| if is_legal(c) { c } else { '_' });
    // Room for the hash.
    let mut sent: String = legal.take(MAX_LENGTH - 9).collect();
    sent.push('_');
    push_digits(&mut sent, hash(name), 16, 8);
    Cow::Owned(sent)
}

/// An id that is legal as it is, or one that stands for it.
pub(crate) fn tool_use_id(id: &str, form: ToolIds) -> Cow<'_, str> {
    let is_legal = match form {
        ToolIds::Any => {
            (1..=MAX_LENGTH).contains(&id.len())
                && id
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_.:-".contains(c))
        }
        ToolIds::Nine => id.len() == 9 && id.chars().all(|c| c.is_ascii_alphanumeric()),
    };
    if is_legal {
        return Cow::Borrowed(id);
    }
    let mut sent = String::new();
    match form {
        ToolIds::Any => {
            sent.push_str("id_");
            push_digits(&mut sent, hash(id), 16, 16);
        }
        ToolIds::Nine => push_digits(&mut sent, hash(id), 36, 9),
    }
    Cow::Owned(sent)
}

/// What stands for the id of a call whose id `number - 1` calls before it have too.
pub(crate) fn repeated_id(id: &str, number: u32, form: ToolIds) -> String {
    // No id has a space, so that this one is never legal as it is.
    tool_use_id(&format!("{id} {number}"), form).into_owned()
}

/// Which names of the request were changed: of its tools, and of those that its history calls.
pub(crate) fn changed(request: &Request) -> Restore {
    let tools = request.tools.iter().map(|tool| &tool.name);
    let blocks = request.messages.iter().flat_map(|message| &message.content);
    let calls = blocks.filter_map(|block| match block {
        ContentBlock::ToolUse(call) => Some(&call.name),
        _ => None,
    });
    let mut restore = Restore::default();
    let mut known = Counts::default();
    for name in tools.chain(calls) {
        if let Cow::Owned(sent) = tool_name(name)
            && known.add(&sent)
        {
            restore.names.push((sent, name.clone()));
        }
    }
    restore
}

/// FNV-1a: short, and the same on every machine (<https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>).
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The last `count` digits of a number.
pub(crate) fn push_digits(text: &mut String, mut number: u64, radix: u32, count: usize) {
    for _ in 0..count {
        let digit = u32::try_from(number % u64::from(radix)).unwrap_or(0);
        text.extend(char::from_digit(digit, radix));
        number /= u64::from(radix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_legal_name_stays_and_another_is_made_legal() {
        assert_eq!(tool_name("get_weather-2"), "get_weather-2");
        for name in ["a.b", "a/b", "a b", "$READFILE", "<|channel|>x", "", "é"] {
            let sent = tool_name(name);
            assert_eq!(tool_name(&sent), sent, "{name}");
        }
        assert_ne!(tool_name("a.b"), tool_name("a/b"));
        assert_eq!(tool_name(&"x".repeat(80)).len(), 64);
    }

    #[test]
    fn ids_have_the_form_that_the_family_wants() {
        assert_eq!(tool_use_id("toolu_01:x", ToolIds::Any), "toolu_01:x");
        assert_eq!(tool_use_id("abcDEF123", ToolIds::Nine), "abcDEF123");
        assert_eq!(tool_use_id("toolu_01", ToolIds::Nine).len(), 9);
    }

    proptest! {
        #[test]
        fn every_name_and_id_becomes_legal_and_stays_distinct(one in ".{0,80}", other in ".{0,80}") {
            let name = tool_name(&one);
            prop_assert_eq!(tool_name(&name), name.clone());
            for form in [ToolIds::Any, ToolIds::Nine] {
                let id = tool_use_id(&one, form);
                prop_assert_eq!(tool_use_id(&id, form), id.clone());
                prop_assert_eq!(tool_use_id(&other, form) == id, one == other);
            }
            prop_assert_eq!(tool_name(&other) == name, one == other);
            for is_limited in [false, true] {
                let name = property_name(&one, is_limited);
                prop_assert!(!name.is_empty());
                prop_assert_eq!(property_name(&name, is_limited), name.clone());
                prop_assert_eq!(property_name(&other, is_limited) == name, one == other);
            }
        }
    }
}
