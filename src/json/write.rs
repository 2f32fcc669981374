//! JSON on its way out, written once into one buffer.
//!
//! In: names and values in the order in which they shall stand. Out: the shortest text of them, the same for the same
//! input. JSON that is only passed on goes in by [`Writer::raw`], byte for byte. Nothing is built first and nothing can
//! fail, so that a request costs one buffer; a comma goes where the byte before it ended a value.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// JSON text that is being written (RFC 8259).
#[derive(Debug, Default)]
pub(crate) struct Writer(String);

impl Writer {
    /// With room for so many bytes.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Writer(String::with_capacity(capacity))
    }

    /// What was written.
    pub(crate) fn into_string(self) -> String {
        self.0
    }

    /// An object, whose members `members` writes: [`name`](Self::name) and a value for each.
    pub(crate) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.open("{");
        members(self);
        self.0.push('}');
    }

    /// An array, whose elements `elements` writes.
    pub(crate) fn array(&mut self, elements: impl FnOnce(&mut Self)) {
        self.open("[");
        elements(self);
        self.0.push(']');
    }

    /// The name of a member; its value is written next.
    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.0.push(':');
        self
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &str) {
        self.open("\"");
        let mut plain = 0;
        for (at, byte) in text.bytes().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' {
                continue;
            }
            // Both ends are before or behind an ASCII character.
            self.0.push_str(text.get(plain..at).unwrap_or_default());
            plain = at + 1;
            match byte {
                b'"' => self.0.push_str("\\\""),
                b'\\' => self.0.push_str("\\\\"),
                b'\n' => self.0.push_str("\\n"),
                b'\r' => self.0.push_str("\\r"),
                b'\t' => self.0.push_str("\\t"),
                control => {
                    self.0.push_str("\\u00");
                    self.0.push(if control < 0x10 { '0' } else { '1' });
                    self.0
                        .extend(char::from_digit(u32::from(control & 0xf), 16));
                }
            }
        }
        self.0.push_str(text.get(plain..).unwrap_or_default());
        self.0.push('"');
    }

    /// Bytes, as the base64 text that AWS's JSON has for them (RFC 4648 §4).
    pub(crate) fn base64(&mut self, bytes: &[u8]) {
        self.open("\"");
        STANDARD.encode_string(bytes, &mut self.0);
        self.0.push('"');
    }

    /// A whole number.
    pub(crate) fn number(&mut self, number: u64) {
        self.open("");
        // Writing to a string does not fail.
        let _ = write!(self.0, "{number}");
    }

    /// A number that is finite, in the fewest digits that give it back.
    pub(crate) fn float(&mut self, number: f64) {
        self.open("");
        let _ = write!(self.0, "{number:?}");
    }

    /// True or false.
    pub(crate) fn flag(&mut self, flag: bool) {
        self.raw(if flag { "true" } else { "false" });
    }

    /// A value that is JSON by now, byte for byte.
    pub(crate) fn raw(&mut self, json: &str) {
        self.open(json.trim());
    }

    /// Begin a value.
    fn open(&mut self, with: &str) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
        self.0.push_str(with);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn written(write: impl FnOnce(&mut Writer)) -> String {
        let mut writer = Writer::default();
        write(&mut writer);
        writer.into_string()
    }

    #[test]
    fn commas_stand_between_values_and_nowhere_else() {
        let json = written(|w| {
            w.object(|w| {
                w.name("a").array(|w| {
                    w.number(1);
                    w.array(|_| ());
                    w.object(|_| ());
                    w.text("x");
                    w.flag(true);
                });
                w.name("b").raw(" {\"c\" : 1.50} ");
                w.name("d").float(1.0);
                w.name("e").text("");
            });
        });
        assert_eq!(
            json,
            r#"{"a":[1,[],{},"x",true],"b":{"c" : 1.50},"d":1.0,"e":""}"#
        );
    }

    proptest! {
        #[test]
        fn texts_and_numbers_read_as_they_were(
            texts in proptest::collection::vec(any::<String>(), 0..8),
            number in any::<u64>(),
            float in -1e300..1e300f64,
        ) {
            let json = written(|w| {
                w.object(|w| {
                    w.name("texts").array(|w| texts.iter().for_each(|text| w.text(text)));
                    w.name("number").number(number);
                    w.name("float").float(float);
                });
            });
            let read: Value = serde_json::from_str(&json).expect("JSON");
            let digits = json.rsplit_once(':').map(|(_, digits)| digits.trim_end_matches('}'));
            prop_assert_eq!(&read["texts"], &serde_json::json!(texts));
            prop_assert_eq!(read["number"].as_u64(), Some(number));
            // serde_json's own reader rounds; Rust's does not.
            prop_assert_eq!(digits.and_then(|digits| digits.parse().ok()), Some(float));
            prop_assert!(read["float"].is_number());
        }
    }
}
