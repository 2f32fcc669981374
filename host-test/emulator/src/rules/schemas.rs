//! Rules about JSON schemas: what constrained decoding takes, and what a family takes of a tool's schema.
//!
//! Constrained decoding holds for `outputConfig.textFormat` and for strict tools, in the same words. They
//! are those of the models behind Converse: the front door passes them on.

use super::body::{slashes, text, tools};
use super::json_schema::{cycle, irregular_syntax, is_object, references, resolve, schemas};
use super::{Question, Rule};
use serde_json::Value;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "strict-tools-at-most-twenty",
        message: "The model returned the following errors: Too many strict tools ({at}). The maximum number of strict tools supported is 20. Try reducing the number of tools marked as strict.",
        broken: |q| {
            let count = strict_tools(q).count();
            (count > 20).then(|| count.to_string())
        },
    },
    // An object that has properties but no type is likely one.
    Rule {
        name: "schema-open-object",
        message: "The model returned the following errors: {at}: For 'object' type, 'additionalProperties' must be explicitly set to false",
        broken: |q| {
            constrained(q, |schema| {
                let open = is_object(schema) && schema.get("additionalProperties").is_none();
                open.then(String::new)
            })
            .map(|(at, _)| at)
        },
    },
    Rule {
        name: "schema-open-map",
        message: "The model returned the following errors: {at}' is not supported. Please set 'additionalProperties' to false",
        broken: |q| {
            let (at, given) =
                constrained(q, |schema| match schema.get("additionalProperties")? {
                    Value::Bool(false) => None,
                    Value::Bool(true) => Some("true".to_owned()),
                    _ => Some("object".to_owned()),
                })?;
            Some(format!(
                "{at}: For 'object' type, 'additionalProperties: {given}"
            ))
        },
    },
    Rule {
        name: "schema-limits",
        message: "The model returned the following errors: {at} not supported",
        broken: |q| {
            let (at, limits) = constrained(q, limits)?;
            Some(format!("{at}: {limits}"))
        },
    },
    Rule {
        name: "schema-min-items",
        message: "The model returned the following errors: {at}: For 'array' type, 'minItems' values other than 0 or 1 are not supported",
        broken: |q| {
            let (at, _) = constrained(q, |schema| {
                let least = schema.get("minItems")?.as_f64()?;
                (least > 1.0).then(String::new)
            })?;
            Some(at)
        },
    },
    // Certain to be refused; the words were not reported.
    Rule {
        name: "schema-pattern",
        message: "The model returned the following errors: {at} in 'pattern' are not supported",
        broken: |q| {
            let (at, syntax) = constrained(q, |schema| {
                irregular_syntax(schema.get("pattern")?.as_str()?).map(str::to_owned)
            })?;
            Some(format!("{at}: For 'string' type, {syntax}"))
        },
    },
    Rule {
        name: "schema-recursive",
        message: "The model returned the following errors: {at}",
        broken: |q| {
            let mut roots = constrained_roots(q);
            let (at, names) = roots.find_map(|(at, root)| Some((at, cycle(&root)?)))?;
            Some(format!(
                "{at}: Circular reference detected in schema definitions: {names}"
            ))
        },
    },
    // Certain for a reference out of the document, likely for one to nothing; the words were not reported.
    Rule {
        name: "schema-reference",
        message: "The model returned the following errors: {at} could not be resolved",
        broken: |q| {
            let mut roots = constrained_roots(q);
            roots.find_map(|(at, root)| {
                let mut references = references(&root).into_iter();
                let lost = references.find(|reference| resolve(&root, reference).is_none())?;
                Some(format!("{at}: $ref '{lost}'"))
            })
        },
    },
    // Certain for `$defs` and `definitions`; likely for the others. The recorded calls have no more than these.
    Rule {
        name: "tool-schema-members",
        message: "The model returned the following errors: Malformed input request: #/{at}] is not permitted, please reformat your input and try again.",
        broken: |q| {
            const TAKEN: &[&str] = &[
                "additionalProperties",
                "properties",
                "required",
                "title",
                "type",
            ];
            let found = tools(q, "toolSpec").find_map(|(at, spec)| {
                let members = spec.pointer("/inputSchema/json")?.as_object()?;
                let foreign = members.keys().find(|key| !TAKEN.contains(&key.as_str()))?;
                let at = slashes(&at);
                Some(format!("{at}/inputSchema/json: extraneous key [{foreign}"))
            });
            found.filter(|_| q.is(&q.traits.plain_tool_schemas))
        },
    },
    // Likely: without definitions at the root there is little to refer to.
    Rule {
        name: "tool-schema-reference",
        message: "The model returned the following errors: Malformed input request: #/{at}: extraneous key [$ref] is not permitted, please reformat your input and try again.",
        broken: |q| {
            let found = tools(q, "toolSpec").find_map(|(at, spec)| {
                let inner = schemas(spec.pointer("/inputSchema/json")?).into_iter();
                let (inside, _) = { inner }.find(|(_, schema)| schema.get("$ref").is_some())?;
                Some(slashes(&format!("{at}.inputSchema.json.{inside}")))
            });
            found.filter(|_| q.is(&q.traits.plain_tool_schemas))
        },
    },
    // Likely: reported of Anthropic's own API and of Mantle, for properties of the root.
    Rule {
        name: "tool-property-names",
        message: "The model returned the following errors: {at}: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'",
        broken: |q| {
            let found = tools(q, "toolSpec")
                .enumerate()
                .find_map(|(index, (_, spec))| {
                    let inner = schemas(spec.pointer("/inputSchema/json")?).into_iter();
                    let (inside, _) = { inner }.find(|(_, schema)| has_odd_name(schema))?;
                    let dot = if inside.is_empty() { "" } else { "." };
                    Some(format!(
                        "tools.{index}.custom.input_schema.{inside}{dot}properties"
                    ))
                });
            found.filter(|_| q.is(&q.traits.plain_property_names))
        },
    },
];

/// Tools that are to be called by their schemas to the letter, with their numbers among the tools.
fn strict_tools<'a>(question: &Question<'a>) -> impl Iterator<Item = (usize, &'a Value)> {
    let specs = tools(question, "toolSpec").enumerate();
    specs.filter_map(|(index, (_, spec))| {
        let strict = spec.get("strict").and_then(Value::as_bool);
        (strict == Some(true)).then_some((index, spec))
    })
}

/// The schemas that the answer is held to, behind their names in the service's texts.
fn constrained_roots(question: &Question<'_>) -> impl Iterator<Item = (String, Value)> {
    let output = question.field("/outputConfig/textFormat/structure/jsonSchema");
    let output = output.and_then(|output| serde_json::from_str(text(output, "/schema")).ok());
    let output = output.map(|schema| ("output_config.format.schema".to_owned(), schema));
    let tools = strict_tools(question).filter_map(|(index, spec)| {
        let schema = spec.pointer("/inputSchema/json")?;
        Some((format!("tools.{index}.custom"), schema.clone()))
    });
    output.into_iter().chain(tools)
}

/// What `seen` says of the first schema of which it says something, behind the name of the schema around it.
fn constrained(
    question: &Question<'_>,
    seen: impl Fn(&Value) -> Option<String>,
) -> Option<(String, String)> {
    constrained_roots(question).find_map(|(at, root)| {
        let found = schemas(&root)
            .into_iter()
            .find_map(|(_, schema)| seen(schema));
        Some((at, found?))
    })
}

/// Limits that constrained decoding refuses, by the type they hold for.
const LIMITS: &[(&str, &[&str])] = &[
    (
        "number",
        &[
            "exclusiveMaximum",
            "exclusiveMinimum",
            "maximum",
            "minimum",
            "multipleOf",
        ],
    ),
    ("array", &["maxItems", "uniqueItems"]),
    ("string", &["maxLength"]),
];

fn limits(schema: &Value) -> Option<String> {
    LIMITS.iter().find_map(|(kind, limits)| {
        let given = limits.iter().filter(|limit| schema.get(limit).is_some());
        let given: Vec<&str> = given.copied().collect();
        let integer = *kind == "number" && text(schema, "/type") == "integer";
        let kind = if integer { "integer" } else { kind };
        match given.as_slice() {
            [] => None,
            [one] => Some(format!("For '{kind}' type, property '{one}' is")),
            many => Some(format!(
                "For '{kind}' type, properties {} are",
                many.join(", ")
            )),
        }
    })
}

/// `^[a-zA-Z0-9_.-]{1,64}$`
fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(plain)
}

fn has_odd_name(schema: &Value) -> bool {
    let names = schema.get("properties").and_then(Value::as_object);
    names.is_some_and(|names| !names.keys().all(|name| is_plain_name(name)))
}
