//! Ids of tool calls, told apart.
//!
//! Claude wants each id once in a conversation ("`tool_use` ids must be unique"); some servers begin again with `call_0` in each
//! turn, and some give none. The first call of an id keeps it, so that a conversation that grows keeps its prefix; each
//! further one gets an id that follows from the first's and from how many came before. Results follow their calls: those
//! of one id answer the last turn's calls of that id in order.

use super::body::{Block, Role, Turn};
use super::counts::Counts;
use super::names;
use crate::capability::ToolIds;
use crate::warnings::{Code, Warnings};

/// Give each call an id of its own.
pub(crate) fn tell_apart(turns: &mut [Turn<'_>], form: ToolIds, notes: &mut Warnings) {
    // Of each id, how many calls there were, and how many of them have an answer or can have none any more.
    let (mut called, mut answered) = (Counts::default(), Counts::default());
    let mut is_renamed = false;
    for turn in turns {
        let calls = turn.role == Role::Assistant;
        if calls {
            for id in ids(turn) {
                answered.set(id.to_owned(), called.of(id));
            }
        }
        for block in &mut turn.content {
            let (id, number) = match block {
                Block::ToolUse(call) if !call.is_server_tool => {
                    let count = called.of(&call.tool_use_id) + 1;
                    called.set(call.tool_use_id.to_string(), count);
                    (&mut call.tool_use_id, count)
                }
                Block::ToolResult(result) if result.kind.is_none() => {
                    let id = &result.tool_use_id;
                    // One too many answers the last again, and is dropped as such.
                    let count = called.of(id).min(answered.of(id) + 1);
                    answered.set(id.to_string(), count);
                    (&mut result.tool_use_id, count)
                }
                _ => continue,
            };
            if number > 1 {
                *id = names::repeated_id(id, number, form).into();
                is_renamed |= calls;
            }
        }
    }
    if is_renamed {
        notes.changed(
            Code::Renamed,
            "messages",
            "tool call ids repeat and must be unique; all but the first of each were renamed",
        );
    }
}

/// The ids of a turn's calls.
fn ids<'t>(turn: &'t Turn<'_>) -> impl Iterator<Item = &'t str> {
    turn.content.iter().filter_map(|block| match block {
        Block::ToolUse(call) => Some(&*call.tool_use_id),
        _ => None,
    })
}
