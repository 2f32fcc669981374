//! The dialect as a whole; each room's own rules are tested beside it.

mod answers;
mod errors;
mod parts;
mod requests;
mod streams;
mod tools;

use serde_json::Value;

use crate::canonical::{
    ContentBlock, Response, StopReason, TextBlock, ThinkingBlock, ToolUseBlock, Usage,
};
use crate::{OfferedTools, Telling};

pub(crate) fn telling() -> Telling {
    Telling {
        model: "fast".into(),
        created: 1_700_000_000,
        include_usage: true,
        warnings: Vec::new(),
        tools: OfferedTools::default(),
    }
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn text(text: &str) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text: text.into(),
        citations: Vec::new(),
        cache_control: None,
    })
}

pub(crate) fn thinking(thinking: &str, signature: Option<&str>) -> ContentBlock {
    ContentBlock::Thinking(ThinkingBlock {
        thinking: thinking.into(),
        signature: signature.map(Into::into),
    })
}

pub(crate) fn call(id: &str, input: &str) -> ContentBlock {
    ContentBlock::ToolUse(ToolUseBlock {
        id: id.into(),
        name: "get_weather".into(),
        input: input.into(),
        cache_control: None,
    })
}

pub(crate) fn response(content: Vec<ContentBlock>, stop_reason: StopReason) -> Response {
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
