//! Converse's blocks → canonical blocks: which one is open, and what it still holds back.
//!
//! Converse starts no text or thinking block, may leave one open, and may change what a block holds; canonical blocks
//! have a start and a stop, one after the other, with indices 0, 1, 2, … What is missing is made up here.

use super::content::{Content, Input, check_gathered, gather};
use crate::canonical::{
    Chunk, Citation, ContentBlock, ContentBlockDelta, ContentBlockStart, Delta, Error,
    RedactedThinkingBlock,
};
use crate::converse::fence::Fence;
use crate::converse::schema::renamed::Renamed;
use crate::converse::server_tool::Gathered;
use crate::converse::{image, malformed, redacted};
use crate::json::{Joiner, Text};

/// The blocks of one answer.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Option<Open>,
    next_index: u32,
    /// Converse's index of the last block of an unknown kind: what fills it is left out too.
    unknown: Option<u32>,
    /// Text is JSON that words asked for.
    in_words: bool,
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

impl Blocks {
    /// Of an answer to a request that asked for JSON in words, or not.
    pub(super) fn new(in_words: bool) -> Self {
        Blocks {
            in_words,
            ..Blocks::default()
        }
    }

    fn no_text(&self) -> Content {
        Content::Text(Joiner::default(), self.in_words.then(Fence::default))
    }

    /// The canonical index of Converse's block `wire_index`: the open one, or the one that comes next.
    pub(super) fn index(&self, wire_index: u32) -> u32 {
        match &self.open {
            Some(open) if open.wire_index == wire_index => open.index,
            _ => self.next_index,
        }
    }

    /// Whether it is Converse's block `wire_index` that is open.
    pub(super) fn is_open(&self, wire_index: u32) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| open.wire_index == wire_index)
    }

    /// Whether what belongs to block `wire_index` must wait for the end of the open one.
    pub(super) fn must_wait(&self, wire_index: u32) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| open.wire_index != wire_index && !open.content.may_be_cut())
    }

    /// A block of an unknown kind begins.
    pub(super) fn start_unknown(&mut self, wire_index: u32) {
        self.unknown = Some(wire_index);
    }

    /// A call begins; its input follows as [`tool_input`](Self::tool_input).
    pub(super) fn start_tool(
        &mut self,
        wire_index: u32,
        call: ContentBlock,
        renamed: Option<Renamed>,
        chunks: &mut Vec<Chunk>,
    ) {
        let content = Content::ToolUse(Input::new(renamed));
        self.open(wire_index, content, Some(call), chunks);
    }

    /// A text block begins whose text is a tool's input, which follows as [`tool_input`](Self::tool_input).
    pub(super) fn start_output(
        &mut self,
        wire_index: u32,
        renamed: Option<Renamed>,
        chunks: &mut Vec<Chunk>,
    ) {
        let content = Content::Output(Input::new(renamed));
        let start = content.start();
        self.open(wire_index, content, start, chunks);
    }

    /// What a server's tool returned begins; its pieces follow as
    /// [`server_tool_result`](Self::server_tool_result).
    pub(super) fn start_server_tool_result(
        &mut self,
        wire_index: u32,
        result: Gathered,
        chunks: &mut Vec<Chunk>,
    ) {
        self.open(wire_index, Content::ServerToolResult(result), None, chunks);
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
        let kind = self.no_text();
        self.fill(wire_index, kind, text, Delta::TextDelta, chunks);
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
        let kind = self.no_text();
        let index = self.ensure(wire_index, kind, chunks);
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
        let Some(open) = self.filling(wire_index) else {
            return self.orphan(wire_index, "tool input");
        };
        let delta = match &mut open.content {
            Content::ToolUse(whole) => Delta::InputJsonDelta(whole.push(input)?),
            Content::Output(whole) => Delta::TextDelta(whole.push(input)?),
            _ => return self.orphan(wire_index, "tool input"),
        };
        let index = open.index;
        if let Delta::InputJsonDelta(text) | Delta::TextDelta(text) = &delta
            && !text.is_empty()
        {
            chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta { index, delta }));
        }
        Ok(())
    }

    /// Pieces of what the open server tool returned, as JSON.
    pub(super) fn server_tool_result(
        &mut self,
        wire_index: u32,
        pieces: &[&str],
    ) -> Result<(), Error> {
        let Some(Open {
            content: Content::ServerToolResult(gathered),
            ..
        }) = self.filling(wire_index)
        else {
            return self.orphan(wire_index, "a server tool's result");
        };
        for piece in pieces {
            check_gathered(gathered.len() + piece.len())?;
            gathered.add(piece);
        }
        Ok(())
    }

    /// Base64 of a part of the open image.
    pub(super) fn image_bytes(&mut self, wire_index: u32, base64: &str) -> Result<(), Error> {
        match self.filling(wire_index) {
            Some(Open {
                content: Content::Image { bytes, .. },
                ..
            }) => gather(bytes, base64),
            _ => self.orphan(wire_index, "image bytes"),
        }
    }

    /// The open block, where it is Converse's block `wire_index`.
    fn filling(&mut self, wire_index: u32) -> Option<&mut Open> {
        let open = self.open.as_mut();
        open.filter(|open| open.wire_index == wire_index)
    }

    /// Something for a block that is not open: nobody knows whose it is, unless it goes with a block that was left out.
    fn orphan(&self, wire_index: u32, what: &str) -> Result<(), Error> {
        if self.unknown == Some(wire_index) {
            return Ok(());
        }
        Err(malformed(format!(
            "unexpected {what} for block {wire_index}"
        )))
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
        let mut flush = |held_back: String, delta: fn(String) -> Delta| {
            if !held_back.is_empty() {
                let delta = delta(held_back);
                chunks.push(Chunk::ContentBlockDelta(ContentBlockDelta { index, delta }));
            }
        };
        let whole = match content {
            Content::Text(mut joiner, fence) => {
                let last = joiner.finish();
                let last = match fence {
                    Some(mut fence) => fence.push(last) + &fence.finish(),
                    None => last.to_owned(),
                };
                flush(last, Delta::TextDelta);
                None
            }
            Content::Thinking(mut joiner) => {
                flush(joiner.finish().to_owned(), Delta::ThinkingDelta);
                None
            }
            Content::ToolUse(input) => {
                flush(input.finish().0, Delta::InputJsonDelta);
                None
            }
            Content::Output(input) => {
                let (rest, is_empty) = input.finish();
                flush(if is_empty { "{}".into() } else { rest }, Delta::TextDelta);
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
            Content::ServerToolResult(gathered) => Some(gathered.block()),
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
        let text = match self.open.as_mut().map(|open| &mut open.content) {
            Some(Content::Text(joiner, Some(fence))) => fence.push(&joiner.push(text)),
            Some(Content::Text(joiner, None) | Content::Thinking(joiner)) => joiner.push(text),
            _ => return,
        };
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
