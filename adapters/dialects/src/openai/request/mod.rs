//! A client's request: the body of `POST /v1/chat/completions`, both ways.

mod message;
mod part;
mod read;
mod tools;
mod write;

pub(super) use part::thinking as thinking_block;
pub use read::read_request;
pub use write::write_request;

/// Formats of `input_audio`, and their media types; the first of a type is the one to write.
const AUDIO: &[(&str, &str)] = &[
    ("wav", "audio/wav"),
    ("wav", "audio/x-wav"),
    ("mp3", "audio/mpeg"),
    ("mp3", "audio/mp3"),
    ("flac", "audio/flac"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/opus"),
    ("aac", "audio/aac"),
    ("m4a", "audio/mp4"),
    ("webm", "audio/webm"),
];

/// The schema of a function that takes nothing.
const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

/// The schema of `response_format` `json_object`.
const ANY_OBJECT: &str = r#"{"type":"object"}"#;
