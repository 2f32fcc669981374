//! The answer of a `Stream` exchange, as its bytes arrive: frames, events, chunks, and exactly one end.

use super::{MAX_ERROR_BODY, Operation, State, expect, message_id};
use crate::canonical::{Chunk, Error, ErrorKind, MessageStart};
use crate::converse::error;
use crate::converse::stream::Machine;
use crate::event_stream::{Decoder, Limits, Message};
use crate::http_message::Head;

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
    /// Not an answer: the beginning of an error's body.
    Refusal(Vec<u8>),
    /// An error that is told by the next call, or has been.
    Failed(Box<Error>),
}

impl StreamDecoder {
    /// Of an answer's head, whatever its status: a refusal is told by [`finish`](Self::finish).
    pub fn new(state: State, head: Head) -> Self {
        let reading = match expect(&state, Operation::Stream) {
            Err(error) => Reading::Failed(Box::new(error)),
            Ok(()) if !head.is_success() => Reading::Refusal(Vec::new()),
            Ok(()) => {
                let start = MessageStart {
                    id: message_id(&head),
                    model: state.model,
                    usage: None,
                    warnings: state.warnings,
                };
                let machine = Box::new(Machine::new(start, head.request_id.clone()));
                Reading::Events {
                    frames: Decoder::new(Limits::default()),
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

    /// The transport failed: its error, as this stream's.
    pub fn broken(&self, error: Error) -> Error {
        let Reading::Events { machine, .. } = &self.reading else {
            return error;
        };
        match error.kind {
            ErrorKind::Connection => machine.complete(Error {
                kind: ErrorKind::StreamTruncated,
                ..error
            }),
            _ => machine.complete(error),
        }
    }

    /// Bytes, cut anywhere. What is wrong with them is told after the chunks before it: by the next call.
    pub fn push(&mut self, bytes: &[u8], chunks: &mut Vec<Chunk>) -> Result<(), Error> {
        match &mut self.reading {
            Reading::Failed(error) => Err((**error).clone()),
            Reading::Refusal(body) => {
                let room = MAX_ERROR_BODY - body.len().min(MAX_ERROR_BODY);
                body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                Ok(())
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
            Reading::Refusal(body) => Err(error::of_answer(&self.head, body)),
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
    let kind = match error {
        crate::event_stream::Error::Truncated { .. } => ErrorKind::StreamTruncated,
        _ => ErrorKind::MalformedStream,
    };
    Error {
        retryable: true,
        ..Error::new(kind, error.to_string())
    }
}
