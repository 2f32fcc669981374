//! The same for components with WASI 0.3, where one instance answers many calls at once.
//!
//! ```text
//! Host ── an engine of its own, as such calls need another one           host.rs, linker.rs
//!  └─ Provider ── one compiled component                                 host.rs
//!      └─ Instance ── one store, and the task that runs it; cloned, it
//!          │           is the same instance to many callers              instance.rs, job.rs
//!          └─ ChunkStream ── one of the answers on their way             stream.rs, slot.rs
//! ```
//!
//! Grants, limits, types, errors and the HTTP client are those of the crate. What an instance keeps, credentials above
//! all, it keeps for all its calls.

pub mod bindings;
mod host;
mod instance;
mod job;
mod linker;
mod slot;
mod stream;

pub use host::{Host, Provider};
pub use instance::Instance;
pub use stream::ChunkStream;
