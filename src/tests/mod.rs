//! The core from end to end, without a host: a request in, recorded bytes back.

pub(crate) mod answers;
mod conversations;
mod requests;
pub(crate) mod transcript;
