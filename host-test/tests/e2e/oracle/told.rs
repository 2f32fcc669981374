//! An answer in the terms of both readers, and what the component read in these terms.

use crate::support::message::Message;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bedrock_host::types::{Chunk, Citation, ContentBlock, Response, Source, StopReason, Usage};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Told {
    pub(super) blocks: Vec<Piece>,
    pub(super) stop_reason: Option<String>,
    /// Input, output, read from the cache, written to it.
    pub(super) usage: Option<[u64; 4]>,
    /// Written to the cache for five minutes, and for an hour.
    pub(super) by_ttl: Option<[u64; 2]>,
    /// What else is told of the call, by name.
    pub(super) facts: BTreeMap<&'static str, Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Text {
        text: String,
        citations: Vec<Value>,
    },
    Thinking {
        text: String,
        signature: String,
    },
    Redacted(Vec<u8>),
    Tool {
        id: String,
        name: String,
        input: String,
        is_server: bool,
    },
    /// Of a tool that the service ran.
    Result {
        id: String,
        kind: String,
        content: Vec<Value>,
    },
    Image {
        format: String,
        bytes: Vec<u8>,
    },
}

impl Told {
    pub(super) fn text(&self) -> String {
        let texts = self.blocks.iter().map(|piece| match piece {
            Piece::Text { text, .. } => text.as_str(),
            _ => "",
        });
        texts.collect()
    }

    /// The component's words for what Bedrock calls otherwise, and `{}` for the input of a call without arguments.
    pub(super) fn canonical(mut self) -> Self {
        let calls = |piece: &Piece| matches!(piece, Piece::Tool { is_server, .. } if !is_server);
        let calls = self.blocks.iter().any(calls);
        if let Some(reason) = &mut self.stop_reason {
            match reason.as_str() {
                "guardrail_intervened" | "content_filtered" => "refusal".clone_into(reason),
                // Llama and Mistral models say so after calling a tool.
                "end_turn" if calls => "tool_use".clone_into(reason),
                _ => {}
            }
        }
        for piece in &mut self.blocks {
            if let Piece::Tool { input, .. } = piece
                && input.is_empty()
            {
                input.push_str("{}");
            }
        }
        self
    }

    /// Tool inputs as values: a document of the SDK's has no text of its own.
    pub(super) fn with_inputs_as_values(mut self) -> Self {
        for piece in &mut self.blocks {
            if let Piece::Tool { input, .. } = piece {
                let value: Value = serde_json::from_str(input).expect("JSON");
                *input = value.to_string();
            }
        }
        self
    }
}

/// A block that says nothing, which some models open and the component leaves out.
pub(super) fn is_empty(piece: &Piece) -> bool {
    match piece {
        Piece::Text { text, citations } => text.is_empty() && citations.is_empty(),
        Piece::Thinking { text, signature } => text.is_empty() && signature.is_empty(),
        Piece::Redacted(bytes) | Piece::Image { bytes, .. } => bytes.is_empty(),
        Piece::Tool { .. } | Piece::Result { .. } => false,
    }
}

/// A citation of any kind: where it points, what it is called, and what it quotes.
pub(super) fn citation(
    location: Value,
    title: Option<&str>,
    source: Option<&str>,
    text: &str,
) -> Value {
    json!({"location": location, "title": title, "source": source, "text": text})
}

pub(super) fn usage(usage: &Usage) -> [u64; 4] {
    [
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
    ]
}

/// What the component streamed.
pub(super) fn by_chunks(chunks: &[Chunk]) -> Told {
    let metadata = chunks.iter().find_map(|chunk| match chunk {
        Chunk::MessageDelta(delta) => delta.provider_metadata.clone(),
        _ => None,
    });
    by_component(&Message::of(chunks), metadata.as_deref())
}

/// What the component answered.
pub(super) fn by_response(response: Response) -> Told {
    let metadata = response.provider_metadata.clone();
    by_component(&response.into(), metadata.as_deref())
}

fn by_component(message: &Message, metadata: Option<&str>) -> Told {
    let blocks = message.content.iter().map(piece);
    let stop_reason = message.stop_reason.as_ref().map(|reason| match reason {
        StopReason::EndTurn => "end_turn".into(),
        StopReason::MaxTokens => "max_tokens".into(),
        StopReason::StopSequence => "stop_sequence".into(),
        StopReason::ToolUse => "tool_use".into(),
        StopReason::Refusal => "refusal".into(),
        StopReason::PauseTurn => "pause_turn".into(),
        StopReason::ModelContextWindowExceeded => "model_context_window_exceeded".into(),
        StopReason::Other(reason) => reason.clone(),
    });
    let counted = message.usage.as_ref();
    let by_ttl = counted.and_then(|usage| usage.cache_creation);
    let metadata: Value = metadata.map_or(Value::Null, |metadata| {
        serde_json::from_str(metadata).expect("JSON")
    });
    let bedrock = &metadata["bedrock"];
    let tier = counted.and_then(|usage| usage.service_tier.clone());
    Told {
        blocks: blocks.filter(|piece| !is_empty(piece)).collect(),
        stop_reason,
        usage: counted.map(usage),
        by_ttl: by_ttl.map(|by_ttl| {
            [
                by_ttl.five_minutes_input_tokens,
                by_ttl.one_hour_input_tokens,
            ]
        }),
        facts: facts([
            ("tier", tier.into()),
            ("latency", bedrock["latencyMs"].clone()),
            (
                "performance",
                bedrock["performanceConfig"]["latency"].clone(),
            ),
            (
                "guardrail",
                bedrock["trace"]["guardrail"]["actionReason"].clone(),
            ),
            (
                "output",
                bedrock["trace"]["guardrail"]["modelOutput"].clone(),
            ),
            (
                "router",
                bedrock["trace"]["promptRouter"]["invokedModelId"].clone(),
            ),
            ("fields", bedrock["additionalModelResponseFields"].clone()),
        ]),
    }
}

/// Those that there are.
pub(super) fn facts<const N: usize>(
    facts: [(&'static str, Value); N],
) -> BTreeMap<&'static str, Value> {
    facts
        .into_iter()
        .filter(|(_, fact)| !fact.is_null())
        .collect()
}

fn piece(block: &ContentBlock) -> Piece {
    match block {
        ContentBlock::Text(block) => Piece::Text {
            text: block.text.clone(),
            citations: block.citations.iter().map(cited).collect(),
        },
        ContentBlock::Thinking(block) => Piece::Thinking {
            text: block.thinking.clone(),
            signature: block.signature.clone().unwrap_or_default(),
        },
        ContentBlock::RedactedThinking(block) => Piece::Redacted(blob(&block.data)),
        ContentBlock::ToolUse(call) | ContentBlock::ServerToolUse(call) => Piece::Tool {
            id: call.id.clone(),
            name: call.name.clone(),
            input: call.input.clone(),
            is_server: matches!(block, ContentBlock::ServerToolUse(_)),
        },
        ContentBlock::ServerToolResult(result) => Piece::Result {
            id: result.tool_use_id.clone(),
            kind: result.kind.clone(),
            content: serde_json::from_str(&result.content).expect("an array"),
        },
        ContentBlock::Image(image) => match &image.source {
            Source::Bytes(raw) => Piece::Image {
                format: raw.media_type.trim_start_matches("image/").to_owned(),
                bytes: raw.data.clone(),
            },
            other => panic!("{other:?}"),
        },
        other => panic!("in an answer: {other:?}"),
    }
}

/// The bytes of redacted thinking: text as it is, others as base64 behind a marker.
fn blob(data: &str) -> Vec<u8> {
    match data.strip_prefix("base64:") {
        Some(base64) => STANDARD.decode(base64).expect("base64"),
        None => data.as_bytes().to_vec(),
    }
}

fn cited(of: &Citation) -> Value {
    match of {
        Citation::CharLocation(at) => citation(
            json!({"char": [at.document_index, at.start_char_index, at.end_char_index]}),
            at.document_title.as_deref(),
            None,
            &at.cited_text,
        ),
        Citation::PageLocation(at) => citation(
            json!({"page": [at.document_index, at.start_page_number, at.end_page_number]}),
            at.document_title.as_deref(),
            None,
            &at.cited_text,
        ),
        Citation::ContentBlockLocation(at) => citation(
            json!({"chunk": [at.document_index, at.start_block_index, at.end_block_index]}),
            at.document_title.as_deref(),
            None,
            &at.cited_text,
        ),
        Citation::SearchResultLocation(at) => citation(
            json!({"search": [at.search_result_index, at.start_block_index, at.end_block_index]}),
            at.title.as_deref(),
            Some(&at.source),
            &at.cited_text,
        ),
        Citation::WebSearchResultLocation(at) => citation(
            json!({"web": at.url}),
            at.title.as_deref(),
            None,
            &at.cited_text,
        ),
        Citation::Other(other) => panic!("a citation that the component does not know: {other}"),
    }
}
