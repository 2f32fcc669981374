//! Canonical blocks → the items of `output`, of whole answers and of streams alike.
//!
//! Items have ids that follow from the answer's and from their place, so that an item has one id in every event.

use bedrock_provider::json::Writer;

use super::call::Call;
use super::{REDACTED, SIGNATURE};
use crate::OfferedTools;
use crate::canonical::{Citation, ContentBlock, Warning};
use crate::openai::citation::Annotation;
use crate::openai::loss;
use crate::openai::tools::freeform;

/// Status of an item that comes, which has no content yet.
pub(super) const COMES: &str = "in_progress";
/// Status of an item that is whole.
pub(super) const WHOLE: &str = "completed";
/// Status of an item that was cut off.
pub(super) const CUT: &str = "incomplete";

/// The items of one answer; the last is the one that grows.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// The answer's id without its prefix.
    pub(super) id: String,
    pub(super) items: Vec<Item>,
    /// What could not be told.
    pub(super) losses: Vec<Warning>,
    /// The block of the answer that grows.
    open: usize,
}

/// One item.
#[derive(Debug)]
pub(super) enum Item {
    Message(Vec<Part>),
    Reasoning { thinking: String, signature: String },
    Redacted(String),
    Call(Call),
}

/// A part of a message.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) annotations: Vec<Annotation>,
    has_lost: bool,
}

impl Part {
    /// Cite; whether that is a loss which was not told yet. The passage is the whole part, whose end is not known yet.
    fn cite(&mut self, citation: &Citation) -> bool {
        match Annotation::of(citation, 0, 0) {
            Some(annotation) => {
                self.annotations.push(annotation);
                false
            }
            None => !std::mem::replace(&mut self.has_lost, true),
        }
    }

    /// The part as JSON.
    pub(super) fn write(&self, w: &mut Writer) {
        w.object(|w| {
            w.name("type").text("output_text");
            w.name("text").text(&self.text);
            w.name("annotations").array(|w| {
                for annotation in &self.annotations {
                    write_annotation(annotation, w);
                }
            });
            w.name("logprobs").array(|_| {});
        });
    }
}

/// An annotation as JSON.
pub(super) fn write_annotation(annotation: &Annotation, w: &mut Writer) {
    w.object(|w| {
        w.name("type").text("url_citation");
        annotation.members(w);
    });
}

/// A part of a summary as JSON.
pub(super) fn write_summary(text: &str, w: &mut Writer) {
    w.object(|w| {
        w.name("type").text("summary_text");
        w.name("text").text(text);
    });
}

impl Output {
    /// Of an answer of this canonical id, without items.
    pub(super) fn new(id: &str) -> Self {
        Output {
            id: id.strip_prefix("msg_").unwrap_or(id).into(),
            ..Output::default()
        }
    }

    /// Block `index` of the answer begins, as an item or a part of one; whether it can be told.
    pub(super) fn begin(
        &mut self,
        index: usize,
        block: &ContentBlock,
        tools: &OfferedTools,
    ) -> bool {
        self.open = index;
        let item = match block {
            ContentBlock::Text(block) => {
                let text = block.text.clone();
                let part = Part {
                    text,
                    ..Part::default()
                };
                match self.items.last_mut() {
                    Some(Item::Message(parts)) => parts.push(part),
                    _ => self.items.push(Item::Message(vec![part])),
                }
                for citation in &block.citations {
                    self.cite(index, citation);
                }
                return true;
            }
            ContentBlock::Thinking(block) => Item::Reasoning {
                thinking: block.thinking.clone(),
                signature: block.signature.clone().unwrap_or_default(),
            },
            ContentBlock::RedactedThinking(block) => Item::Redacted(block.data.clone()),
            ContentBlock::ToolUse(call) => Item::Call(Call::of(call, tools)),
            other => {
                self.lose(index, loss::of_block(other).unwrap_or_default());
                return false;
            }
        };
        self.items.push(item);
        true
    }

    /// The text that grows, block `index` of the answer, cites something.
    pub(super) fn cite(&mut self, index: usize, citation: &Citation) {
        let is_lost = match self.items.last_mut() {
            Some(Item::Message(parts)) => parts.last_mut().is_some_and(|part| part.cite(citation)),
            _ => false,
        };
        if is_lost {
            self.lose(index, loss::CITATION);
        }
    }

    /// Something of block `index` cannot be told.
    pub(super) fn lose(&mut self, index: usize, why: &str) {
        loss::push(&mut self.losses, index, why);
    }

    /// The block that grew is whole; what a call grew by that.
    pub(super) fn end(&mut self) -> String {
        match self.items.last_mut() {
            Some(Item::Message(parts)) => {
                if let Some(part) = parts.last_mut() {
                    let end = part.text.chars().count();
                    let annotations = part.annotations.iter_mut();
                    annotations.for_each(|annotation| annotation.end = end);
                }
            }
            Some(Item::Call(call)) => {
                let (rest, has_more) = call.end();
                if has_more {
                    self.lose(self.open, freeform::MORE);
                }
                return rest;
            }
            _ => {}
        }
        String::new()
    }

    /// Whether the last item is written only when it is whole.
    pub(super) fn is_late(&self) -> bool {
        match self.items.last() {
            Some(Item::Call(call)) => call.growing().is_none(),
            _ => false,
        }
    }

    /// The id of item `at`.
    pub(super) fn item_id(&self, at: usize) -> String {
        let kind = match self.items.get(at) {
            Some(Item::Message(_)) | None => "msg_",
            Some(Item::Reasoning { .. } | Item::Redacted(_)) => "rs_",
            Some(Item::Call(call)) => call.id_prefix(),
        };
        [kind, &self.id, "_", &at.to_string()].concat()
    }

    /// All items as JSON; `last` is the status of the last.
    pub(super) fn write(&self, last: &str, w: &mut Writer) {
        w.array(|w| {
            for at in 0..self.items.len() {
                let is_last = at + 1 == self.items.len();
                self.write_item(at, if is_last { last } else { WHOLE }, w);
            }
        });
    }

    /// Item `at` as JSON.
    pub(super) fn write_item(&self, at: usize, status: &str, w: &mut Writer) {
        let Some(item) = self.items.get(at) else {
            return w.raw("null");
        };
        let is_there = status != COMES;
        w.object(|w| {
            w.name("id").text(&self.item_id(at));
            match item {
                Item::Message(parts) => {
                    w.name("type").text("message");
                    w.name("role").text("assistant");
                    w.name("content").array(|w| {
                        for part in parts.iter().filter(|_| is_there) {
                            part.write(w);
                        }
                    });
                }
                Item::Reasoning {
                    thinking,
                    signature,
                } => {
                    let sealed = match signature.as_str() {
                        "" => String::new(),
                        signature => [SIGNATURE, signature].concat(),
                    };
                    write_reasoning(is_there.then_some(thinking), &sealed, w);
                }
                Item::Redacted(data) => {
                    write_reasoning(None, &[REDACTED, data].concat(), w);
                }
                Item::Call(call) => call.write(status, w),
            }
            let status = match item {
                Item::Call(call) => call.status(status),
                _ => status,
            };
            w.name("status").text(status);
        });
    }
}

fn write_reasoning(thinking: Option<&String>, sealed: &str, w: &mut Writer) {
    w.name("type").text("reasoning");
    w.name("summary").array(|w| {
        if let Some(thinking) = thinking {
            write_summary(thinking, w);
        }
    });
    let sealed = Some(sealed).filter(|text| !text.is_empty());
    w.name("encrypted_content").text_or_null(sealed);
}
