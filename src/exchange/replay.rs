//! A whole answer, told as the chunks that a stream of it would have given.
//!
//! Some models call tools only where they do not stream: they are asked for a whole answer, and a caller who asked for a
//! stream gets this one. A text, a call's input or a thought is one delta; kinds without deltas are whole in their start.

use crate::canonical::{
    Chunk, ContentBlock, ContentBlockDelta, ContentBlockStart, Delta, MessageDelta, MessageStart,
    Response, Warning,
};

/// The chunks of `response`, which carries the warnings of the answer; `warnings` are those of the request.
pub(super) fn chunks(response: Response, warnings: Vec<Warning>) -> Vec<Chunk> {
    let mut chunks = vec![Chunk::MessageStart(MessageStart {
        id: response.id,
        model: response.model,
        usage: None,
        warnings,
        provider_metadata: None,
    })];
    for (index, mut content_block) in (0..).zip(response.content) {
        let deltas = take_deltas(&mut content_block);
        chunks.push(Chunk::ContentBlockStart(ContentBlockStart {
            index,
            content_block,
        }));
        for delta in deltas {
            chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta { index, delta }));
        }
        chunks.push(Chunk::ContentBlockStop(index));
    }
    chunks.push(Chunk::MessageDelta(MessageDelta {
        stop_reason: response.stop_reason,
        stop_sequence: response.stop_sequence,
        usage: response.usage,
        cost: response.cost,
        warnings: response.warnings,
        provider_metadata: response.provider_metadata,
    }));
    chunks.push(Chunk::MessageStop);
    chunks
}

/// What a stream gives by deltas, taken out of the block that starts it.
fn take_deltas(block: &mut ContentBlock) -> Vec<Delta> {
    let mut deltas = Vec::new();
    match block {
        ContentBlock::Text(text) => {
            deltas.extend(said(&mut text.text).map(Delta::TextDelta));
            let citations = std::mem::take(&mut text.citations);
            deltas.extend(citations.into_iter().map(Delta::CitationsDelta));
        }
        ContentBlock::Thinking(thinking) => {
            deltas.extend(said(&mut thinking.thinking).map(Delta::ThinkingDelta));
            deltas.extend(thinking.signature.take().map(Delta::SignatureDelta));
        }
        ContentBlock::ToolUse(call) | ContentBlock::ServerToolUse(call) => {
            let input = std::mem::replace(&mut call.input, "{}".into());
            deltas.push(Delta::InputJsonDelta(input));
        }
        _ => {}
    }
    deltas
}

/// A text, unless it is empty; it leaves an empty one.
fn said(text: &mut String) -> Option<String> {
    Some(std::mem::take(text)).filter(|text| !text.is_empty())
}
