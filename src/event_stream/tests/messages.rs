//! Which message a frame stands for, and which frames stand for none.

use super::corpus::{frame, string_header, vector};
use crate::event_stream::{Decoder, Error, Message};

/// Classifies the one frame in `bytes` and holds the answer to `expected`.
fn assert_classified(name: &str, mut bytes: &[u8], expected: Result<Message<'_>, Error>) {
    let mut decoder = Decoder::default();
    let frame = decoder.next_frame(&mut bytes).unwrap().unwrap();
    assert_eq!(Message::classify(&frame), expected, "{name}");
}

/// A frame with these string headers and the payload `{}`.
fn frame_of(headers: &[(&str, &str)]) -> Vec<u8> {
    let block: Vec<u8> = headers
        .iter()
        .flat_map(|(name, value)| string_header(name, value))
        .collect();
    frame(&block, b"{}")
}

#[test]
fn recorded_frames_are_told_apart_by_their_message_type() {
    let cases = [
        (
            "event_json",
            Message::Event {
                event_type: "contentBlockDelta",
                payload: br#"{"contentBlockIndex":0,"delta":{"text":"Hello"},"p":"abcdefgh"}"#,
            },
        ),
        (
            "event_unusual_header_order",
            Message::Event {
                event_type: "messageStart",
                payload: br#"{"role":"assistant"}"#,
            },
        ),
        (
            "event_no_content_type",
            Message::Event {
                event_type: "messageStop",
                payload: br#"{"stopReason":"end_turn"}"#,
            },
        ),
        (
            "initial_response",
            Message::Event {
                event_type: "initial-response",
                payload: b"{}",
            },
        ),
        (
            "exception_json",
            Message::Exception {
                exception_type: "throttlingException",
                payload: br#"{"message":"Too many tokens"}"#,
            },
        ),
        (
            "error_unmodeled",
            Message::Error {
                code: "InternalFailure",
                message: "An internal server error occurred",
            },
        ),
    ];
    for (name, expected) in cases {
        assert_classified(name, &vector("valid", name).bytes, Ok(expected));
    }
}

#[test]
fn recorded_frames_without_a_usable_message_type_are_refused() {
    let cases = [
        (
            "message_type_missing",
            Error::MissingHeader {
                name: ":message-type",
            },
        ),
        (
            "message_type_not_string",
            Error::MistypedHeader {
                name: ":message-type",
                seen: "byte array",
            },
        ),
        (
            "message_type_unknown",
            Error::UnknownMessageType {
                message_type: "ping".into(),
            },
        ),
    ];
    for (name, expected) in cases {
        assert_classified(name, &vector("ambiguous", name).bytes, Err(expected));
    }
}

#[test]
fn each_kind_requires_the_header_that_names_it() {
    for (kind, name) in [
        ("event", ":event-type"),
        ("exception", ":exception-type"),
        ("error", ":error-code"),
    ] {
        let bytes = frame_of(&[(":message-type", kind)]);
        assert_classified(kind, &bytes, Err(Error::MissingHeader { name }));

        // The same header as a timestamp.
        let mut block = string_header(":message-type", kind);
        block.push(name.len() as u8);
        block.extend(name.bytes());
        block.extend([8, 0, 0, 0, 0, 0, 0, 0, 0]);
        let seen = "timestamp";
        assert_classified(
            kind,
            &frame(&block, b""),
            Err(Error::MistypedHeader { name, seen }),
        );
    }
}

#[test]
fn names_the_model_does_not_have_are_handed_on() {
    let bytes = frame_of(&[(":message-type", "event"), (":event-type", "somethingNew")]);
    let expected = Message::Event {
        event_type: "somethingNew",
        payload: b"{}",
    };
    assert_classified("event", &bytes, Ok(expected));

    let bytes = frame_of(&[
        (":message-type", "exception"),
        (":exception-type", "quotaException"),
    ]);
    let expected = Message::Exception {
        exception_type: "quotaException",
        payload: b"{}",
    };
    assert_classified("exception", &bytes, Ok(expected));
}

#[test]
fn an_error_without_a_text_is_still_that_error() {
    let bytes = frame_of(&[(":message-type", "error"), (":error-code", "Throttled")]);
    let expected = Message::Error {
        code: "Throttled",
        message: "",
    };
    assert_classified("error", &bytes, Ok(expected));
}

#[test]
fn message_types_are_compared_exactly() {
    for kind in ["Event", "event ", "", "EXCEPTION"] {
        let bytes = frame_of(&[(":message-type", kind), (":event-type", "messageStart")]);
        let message_type = kind.into();
        assert_classified(
            kind,
            &bytes,
            Err(Error::UnknownMessageType { message_type }),
        );
    }
}

#[test]
fn a_long_unknown_message_type_is_cut_in_the_error() {
    let bytes = frame_of(&[(":message-type", &"é".repeat(1000))]);
    let message_type = "é".repeat(64).into();
    assert_classified(
        "long",
        &bytes,
        Err(Error::UnknownMessageType { message_type }),
    );
}

#[test]
fn a_refused_message_does_not_end_the_stream() {
    let unknown = frame_of(&[(":message-type", "ping")]);
    let event = vector("valid", "event_json").bytes;
    let stream = [unknown, event].concat();
    let mut chunk = &stream[..];
    let mut decoder = Decoder::default();
    let frame = decoder.next_frame(&mut chunk).unwrap().unwrap();
    assert!(Message::classify(&frame).is_err());
    let frame = decoder.next_frame(&mut chunk).unwrap().unwrap();
    assert!(matches!(
        Message::classify(&frame),
        Ok(Message::Event { .. })
    ));
    assert_eq!(decoder.finish(), Ok(()));
}
