//! What a name means that is not an id of Bedrock's: the id of the table, or of a version that the table has not yet.
//!
//! Clients call a model by its maker's name, without the vendor before it and the version behind it:
//! `claude-sonnet-4-5` is `anthropic.claude-sonnet-4-5-20250929-v1:0` here. One rule finds the row of
//! `data/models.json`: the vendor and the version may be absent, and only letters and digits are compared, in any
//! case, since everybody separates them otherwise (`anthropic/claude-sonnet-4.5`, `claude-sonnet-4-5@20250929`). Of
//! several versions it is the newest.

use std::borrow::Cow;

use crate::capability;

/// The newest version of what it stands behind.
const LATEST: &str = "-latest";

/// What a few names have for the version that others say without a number: `claude-sonnet-4-0`.
const NO_MINOR: &str = "-0";

/// What may stand between the words of a name.
const SEPARATORS: &[u8] = b"-._/@: ";

/// Since Opus 4.7, an id of Claude's on Bedrock is Anthropic's own name behind this.
const CLAUDE: &str = "anthropic.claude-";

/// What a name means.
#[derive(Debug, PartialEq)]
pub(super) struct Meant {
    pub id: Cow<'static, str>,
    /// Another version may have been meant.
    pub is_guess: bool,
}

/// What a name means, without a geography before the name or the id.
pub(super) fn meant(name: &str) -> Option<Meant> {
    listed(name).or_else(|| newer_claude(name))
}

/// The row of the table that a name means.
fn listed(name: &str) -> Option<Meant> {
    let name = without_end(name, LATEST).unwrap_or(name);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || SEPARATORS.contains(&byte);
    if !name.bytes().all(is_plain) || !has_words(name) {
        return None;
    }
    let major = || without_end(name, NO_MINOR).filter(|major| has_words(major));
    newest(name).or_else(|| newest(major()?))
}

/// One word, such as `claude`, is a house of models.
fn has_words(name: &str) -> bool {
    let words = name.trim_end_matches('-');
    words.contains(|c: char| c == '-' || c.is_ascii_digit())
}

/// The row whose id the name is, or the last one whose id goes on behind it with a version and nothing else.
fn newest(name: &str) -> Option<Meant> {
    // Most callers give an id of the table: nothing of it is compared letter by letter.
    if let Some(id) = capability::listed(name) {
        return Some(Meant {
            id: Cow::Borrowed(id),
            is_guess: false,
        });
    }
    let mut found = None;
    for id in capability::ids() {
        let (_, model) = id.split_once('.').unwrap_or_default();
        let Some(rest) = rest(name, id).or_else(|| rest(name, model)) else {
            continue;
        };
        if rest.is_empty() || is_version(rest) {
            found = Some(Meant {
                id: Cow::Borrowed(id),
                is_guess: !rest.is_empty() && !has_day(name),
            });
        }
        if rest.is_empty() {
            break;
        }
    }
    found
}

/// Whether one of a name's numbers is a day, such as 20250929, as far as its length tells.
fn has_day(name: &str) -> bool {
    let mut digits = 0;
    for byte in name.bytes().chain([b'-']) {
        match byte.is_ascii_digit() {
            true => digits += 1,
            false if digits == 8 => return true,
            false => digits = 0,
        }
    }
    false
}

/// What follows in the id where it begins with the name.
fn rest<'i>(name: &str, id: &'i str) -> Option<&'i str> {
    let mut own = id.bytes();
    let mut read = 0;
    for letter in name.bytes().filter(u8::is_ascii_alphanumeric) {
        loop {
            let byte = own.next()?;
            read += 1;
            if byte.eq_ignore_ascii_case(&letter) {
                break;
            }
            if byte.is_ascii_alphanumeric() {
                return None;
            }
        }
    }
    id.get(read..)
}

/// `-20250929-v1:0`, `-2407-v1:0`, `-v1`, `-1:0`: dates and versions, and no other words. Of a version alone, the `:0` that
/// most end with; another is that of another model.
fn is_version(text: &str) -> bool {
    let is_part = |word: &str| match (word.split_once(':'), word.strip_prefix('v')) {
        (Some((major, minor)), _) => {
            is_number(major.strip_prefix('v').unwrap_or(major)) && is_number(minor)
        }
        (None, Some(version)) => is_number(version),
        // A year and a month, or a day.
        (None, None) => word.len() >= 4 && is_number(word),
    };
    let mut words = text.split('-');
    text == ":0" || words.next() == Some("") && text.len() > 1 && words.all(is_part)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Anthropic's name for a version that is newer than those of its family in the table: `claude-fable-5-2`.
fn newer_claude(name: &str) -> Option<Meant> {
    let name = without_end(name, LATEST).unwrap_or(name);
    let name = name.to_ascii_lowercase().replace(['.', '/'], "-");
    let name = name.strip_prefix("anthropic-").unwrap_or(&name);
    let (family, version) = name.strip_prefix("claude-")?.split_once('-')?;
    let family = [CLAUDE, family, "-"].concat();
    let (wanted, rest) = numbers(version)?;
    let known = capability::ids().filter_map(|id| numbers(id.strip_prefix(&family)?));
    let newest = known.map(|(version, _)| version).max()?;
    (rest.is_empty() && wanted > newest).then(|| Meant {
        id: Cow::Owned(["anthropic.", name].concat()),
        is_guess: true,
    })
}

/// The one or two numbers that a version begins with, and the rest: of `4-5-20250929` 4, 5 and the date.
fn numbers(version: &str) -> Option<([u8; 2], &str)> {
    let (major, rest) = number(version)?;
    match number(rest) {
        Some((minor, rest)) => Some(([major, minor], rest)),
        None => Some(([major, 0], rest)),
    }
}

/// The number of one digit or two before a hyphen or the end, and what is behind that.
fn number(text: &str) -> Option<(u8, &str)> {
    let (digits, rest) = text.split_once('-').unwrap_or((text, ""));
    let number = match digits.as_bytes() {
        [one @ b'0'..=b'9'] => one - b'0',
        [ten @ b'0'..=b'9', one @ b'0'..=b'9'] => (ten - b'0') * 10 + (one - b'0'),
        _ => return None,
    };
    Some((number, rest))
}

/// The text before an end in any case; none where it ends otherwise.
pub(super) fn without_end<'n>(name: &'n str, end: &str) -> Option<&'n str> {
    let (start, last) = name.split_at_checked(name.len().checked_sub(end.len())?)?;
    last.eq_ignore_ascii_case(end).then_some(start)
}

/// Whether Bedrock could know an id that the table does not, without a geography: a vendor's word, a dot and a model's
/// name, as in `newvendor.model-1`; or twelve letters and digits, as those of imported models and profiles of accounts.
pub(super) fn has_form(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
    match id.split_once('.') {
        Some((vendor, model)) => {
            let is_of_model = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
            begins(vendor)
                && vendor.bytes().all(|byte| is_plain(byte) || byte == b'-')
                // `gpt-4.1`, `llama3.1`: a number has the dot.
                && begins(model)
                && model.bytes().all(is_of_model)
        }
        None => id.len() == 12 && id.bytes().all(is_plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(name: &str) -> Option<String> {
        meant(name).map(|meant| meant.id.into_owned())
    }

    #[test]
    fn a_makers_name_is_the_id_of_the_table() {
        for (name, id) in [
            (
                "claude-sonnet-4-5",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "claude-sonnet-4-5-20250929",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "claude-sonnet-4-5-20250929-v1:0",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "claude-sonnet-4-5-20250929-v1",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "claude-sonnet-4-5-latest",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "anthropic.claude-sonnet-4-5",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "anthropic/claude-sonnet-4.5",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "Claude-Sonnet-4.5",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "claude-sonnet-4-5@20250929",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "claude-haiku-4-5-20251001",
                "anthropic.claude-haiku-4-5-20251001-v1:0",
            ),
            // The newest of the name.
            (
                "claude-3-5-sonnet-latest",
                "anthropic.claude-3-5-sonnet-20241022-v2:0",
            ),
            (
                "claude-3-5-sonnet",
                "anthropic.claude-3-5-sonnet-20241022-v2:0",
            ),
            (
                "claude-3.5-sonnet",
                "anthropic.claude-3-5-sonnet-20241022-v2:0",
            ),
            (
                "claude-3-5-sonnet-20240620",
                "anthropic.claude-3-5-sonnet-20240620-v1:0",
            ),
            (
                "claude-3-7-sonnet-latest",
                "anthropic.claude-3-7-sonnet-20250219-v1:0",
            ),
            ("mistral-large", "mistral.mistral-large-2407-v1:0"),
            // Without a minor version, and with one of 0.
            ("claude-sonnet-4", "anthropic.claude-sonnet-4-20250514-v1:0"),
            (
                "claude-sonnet-4-0",
                "anthropic.claude-sonnet-4-20250514-v1:0",
            ),
            ("claude-opus-4-0", "anthropic.claude-opus-4-20250514-v1:0"),
            ("claude-opus-4-1", "anthropic.claude-opus-4-1-20250805-v1:0"),
            ("claude-opus-4-6", "anthropic.claude-opus-4-6-v1"),
            ("claude-opus-4-7", "anthropic.claude-opus-4-7"),
            ("claude-opus-5", "anthropic.claude-opus-5"),
            ("claude-sonnet-5-5", "anthropic.claude-sonnet-5-5"),
            ("CLAUDE-FABLE-5-1-LATEST", "anthropic.claude-fable-5-1"),
            // Any vendor's.
            ("amazon.nova-lite", "amazon.nova-lite-v1:0"),
            ("nova-lite", "amazon.nova-lite-v1:0"),
            ("nova-2-lite", "amazon.nova-2-lite-v1:0"),
            ("gpt-oss-120b", "openai.gpt-oss-120b-1:0"),
            ("openai/gpt-oss-20b", "openai.gpt-oss-20b-1:0"),
            ("gpt-5.4", "openai.gpt-5.4"),
            ("llama-3.3-70b-instruct", "meta.llama3-3-70b-instruct-v1:0"),
            ("Llama-3.3-70B-Instruct", "meta.llama3-3-70b-instruct-v1:0"),
            ("deepseek.r1", "deepseek.r1-v1:0"),
            ("kimi-k3", "moonshotai.kimi-k3"),
        ] {
            assert_eq!(id_of(name).as_deref(), Some(id), "{name}");
        }
    }

    #[test]
    fn every_id_of_the_table_means_itself() {
        for id in capability::ids() {
            let (_, model) = id.split_once('.').expect("a vendor");
            for name in [id, model] {
                let meant = meant(name).map(|meant| (meant.id, meant.is_guess));
                assert_eq!(meant, Some((id.into(), false)), "{name}");
            }
            assert!(has_form(id), "{id}");
        }
    }

    #[test]
    fn a_version_is_guessed_where_the_name_does_not_tell_it() {
        for (name, is_guess) in [
            ("claude-sonnet-4-5", true),
            ("anthropic.claude-sonnet-4-5", true),
            ("claude-3-5-sonnet-latest", true),
            ("claude-sonnet-4-0", true),
            ("nova-lite", true),
            ("claude-fable-5-2", true),
            ("claude-haiku-4-5-20251001", false),
            ("claude-haiku-4-5@20251001", false),
            ("claude-opus-5-5", false),
            ("claude-opus-4.7", false),
            ("gpt-5.4", false),
        ] {
            let meant = meant(name).map(|meant| meant.is_guess);
            assert_eq!(meant, Some(is_guess), "{name}");
        }
    }

    #[test]
    fn a_version_of_claude_newer_than_the_table_is_called_by_its_name() {
        for (name, id) in [
            ("claude-fable-5-2", "anthropic.claude-fable-5-2"),
            ("Claude-Fable-5.2", "anthropic.claude-fable-5-2"),
            ("anthropic/claude-fable-5.2", "anthropic.claude-fable-5-2"),
            ("anthropic.claude-fable-5-2", "anthropic.claude-fable-5-2"),
            ("claude-fable-5-2-latest", "anthropic.claude-fable-5-2"),
            ("claude-opus-6", "anthropic.claude-opus-6"),
            ("claude-sonnet-12-1", "anthropic.claude-sonnet-12-1"),
        ] {
            assert_eq!(id_of(name).as_deref(), Some(id), "{name}");
        }
    }

    #[test]
    fn what_the_table_does_not_tell_means_nothing() {
        for name in [
            "",
            "-",
            "claude",
            "claude-latest",
            "anthropic.claude",
            "claude-9",
            "claude-5",
            "claude-0",
            "claude-",
            "claude-sonet-4-5",
            // Older than the newest of its family, or of none.
            "claude-opus-4-9",
            "claude-sonnet-3-7",
            "claude-saga-1",
            "claude-instant-9",
            "claude-fable-5-2-1",
            "claude-fable-5-2-20270101",
            "claude-fable-999",
            "claude-fable-+6",
            // Claude 2, which is not 2.1.
            "anthropic.claude-v2",
            "gpt-4o",
            "gpt-5",
            "gpt-4.1",
            "o3",
            "gemini-2.5-pro",
            "llama3.1",
            "nova",
            "clau\u{fc}de-sonnet-4-5",
            "claude-sonnet-4-5?",
            "minimax.minimax-m2:32k",
            "amazon.nova-lite-v1:0:300k",
        ] {
            assert_eq!(id_of(name), None, "{name}");
        }
    }

    #[test]
    fn an_id_that_bedrock_could_know_has_its_form() {
        for (id, expected) in [
            ("newvendor.marvel-1", true),
            ("us2.anthropic.claude-x", true),
            ("us-xyz.anthropic.claude-x", true),
            ("amazon.nova-lite-v1:0:300k", true),
            ("deepseek.v3.2", true),
            ("a1b2c3d4e5f6", true),
            ("a1b2c3d4e5f", false),
            ("A1B2C3D4E5F6", false),
            ("gpt-4.1", false),
            ("gpt-4o", false),
            ("llama3.1", false),
            ("gemini-2.5-pro", false),
            ("meta-llama/Llama-3-1", false),
            ("a.b/c", false),
            ("a.b c", false),
            (".x", false),
            ("x.", false),
            ("x", false),
            ("", false),
        ] {
            assert_eq!(has_form(id), expected, "{id}");
        }
    }
}
