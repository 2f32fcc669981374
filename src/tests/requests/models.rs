//! Which id is called, and by which operation.

use serde_json::{Value, json};

use super::*;

const ACCOUNT: &str = "arn:aws:bedrock:eu-west-1:123456789012";

/// The path's model, and what was called of it.
fn called(operation: Operation, model: &str) -> String {
    send_as(operation, &hello(model)).http.path
}

#[test]
fn an_id_is_one_segment_of_the_path() {
    for (model, path) in [
        (
            "bedrock/anthropic.claude-3-haiku-20240307-v1:0".to_owned(),
            "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse".to_owned(),
        ),
        (
            format!("bedrock/{ACCOUNT}:application-inference-profile/a1b2"),
            "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fa1b2/converse".into(),
        ),
        ("bedrock/converse/eu.amazon.nova-lite-v1:0".into(), "/model/eu.amazon.nova-lite-v1%3A0/converse".into()),
        ("bedrock/eu-west-1/amazon.nova-lite-v1:0".into(), "/model/amazon.nova-lite-v1%3A0/converse".into()),
    ] {
        assert_eq!(called(Operation::Complete, &model), path);
    }
}

#[test]
fn a_model_that_is_called_by_profiles_alone_is_called_by_the_nearest() {
    for (model, expected) in [
        ("bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0", "us."),
        (
            "bedrock/eu-central-1/anthropic.claude-sonnet-4-5-20250929-v1:0",
            "eu.",
        ),
        (
            "bedrock/ap-northeast-1/anthropic.claude-sonnet-4-5-20250929-v1:0",
            "jp.",
        ),
        (
            "bedrock/ap-southeast-2/anthropic.claude-sonnet-4-5-20250929-v1:0",
            "au.",
        ),
        (
            "bedrock/ap-south-1/anthropic.claude-sonnet-4-5-20250929-v1:0",
            "global.",
        ),
        (
            "bedrock/us-gov-west-1/anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us-gov.",
        ),
        // Called by its own id, whatever profiles there are.
        ("bedrock/amazon.nova-lite-v1:0", ""),
        (
            "bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "eu.",
        ),
    ] {
        let id = model.rsplit('/').next().expect("an id");
        let id = id.strip_prefix("eu.").unwrap_or(id);
        let sent = send(&hello(model));
        let path = format!("/model/{expected}{}/converse", id.replace(':', "%3A"));
        assert_eq!(sent.http.path, path, "{model}");
        let is_told = !model.contains(expected) || expected == "us.";
        assert_eq!(
            sent.changed().contains(&"model"),
            is_told && !expected.is_empty(),
            "{model}"
        );
    }
    let as_given = Context {
        extensions: Some(r#"{"bedrock":{"inferenceProfiles":false}}"#.into()),
        ..Context::default()
    };
    let model = "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0";
    let (http, _) = prepare(&hello(model), &as_given, Operation::Complete).expect("a request");
    assert!(http.path.starts_with("/model/anthropic."), "{}", http.path);
}

#[test]
fn tokens_are_counted_by_the_bare_id() {
    for (model, expected) in [
        (CLAUDE, "anthropic.claude-sonnet-4-5-20250929-v1%3A0"),
        ("bedrock/amazon.nova-lite-v1:0", "amazon.nova-lite-v1%3A0"),
    ] {
        let path = format!("/model/{expected}/count-tokens");
        assert_eq!(called(Operation::CountTokens, model), path);
    }
    let arn = format!("bedrock/{ACCOUNT}:inference-profile/eu.amazon.nova-lite-v1:0");
    assert!(called(Operation::CountTokens, &arn).contains("inference-profile%2Feu."));
}

/// Models that stream no tools are asked for the whole answer.
#[test]
fn a_stream_with_tools_is_a_whole_answer_where_tools_are_not_streamed() {
    for (model, is_streamed) in [
        (CLAUDE, true),
        (NOVA, true),
        (COMMAND_R, true),
        (GPT_OSS, true),
        (UNKNOWN, true),
        (LLAMA, false),
        (LLAMA_4, false),
        (MISTRAL, false),
        (PIXTRAL, false),
        (PALMYRA, false),
    ] {
        let with_tools = Request {
            tools: vec![any_tool()],
            ..hello(model)
        };
        let path = send_as(Operation::Stream, &with_tools).http.path;
        assert_eq!(path.ends_with("/converse-stream"), is_streamed, "{model}");
        let path = called(Operation::Stream, model);
        assert!(path.ends_with("/converse-stream"), "{model}");
    }
}

#[test]
fn an_arn_that_hides_its_model_is_treated_with_caution_unless_the_model_is_told() {
    let hidden = format!("bedrock/{ACCOUNT}:application-inference-profile/a1b2");
    let asked = |model: &str, base: Option<&str>| Request {
        system: vec![PlainText {
            cache_control: cache(None),
            ..plain("s")
        }],
        top_k: Some(3),
        tools: vec![any_tool()],
        tool_choice: choose(ToolChoiceMode::Any),
        extensions: base.map(|base| json!({"bedrock": {"baseModel": base}}).to_string()),
        ..hello(model)
    };
    let sent = send(&asked(&hidden, None));
    assert_eq!(sent.body["system"], json!([{"text": "s"}]));
    assert_eq!(sent.additional(), &Value::Null);
    assert_eq!(sent.body["toolConfig"].get("toolChoice"), None);
    assert_eq!(sent.body.get(RESPONSE_PATHS), None);
    assert_eq!(
        sent.lost(),
        ["system[0].cache_control", "top_k", "tool_choice"]
    );
    for base in [
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ] {
        let sent = send(&asked(&hidden, Some(base)));
        assert_eq!(sent.warnings, [], "{base}");
        assert_eq!(sent.additional(), &json!({"top_k": 3}));
        assert_eq!(
            sent.body["system"][1],
            json!({"cachePoint": {"type": "default"}})
        );
        assert_eq!(sent.body["toolConfig"]["toolChoice"], json!({"any": {}}));
        assert!(
            sent.http
                .path
                .contains("application-inference-profile%2Fa1b2")
        );
    }
    // A profile of AWS's own tells its model.
    let told =
        format!("bedrock/{ACCOUNT}:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0");
    assert_eq!(send(&asked(&told, None)).warnings, []);
}

#[test]
fn a_stored_prompt_has_settings_of_its_own() {
    let prompt = "bedrock/arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDE12345:3";
    let bare = send(&request(prompt, []));
    assert_eq!((bare.body, bare.warnings), (json!({}), vec![]));
    let request = Request {
        system: vec![plain("s")],
        max_tokens: Some(5),
        tools: vec![any_tool()],
        extensions: Some(r#"{"bedrock":{"additionalModelRequestFields":{"a":1}}}"#.into()),
        ..hello(prompt)
    };
    let sent = send(&request);
    assert_eq!(
        sent.body,
        json!({"messages": [{"role": "user", "content": [{"text": "Hello"}]}]})
    );
    assert_eq!(sent.lost().len(), 4, "{:?}", sent.warnings);
}
