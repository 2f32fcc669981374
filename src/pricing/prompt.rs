//! How long a request's prompt is, guessed from its bytes.
//!
//! In: a canonical request. Out: about how many tokens it has, what of it cannot be told, and whether it is to be
//! cached.
//!
//! | what | tokens |
//! |---|---|
//! | text, JSON, documents of any kind | one for 3.5 bytes, of the content and not of its base64 |
//! | a turn, a block, a tool | 4 besides |
//! | tools at all | 350 besides: Anthropic's own prompt for them is 346 |
//! | an image | 1600, the most that Anthropic makes of one |
//! | video, audio | one for 256 bytes: at 1 Mbit/s, 490 for a second of video, of which Nova makes 288 |
//! | what is not in the call (S3, an address), but images | cannot be told |
//!
//! Sources: <https://docs.anthropic.com/en/docs/build-with-claude/vision>,
//! <https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview>,
//! <https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html>.

use crate::canonical::{CacheControl, CacheTtl, ContentBlock, Request, Source, ToolResultContent};

const FRAME: u64 = 4;
const TOOLS: u64 = 350;
const IMAGE: u64 = 1600;
const BYTES_OF_A_MOVING_TOKEN: u64 = 256;

/// What is known of a prompt before it is sent.
#[derive(Debug, Default)]
pub(super) struct Prompt {
    /// Bytes of text.
    bytes: u64,
    /// Of turns, blocks and tools.
    frames: u64,
    /// Tokens of images, documents, video and audio.
    pub media_tokens: u64,
    /// Bytes of these, as far as they are in the call.
    media_bytes: u64,
    /// Something in it is not in the call, so that its length cannot be told.
    pub is_open: bool,
    /// Some of it is to be cached.
    pub is_cached: bool,
    /// Some of it for an hour.
    pub is_cached_for_an_hour: bool,
}

impl Prompt {
    pub(super) fn of(request: &Request) -> Self {
        let mut prompt = Prompt::default();
        for system in &request.system {
            prompt.text(&system.text, &system.cache_control);
        }
        for tool in &request.tools {
            prompt.text(&tool.name, &tool.cache_control);
            prompt.bytes(tool.description.as_deref().unwrap_or_default());
            prompt.bytes(&tool.input_schema);
        }
        if !request.tools.is_empty() {
            prompt.frames += TOOLS;
        }
        if let Some(format) = request.output.as_ref().and_then(|o| o.format.as_ref()) {
            prompt.bytes(&format.schema);
        }
        for message in &request.messages {
            prompt.frames += FRAME;
            message.content.iter().for_each(|block| prompt.block(block));
        }
        prompt
    }

    /// So many bytes of text besides.
    pub(super) fn add_bytes(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Tokens of all but media.
    pub(super) fn text_tokens(&self) -> u64 {
        of_text(self.bytes).saturating_add(self.frames)
    }

    /// About how many bytes it takes as JSON: what is escaped takes some more, and media go in base64.
    pub(super) fn json_bytes(&self) -> u64 {
        const OF_A_FRAME: u64 = 64 / FRAME;
        let media = self.media_bytes.saturating_mul(4) / 3;
        let text = self.bytes.saturating_add(self.bytes / 16);
        let frames = self.frames.saturating_mul(OF_A_FRAME);
        text.saturating_add(media).saturating_add(frames)
    }

    fn block(&mut self, block: &ContentBlock) {
        match block {
            ContentBlock::Text(block) => self.text(&block.text, &block.cache_control),
            ContentBlock::Image(block) => self.image(&block.source, &block.cache_control),
            ContentBlock::Document(block) => {
                self.document(&block.source, &block.cache_control);
                self.bytes(block.title.as_deref().unwrap_or_default());
                self.bytes(block.context.as_deref().unwrap_or_default());
            }
            ContentBlock::Video(block) | ContentBlock::Audio(block) => {
                self.moving(&block.source, &block.cache_control);
            }
            ContentBlock::SearchResult(block) => {
                self.text(&block.source, &block.cache_control);
                self.bytes(&block.title);
                block.content.iter().for_each(|text| self.bytes(text));
            }
            ContentBlock::ToolUse(block) | ContentBlock::ServerToolUse(block) => {
                self.text(&block.name, &block.cache_control);
                self.bytes(&block.id);
                self.bytes(&block.input);
            }
            ContentBlock::ToolResult(block) => {
                self.text(&block.tool_use_id, &block.cache_control);
                block
                    .content
                    .iter()
                    .for_each(|content| self.result(content));
            }
            ContentBlock::ServerToolResult(block) => {
                self.text(&block.tool_use_id, &None);
                self.bytes(&block.content);
            }
            ContentBlock::Thinking(block) => {
                self.text(&block.thinking, &None);
                self.bytes(block.signature.as_deref().unwrap_or_default());
            }
            ContentBlock::RedactedThinking(block) => self.text(&block.data, &None),
            ContentBlock::Other(json) => self.text(json, &None),
        }
    }

    fn result(&mut self, content: &ToolResultContent) {
        match content {
            ToolResultContent::Text(block) => self.text(&block.text, &block.cache_control),
            ToolResultContent::Image(block) => self.image(&block.source, &block.cache_control),
            ToolResultContent::Document(block) => {
                self.document(&block.source, &block.cache_control);
            }
            ToolResultContent::Video(block) => self.moving(&block.source, &block.cache_control),
            ToolResultContent::SearchResult(block) => {
                self.text(&block.source, &block.cache_control);
                self.bytes(&block.title);
                block.content.iter().for_each(|text| self.bytes(text));
            }
            ToolResultContent::Json(json) | ToolResultContent::Other(json) => {
                self.text(json, &None);
            }
        }
    }

    /// A block of text.
    fn text(&mut self, text: &str, cached: &Option<CacheControl>) {
        self.frame(cached);
        self.bytes(text);
    }

    fn bytes(&mut self, text: &str) {
        self.bytes = self.bytes.saturating_add(length(text.len()));
    }

    fn image(&mut self, source: &Source, cached: &Option<CacheControl>) {
        self.frame(cached);
        self.media(IMAGE, size(source).unwrap_or(0));
    }

    fn document(&mut self, source: &Source, cached: &Option<CacheControl>) {
        self.frame(cached);
        match size(source) {
            Some(bytes) => self.media(of_text(bytes), bytes),
            None => self.is_open = true,
        }
    }

    fn moving(&mut self, source: &Source, cached: &Option<CacheControl>) {
        self.frame(cached);
        match size(source) {
            Some(bytes) => self.media(bytes.div_ceil(BYTES_OF_A_MOVING_TOKEN), bytes),
            None => self.is_open = true,
        }
    }

    fn media(&mut self, tokens: u64, bytes: u64) {
        self.media_bytes = self.media_bytes.saturating_add(bytes);
        self.media_tokens = self.media_tokens.saturating_add(tokens);
    }

    fn frame(&mut self, cached: &Option<CacheControl>) {
        self.frames += FRAME;
        if let Some(control) = cached {
            self.is_cached = true;
            // A ttl that is not known is taken for the dearer one.
            self.is_cached_for_an_hour |=
                !matches!(control.ttl, None | Some(CacheTtl::FiveMinutes));
        }
    }
}

/// Bytes of a medium; none where it is not in the call.
fn size(source: &Source) -> Option<u64> {
    match source {
        Source::Base64(encoded) => Some(length(encoded.data.len()).saturating_mul(3).div_ceil(4)),
        Source::Bytes(raw) => Some(length(raw.data.len())),
        Source::Text(text) => Some(length(text.len())),
        Source::Blocks(blocks) => Some(blocks.iter().map(|block| length(block.len())).sum()),
        Source::Url(_) | Source::Object(_) => None,
    }
}

fn of_text(bytes: u64) -> u64 {
    bytes.saturating_mul(2).div_ceil(7)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
