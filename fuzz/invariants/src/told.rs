//! What clients are told: JSON and server-sent events of each dialect.

use bedrock_provider::canonical::{Chunk, Error, Response};
use llm_dialects::sse::Parser;
use llm_dialects::{Dialect, OfferedTools, Telling, anthropic, openai};
use serde_json::Value;

/// All of them.
pub(crate) const DIALECTS: [Dialect; 3] = [Dialect::Anthropic, Dialect::OpenAi, Dialect::Responses];

fn telling(model: &str) -> Telling {
    Telling {
        model: model.to_owned(),
        created: 1,
        include_usage: true,
        warnings: Vec::new(),
        tools: OfferedTools::default(),
    }
}

/// A whole answer in each dialect is JSON; Anthropic's reads as the same.
pub(crate) fn assert_whole(response: &Response) {
    for dialect in DIALECTS {
        let body = dialect.write_response(response, &telling(&response.model));
        let value: Value = parse(&body);
        assert!(value.is_object(), "{body}");
        match dialect {
            Dialect::Anthropic => {
                // What is absent and what is empty are told alike: written again it is the same.
                let read = anthropic::read_response(body.as_bytes());
                let read = read.unwrap_or_else(|error| panic!("{error:?}: {body}"));
                let again = dialect.write_response(&read, &telling(&response.model));
                assert_eq!(again, body);
            }
            Dialect::OpenAi => {
                let read = openai::read_response(body.as_bytes());
                assert!(read.is_ok(), "{read:?} of {body}");
            }
            Dialect::Responses => {}
        }
    }
}

/// An error in each dialect is JSON with a status that is one.
pub(crate) fn assert_error(error: &Error) {
    for dialect in DIALECTS {
        let answer = dialect.write_error(error, "request");
        assert!(parse(&answer.body).is_object(), "{}", answer.body);
        assert!((400..600).contains(&answer.status), "{answer:?}");
        for (name, value) in &answer.headers {
            assert!(
                http::HeaderValue::from_str(value).is_ok(),
                "{name}: {value:?}"
            );
        }
    }
}

/// Chunks in each dialect are events of JSON with one end; Anthropic's and Chat Completions' can be read again.
pub(crate) fn assert_stream(chunks: &[Chunk], error: Option<&Error>) {
    // Before the first chunk an error is an answer of its own.
    if chunks.is_empty() {
        return;
    }
    for dialect in DIALECTS {
        let out = encode(dialect, chunks, error);
        let events = events(&out);
        let last = events
            .last()
            .unwrap_or_else(|| panic!("nothing of {chunks:?}"));
        let (is_end, name): (fn(&str, &str) -> bool, _) = match (dialect, error) {
            (Dialect::Anthropic, None) => (|name, _| name == "message_stop", "message_stop"),
            (Dialect::Anthropic, Some(_)) => (|name, _| name == "error", "error"),
            (Dialect::OpenAi, None) => (|_, data| data == "[DONE]", "[DONE]"),
            (Dialect::OpenAi, Some(_)) => (|_, data| data.starts_with("{\"error\""), "an error"),
            (Dialect::Responses, None) => (
                |name, _| name == "response.completed" || name == "response.incomplete",
                "response.completed",
            ),
            (Dialect::Responses, Some(_)) => {
                (|name, _| name == "response.failed", "response.failed")
            }
        };
        assert!(
            is_end(&last.0, &last.1),
            "{dialect:?} ends with {last:?}, not with {name}"
        );
        let ends = events
            .iter()
            .filter(|(name, data)| is_end(name, data))
            .count();
        assert_eq!(ends, 1, "{dialect:?}: {out}");
        again(dialect, &out, error);
    }
}

fn encode(dialect: Dialect, chunks: &[Chunk], error: Option<&Error>) -> String {
    let model = match chunks.first() {
        Some(Chunk::MessageStart(start)) => &start.model,
        other => panic!("{other:?} begins"),
    };
    let mut encoder = dialect.encoder(telling(model));
    let mut out = String::new();
    for chunk in chunks {
        encoder.push(chunk, &mut out);
    }
    if let Some(error) = error {
        encoder.fail(error, "request", &mut out);
    }
    out
}

fn events(out: &str) -> Vec<(String, String)> {
    let mut events = Vec::new();
    let read = Parser::default().push(out.as_bytes(), &mut |event| {
        events.push((event.name.to_owned(), event.data.to_owned()));
        Ok(())
    });
    assert_eq!(read, Ok(()), "{out}");
    let mut before = None;
    for (name, data) in &events {
        if data == "[DONE]" {
            continue;
        }
        let value = parse(data);
        assert!(value.is_object(), "{data}");
        if !name.is_empty() {
            assert_eq!(value["type"], **name, "{data}");
        }
        // Responses counts its events.
        if let Some(number) = value["sequence_number"].as_u64() {
            assert_eq!(before.map_or(0, |before: u64| before + 1), number, "{out}");
            before = Some(number);
        }
    }
    events
}

fn again(dialect: Dialect, out: &str, error: Option<&Error>) {
    let mut read = Vec::new();
    match dialect {
        Dialect::Anthropic => {
            let mut decoder = anthropic::Decoder::new();
            let result = decoder
                .push(out.as_bytes(), &mut read)
                .and_then(|()| decoder.finish());
            assert_eq!(result.is_err(), error.is_some(), "{result:?} of {out}");
            if error.is_none() {
                assert_eq!(encode(dialect, &read, None), out);
            }
        }
        Dialect::OpenAi => {
            let mut decoder = openai::Decoder::default();
            let result = decoder
                .push(out.as_bytes(), &mut read)
                .and_then(|()| decoder.finish());
            assert_eq!(result.is_err(), error.is_some(), "{result:?} of {out}");
        }
        Dialect::Responses => {}
    }
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}
