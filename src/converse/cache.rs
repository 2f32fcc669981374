//! Cache points: where a cached prefix of the prompt ends.
//!
//! Converse has a block of its own for it, behind the block that the caller marked. Rules: never first in a turn, never
//! twice in a row, at most four, and no ttl longer than one before it, counted over tools, system and messages
//! (<https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>).

use std::borrow::Cow;

use super::body::{Block, CachePoint, Tool, ToolConfig, Turn};
use super::tool_result::PLACEHOLDER;
use crate::canonical::{CacheControl, CacheTtl, Error};
use crate::capability::Cache;
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// The most cache points of a request.
const MAX_POINTS: usize = 4;

/// The longest ttl.
pub(crate) const ONE_HOUR: &str = "1h";

/// The cache point for the `cache_control` of the field at `path`; none where the family has none there.
pub(crate) fn point<'a>(
    control: Option<&'a CacheControl>,
    at_least: Cache,
    target: &Target,
    path: &dyn Fn() -> String,
    notes: &mut Warnings,
) -> Result<Option<CachePoint<'a>>, Error> {
    let Some(control) = control else {
        return Ok(None);
    };
    let path = format!("{}.cache_control", path());
    let family = target.family;
    if target.capabilities.cache < at_least {
        let place = match at_least {
            Cache::All => "tools",
            _ => "prompts",
        };
        notes.lost(
            Code::Ignored,
            path,
            format!("caching of {place} is not supported by {family} models on Converse; ignored"),
        )?;
        return Ok(None);
    }
    let ttl = ttl(control);
    if target.capabilities.cache_ttl {
        return Ok(Some(CachePoint { ttl, path }));
    }
    // Five minutes is what every cache gives unasked.
    if ttl.is_some_and(|ttl| ttl != "5m") {
        let message = "not supported by this model; replaced by 5m";
        notes.lost(Code::Replaced, format!("{path}.ttl"), message)?;
    }
    Ok(Some(CachePoint { ttl: None, path }))
}

/// The ttl in the word that Anthropic and Converse have for it.
pub(crate) fn ttl(control: &CacheControl) -> Option<&str> {
    control.ttl.as_ref().map(|ttl| match ttl {
        CacheTtl::FiveMinutes => "5m",
        CacheTtl::OneHour => ONE_HOUR,
        CacheTtl::Other(ttl) => ttl,
    })
}

/// Put a cache point behind the last block; twice is once, and thinking is cached with what follows it alone.
pub(crate) fn push<'a>(content: &mut Vec<Block<'a>>, point: Option<CachePoint<'a>>) {
    let last = content.last();
    if let Some(point) = point
        && !matches!(last, Some(Block::CachePoint(_) | Block::Reasoning(_)))
    {
        content.push(Block::CachePoint(point));
    }
}

/// Hold the rules that only show in the whole request.
pub(crate) fn settle<'a>(
    tools: &mut Option<ToolConfig<'a>>,
    system: &mut Vec<Block<'a>>,
    turns: &mut [Turn<'a>],
    target: &Target,
    notes: &mut Warnings,
) -> Result<(), Error> {
    if target.capabilities.anthropic_fields {
        for turn in turns.iter_mut() {
            part_from_text_documents(&mut turn.content, notes);
        }
    }
    let tools = tools.as_mut().map(|config| &mut config.tools);
    let mut lists = vec![system];
    lists.extend(turns.iter_mut().map(|turn| &mut turn.content));
    drop_the_earliest(tools, lists, notes)
}

/// Claude refuses a cache point right behind a document that is text: it goes behind the next block. Where there is none,
/// a text is put there, since it is the document that shall be cached.
fn part_from_text_documents(content: &mut Vec<Block<'_>>, notes: &mut Warnings) {
    let is_text = |block: &Block<'_>| matches!(block, Block::Document(document) if document.format != Some("pdf"));
    let is_point = |block: &Block<'_>| matches!(block, Block::CachePoint(_));
    let is_refused =
        |pair: &[Block<'_>]| matches!(pair, [one, other] if is_text(one) && is_point(other));
    if !content.windows(2).any(is_refused) {
        return;
    }
    let mut rest = std::mem::take(content).into_iter();
    content.reserve(rest.len());
    while let Some(mut block) = rest.next() {
        while let Block::CachePoint(point) = &block
            && content.last().is_some_and(is_text)
        {
            match rest.as_slice() {
                [] => {
                    notes.changed(
                        Code::Added, &*point.path,
                        format!("a cache point after a text document is not supported by Claude; the text {PLACEHOLDER:?} was inserted between"),
                    );
                    content.push(Block::Text(Cow::Borrowed(PLACEHOLDER)));
                }
                // Twice is once, also behind the next block.
                next if next.iter().take(2).any(is_point) => {
                    let Some(next) = rest.next() else {
                        break;
                    };
                    block = next;
                }
                _ => content.extend(rest.next()),
            }
        }
        content.push(block);
    }
}

fn drop_the_earliest<'a>(
    tools: Option<&mut Vec<Tool<'a>>>,
    lists: Vec<&mut Vec<Block<'a>>>,
    notes: &mut Warnings,
) -> Result<(), Error> {
    let is_tool_point = |tool: &Tool<'_>| matches!(tool, Tool::CachePoint(_));
    let is_point = |block: &Block<'_>| matches!(block, Block::CachePoint(_));
    let in_tools = tools.as_ref().map_or(0, |tools| {
        tools.iter().filter(|tool| is_tool_point(tool)).count()
    });
    let in_lists = lists
        .iter()
        .flat_map(|list| list.iter())
        .filter(|block| is_point(block))
        .count();
    let mut too_many = (in_tools + in_lists).saturating_sub(MAX_POINTS);
    let mut dropped = Vec::new();
    let mut kept: Vec<&mut CachePoint<'a>> = Vec::new();
    let mut keeps = |point: &CachePoint<'_>| {
        let keeps = too_many == 0;
        if !keeps {
            too_many -= 1;
            dropped.push(point.path.clone());
        }
        keeps
    };
    if let Some(tools) = tools {
        tools.retain(|tool| match tool {
            Tool::CachePoint(point) => keeps(point),
            _ => true,
        });
        kept.extend(tools.iter_mut().filter_map(|tool| match tool {
            Tool::CachePoint(point) => Some(point),
            _ => None,
        }));
    }
    for list in lists {
        list.retain(|block| match block {
            Block::CachePoint(point) => keeps(point),
            _ => true,
        });
        kept.extend(list.iter_mut().filter_map(|block| match block {
            Block::CachePoint(point) => Some(point),
            _ => None,
        }));
    }
    for path in dropped {
        let message = "more than 4 cache points are not supported; dropped, the last 4 are kept";
        notes.lost(Code::Dropped, path, message)?;
    }
    raise_before_one_hour(&mut kept, notes);
    Ok(())
}

/// A ttl may not be longer than one before it: those before an hour get an hour too.
fn raise_before_one_hour(points: &mut [&mut CachePoint<'_>], notes: &mut Warnings) {
    let last = points.iter().rposition(|point| point.ttl == Some(ONE_HOUR));
    for point in points.iter_mut().take(last.unwrap_or(0)) {
        if point.ttl != Some(ONE_HOUR) {
            point.ttl = Some(ONE_HOUR);
            notes.changed(
                Code::Replaced,
                format!("{}.ttl", point.path),
                "a shorter ttl before a longer one is not supported; replaced by 1h",
            );
        }
    }
}
