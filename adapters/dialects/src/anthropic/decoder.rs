//! Server-sent events → chunks.
//!
//! The order of the events is checked, so that whoever reads the chunks need not: one that is out of order is
//! a `malformed-stream`, and a stream that ends before `message_stop` is `stream-truncated`. Events of types that are not
//! known are passed over, as the API asks of its clients.

use bedrock_provider::json::Object;

use super::response::{malformed, stop_reason};
use super::{block, citation, error, usage};
use crate::canonical::{
    Chunk, ContentBlockDelta, ContentBlockStart, Delta, Error, ErrorKind, MessageDelta,
    MessageStart, Role, Usage,
};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::path::Path;
use crate::sse::{Event, Parser};
use crate::{Unknown, gateway};

/// Reads the events of one answer out of bytes that are cut anywhere.
#[derive(Debug, Default)]
pub struct Decoder {
    parser: Parser,
    state: State,
}

/// How far the answer is.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Stage {
    #[default]
    Before,
    Between,
    InBlock,
    /// `message_delta` was there.
    Ended,
    Stopped,
}

#[derive(Debug)]
struct State {
    stage: Stage,
    /// The open block's index, or the next one's.
    index: u32,
    usage: Option<Usage>,
    notes: Notes,
}

impl Default for State {
    fn default() -> Self {
        State {
            stage: Stage::Before,
            index: 0,
            usage: None,
            notes: Notes::new(Unknown::Warn),
        }
    }
}

impl Decoder {
    /// At the beginning of an answer.
    pub fn new() -> Self {
        Decoder::default()
    }

    /// The next bytes; appends the chunks that they complete. An error ends the answer, and has what was counted by then.
    pub fn push(&mut self, bytes: &[u8], chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let state = &mut self.state;
        let result = self.parser.push(bytes, &mut |event| {
            chunks.extend(state.event(event)?);
            Ok(())
        });
        result.map_err(|error| self.with_usage(error))
    }

    /// The stream's end, which is an error before the answer's.
    pub fn finish(self) -> Result<(), Error> {
        match self.state.stage {
            Stage::Stopped => Ok(()),
            _ => Err(self.with_usage(Error {
                retryable: true,
                ..Error::new(
                    ErrorKind::StreamTruncated,
                    "the stream ended before message_stop: the answer is incomplete",
                )
            })),
        }
    }

    fn with_usage(&self, error: Error) -> Error {
        Error {
            usage: self.state.usage.clone(),
            ..error
        }
    }
}

impl State {
    fn event(&mut self, event: Event<'_>) -> Result<Option<Chunk>, Error> {
        if self.stage == Stage::Stopped {
            return Ok(None);
        }
        let mut fields = Fields::of_body(event.data.as_bytes()).map_err(malformed)?;
        let kind = fields.required_text("type").map_err(malformed)?;
        if kind == "error" {
            let told = Object::parse(event.data.as_bytes()).unwrap_or_default();
            return Err(error::read(&told, None));
        }
        let chunk = self.chunk(&kind, &mut fields).map_err(malformed)?;
        if chunk.is_some() {
            fields.finish(&mut self.notes).map_err(malformed)?;
        }
        Ok(chunk)
    }

    /// Go on to a stage, from one of these.
    fn go(&mut self, kind: &str, from: &[Stage], to: Stage) -> Result<(), Error> {
        if !from.contains(&self.stage) {
            return Err(Error::new(
                ErrorKind::MalformedStream,
                [kind, " is out of order"].concat(),
            ));
        }
        self.stage = to;
        Ok(())
    }

    fn chunk(&mut self, kind: &str, f: &mut Fields<'_, '_>) -> Result<Option<Chunk>, Error> {
        Ok(Some(match kind {
            "message_start" => {
                self.go(kind, &[Stage::Before], Stage::Between)?;
                Chunk::MessageStart(self.start(f)?)
            }
            "content_block_start" => {
                self.go(kind, &[Stage::Between], Stage::InBlock)?;
                let index = self.index(f)?;
                let here = Path::Root;
                let raw = f.required_raw("content_block")?;
                let path = here.member("content_block");
                Chunk::ContentBlockStart(ContentBlockStart {
                    index,
                    content_block: block::block(raw, path, Role::Assistant, &mut self.notes)?,
                })
            }
            "content_block_delta" => {
                self.go(kind, &[Stage::InBlock], Stage::InBlock)?;
                Chunk::ContentBlockDelta(ContentBlockDelta {
                    index: self.index(f)?,
                    delta: delta(f.required_raw("delta")?, &mut self.notes)?,
                })
            }
            "content_block_stop" => {
                self.go(kind, &[Stage::InBlock], Stage::Between)?;
                let index = self.index(f)?;
                self.index = self.index.saturating_add(1);
                Chunk::ContentBlockStop(index)
            }
            "message_delta" => {
                self.go(kind, &[Stage::Between], Stage::Ended)?;
                Chunk::MessageDelta(self.end(f)?)
            }
            "message_stop" => {
                self.go(kind, &[Stage::Ended], Stage::Stopped)?;
                Chunk::MessageStop
            }
            "ping" => Chunk::Ping,
            _ => return Ok(None),
        }))
    }

    /// The index of the block that is open.
    fn index(&self, fields: &mut Fields<'_, '_>) -> Result<u32, Error> {
        match fields.small("index")? {
            Some(index) if index == self.index => Ok(index),
            _ => Err(fields.invalid("index", "expected the index of the open block")),
        }
    }

    fn start(&mut self, fields: &mut Fields<'_, '_>) -> Result<MessageStart, Error> {
        let notes = &mut self.notes;
        let gateway = gateway::read(fields, notes)?;
        let message = fields.object("message", notes, |f, notes| {
            for name in ["type", "role", "content", "stop_reason", "stop_sequence"] {
                f.raw(name);
            }
            Ok(MessageStart {
                id: f.required_text("id")?,
                model: f.required_text("model")?,
                usage: f.object("usage", notes, |f, notes| {
                    usage::read(f, notes, &Usage::none())
                })?,
                warnings: gateway.warnings,
                provider_metadata: gateway.provider_metadata,
            })
        })?;
        let message = message.ok_or_else(|| fields.missing("message"))?;
        self.usage.clone_from(&message.usage);
        Ok(message)
    }

    fn end(&mut self, fields: &mut Fields<'_, '_>) -> Result<MessageDelta, Error> {
        let notes = &mut self.notes;
        let gateway = gateway::read(fields, notes)?;
        let known = self.usage.take().unwrap_or(Usage::none());
        let usage = fields.object("usage", notes, |f, notes| usage::read(f, notes, &known))?;
        let usage = usage.unwrap_or(known);
        self.usage = Some(usage.clone());
        let ending = fields.object("delta", notes, |f, _| {
            let reason = f.required_text("stop_reason")?;
            Ok((stop_reason(reason), f.text("stop_sequence")?))
        })?;
        let (stop_reason, stop_sequence) = ending.ok_or_else(|| fields.missing("delta"))?;
        let mut warnings = gateway.warnings;
        let notes = std::mem::replace(&mut self.notes, Notes::new(Unknown::Warn));
        warnings.extend(notes.into_warnings());
        Ok(MessageDelta {
            stop_reason,
            stop_sequence,
            usage,
            cost: gateway.cost,
            warnings,
            provider_metadata: gateway.provider_metadata,
        })
    }
}

fn delta(raw: &str, notes: &mut Notes) -> Result<Delta, Error> {
    let path = Path::Root;
    let path = path.member("delta");
    let mut fields = Fields::open(raw, path)?;
    let kind = fields.required_text("type")?;
    let delta = match kind.as_str() {
        "text_delta" => Delta::TextDelta(fields.required_text("text")?),
        "input_json_delta" => Delta::InputJsonDelta(fields.required_text("partial_json")?),
        "thinking_delta" => Delta::ThinkingDelta(fields.required_text("thinking")?),
        "signature_delta" => Delta::SignatureDelta(fields.required_text("signature")?),
        "citations_delta" => {
            let raw = fields.required_raw("citation")?;
            Delta::CitationsDelta(citation::read(raw, path.member("citation"), notes)?)
        }
        _ => return Ok(Delta::Other(raw.to_owned())),
    };
    fields.finish(notes)?;
    Ok(delta)
}
