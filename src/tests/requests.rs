//! Canonical requests and the bodies they become.

mod cache;
mod properties;
mod recorded;
mod refusals;
mod settings;
mod state;
mod thinking;
mod tools;
mod turns;

use serde_json::Value;

use crate::canonical::{
    CacheControl, CacheTtl, ContentBlock, Context, Error, Message, PlainText,
    RedactedThinkingBlock, Request, Role, TextBlock, ThinkingBlock, Tool, ToolChoice,
    ToolChoiceMode, ToolResultBlock, ToolResultContent, ToolUseBlock,
};
use crate::credentials::{Auth, Credentials};
use crate::environment::Environment;
use crate::exchange::{self, Amendments, Operation, State};
use crate::http_message::HttpRequest;

const CLAUDE: &str = "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0";
const NOVA: &str = "bedrock/amazon.nova-lite-v1:0";
const LLAMA: &str = "bedrock/meta.llama3-1-70b-instruct-v1:0";

/// What Claude's answers are asked for besides: which stop sequence ended them.
const RESPONSE_PATHS: &str = "additionalModelResponseFieldPaths";

/// A request of these messages and nothing else.
fn request(model: &str, messages: impl Into<Vec<Message>>) -> Request {
    Request {
        model: model.into(),
        system: Vec::new(),
        messages: messages.into(),
        max_tokens: None,
        temperature: None,
        top_p: None,
        top_k: None,
        stop_sequences: Vec::new(),
        tools: Vec::new(),
        tool_choice: None,
        thinking: None,
        output: None,
        service_tier: None,
        metadata: Vec::new(),
        betas: Vec::new(),
        extensions: None,
    }
}

/// One user turn that says "Hello".
fn hello(model: &str) -> Request {
    request(model, [user([text("Hello")])])
}

fn user(content: impl Into<Vec<ContentBlock>>) -> Message {
    Message {
        role: Role::User,
        content: content.into(),
    }
}

fn assistant(content: impl Into<Vec<ContentBlock>>) -> Message {
    Message {
        role: Role::Assistant,
        content: content.into(),
    }
}

fn text(text: &str) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text: text.into(),
        citations: Vec::new(),
        cache_control: None,
    })
}

fn plain(text: &str) -> PlainText {
    PlainText {
        text: text.into(),
        cache_control: None,
    }
}

/// A call of the tool `n`.
fn call(id: &str, input: &str) -> ContentBlock {
    ContentBlock::ToolUse(ToolUseBlock {
        id: id.into(),
        name: "n".into(),
        input: input.into(),
        cache_control: None,
    })
}

fn result(id: &str, content: impl Into<Vec<ToolResultContent>>) -> ContentBlock {
    ContentBlock::ToolResult(ToolResultBlock {
        tool_use_id: id.into(),
        content: content.into(),
        is_error: false,
        cache_control: None,
    })
}

/// A result of one text.
fn says(id: &str, text: &str) -> ContentBlock {
    result(id, [ToolResultContent::Text(plain(text))])
}

fn thinking(thinking: &str, signature: Option<&str>) -> ContentBlock {
    ContentBlock::Thinking(ThinkingBlock {
        thinking: thinking.into(),
        signature: signature.map(str::to_owned),
    })
}

fn redacted(data: &str) -> ContentBlock {
    ContentBlock::RedactedThinking(RedactedThinkingBlock { data: data.into() })
}

fn tool(name: &str, input_schema: &str) -> Tool {
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
fn any_tool() -> Tool {
    tool("n", r#"{"type":"object"}"#)
}

fn choose(mode: ToolChoiceMode) -> Option<ToolChoice> {
    Some(ToolChoice {
        mode,
        disable_parallel_tool_use: false,
    })
}

/// As `mode` says, and at most one call in a turn.
fn choose_one(mode: ToolChoiceMode) -> Option<ToolChoice> {
    Some(ToolChoice {
        mode,
        disable_parallel_tool_use: true,
    })
}

fn cache(ttl: Option<CacheTtl>) -> Option<CacheControl> {
    Some(CacheControl { ttl })
}

/// The block, as the end of a cached prefix of the default ttl.
fn cached(mut block: ContentBlock) -> ContentBlock {
    match &mut block {
        ContentBlock::Text(block) => block.cache_control = cache(None),
        ContentBlock::ToolUse(block) => block.cache_control = cache(None),
        ContentBlock::ToolResult(block) => block.cache_control = cache(None),
        other => panic!("{other:?} has no cache_control"),
    }
    block
}

fn access_key() -> Credentials {
    Credentials {
        auth: Some(Auth::access_key("AKIDEXAMPLE", "secret", None)),
        region: Some("us-east-1".into()),
        expires_at: None,
    }
}

fn prepare(
    request: &Request,
    context: &Context,
    operation: Operation,
) -> Result<(HttpRequest, State), Error> {
    let prepared = exchange::prepare(
        request,
        context,
        &access_key(),
        &Environment::default(),
        operation,
        &Amendments::default(),
        1_440_938_160_000, // 2015-08-30T12:36:00Z
    )?;
    Ok((prepared.request, prepared.state))
}

/// A prepared call.
struct Sent {
    http: HttpRequest,
    body: Value,
    /// Path of each warning, and whether it tells of a loss.
    warnings: Vec<(String, bool)>,
}

fn send_as(operation: Operation, request: &Request) -> Sent {
    let (http, state) = prepare(request, &Context::default(), operation)
        .unwrap_or_else(|error| panic!("{error:?}: {request:?}"));
    let body = serde_json::from_slice(&http.body).expect("a JSON body");
    let state: Value = serde_json::from_slice(&state.to_bytes()).expect("a JSON state");
    let warnings = state["warnings"].as_array().expect("warnings").iter();
    Sent {
        body,
        warnings: warnings
            .map(|warning| {
                let path = warning["path"].as_str().expect("a path");
                (path.to_owned(), warning["lossy"] == "lossy")
            })
            .collect(),
        http,
    }
}

fn send(request: &Request) -> Sent {
    send_as(Operation::Complete, request)
}

/// The body's member, of a request that is sent without any warning.
fn member(request: &Request, name: &str) -> Value {
    let Sent { body, warnings, .. } = send(request);
    assert!(warnings.is_empty(), "{warnings:?} of {request:?}");
    body[name].clone()
}

/// The body's `messages`, likewise.
fn messages(request: &Request) -> Value {
    member(request, "messages")
}

/// The error of a request that cannot be sent.
fn refusal(request: &Request) -> Error {
    match prepare(request, &Context::default(), Operation::Complete) {
        Ok((http, _)) => panic!(
            "sent {} for {request:?}",
            String::from_utf8_lossy(&http.body)
        ),
        Err(error) => error,
    }
}
