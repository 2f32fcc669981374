//! ConverseStream's events → canonical chunks.
//!
//! In: one event at a time. Out: chunks that are a legal Anthropic stream for every legal Converse stream. Converse
//! starts no text or thinking block, tells the usage after the end, and may leave a block open; what is missing is
//! made up here. The state is a [`Phase`] and the block that is open.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html> and recorded
//! streams.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::ending::{self, Facts, Stop};
use super::{citation, redacted};
use crate::canonical::{
    Chunk, ContentBlock, ContentBlockDelta, ContentBlockStart, Delta, Error, ErrorKind, ImageBlock,
    MessageDelta, MessageStart, Raw, RedactedThinkingBlock, Source, TextBlock, ThinkingBlock,
    ToolUseBlock, Usage, Warning,
};
use crate::json::Object;
use crate::json::{Joiner, Text};

/// The most bytes that a block without deltas of its own (image, redacted thinking) is gathered to.
const MAX_GATHERED: usize = 32 << 20;

/// The most warnings of one stream: a service that adds an event adds it often.
const MAX_WARNINGS: usize = 32;

/// One answer on its way.
#[derive(Debug)]
pub(crate) struct Machine {
    /// What the first chunk says.
    start: Option<MessageStart>,
    request_id: Option<String>,
    phase: Phase,
    open: Option<Open>,
    /// The canonical index of the next block: contiguous, whatever Converse's are.
    next_index: u32,
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

/// The block that is being filled.
#[derive(Debug)]
struct Open {
    /// Converse's `contentBlockIndex`.
    wire_index: u32,
    /// Ours.
    index: u32,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Text(Joiner),
    Thinking(Joiner),
    ToolUse(Joiner),
    /// Gathered, and given whole at its end.
    Redacted(Vec<u8>),
    /// Gathered, and given whole at its end.
    Image {
        format: String,
        bytes: Vec<u8>,
    },
}

impl Content {
    fn is_same_kind(&self, other: &Content) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Machine {
    /// `start` is what `message-start` shall say.
    pub(crate) fn new(start: MessageStart, request_id: Option<String>) -> Self {
        Machine {
            start: Some(start),
            request_id,
            phase: Phase::Content,
            open: None,
            next_index: 0,
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
        let read: fn(&mut Self, &Object<'_>, &mut Vec<Chunk>) -> Result<(), Error> =
            match event_type {
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
        read(self, &Object::parse(payload)?, chunks)
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

    /// `message-start`, once, before anything else.
    fn begin(&mut self, chunks: &mut Vec<Chunk>) {
        if let Some(start) = self.start.take() {
            chunks.push(Chunk::MessageStart(start));
        }
    }

    fn message_start(&mut self, _: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        self.begin(chunks);
        Ok(())
    }

    fn block_start(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let wire_index = event.index("contentBlockIndex")?;
        let start = event.object("start")?.unwrap_or_default();
        if let Some(tool) = start.object("toolUse")? {
            let is_server_tool = tool.string("type")?.as_deref() == Some("server_tool_use");
            let block = ToolUseBlock {
                id: tool.required("toolUseId")?,
                name: tool.required("name")?,
                // As Anthropic starts it; the deltas are the input itself.
                input: "{}".into(),
                cache_control: None,
            };
            self.called_a_tool |= !is_server_tool;
            let block = if is_server_tool {
                ContentBlock::ServerToolUse(block)
            } else {
                ContentBlock::ToolUse(block)
            };
            self.open(
                wire_index,
                Content::ToolUse(Joiner::default()),
                Some(block),
                chunks,
            );
        } else if let Some(image) = start.object("image")? {
            let content = Content::Image {
                format: image.required("format")?,
                bytes: Vec::new(),
            };
            self.open(wire_index, content, None, chunks);
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
            self.fill(
                wire_index,
                Content::Text(Joiner::default()),
                text,
                Delta::TextDelta,
                chunks,
            );
        } else if let Some(tool) = delta.object("toolUse")? {
            self.tool_input(wire_index, tool.text("input")?.unwrap_or_default(), chunks)?;
        } else if let Some(reasoning) = delta.object("reasoningContent")? {
            self.reasoning(wire_index, &reasoning, chunks)?;
        } else if let Some(citation) = delta.object("citation")? {
            self.citation(wire_index, &citation, chunks)?;
        } else if let Some(image) = delta.object("image")? {
            self.image(wire_index, &image)?;
        } else if let Some(member) = delta.variant() {
            self.warn_of_block(format!(
                "a delta of the unknown kind {member:?} was left out"
            ));
        }
        Ok(())
    }

    fn block_stop(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let wire_index = event.index("contentBlockIndex")?;
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.wire_index == wire_index)
        {
            self.close(chunks);
        }
        Ok(())
    }

    /// Append text to the open block of `kind`'s kind, opening one where there is none.
    fn fill(
        &mut self,
        wire_index: u32,
        kind: Content,
        text: Text<'_>,
        delta: fn(String) -> Delta,
        chunks: &mut Vec<Chunk>,
    ) {
        // An empty delta says nothing: some models begin with one in a block that never gets any other.
        if text.is_empty() {
            return;
        }
        self.ensure(wire_index, kind, chunks);
        if let Some(Open {
            index,
            content: Content::Text(joiner) | Content::Thinking(joiner) | Content::ToolUse(joiner),
            ..
        }) = &mut self.open
        {
            let text = joiner.push(text);
            if !text.is_empty() {
                chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta {
                    index: *index,
                    delta: delta(text),
                }));
            }
        }
    }

    fn tool_input(
        &mut self,
        wire_index: u32,
        input: Text<'_>,
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), Error> {
        let is_open = matches!(&self.open, Some(open) if open.wire_index == wire_index
            && matches!(open.content, Content::ToolUse(_)));
        if !is_open {
            return Err(malformed(format!(
                "tool input for block {wire_index}, where no tool call is open"
            )));
        }
        self.fill(
            wire_index,
            Content::ToolUse(Joiner::default()),
            input,
            Delta::InputJsonDelta,
            chunks,
        );
        Ok(())
    }

    fn reasoning(
        &mut self,
        wire_index: u32,
        delta: &Object<'_>,
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), Error> {
        let thinking = || Content::Thinking(Joiner::default());
        if let Some(text) = delta.text("text")? {
            self.fill(wire_index, thinking(), text, Delta::ThinkingDelta, chunks);
        }
        if let Some(signature) = delta.string("signature")? {
            // A block may be its signature alone.
            let index = self.ensure(wire_index, thinking(), chunks);
            let delta = Delta::SignatureDelta(signature);
            chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta { index, delta }));
        }
        if let Some(blob) = delta.string("redactedContent")? {
            self.ensure(wire_index, Content::Redacted(Vec::new()), chunks);
            if let Some(Open {
                content: Content::Redacted(bytes),
                ..
            }) = &mut self.open
            {
                gather(bytes, &blob)?;
            }
        }
        Ok(())
    }

    fn citation(
        &mut self,
        wire_index: u32,
        citation: &Object<'_>,
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), Error> {
        let Some(citation) = citation::canonical(citation)? else {
            self.warn_of_block("a citation with an unknown kind of location was left out".into());
            return Ok(());
        };
        let index = self.ensure(wire_index, Content::Text(Joiner::default()), chunks);
        let delta = Delta::CitationsDelta(citation);
        chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta { index, delta }));
        Ok(())
    }

    fn image(&mut self, wire_index: u32, delta: &Object<'_>) -> Result<(), Error> {
        if let Some(error) = delta.object("error")? {
            let message = error.string("message")?.unwrap_or_default();
            self.warn_of_block(format!("the model made no image: {message}"));
        }
        let Some(base64) = delta
            .object("source")?
            .unwrap_or_default()
            .string("bytes")?
        else {
            return Ok(());
        };
        match &mut self.open {
            Some(Open {
                wire_index: at,
                content: Content::Image { bytes, .. },
                ..
            }) if *at == wire_index => gather(bytes, &base64),
            _ => Err(malformed(format!(
                "image bytes for block {wire_index}, where no image is open"
            ))),
        }
    }

    fn message_stop(&mut self, event: &Object<'_>, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        self.begin(chunks);
        self.close(chunks);
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
        self.close(chunks);
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

    /// Have a block of `content`'s kind open for Converse's block `wire_index`; its canonical index.
    fn ensure(&mut self, wire_index: u32, content: Content, chunks: &mut Vec<Chunk>) -> u32 {
        if let Some(open) = &self.open
            && open.wire_index == wire_index
            && open.content.is_same_kind(&content)
        {
            return open.index;
        }
        let block = match &content {
            Content::Text(_) => Some(ContentBlock::Text(TextBlock {
                text: String::new(),
                citations: Vec::new(),
                cache_control: None,
            })),
            Content::Thinking(_) => Some(ContentBlock::Thinking(ThinkingBlock {
                thinking: String::new(),
                signature: None,
            })),
            Content::ToolUse(_) | Content::Redacted(_) | Content::Image { .. } => None,
        };
        self.open(wire_index, content, block, chunks)
    }

    /// Open the next block; `block` is how it starts, where it is streamed.
    fn open(
        &mut self,
        wire_index: u32,
        content: Content,
        block: Option<ContentBlock>,
        chunks: &mut Vec<Chunk>,
    ) -> u32 {
        self.begin(chunks);
        self.close(chunks);
        let index = self.next_index;
        if let Some(content_block) = block {
            self.next_index += 1;
            chunks.push(Chunk::ContentBlockStart(ContentBlockStart {
                index,
                content_block,
            }));
        }
        self.open = Some(Open {
            wire_index,
            index,
            content,
        });
        index
    }

    /// Close the open block, if there is one.
    fn close(&mut self, chunks: &mut Vec<Chunk>) {
        let Some(Open { index, content, .. }) = self.open.take() else {
            return;
        };
        let mut flush = |mut joiner: Joiner, delta: fn(String) -> Delta| {
            let held_back = joiner.finish();
            if !held_back.is_empty() {
                let delta = delta(held_back.to_owned());
                chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta { index, delta }));
            }
        };
        let whole = match content {
            Content::Text(joiner) => {
                flush(joiner, Delta::TextDelta);
                None
            }
            Content::Thinking(joiner) => {
                flush(joiner, Delta::ThinkingDelta);
                None
            }
            Content::ToolUse(joiner) => {
                flush(joiner, Delta::InputJsonDelta);
                None
            }
            Content::Redacted(bytes) => {
                Some(ContentBlock::RedactedThinking(RedactedThinkingBlock {
                    data: redacted::from_blob(bytes),
                }))
            }
            // The model made none, and the reason is among the warnings.
            Content::Image { bytes, .. } if bytes.is_empty() => return,
            Content::Image { format, bytes } => Some(image_block(&format, bytes)),
        };
        if let Some(content_block) = whole {
            self.next_index += 1;
            chunks.push(Chunk::ContentBlockStart(ContentBlockStart {
                index,
                content_block,
            }));
        }
        chunks.push(Chunk::ContentBlockStop(index));
    }

    fn warn_of_block(&mut self, message: String) {
        self.warn(&format!("content[{}]", self.next_index), message);
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

/// Append what base64 text stands for.
fn gather(bytes: &mut Vec<u8>, base64: &str) -> Result<(), Error> {
    if bytes.len() + base64.len() > MAX_GATHERED {
        return Err(malformed(format!(
            "a block of more than {MAX_GATHERED} bytes"
        )));
    }
    STANDARD
        .decode_vec(base64, bytes)
        .map_err(|error| malformed(format!("a blob that is not base64: {error}")))
}

/// `format` is Converse's word, such as `png`.
pub(super) fn image_block(format: &str, data: Vec<u8>) -> ContentBlock {
    let source = Source::Bytes(Raw {
        media_type: format!("image/{format}"),
        data,
    });
    ContentBlock::Image(ImageBlock {
        source,
        cache_control: None,
    })
}

fn malformed(what: String) -> Error {
    Error {
        retryable: true,
        ..Error::new(
            ErrorKind::MalformedStream,
            format!("malformed stream: {what}"),
        )
    }
}
