//! Rules about images, documents, video, audio, search results and where their bytes stand.

use super::body::{blocks, result_items, text, turns};
use super::{Question, Rule};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "media-kind",
        message: "This model doesn't support the {at} content block that you provided. Remove {at} and try again.",
        broken: |q| {
            let refused = [
                ("image", q.is(&q.traits.no_images)),
                ("document", q.is(&q.traits.no_documents)),
                ("video", q.is_not(&q.traits.video)),
                ("audio", q.is_not(&q.traits.audio)),
                ("searchResult", q.is_not(&q.traits.search_results)),
            ];
            let all: Vec<&Value> = everywhere(q).map(|(_, block)| block).collect();
            let found = refused.iter().find(|(kind, refused)| {
                *refused && all.iter().any(|block| block.get(kind).is_some())
            });
            found.map(|(kind, _)| (*kind).to_owned())
        },
    },
    Rule {
        name: "s3-source",
        message: "This model doesn't support the s3Uri field. Remove {at}.source.s3Location.uri and try again.",
        broken: s3_where_bytes_are_needed,
    },
    Rule {
        name: "media-beside-tool-result",
        message: "The model returned the following errors: {at}.source.type: Field required",
        broken: media_beside_tool_result,
    },
    Rule {
        name: "image-bytes",
        message: "The model returned the following errors: {at}.image.source.base64: The image was specified using another media type than the image appears to be",
        broken: |q| {
            let found = everywhere(q).find(|(_, block)| is_mislabelled(block));
            found.map(|(at, _)| at)
        },
    },
    Rule {
        name: "document-name",
        message: "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.",
        broken: |q| {
            let mut names = document_names(q);
            names
                .find(|name| !is_document_name(name))
                .map(str::to_owned)
        },
    },
    Rule {
        name: "document-names-unique",
        message: "Messages can't contain duplicate document names. Rename the document and retry your request.",
        broken: |q| {
            let mut seen = BTreeSet::new();
            let mut names = document_names(q);
            names.find(|name| !seen.insert(*name)).map(str::to_owned)
        },
    },
    Rule {
        name: "document-needs-text",
        message: "A text block must be included when using documents.",
        broken: |q| {
            let turns = turns(q);
            let found = turns
                .iter()
                .find(|turn| turn.has("document") && !turn.has("text"));
            found.map(|turn| turn.index.to_string())
        },
    },
    Rule {
        name: "documents-at-most-five",
        message: "You can't include more than 5 documents in a request.",
        broken: |q| {
            let documents = blocks(q).filter(|(_, block)| block.get("document").is_some());
            let count = documents.count();
            (count > 5).then(|| count.to_string())
        },
    },
];

/// Content blocks, and what stands inside tool results.
fn everywhere<'a>(question: &Question<'a>) -> impl Iterator<Item = (String, &'a Value)> {
    blocks(question).chain(result_items(question))
}

fn document_names<'a>(question: &Question<'a>) -> impl Iterator<Item = &'a str> {
    everywhere(question)
        .filter_map(|(_, block)| block.pointer("/document/name").and_then(Value::as_str))
}

/// Letters and digits of ASCII, single spaces, `-()[]`; `_` is undocumented, but taken.
fn is_document_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " -()[]_".contains(c);
    name.chars().all(allowed) && !name.contains("  ")
}

/// Claude took a document of S3 inside a tool result, and refused one in a message.
fn s3_where_bytes_are_needed(question: &Question<'_>) -> Option<String> {
    let kinds = ["image", "document", "video", "audio"];
    let traits = question.traits;
    let (at, kind) = everywhere(question).find_map(|(at, block)| {
        let kind = kinds.iter().find(|kind| {
            let source = block.pointer(&format!("/{kind}/source/s3Location"));
            source.is_some_and(|source| !source.is_null())
        })?;
        let inside = at.contains(".toolResult.") && *kind == "document";
        let taken = inside && question.is(&traits.s3_documents_in_tool_results);
        (!taken).then_some((at, *kind))
    })?;
    // Beside a tool result the model itself refuses the document, in its own words.
    let beside = media_beside_tool_result(question).is_some();
    (question.is_not(&traits.s3_sources) && !beside).then(|| format!("{at}.{kind}"))
}

fn media_beside_tool_result(question: &Question<'_>) -> Option<String> {
    let turns = turns(question);
    let at = turns.iter().find_map(|turn| {
        let kinds = ["document", "video"];
        let found = turn.content.iter().enumerate().find_map(|(index, block)| {
            let kind = kinds.iter().find(|kind| block.get(**kind).is_some())?;
            Some(format!("messages.{}.content.{index}.{kind}", turn.index))
        });
        found.filter(|_| turn.has("toolResult"))
    })?;
    let refused = &question.traits.no_documents_beside_tool_results;
    question.is(refused).then_some(at)
}

/// What the first bytes of a file of each format are, and where.
const MAGIC: &[(&str, usize, &[u8])] = &[
    ("png", 0, b"\x89PNG\r\n\x1a\n"),
    ("jpeg", 0, b"\xff\xd8\xff"),
    ("gif", 0, b"GIF8"),
    ("webp", 8, b"WEBP"),
];

fn is_mislabelled(block: &Value) -> bool {
    let Some(bytes) = block.pointer("/image/source/bytes").and_then(Value::as_str) else {
        return false;
    };
    // The first 16 bytes are enough; what is not base64 is the service model's business.
    let head = bytes.get(..24.min(bytes.len())).unwrap_or(bytes);
    let Ok(head) = STANDARD.decode(head) else {
        return false;
    };
    let format = text(block, "/image/format");
    let known = MAGIC.iter().find(|(name, _, _)| *name == format);
    known.is_some_and(|(_, at, magic)| !head.get(*at..).is_some_and(|rest| rest.starts_with(magic)))
}
