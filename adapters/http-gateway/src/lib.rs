//! The gateway as a component: `wasi:http/incoming-handler` in front of any component of `llm:provider`.
//!
//! It moves bytes and waits; every rule is in `llm-gateway`. Built for wasm32 alone.

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(target_arch = "wasm32")]
mod world;
