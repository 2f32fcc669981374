//! Bodies as AWS's own clients write them for the same request.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{
    DocumentBlock, OutputConfig, OutputFormat, SearchResultBlock, Source, StoredObject,
};

/// The model of most recordings, which takes less than its successors.
const CLAUDE_3_5: &str = "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0";

const FOLDER: &str = "tests/vectors/wire";

/// What a client sent, as recorded from the wire.
fn recorded(file: &str) -> Value {
    let path = format!("{FOLDER}/{file}");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn weather() -> Tool {
    Tool {
        description: Some("Weather".into()),
        ..tool(
            "get_weather",
            r#"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}"#,
        )
    }
}

fn weather_call() -> ContentBlock {
    ContentBlock::ToolUse(ToolUseBlock {
        id: "t1".into(),
        name: "get_weather".into(),
        input: "{}".into(),
        cache_control: None,
    })
}

fn weather_failed() -> ContentBlock {
    ContentBlock::ToolResult(ToolResultBlock {
        tool_use_id: "t1".into(),
        content: vec![ToolResultContent::Text(plain("boom"))],
        is_error: true,
        cache_control: None,
    })
}

/// With extensions of Bedrock's.
fn extended(request: Request, bedrock: Value) -> Request {
    Request {
        extensions: Some(json!({ "bedrock": bedrock }).to_string()),
        ..request
    }
}

/// As if the model took this: the recordings do not ask what it takes.
fn able(request: Request, capabilities: Value) -> Request {
    extended(request, json!({ "capabilities": capabilities }))
}

fn other(json: Value) -> ContentBlock {
    ContentBlock::Other(json.to_string())
}

/// The case, by its name behind the client's, and the same request in the canonical shape.
fn requests() -> Vec<(&'static str, Operation, Request)> {
    [
        plain_requests(),
        requests_of_blocks(),
        requests_with_settings(),
    ]
    .concat()
}

fn plain_requests() -> Vec<(&'static str, Operation, Request)> {
    use Operation::{Complete, CountTokens, Stream};
    let hello = || hello(CLAUDE_3_5);
    let prompt = "bedrock/arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDE12345:3";
    let variables = json!({"promptVariables": {"name": {"text": "Ann"}, "topic": {"text": "é"}}});
    vec![
        ("minimal", Complete, hello()),
        ("minimal_stream", Stream, hello()),
        ("session_token", Complete, hello()),
        ("session_token_stream", Stream, hello()),
        ("bearer", Complete, hello()),
        ("bearer_stream", Stream, hello()),
        (
            "application_profile_arn",
            Complete,
            super::hello(
                "bedrock/arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3d4e5f6",
            ),
        ),
        (
            "inference_profile_arn_stream",
            Stream,
            super::hello(
                "bedrock/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
            ),
        ),
        (
            "prompt_arn_variables",
            Complete,
            extended(request(prompt, []), variables),
        ),
        (
            "unicode",
            Complete,
            request(
                CLAUDE_3_5,
                [user([text(
                    "é世界🦀 \"quoted\" \\ back\n\t\u{0}\u{2028} </script>",
                )])],
            ),
        ),
        (
            "count_tokens_converse",
            CountTokens,
            Request {
                system: vec![plain("s")],
                ..hello()
            },
        ),
    ]
}

fn requests_of_blocks() -> Vec<(&'static str, Operation, Request)> {
    use Operation::{Complete, Stream};
    let asked = |blocks: Vec<ContentBlock>| request(CLAUDE_3_5, [user(blocks)]);
    let stored = Source::Object(StoredObject {
        uri: "s3://bucket/key.jpg".into(),
        owner: Some("123456789012".into()),
        media_type: "image/jpeg".into(),
    });
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let cited = |document| DocumentBlock {
        citations: true,
        ..document
    };
    let found = SearchResultBlock {
        content: vec!["body".into()],
        citations: true,
        ..search_result()
    };
    let guarded = other(json!({"type": "guardContent", "guardContent": {"text": {
        "text": "check me", "qualifiers": ["query", "grounding_source"],
    }}}));
    let guardrail = json!({"guardrailConfig": {
        "guardrailIdentifier": "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr1234567890",
        "guardrailVersion": "DRAFT", "trace": "enabled_full", "streamProcessingMode": "async",
    }});
    let changes = Message {
        role: Role::System,
        content: vec![
            other(
                json!({"type": "toolAddition", "toolAddition": {"tool": {"type": "tool", "name": "get_weather"}}}),
            ),
            other(
                json!({"type": "toolRemoval", "toolRemoval": {"tool": {"name": "old", "serverName": "mcp1"}}}),
            ),
        ],
    };
    vec![
        (
            "image_bytes",
            Complete,
            asked(vec![
                ContentBlock::Image(image_of(base64("image/png", png))),
                text("what?"),
            ]),
        ),
        (
            "image_s3",
            Complete,
            request(
                "bedrock/us.amazon.nova-lite-v1:0",
                [user([ContentBlock::Image(image_of(stored)), text("what?")])],
            ),
        ),
        (
            "document_text_content",
            Complete,
            asked(vec![
                ContentBlock::Document(document_of(Source::Text("plain".into()), "t")),
                ContentBlock::Document(cited(document_of(
                    Source::Blocks(vec!["a".into(), "b".into()]),
                    "c",
                ))),
                text("x"),
            ]),
        ),
        (
            "search_result",
            Complete,
            asked(vec![ContentBlock::SearchResult(found), text("q")]),
        ),
        (
            "video_audio",
            Complete,
            able(
                request(
                    "bedrock/us.amazon.nova-2-omni-v1:0",
                    [user([
                        ContentBlock::Video(media_of(base64("video/3gpp", "AAF2aWQ="))),
                        ContentBlock::Audio(media_of(base64("audio/wav", "UklGRmF1ZA=="))),
                        text("x"),
                    ])],
                ),
                json!({"audio": true}),
            ),
        ),
        (
            "tool_result_error",
            Complete,
            Request {
                tools: vec![weather()],
                ..request(
                    CLAUDE_3_5,
                    [
                        user([text("x")]),
                        assistant([weather_call()]),
                        user([weather_failed()]),
                    ],
                )
            },
        ),
        (
            "guardrail_stream_async",
            Stream,
            extended(asked(vec![guarded]), guardrail),
        ),
        (
            "mid_conversation_system_tool_change",
            Complete,
            able(
                Request {
                    tools: vec![weather()],
                    ..request(
                        "bedrock/us.anthropic.claude-sonnet-4-6",
                        [user([text("a")]), changes, user([text("b")])],
                    )
                },
                json!({"mid_conversation_system": true}),
            ),
        ),
    ]
}

fn requests_with_settings() -> Vec<(&'static str, Operation, Request)> {
    use Operation::{Complete, Stream};
    let hello = || hello(CLAUDE_3_5);
    let guardrail = json!({"guardrailConfig": {
        "guardrailIdentifier": "gr1234567890", "guardrailVersion": "1", "trace": "enabled",
    }});
    vec![
        (
            "system_and_inference",
            Complete,
            Request {
                system: vec![plain("Be brief.")],
                max_tokens: Some(256),
                temperature: Some(0.5),
                top_p: Some(0.9),
                stop_sequences: vec!["END".into(), "\n\nHuman:".into()],
                ..hello()
            },
        ),
        (
            "float_forms",
            Complete,
            Request {
                max_tokens: Some(1),
                temperature: Some(0.0),
                top_p: Some(1.0),
                ..hello()
            },
        ),
        (
            "float_long",
            Complete,
            Request {
                temperature: Some(0.1),
                top_p: Some(0.30000000000000004),
                ..hello()
            },
        ),
        (
            "tools_auto",
            Complete,
            Request {
                tools: vec![weather()],
                tool_choice: choose(ToolChoiceMode::Auto),
                ..hello()
            },
        ),
        (
            "tools_any_stream",
            Stream,
            Request {
                tools: vec![weather()],
                tool_choice: choose(ToolChoiceMode::Any),
                ..hello()
            },
        ),
        (
            "system_tool",
            Complete,
            Request {
                tools: vec![Tool {
                    server_type: Some("nova_code_interpreter".into()),
                    ..tool("nova_code_interpreter", "{}")
                }],
                ..super::hello(NOVA_2)
            },
        ),
        ("guardrail", Complete, extended(hello(), guardrail)),
        (
            "metadata_perf_tier",
            Complete,
            extended(
                Request {
                    metadata: vec![
                        ("team".into(), "a-b_c".into()),
                        ("run id".into(), "1".into()),
                    ],
                    service_tier: Some("flex".into()),
                    ..hello()
                },
                json!({
                    "performanceConfig": {"latency": "optimized"},
                    "additionalModelResponseFieldPaths": ["/stop_sequence", "/usage/x"],
                }),
            ),
        ),
        (
            "output_config",
            Complete,
            able(
                Request {
                    output: Some(OutputConfig {
                        format: Some(OutputFormat {
                            name: Some("thing".into()),
                            description: Some("d".into()),
                            schema: r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#.into(),
                        }),
                        effort: Some("high".into()),
                    }),
                    ..hello()
                },
                json!({"native_output": true, "reasoning": "budget", "efforts": ["high"]}),
            ),
        ),
        (
            "reasoning_config",
            Complete,
            // Beside thinking Claude takes no top_k of the request; a field of the caller's own is the caller's.
            extended(
                Request {
                    max_tokens: Some(4096),
                    thinking: Some(budget(2048)),
                    betas: vec!["interleaved-thinking-2025-05-14".into()],
                    ..super::hello("bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0")
                },
                json!({"additionalModelRequestFields": {"top_k": 40}}),
            ),
        ),
    ]
}

/// Recordings that no canonical request can equal.
const NO_EQUIVALENT: &[(&str, &str)] = &[
    (
        "count_tokens_invoke",
        "tokens are counted of Converse's body alone",
    ),
    ("empty_system_and_config", "what is empty is left out"),
    (
        "explicit_empty_tool_input",
        "a result that says nothing gets a placeholder, and a history with calls its tools",
    ),
    (
        "tools_named_strict_cache",
        "the objects of a strict tool's schema are closed",
    ),
];

/// Without what is asked of Claude besides.
fn without_our_paths(mut body: Value) -> Value {
    const OURS: [&str; 2] = ["/delta/stop_sequence", "/usage/output_tokens_details"];
    let is_empty = |paths: &mut Value| {
        let paths = paths.as_array_mut().expect("paths");
        paths.retain(|path| !OURS.contains(&path.as_str().expect("a path")));
        paths.is_empty()
    };
    if let Some(members) = body.as_object_mut()
        && members.get_mut(RESPONSE_PATHS).is_some_and(is_empty)
    {
        members.remove(RESPONSE_PATHS);
    }
    body
}

/// Beside text a document's format may be given and need not be: the recordings have it once so and once so.
fn forget_the_format_of_text(body: &mut Value) {
    let blocks = body.pointer_mut("/messages/0/content");
    for block in blocks.and_then(Value::as_array_mut).into_iter().flatten() {
        if block.pointer("/document/source/content").is_some()
            && let Some(document) = block["document"].as_object_mut()
        {
            document.remove("format");
        }
    }
}

/// With all numbers as floats: 1 and 1.0 are the same number.
fn with_floats(json: &Value) -> Value {
    match json {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(elements) => elements.iter().map(with_floats).collect(),
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, value)| (name.clone(), with_floats(value)))
                .collect()
        }
        other => other.clone(),
    }
}

/// The recordings of AWS's clients, by client and case.
fn files() -> Vec<(String, String, String)> {
    let entries = std::fs::read_dir(FOLDER).expect("vectors");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .filter_map(|name| {
            let file = name.into_string().expect("UTF-8");
            let (client, case) = file.strip_suffix(".json")?.split_once('.')?;
            Some((client.to_owned(), case.to_owned(), file.clone()))
        })
        // Others may keep their own recordings beside these.
        .filter(|(client, ..)| ["boto3", "js"].contains(&client.as_str()))
        .collect()
}

#[test]
fn each_says_what_aws_s_clients_say_for_the_same_request() {
    for (name, operation, request) in requests() {
        let Sent {
            http,
            body,
            warnings,
        } = send_as(operation, &request);
        assert_eq!(warnings, [], "{name}");
        let body = without_our_paths(body);
        for (_, _, file) in files().iter().filter(|(_, case, _)| case == name) {
            let recorded = recorded(file);
            let text = recorded["body_utf8"].as_str().expect("a body");
            let mut expected: Value = serde_json::from_str(text).expect("JSON");
            forget_the_format_of_text(&mut expected);
            assert_eq!(with_floats(&body), with_floats(&expected), "{file}");
            assert_eq!(http.method, recorded["method"], "{file}");
            let address = recorded["path"].as_str().or(recorded["url"].as_str());
            let address = address.expect("a path");
            assert!(address.ends_with(&http.path), "{file}: {}", http.path);
        }
    }
}

#[test]
fn each_recording_is_compared_or_known_to_have_no_equivalent() {
    let names: Vec<_> = requests().into_iter().map(|(name, ..)| name).collect();
    let mut count = 0;
    for (_, case, file) in files() {
        count += 1;
        let is_known = NO_EQUIVALENT.iter().any(|(name, _)| *name == case);
        let is_compared = names.contains(&case.as_str());
        assert!(is_known || is_compared, "{file} is compared with nothing");
    }
    assert!(count > 60, "{count} recordings");
}
