//! The top level: system, what is counted, the address, and the same bytes for the same request.

use serde_json::{Value, json};

use super::*;

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
        let http = send_as(operation, &hello(CLAUDE_3)).http;
        assert_eq!((http.method, http.scheme), ("POST", "https"));
        assert_eq!(http.authority, "bedrock-runtime.us-east-1.amazonaws.com",);
        assert_eq!(
            http.path,
            format!("/model/anthropic.claude-3-haiku-20240307-v1%3A0/{segment}")
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
