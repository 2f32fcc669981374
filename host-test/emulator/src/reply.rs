//! An assistant's answer, block by block, and the frames that tell it.
//!
//! In: blocks already cut into deltas. Out: the events of ConverseStream in the order seen live: no
//! start for text and reasoning, a stop for every block, `messageStop`, then `metadata` as the last.

use crate::frames::Frame;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// One content block, cut into the pieces in which it is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Text.
    Text(Vec<String>),
    /// Reasoning with the signature that lets it be replayed.
    Thinking {
        /// Pieces of the text.
        deltas: Vec<String>,
        /// Sent after the text.
        signature: Option<String>,
    },
    /// Reasoning that only the service can read, one blob a delta.
    Redacted(Vec<Vec<u8>>),
    /// A tool call.
    ToolUse {
        /// `toolUseId`.
        id: String,
        /// Tool's name.
        name: String,
        /// Fragments of the input's JSON text; none for a call without arguments.
        input: Vec<String>,
    },
    /// A call of a tool that the service runs itself.
    ServerToolUse {
        /// `toolUseId`.
        id: String,
        /// Tool's name, such as `nova_grounding`.
        name: String,
        /// Fragments of the input's JSON text.
        input: Vec<String>,
    },
    /// What a tool of the service answered.
    ToolResult {
        /// `toolUseId` of the call.
        id: String,
        /// `type`, such as `nova_grounding_result`.
        kind: Option<String>,
        /// `status`: `success` or `error`.
        status: Option<String>,
        /// Members of `content`, each `{"text": …}` or `{"json": …}`, one a delta.
        content: Vec<Value>,
    },
    /// Text with its sources.
    Cited {
        /// Pieces of the text.
        text: Vec<String>,
        /// Citations with `title`, `source`, `sourceContent` and `location`, one a delta.
        citations: Vec<Value>,
    },
    /// A picture, one part of its bytes a delta.
    Image {
        /// `format`, such as `png`.
        format: String,
        /// Parts of the bytes.
        bytes: Vec<Vec<u8>>,
    },
    /// Anything: members that the service model does not have yet.
    Raw {
        /// `start` of the block, if it has one.
        start: Option<Value>,
        /// Its deltas.
        deltas: Vec<Value>,
    },
}

/// Token counts as `metadata.usage` and Converse's `usage` have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Input tokens without cached ones.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Tokens read from the prompt cache.
    pub cache_read: Option<u64>,
    /// Tokens written to the prompt cache.
    pub cache_write: Option<u64>,
}

impl Usage {
    fn json(self) -> Value {
        let cached = self.cache_read.unwrap_or(0) + self.cache_write.unwrap_or(0);
        let mut usage = json!({
            "inputTokens": self.input_tokens,
            "outputTokens": self.output_tokens,
            "totalTokens": self.input_tokens + self.output_tokens + cached,
        });
        let caches = [
            ("cacheReadInputTokens", self.cache_read),
            ("cacheWriteInputTokens", self.cache_write),
        ];
        for (member, count) in caches {
            if let (Some(count), Some(members)) = (count, usage.as_object_mut()) {
                members.insert(member.to_owned(), count.into());
            }
        }
        usage
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Content blocks in order.
    pub blocks: Vec<Block>,
    /// `stopReason`, any text: new reasons must be playable.
    pub stop_reason: String,
    /// Token counts; none lets the emulator count the request and the answer.
    pub usage: Option<Usage>,
    /// `metrics.latencyMs`.
    pub latency_ms: u64,
    /// `additionalModelResponseFields`, sent with `messageStop`.
    pub additional_fields: Option<Value>,
    /// Further members of `metadata`, laid over its own: an object inside an object adds its members.
    pub metadata: Map<String, Value>,
}

impl Reply {
    /// An answer that ends for the given reason.
    pub fn new(blocks: Vec<Block>, stop_reason: impl Into<String>) -> Self {
        Self {
            blocks,
            stop_reason: stop_reason.into(),
            usage: None,
            latency_ms: 412,
            additional_fields: None,
            metadata: Map::new(),
        }
    }

    /// The same with a further member of `metadata`, known to the service model or not.
    #[must_use]
    pub fn with_metadata(mut self, member: impl Into<String>, value: Value) -> Self {
        lay_over(self.metadata.entry(member).or_insert(Value::Null), value);
        self
    }

    /// The same with `usage.cacheDetails`: tokens written to the cache by lifetime (`5m`, `1h`).
    #[must_use]
    pub fn with_cache_details(self, by_ttl: &[(&str, u64)]) -> Self {
        let details = by_ttl
            .iter()
            .map(|(ttl, tokens)| json!({"ttl": ttl, "inputTokens": tokens}));
        self.with_metadata(
            "usage",
            json!({"cacheDetails": details.collect::<Vec<_>>()}),
        )
    }

    /// The same with `trace.guardrail`.
    #[must_use]
    pub fn with_guardrail_trace(self, assessment: Value) -> Self {
        self.with_metadata("trace", json!({"guardrail": assessment}))
    }

    /// The same with the service tier that answered.
    #[must_use]
    pub fn with_service_tier(self, tier: &str) -> Self {
        self.with_metadata("serviceTier", json!({"type": tier}))
    }

    /// The same with `performanceConfig.latency`.
    #[must_use]
    pub fn with_latency(self, latency: &str) -> Self {
        self.with_metadata("performanceConfig", json!({"latency": latency}))
    }

    /// Output tokens of the answer by [`estimate`].
    pub fn output_tokens(&self) -> u64 {
        let texts = self.blocks.iter().flat_map(|block| match block {
            Block::Text(deltas) | Block::Thinking { deltas, .. } => deltas.clone(),
            Block::Redacted(blobs) => blobs.iter().map(|blob| STANDARD.encode(blob)).collect(),
            Block::ToolUse { name, input, .. } | Block::ServerToolUse { name, input, .. } => {
                [std::slice::from_ref(name), input].concat()
            }
            Block::Cited { text, .. } => text.clone(),
            // What the service's tools and the picture say was not written by the model.
            Block::ToolResult { .. } | Block::Image { .. } => Vec::new(),
            Block::Raw { deltas, .. } => deltas.iter().map(Value::to_string).collect(),
        });
        estimate(&texts.collect::<String>())
    }

    /// The frames that tell the answer, with `input_tokens` used where the reply names no usage.
    pub fn frames(&self, input_tokens: u64) -> Vec<Frame> {
        let mut frames = vec![Frame::event("messageStart", json!({"role": "assistant"}))];
        for (index, block) in self.blocks.iter().enumerate() {
            if let Some(start) = block.start() {
                let payload = json!({"contentBlockIndex": index, "start": start});
                frames.push(Frame::event("contentBlockStart", payload));
            }
            for delta in block.deltas() {
                let payload = json!({"contentBlockIndex": index, "delta": delta});
                frames.push(Frame::event("contentBlockDelta", payload));
            }
            let payload = json!({"contentBlockIndex": index});
            frames.push(Frame::event("contentBlockStop", payload));
        }
        let mut stop = json!({"stopReason": self.stop_reason});
        if let (Some(fields), Some(members)) = (&self.additional_fields, stop.as_object_mut()) {
            members.insert("additionalModelResponseFields".to_owned(), fields.clone());
        }
        frames.push(Frame::event("messageStop", stop));
        let usage = self.usage.unwrap_or(Usage {
            input_tokens,
            output_tokens: self.output_tokens(),
            ..Usage::default()
        });
        let mut metadata =
            json!({"metrics": {"latencyMs": self.latency_ms}, "usage": usage.json()});
        lay_over(&mut metadata, self.metadata.clone().into());
        frames.push(Frame::event("metadata", metadata));
        frames
    }
}

/// Members of an object are laid over one by one, anything else replaces.
fn lay_over(place: &mut Value, over: Value) {
    match (place, over) {
        (Value::Object(members), Value::Object(over)) => {
            for (name, value) in over {
                lay_over(members.entry(name).or_insert(Value::Null), value);
            }
        }
        (place, over) => *place = over,
    }
}

impl Block {
    /// What opens the block; text and reasoning open by their first delta.
    fn start(&self) -> Option<Value> {
        match self {
            Self::Text(_) | Self::Thinking { .. } | Self::Redacted(_) | Self::Cited { .. } => None,
            Self::ToolUse { id, name, .. } => {
                Some(json!({"toolUse": {"name": name, "toolUseId": id}}))
            }
            Self::ServerToolUse { id, name, .. } => Some(json!({
                "toolUse": {"name": name, "toolUseId": id, "type": "server_tool_use"},
            })),
            Self::ToolResult {
                id, kind, status, ..
            } => {
                let mut start = json!({"toolUseId": id});
                for (member, value) in [("type", kind), ("status", status)] {
                    if let Some(value) = value {
                        lay_over(&mut start, json!({ member: value }));
                    }
                }
                Some(json!({"toolResult": start}))
            }
            Self::Image { format, .. } => Some(json!({"image": {"format": format}})),
            Self::Raw { start, .. } => start.clone(),
        }
    }

    fn deltas(&self) -> Vec<Value> {
        match self {
            Self::Text(deltas) => deltas.iter().map(|text| json!({"text": text})).collect(),
            Self::Thinking { deltas, signature } => deltas
                .iter()
                .map(|text| json!({"reasoningContent": {"text": text}}))
                .chain(
                    signature
                        .iter()
                        .map(|signature| json!({"reasoningContent": {"signature": signature}})),
                )
                .collect(),
            Self::Redacted(blobs) => blobs
                .iter()
                .map(|blob| json!({"reasoningContent": {"redactedContent": STANDARD.encode(blob)}}))
                .collect(),
            Self::ToolUse { input, .. } | Self::ServerToolUse { input, .. } => input
                .iter()
                .map(|fragment| json!({"toolUse": {"input": fragment}}))
                .collect(),
            Self::ToolResult { content, .. } => content
                .iter()
                .map(|item| json!({"toolResult": [item]}))
                .collect(),
            Self::Cited { text, citations } => text
                .iter()
                .map(|text| json!({"text": text}))
                .chain(
                    citations
                        .iter()
                        .map(|citation| json!({"citation": citation})),
                )
                .collect(),
            Self::Image { bytes, .. } => bytes
                .iter()
                .map(|part| json!({"image": {"source": {"bytes": STANDARD.encode(part)}}}))
                .collect(),
            Self::Raw { deltas, .. } => deltas.clone(),
        }
    }
}

/// A plausible token count: one for every four characters begun, at least one.
pub fn estimate(text: &str) -> u64 {
    u64::try_from(text.chars().count().div_ceil(4).max(1)).unwrap_or(u64::MAX)
}

/// Plausible input tokens of a Converse body: its messages, system blocks and tools as JSON text.
pub fn input_tokens(body: &Value) -> u64 {
    let parts = ["messages", "system", "toolConfig"];
    let text: String = parts
        .iter()
        .filter_map(|part| body.get(part))
        .map(Value::to_string)
        .collect();
    estimate(&text)
}

/// Cuts text behind spaces into pieces of about `size` characters; joined they are the text.
pub fn cut(text: &str, size: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for word in text.split_inclusive(' ') {
        if pieces
            .last()
            .is_some_and(|piece| piece.chars().count() >= size)
        {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push_str(word);
        }
    }
    pieces
}
