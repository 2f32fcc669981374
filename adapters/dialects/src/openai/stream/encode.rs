//! Canonical chunks → server-sent events of `chat.completion.chunk`, ended by `data: [DONE]`.
//!
//! All events of an answer begin alike: that text is written once, and each event is written behind it in the buffer
//! that goes out. A stream that breaks ends with `data: {"error": …}` and without `[DONE]`. Lists grow by `index`, as
//! OpenAI's SDKs join them; so do `thinking_blocks`. `annotations` have no index, and come at once, at the end.

use std::mem;

use bedrock_provider::json::Writer;

use crate::canonical::{
    Chunk, ContentBlock, Delta, Error, MessageDelta, MessageStart, StopReason, Warning,
};
use crate::openai::citation::{self, Annotation};
use crate::openai::error;
use crate::openai::path::CHAT;
use crate::openai::response::{write_custom, write_redacted};
use crate::openai::tools::freeform::{self, Freeform};
use crate::openai::{loss, telling as gateway, usage, words};
use crate::{Telling, sse};

/// Keeps the connection open; clients pass it over.
const PING: &str = ": ping\n\n";

/// The only proof of a whole answer.
const DONE: &str = "data: [DONE]\n\n";

/// Where what a call holds stands in its entry of `tool_calls`.
type Growing = (&'static str, &'static str);

const FUNCTION: Growing = ("function", "arguments");
const CUSTOM: Growing = ("custom", freeform::MEMBER);

/// Chunks to server-sent events.
pub struct Encoder {
    telling: Telling,
    /// `data: {"id":…,"object":…,"created":…,"model":…`.
    head: String,
    open: Open,
    calls: u64,
    thoughts: u64,
    /// Of the text so far.
    characters: usize,
    annotations: Vec<Annotation>,
    warnings: Vec<Warning>,
    has_ended: bool,
}

/// The block that is being filled.
enum Open {
    /// None, or one that is left out.
    Nothing,
    Text {
        /// Characters of the message before it.
        start: usize,
        /// Annotations of the message before it.
        annotations: usize,
        /// Whether it was warned of a citation.
        has_lost: bool,
    },
    Thinking(u64),
    Call {
        index: u64,
        /// Whether arguments came.
        has_input: bool,
    },
    /// A call of a tool that takes raw text.
    Custom {
        index: u64,
        /// Of the answer.
        block: u32,
        text: Freeform,
    },
}

impl Encoder {
    /// Of one answer.
    pub fn new(telling: Telling) -> Self {
        let mut encoder = Encoder {
            head: String::new(),
            open: Open::Nothing,
            calls: 0,
            thoughts: 0,
            characters: 0,
            annotations: Vec::new(),
            warnings: Vec::new(),
            has_ended: false,
            telling,
        };
        encoder.begin("");
        encoder
    }

    /// Append the events that a chunk makes.
    pub fn push(&mut self, chunk: &Chunk, out: &mut String) {
        if self.has_ended {
            return;
        }
        match chunk {
            Chunk::MessageStart(start) => self.message_start(start, out),
            Chunk::ContentBlockStart(start) => self.start(start.index, &start.content_block, out),
            Chunk::ContentBlockDelta(delta) => self.delta(delta.index, &delta.delta, out),
            Chunk::ContentBlockStop(_) => self.stop(out),
            Chunk::MessageDelta(delta) => self.message_delta(delta, out),
            Chunk::MessageStop => {
                out.push_str(DONE);
                self.has_ended = true;
            }
            Chunk::Ping => out.push_str(PING),
        }
    }

    /// Append the event of a stream that broke; nothing follows it.
    pub fn fail(&mut self, error: &Error, _request_id: &str, out: &mut String) {
        if self.has_ended {
            return;
        }
        self.has_ended = true;
        out.push_str("data: ");
        let mut event = Writer::default();
        event.object(|w| error::member(error, CHAT, w));
        out.push_str(&event.into_string());
        out.push_str("\n\n");
    }

    fn begin(&mut self, id: &str) {
        let mut head = Writer::default();
        head.object(|w| {
            w.name("id").text(&words::completion_id(id));
            w.name("object").text("chat.completion.chunk");
            w.name("created").number(self.telling.created);
            w.name("model").text(&self.telling.model);
        });
        let head = head.into_string();
        self.head = ["data: ", head.strip_suffix('}').unwrap_or(&head)].concat();
    }

    /// One event: the members of its `delta`, why it finished, and the members behind `choices`.
    fn event(
        &self,
        delta: impl FnOnce(&mut Writer),
        finish_reason: Option<&str>,
        rest: impl FnOnce(&mut Writer),
        out: &mut String,
    ) {
        let start = out.len();
        out.push_str(&self.head);
        let mut w = Writer::after(mem::take(out));
        w.name("choices").array(|w| {
            w.object(|w| {
                w.name("index").number(0);
                w.name("delta").object(delta);
                match finish_reason {
                    Some(reason) => w.name("finish_reason").text(reason),
                    None => w.name("finish_reason").raw("null"),
                }
            });
        });
        if self.telling.include_usage {
            w.name("usage").raw("null");
        }
        rest(&mut w);
        *out = w.into_string();
        close(start, out);
    }

    fn grow(&self, delta: impl FnOnce(&mut Writer), out: &mut String) {
        self.event(delta, None, |_| {}, out);
    }

    fn message_start(&mut self, start: &MessageStart, out: &mut String) {
        self.begin(&start.id);
        self.warnings.extend(start.warnings.iter().cloned());
        let role = |w: &mut Writer| {
            w.name("role").text("assistant");
            w.name("content").text("");
        };
        self.grow(role, out);
    }

    fn start(&mut self, index: u32, block: &ContentBlock, out: &mut String) {
        self.open = match block {
            ContentBlock::Text(block) => {
                self.open = Open::Text {
                    start: self.characters,
                    annotations: self.annotations.len(),
                    has_lost: false,
                };
                for citation in &block.citations {
                    self.delta(index, &Delta::CitationsDelta(citation.clone()), out);
                }
                return self.text(&block.text, out);
            }
            ContentBlock::Thinking(block) => {
                let number = next(&mut self.thoughts);
                self.thinking(number, &block.thinking, out);
                if let Some(signature) = &block.signature {
                    self.signature(number, signature, out);
                }
                Open::Thinking(number)
            }
            ContentBlock::RedactedThinking(block) => {
                let number = next(&mut self.thoughts);
                self.thought(number, |w| write_redacted(&block.data, w), out);
                Open::Nothing
            }
            ContentBlock::ToolUse(call) if self.telling.tools.is_custom(&call.name) => {
                let number = next(&mut self.calls);
                let input = Some(call.input.trim()).filter(|input| *input != "{}");
                let mut text = Freeform::default();
                let raw = text.push(input.unwrap_or_default());
                self.call(number, |w| write_custom(&call.id, &call.name, &raw, w), out);
                Open::Custom {
                    index: number,
                    block: index,
                    text,
                }
            }
            ContentBlock::ToolUse(call) => {
                let number = next(&mut self.calls);
                let input = Some(call.input.trim()).filter(|input| *input != "{}");
                let write = |w: &mut Writer| {
                    w.name("id").text(&call.id);
                    w.name("type").text("function");
                    w.name("function").object(|w| {
                        w.name("name").text(&call.name);
                        w.name("arguments").text(input.unwrap_or_default());
                    });
                };
                self.call(number, write, out);
                Open::Call {
                    index: number,
                    has_input: input.is_some_and(|input| !input.is_empty()),
                }
            }
            other => {
                if let Some(why) = loss::of_block(other) {
                    loss::push(&mut self.warnings, index as usize, why);
                }
                Open::Nothing
            }
        };
    }

    fn delta(&mut self, index: u32, delta: &Delta, out: &mut String) {
        match (&mut self.open, delta) {
            (Open::Text { .. }, Delta::TextDelta(text)) => self.text(text, out),
            (
                Open::Text {
                    start, has_lost, ..
                },
                Delta::CitationsDelta(citation),
            ) => {
                // The passage ends where the block does.
                match Annotation::of(citation, *start, *start) {
                    Some(annotation) => self.annotations.push(annotation),
                    None if *has_lost => {}
                    None => {
                        *has_lost = true;
                        loss::push(&mut self.warnings, index as usize, loss::CITATION);
                    }
                }
            }
            (Open::Thinking(number), Delta::ThinkingDelta(text)) => {
                let number = *number;
                self.thinking(number, text, out);
            }
            (Open::Thinking(number), Delta::SignatureDelta(signature)) => {
                let number = *number;
                self.signature(number, signature, out);
            }
            (Open::Call { index, has_input }, Delta::InputJsonDelta(json)) if !json.is_empty() => {
                *has_input |= !json.trim().is_empty();
                let number = *index;
                self.grow_call(number, FUNCTION, json, out);
            }
            (Open::Custom { index, text, .. }, Delta::InputJsonDelta(json)) => {
                let (number, raw) = (*index, text.push(json));
                self.grow_call(number, CUSTOM, &raw, out);
            }
            (Open::Call { .. }, Delta::InputJsonDelta(_)) | (Open::Nothing, _) => {}
            _ => {
                loss::push(&mut self.warnings, index as usize, loss::DELTA);
            }
        }
    }

    fn stop(&mut self, out: &mut String) {
        match mem::replace(&mut self.open, Open::Nothing) {
            Open::Text { annotations, .. } => {
                for annotation in self.annotations.iter_mut().skip(annotations) {
                    annotation.end = self.characters;
                }
            }
            // Clients read the arguments as JSON, which nothing is not.
            Open::Call {
                index,
                has_input: false,
            } => self.grow_call(index, FUNCTION, "{}", out),
            Open::Custom {
                index,
                block,
                mut text,
            } => {
                let rest = text.finish();
                self.grow_call(index, CUSTOM, &rest, out);
                if text.has_more() {
                    loss::push(&mut self.warnings, block as usize, freeform::MORE);
                }
            }
            Open::Call { .. } | Open::Thinking(_) | Open::Nothing => {}
        }
    }

    fn text(&mut self, text: &str, out: &mut String) {
        if text.is_empty() {
            return;
        }
        self.characters += text.chars().count();
        self.grow(|w| w.name("content").text(text), out);
    }

    fn thinking(&self, number: u64, thinking: &str, out: &mut String) {
        if thinking.is_empty() {
            return;
        }
        let delta = |w: &mut Writer| {
            w.name("reasoning_content").text(thinking);
            indexed(
                "thinking_blocks",
                number,
                |w| write_thinking("thinking", thinking, w),
                w,
            );
        };
        self.grow(delta, out);
    }

    fn signature(&self, number: u64, signature: &str, out: &mut String) {
        self.thought(number, |w| write_thinking("signature", signature, w), out);
    }

    fn thought(&self, number: u64, members: impl FnOnce(&mut Writer), out: &mut String) {
        self.grow(|w| indexed("thinking_blocks", number, members, w), out);
    }

    fn call(&self, number: u64, members: impl FnOnce(&mut Writer), out: &mut String) {
        self.grow(|w| indexed("tool_calls", number, members, w), out);
    }

    /// More of what a call holds, in the member of a member of its entry.
    fn grow_call(&self, number: u64, (outer, inner): Growing, more: &str, out: &mut String) {
        if !more.is_empty() {
            let members = |w: &mut Writer| w.name(outer).object(|w| w.name(inner).text(more));
            self.call(number, members, out);
        }
    }

    fn message_delta(&mut self, end: &MessageDelta, out: &mut String) {
        let is_last = !self.telling.include_usage;
        let delta = |w: &mut Writer| {
            if end.stop_reason == StopReason::Refusal {
                w.name("refusal").text(words::REFUSED);
            }
            citation::write(&self.annotations, w);
        };
        let rest = |w: &mut Writer| {
            if is_last {
                self.tell(end, w);
            }
        };
        self.event(
            delta,
            Some(words::finish_reason(&end.stop_reason)),
            rest,
            out,
        );
        if is_last {
            return;
        }
        let start = out.len();
        out.push_str(&self.head);
        let mut w = Writer::after(mem::take(out));
        w.name("choices").array(|_| ());
        w.name("usage");
        usage::write(&end.usage, &mut w);
        self.tell(end, &mut w);
        *out = w.into_string();
        close(start, out);
    }

    /// What stands in the last chunk alone.
    fn tell(&self, end: &MessageDelta, w: &mut Writer) {
        let tier = end.usage.service_tier.as_deref();
        if let Some(tier) = tier.and_then(words::tier_to_openai) {
            w.name("service_tier").text(tier);
        }
        gateway::write(
            CHAT,
            &self.telling,
            end.cost.as_ref(),
            &[&self.warnings, &end.warnings],
            end.provider_metadata.as_deref(),
            w,
        );
    }
}

/// The end of the event that begins at `start`.
fn close(start: usize, out: &mut String) {
    sse::one_line(out, start);
    out.push_str("}\n\n");
}

fn next(count: &mut u64) -> u64 {
    let number = *count;
    *count = number.saturating_add(1);
    number
}

/// A list of the one element that grows.
fn indexed(name: &str, number: u64, members: impl FnOnce(&mut Writer), w: &mut Writer) {
    w.name(name).array(|w| {
        w.object(|w| {
            w.name("index").number(number);
            members(w);
        });
    });
}

fn write_thinking(member: &str, text: &str, w: &mut Writer) {
    w.name("type").text("thinking");
    w.name(member).text(text);
}
