//! Content blocks → canonical ones.
//!
//! A kind that is not known is kept as it is, byte for byte, where the canonical shape has a case for it.

use bedrock_provider::json;

use super::{citation, source};
use crate::canonical::{
    CacheControl, CacheTtl, ContentBlock, DocumentBlock, Error, ImageBlock, MediaBlock, PlainText,
    RedactedThinkingBlock, Role, SearchResultBlock, ServerToolResultBlock, Source, TextBlock,
    ThinkingBlock, ToolResultBlock, ToolResultContent, ToolUseBlock,
};
use crate::fields::{Fields, each, text};
use crate::notes::{NOT_SUPPORTED, Notes};
use crate::openai::{part, piece};
use crate::path::Path;

/// What `cache_control` of a block that has no place for it says.
const NO_CACHE: &str = "cache points are not supported on blocks of this type";

/// A member that may only say what holds anyway.
pub(super) fn default_only(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    is_default: impl Fn(&str) -> bool,
    notes: &mut Notes,
) -> Result<(), Error> {
    match fields.raw(name) {
        Some(raw) if !is_default(raw) => fields.lost(name, NOT_SUPPORTED, notes),
        _ => Ok(()),
    }
}

/// Who called a tool: the model itself, or code that it wrote.
fn caller(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<(), Error> {
    let is_direct = |raw: &str| {
        let object = json::Object::parse(raw.as_bytes()).unwrap_or_default();
        object.raw("type") == Some("\"direct\"")
    };
    default_only(fields, "caller", is_direct, notes)
}

/// `cache_control`.
pub(crate) fn cache_control(
    fields: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<Option<CacheControl>, Error> {
    fields.object("cache_control", notes, |fields, _| {
        if fields.text("type")?.is_some_and(|kind| kind != "ephemeral") {
            return Err(fields.invalid("type", "expected \"ephemeral\""));
        }
        let ttl = fields.text("ttl")?.map(|ttl| match ttl.as_str() {
            "5m" => CacheTtl::FiveMinutes,
            "1h" => CacheTtl::OneHour,
            _ => CacheTtl::Other(ttl),
        });
        // Who shares what is cached, which is nobody's choice on Bedrock.
        fields.raw("scope");
        Ok(CacheControl { ttl })
    })
}

/// `content` of a message: a text, a block, or a list of either.
pub(super) fn content(
    raw: &str,
    path: Path<'_>,
    role: Role,
    notes: &mut Notes,
) -> Result<Vec<ContentBlock>, Error> {
    let mut blocks = Vec::new();
    each(raw, path, &mut |raw, path| {
        blocks.push(block(raw, path, role, notes)?);
        Ok(())
    })?;
    Ok(blocks)
}

/// One block, or a text.
pub(super) fn block(
    raw: &str,
    path: Path<'_>,
    role: Role,
    notes: &mut Notes,
) -> Result<ContentBlock, Error> {
    if json::kind(raw) == json::Kind::String {
        return text(raw, path).map(piece::text);
    }
    let mut fields = Fields::open(raw, path)?;
    let kind = fields.required_text("type")?;
    let block = match block_of(&kind, &mut fields, role, notes) {
        // Clients of OpenAI's APIs send their own parts.
        Ok(None) => part::own(&kind, &mut fields, notes),
        known => known,
    };
    let block = match block {
        Ok(block) => block,
        Err(error) => return notes.replace(path, &kind, error).map(piece::text),
    };
    let Some(block) = block else {
        return Ok(ContentBlock::Other(raw.to_owned()));
    };
    fields.finish(notes)?;
    Ok(block)
}

/// A block of this type, which is read by now; none where this API has no such type.
pub(crate) fn block_of(
    kind: &str,
    f: &mut Fields<'_, '_>,
    role: Role,
    notes: &mut Notes,
) -> Result<Option<ContentBlock>, Error> {
    let block = match kind {
        "text" => ContentBlock::Text(TextBlock {
            text: f.required_text("text")?,
            citations: citations(f, notes)?,
            cache_control: cache_control(f, notes)?,
        }),
        "image" => ContentBlock::Image(image(f, notes)?),
        "document" => ContentBlock::Document(document(f, notes)?),
        "video" => ContentBlock::Video(medium(f, notes)?),
        "audio" => ContentBlock::Audio(medium(f, notes)?),
        "search_result" => ContentBlock::SearchResult(search_result(f, notes)?),
        "tool_use" => ContentBlock::ToolUse(tool_use(f, notes)?),
        "server_tool_use" => ContentBlock::ServerToolUse(tool_use(f, notes)?),
        "tool_result" if role != Role::Assistant => {
            ContentBlock::ToolResult(tool_result(f, notes)?)
        }
        "thinking" => ContentBlock::Thinking(ThinkingBlock {
            thinking: f.required_text("thinking")?,
            signature: f.text("signature")?.filter(|text| !text.is_empty()),
        }),
        "redacted_thinking" => ContentBlock::RedactedThinking(RedactedThinkingBlock {
            data: f.required_text("data")?,
        }),
        _ if is_server_result(kind, f) => {
            let block = ServerToolResultBlock {
                tool_use_id: f.required_text("tool_use_id")?,
                content: f.required_raw("content")?.to_owned(),
                kind: kind.to_owned(),
            };
            if f.raw("cache_control").is_some() {
                f.lost("cache_control", NO_CACHE, notes)?;
            }
            caller(f, notes)?;
            ContentBlock::ServerToolResult(block)
        }
        _ => return Ok(None),
    };
    Ok(Some(block))
}

/// `web_search_tool_result` and its kin, which the model's own turn has. MCP's has members more: it is kept as it is.
fn is_server_result(kind: &str, fields: &mut Fields<'_, '_>) -> bool {
    kind.ends_with("_result")
        && kind != "mcp_tool_result"
        && fields.raw("tool_use_id").is_some()
        && fields.raw("content").is_some()
}

/// `citations` of a text.
pub(crate) fn citations(
    fields: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<Vec<crate::canonical::Citation>, Error> {
    let here = fields.path();
    let path = here.member("citations");
    let mut citations = Vec::new();
    for (at, raw) in fields.elements("citations")?.into_iter().enumerate() {
        citations.push(citation::read(raw, path.element(at), notes)?);
    }
    Ok(citations)
}

fn media_source(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Source, Error> {
    fields
        .object("source", notes, source::read)?
        .ok_or_else(|| fields.missing("source"))
}

fn image(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<ImageBlock, Error> {
    Ok(ImageBlock {
        source: media_source(fields, notes)?,
        cache_control: cache_control(fields, notes)?,
    })
}

fn medium(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<MediaBlock, Error> {
    Ok(MediaBlock {
        source: media_source(fields, notes)?,
        cache_control: cache_control(fields, notes)?,
    })
}

/// `citations` of a document or a search result: `{"enabled": true}`.
fn may_cite(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<bool, Error> {
    let enabled = fields.object("citations", notes, |fields, _| fields.flag("enabled"))?;
    Ok(enabled.flatten().unwrap_or(false))
}

fn document(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<DocumentBlock, Error> {
    Ok(DocumentBlock {
        source: media_source(fields, notes)?,
        title: fields.text("title")?,
        context: fields.text("context")?,
        citations: may_cite(fields, notes)?,
        cache_control: cache_control(fields, notes)?,
    })
}

fn search_result(
    fields: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<SearchResultBlock, Error> {
    let raw = fields.required_raw("content")?;
    let path = fields.path();
    Ok(SearchResultBlock {
        source: fields.required_text("source")?,
        title: fields.required_text("title")?,
        content: source::texts(raw, path.member("content"), notes)?,
        citations: may_cite(fields, notes)?,
        cache_control: cache_control(fields, notes)?,
    })
}

fn tool_use(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<ToolUseBlock, Error> {
    caller(fields, notes)?;
    Ok(ToolUseBlock {
        id: fields.required_text("id")?,
        name: fields.required_text("name")?,
        // A model's own mistakes are in the history too: it need be no object, nor be there.
        input: fields.raw("input").unwrap_or("{}").to_owned(),
        cache_control: cache_control(fields, notes)?,
    })
}

fn tool_result(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<ToolResultBlock, Error> {
    let here = fields.path();
    let path = here.member("content");
    let mut content = Vec::new();
    if let Some(raw) = fields.raw("content") {
        each(raw, path, &mut |raw, path| {
            content.push(returned(raw, path, notes)?);
            Ok(())
        })?;
    }
    Ok(ToolResultBlock {
        tool_use_id: fields.required_text("tool_use_id")?,
        content,
        is_error: fields.flag("is_error")?.unwrap_or(false),
        cache_control: cache_control(fields, notes)?,
    })
}

/// One piece of what a tool returned, or a text.
fn returned(raw: &str, path: Path<'_>, notes: &mut Notes) -> Result<ToolResultContent, Error> {
    if json::kind(raw) == json::Kind::String {
        return Ok(ToolResultContent::Text(PlainText {
            text: text(raw, path)?,
            cache_control: None,
        }));
    }
    let mut fields = Fields::open(raw, path)?;
    let kind = fields.required_text("type")?;
    let piece = match returned_of(&kind, &mut fields, notes) {
        Ok(Some(piece)) => piece,
        Ok(None) => return Ok(ToolResultContent::Other(raw.to_owned())),
        Err(error) => {
            return Ok(ToolResultContent::Text(PlainText {
                text: notes.replace(path, &kind, error)?,
                cache_control: None,
            }));
        }
    };
    fields.finish(notes)?;
    Ok(piece)
}

/// One piece of this type, which is read by now; none where no API has such a type.
fn returned_of(
    kind: &str,
    f: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<Option<ToolResultContent>, Error> {
    Ok(Some(match kind {
        "text" => ToolResultContent::Text(plain_text(f, notes)?),
        "image" => ToolResultContent::Image(image(f, notes)?),
        "document" => ToolResultContent::Document(document(f, notes)?),
        "video" => ToolResultContent::Video(medium(f, notes)?),
        "search_result" => ToolResultContent::SearchResult(search_result(f, notes)?),
        kind => match part::own(kind, f, notes)? {
            Some(block) => piece::returned(block, f, "type")?,
            None => return Ok(None),
        },
    }))
}

/// Text that cites nothing; its `type` is read by now.
pub(super) fn plain_text(
    fields: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<PlainText, Error> {
    default_only(fields, "citations", |raw| raw == "[]", notes)?;
    Ok(PlainText {
        text: fields.required_text("text")?,
        cache_control: cache_control(fields, notes)?,
    })
}
