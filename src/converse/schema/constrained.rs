//! Objects, arrays and alternatives under constrained decoding.
//!
//! The service compiles a schema into a grammar: each value must be of a known type, each object closed, each array of
//! known items, and alternatives stand alone. What a schema leaves open is closed here where that is what it means, and
//! refused where it is not: then it is asked for in another way.

use super::changes::Changes;
use super::keywords::{ALTERNATIVES, words};
use super::plan::Plan;
use super::references::REF;
use crate::json::Node;

const ANY_VALUE: &str = "a value of any type";
const OPEN_OBJECT: &str = "an object of any members";
const OPEN_ARRAY: &str = "an array of any items";
const COMBINED: &str = "properties that depend on alternatives";
const SEVERAL: &str = "several schemas for one value";

/// Make one schema's members fit, or say what does not.
pub(super) fn arrange(plan: &mut Plan<'_, '_>, changes: &mut Changes) -> Result<(), &'static str> {
    if plan.get(REF).is_some() {
        return Ok(());
    }
    let is_alternatives = |name: &str| ALTERNATIVES.contains(&name);
    let mut alternatives = plan
        .members
        .iter()
        .filter(|member| is_alternatives(&member.0));
    match (alternatives.next(), alternatives.next()) {
        (None, _) => typed(plan),
        (Some((name, node, _)), None) => {
            let (name, node) = (name.clone(), *node);
            arrange_alternatives(plan, &name, node, changes)
        }
        (Some(_), Some(_)) => Err(SEVERAL),
    }
}

/// A schema with alternatives: it is nothing else, or they only narrow what it is.
fn arrange_alternatives<'r, 'a>(
    plan: &mut Plan<'r, 'a>,
    name: &str,
    node: &'r Node<'a>,
    changes: &mut Changes,
) -> Result<(), &'static str> {
    let schemas = node.elements().unwrap_or_default();
    if name == "allOf" && schemas.len() > 1 {
        return Err(SEVERAL);
    }
    let has = |schema: &Node<'_>, names: &[&str]| {
        let members = schema.members();
        members.is_some_and(|members| names.iter().any(|name| members.get(name).is_some()))
    };
    const TYPED: &[&str] = &[
        "type",
        "enum",
        "const",
        "properties",
        "items",
        "anyOf",
        "oneOf",
        "allOf",
        REF,
    ];
    const STRUCTURE: &[&str] = &["properties", "items", "anyOf", "oneOf", "allOf", REF];
    const NARROWED: &[&str] = &["properties", "required", "items", "enum", "const"];
    if NARROWED.iter().all(|name| plan.get(name).is_none())
        && schemas.iter().all(|schema| has(schema, TYPED))
        && !schemas.is_empty()
    {
        plan.remove("type");
        plan.remove("additionalProperties");
        plan.rename(name, "anyOf");
        return Ok(());
    }
    if schemas.iter().any(|schema| has(schema, STRUCTURE)) {
        return Err(COMBINED);
    }
    if !schemas.is_empty() {
        plan.say(words(name, node));
        changes.word(name);
    }
    plan.remove(name);
    typed(plan)
}

/// A schema of a type: the type said, and an object closed.
fn typed(plan: &mut Plan<'_, '_>) -> Result<(), &'static str> {
    let has_properties = plan.merged.is_some() || plan.get("properties").is_some();
    let items = plan.get("items");
    let is_listed = plan.get("enum").or(plan.get("const")).is_some();
    match plan.get("type") {
        Some(_) => {}
        None if plan.put_type.is_some() => {}
        None if has_properties => plan.put_type = Some("object"),
        None if items.is_some() => plan.put_type = Some("array"),
        None if is_listed => return Ok(()),
        None => return Err(ANY_VALUE),
    }
    let is_open = plan.get("additionalProperties").is_none();
    if plan.is_of("object") {
        if !has_properties && is_open {
            return Err(OPEN_OBJECT);
        }
        plan.is_closed = is_open;
    }
    if plan.is_of("array") && items.is_none_or(|items| items.elements().is_some()) {
        return Err(OPEN_ARRAY);
    }
    Ok(())
}
