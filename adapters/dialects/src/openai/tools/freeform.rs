//! The raw text of a call to a tool that takes text.
//!
//! To the model such a tool is a function with one member, [`MEMBER`]. In: the JSON that the model writes, in pieces that
//! are cut anywhere, in an escape or between the halves of a surrogate pair. Out: the member's text as it comes. A model
//! may write something else than it was asked for: that is given back when it is whole, as the text that comes nearest
//! ([`other`]).

use bedrock_provider::json::{self, Joiner, Object, Text, Writer};

/// The member's name.
pub(crate) const MEMBER: &str = "input";

/// The schema that such a tool is offered with.
pub(crate) const SCHEMA: &str = concat!(
    r#"{"type":"object","properties":{"input":{"type":"string","description":"The raw text."}},"#,
    r#""required":["input"],"additionalProperties":false}"#
);

/// What the object begins with, spaces aside.
const HEAD: &[u8] = b"{\"input\":\"";

/// What is said of members that the model writes besides.
pub(crate) const MORE: &str =
    "members other than `input` are not supported in a custom tool's call; dropped";

/// The input of a call that says this text.
pub(crate) fn input(text: &str) -> String {
    let mut w = Writer::default();
    w.object(|w| w.name(MEMBER).text(text));
    w.into_string()
}

/// The text of a whole input, and whether the model wrote more.
pub(crate) fn whole(input: &str) -> (String, bool) {
    let mut freeform = Freeform::default();
    let mut text = freeform.push(input);
    text.push_str(&freeform.finish());
    (text, freeform.has_more())
}

/// Reads the text of one call.
#[derive(Debug, Default)]
pub(crate) struct Freeform {
    state: State,
    joiner: Joiner,
    /// What was written and is not given back yet: the head, the beginning of an escape, or all of what is no text.
    held: String,
    has_more: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// So many bytes of [`HEAD`] came.
    Head(usize),
    /// Within the text.
    Text,
    /// Behind the text; whether the object has ended.
    Tail(bool),
    /// It does not begin as it should.
    Other,
}

impl Default for State {
    fn default() -> Self {
        State::Head(0)
    }
}

impl Freeform {
    /// The text that is certain by now.
    pub(crate) fn push(&mut self, json: &str) -> String {
        let mut told = String::new();
        let mut rest = json;
        while !rest.is_empty() {
            rest = match self.state {
                State::Head(at) => self.head(at, rest),
                State::Text => self.text(rest, &mut told),
                State::Tail(has_ended) => self.tail(has_ended, rest),
                State::Other => {
                    self.held.push_str(rest);
                    ""
                }
            };
        }
        told
    }

    /// The rest of the text; nothing comes any more.
    pub(crate) fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        match self.state {
            State::Head(_) | State::Other => {
                let (text, has_more) = other(&held);
                self.has_more = has_more;
                text
            }
            // The beginning of an escape is no text.
            State::Text | State::Tail(_) => self.joiner.finish().to_owned(),
        }
    }

    /// Whether the model wrote members besides the text.
    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }

    fn head<'j>(&mut self, mut at: usize, json: &'j str) -> &'j str {
        for (index, byte) in json.bytes().enumerate() {
            let is_between = matches!(at, 0 | 1 | 8 | 9);
            if is_between && is_space(byte) {
                continue;
            }
            if HEAD.get(at) != Some(&byte) {
                self.state = State::Other;
                return json;
            }
            at += 1;
            if at == HEAD.len() {
                self.state = State::Text;
                self.held.clear();
                return json.get(index + 1..).unwrap_or_default();
            }
        }
        self.state = State::Head(at);
        self.held.push_str(json);
        ""
    }

    fn text<'j>(&mut self, json: &'j str, told: &mut String) -> &'j str {
        let before = self.held.len();
        self.held.push_str(json);
        let held = std::mem::take(&mut self.held);
        let (literal, end) = literal(&held);
        told.push_str(
            &self
                .joiner
                .push(Text::of_literal(&literal).unwrap_or_default()),
        );
        if held.as_bytes().get(end) != Some(&b'"') {
            self.held = held.get(end..).unwrap_or_default().to_owned();
            return "";
        }
        told.push_str(self.joiner.finish());
        self.state = State::Tail(false);
        // What was held is the beginning of an escape: the quote is in what came now.
        json.get((end + 1).saturating_sub(before)..)
            .unwrap_or_default()
    }

    fn tail<'j>(&mut self, mut has_ended: bool, json: &'j str) -> &'j str {
        for byte in json.bytes() {
            match byte {
                b'}' if !has_ended => has_ended = true,
                byte if is_space(byte) => {}
                _ => self.has_more = true,
            }
        }
        self.state = State::Tail(has_ended);
        ""
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The beginning of a string's inside that can be read, in quotes, and where it ends: at the closing quote, at an escape
/// that is not whole, or at the end. A backslash that begins no escape is itself.
fn literal(inside: &str) -> (String, usize) {
    let bytes = inside.as_bytes();
    let mut literal = String::with_capacity(inside.len() + 2);
    literal.push('"');
    let (mut from, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        at += match (byte, bytes.get(at + 1)) {
            (b'"', _) | (b'\\', None) => break,
            (b'\\', Some(b'u')) => {
                let digits = bytes.get(at + 2..).unwrap_or_default();
                let count = digits
                    .iter()
                    .take(4)
                    .take_while(|byte| byte.is_ascii_hexdigit())
                    .count();
                match count {
                    4 => 6,
                    _ if count == digits.len() => break,
                    _ => double(inside, &mut from, at, &mut literal),
                }
            }
            (b'\\', Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => 2,
            (b'\\', Some(_)) => double(inside, &mut from, at, &mut literal),
            _ => 1,
        };
    }
    literal.push_str(inside.get(from..at).unwrap_or_default());
    literal.push('"');
    (literal, at)
}

/// Copy up to a backslash that is no escape, and escape it; how far it goes on.
fn double(inside: &str, from: &mut usize, at: usize, literal: &mut String) -> usize {
    literal.push_str(inside.get(*from..at).unwrap_or_default());
    literal.push('\\');
    *from = at;
    1
}

/// What comes nearest to the text, where the model wrote something else, and whether it wrote more than that: the member's
/// value wherever it stands, a text that stands alone, or all of it as it was written.
fn other(written: &str) -> (String, bool) {
    let json = written.trim();
    if json.is_empty() || json == "null" {
        return (String::new(), false);
    }
    if json::verbatim(json).is_err() {
        return (written.to_owned(), false);
    }
    let value = |raw: &str| Text::of_literal(raw).map_or_else(|| raw.to_owned(), Text::into_string);
    let Ok(object) = Object::parse(json.as_bytes()) else {
        return (value(json), false);
    };
    if let Some(raw) = object.raw(MEMBER) {
        return (value(raw), object.members().nth(1).is_some());
    }
    let mut members = object.members();
    match (members.next(), members.next()) {
        (None, _) => (String::new(), false),
        (Some((_, raw)), None) if raw.starts_with('"') => (value(raw), false),
        _ => (json.to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What pieces are told as, joined, and whether there was more.
    fn read(pieces: &[&str]) -> (String, bool) {
        let mut freeform = Freeform::default();
        let mut text: String = pieces.iter().map(|piece| freeform.push(piece)).collect();
        text.push_str(&freeform.finish());
        (text, freeform.has_more())
    }

    /// Cut in two and in three at every character, and one character at a time: always the same.
    fn read_cut_anywhere(json: &str) -> (String, bool) {
        let whole = read(&[json]);
        let cuts: Vec<_> = json.char_indices().map(|(at, _)| at).collect();
        for &first in &cuts {
            assert_eq!(read(&[&json[..first], &json[first..]]), whole, "{first}");
            for &second in cuts.iter().filter(|at| **at > first).take(7) {
                let pieces = [&json[..first], &json[first..second], &json[second..]];
                assert_eq!(read(&pieces), whole, "{first} and {second}");
            }
        }
        let mut buffer = [0; 4];
        let mut freeform = Freeform::default();
        let mut text = String::new();
        for letter in json.chars() {
            text.push_str(&freeform.push(letter.encode_utf8(&mut buffer)));
        }
        text.push_str(&freeform.finish());
        assert_eq!((text, freeform.has_more()), whole);
        whole
    }

    #[test]
    fn the_text_is_read_wherever_its_json_is_cut() {
        for (json, text) in [
            (
                r#"{"input":"*** Begin Patch\n+\"a\\b\"\t\u00e9\/"}"#,
                "*** Begin Patch\n+\"a\\b\"\té/",
            ),
            (
                r#"{"input":"\ud83d\ude00 é 😀 \uD83D"}"#,
                "😀 é 😀 \u{FFFD}",
            ),
            (r#"{"input":"\ud83dx\ude00"}"#, "\u{FFFD}x\u{FFFD}"),
            (" {\n\t\"input\" : \"a\" \r}\n ", "a"),
            (r#"{"input":""}"#, ""),
            // Cut off.
            (r#"{"input":"abc\u00"#, "abc"),
            (r#"{"input":"abc\"#, "abc"),
            (r#"{"input":"abc"#, "abc"),
            (r#"{"input":"abc""#, "abc"),
            // Broken.
            (r#"{"input":"a\xb\u12g4\ué"}"#, r"a\xb\u12g4\ué"),
            ("{\"input\":\"a\nb\"}", "a\nb"),
        ] {
            assert_eq!(read_cut_anywhere(json), (text.into(), false), "{json}");
        }
    }

    #[test]
    fn something_else_is_given_back_as_it_comes_nearest() {
        for (json, text) in [
            ("", ""),
            ("{}", ""),
            (" ", ""),
            ("null", ""),
            (r#"{"input":null}"#, ""),
            (r#"{"patch":"a\nb"}"#, "a\nb"),
            (r#"{"\u0069nput":"a"}"#, "a"),
            (r#"{"input":["ls","-l"]}"#, r#"["ls","-l"]"#),
            (r#"{"input":{"a":1.50}}"#, r#"{"a":1.50}"#),
            (r#"{"input":7}"#, "7"),
            (r#"{"path":"a","text":"b"}"#, r#"{"path":"a","text":"b"}"#),
            (r#"{"patch":1}"#, r#"{"patch":1}"#),
            (r#""a\nb""#, "a\nb"),
            ("[1, 2]", "[1, 2]"),
            ("*** Begin Patch\n", "*** Begin Patch\n"),
            (r#"{"inp"#, r#"{"inp"#),
            (r#"{"patch":"a"#, r#"{"patch":"a"#),
        ] {
            assert_eq!(read_cut_anywhere(json), (text.into(), false), "{json}");
        }
    }

    #[test]
    fn members_besides_the_text_are_noticed() {
        for json in [
            r#"{"input":"a","why":"b"}"#,
            r#"{"why":"b","input":"a"}"#,
            r#"{"input":"a"}}"#,
            r#"{"input":"a"} b"#,
            r#"{"input":"a","input":"b"}"#,
        ] {
            assert_eq!(read_cut_anywhere(json), ("a".into(), true), "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_any_pieces(text in any::<String>(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..9), ascii in any::<bool>()) {
            let mut json = input(&text);
            if ascii {
                let escaped = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
                json = json.chars().map(|c| if c.is_ascii() { c.to_string() } else { escaped(c) }).collect();
            }
            let letters: Vec<_> = json.char_indices().map(|(at, _)| at).collect();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| *cut.get(&letters)).collect();
            cuts.extend([0, json.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|cut| &json[cut[0]..cut[1]]).collect();
            prop_assert_eq!(read(&pieces), (text, false));
        }

        #[test]
        fn noise_is_the_same_whole_and_in_pieces(json in r#"[{}"\\inputu0d8:,\[\] aé]{0,20}"#, head in any::<bool>()) {
            let head = if head { "{\"input\":\"" } else { "" };
            read_cut_anywhere(&[head, &json].concat());
        }
    }
}
