//! Chunks, put together again as a caller would, held to the grammar that `wit/types.wit` states.

use bedrock_host::types::{
    Chunk, ContentBlock, Delta, Response, StopReason, TextBlock, ThinkingBlock, ToolUseBlock,
    Usage, Warning,
};

/// What an answer says, however it came.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Message {
    pub(crate) content: Vec<ContentBlock>,
    pub(crate) stop_reason: Option<StopReason>,
    pub(crate) stop_sequence: Option<String>,
    pub(crate) usage: Option<Usage>,
    pub(crate) warnings: Vec<Warning>,
}

impl From<Response> for Message {
    fn from(response: Response) -> Self {
        Self {
            content: response.content,
            stop_reason: Some(response.stop_reason),
            stop_sequence: response.stop_sequence,
            usage: Some(response.usage),
            warnings: response.warnings,
        }
    }
}

impl Message {
    /// Put chunks together; fails where they break the grammar. They may end early.
    pub(crate) fn of(chunks: &[Chunk]) -> Self {
        let mut message = Self::default();
        let (mut started, mut open, mut stopped) = (false, false, false);
        for (at, chunk) in chunks.iter().enumerate() {
            let context = || format!("chunk {at}, {chunk:?}, of {chunks:#?}");
            assert!(!stopped, "after message-stop: {}", context());
            let ended = message.stop_reason.is_some();
            match chunk {
                Chunk::MessageStart(start) => {
                    assert!(!started, "a second start: {}", context());
                    started = true;
                    message.warnings.extend(start.warnings.clone());
                }
                Chunk::Ping => {}
                Chunk::ContentBlockStart(start) => {
                    assert!(started && !open && !ended, "{}", context());
                    assert_eq!(start.index as usize, message.content.len(), "{}", context());
                    open = true;
                    message.content.push(empty(start.content_block.clone()));
                }
                Chunk::ContentBlockDelta(event) => {
                    assert!(open, "{}", context());
                    assert_eq!(
                        event.index as usize + 1,
                        message.content.len(),
                        "{}",
                        context()
                    );
                    append(message.content.last_mut().expect("open"), &event.delta);
                }
                Chunk::ContentBlockStop(index) => {
                    assert!(open, "{}", context());
                    assert_eq!(*index as usize + 1, message.content.len(), "{}", context());
                    open = false;
                    fill(message.content.last_mut().expect("open"));
                }
                Chunk::MessageDelta(delta) => {
                    assert!(started && !open && !ended, "{}", context());
                    message.stop_reason = Some(delta.stop_reason.clone());
                    message.stop_sequence.clone_from(&delta.stop_sequence);
                    message.usage = Some(delta.usage.clone());
                    message.warnings.extend(delta.warnings.clone());
                }
                Chunk::MessageStop => {
                    assert!(ended, "{}", context());
                    stopped = true;
                }
            }
        }
        message
    }

    /// All text of the answer.
    pub(crate) fn text(&self) -> String {
        let texts = self.content.iter().filter_map(|block| match block {
            ContentBlock::Text(block) => Some(block.text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// The thinking blocks.
    pub(crate) fn thinking(&self) -> Vec<&ThinkingBlock> {
        let blocks = self.content.iter().filter_map(|block| match block {
            ContentBlock::Thinking(block) => Some(block),
            _ => None,
        });
        blocks.collect()
    }

    /// The tool calls.
    pub(crate) fn tool_calls(&self) -> Vec<&ToolUseBlock> {
        let calls = self.content.iter().filter_map(|block| match block {
            ContentBlock::ToolUse(call) => Some(call),
            _ => None,
        });
        calls.collect()
    }
}

/// A tool call starts with `{}` in the place of its input, which its deltas are then the whole of.
fn empty(block: ContentBlock) -> ContentBlock {
    match block {
        ContentBlock::ToolUse(call) | ContentBlock::ServerToolUse(call) if call.input != "{}" => {
            panic!("a tool call that starts with input: {call:?}")
        }
        ContentBlock::ToolUse(call) => ContentBlock::ToolUse(ToolUseBlock {
            input: String::new(),
            ..call
        }),
        ContentBlock::ServerToolUse(call) => ContentBlock::ServerToolUse(ToolUseBlock {
            input: String::new(),
            ..call
        }),
        other => other,
    }
}

fn append(block: &mut ContentBlock, delta: &Delta) {
    match (block, delta) {
        (ContentBlock::Text(TextBlock { text, .. }), Delta::TextDelta(more)) => text.push_str(more),
        (ContentBlock::Text(TextBlock { citations, .. }), Delta::CitationsDelta(citation)) => {
            citations.push(citation.clone());
        }
        (ContentBlock::Thinking(block), Delta::ThinkingDelta(more)) => {
            block.thinking.push_str(more);
        }
        (ContentBlock::Thinking(block), Delta::SignatureDelta(more)) => {
            block.signature.get_or_insert_default().push_str(more);
        }
        (
            ContentBlock::ToolUse(call) | ContentBlock::ServerToolUse(call),
            Delta::InputJsonDelta(more),
        ) => call.input.push_str(more),
        (block, delta) => panic!("{delta:?} in {block:?}"),
    }
}

/// A call without arguments has no deltas.
fn fill(block: &mut ContentBlock) {
    if let ContentBlock::ToolUse(call) | ContentBlock::ServerToolUse(call) = block
        && call.input.is_empty()
    {
        call.input.push_str("{}");
    }
}
