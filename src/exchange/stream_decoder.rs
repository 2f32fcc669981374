//! The answer of a `Stream` exchange, as its bytes arrive: frames, events, chunks, and exactly one end.
//!
//! Where the model was asked for a whole answer instead, the same chunks follow when the last byte has come.

use super::{MAX_ERROR_BODY, Operation, State, expect, message_id, refusal, replay};
use crate::canonical::{Chunk, Error, ErrorKind, MessageStart};
use crate::converse::error;
use crate::converse::stream::Machine;
use crate::event_stream::{Decoder, Limits, Message};
use crate::http_message::Head;

/// The most bytes of a whole answer: several times a model's longest output in any script, and little enough to be read
/// twice over in the memory that hosts give.
pub const MAX_ANSWER: usize = 16 << 20;

/// The answer of a `Stream` exchange, as its bytes arrive.
#[derive(Debug)]
pub struct StreamDecoder {
    head: Head,
    reading: Reading,
}

#[derive(Debug)]
enum Reading {
    /// The answer.
    Events {
        frames: Decoder,
        machine: Box<Machine>,
    },
    /// A whole answer, to be replayed.
    Whole { state: Box<State>, body: Vec<u8> },
    /// The whole answer has been told.
    Replayed,
    /// Not an answer: the beginning of an error's body.
    Refusal { model: String, body: Vec<u8> },
    /// An error that is told by the next call, or has been.
    Failed(Box<Error>),
}

impl StreamDecoder {
    /// Of an answer's head, whatever its status: a refusal is told by [`finish`](Self::finish).
    pub fn new(state: State, head: Head) -> Self {
        let reading = match expect(&state, Operation::Stream) {
            Err(error) => Reading::Failed(Box::new(error)),
            Ok(()) if head.is_success() && state.restore.replay => Reading::Whole {
                state: Box::new(state),
                body: Vec::new(),
            },
            // A proxy may answer for AWS, with a page of its own and status 200.
            Ok(()) if !head.is_success() || !is_event_stream(&head) => Reading::Refusal {
                model: state.model,
                body: Vec::new(),
            },
            Ok(()) => {
                let start = MessageStart {
                    id: message_id(&head),
                    model: state.model,
                    usage: None,
                    warnings: state.warnings,
                    provider_metadata: None,
                };
                let limits = Limits {
                    frame: state.max_frame,
                    ..Limits::default()
                };
                let request_id = head.request_id.clone();
                let machine =
                    Box::new(Machine::new(start, request_id, state.restore, state.tariff));
                Reading::Events {
                    frames: Decoder::new(limits),
                    machine,
                }
            }
        };
        StreamDecoder { head, reading }
    }

    /// A stream that cannot be read, for a reason known from the start.
    pub fn failed(error: Error, head: Head) -> Self {
        StreamDecoder {
            head,
            reading: Reading::Failed(Box::new(error)),
        }
    }

    /// Whether the answer is whole: what else comes is no part of it.
    pub fn has_ended(&self) -> bool {
        match &self.reading {
            Reading::Events { machine, .. } => machine.has_ended(),
            _ => false,
        }
    }

    /// Whether no more bytes are needed to tell how the answer ended.
    pub fn is_over(&self) -> bool {
        self.has_ended() || matches!(self.reading, Reading::Failed(_) | Reading::Replayed)
    }

    /// The error that the next call tells, where it is known by now: there is no need to wait for more bytes.
    pub fn failure(&self) -> Option<Error> {
        match &self.reading {
            Reading::Failed(error) => Some((**error).clone()),
            _ => None,
        }
    }

    /// The transport failed: its error, as this stream's; none where the answer was whole by then.
    pub fn broken(&mut self, error: Error) -> Result<(), Error> {
        let machine = match &self.reading {
            Reading::Events { machine, .. } => machine,
            Reading::Replayed => return Ok(()),
            _ => return Err(error),
        };
        if machine.has_ended() {
            return Ok(());
        }
        Err(match error.kind {
            ErrorKind::Connection => machine.complete(Error {
                kind: ErrorKind::StreamTruncated,
                ..error
            }),
            _ => machine.complete(error),
        })
    }

    /// Bytes, cut anywhere. What is wrong with them is told after the chunks before it: by the next call.
    pub fn push(&mut self, bytes: &[u8], chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        match &mut self.reading {
            Reading::Failed(error) => Err((**error).clone()),
            Reading::Replayed => Ok(()),
            Reading::Whole { body, .. } => {
                if body.len() + bytes.len() <= MAX_ANSWER {
                    body.extend_from_slice(bytes);
                    return Ok(());
                }
                let message = format!("the answer is larger than {MAX_ANSWER} bytes");
                let error = Error::new(ErrorKind::MalformedStream, message);
                self.reading = Reading::Failed(Box::new(error.clone()));
                Err(error)
            }
            Reading::Refusal { model, body } => {
                let room = MAX_ERROR_BODY - body.len().min(MAX_ERROR_BODY);
                body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                if body.len() < MAX_ERROR_BODY {
                    return Ok(());
                }
                // Enough to tell it by; the rest may never end.
                let error = refusal(model, &self.head, body);
                self.reading = Reading::Failed(Box::new(error.clone()));
                Err(error)
            }
            Reading::Events { frames, machine } => {
                let before = chunks.len();
                match events(frames, machine, bytes, chunks) {
                    Ok(()) => Ok(()),
                    Err(error) => {
                        let is_first = chunks.len() == before;
                        self.reading = Reading::Failed(Box::new(error.clone()));
                        if is_first { Err(error) } else { Ok(()) }
                    }
                }
            }
        }
    }

    /// No more bytes.
    pub fn finish(&mut self, chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        let result = match &mut self.reading {
            Reading::Failed(error) => Err((**error).clone()),
            Reading::Refusal { model, body } => Err(refusal(model, &self.head, body)),
            Reading::Whole { state, body } => {
                let warnings = std::mem::take(&mut state.warnings);
                let answer = state.answer(&self.head, body);
                answer.map(|answer| {
                    chunks.extend(replay::chunks(answer, warnings));
                    self.reading = Reading::Replayed;
                })
            }
            Reading::Replayed => Ok(()),
            Reading::Events { machine, .. } if machine.has_ended() => Ok(()),
            Reading::Events { frames, machine } => frames
                .finish()
                .map_err(|error| machine.complete(framing(&error)))
                .and_then(|()| machine.finish(chunks)),
        };
        if let Err(error) = &result {
            self.reading = Reading::Failed(Box::new(error.clone()));
        }
        result
    }
}

/// Whether the body is what a stream's is, as far as the head says.
fn is_event_stream(head: &Head) -> bool {
    head.content_type
        .as_deref()
        .is_none_or(|content_type| content_type.starts_with("application/vnd.amazon.eventstream"))
}

fn events(
    frames: &mut Decoder,
    machine: &mut Machine,
    mut bytes: &[u8],
    chunks: &mut Vec<Chunk>,
) -> Result<(), Error> {
    while !machine.has_ended() {
        let frame = match frames.next_frame(&mut bytes) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(()),
            Err(error) => return Err(machine.complete(framing(&error))),
        };
        match Message::classify(&frame) {
            Ok(Message::Event {
                event_type,
                payload,
            }) => {
                machine
                    .event(event_type, payload, chunks)
                    .map_err(|error| machine.complete(error))?;
            }
            Ok(Message::Exception {
                exception_type,
                payload,
            }) => {
                return Err(machine.complete(error::of_exception(exception_type, payload)));
            }
            Ok(Message::Error { code, message }) => {
                return Err(machine.complete(error::of_error_frame(code, message)));
            }
            Err(error) => return Err(machine.complete(framing(&error))),
        }
    }
    Ok(())
}

/// What is wrong with the bytes, as the call's error.
fn framing(error: &crate::event_stream::Error) -> Error {
    use crate::event_stream::Error::{FrameTooLong, Truncated};

    let (kind, setting) = match error {
        Truncated { .. } => (ErrorKind::StreamTruncated, None),
        FrameTooLong { .. } => (
            ErrorKind::MalformedStream,
            Some("context.extensions.bedrock.maxFrameBytes"),
        ),
        _ => (ErrorKind::MalformedStream, None),
    };
    Error {
        path: setting.map(str::to_owned),
        retryable: true,
        ..Error::new(kind, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(status: u16, content_type: &str) -> StreamDecoder {
        let state = br#"{"operation":"converse-stream","model":"m","warnings":[]}"#;
        let head = Head::new(status, [("content-type", content_type)]);
        StreamDecoder::new(State::from_bytes(state).expect("a state"), head)
    }

    fn conversation() -> Vec<u8> {
        std::fs::read("tests/vectors/conversations/claude_text.bin").expect("a conversation")
    }

    fn reset() -> Error {
        Error::new(ErrorKind::Connection, "reset")
    }

    #[test]
    fn a_page_with_status_200_is_no_stream_and_is_shown() {
        let mut decoder = decoder(200, "text/html");
        decoder
            .push(b"<html>log in first</html>", &mut Vec::new())
            .expect("kept");
        let error = decoder.finish(&mut Vec::new()).expect_err("a page");
        assert_eq!(error.kind, ErrorKind::MalformedStream);
        assert!(error.message.contains("log in first"), "{}", error.message);
    }

    #[test]
    fn a_refusal_that_does_not_end_is_told_when_there_is_enough_of_it() {
        let mut decoder = decoder(503, "text/plain");
        let piece = [b'x'; 1000];
        let error = (0..1000).find_map(|_| decoder.push(&piece, &mut Vec::new()).err());
        assert_eq!(error.map(|error| error.kind), Some(ErrorKind::Overloaded));
    }

    #[test]
    fn a_connection_that_breaks_after_the_end_changes_nothing() {
        let mut decoder = decoder(200, "application/vnd.amazon.eventstream");
        let mut chunks = Vec::new();
        decoder.push(&conversation(), &mut chunks).expect("chunks");
        assert!(matches!(chunks.last(), Some(Chunk::MessageStop)));
        decoder.broken(reset()).expect("the answer was whole");
    }

    #[test]
    fn a_connection_that_breaks_before_the_end_truncates_the_stream() {
        let mut decoder = decoder(200, "application/vnd.amazon.eventstream");
        decoder
            .push(&conversation()[..200], &mut Vec::new())
            .expect("chunks");
        let error = decoder.broken(reset()).expect_err("cut short");
        assert_eq!(error.kind, ErrorKind::StreamTruncated);
    }

    #[test]
    fn a_defect_behind_good_chunks_is_known_at_once_and_told_next() {
        let mut decoder = decoder(200, "application/vnd.amazon.eventstream");
        let mut bytes = conversation();
        let first_frame = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        bytes.truncate(first_frame as usize);
        bytes.extend([0; 64]);
        let mut chunks = Vec::new();
        decoder.push(&bytes, &mut chunks).expect("chunks first");
        assert!(!chunks.is_empty());
        assert_eq!(
            decoder.failure().map(|error| error.kind),
            Some(ErrorKind::MalformedStream)
        );
        assert!(decoder.push(&[], &mut Vec::new()).is_err());
    }
}
