//! An answer that streams: `chat.completion.chunk` events, both ways.

mod decode;
mod encode;

pub use decode::Decoder;
pub use encode::Encoder;
