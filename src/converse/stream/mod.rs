//! ConverseStream's events → canonical chunks.
//!
//! In: one event at a time. Out: chunks that are a legal Anthropic stream for every legal Converse stream, and one end:
//! Converse tells the usage after the message has stopped, and whoever waits for it must not miss that it never came.
//! The state is a [`Phase`] and the [`Blocks`].
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html> and recorded
//! streams.

mod blocks;
mod content;
mod waiting;

use super::ending::{self, Called, Facts, Stop};
use super::losses::Losses;
use super::restore::Restore;
use super::server_tool::Gathered;
use super::tool_call::{self, Call};
use super::{citation, image};
use crate::canonical::{Chunk, ContentBlock, Error, ErrorKind, MessageDelta, MessageStart};
use crate::excerpt::quoted;
use crate::json::Object;
use crate::pricing::Tariff;
use blocks::Blocks;
use waiting::Waiting;

/// One answer on its way.
#[derive(Debug)]
pub(crate) struct Machine {
    /// What the first chunk says; none once it is out.
    start: Option<MessageStart>,
    request_id: Option<String>,
    phase: Phase,
    blocks: Blocks,
    /// Events for blocks whose turn has not come.
    waiting: Waiting,
    json: Json,
    restore: Restore,
    called: Called,
    facts: Facts,
    losses: Losses,
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

/// The JSON that the caller asked for, of a model that gives it by a tool.
#[derive(Debug)]
enum Json {
    /// None was asked for.
    Unasked,
    /// It has not come. Text that has is the answer only if it never does: it is held back until then, and what follows
    /// it with it. Nobody hears of it where the stream breaks.
    Awaited(Waiting),
    /// Text behind it is not the answer.
    Came,
}

/// The member of each event of a block that says which block it is.
const INDEX: &str = "contentBlockIndex";

/// The members of a delta that are understood.
const DELTAS: &[&str] = &[
    "text",
    "toolUse",
    "toolResult",
    "reasoningContent",
    "citation",
    "image",
];

/// What reads one type of event.
type Read = fn(&mut Machine, &Object<'_>, &mut Vec<Chunk>) -> Result<(), Error>;

impl Machine {
    /// `start` is what `message-start` shall say, `restore` is what the request changed, and `tariff` what the call
    /// costs.
    pub(crate) fn new(
        start: MessageStart,
        request_id: Option<String>,
        restore: Restore,
        tariff: Option<Tariff>,
    ) -> Self {
        Machine {
            start: Some(start),
            request_id,
            phase: Phase::Content,
            blocks: Blocks::new(restore.in_words),
            waiting: Waiting::default(),
            json: match restore.output_tool {
                Some(_) => Json::Awaited(Waiting::default()),
                None => Json::Unasked,
            },
            restore,
            called: Called::default(),
            facts: Facts::new(tariff),
            losses: Losses::default(),
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
                self.losses.add(
                    "stream",
                    format!("unknown event type {}; dropped", quoted(unknown)),
                );
                return Ok(());
            }
        };
        let event = Object::parse(payload)?;
        // Before anything else, whether messageStart came or not.
        chunks.extend(self.start.take().map(Chunk::MessageStart));
        if event_type.starts_with("contentBlock") {
            let wire_index = event.index(INDEX)?;
            if self.blocks.must_wait(wire_index) {
                return self.waiting.add(wire_index, read, payload);
            }
            self.admit(wire_index, read, &event, payload, chunks)?;
            return self.let_in(chunks);
        }
        read(self, &event, chunks)
    }

    /// Read a block's event whose turn it is, unless it stands or falls with JSON that is awaited.
    fn admit(
        &mut self,
        wire_index: u32,
        read: Read,
        event: &Object<'_>,
        payload: &[u8],
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), Error> {
        match &mut self.json {
            Json::Awaited(beside) if !self.blocks.is_open(wire_index) => {
                let is_held = beside.next().is_some() && !starts_call(event, &self.restore)?;
                if is_held || is_text(event)? {
                    return beside.add(wire_index, read, payload);
                }
            }
            Json::Came if is_text(event)? => {
                self.lose_beside();
                return Ok(());
            }
            _ => {}
        }
        read(self, event, chunks)
    }

    /// Read what waited and need not wait any longer: one block after the other, each from its first event on.
    fn let_in(&mut self, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        while let Some(wire_index) = self.waiting.next() {
            if self.blocks.must_wait(wire_index) {
                break;
            }
            for (read, payload) in self.waiting.take() {
                let event = Object::parse(&payload)?;
                self.admit(wire_index, read, &event, &payload, chunks)?;
            }
        }
        Ok(())
    }

    /// Other text than the JSON that has come is not the answer.
    fn lose_beside(&mut self) {
        self.losses
            .add("content", tool_call::BESIDE_OUTPUT.to_owned());
    }

    /// Tell what was held back for JSON: it comes now, and other text is not the answer, or it does not come any more.
    fn tell_beside(&mut self, comes: bool, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let after = match (&self.json, comes) {
            (Json::Unasked, _) => return Ok(()),
            (_, true) | (Json::Came, _) => Json::Came,
            (Json::Awaited(_), false) => Json::Awaited(Waiting::default()),
        };
        let Json::Awaited(mut beside) = std::mem::replace(&mut self.json, after) else {
            return Ok(());
        };
        while beside.next().is_some() {
            for (read, payload) in beside.take() {
                let event = Object::parse(&payload)?;
                if comes && is_text(&event)? {
                    self.lose_beside();
                } else {
                    read(self, &event, chunks)?;
                }
            }
        }
        Ok(())
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
                    "the stream ended without messageStop: the answer is incomplete",
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
            usage: self.facts.known_usage(),
            ..error
        }
    }

    /// It says the role, which is always the assistant's.
    fn message_start(&mut self, _: &Object<'_>, _: &mut Vec<Chunk>) -> Result<(), Error> {
        Ok(())
    }

    fn block_start(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let wire_index = event.index(INDEX)?;
        let start = event.object("start")?.unwrap_or_default();
        if let Some(call) = start.object("toolUse")? {
            let call = tool_call::read(&call, &self.restore)?;
            self.called = self.called.max(Called::by(&call));
            let (block, renamed) = match call {
                Call::Tool(call, renamed) => (ContentBlock::ToolUse(call), renamed.cloned()),
                Call::Server(call) => (ContentBlock::ServerToolUse(call), None),
                // One was asked for.
                Call::Output(..) if matches!(self.json, Json::Came) => {
                    self.lose_beside();
                    self.blocks.start_unknown(wire_index);
                    return Ok(());
                }
                Call::Output(_, renamed) => {
                    let renamed = renamed.cloned();
                    self.tell_beside(true, chunks)?;
                    self.blocks.start_output(wire_index, renamed, chunks);
                    return Ok(());
                }
            };
            if let ContentBlock::ToolUse(_) = block {
                self.tell_beside(false, chunks)?;
            }
            self.blocks.start_tool(wire_index, block, renamed, chunks);
        } else if let Some(result) = start.object("toolResult")? {
            let index = self.blocks.index(wire_index);
            let result = Gathered::start(&result, index, &mut self.losses)?;
            self.blocks
                .start_server_tool_result(wire_index, result, chunks);
        } else if let Some(image) = start.object("image")? {
            self.blocks
                .start_image(wire_index, image.required("format")?, chunks);
        } else if start.variant().is_some() {
            self.blocks.start_unknown(wire_index);
        }
        self.losses.add_unknown(
            self.blocks.index(wire_index),
            &start,
            &["toolUse", "toolResult", "image"],
        );
        Ok(())
    }

    /// A union, and none the worse for having several members or none.
    fn block_delta(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let wire_index = event.index(INDEX)?;
        let delta = event.object("delta")?.unwrap_or_default();
        if let Some(text) = delta.text("text")? {
            self.blocks.text(wire_index, text, chunks);
        }
        if let Some(tool) = delta.object("toolUse")? {
            self.blocks
                .tool_input(wire_index, tool.text("input")?.unwrap_or_default(), chunks)?;
        }
        let pieces = delta.elements("toolResult")?;
        if !pieces.is_empty() {
            self.blocks.server_tool_result(wire_index, &pieces)?;
        }
        if let Some(reasoning) = delta.object("reasoningContent")? {
            self.reasoning(wire_index, &reasoning, chunks)?;
        }
        if let Some(json) = delta.raw("citation") {
            self.blocks.citation(
                wire_index,
                self.restore.citation(citation::canonical(json)?),
                chunks,
            );
        }
        if let Some(image) = delta.object("image")? {
            self.image(wire_index, &image)?;
        }
        self.lose_unknown(wire_index, &delta, DELTAS);
        Ok(())
    }

    /// Warn of members of a union that are none of the `known`.
    fn lose_unknown(&mut self, wire_index: u32, union: &Object<'_>, known: &[&str]) {
        let index = self.blocks.index(wire_index);
        self.losses.add_unknown(index, union, known);
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
        if let Some(base64) = delta.string("redactedContent")? {
            self.blocks.redacted(wire_index, &base64, chunks)?;
        }
        self.lose_unknown(wire_index, delta, &["text", "signature", "redactedContent"]);
        Ok(())
    }

    fn image(&mut self, wire_index: u32, delta: &Object<'_>) -> Result<(), Error> {
        if let Some(error) = delta.object("error")? {
            let index = self.blocks.index(wire_index);
            self.losses.add_in_block(index, image::not_made(&error)?);
        }
        let source = delta.object("source")?.unwrap_or_default();
        if let Some(base64) = source.string("bytes")? {
            self.blocks.image_bytes(wire_index, &base64)?;
        }
        self.lose_unknown(wire_index, &source, &["bytes"]);
        Ok(())
    }

    fn block_stop(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        self.blocks.stop(event.index(INDEX)?, chunks);
        Ok(())
    }

    /// Close every block, those that waited too.
    fn close(&mut self, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        self.blocks.close(chunks);
        while self.waiting.next().is_some() {
            self.let_in(chunks)?;
            self.blocks.close(chunks);
        }
        self.tell_beside(false, chunks)?;
        self.blocks.close(chunks);
        Ok(())
    }

    fn message_stop(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        self.close(chunks)?;
        let fields = event.raw("additionalModelResponseFields");
        self.facts.add_details(fields);
        let stop = ending::stop(event.required("stopReason")?, fields, self.called);
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
        self.close(chunks)?;
        let stop = stop.map_err(|error| self.complete(error))?;
        let provider_metadata =
            self.facts
                .provider_metadata(self.request_id.as_deref(), &self.restore, &stop);
        chunks.push(Chunk::MessageDelta(MessageDelta {
            stop_reason: stop.reason,
            stop_sequence: stop.sequence,
            usage: self.facts.usage(),
            cost: self.facts.cost(),
            warnings: std::mem::take(&mut self.losses).into_warnings(),
            provider_metadata,
        }));
        chunks.push(Chunk::MessageStop);
        Ok(())
    }
}

/// Whether a block's event begins a call that the caller sees, of a tool or as the JSON that was asked for.
fn starts_call(event: &Object<'_>, restore: &Restore) -> Result<bool, Error> {
    let start = event.object("start")?.unwrap_or_default();
    Ok(match start.object("toolUse")? {
        Some(call) => !matches!(tool_call::read(&call, restore)?, Call::Server(_)),
        None => false,
    })
}

/// Whether a block's event is a piece of text, or of what it cites.
fn is_text(event: &Object<'_>) -> Result<bool, Error> {
    let delta = event.object("delta")?.unwrap_or_default();
    let has_text = delta.text("text")?.is_some_and(|text| !text.is_empty());
    Ok(has_text || delta.raw("citation").is_some())
}
