//! Which id is called, and by which operation.

use serde_json::{Value, json};

use super::*;
use crate::canonical::ErrorKind;
use crate::exchange;

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
fn agent_anthropic_model_name_is_called_by_the_id_and_the_profile_of_the_region() {
    for (model, path) in [
        (
            "bedrock/claude-sonnet-5-5",
            "us.anthropic.claude-sonnet-5-5",
        ),
        (
            "bedrock/claude-haiku-4-5-20251001",
            "us.anthropic.claude-haiku-4-5-20251001-v1%3A0",
        ),
        (
            "bedrock/eu-central-1/claude-sonnet-4-5[1m]",
            "eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0",
        ),
        (
            "bedrock/global.claude-opus-4-5-latest",
            "global.anthropic.claude-opus-4-5-20251101-v1%3A0",
        ),
        ("bedrock/nova-lite", "amazon.nova-lite-v1%3A0"),
        // Newer than the table.
        ("bedrock/claude-fable-5-2", "us.anthropic.claude-fable-5-2"),
        (
            "bedrock/eu-west-1/anthropic.claude-fable-5-2",
            "eu.anthropic.claude-fable-5-2",
        ),
    ] {
        let sent = send(&hello(model));
        assert_eq!(sent.http.path, format!("/model/{path}/converse"), "{model}");
        assert_eq!(sent.lost(), [""; 0], "{model}");
    }
    // With the settings of the model, as by its id.
    let named = |model: &str| {
        let Sent { body, .. } = send(&Request {
            system: vec![PlainText {
                cache_control: cache(None),
                ..plain("s")
            }],
            tools: vec![any_tool()],
            tool_choice: choose(ToolChoiceMode::Any),
            top_k: Some(3),
            ..hello(model)
        });
        body
    };
    assert_eq!(named("bedrock/claude-sonnet-4-5"), named(CLAUDE));
    assert_ne!(named("bedrock/claude-sonnet-4-5"), named(UNKNOWN));
}

#[test]
fn a_long_context_is_asked_for_by_the_beta_where_the_model_needs_it() {
    const BETA: &str = "context-1m-2025-08-07";
    for (model, betas) in [
        ("bedrock/claude-sonnet-4-5[1m]", json!([BETA])),
        (
            "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0[1m]",
            json!([BETA]),
        ),
        ("bedrock/claude-sonnet-4-5", Value::Null),
        // It takes as much without.
        ("bedrock/claude-opus-5-5[1m]", Value::Null),
    ] {
        let sent = send(&hello(model));
        assert_eq!(sent.additional()["anthropic_beta"], betas, "{model}");
    }
    let asked = Request {
        betas: vec![BETA.into()],
        ..hello("bedrock/claude-sonnet-4-5[1m]")
    };
    assert_eq!(send(&asked).additional()["anthropic_beta"], json!([BETA]));
    let sent = send(&hello("bedrock/nova-lite[1m]"));
    assert_eq!(sent.lost(), ["model"]);
}

#[test]
fn a_name_that_bedrock_cannot_know_is_not_sent() {
    for model in ["bedrock/gpt-4o", "bedrock/claude-9", "openai/gpt-4o"] {
        let error = refusal(&hello(model));
        assert_eq!(error.kind, ErrorKind::NotFound, "{model}");
        assert_eq!(error.code.as_deref(), Some("model_not_found"));
        // Before anybody is asked for credentials.
        let early = exchange::wanted(&hello(model), &Context::default());
        assert_eq!(early, Err(error), "{model}");
    }
    let known = Context {
        extensions: Some(r#"{"bedrock":{"models":{"gpt-":{"tools":true}}}}"#.into()),
        ..Context::default()
    };
    let odd = "bedrock/eu-west-1/gpt-4o";
    let wanted = exchange::wanted(&hello(odd), &known).expect("a name");
    assert_eq!(wanted.region.as_deref(), Some("eu-west-1"));
    let (http, _) = prepare(&hello(odd), &known, Operation::Complete).expect("a request");
    assert_eq!(http.path, "/model/gpt-4o/converse");
}

#[test]
fn the_operator_tells_the_model_behind_an_arn() {
    const OWN: &str = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2";
    for base in [
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "claude-sonnet-4-5",
    ] {
        let context = Context {
            extensions: Some(json!({"bedrock": {"baseModels": {OWN: base}}}).to_string()),
            ..Context::default()
        };
        let request = |model: &str| Request {
            system: vec![PlainText {
                cache_control: cache(None),
                ..plain("s")
            }],
            tools: vec![any_tool()],
            tool_choice: choose(ToolChoiceMode::Any),
            top_k: Some(3),
            ..hello(model)
        };
        let asked = request(&["bedrock/", OWN].concat());
        let (http, state) = prepare(&asked, &context, Operation::Complete).expect(base);
        assert!(http.path.contains("application-inference-profile%2Fa1b2"));
        let body: Value = serde_json::from_slice(&http.body).expect("JSON");
        assert_eq!(body, send(&request(CLAUDE)).body, "{base}");
        let state: Value = serde_json::from_slice(&state.to_bytes()).expect("JSON");
        assert_eq!(state["warnings"], json!([]));
        assert!(state["tariff"].is_string(), "the price is the base's");
        // The operator knows better than the request, and says nothing of other ARNs.
        let claimed = Request {
            extensions: Some(r#"{"bedrock":{"baseModel":"amazon.nova-lite-v1:0"}}"#.into()),
            ..asked.clone()
        };
        let (http, _) = prepare(&claimed, &context, Operation::Complete).expect(base);
        assert_eq!(serde_json::from_slice::<Value>(&http.body).ok(), Some(body));
        let other = asked.model.replace("a1b2", "c3d4");
        let (http, _) = prepare(&request(&other), &context, Operation::Complete).expect(base);
        assert!(!String::from_utf8_lossy(&http.body).contains("cachePoint"));
    }
    let wrong = Context {
        extensions: Some(json!({"bedrock": {"baseModels": {OWN: 1}}}).to_string()),
        ..Context::default()
    };
    let error = prepare(&hello(CLAUDE), &wrong, Operation::Complete).expect_err("a number");
    let path = "context.extensions.bedrock.baseModels";
    assert_eq!(error.path.as_deref(), Some(path));
}

#[test]
fn tokens_are_counted_by_the_bare_id() {
    for (model, expected) in [
        (CLAUDE, "anthropic.claude-sonnet-4-5-20250929-v1%3A0"),
        ("bedrock/amazon.nova-lite-v1:0", "amazon.nova-lite-v1%3A0"),
        (
            "bedrock/us.claude-sonnet-4-5[1m]",
            "anthropic.claude-sonnet-4-5-20250929-v1%3A0",
        ),
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
