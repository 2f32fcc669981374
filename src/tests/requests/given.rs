//! Canonical requests, and the pieces that they are made of.

use crate::canonical::{
    CacheControl, CacheTtl, ContentBlock, DocumentBlock, Encoded, ImageBlock, MediaBlock, Message,
    OutputConfig, OutputFormat, PlainText, Raw, RedactedThinkingBlock, Request, Role,
    SearchResultBlock, Source, StoredObject, TextBlock, Thinking, ThinkingBlock, ThinkingBudget,
    ThinkingDisplay, Tool, ToolChoice, ToolChoiceMode, ToolResultBlock, ToolResultContent,
    ToolUseBlock,
};

/// A request of these messages and nothing else.
pub(super) fn request(model: &str, messages: impl Into<Vec<Message>>) -> Request {
    Request {
        messages: messages.into(),
        ..Request::to(model)
    }
}

/// One user turn that says "Hello".
pub(super) fn hello(model: &str) -> Request {
    request(model, [user([text("Hello")])])
}

pub(super) fn user(content: impl Into<Vec<ContentBlock>>) -> Message {
    Message {
        role: Role::User,
        content: content.into(),
    }
}

pub(super) fn assistant(content: impl Into<Vec<ContentBlock>>) -> Message {
    Message {
        role: Role::Assistant,
        content: content.into(),
    }
}

pub(super) fn text(text: &str) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text: text.into(),
        citations: Vec::new(),
        cache_control: None,
    })
}

pub(super) fn plain(text: &str) -> PlainText {
    PlainText {
        text: text.into(),
        cache_control: None,
    }
}

/// A call of the tool `n`.
pub(super) fn call(id: &str, input: &str) -> ContentBlock {
    ContentBlock::ToolUse(ToolUseBlock {
        id: id.into(),
        name: "n".into(),
        input: input.into(),
        cache_control: None,
    })
}

pub(super) fn result(id: &str, content: impl Into<Vec<ToolResultContent>>) -> ContentBlock {
    ContentBlock::ToolResult(ToolResultBlock {
        tool_use_id: id.into(),
        content: content.into(),
        is_error: false,
        cache_control: None,
    })
}

/// A result of one text.
pub(super) fn says(id: &str, text: &str) -> ContentBlock {
    result(id, [ToolResultContent::Text(plain(text))])
}

pub(super) fn thinking(thinking: &str, signature: Option<&str>) -> ContentBlock {
    ContentBlock::Thinking(ThinkingBlock {
        thinking: thinking.into(),
        signature: signature.map(str::to_owned),
    })
}

pub(super) fn redacted(data: &str) -> ContentBlock {
    ContentBlock::RedactedThinking(RedactedThinkingBlock { data: data.into() })
}

pub(super) fn tool(name: &str, input_schema: &str) -> Tool {
    Tool {
        name: name.into(),
        description: None,
        input_schema: input_schema.into(),
        strict: None,
        server_type: None,
        cache_control: None,
    }
}

/// The tool `n`, which takes anything.
pub(super) fn any_tool() -> Tool {
    tool("n", r#"{"type":"object"}"#)
}

pub(super) fn choose(mode: ToolChoiceMode) -> Option<ToolChoice> {
    Some(ToolChoice {
        mode,
        disable_parallel_tool_use: false,
    })
}

/// As `mode` says, and at most one call in a turn.
pub(super) fn choose_one(mode: ToolChoiceMode) -> Option<ToolChoice> {
    Some(ToolChoice {
        mode,
        disable_parallel_tool_use: true,
    })
}

pub(super) fn cache(ttl: Option<CacheTtl>) -> Option<CacheControl> {
    Some(CacheControl { ttl })
}

/// The block, as the end of a cached prefix of the default ttl.
pub(super) fn cached(mut block: ContentBlock) -> ContentBlock {
    match &mut block {
        ContentBlock::Text(block) => block.cache_control = cache(None),
        ContentBlock::ToolUse(block) => block.cache_control = cache(None),
        ContentBlock::ToolResult(block) => block.cache_control = cache(None),
        other => panic!("{other:?} has no cache_control"),
    }
    block
}

/// Media whose first bytes are those of the format.
pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
pub(super) const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF";
pub(super) const PDF: &[u8] = b"%PDF-1.4";

pub(super) fn bytes(media_type: &str, data: &[u8]) -> Source {
    Source::Bytes(Raw {
        media_type: media_type.into(),
        data: data.into(),
    })
}

pub(super) fn base64(media_type: &str, data: &str) -> Source {
    Source::Base64(Encoded {
        media_type: media_type.into(),
        data: data.into(),
    })
}

pub(super) fn object(media_type: &str) -> Source {
    Source::Object(StoredObject {
        uri: "s3://bucket/key".into(),
        owner: None,
        media_type: media_type.into(),
    })
}

pub(super) fn image_of(source: Source) -> ImageBlock {
    ImageBlock {
        source,
        cache_control: None,
    }
}

pub(super) fn png() -> ImageBlock {
    image_of(bytes("image/png", PNG))
}

pub(super) fn media_of(source: Source) -> MediaBlock {
    MediaBlock {
        source,
        cache_control: None,
    }
}

/// A document of this title.
pub(super) fn document_of(source: Source, title: &str) -> DocumentBlock {
    DocumentBlock {
        source,
        title: Some(title.into()),
        context: None,
        citations: false,
        cache_control: None,
    }
}

/// A PDF of this title.
pub(super) fn pdf(title: &str) -> DocumentBlock {
    document_of(bytes("application/pdf", PDF), title)
}

pub(super) fn search_result() -> SearchResultBlock {
    SearchResultBlock {
        source: "https://ex.com".into(),
        title: "T".into(),
        content: vec!["a".into(), "b".into()],
        citations: false,
        cache_control: None,
    }
}

pub(super) fn display(display: Option<&str>) -> ThinkingDisplay {
    ThinkingDisplay {
        display: display.map(str::to_owned),
    }
}

pub(super) fn budget(budget_tokens: u32) -> Thinking {
    Thinking::Enabled(ThinkingBudget {
        budget_tokens,
        display: display(None),
    })
}

pub(super) fn adaptive() -> Thinking {
    Thinking::Adaptive(display(None))
}

pub(super) fn effort(effort: &str) -> Option<OutputConfig> {
    Some(OutputConfig {
        format: None,
        effort: Some(effort.into()),
    })
}

pub(super) fn format(schema: &str) -> Option<OutputConfig> {
    Some(OutputConfig {
        format: Some(OutputFormat {
            name: None,
            description: None,
            schema: schema.into(),
        }),
        effort: None,
    })
}

/// A conversation in which the tool `n` was called.
pub(super) fn history(model: &str, input: &str) -> Request {
    Request {
        tools: vec![any_tool()],
        ..request(
            model,
            [
                user([text("q")]),
                assistant([text("a"), call("1", input)]),
                user([says("1", "x")]),
            ],
        )
    }
}

/// A conversation in which the tool `n` was called and this came back, with `beside` in the same turn.
pub(super) fn returned(
    model: &str,
    content: impl Into<Vec<ToolResultContent>>,
    beside: impl Into<Vec<ContentBlock>>,
) -> Request {
    let mut request = history(model, "{}");
    let mut turn = vec![result("1", content)];
    turn.extend(beside.into());
    request.messages[2] = user(turn);
    request
}
