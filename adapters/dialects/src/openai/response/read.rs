//! `chat.completion` → the canonical answer.

use bedrock_provider::json::Object;

use crate::Unknown;
use crate::canonical::{ContentBlock, Error, ErrorKind, Response, StopReason, ToolUseBlock, Usage};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::openai::part::thoughts;
use crate::openai::{piece, usage, words};
use crate::path::Path;

/// The body of a whole answer; one that breaks OpenAI's format is an error of the kind `malformed-stream`.
pub fn read_response(body: &[u8]) -> Result<Response, Error> {
    read(body).map_err(|error| Error {
        kind: ErrorKind::MalformedStream,
        ..error
    })
}

fn read(body: &[u8]) -> Result<Response, Error> {
    let mut notes = Notes::new(Unknown::Warn);
    let mut root = Fields::of_body(body)?;
    let path = Path::Root.member("choices");
    root.required_raw("choices")?;
    let choices = root.elements("choices")?;
    let first = choices
        .first()
        .ok_or_else(|| root.invalid("choices", "is empty"))?;
    let mut choice = Fields::open(first, path.element(0))?;
    let finish = choice.text("finish_reason")?.unwrap_or_default();
    let Some(mut message) = choice.inner("message")? else {
        return Err(choice.missing("message"));
    };
    let mut content = thoughts(&mut message, &mut notes)?;
    let (said, refusal) = (message.text("content")?, message.text("refusal")?);
    let is_refusal = refusal.is_some();
    if let Some(text) = said.or(refusal).filter(|text| !text.is_empty()) {
        content.push(piece::text(text));
    }
    if message.raw("annotations").is_some_and(|list| list != "[]") {
        const WHY: &str = "annotations are not supported; dropped";
        notes.left_out(Path::Root.member("content"), WHY);
    }
    calls(&mut message, &mut content)?;
    Ok(Response {
        id: words::message_id(&root.text("id")?.unwrap_or_default()),
        model: root.text("model")?.unwrap_or_default(),
        content,
        stop_reason: match is_refusal {
            true => StopReason::Refusal,
            false => words::stop_reason(&finish),
        },
        stop_sequence: None,
        usage: read_usage(&mut root)?,
        cost: None,
        warnings: notes.into_warnings(),
        provider_metadata: None,
    })
}

fn calls(message: &mut Fields<'_, '_>, content: &mut Vec<ContentBlock>) -> Result<(), Error> {
    const NAME: &str = "tool_calls";
    let here = message.path();
    let path = here.member(NAME);
    for (at, raw) in message.elements(NAME)?.into_iter().enumerate() {
        let mut call = Fields::open(raw, path.element(at))?;
        let id = call.required_text("id")?;
        let Some(mut function) = call.inner("function")? else {
            return Err(call.missing("function"));
        };
        let arguments = function
            .text("arguments")?
            .filter(|text| !text.trim().is_empty());
        content.push(ContentBlock::ToolUse(ToolUseBlock {
            id,
            name: function.required_text("name")?,
            input: arguments.unwrap_or_else(|| "{}".into()),
            cache_control: None,
        }));
    }
    Ok(())
}

/// `usage` and `service_tier` of an answer or a chunk.
pub(in crate::openai) fn read_usage(root: &mut Fields<'_, '_>) -> Result<Usage, Error> {
    let tier = root.text("service_tier")?;
    let tier = tier.map(|tier| words::tier_from_openai(&tier).map_or(tier.clone(), Into::into));
    let raw = root.raw("usage").unwrap_or("{}");
    let read = Object::parse(raw.as_bytes()).and_then(|object| usage::read(&object, tier));
    read.map_err(|error| root.invalid("usage", error.to_string()))
}
