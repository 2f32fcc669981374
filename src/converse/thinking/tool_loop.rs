//! Whether the history lets a model think by a budget.
//!
//! While tools are called, calls and results are one turn of the model's, and a turn in which it thinks by a budget must
//! begin with what it thought: "Expected `thinking` or `redacted_thinking`, but found `tool_use`". Clients of OpenAI's APIs send none of
//! it back. Source:
//! <https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking#extended-thinking-with-tool-use>.

use super::super::body::{Block, Role, Turn};
use super::super::tool_result;

/// Whether the turn under way begins with anything but thinking: the service refuses a budget then. Of a turn that the
/// user spoke in between results, each part must begin so, since either can be held to be its beginning.
pub(super) fn lacks_thinking(turns: &[Turn<'_>]) -> bool {
    let mut spoken = turns
        .iter()
        .rev()
        .filter(|turn| turn.role != Role::System)
        .peekable();
    // The model shall go on with its own turn.
    if let Some(last) = spoken.peek()
        && last.role == Role::Assistant
    {
        return !begins_with_thinking(last);
    }
    let mut is_lacking = false;
    let mut first = None;
    while let (Some(results), Some(calls)) = (spoken.next(), spoken.next()) {
        if !tool_result::has_results(results) {
            break;
        }
        let is_interrupted = results.content.iter().any(|block| is_speech(block));
        if is_interrupted && let Some(after) = first {
            is_lacking |= !begins_with_thinking(after);
        }
        first = Some(calls);
    }
    is_lacking || first.is_some_and(|calls| !begins_with_thinking(calls))
}

fn is_speech(block: &Block<'_>) -> bool {
    !matches!(block, Block::ToolResult(_) | Block::CachePoint(_))
}

fn begins_with_thinking(turn: &Turn<'_>) -> bool {
    matches!(turn.content.first(), Some(Block::Reasoning(_)))
}
