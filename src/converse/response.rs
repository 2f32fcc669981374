//! The whole answer of Converse → the canonical response.
//!
//! Shares with [`super::stream`] what ends an answer, and each kind of block with the room that knows it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::ending::{self, Facts};
use super::error::Head;
use super::event::{Answer, Block, CitationsContent, Metadata, Reasoning, ToolUse};
use super::stream::image_block;
use super::text::Text;
use super::{citation, redacted};
use crate::canonical::{
    ContentBlock, Error, ErrorKind, RedactedThinkingBlock, Response, TextBlock, ThinkingBlock, ToolUseBlock, Usage,
    Warning,
};

/// `warnings` are those of the request.
pub(crate) fn response(
    head: &Head,
    body: &[u8],
    id: String,
    model: String,
    warnings: Vec<Warning>,
) -> Result<Response, Error> {
    let complete = |error: Error| Error { status: Some(head.status), request_id: head.request_id.clone(), ..error };
    read(head, body, id, model, warnings).map_err(complete)
}

fn read(
    head: &Head,
    body: &[u8],
    id: String,
    model: String,
    mut warnings: Vec<Warning>,
) -> Result<Response, Error> {
    let answer: Answer<'_> = serde_json::from_slice(body)
        .map_err(|error| malformed(format!("the answer is not what Converse defines: {error}")))?;
    let message = answer.output.and_then(|output| output.message).ok_or_else(|| malformed("the answer has no message"))?;
    let reason = answer.stop_reason.ok_or_else(|| malformed("the answer has no stopReason"))?;
    let mut facts = Facts::default();
    facts.add(Metadata {
        usage: answer.usage,
        metrics: answer.metrics,
        trace: answer.trace,
        performance_config: answer.performance_config,
        service_tier: answer.service_tier,
    });
    let usage = facts.usage.take();
    let mut content = Vec::with_capacity(message.content.len());
    for (at, block) in message.content.into_iter().enumerate() {
        match canonical(block)? {
            Some(block) => content.push(block),
            None => warnings.push(Warning {
                path: format!("content[{}]", content.len()),
                message: format!("block {at} of the answer, of an unknown kind, was left out"),
                lossy: true,
            }),
        }
    }
    let called_a_tool = content.iter().any(|block| matches!(block, ContentBlock::ToolUse(_)));
    let stop = ending::stop(reason, answer.additional_model_response_fields, called_a_tool)
        .map_err(|error| Error { usage: usage.clone(), ..error })?;
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
fn canonical(block: Block<'_>) -> Result<Option<ContentBlock>, Error> {
    if let Some(text) = block.text {
        return Ok(Some(text_block(text.into_string(), None)));
    }
    if let Some(call) = block.tool_use {
        return Ok(Some(tool_use(call)));
    }
    if let Some(reasoning) = block.reasoning_content {
        return thinking(reasoning);
    }
    if let Some(cited) = block.citations_content {
        let text = cited.content.iter().flatten().filter_map(|content| content.text.clone()).map(Text::into_string).collect();
        return Ok(Some(text_block(text, Some(cited))));
    }
    match block.image {
        Some(image) => match image.source.and_then(|source| source.bytes) {
            Some(base64) => Ok(Some(image_block(&image.format.into_string(), blob(base64)?))),
            None => Ok(None),
        },
        None => Ok(None),
    }
}

fn text_block(text: String, cited: Option<CitationsContent<'_>>) -> ContentBlock {
    let citations = cited.and_then(|cited| cited.citations).into_iter().flatten();
    ContentBlock::Text(TextBlock {
        text,
        citations: citations.filter_map(citation::canonical).collect(),
        cache_control: None,
    })
}

fn tool_use(call: ToolUse<'_>) -> ContentBlock {
    let input = call.input.map(|input| input.get()).filter(|input| *input != "null").unwrap_or("{}");
    let block = ToolUseBlock {
        id: call.tool_use_id.into_string(),
        name: call.name.into_string(),
        input: input.to_owned(),
        cache_control: None,
    };
    match call.r#type.map(Text::into_string).as_deref() {
        Some("server_tool_use") => ContentBlock::ServerToolUse(block),
        _ => ContentBlock::ToolUse(block),
    }
}

fn thinking(reasoning: Reasoning<'_>) -> Result<Option<ContentBlock>, Error> {
    if let Some(text) = reasoning.reasoning_text {
        return Ok(Some(ContentBlock::Thinking(ThinkingBlock {
            thinking: text.text.map(Text::into_string).unwrap_or_default(),
            signature: text.signature.map(Text::into_string),
        })));
    }
    match reasoning.redacted_content {
        Some(base64) => {
            let data = redacted::from_blob(blob(base64)?);
            Ok(Some(ContentBlock::RedactedThinking(RedactedThinkingBlock { data })))
        }
        None => Ok(None),
    }
}

fn blob(base64: Text<'_>) -> Result<Vec<u8>, Error> {
    STANDARD.decode(base64.into_string()).map_err(|error| malformed(format!("a blob that is not base64: {error}")))
}

fn malformed(what: impl Into<String>) -> Error {
    Error { retryable: true, ..Error::new(ErrorKind::MalformedStream, what) }
}
