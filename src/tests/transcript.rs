//! Chunks as text that a person can read, the check that they are a legal stream, and the message that they make.

use std::fmt::Write;

use crate::canonical::{
    Chunk, ContentBlock, Delta, Error, Response, Source, StopReason, Usage, Warning,
};

/// One line a chunk; then the error, if there is one.
pub(crate) fn transcript(chunks: &[Chunk], error: Option<&Error>) -> String {
    let mut text = String::new();
    for chunk in chunks {
        line(&mut text, chunk);
    }
    if let Some(error) = error {
        let Error {
            kind,
            code,
            retryable,
            message,
            usage,
            ..
        } = error;
        let code = code.as_deref().unwrap_or("-");
        let retry = if *retryable { "retryable" } else { "final" };
        let _ = writeln!(text, "ERROR {kind:?} {code} {retry}: {message}");
        if let Some(usage) = usage {
            let _ = writeln!(text, "      after {}", show_usage(usage));
        }
    }
    text
}

fn line(text: &mut String, chunk: &Chunk) {
    let _ = match chunk {
        Chunk::MessageStart(start) => writeln!(text, "message-start {} {}", start.id, start.model),
        Chunk::ContentBlockStart(start) => writeln!(
            text,
            "  [{}] {}",
            start.index,
            show_block(&start.content_block)
        ),
        Chunk::ContentBlockDelta(delta) => {
            writeln!(text, "  [{}]   {}", delta.index, show_delta(&delta.delta))
        }
        Chunk::ContentBlockStop(index) => writeln!(text, "  [{index}] stop"),
        Chunk::MessageDelta(delta) => {
            let reason = match &delta.stop_reason {
                StopReason::Other(word) => format!("other {word:?}"),
                reason => format!("{reason:?}"),
            };
            let sequence = delta
                .stop_sequence
                .as_deref()
                .map(|s| format!(" {s:?}"))
                .unwrap_or_default();
            let _ = writeln!(
                text,
                "message-delta {reason}{sequence}; {}",
                show_usage(&delta.usage)
            );
            warnings(text, &delta.warnings);
            writeln!(
                text,
                "  {}",
                delta.provider_metadata.as_deref().unwrap_or("-")
            )
        }
        Chunk::MessageStop => writeln!(text, "message-stop"),
        Chunk::Ping => writeln!(text, "ping"),
    };
}

fn warnings(text: &mut String, warnings: &[Warning]) {
    for Warning {
        code,
        path,
        message,
        lossy,
    } in warnings
    {
        let loss = if *lossy { "lost" } else { "changed" };
        let _ = writeln!(text, "  warning ({code}, {loss}) {path}: {message}");
    }
}

fn show_block(block: &ContentBlock) -> String {
    match block {
        ContentBlock::Text(block) => format!("text {:?}", block.text),
        ContentBlock::Thinking(block) => format!("thinking {:?}", block.thinking),
        ContentBlock::RedactedThinking(block) => format!("redacted-thinking {:?}", block.data),
        ContentBlock::ToolUse(call) => format!("tool-use {} {} {}", call.id, call.name, call.input),
        ContentBlock::Image(image) => match &image.source {
            Source::Bytes(raw) => format!("image {} of {} bytes", raw.media_type, raw.data.len()),
            other => format!("image {other:?}"),
        },
        other => format!("{other:?}"),
    }
}

fn show_delta(delta: &Delta) -> String {
    match delta {
        Delta::TextDelta(text) => format!("{text:?}"),
        Delta::InputJsonDelta(json) => format!("json {json}"),
        Delta::ThinkingDelta(text) => format!("thinks {text:?}"),
        Delta::SignatureDelta(signature) => format!("signs {signature:?}"),
        other => format!("{other:?}"),
    }
}

fn show_usage(usage: &Usage) -> String {
    let mut text = format!("{} in, {} out", usage.input_tokens, usage.output_tokens);
    if usage.cache_read_input_tokens > 0 {
        let _ = write!(text, ", {} read", usage.cache_read_input_tokens);
    }
    if usage.cache_creation_input_tokens > 0 {
        let _ = write!(text, ", {} written", usage.cache_creation_input_tokens);
    }
    if let Some(by_ttl) = &usage.cache_creation {
        let (five, hour) = (
            by_ttl.five_minutes_input_tokens,
            by_ttl.one_hour_input_tokens,
        );
        let _ = write!(text, " ({five} for 5m, {hour} for 1h)");
    }
    if let Some(tier) = &usage.service_tier {
        let _ = write!(text, ", tier {tier}");
    }
    text
}

/// The grammar that `wit/types.wit` states for a stream, up to where it broke off if it did.
pub(crate) fn assert_legal(chunks: &[Chunk], error: Option<&Error>) {
    let mut open = None;
    let mut next = 0;
    let mut started = false;
    let mut ended = 0;
    for (at, chunk) in chunks.iter().enumerate() {
        let context = || format!("chunk {at}: {chunk:?} in\n{}", transcript(chunks, error));
        assert!(ended < 2, "after message-stop: {}", context());
        match chunk {
            Chunk::MessageStart(_) => {
                assert!(!std::mem::replace(&mut started, true), "{}", context());
                continue;
            }
            Chunk::ContentBlockStart(start) => {
                assert_eq!(
                    (open.replace(start.index), start.index),
                    (None, next),
                    "{}",
                    context()
                );
                next += 1;
            }
            Chunk::ContentBlockDelta(delta) => assert_eq!(open, Some(delta.index), "{}", context()),
            Chunk::ContentBlockStop(index) => {
                assert_eq!(open.take(), Some(*index), "{}", context())
            }
            Chunk::MessageDelta(_) => {
                assert_eq!((open, ended), (None, 0), "{}", context());
                ended = 1;
            }
            Chunk::MessageStop => {
                assert_eq!(ended, 1, "{}", context());
                ended = 2;
            }
            Chunk::Ping => {}
        }
        assert!(started, "before message-start: {}", context());
    }
    let is_whole = ended == 2;
    assert_eq!(
        is_whole,
        error.is_none(),
        "exactly one outcome in\n{}",
        transcript(chunks, error)
    );
}

/// What a caller makes of a whole and legal stream.
pub(crate) fn fold(chunks: &[Chunk]) -> Response {
    let mut content = Vec::new();
    let mut inputs: Vec<String> = Vec::new();
    let mut start = None;
    let mut end = None;
    for chunk in chunks {
        match chunk {
            Chunk::MessageStart(said) => start = Some(said.clone()),
            Chunk::ContentBlockStart(said) => {
                content.push(said.content_block.clone());
                inputs.push(String::new());
            }
            Chunk::ContentBlockDelta(said) => {
                let at = said.index as usize;
                grow(&mut content[at], &mut inputs[at], &said.delta);
            }
            Chunk::MessageDelta(said) => end = Some(said.clone()),
            Chunk::ContentBlockStop(_) | Chunk::MessageStop | Chunk::Ping => {}
        }
    }
    for (block, input) in content.iter_mut().zip(inputs) {
        match block {
            ContentBlock::ToolUse(call) | ContentBlock::ServerToolUse(call)
                if !input.is_empty() =>
            {
                call.input = input;
            }
            _ => assert!(input.is_empty(), "input for {block:?}"),
        }
    }
    let (start, end) = (start.expect("a start"), end.expect("an end"));
    Response {
        id: start.id,
        model: start.model,
        content,
        stop_reason: end.stop_reason,
        stop_sequence: end.stop_sequence,
        usage: end.usage,
        cost: end.cost,
        warnings: [start.warnings, end.warnings].concat(),
        provider_metadata: end.provider_metadata,
    }
}

fn grow(block: &mut ContentBlock, input: &mut String, delta: &Delta) {
    match (block, delta) {
        (ContentBlock::Text(block), Delta::TextDelta(text)) => block.text.push_str(text),
        (ContentBlock::Text(block), Delta::CitationsDelta(citation)) => {
            block.citations.push(citation.clone());
        }
        (ContentBlock::Thinking(block), Delta::ThinkingDelta(text)) => {
            block.thinking.push_str(text);
        }
        (ContentBlock::Thinking(block), Delta::SignatureDelta(text)) => {
            block.signature.get_or_insert_default().push_str(text)
        }
        (
            ContentBlock::ToolUse(_) | ContentBlock::ServerToolUse(_),
            Delta::InputJsonDelta(json),
        ) => input.push_str(json),
        (block, delta) => panic!("{delta:?} for {block:?}"),
    }
}
