//! The ledger of `llm:provider` over `wasi:keyvalue`: what users have spent, in a store that all instances share.
//!
//! Each account, a user in a period, is one number of pico-USD (10⁻¹² USD) under one [`key`]. [`book`] adds to it by the
//! store's atomic increment and by nothing else, so that any number of gateways may count at once. `component` is the
//! part of the host, built for wasm32 alone: the store is that of `GATEWAY_LEDGER_STORE`, `default` where it is not set.

pub mod book;
pub mod key;

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(target_arch = "wasm32")]
mod world;
