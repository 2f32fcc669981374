//! Event stream frames: what a script says, as the bytes Bedrock would send.
//!
//! Wire habits taken from live answers: headers in the order `:event-type`, `:content-type`,
//! `:message-type`; JSON members sorted; a member `p` of varying length in every payload, which hides
//! the length of the text. Encoded by AWS's own `aws-smithy-eventstream`.

use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::Bytes;
use serde_json::{Value, json};

const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// One message of an event stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// A modeled event, such as `contentBlockDelta`.
    Event {
        /// `:event-type`.
        kind: String,
        /// The event's JSON, without the union wrapper.
        payload: Value,
    },
    /// A modeled exception, such as `throttlingException`.
    Exception {
        /// `:exception-type`, lower camel case.
        kind: String,
        /// The exception's JSON.
        payload: Value,
    },
    /// An unmodeled error: it has headers and no payload.
    Error {
        /// `:error-code`.
        code: String,
        /// `:error-message`.
        message: String,
    },
}

/// Why bytes are no sequence of frames, or a frame no bytes.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The library refused the frame.
    #[error("event stream frame {index}: {source}")]
    Codec {
        /// Which frame, from 0.
        index: usize,
        /// Its reason.
        source: aws_smithy_eventstream::error::Error,
    },
    /// A frame lacks the headers that say what it is, or its payload is not JSON.
    #[error("event stream frame {index} is not a Bedrock message: {reason}")]
    Meaning {
        /// Which frame, from 0.
        index: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl Frame {
    /// A modeled event.
    pub fn event(kind: impl Into<String>, payload: Value) -> Self {
        let kind = kind.into();
        Self::Event { kind, payload }
    }

    /// A modeled exception with only a message.
    pub fn exception(kind: impl Into<String>, message: &str) -> Self {
        Self::Exception {
            kind: kind.into(),
            payload: json!({ "message": message }),
        }
    }

    /// An unmodeled error.
    pub fn error(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Error {
            code: code.into(),
            message: message.into(),
        }
    }

    fn message(&self, padding: Option<&str>) -> Message {
        let text = |name: &'static str, value: &str| {
            Header::new(name, HeaderValue::String(value.to_owned().into()))
        };
        let json_message = |kind_header, kind: &str, message_type, payload: &Value| {
            let mut payload = payload.clone();
            if let (Some(padding), Some(members)) = (padding, payload.as_object_mut()) {
                members.entry("p").or_insert_with(|| padding.into());
            }
            let headers = vec![
                text(kind_header, kind),
                text(":content-type", "application/json"),
                text(":message-type", message_type),
            ];
            Message::new_from_parts(headers, payload.to_string())
        };
        match self {
            Self::Event { kind, payload } => json_message(":event-type", kind, "event", payload),
            Self::Exception { kind, payload } => {
                json_message(":exception-type", kind, "exception", payload)
            }
            Self::Error { code, message } => {
                let headers = vec![
                    text(":error-code", code),
                    text(":error-message", message),
                    text(":message-type", "error"),
                ];
                Message::new_from_parts(headers, Bytes::new())
            }
        }
    }

    fn from_message(index: usize, message: &Message) -> Result<Self, FrameError> {
        let meaning = |reason: String| FrameError::Meaning { index, reason };
        let header = |name: &str| {
            message
                .headers()
                .iter()
                .find(|header| header.name().as_str() == name)
                .and_then(|header| header.value().as_string().ok())
                .map(|value| value.as_str().to_owned())
                .ok_or_else(|| meaning(format!("no string header {name}")))
        };
        let payload = || {
            serde_json::from_slice(message.payload()).map_err(|error| meaning(error.to_string()))
        };
        match header(":message-type")?.as_str() {
            "event" => Ok(Self::event(header(":event-type")?, payload()?)),
            "exception" => Ok(Self::Exception {
                kind: header(":exception-type")?,
                payload: payload()?,
            }),
            "error" => Ok(Self::error(
                header(":error-code")?,
                header(":error-message")?,
            )),
            other => Err(meaning(format!(":message-type is '{other}'"))),
        }
    }
}

/// A body of frames and the places where they end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded {
    /// All frames, one after the other.
    pub bytes: Bytes,
    /// Offset after each frame.
    pub ends: Vec<usize>,
}

impl Encoded {
    /// Encodes frames; with `padding` each JSON payload gets its `p`.
    ///
    /// # Errors
    /// The library's, for a frame that does not fit the format.
    pub fn from_frames(frames: &[Frame], padding: bool) -> Result<Self, FrameError> {
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(frames.len());
        for (index, frame) in frames.iter().enumerate() {
            // 2 to 61 characters, as seen live; the index alone decides, so that bytes repeat.
            let length = 2 + index.wrapping_mul(17).wrapping_add(6) % 60;
            let message = frame.message(PADDING.get(..length).filter(|_| padding));
            write_message_to(&message, &mut bytes)
                .map_err(|source| FrameError::Codec { index, source })?;
            ends.push(bytes.len());
        }
        Ok(Self {
            bytes: bytes.into(),
            ends,
        })
    }

    /// Finds the frames in ready-made bytes by their length fields alone, so that broken bytes can be played.
    pub fn from_bytes(bytes: Bytes) -> Self {
        let mut ends = Vec::new();
        let mut start = 0_usize;
        while let Some(length) = bytes.get(start..).and_then(|rest| rest.first_chunk::<4>()) {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            match start.checked_add(length) {
                Some(end) if length >= 16 && end <= bytes.len() => {
                    ends.push(end);
                    start = end;
                }
                _ => break,
            }
        }
        if start < bytes.len() {
            ends.push(bytes.len());
        }
        Self { bytes, ends }
    }

    /// A body that is one piece, such as a JSON answer.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        let ends = vec![bytes.len()];
        Self { bytes, ends }
    }

    /// Where frame `index` starts; the end of the body when there are fewer.
    pub(crate) fn start(&self, index: usize) -> usize {
        match index.checked_sub(1) {
            None => 0,
            Some(previous) => self.end(previous),
        }
    }

    /// Where frame `index` ends; the end of the body when there are fewer.
    pub(crate) fn end(&self, index: usize) -> usize {
        self.ends.get(index).copied().unwrap_or(self.bytes.len())
    }

    /// Decodes the frames.
    ///
    /// # Errors
    /// At the first frame that AWS's decoder refuses or that is no Bedrock message.
    pub fn frames(&self) -> Result<Vec<Frame>, FrameError> {
        let mut rest = self.bytes.clone();
        let mut frames = Vec::new();
        while !rest.is_empty() {
            let index = frames.len();
            let message = read_message_from(&mut rest)
                .map_err(|source| FrameError::Codec { index, source })?;
            frames.push(Frame::from_message(index, &message)?);
        }
        Ok(frames)
    }
}
