//! Events that came before their block's turn.
//!
//! Canonical blocks come one after the other. Where Converse fills several calls at a time, what is for the later ones
//! waits here until the one before has ended. Recorded streams never do so; users of other translators saw it.

use super::Read;
use super::content::check_gathered;
use crate::canonical::Error;
use crate::converse::malformed;

/// The most blocks that wait at a time; no model calls so many tools at once.
const MAX_BLOCKS: usize = 1024;

/// The blocks that wait, in the order of their first events.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    blocks: Vec<Block>,
    /// What their events take, in bytes.
    bytes: usize,
}

/// What reads an event, and its payload.
type Event = (Read, Vec<u8>);

#[derive(Debug)]
struct Block {
    /// Converse's `contentBlockIndex`.
    wire_index: u32,
    events: Vec<Event>,
}

/// What an event takes: an empty one takes room as well.
fn size(payload: &[u8]) -> usize {
    payload.len() + size_of::<Event>()
}

impl Waiting {
    /// An event of the block `wire_index`.
    pub(super) fn add(&mut self, wire_index: u32, read: Read, payload: &[u8]) -> Result<(), Error> {
        self.bytes += size(payload);
        check_gathered(self.bytes)?;
        let event = (read, payload.to_owned());
        let mut blocks = self.blocks.iter_mut();
        if let Some(block) = blocks.find(|block| block.wire_index == wire_index) {
            block.events.push(event);
        } else if self.blocks.len() < MAX_BLOCKS {
            self.blocks.push(Block {
                wire_index,
                events: vec![event],
            });
        } else {
            return Err(malformed("too many blocks are open at a time"));
        }
        Ok(())
    }

    /// Whose turn it is next.
    pub(super) fn next(&self) -> Option<u32> {
        self.blocks.first().map(|block| block.wire_index)
    }

    /// The events of the block whose turn it is.
    pub(super) fn take(&mut self) -> Vec<Event> {
        if self.blocks.is_empty() {
            return Vec::new();
        }
        let events = self.blocks.remove(0).events;
        let bytes: usize = events.iter().map(|(_, payload)| size(payload)).sum();
        self.bytes = self.bytes.saturating_sub(bytes);
        events
    }
}
