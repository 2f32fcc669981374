//! What only Bedrock knows: `extensions.bedrock` of a request and of a context.

use serde_json::{Value, json};

use super::*;
use crate::canonical::ErrorKind;

/// `Hello` with these extensions of Bedrock's.
fn extended(model: &str, bedrock: &Value) -> Request {
    Request {
        extensions: Some(json!({"bedrock": bedrock, "openai": {"x": 1}}).to_string()),
        ..hello(model)
    }
}

#[test]
fn own_fields_go_to_the_model_and_have_the_last_word() {
    let own = json!({"additionalModelRequestFields": {"seed": 7, "top_k": 9}});
    let request = Request {
        top_k: Some(1),
        ..extended(CLAUDE, &own)
    };
    let sent = send(&request);
    assert_eq!(sent.additional(), &json!({"seed": 7, "top_k": 9}));
    assert_eq!(
        sent.changed(),
        ["extensions.bedrock.additionalModelRequestFields.top_k"]
    );
}

#[test]
fn own_response_paths_come_behind_ours_and_none_twice() {
    let own = json!({"additionalModelResponseFieldPaths": ["/a", "/delta/stop_sequence"]});
    for (model, expected) in [
        (CLAUDE, json!(["/delta/stop_sequence", "/a"])),
        (NOVA, json!(["/a"])),
    ] {
        let mut request = extended(model, &own);
        if model == NOVA {
            let own = json!({"additionalModelResponseFieldPaths": ["/a"]});
            request = extended(model, &own);
        }
        assert_eq!(member(&request, RESPONSE_PATHS), expected, "{model}");
    }
}

#[test]
fn how_a_guardrail_checks_a_stream_is_said_to_streams_alone() {
    let own = json!({"guardrailConfig": {
        "guardrailIdentifier": "gr1", "guardrailVersion": "1", "trace": "enabled_full", "streamProcessingMode": "async",
    }});
    for (operation, mode) in [
        (Operation::Complete, Value::Null),
        (Operation::Stream, json!("async")),
    ] {
        let sent = send_as(operation, &extended(CLAUDE, &own));
        let config = &sent.body["guardrailConfig"];
        assert_eq!(config["guardrailIdentifier"], "gr1");
        assert_eq!(config["trace"], "enabled_full");
        assert_eq!(config["streamProcessingMode"], mode);
        assert_eq!(sent.warnings, []);
    }
    // A stream that is made of a whole answer is no stream to Converse.
    let request = Request {
        tools: vec![any_tool()],
        ..extended(LLAMA, &own)
    };
    let sent = send_as(Operation::Stream, &request);
    assert!(sent.http.path.ends_with("/converse"));
    let config = &sent.body["guardrailConfig"];
    assert_eq!(config.get("streamProcessingMode"), None);
}

#[test]
fn latency_and_prompt_variables_go_out_as_they_are() {
    let own = json!({"performanceConfig": {"latency": "optimized"}});
    assert_eq!(
        member(&extended(CLAUDE, &own), "performanceConfig"),
        json!({"latency": "optimized"})
    );
    let own = json!({"promptVariables": {"a": {"text": "b"}}});
    let prompt = "bedrock/arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDE12345";
    assert_eq!(
        member(&extended(prompt, &own), "promptVariables"),
        json!({"a": {"text": "b"}})
    );
    let sent = send(&extended(CLAUDE, &own));
    assert_eq!(sent.body.get("promptVariables"), None);
    assert_eq!(sent.lost(), ["extensions.bedrock.promptVariables"]);
}

#[test]
fn members_that_nobody_knows_are_lost_by_name() {
    for (own, path) in [
        (json!({"colour": 1}), "extensions.bedrock.colour"),
        (
            json!({"guardrailConfig": {"mood": "strict"}}),
            "extensions.bedrock.guardrailConfig.mood",
        ),
    ] {
        assert_eq!(send(&extended(CLAUDE, &own)).lost(), [path]);
    }
}

#[test]
fn members_of_another_kind_are_refused() {
    for own in [
        json!([]),
        json!({"guardrailConfig": 1}),
        json!({"performanceConfig": "fast"}),
        json!({"promptVariables": []}),
        json!({"additionalModelRequestFields": "x"}),
        json!({"additionalModelResponseFieldPaths": {}}),
        json!({"additionalModelResponseFieldPaths": ["/a", 1]}),
        json!({"baseModel": 1}),
        json!({"capabilities": []}),
        json!({"capabilities": {"colour": true}}),
        json!({"capabilities": {"system": "yes"}}),
    ] {
        let error = refusal(&extended(CLAUDE, &own));
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{own}");
        let path = error.path.unwrap_or_default();
        assert!(path.starts_with("extensions"), "{own}: {path}");
    }
    let no_json = Request {
        extensions: Some("{".into()),
        ..hello(CLAUDE)
    };
    assert_eq!(refusal(&no_json).path.as_deref(), Some("extensions"));
}

#[test]
fn capabilities_hold_for_one_call() {
    let request = |capabilities: Value| Request {
        top_k: Some(3),
        ..extended(UNKNOWN, &json!({ "capabilities": capabilities }))
    };
    assert_eq!(additional(&request(json!({"top_k": "k"}))), json!({"k": 3}));
    assert_eq!(send(&request(json!({}))).lost(), ["top_k"]);
}

#[test]
fn the_operator_s_settings_hold_for_models_of_a_prefix_and_the_longer_one_wins() {
    let operator = r#"{"bedrock":{"models":{
        "nobody.model-v1":{"top_k":"k"},"nobody.":{"top_k":"top_k","system":false}}}}"#;
    let context = Context {
        extensions: Some(operator.into()),
        ..Context::default()
    };
    let asked = |model: &str| Request {
        top_k: Some(3),
        system: vec![plain("s")],
        ..hello(model)
    };
    for (model, expected) in [
        (UNKNOWN, json!({"k": 3})),
        ("bedrock/nobody.other", json!({"top_k": 3})),
    ] {
        let (http, _) = prepare(&asked(model), &context, Operation::Complete).expect(model);
        let body: Value = serde_json::from_slice(&http.body).expect("JSON");
        assert_eq!(body["additionalModelRequestFields"], expected, "{model}");
        assert_eq!(body.get("system"), None, "{model}");
    }
    for operator in [
        r#"{"bedrock":{"models":{"nobody.":{"colour":1}}}}"#,
        r#"{"bedrock":{"models":[]}}"#,
        r#"{"bedrock":{"inferenceProfiles":"no"}}"#,
        "[",
    ] {
        let context = Context {
            extensions: Some(operator.into()),
            ..Context::default()
        };
        let error = prepare(&asked(UNKNOWN), &context, Operation::Complete).expect_err(operator);
        let path = error.path.unwrap_or_default();
        assert!(path.starts_with("context.extensions"), "{operator}: {path}");
    }
}

#[test]
fn blocks_that_only_converse_knows_go_out_as_they_are() {
    let guarded =
        r#"{"type":"guardContent","guardContent":{"text":{"text":"x","qualifiers":["query"]}}}"#;
    let turns = messages(&request(
        CLAUDE,
        [user([ContentBlock::Other(guarded.into()), text("q")])],
    ));
    assert_eq!(
        turns[0]["content"][0],
        json!({"guardContent": {"text": {"text": "x", "qualifiers": ["query"]}}})
    );
    for (unknown, kind) in [
        (r#"{"type":"hologram"}"#, ErrorKind::Unsupported),
        (r#"{"type":"guardContent"}"#, ErrorKind::Unsupported),
        (r#"{"guardContent":{}}"#, ErrorKind::Unsupported),
        ("{}", ErrorKind::Unsupported),
        ("[", ErrorKind::InvalidRequest),
    ] {
        let error = refusal(&request(
            CLAUDE,
            [user([text("q"), ContentBlock::Other(unknown.into())])],
        ));
        assert_eq!(error.kind, kind, "{unknown}");
        let path = Some("messages[0].content[1]");
        assert_eq!(error.path.as_deref(), path, "{unknown}");
    }
}
