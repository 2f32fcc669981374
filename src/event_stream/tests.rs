//! The decoder against recorded frames, against AWS's own Rust codec, and against random bytes.

mod boundaries;
mod corpus;
mod messages;
mod properties;
mod vectors;
