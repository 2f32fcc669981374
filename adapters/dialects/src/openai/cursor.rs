//! A place in a client's JSON, read member by member: every fault names the path as the client wrote it.

use std::str::FromStr;

use bedrock_provider::json::{self, Object, Text};

use crate::Unknown;
use crate::canonical::{Error, Warning};

/// An object and where it is.
pub(super) struct Cursor<'a> {
    object: Object<'a>,
    path: String,
}

/// A value and where it is.
pub(super) struct Element<'a> {
    /// JSON text.
    pub raw: &'a str,
    /// E.g. `messages[2].content`.
    pub path: String,
}

/// What was changed or left out so far.
pub(super) struct Notes {
    /// What to do with members nobody knows.
    pub unknown: Unknown,
    /// In the order in which it was seen.
    pub warnings: Vec<Warning>,
}

impl Notes {
    /// Something was asked for that will not be had.
    pub(super) fn lost(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.note(path.into(), message.into(), true);
    }

    /// Something is done in another way.
    pub(super) fn changed(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.note(path.into(), message.into(), false);
    }

    fn note(&mut self, path: String, message: String, lossy: bool) {
        self.warnings.push(Warning {
            path,
            message,
            lossy,
        });
    }

    /// Something that this version does not know.
    pub(super) fn unknown(&mut self, path: String) -> Result<(), Error> {
        match self.unknown {
            Unknown::Refuse => Err(Error::invalid(path, "not known here: leave it out")),
            Unknown::Warn => {
                self.lost(path, "not known here: left out");
                Ok(())
            }
        }
    }
}

impl<'a> Element<'a> {
    /// What is wrong with it.
    pub(super) fn mistyped(&self, expected: &str) -> Error {
        let seen = json::kind(self.raw);
        let message = ["expected ", expected, ", saw ", seen].concat();
        Error::invalid(self.path.clone(), message)
    }

    /// A text.
    pub(super) fn string(&self) -> Result<String, Error> {
        let text = Text::of_literal(self.raw).ok_or_else(|| self.mistyped("a text"))?;
        Ok(text.into_string())
    }

    /// A text, where it is one.
    pub(super) fn as_string(&self) -> Option<String> {
        Text::of_literal(self.raw).map(Text::into_string)
    }

    /// An object.
    pub(super) fn cursor(&self) -> Result<Cursor<'a>, Error> {
        let object = Object::parse(self.raw.as_bytes()).map_err(|_| self.mistyped("an object"))?;
        Ok(Cursor {
            object,
            path: self.path.clone(),
        })
    }

    /// The elements of an array.
    pub(super) fn elements(&self) -> Result<Vec<Element<'a>>, Error> {
        let elements = json::elements(self.raw).map_err(|_| self.mistyped("an array"))?;
        let numbered = elements.into_iter().enumerate();
        Ok(numbered
            .map(|(index, raw)| Element {
                raw,
                path: format!("{}[{index}]", self.path),
            })
            .collect())
    }
}

impl<'a> Cursor<'a> {
    /// The whole body.
    pub(super) fn root(body: &'a [u8]) -> Result<Self, Error> {
        let object =
            Object::parse(body).map_err(|error| Error::invalid("body", error.to_string()))?;
        Ok(Cursor {
            object,
            path: String::new(),
        })
    }

    /// Where a member is, or would be.
    pub(super) fn path(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.into(),
            path => [path, ".", name].concat(),
        }
    }

    /// A member that is not null.
    pub(super) fn get(&self, name: &str) -> Option<Element<'a>> {
        let raw = self.object.raw(name)?;
        Some(Element {
            raw,
            path: self.path(name),
        })
    }

    fn missing(&self, name: &str) -> Error {
        Error::invalid(self.path(name), "is missing")
    }

    /// A member that must be there.
    pub(super) fn must(&self, name: &str) -> Result<Element<'a>, Error> {
        self.get(name).ok_or_else(|| self.missing(name))
    }

    /// A text.
    pub(super) fn string(&self, name: &str) -> Result<Option<String>, Error> {
        self.get(name).map(|element| element.string()).transpose()
    }

    /// A text that must be there.
    pub(super) fn required(&self, name: &str) -> Result<String, Error> {
        self.must(name)?.string()
    }

    /// True or false.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        let Some(element) = self.get(name) else {
            return Ok(None);
        };
        match element.raw {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(element.mistyped("true or false")),
        }
    }

    /// A whole number, not negative and below 2³².
    pub(super) fn number(&self, name: &str) -> Result<Option<u32>, Error> {
        self.parsed(name, "a whole number below 2³²")
    }

    /// Any number.
    pub(super) fn float(&self, name: &str) -> Result<Option<f64>, Error> {
        self.parsed(name, "a number")
    }

    fn parsed<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, Error> {
        let Some(element) = self.get(name) else {
            return Ok(None);
        };
        let parsed = element
            .raw
            .parse()
            .map_err(|_| element.mistyped(expected))?;
        Ok(Some(parsed))
    }

    /// An object.
    pub(super) fn object(&self, name: &str) -> Result<Option<Cursor<'a>>, Error> {
        self.get(name).map(|element| element.cursor()).transpose()
    }

    /// An object that must be there.
    pub(super) fn required_object(&self, name: &str) -> Result<Cursor<'a>, Error> {
        self.must(name)?.cursor()
    }

    /// The elements of an array; none where there is no array.
    pub(super) fn elements(&self, name: &str) -> Result<Vec<Element<'a>>, Error> {
        self.get(name)
            .map_or(Ok(Vec::new()), |element| element.elements())
    }

    /// An object, as it was written.
    pub(super) fn json_object(&self, name: &str) -> Result<Option<String>, Error> {
        let Some(element) = self.get(name) else {
            return Ok(None);
        };
        match element.raw.starts_with('{') {
            true => Ok(Some(element.raw.into())),
            false => Err(element.mistyped("an object")),
        }
    }

    /// The members, those that are null left out.
    pub(super) fn members(&self) -> Vec<(String, Element<'a>)> {
        let members = self.object.members();
        members
            .map(|(name, raw)| {
                let name = name.into_string();
                let path = self.path(&name);
                (name, Element { raw, path })
            })
            .collect()
    }

    /// Warn of members that have none of the `known` names, or refuse them.
    pub(super) fn check(&self, known: &[&str], notes: &mut Notes) -> Result<(), Error> {
        for (name, _) in self.object.others(known) {
            let name = bedrock_provider::http_message::printable(&name.into_string(), 64);
            notes.unknown(self.path(&name))?;
        }
        Ok(())
    }
}
