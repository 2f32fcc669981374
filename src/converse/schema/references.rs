//! `$ref`: what it points to, and whether a schema refers to itself.
//!
//! Source: JSON Pointer (RFC 6901) in a URI's fragment (RFC 3986 §3.5).

use std::borrow::Cow;

use crate::json::{Members, Node};

/// The keyword.
pub(super) const REF: &str = "$ref";

/// Constrained decoding takes none of these.
const RECURSIVE: &str = "a recursive schema";
const UNKNOWN: &str = "an external or unknown reference";
const DEEP: &str = "references nested too deep";

/// So many references and values may lie inside each other.
const MAX_DEPTH: usize = 256;

/// Where a schema's `$ref` points to.
pub(super) fn of<'a>(members: &Members<'a>) -> Option<Cow<'a, str>> {
    members.get(REF)?.text()
}

/// What a reference points to, in the schema itself.
pub(super) fn resolve<'r, 'a>(root: &'r Node<'a>, reference: &str) -> Option<&'r Node<'a>> {
    let mut segments = reference.strip_prefix('#')?.split('/');
    // Before the first slash stands nothing, or the name of an anchor.
    if segments.next() != Some("") {
        return None;
    }
    let mut node = root;
    for segment in segments {
        let segment = decoded(segment);
        node = match node.elements() {
            Some(elements) => elements.get(segment.parse::<usize>().ok()?)?,
            None => node.members()?.get(&segment)?,
        };
    }
    Some(node)
}

/// What a reference calls its target.
pub(super) fn name(reference: &str) -> Cow<'_, str> {
    match reference.rsplit_once('/') {
        Some((before, name)) if before.starts_with('#') => decoded(name),
        _ => Cow::Borrowed(reference),
    }
}

/// The same reference where properties have other names; none where it has the same.
pub(super) fn renamed(
    reference: &str,
    rename: &mut dyn FnMut(&str) -> Option<String>,
) -> Option<String> {
    let mut sent = String::new();
    let (mut is_changed, mut is_name) = (false, false);
    for segment in reference.split_inclusive('/') {
        let bare = segment.strip_suffix('/').unwrap_or(segment);
        match is_name.then(|| rename(&decoded(bare))).flatten() {
            Some(name) => {
                is_changed = true;
                sent.push_str(&name);
                sent.push_str(segment.get(bare.len()..).unwrap_or_default());
            }
            None => sent.push_str(segment),
        }
        is_name = !is_name && bare == "properties";
    }
    is_changed.then_some(sent)
}

/// A segment of a pointer: `%41` is `A`, `~1` is `/`, and `~0` is `~`.
fn decoded(segment: &str) -> Cow<'_, str> {
    if !segment.contains(['%', '~']) {
        return Cow::Borrowed(segment);
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    while let [byte, ahead @ ..] = rest {
        let (decoded, behind) = match (byte, ahead) {
            (b'~', [b'1', behind @ ..]) => (b'/', behind),
            (b'~', [b'0', behind @ ..]) => (b'~', behind),
            (b'%', [high, low, behind @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, behind),
                _ => (b'%', ahead),
            },
            _ => (*byte, ahead),
        };
        bytes.push(decoded);
        rest = behind;
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// Why constrained decoding does not take a schema's references; none where it does.
pub(super) fn refused(root: &Node<'_>) -> Option<&'static str> {
    let mut search = Search {
        root,
        seen: Marks::default(),
    };
    search.visit(root, 0).err()
}

/// How far an object or an array was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) enum Seen {
    #[default]
    Never,
    /// The search is inside it.
    Inside,
    /// With how many arrays inside each other, itself among them.
    Whole(usize),
}

/// A mark for each object and array of a schema.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<Seen>);

impl Marks {
    pub(super) fn get(&self, number: usize) -> Seen {
        self.0.get(number).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, number: usize, seen: Seen) {
        if self.0.len() <= number {
            self.0.resize(number + 1, Seen::Never);
        }
        if let Some(mark) = self.0.get_mut(number) {
            *mark = seen;
        }
    }
}

struct Search<'r, 'a> {
    root: &'r Node<'a>,
    seen: Marks,
}

impl<'r, 'a> Search<'r, 'a> {
    /// How many arrays lie inside each other there, before any object.
    fn visit(&mut self, node: &'r Node<'a>, depth: usize) -> Result<usize, &'static str> {
        if depth > MAX_DEPTH {
            return Err(DEEP);
        }
        let Some(number) = node.number() else {
            return Ok(0);
        };
        match (self.seen.get(number), node.members()) {
            (Seen::Whole(arrays), _) if depth + arrays > MAX_DEPTH => Err(DEEP),
            (Seen::Whole(arrays), _) => Ok(arrays),
            (Seen::Inside, Some(_)) => Err(RECURSIVE),
            (_, Some(members)) => {
                self.seen.set(number, Seen::Inside);
                for (name, member) in &members.list {
                    self.visit(member, depth + 1)?;
                    if name == REF
                        && let Some(reference) = member.text()
                    {
                        let target = resolve(self.root, &reference).ok_or(UNKNOWN)?;
                        self.visit(target, depth + 1)?;
                    }
                }
                self.seen.set(number, Seen::Whole(0));
                Ok(0)
            }
            (_, None) => {
                let mut arrays = 0;
                for element in node.elements().unwrap_or_default() {
                    arrays = arrays.max(self.visit(element, depth + 1)? + 1);
                }
                self.seen.set(number, Seen::Whole(arrays));
                Ok(arrays)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r##"{"$defs":{"A":{"type":"string"},"b/~ %":{"anyOf":[{},{"title":"x"}]},"":{"title":"none"}}}"##;

    #[test]
    fn a_pointer_is_followed_through_names_escapes_and_positions() {
        let root = Node::object(SCHEMA).expect("an object");
        for (reference, expected) in [
            ("#", Some(SCHEMA)),
            ("#/$defs/A", Some(r#"{"type":"string"}"#)),
            ("#/%24defs/A", Some(r#"{"type":"string"}"#)),
            ("#/$defs/b~1~0%20%25/anyOf/1", Some(r#"{"title":"x"}"#)),
            ("#/$defs/", Some(r#"{"title":"none"}"#)),
            ("#/$defs/b~1~0%20%25/anyOf/2", None),
            ("#/$defs/C", None),
            ("#A", None),
            ("A", None),
            ("https://example.org/schema#/$defs/A", None),
            ("#/$defs/%", None),
        ] {
            let found = resolve(&root, reference).map(|node| node.raw);
            assert_eq!(found, expected, "{reference}");
        }
        assert_eq!(name("#/$defs/b~1c"), "b/c");
        assert_eq!(name("https://example.org/a"), "https://example.org/a");
    }

    #[test]
    fn a_reference_follows_a_property_to_its_other_name() {
        let to = |reference| {
            renamed(reference, &mut |name| {
                (name == "a/b").then(|| "a_b".to_owned())
            })
        };
        assert_eq!(
            to("#/properties/a~1b/items"),
            Some("#/properties/a_b/items".into())
        );
        assert_eq!(to("#/properties/properties/a~1b"), None);
        assert_eq!(to("#/$defs/a~1b"), None);
        assert_eq!(to("#/properties/a"), None);
    }

    #[test]
    fn a_schema_may_refer_to_a_part_of_itself_and_not_to_the_whole() {
        let of = |schema: &str| refused(&Node::object(schema).expect("an object"));
        for (schema, expected) in [
            (r#"{"type":"object"}"#, None),
            (
                r##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{}},"items":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}"##,
                None,
            ),
            (r##"{"properties":{"a":{"$ref":"#"}}}"##, Some(RECURSIVE)),
            (r##"{"$ref":"#"}"##, Some(RECURSIVE)),
            (
                r##"{"$defs":{"a":[1,[{"b":{}}]]},"items":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}"##,
                None,
            ),
            (
                r##"{"$defs":{"a":[{},[{"$ref":"#/$defs/a"}]]}}"##,
                Some(RECURSIVE),
            ),
            (
                r##"{"$defs":{"a":{"items":{"$ref":"#/$defs/b"}},"b":{"anyOf":[{"$ref":"#/$defs/a"}]}}}"##,
                Some(RECURSIVE),
            ),
            (r#"{"$ref":"https://example.org/a"}"#, Some(UNKNOWN)),
            (r##"{"$ref":"#/$defs/a"}"##, Some(UNKNOWN)),
            // A property of that name.
            (r#"{"properties":{"$ref":{"type":"string"}}}"#, None),
        ] {
            assert_eq!(of(schema), expected, "{schema}");
        }
    }

    #[test]
    fn a_long_chain_and_a_broad_net_of_references_end() {
        let chain = |count: usize, refs: usize| {
            let one = |at: usize| {
                let next = format!(r##"{{"$ref":"#/$defs/d{}"}}"##, at + 1);
                format!(r#""d{at}":{{"anyOf":[{}]}}"#, vec![next; refs].join(","))
            };
            let defs: Vec<_> = (0..count).map(one).collect();
            format!(
                r##"{{"$defs":{{{},"d{count}":{{}}}},"$ref":"#/$defs/d0"}}"##,
                defs.join(",")
            )
        };
        let of = |schema: &str| refused(&Node::object(schema).expect("an object"));
        assert_eq!(of(&chain(60, 3)), None);
        assert_eq!(of(&chain(20_000, 2)), Some(DEEP));
    }
}
