//! Outbound HTTP: which requests leave ([`AllowList`]), over which connections ([`Client`]), and how their failures
//! read to the guest.

mod allow_list;
mod body;
mod client;
mod failure;
mod hooks;
mod resolver;

pub use allow_list::{AllowList, PatternError};
pub use client::{Client, ClientConfig};
pub(crate) use failure::error_code;
pub(crate) use hooks::Hooks;
