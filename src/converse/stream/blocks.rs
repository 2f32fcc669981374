//! Converse's blocks → canonical blocks: which one is open, and what it still holds back.
//!
//! Converse starts no text or thinking block, may leave one open, and may change what a block holds; canonical blocks
//! have a start and a stop, one after the other, with indices 0, 1, 2, … What is missing is made up here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::canonical::{
    Chunk, Citation, ContentBlock, ContentBlockDelta, ContentBlockStart, Delta, Error,
    RedactedThinkingBlock, TextBlock, ThinkingBlock,
};
use crate::converse::{image, malformed, redacted};
use crate::json::{Joiner, Text};

/// The most bytes that a block without deltas of its own (image, redacted thinking) is gathered to.
const MAX_GATHERED: usize = 32 << 20;

/// The blocks of one answer.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Option<Open>,
    next_index: u32,
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

    /// How the canonical block starts, where its first delta starts it.
    fn start(&self) -> Option<ContentBlock> {
        match self {
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
        }
    }
}

impl Blocks {
    /// The canonical index of the block that comes next.
    pub(super) fn next_index(&self) -> u32 {
        self.next_index
    }

    /// A call begins; its input follows as [`tool_input`](Self::tool_input).
    pub(super) fn start_tool(
        &mut self,
        wire_index: u32,
        call: ContentBlock,
        chunks: &mut Vec<Chunk>,
    ) {
        self.open(
            wire_index,
            Content::ToolUse(Joiner::default()),
            Some(call),
            chunks,
        );
    }

    /// An image begins; its bytes follow as [`image_bytes`](Self::image_bytes).
    pub(super) fn start_image(&mut self, wire_index: u32, format: String, chunks: &mut Vec<Chunk>) {
        self.open(
            wire_index,
            Content::Image {
                format,
                bytes: Vec::new(),
            },
            None,
            chunks,
        );
    }

    pub(super) fn text(&mut self, wire_index: u32, text: Text<'_>, chunks: &mut Vec<Chunk>) {
        self.fill(
            wire_index,
            Content::Text(Joiner::default()),
            text,
            Delta::TextDelta,
            chunks,
        );
    }

    pub(super) fn thinking(&mut self, wire_index: u32, text: Text<'_>, chunks: &mut Vec<Chunk>) {
        self.fill(
            wire_index,
            Content::Thinking(Joiner::default()),
            text,
            Delta::ThinkingDelta,
            chunks,
        );
    }

    /// A thinking block may be its signature alone.
    pub(super) fn signature(
        &mut self,
        wire_index: u32,
        signature: String,
        chunks: &mut Vec<Chunk>,
    ) {
        let index = self.ensure(wire_index, Content::Thinking(Joiner::default()), chunks);
        let delta = Delta::SignatureDelta(signature);
        chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta { index, delta }));
    }

    pub(super) fn citation(
        &mut self,
        wire_index: u32,
        citation: Citation,
        chunks: &mut Vec<Chunk>,
    ) {
        let index = self.ensure(wire_index, Content::Text(Joiner::default()), chunks);
        let delta = Delta::CitationsDelta(citation);
        chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta { index, delta }));
    }

    /// Base64 of a part of the blob.
    pub(super) fn redacted(
        &mut self,
        wire_index: u32,
        base64: &str,
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), Error> {
        self.ensure(wire_index, Content::Redacted(Vec::new()), chunks);
        match &mut self.open {
            Some(Open {
                content: Content::Redacted(bytes),
                ..
            }) => gather(bytes, base64),
            _ => Ok(()),
        }
    }

    /// A fragment of the open call's input.
    pub(super) fn tool_input(
        &mut self,
        wire_index: u32,
        input: Text<'_>,
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), Error> {
        match &self.open {
            Some(Open {
                wire_index: at,
                content: Content::ToolUse(_),
                ..
            }) if *at == wire_index => {
                self.fill(
                    wire_index,
                    Content::ToolUse(Joiner::default()),
                    input,
                    Delta::InputJsonDelta,
                    chunks,
                );
                Ok(())
            }
            _ => Err(malformed(format!(
                "tool input for block {wire_index}, where no tool call is open"
            ))),
        }
    }

    /// Base64 of a part of the open image.
    pub(super) fn image_bytes(&mut self, wire_index: u32, base64: &str) -> Result<(), Error> {
        match &mut self.open {
            Some(Open {
                wire_index: at,
                content: Content::Image { bytes, .. },
                ..
            }) if *at == wire_index => gather(bytes, base64),
            _ => Err(malformed(format!(
                "image bytes for block {wire_index}, where no image is open"
            ))),
        }
    }

    /// Converse says that its block has ended; one that never began in our eyes has nothing to end.
    pub(super) fn stop(&mut self, wire_index: u32, chunks: &mut Vec<Chunk>) {
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.wire_index == wire_index)
        {
            self.close(chunks);
        }
    }

    /// Close the open block, if there is one.
    pub(super) fn close(&mut self, chunks: &mut Vec<Chunk>) {
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
            Content::Image { format, bytes } => Some(image::block(&format, bytes)),
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
        let index = self.ensure(wire_index, kind, chunks);
        let Some(Open {
            content: Content::Text(joiner) | Content::Thinking(joiner) | Content::ToolUse(joiner),
            ..
        }) = &mut self.open
        else {
            return;
        };
        let text = joiner.push(text);
        if !text.is_empty() {
            chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta {
                index,
                delta: delta(text),
            }));
        }
    }

    /// Have a block of `content`'s kind open for Converse's block `wire_index`; its canonical index.
    fn ensure(&mut self, wire_index: u32, content: Content, chunks: &mut Vec<Chunk>) -> u32 {
        match &self.open {
            Some(open) if open.wire_index == wire_index && open.content.is_same_kind(&content) => {
                open.index
            }
            _ => {
                let start = content.start();
                self.open(wire_index, content, start, chunks)
            }
        }
    }

    /// Open the next block; `start` is how it starts, unless it is given whole at its end.
    fn open(
        &mut self,
        wire_index: u32,
        content: Content,
        start: Option<ContentBlock>,
        chunks: &mut Vec<Chunk>,
    ) -> u32 {
        self.close(chunks);
        let index = self.next_index;
        if let Some(content_block) = start {
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
