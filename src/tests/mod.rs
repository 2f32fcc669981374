//! The core from end to end, without a host: a request in, recorded bytes back.

mod answers;
mod conversations;
mod requests;
mod transcript;
