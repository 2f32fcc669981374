//! One line of JSON for each call, for whoever runs the gateway.
//!
//! Names are OpenTelemetry's (semantic conventions for generative AI and for HTTP), others begin with `gateway.`. What was
//! asked, what was answered, keys and credentials are in none of them, nor the words of an error, which may repeat names
//! that the client sent, unless the settings ask for them.

use bedrock_provider::canonical::{
    Chunk, Cost, Error, ErrorKind, Response, StopReason, Usage, Warning,
};
use bedrock_provider::excerpt::printable;
use bedrock_provider::json::Writer;
use llm_dialects::usd;

/// The longest text that somebody else chose, in characters.
const MAX_TEXT: usize = 256;

/// The longest word to the operator.
const MAX_FAULT: usize = 2000;

/// What is known of a call by now.
#[derive(Debug, Default, Clone)]
pub struct Record {
    /// Its end, in nanoseconds since the Unix epoch.
    pub time_ns: u64,
    /// As the client is told it.
    pub request_id: String,
    /// Empty where there is no route.
    pub route: &'static str,
    /// OpenTelemetry's word; empty where no model was asked for.
    pub operation: &'static str,
    /// The name of the caller's key.
    pub caller: Option<String>,
    /// `<provider>/<model>`, as the provider was asked.
    pub model: String,
    /// Whether a stream was asked for.
    pub is_stream: bool,
    /// The answer's status.
    pub status: u16,
    /// From the request's head to the answer's end, in nanoseconds.
    pub duration_ns: u64,
    /// From the request's head to the first chunk, likewise.
    pub first_chunk_ns: Option<u64>,
    /// What the operator has to mend: a setting that cannot be, or credentials that do not work. Nothing of a request.
    pub fault: Option<String>,
    /// The log has the line.
    pub is_told: bool,
    /// The line has an error's message.
    pub has_messages: bool,
    response_id: String,
    response_model: String,
    finish_reason: Option<String>,
    usage: Option<Usage>,
    cost: Option<Cost>,
    error_type: Option<String>,
    error_message: String,
    upstream_request_id: Option<String>,
    /// The codes of the warnings, each once.
    warnings: Vec<String>,
}

impl Record {
    /// Of a request of which nothing else is known.
    pub fn of(request_id: String) -> Self {
        Record {
            request_id,
            ..Record::default()
        }
    }

    /// The answer came whole.
    pub fn answered(&mut self, response: &Response) {
        self.response_id.clone_from(&response.id);
        self.response_model.clone_from(&response.model);
        self.finish_reason = Some(word(&response.stop_reason).into());
        self.usage = Some(response.usage.clone());
        self.cost = response.cost;
        self.warned(&response.warnings);
    }

    /// Something was changed or left out.
    pub fn warned(&mut self, warnings: &[Warning]) {
        for Warning { code, .. } in warnings {
            if !self.warnings.contains(code) {
                self.warnings.push(code.clone());
            }
        }
    }

    /// A piece of the answer came.
    pub fn saw(&mut self, chunk: &Chunk) {
        match chunk {
            Chunk::MessageStart(start) => {
                self.response_id.clone_from(&start.id);
                self.response_model.clone_from(&start.model);
                self.usage.clone_from(&start.usage);
                self.warned(&start.warnings);
            }
            Chunk::MessageDelta(end) => {
                self.finish_reason = Some(word(&end.stop_reason).into());
                self.usage = Some(end.usage.clone());
                self.cost = end.cost;
                self.warned(&end.warnings);
            }
            _ => {}
        }
    }

    /// The call failed.
    pub fn failed(&mut self, error: &Error) {
        let code = error.code.as_deref().unwrap_or_else(|| kind(error.kind));
        self.error_type = Some(code.to_owned());
        self.error_message.clone_from(&error.message);
        self.upstream_request_id.clone_from(&error.request_id);
        if let Some(usage) = &error.usage {
            self.usage = Some(usage.clone());
        }
    }

    /// The client went away before the end; an error that there was before is the reason.
    pub fn left(&mut self) {
        self.error_type
            .get_or_insert_with(|| "client_disconnected".into());
    }

    /// The line, with its end.
    pub fn line(&self) -> String {
        let mut w = Writer::default();
        w.object(|w| self.write(w));
        let mut line = w.into_string();
        line.push('\n');
        line
    }

    fn message(&self) -> String {
        match self.has_messages {
            true => short(&self.error_message),
            false => String::new(),
        }
    }

    fn write(&self, w: &mut Writer) {
        let (provider, _) = self.model.split_once('/').unwrap_or_default();
        let provider = match provider {
            "bedrock" => "aws.bedrock",
            other => other,
        };
        let texts = [
            ("timeUnixNano", self.time_ns.to_string()),
            ("gateway.request.id", self.request_id.clone()),
            (
                "gateway.setting.fault",
                printable(self.fault.as_deref().unwrap_or_default(), MAX_FAULT),
            ),
            ("user.name", self.caller.clone().unwrap_or_default()),
            ("http.route", self.route.into()),
            ("gen_ai.operation.name", self.operation.into()),
            ("gen_ai.provider.name", provider.into()),
            ("gen_ai.request.model", short(&self.model)),
            ("gen_ai.response.id", short(&self.response_id)),
            ("gen_ai.response.model", short(&self.response_model)),
            (
                "error.type",
                short(self.error_type.as_deref().unwrap_or_default()),
            ),
            ("error.message", self.message()),
            (
                "aws.request_id",
                short(self.upstream_request_id.as_deref().unwrap_or_default()),
            ),
        ];
        for (name, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            w.name(name).text(text);
        }
        if self.is_stream {
            w.name("gen_ai.request.stream").flag(true);
        }
        w.name("http.response.status_code")
            .number(self.status.into());
        if let Some(reason) = &self.finish_reason {
            w.name("gen_ai.response.finish_reasons")
                .array(|w| w.text(&short(reason)));
        }
        if !self.warnings.is_empty() {
            w.name("gateway.warning.codes").array(|w| {
                for code in &self.warnings {
                    w.text(&short(code));
                }
            });
        }
        if let Some(usage) = &self.usage {
            for (name, tokens) in tokens(usage) {
                w.name(name).number(tokens);
            }
        }
        if let Some(cost) = &self.cost {
            w.name("gateway.cost.usd").text(&usd(cost.total));
        }
        if let Some(first) = self.first_chunk_ns {
            w.name("gen_ai.response.time_to_first_chunk")
                .raw(&seconds(first));
        }
        w.name("http.server.request.duration")
            .raw(&seconds(self.duration_ns));
    }
}

/// OpenTelemetry's input tokens are all of the prompt, the cache's too.
fn tokens(usage: &Usage) -> [(&'static str, u64); 4] {
    let (read, written) = (
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
    );
    let input = usage
        .input_tokens
        .saturating_add(read)
        .saturating_add(written);
    [
        ("gen_ai.usage.input_tokens", input),
        ("gen_ai.usage.output_tokens", usage.output_tokens),
        ("gen_ai.usage.cache_read.input_tokens", read),
        ("gen_ai.usage.cache_creation.input_tokens", written),
    ]
}

/// With six digits behind the point.
fn seconds(ns: u64) -> String {
    const MICRO: u64 = 1_000_000;
    let micros = ns / 1000;
    // One in front keeps the zeros, and is cut off.
    let fraction = (MICRO + micros % MICRO).to_string();
    let digits = fraction.get(1..).unwrap_or_default();
    [&(micros / MICRO).to_string(), ".", digits].concat()
}

/// What a client, a model or the service chose, so that it neither hides nor fakes anything where it is shown.
fn short(text: &str) -> String {
    printable(text, MAX_TEXT)
}

/// Anthropic's word.
fn word(reason: &StopReason) -> &str {
    match reason {
        StopReason::EndTurn => "end_turn",
        StopReason::MaxTokens => "max_tokens",
        StopReason::StopSequence => "stop_sequence",
        StopReason::ToolUse => "tool_use",
        StopReason::Refusal => "refusal",
        StopReason::PauseTurn => "pause_turn",
        StopReason::ModelContextWindowExceeded => "model_context_window_exceeded",
        StopReason::Other(other) => other,
    }
}

fn kind(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidRequest => "invalid_request",
        ErrorKind::Authentication => "authentication",
        ErrorKind::Permission => "permission",
        ErrorKind::NotFound => "not_found",
        ErrorKind::RequestTooLarge => "request_too_large",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::RateLimited => "rate_limited",
        ErrorKind::Overloaded => "overloaded",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Connection => "connection",
        ErrorKind::Upstream => "upstream",
        ErrorKind::StreamTruncated => "stream_truncated",
        ErrorKind::MalformedStream => "malformed_stream",
        ErrorKind::CostLimit => "cost_limit",
        ErrorKind::Cancelled => "cancelled",
        ErrorKind::Internal => "internal",
        ErrorKind::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedrock_provider::canonical::{ContentBlock, MessageDelta, MessageStart, TextBlock};
    use bedrock_provider::warnings::Code;
    use serde_json::{Value, json};

    fn read(record: &Record) -> Value {
        let line = record.line();
        assert_eq!(line.find('\n'), Some(line.len() - 1), "{line}");
        serde_json::from_str(&line).unwrap()
    }

    fn usage() -> Usage {
        Usage {
            input_tokens: 10,
            output_tokens: 5,
            cache_read_input_tokens: 200,
            cache_creation_input_tokens: 3000,
            ..Usage::none()
        }
    }

    fn cost() -> Cost {
        Cost {
            input: 1,
            output: 2,
            cache_read: 0,
            cache_creation: 0,
            total: 3_000_000,
        }
    }

    fn call() -> Record {
        Record {
            time_ns: 1_700_000_000_000_000_001,
            request_id: "req_1".into(),
            route: "/v1/messages",
            operation: "chat",
            caller: Some("ann".into()),
            model: "bedrock/us.x".into(),
            status: 200,
            duration_ns: 1_500_000_000,
            ..Record::default()
        }
    }

    #[test]
    fn a_whole_answer_is_told_in_opentelemetrys_names_and_without_its_words() {
        let mut record = call();
        record.answered(&Response {
            id: "msg_1".into(),
            model: "us.x".into(),
            content: vec![ContentBlock::Text(TextBlock {
                text: "hidden".into(),
                citations: Vec::new(),
                cache_control: None,
            })],
            stop_reason: StopReason::EndTurn,
            stop_sequence: None,
            usage: usage(),
            cost: Some(cost()),
            warnings: Vec::new(),
            provider_metadata: Some(r#"{"x":"hidden"}"#.into()),
        });
        let expected = json!({
            "timeUnixNano": "1700000000000000001",
            "gateway.request.id": "req_1",
            "user.name": "ann",
            "http.route": "/v1/messages",
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "aws.bedrock",
            "gen_ai.request.model": "bedrock/us.x",
            "gen_ai.response.id": "msg_1",
            "gen_ai.response.model": "us.x",
            "gen_ai.response.finish_reasons": ["end_turn"],
            "gen_ai.usage.input_tokens": 3210,
            "gen_ai.usage.output_tokens": 5,
            "gen_ai.usage.cache_read.input_tokens": 200,
            "gen_ai.usage.cache_creation.input_tokens": 3000,
            "gateway.cost.usd": "0.000003",
            "http.response.status_code": 200,
            "http.server.request.duration": 1.5,
        });
        assert_eq!(read(&record), expected);
    }

    #[test]
    fn a_stream_is_told_by_its_chunks_as_if_it_had_come_whole() {
        let mut record = Record {
            is_stream: true,
            first_chunk_ns: Some(20_000_000),
            ..call()
        };
        record.saw(&Chunk::MessageStart(MessageStart {
            id: "msg_1".into(),
            model: "us.x".into(),
            usage: None,
            warnings: vec![Code::Ignored.warning("top_k".into(), "hidden".into(), true); 2],
            provider_metadata: None,
        }));
        record.saw(&Chunk::Ping);
        record.saw(&Chunk::MessageDelta(MessageDelta {
            stop_reason: StopReason::Other("new".into()),
            stop_sequence: Some("hidden".into()),
            usage: usage(),
            cost: Some(cost()),
            warnings: Vec::new(),
            provider_metadata: None,
        }));
        let line = read(&record);
        for (name, value) in [
            ("gen_ai.request.stream", json!(true)),
            ("gen_ai.response.id", json!("msg_1")),
            ("gen_ai.response.finish_reasons", json!(["new"])),
            ("gen_ai.response.time_to_first_chunk", json!(0.02)),
            ("gen_ai.usage.input_tokens", json!(3210)),
            ("gateway.cost.usd", json!("0.000003")),
            ("gateway.warning.codes", json!(["ignored"])),
        ] {
            assert_eq!(line[name], value, "{name}");
        }
        assert!(!record.line().contains("hidden"));
    }

    #[test]
    fn an_error_is_told_by_its_code_or_kind_and_not_by_its_words() {
        for (code, expected) in [
            (Some("ThrottlingException"), "ThrottlingException"),
            (None, "rate_limited"),
        ] {
            let mut record = call();
            record.failed(&Error {
                code: code.map(Into::into),
                request_id: Some("aws-1".into()),
                usage: Some(usage()),
                ..Error::new(ErrorKind::RateLimited, "hidden")
            });
            let line = read(&record);
            assert_eq!(line["error.type"], expected);
            assert_eq!(line["aws.request_id"], "aws-1");
            assert_eq!(line["gen_ai.usage.output_tokens"], 5);
            assert!(!record.line().contains("hidden"));
        }
        let mut record = Record {
            has_messages: true,
            ..call()
        };
        record.failed(&Error::new(ErrorKind::Upstream, "x".repeat(9000)));
        assert_eq!(read(&record)["error.message"], "x".repeat(MAX_TEXT) + "…");
        let mut record = call();
        record.left();
        assert_eq!(read(&record)["error.type"], "client_disconnected");
        let mut record = call();
        record.failed(&Error::new(ErrorKind::Authentication, "no"));
        record.left();
        assert_eq!(read(&record)["error.type"], "authentication");
    }

    #[test]
    fn what_a_client_writes_can_neither_break_a_line_nor_make_it_long() {
        let model = format!("bedrock/\"\n{}", "é".repeat(10_000));
        let error_type = Some("\u{202e}x\u{9b}31m".to_owned());
        let record = Record {
            model,
            error_type,
            ..call()
        };
        let line = read(&record);
        let told = line["gen_ai.request.model"].as_str().unwrap();
        assert!(told.chars().count() <= MAX_TEXT + 1 && told.starts_with("bedrock/\" é"));
        assert_eq!(line["error.type"], r"\u{202e}x 31m");
        assert!(record.line().len() < 1500);
    }
}
