//! Chunks, answers and errors as a person reads them in a terminal.
//!
//! Everything is written with ANSI styles; the streams of [`anstream`] take them out for pipes and `NO_COLOR`.

use crate::CallError;
use crate::money::dollars;
use crate::types::{
    Chunk, ContentBlock, Delta, Error, ErrorKind, MessageDelta, Response, StopReason, Usage,
    Warning,
};
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};
use std::time::Duration;

const DIM: Style = Style::new().dimmed();
const TOOL: Style = AnsiColor::Cyan.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();
const FAILED: Style = AnsiColor::Red.on_default().bold();

/// Writes an answer as its chunks come, and keeps what the summary needs.
#[derive(Default)]
pub struct Transcript {
    model: Option<String>,
    ending: Option<MessageDelta>,
    warnings: Vec<Warning>,
    wrote: bool,
}

impl Transcript {
    /// Write what one chunk adds to the answer.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn chunk(&mut self, out: &mut impl Write, chunk: &Chunk) -> io::Result<()> {
        match chunk {
            Chunk::MessageStart(start) => {
                self.model = Some(start.model.clone());
                self.warnings.extend_from_slice(&start.warnings);
                Ok(())
            }
            Chunk::ContentBlockStart(start) => self.start(out, &start.content_block),
            Chunk::ContentBlockDelta(event) => delta(out, &event.delta),
            Chunk::ContentBlockStop(_) => write!(out, "{}", DIM.render_reset()),
            Chunk::MessageDelta(ending) => {
                self.warnings.extend_from_slice(&ending.warnings);
                self.ending = Some(ending.clone());
                Ok(())
            }
            Chunk::MessageStop if self.wrote => writeln!(out),
            Chunk::MessageStop | Chunk::Ping => Ok(()),
        }
    }

    /// Write an answer that came in one piece.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn response(&mut self, out: &mut impl Write, response: &Response) -> io::Result<()> {
        for block in &response.content {
            self.start(out, block)?;
            if let ContentBlock::ToolUse(call) | ContentBlock::ServerToolUse(call) = block {
                out.write_all(call.input.as_bytes())?;
            }
            write!(out, "{}", DIM.render_reset())?;
        }
        if self.wrote {
            writeln!(out)?;
        }
        self.model = Some(response.model.clone());
        self.warnings.clone_from(&response.warnings);
        self.ending = Some(MessageDelta {
            stop_reason: response.stop_reason.clone(),
            stop_sequence: response.stop_sequence.clone(),
            usage: response.usage.clone(),
            cost: response.cost,
            warnings: Vec::new(),
            provider_metadata: None,
        });
        Ok(())
    }

    /// What a block begins with; its deltas follow in the same style. The arguments of a tool call are all in them.
    fn start(&mut self, out: &mut impl Write, block: &ContentBlock) -> io::Result<()> {
        if std::mem::replace(&mut self.wrote, true) {
            write!(out, "\n\n")?;
        }
        match block {
            ContentBlock::Text(text) => out.write_all(text.text.as_bytes()),
            ContentBlock::Thinking(thinking) => write!(out, "{DIM}{}", thinking.thinking),
            ContentBlock::RedactedThinking(_) => write!(out, "{DIM}[thinking, encrypted]"),
            ContentBlock::ToolUse(call) | ContentBlock::ServerToolUse(call) => {
                write!(out, "{TOOL}→ {}{TOOL:#} {DIM}", call.name)
            }
            other => write!(out, "{DIM}[{}]", kind(other)),
        }
    }

    /// The block of facts below an answer.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn summary(&self, out: &mut impl Write, timing: Timing) -> io::Result<()> {
        let Some(ending) = &self.ending else {
            return Ok(());
        };
        let model = self.model.as_deref().unwrap_or("unknown model");
        writeln!(out, "\n{DIM}{model} · {}", stop_reason(&ending.stop_reason))?;
        write!(out, "{}", tokens(&ending.usage))?;
        if let Some(cost) = &ending.cost {
            write!(out, " · ${}", dollars(cost.total))?;
        }
        writeln!(out)?;
        match timing.first_token {
            Some(first) => writeln!(
                out,
                "first token {} · total {}{DIM:#}",
                ms(first),
                ms(timing.total)
            )?,
            None => writeln!(out, "total {}{DIM:#}", ms(timing.total))?,
        }
        for warning in &self.warnings {
            let lossy = if warning.lossy { ", lossy" } else { "" };
            writeln!(
                out,
                "{WARN}warning ({}{lossy}){WARN:#} {}: {}",
                warning.code, warning.path, warning.message
            )?;
        }
        Ok(())
    }
}

/// How long an answer took.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// From the call to the first text, thought or tool call.
    pub first_token: Option<Duration>,
    /// From the call to the end.
    pub total: Duration,
}

/// A failed call: what happened, the provider's words and numbers, and what to do.
///
/// # Errors
///
/// Those of `out`.
pub fn failure(out: &mut impl Write, error: &CallError) -> io::Result<()> {
    let CallError::Provider(error) = error else {
        return writeln!(out, "{FAILED}failed{FAILED:#} {error}");
    };
    let Error { kind, message, .. } = error.as_ref();
    writeln!(out, "{FAILED}{}{FAILED:#} {message}", kebab(kind))?;
    let retry = match (error.retryable, error.retry_after_ms) {
        (true, Some(wait)) => Some(format!("may succeed in {wait} ms")),
        (true, None) => Some("may succeed later".to_owned()),
        (false, _) => None,
    };
    let facts = [
        ("at", error.path.clone()),
        ("code", error.code.clone()),
        ("status", error.status.map(|status| status.to_string())),
        ("request id", error.request_id.clone()),
        ("retry", retry),
        ("counted", error.usage.as_ref().map(tokens)),
        ("try", advice(kind).map(str::to_owned)),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            writeln!(out, "  {DIM}{name}{DIM:#} {value}")?;
        }
    }
    Ok(())
}

fn delta(out: &mut impl Write, delta: &Delta) -> io::Result<()> {
    match delta {
        Delta::TextDelta(text) | Delta::InputJsonDelta(text) | Delta::ThinkingDelta(text) => {
            out.write_all(text.as_bytes())
        }
        Delta::SignatureDelta(_) | Delta::CitationsDelta(_) | Delta::Other(_) => Ok(()),
    }
}

/// What a person can do about a kind of error, where the message does not say it.
fn advice(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::Authentication => {
            "set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        }
        ErrorKind::Permission => {
            "grant bedrock:InvokeModelWithResponseStream on the model, and enable it in the Bedrock console"
        }
        ErrorKind::NotFound => {
            "check --model and --region; many models need an inference profile, e.g. us.<model id>"
        }
        ErrorKind::RateLimited | ErrorKind::Overloaded => "wait, or use another region or model",
        ErrorKind::Connection => "check the network, --region and any AWS_ENDPOINT_URL",
        ErrorKind::CostLimit => "raise the limit, or ask for fewer tokens",
        ErrorKind::StreamTruncated => "ask again: the answer is incomplete",
        _ => return None,
    })
}

fn tokens(usage: &Usage) -> String {
    let mut text = format!("{} tokens in", usage.input_tokens);
    let read = usage.cache_read_input_tokens;
    let written = usage.cache_creation_input_tokens;
    if read > 0 || written > 0 {
        text.push_str(&format!(" (cache: {read} read, {written} written)"));
    }
    text.push_str(&format!(", {} out", usage.output_tokens));
    text
}

fn stop_reason(reason: &StopReason) -> String {
    match reason {
        StopReason::Other(word) => word.clone(),
        known => kebab(known),
    }
}

fn kind(block: &ContentBlock) -> String {
    let debug = format!("{block:?}");
    let name = debug.split(['(', ' ']).nth(1).unwrap_or("block");
    kebab_word(name)
}

/// The WIT name of a case without a payload, e.g. `rate-limited`. Generated `Debug` writes `Type::Case`.
fn kebab(case: &impl std::fmt::Debug) -> String {
    let debug = format!("{case:?}");
    kebab_word(debug.rsplit("::").next().unwrap_or(&debug))
}

fn kebab_word(camel: &str) -> String {
    let mut word = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

fn ms(duration: Duration) -> String {
    match duration.as_millis() {
        ms @ ..10_000 => format!("{ms} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{
        ContentBlockDelta, ContentBlockStart, MessageStart, TextBlock, ThinkingBlock, ToolUseBlock,
    };

    /// What a pipe gets of these chunks.
    fn plain(chunks: &[Chunk]) -> String {
        let mut transcript = Transcript::default();
        let mut out = Vec::new();
        for chunk in chunks {
            transcript.chunk(&mut out, chunk).unwrap();
        }
        String::from_utf8(anstream::adapter::strip_bytes(&out).into_vec()).unwrap()
    }

    fn start(index: u32, content_block: ContentBlock) -> Chunk {
        Chunk::ContentBlockStart(ContentBlockStart {
            index,
            content_block,
        })
    }

    fn part(index: u32, delta: Delta) -> Chunk {
        Chunk::ContentBlockDelta(ContentBlockDelta { index, delta })
    }

    #[test]
    fn blocks_are_paragraphs_and_a_tool_call_shows_its_arguments() {
        let thinking = ThinkingBlock {
            thinking: String::new(),
            signature: None,
        };
        let call = ToolUseBlock {
            id: "1".into(),
            name: "get_weather".into(),
            // Some components begin with an empty object; the deltas are the arguments.
            input: "{}".into(),
            cache_control: None,
        };
        let shown = plain(&[
            start(0, ContentBlock::Thinking(thinking)),
            part(0, Delta::ThinkingDelta("Hm".into())),
            part(0, Delta::SignatureDelta("c2lnbmF0dXJl".into())),
            Chunk::ContentBlockStop(0),
            start(1, ContentBlock::Text(TextBlock::new(""))),
            part(1, Delta::TextDelta("Let me ".into())),
            Chunk::Ping,
            part(1, Delta::TextDelta("look.".into())),
            Chunk::ContentBlockStop(1),
            start(2, ContentBlock::ToolUse(call)),
            part(2, Delta::InputJsonDelta("{\"city\":".into())),
            part(2, Delta::InputJsonDelta("\"Rome\"}".into())),
            Chunk::ContentBlockStop(2),
            Chunk::MessageStop,
        ]);
        assert_eq!(
            shown,
            "Hm\n\nLet me look.\n\n→ get_weather {\"city\":\"Rome\"}\n"
        );
    }

    #[test]
    fn the_summary_tells_model_stop_tokens_cost_times_and_warnings() {
        let warning = |path: &str, lossy| Warning {
            code: "ignored".into(),
            path: path.into(),
            message: "why".into(),
            lossy,
        };
        let mut transcript = Transcript::default();
        let usage = Usage {
            input_tokens: 10,
            output_tokens: 20,
            cache_read_input_tokens: 5,
            cache_creation_input_tokens: 0,
            cache_creation: None,
            service_tier: None,
            extensions: None,
        };
        let begin = MessageStart {
            id: "msg_1".into(),
            model: "m".into(),
            usage: None,
            warnings: vec![warning("top_k", true)],
            provider_metadata: None,
        };
        let end = MessageDelta {
            stop_reason: StopReason::EndTurn,
            stop_sequence: None,
            usage,
            cost: Some(crate::types::Cost {
                input: 0,
                output: 0,
                cache_read: 0,
                cache_creation: 0,
                total: 1_234_567_000_000,
            }),
            warnings: vec![warning("tools", false)],
            provider_metadata: None,
        };
        let mut out = Vec::new();
        for chunk in [Chunk::MessageStart(begin), Chunk::MessageDelta(end)] {
            transcript.chunk(&mut out, &chunk).unwrap();
        }
        let timing = Timing {
            first_token: Some(Duration::from_millis(120)),
            total: Duration::from_secs(12),
        };
        transcript.summary(&mut out, timing).unwrap();
        let shown = anstream::adapter::strip_bytes(&out).into_vec();
        assert_eq!(
            String::from_utf8(shown).unwrap(),
            "\nm · end-turn\n10 tokens in (cache: 5 read, 0 written), 20 out · $1.234567\n\
             first token 120 ms · total 12.0 s\nwarning (ignored, lossy) top_k: why\nwarning (ignored) tools: why\n"
        );
    }

    #[test]
    fn a_failure_tells_every_fact_that_there_is() {
        let error = Error {
            extensions: None,
            kind: ErrorKind::RateLimited,
            message: "Too many tokens".into(),
            path: None,
            code: Some("ThrottlingException".into()),
            status: Some(429),
            request_id: Some("abc".into()),
            retryable: true,
            retry_after_ms: Some(900),
            usage: None,
        };
        let mut out = Vec::new();
        failure(&mut out, &error.into()).unwrap();
        let shown = anstream::adapter::strip_bytes(&out).into_vec();
        assert_eq!(
            String::from_utf8(shown).unwrap(),
            "rate-limited Too many tokens\n  code ThrottlingException\n  status 429\n  request id abc\n  \
             retry may succeed in 900 ms\n  try wait, or use another region or model\n"
        );
    }
}
