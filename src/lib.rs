//! AWS Bedrock for edge gateways: one request in the Anthropic Messages shape in, Converse out, chunks back.
//!
//! # The path of one request
//!
//! A world of `component` receives a [`canonical`] request and a context. The `model` room
//! reads `bedrock/<id>` into an id and a region, and `capability` knows what that model takes. `converse` plans the
//! Converse body for it and writes it once. [`credentials`] say what to sign with, [`endpoint`] where to call, `sign` adds the headers, and
//! [`exchange`] holds the two halves of the call together: the HTTP request before the wire, and after it the bytes,
//! which [`event_stream`] cuts into frames, `json` reads, and `converse`'s state machine turns into chunks.
//!
//! Nothing here does I/O, reads a clock or an environment, or keeps a global: time, bytes and variables are arguments.
//! Only `component`, the shell, talks to the host.

mod aws_error;
pub mod canonical;
mod capability;
pub mod clock;
mod converse;
pub mod credential_chain;
pub mod credentials;
pub mod driver;
pub mod endpoint;
pub mod environment;
pub mod event_stream;
pub mod excerpt;
pub mod exchange;
mod extensions;
pub mod guardrail;
pub mod http_message;
pub mod json;
mod model;
pub mod pricing;
pub mod retry;
mod sign;
pub mod target;
pub mod warnings;
mod world;

pub use converse::counts::Counts;
pub use converse::names::tool_name;

#[cfg(component)]
mod component;

#[cfg(test)]
mod tests;
