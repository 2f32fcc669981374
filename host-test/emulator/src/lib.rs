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
//! What passes is answered by a [`Script`]: a queued one, or the default [`story`]. Converse and
//! ConverseStream are answered from the same script; frames are encoded by AWS's own library. A script
//! also sets the [`Pace`] and the [`Fault`]s of the delivery.
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

pub mod auth;
pub mod clock;
pub mod config;
pub mod constraints;
mod conversation;
mod delivery;
pub mod faults;
pub mod frames;
pub mod message;
pub mod pace;
pub mod reply;
pub mod request_log;
pub mod route;
pub mod rules;
pub mod script;
mod server;
mod service;
pub mod service_error;
pub mod sigv4;
pub mod story;
mod wire;

pub use auth::AccessKey;
pub use clock::Clock;
pub use config::{Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_REGION, EXAMPLE_SECRET_ACCESS_KEY};
pub use faults::{Fault, Point};
pub use frames::Frame;
pub use pace::{ChunkSize, Pace};
pub use reply::{Block, Reply, Usage};
pub use request_log::{Counters, Recorded};
pub use route::Operation;
pub use rules::RuleBook;
pub use script::{Answer, Call, Responder, Script};
pub use server::Emulator;
pub use service_error::{ErrorForm, ServiceError};
