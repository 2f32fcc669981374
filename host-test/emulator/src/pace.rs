//! How fast and in what pieces a body is sent.

use std::time::Duration;

/// Size of the pieces a body is cut into; each is one HTTP chunk and one write to the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChunkSize {
    /// One frame a chunk.
    #[default]
    Frame,
    /// This many bytes a chunk, whatever the frames; 0 counts as 1.
    Bytes(usize),
    /// The whole body at once.
    Whole,
}

/// When the pieces are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// Size of the pieces.
    pub chunk: ChunkSize,
    /// Wait between two pieces.
    pub between: Duration,
    /// Wait before the status line and headers.
    pub before_headers: Duration,
    /// Wait between the headers and the first piece.
    pub before_first_chunk: Duration,
}

impl Pace {
    /// Pieces of `bytes` bytes, without waiting.
    pub fn bytes(bytes: usize) -> Self {
        Self {
            chunk: ChunkSize::Bytes(bytes),
            ..Self::default()
        }
    }

    /// The whole body at once.
    pub fn whole() -> Self {
        Self {
            chunk: ChunkSize::Whole,
            ..Self::default()
        }
    }

    /// One frame a piece, `between` apart.
    pub fn every(between: Duration) -> Self {
        Self {
            between,
            ..Self::default()
        }
    }

    /// Offsets after each piece of a body that has `length` bytes and whose frames end at `frame_ends`.
    pub(crate) fn cuts(&self, length: usize, frame_ends: &[usize]) -> Vec<usize> {
        let mut cuts: Vec<usize> = match self.chunk {
            ChunkSize::Frame => frame_ends
                .iter()
                .copied()
                .filter(|end| *end < length)
                .collect(),
            ChunkSize::Bytes(size) => (1..)
                .map(|n: usize| n.saturating_mul(size.max(1)))
                .take_while(|cut| *cut < length)
                .collect(),
            ChunkSize::Whole => Vec::new(),
        };
        if length > 0 {
            cuts.push(length);
        }
        cuts
    }
}
