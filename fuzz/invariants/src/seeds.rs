//! What each target begins with: the project's vectors, in the target's form.
//!
//! Files that are not there give no seeds; `tests/replay.rs` holds how many there are at least.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::credentials::{BETWEEN, ENVIRONMENTS};
use crate::question::STATES;
use crate::requests::MODELS;

/// The largest seed, in bytes: what is larger takes the fuzzer too long.
const MAX: usize = 16 << 10;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

/// The files of a folder with this ending, by name.
fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let read = fs::read_dir(vectors().join(folder));
    let mut paths: Vec<PathBuf> = read
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    paths.sort();
    let read = paths.iter().filter_map(|path| fs::read(path).ok());
    read.collect()
}

fn values(folder: &str, ending: &str) -> Vec<Value> {
    let files = files(folder, ending);
    let read = files
        .iter()
        .filter_map(|bytes| serde_json::from_slice(bytes).ok());
    read.collect()
}

fn with(head: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    let seed = [head, body].concat();
    (seed.len() <= MAX).then_some(seed)
}

fn byte(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(0)
}

/// Event streams, with their own checksums and with right ones.
pub fn frames() -> Vec<Vec<u8>> {
    let folders = [
        "eventstream/valid",
        "eventstream/invalid",
        "eventstream/ambiguous",
        "conversations",
    ];
    let files = folders.iter().flat_map(|folder| files(folder, ".bin"));
    let seeds = files.flat_map(|bytes| [with(&[2], &bytes), with(&[15], &bytes)]);
    seeds.flatten().collect()
}

/// The events of each conversation, to each request.
pub fn stream() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (at, stream) in files("conversations", ".bin").iter().enumerate() {
        let lines = lines(stream);
        seeds.extend(with(&[byte(at % STATES)], &lines));
        seeds.extend(with(&[byte((at + 2) % STATES) + 40], &lines));
    }
    seeds
}

/// A stream as the target reads it.
fn lines(stream: &[u8]) -> Vec<u8> {
    use bedrock_provider::event_stream::{Decoder, Limits, Message};
    let mut decoder = Decoder::new(Limits::default());
    let mut rest = stream;
    let mut lines: Vec<Vec<u8>> = Vec::new();
    while let Ok(Some(frame)) = decoder.next_frame(&mut rest) {
        lines.extend(match Message::classify(&frame) {
            Ok(Message::Event {
                event_type,
                payload,
            }) => Some([event_type.as_bytes(), b" ", payload].concat()),
            Ok(Message::Exception {
                exception_type,
                payload,
            }) => Some([b"!", exception_type.as_bytes(), b" ", payload].concat()),
            Ok(Message::Error { .. }) | Err(_) => None,
        });
    }
    lines.join(&b'\n')
}

/// Bodies that are JSON.
pub fn json() -> Vec<Vec<u8>> {
    let wire = values("wire", ".json");
    let bodies = wire.iter().filter_map(|call| call["body_utf8"].as_str());
    let clients = values("clients", ".json");
    let asked = clients.iter().map(|case| case["body"].to_string());
    let own = [
        r#"{"a":{"":1,"b":[]},"":"\ud83d\ude00","c":"\ud83d","d":-0.5e-3,"a":null}"#,
        r#"{"\u0061":[[[[{}]]]],"t":true,"f":false,"n":null}"#,
    ];
    let texts = bodies
        .map(str::to_owned)
        .chain(asked)
        .chain(own.map(str::to_owned));
    texts
        .filter_map(|text| with(&[], text.as_bytes()))
        .collect()
}

/// What clients were seen to send, to each family.
pub fn requests() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let clients = values("clients", ".json");
    let bodies = clients.iter().filter(|case| case["body"].is_object());
    for (at, case) in bodies.enumerate() {
        let path = case["path"].as_str().unwrap_or_default();
        let dialect = match path {
            "/v1/chat/completions" => 1,
            "/v1/responses" => 2,
            _ => 0,
        };
        let body = case["body"].to_string();
        for settings in [0, 2 + 4, 1 + 16] {
            let model = byte((at + usize::from(settings)) % MODELS.len());
            seeds.extend(with(&[dialect, settings, model], body.as_bytes()));
        }
    }
    for (dialect, body) in OWN {
        for model in 0..MODELS.len() {
            seeds.extend(with(&[dialect, 6, byte(model)], body.as_bytes()));
        }
    }
    seeds
}

/// Blocks that the vectors do not have.
const OWN: [(u8, &str); 3] = [
    (0, include_str!("seeds/messages.json")),
    (1, include_str!("seeds/chat_completions.json")),
    (2, include_str!("seeds/responses.json")),
];

/// Converse's answers, to each request, and refusals.
pub fn answers() -> Vec<Vec<u8>> {
    let clients = values("clients", ".json");
    let given = clients.iter().filter_map(|case| {
        let answer = case.pointer("/bedrock_answer/converse/json")?;
        Some(answer.to_string())
    });
    let own = [
        include_str!("seeds/answer.json"),
        r#"{"output":{"message":{"role":"assistant","content":[{"text":"{\"a\":\"b\"}"}]}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#,
        r#"{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"1","name":"json_answer","input":{"a":"b"}}}]}},"stopReason":"tool_use","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#,
        r#"{"message":"Too many requests, please wait before trying again.","__type":"ThrottlingException"}"#,
        r#"{"message":"The provided model identifier is invalid."}"#,
    ];
    let mut seeds = Vec::new();
    for body in given.chain(own.map(str::to_owned)) {
        for state in 0..STATES {
            seeds.extend(with(&[byte(state), byte(state)], body.as_bytes()));
        }
    }
    seeds
}

/// What botocore was answered.
pub fn credentials() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for case in values("credentials", ".json") {
        let text = |name: &str| case[name].as_str().unwrap_or_default().replace("<tmp>", "");
        let mut parts = vec![text("config_file"), text("credentials_file")];
        for exchange in case["http"].as_array().into_iter().flatten() {
            let status = exchange.pointer("/response/status").and_then(Value::as_u64);
            let mark = match status {
                Some(200) => '\u{8}',
                Some(400) => '\u{4}',
                Some(404) => '\u{6}',
                _ => '\u{5}',
            };
            let body = exchange.pointer("/response/body").and_then(Value::as_str);
            parts.push(format!("{mark}{}", body.unwrap_or_default()));
        }
        let body = parts.join(&char::from(BETWEEN).to_string());
        for environment in 0..ENVIRONMENTS {
            seeds.extend(with(&[byte(environment)], body.as_bytes()));
        }
    }
    for text in [
        r#"{"accessKeyId":"AKID","secretAccessKey":"$T","sessionToken":"$T","region":"us-east-1","expiration":1795348800000}"#,
        r#"{"bearerToken":"$T","region":"eu-west-1"}"#,
        r#"{"region":"us-east-1","roleArn":"arn:aws:iam::123456789012:role/r","externalId":"e","sessionName":"s"}"#,
        "eu-central-1",
        "$T",
    ] {
        seeds.extend(with(&[u8::MAX], text.as_bytes()));
    }
    seeds
}

/// Names that AWS's own SDKs signed, and addresses.
pub fn names() -> Vec<Vec<u8>> {
    const ADDRESSES: &[&str] = &[
        "",
        "http://127.0.0.1:8080",
        "https://[::1]:443/base/",
        "https://user:p@host/?q#f",
    ];
    const ALIASES: &[&str] = &[
        r#"{"fast":"us.amazon.nova-lite-v1:0","own":{"model":"arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/x","base":"amazon.nova-lite-v1:0"}}"#,
    ];
    let signed = values("sigv4", ".json");
    let signed = signed.iter().filter_map(|case| {
        Some((
            case["modelId"].as_str()?.to_owned(),
            case["region"].as_str()?.to_owned(),
        ))
    });
    let own = [
        "claude-sonnet-4-5",
        "bedrock/eu-west-1/amazon.nova-lite-v1:0",
        "fast",
        "own[1m]",
        "openai/gpt-oss-120b",
        "../x",
    ];
    let own = own.map(|name| (name.to_owned(), "eu-west-1".to_owned()));
    let models = MODELS.map(|name| (name.to_owned(), "us-gov-west-1".to_owned()));
    let mut seeds = Vec::new();
    for (at, (model, region)) in signed.chain(own).chain(models).enumerate() {
        let address = ADDRESSES[at % ADDRESSES.len()];
        let aliases = ALIASES[0];
        let text =
            format!("{model}\n{region}\n{address}\n{aliases}\napplication/json; charset=utf-8");
        seeds.extend(with(&[], text.as_bytes()));
    }
    seeds
}
