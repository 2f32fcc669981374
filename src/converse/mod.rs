//! Canonical ⇄ Converse: what a request says and what an answer means.
//!
//! | room | what it knows |
//! |---|---|
//! | [`request`] | the top level of a request's JSON |
//! | [`turns`] | system, and the order of turns |
//! | [`blocks`] | one block of a turn |
//! | [`by_product`] | what an API left in the history besides, such as a compaction's summary |
//! | [`tool_result`] | what a tool returned, and what may stand inside and beside it |
//! | [`mod@format`] | what a file is: the one table of formats |
//! | [`media`], [`document`] | files of every kind; documents and their names |
//! | [`unsupported`] | content that cannot be sent |
//! | [`cache`], [`auto_cache`] | cache points: those that the caller marks, and those that nobody marked |
//! | [`tools`], [`strict`], [`tool_choice`] | what may be called, by which schema, and what must be |
//! | [`schema`] | schemas, as each place takes them |
//! | [`names`], [`call_ids`] | names of tools and properties, and ids that Converse takes; ids that repeat |
//! | [`thinking`], [`sampling`], [`output`] | how the model shall think, choose its words, and form its answer |
//! | [`betas`], [`context_management`], [`metadata`] | beta features; Anthropic's edits of the context; what AWS is told besides |
//! | [`body`] | the shapes of a request |
//! | [`stream`] | events to chunks |
//! | [`response`] | a whole answer |
//! | [`ending`] | stop reasons, usage, the provider's facts |
//! | [`citation`], [`image`], [`redacted`] | one kind of block each |
//! | [`tool_call`], [`server_tool`] | calls in an answer, and what the provider's own tools returned |
//! | [`fence`] | JSON that words asked for |
//! | [`losses`] | what an answer holds and the canonical shape does not |
//! | [`restore`] | what the request changed and the answer must undo |
//! | [`error`] | AWS's errors |
//! | [`counts`] | names of a client's list, and a number for each |

pub(crate) mod auto_cache;
pub(crate) mod betas;
pub(crate) mod blocks;
pub(crate) mod body;
pub(crate) mod by_product;
pub(crate) mod cache;
pub(crate) mod call_ids;
pub(crate) mod citation;
pub(crate) mod context_management;
pub(crate) mod counts;
pub(crate) mod document;
pub(crate) mod ending;
pub(crate) mod error;
pub(crate) mod fence;
pub(crate) mod format;
pub(crate) mod image;
pub(crate) mod losses;
pub(crate) mod media;
pub(crate) mod metadata;
pub(crate) mod names;
pub(crate) mod output;
pub(crate) mod redacted;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod restore;
pub(crate) mod sampling;
pub(crate) mod schema;
pub(crate) mod server_tool;
pub(crate) mod stream;
pub(crate) mod strict;
pub(crate) mod thinking;
pub(crate) mod tool_call;
pub(crate) mod tool_choice;
pub(crate) mod tool_result;
pub(crate) mod tools;
pub(crate) mod turns;
pub(crate) mod unsupported;

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
