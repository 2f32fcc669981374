//! What an answer holds and Chat Completions has no word for.

use crate::canonical::{ContentBlock, Warning};

/// Why a block of an answer cannot be told; none where it can.
pub(super) fn of_block(block: &ContentBlock) -> Option<&'static str> {
    match block {
        ContentBlock::Text(_)
        | ContentBlock::ToolUse(_)
        | ContentBlock::Thinking(_)
        | ContentBlock::RedactedThinking(_) => None,
        ContentBlock::Image(_)
        | ContentBlock::Document(_)
        | ContentBlock::Video(_)
        | ContentBlock::Audio(_) => {
            Some("Chat Completions answers in text: the medium is left out")
        }
        ContentBlock::ServerToolUse(_) | ContentBlock::ServerToolResult(_) => {
            Some("Chat Completions cannot tell of a tool that the provider ran: left out")
        }
        ContentBlock::SearchResult(_) | ContentBlock::ToolResult(_) | ContentBlock::Other(_) => {
            Some("Chat Completions has no such block in an answer: left out")
        }
    }
}

/// A citation that has no address.
pub(super) const CITATION: &str =
    "Chat Completions cites addresses alone: citations of documents are left out";

/// Of block `index` of the answer.
pub(super) fn warning(index: usize, message: &str) -> Warning {
    Warning {
        path: format!("content[{index}]"),
        message: message.into(),
        lossy: true,
    }
}
