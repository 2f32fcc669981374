//! JSON that comes from outside, read member by member.
//!
//! In: the bytes of an object. Out: its members by name, each still the text that it was, so that what nobody asks for
//! costs one scan, and what is passed on is passed on byte for byte. A member that is null counts as absent; members
//! nobody knows are passed over: the service adds some (`p`, a padding of random length, is in every event).
//!
//! `scan` finds where values end and refuses what is no JSON (RFC 8259); `text` reads strings; `tree` is for what must be
//! seen as a whole; `write` is the way out. `repair` mends what is legal JSON and refused by strict readers.

mod repair;
mod scan;
mod text;
mod tree;
mod write;

pub use repair::{whole_characters, without_empty_names};
pub use scan::Syntax;
pub use text::{Joiner, Text};
pub use tree::{Member, Members, Node, Order, sorted};
pub use write::Writer;

/// The members of one JSON object, in the order in which they were written.
#[derive(Debug, Default)]
pub struct Object<'a>(Vec<(Text<'a>, &'a str)>);

/// What is wrong with a JSON text.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// It is no JSON.
    #[error(transparent)]
    Syntax(#[from] Syntax),
    /// It, or a member of it, is of another type.
    #[error("{member}expected {expected}, got {seen}")]
    Mistyped {
        /// The member's name and a colon; empty for the whole text.
        member: String,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        seen: &'static str,
    },
    /// A member must be there and is not.
    #[error("{0} is missing")]
    Missing(&'static str),
}

impl<'a> Object<'a> {
    /// Read an object.
    pub fn parse(json: &'a [u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(json).map_err(|error| Syntax::NotUtf8 {
            at: error.valid_up_to(),
        })?;
        match kind(text) {
            Kind::Object => Ok(Object(scan::object(text)?)),
            seen => Err(Error::Mistyped {
                member: String::new(),
                expected: "a JSON object",
                seen: seen.words(),
            }),
        }
    }

    /// The member as it was written; none where it is null.
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        // The last of a name wins, as in every AWS SDK.
        let (_, value) = self.0.iter().rev().find(|(member, _)| *member == *name)?;
        Some(*value).filter(|value| *value != "null")
    }

    /// Every member that is not null, in the order in which they were written; of a name that is there twice, both.
    pub fn members(&self) -> impl Iterator<Item = (Text<'a>, &'a str)> {
        self.others(&[])
    }

    /// Every member, those that are null too, in the order in which they were written.
    pub fn all(&self) -> impl Iterator<Item = (Text<'a>, &'a str)> {
        self.0.iter().copied()
    }

    /// The member of a union: the first that is not null.
    pub fn variant(&self) -> Option<String> {
        let (name, _) = self.0.iter().find(|(_, value)| *value != "null")?;
        Some(name.into_string())
    }

    /// A text, possibly with half a character at either end.
    pub fn text(&self, name: &str) -> Result<Option<Text<'a>>, Error> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        Text::of_literal(raw)
            .map(Some)
            .ok_or_else(|| mistyped(name, "a string", raw))
    }

    /// A text.
    pub fn string(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.text(name)?.map(|text| text.into_string()))
    }

    /// A text that must be there.
    pub fn required(&self, name: &'static str) -> Result<String, Error> {
        self.string(name)?.ok_or(Error::Missing(name))
    }

    /// A whole number that is not negative.
    pub fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        raw.parse()
            .map(Some)
            .map_err(|_| mistyped(name, "an integer", raw))
    }

    /// As [`number`](Self::number), where a smaller one is meant; 0 where there is none.
    pub fn index(&self, name: &str) -> Result<u32, Error> {
        let number = self.number(name)?.unwrap_or(0);
        u32::try_from(number).map_err(|_| Error::Mistyped {
            member: format!("{name}: "),
            expected: "a number below 2^32",
            seen: "a larger one",
        })
    }

    /// An object.
    pub fn object(&self, name: &str) -> Result<Option<Object<'a>>, Error> {
        match self.raw(name) {
            None => Ok(None),
            Some(raw) if raw.starts_with('{') => Ok(Some(Object(scan::object(raw)?))),
            Some(raw) => Err(mistyped(name, "an object", raw)),
        }
    }

    /// The elements of an array, each as it was written; none where there is no array.
    pub fn elements(&self, name: &str) -> Result<Vec<&'a str>, Error> {
        match self.raw(name) {
            None => Ok(Vec::new()),
            Some(raw) if raw.starts_with('[') => Ok(scan::array(raw)?),
            Some(raw) => Err(mistyped(name, "an array", raw)),
        }
    }

    /// The objects of an array; none where there is no array.
    pub fn objects(&self, name: &str) -> Result<Vec<Object<'a>>, Error> {
        let read = |element: &&'a str| match element.starts_with('{') {
            true => Ok(Object(scan::object(element)?)),
            false => Err(mistyped(name, "objects", element)),
        };
        self.elements(name)?.iter().map(read).collect()
    }

    /// The members that have none of the `known` names and are not null.
    pub fn others(&self, known: &[&str]) -> impl Iterator<Item = (Text<'a>, &'a str)> {
        let is_other = |(member, value): &&(Text<'a>, &'a str)| {
            *value != "null" && !known.iter().any(|name| *member == **name)
        };
        self.0.iter().filter(is_other).copied()
    }
}

/// The elements of an array, as they were written.
pub fn elements(json: &str) -> Result<Vec<&str>, Syntax> {
    scan::array(json)
}

fn mistyped(member: &str, expected: &'static str, raw: &str) -> Error {
    Error::Mistyped {
        member: format!("{member}: "),
        expected,
        seen: kind(raw).words(),
    }
}

/// What kind of value a JSON text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No text at all.
    Nothing,
    /// In braces.
    Object,
    /// In brackets.
    Array,
    /// In quotes.
    String,
    /// The value null.
    Null,
    /// True or false.
    Boolean,
    /// Anything else.
    Number,
}

impl Kind {
    /// Its name in messages.
    pub const fn words(self) -> &'static str {
        match self {
            Kind::Nothing => "nothing",
            Kind::Object => "an object",
            Kind::Array => "an array",
            Kind::String => "a string",
            Kind::Null => "null",
            Kind::Boolean => "a boolean",
            Kind::Number => "a number",
        }
    }
}

/// What kind of value a JSON text is, by how it begins.
pub fn kind(json: &str) -> Kind {
    match json.trim_start().as_bytes().first() {
        None => Kind::Nothing,
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::String,
        Some(b'n') => Kind::Null,
        Some(b't' | b'f') => Kind::Boolean,
        Some(_) => Kind::Number,
    }
}

/// An object that is to be written again as it is; an error where it is none.
pub fn verbatim_object(json: &str) -> Result<&str, Error> {
    Object::parse(json.as_bytes()).map(|_| json.trim())
}

/// JSON text that is to be written again as it is; an error where it is no JSON.
pub fn verbatim(json: &str) -> Result<&str, Error> {
    scan::check(json)?;
    Ok(json.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_absent_and_the_last_of_a_name_wins() {
        let json = br#"{"a":null,"b":1,"b":2,"p":"abc"}"#;
        let object = Object::parse(json).expect("an object");
        assert!(object.raw("a").is_none());
        assert_eq!(object.number("b").expect("a number"), Some(2));
        assert_eq!(object.variant().as_deref(), Some("b"));
    }

    #[test]
    fn a_name_may_be_escaped() {
        let object = Object::parse(br#"{"\u0061b":1}"#).expect("an object");
        assert_eq!(object.number("ab").expect("a number"), Some(1));
    }

    #[test]
    fn a_member_of_another_type_is_named() {
        let object =
            Object::parse(br#"{"a":"x","b":-1,"c":[1],"d":4294967296}"#).expect("an object");
        let says = |error: Error| error.to_string();
        assert_eq!(
            says(object.number("a").expect_err("a")),
            "a: expected an integer, got a string"
        );
        assert_eq!(
            says(object.number("b").expect_err("b")),
            "b: expected an integer, got a number"
        );
        assert_eq!(
            says(object.objects("c").expect_err("c")),
            "c: expected objects, got a number"
        );
        assert_eq!(
            says(object.objects("a").expect_err("a")),
            "a: expected an array, got a string"
        );
        assert_eq!(
            says(object.object("c").expect_err("c")),
            "c: expected an object, got an array"
        );
        assert_eq!(
            says(object.text("b").expect_err("b")),
            "b: expected a string, got a number"
        );
        assert!(object.index("d").is_err());
        assert_eq!(
            says(Object::parse(b"[1]").expect_err("an array")),
            "expected a JSON object, got an array"
        );
        assert_eq!(
            says(Object::parse(b"").expect_err("nothing")),
            "expected a JSON object, got nothing"
        );
    }

    #[test]
    fn what_is_passed_on_is_passed_on_byte_for_byte() {
        let object =
            Object::parse(br#" {"input": {"b" : 1.50, "a":"\u00e9"} } "#).expect("an object");
        assert_eq!(object.raw("input"), Some(r#"{"b" : 1.50, "a":"\u00e9"}"#));
    }
}
