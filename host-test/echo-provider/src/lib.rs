//! The smallest provider of `llm:provider`: it answers with what it was asked. Copy it to begin one of your own.
//!
//! A provider is a component whose world includes `llm:provider/any-provider`, as [`wit/echo.wit`] does. Whatever imports
//! the interface `provider` can then be composed with it: the gateway of this project, without a change. What a provider
//! imports is its own business. This one asks for a clock alone; one that calls a service asks for
//! `wasi:http/outgoing-handler`, and a host that denies it finds that out when it loads the file.
//!
//! `component` is the whole of it, built for wasm32 alone:
//!
//! - an answer, whole: `complete`;
//! - the same as a legal stream of chunks: `stream`, and `next` for each of them;
//! - a count of tokens, here words: `count-tokens`;
//! - errors, of a kind that every gateway knows. What a call asks for and a provider cannot do is one of them: a limit that
//!   nobody holds must not be passed over.
//!
//! [`wit/echo.wit`]: https://github.com/bedrock-provider/bedrock-provider/blob/main/host-test/echo-provider/wit/echo.wit

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(target_arch = "wasm32")]
mod world;
