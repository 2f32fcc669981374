//! Constraints of the service model: what a request body must look like before anyone reads it.
//!
//! In: an operation and a JSON body. Out: every violation, with AWS's path notation
//! (`messages.1.member.content`, elements counted from 1) and wording. The constraints are
//! `data/converse.json`, derived from AWS's service model; its first member explains the format.

use crate::operation::Operation;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// RFC 4648, section 4. The bits that are left over in the last symbol may be any, as section 3.5 allows and Java's decoder
/// does; whether AWS does was not seen.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// One broken constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where, such as `toolConfig.tools.1.member.toolSpec.name`; empty for the body itself.
    pub path: String,
    /// What AWS would say about it, path included.
    pub message: String,
}

/// Checks a body against its operation's input shape.
///
/// # Errors
/// Every violation, in the order of the body.
pub fn validate(operation: Operation, body: &Value) -> Result<(), Vec<Violation>> {
    with_table(|table| {
        let mut check = Check::new(table);
        match table.operations.get(operation.name()) {
            Some(input) => check.shape(&input.body, "", body),
            None => check.report("", "operation is not in the constraint table".to_owned()),
        }
        check.violations
    })
}

/// Checks a decoded model id against its operation's constraint.
///
/// # Errors
/// Its violations.
pub fn validate_model_id(operation: Operation, id: &str) -> Result<(), Vec<Violation>> {
    with_table(|table| {
        let mut check = Check::new(table);
        if let Some(input) = table.operations.get(operation.name()) {
            check.shape(&input.model_id, "modelId", &Value::from(id));
        }
        check.violations
    })
}

/// The text of a 400 for these violations.
pub fn validation_message(violations: &[Violation]) -> String {
    let count = violations.len();
    let errors = if count == 1 { "error" } else { "errors" };
    let messages: Vec<&str> = violations.iter().map(|v| v.message.as_str()).collect();
    format!(
        "{count} validation {errors} detected: {}",
        messages.join("; ")
    )
}

#[derive(Deserialize)]
struct Table {
    operations: BTreeMap<String, Input>,
    shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    body: String,
    model_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Structure(BTreeMap<String, String>),
    Union(BTreeMap<String, String>),
    List {
        of: String,
        #[serde(flatten)]
        limits: Limits,
    },
    Map {
        key: String,
        value: String,
        #[serde(flatten)]
        limits: Limits,
    },
    Enum(Vec<String>),
    String(Limits),
    Blob(Limits),
    Integer(Limits),
    Long(Limits),
    Float(Limits),
    Double(Limits),
    #[serde(skip)]
    Boolean,
    #[serde(skip)]
    Document,
}

#[derive(Deserialize, Default)]
struct Limits {
    min: Option<f64>,
    max: Option<f64>,
    pattern: Option<Pattern>,
}

/// A pattern that must match the whole value.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Pattern {
    text: String,
    regex: Regex,
}

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let regex = Regex::new(&format!("^(?:{text})$"))?;
        Ok(Self { text, regex })
    }
}

static TABLE: LazyLock<Result<Table, serde_json::Error>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/converse.json")));

/// Fails closed: a table that does not load refuses every body.
fn with_table(check: impl Fn(&Table) -> Vec<Violation>) -> Result<(), Vec<Violation>> {
    let violations = match &*TABLE {
        Ok(table) => check(table),
        Err(error) => vec![Violation {
            path: String::new(),
            message: format!("data/converse.json does not load: {error}"),
        }],
    };
    if violations.is_empty() {
        Ok(())
    } else {
        Err(violations)
    }
}

const PRIMITIVES: &[(&str, Shape)] = &[
    ("string", Shape::String(Limits::NONE)),
    ("blob", Shape::Blob(Limits::NONE)),
    ("boolean", Shape::Boolean),
    ("integer", Shape::Integer(Limits::NONE)),
    ("long", Shape::Long(Limits::NONE)),
    ("float", Shape::Float(Limits::NONE)),
    ("double", Shape::Double(Limits::NONE)),
    ("document", Shape::Document),
];

impl Limits {
    const NONE: Self = Self {
        min: None,
        max: None,
        pattern: None,
    };
}

struct Check<'t> {
    table: &'t Table,
    violations: Vec<Violation>,
}

impl<'t> Check<'t> {
    fn new(table: &'t Table) -> Self {
        Self {
            table,
            violations: Vec::new(),
        }
    }

    fn report(&mut self, path: &str, message: String) {
        let path = path.to_owned();
        self.violations.push(Violation { path, message });
    }

    fn failed(&mut self, path: &str, value: &Value, constraint: &str) {
        // AWS repeats scalars and keeps silent about whole structures.
        let shown = match value {
            Value::Null => "Value null".to_owned(),
            Value::String(text) => format!("Value '{text}'"),
            Value::Bool(_) | Value::Number(_) => format!("Value '{value}'"),
            Value::Array(_) | Value::Object(_) => "Value".to_owned(),
        };
        let message = format!("{shown} at '{path}' failed to satisfy constraint: {constraint}");
        self.report(path, message);
    }

    fn shape(&mut self, reference: &str, path: &str, value: &Value) {
        let table = self.table;
        let primitive = PRIMITIVES.iter().find(|(name, _)| *name == reference);
        let shape = table
            .shapes
            .get(reference)
            .or(primitive.map(|(_, shape)| shape));
        match (shape, value) {
            (None, _) => self.report(path, format!("shape {reference} is not in the table")),
            (Some(Shape::Document), _) | (Some(Shape::Boolean), Value::Bool(_)) => {}
            (Some(Shape::Structure(members)), Value::Object(fields)) => {
                self.members(members, path, fields);
            }
            (Some(Shape::Union(members)), Value::Object(fields)) => {
                self.members(members, path, fields);
                let set = fields.values().filter(|field| !field.is_null()).count();
                if set != 1 {
                    let constraint =
                        format!("Member must have exactly one union member set, {set} are set");
                    self.failed(path, value, &constraint);
                }
            }
            (Some(Shape::List { of, limits }), Value::Array(elements)) => {
                self.size(limits, path, value, elements.len(), "length");
                for (index, element) in elements.iter().enumerate() {
                    let path = format!("{path}.{}.member", index + 1);
                    self.present(of, &path, element);
                }
            }
            (
                Some(Shape::Map {
                    key,
                    value: of,
                    limits,
                }),
                Value::Object(entries),
            ) => {
                self.size(limits, path, value, entries.len(), "length");
                for (name, entry) in entries {
                    let key_path = join(path, "key");
                    self.shape(key, &key_path, &Value::from(name.as_str()));
                    self.present(of, &join(path, &format!("{name}.member")), entry);
                }
            }
            (Some(Shape::Enum(values)), Value::String(text)) => {
                if !values.contains(text) {
                    let set = values.join(", ");
                    let constraint = format!("Member must satisfy enum value set: [{set}]");
                    self.failed(path, value, &constraint);
                }
            }
            (Some(Shape::String(limits)), Value::String(text)) => {
                self.size(limits, path, value, text.chars().count(), "length");
                self.pattern(limits, path, value, text);
            }
            (Some(Shape::Blob(limits)), Value::String(text)) => match BASE64.decode(text) {
                Ok(bytes) => self.size(
                    limits,
                    path,
                    &Value::Array(Vec::new()),
                    bytes.len(),
                    "length",
                ),
                Err(error) => {
                    let constraint = format!("Member must be base64 text ({error})");
                    self.failed(path, &Value::Array(Vec::new()), &constraint);
                }
            },
            (Some(Shape::Integer(limits) | Shape::Long(limits)), Value::Number(number))
                if number.is_i64() || number.is_u64() =>
            {
                self.range(limits, path, value, number.as_f64(), "value");
            }
            (Some(Shape::Float(limits) | Shape::Double(limits)), Value::Number(number)) => {
                self.range(limits, path, value, number.as_f64(), "value");
            }
            (Some(shape), _) => {
                let constraint = format!("Member must be of type {}", shape.kind());
                self.failed(path, value, &constraint);
            }
        }
    }

    fn present(&mut self, reference: &str, path: &str, value: &Value) {
        if value.is_null() {
            self.failed(path, value, "Member must not be null");
        } else {
            self.shape(reference, path, value);
        }
    }

    fn members(
        &mut self,
        members: &BTreeMap<String, String>,
        path: &str,
        fields: &serde_json::Map<String, Value>,
    ) {
        for (name, field) in fields {
            match members.get(name) {
                Some(_) if field.is_null() => {}
                Some(reference) => {
                    let reference = reference.trim_end_matches('!');
                    self.shape(reference, &join(path, name), field);
                }
                None => {
                    let at = path.replace(".member", "").replace('.', "/");
                    let message = format!("#/{at}: extraneous key [{name}] is not permitted");
                    self.report(&join(path, name), message);
                }
            }
        }
        let required = members
            .iter()
            .filter(|(_, reference)| reference.ends_with('!'));
        for (name, _) in required {
            if fields.get(name).is_none_or(Value::is_null) {
                self.failed(&join(path, name), &Value::Null, "Member must not be null");
            }
        }
    }

    fn size(&mut self, limits: &Limits, path: &str, value: &Value, size: usize, what: &str) {
        let size = u32::try_from(size).map_or(f64::INFINITY, f64::from);
        self.range(limits, path, value, Some(size), what);
    }

    fn range(&mut self, limits: &Limits, path: &str, value: &Value, seen: Option<f64>, what: &str) {
        let seen = seen.unwrap_or(f64::NAN);
        if let Some(min) = limits.min.filter(|min| seen < *min) {
            let constraint = format!("Member must have {what} greater than or equal to {min}");
            self.failed(path, value, &constraint);
        }
        if let Some(max) = limits.max.filter(|max| seen > *max) {
            let constraint = format!("Member must have {what} less than or equal to {max}");
            self.failed(path, value, &constraint);
        }
    }

    fn pattern(&mut self, limits: &Limits, path: &str, value: &Value, text: &str) {
        if let Some(pattern) = limits.pattern.as_ref().filter(|p| !p.regex.is_match(text)) {
            let constraint = format!(
                "Member must satisfy regular expression pattern: {}",
                pattern.text
            );
            self.failed(path, value, &constraint);
        }
    }
}

impl Shape {
    fn kind(&self) -> &'static str {
        match self {
            Self::Structure(_) => "structure",
            Self::Union(_) => "union",
            Self::List { .. } => "list",
            Self::Map { .. } => "map",
            Self::Enum(_) | Self::String(_) => "string",
            Self::Blob(_) => "blob",
            Self::Integer(_) => "integer",
            Self::Long(_) => "long",
            Self::Float(_) => "float",
            Self::Double(_) => "double",
            Self::Boolean => "boolean",
            Self::Document => "document",
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
