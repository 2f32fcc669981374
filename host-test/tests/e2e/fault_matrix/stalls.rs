//! Silence at each point, under each deadline that covers it, and answers that come a byte at a time.

use super::row::{Expected, NO_DEADLINE, Row, TEXT};
use bedrock_emulator::{ChunkSize, Fault, Pace, Point, Script};
use bedrock_host::types::{Deadlines, ErrorKind};
use std::time::Duration;

/// Of every deadline here, in milliseconds.
pub(super) const DEADLINE_MS: u32 = 250;

const FIRST_BYTE: (&str, Deadlines) = (
    "first-byte-ms",
    Deadlines {
        first_byte_ms: Some(DEADLINE_MS),
        ..NO_DEADLINE
    },
);
const BETWEEN_BYTES: (&str, Deadlines) = (
    "between-bytes-ms",
    Deadlines {
        between_bytes_ms: Some(DEADLINE_MS),
        ..NO_DEADLINE
    },
);
const TOTAL: (&str, Deadlines) = (
    "total-ms",
    Deadlines {
        total_ms: Some(DEADLINE_MS),
        ..NO_DEADLINE
    },
);

/// A deadline is the caller's own, so that no further attempt is made behind it. The message ends in its name.
fn timeout(name: &str) -> Expected {
    Expected::error(ErrorKind::Timeout, format!("({name})")).retryable(true)
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let heads = [
        ("before the head", Fault::StallBeforeHeaders),
        ("in the head", Fault::StallMidHeaders),
    ];
    for (place, fault) in heads {
        for (name, deadlines) in [FIRST_BYTE, TOTAL] {
            let script = Script::text(TEXT).fault(fault.clone());
            let row = Row::new(format!("stall {place}, {name}"), script);
            rows.push(row.within(deadlines).both(timeout(name)));
        }
    }
    let bodies = [
        ("before the body", Point::Byte(0)),
        ("in the body", Point::Byte(40)),
        ("in the first frame", Point::MidFrame(0)),
        ("between frames", Point::Frame(3)),
        ("in a frame", Point::MidFrame(3)),
    ];
    for (place, point) in bodies {
        for (name, deadlines) in [BETWEEN_BYTES, TOTAL] {
            let script = Script::text(TEXT).fault(Fault::Stall(point));
            let row = Row::new(format!("stall {place}, {name}"), script).within(deadlines);
            rows.push(match point {
                Point::Byte(_) => row.both(timeout(name)),
                Point::MidFrame(0) => row.stream(timeout(name)),
                _ => row.stream(timeout(name).after_chunks()),
            });
        }
    }
    let (_, between_bytes) = BETWEEN_BYTES;
    let (name, total) = TOTAL;
    rows.extend([
        Row::new("a byte at a time", drip(1))
            .within(between_bytes)
            .both(Expected::answer()),
        // Nothing is missing: the answer is over with its last event.
        Row::new(
            "stall after the answer",
            Script::text(TEXT).fault(Fault::Stall(Point::Byte(usize::MAX))),
        )
        .both(Expected::answer()),
        // The first byte of a frame comes long before its last.
        Row::new("a byte at a time, total-ms", drip(20))
            .within(total)
            .both(timeout(name)),
    ]);
    rows
}

fn drip(between_ms: u64) -> Script {
    let pace = Pace {
        chunk: ChunkSize::Bytes(1),
        between: Duration::from_millis(between_ms),
        ..Pace::default()
    };
    Script::text(TEXT).without_padding().pace(pace)
}
