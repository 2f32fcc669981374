//! One JSON object of a client's, taken member by member.
//!
//! In: an object's text and where it stands. Out: its members by name, of the type that is asked for, or an
//! `invalid-request` error that names the member by its path. A member that is null counts as absent. Whoever takes all
//! that it knows calls [`Fields::finish`]: what nobody took is unknown, and is left out with a warning or refused.
//!
//! Each object is scanned once, when it is opened; a value that is passed on is passed on byte for byte.

use bedrock_provider::guardrail;
use bedrock_provider::json::{self, Node, Object, Text};
use bedrock_provider::warnings::Code;

use crate::canonical::{Error, ErrorKind};
use crate::notes::Notes;
use crate::path::{Path, printable};

/// What an unknown member's warning says, behind its path.
const UNKNOWN: &str = "unknown field; ignored";

/// What an unknown member's refusal says.
const REFUSED: &str =
    "unknown field: remove it, or allow unknown fields to be ignored with a warning";

/// The members of one object.
#[derive(Debug)]
pub(crate) struct Fields<'a, 'p> {
    object: Object<'a>,
    path: Path<'p>,
    taken: Vec<&'static str>,
}

/// What stands at `path` is not what should.
pub(crate) fn mistyped(path: Path<'_>, expected: &str, raw: &str) -> Error {
    let message = ["expected ", expected, ", got ", json::kind(raw).words()].concat();
    Error::invalid(path.to_string(), message)
}

/// A text, where `raw` is one.
pub(crate) fn text(raw: &str, path: Path<'_>) -> Result<String, Error> {
    match Text::of_literal(raw) {
        Some(text) => Ok(text.into_string()),
        None => Err(mistyped(path, "a string", raw)),
    }
}

/// The elements of an array, each as it was written.
pub(crate) fn elements<'a>(raw: &'a str, path: Path<'_>) -> Result<Vec<&'a str>, Error> {
    match raw.starts_with('[') {
        true => {
            json::elements(raw).map_err(|error| Error::invalid(path.to_string(), error.to_string()))
        }
        false => Err(mistyped(path, "an array", raw)),
    }
}

/// What is said at once or in pieces: a text, an object, or a list of either. `read` is given each as it was written, and
/// where it stands.
pub(crate) fn each(
    raw: &str,
    path: Path<'_>,
    read: &mut dyn FnMut(&str, Path<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    match json::kind(raw) {
        json::Kind::String | json::Kind::Object => read(raw, path),
        json::Kind::Array => {
            for (at, raw) in elements(raw, path)?.into_iter().enumerate() {
                read(raw, path.element(at))?;
            }
            Ok(())
        }
        _ => Err(mistyped(path, "a string or an array of parts", raw)),
    }
}

impl<'a, 'p> Fields<'a, 'p> {
    /// A whole body.
    pub(crate) fn of_body(body: &'a [u8]) -> Result<Self, Error> {
        let object = Object::parse(body)
            .map_err(|error| Error::new(ErrorKind::InvalidRequest, format!("the body: {error}")))?;
        Ok(Fields::of(object, Path::Root))
    }

    fn of(object: Object<'a>, path: Path<'p>) -> Self {
        Fields {
            object,
            path,
            taken: Vec::new(),
        }
    }

    /// An object that stands at `path`.
    pub(crate) fn open(raw: &'a str, path: Path<'p>) -> Result<Self, Error> {
        if !raw.starts_with('{') {
            return Err(mistyped(path, "an object", raw));
        }
        let object = Object::parse(raw.as_bytes())
            .map_err(|error| Error::invalid(path.to_string(), error.to_string()))?;
        Ok(Fields::of(object, path))
    }

    /// Where the object stands.
    pub(crate) fn path(&self) -> Path<'p> {
        self.path
    }

    /// The member as it was written; none where it is null.
    pub(crate) fn raw(&mut self, name: &'static str) -> Option<&'a str> {
        self.taken.push(name);
        self.object.raw(name)
    }

    /// An error about a member.
    pub(crate) fn invalid(&self, name: &str, message: impl Into<String>) -> Error {
        Error::invalid(self.path.member(name).to_string(), message)
    }

    /// An error about a member that asks for what is not done here.
    pub(crate) fn unsupported(&self, name: &str, message: &str) -> Error {
        Error::unsupported(self.path.member(name).to_string(), message)
    }

    /// A member is ignored; see [`Notes::lost`].
    pub(crate) fn lost(&self, name: &str, why: &str, notes: &mut Notes) -> Result<(), Error> {
        notes.lost(self.path.member(name), why)
    }

    /// A member is ignored, and nothing that matters is lost; see [`Notes::ignored`].
    pub(crate) fn ignored(&self, name: &str, why: &str, notes: &mut Notes) {
        notes.ignored(self.path.member(name), why);
    }

    /// A member is sent in another form; see [`Notes::changed`].
    pub(crate) fn changed(&self, code: Code, name: &str, message: &str, notes: &mut Notes) {
        notes.changed(code, self.path.member(name), message);
    }

    /// An error about a member that must be there.
    pub(crate) fn missing(&self, name: &str) -> Error {
        self.invalid(name, "required, but missing")
    }

    /// Any value that must be there, as it was written.
    pub(crate) fn required_raw(&mut self, name: &'static str) -> Result<&'a str, Error> {
        self.raw(name).ok_or_else(|| self.missing(name))
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, Error> {
        let raw = self.raw(name);
        raw.map(|raw| text(raw, self.path.member(name))).transpose()
    }

    /// A text that must be there.
    pub(crate) fn required_text(&mut self, name: &'static str) -> Result<String, Error> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// True or false.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, Error> {
        match self.raw(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(raw) => Err(mistyped(self.path.member(name), "true or false", raw)),
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn whole(&mut self, name: &'static str) -> Result<Option<u64>, Error> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        match raw.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) if json::kind(raw) == json::Kind::Number => Err(self.invalid(
                name,
                ["expected an integer, got ", &printable(raw)].concat(),
            )),
            Err(_) => Err(mistyped(self.path.member(name), "an integer", raw)),
        }
    }

    /// As [`whole`](Self::whole), below 2³².
    pub(crate) fn small(&mut self, name: &'static str) -> Result<Option<u32>, Error> {
        match self.whole(name)?.map(u32::try_from) {
            None => Ok(None),
            Some(Ok(number)) => Ok(Some(number)),
            Some(Err(_)) => {
                Err(self.invalid(name, "expected a number below 2^32, got a larger one"))
            }
        }
    }

    /// A number.
    pub(crate) fn number(&mut self, name: &'static str) -> Result<Option<f64>, Error> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        match raw.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(mistyped(self.path.member(name), "a number", raw)),
        }
    }

    /// An array's elements, each as it was written; none where there is no array.
    pub(crate) fn elements(&mut self, name: &'static str) -> Result<Vec<&'a str>, Error> {
        let raw = self.raw(name);
        raw.map_or(Ok(Vec::new()), |raw| elements(raw, self.path.member(name)))
    }

    /// An array of texts; empty where there is no array.
    pub(crate) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Error> {
        let here = self.path;
        let path = here.member(name);
        let mut texts = Vec::new();
        for (at, raw) in self.elements(name)?.into_iter().enumerate() {
            texts.push(text(raw, path.element(at))?);
        }
        Ok(texts)
    }

    /// An object, byte for byte.
    pub(crate) fn verbatim_object(&mut self, name: &'static str) -> Result<Option<String>, Error> {
        match self.raw(name) {
            None => Ok(None),
            // Its braces and all between them were scanned with the object around it.
            Some(raw) if raw.starts_with('{') => Ok(Some(raw.to_owned())),
            Some(raw) => Err(mistyped(self.path.member(name), "an object", raw)),
        }
    }

    /// An object, read by `read`; what that does not take is unknown.
    pub(crate) fn object<T>(
        &mut self,
        name: &'static str,
        notes: &mut Notes,
        read: impl FnOnce(&mut Fields<'a, '_>, &mut Notes) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let raw = self.raw(name);
        raw.map(|raw| within(raw, self.path.member(name), notes, read))
            .transpose()
    }

    /// An object of which only what is asked for matters.
    pub(crate) fn inner<'s>(
        &'s mut self,
        name: &'static str,
    ) -> Result<Option<Fields<'a, 's>>, Error> {
        let raw = self.raw(name);
        raw.map(|raw| Fields::open(raw, self.path.member(name)))
            .transpose()
    }

    /// An array of objects, each read by `read`; what that does not take is unknown.
    pub(crate) fn objects<T>(
        &mut self,
        name: &'static str,
        notes: &mut Notes,
        mut read: impl FnMut(&mut Fields<'a, '_>, &mut Notes) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let here = self.path;
        let path = here.member(name);
        let raws = self.elements(name)?;
        let mut all = Vec::with_capacity(raws.len());
        for (at, raw) in raws.into_iter().enumerate() {
            all.push(within(raw, path.element(at), notes, &mut read)?);
        }
        Ok(all)
    }

    /// An object that must be there, read by `read`; what that does not take is unknown.
    pub(crate) fn required_object<T>(
        &mut self,
        name: &'static str,
        notes: &mut Notes,
        read: impl FnOnce(&mut Fields<'a, '_>, &mut Notes) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.object(name, notes, read)?
            .ok_or_else(|| self.missing(name))
    }

    /// Members that were not taken and are not null, names as texts and values as they were written. They count as
    /// taken then.
    pub(crate) fn rest(&mut self) -> Vec<(String, &'a str)> {
        let others = self.object.others(&self.taken);
        let rest = others
            .map(|(name, value)| (name.into_string(), value))
            .collect();
        self.object = Object::default();
        rest
    }

    /// Nothing more is known of this object.
    pub(crate) fn finish(self, notes: &mut Notes) -> Result<(), Error> {
        for (name, raw) in self.object.others(&self.taken) {
            let name = name.into_string();
            if let Some(inner) = named_guardrail(&name, raw) {
                let path = self.path.member(&printable(&name)).to_string();
                let dot = if inner.is_empty() { "" } else { "." };
                let path = [&path, dot, &printable(&inner)].concat();
                return Err(guardrail::misplaced(path));
            }
            let name = printable(&name);
            notes.lost_or(Code::Ignored, self.path.member(&name), UNKNOWN, REFUSED)?;
        }
        Ok(())
    }
}

/// Where an unknown member means a guardrail: empty for its own name, else the name of a member within it (`extra_body`).
fn named_guardrail(name: &str, raw: &str) -> Option<String> {
    if guardrail::is_meant_by(name) {
        return Some(String::new());
    }
    let is_nested = matches!(json::kind(raw), json::Kind::Object | json::Kind::Array);
    within_node(&is_nested.then(|| Node::of(raw).ok())??)
}

fn within_node(node: &Node<'_>) -> Option<String> {
    for (name, value) in node.members().iter().flat_map(|members| &members.list) {
        if guardrail::is_meant_by(name) {
            return Some(name.to_string());
        }
        if let Some(found) = within_node(value) {
            return Some(found);
        }
    }
    node.elements()
        .unwrap_or_default()
        .iter()
        .find_map(within_node)
}

/// The object at `path`, read by `read`; what that does not take is unknown.
pub(crate) fn within<'a, T>(
    raw: &'a str,
    path: Path<'_>,
    notes: &mut Notes,
    read: impl FnOnce(&mut Fields<'a, '_>, &mut Notes) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut fields = Fields::open(raw, path)?;
    let value = read(&mut fields, notes)?;
    fields.finish(notes)?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unknown;

    fn says(error: Error) -> String {
        format!("{}: {}", error.path.unwrap_or_default(), error.message)
    }

    #[test]
    fn a_member_of_another_type_is_named_by_its_path() {
        let body = br#"{"a":{"b":"x","c":-1,"d":[1],"e":4294967296,"f":1.5,"g":1e999}}"#;
        let mut root = Fields::of_body(body).expect("an object");
        let raw = root.raw("a").expect("a member");
        let path = Path::Root;
        let mut a = Fields::open(raw, path.member("a")).expect("an object");
        for (error, said) in [
            (
                a.whole("b").expect_err("b"),
                "a.b: expected an integer, got a string",
            ),
            (
                a.whole("c").expect_err("c"),
                "a.c: expected an integer, got -1",
            ),
            (
                a.whole("f").expect_err("f"),
                "a.f: expected an integer, got 1.5",
            ),
            (
                a.texts("d").expect_err("d"),
                "a.d[0]: expected a string, got a number",
            ),
            (
                a.small("e").expect_err("e"),
                "a.e: expected a number below 2^32, got a larger one",
            ),
            (
                a.number("g").expect_err("g"),
                "a.g: expected a number, got a number",
            ),
            (
                a.flag("b").expect_err("b"),
                "a.b: expected true or false, got a string",
            ),
            (
                a.elements("b").expect_err("b"),
                "a.b: expected an array, got a string",
            ),
            (
                a.verbatim_object("d").expect_err("d"),
                "a.d: expected an object, got an array",
            ),
            (
                a.required_text("h").expect_err("h"),
                "a.h: required, but missing",
            ),
        ] {
            assert_eq!(says(error), said);
        }
    }

    #[test]
    fn what_nobody_took_is_unknown_at_every_level() {
        let body = br#"{"a":{"b":1,"x\n":2},"list":[{"y":1}],"z":null,"w":0}"#;
        let read = |unknown| {
            let mut notes = Notes::new(unknown);
            let mut root = Fields::of_body(body)?;
            root.object("a", &mut notes, |a, _| a.whole("b"))?;
            root.objects("list", &mut notes, |_, _| Ok(()))?;
            root.finish(&mut notes)?;
            Ok::<_, Error>(notes.into_warnings())
        };
        let warnings = read(Unknown::Warn).expect("warnings");
        let paths: Vec<_> = warnings.iter().map(|told| told.path.as_str()).collect();
        assert_eq!(paths, ["a.x", "list[0].y", "w"]);
        assert!(warnings.iter().all(|told| told.lossy));
        let error = read(Unknown::Refuse).expect_err("refused");
        assert_eq!(error.path.as_deref(), Some("a.x"));
        assert!(error.message.contains("remove it"), "{}", error.message);
    }

    #[test]
    fn values_are_taken_byte_for_byte() {
        let body = br#"{"s": {"b" : 1.50, "a":"\u00e9"} ,"n":0.30000000000000004,"t":"\u00e9"}"#;
        let mut root = Fields::of_body(body).expect("an object");
        assert_eq!(
            root.verbatim_object("s").expect("s").as_deref(),
            Some(r#"{"b" : 1.50, "a":"\u00e9"}"#)
        );
        assert_eq!(root.number("n").expect("n"), Some(0.30000000000000004));
        assert_eq!(root.text("t").expect("t").as_deref(), Some("é"));
    }

    #[test]
    fn a_body_that_is_no_object_is_refused() {
        for (body, said) in [
            (
                &b"[1]"[..],
                "the body: expected a JSON object, got an array",
            ),
            (b"", "the body: expected a JSON object, got nothing"),
            (
                b"{\"a\":}",
                "the body: invalid JSON at byte 5: expected a value",
            ),
            (b"\xff", "the body: not UTF-8 at byte 0"),
        ] {
            assert_eq!(Fields::of_body(body).expect_err("refused").message, said);
        }
    }
}
