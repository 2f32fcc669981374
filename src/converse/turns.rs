//! System prompt and turns: who said what, in the order that Converse wants.
//!
//! Converse wants turns to alternate and to begin with the user, text not to be blank, a text beside each document, and
//! tool results first. What breaks these rules is repaired here, the same way each time; nothing that says something is
//! lost.

use std::borrow::Cow;

use super::blocks::{Translator, is_blank};
use super::body::{Block, Role, Turn};
use super::cache;
use super::tool_result::{self, PLACEHOLDER};
use crate::canonical::{self, Error, Request};
use crate::capability::Cache;

/// `system`, and how the conversation begins where the family has no `system`.
#[derive(Debug, Default)]
pub(crate) struct System<'a> {
    pub blocks: Vec<Block<'a>>,
    /// For the first user turn instead.
    pub in_turn: Vec<Block<'a>>,
}

/// `system`: each text, with its cache point behind it, and `instruction` last.
pub(crate) fn system<'a>(
    request: &'a Request,
    instruction: Option<String>,
    translator: &mut Translator<'_>,
) -> Result<System<'a>, Error> {
    let mut blocks = Vec::with_capacity(request.system.len() + 1);
    for (at, text) in request.system.iter().enumerate() {
        let path = || format!("system[{at}]");
        if !is_blank(&text.text) {
            blocks.push(Block::Text(Cow::Borrowed(&text.text)));
        }
        let control = text.cache_control.as_ref();
        let profile = translator.profile;
        let point = cache::point(control, Cache::Messages, profile, &path, translator.notes)?;
        cache::push(&mut blocks, point);
    }
    blocks.extend(instruction.map(|text| Block::Text(Cow::Owned(text))));
    if translator.profile.capabilities.system || blocks.is_empty() {
        return Ok(System {
            blocks,
            in_turn: Vec::new(),
        });
    }
    let family = translator.profile.family;
    translator.notes.changed(
        "system",
        format!(
            "{family} models take no system prompt: sent at the beginning of the first user turn"
        ),
    );
    Ok(System {
        blocks: Vec::new(),
        in_turn: blocks,
    })
}

/// `messages`, after what `system` has for the first turn.
pub(crate) fn messages<'a>(
    request: &'a Request,
    system: &mut System<'a>,
    translator: &mut Translator<'_>,
) -> Result<Vec<Turn<'a>>, Error> {
    let mut turns: Vec<Turn<'a>> = Vec::with_capacity(request.messages.len() + 1);
    for (at, message) in request.messages.iter().enumerate() {
        let role = role(message.role, at, translator)?;
        let mut content = Vec::with_capacity(message.content.len());
        for (position, block) in message.content.iter().enumerate() {
            let path = || format!("messages[{at}].content[{position}]");
            translator.push(&mut content, block, role, &path)?;
        }
        if content.is_empty() {
            // Blank text only: it said nothing, but the turn was taken.
            translator.notes.changed(
                format!("messages[{at}].content"),
                "nothing to send: a placeholder text was put in its place",
            );
            content.push(placeholder());
        }
        push(&mut turns, role, content);
    }
    begin_with_user(&mut turns, system, translator);
    if turns.is_empty() {
        return Err(Error::invalid(
            "messages",
            "expected at least one message, saw none",
        ));
    }
    let mut turns = tool_result::arrange(turns, translator.profile, translator.notes)?;
    for turn in &mut turns {
        put_text_beside_documents(&mut turn.content);
    }
    end_with_user(&mut turns, request, translator)?;
    Ok(turns)
}

fn placeholder<'a>() -> Block<'a> {
    Block::Text(Cow::Borrowed(PLACEHOLDER))
}

/// Turns of one role are one turn.
fn push<'a>(turns: &mut Vec<Turn<'a>>, role: Role, mut content: Vec<Block<'a>>) {
    match turns.last_mut() {
        Some(last) if last.role == role => last.content.append(&mut content),
        _ => turns.push(Turn { role, content }),
    }
}

fn role(role: canonical::Role, at: usize, translator: &mut Translator<'_>) -> Result<Role, Error> {
    Ok(match role {
        canonical::Role::User => Role::User,
        canonical::Role::Assistant => Role::Assistant,
        canonical::Role::System if translator.profile.capabilities.mid_conversation_system => {
            Role::System
        }
        canonical::Role::System => {
            let message =
                "this model takes no instructions in mid-conversation: sent as the user's";
            translator
                .notes
                .lost(format!("messages[{at}].role"), message)?;
            Role::User
        }
    })
}

/// Most families want the user to begin; a system prompt that has no place of its own begins with the user's words.
fn begin_with_user<'a>(
    turns: &mut Vec<Turn<'a>>,
    system: &mut System<'a>,
    translator: &mut Translator<'_>,
) {
    // Instructions may come before the first who speaks.
    let first = turns.iter().find(|turn| turn.role != Role::System);
    let starts_with_user = first.is_some_and(|turn| turn.role == Role::User);
    let may_lead = translator.profile.capabilities.leading_assistant && first.is_some();
    let mut opening = std::mem::take(&mut system.in_turn);
    if opening.is_empty() && !starts_with_user && !may_lead {
        if turns.is_empty() && system.blocks.is_empty() {
            return;
        }
        translator.notes.changed(
            "messages",
            "a conversation begins with the user here: a placeholder turn was put first",
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

/// A conversation that ends with the assistant asks the model to go on with that turn.
fn end_with_user(
    turns: &mut [Turn<'_>],
    request: &Request,
    translator: &mut Translator<'_>,
) -> Result<(), Error> {
    let Some(last) = turns.last_mut().filter(|turn| turn.role == Role::Assistant) else {
        return Ok(());
    };
    let at = request.messages.len().saturating_sub(1);
    if !translator.profile.capabilities.prefill {
        return Err(Error::unsupported(
            format!("messages[{at}]"),
            "this model does not go on with a turn of its own: end with a user turn",
        ));
    }
    // White space at the end is refused; a cache point behind it says nothing.
    let mut spoken = last.content.iter_mut().rev();
    let is_point = |block: &&mut Block<'_>| matches!(block, Block::CachePoint(_));
    if let Some(Block::Text(text)) = spoken.find(|block| !is_point(block))
        && text.trim_end() != text
    {
        *text = Cow::Owned(text.trim_end().to_owned());
        translator.notes.changed(
            format!("messages[{at}].content"),
            "white space at the end of the last assistant turn is refused: trimmed",
        );
    }
    Ok(())
}
