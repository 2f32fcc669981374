//! The frames under `tests/vectors/eventstream`, and ways to feed them to a decoder.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::event_stream::{Decoder, Error, Frame, HeaderValue, Limits};

/// One file of the corpus.
pub(super) struct Vector {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) json: Value,
}

/// All files of `valid`, `invalid` or `ambiguous`, by name; `count` guards against a corpus that
/// was not found.
pub(super) fn vectors(folder: &str, count: usize) -> Vec<Vector> {
    let path = corpus().join(folder);
    let mut names: Vec<String> = fs::read_dir(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".bin").map(str::to_owned)
        })
        .collect();
    names.sort();
    assert_eq!(names.len(), count, "files in {}", path.display());
    names.iter().map(|name| vector(folder, name)).collect()
}

/// One file of the corpus.
pub(super) fn vector(folder: &str, name: &str) -> Vector {
    let read = |extension| {
        let path = corpus().join(format!("{folder}/{name}.{extension}"));
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    Vector {
        name: name.to_owned(),
        bytes: read("bin"),
        json: serde_json::from_slice(&read("json")).unwrap(),
    }
}

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/eventstream")
}

/// A prelude with a good checksum, whatever its lengths say.
pub(super) fn prelude(total_length: u32, headers_length: u32) -> Vec<u8> {
    let mut bytes = total_length.to_be_bytes().to_vec();
    bytes.extend(headers_length.to_be_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

/// A frame with good lengths and checksums around any header block.
pub(super) fn frame(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let total = 16 + headers.len() + payload.len();
    let mut bytes = prelude(total as u32, headers.len() as u32);
    bytes.extend(headers);
    bytes.extend(payload);
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

/// A string header, encoded.
pub(super) fn string_header(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![name.len() as u8];
    bytes.extend(name.bytes());
    bytes.push(7);
    bytes.extend((value.len() as u16).to_be_bytes());
    bytes.extend(value.bytes());
    bytes
}

/// A frame's parts, kept beyond the life of its buffer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OwnedFrame {
    pub(super) total_length: u32,
    pub(super) headers_length: u32,
    pub(super) prelude_checksum: u32,
    pub(super) checksum: u32,
    pub(super) headers: Vec<(String, OwnedValue)>,
    pub(super) payload: Vec<u8>,
}

/// [`HeaderValue`] without a borrow.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum OwnedValue {
    Bool(bool),
    Byte(i8),
    Short(i16),
    Integer(i32),
    Long(i64),
    ByteArray(Vec<u8>),
    String(String),
    Timestamp(i64),
    Uuid([u8; 16]),
}

impl From<HeaderValue<'_>> for OwnedValue {
    fn from(value: HeaderValue<'_>) -> Self {
        match value {
            HeaderValue::Bool(value) => Self::Bool(value),
            HeaderValue::Byte(value) => Self::Byte(value),
            HeaderValue::Short(value) => Self::Short(value),
            HeaderValue::Integer(value) => Self::Integer(value),
            HeaderValue::Long(value) => Self::Long(value),
            HeaderValue::ByteArray(value) => Self::ByteArray(value.to_vec()),
            HeaderValue::String(value) => Self::String(value.to_owned()),
            HeaderValue::Timestamp(value) => Self::Timestamp(value),
            HeaderValue::Uuid(value) => Self::Uuid(value),
        }
    }
}

impl From<Frame<'_>> for OwnedFrame {
    fn from(frame: Frame<'_>) -> Self {
        Self {
            total_length: frame.prelude().total_length,
            headers_length: frame.prelude().headers_length,
            prelude_checksum: frame.prelude().checksum,
            checksum: frame.checksum(),
            headers: frame
                .headers()
                .iter()
                .map(|header| (header.name.to_owned(), header.value.into()))
                .collect(),
            payload: frame.payload().to_vec(),
        }
    }
}

/// What a whole stream came to: its frames, and the error that ended it, if one did.
pub(super) type Outcome = (Vec<OwnedFrame>, Option<Error>);

/// Decodes `chunks` as one stream, to its end.
pub(super) fn decode<'c>(chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
    let mut decoder = Decoder::new(Limits::default());
    let mut frames = Vec::new();
    for mut chunk in chunks {
        loop {
            match decoder.next_frame(&mut chunk) {
                Ok(Some(frame)) => frames.push(frame.into()),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
        assert!(chunk.is_empty(), "a chunk was left unread without an error");
    }
    (frames, decoder.finish().err())
}

/// Decodes a stream from memory in one chunk.
pub(super) fn decode_whole(bytes: &[u8]) -> Outcome {
    decode([bytes])
}

/// Holds every way of cutting `bytes` to the outcome of one chunk: byte by byte, in even chunks,
/// and in two at every point (for long streams, at the points around `marks` and a sample).
pub(super) fn assert_same_however_cut(name: &str, bytes: &[u8], expected: &Outcome) {
    let outcome = decode(bytes.chunks(1));
    assert!(outcome == *expected, "{name}: byte by byte: {outcome:?}");
    for size in [2, 3, 7, 11, 12, 13, 16, 255, 4096, 65536] {
        let outcome = decode(bytes.chunks(size));
        assert!(outcome == *expected, "{name}: chunks of {size}");
    }
    for at in split_points(bytes.len(), &expected.0) {
        let (head, tail) = bytes.split_at(at);
        let outcome = decode([head, tail]);
        assert!(outcome == *expected, "{name}: cut at {at}");
    }
}

/// Streams up to this many bytes are cut at every point.
const EXHAUSTIVE: usize = 8 * 1024;

fn split_points(length: usize, frames: &[OwnedFrame]) -> Vec<usize> {
    if length <= EXHAUSTIVE {
        return (0..=length).collect();
    }
    let mut points: Vec<usize> = (0..=length).step_by(length / 50).collect();
    let mut start = 0;
    for frame in frames {
        let total = frame.total_length as usize;
        let headers = frame.headers_length as usize;
        for mark in [start, start + 12, start + 12 + headers, start + total - 4] {
            points.extend(mark.saturating_sub(2)..=mark + 2);
        }
        start += total;
    }
    points.extend(length.saturating_sub(5)..=length);
    points.retain(|point| *point <= length);
    points.sort_unstable();
    points.dedup();
    points
}
