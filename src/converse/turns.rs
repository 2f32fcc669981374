//! System prompt and turns: who said what, in the order that Converse wants.
//!
//! Converse wants turns to alternate, text not to be blank, and the tool results of a turn to come first. What breaks
//! these rules is repaired here, the same way each time; nothing that says something is lost.

use super::body::{Block, Reasoning, Role, ToolResult, ToolResultContent, ToolUse, Turn};
use super::notes::Notes;
use super::redacted;
use super::request::{cache_point, json_object};
use crate::canonical::{
    self, CacheControl, ContentBlock, Error, Request, ThinkingBlock, ToolResultBlock,
};
use crate::family::Family;
use crate::json;

/// Stands where Converse wants text and there is none: it refuses blank text.
const PLACEHOLDER: &str = ".";

/// Whether Converse would refuse it as blank.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// `system`: each text, with its cache point behind it.
pub(crate) fn system<'a>(
    request: &'a Request,
    family: &Family,
    notes: &mut Notes,
) -> Result<Vec<Block<'a>>, Error> {
    if !request.system.is_empty() && !family.system {
        return Err(Error::unsupported(
            "system",
            format!("{} models take no system prompt on Converse", family.name),
        ));
    }
    let mut blocks = Vec::with_capacity(request.system.len());
    for (at, text) in request.system.iter().enumerate() {
        let path = || format!("system[{at}]");
        push_text(&mut blocks, &text.text);
        push_cache_point(
            &mut blocks,
            text.cache_control.as_ref(),
            family,
            &path,
            notes,
        )?;
    }
    Ok(blocks)
}

/// `messages`: turns of one role made one, tool results first.
pub(crate) fn messages<'a>(
    request: &'a Request,
    family: &Family,
    notes: &mut Notes,
) -> Result<Vec<Turn<'a>>, Error> {
    let mut turns: Vec<Turn<'a>> = Vec::with_capacity(request.messages.len());
    for (at, message) in request.messages.iter().enumerate() {
        let role = match message.role {
            canonical::Role::User => Role::User,
            canonical::Role::Assistant => Role::Assistant,
            canonical::Role::System => {
                return Err(Error::unsupported(
                    format!("messages[{at}].role"),
                    "system instructions in mid-conversation are not supported in this version: use system",
                ));
            }
        };
        let mut content = Vec::with_capacity(message.content.len());
        for (position, block) in message.content.iter().enumerate() {
            let path = || format!("messages[{at}].content[{position}]");
            push_block(&mut content, block, role, family, &path, notes)?;
        }
        if content.is_empty() {
            // Blank text only: it said nothing, but the turn was taken.
            notes.changed(
                format!("messages[{at}].content"),
                "blank: a placeholder text was put in its place",
            );
            content.push(Block::Text(PLACEHOLDER));
        }
        match turns.last_mut() {
            Some(last) if last.role == role => last.content.append(&mut content),
            _ => turns.push(Turn { role, content }),
        }
    }
    for turn in &mut turns {
        put_results_first(&mut turn.content);
    }
    if turns.is_empty() {
        return Err(Error::invalid(
            "messages",
            "expected at least one message, saw none",
        ));
    }
    Ok(turns)
}

/// Results keep their order, and so does the rest; a cache point stays behind the block that it belongs to.
fn put_results_first(content: &mut Vec<Block<'_>>) {
    let mut is_result = false;
    let (results, rest): (Vec<_>, Vec<_>) = content.drain(..).partition(|block| {
        is_result = match block {
            Block::ToolResult(_) => true,
            Block::CachePoint(_) => is_result,
            _ => false,
        };
        is_result
    });
    content.extend(results);
    content.extend(rest);
}

fn push_block<'a>(
    content: &mut Vec<Block<'a>>,
    block: &'a ContentBlock,
    role: Role,
    family: &Family,
    path: &dyn Fn() -> String,
    notes: &mut Notes,
) -> Result<(), Error> {
    let cache_control = match block {
        ContentBlock::Text(text) => {
            if !text.citations.is_empty() {
                notes.lost(
                    format!("{}.citations", path()),
                    "citations are not sent back in this version: the text is",
                )?;
            }
            push_text(content, &text.text);
            &text.cache_control
        }
        ContentBlock::ToolUse(call) => {
            require(
                role == Role::Assistant,
                path,
                "tool_use stands in assistant turns only",
            )?;
            let input = match call.input.trim() {
                "" | "null" => "{}",
                input => input,
            };
            content.push(Block::ToolUse(ToolUse {
                input: json_object(input, || format!("{}.input", path()))?,
                name: &call.name,
                tool_use_id: &call.id,
            }));
            &call.cache_control
        }
        ContentBlock::ToolResult(result) => {
            require(
                role == Role::User,
                path,
                "tool_result stands in user turns only",
            )?;
            content.push(Block::ToolResult(tool_result(result, path, notes)?));
            &result.cache_control
        }
        ContentBlock::Thinking(thinking) => {
            require(
                role == Role::Assistant,
                path,
                "thinking stands in assistant turns only",
            )?;
            push_thinking(content, thinking, family, path, notes)?;
            &None
        }
        ContentBlock::RedactedThinking(block) => {
            require(
                role == Role::Assistant,
                path,
                "redacted_thinking stands in assistant turns only",
            )?;
            content.push(Block::ReasoningContent(Reasoning::RedactedContent(
                redacted::to_wire(&block.data).ok_or_else(|| {
                    Error::invalid(
                        format!("{}.data", path()),
                        "expected base64 after base64:, saw something else",
                    )
                })?,
            )));
            &None
        }
        other => {
            return Err(Error::unsupported(
                path(),
                format!(
                    "{} blocks are not supported in this version: leave it out",
                    name_of(other)
                ),
            ));
        }
    };
    push_cache_point(content, cache_control.as_ref(), family, path, notes)
}

fn require(holds: bool, path: &dyn Fn() -> String, message: &str) -> Result<(), Error> {
    if holds {
        Ok(())
    } else {
        Err(Error::invalid(path(), message))
    }
}

/// Anthropic's name of a block's kind.
fn name_of(block: &ContentBlock) -> &'static str {
    match block {
        ContentBlock::Text(_) => "text",
        ContentBlock::Image(_) => "image",
        ContentBlock::Document(_) => "document",
        ContentBlock::Video(_) => "video",
        ContentBlock::Audio(_) => "audio",
        ContentBlock::SearchResult(_) => "search_result",
        ContentBlock::ToolUse(_) => "tool_use",
        ContentBlock::ToolResult(_) => "tool_result",
        ContentBlock::ServerToolUse(_) => "server_tool_use",
        ContentBlock::ServerToolResult(_) => "server tool result",
        ContentBlock::Thinking(_) => "thinking",
        ContentBlock::RedactedThinking(_) => "redacted_thinking",
        ContentBlock::Other(_) => "unknown",
    }
}

/// Blank text says nothing, so leaving it out loses nothing: no warning for what every client does now and then.
fn push_text<'a>(content: &mut Vec<Block<'a>>, text: &'a str) {
    if !is_blank(text) {
        content.push(Block::Text(text));
    }
}

/// A cache point ends a prefix: behind a block that was left out, it ends at the block before; first, it would cache
/// nothing and is refused.
fn push_cache_point<'a>(
    content: &mut Vec<Block<'a>>,
    control: Option<&'a CacheControl>,
    family: &Family,
    path: &dyn Fn() -> String,
    notes: &mut Notes,
) -> Result<(), Error> {
    let Some(control) = control else {
        return Ok(());
    };
    if !family.cache {
        return notes.lost(
            format!("{}.cache_control", path()),
            format!(
                "{} models have no prompt cache on Converse: left out",
                family.name
            ),
        );
    }
    match content.last() {
        None | Some(Block::CachePoint(_)) => {}
        Some(_) => content.push(Block::CachePoint(cache_point(
            control,
            family,
            &path(),
            notes,
        )?)),
    }
    Ok(())
}

/// Signed thinking goes back as it came. Unsigned thinking is refused by Claude, and nothing needs it.
fn push_thinking<'a>(
    content: &mut Vec<Block<'a>>,
    block: &'a ThinkingBlock,
    family: &Family,
    path: &dyn Fn() -> String,
    notes: &mut Notes,
) -> Result<(), Error> {
    let signature = block
        .signature
        .as_deref()
        .filter(|signature| !signature.is_empty());
    if family.anthropic_fields && signature.is_none() {
        return notes.lost(
            path(),
            "thinking without a signature is refused by Claude: left out",
        );
    }
    content.push(Block::ReasoningContent(Reasoning::ReasoningText {
        signature,
        text: &block.thinking,
    }));
    Ok(())
}

fn tool_result<'a>(
    result: &'a ToolResultBlock,
    path: &dyn Fn() -> String,
    notes: &mut Notes,
) -> Result<ToolResult<'a>, Error> {
    let mut content = Vec::with_capacity(result.content.len());
    for (at, piece) in result.content.iter().enumerate() {
        let path = || format!("{}.content[{at}]", path());
        match piece {
            canonical::ToolResultContent::Text(text) => {
                if text.cache_control.is_some() {
                    notes.lost(
                        format!("{}.cache_control", path()),
                        "Converse has no cache point inside a tool result: put it on the tool_result itself",
                    )?;
                }
                if !is_blank(&text.text) {
                    content.push(ToolResultContent::Text(&text.text));
                }
            }
            canonical::ToolResultContent::Json(json) if is_blank(json) => {}
            // As text: the json member takes objects only, and not every object.
            canonical::ToolResultContent::Json(json) => {
                require(
                    json::verbatim(json).is_some(),
                    &path,
                    "expected a JSON value, saw invalid JSON",
                )?;
                content.push(ToolResultContent::Text(json));
            }
            _ => {
                return Err(Error::unsupported(
                    path(),
                    "only text and JSON are supported in tool results in this version: leave it out",
                ));
            }
        }
    }
    if content.is_empty() {
        content.push(ToolResultContent::Text(PLACEHOLDER));
    }
    Ok(ToolResult {
        content,
        status: result.is_error.then_some("error"),
        tool_use_id: &result.tool_use_id,
    })
}
