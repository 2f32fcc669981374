//! The whole answer of Converse → the canonical response.
//!
//! Shares with [`super::stream`] what ends an answer, and each kind of block with the room that knows it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::ending::{self, Facts};
use super::{citation, image, malformed, redacted};
use crate::canonical::{
    ContentBlock, Error, RedactedThinkingBlock, Response, TextBlock, ThinkingBlock, ToolUseBlock,
    Usage, Warning,
};
use crate::http_message::Head;
use crate::json::Text;
use crate::json::{self, Object};

/// `warnings` are those of the request.
pub(crate) fn response(
    head: &Head,
    body: &[u8],
    id: String,
    model: String,
    warnings: Vec<Warning>,
) -> Result<Response, Error> {
    let complete = |error: Error| Error {
        status: Some(head.status),
        request_id: head.request_id.clone(),
        ..error
    };
    read(head, body, id, model, warnings).map_err(complete)
}

fn read(
    head: &Head,
    body: &[u8],
    id: String,
    model: String,
    mut warnings: Vec<Warning>,
) -> Result<Response, Error> {
    let answer = Object::parse(body)?;
    let output = answer
        .object("output")?
        .ok_or(json::Error::Missing("output"))?;
    let message = output
        .object("message")?
        .ok_or(json::Error::Missing("output.message"))?;
    let reason = answer.required("stopReason")?;
    let mut facts = Facts::default();
    facts.add(&answer)?;
    let usage = facts.usage.take();
    let blocks = message.objects("content")?;
    let mut content = Vec::with_capacity(blocks.len());
    for block in &blocks {
        match canonical(block)? {
            Some(block) => content.push(block),
            None => warnings.push(Warning {
                path: format!("content[{}]", content.len()),
                message: left_out(block)?,
                lossy: true,
            }),
        }
    }
    let called_a_tool = content
        .iter()
        .any(|block| matches!(block, ContentBlock::ToolUse(_)));
    let stop = ending::stop(
        reason,
        answer.raw("additionalModelResponseFields"),
        called_a_tool,
    )
    .map_err(|error| Error {
        usage: usage.clone(),
        ..error
    })?;
    let provider_metadata = facts.provider_metadata(head.request_id.as_deref(), &stop);
    Ok(Response {
        id,
        model,
        content,
        stop_reason: stop.reason,
        stop_sequence: stop.sequence,
        usage: usage.unwrap_or(Usage::none()),
        cost: None,
        warnings,
        provider_metadata,
    })
}

/// None: a kind that is not known, or an image that was not made.
fn canonical(block: &Object<'_>) -> Result<Option<ContentBlock>, Error> {
    if let Some(text) = block.string("text")? {
        return Ok(Some(ContentBlock::Text(TextBlock {
            text,
            citations: Vec::new(),
            cache_control: None,
        })));
    }
    if let Some(call) = block.object("toolUse")? {
        return Ok(Some(tool_use(&call)?));
    }
    if let Some(reasoning) = block.object("reasoningContent")? {
        return thinking(&reasoning);
    }
    if let Some(cited) = block.object("citationsContent")? {
        return Ok(Some(cited_text(&cited)?));
    }
    let made = block.object("image")?.unwrap_or_default();
    match made.object("source")?.unwrap_or_default().text("bytes")? {
        Some(base64) => Ok(Some(image::block(&made.required("format")?, blob(base64)?))),
        None => Ok(None),
    }
}

/// Why a block is not in the answer.
fn left_out(block: &Object<'_>) -> Result<String, Error> {
    let image_error = block.object("image")?.unwrap_or_default().object("error")?;
    Ok(match image_error {
        Some(error) => format!(
            "the model made no image: {}",
            error.string("message")?.unwrap_or_default()
        ),
        None => format!(
            "a block of the unknown kind {:?} was left out",
            block.variant().unwrap_or_default()
        ),
    })
}

fn cited_text(cited: &Object<'_>) -> Result<ContentBlock, Error> {
    let mut text = String::new();
    for content in cited.objects("content")? {
        text.push_str(&content.string("text")?.unwrap_or_default());
    }
    let mut citations = Vec::new();
    for citation in cited.objects("citations")? {
        citations.extend(citation::canonical(&citation)?);
    }
    Ok(ContentBlock::Text(TextBlock {
        text,
        citations,
        cache_control: None,
    }))
}

fn tool_use(call: &Object<'_>) -> Result<ContentBlock, Error> {
    let block = ToolUseBlock {
        id: call.required("toolUseId")?,
        name: call.required("name")?,
        input: call.raw("input").unwrap_or("{}").to_owned(),
        cache_control: None,
    };
    Ok(match call.string("type")?.as_deref() {
        Some("server_tool_use") => ContentBlock::ServerToolUse(block),
        _ => ContentBlock::ToolUse(block),
    })
}

fn thinking(reasoning: &Object<'_>) -> Result<Option<ContentBlock>, Error> {
    if let Some(text) = reasoning.object("reasoningText")? {
        return Ok(Some(ContentBlock::Thinking(ThinkingBlock {
            thinking: text.string("text")?.unwrap_or_default(),
            signature: text.string("signature")?,
        })));
    }
    match reasoning.text("redactedContent")? {
        Some(base64) => {
            let data = redacted::from_blob(blob(base64)?);
            Ok(Some(ContentBlock::RedactedThinking(
                RedactedThinkingBlock { data },
            )))
        }
        None => Ok(None),
    }
}

fn blob(base64: Text<'_>) -> Result<Vec<u8>, Error> {
    STANDARD
        .decode(base64.into_string())
        .map_err(|error| malformed(format!("a blob that is not base64: {error}")))
}
