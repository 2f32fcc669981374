//! System prompt and turns: who said what, in the order that Converse wants.
//!
//! Converse wants turns to alternate and to begin with the user, text not to be blank, a text beside each document, and
//! tool results first. What breaks these rules is repaired here, the same way each time; nothing that says something is
//! lost.

use std::borrow::Cow;

use super::blocks::{Translator, is_blank};
use super::body::{Block, Role, Turn};
use super::tool_result::{self, PLACEHOLDER};
use super::{cache, call_ids};
use crate::canonical::{self, ContentBlock, Error, Message, Request};
use crate::capability::Cache;
use crate::warnings::Code;

/// `system`, and how the conversation begins where the family has no `system`.
#[derive(Debug, Default)]
pub(crate) struct System<'a> {
    pub blocks: Vec<Block<'a>>,
    /// For the first user turn instead.
    pub in_turn: Vec<Block<'a>>,
}

/// `system`: each text, with its cache point behind it; then the instructions in front of the conversation, which are the
/// system prompt by another name, and `instruction` last.
pub(crate) fn system<'a>(
    request: &'a Request,
    instruction: Option<String>,
    translator: &mut Translator<'_>,
) -> Result<System<'a>, Error> {
    let mut blocks = Vec::with_capacity(request.system.len() + 1);
    for (at, text) in request.system.iter().enumerate() {
        let path = || format!("system[{at}]");
        let said = without_billing(&text.text);
        if said.len() < text.text.len() {
            let message = "the billing header is reserved by Anthropic; ignored";
            translator.notes.changed(Code::Ignored, path(), message);
        }
        if !is_blank(said) {
            blocks.push(Block::Text(Cow::Borrowed(said)));
        }
        let control = text.cache_control.as_ref();
        let target = translator.target;
        let point = cache::point(control, Cache::Messages, target, &path, translator.notes)?;
        cache::push(&mut blocks, point);
    }
    for (at, message) in leading(request).iter().enumerate() {
        translate(translator, &mut blocks, message, Role::System, at)?;
    }
    // Behind nothing, a point would cache nothing.
    let is_point = |block: &Block<'_>| matches!(block, Block::CachePoint(_));
    let nothing = blocks.iter().take_while(|block| is_point(block)).count();
    blocks.drain(..nothing);
    blocks.extend(instruction.map(|text| Block::Text(Cow::Owned(text))));
    if translator.target.capabilities.system || blocks.is_empty() {
        return Ok(System {
            blocks,
            in_turn: Vec::new(),
        });
    }
    let family = translator.target.family;
    translator.notes.changed(
        Code::Moved, "system",
        format!(
            "a system prompt is not supported by {family} models; moved to the start of the first user turn"
        ),
    );
    Ok(System {
        blocks: Vec::new(),
        in_turn: blocks,
    })
}

/// A text of the system prompt without the line that Claude Code puts first: the service refuses it as reserved, and it
/// changes with each call, which would spoil the prompt cache.
fn without_billing(text: &str) -> &str {
    const HEADER: &str = "x-anthropic-billing-header:";
    let begins = text.trim_start();
    match begins.get(..HEADER.len()) {
        Some(name) if name.eq_ignore_ascii_case(HEADER) => {
            begins.split_once('\n').map_or("", |(_, rest)| rest)
        }
        _ => text,
    }
}

/// Instructions in front of the first turn, as far as they are what `system` takes.
fn leading(request: &Request) -> &[Message] {
    let is_text = |block: &ContentBlock| matches!(block, ContentBlock::Text(_));
    let is_leading = |message: &&Message| {
        message.role == canonical::Role::System && message.content.iter().all(is_text)
    };
    let count = request.messages.iter().take_while(is_leading).count();
    request.messages.get(..count).unwrap_or_default()
}

/// Append the blocks of the message at `at`.
fn translate<'a>(
    translator: &mut Translator<'_>,
    content: &mut Vec<Block<'a>>,
    message: &'a Message,
    role: Role,
    at: usize,
) -> Result<(), Error> {
    for (position, block) in message.content.iter().enumerate() {
        let path = || format!("messages[{at}].content[{position}]");
        translator.push(content, block, role, &path)?;
    }
    Ok(())
}

/// `messages`, after what `system` has for the first turn.
pub(crate) fn messages<'a>(
    request: &'a Request,
    system: &mut System<'a>,
    translator: &mut Translator<'_>,
) -> Result<Vec<Turn<'a>>, Error> {
    let mut turns: Vec<Turn<'a>> = Vec::with_capacity(request.messages.len() + 1);
    let leading = leading(request).len();
    for (at, message) in request.messages.iter().enumerate().skip(leading) {
        let role = role(message.role, at, translator)?;
        let mut content = Vec::with_capacity(message.content.len());
        translate(translator, &mut content, message, role, at)?;
        push(&mut turns, role, content);
    }
    put_instructions_behind_results(&mut turns);
    fill(&mut turns, translator);
    begin_with_user(&mut turns, request, system, translator);
    if turns.is_empty() {
        return Err(Error::invalid(
            "messages",
            "expected at least one message, got none",
        ));
    }
    let form = translator.target.capabilities.tool_ids;
    call_ids::tell_apart(&mut turns, form, translator.notes);
    let mut turns = tool_result::arrange(turns, translator.target, translator.notes)?;
    for turn in &mut turns {
        put_text_beside_documents(&mut turn.content);
    }
    end_with_user(&mut turns, request, translator)?;
    Ok(turns)
}

fn placeholder<'a>() -> Block<'a> {
    Block::Text(Cow::Borrowed(PLACEHOLDER))
}

/// Turns of one role are one turn. One of the model's that says nothing is none; one of the user's is still a turn. A cache
/// point in front, of a block that says nothing, belongs behind what was said before.
fn push<'a>(turns: &mut Vec<Turn<'a>>, role: Role, mut content: Vec<Block<'a>>) {
    let is_point = |block: &Block<'_>| matches!(block, Block::CachePoint(_));
    let leading = content.iter().take_while(|block| is_point(block)).count();
    let said = turns.last_mut().filter(|last| !last.content.is_empty());
    if let (Some(Block::CachePoint(point)), Some(last)) = (content.drain(..leading).next(), said) {
        cache::push(&mut last.content, Some(point));
    }
    match turns.last_mut() {
        Some(last) if last.role == role => last.content.append(&mut content),
        _ if content.is_empty() && role != Role::User => {}
        _ => turns.push(Turn { role, content }),
    }
}

/// Results come right behind their calls, in one turn: an instruction between them comes behind all.
fn put_instructions_behind_results(turns: &mut Vec<Turn<'_>>) {
    let mut ordered: Vec<Turn<'_>> = Vec::with_capacity(turns.len());
    for turn in turns.drain(..) {
        let has_results = tool_result::has_results(&turn);
        let instruction = ordered.pop_if(|last| has_results && last.role == Role::System);
        for turn in [Some(turn), instruction].into_iter().flatten() {
            push(&mut ordered, turn.role, turn.content);
        }
    }
    *turns = ordered;
}

/// A turn must say something. The user's that does not says so much; where it comes between two of the model's, the
/// second would otherwise go on with the first.
fn fill(turns: &mut [Turn<'_>], translator: &mut Translator<'_>) {
    for turn in turns.iter_mut().filter(|turn| turn.content.is_empty()) {
        translator.notes.changed(
            Code::Replaced,
            "messages",
            format!("a turn has no content; replaced by the text {PLACEHOLDER:?}"),
        );
        turn.content.push(placeholder());
    }
}

fn role(role: canonical::Role, at: usize, translator: &mut Translator<'_>) -> Result<Role, Error> {
    Ok(match role {
        canonical::Role::User => Role::User,
        canonical::Role::Assistant => Role::Assistant,
        canonical::Role::System if translator.target.capabilities.mid_conversation_system => {
            Role::System
        }
        canonical::Role::System => {
            let message = "system messages in mid-conversation are not supported by this model; replaced by user messages";
            translator
                .notes
                .lost(Code::Replaced, format!("messages[{at}].role"), message)?;
            Role::User
        }
    })
}

/// Most families want the user to begin; a system prompt that has no place of its own begins with the user's words.
fn begin_with_user<'a>(
    turns: &mut Vec<Turn<'a>>,
    request: &Request,
    system: &mut System<'a>,
    translator: &mut Translator<'_>,
) {
    // Instructions may come before the first who speaks.
    let first = turns.iter().find(|turn| turn.role != Role::System);
    let starts_with_user = first.is_some_and(|turn| turn.role == Role::User);
    let may_lead = translator.target.capabilities.leading_assistant && first.is_some();
    let mut opening = std::mem::take(&mut system.in_turn);
    if opening.is_empty() && !starts_with_user && !may_lead {
        if request.messages.is_empty() && system.blocks.is_empty() {
            return;
        }
        translator.notes.changed(
            Code::Added, "messages",
            "the first message must be the user's for this model; a placeholder user turn was added",
        );
        opening.push(placeholder());
    }
    if opening.is_empty() {
        return;
    }
    match turns.first_mut() {
        Some(first) if first.role == Role::User => {
            opening.append(&mut first.content);
            first.content = opening;
        }
        _ => turns.insert(
            0,
            Turn {
                role: Role::User,
                content: opening,
            },
        ),
    }
}

/// A document needs a text in its turn.
fn put_text_beside_documents(content: &mut Vec<Block<'_>>) {
    let has_document = content
        .iter()
        .any(|block| matches!(block, Block::Document(_)));
    let has_text = content.iter().any(|block| matches!(block, Block::Text(_)));
    if has_document && !has_text {
        content.push(placeholder());
    }
}

/// Asks for another turn after one of the model's.
const GO_ON: &str = "Continue.";

/// A conversation that ends with the assistant asks the model to go on with that turn. A model that cannot is asked for
/// another one: clients of OpenAI's APIs mean that, and agents come back so from a stream that broke off.
fn end_with_user(
    turns: &mut Vec<Turn<'_>>,
    request: &Request,
    translator: &mut Translator<'_>,
) -> Result<(), Error> {
    let Some(last) = turns.last_mut().filter(|turn| turn.role == Role::Assistant) else {
        return Ok(());
    };
    let at = request.messages.len().saturating_sub(1);
    if !translator.target.capabilities.prefill {
        let is_call = |block: &Block<'_>| matches!(block, Block::ToolUse(_));
        if last.content.iter().any(is_call) {
            return Err(Error::unsupported(
                format!("messages[{at}]"),
                "a final assistant turn (prefill) is not supported by this model: end with the results of its tool calls",
            ));
        }
        translator.notes.lost(
            Code::Added, format!("messages[{at}]"),
            "a final assistant turn (prefill) is not supported by this model; a user turn \"Continue.\" was added",
        )?;
        turns.push(Turn {
            role: Role::User,
            content: vec![Block::Text(Cow::Borrowed(GO_ON))],
        });
        return Ok(());
    }
    // White space at the end is refused; a cache point behind it says nothing.
    let mut spoken = last.content.iter_mut().rev();
    let is_point = |block: &&mut Block<'_>| matches!(block, Block::CachePoint(_));
    if let Some(Block::Text(text)) = spoken.find(|block| !is_point(block))
        && text.trim_end() != text
    {
        *text = Cow::Owned(text.trim_end().to_owned());
        translator.notes.changed(
            Code::Converted,
            format!("messages[{at}].content"),
            "white space at the end of the last assistant turn is not supported; trimmed",
        );
    }
    Ok(())
}
