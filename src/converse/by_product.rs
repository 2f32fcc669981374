//! Blocks of a kind that the canonical shape has no case for: what an API left in the history besides what was said.
//!
//! In: a block as JSON, its `type` included. What it says to the model is sent as text: a compaction's summary, the names of the
//! tools that a search found. What says nothing to another service is dropped with a warning, a call and its result alike. What Converse itself
//! knows goes through by Converse's name. A kind that nobody knows is dropped where the model said it, and refused where
//! a person or a tool did: that may be half of a question.
//!
//! Source: Anthropic's pages on tool search, compaction, the MCP connector and code execution.

use std::borrow::Cow;

use super::blocks::{Path, Translator, is_blank};
use super::body::{Block, Role};
use super::{cache, names, unsupported};
use crate::canonical::{CacheControl, CacheTtl, Error};
use crate::excerpt::{printable, quoted};
use crate::json::Object;
use crate::warnings::Code;

/// Converse's own, as `{"type": NAME, NAME: {…}}`.
const CONVERSE: &[&str] = &["guardContent", "toolAddition", "toolRemoval"];

/// What of a block is said to the model.
enum Says {
    /// This member, a text.
    Text(&'static str),
    /// That a tool may be called, whose name is this member, or the member `name` of it.
    Tool(&'static str),
    /// Nothing.
    Nothing,
}

/// By `type`.
const KNOWN: &[(&str, Says)] = &[
    ("compaction", Says::Text("content")),
    ("tool_reference", Says::Tool("tool_name")),
    ("tool_addition", Says::Tool("tool")),
    ("tool_removal", Says::Nothing),
    ("container_upload", Says::Nothing),
    ("mcp_tool_use", Says::Nothing),
    ("mcp_tool_result", Says::Nothing),
];

/// A block of a turn; none where it says nothing.
pub(crate) fn block<'a>(
    json: &'a str,
    role: Role,
    path: Path<'_>,
    translator: &mut Translator<'_>,
) -> Result<Option<Block<'a>>, Error> {
    let block = parse(json, path)?;
    let kind = kind(&block);
    if let Some(name) = CONVERSE.iter().find(|name| **name == kind)
        && let Some(member) = block.raw(name)
    {
        return Ok(Some(Block::Raw(name, member)));
    }
    match KNOWN.iter().find(|(known, _)| *known == kind) {
        Some((_, says)) => said(&block, &kind, says, path, translator),
        None if role == Role::Assistant => dropped(&kind, path, translator),
        None => unknown(&kind, path, translator).map(Some),
    }
}

/// The `cache_control` of a block; a ttl that is not Anthropic's is that of a cache that is not told any.
pub(crate) fn cache_control(json: &str) -> Option<&'static CacheControl> {
    static UNTOLD: CacheControl = CacheControl { ttl: None };
    static ONE_HOUR: CacheControl = CacheControl {
        ttl: Some(CacheTtl::OneHour),
    };
    let block = Object::parse(json.as_bytes()).ok()?;
    let control = block.object("cache_control").ok()??;
    let ttl = control.string("ttl").ok().flatten();
    Some(match ttl.as_deref() {
        Some(cache::ONE_HOUR) => &ONE_HOUR,
        _ => &UNTOLD,
    })
}

/// A piece of what a tool returned; none where it says nothing.
pub(crate) fn in_result<'a>(
    json: &'a str,
    path: Path<'_>,
    translator: &mut Translator<'_>,
) -> Result<Option<Block<'a>>, Error> {
    let piece = parse(json, path)?;
    let kind = kind(&piece);
    match KNOWN.iter().find(|(known, _)| *known == kind) {
        Some((_, says)) => said(&piece, &kind, says, path, translator),
        None => unknown(&kind, path, translator).map(Some),
    }
}

/// What the names of Anthropic's tool search, and of its result, begin with.
pub(crate) const TOOL_SEARCH: &str = "tool_search_tool";

/// What a search of tools found, the content of a result of this kind; none where it is another, or found nothing.
pub(crate) fn found_tools<'a>(kind: &str, content: &str) -> Option<Cow<'a, str>> {
    if !kind.starts_with(TOOL_SEARCH) {
        return None;
    }
    let found = Object::parse(content.as_bytes()).ok()?;
    let references = found.objects("tool_references").ok()?;
    let names = references
        .iter()
        .filter_map(|tool| tool.string("tool_name").ok()?);
    let names: Vec<String> = names
        .map(|name| names::tool_name(&name).into_owned())
        .collect();
    (!names.is_empty()).then(|| ["Tools available: ", &names.join(", ")].concat().into())
}

fn parse<'a>(json: &'a str, path: Path<'_>) -> Result<Object<'a>, Error> {
    Object::parse(json.as_bytes()).map_err(|error| Error::invalid(path(), error.to_string()))
}

fn kind(block: &Object<'_>) -> String {
    block.string("type").ok().flatten().unwrap_or_default()
}

fn said<'a>(
    block: &Object<'_>,
    kind: &str,
    says: &Says,
    path: Path<'_>,
    translator: &mut Translator<'_>,
) -> Result<Option<Block<'a>>, Error> {
    let member = |name| block.string(name).ok().flatten();
    let text = match says {
        Says::Text(name) => member(name).filter(|text| !is_blank(text)),
        Says::Tool(name) => {
            let inner = || block.object(name).ok()??.string("name").ok()?;
            let tool = member(name).or_else(inner);
            tool.map(|tool| ["Tool available: ", &names::tool_name(&tool)].concat())
        }
        Says::Nothing => None,
    };
    match text {
        Some(text) => {
            translator.notes.changed(
                Code::Converted,
                path(),
                format!("a block of type {kind} is not supported by Bedrock; sent as text"),
            );
            Ok(Some(Block::Text(Cow::Owned(text))))
        }
        None => dropped(kind, path, translator),
    }
}

fn dropped<'a>(
    kind: &str,
    path: Path<'_>,
    translator: &mut Translator<'_>,
) -> Result<Option<Block<'a>>, Error> {
    let message = format!(
        "a block of type {} is not supported by Bedrock; dropped",
        quoted(kind)
    );
    translator.notes.lost(Code::Dropped, path(), message)?;
    Ok(None)
}

/// What a person or a tool said, in a kind that nobody knows.
fn unknown<'a>(
    kind: &str,
    path: Path<'_>,
    translator: &mut Translator<'_>,
) -> Result<Block<'a>, Error> {
    let error = Error::unsupported(
        path(),
        format!(
            "a block of type {} is not supported: remove it, or use guardContent, toolAddition or toolRemoval as in Converse",
            quoted(kind)
        ),
    );
    let may_replace = translator.replace_unsupported;
    unsupported::or_text(
        Err(error),
        &printable(kind, 64),
        may_replace,
        translator.notes,
    )
}
