//! The questions that the rules ask of a conversation; each answers with the place where it found one.
//!
//! Places are Bedrock's: `messages.0.content.1`, counted from 0 (the service model's own violations
//! count from 1).

use crate::rules::Question;
use serde_json::Value;
use std::collections::BTreeSet;

/// A message, by its place.
struct Turn<'a> {
    index: usize,
    role: &'a str,
    content: &'a [Value],
}

impl<'a> Turn<'a> {
    fn ids(&self, block: &str) -> Vec<&'a str> {
        let pointer = format!("/{block}/toolUseId");
        self.content
            .iter()
            .filter_map(|block| block.pointer(&pointer).and_then(Value::as_str))
            .collect()
    }

    /// Calls that the client must answer: the service answers its own server tools.
    fn open_calls(&self) -> Vec<&'a str> {
        let client = self.content.iter().filter_map(|block| block.get("toolUse"));
        client
            .filter(|call| call.get("type").is_none())
            .filter_map(|call| call.get("toolUseId").and_then(Value::as_str))
            .collect()
    }

    fn has(&self, block: &str) -> bool {
        self.content.iter().any(|seen| seen.get(block).is_some())
    }
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn turns<'a>(question: &Question<'a>) -> Vec<Turn<'a>> {
    let messages = list(question.converse, "/messages").iter().enumerate();
    messages
        .map(|(index, message)| Turn {
            index,
            role: message
                .get("role")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            content: list(message, "/content"),
        })
        .collect()
}

/// Content blocks with their places.
fn blocks<'a>(question: &Question<'a>) -> impl Iterator<Item = (String, &'a Value)> {
    turns(question).into_iter().flat_map(|turn| {
        let blocks = turn.content.iter().enumerate();
        blocks
            .map(move |(block, value)| (format!("messages.{}.content.{block}", turn.index), value))
    })
}

/// Every document, also those inside tool results, with its name.
fn document_names<'a>(question: &Question<'a>) -> Vec<&'a str> {
    let outer = blocks(question).map(|(_, block)| block);
    outer
        .flat_map(|block| std::iter::once(block).chain(list(block, "/toolResult/content")))
        .filter_map(|block| block.pointer("/document/name").and_then(Value::as_str))
        .collect()
}

pub(crate) fn empty_message(question: &Question<'_>) -> Option<String> {
    let turns = turns(question);
    let empty = turns.iter().find(|turn| turn.content.is_empty());
    empty.map(|turn| turn.index.to_string())
}

/// Empty text, or spaces and tabs alone. A lone line feed was taken live.
fn is_blank(block: &Value) -> bool {
    let text = block.get("text").and_then(Value::as_str);
    text.is_some_and(|text| text.chars().all(|c| c == ' ' || c == '\t'))
}

pub(crate) fn blank_text(question: &Question<'_>) -> Option<String> {
    let system = list(question.converse, "/system").iter().enumerate();
    blocks(question)
        .chain(system.map(|(index, block)| (format!("system.{index}"), block)))
        .find(|(_, block)| is_blank(block))
        .map(|(at, _)| at)
}

pub(crate) fn starts_without_user(question: &Question<'_>) -> Option<String> {
    // A prompt resource brings its own messages.
    if question.model_id.contains(":prompt/") || question.converse.is_null() {
        return None;
    }
    let turns = turns(question);
    match turns.iter().find(|turn| turn.role != "system") {
        Some(first) if first.role == "user" => None,
        Some(_) if question.traits.leading_assistant.matches(question.model_id) => None,
        _ => Some(String::new()),
    }
}

/// A system turn in the middle of a conversation stands between two turns of one role.
pub(crate) fn repeated_role(question: &Question<'_>) -> Option<String> {
    let turns = turns(question);
    let mut pairs = turns.iter().zip(turns.iter().skip(1));
    let repeated = pairs.find(|(first, second)| first.role == second.role);
    repeated.map(|(_, turn)| turn.index.to_string())
}

pub(crate) fn ends_with_assistant(question: &Question<'_>) -> Option<String> {
    let last = turns(question).pop();
    let prefilled = last.is_some_and(|turn| turn.role == "assistant");
    (prefilled && question.traits.no_prefill.matches(question.model_id)).then(String::new)
}

pub(crate) fn tool_result_in_company(question: &Question<'_>) -> Option<String> {
    if !question
        .traits
        .tool_results_alone
        .matches(question.model_id)
    {
        return None;
    }
    let turns = turns(question);
    let mixed = turns.iter().find(|turn| {
        let results = turn.ids("toolResult").len();
        results > 0 && results < turn.content.len()
    });
    mixed.map(|turn| format!("messages.{}.content", turn.index))
}

pub(crate) fn blank_tool_result(question: &Question<'_>) -> Option<String> {
    if !question
        .traits
        .no_blank_tool_result
        .matches(question.model_id)
    {
        return None;
    }
    blocks(question)
        .find(|(_, block)| list(block, "/toolResult/content").iter().any(is_blank))
        .map(|(at, _)| at)
}

pub(crate) fn reasoning_in_user(question: &Question<'_>) -> Option<String> {
    let turns = turns(question);
    let found = turns
        .iter()
        .find(|turn| turn.role == "user" && turn.has("reasoningContent"));
    found.map(|turn| turn.index.to_string())
}

pub(crate) fn tools_without_config(question: &Question<'_>) -> Option<String> {
    let used = turns(question)
        .iter()
        .any(|turn| turn.has("toolUse") || turn.has("toolResult"));
    (used && question.converse.get("toolConfig").is_none()).then(String::new)
}

pub(crate) fn unanswered_tool_use(question: &Question<'_>) -> Option<String> {
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

pub(crate) fn unexpected_tool_result(question: &Question<'_>) -> Option<String> {
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

pub(crate) fn json_that_is_no_object(question: &Question<'_>) -> Option<String> {
    blocks(question).find_map(|(at, block)| {
        let input = block.pointer("/toolUse/input");
        if input.is_some_and(|input| !input.is_object()) {
            return Some(format!("{at}.toolUse.input"));
        }
        let results = list(block, "/toolResult/content").iter().enumerate();
        results
            .filter_map(|(index, item)| item.get("json").map(|json| (index, json)))
            .find(|(_, json)| !json.is_object())
            .map(|(index, _)| format!("{at}.toolResult.content.{index}.json"))
    })
}

pub(crate) fn schema_that_is_no_object(question: &Question<'_>) -> Option<String> {
    let tools = list(question.converse, "/toolConfig/tools")
        .iter()
        .enumerate();
    tools
        .filter_map(|(index, tool)| {
            tool.pointer("/toolSpec/inputSchema/json")
                .map(|s| (index, s))
        })
        .find(|(_, schema)| schema.get("type").and_then(Value::as_str) != Some("object"))
        .map(|(index, _)| format!("toolConfig.tools.{index}.toolSpec.inputSchema.json"))
}

/// Letters and digits of ASCII, single spaces, `-()[]`; `_` is undocumented, but taken.
fn is_document_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " -()[]_".contains(c);
    name.chars().all(allowed) && !name.contains("  ")
}

pub(crate) fn bad_document_name(question: &Question<'_>) -> Option<String> {
    let names = document_names(question);
    names
        .into_iter()
        .find(|name| !is_document_name(name))
        .map(str::to_owned)
}

pub(crate) fn repeated_document_name(question: &Question<'_>) -> Option<String> {
    let mut seen = BTreeSet::new();
    let names = document_names(question);
    names
        .into_iter()
        .find(|name| !seen.insert(*name))
        .map(str::to_owned)
}

pub(crate) fn document_without_text(question: &Question<'_>) -> Option<String> {
    let turns = turns(question);
    let found = turns
        .iter()
        .find(|turn| turn.has("document") && !turn.has("text"));
    found.map(|turn| turn.index.to_string())
}

pub(crate) fn too_many_documents(question: &Question<'_>) -> Option<String> {
    let count = blocks(question)
        .filter(|(_, block)| block.get("document").is_some())
        .count();
    (count > 5).then(|| count.to_string())
}

pub(crate) fn too_many_cache_points(question: &Question<'_>) -> Option<String> {
    let places = ["/system", "/toolConfig/tools"];
    let outside = places
        .iter()
        .flat_map(|place| list(question.converse, place));
    let all = outside.chain(blocks(question).map(|(_, block)| block));
    let count = all
        .filter(|block| block.get("cachePoint").is_some())
        .count();
    (count > 4).then(|| count.to_string())
}
