//! Connections that are refused, reset (TCP RST) or closed (TCP FIN), and bodies that end early.

use super::row::{Expected, Row, TEXT};
use bedrock_emulator::{Fault, Point, Script};
use bedrock_host::types::ErrorKind;

/// An end of a body, by where it comes.
type Ending = fn(Point) -> Fault;

fn broken(says: &str) -> Expected {
    Expected::error(ErrorKind::Connection, says)
        .retryable(true)
        .again(true)
}

fn truncated(says: &str) -> Expected {
    Expected::error(ErrorKind::StreamTruncated, says)
        .retryable(true)
        .again(true)
}

fn told(fault: Fault) -> Script {
    Script::text(TEXT).fault(fault)
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![Row::new("connection refused", None).both(broken("refused"))];
    let heads = [
        ("reset before the head", Fault::ResetBeforeHeaders),
        ("reset in the head", Fault::ResetMidHeaders),
        ("close before the head", Fault::CloseBeforeHeaders),
        ("close in the head", Fault::CloseMidHeaders),
    ];
    rows.extend(
        heads.map(|(name, fault)| Row::new(name, told(fault)).both(broken("the connection broke"))),
    );

    let ends: [(&str, Ending); 3] = [
        ("reset", Fault::Reset),
        ("close", Fault::Close),
        ("end", Fault::Truncate),
    ];
    for (name, fault) in ends {
        // A stream that HTTP calls complete has no connection to blame.
        let cut = match name {
            "end" => truncated("the answer is incomplete"),
            _ => truncated("the connection broke"),
        };
        let before_any_frame = match name {
            "end" => truncated("without messageStop"),
            _ => cut.clone(),
        };
        rows.extend([
            Row::new(
                format!("{name} before the body"),
                told(fault(Point::Byte(0))),
            )
            .whole(broken("the connection broke"))
            .stream(before_any_frame.clone()),
            Row::new(format!("{name} in the body"), told(fault(Point::Byte(40))))
                .whole(broken("the connection broke"))
                .stream(cut.clone()),
            Row::new(
                format!("{name} in the first frame"),
                told(fault(Point::MidFrame(0))),
            )
            .stream(cut.clone()),
            Row::new(
                format!("{name} between frames"),
                told(fault(Point::Frame(3))),
            )
            .stream(before_any_frame.after_chunks()),
            Row::new(
                format!("{name} in a frame"),
                told(fault(Point::MidFrame(3))),
            )
            .stream(cut.after_chunks()),
        ]);
    }
    rows
}
