//! Canonical blocks → content blocks.

use bedrock_provider::json::{self, Writer};

use super::{citation, source};
use crate::canonical::{
    CacheControl, CacheTtl, ContentBlock, DocumentBlock, MediaBlock, PlainText, SearchResultBlock,
    Source, ToolResultBlock, ToolResultContent, ToolUseBlock,
};

/// JSON of another's, byte for byte; as a text where it is none, so that what is around it stays JSON.
pub(super) fn embed(w: &mut Writer, json: &str) {
    match json::verbatim(json) {
        Ok(json) => w.raw(json),
        Err(_) => w.text(json),
    }
}

/// The member `cache_control`, where there is one.
pub(super) fn cache_control(w: &mut Writer, control: Option<&CacheControl>) {
    let Some(control) = control else {
        return;
    };
    w.name("cache_control").object(|w| {
        w.name("type").text("ephemeral");
        match &control.ttl {
            None => {}
            Some(CacheTtl::FiveMinutes) => w.name("ttl").text("5m"),
            Some(CacheTtl::OneHour) => w.name("ttl").text("1h"),
            Some(CacheTtl::Other(ttl)) => w.name("ttl").text(ttl),
        }
    });
}

/// One block.
pub(super) fn write(block: &ContentBlock, w: &mut Writer) {
    match block {
        ContentBlock::Text(block) => w.object(|w| {
            w.name("type").text("text");
            w.name("text").text(&block.text);
            if !block.citations.is_empty() {
                w.name("citations").array(|w| {
                    for each in &block.citations {
                        citation::write(each, w);
                    }
                });
            }
            cache_control(w, block.cache_control.as_ref());
        }),
        ContentBlock::Image(block) => medium("image", &block.source, &block.cache_control, w),
        ContentBlock::Document(block) => document(block, w),
        ContentBlock::Video(MediaBlock {
            source,
            cache_control,
        }) => {
            medium("video", source, cache_control, w);
        }
        ContentBlock::Audio(MediaBlock {
            source,
            cache_control,
        }) => {
            medium("audio", source, cache_control, w);
        }
        ContentBlock::SearchResult(block) => search_result(block, w),
        ContentBlock::ToolUse(call) => tool_use("tool_use", call, w),
        ContentBlock::ServerToolUse(call) => tool_use("server_tool_use", call, w),
        ContentBlock::ToolResult(result) => tool_result(result, result.content.iter(), w),
        ContentBlock::ServerToolResult(result) => w.object(|w| {
            w.name("type").text(&result.kind);
            w.name("tool_use_id").text(&result.tool_use_id);
            embed(w.name("content"), &result.content);
        }),
        ContentBlock::Thinking(block) => w.object(|w| {
            w.name("type").text("thinking");
            w.name("thinking").text(&block.thinking);
            w.name("signature")
                .text(block.signature.as_deref().unwrap_or_default());
        }),
        ContentBlock::RedactedThinking(block) => w.object(|w| {
            w.name("type").text("redacted_thinking");
            w.name("data").text(&block.data);
        }),
        ContentBlock::Other(json) => embed(w, json),
    }
}

fn medium(kind: &str, from: &Source, control: &Option<CacheControl>, w: &mut Writer) {
    w.object(|w| {
        w.name("type").text(kind);
        source::write(from, w.name("source"));
        cache_control(w, control.as_ref());
    });
}

/// `citations` of a document or a search result.
fn may_cite(may: bool, w: &mut Writer) {
    if may {
        w.name("citations").object(|w| w.name("enabled").flag(true));
    }
}

fn document(block: &DocumentBlock, w: &mut Writer) {
    w.object(|w| {
        w.name("type").text("document");
        source::write(&block.source, w.name("source"));
        for (name, text) in [("title", &block.title), ("context", &block.context)] {
            if let Some(text) = text {
                w.name(name).text(text);
            }
        }
        may_cite(block.citations, w);
        cache_control(w, block.cache_control.as_ref());
    });
}

fn search_result(block: &SearchResultBlock, w: &mut Writer) {
    w.object(|w| {
        w.name("type").text("search_result");
        w.name("source").text(&block.source);
        w.name("title").text(&block.title);
        source::write_texts(&block.content, w.name("content"));
        may_cite(block.citations, w);
        cache_control(w, block.cache_control.as_ref());
    });
}

fn tool_use(kind: &str, call: &ToolUseBlock, w: &mut Writer) {
    w.object(|w| {
        w.name("type").text(kind);
        w.name("id").text(&call.id);
        w.name("name").text(&call.name);
        match call.input.trim() {
            "" => w.name("input").raw("{}"),
            input => embed(w.name("input"), input),
        }
        cache_control(w, call.cache_control.as_ref());
    });
}

/// A tool's result, with these pieces of it.
pub(super) fn tool_result<'a>(
    result: &ToolResultBlock,
    pieces: impl Iterator<Item = &'a ToolResultContent>,
    w: &mut Writer,
) {
    w.object(|w| {
        w.name("type").text("tool_result");
        w.name("tool_use_id").text(&result.tool_use_id);
        w.name("content").array(|w| {
            for piece in pieces {
                write_piece(piece, w);
            }
        });
        if result.is_error {
            w.name("is_error").flag(true);
        }
        cache_control(w, result.cache_control.as_ref());
    });
}

/// One piece of what a tool returned. This API has no JSON there: it goes as text.
fn write_piece(piece: &ToolResultContent, w: &mut Writer) {
    match piece {
        ToolResultContent::Text(text) => plain_text(text, w),
        ToolResultContent::Image(block) => medium("image", &block.source, &block.cache_control, w),
        ToolResultContent::Document(block) => document(block, w),
        ToolResultContent::Video(block) => medium("video", &block.source, &block.cache_control, w),
        ToolResultContent::SearchResult(block) => search_result(block, w),
        ToolResultContent::Json(json) => w.object(|w| {
            w.name("type").text("text");
            w.name("text").text(json);
        }),
        ToolResultContent::Other(json) => embed(w, json),
    }
}

/// Text that cites nothing, as a block.
pub(super) fn plain_text(text: &PlainText, w: &mut Writer) {
    w.object(|w| {
        w.name("type").text("text");
        w.name("text").text(&text.text);
        cache_control(w, text.cache_control.as_ref());
    });
}
