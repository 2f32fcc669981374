//! Rules about thinking: how it is asked for, what it excludes, and what of it goes back.

use super::body::{Turn, blocks, text, turns};
use super::fields::{anthropic_tool_choice, has_beta};
use super::sampling::max_tokens;
use super::{Question, Rule};
use serde_json::Value;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "thinking-unknown",
        message: "The model returned the following errors: thinking: Extra inputs are not permitted",
        broken: |q| {
            q.additional("/thinking")?;
            q.is(&q.traits.no_thinking).then(String::new)
        },
    },
    Rule {
        name: "thinking-type",
        message: "The model returned the following errors: thinking: Input tag '{at}' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'",
        broken: |q| {
            q.additional("/thinking")?;
            let kind = asked(q);
            (!matches!(kind, "adaptive" | "disabled" | "enabled")).then(|| kind.to_owned())
        },
    },
    Rule {
        name: "thinking-always-on",
        message: "The model returned the following errors: \"thinking.type.disabled\" is not supported for this model.",
        broken: |q| {
            (asked(q) == "disabled" && q.is(&q.traits.thinking_always_on)).then(String::new)
        },
    },
    Rule {
        name: "thinking-adaptive-only",
        message: "The model returned the following errors: \"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior.",
        broken: |q| {
            (asked(q) == "enabled" && q.is(&q.traits.thinking_adaptive_only)).then(String::new)
        },
    },
    Rule {
        name: "thinking-adaptive",
        message: "The model returned the following errors: adaptive thinking is not supported on this model",
        broken: |q| {
            (asked(q) == "adaptive" && q.is_not(&q.traits.thinking_adaptive)).then(String::new)
        },
    },
    Rule {
        name: "thinking-budget-missing",
        message: "The model returned the following errors: thinking.enabled.budget_tokens: Field required",
        broken: |q| (asked(q) == "enabled" && budget(q).is_none()).then(String::new),
    },
    Rule {
        name: "thinking-budget-floor",
        message: "The model returned the following errors: thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        broken: |q| (budget(q)? < 1024).then(String::new),
    },
    Rule {
        name: "thinking-budget-ceiling",
        message: "The model returned the following errors: `max_tokens` must be greater than `thinking.budget_tokens`.",
        broken: |q| {
            let most = max_tokens(q).or_else(|| q.traits.output_ceiling(q.model_id))?;
            (budget(q)? >= most).then(String::new)
        },
    },
    Rule {
        name: "thinking-display",
        message: "The model returned the following errors: thinking.{at}.display: Input should be 'summarized' or 'omitted'",
        broken: |q| {
            let display = q.additional("/thinking/display")?;
            let known = matches!(display.as_str(), Some("summarized" | "omitted"));
            let updates = display == "updates"
                && has_beta(q, DISPLAY_UPDATES_BETA)
                && !q.is_not(&q.traits.thinking_display_updates);
            (!known && !updates).then(|| asked(q).to_owned())
        },
    },
    Rule {
        name: "thinking-temperature",
        message: "The model returned the following errors: `temperature` may only be set to 1 when thinking is enabled.",
        broken: |q| {
            let temperature = q.field("/inferenceConfig/temperature")?.as_f64()?;
            (is_on(q) && (temperature - 1.0).abs() > f64::EPSILON).then(String::new)
        },
    },
    Rule {
        name: "thinking-top-p",
        message: "The model returned the following errors: `top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.",
        broken: |q| {
            let top_p = q.field("/inferenceConfig/topP")?.as_f64()?;
            (is_on(q) && top_p < 0.95).then(String::new)
        },
    },
    Rule {
        name: "thinking-top-k",
        message: "The model returned the following errors: `top_k` must be unset when thinking is enabled.",
        broken: |q| {
            q.additional("/top_k")?;
            is_on(q).then(String::new)
        },
    },
    Rule {
        name: "no-forced-tool",
        message: "The model returned the following errors: tool_choice: forced tool use is not supported for this model",
        broken: |q| (forces_tool(q) && q.is(&q.traits.no_forced_tool)).then(String::new),
    },
    Rule {
        name: "thinking-forced-tool",
        message: "The model returned the following errors: Thinking may not be enabled when tool_choice forces tool use.",
        broken: |q| {
            let on = is_on(q) || q.is(&q.traits.thinking_always_on);
            let refused = on && !q.is(&q.traits.forced_tool_with_thinking);
            (refused && forces_tool(q)).then(String::new)
        },
    },
    Rule {
        name: "reasoning-forced-tool",
        message: "The model returned the following errors: tool_choice must be auto when reasoning_effort is set",
        broken: |q| {
            q.additional("/reasoning_effort")?;
            let refused = q.is(&q.traits.no_forced_tool_while_reasoning);
            (refused && forces_tool(q)).then(String::new)
        },
    },
    Rule {
        name: "effort",
        message: "The model returned the following errors: effort: '{at}' is not supported for this model",
        broken: unknown_effort,
    },
    Rule {
        name: "reasoning-in-user",
        message: "User messages cannot contain reasoning content. Please remove the reasoning content and try again.",
        broken: |q| {
            let turns = turns(q);
            let found = turns
                .iter()
                .find(|turn| turn.role == "user" && turn.has("reasoningContent"));
            found.map(|turn| turn.index.to_string())
        },
    },
    Rule {
        name: "no-reasoning-replay",
        message: "This model doesn't support the reasoningContent field. Remove {at}.reasoningContent and try again.",
        broken: |q| {
            let (at, _) = blocks(q).find(|(_, block)| block.get("reasoningContent").is_some())?;
            q.is(&q.traits.no_reasoning_replay).then_some(at)
        },
    },
    Rule {
        name: "redacted-reasoning-only",
        message: "This model doesn't support the reasoningContent.reasoningText field. Remove {at}.reasoningContent.reasoningText and try again.",
        broken: |q| {
            let (at, _) = blocks(q).find(|(_, block)| reasoning_text(block).is_some())?;
            q.is(&q.traits.redacted_reasoning_only).then_some(at)
        },
    },
    Rule {
        name: "unsigned-reasoning",
        message: "The model returned the following errors: {at}.thinking.signature: Field required",
        broken: |q| {
            let (at, _) = blocks(q).find(|(_, block)| {
                reasoning_text(block).is_some_and(|text_of| text(text_of, "/signature").is_empty())
            })?;
            q.is(&q.traits.signed_reasoning_only).then_some(at)
        },
    },
    // Adaptive thinking is exempt. Certain for tools of Claude 3.7 to 4.5; likely for a budget on the later ones that
    // take it, and for a prefilled answer.
    Rule {
        name: "thinking-in-tool-loop",
        message: "The model returned the following errors: messages.{at}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable `thinking`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking",
        broken: turn_without_thinking,
    },
];

const DISPLAY_UPDATES_BETA: &str = "thinking-display-updates-2026-08-18";

/// `thinking.type`.
fn asked<'a>(question: &Question<'a>) -> &'a str {
    let thinking = question.additional("/thinking");
    thinking.map_or("", |thinking| text(thinking, "/type"))
}

fn is_on(question: &Question<'_>) -> bool {
    matches!(asked(question), "enabled" | "adaptive")
}

fn budget(question: &Question<'_>) -> Option<u64> {
    let budget = question.additional("/thinking/budget_tokens")?.as_u64();
    budget.filter(|_| asked(question) == "enabled")
}

/// By Converse's choice, or by Anthropic's.
fn forces_tool(question: &Question<'_>) -> bool {
    let choice = question.field("/toolConfig/toolChoice");
    let converse = choice.is_some_and(|choice| {
        ["any", "tool"]
            .iter()
            .any(|mode| choice.get(mode).is_some_and(|mode| !mode.is_null()))
    });
    converse || matches!(anthropic_tool_choice(question), Some("any" | "tool"))
}

fn reasoning_text(block: &Value) -> Option<&Value> {
    let text = block.pointer("/reasoningContent/reasoningText");
    text.filter(|text| !text.is_null())
}

fn unknown_effort(question: &Question<'_>) -> Option<String> {
    let places = [
        question.additional("/output_config/effort"),
        question.additional("/reasoning_effort"),
        question.field("/outputConfig/effort"),
    ];
    let mut rows = question.traits.efforts.iter();
    let (_, known) = rows.find(|(models, _)| question.is(models))?;
    let mut given = places.into_iter().flatten().filter_map(Value::as_str);
    given
        .find(|effort| !known.iter().any(|known| known == effort))
        .map(str::to_owned)
}

/// Calls and their results are one turn of the model's, which begins with thinking once. Where the user speaks
/// beside results, the rest may be the same turn or a new one: the stricter reading is that each part begins so.
/// A turn that the model is to go on with is the last one.
fn turn_without_thinking(question: &Question<'_>) -> Option<String> {
    if asked(question) != "enabled" {
        return None;
    }
    let mut turns = turns(question);
    turns.retain(|turn| turn.role != "system");
    let mut beginnings: Vec<&Turn<'_>> = Vec::new();
    let mut earliest = turns.last().filter(|turn| turn.role == "assistant");
    if earliest.is_none() {
        for pair in turns.rchunks_exact(2) {
            let [calls, results] = pair else { break };
            if !results.has("toolResult") {
                break;
            }
            let silent = ["toolResult", "cachePoint"];
            let speaks = |block: &Value| silent.iter().all(|kind| block.get(kind).is_none());
            if results.content.iter().any(speaks) {
                beginnings.extend(earliest);
            }
            earliest = Some(calls);
        }
    }
    beginnings.extend(earliest);
    beginnings.iter().rev().find_map(|turn| {
        let (index, first) = (turn.index, turn.content.first()?);
        let found = anthropic_type(first);
        (!is_signed_thinking(first)).then(|| {
            format!("{index}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{found}")
        })
    })
}

fn is_signed_thinking(block: &Value) -> bool {
    let redacted = block.pointer("/reasoningContent/redactedContent");
    let signed = reasoning_text(block).is_some_and(|of| !text(of, "/signature").is_empty());
    signed || redacted.is_some_and(|redacted| !redacted.is_null())
}

/// What Anthropic calls a block of Converse.
fn anthropic_type(block: &Value) -> &str {
    const NAMES: &[(&str, &str)] = &[
        ("citationsContent", "text"),
        ("reasoningContent", "thinking"),
        ("toolResult", "tool_result"),
        ("toolUse", "tool_use"),
    ];
    let mut members = block.as_object().into_iter().flat_map(|block| block.keys());
    let member = members.next().map_or("", String::as_str);
    let row = NAMES.iter().find(|(converse, _)| *converse == member);
    row.map_or(member, |(_, anthropic)| anthropic)
}
