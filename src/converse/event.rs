//! The JSON of Converse's answers, as Rust: the events of a stream and the whole answer.
//!
//! Shapes are AWS's (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html>).
//! Every member may be absent or null, and members that are not here are passed over: the service adds some (`p`, a
//! padding of random length, is in every event).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::Text;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockStart<'a> {
    pub content_block_index: u32,
    #[serde(borrow, default)]
    pub start: Option<Start<'a>>,
}

/// A union: one member at most.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Start<'a> {
    #[serde(borrow)]
    pub tool_use: Option<ToolUseStart<'a>>,
    #[serde(borrow)]
    pub image: Option<ImageStart<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToolUseStart<'a> {
    #[serde(borrow)]
    pub tool_use_id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    /// `server_tool_use` where the service ran the tool.
    #[serde(borrow)]
    pub r#type: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ImageStart<'a> {
    #[serde(borrow)]
    pub format: Text<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockDelta<'a> {
    pub content_block_index: u32,
    #[serde(borrow, default)]
    pub delta: Option<Delta<'a>>,
}

/// A union: one member at most.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delta<'a> {
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
    #[serde(borrow)]
    pub tool_use: Option<ToolUseDelta<'a>>,
    #[serde(borrow)]
    pub reasoning_content: Option<ReasoningDelta<'a>>,
    #[serde(borrow)]
    pub citation: Option<Citation<'a>>,
    #[serde(borrow)]
    pub image: Option<ImageDelta<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ToolUseDelta<'a> {
    #[serde(borrow)]
    pub input: Option<Text<'a>>,
}

/// A union: one member at most.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReasoningDelta<'a> {
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
    #[serde(borrow)]
    pub signature: Option<Text<'a>>,
    /// Base64.
    #[serde(borrow)]
    pub redacted_content: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ImageDelta<'a> {
    #[serde(borrow)]
    pub source: Option<ImageSource<'a>>,
    #[serde(borrow)]
    pub error: Option<ImageError<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ImageSource<'a> {
    /// Base64.
    #[serde(borrow)]
    pub bytes: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ImageError<'a> {
    #[serde(borrow)]
    pub message: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockStop {
    pub content_block_index: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageStop<'a> {
    #[serde(borrow)]
    pub stop_reason: Text<'a>,
    #[serde(borrow)]
    pub additional_model_response_fields: Option<&'a RawValue>,
}

/// The end of a stream; the same members stand in the whole answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata<'a> {
    pub usage: Option<Usage<'a>>,
    pub metrics: Option<Metrics>,
    #[serde(borrow)]
    pub trace: Option<&'a RawValue>,
    #[serde(borrow)]
    pub performance_config: Option<&'a RawValue>,
    #[serde(borrow)]
    pub service_tier: Option<ServiceTier<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Usage<'a> {
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    /// `cacheReadInputTokenCount` is an older name of the same count.
    pub cache_read_input_tokens: Option<u64>,
    pub cache_read_input_token_count: Option<u64>,
    pub cache_write_input_tokens: Option<u64>,
    pub cache_write_input_token_count: Option<u64>,
    #[serde(borrow, default)]
    pub cache_details: Option<Vec<CacheDetail<'a>>>,
}

/// A part of what was written to the cache, not more than it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CacheDetail<'a> {
    #[serde(borrow)]
    pub ttl: Option<Text<'a>>,
    pub input_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metrics {
    pub latency_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ServiceTier<'a> {
    #[serde(borrow)]
    pub r#type: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Citation<'a> {
    #[serde(borrow)]
    pub title: Option<Text<'a>>,
    #[serde(borrow)]
    pub source: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub source_content: Option<Vec<SourceContent<'a>>>,
    #[serde(borrow)]
    pub location: Option<Location<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SourceContent<'a> {
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
}

/// A union: one member at most.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location<'a> {
    pub document_char: Option<DocumentSpan>,
    pub document_page: Option<DocumentSpan>,
    pub document_chunk: Option<DocumentSpan>,
    pub search_result_location: Option<SearchResultSpan>,
    #[serde(borrow)]
    pub web: Option<Web<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentSpan {
    #[serde(default)]
    pub document_index: u32,
    #[serde(default)]
    pub start: u32,
    #[serde(default)]
    pub end: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SearchResultSpan {
    #[serde(default)]
    pub search_result_index: u32,
    #[serde(default)]
    pub start: u32,
    #[serde(default)]
    pub end: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Web<'a> {
    #[serde(borrow)]
    pub url: Option<Text<'a>>,
}

/// The whole answer of Converse.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer<'a> {
    #[serde(borrow)]
    pub output: Option<Output<'a>>,
    #[serde(borrow)]
    pub stop_reason: Option<Text<'a>>,
    #[serde(borrow)]
    pub additional_model_response_fields: Option<&'a RawValue>,
    // The members of `Metadata`; serde's flatten could not borrow them.
    #[serde(borrow)]
    pub usage: Option<Usage<'a>>,
    pub metrics: Option<Metrics>,
    #[serde(borrow)]
    pub trace: Option<&'a RawValue>,
    #[serde(borrow)]
    pub performance_config: Option<&'a RawValue>,
    #[serde(borrow)]
    pub service_tier: Option<ServiceTier<'a>>,
}

/// A union: one member at most.
#[derive(Debug, Deserialize)]
pub(crate) struct Output<'a> {
    #[serde(borrow)]
    pub message: Option<Message<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Message<'a> {
    #[serde(borrow, default)]
    pub content: Vec<Block<'a>>,
}

/// A union: one member at most.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Block<'a> {
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
    #[serde(borrow)]
    pub tool_use: Option<ToolUse<'a>>,
    #[serde(borrow)]
    pub reasoning_content: Option<Reasoning<'a>>,
    #[serde(borrow)]
    pub citations_content: Option<CitationsContent<'a>>,
    #[serde(borrow)]
    pub image: Option<Image<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToolUse<'a> {
    #[serde(borrow)]
    pub tool_use_id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub r#type: Option<Text<'a>>,
}

/// A union: one member at most.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reasoning<'a> {
    #[serde(borrow)]
    pub reasoning_text: Option<ReasoningText<'a>>,
    /// Base64.
    #[serde(borrow)]
    pub redacted_content: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReasoningText<'a> {
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
    #[serde(borrow)]
    pub signature: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CitationsContent<'a> {
    #[serde(borrow, default)]
    pub content: Option<Vec<SourceContent<'a>>>,
    #[serde(borrow, default)]
    pub citations: Option<Vec<Citation<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Image<'a> {
    #[serde(borrow)]
    pub format: Text<'a>,
    #[serde(borrow)]
    pub source: Option<ImageSource<'a>>,
    #[serde(borrow)]
    pub error: Option<ImageError<'a>>,
}
