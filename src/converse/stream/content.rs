//! What an open block holds, and how much may be held back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::canonical::{ContentBlock, Error, TextBlock, ThinkingBlock};
use crate::converse::malformed;
use crate::converse::server_tool::Gathered;
use crate::json::Joiner;

/// The most bytes of what is held back: a block without deltas of its own (image, redacted thinking, a server tool's
/// result), or events that wait for a block's end.
const MAX_GATHERED: usize = 32 << 20;

/// The content of an open block, by its kind.
#[derive(Debug)]
pub(super) enum Content {
    Text(Joiner),
    Thinking(Joiner),
    ToolUse(Joiner),
    /// A text block that is the input of the tool for the answer's form.
    Output {
        joiner: Joiner,
        is_empty: bool,
    },
    /// Gathered, and given whole at its end.
    Redacted(Vec<u8>),
    /// Gathered, and given whole at its end.
    Image {
        format: String,
        bytes: Vec<u8>,
    },
    /// Gathered, and given whole at its end.
    ServerToolResult(Gathered),
}

impl Content {
    pub(super) fn is_same_kind(&self, other: &Content) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// How the canonical block starts, where its first delta starts it.
    pub(super) fn start(&self) -> Option<ContentBlock> {
        match self {
            Content::Text(_) | Content::Output { .. } => Some(ContentBlock::Text(TextBlock {
                text: String::new(),
                citations: Vec::new(),
                cache_control: None,
            })),
            Content::Thinking(_) => Some(ContentBlock::Thinking(ThinkingBlock {
                thinking: String::new(),
                signature: None,
            })),
            Content::ToolUse(_)
            | Content::Redacted(_)
            | Content::Image { .. }
            | Content::ServerToolResult(_) => None,
        }
    }

    /// Whether two halves of it would still be right.
    pub(super) fn may_be_cut(&self) -> bool {
        matches!(self, Content::Text(_) | Content::Thinking(_))
    }
}

/// Append what base64 text stands for.
pub(super) fn gather(bytes: &mut Vec<u8>, base64: &str) -> Result<(), Error> {
    check_gathered(bytes.len() + base64.len())?;
    STANDARD
        .decode_vec(base64, bytes)
        .map_err(|error| malformed(format!("a blob that is not base64: {error}")))
}

/// Refuse to hold back more than [`MAX_GATHERED`].
pub(super) fn check_gathered(bytes: usize) -> Result<(), Error> {
    if bytes > MAX_GATHERED {
        return Err(malformed(format!(
            "a block of more than {MAX_GATHERED} bytes"
        )));
    }
    Ok(())
}
