//! Whole answers, both ways, and the answer of a count.

use bedrock_provider::json::Writer;

use super::{block, block_writer, usage};
use crate::canonical::{Error, ErrorKind, Response, Role, StopReason, Usage};
use crate::fields::{Fields, elements};
use crate::notes::Notes;
use crate::path::Path;
use crate::{Telling, Unknown, gateway};

/// Every reason and its name here.
const STOP_REASONS: &[(&str, StopReason)] = &[
    ("end_turn", StopReason::EndTurn),
    ("max_tokens", StopReason::MaxTokens),
    ("stop_sequence", StopReason::StopSequence),
    ("tool_use", StopReason::ToolUse),
    ("refusal", StopReason::Refusal),
    ("pause_turn", StopReason::PauseTurn),
    (
        "model_context_window_exceeded",
        StopReason::ModelContextWindowExceeded,
    ),
];

/// As this API says it.
pub(super) fn stop_reason_name(reason: &StopReason) -> &str {
    if let StopReason::Other(name) = reason {
        return name;
    }
    let known = STOP_REASONS.iter().find(|(_, known)| known == reason);
    known.map_or("end_turn", |(name, _)| name)
}

/// By its name here.
pub(super) fn stop_reason(name: String) -> StopReason {
    let known = STOP_REASONS.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| StopReason::Other(name), |(_, reason)| reason.clone())
}

/// The body of a whole answer.
pub fn write_response(response: &Response, telling: &Telling) -> String {
    let mut writer = Writer::default();
    writer.object(|w| {
        w.name("id").text(&response.id);
        w.name("type").text("message");
        w.name("role").text("assistant");
        w.name("model").text(&telling.model);
        w.name("content").array(|w| {
            for block in &response.content {
                block_writer::write(block, w);
            }
        });
        w.name("stop_reason")
            .text(stop_reason_name(&response.stop_reason));
        w.name("stop_sequence")
            .text_or_null(response.stop_sequence.as_deref());
        usage::write(&response.usage, w.name("usage"));
        gateway::write(
            w,
            response.cost.as_ref(),
            &[&telling.warnings, &response.warnings],
            response.provider_metadata.as_deref(),
        );
    });
    writer.into_string()
}

/// The answer to `POST /v1/messages/count_tokens`.
pub fn write_count(input_tokens: u64) -> String {
    let mut writer = Writer::default();
    writer.object(|w| w.name("input_tokens").number(input_tokens));
    writer.into_string()
}

/// An answer that is not as it should be is the service's fault, not the caller's.
pub(super) fn malformed(error: Error) -> Error {
    let place = error.path.map(|path| path + ": ").unwrap_or_default();
    Error {
        retryable: true,
        ..Error::new(
            ErrorKind::MalformedStream,
            ["malformed answer: ", &place, &error.message].concat(),
        )
    }
}

/// The body of a whole answer, read. What the canonical shape has no place for is a lossy warning of the response's;
/// what is no such answer is a `malformed-stream`.
pub fn read_response(body: &[u8]) -> Result<Response, Error> {
    read(body).map_err(malformed)
}

fn read(body: &[u8]) -> Result<Response, Error> {
    let mut notes = Notes::new(Unknown::Warn);
    let mut fields = Fields::of_body(body)?;
    let f = &mut fields;
    if f.required_text("type")? != "message" {
        return Err(f.invalid("type", "expected \"message\""));
    }
    f.raw("role");
    let path = Path::Root.member("content");
    let raws = elements(f.required_raw("content")?, path)?;
    let mut content = Vec::with_capacity(raws.len());
    for (at, raw) in raws.into_iter().enumerate() {
        content.push(block::block(
            raw,
            path.element(at),
            Role::Assistant,
            &mut notes,
        )?);
    }
    let usage = f.object("usage", &mut notes, |f, notes| {
        usage::read(f, notes, &Usage::none())
    })?;
    let gateway = gateway::read(f, &mut notes)?;
    let mut response = Response {
        id: f.required_text("id")?,
        model: f.required_text("model")?,
        content,
        stop_reason: stop_reason(f.required_text("stop_reason")?),
        stop_sequence: f.text("stop_sequence")?,
        usage: usage.ok_or_else(|| f.missing("usage"))?,
        cost: gateway.cost,
        warnings: gateway.warnings,
        provider_metadata: gateway.provider_metadata,
    };
    fields.finish(&mut notes)?;
    response.warnings.extend(notes.into_warnings());
    Ok(response)
}
