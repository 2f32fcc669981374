//! JSON on its way out, written once into one buffer.
//!
//! In: names and values in the order in which they shall stand. Out: the shortest text of them, the same for the same
//! input. JSON that is only passed on goes in by [`Writer::raw`], byte for byte. Nothing is built first and nothing can
//! fail, so that a request costs one buffer; a comma goes where the byte before it ended a value.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Text, whole_characters};

/// JSON text that is being written (RFC 8259).
#[derive(Debug, Default)]
pub struct Writer(String);

impl Writer {
    /// With room for so many bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Writer(String::with_capacity(capacity))
    }

    /// Behind a text that ends with a space, such as `data: `.
    pub fn after(text: String) -> Self {
        Writer(text)
    }

    /// What was written.
    pub fn into_string(self) -> String {
        self.0
    }

    /// An object, whose members `members` writes: [`name`](Self::name) and a value for each.
    pub fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.open("{");
        members(self);
        self.0.push('}');
    }

    /// An array, whose elements `elements` writes.
    pub fn array(&mut self, elements: impl FnOnce(&mut Self)) {
        self.open("[");
        elements(self);
        self.0.push(']');
    }

    /// Begin an object or an array, by its bracket; [`end`](Self::end) ends it.
    pub fn begin(&mut self, bracket: &str) {
        self.open(bracket);
    }

    /// End what was begun.
    pub fn end(&mut self, bracket: &str) {
        self.0.push_str(bracket);
    }

    /// The name of a member; its value is written next.
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.0.push(':');
        self
    }

    /// The name of a member as another writer wrote it; its value is written next.
    pub fn verbatim_name(&mut self, name: Text<'_>) -> &mut Self {
        self.open("\"");
        self.0.push_str(name.literal());
        self.0.push_str("\":");
        self
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.open("\"");
        let is_special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
        let mut rest = text;
        // Most bytes by far are plain: they are passed over in a loop of their own.
        while let Some(at) = rest.bytes().position(is_special) {
            // What is special is an ASCII character: both sides of it are text.
            let (plain, special) = rest.split_at(at);
            self.0.push_str(plain);
            self.escape(special.as_bytes().first().copied().unwrap_or_default());
            rest = special.get(1..).unwrap_or_default();
        }
        self.0.push_str(rest);
        self.0.push('"');
    }

    fn escape(&mut self, byte: u8) {
        match byte {
            b'"' => self.0.push_str("\\\""),
            b'\\' => self.0.push_str("\\\\"),
            b'\n' => self.0.push_str("\\n"),
            b'\r' => self.0.push_str("\\r"),
            b'\t' => self.0.push_str("\\t"),
            control => {
                self.0.push_str("\\u00");
                self.0.push(if control < 0x10 { '0' } else { '1' });
                let digit = char::from_digit(u32::from(control & 0xf), 16);
                self.0.extend(digit);
            }
        }
    }

    /// A text, or null where there is none.
    pub fn text_or_null(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.raw("null"),
        }
    }

    /// Bytes, as the base64 text that AWS's JSON has for them (RFC 4648 §4).
    pub fn base64(&mut self, bytes: &[u8]) {
        self.open("\"");
        STANDARD.encode_string(bytes, &mut self.0);
        self.0.push('"');
    }

    /// A whole number.
    pub fn number(&mut self, number: u64) {
        self.open("");
        // Writing to a string does not fail.
        let _ = write!(self.0, "{number}");
    }

    /// A number from 0 to 1, in the fewest digits that give it back; what lies nearer to 0 than 10⁻²⁰ is 0.
    ///
    /// Rust's own way, for any number, would be a twentieth of the component. This is Steele and White's, in exact
    /// integers ("How to print floating-point numbers accurately", 1990).
    pub fn fraction(&mut self, number: f64) {
        const MANTISSA: u64 = 1 << 52;
        let bits = number.to_bits();
        let mantissa = (bits & (MANTISSA - 1)) | MANTISSA;
        // The number is mantissa / 2^scale.
        let scale = 1075 - ((bits >> 52) & 0x7ff);
        if number >= 1.0 || scale > 120 {
            return self.raw(if number >= 1.0 { "1.0" } else { "0.0" });
        }
        // In quarters of the last place: below a power of two, numbers lie twice as close.
        let one = 1u128 << (scale + 2);
        let mut rest = u128::from(mantissa) << 2;
        let (mut below, mut above) = (if mantissa == MANTISSA { 1 } else { 2 }, 2);
        self.open("0.");
        loop {
            rest *= 10;
            below *= 10;
            above *= 10;
            let digit = (rest >> (scale + 2)) as u8;
            rest &= one - 1;
            let (is_low, is_high) = (rest < below, one - rest < above);
            let up = is_high && (!is_low || rest * 2 > one);
            self.0.push((b'0' + digit + u8::from(up)).into());
            if is_low || is_high {
                break;
            }
        }
    }

    /// True or false.
    pub fn flag(&mut self, flag: bool) {
        self.raw(if flag { "true" } else { "false" });
    }

    /// A value that is JSON by now, byte for byte but for half characters, which strict readers refuse.
    pub fn raw(&mut self, json: &str) {
        self.open(&whole_characters(json.trim()));
    }

    /// Begin a value. No value ends with a space.
    fn open(&mut self, with: &str) {
        if !matches!(
            self.0.as_bytes().last(),
            None | Some(b'{' | b'[' | b':' | b' ')
        ) {
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
                w.name("d").fraction(1.0);
                w.name("e").text("");
                w.name("f").text_or_null(None);
                w.name("g").text_or_null(Some("y"));
            });
        });
        assert_eq!(
            json,
            r#"{"a":[1,[],{},"x",true],"b":{"c" : 1.50},"d":1.0,"e":"","f":null,"g":"y"}"#
        );
    }

    #[test]
    fn a_value_may_follow_a_text_that_is_no_json() {
        let mut writer = Writer::after("data: ".into());
        writer.array(|w| {
            w.raw(" 1 ");
            w.text("x ");
            w.number(2);
        });
        assert_eq!(writer.into_string(), "data: [1,\"x \",2]");
    }

    #[test]
    fn a_fraction_has_the_fewest_digits() {
        for (number, json) in [
            (0.0, "0.0"),
            (-0.0, "0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (0.95, "0.95"),
            (0.30000000000000004, "0.30000000000000004"),
            (1.0 / 3.0, "0.3333333333333333"),
            (0.005, "0.005"),
            (1e-17, "0.00000000000000001"),
            (0.25, "0.25"),
            (0.007125403523179141, "0.007125403523179141"),
            (1e-300, "0.0"),
        ] {
            assert_eq!(written(|w| w.fraction(number)), json, "{number:?}");
        }
    }

    proptest! {
        #[test]
        fn texts_and_numbers_read_as_they_were(
            texts in proptest::collection::vec(any::<String>(), 0..8),
            number in any::<u64>(),
            float in 0.0..=1.0f64,
        ) {
            let json = written(|w| {
                w.object(|w| {
                    w.name("texts").array(|w| texts.iter().for_each(|text| w.text(text)));
                    w.name("number").number(number);
                    w.name("float").fraction(float);
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
