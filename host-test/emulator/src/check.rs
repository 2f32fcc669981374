//! The verdict on one request without a server: the service model first, then Bedrock's further rules.
//!
//! In: operation, decoded model id, JSON body. Out: nothing, or the [`Refusal`] that Bedrock would send
//! as a 400. The crate's feature `server` is not needed for it.

use crate::constraints::{Violation, validate, validate_model_id, validation_message};
use crate::operation::Operation;
use crate::rules::RuleBook;
use serde_json::Value;
use std::sync::LazyLock;

/// Bedrock's text for a model id it cannot read.
pub(crate) const INVALID_MODEL_ID: &str = "The provided model identifier is invalid.";

/// Why a request is refused with status 400, by a `ValidationException` if it is JSON at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The body is not JSON: a lone surrogate such as `\ud83d` makes it none.
    Json(String),
    /// The model id breaks the service model.
    ModelId(Vec<Violation>),
    /// The body breaks the service model; every violation, at least one.
    Constraints(Vec<Violation>),
    /// One of Bedrock's rules beyond the service model.
    Rule {
        /// The rule's name in [`rules`](crate::rules::rules()), by which it is switched off.
        name: &'static str,
        /// Bedrock's text.
        message: String,
    },
}

impl Refusal {
    /// The text of the 400.
    pub fn message(&self) -> String {
        match self {
            Self::Json(message) => message.clone(),
            Self::ModelId(_) => INVALID_MODEL_ID.to_owned(),
            Self::Constraints(violations) => validation_message(violations),
            Self::Rule { message, .. } => message.clone(),
        }
    }

    /// Name of the broken rule; nothing for the service model's constraints.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Rule { name, .. } => Some(name),
            Self::Json(_) | Self::ModelId(_) | Self::Constraints(_) => None,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.rule() {
            Some(rule) => write!(f, "{rule}: {}", self.message()),
            None => f.write_str(&self.message()),
        }
    }
}

impl std::error::Error for Refusal {}

/// Reads the bytes of a body; none at all are an empty object.
///
/// # Errors
/// Why they are not JSON. The words about a lone surrogate are those of the service behind Claude;
/// Bedrock's own were not seen.
pub fn read_body(bytes: &[u8]) -> Result<Value, Refusal> {
    if bytes.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        // serde_json says this of lone surrogates alone.
        let lone = error.to_string().contains("hex escape");
        Refusal::Json(if lone {
            format!("The request body is not valid JSON: no low surrogate in string: line {line} column {column}")
        } else {
            format!("The body is not JSON: {error}")
        })
    })
}

/// Tries a request by the service model and by every rule.
///
/// # Errors
/// What Bedrock would refuse it for.
///
/// ```
/// use bedrock_emulator::{Operation, check};
/// use serde_json::json;
///
/// let model = "us.amazon.nova-lite-v1:0";
/// let body = |text: &str| json!({"messages": [{"role": "user", "content": [{"text": text}]}]});
/// assert!(check(Operation::Converse, model, &body("Hello")).is_ok());
///
/// let refusal = check(Operation::Converse, model, &body(" ")).expect_err("blank text");
/// assert_eq!(refusal.rule(), Some("blank-text"));
/// ```
pub fn check(operation: Operation, model_id: &str, body: &Value) -> Result<(), Refusal> {
    static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::default);
    check_with(&BOOK, operation, model_id, body)
}

/// [`check`] by another rule book, such as one without a rule or with other habits of models.
///
/// # Errors
/// What Bedrock would refuse it for.
pub fn check_with(
    book: &RuleBook,
    operation: Operation,
    model_id: &str,
    body: &Value,
) -> Result<(), Refusal> {
    check_constraints(operation, model_id, body)?;
    check_rules(book, operation, model_id, body)
}

/// The service model's half of [`check_with`].
pub(crate) fn check_constraints(
    operation: Operation,
    model_id: &str,
    body: &Value,
) -> Result<(), Refusal> {
    validate_model_id(operation, model_id).map_err(Refusal::ModelId)?;
    validate(operation, body).map_err(Refusal::Constraints)
}

/// The rules' half of [`check_with`].
pub(crate) fn check_rules(
    book: &RuleBook,
    operation: Operation,
    model_id: &str,
    body: &Value,
) -> Result<(), Refusal> {
    let name = |(rule, message): (&'static crate::rules::Rule, String)| Refusal::Rule {
        name: rule.name,
        message,
    };
    book.check(operation, model_id, body).map_err(name)
}
