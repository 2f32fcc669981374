//! A whole answer: `chat.completion`, both ways.

mod read;
mod write;

pub use read::read_response;
pub(super) use read::read_usage;
pub(super) use write::write_redacted;
pub use write::write_response;
