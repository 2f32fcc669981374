//! A wasmtime host for `llm:provider` components: how to embed one, in small rooms.
//!
//! A component that answers model calls asks its host for little: outbound HTTP, clocks and, for AWS's credential
//! chain, some environment variables and files. This crate gives exactly that and nothing more.
//!
//! ```text
//! Host ── one engine, one linker, one pooled HTTP client          host.rs, linker.rs, http/
//!  └─ Provider ── one compiled component                          provider.rs
//!      └─ Instance ── one store: memory, limits, granted rights   provider.rs, grants.rs, limits.rs, cpu.rs
//!          └─ ChunkStream ── one answer on its way                stream.rs
//! ```
//!
//! A call goes in as [`types::Request`] and [`types::Context`] and comes out as [`types::Response`] or as batches of
//! [`types::Chunk`], each handed on as soon as its bytes have arrived:
//!
//! ```no_run
#![doc = include_str!("../examples/embed.rs")]
//! ```
//!
//! A component with WASI 0.3 answers many calls at once in one instance: [`concurrent`].
//!
//! What a component may reach is said three times over. The linker offers only the interfaces of the world
//! `bedrock-provider-ledger`, so a component that imports sockets or standard output does not load. [`Grants`] names the
//! environment variables, folders and hosts of an instance, and the [`Ledger`] that its spending is counted in; by
//! default there are none. [`HostConfig`] bounds memory, processor time and the number of instances.

pub mod bindings;
pub mod cli;
pub mod concurrent;
mod cpu;
mod error;
mod grants;
mod host;
pub mod http;
pub mod inspect;
pub mod ledger;
mod limits;
mod linker;
mod models;
mod money;
mod pricing;
mod provider;
pub mod render;
mod state;
mod stream;

pub use bindings::exports::llm::provider::types;
pub use error::{CallError, HostError};
pub use grants::{CREDENTIAL_CHAIN_VARIABLES, Grants, Preopen};
pub use host::{Host, HostConfig};
pub use ledger::{Ledger, MemoryLedger};
pub use models::Model;
pub use provider::{Instance, Provider};
pub use stream::ChunkStream;
