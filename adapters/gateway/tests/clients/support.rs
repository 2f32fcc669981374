//! A client's request through the gateway's reading and the provider's core, and an answer back.

use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bedrock_emulator as emulator;
use bedrock_provider::canonical::{Chunk, Error};
use bedrock_provider::credentials::{Auth, Credentials};
use bedrock_provider::environment::Environment;
use bedrock_provider::exchange::{self, Amendments, State, StreamDecoder};
use bedrock_provider::http_message;
use llm_dialects::{Dialect, Telling};
use llm_gateway::call::understand;
use llm_gateway::http::Head;
use llm_gateway::route;
use llm_gateway::settings::Settings;
use serde_json::{Value, json};

pub(crate) const FOLDER: &str = "../../tests/vectors/clients";

/// 2026-11-30.
const NOW: u64 = 1_796_000_000;

pub(crate) const SONNET_4_5: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
pub(crate) const HAIKU_4_5: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
pub(crate) const OPUS_4_6: &str = "us.anthropic.claude-opus-4-6-v1";
pub(crate) const OPUS_4_8: &str = "us.anthropic.claude-opus-4-8";
pub(crate) const NOVA: &str = "amazon.nova-lite-v1:0";

pub(crate) const MESSAGES: &str = "/v1/messages";
pub(crate) const CHAT: &str = "/v1/chat/completions";
pub(crate) const RESPONSES: &str = "/v1/responses";

/// A file of the vectors.
pub(crate) fn vector(name: &str) -> Value {
    let text = std::fs::read_to_string(format!("{FOLDER}/{name}.json")).expect(name);
    serde_json::from_str(&text).expect(name)
}

/// The gateway, with some settings.
pub(crate) struct Gateway(Settings);

/// One with the settings that it has by itself.
pub(crate) fn gateway() -> Gateway {
    with(&[])
}

/// One with these settings.
pub(crate) fn with(settings: &[(&str, &str)]) -> Gateway {
    let own = [("GATEWAY_OPEN", "on"), ("GATEWAY_REGION", "us-east-1")];
    let all = own.iter().chain(settings);
    let all = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Gateway(Settings::read(all.collect()).expect("settings"))
}

/// A request that was understood, and what Bedrock gets of it.
pub(crate) struct Asked {
    pub(crate) body: Value,
    pub(crate) model: String,
    /// Paths of what was changed, and whether it is a loss.
    pub(crate) warnings: Vec<(String, bool)>,
    dialect: Dialect,
    telling: Telling,
    state: State,
}

impl Gateway {
    /// A request that Bedrock takes.
    pub(crate) fn ask(&self, path: &str, body: &Value) -> Asked {
        self.ask_with(path, &[], body)
            .unwrap_or_else(|error| panic!("{error:?} of {body}"))
    }

    /// The error that a request is.
    pub(crate) fn refuse(&self, path: &str, body: &Value) -> (Error, Answer) {
        match self.ask_with(path, &[], body) {
            Ok(asked) => panic!("sent {}", asked.body),
            Err(error) => {
                let answer = route::dialect(&Head::new("POST", path, Vec::new()))
                    .write_error(&error, "req_1");
                let body = serde_json::from_str(&answer.body).expect("JSON");
                (
                    error,
                    Answer {
                        status: answer.status,
                        body,
                    },
                )
            }
        }
    }

    pub(crate) fn ask_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<Asked, Error> {
        self.ask_text(path, headers, &body.to_string())
    }

    pub(crate) fn ask_text(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Asked, Error> {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        let head = Head::new("POST", path, headers.collect());
        let dialect = route::dialect(&head);
        let call = understand(
            dialect,
            exchange::Operation::Complete,
            &head,
            body.as_bytes(),
            &self.0,
            None,
            NOW,
        )?;
        let credentials = Credentials {
            auth: Some(Auth::access_key("AKIDEXAMPLE", "secret", None)),
            region: Some("us-east-1".into()),
            expires_at: None,
        };
        let asked = &call.question;
        let prepared = exchange::Call {
            request: &asked.request,
            context: &asked.context,
            environment: &Environment::default(),
            operation: asked.operation,
            now: NOW * 1000,
        }
        .prepare(&credentials, &Amendments::default())?;
        let sent = String::from_utf8(prepared.request.body).expect("UTF-8");
        let body: Value = serde_json::from_str(&sent).expect("JSON that strict readers take");
        let (operation, model) = address(&prepared.request.path);
        if let Err(refusal) = emulator::check(operation, &model, &body) {
            panic!("Bedrock refuses {sent}: {}", refusal.message());
        }
        let state: Value = serde_json::from_slice(&prepared.state.to_bytes()).expect("JSON");
        let told = call
            .telling
            .warnings
            .iter()
            .map(|told| (told.path.clone(), told.lossy));
        let own = state["warnings"].as_array().expect("warnings").iter();
        let own = own.map(|told| {
            let path = told["path"].as_str().expect("a path");
            (path.to_owned(), told["lossy"] == "lossy")
        });
        Ok(Asked {
            warnings: told.chain(own).collect(),
            body,
            model,
            dialect,
            telling: call.telling,
            state: prepared.state,
        })
    }
}

fn address(path: &str) -> (emulator::Operation, String) {
    let path = path.strip_prefix("/model/").expect("a path");
    let (model, operation) = path.rsplit_once('/').expect("a path");
    let operation = match operation {
        "converse" => emulator::Operation::Converse,
        "converse-stream" => emulator::Operation::ConverseStream,
        other => panic!("{other}"),
    };
    (operation, model.replace("%3A", ":").replace("%2F", "/"))
}

/// A whole answer, as a client gets it.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Asked {
    /// The paths of what is lost.
    pub(crate) fn lost(&self) -> Vec<&str> {
        let losses = self.warnings.iter().filter(|(_, lossy)| *lossy);
        losses.map(|(path, _)| path.as_str()).collect()
    }

    pub(crate) fn additional(&self, name: &str) -> &Value {
        &self.body["additionalModelRequestFields"][name]
    }

    /// Names of the tools that the model is shown.
    pub(crate) fn tools(&self) -> Vec<&str> {
        let tools = self.body["toolConfig"]["tools"].as_array();
        let names = tools.into_iter().flatten();
        names
            .filter_map(|tool| tool["toolSpec"]["name"].as_str())
            .collect()
    }

    /// What the client reads of Bedrock's answer.
    pub(crate) fn answered(self, status: u16, answer: &Value) -> Answer {
        let head = head(status, answer);
        let body = answer["json"]
            .as_object()
            .map_or(answer, |_| &answer["json"]);
        let body = body.to_string();
        match exchange::decode_response(self.state, &head, body.as_bytes()) {
            Ok(response) => {
                let text = self.dialect.write_response(&response, &self.telling);
                let body = serde_json::from_str(&text).expect("JSON");
                Answer { status: 200, body }
            }
            Err(error) => {
                let answer = self.dialect.write_error(&error, "req_1");
                let body = serde_json::from_str(&answer.body).expect("JSON");
                Answer {
                    status: answer.status,
                    body,
                }
            }
        }
    }

    /// What the client reads of an answer of these blocks.
    pub(crate) fn says(self, content: &Value) -> Value {
        let calls = content.to_string().contains("\"toolUse\"");
        let reason = if calls { "tool_use" } else { "end_turn" };
        self.answered(200, &whole(content, reason)).body
    }

    /// The events that the client reads of a stream of Bedrock's events.
    pub(crate) fn streams(self, events: &[(&str, Value)]) -> Vec<Value> {
        let head = http_message::Head::new(
            200,
            [("content-type", "application/vnd.amazon.eventstream")],
        );
        let mut decoder = StreamDecoder::new(self.state, head);
        let mut encoder = self.dialect.encoder(self.telling);
        let mut out = String::new();
        let mut chunks: Vec<Chunk> = Vec::new();
        for (kind, payload) in events {
            decoder
                .push(&frame(kind, payload), &mut chunks)
                .expect("legal events");
        }
        decoder.finish(&mut chunks).expect("a whole stream");
        for chunk in &chunks {
            encoder.push(chunk, &mut out);
        }
        let data = out.lines().filter_map(|line| line.strip_prefix("data: "));
        data.filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).expect("JSON"))
            .collect()
    }
}

fn head(status: u16, answer: &Value) -> http_message::Head {
    let kind = answer["headers"]["x-amzn-ErrorType"]
        .as_str()
        .unwrap_or_default();
    let headers = [
        ("content-type", "application/json"),
        ("x-amzn-errortype", kind),
    ];
    let headers = headers.into_iter().filter(|(_, value)| !value.is_empty());
    http_message::Head::new(status, headers)
}

/// Converse's whole answer.
pub(crate) fn whole(content: &Value, stop_reason: &str) -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason,
        "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
        "metrics": {"latencyMs": 5},
    })
}

/// ConverseStream's events of one call, whose input comes in these pieces.
pub(crate) fn call_events<'e>(name: &str, pieces: &[&str]) -> Vec<(&'e str, Value)> {
    let mut events = vec![
        ("messageStart", json!({"role": "assistant"})),
        (
            "contentBlockStart",
            json!({"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t1", "name": name}}}),
        ),
    ];
    events.extend(pieces.iter().map(|piece| {
        let delta = json!({"contentBlockIndex": 0, "delta": {"toolUse": {"input": piece}}});
        ("contentBlockDelta", delta)
    }));
    events.extend(ending("tool_use"));
    events
}

/// ConverseStream's events of a text.
pub(crate) fn text_events<'e>(pieces: &[&str]) -> Vec<(&'e str, Value)> {
    let mut events = vec![("messageStart", json!({"role": "assistant"}))];
    events.extend(pieces.iter().map(|piece| {
        let delta = json!({"contentBlockIndex": 0, "delta": {"text": piece}});
        ("contentBlockDelta", delta)
    }));
    events.extend(ending("end_turn"));
    events
}

fn ending<'e>(reason: &str) -> [(&'e str, Value); 3] {
    [
        ("contentBlockStop", json!({"contentBlockIndex": 0})),
        ("messageStop", json!({"stopReason": reason})),
        (
            "metadata",
            json!({"usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}, "metrics": {"latencyMs": 5}}),
        ),
    ]
}

fn frame(kind: &str, payload: &Value) -> Vec<u8> {
    let text = |text: &str| HeaderValue::String(text.to_owned().into());
    let message = Message::new(payload.to_string())
        .add_header(Header::new(":message-type", text("event")))
        .add_header(Header::new(":event-type", text(kind)))
        .add_header(Header::new(":content-type", text("application/json")));
    let mut bytes = Vec::new();
    aws_smithy_eventstream::frame::write_message_to(&message, &mut bytes).expect("a frame");
    bytes
}
