//! A Bedrock Runtime on loopback that refuses what Bedrock refuses, and plays scripted answers and faults.
//!
//! It serves Converse, ConverseStream and CountTokens over HTTP/1.1 on 127.0.0.1. Every request is
//! recorded, then held to what the real service would hold it to:
//!
//! 1. its path names an operation ([`route`](mod@route)),
//! 2. its signature is the one this crate computes by itself ([`sigv4`], [`auth`]),
//! 3. its body satisfies the service model ([`constraints`]),
//! 4. and Bedrock's further rules ([`rules`]).
//!
//! Steps 3 and 4 are also a plain function, [`check`](fn@check). It needs no server: without the default feature
//! `server` this crate is that function, its tables, and nothing of the rest.
//!
//! What passes is answered by a [`Script`]: a queued one, or the default [`story`]. Converse and
//! ConverseStream are answered from the same script; frames are encoded by AWS's own library. A script
//! also sets the [`Pace`] and the [`Fault`]s of the delivery.
//!
//! On the same port it can serve what AWS's credential chain asks ([`credential_services`]), and its
//! Bedrock then takes what was issued.
//!
//! It does no TLS and no HTTP/2, and reads no environment. A client's decoder and signer meet frames
//! and verdicts here that they had no part in.
//!
//! ```
//! use bedrock_emulator::{Config, Emulator, Operation, Pace, Script};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let config = Config::default()
//!     .script(Operation::ConverseStream, Script::text("Hello there").pace(Pace::bytes(7)));
//! let emulator = Emulator::start(config).await?;
//! // Point a client at it, with the example credentials:
//! let endpoint = emulator.url();
//! let (id, secret) = (
//!     bedrock_emulator::EXAMPLE_ACCESS_KEY_ID,
//!     bedrock_emulator::EXAMPLE_SECRET_ACCESS_KEY,
//! );
//! # assert!(endpoint.starts_with("http://127.0.0.1:"));
//! # assert!(!id.is_empty() && !secret.is_empty());
//! // … and see what it sent:
//! assert!(emulator.requests().is_empty());
//! assert_eq!(emulator.counters().client_gone, 0);
//! emulator.shutdown().await;
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "server")]
pub mod agent;
#[cfg(feature = "server")]
pub mod auth;
mod check;
#[cfg(feature = "server")]
pub mod clock;
#[cfg(feature = "server")]
pub mod config;
pub mod constraints;
#[cfg(feature = "server")]
pub mod credential_case;
#[cfg(feature = "server")]
pub mod credential_services;
#[cfg(feature = "server")]
mod delivery;
#[cfg(feature = "server")]
pub mod faults;
#[cfg(feature = "server")]
pub mod frames;
#[cfg(feature = "server")]
pub mod message;
mod operation;
#[cfg(feature = "server")]
pub mod pace;
#[cfg(feature = "server")]
pub mod prompt_cache;
#[cfg(feature = "server")]
pub mod reply;
#[cfg(feature = "server")]
pub mod request_log;
#[cfg(feature = "server")]
pub mod route;
pub mod rules;
#[cfg(feature = "server")]
pub mod script;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod service;
#[cfg(feature = "server")]
pub mod service_error;
#[cfg(feature = "server")]
pub mod signature;
#[cfg(feature = "server")]
pub mod sigv4;
#[cfg(feature = "server")]
pub mod story;
#[cfg(feature = "server")]
mod wire;

#[cfg(feature = "server")]
pub use agent::Agent;
#[cfg(feature = "server")]
pub use auth::AccessKey;
pub use check::{Refusal, check, check_with, read_body};
#[cfg(feature = "server")]
pub use clock::Clock;
#[cfg(feature = "server")]
pub use config::{Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_REGION, EXAMPLE_SECRET_ACCESS_KEY};
#[cfg(feature = "server")]
pub use credential_case::{CredentialCase, Difference};
#[cfg(feature = "server")]
pub use credential_services::{
    CredentialExchange, CredentialFault, CredentialRequest, CredentialServices, endpoint_variables,
};
#[cfg(feature = "server")]
pub use faults::{Fault, Point};
#[cfg(feature = "server")]
pub use frames::Frame;
pub use operation::Operation;
#[cfg(feature = "server")]
pub use pace::{ChunkSize, Pace};
#[cfg(feature = "server")]
pub use reply::{Block, Reply, Usage};
#[cfg(feature = "server")]
pub use request_log::{Counters, Recorded};
pub use rules::RuleBook;
#[cfg(feature = "server")]
pub use script::{Answer, Call, Responder, Script};
#[cfg(feature = "server")]
pub use server::Emulator;
#[cfg(feature = "server")]
pub use service_error::{ErrorForm, ServiceError};
