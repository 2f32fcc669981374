//! Every recorded frame, whole and cut at every point.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_types::event_stream as smithy;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::corpus::{OwnedFrame, OwnedValue, assert_same_however_cut, decode_whole, vectors};
use crate::event_stream::Error;

#[test]
fn valid_streams_decode_the_same_however_they_are_cut() {
    for vector in vectors("valid", 49) {
        let outcome = decode_whole(&vector.bytes);
        assert_eq!(outcome.1, None, "{}", vector.name);
        assert_frames_match(&vector.name, &outcome.0, &vector.json["messages"]);
        assert_same_however_cut(&vector.name, &vector.bytes, &outcome);
    }
}

#[test]
fn invalid_streams_deliver_their_good_frames_and_then_the_same_error_however_they_are_cut() {
    for vector in vectors("invalid", 41) {
        let outcome = decode_whole(&vector.bytes);
        let expected = vector.json["expected_error"].as_str().unwrap();
        let seen = outcome.1.as_ref().map(corpus_name);
        assert_eq!(seen, Some(expected), "{}: {:?}", vector.name, outcome.1);
        let good = vector.json["good_messages_first"].as_u64().unwrap_or(0);
        assert_eq!(outcome.0.len() as u64, good, "{}", vector.name);
        assert_same_however_cut(&vector.name, &vector.bytes, &outcome);
    }
}

#[test]
fn ambiguous_streams_follow_the_documented_policy() {
    /// Frames where AWS's decoders disagree, and the error here; `None` reads as recorded.
    const POLICY: [(&str, Option<&str>); 7] = [
        ("dup_header", Some("duplicate_header")),
        ("h_name_len_0", None),
        ("h_string_65535", None),
        ("headers_1025", Some("too_many_headers")),
        // The frame is sound; what it stands for is refused when it is classified.
        ("message_type_missing", None),
        ("message_type_not_string", None),
        ("message_type_unknown", None),
    ];
    for (vector, (name, error)) in vectors("ambiguous", POLICY.len()).iter().zip(POLICY) {
        assert_eq!(vector.name, name);
        let outcome = decode_whole(&vector.bytes);
        assert_eq!(outcome.1.as_ref().map(corpus_name), error, "{name}");
        match error {
            Some(_) => assert!(outcome.0.is_empty(), "{name}"),
            None => assert_frames_match(name, &outcome.0, &vector.json["messages"]),
        }
        assert_same_however_cut(name, &vector.bytes, &outcome);
    }
}

#[test]
fn the_rust_sdk_reads_the_same_frames_from_every_valid_stream() {
    for vector in vectors("valid", 49) {
        let (frames, error) = decode_whole(&vector.bytes);
        assert_eq!(error, None, "{}", vector.name);
        let theirs = sdk_messages(&vector.bytes);
        assert_eq!(frames.len(), theirs.len(), "{}", vector.name);
        for (frame, message) in frames.iter().zip(&theirs) {
            assert_eq!(frame.payload, message.payload()[..], "{}", vector.name);
            let headers: Vec<_> = message.headers().iter().map(owned_header).collect();
            assert_eq!(frame.headers, headers, "{}", vector.name);
        }
    }
}

fn sdk_messages(mut bytes: &[u8]) -> Vec<smithy::Message> {
    let mut decoder = MessageFrameDecoder::new();
    let mut messages = Vec::new();
    while let DecodedFrame::Complete(message) = decoder.decode_frame(&mut bytes).unwrap() {
        messages.push(message);
    }
    assert!(bytes.is_empty());
    messages
}

/// A header as the Rust SDK read it, in our terms.
pub(super) fn owned_header(header: &smithy::Header) -> (String, OwnedValue) {
    let value = match header.value() {
        smithy::HeaderValue::Bool(value) => OwnedValue::Bool(*value),
        smithy::HeaderValue::Byte(value) => OwnedValue::Byte(*value),
        smithy::HeaderValue::Int16(value) => OwnedValue::Short(*value),
        smithy::HeaderValue::Int32(value) => OwnedValue::Integer(*value),
        smithy::HeaderValue::Int64(value) => OwnedValue::Long(*value),
        smithy::HeaderValue::ByteArray(value) => OwnedValue::ByteArray(value.to_vec()),
        smithy::HeaderValue::String(value) => OwnedValue::String(value.as_str().to_owned()),
        smithy::HeaderValue::Timestamp(value) => OwnedValue::Timestamp(value.to_millis().unwrap()),
        smithy::HeaderValue::Uuid(value) => OwnedValue::Uuid(value.to_be_bytes()),
        other => panic!("a header type the protocol does not have: {other:?}"),
    };
    (header.name().as_str().to_owned(), value)
}

fn assert_frames_match(name: &str, frames: &[OwnedFrame], messages: &Value) {
    let messages = messages.as_array().unwrap();
    assert_eq!(frames.len(), messages.len(), "{name}");
    for (frame, message) in frames.iter().zip(messages) {
        assert_eq!(message["total_length"], frame.total_length, "{name}");
        assert_eq!(message["headers_length"], frame.headers_length, "{name}");
        let checksum = |value| Value::from(format!("{value:#010x}"));
        assert_eq!(message["prelude_crc"], checksum(frame.prelude_checksum));
        assert_eq!(message["message_crc"], checksum(frame.checksum), "{name}");
        assert_bytes_match(name, &frame.payload, message, "payload_");

        let headers = message["headers"].as_array().unwrap();
        assert_eq!(frame.headers.len(), headers.len(), "{name}");
        for ((seen, value), header) in frame.headers.iter().zip(headers) {
            assert_eq!(header["name"], **seen, "{name}");
            assert_value_matches(name, value, header);
        }
    }
}

fn assert_value_matches(name: &str, value: &OwnedValue, header: &Value) {
    let (type_name, type_code) = match value {
        OwnedValue::Bool(true) => ("bool_true", 0),
        OwnedValue::Bool(false) => ("bool_false", 1),
        OwnedValue::Byte(_) => ("byte", 2),
        OwnedValue::Short(_) => ("int16", 3),
        OwnedValue::Integer(_) => ("int32", 4),
        OwnedValue::Long(_) => ("int64", 5),
        OwnedValue::ByteArray(_) => ("bytes", 6),
        OwnedValue::String(_) => ("string", 7),
        OwnedValue::Timestamp(_) => ("timestamp", 8),
        OwnedValue::Uuid(_) => ("uuid", 9),
    };
    assert_eq!(header["type"], type_name, "{name}");
    assert_eq!(header["type_code"], type_code, "{name}");
    match value {
        OwnedValue::Bool(value) => assert_eq!(header["value"], *value, "{name}"),
        OwnedValue::Byte(value) => assert_eq!(header["value"], *value, "{name}"),
        OwnedValue::Short(value) => assert_eq!(header["value"], *value, "{name}"),
        OwnedValue::Integer(value) => assert_eq!(header["value"], *value, "{name}"),
        OwnedValue::Long(value) => assert_eq!(header["value"], value.to_string(), "{name}"),
        OwnedValue::Timestamp(value) => {
            assert_eq!(header["epoch_millis"], value.to_string(), "{name}");
        }
        OwnedValue::String(value) if header["value"].is_string() => {
            assert_eq!(header["value"], **value, "{name}");
        }
        OwnedValue::String(value) => assert_bytes_match(name, value.as_bytes(), header, "value_"),
        OwnedValue::ByteArray(value) if header["hex"].is_string() => {
            assert_eq!(header["hex"], hex(value), "{name}");
        }
        OwnedValue::ByteArray(value) => assert_bytes_match(name, value, header, "value_"),
        OwnedValue::Uuid(value) => assert_eq!(header["hex"], hex(value), "{name}"),
    }
}

/// The corpus spells short bytes out as `…hex` and gives long ones as `…len` and `…sha256`.
fn assert_bytes_match(name: &str, bytes: &[u8], record: &Value, prefix: &str) {
    match &record[format!("{prefix}hex")] {
        Value::Null => {
            assert_eq!(record[format!("{prefix}len")], bytes.len(), "{name}");
            let digest = hex(&Sha256::digest(bytes));
            assert_eq!(record[format!("{prefix}sha256")], digest, "{name}");
        }
        expected => assert_eq!(*expected, hex(bytes), "{name}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the corpus calls an error.
fn corpus_name(error: &Error) -> &'static str {
    match error {
        Error::PreludeChecksum { .. } => "prelude_crc_mismatch",
        Error::FrameTooShort { .. } => "message_too_short",
        Error::FrameTooLong { .. } => "message_too_large",
        Error::HeadersExceedFrame { .. } => "headers_length_exceeds_message",
        Error::HeadersTooLong { .. } => "headers_too_large",
        Error::MessageChecksum { .. } => "message_crc_mismatch",
        Error::HeaderTruncated { .. } => "header_truncated",
        Error::HeaderNotUtf8 { .. } => "invalid_utf8",
        Error::UnknownHeaderType { .. } => "unknown_header_type",
        Error::Truncated { .. } => "truncated",
        // Not errors in the corpus; named here for the policy table.
        Error::DuplicateHeader { .. } => "duplicate_header",
        Error::TooManyHeaders { .. } => "too_many_headers",
        Error::MissingHeader { .. } => "missing_header",
        Error::MistypedHeader { .. } => "mistyped_header",
        Error::UnknownMessageType { .. } => "unknown_message_type",
    }
}
