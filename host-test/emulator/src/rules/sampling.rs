//! Rules about `inferenceConfig`.

use super::body::{list, text};
use super::{Question, Rule};
use serde_json::Value;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "max-tokens-ceiling",
        message: "The maximum tokens you requested exceeds the model limit of {at}. Try again with a maximum tokens value that is lower than {at}.",
        broken: |q| {
            let ceiling = q.traits.output_ceiling(q.model_id)?;
            (max_tokens(q)? > ceiling).then(|| ceiling.to_string())
        },
    },
    Rule {
        name: "max-tokens-floor",
        message: "The model returned the following errors: Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got {at} instead.",
        broken: |q| {
            let asked = max_tokens(q)?;
            (asked < 16 && q.is(&q.traits.at_least_sixteen_tokens)).then(|| asked.to_string())
        },
    },
    Rule {
        name: "no-sampling",
        message: "The model returned the following errors: `{at}` is deprecated for this model.",
        broken: |q| {
            let given = [
                ("temperature", q.field("/inferenceConfig/temperature")),
                ("top_p", q.field("/inferenceConfig/topP")),
                ("top_k", q.additional("/top_k")),
            ];
            let (name, _) = given.iter().find(|(_, value)| value.is_some())?;
            q.is(&q.traits.no_sampling).then(|| (*name).to_owned())
        },
    },
    Rule {
        name: "temperature-or-top-p",
        message: "The model returned the following errors: `temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        broken: |q| {
            q.field("/inferenceConfig/temperature")?;
            q.field("/inferenceConfig/topP")?;
            q.is(&q.traits.temperature_or_top_p).then(String::new)
        },
    },
    Rule {
        name: "nova-high-effort",
        message: "The model returned the following errors: Malformed input request: {at} must be unset when maxReasoningEffort is high, please reformat your input and try again.",
        broken: |q| {
            let reasoning = q.additional("/reasoningConfig")?;
            let high = text(reasoning, "/maxReasoningEffort") == "high";
            let members = ["maxTokens", "temperature", "topP"];
            let given = members
                .iter()
                .find(|member| q.field(&format!("/inferenceConfig/{member}")).is_some())?;
            (high && q.is(&q.traits.high_effort_alone)).then(|| (*given).to_owned())
        },
    },
    Rule {
        name: "no-stop-sequences",
        message: "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
        broken: |q| {
            stop_sequences(q).next()?;
            q.is(&q.traits.no_stop_sequences).then(String::new)
        },
    },
    Rule {
        name: "blank-stop-sequence",
        message: "The model returned the following errors: stop_sequences: each stop sequence must contain non-whitespace",
        broken: |q| {
            stop_sequences(q).find(|sequence| sequence.trim().is_empty())?;
            q.is(&q.traits.no_blank_stop_sequence).then(String::new)
        },
    },
    Rule {
        name: "titan-stop-sequence",
        message: "Malformed input request: string [{at}] does not match pattern ^(\\|+|User:)$, please reformat your input and try again.",
        broken: |q| {
            let bars = |text: &str| !text.is_empty() && text.chars().all(|c| c == '|');
            let mut sequences = stop_sequences(q);
            let odd = sequences.find(|sequence| *sequence != "User:" && !bars(sequence))?;
            q.is(&q.traits.titan_stop_sequences).then(|| odd.to_owned())
        },
    },
];

pub(super) fn max_tokens(question: &Question<'_>) -> Option<u64> {
    question.field("/inferenceConfig/maxTokens")?.as_u64()
}

fn stop_sequences<'a>(question: &Question<'a>) -> impl Iterator<Item = &'a str> {
    let sequences = list(question.converse, "/inferenceConfig/stopSequences").iter();
    sequences.filter_map(Value::as_str)
}
