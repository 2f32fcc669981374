//! OpenAI's Chat Completions, both ways.
//!
//! A gateway reads requests and writes answers, events and errors; a client writes requests and reads the rest. OpenAI's
//! shape says less than the canonical one in some places: what is lost on the way is told in a warning. Besides OpenAI's
//! own members these are known, by the names that other gateways use: `reasoning_content` and `thinking_blocks` (what
//! the model thought, with its signatures, to be sent back), `thinking`, `top_k`, `cache_control` and `extensions`. Parts of
//! messages may be those of Responses or Anthropic's blocks, too.
//!
//! Source: OpenAI's API reference (<https://platform.openai.com/docs/api-reference/chat>) and the types of its SDKs.

pub(crate) mod asked;
pub(crate) mod citation;
pub(crate) mod error;
pub(crate) mod loss;
pub(crate) mod part;
pub(crate) mod path;
pub(crate) mod piece;
mod request;
mod response;
mod stream;
pub(crate) mod telling;
pub(crate) mod tools;
pub(crate) mod usage;
pub(crate) mod words;

#[cfg(test)]
pub(crate) mod tests;

pub use error::{read_error, write_error};
pub use request::{read_request, write_request};
pub use response::{read_response, write_response};
pub use stream::{Decoder, Encoder};
pub use tools::offered::Offered as OfferedTools;
