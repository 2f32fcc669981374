//! Chunks → server-sent events.
//!
//! `message_start (content_block_start content_block_delta* content_block_stop)* message_delta message_stop`, with `ping`
//! anywhere after the first, and `error` at the end of a stream that broke.

use bedrock_provider::json::Writer;

use super::response::stop_reason_name;
use super::{block_writer, citation, error, usage};
use crate::canonical::{Chunk, Delta, Error, MessageDelta, MessageStart, Usage};
use crate::{Telling, gateway, sse};

/// What a text delta, and each of its kin, is called, and the member that it has.
type Appended = (&'static str, &'static str);

const TEXT: Appended = ("text_delta", "text");
const INPUT: Appended = ("input_json_delta", "partial_json");
const THINKING: Appended = ("thinking_delta", "thinking");
const SIGNATURE: Appended = ("signature_delta", "signature");

/// Writes the events of one answer.
#[derive(Debug)]
pub struct Encoder {
    telling: Telling,
}

impl Encoder {
    /// For an answer of which `telling` tells.
    pub fn new(telling: Telling) -> Self {
        Encoder { telling }
    }

    /// Append the event that a chunk is.
    pub fn push(&mut self, chunk: &Chunk, out: &mut String) {
        match chunk {
            Chunk::MessageStart(start) => self.start(start, out),
            Chunk::ContentBlockStart(start) => event(out, "content_block_start", |w| {
                w.name("index").number(start.index.into());
                block_writer::write(&start.content_block, w.name("content_block"));
            }),
            Chunk::ContentBlockDelta(change) => event(out, "content_block_delta", |w| {
                w.name("index").number(change.index.into());
                delta(&change.delta, w.name("delta"));
            }),
            Chunk::ContentBlockStop(index) => event(out, "content_block_stop", |w| {
                w.name("index").number((*index).into());
            }),
            Chunk::MessageDelta(end) => message_delta(end, out),
            Chunk::MessageStop => event(out, "message_stop", |_| {}),
            Chunk::Ping => event(out, "ping", |_| {}),
        }
    }

    /// Append the event of a stream that broke; nothing may follow it.
    pub fn fail(&mut self, error: &Error, request_id: &str, out: &mut String) {
        sse::event(out, Some("error"), |w| error::write(error, request_id, w));
    }

    fn start(&self, start: &MessageStart, out: &mut String) {
        event(out, "message_start", |w| {
            w.name("message").object(|w| {
                w.name("id").text(&start.id);
                w.name("type").text("message");
                w.name("role").text("assistant");
                w.name("model").text(&self.telling.model);
                w.name("content").array(|_| {});
                w.name("stop_reason").text_or_null(None);
                w.name("stop_sequence").text_or_null(None);
                let none = Usage::none();
                usage::write(start.usage.as_ref().unwrap_or(&none), w.name("usage"));
            });
            let warnings = [&self.telling.warnings[..], &start.warnings];
            gateway::write(w, None, &warnings, start.provider_metadata.as_deref());
        });
    }
}

/// An event whose data have its name as their type.
fn event(out: &mut String, name: &str, members: impl FnOnce(&mut Writer)) {
    sse::event(out, Some(name), |w| {
        w.object(|w| {
            w.name("type").text(name);
            members(w);
        });
    });
}

fn delta(delta: &Delta, w: &mut Writer) {
    let ((kind, member), text) = match delta {
        Delta::TextDelta(text) => (TEXT, text),
        Delta::InputJsonDelta(json) => (INPUT, json),
        Delta::ThinkingDelta(text) => (THINKING, text),
        Delta::SignatureDelta(text) => (SIGNATURE, text),
        Delta::CitationsDelta(cited) => {
            return w.object(|w| {
                w.name("type").text("citations_delta");
                citation::write(cited, w.name("citation"));
            });
        }
        Delta::Other(json) => return block_writer::embed(w, json),
    };
    w.object(|w| {
        w.name("type").text(kind);
        w.name(member).text(text);
    });
}

fn message_delta(end: &MessageDelta, out: &mut String) {
    event(out, "message_delta", |w| {
        w.name("delta").object(|w| {
            w.name("stop_reason")
                .text(stop_reason_name(&end.stop_reason));
            w.name("stop_sequence")
                .text_or_null(end.stop_sequence.as_deref());
        });
        usage::write(&end.usage, w.name("usage"));
        gateway::write(
            w,
            end.cost.as_ref(),
            &[&end.warnings],
            end.provider_metadata.as_deref(),
        );
    });
}
