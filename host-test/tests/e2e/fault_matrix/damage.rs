//! Bodies that are not what they should be: garbage, pages of proxies, flipped bytes, wrong checksums.

use super::row::{Expected, Row, TEXT};
use bedrock_emulator::{ErrorForm, Fault, Script, ServiceError};
use bedrock_host::types::ErrorKind;

/// What came broken may come whole another time, but the component cannot tell whether it will.
fn damaged(says: &str) -> Expected {
    Expected::error(ErrorKind::MalformedStream, says).retryable(true)
}

fn told(fault: Fault) -> Script {
    Script::text(TEXT).fault(fault)
}

fn page(status: u16) -> Script {
    ServiceError::new("None", "Log in first")
        .status(status)
        .form(ErrorForm::Html)
        .into()
}

pub(super) fn rows() -> Vec<Row> {
    let passing = |kind| {
        Expected::error(kind, "Log in first")
            .retryable(true)
            .again(true)
    };
    vec![
        Row::new("garbage", Script::bytes(vec![0xa5; 500])).stream(damaged("prelude checksum")),
        Row::new(
            "text in place of frames",
            Script::bytes("{\"message\": \"not a stream\"}"),
        )
        .stream(damaged("prelude checksum")),
        Row::new("a page with status 200", page(200)).both(damaged("Log in first")),
        Row::new("a page with status 502", page(502)).both(passing(ErrorKind::Upstream)),
        Row::new("a page with status 503", page(503)).both(passing(ErrorKind::Overloaded)),
        Row::new("first byte flipped", told(Fault::FlipByte(0)))
            .whole(damaged("malformed answer"))
            .stream(damaged("checksum")),
        Row::new("byte of the first frame flipped", told(Fault::FlipByte(30)))
            .stream(damaged("message checksum")),
        Row::new("byte of a later frame flipped", told(Fault::FlipByte(600)))
            .stream(damaged("checksum").after_chunks()),
        Row::new(
            "wrong prelude checksum, first frame",
            told(Fault::CorruptPreludeCrc(0)),
        )
        .stream(damaged("prelude checksum")),
        Row::new(
            "wrong prelude checksum, frame 3",
            told(Fault::CorruptPreludeCrc(3)),
        )
        .stream(damaged("prelude checksum").after_chunks()),
        Row::new(
            "wrong message checksum, first frame",
            told(Fault::CorruptMessageCrc(0)),
        )
        .stream(damaged("message checksum")),
        Row::new(
            "wrong message checksum, frame 3",
            told(Fault::CorruptMessageCrc(3)),
        )
        .stream(damaged("message checksum").after_chunks()),
    ]
}
