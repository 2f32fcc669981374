//! What Bedrock refuses beyond its service model: one row a rule, each with Bedrock's own text.
//!
//! In: operation, model id, body. Out: the text of the 400 of the first broken rule. The texts are those
//! that users of Converse reported, or plausible ones where nobody did; `{at}` stands for the place.
//! Rules that hold for some models only have their models in [`ModelTraits`], as data that a test can
//! replace. A model id that names no model, as that of an application profile does, breaks no rule
//! about models.

mod body;
mod caching;
mod conversation;
mod fields;
mod json_schema;
mod media;
mod model;
mod sampling;
mod schemas;
mod thinking;
mod tools;
mod traits;

pub use traits::{ModelTraits, Models};

use crate::operation::Operation;
use serde_json::Value;
use std::collections::BTreeSet;

/// A request under examination.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The operation called.
    pub operation: Operation,
    /// Decoded model id.
    pub model_id: &'a str,
    /// The Converse part of the body: for CountTokens what stands under `input.converse`.
    pub converse: &'a Value,
    /// Which models have which habits.
    pub traits: &'a ModelTraits,
}

impl<'a> Question<'a> {
    /// Whether the model asked is among these.
    fn is(&self, models: &Models) -> bool {
        models.matches(self.model_id)
    }

    /// Whether the model asked is known, and is not among these.
    fn is_not(&self, models: &Models) -> bool {
        // An ARN of an opaque resource names no vendor.
        self.model_id.contains('.') && !self.is(models)
    }

    /// A member that is set; null counts as absent.
    fn field(&self, pointer: &str) -> Option<&'a Value> {
        self.converse
            .pointer(pointer)
            .filter(|value| !value.is_null())
    }

    /// A member of `additionalModelRequestFields`.
    fn additional(&self, pointer: &str) -> Option<&'a Value> {
        self.field("/additionalModelRequestFields")?
            .pointer(pointer)
            .filter(|value| !value.is_null())
    }

    /// A prompt resource brings its own messages.
    fn asks_prompt(&self) -> bool {
        self.model_id.contains(":prompt/")
    }
}

/// One rule: where it is broken, if it is.
#[derive(Debug)]
pub struct Rule {
    /// Its name, by which it is switched off.
    pub name: &'static str,
    /// Bedrock's text; `{at}` is replaced by what `broken` returns.
    pub message: &'static str,
    /// The place where the request breaks it.
    pub broken: fn(&Question<'_>) -> Option<String>,
}

/// Every rule, in the order in which they are tried.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        model::RULES,
        conversation::RULES,
        tools::RULES,
        schemas::RULES,
        media::RULES,
        caching::RULES,
        sampling::RULES,
        fields::RULES,
        thinking::RULES,
    ]
    .into_iter()
    .flatten()
}

/// Which rules hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleBook {
    off: BTreeSet<&'static str>,
    /// Habits of models.
    pub traits: ModelTraits,
}

impl RuleBook {
    /// The same without the named rule; an unknown name changes nothing.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        let known = rules().map(|rule| rule.name);
        self.off.extend(known.filter(|known| *known == name));
        self
    }

    /// No rule at all.
    #[must_use]
    pub fn none() -> Self {
        Self {
            off: rules().map(|rule| rule.name).collect(),
            ..Self::default()
        }
    }

    /// Tries a request.
    ///
    /// # Errors
    /// The first rule it breaks, and Bedrock's text about it.
    pub fn check(
        &self,
        operation: Operation,
        model_id: &str,
        body: &Value,
    ) -> Result<(), (&'static Rule, String)> {
        let converse = match operation {
            Operation::CountTokens => body.pointer("/input/converse"),
            Operation::Converse | Operation::ConverseStream => Some(body),
        };
        let question = Question {
            operation,
            model_id,
            converse: converse.unwrap_or(&Value::Null),
            traits: &self.traits,
        };
        rules()
            .filter(|rule| !self.off.contains(rule.name))
            .find_map(|rule| (rule.broken)(&question).map(|at| (rule, at)))
            .map_or(Ok(()), |(rule, at)| {
                Err((rule, rule.message.replace("{at}", &at)))
            })
    }
}
