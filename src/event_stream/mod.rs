//! AWS event stream framing (`application/vnd.amazon.eventstream`): bytes in as they arrive,
//! checked frames out, payloads borrowed.
//!
//! Goes in: the body of a ConverseStream response, in chunks cut anywhere. Comes out: one
//! [`Frame`] at a time, and for each frame the [`Message`] it stands for. Nothing here does I/O or
//! reads a clock; JSON inside a payload is the caller's.
//!
//! ```
//! use bedrock_provider::event_stream::{Decoder, Limits, Message};
//!
//! # fn main() -> Result<(), bedrock_provider::event_stream::Error> {
//! # let body = include_bytes!(concat!(
//! #     env!("CARGO_MANIFEST_DIR"),
//! #     "/tests/vectors/eventstream/valid/two_messages.bin"
//! # ));
//! # let body = body.chunks(5);
//! let mut decoder = Decoder::new(Limits::default());
//! # let mut events = Vec::new();
//! for mut chunk in body {
//!     while let Some(frame) = decoder.next_frame(&mut chunk)? {
//!         match Message::classify(&frame)? {
//!             Message::Event { event_type, payload } => {
//!                 // One step of the answer.
//! #               events.push((event_type.to_owned(), payload.to_vec()));
//!             }
//!             Message::Exception { .. } | Message::Error { .. } => {
//!                 // The service ended the stream with a failure.
//! #               unreachable!();
//!             }
//!         }
//!     }
//! }
//! decoder.finish()?; // bytes left over are a truncated stream, not an end
//! # assert_eq!(events[0].0, "messageStart");
//! # assert_eq!(events.len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! # Layout
//! All integers are big-endian; both checksums are CRC-32 (IEEE).
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | total length of the frame, at least 16 |
//! | 4 | 4 | length of the header block |
//! | 8 | 4 | prelude checksum, of bytes 0 to 8 |
//! | 12 | headers length | header block: `u8` name length, name, `u8` type, value; repeated |
//! | … | total − headers − 16 | payload |
//! | total − 4 | 4 | message checksum, of everything before it |
//!
//! Source: the [Amazon Event Stream Specification][spec], and where it is silent or not followed,
//! what AWS's own decoders do (botocore, the JavaScript codec, aws-smithy-eventstream,
//! aws-c-event-stream).
//!
//! # Order of checks
//! A frame is judged as early as it can be, and nothing it says is believed before its checksum:
//!
//! 1. With 12 bytes: prelude checksum, total ≥ 16, total ≤ [`Limits::frame`], headers fit the
//!    frame, headers ≤ [`Limits::headers`]. A bad prelude is refused without waiting for the bytes
//!    it promises, so a flipped bit in a length cannot stall the stream.
//! 2. With the whole frame: message checksum.
//! 3. Then every header, once, whether or not anybody asks for it.
//!
//! # Policy where decoders differ
//! What the specification forbids is refused, unless every AWS SDK reads it: bytes that work with
//! all of AWS's clients must not fail here.
//!
//! | input | here | why |
//! |---|---|---|
//! | a header name twice | [`Error::DuplicateHeader`] | forbidden; readers that take the first and readers that take the last would see two different messages; botocore refuses too |
//! | an empty header name | accepted | forbidden, but every SDK reads it, and it matches no name anybody asks for |
//! | a string or byte array that is empty or above 32,767 bytes | accepted | forbidden, but the length field is 16 bits unsigned and every SDK reads it so; [`Limits::headers`] bounds it |
//! | more than 1,024 headers | [`Error::TooManyHeaders`] | allowed, but the work of one frame has to be bounded; the number is aws-c-event-stream's |
//! | a frame above 24 MiB, headers above 128 KiB | [`Error::FrameTooLong`], [`Error::HeadersTooLong`] | the specification leaves these checks to services, but a sandbox cannot hold what it did not agree to; raise [`Limits`] if need be |
//! | text that is not UTF-8 | [`Error::HeaderNotUtf8`] | forbidden; a replacement character would make another name of it |
//! | a timestamp before 1970 | read as negative | the specification says both signed and unsigned; every SDK reads signed |
//! | end of input inside a frame | [`Error::Truncated`] | botocore drops the rest silently, and the answer is cut short unnoticed |
//! | `:message-type`, or the name that its kind requires, missing or not a string | [`Error::MissingHeader`], [`Error::MistypedHeader`] | the frame does not say whether it is data or a failure |
//! | `:error-message` missing | empty text | forbidden, but the failure itself must get through |
//! | unknown `:message-type` | [`Error::UnknownMessageType`] | it may announce a failure, so it must not be skipped; the Rust SDK refuses it too |
//!
//! An unknown `:event-type` or `:exception-type` is *not* an error here: new events are additive
//! in the service model, so [`Message`] hands the name on and the caller decides.
//!
//! # Memory
//! A frame that lies whole in a chunk is borrowed from it, uncopied. Only a frame cut by a chunk
//! boundary is copied, once, into a buffer that holds that single frame and grows with the bytes
//! that arrived, never with the length a prelude claims.
//!
//! [spec]: https://smithy.io/2.0/aws/amazon-eventstream.html

mod decoder;
mod error;
mod frame;
mod header;
mod message;
#[cfg(test)]
mod tests;

pub use decoder::{Decoder, Limits};
pub use error::Error;
pub use frame::{Frame, Prelude};
pub use header::{Header, HeaderIter, HeaderValue, Headers};
pub use message::Message;
