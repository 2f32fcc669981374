//! The JSON that clients speak, to and from the canonical shape: Anthropic's Messages API, and OpenAI's Chat
//! Completions and Responses.
//!
//! In: a request's body and headers, or canonical answers, chunks and errors. Out: the canonical request, or the bytes
//! that an official SDK expects. All but Responses go both ways, so that the same tables serve a gateway (requests in,
//! answers out) and a client (requests out, answers in). No I/O, no clock: what a dialect needs besides is an argument.
//!
//! Two rooms are for all shells that speak them: [`alias`], the operator's names for models, and [`operator`], what a
//! client is told of failures that are not its own.

pub mod alias;
pub mod anthropic;
mod content_type;
mod data_url;
mod fields;
mod gateway;
mod notes;
pub mod openai;
pub mod operator;
mod path;
pub mod responses;
pub mod sse;

pub use bedrock_provider::canonical;
pub use content_type::expect_json;
pub use data_url::percent_decoded;
pub use gateway::{pico_usd, usd};
pub use openai::OfferedTools;

use canonical::{Chunk, Error, Request, Response, Warning};

/// A client's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `POST /v1/messages`.
    Anthropic,
    /// `POST /v1/chat/completions`.
    OpenAi,
    /// `POST /v1/responses`, OpenAI's too.
    Responses,
}

/// What to do with a member that this version does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Leave it out, with a lossy warning that names it.
    Warn,
    /// An `invalid-request` error that names it.
    Refuse,
}

/// What a client asks of the prompt cache besides the points that it marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// Its own points alone: its API has a word for them.
    Marked,
    /// Nothing; its API has no word for points.
    Unasked,
    /// That its prompts are cached.
    Asked,
    /// For long.
    ForAnHour,
}

/// When an operator has prompts cached whose client marks no points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PromptCaching {
    /// Where the client asks for it, and where its API has no word for points and a conversation goes on.
    #[default]
    Auto,
    /// Never.
    Off,
    /// Always.
    On,
}

impl PromptCaching {
    /// By its word in settings: `auto`, `on` or `off`.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(PromptCaching::Auto),
            "off" => Some(PromptCaching::Off),
            "on" => Some(PromptCaching::On),
            _ => None,
        }
    }

    /// The provider's setting `promptCaching` for a request, as JSON; none where it has points by marks alone.
    pub fn setting(self, asked: Caching) -> Option<&'static str> {
        match (self, asked) {
            (PromptCaching::Off, _) | (PromptCaching::Auto, Caching::Marked) => None,
            (_, Caching::ForAnHour) => Some(r#"{"when":"always","ttl":"1h"}"#),
            (PromptCaching::Auto, Caching::Unasked) => Some(r#"{"when":"continued"}"#),
            _ => Some(r#"{"when":"always"}"#),
        }
    }
}

/// What to do with a part of a person's or a tool's message that is not supported. Dropping it would change the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedContent {
    /// An `unsupported` error that names it.
    Refuse,
    /// A text that names its kind stands in its place, with a lossy warning.
    Replace,
}

impl UnsupportedContent {
    /// By its word in settings: `error` or `replace`.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "error" => Some(UnsupportedContent::Refuse),
            "replace" => Some(UnsupportedContent::Replace),
            _ => None,
        }
    }
}

/// How a request is read where it says what cannot be passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Of settings that are not known or cannot be had.
    pub unknown: Unknown,
    /// Of what was said.
    pub content: UnsupportedContent,
}

impl Policy {
    /// `strict` refuses every loss.
    pub fn new(strict: bool, content: UnsupportedContent) -> Self {
        let unknown = match strict {
            true => Unknown::Refuse,
            false => Unknown::Warn,
        };
        Policy { unknown, content }
    }
}

impl From<Unknown> for Policy {
    /// With content refused that cannot be read.
    fn from(unknown: Unknown) -> Self {
        Policy {
            unknown,
            content: UnsupportedContent::Refuse,
        }
    }
}

/// A client's request, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// What to ask; `model` is as the client wrote it.
    pub request: Request,
    /// Whether the answer shall stream.
    pub stream: bool,
    /// Chat Completions: `stream_options.include_usage`; always true with the others.
    pub include_usage: bool,
    /// What to do about the prompt cache.
    pub caching: Caching,
    /// What was changed or left out.
    pub warnings: Vec<Warning>,
    /// What the names of the request's tools stand for.
    pub tools: OfferedTools,
}

/// What an answer tells besides what the provider said.
#[derive(Debug, Clone, PartialEq)]
pub struct Telling {
    /// The model as the client wrote it.
    pub model: String,
    /// Seconds since the Unix epoch, for OpenAI's `created`.
    pub created: u64,
    /// As in [`Ask`].
    pub include_usage: bool,
    /// The dialect's own warnings, told with the provider's.
    pub warnings: Vec<Warning>,
    /// As in [`Ask`]: calls are given back as the client knows its tools.
    pub tools: OfferedTools,
}

impl Telling {
    /// The error of a provider, with the path of a tool as the client wrote its tools.
    pub fn locate(&self, mut error: Error) -> Error {
        if let Some(path) = &mut error.path {
            *path = self.tools.path(path).into_owned();
        }
        error
    }
}

/// An error as the client's API tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Besides `content-type`: `retry-after`, `retry-after-ms`, `x-should-retry`, …
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

impl Dialect {
    /// A client's request. `headers` have lower-case names; of them only the dialect's own are read (`anthropic-beta`).
    pub fn read_request(
        self,
        body: &[u8],
        headers: &[(String, String)],
        policy: impl Into<Policy>,
    ) -> Result<Ask, Error> {
        let policy = policy.into();
        match self {
            Dialect::Anthropic => anthropic::read_request(body, headers, policy),
            Dialect::OpenAi => openai::read_request(body, headers, policy),
            Dialect::Responses => responses::read_request(body, headers, policy),
        }
    }

    /// The body of a whole answer.
    pub fn write_response(self, response: &Response, telling: &Telling) -> String {
        match self {
            Dialect::Anthropic => anthropic::write_response(response, telling),
            Dialect::OpenAi => openai::write_response(response, telling),
            Dialect::Responses => responses::write_response(response, telling),
        }
    }

    /// The answer of a call that failed before its first byte.
    pub fn write_error(self, error: &Error, request_id: &str) -> ErrorAnswer {
        match self {
            Dialect::Anthropic => anthropic::write_error(error, request_id),
            Dialect::OpenAi => openai::write_error(error, request_id),
            Dialect::Responses => responses::write_error(error, request_id),
        }
    }

    /// What turns chunks into server-sent events.
    pub fn encoder(self, telling: Telling) -> Encoder {
        match self {
            Dialect::Anthropic => Encoder::Anthropic(anthropic::Encoder::new(telling)),
            Dialect::OpenAi => Encoder::OpenAi(openai::Encoder::new(telling)),
            Dialect::Responses => Encoder::Responses(responses::Encoder::new(telling)),
        }
    }
}

/// Chunks to server-sent events (`text/event-stream`).
pub enum Encoder {
    /// Of [`anthropic`].
    Anthropic(anthropic::Encoder),
    /// Of [`openai`].
    OpenAi(openai::Encoder),
    /// Of [`responses`].
    Responses(responses::Encoder),
}

impl Encoder {
    /// Append the events that a chunk makes; often one, sometimes none.
    pub fn push(&mut self, chunk: &Chunk, out: &mut String) {
        match self {
            Encoder::Anthropic(encoder) => encoder.push(chunk, out),
            Encoder::OpenAi(encoder) => encoder.push(chunk, out),
            Encoder::Responses(encoder) => encoder.push(chunk, out),
        }
    }

    /// Append the event of a stream that broke; nothing may follow it.
    pub fn fail(&mut self, error: &Error, request_id: &str, out: &mut String) {
        match self {
            Encoder::Anthropic(encoder) => encoder.fail(error, request_id, out),
            Encoder::OpenAi(encoder) => encoder.fail(error, request_id, out),
            Encoder::Responses(encoder) => encoder.fail(error, request_id, out),
        }
    }
}
