//! The built components, in a real host, over real HTTP, against the emulator.
//!
//! What is tested is `target/components/*.wasm` as `cargo xtask build` left it, not the crate it was built from: a test
//! here fails where the two would differ. One program, so that wasmtime compiles each component once.

mod amendments;
mod answers;
mod artefacts;
mod bounds;
mod cancellation;
mod codec;
mod concurrent;
mod cost;
mod credential_cases;
mod credential_chain;
mod deadlines;
mod environment;
mod errors;
mod fallbacks;
mod fault_matrix;
mod gateway;
mod growth;
mod instructions;
mod ledger;
mod media;
mod memory;
mod models;
mod oracle;
mod oracle_requests;
mod pings;
mod retries;
mod secrets;
mod signing;
mod streaming;
mod support;
