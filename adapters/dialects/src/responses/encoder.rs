//! Canonical chunks → server-sent events of the Responses API.
//!
//! ```text
//! response.created, response.in_progress
//! response.output_item.added
//!   response.content_part.added, response.output_text.delta …, .annotation.added …, .done, response.content_part.done
//!   or response.reasoning_summary_part.added, response.reasoning_summary_text.delta …, .done, …part.done
//!   or response.function_call_arguments.delta …, .done
//!   or response.custom_tool_call_input.delta …, .done
//! response.output_item.done
//! response.completed or response.incomplete
//! ```
//!
//! An item is done when the next begins or the answer ends: only then is it known whether it is whole. A call of a tool
//! that OpenAI defines has no events of its own, and is added when all of it is there.
//!
//! A stream that breaks ends with the events `error` and `response.failed` and none of the last two. The data of the
//! first are those of OpenAI's `error` event, and besides a member `error`: the official SDKs for Python and JavaScript
//! raise on that member, and hand an event without it to the caller as they would any other. Clients that read the events
//! themselves, such as Codex, know `response.failed` alone, and act on its error's code.
//!
//! The last event repeats the answer, so that the encoder keeps its texts: its memory grows with the answer, as that of
//! no other dialect does, and with nothing else.

use bedrock_provider::json::Writer;

use super::answer::{self, Ending, State};
use super::item::{COMES, Item, Output, Part, WHOLE, write_annotation, write_summary};
use crate::canonical::{Chunk, ContentBlock, Delta, Error, MessageDelta, MessageStart, Warning};
use crate::openai::path::RESPONSES;
use crate::openai::{error, loss};
use crate::{Telling, sse};

/// What grows in an event's name, and the member that holds it in the end.
type Growing = (&'static str, &'static str);

const TEXT: Growing = ("output_text", "text");
const SUMMARY: Growing = ("reasoning_summary_text", "text");

/// An item begins.
const ADDED: &str = "response.output_item.added";

/// Keeps the connection open; clients pass it over.
const PING: &str = ": ping\n\n";

/// Chunks to server-sent events.
pub struct Encoder {
    telling: Telling,
    events: Events,
    output: Output,
    /// Whether the last item has a block that grows.
    is_open: bool,
    /// Of the start.
    warnings: Vec<Warning>,
    end: Option<Box<MessageDelta>>,
    has_ended: bool,
}

/// Numbers the events.
#[derive(Default)]
struct Events {
    sequence: u64,
}

impl Events {
    fn write(&mut self, kind: &str, out: &mut String, members: &dyn Fn(&mut Writer)) {
        sse::event(out, Some(kind), |w| {
            w.object(|w| {
                w.name("type").text(kind);
                w.name("sequence_number").number(self.sequence);
                members(w);
            });
        });
        self.sequence = self.sequence.saturating_add(1);
    }

    /// Of the last item's last part.
    fn of_part(
        &mut self,
        kind: &str,
        output: &Output,
        out: &mut String,
        members: &dyn Fn(&mut Writer),
    ) {
        let at = output.items.len().saturating_sub(1);
        self.write(kind, out, &|w| {
            w.name("item_id").text(&output.item_id(at));
            w.name("output_index").number(at as u64);
            match output.items.last() {
                Some(Item::Message(parts)) => {
                    let part = parts.len().saturating_sub(1);
                    w.name("content_index").number(part as u64);
                }
                Some(Item::Reasoning { .. }) => w.name("summary_index").number(0),
                _ => {}
            }
            members(w);
        });
    }

    fn of_item(&mut self, kind: &str, at: usize, status: &str, output: &Output, out: &mut String) {
        self.write(kind, out, &|w| {
            w.name("output_index").number(at as u64);
            output.write_item(at, status, w.name("item"));
        });
    }

    fn item_done(&mut self, at: Option<usize>, status: &str, output: &Output, out: &mut String) {
        if let Some(at) = at {
            self.of_item("response.output_item.done", at, status, output, out);
        }
    }

    fn grow(&mut self, growing: Growing, more: &str, output: &Output, out: &mut String) {
        if !more.is_empty() {
            self.of_growing(growing, ".delta", "delta", more, output, out);
        }
    }

    fn grown(&mut self, growing: Growing, whole: &str, output: &Output, out: &mut String) {
        self.of_growing(growing, ".done", growing.1, whole, output, out);
    }

    fn of_growing(
        &mut self,
        growing: Growing,
        verb: &str,
        member: &str,
        text: &str,
        output: &Output,
        out: &mut String,
    ) {
        let kind = ["response.", growing.0, verb].concat();
        self.of_part(&kind, output, out, &|w| {
            w.name(member).text(text);
            if growing == TEXT {
                w.name("logprobs").array(|_| {});
            }
        });
    }
}

impl Encoder {
    /// Of one answer.
    pub fn new(telling: Telling) -> Self {
        Encoder {
            telling,
            events: Events::default(),
            output: Output::default(),
            is_open: false,
            warnings: Vec::new(),
            end: None,
            has_ended: false,
        }
    }

    /// Append the events that a chunk makes.
    pub fn push(&mut self, chunk: &Chunk, out: &mut String) {
        if self.has_ended {
            return;
        }
        match chunk {
            Chunk::MessageStart(start) => self.message_start(start, out),
            Chunk::ContentBlockStart(start) => {
                self.start(start.index as usize, &start.content_block, out);
            }
            Chunk::ContentBlockDelta(delta) => {
                self.delta(delta.index as usize, &delta.delta, out);
            }
            Chunk::ContentBlockStop(_) => self.stop(out),
            Chunk::MessageDelta(end) => self.end = Some(Box::new(end.clone())),
            Chunk::MessageStop => self.finish(out),
            Chunk::Ping => out.push_str(PING),
        }
    }

    /// Append the event of a stream that broke; nothing follows it.
    pub fn fail(&mut self, error: &Error, _request_id: &str, out: &mut String) {
        if self.has_ended {
            return;
        }
        self.has_ended = true;
        // A call that is not whole is no JSON yet, unless it is a function's.
        if std::mem::take(&mut self.is_open) {
            self.output.end();
        }
        self.events.write("error", out, &|w| {
            error::details(error, RESPONSES, w);
            error::member(error, RESPONSES, w);
        });
        let failed = State::Failed(error);
        self.events.write("response.failed", out, &|w| {
            answer::write(&self.output, &self.telling, &failed, w.name("response"));
        });
    }

    fn message_start(&mut self, start: &MessageStart, out: &mut String) {
        self.output = Output::new(&start.id);
        self.warnings.clone_from(&start.warnings);
        for kind in ["response.created", "response.in_progress"] {
            self.events.write(kind, out, &|w| {
                answer::write(
                    &self.output,
                    &self.telling,
                    &State::Coming,
                    w.name("response"),
                );
            });
        }
    }

    fn start(&mut self, index: usize, block: &ContentBlock, out: &mut String) {
        self.stop(out);
        let before = self.output.items.len();
        self.is_open = self.output.begin(index, block, &self.telling.tools);
        let (events, output) = (&mut self.events, &self.output);
        if output.items.len() > before {
            events.item_done(before.checked_sub(1), WHOLE, output, out);
            if !output.is_late() {
                events.of_item(ADDED, before, COMES, output, out);
            }
        }
        if !self.is_open {
            return;
        }
        let (growing, text) = match output.items.last() {
            Some(Item::Message(parts)) => {
                let kind = "response.content_part.added";
                events.of_part(kind, output, out, &|w| {
                    Part::default().write(w.name("part"))
                });
                (TEXT, parts.last().map(|part| &part.text))
            }
            Some(Item::Reasoning { thinking, .. }) => {
                let kind = "response.reasoning_summary_part.added";
                events.of_part(kind, output, out, &|w| write_summary("", w.name("part")));
                (SUMMARY, Some(thinking))
            }
            Some(Item::Call(call)) => {
                if let Some(growing) = call.growing() {
                    events.grow(growing, call.content(), output, out);
                }
                return;
            }
            Some(Item::Redacted(_)) | None => return,
        };
        events.grow(growing, text.map_or("", String::as_str), output, out);
    }

    fn delta(&mut self, index: usize, delta: &Delta, out: &mut String) {
        if !self.is_open {
            return;
        }
        let (growing, text, more) = match (self.output.items.last_mut(), delta) {
            (Some(Item::Message(parts)), Delta::TextDelta(more)) => {
                (TEXT, parts.last_mut().map(|part| &mut part.text), more)
            }
            (Some(Item::Message(_)), Delta::CitationsDelta(citation)) => {
                return self.output.cite(index, citation);
            }
            (Some(Item::Reasoning { thinking, .. }), Delta::ThinkingDelta(more)) => {
                (SUMMARY, Some(thinking), more)
            }
            (Some(Item::Reasoning { signature, .. }), Delta::SignatureDelta(more)) => {
                return signature.push_str(more);
            }
            (Some(Item::Call(call)), Delta::InputJsonDelta(more)) => {
                let more = call.grow(more);
                if let Some(growing) = call.growing() {
                    self.events.grow(growing, &more, &self.output, out);
                }
                return;
            }
            _ => return self.output.lose(index, loss::DELTA),
        };
        if let Some(text) = text {
            text.push_str(more);
        }
        self.events.grow(growing, more, &self.output, out);
    }

    /// The block that grew is whole.
    fn stop(&mut self, out: &mut String) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        let is_late = self.output.is_late();
        let rest = self.output.end();
        let (events, output) = (&mut self.events, &self.output);
        match output.items.last() {
            Some(Item::Message(parts)) => {
                let Some(part) = parts.last() else {
                    return;
                };
                for (at, annotation) in part.annotations.iter().enumerate() {
                    let kind = "response.output_text.annotation.added";
                    events.of_part(kind, output, out, &|w| {
                        w.name("annotation_index").number(at as u64);
                        write_annotation(annotation, w.name("annotation"));
                    });
                }
                events.grown(TEXT, &part.text, output, out);
                let kind = "response.content_part.done";
                events.of_part(kind, output, out, &|w| part.write(w.name("part")));
            }
            Some(Item::Reasoning { thinking, .. }) => {
                events.grown(SUMMARY, thinking, output, out);
                let kind = "response.reasoning_summary_part.done";
                events.of_part(kind, output, out, &|w| {
                    write_summary(thinking, w.name("part"))
                });
            }
            Some(Item::Call(call)) => {
                if is_late {
                    let last = output.items.len().saturating_sub(1);
                    events.of_item(ADDED, last, COMES, output, out);
                }
                if let Some(growing) = call.growing() {
                    let rest = if is_late { call.content() } else { &rest };
                    events.grow(growing, rest, output, out);
                    events.grown(growing, call.content(), output, out);
                }
            }
            Some(Item::Redacted(_)) | None => {}
        }
    }

    /// The answer is whole.
    fn finish(&mut self, out: &mut String) {
        self.stop(out);
        self.has_ended = true;
        let Some(end) = &self.end else {
            return;
        };
        let ending = Ending {
            stop_reason: &end.stop_reason,
            usage: &end.usage,
            cost: end.cost.as_ref(),
            warnings: [&self.warnings, &end.warnings],
            provider_metadata: end.provider_metadata.as_deref(),
        };
        let (events, output) = (&mut self.events, &self.output);
        let last = output.items.len().checked_sub(1);
        events.item_done(last, ending.status(), output, out);
        let kind = ["response.", ending.status()].concat();
        let ended = State::Ended(&ending);
        events.write(&kind, out, &|w| {
            answer::write(output, &self.telling, &ended, w.name("response"));
        });
    }
}
