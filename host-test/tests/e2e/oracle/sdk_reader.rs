//! What AWS's SDK reads, in the same terms.

use super::told::{Piece, Told, citation, facts, is_empty};
use crate::support::calls::CLAUDE;
use crate::support::sdk::client;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::types::{
    Citation, CitationLocation, CitationSourceContent, CitationsDelta, ContentBlock,
    ContentBlockDelta, ContentBlockStart, ConversationRole, ConverseStreamMetadataEvent,
    ConverseStreamOutput as Event, GuardrailTraceAssessment, ImageSource, Message,
    PromptRouterTrace, ReasoningContentBlock, ReasoningContentBlockDelta, ServiceTier, TokenUsage,
    ToolResultBlockDelta, ToolResultContentBlock, ToolUseType,
};
use aws_smithy_types::{Document, Number};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn model() -> &'static str {
    CLAUDE.trim_start_matches("bedrock/")
}

fn hi() -> Message {
    let message = Message::builder().role(ConversationRole::User);
    let message = message.content(ContentBlock::Text("Hi".into()));
    message.build().expect("a whole message")
}

/// What the SDK calls JSON.
fn value(document: &Document) -> Value {
    match document {
        Document::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, member)| (name.clone(), value(member)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Document::Array(items) => items.iter().map(value).collect(),
        Document::Number(Number::PosInt(number)) => (*number).into(),
        Document::Number(Number::NegInt(number)) => (*number).into(),
        Document::Number(Number::Float(number)) => (*number).into(),
        Document::String(text) => text.as_str().into(),
        Document::Bool(flag) => (*flag).into(),
        Document::Null => Value::Null,
    }
}

fn count(number: i32) -> u64 {
    u64::try_from(number).expect("no negative count")
}

/// The counts, and those of the cache by time to live.
fn usage(usage: &TokenUsage) -> ([u64; 4], Option<[u64; 2]>) {
    let counts = [
        count(usage.input_tokens()),
        count(usage.output_tokens()),
        count(usage.cache_read_input_tokens().unwrap_or(0)),
        count(usage.cache_write_input_tokens().unwrap_or(0)),
    ];
    let details = usage.cache_details();
    let of = |ttl: &str| {
        let details = details.iter().filter(|detail| detail.ttl().as_str() == ttl);
        details.map(|detail| count(detail.input_tokens())).sum()
    };
    let by_ttl = (!details.is_empty()).then(|| [of("5m"), of("1h")]);
    (counts, by_ttl)
}

/// What a trace says of a guardrail and of a router, for [`facts`].
fn trace(
    guardrail: Option<&GuardrailTraceAssessment>,
    router: Option<&PromptRouterTrace>,
) -> [Value; 3] {
    let output = guardrail.and_then(|guardrail| guardrail.model_output.clone());
    [
        guardrail
            .and_then(|guardrail| guardrail.action_reason())
            .into(),
        output.into(),
        router.and_then(|router| router.invoked_model_id()).into(),
    ]
}

fn tier(tier: Option<&ServiceTier>) -> Value {
    tier.map(|tier| tier.r#type().as_str()).into()
}

/// What the SDK reads of a stream, and whether it came to the end without an error.
pub(super) async fn streamed(endpoint: &str) -> (Told, bool) {
    let call = client(endpoint).converse_stream().model_id(model());
    let Ok(mut answer) = call.messages(hi()).send().await else {
        return (Told::default(), false);
    };
    let mut blocks: BTreeMap<i32, Piece> = BTreeMap::new();
    let mut told = Told::default();
    let mut fields = Value::Null;
    let whole = loop {
        let event = match answer.stream.recv().await {
            Ok(Some(event)) => event,
            Ok(None) => break true,
            Err(_) => break false,
        };
        match event {
            Event::ContentBlockStart(event) => {
                if let Some(piece) = event.start().and_then(opened) {
                    blocks.insert(event.content_block_index(), piece);
                }
            }
            Event::ContentBlockDelta(event) => {
                if let Some(delta) = event.delta() {
                    append(&mut blocks, event.content_block_index(), delta);
                }
            }
            Event::MessageStop(event) => {
                told.stop_reason = Some(event.stop_reason().as_str().into());
                fields = event
                    .additional_model_response_fields()
                    .map_or(Value::Null, value);
            }
            Event::Metadata(event) => {
                (told.usage, told.by_ttl) = match event.usage().map(usage) {
                    Some((usage, by_ttl)) => (Some(usage), by_ttl),
                    None => (None, None),
                };
                told.facts = of_event(&event);
            }
            _ => {}
        }
    };
    if !fields.is_null() {
        told.facts.insert("fields", fields);
    }
    let blocks = blocks.into_values();
    told.blocks = blocks.filter(|piece| !is_empty(piece)).collect();
    (told, whole)
}

fn of_event(event: &ConverseStreamMetadataEvent) -> BTreeMap<&'static str, Value> {
    let of = event.trace();
    let [guardrail, output, router] = trace(
        of.and_then(|trace| trace.guardrail()),
        of.and_then(|trace| trace.prompt_router()),
    );
    let performance = event.performance_config();
    facts([
        ("tier", tier(event.service_tier())),
        (
            "latency",
            event.metrics().map(|metrics| metrics.latency_ms()).into(),
        ),
        (
            "performance",
            performance.map(|config| config.latency().as_str()).into(),
        ),
        ("guardrail", guardrail),
        ("output", output),
        ("router", router),
    ])
}

fn opened(start: &ContentBlockStart) -> Option<Piece> {
    Some(match start {
        ContentBlockStart::ToolUse(tool) => Piece::Tool {
            id: tool.tool_use_id().into(),
            name: tool.name().into(),
            input: String::new(),
            is_server: tool.r#type() == Some(&ToolUseType::ServerToolUse),
        },
        ContentBlockStart::ToolResult(result) => Piece::Result {
            id: result.tool_use_id().into(),
            kind: result.r#type().unwrap_or("tool_result").into(),
            content: Vec::new(),
        },
        ContentBlockStart::Image(image) => Piece::Image {
            format: image.format().as_str().into(),
            bytes: Vec::new(),
        },
        _ => return None,
    })
}

fn append(blocks: &mut BTreeMap<i32, Piece>, index: i32, delta: &ContentBlockDelta) {
    let new = match delta {
        ContentBlockDelta::Text(_) | ContentBlockDelta::Citation(_) => Piece::Text {
            text: String::new(),
            citations: Vec::new(),
        },
        ContentBlockDelta::ReasoningContent(ReasoningContentBlockDelta::RedactedContent(_)) => {
            Piece::Redacted(Vec::new())
        }
        ContentBlockDelta::ReasoningContent(_) => Piece::Thinking {
            text: String::new(),
            signature: String::new(),
        },
        // These have a start.
        _ => match blocks.remove(&index) {
            Some(piece) => piece,
            None => return,
        },
    };
    let piece = blocks.entry(index).or_insert(new);
    match (delta, piece) {
        (ContentBlockDelta::Text(more), Piece::Text { text, .. }) => text.push_str(more),
        (ContentBlockDelta::Citation(delta), Piece::Text { citations, .. }) => {
            citations.push(cited_in_stream(delta));
        }
        (ContentBlockDelta::ToolUse(tool), Piece::Tool { input, .. }) => {
            input.push_str(tool.input());
        }
        (ContentBlockDelta::ToolResult(pieces), Piece::Result { content, .. }) => {
            content.extend(pieces.iter().map(|piece| match piece {
                ToolResultBlockDelta::Text(text) => json!({"text": text}),
                ToolResultBlockDelta::Json(document) => json!({"json": value(document)}),
                other => panic!("{other:?}"),
            }));
        }
        (ContentBlockDelta::Image(image), Piece::Image { bytes, .. }) => {
            if let Some(ImageSource::Bytes(part)) = image.source() {
                bytes.extend_from_slice(part.as_ref());
            }
        }
        (ContentBlockDelta::ReasoningContent(reasoning), piece) => match (reasoning, piece) {
            (ReasoningContentBlockDelta::Text(more), Piece::Thinking { text, .. }) => {
                text.push_str(more);
            }
            (ReasoningContentBlockDelta::Signature(more), Piece::Thinking { signature, .. }) => {
                signature.push_str(more);
            }
            (ReasoningContentBlockDelta::RedactedContent(blob), Piece::Redacted(bytes)) => {
                bytes.extend_from_slice(blob.as_ref());
            }
            _ => {}
        },
        _ => {}
    }
}

fn location(at: Option<&CitationLocation>) -> Value {
    let spans = |kind: &str, numbers: [Option<i32>; 3]| json!({ kind: numbers });
    match at {
        Some(CitationLocation::DocumentChar(at)) => {
            spans("char", [at.document_index, at.start, at.end])
        }
        Some(CitationLocation::DocumentPage(at)) => {
            spans("page", [at.document_index, at.start, at.end])
        }
        Some(CitationLocation::DocumentChunk(at)) => {
            spans("chunk", [at.document_index, at.start, at.end])
        }
        Some(CitationLocation::SearchResultLocation(at)) => {
            spans("search", [at.search_result_index, at.start, at.end])
        }
        Some(CitationLocation::Web(at)) => json!({"web": at.url().or(at.domain())}),
        other => panic!("{other:?}"),
    }
}

/// The component keeps a source of search results alone: of others it repeats the title.
fn source<'s>(at: Option<&CitationLocation>, source: Option<&'s str>) -> Option<&'s str> {
    let is_search = matches!(at, Some(CitationLocation::SearchResultLocation(_)));
    source.filter(|_| is_search)
}

fn cited_in_stream(delta: &CitationsDelta) -> Value {
    let texts = delta.source_content().iter();
    let text: String = texts.filter_map(|content| content.text()).collect();
    let at = delta.location();
    citation(
        location(at),
        delta.title(),
        source(at, delta.source()),
        &text,
    )
}

fn cited(of: &Citation) -> Value {
    let texts = of.source_content().iter().map(|content| match content {
        CitationSourceContent::Text(text) => text.as_str(),
        other => panic!("{other:?}"),
    });
    let text: String = texts.collect();
    let at = of.location();
    citation(location(at), of.title(), source(at, of.source()), &text)
}

/// What the SDK reads of a whole answer; none where it reads an error.
pub(super) async fn whole(endpoint: &str) -> Option<Told> {
    let call = client(endpoint).converse().model_id(model());
    Some(of_answer(&call.messages(hi()).send().await.ok()?))
}

fn of_answer(answer: &ConverseOutput) -> Told {
    let message = answer.output().and_then(|output| output.as_message().ok());
    let blocks = message.expect("a message").content().iter().map(piece);
    let of = answer.trace();
    let [guardrail, output, router] = trace(
        of.and_then(|trace| trace.guardrail()),
        of.and_then(|trace| trace.prompt_router()),
    );
    let performance = answer.performance_config();
    let fields = answer.additional_model_response_fields();
    let counted = answer.usage().map(usage);
    Told {
        blocks: blocks.filter(|piece| !is_empty(piece)).collect(),
        stop_reason: Some(answer.stop_reason().as_str().into()),
        usage: counted.map(|(usage, _)| usage),
        by_ttl: counted.and_then(|(_, by_ttl)| by_ttl),
        facts: facts([
            ("tier", tier(answer.service_tier())),
            (
                "latency",
                answer.metrics().map(|metrics| metrics.latency_ms()).into(),
            ),
            (
                "performance",
                performance.map(|config| config.latency().as_str()).into(),
            ),
            ("guardrail", guardrail),
            ("output", output),
            ("router", router),
            ("fields", fields.map_or(Value::Null, value)),
        ]),
    }
}

fn piece(block: &ContentBlock) -> Piece {
    match block {
        ContentBlock::Text(text) => Piece::Text {
            text: text.clone(),
            citations: Vec::new(),
        },
        ContentBlock::CitationsContent(block) => {
            let texts = block.content().iter();
            let text = texts.filter_map(|content| content.as_text().ok());
            Piece::Text {
                text: text.map(String::as_str).collect(),
                citations: block.citations().iter().map(cited).collect(),
            }
        }
        ContentBlock::ToolUse(tool) => Piece::Tool {
            id: tool.tool_use_id().into(),
            name: tool.name().into(),
            input: value(tool.input()).to_string(),
            is_server: tool.r#type() == Some(&ToolUseType::ServerToolUse),
        },
        ContentBlock::ToolResult(result) => Piece::Result {
            id: result.tool_use_id().into(),
            kind: result.r#type().unwrap_or("tool_result").into(),
            content: result.content().iter().map(returned).collect(),
        },
        ContentBlock::ReasoningContent(ReasoningContentBlock::ReasoningText(text)) => {
            Piece::Thinking {
                text: text.text().into(),
                signature: text.signature().unwrap_or_default().into(),
            }
        }
        ContentBlock::ReasoningContent(ReasoningContentBlock::RedactedContent(blob)) => {
            Piece::Redacted(blob.as_ref().to_vec())
        }
        ContentBlock::Image(image) => Piece::Image {
            format: image.format().as_str().into(),
            bytes: match image.source() {
                Some(ImageSource::Bytes(bytes)) => bytes.as_ref().to_vec(),
                other => panic!("{other:?}"),
            },
        },
        other => panic!("unexpected {other:?}"),
    }
}

fn returned(content: &ToolResultContentBlock) -> Value {
    match content {
        ToolResultContentBlock::Text(text) => json!({"text": text}),
        ToolResultContentBlock::Json(document) => json!({"json": value(document)}),
        other => panic!("{other:?}"),
    }
}
