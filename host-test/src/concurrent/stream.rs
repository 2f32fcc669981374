//! One of the answers on their way.

use super::instance::Instance;
use super::slot::{End, Reader, Taken};
use crate::CallError;
use crate::types::Chunk;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

/// The chunks of one answer, in batches: each holds what had arrived.
///
/// Dropping the stream cancels the call upstream, within a quarter of a second where nothing comes from there; the
/// instance and its other calls go on. A stream that nobody reads holds up itself and no other.
pub struct ChunkStream {
    /// None once the answer has ended.
    reader: Option<Reader>,
    /// A stream keeps its instance alive.
    instance: Instance,
}

impl ChunkStream {
    pub(super) fn new(reader: Reader, instance: Instance) -> Self {
        Self {
            reader: Some(reader),
            instance,
        }
    }

    /// The next batch, never empty; none after the answer's end. Nothing comes after an error.
    ///
    /// Cancel safe: a `next` that is dropped loses nothing.
    ///
    /// # Errors
    ///
    /// [`CallError::Provider`] where the answer broke off, with what was counted so far; the others where the
    /// component broke a limit or crashed.
    pub async fn next(&mut self) -> Result<Option<Vec<Chunk>>, CallError> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// [`next`](Self::next) for those who write their own futures.
    pub fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Vec<Chunk>>, CallError>> {
        let Some(reader) = &mut self.reader else {
            return Poll::Ready(Ok(None));
        };
        let end = match ready!(reader.poll_take(cx)) {
            Taken::Batch(batch) => return Poll::Ready(Ok(Some(batch))),
            Taken::End(end) => end,
        };
        self.reader = None;
        Poll::Ready(match end {
            End::Told(Ok(())) => Ok(None),
            End::Told(Err(error)) => Err(CallError::Provider(error)),
            End::NotYet | End::Lost => Err(self.instance.fate()),
        })
    }
}
