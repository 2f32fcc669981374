//! The engine, its linker and the HTTP client that all instances share.

use crate::bindings::BedrockProviderPre;
use crate::http::{Client, ClientConfig};
use crate::state::State;
use crate::{HostError, Provider, cpu, linker};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// A WebAssembly page, the unit in which memory is given out.
const PAGE: usize = 64 * 1024;

/// What a host allows any instance, and how many there may be.
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// Instances at once, which is calls and open streams at once. Each reserves address space, not memory.
    pub max_instances: u32,
    /// Bytes of linear memory that one instance may use.
    pub memory_per_instance: usize,
    /// How long one call into a component may compute; waiting for the network does not count. For a stream this
    /// holds for each read.
    pub cpu_per_call: Duration,
    /// Connections and their timeouts.
    pub http: ClientConfig,
}

impl Default for HostConfig {
    fn default() -> Self {
        Self {
            max_instances: 1_000,
            memory_per_instance: 64 * 1024 * 1024,
            cpu_per_call: Duration::from_secs(5),
            http: ClientConfig::default(),
        }
    }
}

/// A place where components run. Cheap to clone; one for a process is enough.
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
    /// Start an engine.
    ///
    /// # Errors
    ///
    /// [`HostError::Engine`] where the configuration asks for more address space than there is.
    pub fn new(config: HostConfig) -> Result<Self, HostError> {
        let engine = Engine::new(&engine_config(&config)).map_err(HostError::Engine)?;
        cpu::start_epochs(&engine).map_err(HostError::Epochs)?;
        let mut linker = Linker::new(&engine);
        linker::add_to_linker(&mut linker).map_err(HostError::Engine)?;
        let client = Client::new(config.http.clone());
        Ok(Self {
            shared: Arc::new(Shared {
                config,
                engine,
                linker,
                client,
            }),
        })
    }

    /// Compile the component in a file, which takes up to a second of all cores. Do it once and keep the provider.
    ///
    /// # Errors
    ///
    /// [`HostError::Read`], and those of [`load_bytes`](Self::load_bytes).
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
    /// [`HostError::Compile`] where the bytes are no component, [`HostError::World`] where it imports more than this
    /// host offers or exports something else.
    pub fn load_bytes(&self, bytes: &[u8]) -> Result<Provider, HostError> {
        let component =
            Component::from_binary(&self.shared.engine, bytes).map_err(HostError::Compile)?;
        let pre = self
            .shared
            .linker
            .instantiate_pre(&component)
            .and_then(BedrockProviderPre::new)
            .map_err(HostError::World)?;
        Ok(Provider::new(self.clone(), pre))
    }

    pub(crate) fn config(&self) -> &HostConfig {
        &self.shared.config
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    pub(crate) fn client(&self) -> &Client {
        &self.shared.client
    }
}

/// For components that take one call at a time.
pub(crate) fn engine_config(config: &HostConfig) -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(config.max_instances)
        .total_core_instances(config.max_instances.saturating_mul(4))
        .total_memories(config.max_instances)
        .total_tables(config.max_instances.saturating_mul(4))
        .total_stacks(config.max_instances)
        .max_memories_per_component(1)
        .max_memory_size(config.memory_per_instance.next_multiple_of(PAGE));

    let mut engine = Config::new();
    engine
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        // WASI 0.2 has no concurrent calls into one instance; without support for them a call costs half.
        .concurrency_support(false)
        .epoch_interruption(true);
    engine
}
