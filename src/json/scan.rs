//! Where each value of a JSON text ends (RFC 8259), in one pass and without a tree.
//!
//! Strict: what passes here is JSON, so that a part of it can be written elsewhere as it is. Nesting is bounded, so
//! that no text can exhaust the stack.

use super::Text;
use super::tree::{Inner, Members, Node};

/// How deep values may nest: the limit of serde_json, which gateways read such texts with.
const MAX_DEPTH: usize = 128;

/// Why a text is no JSON.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Syntax {
    /// Not text.
    #[error("not UTF-8 at byte {at}")]
    NotUtf8 {
        /// Bytes before the defect.
        at: usize,
    },
    /// Text, but no JSON.
    #[error("invalid JSON at byte {at}: expected {expected}")]
    Unexpected {
        /// Bytes before the defect.
        at: usize,
        /// What could stand there.
        expected: &'static str,
    },
    /// More than this reader holds.
    #[error("JSON nested deeper than {MAX_DEPTH}")]
    TooDeep,
}

/// The members of an object, names and values as they were written.
pub(super) fn object(json: &str) -> Result<Vec<(Text<'_>, &str)>, Syntax> {
    let mut scanner = Scanner { json, at: 0 };
    let mut members = Vec::with_capacity(8);
    scanner.members(&mut |scanner, name| {
        members.push((name, scanner.raw(1)?));
        Ok(())
    })?;
    scanner.end()?;
    Ok(members)
}

/// The elements of an array, as they were written.
pub(super) fn array(json: &str) -> Result<Vec<&str>, Syntax> {
    let mut scanner = Scanner { json, at: 0 };
    let mut elements = Vec::new();
    scanner.elements(&mut |scanner| {
        elements.push(scanner.raw(1)?);
        Ok(())
    })?;
    scanner.end()?;
    Ok(elements)
}

/// The whole text as a tree.
pub(super) fn tree(json: &str) -> Result<Node<'_>, Syntax> {
    let mut scanner = Scanner { json, at: 0 };
    scanner.space();
    let node = scanner.node(0, &mut 0)?;
    scanner.end()?;
    Ok(node)
}

/// Whether the whole text is one value.
pub(super) fn check(json: &str) -> Result<(), Syntax> {
    let mut scanner = Scanner { json, at: 0 };
    scanner.space();
    scanner.value(0)?;
    scanner.end()
}

/// The number itself; the next is one more.
fn next(number: &mut usize) -> usize {
    *number += 1;
    *number - 1
}

struct Scanner<'a> {
    json: &'a str,
    /// Always between two characters.
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn fail<T>(&self, expected: &'static str) -> Result<T, Syntax> {
        Err(Syntax::Unexpected {
            at: self.at,
            expected,
        })
    }

    /// From `start` to here.
    fn since(&self, start: usize) -> &'a str {
        self.json.get(start..self.at).unwrap_or_default()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn end(&mut self) -> Result<(), Syntax> {
        self.space();
        if self.at == self.json.len() {
            Ok(())
        } else {
            self.fail("the end")
        }
    }

    /// A value, as it was written.
    fn raw(&mut self, depth: usize) -> Result<&'a str, Syntax> {
        let start = self.at;
        self.value(depth)?;
        Ok(self.since(start))
    }

    /// A value as a tree; `begun` counts the objects and arrays before it.
    fn node(&mut self, depth: usize, begun: &mut usize) -> Result<Node<'a>, Syntax> {
        let start = self.at;
        let inner = match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => return Err(Syntax::TooDeep),
            Some(b'{') => {
                let number = next(begun);
                let mut members = Vec::new();
                self.members(&mut |scanner, name| {
                    members.push((name.into_cow(), scanner.node(depth + 1, begun)?));
                    Ok(())
                })?;
                Inner::Object(Box::new(Members::new(number, members)))
            }
            Some(b'[') => {
                let number = next(begun);
                let mut elements = Vec::new();
                self.elements(&mut |scanner| {
                    elements.push(scanner.node(depth + 1, begun)?);
                    Ok(())
                })?;
                Inner::Array(number, elements)
            }
            _ => {
                self.value(depth)?;
                Inner::Value
            }
        };
        Ok(Node::new(self.since(start), inner))
    }

    /// An object; `read` reads the value of each member.
    fn members(
        &mut self,
        read: &mut dyn FnMut(&mut Self, Text<'a>) -> Result<(), Syntax>,
    ) -> Result<(), Syntax> {
        self.space();
        if !self.take(b'{') {
            return self.fail("an object");
        }
        self.space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            let start = self.at;
            self.string()?;
            let Some(name) = Text::of_literal(self.since(start)) else {
                return self.fail("a name");
            };
            self.space();
            if !self.take(b':') {
                return self.fail("a colon");
            }
            self.space();
            read(self, name)?;
            self.space();
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return self.fail("a comma or the object's end");
            }
        }
    }

    /// An array; `read` reads each element.
    fn elements(
        &mut self,
        read: &mut dyn FnMut(&mut Self) -> Result<(), Syntax>,
    ) -> Result<(), Syntax> {
        self.space();
        if !self.take(b'[') {
            return self.fail("an array");
        }
        self.space();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.space();
            read(self)?;
            self.space();
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return self.fail("a comma or the array's end");
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), Syntax> {
        if depth >= MAX_DEPTH {
            return Err(Syntax::TooDeep);
        }
        match self.peek() {
            Some(b'{') => self.members(&mut |scanner, _| scanner.value(depth + 1)),
            Some(b'[') => self.elements(&mut |scanner| scanner.value(depth + 1)),
            Some(b'"') => self.string(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &'static str) -> Result<(), Syntax> {
        let rest = self.json.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return self.fail(word);
        }
        self.at += word.len();
        Ok(())
    }

    fn string(&mut self) -> Result<(), Syntax> {
        if !self.take(b'"') {
            return self.fail("a string");
        }
        loop {
            // Most bytes by far are plain: they are passed over in a loop of their own.
            let rest = self.json.as_bytes().get(self.at..).unwrap_or_default();
            let is_special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
            self.at += rest.iter().position(is_special).unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape()?;
                }
                Some(_) => return self.fail("no control character in a string"),
                None => return self.fail("the string's end"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Syntax> {
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                let digits = self
                    .json
                    .as_bytes()
                    .get(self.at + 1..self.at + 5)
                    .unwrap_or_default();
                if digits.len() != 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return self.fail("four hexadecimal digits");
                }
                self.at += 5;
                Ok(())
            }
            _ => self.fail("an escape"),
        }
    }

    fn number(&mut self) -> Result<(), Syntax> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Syntax> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start {
            Ok(())
        } else {
            self.fail("a value")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Object;
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;
    use serde_json::{Map, Value};

    /// serde_json on the same bytes: what it takes we take, member by member, and the other way round.
    fn agrees(json: &[u8]) -> Result<(), TestCaseError> {
        let theirs =
            serde_json::from_slice::<std::collections::BTreeMap<String, Box<RawValue>>>(json);
        let ours = Object::parse(json);
        let lone_surrogate = || String::from_utf8_lossy(json).contains("\\u");
        match (theirs, ours) {
            (Ok(theirs), Ok(ours)) => {
                for (name, value) in &theirs {
                    let value = Some(value.get()).filter(|value| *value != "null");
                    prop_assert_eq!(ours.raw(name), value);
                }
            }
            (Err(_), Err(_)) => {}
            // A name with a lone surrogate is no String for serde_json, and is JSON all the same.
            (Err(_), Ok(_)) if lone_surrogate() => {}
            (theirs, ours) => {
                let text = String::from_utf8_lossy(json);
                prop_assert!(
                    false,
                    "{text:?}: serde_json says {theirs:?}, we say {ours:?}"
                );
            }
        }
        Ok(())
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e300..1e300).prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec((".*", inner), 0..6)
                    .prop_map(|pairs| Map::from_iter(pairs).into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_object_reads_as_serde_json_reads_it(value in value(), pretty in any::<bool>()) {
            let value = serde_json::json!({"member": value, "\u{e9}\"": 1});
            let json = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) };
            agrees(&json.expect("JSON"))?;
        }

        #[test]
        fn one_altered_byte_is_taken_or_refused_alike(
            value in value(), at in any::<prop::sample::Index>(), byte in any::<u8>()
        ) {
            let mut json = serde_json::to_vec(&serde_json::json!({"member": value})).expect("JSON");
            let at = at.index(json.len());
            json[at] = byte;
            agrees(&json)?;
        }

        #[test]
        fn noise_of_json_characters_is_taken_or_refused_alike(json in r#"[{}\[\]:,"\\u0-9a-fnrtl.eE+\- ]{0,24}"#) {
            agrees(json.as_bytes())?;
            agrees(format!("{{\"a\":{json}}}").as_bytes())?;
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(Object::parse(nested(MAX_DEPTH - 1).as_bytes()).is_ok());
        assert_eq!(object(&nested(MAX_DEPTH)).err(), Some(Syntax::TooDeep));
        assert!(object(&nested(1 << 20)).is_err());
    }
}
