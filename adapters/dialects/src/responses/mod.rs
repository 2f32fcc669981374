//! OpenAI's Responses API, as a gateway speaks it: requests in, answers, events and errors out. What a client would need,
//! the other direction, is not here.
//!
//! Nothing is stored: a conversation goes on by sending `input` whole, the items of earlier answers among it, and what
//! points at something stored (`previous_response_id`, `conversation`, `item_reference`, `prompt`) is refused.
//!
//! | canonical block | item |
//! |---|---|
//! | text | `message`; texts in a row are parts of one |
//! | thinking | `reasoning`: the thought is its summary; `encrypted_content` is `signature:` and the signature |
//! | redacted thinking | `reasoning` without a summary; `encrypted_content` is `redacted:` and the data |
//! | call of a tool | `function_call`, or what its tool is called by (`calls`); `call_id` is the block's id |
//! | what a tool returned | `function_call_output`, or the like |
//!
//! What was thought comes back byte for byte by these items. A turn is all that one role says in a row. Besides OpenAI's
//! own members these are known: `cache_control` of a part or a tool, and `extensions`. Parts of messages may be those of Chat
//! Completions or Anthropic's blocks, too.
//!
//! Source: OpenAI's API reference (<https://platform.openai.com/docs/api-reference/responses>) and the types of its SDKs.

mod answer;
mod call;
mod calls;
mod encoder;
mod input;
mod item;
mod request;
#[cfg(test)]
mod tests;

pub use answer::write_response;
pub use encoder::Encoder;
pub use request::read_request;

use crate::ErrorAnswer;
use crate::canonical::Error;
use crate::openai::{error, path};

/// The answer of a call that failed before its first byte.
pub fn write_error(error: &Error, request_id: &str) -> ErrorAnswer {
    error::answer(error, request_id, path::RESPONSES)
}

/// What `encrypted_content` begins with: of a thought its signature follows, of a redacted one its data. What begins
/// otherwise was sealed by another service.
const SIGNATURE: &str = "signature:";
const REDACTED: &str = "redacted:";
