//! An answer on its way.

use crate::CallError;
use crate::provider::{Instance, enter};
use crate::types::Chunk;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use wasmtime::component::ResourceAny;

/// The chunks of one answer, in batches: each holds what had arrived.
///
/// Dropping the stream frees its instance, which closes the connection and so cancels the call upstream at once.
pub struct ChunkStream {
    state: State,
}

/// The guest's stream and the instance that it lives in.
struct Live {
    instance: Instance,
    handle: ResourceAny,
}

type Batch = Result<Option<Vec<Chunk>>, CallError>;

/// A read owns what it reads from, so that it may be left and taken up again.
enum State {
    Idle(Box<Live>),
    Reading(Pin<Box<dyn Future<Output = (Box<Live>, Batch)> + Send>>),
    Ended(Option<Box<Live>>),
}

impl ChunkStream {
    pub(crate) fn new(instance: Instance, handle: ResourceAny) -> Self {
        Self {
            state: State::Idle(Box::new(Live { instance, handle })),
        }
    }

    /// The next batch, never empty; none after the answer's end. Nothing comes after an error.
    ///
    /// Cancel safe: a `next` that is dropped loses nothing, so it may stand in `tokio::select!` or under a timeout.
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
        loop {
            match &mut self.state {
                State::Ended(_) => return Poll::Ready(Ok(None)),
                State::Reading(read) => {
                    let (live, batch) = ready!(read.as_mut().poll(cx));
                    self.state = match batch {
                        Ok(Some(_)) => State::Idle(live),
                        Ok(None) | Err(_) => State::Ended(Some(live)),
                    };
                    return Poll::Ready(batch);
                }
                State::Idle(_) => {
                    if let State::Idle(live) =
                        std::mem::replace(&mut self.state, State::Ended(None))
                    {
                        self.state = State::Reading(Box::pin(read(live)));
                    }
                }
            }
        }
    }

    /// End the answer, wherever it is, and take the instance back for the next call. None where a read was running or
    /// the component had crashed: such an instance is of no more use.
    pub async fn close(self) -> Option<Instance> {
        let (State::Idle(live) | State::Ended(Some(live))) = self.state else {
            return None;
        };
        let Live {
            mut instance,
            handle,
        } = *live;
        if instance.busy {
            return None;
        }
        let meter = Arc::clone(&instance.meter);
        let dropped = meter
            .measure(handle.resource_drop_async(&mut instance.store))
            .await;
        dropped.ok().map(|()| instance)
    }
}

/// One read, giving back what it was given.
async fn read(mut live: Box<Live>) -> (Box<Live>, Batch) {
    let batch = next_batch(&mut live).await;
    (live, batch)
}

async fn next_batch(live: &mut Live) -> Batch {
    let handle = live.handle;
    enter!(&mut live.instance, |exports, store| exports
        .llm_provider_provider()
        .chunk_stream()
        .call_next(store, handle))
}
