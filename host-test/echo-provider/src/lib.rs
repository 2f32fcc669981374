//! The smallest provider of `llm:provider`: it answers with what it was asked. Copy it to begin one of your own.
//!
//! A provider is a component whose world includes `llm:provider/any-provider`, as [`wit/echo.wit`] does. Whatever imports
//! the interface `provider` can then be composed with it: the gateway of this project, without a change. What a provider
//! imports is its own business. This one asks for a clock alone; one that calls a service asks for
//! `wasi:http/outgoing-handler`, and a host that denies it finds that out when it loads the file.
//!
//! All of it is built for wasm32 alone:
//!
//! - `component` is the interface: an answer as a response (`complete`) or as a legal stream of chunks (`stream`), and a
//!   count of tokens, here words (`count-tokens`);
//! - `answer` is what is said, and the errors, of a kind that every gateway knows. What a call asks for and a provider
//!   cannot do is a warning, or an error where the call is strict; a limit that nobody holds is always an error.
//!
//! [`wit/echo.wit`]: https://github.com/bedrock-provider/bedrock-provider/blob/main/host-test/echo-provider/wit/echo.wit

#[cfg(target_arch = "wasm32")]
mod answer;
#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(target_arch = "wasm32")]
mod world;
