//! Rules about the model asked, and what it takes at all.

use super::body::text;
use super::{Question, Rule};
use crate::check::INVALID_MODEL_ID;
use crate::operation::Operation;
use serde_json::Value;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "model-id-dots",
        message: INVALID_MODEL_ID,
        broken: |q| matches!(q.model_id, "." | "..").then(String::new),
    },
    Rule {
        name: "model-id-vendor",
        message: INVALID_MODEL_ID,
        broken: names_no_vendor,
    },
    Rule {
        name: "profile-only",
        message: "Invocation of model ID {at} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
        broken: asked_without_profile,
    },
    Rule {
        name: "count-tokens-model",
        message: "The provided model doesn't support counting tokens.",
        broken: |q| {
            let counts = q.operation == Operation::CountTokens;
            (counts && q.is(&q.traits.no_token_count)).then(String::new)
        },
    },
    Rule {
        name: "prompt-fields",
        message: "The {at} field can't be specified when the modelId is a prompt. Remove {at} and try again.",
        broken: |q| {
            const REFUSED: &[&str] = &[
                "additionalModelRequestFields",
                "inferenceConfig",
                "system",
                "toolConfig",
            ];
            let mut given = REFUSED.iter().filter(|member| is_given(q, member));
            q.asks_prompt()
                .then(|| given.next().map(|member| (*member).to_owned()))?
        },
    },
    Rule {
        name: "structured-output",
        message: "This model doesn't support the outputConfig.textFormat field. Remove outputConfig.textFormat and try again.",
        broken: |q| {
            q.field("/outputConfig/textFormat")?;
            q.is_not(&q.traits.structured_output).then(String::new)
        },
    },
    Rule {
        name: "structured-output-schema",
        message: "The value at outputConfig.textFormat.structure.jsonSchema.schema is not a valid JSON schema. Provide a JSON object and try again.",
        broken: |q| {
            let schema = q.field("/outputConfig/textFormat/structure/jsonSchema")?;
            let schema = serde_json::from_str::<Value>(text(schema, "/schema"));
            (!schema.is_ok_and(|schema| schema.is_object())).then(String::new)
        },
    },
];

/// A cross-region id is a geography, a vendor and a model.
fn names_no_vendor(question: &Question<'_>) -> Option<String> {
    let (geography, rest) = question.model_id.split_once('.')?;
    let known = question.traits.geographies.iter();
    let crosses = known.clone().any(|known| known == geography);
    (crosses && !rest.contains('.')).then(String::new)
}

/// Tokens are counted by the bare id; provisioned and custom models need no profile.
fn asked_without_profile(question: &Question<'_>) -> Option<String> {
    let id = question.model_id;
    let bare = match id.rsplit_once('/') {
        Some((kind, name)) => kind.ends_with(":foundation-model").then_some(name)?,
        None => id,
    };
    let (first, _) = bare.split_once('.')?;
    let mut geographies = question.traits.geographies.iter();
    let profile = geographies.any(|geography| geography == first);
    let counts = question.operation == Operation::CountTokens;
    (!profile && !counts && question.is(&question.traits.profile_only)).then(|| id.to_owned())
}

/// Whether a member says something: clients also send empty ones.
fn is_given(question: &Question<'_>, member: &str) -> bool {
    match question.converse.get(member) {
        None | Some(Value::Null) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(members)) => !members.is_empty(),
        Some(_) => true,
    }
}
