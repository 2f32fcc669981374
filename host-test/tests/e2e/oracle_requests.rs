//! AWS's own SDK writes the same request: path and body of each call are those that the component sends.
//!
//! The table says each request twice, in canonical words and in the SDK's. Both are sent to the emulator, with all of
//! its rules, and its log is compared as JSON: the order of members is free, everything else is not.

mod content;
mod sdk_words;
mod settings;
mod tools;
mod words;

use crate::support::calls::{calling, complete, emulator, open, own, reaching};
use crate::support::components::provider;
use crate::support::sdk::client;
use aws_sdk_bedrockruntime::operation::converse::builders::ConverseFluentBuilder;
use aws_sdk_bedrockruntime::types as sdk;
use bedrock_emulator::{Config, Emulator};
use bedrock_host::types::Request;
use sdk_words::{guardrail_stream, inference, user};
use serde_json::Value;
use words::{CLAUDE, extensions, plain};

/// A request in both languages.
struct Case {
    name: &'static str,
    request: Request,
    call: fn(ConverseFluentBuilder) -> ConverseFluentBuilder,
}

fn case(
    name: &'static str,
    request: Request,
    call: fn(ConverseFluentBuilder) -> ConverseFluentBuilder,
) -> Case {
    Case {
        name,
        request,
        call,
    }
}

/// Members that the SDK 1.153 writes whether they are set or not: the case, where they stand in its body, and why they
/// need not be sent.
const ONLY_IN_THE_SDK: &[(&str, &str, &str)] = &[
    (
        "a document of text",
        "/messages/0/content/0/document/format",
        "says txt of every document that has no format; text has none",
    ),
    (
        "a document in blocks, with citations and context",
        "/messages/0/content/0/document/format",
        "says txt of every document that has no format; blocks have none",
    ),
];

fn id(request: &Request) -> &str {
    request.model.trim_start_matches("bedrock/")
}

/// The last two requests: the component's and the SDK's.
fn last_two(emulator: &Emulator) -> [(String, Value); 2] {
    let requests = emulator.requests();
    let [.., own, sdk] = &requests[..] else {
        panic!("{} requests", requests.len());
    };
    [own, sdk].map(|request| (request.path.clone(), request.json()))
}

fn remove(body: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, member) = pointer.rsplit_once('/')?;
    body.pointer_mut(parent)?.as_object_mut()?.remove(member)
}

fn assert_same(name: &str, emulator: &Emulator) {
    let [own, mut sdk] = last_two(emulator);
    for (case, pointer, _) in ONLY_IN_THE_SDK {
        if *case == name {
            let removed = remove(&mut sdk.1, pointer);
            assert!(
                removed.is_some(),
                "{name}: the SDK no longer writes {pointer}"
            );
        }
    }
    assert_eq!(own.0, sdk.0, "{name}: path");
    assert_eq!(
        own.1, sdk.1,
        "{name}: the component (left), AWS's SDK (right)"
    );
}

#[tokio::test]
async fn the_sdk_sends_the_same_request() {
    let emulator = emulator(Config::default()).await;
    let context = calling(&emulator.url());
    let cases: Vec<Case> = [content::cases(), tools::cases(), settings::cases()]
        .into_iter()
        .flatten()
        .collect();
    assert!(cases.len() >= 40, "{}", cases.len());
    for case in &cases {
        let name = case.name;
        let answer = complete(&case.request, &context).await;
        answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let call = client(&emulator.url())
            .converse()
            .model_id(id(&case.request));
        let answer = (case.call)(call).send().await;
        answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_same(name, &emulator);
    }
    for (name, _, _) in ONLY_IN_THE_SDK {
        assert!(cases.iter().any(|case| case.name == *name), "{name}");
    }
}

#[tokio::test]
async fn the_sdk_asks_for_the_same_stream() {
    let emulator = emulator(Config::default()).await;
    let request = Request {
        system: vec![plain("Be brief.")],
        max_tokens: Some(100),
        extensions: extensions(serde_json::json!({"guardrailConfig": {
            "guardrailIdentifier": "abc123", "guardrailVersion": "1", "trace": "enabled_full",
            "streamProcessingMode": "async",
        }})),
        ..Request::new(CLAUDE).user("Hi")
    };
    let opened = open(&request, &calling(&emulator.url())).await;
    opened.expect("a stream");
    let call = client(&emulator.url())
        .converse_stream()
        .model_id(id(&request))
        .messages(user(vec![sdk::ContentBlock::Text("Hi".into())]))
        .system(sdk::SystemContentBlock::Text("Be brief.".into()))
        .inference_config(inference(|config| config.max_tokens(100)))
        .guardrail_config(guardrail_stream())
        .additional_model_response_field_paths("/delta/stop_sequence");
    call.send().await.expect("a stream");
    assert_same("a stream", &emulator);
}

#[tokio::test]
async fn the_sdk_asks_for_the_same_count() {
    let emulator = emulator(Config::default()).await;
    let bare = CLAUDE.replace("us.", "");
    let request = Request {
        system: vec![plain("Be brief.")],
        // Not a part of what is counted.
        max_tokens: Some(100),
        temperature: Some(0.5),
        tools: vec![words::weather()],
        top_k: Some(5),
        ..Request::new(bare).user("Hi")
    };
    let instance = provider().instantiate(&reaching(&emulator.url())).await;
    let mut instance = instance.expect("a free instance");
    let count = instance
        .count_tokens(&request, &calling(&emulator.url()))
        .await;
    let count = count.map_err(own).expect("a count");
    let converse = sdk::ConverseTokensRequest::builder()
        .messages(user(vec![sdk::ContentBlock::Text("Hi".into())]))
        .system(sdk::SystemContentBlock::Text("Be brief.".into()))
        .tool_config(sdk_words::tool_config(vec![sdk_words::weather()], None))
        .additional_model_request_fields(sdk_words::document(serde_json::json!({"top_k": 5})));
    let call = client(&emulator.url())
        .count_tokens()
        .model_id(id(&request))
        .input(sdk::CountTokensInput::Converse(converse.build()));
    let answer = call.send().await.expect("a count");
    assert_eq!(u64::try_from(answer.input_tokens()), Ok(count));
    assert_same("a count", &emulator);
}
