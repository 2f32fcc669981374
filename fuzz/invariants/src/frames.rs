//! Event-stream frames.

use bedrock_provider::event_stream::{Decoder, Error, Frame, HeaderValue, Limits, Message};

/// Bytes before the headers.
const PRELUDE: usize = 12;

/// Without the first byte, which says whether checksums are made right, any bytes of a stream.
pub fn frames(data: &[u8]) {
    let Some((mode, bytes)) = data.split_first() else {
        return;
    };
    let mut bytes = bytes.to_vec();
    if mode & 1 == 1 {
        mend(&mut bytes);
    }
    let whole = read(&[&bytes]);
    let size = usize::from(mode >> 1).max(1);
    let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
    assert_eq!(read(&pieces), whole, "cut into pieces of {size}");
    // What was read is what was sent, to the byte.
    let written = whole.0.concat();
    assert!(bytes.starts_with(&written), "{whole:?}");
}

/// Frames written again, and how it ended.
fn read(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Result<(), Error>) {
    let mut decoder = Decoder::new(Limits::default());
    let mut frames = Vec::new();
    for piece in pieces {
        let mut piece = *piece;
        loop {
            match decoder.next_frame(&mut piece) {
                Ok(Some(frame)) => {
                    let _ = Message::classify(&frame);
                    frames.push(again(&frame));
                }
                Ok(None) => break,
                Err(error) => return (frames, Err(error)),
            }
        }
    }
    (frames, decoder.finish())
}

/// Checksums as they should be, as far as the lengths make sense.
fn mend(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(frame) = bytes.get_mut(at..)
        && let Some(length) = frame.first_chunk::<4>()
    {
        let length = u32::from_be_bytes(*length) as usize;
        if frame.len() < PRELUDE {
            return;
        }
        let checksum = crc32fast::hash(&frame[..8]);
        frame[8..PRELUDE].copy_from_slice(&checksum.to_be_bytes());
        if length < PRELUDE + 4 || length > frame.len() {
            return;
        }
        let checksum = crc32fast::hash(&frame[..length - 4]);
        frame[length - 4..length].copy_from_slice(&checksum.to_be_bytes());
        at += length;
    }
}

/// A frame around a block of headers.
pub(crate) fn frame(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let total = u32::try_from(16 + headers.len() + payload.len()).unwrap_or(u32::MAX);
    let length = u32::try_from(headers.len()).unwrap_or(u32::MAX);
    let mut bytes = total.to_be_bytes().to_vec();
    bytes.extend(length.to_be_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes.extend(headers);
    bytes.extend(payload);
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

/// A header, encoded.
pub(crate) fn header(name: &str, value: HeaderValue<'_>, out: &mut Vec<u8>) {
    out.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    out.extend(name.bytes());
    let mut sized = |kind: u8, bytes: &[u8]| {
        out.push(kind);
        out.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend(bytes);
    };
    match value {
        HeaderValue::ByteArray(bytes) => return sized(6, bytes),
        HeaderValue::String(text) => return sized(7, text.as_bytes()),
        _ => {}
    }
    match value {
        HeaderValue::Bool(true) => out.push(0),
        HeaderValue::Bool(false) => out.push(1),
        HeaderValue::Byte(value) => out.extend([2, value.to_be_bytes()[0]]),
        HeaderValue::Short(value) => {
            out.push(3);
            out.extend(value.to_be_bytes());
        }
        HeaderValue::Integer(value) => {
            out.push(4);
            out.extend(value.to_be_bytes());
        }
        HeaderValue::Long(value) => {
            out.push(5);
            out.extend(value.to_be_bytes());
        }
        HeaderValue::Timestamp(value) => {
            out.push(8);
            out.extend(value.to_be_bytes());
        }
        HeaderValue::Uuid(value) => {
            out.push(9);
            out.extend(value);
        }
        HeaderValue::ByteArray(_) | HeaderValue::String(_) => {}
    }
}

fn again(read: &Frame<'_>) -> Vec<u8> {
    let mut headers = Vec::new();
    for one in read.headers().iter() {
        header(one.name, one.value, &mut headers);
    }
    frame(&headers, read.payload())
}
