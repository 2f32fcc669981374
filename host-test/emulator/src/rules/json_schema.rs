//! Walks over a JSON schema: the schemas inside it, its references, its patterns.
//!
//! In: a schema as JSON. Out: what the rules about schemas ask. A member called `minimum` among the
//! `properties` is a name, not a limit: only what stands where JSON Schema has schemas is looked at.

use serde_json::Value;
use std::collections::BTreeSet;

/// Keywords whose value is a schema or a list of schemas.
const HOLD_SCHEMAS: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords whose value is an object of schemas by name.
const HOLD_NAMED_SCHEMAS: &[&str] = &[
    "$defs",
    "definitions",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// The schema and all schemas inside it, each behind its place; the place of the schema itself is empty.
pub(super) fn schemas(root: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    collect(String::new(), root, &mut found);
    found
}

fn collect<'a>(at: String, schema: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    let Some(members) = schema.as_object() else {
        return;
    };
    found.push((at.clone(), schema));
    for (keyword, value) in members {
        let at = match at.as_str() {
            "" => keyword.clone(),
            at => format!("{at}.{keyword}"),
        };
        let named = HOLD_NAMED_SCHEMAS.contains(&keyword.as_str());
        match value {
            Value::Object(schemas) if named => {
                for (name, schema) in schemas {
                    collect(format!("{at}.{name}"), schema, found);
                }
            }
            _ if !HOLD_SCHEMAS.contains(&keyword.as_str()) => {}
            Value::Array(schemas) => {
                for (index, schema) in schemas.iter().enumerate() {
                    collect(format!("{at}.{index}"), schema, found);
                }
            }
            schema => collect(at, schema, found),
        }
    }
}

/// Whether a schema is about objects: by its type, or by the properties it names.
pub(super) fn is_object(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => schema.get("properties").is_some(),
    }
}

/// The `$ref` of a schema, and of the schemas inside it.
pub(super) fn references(schema: &Value) -> Vec<&str> {
    let schemas = schemas(schema).into_iter();
    schemas
        .filter_map(|(_, schema)| schema.get("$ref")?.as_str())
        .collect()
}

/// What a `$ref` names, if it is in the same document.
pub(super) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(&without_percent(reference.strip_prefix('#')?))
}

/// A pointer in a URI has `%3C` for `<`.
fn without_percent(pointer: &str) -> String {
    let mut parts = pointer.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let escape = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escape {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(part.bytes().skip(2));
            }
            None => bytes.extend(std::iter::once(b'%').chain(part.bytes())),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The names along a cycle of references, such as `Node -> Node`.
pub(super) fn cycle(root: &Value) -> Option<String> {
    let mut path = vec!["#"];
    cycle_from(root, root, &mut path, &mut BTreeSet::new())
}

fn cycle_from<'a>(
    root: &'a Value,
    schema: &'a Value,
    path: &mut Vec<&'a str>,
    seen: &mut BTreeSet<&'a str>,
) -> Option<String> {
    for reference in references(schema) {
        if let Some(start) = path.iter().position(|before| *before == reference) {
            let cycle = path.iter().skip(start).chain([&reference]);
            let names = cycle.map(|at| at.rsplit('/').next().unwrap_or(at));
            return Some(names.collect::<Vec<_>>().join(" -> "));
        }
        let Some(target) = resolve(root, reference).filter(|_| seen.insert(reference)) else {
            continue;
        };
        path.push(reference);
        let found = cycle_from(root, target, path, seen);
        if found.is_some() {
            return found;
        }
        path.pop();
    }
    None
}

/// Syntax of a pattern that a finite automaton cannot match: look-around, or a back reference.
pub(super) fn irregular_syntax(pattern: &str) -> Option<&'static str> {
    const LOOKS: &[&str] = &["(?=", "(?!", "(?<=", "(?<!"];
    let mut in_class = false;
    let mut escaped = false;
    for (at, c) in pattern.char_indices() {
        let rest = pattern.get(at..).unwrap_or_default();
        match c {
            _ if escaped => {
                escaped = false;
                let named = rest.starts_with("k<");
                if !in_class && (named || matches!(c, '1'..='9')) {
                    return Some("backreferences");
                }
            }
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class && LOOKS.iter().any(|look| rest.starts_with(look)) => {
                return Some("lookaround assertions");
            }
            _ => {}
        }
    }
    None
}
