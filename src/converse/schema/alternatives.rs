//! `oneOf`, `anyOf` and `allOf` at a root that may have none of them: their objects become one.
//!
//! It has the properties of all. What belongs together is said in the description, since no schema of one object says it.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::keywords::{self, ALTERNATIVES, Decoding};
use super::plan::Plan;
use super::references;
use super::walk::{MAX_GROWTH, Walk};
use crate::json::{Members, Node, sorted};

/// One object in the place of several.
#[derive(Debug, Default)]
pub(super) struct Merged<'r, 'a> {
    /// Each with its schemas.
    pub(super) properties: Vec<(&'r str, Vec<&'r Node<'a>>)>,
    pub(super) required: Vec<Cow<'a, str>>,
    /// Which of them go together.
    pub(super) words: String,
}

/// So many references lead to an object.
const MAX_HOPS: usize = 8;

/// One object for the alternatives of a root; none where there are none, or where one says more than its properties.
pub(super) fn merge<'r, 'a>(walk: &Walk<'r, 'a>, plan: &Plan<'r, 'a>) -> Option<Merged<'r, 'a>> {
    let mut merged = Merged::default();
    let mut is_any = false;
    let mut grown = 0;
    merged.add(plan.get("properties"));
    merged.require(plan.get("required"));
    for (keyword, node, _) in &plan.parts {
        if !ALTERNATIVES.contains(keyword) {
            continue;
        }
        let mut groups = String::new();
        for schema in node.elements()? {
            let members = object(walk, schema, &mut grown)?;
            let [properties, required] = ["properties", "required"].map(|name| members.get(name));
            groups.push_str(if groups.is_empty() { "(" } else { ") or (" });
            if !push_names(&mut groups, properties, required) {
                return None;
            }
            merged.add(properties);
            if *keyword == "allOf" {
                merged.require(required);
            }
            is_any = true;
        }
        let before = match *keyword {
            "oneOf" => "exactly one of ",
            "anyOf" => "at least one of ",
            _ => continue,
        };
        if !merged.words.is_empty() {
            merged.words.push_str(", ");
        }
        merged.words.push_str(before);
        keywords::push_cut(&mut merged.words, &groups);
        merged.words.push(')');
    }
    merged.unite();
    is_any.then_some(merged)
}

/// Which properties an alternative needs, or has where it needs none; false where it says neither.
fn push_names(to: &mut String, properties: Option<&Node<'_>>, required: Option<&Node<'_>>) -> bool {
    let start = to.len();
    let mut push = |name: &str| {
        if to.len() > start {
            to.push_str(", ");
        }
        to.push_str(name);
    };
    let required = required.and_then(Node::elements).unwrap_or_default();
    for name in required {
        push(&name.text().unwrap_or_default());
    }
    if required.is_empty()
        && let Some(members) = properties.and_then(Node::members)
    {
        for (name, _) in &members.list {
            push(name);
        }
    }
    to.len() > start
}

/// An alternative that asks for an object, for properties, and for nothing else. `grown`: the bytes of the definitions
/// that references were replaced by.
fn object<'r, 'a>(
    walk: &Walk<'r, 'a>,
    schema: &'r Node<'a>,
    grown: &mut usize,
) -> Option<&'r Members<'a>> {
    let mut members = schema.members()?;
    for _ in 0..MAX_HOPS {
        let Some(reference) = references::of(members) else {
            let is_merged = members.list.iter().all(|(name, node)| match &**name {
                "type" => node.is_text("object"),
                "properties" => node.members().is_some(),
                "required" => node.elements().is_some(),
                "title" | "description" | "additionalProperties" => true,
                other => matches!(keywords::of(other).1, Decoding::Dropped),
            });
            return is_merged.then_some(members);
        };
        let target = walk.resolve(&reference)?;
        *grown += target.raw.len();
        if *grown > MAX_GROWTH {
            return None;
        }
        members = target.members()?;
    }
    None
}

impl<'r, 'a> Merged<'r, 'a> {
    fn add(&mut self, properties: Option<&'r Node<'a>>) {
        if let Some(members) = properties.and_then(Node::members) {
            for (name, schema) in &members.list {
                self.properties.push((name, vec![schema]));
            }
        }
    }

    fn require(&mut self, names: Option<&Node<'a>>) {
        for name in names.and_then(Node::elements).unwrap_or_default() {
            self.required.extend(name.text());
        }
    }

    /// Each name once, where it stood first.
    fn unite(&mut self) {
        let all = std::mem::take(&mut self.properties);
        let name = |at: usize| all.get(at).map(|property| property.0);
        let firsts = firsts(all.len(), &|one, other| name(one).cmp(&name(other)));
        // Where the first of each name has gone.
        let mut places = vec![0; all.len()];
        for (at, (first, (name, schemas))) in firsts.iter().zip(&all).enumerate() {
            let place = places.get(*first).copied().unwrap_or_default();
            match self.properties.get_mut(place) {
                Some((_, known)) if *first != at => {
                    for schema in schemas {
                        if known.last().is_none_or(|last| last.raw != schema.raw) {
                            known.push(schema);
                        }
                    }
                }
                _ => {
                    if let Some(place) = places.get_mut(at) {
                        *place = self.properties.len();
                    }
                    self.properties.push((name, schemas.clone()));
                }
            }
        }
        let names = std::mem::take(&mut self.required);
        let name = |at: usize| names.get(at);
        let firsts = self::firsts(names.len(), &|one, other| name(one).cmp(&name(other)));
        for (at, (first, name)) in firsts.iter().zip(&names).enumerate() {
            if at == *first {
                self.required.push(name.clone());
            }
        }
    }
}

/// For each of `count` things, the first that is equal to it.
fn firsts(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut firsts = vec![0; count];
    let mut start = None;
    for at in sorted(count, compare) {
        let first = match start {
            Some(first) if compare(first, at).is_eq() => first,
            _ => at,
        };
        start = Some(first);
        if let Some(known) = firsts.get_mut(at) {
            *known = first;
        }
    }
    firsts
}
