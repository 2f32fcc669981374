//! The top level: system, sampling, tiers, metadata, the address.

use serde_json::{Value, json};

use super::*;
use crate::canonical::ErrorKind;

#[test]
fn a_text_is_a_user_turn_and_nothing_else() {
    let Sent { body, warnings, .. } = send(&hello(LLAMA));
    assert_eq!(
        body,
        json!({"messages": [{"role": "user", "content": [{"text": "Hello"}]}]})
    );
    assert_eq!(warnings, []);
}

#[test]
fn system_texts_keep_their_order_and_blank_ones_are_dropped() {
    for (texts, expected) in [
        (&["Be brief."][..], json!([{"text": "Be brief."}])),
        (
            &["a", " \n\t", "b", ""],
            json!([{"text": "a"}, {"text": "b"}]),
        ),
        (&["", " "], Value::Null),
        (&[], Value::Null),
    ] {
        let request = Request {
            system: texts.iter().map(|text| plain(text)).collect(),
            ..hello(CLAUDE)
        };
        assert_eq!(member(&request, "system"), expected, "{texts:?}");
    }
}

#[test]
fn sampling_goes_to_the_inference_config_and_zero_is_sent() {
    let asked = |max_tokens, temperature, top_p, stops: &[&str]| Request {
        max_tokens,
        temperature,
        top_p,
        stop_sequences: stops.iter().map(|stop| stop.to_string()).collect(),
        ..hello(CLAUDE)
    };
    for (request, expected) in [
        (asked(None, None, None, &[]), Value::Null),
        (asked(Some(1), None, None, &[]), json!({"maxTokens": 1})),
        (
            asked(None, Some(0.0), None, &[]),
            json!({"temperature": 0.0}),
        ),
        (
            asked(None, Some(1.0), Some(0.0), &[]),
            json!({"temperature": 1.0, "topP": 0.0}),
        ),
        (asked(None, None, Some(1.0), &[]), json!({"topP": 1.0})),
        (
            asked(None, None, None, &["END", "\n\nHuman:"]),
            json!({"stopSequences": ["END", "\n\nHuman:"]}),
        ),
        (
            asked(Some(u32::MAX), Some(0.1), Some(0.999), &["x"]),
            json!({"maxTokens": u32::MAX, "temperature": 0.1, "topP": 0.999, "stopSequences": ["x"]}),
        ),
    ] {
        assert_eq!(member(&request, "inferenceConfig"), expected);
    }
}

#[test]
fn sampling_out_of_range_is_refused_with_its_path() {
    let temperature = |value| Request {
        temperature: Some(value),
        ..hello(CLAUDE)
    };
    let top_p = |value| Request {
        top_p: Some(value),
        ..hello(CLAUDE)
    };
    for (request, path) in [
        (temperature(1.01), "temperature"),
        (temperature(-0.01), "temperature"),
        (temperature(f64::NAN), "temperature"),
        (temperature(f64::INFINITY), "temperature"),
        (top_p(1.5), "top_p"),
        (top_p(-1.0), "top_p"),
        (top_p(f64::NAN), "top_p"),
        (top_p(f64::NEG_INFINITY), "top_p"),
        (
            Request {
                max_tokens: Some(0),
                ..hello(CLAUDE)
            },
            "max_tokens",
        ),
        (
            Request {
                stop_sequences: vec!["END".into(), String::new()],
                ..hello(CLAUDE)
            },
            "stop_sequences[1]",
        ),
    ] {
        let error = refusal(&request);
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{path}");
        assert_eq!(error.path.as_deref(), Some(path), "{error:?}");
        assert!(error.message.contains("expected"), "{}", error.message);
    }
}

#[test]
fn top_k_goes_where_the_family_takes_it() {
    for (model, expected) in [
        (CLAUDE, json!({"top_k": 40})),
        (
            "bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            json!({"top_k": 40}),
        ),
        (NOVA, json!({"inferenceConfig": {"topK": 40}})),
    ] {
        let request = Request {
            top_k: Some(40),
            ..hello(model)
        };
        let additional = member(&request, "additionalModelRequestFields");
        assert_eq!(additional, expected, "{model}");
    }
}

#[test]
fn service_tiers_of_anthropic_are_said_in_the_words_of_converse() {
    for (tier, expected) in [
        ("auto", Value::Null),
        ("standard_only", json!({"type": "default"})),
        ("default", json!({"type": "default"})),
        ("priority", json!({"type": "priority"})),
        ("flex", json!({"type": "flex"})),
        ("reserved", json!({"type": "reserved"})),
    ] {
        let request = Request {
            service_tier: Some(tier.into()),
            ..hello(CLAUDE)
        };
        assert_eq!(member(&request, "serviceTier"), expected, "{tier}");
    }
}

#[test]
fn metadata_is_the_request_metadata() {
    let request = Request {
        metadata: vec![
            ("user_id".into(), "u-1".into()),
            ("team".into(), "a b".into()),
        ],
        ..hello(CLAUDE)
    };
    assert_eq!(
        member(&request, "requestMetadata"),
        json!({"user_id": "u-1", "team": "a b"})
    );
    assert_eq!(member(&hello(CLAUDE), "requestMetadata"), Value::Null);
}

#[test]
fn the_stop_sequence_that_ended_the_answer_is_asked_of_claude_alone() {
    for (model, expected) in [
        (CLAUDE, json!(["/delta/stop_sequence"])),
        (
            "bedrock/us.anthropic.claude-3-haiku-20240307-v1:0",
            json!(["/delta/stop_sequence"]),
        ),
        (NOVA, Value::Null),
        (LLAMA, Value::Null),
        ("bedrock/mistral.mistral-large-2407-v1:0", Value::Null),
    ] {
        for operation in [Operation::Complete, Operation::Stream] {
            let body = send_as(operation, &hello(model)).body;
            assert_eq!(body[RESPONSE_PATHS], expected, "{model}");
        }
    }
}

#[test]
fn tokens_are_counted_of_what_the_model_reads_and_nothing_else() {
    let request = Request {
        system: vec![plain("s")],
        max_tokens: Some(10),
        temperature: Some(0.5),
        top_k: Some(3),
        stop_sequences: vec!["END".into()],
        tools: vec![any_tool()],
        service_tier: Some("flex".into()),
        metadata: vec![("user_id".into(), "u".into())],
        ..hello(CLAUDE)
    };
    let sent = send_as(Operation::CountTokens, &request);
    assert_eq!(
        sent.body,
        json!({"input": {"converse": {
            "additionalModelRequestFields": {"top_k": 3},
            "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
            "system": [{"text": "s"}],
            "toolConfig": {"tools": [{"toolSpec": {"name": "n", "inputSchema": {"json": {"type": "object"}}}}]},
        }}})
    );
    assert!(sent.http.path.ends_with("/count-tokens"));
}

#[test]
fn each_operation_has_its_path_and_says_what_it_accepts() {
    let json = "application/json";
    for (operation, segment, accept) in [
        (Operation::Complete, "converse", json),
        (
            Operation::Stream,
            "converse-stream",
            "application/vnd.amazon.eventstream",
        ),
        (Operation::CountTokens, "count-tokens", json),
    ] {
        let http = send_as(operation, &hello(CLAUDE)).http;
        assert_eq!((http.method, http.scheme), ("POST", "https"));
        assert_eq!(http.authority, "bedrock-runtime.us-east-1.amazonaws.com",);
        assert_eq!(
            http.path,
            format!("/model/anthropic.claude-3-5-sonnet-20240620-v1%3A0/{segment}")
        );
        assert_eq!(http.query, "");
        let header = |name: &str| {
            let mut values = http.headers.iter().filter(|(header, _)| *header == name);
            let value = values.next().map(|(_, value)| value.to_str().expect(name));
            assert!(values.next().is_none(), "{name} twice");
            value
        };
        assert_eq!(header("content-type"), Some(json));
        assert_eq!(header("accept"), Some(accept));
        let length = http.body.len().to_string();
        assert_eq!(header("content-length"), Some(length.as_str()));
        assert_eq!(header("x-amz-date"), Some("20150830T123600Z"));
        let authorization = header("authorization").expect("a signature");
        let scope =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request,";
        assert!(authorization.starts_with(scope), "{authorization}");
        assert_eq!(header("host"), None);
    }
}

#[test]
fn the_region_in_the_model_wins_over_the_one_of_the_credentials() {
    for (model, authority) in [
        (
            "bedrock/eu-west-1/anthropic.claude-3-haiku-20240307-v1:0",
            "bedrock-runtime.eu-west-1.amazonaws.com",
        ),
        (
            "bedrock/arn:aws:bedrock:ap-south-1:123456789012:application-inference-profile/x",
            "bedrock-runtime.ap-south-1.amazonaws.com",
        ),
    ] {
        assert_eq!(send(&hello(model)).http.authority, authority);
    }
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    let schema = r#"{"type":"object","properties":{"z":{},"a":{},"m":{}}}"#;
    let request = Request {
        system: vec![plain("s")],
        max_tokens: Some(10),
        temperature: Some(0.3),
        top_k: Some(5),
        tools: vec![tool("z", schema), tool("a", schema)],
        metadata: ["z", "a", "m", "k"]
            .map(|name| (name.into(), "x".into()))
            .into(),
        ..request(
            CLAUDE,
            [
                user([text("q")]),
                assistant([thinking("t", Some("s")), call("1", "{}"), call("2", "{}")]),
                user([text("and"), says("2", "b"), says("1", "a")]),
            ],
        )
    };
    let body = send(&request).http.body;
    for _ in 0..8 {
        assert!(send(&request.clone()).http.body == body);
    }
}

#[test]
fn metadata_that_aws_does_not_take_is_left_out_with_a_warning() {
    let request = Request {
        metadata: vec![
            ("user_id".into(), r#"{"device_id":"1"}"#.into()),
            ("team".into(), "a".into()),
            ("team".into(), "b".into()),
            (String::new(), "c".into()),
        ],
        ..hello(CLAUDE)
    };
    let Sent { body, warnings, .. } = send(&request);
    assert_eq!(body["requestMetadata"], json!({"team": "a"}));
    let paths: Vec<&str> = warnings.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["metadata.user_id", "metadata.team", "metadata."]);
}
