//! `oneOf`, `anyOf` and `allOf` at a root that may have none of them: their objects become one.
//!
//! It has the properties of all. What belongs together is said in the description, since no schema of one object says it.

use std::borrow::Cow;

use super::keywords::{self, ALTERNATIVES, Decoding};
use super::plan::Plan;
use super::references;
use super::walk::Walk;
use crate::json::{Members, Node, sorted};

/// One object in the place of several.
#[derive(Debug)]
pub(super) struct Merged<'r, 'a> {
    /// Each with its schemas.
    pub(super) properties: Vec<(Cow<'a, str>, Vec<&'r Node<'a>>)>,
    pub(super) required: Vec<Cow<'a, str>>,
}

/// So many references lead to an object.
const MAX_HOPS: usize = 8;

/// One object for the alternatives of a root, and what goes together in words; none where there are no alternatives, or
/// where one says more than its properties.
pub(super) fn merge<'r, 'a>(
    walk: &Walk<'r, 'a>,
    plan: &Plan<'r, 'a>,
) -> Option<(Merged<'r, 'a>, Vec<String>)> {
    let mut properties = of_properties(plan.get("properties"));
    let mut required = of_names(plan.get("required"));
    let mut words = Vec::new();
    let mut is_any = false;
    for (keyword, node, _) in &plan.members {
        if !ALTERNATIVES.contains(&&**keyword) {
            continue;
        }
        let mut groups = Vec::new();
        for schema in node.elements()? {
            let members = object(walk, schema)?;
            let of_its_own = of_properties(members.get("properties"));
            let needed = of_names(members.get("required"));
            let mut group: Vec<&str> = needed.iter().map(|name| &**name).collect();
            if group.is_empty() {
                group.extend(of_its_own.iter().map(|(name, _)| &**name));
            }
            if group.is_empty() {
                return None;
            }
            groups.push(format!("({})", group.join(", ")));
            properties.extend(of_its_own);
            if keyword == "allOf" {
                required.extend(needed);
            }
            is_any = true;
        }
        let count = match &**keyword {
            "oneOf" => "exactly one of ",
            "anyOf" => "at least one of ",
            _ => continue,
        };
        let mut said = count.to_owned();
        keywords::push_cut(&mut said, &groups.join(" or "));
        words.push(said);
    }
    let names: Vec<_> = properties.iter().map(|(name, _)| name.clone()).collect();
    let of_group = |group: Vec<usize>| {
        let schemas = group.iter().filter_map(|at| properties.get(*at));
        let mut schemas: Vec<_> = schemas.map(|(_, schema)| *schema).collect();
        schemas.dedup_by_key(|schema| schema.raw);
        Some((names.get(*group.first()?)?.clone(), schemas))
    };
    let merged = Merged {
        properties: alike(&names).into_iter().filter_map(of_group).collect(),
        required: alike(&required)
            .into_iter()
            .filter_map(|group| required.get(*group.first()?).cloned())
            .collect(),
    };
    is_any.then_some((merged, words))
}

/// An alternative that asks for an object, for properties, and for nothing else.
fn object<'r, 'a>(walk: &Walk<'r, 'a>, schema: &'r Node<'a>) -> Option<&'r Members<'a>> {
    let mut members = schema.members()?;
    for _ in 0..MAX_HOPS {
        let Some(reference) = references::of(members) else {
            let is_merged = |(name, node): (Cow<'_, str>, &Node<'_>)| match &*name {
                "type" => node.raw == "\"object\"",
                "properties" => node.members().is_some(),
                "required" => node.elements().is_some(),
                "title" | "description" | "additionalProperties" => true,
                other => matches!(keywords::of(other).1, Decoding::Dropped),
            };
            return members.iter().all(is_merged).then_some(members);
        };
        members = walk.resolve(&reference)?.members()?;
    }
    None
}

fn of_properties<'r, 'a>(node: Option<&'r Node<'a>>) -> Vec<(Cow<'a, str>, &'r Node<'a>)> {
    let members = node.and_then(Node::members);
    members.into_iter().flat_map(Members::iter).collect()
}

fn of_names<'a>(node: Option<&Node<'a>>) -> Vec<Cow<'a, str>> {
    let names = node.and_then(Node::elements).unwrap_or_default();
    names.iter().filter_map(Node::text).collect()
}

/// The positions of names that are alike, in the order of the first of them.
fn alike(names: &[Cow<'_, str>]) -> Vec<Vec<usize>> {
    let mut groups = vec![Vec::new(); names.len()];
    let mut first: Option<usize> = None;
    for at in sorted(names.len(), &|one, other| {
        names.get(one).cmp(&names.get(other))
    }) {
        let of_group = first.filter(|first| names.get(*first) == names.get(at));
        let start = of_group.unwrap_or(at);
        first = Some(start);
        if let Some(group) = groups.get_mut(start) {
            group.push(at);
        }
    }
    groups.retain(|group: &Vec<usize>| !group.is_empty());
    groups
}
