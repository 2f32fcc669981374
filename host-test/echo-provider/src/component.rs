//! What is answered, whole and as a stream.

use std::cell::RefCell;
use std::vec::IntoIter;

use crate::world::exports::llm::provider::provider::{ChunkStream, Guest, GuestChunkStream};
use crate::world::exports::llm::provider::types::{
    Chunk, ContentBlock, ContentBlockDelta, ContentBlockStart, Context, Delta, Error, ErrorKind,
    Message, MessageDelta, MessageStart, Request, Response, Role, StopReason, TextBlock, Usage,
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

/// The model that always fails, for whoever wants to see what becomes of an error.
const FAILING: &str = "fail";

impl Guest for Component {
    type ChunkStream = Coming;

    fn complete(request: Request, context: Context) -> Result<Response, Error> {
        let Answer {
            model,
            words,
            stop_reason,
            usage,
        } = answer(&request, &context)?;
        Ok(Response {
            id: ID.into(),
            model,
            content: vec![ContentBlock::Text(text_block(words.concat()))],
            stop_reason,
            stop_sequence: None,
            usage,
            cost: None,
            warnings: Vec::new(),
            provider_metadata: None,
        })
    }

    fn stream(request: Request, context: Context) -> Result<ChunkStream, Error> {
        let chunks = chunks(answer(&request, &context)?);
        Ok(ChunkStream::new(Coming(RefCell::new(chunks.into_iter()))))
    }

    fn count_tokens(request: Request, _: Context) -> Result<u64, Error> {
        Ok(prompt_tokens(&request))
    }
}

/// The chunks that have not been asked for yet. A provider that calls a service reads them from its answer here.
pub(crate) struct Coming(RefCell<IntoIter<Chunk>>);

impl GuestChunkStream for Coming {
    fn next(&self) -> Result<Option<Vec<Chunk>>, Error> {
        Ok(self.0.borrow_mut().next().map(|chunk| vec![chunk]))
    }

    /// The next chunk is always there.
    fn subscribe(&self) -> Pollable {
        subscribe_duration(0)
    }
}

/// A service's own id would do better: it finds the call in its logs.
const ID: &str = "msg_echo";

/// What there is to say, before it is put into a response or into chunks.
struct Answer {
    model: String,
    words: Vec<String>,
    stop_reason: StopReason,
    usage: Usage,
}

fn answer(request: &Request, context: &Context) -> Result<Answer, Error> {
    if context.cost_limits.is_some() {
        let message = "an echo counts no money, and what cannot be held to a limit is not done";
        return Err(error(
            ErrorKind::Unsupported,
            "context.cost_limits",
            message,
        ));
    }
    // `<provider>/<model>`: who plugs this in chooses what it is called.
    let (_, model) = request.model.split_once('/').unwrap_or_default();
    if model == FAILING {
        let message = "this model always fails, as its name says";
        return Err(Error {
            code: Some("EchoFailed".into()),
            retryable: true,
            ..error(ErrorKind::Overloaded, "model", message)
        });
    }
    let is_question = |message: &&Message| message.role == Role::User;
    let question = request.messages.iter().rfind(is_question);
    let message = "there is no question to answer: expected a message of the user's";
    let question = question.ok_or_else(|| error(ErrorKind::InvalidRequest, "messages", message))?;
    let mut words: Vec<String> = texts(&question.content).flat_map(words).collect();
    let limit = request
        .max_tokens
        .map_or(usize::MAX, |limit| limit as usize);
    let is_cut = words.len() > limit;
    words.truncate(limit);
    Ok(Answer {
        model: model.into(),
        stop_reason: match is_cut {
            true => StopReason::MaxTokens,
            false => StopReason::EndTurn,
        },
        usage: usage(prompt_tokens(request), words.len() as u64),
        words,
    })
}

/// As `wit/types.wit` orders them: a start, each block with its deltas and its end, how it ended, and the proof of that.
fn chunks(answer: Answer) -> Vec<Chunk> {
    let start = MessageStart {
        id: ID.into(),
        model: answer.model,
        usage: Some(usage(answer.usage.input_tokens, 0)),
        warnings: Vec::new(),
    };
    let block = ContentBlockStart {
        index: 0,
        content_block: ContentBlock::Text(text_block(String::new())),
    };
    let end = MessageDelta {
        stop_reason: answer.stop_reason,
        stop_sequence: None,
        usage: answer.usage,
        cost: None,
        warnings: Vec::new(),
        provider_metadata: None,
    };
    let delta = |word| {
        Chunk::ContentBlockDelta(ContentBlockDelta {
            index: 0,
            delta: Delta::TextDelta(word),
        })
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

/// A token here is a word, with the space behind it.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_inclusive(char::is_whitespace).map(str::to_owned)
}

fn texts(content: &[ContentBlock]) -> impl Iterator<Item = &str> {
    content.iter().filter_map(|block| match block {
        ContentBlock::Text(block) => Some(block.text.as_str()),
        _ => None,
    })
}

fn prompt_tokens(request: &Request) -> u64 {
    let system = request.system.iter().map(|block| block.text.as_str());
    let said = request.messages.iter();
    let said = said.flat_map(|message| texts(&message.content));
    system.chain(said).flat_map(words).count() as u64
}

fn usage(input_tokens: u64, output_tokens: u64) -> Usage {
    Usage {
        input_tokens,
        output_tokens,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
        cache_creation: None,
        service_tier: None,
        extensions: None,
    }
}

fn text_block(text: String) -> TextBlock {
    TextBlock {
        text,
        citations: Vec::new(),
        cache_control: None,
    }
}

fn error(kind: ErrorKind, path: &str, message: &str) -> Error {
    Error {
        kind,
        message: message.into(),
        path: Some(path.into()),
        code: None,
        status: None,
        request_id: None,
        retryable: false,
        retry_after_ms: None,
        usage: None,
    }
}
