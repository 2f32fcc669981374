//! The components under test, calls to them, and what is on the other end.

pub(crate) mod calls;
pub(crate) mod codec_host;
pub(crate) mod components;
pub(crate) mod growth;
pub(crate) mod message;
pub(crate) mod place;
pub(crate) mod plain_host;
pub(crate) mod sdk;
pub(crate) mod wire;
