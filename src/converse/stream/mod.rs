//! ConverseStream's events → canonical chunks.
//!
//! In: one event at a time. Out: chunks that are a legal Anthropic stream for every legal Converse stream, and one end:
//! Converse tells the usage after the message has stopped, and whoever waits for it must not miss that it never came.
//! The state is a [`Phase`] and the [`Blocks`].
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html> and recorded
//! streams.

mod blocks;

use super::citation;
use super::ending::{self, Facts, Stop};
use crate::canonical::{
    Chunk, ContentBlock, Error, ErrorKind, MessageDelta, MessageStart, ToolUseBlock, Usage, Warning,
};
use crate::json::Object;
use blocks::Blocks;

/// The most warnings of one stream: a service that adds an event adds it often.
const MAX_WARNINGS: usize = 32;

/// One answer on its way.
#[derive(Debug)]
pub(crate) struct Machine {
    /// What the first chunk says; none once it is out.
    start: Option<MessageStart>,
    request_id: Option<String>,
    phase: Phase,
    blocks: Blocks,
    called_a_tool: bool,
    facts: Facts,
    warnings: Vec<Warning>,
}

#[derive(Debug)]
enum Phase {
    /// Until `messageStop`.
    Content,
    /// After it: only the usage is missing.
    Stopped(Box<Result<Stop, Error>>),
    /// `message-stop`, or the error in its place, is out.
    Ended,
}

/// What reads one type of event.
type Read = fn(&mut Machine, &Object<'_>, &mut Vec<Chunk>) -> Result<(), Error>;

impl Machine {
    /// `start` is what `message-start` shall say.
    pub(crate) fn new(start: MessageStart, request_id: Option<String>) -> Self {
        Machine {
            start: Some(start),
            request_id,
            phase: Phase::Content,
            blocks: Blocks::default(),
            called_a_tool: false,
            facts: Facts::default(),
            warnings: Vec::new(),
        }
    }

    /// One event; what follows from it is appended to `chunks`.
    pub(crate) fn event(
        &mut self,
        event_type: &str,
        payload: &[u8],
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), Error> {
        let read: Read = match event_type {
            "contentBlockDelta" => Self::block_delta,
            "contentBlockStart" => Self::block_start,
            "contentBlockStop" => Self::block_stop,
            "messageStart" => Self::message_start,
            "messageStop" => Self::message_stop,
            "metadata" => Self::metadata,
            // Only RPC protocols send it; it carries nothing of the answer.
            "initial-response" => return Ok(()),
            unknown => {
                self.warn(
                    "stream",
                    format!("an event of the unknown type {unknown:?} was passed over"),
                );
                return Ok(());
            }
        };
        let event = Object::parse(payload)?;
        // Before anything else, whether messageStart came or not.
        chunks.extend(self.start.take().map(Chunk::MessageStart));
        read(self, &event, chunks)
    }

    /// Whether `message-stop`, or the error in its place, is out: what comes later changes nothing.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended)
    }

    /// The bytes have ended.
    pub(crate) fn finish(&mut self, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        match self.phase {
            Phase::Content => Err(self.complete(Error {
                retryable: true,
                ..Error::new(
                    ErrorKind::StreamTruncated,
                    "the stream ended before the model had (no messageStop): what came is not the whole answer",
                )
            })),
            Phase::Stopped(_) => self.end(chunks),
            Phase::Ended => Ok(()),
        }
    }

    /// An error of this stream, with what is known of it.
    pub(crate) fn complete(&self, error: Error) -> Error {
        Error {
            request_id: self.request_id.clone(),
            usage: self.facts.usage.clone(),
            ..error
        }
    }

    /// It says the role, which is always the assistant's.
    fn message_start(&mut self, _: &Object<'_>, _: &mut Vec<Chunk>) -> Result<(), Error> {
        Ok(())
    }

    fn block_start(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let wire_index = event.index("contentBlockIndex")?;
        let start = event.object("start")?.unwrap_or_default();
        if let Some(tool) = start.object("toolUse")? {
            let is_server_tool = tool.string("type")?.as_deref() == Some("server_tool_use");
            let call = ToolUseBlock {
                id: tool.required("toolUseId")?,
                name: tool.required("name")?,
                // As Anthropic starts it; the deltas are the input itself.
                input: "{}".into(),
                cache_control: None,
            };
            self.called_a_tool |= !is_server_tool;
            let call = if is_server_tool {
                ContentBlock::ServerToolUse(call)
            } else {
                ContentBlock::ToolUse(call)
            };
            self.blocks.start_tool(wire_index, call, chunks);
        } else if let Some(image) = start.object("image")? {
            self.blocks
                .start_image(wire_index, image.required("format")?, chunks);
        } else if let Some(member) = start.variant() {
            self.warn_of_block(format!(
                "a block of the unknown kind {member:?} was left out"
            ));
        }
        Ok(())
    }

    fn block_delta(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let wire_index = event.index("contentBlockIndex")?;
        let delta = event.object("delta")?.unwrap_or_default();
        if let Some(text) = delta.text("text")? {
            self.blocks.text(wire_index, text, chunks);
        } else if let Some(tool) = delta.object("toolUse")? {
            self.blocks
                .tool_input(wire_index, tool.text("input")?.unwrap_or_default(), chunks)?;
        } else if let Some(reasoning) = delta.object("reasoningContent")? {
            self.reasoning(wire_index, &reasoning, chunks)?;
        } else if let Some(citation) = delta.object("citation")? {
            match citation::canonical(&citation)? {
                Some(citation) => self.blocks.citation(wire_index, citation, chunks),
                None => self.warn_of_block(
                    "a citation with an unknown kind of location was left out".into(),
                ),
            }
        } else if let Some(image) = delta.object("image")? {
            self.image(wire_index, &image)?;
        } else if let Some(member) = delta.variant() {
            self.warn_of_block(format!(
                "a delta of the unknown kind {member:?} was left out"
            ));
        }
        Ok(())
    }

    fn reasoning(
        &mut self,
        wire_index: u32,
        delta: &Object<'_>,
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), Error> {
        if let Some(text) = delta.text("text")? {
            self.blocks.thinking(wire_index, text, chunks);
        }
        if let Some(signature) = delta.string("signature")? {
            self.blocks.signature(wire_index, signature, chunks);
        }
        match delta.string("redactedContent")? {
            Some(base64) => self.blocks.redacted(wire_index, &base64, chunks),
            None => Ok(()),
        }
    }

    fn image(&mut self, wire_index: u32, delta: &Object<'_>) -> Result<(), Error> {
        if let Some(error) = delta.object("error")? {
            let message = error.string("message")?.unwrap_or_default();
            self.warn_of_block(format!("the model made no image: {message}"));
        }
        match delta
            .object("source")?
            .unwrap_or_default()
            .string("bytes")?
        {
            Some(base64) => self.blocks.image_bytes(wire_index, &base64),
            None => Ok(()),
        }
    }

    fn block_stop(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        self.blocks.stop(event.index("contentBlockIndex")?, chunks);
        Ok(())
    }

    fn message_stop(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        self.blocks.close(chunks);
        let fields = event.raw("additionalModelResponseFields");
        let stop = ending::stop(event.required("stopReason")?, fields, self.called_a_tool);
        if let Phase::Content = self.phase {
            self.phase = Phase::Stopped(Box::new(stop));
        }
        Ok(())
    }

    fn metadata(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        self.facts.add(event)?;
        match self.phase {
            Phase::Stopped(_) if event.raw("usage").is_some() => self.end(chunks),
            _ => Ok(()),
        }
    }

    /// Everything is known: say how it ended.
    fn end(&mut self, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let Phase::Stopped(stop) = std::mem::replace(&mut self.phase, Phase::Ended) else {
            return Ok(());
        };
        self.blocks.close(chunks);
        let stop = stop.map_err(|error| self.complete(error))?;
        let mut facts = std::mem::take(&mut self.facts);
        let usage = facts.usage.take().unwrap_or(Usage::none());
        let provider_metadata = facts.provider_metadata(self.request_id.as_deref(), &stop);
        chunks.push(Chunk::MessageDelta(MessageDelta {
            stop_reason: stop.reason,
            stop_sequence: stop.sequence,
            usage,
            cost: None,
            warnings: std::mem::take(&mut self.warnings),
            provider_metadata,
        }));
        chunks.push(Chunk::MessageStop);
        Ok(())
    }

    fn warn_of_block(&mut self, message: String) {
        self.warn(&format!("content[{}]", self.blocks.next_index()), message);
    }

    /// Once for each thing.
    fn warn(&mut self, path: &str, message: String) {
        let is_new = !self
            .warnings
            .iter()
            .any(|warning| warning.path == path && warning.message == message);
        if is_new && self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning {
                path: path.into(),
                message,
                lossy: true,
            });
        }
    }
}
