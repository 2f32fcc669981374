//! `messages` → the system prompt and the turns.
//!
//! Instructions before the first turn are the system prompt; later ones are turns of the role `system`. What tools
//! returned comes in messages of its own, which make one turn of the user's. In an assistant's message thinking comes
//! first, then text, then calls: OpenAI's message has no order of its own, unless `content` has parts of thinking.

use crate::canonical::{ContentBlock, Error, Message, Request, Role, ToolUseBlock};
use crate::fields::{Fields, elements};
use crate::notes::Notes;
use crate::openai::{part, piece, words};
use crate::path::Path;

/// The member `messages`.
pub(super) fn read(
    root: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    let path = Path::Root.member("messages");
    // The id made up for the last call of the deprecated kind, which has none.
    let mut function_call = None;
    let mut answered = 0;
    let raws = elements(root.required_raw("messages")?, path)?;
    for (at, raw) in raws.into_iter().enumerate() {
        let mut message = Fields::open(raw, path.element(at))?;
        let m = &mut message;
        match m.required_text("role")?.as_str() {
            "system" | "developer" => {
                let content = said(m, Role::System, notes)?;
                piece::instruct(content, m, request)?;
            }
            "user" => {
                let content = said(m, Role::User, notes)?;
                push(request, Role::User, content);
            }
            "assistant" => {
                let number = request.messages.len();
                let content = assistant(m, number, &mut function_call, notes)?;
                push(request, Role::Assistant, content);
            }
            "tool" => {
                m.raw("name");
                let id = m.required_text("tool_call_id")?;
                answer(m, id, request, &mut answered, notes)?;
            }
            "function" => {
                m.raw("name");
                let id = function_call.clone().ok_or_else(|| {
                    Error::invalid(
                        m.path().to_string(),
                        "expected an earlier message with `function_call`, got none",
                    )
                })?;
                answer(m, id, request, &mut answered, notes)?;
            }
            _ => {
                const EXPECTED: &str =
                    "expected system, developer, user, assistant, tool or function";
                return Err(m.invalid("role", EXPECTED));
            }
        }
        message.finish(notes)?;
    }
    Ok(())
}

fn push(request: &mut Request, role: Role, content: Vec<ContentBlock>) {
    request.messages.push(Message { role, content });
}

/// The content of a message that says something.
fn said(
    message: &mut Fields<'_, '_>,
    role: Role,
    notes: &mut Notes,
) -> Result<Vec<ContentBlock>, Error> {
    lose_name(message, notes)?;
    let mut content = part::parts(message, "content", role, notes)?;
    cache_last(message, &mut content, notes)?;
    Ok(content)
}

fn lose_name(message: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<(), Error> {
    match message.raw("name") {
        Some(_) => message.lost(
            "name",
            "names of participants are not supported by Bedrock",
            notes,
        ),
        None => Ok(()),
    }
}

/// Some gateways take `cache_control` on a whole message.
fn cache_last(
    message: &mut Fields<'_, '_>,
    content: &mut [ContentBlock],
    notes: &mut Notes,
) -> Result<(), Error> {
    let Some(control) = piece::cache_control(message, notes)? else {
        return Ok(());
    };
    if let Some(place) = content.iter_mut().rev().find_map(piece::cache_place) {
        *place = Some(control);
    }
    Ok(())
}

fn assistant(
    message: &mut Fields<'_, '_>,
    number: usize,
    function_call: &mut Option<String>,
    notes: &mut Notes,
) -> Result<Vec<ContentBlock>, Error> {
    lose_name(message, notes)?;
    // They are the answer's, not the model's words.
    message.raw("annotations");
    if message.raw("audio").is_some() {
        const WHY: &str = "audio of earlier answers is not supported by Bedrock";
        message.lost("audio", WHY, notes)?;
    }
    let mut blocks = part::thoughts(message, notes)?;
    let spoken = blocks.len();
    if message.raw("content").is_some() {
        let said = part::parts(message, "content", Role::Assistant, notes)?;
        let is_empty = |block: &ContentBlock| matches!(block, ContentBlock::Text(block) if block.text.is_empty());
        blocks.extend(said.into_iter().filter(|block| !is_empty(block)));
    }
    if let Some(refusal) = message.text("refusal")?
        && (blocks.len() == spoken || refusal != words::REFUSED)
    {
        blocks.push(piece::text(refusal));
    }
    let calls = message.objects("tool_calls", notes, call)?;
    blocks.extend(calls.into_iter().map(ContentBlock::ToolUse));
    let id = ["call_", &number.to_string()].concat();
    let called = message.object("function_call", notes, |function, notes| {
        *function_call = Some(id.clone());
        piece::call(id, function, notes)
    })?;
    blocks.extend(called.map(ContentBlock::ToolUse));
    cache_last(message, &mut blocks, notes)?;
    Ok(blocks)
}

fn call(call: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<ToolUseBlock, Error> {
    // It is left from a stream that was joined.
    call.raw("index");
    let kind = call.text("type")?.unwrap_or_else(|| "function".into());
    let id = call.required_text("id")?;
    let cache_control = piece::cache_control(call, notes)?;
    let read = match kind.as_str() {
        "function" => call.required_object("function", notes, |function, notes| {
            piece::call(id, function, notes)
        }),
        "custom" => {
            call.required_object("custom", notes, |custom, _| piece::custom_call(id, custom))
        }
        _ => Err(call.unsupported("type", "expected function or custom")),
    }?;
    Ok(ToolUseBlock {
        cache_control,
        ..read
    })
}

/// What a tool returned, in one turn with what the others returned. `answered`: so many turns there were when the last was
/// seen to be such a one.
fn answer(
    message: &mut Fields<'_, '_>,
    id: String,
    request: &mut Request,
    answered: &mut usize,
    notes: &mut Notes,
) -> Result<(), Error> {
    let content = match message.raw("content") {
        Some(_) => part::returned(message, "content", notes)?,
        None => Vec::new(),
    };
    let result = piece::result(id, content, piece::cache_control(message, notes)?);
    let is_result = |block: &ContentBlock| matches!(block, ContentBlock::ToolResult(_));
    let is_seen = request.messages.len() == *answered;
    match request.messages.last_mut() {
        Some(turn)
            if turn.role == Role::User && (is_seen || turn.content.iter().all(is_result)) =>
        {
            turn.content.push(result);
        }
        _ => push(request, Role::User, vec![result]),
    }
    *answered = request.messages.len();
    Ok(())
}
