//! Rules about messages: their order, and what may not be empty.

use super::body::{Turn, blocks, list, result_items, text, turns};
use super::{Question, Rule};
use serde_json::Value;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "empty-message",
        message: "The content field in the Message object at messages.{at} is empty. Add a ContentBlock object to the content field and try again.",
        broken: empty_message,
    },
    Rule {
        name: "blank-text",
        message: "The text field in the ContentBlock object at {at} is blank. Add text to the text field, and try again.",
        broken: blank_text,
    },
    Rule {
        name: "user-first",
        message: "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        broken: starts_without_user,
    },
    Rule {
        name: "roles-alternate",
        message: "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
        broken: repeated_role,
    },
    Rule {
        name: "system-turn",
        message: "The model returned the following errors: messages.{at}: Unexpected role \"system\". Use the top-level `system` parameter instead.",
        broken: |q| {
            let turns = turns(q);
            let system = turns.iter().find(|turn| turn.role == "system")?;
            q.is_not(&q.traits.system_turns)
                .then(|| system.index.to_string())
        },
    },
    Rule {
        name: "no-prefill",
        message: "The model returned the following errors: This model does not support assistant message prefill. The conversation must end with a user message.",
        broken: ends_with_assistant,
    },
    Rule {
        name: "no-system",
        message: "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
        broken: |q| {
            let system = !list(q.converse, "/system").is_empty();
            (system && q.is(&q.traits.no_system)).then(String::new)
        },
    },
    // Certain for InvokeModel, likely for Converse: the words are the model's.
    Rule {
        name: "billing-header",
        message: "The model returned the following errors: x-anthropic-billing-header is a reserved keyword and may not be used in the system prompt.",
        broken: |q| {
            let mut system = list(q.converse, "/system").iter();
            system.find(|block| text(block, "/text").starts_with("x-anthropic-billing-header:"))?;
            q.is(&q.traits.no_billing_header).then(String::new)
        },
    },
    Rule {
        name: "tool-results-missing",
        message: "Expected toolResult blocks at {at}",
        broken: unanswered_tool_use,
    },
    Rule {
        name: "tool-results-exceed",
        message: "The number of toolResult blocks at {at} exceeds the number of toolUse blocks of previous turn.",
        broken: unexpected_tool_result,
    },
    Rule {
        name: "tool-results-alone",
        message: "The model returned the following errors: {at}: Conversation blocks and tool result blocks cannot be provided in the same turn.",
        broken: tool_result_in_company,
    },
    Rule {
        name: "blank-tool-result",
        message: "The model returned the following errors: {at}: text content blocks must be non-empty",
        broken: |q| {
            let (at, _) = result_items(q).find(|(_, item)| is_blank(item))?;
            q.is(&q.traits.no_blank_tool_result).then_some(at)
        },
    },
];

fn empty_message(question: &Question<'_>) -> Option<String> {
    let turns = turns(question);
    let empty = turns.iter().find(|turn| turn.content.is_empty());
    empty.map(|turn| turn.index.to_string())
}

/// Empty text, or spaces and tabs alone. A lone line feed was taken live.
fn is_blank(block: &Value) -> bool {
    let text = block.get("text").and_then(Value::as_str);
    text.is_some_and(|text| text.chars().all(|c| c == ' ' || c == '\t'))
}

fn blank_text(question: &Question<'_>) -> Option<String> {
    let system = list(question.converse, "/system").iter().enumerate();
    blocks(question)
        .chain(system.map(|(index, block)| (format!("system.{index}"), block)))
        .find(|(_, block)| is_blank(block))
        .map(|(at, _)| at)
}

fn starts_without_user(question: &Question<'_>) -> Option<String> {
    if question.asks_prompt() || question.converse.is_null() {
        return None;
    }
    let turns = turns(question);
    match turns.iter().find(|turn| turn.role != "system") {
        Some(first) if first.role == "user" => None,
        Some(_) if question.is(&question.traits.leading_assistant) => None,
        _ => Some(String::new()),
    }
}

/// A system turn in the middle of a conversation stands between two turns of one role.
fn repeated_role(question: &Question<'_>) -> Option<String> {
    let turns = turns(question);
    let mut pairs = turns.iter().zip(turns.iter().skip(1));
    let repeated = pairs.find(|(first, second)| first.role == second.role);
    repeated.map(|(_, turn)| turn.index.to_string())
}

fn ends_with_assistant(question: &Question<'_>) -> Option<String> {
    let last = turns(question).pop();
    let prefilled = last.is_some_and(|turn| turn.role == "assistant");
    (prefilled && question.is(&question.traits.no_prefill)).then(String::new)
}

fn tool_result_in_company(question: &Question<'_>) -> Option<String> {
    let turns = turns(question);
    let mixed = turns.iter().find(|turn| {
        let results = turn.ids("toolResult").len();
        results > 0 && results < turn.content.len()
    })?;
    let alone = question.is(&question.traits.tool_results_alone);
    alone.then(|| format!("messages.{}.content", mixed.index))
}

fn unanswered_tool_use(question: &Question<'_>) -> Option<String> {
    let turns = turns(question);
    turns.iter().enumerate().find_map(|(position, turn)| {
        let calls = turn.open_calls();
        if turn.role != "assistant" || calls.is_empty() {
            return None;
        }
        let next = turns.get(position + 1);
        let answered = next.map(|next| next.ids("toolResult")).unwrap_or_default();
        let open: Vec<&str> = calls
            .into_iter()
            .filter(|id| !answered.contains(id))
            .collect();
        let at = turn.index + 1;
        let ids = open.join(", ");
        (!open.is_empty()).then(|| format!("messages.{at}.content for the following Ids: {ids}"))
    })
}

fn unexpected_tool_result(question: &Question<'_>) -> Option<String> {
    let turns = turns(question);
    turns.iter().enumerate().find_map(|(position, turn)| {
        if turn.role != "user" {
            return None;
        }
        let previous = position.checked_sub(1).and_then(|before| turns.get(before));
        let mut calls = previous.map(Turn::open_calls).unwrap_or_default();
        // Each call takes one result; a result without a call of its own is one too many.
        let surplus = turn.ids("toolResult").into_iter().any(|id| {
            match calls.iter().position(|call| *call == id) {
                Some(call) => {
                    calls.swap_remove(call);
                    false
                }
                None => true,
            }
        });
        surplus.then(|| format!("messages.{}.content", turn.index))
    })
}
