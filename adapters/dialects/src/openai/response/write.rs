//! A canonical answer → `chat.completion`.
//!
//! Texts are joined, calls are numbered, and what the model thought stands in `reasoning_content` for people and, in
//! `thinking_blocks`, with its signatures, to be sent back: both are names that other gateways use. The order of thinking
//! between calls is lost: OpenAI's message has none.

use bedrock_provider::json::Writer;

use crate::canonical::{ContentBlock, Response, StopReason, ThinkingBlock, ToolUseBlock, Warning};
use crate::openai::citation::{self, Annotation};
use crate::openai::path::CHAT;
use crate::openai::tools::freeform;
use crate::openai::{loss, telling as gateway, usage, words};
use crate::{OfferedTools, Telling};

/// The body of a whole answer.
pub fn write_response(response: &Response, telling: &Telling) -> String {
    let message = Message::of(&response.content, &telling.tools);
    let mut w = Writer::with_capacity(1024);
    w.object(|w| {
        w.name("id").text(&words::completion_id(&response.id));
        w.name("object").text("chat.completion");
        w.name("created").number(telling.created);
        w.name("model").text(&telling.model);
        w.name("choices").array(|w| {
            w.object(|w| {
                w.name("index").number(0);
                w.name("message")
                    .object(|w| message.write(&response.stop_reason, w));
                w.name("logprobs").raw("null");
                w.name("finish_reason")
                    .text(words::finish_reason(&response.stop_reason));
            });
        });
        w.name("usage");
        usage::write(&response.usage, w);
        let tier = response.usage.service_tier.as_deref();
        if let Some(tier) = tier.and_then(words::tier_to_openai) {
            w.name("service_tier").text(tier);
        }
        gateway::write(
            CHAT,
            telling,
            response.cost.as_ref(),
            &[&response.warnings, &message.losses],
            response.provider_metadata.as_deref(),
            w,
        );
    });
    w.into_string()
}

/// The blocks of an answer, sorted into the members of a message.
#[derive(Default)]
struct Message<'a> {
    text: Option<String>,
    annotations: Vec<Annotation>,
    thoughts: Vec<&'a ContentBlock>,
    calls: Vec<(&'a ToolUseBlock, Option<String>)>,
    losses: Vec<Warning>,
}

impl<'a> Message<'a> {
    fn of(blocks: &'a [ContentBlock], tools: &OfferedTools) -> Self {
        let mut message = Message::default();
        let mut characters = 0;
        for (index, block) in blocks.iter().enumerate() {
            match block {
                ContentBlock::Text(block) => {
                    let start = characters;
                    characters += block.text.chars().count();
                    message.text.get_or_insert_default().push_str(&block.text);
                    let cited = block.citations.iter();
                    let told = cited.filter_map(|c| Annotation::of(c, start, characters));
                    let before = message.annotations.len();
                    message.annotations.extend(told);
                    if message.annotations.len() - before < block.citations.len() {
                        loss::push(&mut message.losses, index, loss::CITATION);
                    }
                }
                ContentBlock::ToolUse(call) => {
                    let mut text = None;
                    if tools.is_custom(&call.name) {
                        let (raw, has_more) = freeform::whole(&call.input);
                        if has_more {
                            loss::push(&mut message.losses, index, freeform::MORE);
                        }
                        text = Some(raw);
                    }
                    message.calls.push((call, text));
                }
                ContentBlock::Thinking(_) | ContentBlock::RedactedThinking(_) => {
                    message.thoughts.push(block);
                }
                other => {
                    if let Some(why) = loss::of_block(other) {
                        loss::push(&mut message.losses, index, why);
                    }
                }
            }
        }
        message
    }

    fn write(&self, stop_reason: &StopReason, w: &mut Writer) {
        w.name("role").text("assistant");
        match &self.text {
            Some(text) => w.name("content").text(text),
            None => w.name("content").raw("null"),
        }
        match stop_reason {
            StopReason::Refusal => w.name("refusal").text(words::REFUSED),
            _ => w.name("refusal").raw("null"),
        }
        self.write_thoughts(w);
        citation::write(&self.annotations, w);
        if !self.calls.is_empty() {
            w.name("tool_calls").array(|w| {
                self.calls.iter().for_each(|(call, text)| match text {
                    Some(text) => w.object(|w| write_custom(&call.id, &call.name, text, w)),
                    None => write_call(call, w),
                })
            });
        }
    }

    fn write_thoughts(&self, w: &mut Writer) {
        if self.thoughts.is_empty() {
            return;
        }
        let texts = self.thoughts.iter().filter_map(|block| match block {
            ContentBlock::Thinking(block) => Some(block.thinking.as_str()),
            _ => None,
        });
        let text: String = texts.collect();
        if !text.is_empty() {
            w.name("reasoning_content").text(&text);
        }
        w.name("thinking_blocks").array(|w| {
            self.thoughts
                .iter()
                .for_each(|block| write_thought(block, w));
        });
    }
}

/// One of `thinking_blocks`, where the block is thinking.
pub(in crate::openai) fn write_thought(block: &ContentBlock, w: &mut Writer) {
    match block {
        ContentBlock::Thinking(block) => w.object(|w| write_thinking(block, w)),
        ContentBlock::RedactedThinking(block) => w.object(|w| write_redacted(&block.data, w)),
        _ => {}
    }
}

fn write_thinking(block: &ThinkingBlock, w: &mut Writer) {
    w.name("type").text("thinking");
    w.name("thinking").text(&block.thinking);
    if let Some(signature) = &block.signature {
        w.name("signature").text(signature);
    }
}

/// The members of a block that only the provider can read.
pub(in crate::openai) fn write_redacted(data: &str, w: &mut Writer) {
    w.name("type").text("redacted_thinking");
    w.name("data").text(data);
}

/// The members of one of `tool_calls` that has raw text.
pub(in crate::openai) fn write_custom(id: &str, name: &str, text: &str, w: &mut Writer) {
    w.name("id").text(id);
    w.name("type").text("custom");
    w.name("custom").object(|w| {
        w.name("name").text(name);
        w.name(freeform::MEMBER).text(text);
    });
}

/// One of `tool_calls`.
pub(in crate::openai) fn write_call(call: &ToolUseBlock, w: &mut Writer) {
    w.object(|w| {
        w.name("id").text(&call.id);
        w.name("type").text("function");
        w.name("function").object(|w| {
            w.name("name").text(&call.name);
            // Clients read the arguments as JSON, which nothing is not.
            let is_blank = call.input.trim().is_empty();
            let arguments = if is_blank { "{}" } else { &call.input };
            w.name("arguments").text(arguments);
        });
    });
}
