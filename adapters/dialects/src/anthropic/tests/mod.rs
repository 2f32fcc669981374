//! The dialect from outside: bodies and events in, canonical shapes out, and back.

mod answers;
mod arbitrary;
mod arbitrary_answers;
mod blocks;
mod errors;
mod losses;
mod requests;
mod round_trips;
mod streams;

use super::*;
use crate::canonical::{Error, Request};
use crate::{Ask, OfferedTools, Telling, Unknown};

fn telling(model: &str) -> Telling {
    Telling {
        model: model.into(),
        created: 0,
        include_usage: true,
        warnings: Vec::new(),
        tools: OfferedTools::default(),
    }
}

/// A body as a request; unknown members are refused.
fn read(body: &str) -> Result<Ask, Error> {
    read_request(body.as_bytes(), &[], Unknown::Refuse)
}

/// A request with these members besides the model and `max_tokens`.
fn with(members: &str) -> Result<Request, Error> {
    let body = format!(r#"{{"model":"m","max_tokens":1,{members}}}"#);
    read(&body).map(|ask| ask.request)
}

/// An error as its path and its message.
fn says(error: Error) -> String {
    format!("{}: {}", error.path.unwrap_or_default(), error.message)
}
