//! `chat.completion` → the canonical answer.

use bedrock_provider::json::Object;

use crate::Unknown;
use crate::canonical::{
    ContentBlock, Error, ErrorKind, Response, StopReason, TextBlock, ThinkingBlock, ToolUseBlock,
    Usage,
};
use crate::openai::cursor::{Cursor, Notes};
use crate::openai::request::thinking_block;
use crate::openai::{usage, words};

/// The body of a whole answer; one that breaks OpenAI's format is an error of the kind `malformed-stream`.
pub fn read_response(body: &[u8]) -> Result<Response, Error> {
    read(body).map_err(|error| Error {
        kind: ErrorKind::MalformedStream,
        ..error
    })
}

fn read(body: &[u8]) -> Result<Response, Error> {
    let root = Cursor::root(body)?;
    let mut notes = Notes {
        unknown: Unknown::Warn,
        warnings: Vec::new(),
    };
    let choice = root.must("choices")?.elements()?;
    let choice = choice
        .first()
        .ok_or_else(|| Error::invalid("choices", "is empty"))?
        .cursor()?;
    let message = choice.required_object("message")?;
    let mut content = Vec::new();
    for element in message.elements("thinking_blocks")? {
        content.extend(thinking_block(&element.cursor()?, &mut notes)?);
    }
    if content.is_empty()
        && let Some(thinking) = message.string("reasoning_content")?
        && !thinking.is_empty()
    {
        let signature = None;
        content.push(ContentBlock::Thinking(ThinkingBlock {
            thinking,
            signature,
        }));
    }
    let (said, refusal) = (message.string("content")?, message.string("refusal")?);
    if let Some(text) = said.or(refusal.clone()).filter(|text| !text.is_empty()) {
        content.push(ContentBlock::Text(TextBlock {
            text,
            citations: Vec::new(),
            cache_control: None,
        }));
    }
    if message
        .get("annotations")
        .is_some_and(|list| list.raw != "[]")
    {
        notes.lost("content", "annotations of the answer are left out");
    }
    for element in message.elements("tool_calls")? {
        let call = element.cursor()?;
        let function = call.required_object("function")?;
        let arguments = function
            .string("arguments")?
            .filter(|text| !text.trim().is_empty());
        content.push(ContentBlock::ToolUse(ToolUseBlock {
            id: call.required("id")?,
            name: function.required("name")?,
            input: arguments.unwrap_or_else(|| "{}".into()),
            cache_control: None,
        }));
    }
    let finish = choice.string("finish_reason")?.unwrap_or_default();
    let stop_reason = match refusal {
        Some(_) => StopReason::Refusal,
        None => words::stop_reason(&finish),
    };
    Ok(Response {
        id: words::message_id(&root.string("id")?.unwrap_or_default()),
        model: root.string("model")?.unwrap_or_default(),
        content,
        stop_reason,
        stop_sequence: None,
        usage: read_usage(&root)?,
        cost: None,
        warnings: notes.warnings,
        provider_metadata: None,
    })
}

/// `usage` and `service_tier` of an answer or a chunk.
pub(in crate::openai) fn read_usage(root: &Cursor<'_>) -> Result<Usage, Error> {
    let tier = root.string("service_tier")?;
    let tier = tier.map(|tier| words::tier_from_openai(&tier).map_or(tier.clone(), Into::into));
    let raw = root.get("usage").map_or("{}", |element| element.raw);
    let read = Object::parse(raw.as_bytes()).and_then(|object| usage::read(&object, tier));
    read.map_err(|error| Error::invalid(root.path("usage"), error.to_string()))
}
