//! Server-sent events of `chat.completion.chunk` → canonical chunks.
//!
//! Bytes come cut anywhere. OpenAI starts and ends no blocks: a delta of another kind, or of another call, ends the open
//! one. The chunk with the usage comes behind the one with the reason to stop, so that `message-delta` waits for
//! `[DONE]`; without it the answer is not whole.

use std::mem;

use crate::Unknown;
use crate::canonical::{
    Chunk, ContentBlock, ContentBlockDelta, ContentBlockStart, Delta, Error, ErrorKind,
    MessageDelta, MessageStart, RedactedThinkingBlock, StopReason, TextBlock, ThinkingBlock,
    ToolUseBlock, Usage,
};
use crate::openai::cursor::{Cursor, Notes};
use crate::openai::error::of_object;
use crate::openai::response::read_usage;
use crate::openai::words;
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
pub struct Decoder {
    parser: Parser,
    has_started: bool,
    has_ended: bool,
    open: Option<Kind>,
    /// Blocks so far.
    blocks: u32,
    stop_reason: Option<StopReason>,
    usage: Option<Usage>,
    notes: Notes,
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder {
            parser: Parser::default(),
            has_started: false,
            has_ended: false,
            open: None,
            blocks: 0,
            stop_reason: None,
            usage: None,
            notes: Notes {
                unknown: Unknown::Warn,
                warnings: Vec::new(),
            },
        }
    }
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
                "the stream ended without [DONE]: what came is not the whole answer",
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
            warnings: mem::take(&mut self.notes.warnings),
            provider_metadata: None,
        }));
        chunks.push(Chunk::MessageStop);
    }

    fn event(&mut self, data: &[u8], chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let event = Cursor::root(data)?;
        if !mem::replace(&mut self.has_started, true) {
            chunks.push(Chunk::MessageStart(MessageStart {
                id: words::message_id(&event.string("id")?.unwrap_or_default()),
                model: event.string("model")?.unwrap_or_default(),
                usage: None,
                warnings: Vec::new(),
            }));
        }
        if event.get("usage").is_some() {
            self.usage = Some(read_usage(&event)?);
        }
        for choice in event.elements("choices")? {
            let choice = choice.cursor()?;
            if let Some(delta) = choice.object("delta")? {
                self.delta(&delta, chunks)?;
            }
            if let Some(reason) = choice.string("finish_reason")?
                && self.stop_reason != Some(StopReason::Refusal)
            {
                self.stop_reason = Some(words::stop_reason(&reason));
            }
        }
        Ok(())
    }

    fn delta(&mut self, delta: &Cursor<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let thoughts = delta.elements("thinking_blocks")?;
        for element in &thoughts {
            let block = element.cursor()?;
            let kind = Kind::Thinking(block.number("index")?.unwrap_or(0));
            if let Some(data) = block.string("data")? {
                self.whole(
                    ContentBlock::RedactedThinking(RedactedThinkingBlock { data }),
                    chunks,
                );
                continue;
            }
            self.fill(
                kind,
                block.string("thinking")?,
                Delta::ThinkingDelta,
                chunks,
            );
            self.fill(
                kind,
                block.string("signature")?,
                Delta::SignatureDelta,
                chunks,
            );
        }
        if thoughts.is_empty() {
            let thinking = delta.string("reasoning_content")?;
            self.fill(Kind::Thinking(0), thinking, Delta::ThinkingDelta, chunks);
        }
        self.fill(
            Kind::Text,
            delta.string("content")?,
            Delta::TextDelta,
            chunks,
        );
        if let Some(refusal) = delta.string("refusal")?.filter(|text| !text.is_empty()) {
            self.stop_reason = Some(StopReason::Refusal);
            // Our own word for a refusal is not the model's.
            let refusal = Some(refusal).filter(|text| text != words::REFUSED || self.blocks == 0);
            self.fill(Kind::Text, refusal, Delta::TextDelta, chunks);
        }
        for element in delta.elements("tool_calls")? {
            self.call(&element.cursor()?, chunks)?;
        }
        Ok(())
    }

    fn call(&mut self, call: &Cursor<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let kind = Kind::Call(call.number("index")?.unwrap_or(0));
        let function = call.object("function")?;
        let text = |name: &str| match &function {
            Some(function) => function.string(name),
            None => Ok(None),
        };
        if self.open != Some(kind) {
            let block = ToolUseBlock {
                id: call.required("id")?,
                name: text("name")?
                    .ok_or_else(|| Error::invalid(call.path("function.name"), "is missing"))?,
                input: "{}".into(),
                cache_control: None,
            };
            self.start(kind, ContentBlock::ToolUse(block), chunks);
        }
        self.fill(kind, text("arguments")?, Delta::InputJsonDelta, chunks);
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
                _ => ContentBlock::Text(TextBlock {
                    text: empty,
                    citations: Vec::new(),
                    cache_control: None,
                }),
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
