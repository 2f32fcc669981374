//! JSON objects of the service, read member by member.
//!
//! In: the bytes of an object. Out: its members by name, each still as the text it was, so that what nobody asks for
//! costs a scan and nothing more, and what is passed on is passed on byte for byte. A member that is null counts as
//! absent; members nobody knows are passed over: the service adds some (`p`, a padding of random length, is in every
//! event).

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::text::Text;

/// The members of one JSON object, in the order in which they were written.
#[derive(Debug, Default)]
pub(crate) struct Object<'a>(Vec<(Text<'a>, &'a RawValue)>);

/// What is wrong with a JSON text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is no JSON, or no object.
    #[error("expected a JSON object: {0}")]
    NoObject(#[from] serde_json::Error),
    /// A member is of another type.
    #[error("{member}: expected {expected}, saw {seen}")]
    Mistyped {
        /// Its name.
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
    pub(crate) fn parse(json: &'a [u8]) -> Result<Self, Error> {
        Ok(serde_json::from_slice(json)?)
    }

    /// The member as it was written; none where it is null.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        // The last of a name wins, as in every AWS SDK.
        let (_, value) = self.0.iter().rev().find(|(member, _)| *member == *name)?;
        Some(*value).filter(|value| value.get() != "null")
    }

    /// The member of a union: the first that is not null.
    pub(crate) fn variant(&self) -> Option<String> {
        let (name, _) = self.0.iter().find(|(_, value)| value.get() != "null")?;
        Some(name.clone().into_string())
    }

    /// A text, possibly with lone surrogates.
    pub(crate) fn text(&self, name: &str) -> Result<Option<Text<'a>>, Error> {
        self.read(name, "a text")
    }

    /// A text.
    pub(crate) fn string(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.text(name)?.map(Text::into_string))
    }

    /// A text that must be there.
    pub(crate) fn required(&self, name: &'static str) -> Result<Text<'a>, Error> {
        self.text(name)?.ok_or(Error::Missing(name))
    }

    /// A whole number that is not negative.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        raw.get()
            .parse()
            .map(Some)
            .map_err(|_| mistyped(name, "a whole number", raw))
    }

    /// As [`number`](Self::number), where a smaller one is meant; 0 where there is none.
    pub(crate) fn index(&self, name: &str) -> Result<u32, Error> {
        let number = self.number(name)?.unwrap_or(0);
        u32::try_from(number).map_err(|_| Error::Mistyped {
            member: name.into(),
            expected: "a number below 2³²",
            seen: "a larger one",
        })
    }

    /// An object.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Object<'a>>, Error> {
        self.read(name, "an object")
    }

    /// The elements of an array; none where there is no array.
    pub(crate) fn objects(&self, name: &str) -> Result<Vec<Object<'a>>, Error> {
        Ok(self.read(name, "an array of objects")?.unwrap_or_default())
    }

    fn read<T: Deserialize<'a>>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<Option<T>, Error> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        serde_json::from_slice(raw.get().as_bytes())
            .map(Some)
            .map_err(|_| mistyped(name, expected, raw))
    }
}

fn mistyped(member: &str, expected: &'static str, raw: &RawValue) -> Error {
    Error::Mistyped {
        member: member.to_owned(),
        expected,
        seen: kind(raw.get()),
    }
}

/// What kind of value a JSON text is, for messages.
pub(crate) fn kind(json: &str) -> &'static str {
    match json.trim_start().as_bytes().first() {
        None => "nothing",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a text",
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        Some(_) => "a number",
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::with_capacity(4);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
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
    fn a_member_of_another_type_is_named() {
        let object =
            Object::parse(br#"{"a":"x","b":-1,"c":[1],"d":4294967296}"#).expect("an object");
        let says = |error: Error| error.to_string();
        assert_eq!(
            says(object.number("a").expect_err("a")),
            "a: expected a whole number, saw a text"
        );
        assert_eq!(
            says(object.number("b").expect_err("b")),
            "b: expected a whole number, saw a number"
        );
        assert_eq!(
            says(object.objects("c").expect_err("c")),
            "c: expected an array of objects, saw an array"
        );
        assert_eq!(
            says(object.text("b").expect_err("b")),
            "b: expected a text, saw a number"
        );
        assert!(object.index("d").is_err());
    }

    #[test]
    fn what_is_passed_on_is_passed_on_byte_for_byte() {
        let object =
            Object::parse(br#"{"input": {"b" : 1.50, "a":"\u00e9"} }"#).expect("an object");
        assert_eq!(
            object.raw("input").expect("raw").get(),
            r#"{"b" : 1.50, "a":"\u00e9"}"#
        );
    }
}
