//! Why a byte sequence is not an event stream.

use crate::excerpt::quoted;

/// A broken stream, frame or message, with the values that disagree.
///
/// Lengths are in bytes. Every error a [`Decoder`](super::Decoder) returns ends its stream: there
/// is no marker to find the next frame by.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The first 12 bytes of a frame do not match their own checksum.
    #[error(
        "prelude checksum is {declared:#010x} but its bytes give {computed:#010x}; \
         the body is damaged, or not an event stream: check its status and content-type"
    )]
    PreludeChecksum {
        /// The checksum in the frame.
        declared: u32,
        /// The checksum of the bytes it covers.
        computed: u32,
    },

    /// The frame claims to be shorter than an empty frame.
    #[error("frame claims {total_length} bytes; the smallest frame has 16")]
    FrameTooShort {
        /// The length the prelude claims.
        total_length: u32,
    },

    /// The frame claims to be longer than [`Limits::frame`](super::Limits::frame).
    #[error("frame claims {total_length} bytes; the limit is {limit}")]
    FrameTooLong {
        /// The length the prelude claims.
        total_length: u32,
        /// The limit in force.
        limit: u32,
    },

    /// The header block does not fit into its frame.
    #[error("header block claims {headers_length} bytes; its frame has room for {room}")]
    HeadersExceedFrame {
        /// The length the prelude claims for the header block.
        headers_length: u32,
        /// What the frame has left after its fixed parts.
        room: u32,
    },

    /// The header block is longer than [`Limits::headers`](super::Limits::headers).
    #[error("header block claims {headers_length} bytes; the limit is {limit}")]
    HeadersTooLong {
        /// The length the prelude claims for the header block.
        headers_length: u32,
        /// The limit in force.
        limit: u32,
    },

    /// The frame does not match its checksum.
    #[error(
        "message checksum is {declared:#010x} but its bytes give {computed:#010x}; \
         the frame was damaged on the way"
    )]
    MessageChecksum {
        /// The checksum in the frame.
        declared: u32,
        /// The checksum of the bytes it covers.
        computed: u32,
    },

    /// A header runs past the end of the header block.
    #[error(
        "header field at byte {offset} of the header block needs {needed} bytes; \
         {available} are left"
    )]
    HeaderTruncated {
        /// Where the field starts, from the start of the header block.
        offset: usize,
        /// The size of the field.
        needed: usize,
        /// What is left of the header block.
        available: usize,
    },

    /// A header name or string value is not UTF-8.
    #[error("header text at byte {offset} of the header block is not UTF-8")]
    HeaderNotUtf8 {
        /// Where the text starts, from the start of the header block.
        offset: usize,
    },

    /// A header has a type code outside 0 to 9, so that the size of its value is unknown.
    #[error(
        "header type at byte {offset} of the header block is {type_code}; known types are 0 to 9"
    )]
    UnknownHeaderType {
        /// Where the type code is, from the start of the header block.
        offset: usize,
        /// The code in the frame.
        type_code: u8,
    },

    /// A header name occurs twice in one frame.
    #[error("header {} occurs more than once in a frame", quoted(name))]
    DuplicateHeader {
        /// The name.
        name: Box<str>,
    },

    /// A frame has more headers than [`Limits::header_count`](super::Limits::header_count).
    #[error("frame has more than {limit} headers")]
    TooManyHeaders {
        /// The limit in force.
        limit: u16,
    },

    /// The stream ended inside a frame.
    #[error(
        "stream ended inside a frame, after {received} of {expected} bytes; the answer is incomplete"
    )]
    Truncated {
        /// The bytes of the frame that arrived.
        received: usize,
        /// The frame's length, or 12 when not even its prelude is complete.
        expected: usize,
    },

    /// A frame lacks a header that its message kind requires.
    #[error("frame has no {name} header")]
    MissingHeader {
        /// The header's name.
        name: &'static str,
    },

    /// A reserved header is not a string.
    #[error("header {name} is a {seen}; expected a string")]
    MistypedHeader {
        /// The header's name.
        name: &'static str,
        /// The type that was sent.
        seen: &'static str,
    },

    /// The frame is neither an event, nor an exception, nor an error.
    #[error(
        ":message-type is {}; expected event, exception or error",
        quoted(message_type)
    )]
    UnknownMessageType {
        /// The value that was sent, cut after 64 characters.
        message_type: Box<str>,
    },
}
