//! What a tool returned: inside `toolResult`, and what must stand beside it instead.
//!
//! Families differ in what they take inside a result and beside one; what may not stand where the caller put it is moved
//! to where it may. Rules: `ToolResultBlock` of the Converse API reference and the family's row (`result_images`,
//! `result_documents`, `beside_results`).

use std::borrow::Cow;

use super::blocks::{Path, Translator, is_blank};
use super::body::{Block, Role, ToolResult, Turn};
use super::counts::Counts;
use super::format::Kind;
use super::media::{File, Place};
use super::{by_product, cache, names};
use crate::canonical::{
    CacheControl, Error, ServerToolResultBlock, ToolResultBlock, ToolResultContent,
};
use crate::capability::{BesideResults, ResultDocuments};
use crate::excerpt::quoted;
use crate::json;
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// Stands where Converse wants text and there is none: it refuses blank text.
pub(crate) const PLACEHOLDER: &str = ".";

/// Append a result, and behind it what this family takes only beside a result. The cache point that ends with the result,
/// or inside it, where Converse has none.
pub(crate) fn push<'a>(
    translator: &mut Translator<'_>,
    content: &mut Vec<Block<'a>>,
    result: &'a ToolResultBlock,
    path: Path<'_>,
) -> Result<Option<&'a CacheControl>, Error> {
    let mut inside = Vec::with_capacity(result.content.len());
    let mut beside = Vec::new();
    let mut cache_control = None;
    for (at, piece) in result.content.iter().enumerate() {
        let path = || format!("{}.content[{at}]", path());
        let (control, block) = piece_of(translator, piece, &path)?;
        cache_control = control.or(cache_control);
        let Some(block) = block else {
            continue;
        };
        match belongs_inside(&block, translator.target) {
            true => inside.push(block),
            false => {
                let family = translator.target.family;
                translator.notes.changed(
                    Code::Moved,
                    path(),
                    format!(
                        "not supported inside a tool result by {family} models; moved beside it"
                    ),
                );
                beside.push(block);
            }
        }
    }
    if translator.tools_as_text {
        content.push(as_text(&inside, result.is_error));
        content.extend(
            inside
                .into_iter()
                .filter(|block| !matches!(block, Block::Text(_))),
        );
        content.extend(beside);
        return Ok(result.cache_control.as_ref().or(cache_control));
    }
    if inside.is_empty() {
        inside.push(Block::Text(Cow::Borrowed(PLACEHOLDER)));
    }
    let capabilities = &translator.target.capabilities;
    if result.is_error && !capabilities.result_status {
        // It takes no status; the text is all that the model sees of it.
        inside.insert(0, Block::Text(Cow::Borrowed("[error]")));
    }
    content.push(Block::ToolResult(ToolResult {
        content: inside,
        is_error: result.is_error && capabilities.result_status,
        tool_use_id: names::tool_use_id(&result.tool_use_id, capabilities.tool_ids),
        kind: None,
    }));
    content.extend(beside);
    Ok(result.cache_control.as_ref().or(cache_control))
}

/// The cache point that a piece asks for, and the block that it would be inside the result; none where it says nothing.
type Piece<'a> = (Option<&'a CacheControl>, Option<Block<'a>>);

fn piece_of<'a>(
    translator: &mut Translator<'_>,
    piece: &'a ToolResultContent,
    path: Path<'_>,
) -> Result<Piece<'a>, Error> {
    let file = |translator: &mut Translator<'_>, file| translator.file(file, Place::Result, path);
    let (cache_control, block) = match piece {
        ToolResultContent::Text(text) => (
            &text.cache_control,
            Some(Block::Text(Cow::Borrowed(text.text.as_str()))).filter(|_| !is_blank(&text.text)),
        ),
        ToolResultContent::Image(image) => (
            &image.cache_control,
            Some(file(translator, File::of(Kind::Image, &image.source))?),
        ),
        ToolResultContent::Video(video) => (
            &video.cache_control,
            Some(file(translator, File::of(Kind::Video, &video.source))?),
        ),
        ToolResultContent::Document(document) => (
            &document.cache_control,
            Some(file(translator, File::of_document(document))?),
        ),
        ToolResultContent::SearchResult(result) => (
            &result.cache_control,
            Some(translator.search_result(result, path)?),
        ),
        // As text: the json member takes objects only, and not every object.
        ToolResultContent::Json(json) if is_blank(json) => (&None, None),
        ToolResultContent::Json(json) => {
            json::verbatim(json).map_err(|error| Error::invalid(path(), error.to_string()))?;
            (&None, Some(Block::Text(Cow::Borrowed(json.as_str()))))
        }
        ToolResultContent::Other(json) => (&None, by_product::in_result(json, path, translator)?),
    };
    Ok((cache_control.as_ref(), block))
}

fn belongs_inside(block: &Block<'_>, target: &Target) -> bool {
    let capabilities = &target.capabilities;
    match block {
        Block::Image(_) => capabilities.result_images,
        Block::Document(document) => match capabilities.result_documents {
            ResultDocuments::None => false,
            ResultDocuments::Text => matches!(document.format, None | Some("csv" | "txt")),
            ResultDocuments::Any => true,
        },
        Block::Video(_) | Block::Audio(_) => false,
        _ => true,
    }
}

fn as_text<'a>(inside: &[Block<'_>], is_error: bool) -> Block<'a> {
    let texts = inside.iter().filter_map(|block| match block {
        Block::Text(text) => Some(text.clone().into_owned()),
        _ => None,
    });
    let texts: Vec<_> = texts.collect();
    let what = if is_error { "failed" } else { "returned" };
    Block::Text(Cow::Owned(format!(
        "[the tool {what}: {}]",
        texts.join("\n")
    )))
}

/// A result of a tool that the service ran, as it came.
pub(crate) fn of_server<'a>(
    result: &'a ServerToolResultBlock,
    target: &Target,
    path: Path<'_>,
) -> Result<Block<'a>, Error> {
    let invalid =
        |error: json::Error| Error::invalid(format!("{}.content", path()), error.to_string());
    let mut content = Vec::new();
    for piece in json::elements(&result.content).map_err(|error| invalid(error.into()))? {
        let piece = json::Object::parse(piece.as_bytes()).map_err(invalid)?;
        for name in ["text", "json"] {
            content.extend(piece.raw(name).map(|value| Block::Raw(name, value)));
        }
    }
    Ok(Block::ToolResult(ToolResult {
        content,
        is_error: false,
        tool_use_id: names::tool_use_id(&result.tool_use_id, target.capabilities.tool_ids),
        kind: Some(&result.kind),
    }))
}

/// A block of a turn and the cache point behind it.
type Group<'a> = Vec<Block<'a>>;

fn groups<'a>(content: Vec<Block<'a>>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::with_capacity(content.len());
    for block in content {
        match groups.last_mut() {
            Some(group) if matches!(block, Block::CachePoint(_)) => group.push(block),
            _ => groups.push(vec![block]),
        }
    }
    groups
}

fn result_id<'g>(group: &'g Group<'_>) -> Option<&'g str> {
    match group.first() {
        Some(Block::ToolResult(result)) => Some(&result.tool_use_id),
        _ => None,
    }
}

/// Whether the user's turn says what tools returned.
pub(crate) fn has_results(turn: &Turn<'_>) -> bool {
    let is_result = |block: &Block<'_>| matches!(block, Block::ToolResult(_));
    turn.role == Role::User && turn.content.iter().any(is_result)
}

/// Put a user turn's results first, in the order of the calls that they answer, each once; then apart from what may not
/// stand beside them.
pub(crate) fn arrange<'a>(
    turns: Vec<Turn<'a>>,
    target: &Target,
    notes: &mut Warnings,
) -> Result<Vec<Turn<'a>>, Error> {
    let mut arranged: Vec<Turn<'a>> = Vec::with_capacity(turns.len());
    for turn in turns {
        if !has_results(&turn) {
            arranged.push(turn);
            continue;
        }
        let (mut results, rest): (Vec<_>, Vec<_>) = groups(turn.content)
            .into_iter()
            .partition(|group| result_id(group).is_some());
        drop_repeated(&mut results, notes)?;
        let ordered = in_order_of_calls(results, arranged.last());
        place(&mut arranged, ordered, rest, target, notes);
    }
    Ok(arranged)
}

/// Results in the order of the calls of the turn before; what answers none of them stays behind those that do. Where that
/// moves a result, a cache point among them is the last one's: a client marks the last that came.
fn in_order_of_calls<'a>(results: Vec<Group<'a>>, calls: Option<&Turn<'a>>) -> Vec<Group<'a>> {
    // From 1: where among the results the answer to a call is.
    let mut places = Counts::default();
    for (at, group) in (1..).zip(&results) {
        places.set(result_id(group).unwrap_or_default().to_owned(), at);
    }
    let calls = calls.iter().flat_map(|turn| &turn.content);
    let mut order: Vec<usize> = Vec::with_capacity(results.len());
    for block in calls {
        if let Block::ToolUse(call) = block {
            let place = usize::try_from(places.of(&call.tool_use_id)).unwrap_or(0);
            order.extend(place.checked_sub(1));
        }
    }
    let is_moved = !order.is_sorted();
    let mut results: Vec<Option<Group<'a>>> = results.into_iter().map(Some).collect();
    let answers = order
        .into_iter()
        .filter_map(|at| results.get_mut(at)?.take());
    let mut ordered: Vec<Group<'a>> = answers.collect();
    ordered.extend(results.into_iter().flatten());
    if is_moved {
        put_point_last(&mut ordered);
    }
    ordered
}

fn put_point_last(results: &mut [Group<'_>]) {
    let points = results.iter_mut().flat_map(|group| group.drain(1..));
    let longest = points.max_by_key(|block| match block {
        Block::CachePoint(point) => point.ttl == Some(cache::ONE_HOUR),
        _ => false,
    });
    if let Some(last) = results.last_mut() {
        last.extend(longest);
    }
}

fn drop_repeated(results: &mut Vec<Group<'_>>, notes: &mut Warnings) -> Result<(), Error> {
    let mut seen = Counts::default();
    let mut repeated = Vec::new();
    results.retain(|group| {
        let id = result_id(group).unwrap_or_default();
        let is_new = seen.add(id);
        if !is_new {
            repeated.push(id.to_owned());
        }
        is_new
    });
    repeated.into_iter().try_for_each(|id| {
        notes.lost(
            Code::Dropped,
            "messages",
            format!(
                "tool call {} has more than one result in a turn; all but the first are dropped",
                quoted(&id)
            ),
        )
    })
}

fn place<'a>(
    arranged: &mut Vec<Turn<'a>>,
    mut results: Vec<Group<'a>>,
    rest: Vec<Group<'a>>,
    target: &Target,
    notes: &mut Warnings,
) {
    let capabilities = &target.capabilities;
    let (moved, beside): (Vec<_>, Vec<_>) = match capabilities.beside_results {
        BesideResults::TextAndImages => rest
            .into_iter()
            .partition(|group| matches!(group.first(), Some(Block::Document(_)))),
        BesideResults::Any | BesideResults::None => (Vec::new(), rest),
    };
    for group in moved {
        let mut blocks = group.into_iter();
        if let (Some(last), Some(block)) = (results.last_mut(), blocks.next())
            && let Some(Block::ToolResult(result)) = last.first_mut()
        {
            result.content.push(block);
            // Its cache point becomes the result's.
            if last.len() == 1 {
                last.extend(blocks);
            }
            notes.changed(
                Code::Moved, "messages",
                "a document beside a tool result is not supported by this model; moved into the result",
            );
        }
    }
    let results: Vec<_> = results.into_iter().flatten().collect();
    let beside: Vec<_> = beside.into_iter().flatten().collect();
    let user = |content| Turn {
        role: Role::User,
        content,
    };
    if capabilities.beside_results == BesideResults::None && !beside.is_empty() {
        notes.changed(
            Code::Moved, "messages",
            "content beside tool results is not supported by this model; moved to a turn of its own",
        );
        arranged.push(user(results));
        arranged.push(Turn {
            role: Role::Assistant,
            content: vec![Block::Text(Cow::Borrowed(PLACEHOLDER))],
        });
        arranged.push(user(beside));
    } else {
        arranged.push(user(results.into_iter().chain(beside).collect()));
    }
}
