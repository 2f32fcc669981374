//! The engine for components with concurrent calls, and what it has compiled.

use super::bindings::ProviderPre;
use super::instance::Instance;
use super::linker;
use crate::http::Client;
use crate::state::State;
use crate::{CallError, Grants, HostConfig, HostError, cpu};
use std::path::Path;
use std::sync::Arc;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

/// A place where components with WASI 0.3 run. Cheap to clone; one for a process is enough.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

struct Shared {
    config: HostConfig,
    engine: Engine,
    linker: Linker<State>,
    client: Client,
}

impl Host {
    /// Start an engine. [`HostConfig::cpu_per_call`] bounds what an instance computes without an answer or a chunk to
    /// show for it, for each call that it has; [`HostConfig::memory_per_instance`] is for all of them together.
    ///
    /// # Errors
    ///
    /// As for [`crate::Host::new`].
    pub fn new(config: HostConfig) -> Result<Self, HostError> {
        let client = Client::new(config.http.clone());
        Self::start(config, client)
    }

    /// The same beside a host for WASI 0.2, with its limits, and with its connections to the outside.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn beside(host: &crate::Host) -> Result<Self, HostError> {
        Self::start(host.config().clone(), host.client().clone())
    }

    fn start(config: HostConfig, client: Client) -> Result<Self, HostError> {
        let mut settings = crate::host::engine_config(&config);
        settings.concurrency_support(true);
        settings.wasm_component_model_async(true);
        let engine = Engine::new(&settings).map_err(HostError::Engine)?;
        cpu::start_epochs(&engine).map_err(HostError::Epochs)?;
        let mut linker = Linker::new(&engine);
        linker::add_to_linker(&mut linker).map_err(HostError::Engine)?;
        Ok(Self {
            shared: Arc::new(Shared {
                config,
                engine,
                linker,
                client,
            }),
        })
    }

    /// Compile the component in a file; see [`crate::Host::load`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Host::load`].
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Provider, HostError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| HostError::Read {
            path: path.to_owned(),
            source,
        })?;
        self.load_bytes(&bytes)
    }

    /// Compile a component that is in memory already.
    ///
    /// # Errors
    ///
    /// As for [`crate::Host::load_bytes`].
    pub fn load_bytes(&self, bytes: &[u8]) -> Result<Provider, HostError> {
        let component =
            Component::from_binary(&self.shared.engine, bytes).map_err(HostError::Compile)?;
        let pre = self
            .shared
            .linker
            .instantiate_pre(&component)
            .and_then(ProviderPre::new)
            .map_err(HostError::World)?;
        Ok(Provider {
            host: self.clone(),
            pre,
        })
    }

    pub(super) fn config(&self) -> &HostConfig {
        &self.shared.config
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    pub(super) fn client(&self) -> &Client {
        &self.shared.client
    }
}

/// A compiled component. Cheap to clone, and may be used by many tasks at once.
#[derive(Clone)]
pub struct Provider {
    pub(super) host: Host,
    pub(super) pre: ProviderPre<State>,
}

impl Provider {
    /// A fresh instance with memory of its own, which runs as a task of the current tokio runtime.
    ///
    /// # Errors
    ///
    /// As for [`crate::Provider::instantiate`].
    pub async fn instantiate(&self, grants: &Grants) -> Result<Instance, CallError> {
        Instance::start(self, grants).await
    }
}
