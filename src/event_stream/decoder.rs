//! Frames out of chunks: borrowed where a chunk holds a whole frame, assembled where it does not.

use super::{Error, Frame, Prelude};

/// Capacity the assembly buffer may keep between frames, so that one huge frame does not hold its
/// memory for the rest of the stream. Bedrock's frames are a few hundred bytes.
const RETAINED: usize = 64 * 1024;

/// What a peer may make the decoder hold and do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole frame, checksums included.
    pub frame: u32,
    /// Bytes of a frame's header block.
    pub headers: u32,
    /// Headers in a frame.
    pub header_count: u16,
}

impl Default for Limits {
    /// The tightest limits that AWS's own decoders set: frames of 24 MiB and 1,024 headers
    /// (aws-c-event-stream), header blocks of 128 KiB (botocore).
    fn default() -> Self {
        Self {
            frame: 24 * 1024 * 1024,
            headers: 128 * 1024,
            header_count: 1024,
        }
    }
}

/// Push decoder for one event stream.
///
/// Give it each chunk of the body with [`next_frame`](Self::next_frame), then say that the body is
/// over with [`finish`](Self::finish). The first error is final: from then on both return that
/// same error, because nothing marks where the next good frame would begin.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    assembly: Assembly,
    /// The error that ended the stream.
    failure: Option<Error>,
}

impl Decoder {
    /// A decoder at the start of a stream.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes the next frame, advancing `chunk` past the bytes it used.
    ///
    /// `None` means that `chunk` is used up and the next one is needed; call until then, since
    /// what is left in `chunk` is known to the caller alone. The frame borrows from `chunk`, or
    /// from the decoder if it began in an earlier chunk. After an error, the rest of `chunk` means
    /// nothing.
    ///
    /// # Errors
    /// Any [`Error`] about a frame, as soon as the bytes that prove it are there; see the
    /// [module](super) for the order of checks.
    pub fn next_frame<'a, 'c: 'a>(
        &'a mut self,
        chunk: &mut &'c [u8],
    ) -> Result<Option<Frame<'a>>, Error> {
        if let Some(error) = &self.failure {
            return Err(error.clone());
        }
        let next = self.assembly.next_frame(chunk, &self.limits);
        if let Err(error) = &next {
            self.failure = Some(error.clone());
        }
        next
    }

    /// Checks that the stream may end here: on a frame boundary, with no error before.
    ///
    /// # Errors
    /// [`Error::Truncated`] if bytes of an unfinished frame were taken, or the error that ended
    /// the stream.
    pub fn finish(&self) -> Result<(), Error> {
        match &self.failure {
            Some(error) => Err(error.clone()),
            None => self.assembly.finish(),
        }
    }

    /// Bytes of an unfinished frame that the decoder holds.
    pub fn buffered(&self) -> usize {
        self.assembly.buffered()
    }

    /// Bytes of memory that the decoder holds for unfinished frames, now and in reserve.
    pub fn capacity(&self) -> usize {
        self.assembly.partial.capacity()
    }
}

/// Where the assembly of the next frame stands.
#[derive(Clone, Copy, Debug, Default)]
enum Stage {
    /// Its prelude is not complete.
    #[default]
    Prelude,
    /// Its prelude holds; the rest is to come.
    Body(Prelude),
    /// It is complete in the buffer and was handed out; the next call clears it.
    Delivered,
}

/// The one frame in progress.
#[derive(Debug, Default)]
struct Assembly {
    /// The bytes of a frame that arrived in more than one chunk; never more than that frame.
    partial: Vec<u8>,
    stage: Stage,
}

impl Assembly {
    fn next_frame<'a, 'c: 'a>(
        &'a mut self,
        chunk: &mut &'c [u8],
        limits: &Limits,
    ) -> Result<Option<Frame<'a>>, Error> {
        if let Stage::Delivered = self.stage {
            self.partial.clear();
            self.partial.shrink_to(RETAINED);
            self.stage = Stage::Prelude;
        }
        let Some(prelude) = self.prelude(chunk, limits)? else {
            return Ok(None);
        };
        let total = prelude.total_length as usize;
        if self.partial.is_empty()
            && let Some((frame, rest)) = chunk.split_at_checked(total)
        {
            *chunk = rest;
            self.stage = Stage::Prelude;
            return Frame::parse(prelude, frame, limits).map(Some);
        }
        self.fill(chunk, total);
        if self.partial.len() < total {
            return Ok(None);
        }
        self.stage = Stage::Delivered;
        Frame::parse(prelude, &self.partial, limits).map(Some)
    }

    /// The checked prelude of the frame in progress, once its 12 bytes are there. A prelude that
    /// lies whole in `chunk` stays there.
    fn prelude(&mut self, chunk: &mut &[u8], limits: &Limits) -> Result<Option<Prelude>, Error> {
        if let Stage::Body(prelude) = self.stage {
            return Ok(Some(prelude));
        }
        if !self.partial.is_empty() || chunk.len() < Prelude::LENGTH {
            self.fill(chunk, Prelude::LENGTH);
        }
        let bytes = if self.partial.is_empty() {
            chunk.first_chunk()
        } else {
            self.partial.first_chunk()
        };
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let prelude = Prelude::parse(bytes, limits)?;
        self.stage = Stage::Body(prelude);
        Ok(Some(prelude))
    }

    /// Moves bytes from `chunk` until `target` are buffered or `chunk` is empty.
    ///
    /// Capacity doubles with what has arrived and stops at `target`, so a claimed length alone
    /// reserves nothing and a frame never takes more than its size.
    fn fill(&mut self, chunk: &mut &[u8], target: usize) {
        let held = self.partial.len();
        let (taken, rest) = chunk.split_at(target.saturating_sub(held).min(chunk.len()));
        let needed = held + taken.len();
        if needed > self.partial.capacity() {
            let capacity = self.partial.capacity().saturating_mul(2).min(target);
            self.partial.reserve_exact(capacity.max(needed) - held);
        }
        self.partial.extend_from_slice(taken);
        *chunk = rest;
    }

    fn buffered(&self) -> usize {
        match self.stage {
            Stage::Delivered => 0,
            Stage::Prelude | Stage::Body(_) => self.partial.len(),
        }
    }

    fn finish(&self) -> Result<(), Error> {
        let expected = match self.stage {
            Stage::Body(prelude) => prelude.total_length as usize,
            Stage::Prelude | Stage::Delivered => Prelude::LENGTH,
        };
        match self.buffered() {
            0 => Ok(()),
            received => Err(Error::Truncated { received, expected }),
        }
    }
}
