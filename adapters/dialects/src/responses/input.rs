//! `input` → the system prompt and the turns.
//!
//! Items of one role in a row make one turn: what was thought, said and called is the assistant's, what tools returned
//! is the user's.

use bedrock_provider::json;
use bedrock_provider::warnings::Code;

use super::request::NOT_STORED;
use super::{REDACTED, SIGNATURE, calls};
use crate::canonical::{
    ContentBlock, Error, Message, RedactedThinkingBlock, Request, Role, ThinkingBlock,
};
use crate::fields::{Fields, elements, text};
use crate::notes::Notes;
use crate::openai::tools::offered::Offered;
use crate::openai::{part, piece};
use crate::path::Path;

/// How an item is read, whose type is known by now.
pub(super) type ReadItem =
    fn(&mut Fields<'_, '_>, &mut History<'_>, &mut Notes) -> Result<(), Error>;

/// The types of items, besides [`calls`].
const ITEMS: &[(&str, ReadItem)] = &[
    ("message", message),
    ("reasoning", reasoning),
    ("item_reference", reference),
];

/// A conversation so far, and the tools that it may call and find.
pub(super) struct History<'r> {
    pub(super) request: &'r mut Request,
    pub(super) offered: &'r mut Offered,
    /// Types of tools that were dropped.
    pub(super) dropped: &'r mut Vec<String>,
}

/// The member `input`: a text, or a list of items.
pub(super) fn read(
    root: &mut Fields<'_, '_>,
    history: &mut History<'_>,
    notes: &mut Notes,
) -> Result<(), Error> {
    const NAME: &str = "input";
    let path = Path::Root.member(NAME);
    let raw = root.required_raw(NAME)?;
    if json::kind(raw) == json::Kind::String {
        history.push(Role::User, vec![piece::text(text(raw, path)?)]);
        return Ok(());
    }
    for (at, raw) in elements(raw, path)?.into_iter().enumerate() {
        let mut item = Fields::open(raw, path.element(at))?;
        // A message need not say that it is one.
        let kind = item.text("type")?.unwrap_or_else(|| "message".into());
        let mut items = ITEMS.iter().chain(calls::ITEMS);
        let Some((_, read)) = items.find(|(name, _)| *name == kind) else {
            unknown(&mut item, &kind, history, notes)?;
            continue;
        };
        // Those of an earlier answer have them.
        item.text("id")?;
        item.text("status")?;
        read(&mut item, history, notes)?;
        item.finish(notes)?;
    }
    Ok(())
}

/// An item of an unknown type: a by-product of an answer is dropped with a warning, what a person said is refused.
fn unknown(
    item: &mut Fields<'_, '_>,
    kind: &str,
    history: &mut History<'_>,
    notes: &mut Notes,
) -> Result<(), Error> {
    const NAME: &str = "type";
    let role = item.raw("role");
    if !part::is_own(kind) && role.is_none_or(|role| role == "\"assistant\"") {
        const DROPPED: &str = "an item of this type is not supported; dropped";
        const REFUSED: &str = "an item of this type is not supported: remove it";
        let here = item.path();
        return notes.lost_or(Code::Dropped, here.member(NAME), DROPPED, REFUSED);
    }
    const TAKEN: &str = "items of type message, with parts in their `content`";
    let here = item.path();
    let text = notes.unsupported(here.member(NAME), kind, TAKEN)?;
    history.push(Role::User, vec![piece::text(text)]);
    Ok(())
}

impl History<'_> {
    /// Let a role go on. What says nothing makes no turn.
    pub(super) fn push(&mut self, role: Role, content: Vec<ContentBlock>) {
        if content.is_empty() {
            return;
        }
        match self.request.messages.last_mut() {
            Some(turn) if turn.role == role => turn.content.extend(content),
            _ => self.request.messages.push(Message { role, content }),
        }
    }
}

fn message(
    item: &mut Fields<'_, '_>,
    history: &mut History<'_>,
    notes: &mut Notes,
) -> Result<(), Error> {
    let role = match item.required_text("role")?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" | "developer" => Role::System,
        _ => return Err(item.invalid("role", "expected user, assistant, system or developer")),
    };
    const NAME: &str = "content";
    let content = match role {
        // An answer may have said nothing.
        Role::Assistant if item.raw(NAME).is_none() => Vec::new(),
        role => part::parts(item, NAME, role, notes)?,
    };
    match role {
        Role::System if history.request.messages.is_empty() => {
            piece::instruct(content, item, history.request)
        }
        role => {
            history.push(role, content);
            Ok(())
        }
    }
}

fn reasoning(
    item: &mut Fields<'_, '_>,
    history: &mut History<'_>,
    notes: &mut Notes,
) -> Result<(), Error> {
    let summary = thoughts(item, "summary", notes)?;
    let content = thoughts(item, "content", notes)?;
    if summary.is_some() && content.is_some() {
        item.changed(Code::Replaced, "summary", "replaced by `content`", notes);
    }
    const SEALED: &str = "encrypted_content";
    let sealed = item.text(SEALED)?.filter(|text| !text.is_empty());
    let own = |prefix| Some(sealed.as_deref()?.strip_prefix(prefix)?.to_owned());
    let (signature, redacted) = (own(SIGNATURE), own(REDACTED));
    if sealed.is_some() && signature.is_none() && redacted.is_none() {
        const WHY: &str = "encrypted by another service, which Bedrock cannot read";
        item.lost(SEALED, WHY, notes)?;
    }
    let block = match (content.or(summary), signature, redacted) {
        (None, None, Some(data)) => ContentBlock::RedactedThinking(RedactedThinkingBlock { data }),
        // It says nothing.
        (None, None, None) => return Ok(()),
        (thinking, signature, _) => ContentBlock::Thinking(ThinkingBlock {
            thinking: thinking.unwrap_or_default(),
            signature,
        }),
    };
    history.push(Role::Assistant, vec![block]);
    Ok(())
}

/// The texts of a list of parts, one below the other; none where there is no part.
fn thoughts(
    item: &mut Fields<'_, '_>,
    name: &'static str,
    notes: &mut Notes,
) -> Result<Option<String>, Error> {
    let texts = item.objects(name, notes, |part, _| {
        part.raw("type");
        part.required_text("text")
    })?;
    Ok((!texts.is_empty()).then(|| texts.join("\n")))
}

fn reference(item: &mut Fields<'_, '_>, _: &mut History<'_>, _: &mut Notes) -> Result<(), Error> {
    Err(item.unsupported("type", NOT_STORED))
}
