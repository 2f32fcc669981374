//! Canonical ⇄ Converse: what a request says and what an answer means.
//!
//! | room | what it knows |
//! |---|---|
//! | [`request`] | the top level of a request's JSON |
//! | [`turns`] | messages and their blocks |
//! | [`tools`] | tools and tool choice |
//! | [`body`] | the shapes of a request |
//! | [`stream`] | events to chunks |
//! | [`response`] | a whole answer |
//! | [`ending`] | stop reasons, usage, the provider's facts |
//! | [`citation`], [`image`], [`redacted`] | one kind of block each |
//! | [`error`] | AWS's errors |
//! | [`notes`] | warnings, and `strict` |

pub(crate) mod body;
pub(crate) mod citation;
pub(crate) mod ending;
pub(crate) mod error;
pub(crate) mod image;
pub(crate) mod notes;
pub(crate) mod redacted;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod stream;
pub(crate) mod tools;
pub(crate) mod turns;

use crate::canonical::{Error, ErrorKind};
use crate::json;

/// The answer breaks the form that Converse defines; the same call may succeed when it is made again.
pub(crate) fn malformed(what: impl std::fmt::Display) -> Error {
    Error {
        retryable: true,
        ..Error::new(
            ErrorKind::MalformedStream,
            format!("malformed answer: {what}"),
        )
    }
}

impl From<json::Error> for Error {
    fn from(error: json::Error) -> Self {
        malformed(error)
    }
}
