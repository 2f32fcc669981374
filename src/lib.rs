//! placeholder
pub mod event_stream;
