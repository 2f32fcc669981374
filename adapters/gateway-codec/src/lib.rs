//! A whole gateway to AWS Bedrock as a component that imports nothing: a client's request in, steps out.
//!
//! It converts between the WIT and `llm-gateway`, which has every rule. Built for wasm32 alone.

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(target_arch = "wasm32")]
mod world;
