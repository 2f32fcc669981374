//! A client's request: the body of `POST /v1/chat/completions`, both ways.

mod message;
mod read;
mod tools;
mod write;

pub use read::read_request;
pub use write::write_request;
