//! From the events of ConverseStream to chunks, and to what clients read.

use bedrock_provider::canonical::{Chunk, Error};
use bedrock_provider::event_stream::HeaderValue;
use bedrock_provider::exchange::{Operation, StreamDecoder};
use bedrock_provider::http_message::Head;

use crate::chunks::assert_legal;
use crate::frames::{frame, header};
use crate::question::{assert_concealed, state};
use crate::told;

/// The first byte chooses the request; the rest are lines, each of them an event: its type, a space, and its payload. A
/// type that begins with `!` is an exception's.
pub fn stream(data: &[u8]) {
    let Some((number, lines)) = data.split_first() else {
        return;
    };
    let bytes: Vec<u8> = lines.split(|byte| *byte == b'\n').flat_map(event).collect();
    let (chunks, error) = read(*number, &[&bytes]);
    assert_legal(&chunks, error.as_ref());
    let pieces: Vec<&[u8]> = bytes.chunks(1 + usize::from(number / 8)).collect();
    assert_eq!(
        read(*number, &pieces),
        (chunks.clone(), error.clone()),
        "in pieces"
    );
    if let Some(error) = &error {
        assert_concealed(error);
        told::assert_error(error);
    }
    told::assert_stream(&chunks, error.as_ref());
}

/// One frame.
fn event(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    let (name, payload) = text.split_once(' ').unwrap_or((&text, "{}"));
    let (kind, own, name) = match name.strip_prefix('!') {
        Some(name) => ("exception", ":exception-type", name),
        None => ("event", ":event-type", name),
    };
    let name: String = name.chars().take(64).collect();
    let mut headers = Vec::new();
    header(":message-type", HeaderValue::String(kind), &mut headers);
    header(own, HeaderValue::String(&name), &mut headers);
    frame(&headers, payload.as_bytes())
}

/// All that comes of these bytes.
fn read(number: u8, pieces: &[&[u8]]) -> (Vec<Chunk>, Option<Error>) {
    let state = state(number, Operation::Stream);
    let head = Head::new(200, [("x-amzn-requestid", "id")]);
    let mut decoder = StreamDecoder::new(state, head);
    let mut chunks = Vec::new();
    for piece in pieces {
        if let Err(error) = decoder.push(piece, &mut chunks) {
            return (chunks, Some(error));
        }
    }
    let end = decoder.finish(&mut chunks);
    (chunks, end.err())
}
