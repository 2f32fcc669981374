//! Answers that the service really gave, where recordings of them lie beside the checkout.

use super::sdk_reader;
use super::told::{by_chunks, by_response};
use crate::support::calls::{ask, calling, complete, emulator, stream};
use crate::support::components::root;
use crate::support::wire;
use bedrock_emulator::{Config, Script};
use bedrock_host::types::{ErrorKind, Response};
use serde_json::Value;
use std::path::PathBuf;

/// The recordings whose names begin and end so; none, with a line that says it, where there are no recordings.
fn recordings(prefix: &str, extension: &str) -> Vec<PathBuf> {
    let folder = root().join("../shared/vectors/recorded");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there are no recordings");
        return Vec::new();
    };
    let files = files.map(|file| file.expect("a file").path());
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(prefix) && name.ends_with(extension)
    };
    let mut found: Vec<_> = files.filter(named).collect();
    found.sort();
    assert!(!found.is_empty(), "no recordings of {prefix}*{extension}");
    found
}

fn json(path: &PathBuf) -> Value {
    let bytes = std::fs::read(path).expect("bytes");
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A server that gives this answer twice; its address.
async fn twice(status: u16, error_type: Option<&str>, body: String) -> String {
    let (listener, url) = wire::listen().await;
    let error_type = error_type.map(|word| format!("x-amzn-errortype: {word}\r\n"));
    let head = format!(
        "HTTP/1.1 {status} As recorded\r\ncontent-type: application/json\r\nconnection: close\r\n\
         {}content-length: {}\r\n\r\n",
        error_type.unwrap_or_default(),
        body.len()
    );
    tokio::spawn(async move {
        for _ in 0..2 {
            let (mut socket, _) = wire::accept(&listener).await;
            wire::send(&mut socket, &head).await;
            wire::send(&mut socket, &body).await;
        }
    });
    url
}

fn lost(response: &Response) -> Vec<&str> {
    let warnings = response.warnings.iter().filter(|warning| warning.lossy);
    warnings.map(|warning| warning.message.as_str()).collect()
}

#[tokio::test]
async fn every_recorded_answer_is_read_as_the_sdk_reads_it() {
    let mut read = 0;
    let recordings = recordings("ok.", ".json");
    for path in &recordings {
        let name = path.display();
        let answer = &json(path)["response_parsed"];
        // Some are counts of tokens.
        if answer["output"].is_null() {
            continue;
        }
        read += 1;
        let url = twice(200, None, answer.to_string()).await;
        let own = complete(&ask("Hi"), &calling(&url)).await;
        let own = own.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(lost(&own), [""; 0], "{name}");
        let sdk = sdk_reader::whole(&url).await;
        let sdk = sdk.unwrap_or_else(|| panic!("{name}: not read by the SDK"));
        assert!(!sdk.blocks.is_empty(), "{name}");
        assert_eq!(
            by_response(own).with_inputs_as_values(),
            sdk.canonical().with_inputs_as_values(),
            "{name}"
        );
    }
    assert!(recordings.is_empty() || read > 30, "{read}");
}

#[tokio::test]
async fn every_recorded_stream_is_read_as_the_sdk_reads_it() {
    for path in recordings("stream.", ".bin") {
        let name = path.display();
        let bytes = std::fs::read(&path).expect("bytes");
        let emulator = emulator(Config::default().always(Script::bytes(bytes))).await;
        let (sdk, is_whole) = sdk_reader::streamed(&emulator.url()).await;
        assert!(is_whole && !sdk.text().is_empty(), "{name}: {sdk:?}");
        let chunks = stream(&ask("Hi"), &calling(&emulator.url())).await;
        let chunks = chunks.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(by_chunks(&chunks), sdk.canonical(), "{name}");
    }
}

#[tokio::test]
async fn every_recorded_refusal_is_told_in_its_own_words() {
    for path in recordings("error.", ".json") {
        let name = path.display();
        let recording = json(&path);
        let status = recording["status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok());
        let status = status.expect("a status");
        let body = &recording["response_parsed"];
        let said = body["message"].as_str().or(body["Message"].as_str());
        let said = said.unwrap_or_else(|| panic!("{name}: no message in {body}"));
        let error_type = Some("ValidationException").filter(|_| status == 400);
        let url = twice(status, error_type, body.to_string()).await;
        let error = complete(&ask("Hi"), &calling(&url)).await;
        let error = error.expect_err("a refusal");
        let kind = match said.contains("model identifier is invalid") {
            true => ErrorKind::NotFound,
            false => ErrorKind::InvalidRequest,
        };
        assert_eq!(error.kind, kind, "{name}: {error:?}");
        assert_eq!(error.status, Some(status), "{name}: {error:?}");
        assert!(error.message.contains(said), "{name}: {error:?}");
    }
}
