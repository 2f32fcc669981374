//! Walks over a Converse body.
//!
//! Places are Bedrock's: `messages.0.content.1`, counted from 0 (the service model's own violations
//! count from 1).

use super::Question;
use serde_json::Value;

/// A message, by its place.
pub(super) struct Turn<'a> {
    pub(super) index: usize,
    pub(super) role: &'a str,
    pub(super) content: &'a [Value],
}

impl<'a> Turn<'a> {
    pub(super) fn ids(&self, block: &str) -> Vec<&'a str> {
        let pointer = format!("/{block}/toolUseId");
        self.content
            .iter()
            .filter_map(|block| block.pointer(&pointer).and_then(Value::as_str))
            .collect()
    }

    /// Calls that the client must answer: the service answers its own server tools.
    pub(super) fn open_calls(&self) -> Vec<&'a str> {
        let client = self.content.iter().filter_map(|block| block.get("toolUse"));
        client
            .filter(|call| call.get("type").is_none())
            .filter_map(|call| call.get("toolUseId").and_then(Value::as_str))
            .collect()
    }

    pub(super) fn has(&self, block: &str) -> bool {
        self.content.iter().any(|seen| seen.get(block).is_some())
    }
}

pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn turns<'a>(question: &Question<'a>) -> Vec<Turn<'a>> {
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
pub(super) fn blocks<'a>(question: &Question<'a>) -> impl Iterator<Item = (String, &'a Value)> {
    turns(question).into_iter().flat_map(|turn| {
        let blocks = turn.content.iter().enumerate();
        blocks
            .map(move |(block, value)| (format!("messages.{}.content.{block}", turn.index), value))
    })
}

/// What stands inside tool results, with its places.
pub(super) fn result_items<'a>(
    question: &Question<'a>,
) -> impl Iterator<Item = (String, &'a Value)> {
    blocks(question).flat_map(|(at, block)| {
        let items = list(block, "/toolResult/content").iter().enumerate();
        items.map(move |(index, item)| (format!("{at}.toolResult.content.{index}"), item))
    })
}

/// Tools of a kind (`toolSpec`, `systemTool`, `cachePoint`) with their places.
pub(super) fn tools<'a>(
    question: &Question<'a>,
    kind: &'static str,
) -> impl Iterator<Item = (String, &'a Value)> {
    let tools = list(question.converse, "/toolConfig/tools")
        .iter()
        .enumerate();
    tools.filter_map(move |(index, tool)| {
        let tool = tool.get(kind).filter(|tool| !tool.is_null())?;
        Some((format!("toolConfig.tools.{index}.{kind}"), tool))
    })
}

/// The text of a member, empty if there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A place as a JSON pointer's path, as texts about malformed input have it.
pub(super) fn slashes(at: &str) -> String {
    at.replace('.', "/")
}
