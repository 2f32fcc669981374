//! Random frames by AWS's Rust encoder, random damage, and random bytes.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::DateTime;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::Bytes;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::corpus::{OwnedFrame, decode, decode_whole, frame, prelude};
use super::vectors::owned_header;
use crate::event_stream::{Decoder, Error, Limits, Message as Classified};

fn header_value() -> impl Strategy<Value = HeaderValue> {
    prop_oneof![
        any::<bool>().prop_map(HeaderValue::Bool),
        any::<i8>().prop_map(HeaderValue::Byte),
        any::<i16>().prop_map(HeaderValue::Int16),
        any::<i32>().prop_map(HeaderValue::Int32),
        any::<i64>().prop_map(HeaderValue::Int64),
        vec(any::<u8>(), 0..300).prop_map(|bytes| HeaderValue::ByteArray(bytes.into())),
        "\\PC{0,100}".prop_map(|text| HeaderValue::String(text.into())),
        any::<i64>().prop_map(|millis| HeaderValue::Timestamp(DateTime::from_millis(millis))),
        any::<u128>().prop_map(HeaderValue::Uuid),
    ]
}

/// A message with unique header names, in sorted order.
fn message() -> impl Strategy<Value = Message> {
    let headers = btree_map("\\PC{1,20}", header_value(), 0..24);
    (headers, vec(any::<u8>(), 0..600)).prop_map(|(headers, payload)| {
        let headers = headers
            .into_iter()
            .map(|(name, value)| Header::new(name, value))
            .collect();
        Message::new_from_parts(headers, Bytes::from(payload))
    })
}

fn encode(messages: &[Message]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        write_message_to(message, &mut bytes).unwrap();
    }
    bytes
}

/// `bytes` in pieces of the given sizes, over and over.
fn pieces<'b>(mut bytes: &'b [u8], sizes: &[usize]) -> Vec<&'b [u8]> {
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at((*size).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    vec(1_usize..400, 1..10)
}

fn assert_same(frame: &OwnedFrame, message: &Message) -> Result<(), TestCaseError> {
    let headers: Vec<_> = message.headers().iter().map(owned_header).collect();
    prop_assert_eq!(&frame.headers, &headers);
    prop_assert_eq!(&frame.payload[..], &message.payload()[..]);
    Ok(())
}

/// Bytes that get past the first checks more often than plain noise does.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        vec(any::<u8>(), 0..64),
        (0_u32..2000, 0_u32..2000).prop_map(|(total, headers)| prelude(total, headers)),
        (vec(any::<u8>(), 0..64), vec(any::<u8>(), 0..64))
            .prop_map(|(headers, payload)| frame(&headers, &payload)),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn frames_by_the_rust_sdk_decode_to_the_same_however_they_are_cut(
        messages in vec(message(), 0..6),
        sizes in sizes(),
    ) {
        let bytes = encode(&messages);
        let (frames, error) = decode(pieces(&bytes, &sizes));
        prop_assert_eq!(error, None);
        prop_assert_eq!(frames.len(), messages.len());
        for (frame, message) in frames.iter().zip(&messages) {
            assert_same(frame, message)?;
        }
    }

    #[test]
    fn a_stream_cut_short_is_truncated_unless_cut_between_frames(
        messages in vec(message(), 1..4),
        at in any::<prop::sample::Index>(),
    ) {
        let bytes = encode(&messages);
        let at = at.index(bytes.len());
        let mut end = 0;
        let mut whole = 0;
        for message in &messages {
            let length = encode(std::slice::from_ref(message)).len();
            if end + length > at {
                break;
            }
            end += length;
            whole += 1;
        }
        let (frames, error) = decode_whole(&bytes[..at]);
        prop_assert_eq!(frames.len(), whole);
        match (error, at - end) {
            (None, 0) => {}
            (Some(Error::Truncated { received, .. }), left) => prop_assert_eq!(received, left),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn one_flipped_bit_is_an_error_and_spoils_no_frame_before_it(
        messages in vec(message(), 1..4),
        at in any::<prop::sample::Index>(),
        bit in 0..8,
    ) {
        let mut bytes = encode(&messages);
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        let (frames, error) = decode_whole(&bytes);
        let checksum = matches!(
            error,
            Some(Error::PreludeChecksum { .. } | Error::MessageChecksum { .. })
        );
        prop_assert!(checksum, "{error:?}");
        prop_assert!(frames.len() < messages.len());
        for (frame, message) in frames.iter().zip(&messages) {
            assert_same(frame, message)?;
        }
    }

    #[test]
    fn noise_never_panics_reads_the_same_however_cut_and_stays_within_the_limit(
        bytes in noise(),
        sizes in sizes(),
    ) {
        let limits = Limits { frame: 512, headers: 256, header_count: 8 };
        let mut decoder = Decoder::new(limits);
        let mut failed = None;
        for mut chunk in pieces(&bytes, &sizes) {
            loop {
                match decoder.next_frame(&mut chunk) {
                    Ok(Some(frame)) => {
                        // Whatever it answers, it must answer.
                        let _ = Classified::classify(&frame);
                        prop_assert!(frame.headers().iter().count() <= 8);
                    }
                    Ok(None) => break,
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
            }
            prop_assert!(decoder.capacity() <= limits.frame as usize);
        }
        let finish = decoder.finish();
        if failed.is_some() {
            prop_assert_eq!(finish.err(), failed);
        }
        prop_assert_eq!(decode(pieces(&bytes, &sizes)), decode_whole(&bytes));
    }
}
