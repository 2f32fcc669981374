//! Anthropic's Messages API, both ways.
//!
//! | a gateway | a client |
//! |---|---|
//! | [`read_request`], [`read_count_request`] | [`write_request`] |
//! | [`write_response`], [`write_count`] | [`read_response`] |
//! | [`Encoder`] | [`Decoder`] |
//! | [`write_error`] | [`read_error`] |
//!
//! The canonical shape is this API, typed: names change by nothing but their case, and what is JSON there is passed on
//! byte for byte. Beyond the API a request may have `extensions` (the canonical member of that name), blocks `video` and
//! `audio`, and sources of the type `object` (`uri`, `owner`, `media_type`); an answer has `gateway`. Content may have the parts of OpenAI's
//! APIs, too.
//!
//! Source: <https://docs.anthropic.com/en/api/messages>, <https://docs.anthropic.com/en/api/messages-streaming>,
//! <https://docs.anthropic.com/en/api/errors>, and the types of Anthropic's SDKs.

mod block;
mod block_writer;
mod citation;
mod decoder;
mod encoder;
mod error;
mod request;
mod request_writer;
mod response;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod tool;
mod usage;

pub(crate) use block::{block_of, cache_control, citations};
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use error::{read_error, write_error};
pub(crate) use request::cache_last;
pub use request::{read_count_request, read_request};
pub use request_writer::write_request;
pub use response::{read_response, write_count, write_response};
pub(crate) use settings::read_thinking;
