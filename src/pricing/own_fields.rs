//! What a client's own fields for the model may make an answer cost: `additionalModelRequestFields`.
//!
//! In: the fields. Out: the longest answer that they name, and how many answers. Families call their limits
//! `max_tokens`, `maxTokens`, `max_new_tokens`, `max_gen_len`, `maxTokenCount`, `budget_tokens` and otherwise, at the top
//! or inside `inferenceConfig`, `thinking` and the like, so that a number counts by a part of its name, wherever it is:
//! counted for nothing, it makes an estimate too high, which is better than too low. What else is in them may be read by
//! the model, and counts as its prompt by its bytes.

use crate::json::{Node, Object};

/// Parts of the names of limits, in lower case.
const LIMITS: &[&str] = &["max", "budget", "token"];

/// Names of the number of answers, in lower case and letters only.
const ANSWERS: &[&str] = &[
    "n",
    "bestof",
    "candidatecount",
    "numcompletions",
    "numgenerations",
    "numresults",
    "numreturnsequences",
];

/// What the fields ask for at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Asked {
    /// Tokens of an answer; 0 where nothing is said.
    pub tokens: u64,
    /// Answers to pay for.
    pub answers: u64,
}

/// How many bytes they have.
pub(super) fn bytes(fields: Option<&Object<'_>>) -> u64 {
    let members = fields.iter().flat_map(|fields| fields.all());
    members.map(|(_, value)| value.len() as u64).sum()
}

impl Asked {
    pub(super) fn of(fields: Option<&Object<'_>>) -> Self {
        let mut asked = Asked {
            tokens: 0,
            answers: 1,
        };
        for (name, value) in fields.iter().flat_map(|fields| fields.all()) {
            asked.member(&name.into_string(), value);
            if let Ok(inner) = Node::of(value) {
                asked.inside(&inner);
            }
        }
        asked
    }

    fn inside(&mut self, node: &Node<'_>) {
        for (name, value) in node.members().iter().flat_map(|members| &members.list) {
            self.member(name, value.raw);
            self.inside(value);
        }
        let elements = node.elements().unwrap_or_default();
        elements.iter().for_each(|element| self.inside(element));
    }

    fn member(&mut self, name: &str, value: &str) {
        let Some(number) = number(value) else {
            return;
        };
        let letters = name.bytes().filter(u8::is_ascii_alphabetic);
        let name: String = letters
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
        if ANSWERS.contains(&name.as_str()) {
            self.answers = self.answers.max(number);
        } else if LIMITS.iter().any(|part| name.contains(part)) {
            self.tokens = self.tokens.max(number);
        }
    }
}

/// A number, or a string of one, which some services take; what is negative means that there is no limit.
fn number(value: &str) -> Option<u64> {
    let value = value.trim_matches('"');
    if !value.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let is_fraction = fraction.bytes().all(|byte| byte.is_ascii_digit());
    // What else there is, such as an exponent, may be any number.
    let number = whole.parse::<u64>().ok().filter(|_| is_fraction);
    Some(number.map_or(u64::MAX, |number| {
        let has_more = fraction.bytes().any(|byte| byte != b'0');
        number.saturating_add(u64::from(has_more))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_s_limit_is_found_wherever_it_is() {
        for (fields, tokens, answers) in [
            (r#"{}"#, 0, 1),
            (r#"{"max_tokens":5}"#, 5, 1),
            (r#"{"maxTokens":5,"max_new_tokens":6}"#, 6, 1),
            (r#"{"max_gen_len":5}"#, 5, 1),
            (r#"{"maxTokenCount":5}"#, 5, 1),
            (r#"{"textGenerationConfig":{"maxTokenCount":5}}"#, 5, 1),
            (r#"{"inferenceConfig":{"max_new_tokens":5}}"#, 5, 1),
            (r#"{"thinking":{"type":"enabled","budget_tokens":5}}"#, 5, 1),
            (r#"{"a":{"b":{"max_completion_tokens":5}}}"#, 5, 1),
            (r#"{"a":[{"max_tokens":5},[{"n":3}]]}"#, 5, 3),
            (r#"{"max_tokens":5,"max_tokens":1}"#, 5, 1),
            (r#"{"max_tokens":"7"}"#, 7, 1),
            (r#"{"max_tokens":7.0}"#, 7, 1),
            (r#"{"max_tokens":7.5}"#, 8, 1),
            (r#"{"max_tokens":1.5e3}"#, u64::MAX, 1),
            (r#"{"max_tokens":1e99}"#, u64::MAX, 1),
            (r#"{"max_tokens":-1}"#, u64::MAX, 1),
            (r#"{"max_tokens":null,"maxReasoningEffort":"high"}"#, 0, 1),
            (r#"{"temperature":1,"top_k":50,"seed":7}"#, 0, 1),
            (r#"{"num_generations":4,"max_tokens":9}"#, 9, 4),
            (r#"{"n":0}"#, 0, 1),
        ] {
            let object = Object::parse(fields.as_bytes()).expect("an object");
            assert_eq!(
                Asked::of(Some(&object)),
                Asked { tokens, answers },
                "{fields}"
            );
        }
    }
}
