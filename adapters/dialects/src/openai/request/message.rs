//! `messages` → the system prompt and the turns.
//!
//! Instructions before the first turn are the system prompt; later ones are turns of the role `system`. What tools
//! returned comes in messages of its own, which make one turn of the user's. In an assistant's message thinking comes
//! first, then text, then calls: OpenAI's message has no order of its own, unless `content` has parts of thinking.

use bedrock_provider::json;

use super::part;
use crate::canonical::{
    ContentBlock, Error, Message, Request, Role, TextBlock, ThinkingBlock, ToolResultBlock,
    ToolResultContent, ToolUseBlock,
};
use crate::openai::cursor::{Cursor, Element, Notes};
use crate::openai::words;

/// The member `messages`.
pub(super) fn read(
    messages: &Element<'_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    // The id made up for the last call of the deprecated kind, which has none.
    let mut function_call = None;
    for element in messages.elements()? {
        let message = element.cursor()?;
        match message.required("role")?.as_str() {
            "system" | "developer" => instruct(&message, request, notes)?,
            "user" => {
                message.check(&["role", "content", "name", "cache_control"], notes)?;
                lose_name(&message, notes);
                let mut content = part::read(&message.must("content")?, notes)?;
                cache_last(&message, &mut content, notes)?;
                push(request, Role::User, content);
            }
            "assistant" => {
                let number = request.messages.len();
                let content = assistant(&message, number, &mut function_call, notes)?;
                push(request, Role::Assistant, content);
            }
            "tool" => {
                message.check(
                    &["role", "content", "tool_call_id", "name", "cache_control"],
                    notes,
                )?;
                let id = message.required("tool_call_id")?;
                answer(&message, id, request, notes)?;
            }
            "function" => {
                message.check(&["role", "content", "name"], notes)?;
                let id = function_call.clone().ok_or_else(|| {
                    Error::invalid(element.path.clone(), "no function_call comes before it")
                })?;
                answer(&message, id, request, notes)?;
            }
            _ => {
                let expected = "expected system, developer, user, assistant, tool or function";
                return Err(Error::invalid(message.path("role"), expected));
            }
        }
    }
    Ok(())
}

fn push(request: &mut Request, role: Role, content: Vec<ContentBlock>) {
    request.messages.push(Message { role, content });
}

fn lose_name(message: &Cursor<'_>, notes: &mut Notes) {
    if message.get("name").is_some() {
        notes.lost(message.path("name"), "participants have no names: left out");
    }
}

/// Some gateways take `cache_control` on a whole message.
fn cache_last(
    message: &Cursor<'_>,
    content: &mut [ContentBlock],
    notes: &mut Notes,
) -> Result<(), Error> {
    let Some(control) = part::cache_control(message, notes)? else {
        return Ok(());
    };
    if let Some(place) = content.last_mut().and_then(part::cache_place) {
        *place = Some(control);
    }
    Ok(())
}

fn instruct(message: &Cursor<'_>, request: &mut Request, notes: &mut Notes) -> Result<(), Error> {
    message.check(&["role", "content", "name", "cache_control"], notes)?;
    lose_name(message, notes);
    let content = message.must("content")?;
    let mut blocks = part::read(&content, notes)?;
    cache_last(message, &mut blocks, notes)?;
    if !request.messages.is_empty() {
        push(request, Role::System, blocks);
        return Ok(());
    }
    for block in blocks {
        match block {
            ContentBlock::Text(block) => request.system.push(part::plain(block)),
            _ => return Err(Error::invalid(content.path, "instructions are text")),
        }
    }
    Ok(())
}

const ASSISTANT: &[&str] = &[
    "role",
    "content",
    "refusal",
    "tool_calls",
    "function_call",
    "reasoning_content",
    "thinking_blocks",
    "annotations",
    "audio",
    "name",
    "cache_control",
];

fn assistant(
    message: &Cursor<'_>,
    number: usize,
    function_call: &mut Option<String>,
    notes: &mut Notes,
) -> Result<Vec<ContentBlock>, Error> {
    message.check(ASSISTANT, notes)?;
    lose_name(message, notes);
    if message.get("audio").is_some() {
        let why = "audio of an earlier answer is not kept here: left out";
        notes.lost(message.path("audio"), why);
    }
    let mut blocks = Vec::new();
    for element in message.elements("thinking_blocks")? {
        blocks.extend(part::thinking(&element.cursor()?, notes)?);
    }
    if blocks.is_empty()
        && let Some(thinking) = message.string("reasoning_content")?
        && !thinking.is_empty()
    {
        blocks.push(ContentBlock::Thinking(ThinkingBlock {
            thinking,
            signature: None,
        }));
    }
    let spoken = blocks.len();
    if let Some(content) = message.get("content") {
        let said = part::read(&content, notes)?;
        let is_empty = |block: &ContentBlock| matches!(block, ContentBlock::Text(block) if block.text.is_empty());
        blocks.extend(said.into_iter().filter(|block| !is_empty(block)));
    }
    if let Some(refusal) = message.string("refusal")?
        && (blocks.len() == spoken || refusal != words::REFUSED)
    {
        blocks.push(text(refusal));
    }
    for element in message.elements("tool_calls")? {
        blocks.push(call(&element.cursor()?, notes)?);
    }
    if let Some(function) = message.object("function_call")? {
        let id = format!("call_{number}");
        *function_call = Some(id.clone());
        blocks.push(ContentBlock::ToolUse(called(&function, id, notes)?));
    }
    cache_last(message, &mut blocks, notes)?;
    Ok(blocks)
}

fn text(text: String) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text,
        citations: Vec::new(),
        cache_control: None,
    })
}

fn call(call: &Cursor<'_>, notes: &mut Notes) -> Result<ContentBlock, Error> {
    // `index` is left from a stream that was joined.
    call.check(&["id", "type", "function", "index"], notes)?;
    if call.string("type")?.is_some_and(|kind| kind != "function") {
        return Err(Error::unsupported(
            call.path("type"),
            "calls are of type function",
        ));
    }
    let id = call.required("id")?;
    let function = call.required_object("function")?;
    Ok(ContentBlock::ToolUse(called(&function, id, notes)?))
}

fn called(function: &Cursor<'_>, id: String, notes: &mut Notes) -> Result<ToolUseBlock, Error> {
    function.check(&["name", "arguments"], notes)?;
    let arguments = function.string("arguments")?.unwrap_or_default();
    let input = match arguments.trim() {
        "" => "{}".into(),
        arguments => json::verbatim_object(arguments)
            .map_err(|error| {
                let message = ["expected a JSON object in a text: ", &error.to_string()].concat();
                Error::invalid(function.path("arguments"), message)
            })?
            .into(),
    };
    Ok(ToolUseBlock {
        id,
        name: function.required("name")?,
        input,
        cache_control: None,
    })
}

/// What a tool returned, in one turn with what the others returned.
fn answer(
    message: &Cursor<'_>,
    tool_use_id: String,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    let mut content = Vec::new();
    if let Some(parts) = message.get("content") {
        for block in part::read(&parts, notes)? {
            content.push(match block {
                ContentBlock::Text(block) => ToolResultContent::Text(part::plain(block)),
                ContentBlock::Image(block) => ToolResultContent::Image(block),
                ContentBlock::Document(block) => ToolResultContent::Document(block),
                ContentBlock::Video(block) => ToolResultContent::Video(block),
                _ => return Err(Error::invalid(parts.path, "expected text, images or files")),
            });
        }
    }
    let result = ContentBlock::ToolResult(ToolResultBlock {
        tool_use_id,
        content,
        is_error: false,
        cache_control: part::cache_control(message, notes)?,
    });
    let is_result = |block: &ContentBlock| matches!(block, ContentBlock::ToolResult(_));
    match request.messages.last_mut() {
        Some(turn) if turn.role == Role::User && turn.content.iter().all(is_result) => {
            turn.content.push(result);
        }
        _ => push(request, Role::User, vec![result]),
    }
    Ok(())
}
