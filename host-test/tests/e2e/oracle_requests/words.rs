//! Shorthands for canonical requests.

use bedrock_host::types::{
    CacheControl, CacheTtl, CharLocation, Citation, ContentBlock, DocumentBlock, Encoded,
    ImageBlock, Message, PlainText, Raw, Request, Role, Source, TextBlock, Thinking,
    ThinkingBudget, ThinkingDisplay, Tool, ToolChoice, ToolChoiceMode, ToolResultBlock,
    ToolResultContent, ToolUseBlock,
};
use serde_json::{Value, json};

pub(super) const CLAUDE: &str = "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0";
/// Takes strict tools, schemas of answers and times to live.
pub(super) const CLAUDE_4_5: &str = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0";
/// Takes efforts and adapts its thinking.
pub(super) const CLAUDE_4_7: &str = "bedrock/us.anthropic.claude-opus-4-7";
/// Takes instructions in mid-conversation.
pub(super) const CLAUDE_4_8: &str = "bedrock/us.anthropic.claude-opus-4-8";
pub(super) const NOVA: &str = "bedrock/us.amazon.nova-lite-v1:0";
pub(super) const NOVA_2: &str = "bedrock/us.amazon.nova-2-lite-v1:0";
pub(super) const TITAN: &str = "bedrock/amazon.titan-text-express-v1";
pub(super) const MISTRAL: &str = "bedrock/mistral.mistral-large-2407-v1:0";
pub(super) const LLAMA: &str = "bedrock/us.meta.llama3-3-70b-instruct-v1:0";
pub(super) const GPT_OSS: &str = "bedrock/openai.gpt-oss-120b-1:0";

pub(super) const SIGNATURE: &str = "EqQBCkYIBxgCKkBhbmQgc28gb24+/w==";
/// The first bytes of each format, and a few more.
pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR";
pub(super) const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01";
pub(super) const PDF: &[u8] = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n";

pub(super) fn plain(text: &str) -> PlainText {
    PlainText::new(text)
}

pub(super) fn text(text: &str) -> ContentBlock {
    ContentBlock::Text(TextBlock::new(text))
}

/// Cached from the beginning to here.
pub(super) fn cached() -> Option<CacheControl> {
    Some(CacheControl { ttl: None })
}

pub(super) fn cached_for_an_hour() -> Option<CacheControl> {
    let ttl = Some(CacheTtl::OneHour);
    Some(CacheControl { ttl })
}

pub(super) fn turn(role: Role, content: Vec<ContentBlock>) -> Message {
    Message { role, content }
}

/// A request of these turns.
pub(super) fn turns(model: &str, messages: Vec<Message>) -> Request {
    Request {
        messages,
        ..Request::new(model)
    }
}

/// A request of one turn.
pub(super) fn asks(model: &str, content: Vec<ContentBlock>) -> Request {
    turns(model, vec![turn(Role::User, content)])
}

pub(super) fn hi(model: &str) -> Request {
    Request::new(model).user("Hi")
}

pub(super) fn extensions(bedrock: Value) -> Option<String> {
    Some(json!({"bedrock": bedrock}).to_string())
}

pub(super) fn bytes(media_type: &str, data: &[u8]) -> Source {
    Source::Bytes(Raw {
        media_type: media_type.into(),
        data: data.to_vec(),
    })
}

pub(super) fn base64(media_type: &str, data: &[u8]) -> Source {
    use base64::Engine;
    Source::Base64(Encoded {
        media_type: media_type.into(),
        data: base64::engine::general_purpose::STANDARD.encode(data),
    })
}

pub(super) fn image(source: Source) -> ImageBlock {
    ImageBlock {
        source,
        cache_control: None,
    }
}

pub(super) fn document(title: &str, source: Source) -> DocumentBlock {
    DocumentBlock {
        source,
        title: Some(title.into()),
        context: None,
        citations: false,
        cache_control: None,
    }
}

pub(super) fn cited(text: &str, cited_text: &str) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        citations: vec![Citation::CharLocation(CharLocation {
            cited_text: cited_text.into(),
            document_index: 0,
            document_title: Some("Notes".into()),
            start_char_index: 3,
            end_char_index: 9,
        })],
        ..TextBlock::new(text)
    })
}

pub(super) const SCHEMA: &str =
    r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;

/// As native output takes it: no service closes it for the caller.
pub(super) const CLOSED_SCHEMA: &str = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}"#;

pub(super) fn weather() -> Tool {
    Tool {
        name: "get_weather".into(),
        description: Some("The weather in a city".into()),
        input_schema: SCHEMA.into(),
        strict: None,
        server_type: None,
        cache_control: None,
    }
}

pub(super) fn choice(mode: ToolChoiceMode) -> Option<ToolChoice> {
    Some(ToolChoice {
        mode,
        disable_parallel_tool_use: false,
    })
}

pub(super) fn call(id: &str, input: &str) -> ContentBlock {
    ContentBlock::ToolUse(ToolUseBlock {
        id: id.into(),
        name: "get_weather".into(),
        input: input.into(),
        cache_control: None,
    })
}

pub(super) fn result(id: &str, content: Vec<ToolResultContent>) -> ToolResultBlock {
    ToolResultBlock {
        tool_use_id: id.into(),
        content,
        is_error: false,
        cache_control: None,
    }
}

/// A question, these calls, these results.
pub(super) fn round_trip(
    model: &str,
    calls: Vec<ContentBlock>,
    results: Vec<ToolResultBlock>,
) -> Request {
    let results = results.into_iter().map(ContentBlock::ToolResult);
    Request {
        tools: vec![weather()],
        ..turns(
            model,
            vec![
                turn(Role::User, vec![text("The weather?")]),
                turn(Role::Assistant, calls),
                turn(Role::User, results.collect()),
            ],
        )
    }
}

pub(super) fn budget(budget_tokens: u32) -> Option<Thinking> {
    Some(Thinking::Enabled(ThinkingBudget {
        budget_tokens,
        display: ThinkingDisplay { display: None },
    }))
}
