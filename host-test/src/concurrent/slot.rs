//! Where a stream's chunks wait for their reader: one batch, and then how the answer ended. While a batch waits, the
//! guest's writes do, and with them the reading from the network.

use crate::types::{Chunk, Error};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use wasmtime::StoreContextMut;
use wasmtime::component::{FutureConsumer, Source, StreamConsumer, StreamResult};

use crate::cpu::Meter;
use crate::state::State;

#[derive(Default)]
struct Slot {
    batch: Vec<Chunk>,
    /// The guest writes no more chunks.
    has_ended: bool,
    end: End,
    /// Nobody reads any more.
    is_closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// What the guest says of the end.
#[derive(Default)]
pub(super) enum End {
    #[default]
    NotYet,
    Told(Result<(), Box<Error>>),
    /// It never will: its instance is gone.
    Lost,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Slot>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What came of a read.
pub(super) enum Taken {
    Batch(Vec<Chunk>),
    End(End),
}

/// The reader's side. Dropping it closes the slot.
pub(super) struct Reader(Shared);

/// Takes the guest's chunks.
pub(super) struct Chunks {
    slot: Shared,
    meter: Arc<Meter>,
}

/// Takes the guest's word of the end.
pub(super) struct Ending(Shared);

/// A slot, empty.
pub(super) fn slot(meter: &Arc<Meter>) -> (Chunks, Ending, Reader) {
    let slot = Shared::default();
    let chunks = Chunks {
        slot: slot.clone(),
        meter: Arc::clone(meter),
    };
    (chunks, Ending(slot.clone()), Reader(slot))
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl Reader {
    /// The batch that is there, or the end after the last one.
    pub(super) fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<Taken> {
        let mut slot = self.0.lock();
        if !slot.batch.is_empty() {
            wake(&mut slot.writer);
            return Poll::Ready(Taken::Batch(std::mem::take(&mut slot.batch)));
        }
        if slot.has_ended && !matches!(slot.end, End::NotYet) {
            return Poll::Ready(Taken::End(std::mem::replace(&mut slot.end, End::Lost)));
        }
        slot.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut slot = self.0.lock();
        slot.is_closed = true;
        wake(&mut slot.writer);
    }
}

impl StreamConsumer<State> for Chunks {
    type Item = Chunk;

    fn poll_consume(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<State>,
        mut source: Source<'_, Chunk>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let mut slot = self.slot.lock();
        if slot.is_closed {
            return Poll::Ready(Ok(StreamResult::Dropped));
        }
        if !slot.batch.is_empty() {
            if finish {
                return Poll::Ready(Ok(StreamResult::Cancelled));
            }
            slot.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        // The guest also writes nothing at all, to see whether anybody is there.
        let count = source.remaining(&mut store);
        if count > 0 {
            let mut batch = Vec::with_capacity(count);
            source.read(&mut store, &mut batch)?;
            slot.batch = batch;
            self.meter.restart();
            wake(&mut slot.reader);
        }
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        let mut slot = self.slot.lock();
        slot.has_ended = true;
        wake(&mut slot.reader);
    }
}

impl FutureConsumer<State> for Ending {
    type Item = Result<(), Error>;

    fn poll_consume(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<State>,
        mut source: Source<'_, Self::Item>,
        _: bool,
    ) -> Poll<wasmtime::Result<()>> {
        let mut end = None;
        source.read(store, &mut end)?;
        if let Some(end) = end {
            let mut slot = self.0.lock();
            slot.end = End::Told(end.map_err(Box::new));
            wake(&mut slot.reader);
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let mut slot = self.0.lock();
        if matches!(slot.end, End::NotYet) {
            slot.end = End::Lost;
        }
        wake(&mut slot.reader);
    }
}
