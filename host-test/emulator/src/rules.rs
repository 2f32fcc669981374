//! What Bedrock refuses beyond its service model: one row a rule, each with Bedrock's own text.
//!
//! In: operation, model id, body. Out: the text of the 400 of the first broken rule. The texts are those
//! that users of Converse reported; `{at}` stands for the place. Rules that hold for some models only
//! have their models in [`ModelTraits`], as data that a test can replace.

use crate::conversation as talk;
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
pub const RULES: &[Rule] = &[
    Rule {
        name: "model-id-dots",
        message: "The provided model identifier is invalid.",
        broken: |q| matches!(q.model_id, "." | "..").then(String::new),
    },
    Rule {
        name: "count-tokens-model",
        message: "The provided model doesn't support counting tokens.",
        broken: |q| {
            let counts = q.operation == Operation::CountTokens;
            (counts && q.traits.no_token_count.matches(q.model_id)).then(String::new)
        },
    },
    Rule {
        name: "empty-message",
        message: "The content field in the Message object at messages.{at} is empty. Add a ContentBlock object to the content field and try again.",
        broken: talk::empty_message,
    },
    Rule {
        name: "blank-text",
        message: "The text field in the ContentBlock object at {at} is blank. Add text to the text field, and try again.",
        broken: talk::blank_text,
    },
    Rule {
        name: "user-first",
        message: "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        broken: talk::starts_without_user,
    },
    Rule {
        name: "roles-alternate",
        message: "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
        broken: talk::repeated_role,
    },
    Rule {
        name: "no-prefill",
        message: "The model returned the following errors: This model does not support assistant message prefill. The conversation must end with a user message.",
        broken: talk::ends_with_assistant,
    },
    Rule {
        name: "reasoning-in-user",
        message: "User messages cannot contain reasoning content. Please remove the reasoning content and try again.",
        broken: talk::reasoning_in_user,
    },
    Rule {
        name: "tool-config-missing",
        message: "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        broken: talk::tools_without_config,
    },
    Rule {
        name: "tool-results-missing",
        message: "Expected toolResult blocks at {at}",
        broken: talk::unanswered_tool_use,
    },
    Rule {
        name: "tool-results-exceed",
        message: "The number of toolResult blocks at {at} exceeds the number of toolUse blocks of previous turn.",
        broken: talk::unexpected_tool_result,
    },
    Rule {
        name: "tool-results-alone",
        message: "The model returned the following errors: {at}: Conversation blocks and tool result blocks cannot be provided in the same turn.",
        broken: talk::tool_result_in_company,
    },
    Rule {
        name: "blank-tool-result",
        message: "The model returned the following errors: {at}: text content blocks must be non-empty",
        broken: talk::blank_tool_result,
    },
    Rule {
        name: "tool-json-object",
        message: "The format of the value at {at} is invalid. Provide a json object for the field and try again.",
        broken: talk::json_that_is_no_object,
    },
    Rule {
        name: "tool-schema-object",
        message: "The value at {at}.type must be one of the following: object.",
        broken: talk::schema_that_is_no_object,
    },
    Rule {
        name: "tools-in-stream",
        message: "This model doesn't support tool use in streaming mode.",
        broken: |q| {
            let stream = q.operation == Operation::ConverseStream;
            let tools = q.converse.get("toolConfig").is_some();
            (stream && tools && q.traits.no_tools_in_stream.matches(q.model_id)).then(String::new)
        },
    },
    Rule {
        name: "document-name",
        message: "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.",
        broken: talk::bad_document_name,
    },
    Rule {
        name: "document-names-unique",
        message: "Messages can't contain duplicate document names. Rename the document and retry your request.",
        broken: talk::repeated_document_name,
    },
    Rule {
        name: "document-needs-text",
        message: "A text block must be included when using documents.",
        broken: talk::document_without_text,
    },
    Rule {
        name: "documents-at-most-five",
        message: "You can't include more than 5 documents in a request.",
        broken: talk::too_many_documents,
    },
    Rule {
        name: "cache-points-at-most-four",
        message: "The model returned the following errors: A maximum of 4 blocks with cache_control may be provided. Found {at}.",
        broken: talk::too_many_cache_points,
    },
    Rule {
        name: "temperature-or-top-p",
        message: "The model returned the following errors: `temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        broken: |q| {
            let both = ["temperature", "topP"].iter().all(|member| {
                q.converse
                    .pointer(&format!("/inferenceConfig/{member}"))
                    .is_some()
            });
            (both && q.traits.temperature_or_top_p.matches(q.model_id)).then(String::new)
        },
    },
];

/// A list of parts of model ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Models(pub Vec<String>);

impl Models {
    fn of(parts: &[&str]) -> Self {
        Self(parts.iter().map(|part| (*part).to_owned()).collect())
    }

    /// Whether a listed part stands in the id.
    pub fn matches(&self, model_id: &str) -> bool {
        self.0.iter().any(|part| model_id.contains(part.as_str()))
    }
}

/// Habits that some models have and others lack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelTraits {
    /// Take a conversation that starts with the assistant.
    pub leading_assistant: Models,
    /// Refuse a conversation that ends with the assistant.
    pub no_prefill: Models,
    /// Refuse anything beside tool results in their turn.
    pub tool_results_alone: Models,
    /// Refuse blank text inside a tool result.
    pub no_blank_tool_result: Models,
    /// Refuse tools in ConverseStream.
    pub no_tools_in_stream: Models,
    /// Refuse temperature together with top-p.
    pub temperature_or_top_p: Models,
    /// Refuse CountTokens.
    pub no_token_count: Models,
}

impl Default for ModelTraits {
    fn default() -> Self {
        Self {
            leading_assistant: Models::of(&["anthropic.", "qwen.", "zai.", "moonshot"]),
            no_prefill: Models::of(&[
                "claude-opus-4-6",
                "claude-opus-4-7",
                "claude-opus-4-8",
                "claude-opus-5",
                "claude-sonnet-4-6",
                "claude-sonnet-5",
                "claude-haiku-5",
                "claude-fable-5",
                "claude-mythos-5",
            ]),
            tool_results_alone: Models::of(&["meta.llama", "mistral.", "writer."]),
            no_blank_tool_result: Models::of(&["anthropic."]),
            no_tools_in_stream: Models::of(&[
                "meta.llama3",
                "meta.llama4",
                "mistral.mistral-large-24",
                "mistral.mistral-small-24",
                "mistral.pixtral-large",
            ]),
            temperature_or_top_p: Models::of(&[
                "claude-opus-4-1",
                "claude-opus-4-5",
                "claude-sonnet-4-5",
                "claude-haiku-4-5",
                "claude-sonnet-4-6",
            ]),
            // A live call with a geo prefix was refused, and taken with the bare id.
            no_token_count: Models::of(&["us.anthropic.", "eu.anthropic.", "apac.anthropic."]),
        }
    }
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
        self.off.extend(
            RULES
                .iter()
                .map(|rule| rule.name)
                .filter(|known| *known == name),
        );
        self
    }

    /// No rule at all.
    #[must_use]
    pub fn none() -> Self {
        Self {
            off: RULES.iter().map(|rule| rule.name).collect(),
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
        RULES
            .iter()
            .filter(|rule| !self.off.contains(rule.name))
            .find_map(|rule| (rule.broken)(&question).map(|at| (rule, at)))
            .map_or(Ok(()), |(rule, at)| {
                Err((rule, rule.message.replace("{at}", &at)))
            })
    }
}
