//! The dialect as a whole: what goes out comes back as it was.

mod answers;
mod calls;
mod histories;
mod losses;
mod requests;
mod round_trips;
mod streams;
mod tools;

use serde_json::Value;

use super::{Encoder, read_request, write_response};
use crate::canonical::*;
use crate::openai::tests::{call, json, response, telling, text, thinking};
use crate::{Ask, Telling, Unknown};

/// A request of these members, of which none may be unknown or lost.
fn read(members: &str) -> Result<Ask, Error> {
    read_with(members, Unknown::Refuse)
}

fn read_with(members: &str, unknown: Unknown) -> Result<Ask, Error> {
    // Of a name that is there twice the last wins.
    let body = format!(r#"{{"model":"m","store":false,{members}}}"#);
    read_request(body.as_bytes(), &[], unknown)
}

fn cited(text: &str, citations: Vec<Citation>) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text: text.into(),
        citations,
        cache_control: None,
    })
}

fn redacted(data: &str) -> ContentBlock {
    ContentBlock::RedactedThinking(RedactedThinkingBlock { data: data.into() })
}

fn page(url: &str) -> Citation {
    Citation::WebSearchResultLocation(WebSearchResultLocation {
        cited_text: "5°".into(),
        url: url.into(),
        title: None,
        encrypted_index: None,
    })
}

fn paragraph() -> Citation {
    Citation::CharLocation(CharLocation {
        cited_text: "5°".into(),
        document_index: 0,
        document_title: None,
        start_char_index: 0,
        end_char_index: 2,
    })
}
