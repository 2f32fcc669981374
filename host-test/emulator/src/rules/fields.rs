//! Rules about `additionalModelRequestFields`: which model takes which, and which two exclude each other.

use super::body::{list, text};
use super::{Question, Rule};
use serde_json::Value;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "additional-fields-object",
        message: "The format of the value at additionalModelRequestFields is invalid. Provide a json object for the field and try again.",
        broken: |q| {
            let fields = q.field("/additionalModelRequestFields")?;
            (!fields.is_object()).then(String::new)
        },
    },
    Rule {
        name: "additional-field",
        message: "The model returned the following errors: Malformed input request: #: extraneous key [{at}] is not permitted, please reformat your input and try again.",
        broken: |q| {
            let fields = q.field("/additionalModelRequestFields")?.as_object()?;
            let table = &q.traits.additional_fields;
            let foreign = fields.keys().find(|name| {
                let row = table.iter().find(|(known, _)| known == *name);
                row.is_some_and(|(_, models)| q.is_not(models))
            });
            foreign.cloned()
        },
    },
    Rule {
        name: "additional-field-twice",
        message: "The additional field {at} conflicts with an existing field.",
        broken: |q| {
            const TWINS: &[(&str, &str)] = &[
                ("tool_choice", "/toolConfig/toolChoice"),
                ("max_tokens", "/inferenceConfig/maxTokens"),
                ("temperature", "/inferenceConfig/temperature"),
                ("top_p", "/inferenceConfig/topP"),
                ("stop_sequences", "/inferenceConfig/stopSequences"),
                ("system", "/system"),
                ("messages", "/messages"),
            ];
            let fields = q.field("/additionalModelRequestFields")?;
            let both = |(name, twin): &&(&str, &str)| {
                fields.get(*name).is_some() && q.field(twin).is_some()
            };
            let found = TWINS.iter().find(both);
            found.map(|(name, _)| (*name).to_owned())
        },
    },
    Rule {
        name: "beta-flag",
        message: "The model returned the following errors: invalid beta flag",
        broken: |q| {
            let betas = list(q.additional("/anthropic_beta")?, "").iter();
            let known = |beta: &Value| q.traits.betas.iter().any(|known| beta == known.as_str());
            betas.into_iter().any(|beta| !known(beta)).then(String::new)
        },
    },
    Rule {
        name: "context-management-beta",
        message: "The model returned the following errors: context_management: Extra inputs are not permitted",
        broken: |q| {
            q.additional("/context_management")?;
            let mut tags = q.traits.beta_tags.iter();
            let known = tags.any(|(list, _, beta)| {
                list.starts_with("/context_management/") && has_beta(q, beta)
            });
            (!known).then(String::new)
        },
    },
    Rule {
        name: "tag-beta",
        message: "The model returned the following errors: {at}' found using 'type' does not match any of the expected tags",
        broken: |q| {
            let mut rows = q.traits.beta_tags.iter();
            rows.find_map(|(at, tag, beta)| {
                let mut entries = list(q.additional("")?, at).iter();
                let index = entries.position(|entry| text(entry, "/type") == tag)?;
                let at = at.trim_start_matches('/').replace('/', ".");
                (!has_beta(q, beta)).then(|| format!("{at}.{index}: Input tag '{tag}"))
            })
        },
    },
];

/// Whether `anthropic_beta` has it.
pub(super) fn has_beta(question: &Question<'_>, beta: &str) -> bool {
    let given = question.additional("/anthropic_beta");
    given.is_some_and(|given| list(given, "").iter().any(|given| given == beta))
}

/// Anthropic's `tool_choice`, where it names a way of its own.
pub(super) fn anthropic_tool_choice<'a>(question: &Question<'a>) -> Option<&'a str> {
    question.additional("/tool_choice/type")?.as_str()
}
