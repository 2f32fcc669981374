//! Tools of either of OpenAI's APIs.
//!
//! The canonical shape knows one kind of tool of the caller's: a function that takes a JSON object. OpenAI's clients have
//! more: functions in a namespace, tools that take raw text, and a few that OpenAI defines and the client runs. All of
//! them are offered to the model as functions; what each offered name stands for is in one table, `Offered`, by which
//! calls in the history get the same names and calls in the answer are given back as the client knows them.
//!
//! | room | what it knows |
//! |---|---|
//! | [`offered`] | the table, and the names |
//! | [`list`] | `tools` |
//! | [`choice`] | `tool_choice`, and `parallel_tool_calls` |
//! | [`freeform`] | the raw text inside a streamed JSON object |
//! | [`built_in`] | tools that OpenAI defines and the client runs, and those that OpenAI runs |
//!
//! Source: OpenAI's API reference (<https://platform.openai.com/docs/api-reference/responses>) and the types of its SDKs.

pub(crate) mod built_in;
pub(crate) mod choice;
pub(crate) mod freeform;
pub(crate) mod list;
pub(crate) mod offered;

/// Which of the APIs is spoken: Chat Completions has functions and custom tools alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Chat,
    Responses,
}
