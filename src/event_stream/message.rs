//! What a frame stands for: an event of the answer, or one of the two ways a stream fails.

use super::{Error, Frame, HeaderValue};

/// Characters of an unknown message type that an error repeats.
const SHOWN: usize = 64;

/// A frame by its `:message-type`, with the reserved headers that kind requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A step of the answer.
    Event {
        /// The member of the event union, such as `contentBlockDelta`. Unknown names are normal:
        /// services add events, and readers skip them.
        event_type: &'a str,
        /// The event's JSON, without the union around it.
        payload: &'a [u8],
    },
    /// A failure that the service model names; the stream is over.
    Exception {
        /// The member of the event union, such as `throttlingException`; may be unknown.
        exception_type: &'a str,
        /// The exception's JSON, usually `{"message": …}`.
        payload: &'a [u8],
    },
    /// A failure that the service model does not name; the stream is over.
    Error {
        /// The error's name, such as `InternalFailure`.
        code: &'a str,
        /// Text for people; empty if the service sent none.
        message: &'a str,
    },
}

impl<'a> Message<'a> {
    /// Tells which kind of message `frame` is.
    ///
    /// # Errors
    /// [`Error::MissingHeader`] or [`Error::MistypedHeader`] if a header that the kind requires is
    /// absent or not a string, [`Error::UnknownMessageType`] for any other kind. Only
    /// `:error-message` may be absent: a failure without a text is still that failure.
    pub fn classify(frame: &Frame<'a>) -> Result<Self, Error> {
        match required(frame, ":message-type")? {
            "event" => Ok(Self::Event {
                event_type: required(frame, ":event-type")?,
                payload: frame.payload(),
            }),
            "exception" => Ok(Self::Exception {
                exception_type: required(frame, ":exception-type")?,
                payload: frame.payload(),
            }),
            "error" => Ok(Self::Error {
                code: required(frame, ":error-code")?,
                message: optional(frame, ":error-message")?.unwrap_or_default(),
            }),
            unknown => Err(Error::UnknownMessageType {
                message_type: unknown.chars().take(SHOWN).collect(),
            }),
        }
    }
}

fn required<'a>(frame: &Frame<'a>, name: &'static str) -> Result<&'a str, Error> {
    optional(frame, name)?.ok_or(Error::MissingHeader { name })
}

fn optional<'a>(frame: &Frame<'a>, name: &'static str) -> Result<Option<&'a str>, Error> {
    match frame.header(name) {
        None => Ok(None),
        Some(HeaderValue::String(value)) => Ok(Some(value)),
        Some(other) => Err(Error::MistypedHeader {
            name,
            seen: other.type_name(),
        }),
    }
}
