//! Words that OpenAI's APIs and the canonical shape have for one thing, each table read from both sides.
//!
//! Source: OpenAI's API reference (<https://platform.openai.com/docs/api-reference/chat>) and the types of its SDKs.

use crate::canonical::StopReason;

/// What an answer's `refusal` says; the model's own words are in `content`.
pub(crate) const REFUSED: &str = "The model or a guardrail refused to answer.";

/// OpenAI's `service_tier`, and the canonical one.
const TIERS: &[(&str, &str)] = &[
    ("default", "default"),
    ("default", "standard"),
    ("default", "standard_only"),
    ("auto", "auto"),
    ("flex", "flex"),
    ("priority", "priority"),
    ("fast", "priority"),
];

/// The canonical tier.
pub(crate) fn tier_from_openai(tier: &str) -> Option<&'static str> {
    let row = TIERS.iter().find(|(theirs, _)| *theirs == tier);
    row.map(|(_, ours)| *ours)
}

/// OpenAI's tier; none where it has no such.
pub(crate) fn tier_to_openai(tier: &str) -> Option<&'static str> {
    let row = TIERS.iter().find(|(_, ours)| *ours == tier);
    row.map(|(theirs, _)| *theirs)
}

/// `finish_reason` of a reason to stop.
pub(crate) fn finish_reason(stop: &StopReason) -> &'static str {
    match stop {
        StopReason::EndTurn
        | StopReason::StopSequence
        | StopReason::PauseTurn
        | StopReason::Other(_) => "stop",
        StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => "length",
        StopReason::ToolUse => "tool_calls",
        StopReason::Refusal => "content_filter",
    }
}

/// The reason to stop that a `finish_reason` tells.
pub(crate) fn stop_reason(finish_reason: &str) -> StopReason {
    match finish_reason {
        "stop" => StopReason::EndTurn,
        "length" => StopReason::MaxTokens,
        "tool_calls" | "function_call" => StopReason::ToolUse,
        "content_filter" => StopReason::Refusal,
        other => StopReason::Other(other.into()),
    }
}

/// `chatcmpl-…` of a `msg_…`.
pub(crate) fn completion_id(message_id: &str) -> String {
    let bare = message_id.strip_prefix("msg_").unwrap_or(message_id);
    ["chatcmpl-", bare].concat()
}

/// `msg_…` of a `chatcmpl-…`.
pub(crate) fn message_id(completion_id: &str) -> String {
    let bare = completion_id.strip_prefix("chatcmpl-");
    ["msg_", bare.unwrap_or(completion_id)].concat()
}
