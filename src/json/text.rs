//! Text out of JSON whose writer thinks in UTF-16.
//!
//! A delta may be cut between the halves of a surrogate pair, so that each half comes as a lone `\uD83D` escape in a
//! payload of its own. JSON allows that (RFC 8259 §8.2) and UTF-8 does not. [`Joiner`] puts the halves together again
//! across deltas.

use std::borrow::Cow;

/// What stands between the quotes of a JSON string, escapes and all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text<'a>(&'a str);

impl PartialEq<str> for Text<'_> {
    fn eq(&self, text: &str) -> bool {
        self.0 == text || self.is_escaped() && self.into_string() == text
    }
}

impl<'a> Text<'a> {
    /// Of a string that was scanned; none where it has no quotes.
    pub fn of_literal(literal: &'a str) -> Option<Self> {
        literal.strip_prefix('"')?.strip_suffix('"').map(Text)
    }

    /// Whether it is the empty text.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// What stands between the quotes.
    pub(super) fn literal(self) -> &'a str {
        self.0
    }

    fn is_escaped(self) -> bool {
        self.0.contains('\\')
    }

    /// The text itself where it is written without escapes, as names are.
    pub fn plain(self) -> Option<&'a str> {
        (!self.is_escaped()).then_some(self.0)
    }

    /// The text itself, borrowed where it is written without escapes.
    pub fn into_cow(self) -> Cow<'a, str> {
        match self.is_escaped() {
            true => Cow::Owned(self.into_string()),
            false => Cow::Borrowed(self.0),
        }
    }

    /// The text itself; half a character becomes U+FFFD.
    pub fn into_string(self) -> String {
        if !self.is_escaped() {
            return self.0.to_owned();
        }
        let mut joiner = Joiner::default();
        let mut text = joiner.push(self);
        text.push_str(joiner.finish());
        text
    }
}

/// Joins the texts of one block's deltas, holding back a high surrogate until its low half comes.
#[derive(Debug, Default)]
pub struct Joiner {
    high: Option<u16>,
}

impl Joiner {
    /// The text that is certain by now. A half that never finds its other becomes U+FFFD.
    pub fn push(&mut self, text: Text<'_>) -> String {
        if self.high.is_none() && !text.is_escaped() {
            return text.0.to_owned();
        }
        let mut joined = String::with_capacity(text.0.len() + 3);
        let mut rest = text.0;
        while let Some((plain, escaped)) = rest.split_once('\\') {
            self.plain(plain, &mut joined);
            rest = self.escape(escaped, &mut joined);
        }
        self.plain(rest, &mut joined);
        joined
    }

    /// What is held back at the block's end.
    pub fn finish(&mut self) -> &'static str {
        self.high.take().map_or("", |_| "\u{FFFD}")
    }

    fn plain(&mut self, text: &str, joined: &mut String) {
        if !text.is_empty() {
            joined.push_str(self.finish());
            joined.push_str(text);
        }
    }

    /// What follows a backslash; the text behind it. The scanner has seen that it is an escape.
    fn escape<'t>(&mut self, text: &'t str, joined: &mut String) -> &'t str {
        let (letter, rest) = text.split_at_checked(1).unwrap_or_default();
        let character = match letter {
            "u" => {
                let (digits, rest) = rest.split_at_checked(4).unwrap_or_default();
                self.unit(u16::from_str_radix(digits, 16).unwrap_or(0xFFFD), joined);
                return rest;
            }
            "b" => "\u{8}",
            "f" => "\u{C}",
            "n" => "\n",
            "r" => "\r",
            "t" => "\t",
            itself => itself,
        };
        self.plain(character, joined);
        rest
    }

    /// One UTF-16 code unit (Unicode §3.9, D91).
    fn unit(&mut self, unit: u16, joined: &mut String) {
        match (unit, self.high) {
            (0xD800..=0xDBFF, _) => {
                joined.push_str(self.finish());
                self.high = Some(unit);
            }
            (0xDC00..=0xDFFF, Some(high)) => {
                self.high = None;
                let code = 0x10000 + (u32::from(high & 0x3FF) << 10 | u32::from(unit & 0x3FF));
                joined.push(char::from_u32(code).unwrap_or('\u{FFFD}'));
            }
            _ => {
                joined.push_str(self.finish());
                joined.push(char::from_u32(unit.into()).unwrap_or('\u{FFFD}'));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn join(deltas: &[&str]) -> Vec<String> {
        let mut joiner = Joiner::default();
        let literal = |json: &&str| joiner.push(Text::of_literal(json).expect("quotes"));
        let mut texts: Vec<String> = deltas.iter().map(literal).collect();
        texts.push(joiner.finish().to_owned());
        texts
    }

    #[test]
    fn halves_of_a_pair_are_joined_across_deltas() {
        for (deltas, expected) in [
            (&[r#""a\ud83d""#, r#""\ude00b""#][..], &["a", "😀b", ""][..]),
            (&[r#""\ud83d\ude00""#], &["😀", ""]),
            (
                &[r#""\ud83d""#, r#""""#, r#""\ude00""#],
                &["", "", "😀", ""],
            ),
            (&[r#""\ud83d""#, r#""x""#], &["", "\u{FFFD}x", ""]),
            (&[r#""\ud83d""#, r#""\n""#], &["", "\u{FFFD}\n", ""]),
            (
                &[r#""\ud83d""#, r#""\ud83d\ude00""#],
                &["", "\u{FFFD}😀", ""],
            ),
            (&[r#""\ude00x""#], &["\u{FFFD}x", ""]),
            (&[r#""x\ud83d""#], &["x", "\u{FFFD}"]),
        ] {
            assert_eq!(join(deltas), expected, "{deltas:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_reads_as_serde_json_reads_it(text in ".*", ascii in any::<bool>()) {
            let mut json = serde_json::to_string(&text).expect("JSON");
            if ascii {
                json = json.chars().flat_map(|c| match c {
                    ' '..='~' => vec![c.to_string()],
                    _ => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
                }).collect();
            }
            prop_assert_eq!(Text::of_literal(&json).expect("quotes").into_string(), text);
        }
    }
}
