//! The composed gateways, as they lie in `target/components`: HTTP in, HTTP out, and a fresh instance for each request,
//! as serverless hosts have them.

mod calls;
mod client;
mod echo;
mod growth;
mod host;
mod limits;
mod router;
mod store;
mod streams;
mod unavailable;
