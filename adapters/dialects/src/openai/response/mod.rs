//! A whole answer: `chat.completion`, both ways.

mod read;
mod write;

pub use read::read_response;
pub(super) use read::read_usage;
pub use write::write_response;
pub(super) use write::{write_call, write_custom, write_redacted, write_thought};
