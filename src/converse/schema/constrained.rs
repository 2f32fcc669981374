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
const OPEN_OBJECT: &str = "an object without properties";
const OPEN_ARRAY: &str = "an array without items";
const COMBINED: &str = "properties together with oneOf, anyOf or allOf";
const SEVERAL: &str = "several schemas for one value";

/// What may stand beside alternatives, and then is narrowed by them.
const NARROWED: &[&str] = &["properties", "required", "items", "enum", "const"];

/// What has a part in what a value is made of.
const STRUCTURE: &[&str] = &["properties", "items", "anyOf", "oneOf", "allOf", REF];

/// What says of which type a value is, beside that.
const TYPED: &[&str] = &["type", "enum", "const"];

/// OpenAPI 3.0's way to say that a value may be null.
const NULLABLE: &str = "nullable";

/// Make one schema's members fit, or say what does not.
pub(super) fn arrange(
    plan: &mut Plan<'_, '_>,
    is_root: bool,
    changes: &mut Changes,
) -> Result<(), &'static str> {
    arrange_nullable(plan, is_root, changes);
    if plan.has(REF) {
        // The definition says of which type the value is.
        plan.remove("type");
        plan.remove("additionalProperties");
        let mut others = NARROWED.iter().chain(ALTERNATIVES);
        return match others.any(|name| plan.has(name)) {
            true => Err(SEVERAL),
            false => Ok(()),
        };
    }
    let mut found = None;
    for name in ALTERNATIVES {
        if let Some(node) = plan.get(name)
            && found.replace((*name, node)).is_some()
        {
            return Err(SEVERAL);
        }
    }
    match found {
        Some((name, node)) => arrange_alternatives(plan, name, node, changes),
        None => typed(plan),
    }
}

/// A value of one type, or null, is of two types; what else is said of it would have to take null too.
fn arrange_nullable(plan: &mut Plan<'_, '_>, is_root: bool, changes: &mut Changes) {
    if !plan.has(NULLABLE) {
        return;
    }
    plan.remove(NULLABLE);
    let is_one = plan.get("type").is_some_and(|kind| kind.text().is_some());
    let is_listed = ["enum", "const"].iter().any(|name| plan.has(name));
    if is_one && !is_root && !is_listed {
        plan.is_nullable = true;
    } else {
        plan.say(NULLABLE);
        changes.word(NULLABLE);
    }
}

/// A schema with alternatives: it is nothing else, or they only narrow what it is.
fn arrange_alternatives(
    plan: &mut Plan<'_, '_>,
    name: &str,
    node: &Node<'_>,
    changes: &mut Changes,
) -> Result<(), &'static str> {
    let schemas = node.elements().unwrap_or_default();
    if name == "allOf" && schemas.len() > 1 {
        return Err(SEVERAL);
    }
    let (mut is_structure, mut is_typed) = (false, !schemas.is_empty());
    for schema in schemas {
        let has = |names: &[&str]| {
            let members = schema.members();
            members.is_some_and(|members| names.iter().any(|name| members.get(name).is_some()))
        };
        let has_structure = has(STRUCTURE);
        is_structure |= has_structure;
        is_typed &= has_structure || has(TYPED);
    }
    if is_typed && !NARROWED.iter().any(|name| plan.has(name)) {
        plan.remove("type");
        plan.remove("additionalProperties");
        plan.rename(name, "anyOf");
        return Ok(());
    }
    if is_structure {
        return Err(COMBINED);
    }
    if let Some(words) = words(name, node)
        && !schemas.is_empty()
    {
        plan.say(&words);
        changes.word(name);
    }
    plan.remove(name);
    typed(plan)
}

/// A schema of a type: the type said, and an object closed.
fn typed(plan: &mut Plan<'_, '_>) -> Result<(), &'static str> {
    let has_properties = plan.merged.is_some() || plan.has("properties");
    let items = plan.get("items");
    if !plan.has("type") && plan.put_type.is_none() {
        plan.put_type = match (has_properties, items) {
            (true, _) => Some("object"),
            (_, Some(_)) => Some("array"),
            _ if plan.has("enum") || plan.has("const") => return Ok(()),
            _ => return Err(ANY_VALUE),
        };
    }
    let is_open = !plan.has("additionalProperties");
    if plan.is_of("object") {
        if !has_properties && is_open {
            return Err(OPEN_OBJECT);
        }
        plan.is_closed = is_open;
    } else {
        // They say nothing about what is no object.
        for name in ["properties", "required", "additionalProperties"] {
            plan.remove(name);
        }
    }
    if plan.is_of("array") && items.is_none_or(|items| items.elements().is_some()) {
        return Err(OPEN_ARRAY);
    }
    Ok(())
}
