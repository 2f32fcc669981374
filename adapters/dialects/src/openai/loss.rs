//! What an answer holds and OpenAI's APIs have no word for.

use bedrock_provider::warnings::Code;

use crate::canonical::{ContentBlock, Warning};

/// Why a block of an answer cannot be told; none where it can.
pub(crate) fn of_block(block: &ContentBlock) -> Option<&'static str> {
    match block {
        ContentBlock::Text(_)
        | ContentBlock::ToolUse(_)
        | ContentBlock::Thinking(_)
        | ContentBlock::RedactedThinking(_) => None,
        ContentBlock::Image(_)
        | ContentBlock::Document(_)
        | ContentBlock::Video(_)
        | ContentBlock::Audio(_) => {
            Some("media in answers are not supported by OpenAI's API; dropped")
        }
        ContentBlock::ServerToolUse(_) | ContentBlock::ServerToolResult(_) => {
            Some("server tools are not supported by OpenAI's API; dropped")
        }
        ContentBlock::SearchResult(_) | ContentBlock::ToolResult(_) | ContentBlock::Other(_) => {
            Some("blocks of this type are not supported in answers by OpenAI's API; dropped")
        }
    }
}

/// A citation that has no address.
pub(crate) const CITATION: &str =
    "citations without a URL are not supported by OpenAI's API; dropped";

/// A delta that does not belong to its block.
pub(crate) const DELTA: &str = "deltas of this type are not supported by OpenAI's API; dropped";

/// Add a warning, once where every delta of a block has its reason.
pub(crate) fn push(losses: &mut Vec<Warning>, index: usize, message: &str) {
    let warning = warning(index, message);
    if losses.last() != Some(&warning) {
        losses.push(warning);
    }
}

/// Of block `index` of the answer.
fn warning(index: usize, message: &str) -> Warning {
    Code::Dropped.warning(format!("content[{index}]"), message.into(), true)
}
