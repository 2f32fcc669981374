//! A running instance, and the calls to it.

use super::host::Provider;
use super::job::{Job, Question, Reply};
use super::stream::ChunkStream;
use crate::cpu::Meter;
use crate::state::State;
use crate::types::{Context, Request, Response};
use crate::{CallError, Grants};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use wasmtime::Store;

/// Calls that wait to be taken on.
const WAITING: usize = 64;

/// One instance of a component, which takes any number of calls at once. Cheap to clone; clones are the same instance.
///
/// It lives in a task of its own and ends with its last clone and its last stream, and whatever it was doing then ends
/// with it. A call whose future is dropped goes on to its end and nobody hears of it: use a stream, or a deadline, for
/// what may have to be given up. A crash, or a limit that is broken, ends all calls of the instance.
#[derive(Clone)]
pub struct Instance {
    questions: mpsc::Sender<Question>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Why the instance is no more.
    fate: Mutex<Option<CallError>>,
    memory: AtomicUsize,
}

impl Instance {
    pub(super) async fn start(provider: &Provider, grants: &Grants) -> Result<Self, CallError> {
        let host = &provider.host;
        let state = State::new(grants, host.config(), host.client())?;
        let mut store = Store::new(host.engine(), state);
        store.limiter(|state| &mut state.limits);
        let meter = Meter::attach(&mut store, host.config().cpu_per_call);
        let exports = meter
            .measure(provider.pre.instantiate_async(&mut store))
            .await
            .map_err(CallError::from_wasmtime)?;
        let (questions, waiting) = mpsc::channel(WAITING);
        let shared = Arc::new(Shared::default());
        tokio::spawn(run(
            store,
            Arc::new(exports),
            meter,
            waiting,
            Arc::clone(&shared),
        ));
        Ok(Self { questions, shared })
    }

    /// Ask and wait for the whole answer.
    ///
    /// # Errors
    ///
    /// [`CallError::Provider`] with the component's own error; the others where it broke a limit or crashed.
    pub async fn complete(
        &self,
        request: &Request,
        context: &Context,
    ) -> Result<Response, CallError> {
        self.ask(|reply| Question::Complete(request.clone(), context.clone(), reply))
            .await
    }

    /// Ask, and read the answer as it comes.
    ///
    /// # Errors
    ///
    /// As for [`complete`](Self::complete); nothing of the answer has been lost then.
    pub async fn stream(
        &self,
        request: &Request,
        context: &Context,
    ) -> Result<ChunkStream, CallError> {
        let reader = self
            .ask(|reply| Question::Stream(request.clone(), context.clone(), reply))
            .await?;
        Ok(ChunkStream::new(reader, self.clone()))
    }

    /// The input tokens that the request would cost.
    ///
    /// # Errors
    ///
    /// As for [`complete`](Self::complete).
    pub async fn count_tokens(
        &self,
        request: &Request,
        context: &Context,
    ) -> Result<u64, CallError> {
        self.ask(|reply| Question::CountTokens(request.clone(), context.clone(), reply))
            .await
    }

    /// The credentials that a call with this context would sign with, as text for `context.credentials`.
    ///
    /// # Errors
    ///
    /// As for [`complete`](Self::complete).
    pub async fn resolve(&self, context: &Context) -> Result<String, CallError> {
        self.ask(|reply| Question::Resolve(context.clone(), reply))
            .await
    }

    /// Bytes of linear memory that the component has taken, as of the last call that began. It never gives any back.
    pub fn memory_bytes(&self) -> usize {
        self.shared.memory.load(Ordering::Relaxed)
    }

    async fn ask<T>(&self, question: impl FnOnce(Reply<T>) -> Question) -> Result<T, CallError> {
        let (reply, answer) = oneshot::channel();
        if self.questions.send(question(reply)).await.is_err() {
            return Err(self.fate());
        }
        answer.await.unwrap_or_else(|_| Err(self.fate()))
    }

    /// Why there is no answer, and will be none.
    pub(super) fn fate(&self) -> CallError {
        let fate = self.shared.fate.lock();
        match &*fate.unwrap_or_else(PoisonError::into_inner) {
            Some(CallError::CpuTime { limit, used }) => CallError::CpuTime {
                limit: *limit,
                used: *used,
            },
            Some(CallError::Memory { limit, wanted }) => CallError::Memory {
                limit: *limit,
                wanted: *wanted,
            },
            Some(other) => CallError::Trap(wasmtime::Error::msg(other.to_string())),
            None => CallError::Abandoned,
        }
    }
}

/// Take on what is asked, until nobody is left to ask.
async fn run(
    mut store: Store<State>,
    exports: Arc<super::bindings::Provider>,
    meter: Arc<Meter>,
    mut waiting: mpsc::Receiver<Question>,
    shared: Arc<Shared>,
) {
    let clock = Arc::clone(&meter);
    let calls = store.run_concurrent(async |accessor| {
        while let Some(question) = waiting.recv().await {
            let memory = accessor.with(|mut store| store.data_mut().limits.used);
            shared.memory.store(memory, Ordering::Relaxed);
            accessor.spawn(Job {
                question,
                exports: Arc::clone(&exports),
                meter: Arc::clone(&meter),
            })?;
        }
        Ok(())
    });
    let ended = clock.measure(calls).await;
    if let Err(error) = ended.flatten() {
        let mut fate = shared.fate.lock().unwrap_or_else(PoisonError::into_inner);
        *fate = Some(CallError::from_wasmtime(error));
    }
    // Only then are those told who wait.
    drop(store);
}
