//! The keywords of JSON Schema: what each holds, and what constrained decoding makes of it.
//!
//! Source: the Bedrock user guide (<https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>),
//! Anthropic's list of what structured outputs take
//! (<https://platform.claude.com/docs/en/build-with-claude/structured-outputs>), and what the service was seen to refuse.
//! A keyword that is not in the table is some schema library's own: it holds a value, and is said in words.

use crate::json::Node;

/// What a keyword's value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Holds {
    /// Anything.
    Value,
    /// A schema, or a list of them.
    Schema,
    /// Schemas by the names of properties.
    Properties,
    /// Schemas by names of their own.
    Definitions,
    /// Names of properties.
    Names,
}

/// What constrained decoding makes of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Decoding {
    /// It is taken.
    Kept,
    /// It is taken if its value is one that this takes.
    KeptIf(fn(&Node<'_>) -> bool),
    /// It is refused, and said in the description instead.
    Worded,
    /// It says nothing to a model.
    Dropped,
    /// It is refused, and what it says cannot be said otherwise.
    Refused(&'static str),
    /// The same, unless its value is `false`.
    RefusedUnlessFalse(&'static str),
    /// Several schemas for one value: see [`super::constrained`].
    Alternatives,
}

use Decoding::{Alternatives, Dropped, Kept, KeptIf, Refused, RefusedUnlessFalse, Worded};
use Holds::{Definitions, Names, Properties, Schema, Value};

const OPEN_MAP: &str = "an object with additional properties";
const TUPLE: &str = "a tuple";
const DYNAMIC: &str = "a dynamic reference";

#[rustfmt::skip]
const KEYWORDS: &[(&str, Holds, Decoding)] = &[
    ("type", Value, Kept),
    ("description", Value, Kept),
    ("title", Value, Kept),
    ("default", Value, Kept),
    ("enum", Value, KeptIf(are_scalars)),
    ("const", Value, KeptIf(is_scalar)),
    ("properties", Properties, Kept),
    ("required", Names, KeptIf(is_list)),
    ("additionalProperties", Schema, RefusedUnlessFalse(OPEN_MAP)),
    ("items", Schema, Kept),
    ("minItems", Value, KeptIf(is_zero_or_one)),
    ("minLength", Value, Kept),
    ("pattern", Value, KeptIf(is_simple_pattern)),
    ("format", Value, KeptIf(is_known_format)),
    ("nullable", Value, KeptIf(is_true)),
    ("anyOf", Schema, Alternatives),
    ("oneOf", Schema, Alternatives),
    ("allOf", Schema, Alternatives),
    ("$ref", Value, Kept),
    ("$defs", Definitions, Kept),
    ("definitions", Definitions, Kept),
    ("$schema", Value, Dropped),
    ("$id", Value, Dropped),
    ("id", Value, Dropped),
    ("$anchor", Value, Dropped),
    ("$dynamicAnchor", Value, Dropped),
    ("$comment", Value, Dropped),
    ("$vocabulary", Value, Dropped),
    ("$dynamicRef", Value, Refused(DYNAMIC)),
    ("$recursiveRef", Value, Refused(DYNAMIC)),
    ("patternProperties", Definitions, Refused(OPEN_MAP)),
    ("unevaluatedProperties", Schema, RefusedUnlessFalse(OPEN_MAP)),
    ("prefixItems", Schema, Refused(TUPLE)),
    ("additionalItems", Schema, Worded),
    ("unevaluatedItems", Schema, Worded),
    ("contains", Schema, Worded),
    ("propertyNames", Schema, Worded),
    ("not", Schema, Worded),
    ("if", Schema, Worded),
    ("then", Schema, Worded),
    ("else", Schema, Worded),
    ("contentSchema", Schema, Worded),
    ("dependentSchemas", Properties, Worded),
    ("dependentRequired", Properties, Worded),
    ("dependencies", Properties, Worded),
];

/// What is known of a keyword.
pub(super) fn of(name: &str) -> (Holds, Decoding) {
    let known = KEYWORDS.iter().find(|(known, ..)| *known == name);
    known.map_or((Value, Worded), |(_, holds, decoding)| (*holds, *decoding))
}

/// Keywords for several schemas of one value.
pub(super) const ALTERNATIVES: &[&str] = &["oneOf", "anyOf", "allOf"];

/// What stands before and behind the value of a keyword in words; otherwise its name does.
#[rustfmt::skip]
const WORDS: &[(&str, &str, &str)] = &[
    ("exclusiveMinimum", "more than ", ""),
    ("exclusiveMaximum", "less than ", ""),
    ("multipleOf", "a multiple of ", ""),
    ("minItems", "at least ", " items"),
    ("maxItems", "at most ", " items"),
    ("uniqueItems", "no two items alike", ""),
    ("maxLength", "at most ", " characters"),
    ("minProperties", "at least ", " members"),
    ("maxProperties", "at most ", " members"),
    ("pattern", "matches the pattern ", ""),
    ("enum", "one of ", ""),
    ("const", "always ", ""),
];

/// The longest value in words, in bytes.
const MAX_VALUE: usize = 400;

/// What a keyword says; nothing where it is turned off.
pub(super) fn words(name: &str, node: &Node<'_>) -> Option<String> {
    let value = match node.raw {
        "false" | "null" => return None,
        "true" => "".into(),
        raw => node.text().unwrap_or(raw.into()),
    };
    // In draft 4 some are flags, which have no value in words.
    let is_of =
        |words: &&(&str, &str, &str)| words.0 == name && value.is_empty() != words.1.ends_with(' ');
    let (before, behind) = match WORDS.iter().find(is_of) {
        Some((_, before, behind)) => ((*before).to_owned(), *behind),
        None if value.is_empty() => (name.to_owned(), ""),
        None => ([name, " "].concat(), ""),
    };
    let mut words = before;
    push_cut(&mut words, &value);
    words.push_str(behind);
    Some(words)
}

/// As much of a text as fits into words.
pub(super) fn push_cut(words: &mut String, text: &str) {
    if text.len() <= MAX_VALUE {
        return words.push_str(text);
    }
    let end = (0..=MAX_VALUE).rev().find(|at| text.is_char_boundary(*at));
    words.push_str(text.get(..end.unwrap_or(0)).unwrap_or_default());
    words.push('…');
}

fn is_true(node: &Node<'_>) -> bool {
    node.raw == "true"
}

fn is_list(node: &Node<'_>) -> bool {
    node.elements().is_some()
}

fn is_scalar(node: &Node<'_>) -> bool {
    node.elements().is_none() && node.members().is_none()
}

fn are_scalars(node: &Node<'_>) -> bool {
    let values = node.elements();
    values.is_some_and(|values| !values.is_empty() && values.iter().all(is_scalar))
}

fn is_zero_or_one(node: &Node<'_>) -> bool {
    matches!(node.raw, "0" | "1")
}

fn is_known_format(node: &Node<'_>) -> bool {
    const KNOWN: &[&str] = &[
        "date-time",
        "time",
        "date",
        "duration",
        "email",
        "hostname",
        "uri",
        "ipv4",
        "ipv6",
        "uuid",
    ];
    node.text().is_some_and(|format| KNOWN.contains(&&*format))
}

/// Whether a pattern is without look-around, back references, word boundaries and large counts.
fn is_simple_pattern(node: &Node<'_>) -> bool {
    let Some(pattern) = node.text() else {
        return false;
    };
    let mut rest = pattern.as_bytes();
    // How much is behind the last counts that were looked at: a brace among them begins a part of the same.
    let mut behind_counts = usize::MAX;
    while let [byte, ahead @ ..] = rest {
        rest = ahead;
        let is_simple = match (byte, ahead) {
            (b'\\', [b'1'..=b'9' | b'b' | b'B' | b'k' | b'p' | b'P', ..] | []) => false,
            (b'\\', [_, behind @ ..]) => {
                rest = behind;
                true
            }
            (b'(', [b'?', b':', ..]) => true,
            (b'(', [b'?', ..]) => false,
            (b'{', _) if ahead.len() > behind_counts => true,
            (b'{', _) => {
                let inside = ahead.split(|byte| *byte == b'}').next().unwrap_or_default();
                behind_counts = ahead.len().saturating_sub(inside.len());
                let mut counts = inside.split(|byte| *byte == b',');
                counts.all(|count| count.len() < 3)
            }
            _ => true,
        };
        if !is_simple {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the schema's only member.
    fn of_member<T>(schema: &str, read: impl FnOnce(&str, &Node<'_>) -> T) -> T {
        let tree = Node::object(schema).expect("an object");
        let members = tree.members().expect("an object");
        let (name, node) = members.list.first().expect("a member");
        read(name, node)
    }

    #[test]
    fn a_keyword_is_said_in_words() {
        for (schema, expected) in [
            (r#"{"minimum":-1.5}"#, Some("minimum -1.5")),
            (r#"{"exclusiveMinimum":0}"#, Some("more than 0")),
            (r#"{"exclusiveMinimum":true}"#, Some("exclusiveMinimum")),
            (r#"{"exclusiveMinimum":false}"#, None),
            (r#"{"maxItems":3}"#, Some("at most 3 items")),
            (r#"{"uniqueItems":true}"#, Some("no two items alike")),
            (r#"{"uniqueItems":false}"#, None),
            (r#"{"uniqueItems":5}"#, Some("uniqueItems 5")),
            (
                r#"{"pattern":"^(?!a)\\d"}"#,
                Some(r"matches the pattern ^(?!a)\d"),
            ),
            (r#"{"format":"slug"}"#, Some("format slug")),
            (r#"{"x-unit":"kg"}"#, Some("x-unit kg")),
            (r#"{"examples":["a",1]}"#, Some(r#"examples ["a",1]"#)),
            (r#"{"deprecated":true}"#, Some("deprecated")),
            (r#"{"nullable":null}"#, None),
        ] {
            let words = of_member(schema, words);
            assert_eq!(words.as_deref(), expected, "{schema}");
        }
        let long = format!(r#"{{"examples":"{}"}}"#, "é".repeat(1000));
        let words = of_member(&long, words).expect("words");
        assert!(words.len() < 420 && words.ends_with('…'), "{words}");
    }

    #[test]
    fn a_pattern_is_taken_without_look_around_back_references_and_large_counts() {
        for (pattern, is_taken) in [
            ("^[a-z]+$", true),
            (r"^\d{4}-\d{2}$", true),
            ("(?:a|b)*c?", true),
            (r"\(?x", true),
            ("a{2,99}", true),
            ("a{2,100}", false),
            ("{,{,{", true),
            ("a{1,{2,3}b{4}", true),
            ("a{1,{10}", false),
            ("a{1}b{100}", false),
            ("(?=a)", false),
            ("(?!a)b", false),
            ("(?<=a)b", false),
            ("(?<name>a)", false),
            ("(?i)a", false),
            (r"(a)\1", false),
            (r"\bword\b", false),
            (r"\p{L}", false),
            (r"\\b", true),
            ("", true),
        ] {
            let schema = serde_json::json!({ "pattern": pattern }).to_string();
            let simple = of_member(&schema, |_, node| is_simple_pattern(node));
            assert_eq!(simple, is_taken, "{pattern}");
        }
    }
}
