//! What the emulator answers to one request: an answer, its pace, and what goes wrong with it.

use crate::faults::Fault;
use crate::frames::Frame;
use crate::operation::Operation;
use crate::pace::Pace;
use crate::reply::{Block, Reply, cut};
use crate::service_error::ServiceError;
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;

/// Length of a delta that the shorthands cut, in characters.
const DELTA: usize = 12;

/// What is said.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// An assistant's answer.
    Reply(Reply),
    /// Frames as they are, legal or not.
    Frames(Vec<Frame>),
    /// A ready-made ConverseStream body, legal or not.
    Bytes(Bytes),
    /// An HTTP error instead of an answer.
    Refusal(ServiceError),
}

/// One request's answer.
///
/// Converse and ConverseStream are answered from the same script and say the same: an exception frame
/// of the stream is the HTTP error of the plain call.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// What is said.
    pub answer: Answer,
    /// After that many frames this one is sent, and the stream ends. Ready-made bytes are streamed as
    /// they are.
    pub interruption: Option<(usize, Frame)>,
    /// How fast, in what pieces.
    pub pace: Pace,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Whether payloads carry the padding member `p`, as live ones do.
    pub padding: bool,
}

impl From<Answer> for Script {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            interruption: None,
            pace: Pace::default(),
            faults: Vec::new(),
            padding: true,
        }
    }
}

impl From<Reply> for Script {
    fn from(reply: Reply) -> Self {
        Answer::Reply(reply).into()
    }
}

impl From<ServiceError> for Script {
    fn from(error: ServiceError) -> Self {
        Answer::Refusal(error).into()
    }
}

impl Script {
    /// A text, cut into deltas.
    pub fn text(text: &str) -> Self {
        Reply::new(vec![Block::Text(cut(text, DELTA))], "end_turn").into()
    }

    /// Signed thinking, then a text.
    pub fn thinking(thought: &str, signature: &str, text: &str) -> Self {
        let thinking = Block::Thinking {
            deltas: cut(thought, DELTA),
            signature: Some(signature.to_owned()),
        };
        Reply::new(vec![thinking, Block::Text(cut(text, DELTA))], "end_turn").into()
    }

    /// Tool calls of `(id, name, input)`; each input's JSON text is told in fragments of a few bytes.
    pub fn tool_calls(calls: &[(&str, &str, Value)]) -> Self {
        let blocks = calls.iter().map(|(id, name, input)| Block::ToolUse {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            input: fragments(&input.to_string()),
        });
        Reply::new(blocks.collect(), "tool_use").into()
    }

    /// Frames as they are.
    pub fn frames(frames: Vec<Frame>) -> Self {
        Answer::Frames(frames).into()
    }

    /// A ready-made ConverseStream body.
    pub fn bytes(body: impl Into<Bytes>) -> Self {
        Answer::Bytes(body.into()).into()
    }

    /// An HTTP error.
    pub fn refusal(code: &str, message: &str) -> Self {
        ServiceError::new(code, message).into()
    }

    /// The same at another pace.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The same with a further fault.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// The same, ended by `frame` (an exception or error) after `frames` frames.
    #[must_use]
    pub fn interrupted_after(mut self, frames: usize, frame: Frame) -> Self {
        self.interruption = Some((frames, frame));
        self
    }

    /// The same without the padding member.
    #[must_use]
    pub fn without_padding(mut self) -> Self {
        self.padding = false;
        self
    }
}

/// Pieces of a few bytes that end on character boundaries; joined they are the text.
pub(crate) fn fragments(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(7)
        .map(|piece| piece.iter().collect())
        .collect()
}

/// A request that passed every check, as a responder sees it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Converse or ConverseStream.
    pub operation: Operation,
    /// Decoded model id.
    pub model_id: &'a str,
    /// Parsed body.
    pub body: &'a Value,
}

/// Who answers when no script is queued.
#[derive(Clone, Default)]
pub enum Responder {
    /// A small story made from the request; see [`crate::story`].
    #[default]
    Story,
    /// The same script for every request.
    Always(Box<Script>),
    /// A function of the request.
    Custom(Arc<dyn Fn(Call<'_>) -> Script + Send + Sync>),
}

impl Responder {
    pub(crate) fn answer(&self, call: Call<'_>) -> Script {
        match self {
            Self::Story => crate::story::story(call),
            Self::Always(script) => script.as_ref().clone(),
            Self::Custom(responder) => responder(call),
        }
    }
}

impl std::fmt::Debug for Responder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Story => "Story",
            Self::Always(_) => "Always",
            Self::Custom(_) => "Custom",
        })
    }
}
