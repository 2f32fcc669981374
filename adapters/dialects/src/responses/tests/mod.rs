//! The dialect as a whole: what goes out comes back as it was.

mod answers;
mod losses;
mod requests;
mod round_trips;
mod streams;

use serde_json::Value;

use super::{Encoder, read_request, write_response};
use crate::canonical::*;
use crate::{Ask, Telling, Unknown};

fn telling() -> Telling {
    Telling {
        model: "fast".into(),
        created: 1_700_000_000,
        include_usage: true,
        warnings: Vec::new(),
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A request of these members, of which none may be unknown or lost.
fn read(members: &str) -> Result<Ask, Error> {
    read_with(members, Unknown::Refuse)
}

fn read_with(members: &str, unknown: Unknown) -> Result<Ask, Error> {
    let body = format!(r#"{{"model":"m",{members}}}"#);
    read_request(body.as_bytes(), &[], unknown)
}

fn text(text: &str) -> ContentBlock {
    cited(text, Vec::new())
}

fn cited(text: &str, citations: Vec<Citation>) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text: text.into(),
        citations,
        cache_control: None,
    })
}

fn thinking(thinking: &str, signature: Option<&str>) -> ContentBlock {
    ContentBlock::Thinking(ThinkingBlock {
        thinking: thinking.into(),
        signature: signature.map(Into::into),
    })
}

fn redacted(data: &str) -> ContentBlock {
    ContentBlock::RedactedThinking(RedactedThinkingBlock { data: data.into() })
}

fn call(id: &str, input: &str) -> ContentBlock {
    ContentBlock::ToolUse(ToolUseBlock {
        id: id.into(),
        name: "get_weather".into(),
        input: input.into(),
        cache_control: None,
    })
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

fn response(content: Vec<ContentBlock>, stop_reason: StopReason) -> Response {
    Response {
        id: "msg_1".into(),
        model: "m".into(),
        content,
        stop_reason,
        stop_sequence: None,
        usage: Usage {
            input_tokens: 10,
            output_tokens: 5,
            cache_read_input_tokens: 3,
            cache_creation_input_tokens: 2,
            ..Usage::none()
        },
        cost: None,
        warnings: Vec::new(),
        provider_metadata: None,
    }
}
