//! Bodies as AWS's own Python client writes them for the same request.

use serde_json::Value;

use super::*;

/// What boto3 sent, as recorded from the wire.
fn recorded(name: &str) -> Value {
    let path = format!("tests/vectors/wire/boto3.{name}.json");
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

fn requests() -> Vec<(&'static str, Operation, Request)> {
    use Operation::{Complete, CountTokens, Stream};
    vec![
        ("minimal", Complete, hello(CLAUDE)),
        ("minimal_stream", Stream, hello(CLAUDE)),
        (
            "application_profile_arn",
            Complete,
            hello(
                "bedrock/arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3d4e5f6",
            ),
        ),
        (
            "system_and_inference",
            Complete,
            Request {
                system: vec![plain("Be brief.")],
                max_tokens: Some(256),
                temperature: Some(0.5),
                top_p: Some(0.9),
                stop_sequences: vec!["END".into(), "\n\nHuman:".into()],
                ..hello(CLAUDE)
            },
        ),
        (
            "float_forms",
            Complete,
            Request {
                max_tokens: Some(1),
                temperature: Some(0.0),
                top_p: Some(1.0),
                ..hello(CLAUDE)
            },
        ),
        (
            "tools_auto",
            Complete,
            Request {
                tools: vec![weather()],
                tool_choice: choose(ToolChoiceMode::Auto),
                ..hello(CLAUDE)
            },
        ),
        (
            "tools_any_stream",
            Stream,
            Request {
                tools: vec![weather()],
                tool_choice: choose(ToolChoiceMode::Any),
                ..hello(CLAUDE)
            },
        ),
        (
            "tools_named_strict_cache",
            Complete,
            Request {
                tools: vec![Tool {
                    strict: Some(true),
                    cache_control: cache(Some(CacheTtl::OneHour)),
                    ..weather()
                }],
                tool_choice: choose(ToolChoiceMode::Tool("get_weather".into())),
                ..hello(CLAUDE)
            },
        ),
        (
            "tool_result_error",
            Complete,
            Request {
                tools: vec![weather()],
                ..request(
                    CLAUDE,
                    [
                        user([text("x")]),
                        assistant([weather_call()]),
                        user([weather_failed()]),
                    ],
                )
            },
        ),
        (
            "unicode",
            Complete,
            request(
                CLAUDE,
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
                ..hello(CLAUDE)
            },
        ),
    ]
}

#[test]
fn each_says_what_boto3_says_for_the_same_request() {
    for (name, operation, request) in requests() {
        let recorded = recorded(name);
        let Sent {
            http,
            mut body,
            warnings,
        } = send_as(operation, &request);
        if let Some(members) = body.as_object_mut() {
            members.remove(RESPONSE_PATHS);
        }
        assert_eq!(body, recorded["body_json"], "{name}");
        assert_eq!(http.method, recorded["method"], "{name}");
        assert_eq!(http.path, recorded["path"], "{name}");
        assert_eq!(warnings, [], "{name}");
    }
}

#[test]
fn each_recorded_request_is_compared() {
    let names: Vec<_> = requests().into_iter().map(|(name, ..)| name).collect();
    for entry in std::fs::read_dir("tests/vectors/wire").expect("vectors") {
        let file = entry.expect("an entry").file_name();
        let file = file.to_string_lossy();
        let name = file
            .strip_prefix("boto3.")
            .and_then(|name| name.strip_suffix(".json"));
        // Others may keep their own recordings beside these.
        if let Some(name) = name {
            assert!(names.contains(&name), "{file} is compared with nothing");
        }
    }
}
