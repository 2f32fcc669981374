//! What can go wrong with an answer on its way, and where.
//!
//! A fault either changes the frames, or changes the bytes, or ends the body early. A body, a
//! pace and the faults become a plan of steps, which the connection then takes.

use crate::frames::{Encoded, Frame};
use crate::pace::Pace;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use std::time::Duration;

/// A place in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// After this many bytes.
    Byte(usize),
    /// Before frame n, from 0.
    Frame(usize),
    /// In the middle of frame n, from 0.
    MidFrame(usize),
}

impl Point {
    fn offset(self, body: &Encoded) -> usize {
        let offset = match self {
            Self::Byte(offset) => offset,
            Self::Frame(index) => body.start(index),
            Self::MidFrame(index) => usize::midpoint(body.start(index), body.end(index)),
        };
        offset.min(body.bytes.len())
    }
}

/// One thing that goes wrong. Of several faults that end the body, the first in the list does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Every event of this type is left out of a stream, such as `messageStop` or `metadata`. A plain
    /// Converse answer and ready-made bytes stay as they are.
    DropEvents(String),
    /// The prelude CRC of frame n is wrong.
    CorruptPreludeCrc(usize),
    /// The message CRC of frame n is wrong.
    CorruptMessageCrc(usize),
    /// All bits of the byte at this offset are flipped.
    FlipByte(usize),
    /// The body ends here, and HTTP calls it complete.
    Truncate(Point),
    /// The connection is closed here, and HTTP can tell that the body is not complete.
    Close(Point),
    /// The connection is reset (TCP RST) here.
    Reset(Point),
    /// Nothing more is sent from here on, and the connection stays open.
    Stall(Point),
    /// The connection is reset before the status line.
    ResetBeforeHeaders,
    /// The connection is reset within the status line and headers.
    ResetMidHeaders,
    /// The connection is closed before the status line.
    CloseBeforeHeaders,
    /// The connection is closed within the status line and headers.
    CloseMidHeaders,
    /// Nothing is ever answered, and the connection stays open.
    StallBeforeHeaders,
    /// Nothing comes after a part of the status line and headers, and the connection stays open.
    StallMidHeaders,
}

/// One thing the connection does while it sends a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Wait.
    Wait(Duration),
    /// Send a chunk and flush it.
    Send(Bytes),
    /// Do nothing more, for ever.
    Stall,
    /// Close without finishing the body.
    Close,
    /// Reset the connection.
    Reset,
}

/// Frames without the ones that faults leave out.
pub(crate) fn drop_events(frames: &mut Vec<Frame>, faults: &[Fault]) {
    frames.retain(|frame| match frame {
        Frame::Event { kind, .. } => !faults.contains(&Fault::DropEvents(kind.clone())),
        _ => true,
    });
}

/// The steps that send `body`.
pub(crate) fn plan(body: Encoded, pace: &Pace, faults: &[Fault]) -> VecDeque<Step> {
    let body = corrupt(body, faults);
    let ending = faults.iter().find_map(|fault| match fault {
        Fault::Truncate(point) => Some((point.offset(&body), None)),
        Fault::Close(point) => Some((point.offset(&body), Some(Step::Close))),
        Fault::Reset(point) => Some((point.offset(&body), Some(Step::Reset))),
        Fault::Stall(point) => Some((point.offset(&body), Some(Step::Stall))),
        // The connection holds back the head; the body would only wait behind it.
        Fault::StallMidHeaders => Some((0, Some(Step::Stall))),
        _ => None,
    });
    let (length, last) = ending.unwrap_or((body.bytes.len(), None));
    let mut steps = VecDeque::new();
    let mut start = 0;
    for cut in pace.cuts(length, &body.ends) {
        let wait = if start == 0 {
            pace.before_first_chunk
        } else {
            pace.between
        };
        if !wait.is_zero() {
            steps.push_back(Step::Wait(wait));
        }
        steps.push_back(Step::Send(body.bytes.slice(start..cut)));
        start = cut;
    }
    steps.extend(last);
    steps
}

fn corrupt(mut body: Encoded, faults: &[Fault]) -> Encoded {
    let offsets = faults.iter().filter_map(|fault| match fault {
        // The prelude CRC follows the two lengths; the message CRC is the last word of the frame.
        Fault::CorruptPreludeCrc(frame) => Some(body.start(*frame) + 8),
        Fault::CorruptMessageCrc(frame) => body.end(*frame).checked_sub(1),
        Fault::FlipByte(offset) => Some(*offset),
        _ => None,
    });
    let offsets: Vec<usize> = offsets.collect();
    if !offsets.is_empty() {
        let mut bytes = BytesMut::from(body.bytes.as_ref());
        for offset in offsets {
            if let Some(byte) = bytes.get_mut(offset) {
                *byte = !*byte;
            }
        }
        body.bytes = bytes.freeze();
    }
    body
}
