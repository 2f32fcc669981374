//! Server-sent events of `chat.completion.chunk` → canonical chunks.
//!
//! Bytes come cut anywhere. OpenAI starts and ends no blocks: a delta of another kind, or of another call, ends the open
//! one. The chunk with the usage comes behind the one with the reason to stop, so that `message-delta` waits for
//! `[DONE]`; without it the answer is not whole.

use std::mem;

use crate::canonical::{
    Chunk, ContentBlock, ContentBlockDelta, ContentBlockStart, Delta, Error, ErrorKind,
    MessageDelta, MessageStart, RedactedThinkingBlock, StopReason, ThinkingBlock, ToolUseBlock,
    Usage,
};
use crate::fields::Fields;
use crate::openai::error::of_object;
use crate::openai::response::read_usage;
use crate::openai::{piece, words};
use crate::path::Path;
use crate::sse::Parser;
use bedrock_provider::json::Object;

/// What the open block is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Thinking(u32),
    Call(u32),
}

/// Bytes to chunks.
#[derive(Default)]
pub struct Decoder {
    parser: Parser,
    has_started: bool,
    has_ended: bool,
    open: Option<Kind>,
    /// Blocks so far.
    blocks: u32,
    stop_reason: Option<StopReason>,
    usage: Option<Usage>,
}

impl Decoder {
    /// Append the chunks that these bytes complete. After an error nothing more comes.
    pub fn push(&mut self, bytes: &[u8], chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        if self.has_ended {
            return Ok(());
        }
        let mut parser = mem::take(&mut self.parser);
        let read = parser.push(bytes, &mut |event| self.data(event.data.as_bytes(), chunks));
        self.parser = parser;
        read.map_err(|error| match self.has_ended {
            true => error,
            false => self.fail(error),
        })
    }

    /// The bytes have ended.
    pub fn finish(&mut self) -> Result<(), Error> {
        if mem::replace(&mut self.has_ended, true) {
            return Ok(());
        }
        Err(Error {
            retryable: true,
            usage: self.usage.take(),
            ..Error::new(
                ErrorKind::StreamTruncated,
                "the stream ended without [DONE]: the answer is incomplete",
            )
        })
    }

    fn fail(&mut self, error: Error) -> Error {
        self.has_ended = true;
        Error {
            usage: self.usage.take(),
            ..error
        }
    }

    fn data(&mut self, data: &[u8], chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        if self.has_ended {
            return Ok(());
        }
        if data == b"[DONE]" {
            self.done(chunks);
            return Ok(());
        }
        if let Some(error) = Object::parse(data)
            .ok()
            .and_then(|event| event.object("error").ok()?)
        {
            return Err(self.fail(of_object(&error, None)));
        }
        let read = self.event(data, chunks);
        read.map_err(|error| {
            self.fail(Error {
                kind: ErrorKind::MalformedStream,
                ..error
            })
        })
    }

    fn done(&mut self, chunks: &mut Vec<Chunk>) {
        self.has_ended = true;
        self.close(chunks);
        chunks.push(Chunk::MessageDelta(MessageDelta {
            stop_reason: self.stop_reason.take().unwrap_or(StopReason::EndTurn),
            stop_sequence: None,
            usage: self.usage.take().unwrap_or(Usage::none()),
            cost: None,
            warnings: Vec::new(),
            provider_metadata: None,
        }));
        chunks.push(Chunk::MessageStop);
    }

    fn event(&mut self, data: &[u8], chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let mut event = Fields::of_body(data)?;
        if !mem::replace(&mut self.has_started, true) {
            chunks.push(Chunk::MessageStart(MessageStart {
                id: words::message_id(&event.text("id")?.unwrap_or_default()),
                model: event.text("model")?.unwrap_or_default(),
                usage: None,
                warnings: Vec::new(),
                provider_metadata: None,
            }));
        }
        if event.raw("usage").is_some() {
            self.usage = Some(read_usage(&mut event)?);
        }
        let path = Path::Root.member("choices");
        for (at, raw) in event.elements("choices")?.into_iter().enumerate() {
            let mut choice = Fields::open(raw, path.element(at))?;
            if let Some(mut delta) = choice.inner("delta")? {
                self.delta(&mut delta, chunks)?;
            }
            if let Some(reason) = choice.text("finish_reason")?
                && self.stop_reason != Some(StopReason::Refusal)
            {
                self.stop_reason = Some(words::stop_reason(&reason));
            }
        }
        Ok(())
    }

    fn delta(&mut self, delta: &mut Fields<'_, '_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let here = delta.path();
        let path = here.member("thinking_blocks");
        let thoughts = delta.elements("thinking_blocks")?;
        for (at, raw) in thoughts.iter().enumerate() {
            self.thought(&mut Fields::open(raw, path.element(at))?, chunks)?;
        }
        if thoughts.is_empty() {
            let thinking = delta.text("reasoning_content")?;
            self.fill(Kind::Thinking(0), thinking, Delta::ThinkingDelta, chunks);
        }
        let content = delta.text("content")?;
        self.fill(Kind::Text, content, Delta::TextDelta, chunks);
        if let Some(refusal) = delta.text("refusal")?.filter(|text| !text.is_empty()) {
            self.stop_reason = Some(StopReason::Refusal);
            // Our own word for a refusal is not the model's.
            let refusal = Some(refusal).filter(|text| text != words::REFUSED || self.blocks == 0);
            self.fill(Kind::Text, refusal, Delta::TextDelta, chunks);
        }
        let path = here.member("tool_calls");
        for (at, raw) in delta.elements("tool_calls")?.into_iter().enumerate() {
            self.call(&mut Fields::open(raw, path.element(at))?, chunks)?;
        }
        Ok(())
    }

    fn thought(
        &mut self,
        block: &mut Fields<'_, '_>,
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), Error> {
        let kind = Kind::Thinking(block.small("index")?.unwrap_or(0));
        if let Some(data) = block.text("data")? {
            let block = ContentBlock::RedactedThinking(RedactedThinkingBlock { data });
            self.whole(block, chunks);
            return Ok(());
        }
        let (thinking, signature) = (block.text("thinking")?, block.text("signature")?);
        self.fill(kind, thinking, Delta::ThinkingDelta, chunks);
        self.fill(kind, signature, Delta::SignatureDelta, chunks);
        Ok(())
    }

    fn call(&mut self, call: &mut Fields<'_, '_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let kind = Kind::Call(call.small("index")?.unwrap_or(0));
        let id = call.text("id")?;
        let (name, arguments) = match call.inner("function")? {
            Some(mut function) => (function.text("name")?, function.text("arguments")?),
            None => (None, None),
        };
        if self.open != Some(kind) {
            let block = ToolUseBlock {
                id: id.ok_or_else(|| call.missing("id"))?,
                name: name.ok_or_else(|| call.missing("function.name"))?,
                input: "{}".into(),
                cache_control: None,
            };
            self.start(kind, ContentBlock::ToolUse(block), chunks);
        }
        self.fill(kind, arguments, Delta::InputJsonDelta, chunks);
        Ok(())
    }

    /// Let the block grow, which is opened where it is not.
    fn fill(
        &mut self,
        kind: Kind,
        text: Option<String>,
        delta: impl FnOnce(String) -> Delta,
        chunks: &mut Vec<Chunk>,
    ) {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return;
        };
        if self.open != Some(kind) {
            let empty = String::new();
            let block = match kind {
                Kind::Thinking(_) => ContentBlock::Thinking(ThinkingBlock {
                    thinking: empty,
                    signature: None,
                }),
                _ => piece::text(empty),
            };
            self.start(kind, block, chunks);
        }
        chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta {
            index: self.blocks.saturating_sub(1),
            delta: delta(text),
        }));
    }

    fn whole(&mut self, block: ContentBlock, chunks: &mut Vec<Chunk>) {
        self.start(Kind::Text, block, chunks);
        self.close(chunks);
    }

    fn start(&mut self, kind: Kind, content_block: ContentBlock, chunks: &mut Vec<Chunk>) {
        self.close(chunks);
        self.open = Some(kind);
        let index = self.blocks;
        self.blocks = index.saturating_add(1);
        chunks.push(Chunk::ContentBlockStart(ContentBlockStart {
            index,
            content_block,
        }));
    }

    fn close(&mut self, chunks: &mut Vec<Chunk>) {
        if self.open.take().is_some() {
            chunks.push(Chunk::ContentBlockStop(self.blocks.saturating_sub(1)));
        }
    }
}
