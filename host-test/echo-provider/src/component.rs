//! The interface `provider`: an answer as a response, or as a stream of chunks.

use std::cell::RefCell;
use std::vec::IntoIter;

use crate::answer::{self, Answer};
use crate::world::exports::llm::provider::provider::{ChunkStream, Guest, GuestChunkStream};
use crate::world::exports::llm::provider::types::{
    Chunk, ContentBlock, ContentBlockDelta, ContentBlockStart, Context, Delta, Error, MessageDelta,
    MessageStart, Request, Response, TextBlock,
};
use crate::world::wasi::clocks::monotonic_clock::subscribe_duration;
use crate::world::wasi::io::poll::Pollable;

struct Component;

/// The world's exports themselves, which only generated code can declare.
#[allow(unsafe_code, unreachable_pub, reason = "generated")]
mod exports {
    use super::Component;
    use crate::world;

    world::export!(Component with_types_in world);
}

impl Guest for Component {
    type ChunkStream = Coming;

    fn complete(request: Request, context: Context) -> Result<Response, Error> {
        let answer = Answer::to(&request, &context)?;
        Ok(Response {
            id: ID.into(),
            model: answer.model,
            content: vec![text(answer.words.concat())],
            stop_reason: answer.stop_reason,
            stop_sequence: None,
            usage: answer.usage,
            cost: None,
            warnings: answer.warnings,
            provider_metadata: None,
        })
    }

    fn stream(request: Request, context: Context) -> Result<ChunkStream, Error> {
        let chunks = chunks(Answer::to(&request, &context)?);
        Ok(ChunkStream::new(Coming(RefCell::new(chunks.into_iter()))))
    }

    fn count_tokens(request: Request, _: Context) -> Result<u64, Error> {
        Ok(answer::prompt_tokens(&request))
    }
}

/// The chunks that nobody has asked for yet. A provider that calls a service reads its answer here instead, and an error
/// in the middle of it is the last that `next` gives.
pub(crate) struct Coming(RefCell<IntoIter<Chunk>>);

impl GuestChunkStream for Coming {
    fn next(&self) -> Result<Option<Vec<Chunk>>, Error> {
        Ok(self.0.borrow_mut().next().map(|chunk| vec![chunk]))
    }

    /// Ready at once: the next chunk is there.
    fn subscribe(&self) -> Pollable {
        subscribe_duration(0)
    }
}

/// That of a service would do better: it finds the call in the service's logs.
const ID: &str = "msg_echo";

/// In the order of `wit/types.wit`: a start, each block with its deltas and its end, how it ended, and the proof of that.
fn chunks(answer: Answer) -> Vec<Chunk> {
    let start = MessageStart {
        id: ID.into(),
        model: answer.model,
        usage: None,
        warnings: answer.warnings,
        provider_metadata: None,
    };
    let block = ContentBlockStart {
        index: 0,
        content_block: text(String::new()),
    };
    let delta = |word| {
        Chunk::ContentBlockDelta(ContentBlockDelta {
            index: 0,
            delta: Delta::TextDelta(word),
        })
    };
    let end = MessageDelta {
        stop_reason: answer.stop_reason,
        stop_sequence: None,
        usage: answer.usage,
        cost: None,
        warnings: Vec::new(),
        provider_metadata: None,
    };
    let mut chunks = vec![Chunk::MessageStart(start), Chunk::ContentBlockStart(block)];
    chunks.extend(answer.words.into_iter().map(delta));
    chunks.extend([
        Chunk::ContentBlockStop(0),
        Chunk::MessageDelta(end),
        Chunk::MessageStop,
    ]);
    chunks
}

fn text(text: String) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text,
        citations: Vec::new(),
        cache_control: None,
    })
}
