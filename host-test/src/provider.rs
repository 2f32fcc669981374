//! A compiled provider, and its instances.

use crate::bindings::{BedrockProvider, BedrockProviderPre};
use crate::cpu::Meter;
use crate::state::State;
use crate::types::{Context, Request, Response};
use crate::{CallError, ChunkStream, Grants, Host};
use std::sync::Arc;
use wasmtime::Store;

/// A compiled component. Cheap to clone, and may be used by many tasks at once.
#[derive(Clone)]
pub struct Provider {
    host: Host,
    pre: BedrockProviderPre<State>,
}

impl Provider {
    pub(crate) fn new(host: Host, pre: BedrockProviderPre<State>) -> Self {
        Self { host, pre }
    }

    /// A fresh instance with memory of its own, which takes some tens of microseconds.
    ///
    /// # Errors
    ///
    /// [`CallError::AtCapacity`] where all are in use, [`CallError::Preopen`] where a granted folder is not there.
    pub async fn instantiate(&self, grants: &Grants) -> Result<Instance, CallError> {
        let config = self.host.config();
        let state = State::new(grants, config, self.host.client())?;
        let mut store = Store::new(self.host.engine(), state);
        store.limiter(|state| &mut state.limits);
        let meter = Meter::attach(&mut store, config.cpu_per_call);
        let exports = meter
            .measure(self.pre.instantiate_async(&mut store))
            .await
            .map_err(CallError::from_wasmtime)?;
        Ok(Instance {
            store,
            exports,
            meter,
            busy: false,
        })
    }
}

/// One instance of a component, which takes one call at a time.
///
/// It keeps what the component remembers between calls, credentials above all, so a gateway may hold on to instances
/// and use each for call after call. Dropping one frees all that it had, open connections included. A call that is
/// dropped while it runs leaves the instance of no more use: later calls then fail with [`CallError::Abandoned`].
pub struct Instance {
    pub(crate) store: Store<State>,
    pub(crate) exports: BedrockProvider,
    pub(crate) meter: Arc<Meter>,
    /// Set while the guest runs, and left set by a crash or by a caller that went away.
    pub(crate) busy: bool,
}

/// One call into the guest, under the meter, sorting its three outcomes: an answer, the guest's error, a crash.
macro_rules! enter {
    ($instance:expr, |$exports:ident, $store:ident| $call:expr) => {{
        let instance: &mut Instance = $instance;
        if std::mem::replace(&mut instance.busy, true) {
            return Err(CallError::Abandoned);
        }
        let meter = Arc::clone(&instance.meter);
        let $exports = &instance.exports;
        let $store = &mut instance.store;
        let outcome = meter
            .measure($call)
            .await
            .map_err(CallError::from_wasmtime)?;
        instance.busy = false;
        outcome.map_err(CallError::from)
    }};
}
pub(crate) use enter;

impl Instance {
    /// Bytes of linear memory that the component has taken so far. It never gives any back.
    pub fn memory_bytes(&self) -> usize {
        self.store.data().limits.used
    }

    /// Ask and wait for the whole answer.
    ///
    /// # Errors
    ///
    /// [`CallError::Provider`] with the component's own error; the others where it broke a limit or crashed.
    pub async fn complete(
        &mut self,
        request: &Request,
        context: &Context,
    ) -> Result<Response, CallError> {
        enter!(self, |exports, store| exports
            .llm_provider_provider()
            .call_complete(store, request, context))
    }

    /// Ask, and read the answer as it comes. The instance goes into the stream and comes back from
    /// [`ChunkStream::close`].
    ///
    /// # Errors
    ///
    /// As for [`complete`](Self::complete); nothing of the answer has been lost then.
    pub async fn stream(
        mut self,
        request: &Request,
        context: &Context,
    ) -> Result<ChunkStream, CallError> {
        let handle = self.open_stream(request, context).await?;
        Ok(ChunkStream::new(self, handle))
    }

    /// The input tokens that the request would cost.
    ///
    /// # Errors
    ///
    /// As for [`complete`](Self::complete).
    pub async fn count_tokens(
        &mut self,
        request: &Request,
        context: &Context,
    ) -> Result<u64, CallError> {
        enter!(self, |exports, store| exports
            .llm_provider_provider()
            .call_count_tokens(store, request, context))
    }

    /// The credentials that a call with this context would sign with, as text for `context.credentials`. Keep them
    /// until they expire and pass them to instances that have no rights but outbound HTTP.
    ///
    /// # Errors
    ///
    /// As for [`complete`](Self::complete).
    pub async fn resolve(&mut self, context: &Context) -> Result<String, CallError> {
        enter!(self, |exports, store| exports
            .llm_provider_credential_chain()
            .call_resolve(store, context))
    }

    async fn open_stream(
        &mut self,
        request: &Request,
        context: &Context,
    ) -> Result<wasmtime::component::ResourceAny, CallError> {
        enter!(self, |exports, store| exports
            .llm_provider_provider()
            .call_stream(store, request, context))
    }
}
