//! Time as text and as numbers: dates, a clock that is wrong, and what expires.
//!
//! Nothing here reads a clock: the time is an argument, in milliseconds since the Unix epoch.

pub(crate) mod amz_date;
pub(crate) mod date;
pub mod expiry;
pub mod skew;
