//! Text out of JSON whose writer thinks in UTF-16.
//!
//! A delta may be cut between the halves of a surrogate pair, so that each half comes as a lone `\uD83D` escape in a
//! payload of its own. JSON allows that (RFC 8259 §8.2) and UTF-8 does not. [`Text`] takes any JSON string;
//! [`Joiner`] puts the halves together again across deltas.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

/// A JSON string as it was written: UTF-8, and lone surrogates as the three bytes that UTF-8 would give them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Text<'a>(Cow<'a, [u8]>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl<'de> Visitor<'de> for Bytes {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(bytes.to_vec())))
            }
        }

        // As bytes, because serde_json refuses lone surrogates in a str.
        deserializer.deserialize_bytes(Bytes)
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, text: &str) -> bool {
        *self.0 == *text.as_bytes()
    }
}

impl Text<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_string(self) -> String {
        let mut joiner = Joiner::default();
        let mut text = joiner.push(self);
        text.push_str(joiner.finish());
        text
    }
}

/// Joins the texts of one block's deltas, holding back a high surrogate until its low half comes.
#[derive(Debug, Default)]
pub(crate) struct Joiner {
    high: Option<u16>,
}

impl Joiner {
    /// The text that is certain by now. A half that never finds its other becomes U+FFFD.
    pub(crate) fn push(&mut self, text: Text<'_>) -> String {
        if self.high.is_none()
            && let Ok(valid) = std::str::from_utf8(&text.0)
        {
            return match text.0 {
                // Checked just now, so this cannot fail and copies nothing.
                Cow::Owned(bytes) => String::from_utf8(bytes).unwrap_or_default(),
                Cow::Borrowed(_) => valid.to_owned(),
            };
        }
        self.push_slowly(&text.0)
    }

    /// What is held back at the block's end.
    pub(crate) fn finish(&mut self) -> &'static str {
        self.high.take().map_or("", |_| "\u{FFFD}")
    }

    fn push_slowly(&mut self, mut bytes: &[u8]) -> String {
        let mut joined = String::with_capacity(bytes.len() + 3);
        while !bytes.is_empty() {
            let valid = match std::str::from_utf8(bytes) {
                Ok(valid) => valid,
                Err(error) => {
                    std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
                }
            };
            if !valid.is_empty() {
                joined.push_str(self.finish());
                joined.push_str(valid);
                bytes = &bytes[valid.len()..];
                continue;
            }
            match surrogate(bytes) {
                Some(high @ 0xD800..=0xDBFF) => {
                    joined.push_str(self.finish());
                    self.high = Some(high);
                    bytes = &bytes[3..];
                }
                Some(low) => {
                    joined.push(self.high.take().map_or('\u{FFFD}', |high| pair(high, low)));
                    bytes = &bytes[3..];
                }
                None => {
                    joined.push_str(self.finish());
                    joined.push('\u{FFFD}');
                    bytes = &bytes[1..];
                }
            }
        }
        joined
    }
}

/// The surrogate that these bytes begin with, if they do.
fn surrogate(bytes: &[u8]) -> Option<u16> {
    match bytes {
        [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, ..] => {
            Some(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
        }
        _ => None,
    }
}

/// The character of a pair (Unicode §3.9, D91).
fn pair(high: u16, low: u16) -> char {
    let code = 0x10000 + (u32::from(high & 0x3FF) << 10 | u32::from(low & 0x3FF));
    char::from_u32(code).unwrap_or('\u{FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(deltas: &[&str]) -> Vec<String> {
        let mut joiner = Joiner::default();
        let mut texts: Vec<String> = deltas
            .iter()
            .map(|json| joiner.push(serde_json::from_slice(json.as_bytes()).expect(json)))
            .collect();
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

    #[test]
    fn text_without_escapes_is_borrowed() {
        let text: Text<'_> = serde_json::from_slice("\"grün\"".as_bytes()).expect("a text");
        assert!(matches!(text.0, Cow::Borrowed(_)));
        assert_eq!(text.into_string(), "grün");
    }
}
