//! An HTTP gateway over any component of `llm:provider`: Anthropic Messages, OpenAI Chat Completions and
//! Responses in, the same out.
//!
//! # The path of one request
//!
//! [`settings`] reads the variables. [`gateway`] takes the request's head: [`route`] knows the paths, [`keys`] the callers,
//! [`body`] how much may come. What the client asks is read by `llm-dialects` and made a [`call`]: the model's own name,
//! and a context with the caller's name, the limits and the deadlines. The provider answers; the dialect writes
//! the answer, whole or event by event; [`log`] tells of it in one line, without what was asked or answered.
//!
//! Nothing of this does I/O, reads a clock or a variable: the host's part is `component`, which is thin and built for
//! wasm32 alone. CORS is not offered: a browser's page of another origin is to have a server of its own, which keeps the
//! key.

pub mod body;
pub mod call;
pub mod extensions;
pub mod gateway;
pub mod http;
pub mod keys;
pub mod log;
pub mod models;
pub mod page;
pub mod request_id;
pub mod route;
pub mod settings;

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(target_arch = "wasm32")]
mod world;
