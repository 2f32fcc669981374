//! How loading and calling fail.

use crate::cpu::CpuExceeded;
use crate::limits::MemoryExceeded;
use crate::types;
use std::path::PathBuf;
use std::time::Duration;

/// Why there is no host, or no provider in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// Wasmtime refused the engine's configuration.
    #[error("wasmtime does not start with this configuration: {0:#}")]
    Engine(#[source] wasmtime::Error),
    /// The thread that ends epochs did not start.
    #[error("the thread that limits processor time did not start: {0}")]
    Epochs(#[source] std::io::Error),
    /// The component's file could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are no component that this engine takes.
    #[error("this is not a component that wasmtime can compile: {0:#}")]
    Compile(#[source] wasmtime::Error),
    /// The component imports what this host does not offer, or exports another world.
    #[error(
        "the component does not fit the world llm:provider/bedrock-provider or its like: {0:#}; \
         `bedrock-host inspect` lists its imports and exports"
    )]
    World(#[source] wasmtime::Error),
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The component's own error, with the provider's words.
    #[error("{}", .0.message)]
    Provider(Box<types::Error>),
    /// The call computed for too long; waiting does not count.
    #[error(
        "the component computed for {used:?} in one call and may for {limit:?}; \
         raise HostConfig::cpu_per_call or send a smaller request"
    )]
    CpuTime {
        /// What one call may use.
        limit: Duration,
        /// What this call had used.
        used: Duration,
    },
    /// The instance needs more memory than it may have.
    #[error(
        "the component asked for {wanted} bytes of memory and may have {limit}; \
         raise HostConfig::memory_per_instance or send a smaller request"
    )]
    Memory {
        /// Bytes granted.
        limit: usize,
        /// Bytes asked for.
        wanted: usize,
    },
    /// A folder that was granted cannot be opened.
    #[error("the folder {} was granted and cannot be opened: {source:#}", path.display())]
    Preopen {
        /// The folder on the host.
        path: PathBuf,
        /// What the system said.
        source: wasmtime::Error,
    },
    /// All instances that the host may have at once are in use.
    #[error(
        "all instances are in use; wait for a stream to end or raise HostConfig::max_instances"
    )]
    AtCapacity,
    /// The component crashed. Its instance is of no more use.
    #[error("the component trapped: {0:#}")]
    Trap(#[source] wasmtime::Error),
    /// A call was dropped while it ran, or crashed: the instance can take no other.
    #[error("this instance was abandoned in mid-call; instantiate the provider again")]
    Abandoned,
}

impl From<types::Error> for CallError {
    fn from(error: types::Error) -> Self {
        Self::Provider(Box::new(error))
    }
}

impl CallError {
    /// Sort what wasmtime reports into the limits that this host set, and crashes.
    pub(crate) fn from_wasmtime(error: wasmtime::Error) -> Self {
        if let Some(&CpuExceeded { limit, used }) = error.downcast_ref() {
            return Self::CpuTime { limit, used };
        }
        if let Some(&MemoryExceeded { limit, wanted }) = error.downcast_ref() {
            return Self::Memory { limit, wanted };
        }
        if error.is::<wasmtime::PoolConcurrencyLimitError>() {
            return Self::AtCapacity;
        }
        Self::Trap(error)
    }
}
