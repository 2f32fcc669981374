//! The smallest middleware of `llm:provider`: a provider over a provider. Copy it to begin one of your own.
//!
//! It asks one model after the other: of `bedrock/a|b`, `bedrock/a` first, and `bedrock/b` where the error of the first
//! says that another attempt may succeed. The world is `llm:provider/middleware`: the provider behind it is imported, the
//! one that it is is exported, and both have the same types, so that requests, answers and chunks go through as they are.
//! Composed, the provider comes first, then any number of these, then the gateway (`xtask/src/compose.rs`).
//!
//! All of it is built for wasm32 alone: `component` is the interface, `world` the generated types, with a `Default` for
//! those that have one.

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(target_arch = "wasm32")]
mod world;
