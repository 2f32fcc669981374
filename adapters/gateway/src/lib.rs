//! What a gateway does with a client's request: Anthropic Messages, OpenAI Chat Completions and Responses in, the same
//! out, by whatever provider.
//!
//! # The path of one request
//!
//! [`settings`] reads the variables. An [`exchange`] takes the request: [`gateway`] judges its head, for which [`route`]
//! knows the paths, [`keys`] the callers and [`body`] how much may come. What the client asks is read by `llm-dialects` and
//! made a [`call`]: the model's own name, and a context with the caller's name, the limits and the deadlines. The provider
//! answers; the dialect writes the answer, whole or event by event; [`log`] tells of it in one line, without what was asked
//! or answered.
//!
//! The provider is another component, or the core itself: [`bedrock`] drives both.
//!
//! Nothing of this does I/O, reads a clock or a variable: that is for the adapters, which are thin. CORS is not offered: a
//! browser's page of another origin is to have a server of its own, which keeps the key.

pub mod bedrock;
pub mod body;
pub mod call;
pub mod credentials;
pub mod exchange;
pub mod extensions;
pub mod gateway;
pub mod http;
pub mod keys;
pub mod log;
pub mod models;
pub mod open;
pub mod page;
pub mod request_id;
pub mod route;
pub mod rules;
pub mod settings;
