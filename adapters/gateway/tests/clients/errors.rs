//! Errors that clients act on, and names of models.

use crate::support::*;
use serde_json::json;

pub(crate) fn k17_a_full_context_is_told_by_its_code() {
    const WORDS: &str = "Input is too long for requested model.";
    let refused = json!({
        "json": {"message": WORDS},
        "headers": {"x-amzn-ErrorType": "ValidationException"},
    });
    let chat = json!({"model": SONNET_4_5, "messages": [{"role": "user", "content": "hi"}]});
    let responses = json!({"model": SONNET_4_5, "store": false, "input": "hi"});
    for (path, body) in [(CHAT, chat), (RESPONSES, responses)] {
        let answer = gateway().ask(path, &body).answered(400, &refused);
        assert_eq!(answer.status, 400);
        let error = &answer.body["error"];
        assert_eq!(error["code"], "context_length_exceeded");
        assert_eq!(error["type"], "invalid_request_error");
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains(WORDS), "{message}");
    }
    let messages = json!({"model": SONNET_4_5, "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]});
    let answer = gateway().ask(MESSAGES, &messages).answered(400, &refused);
    assert_eq!(
        (answer.status, &answer.body["error"]["type"]),
        (400, &json!("invalid_request_error"))
    );
    let message = answer.body["error"]["message"].as_str().expect("a message");
    assert!(message.contains(WORDS), "{message}");
}

pub(crate) fn agent_anthropic_model_name() {
    let vector = vector("agent-anthropic-model-name");
    for (name, called) in [
        ("claude-sonnet-5-5", "us.anthropic.claude-sonnet-5-5"),
        ("claude-opus-5-5", "us.anthropic.claude-opus-5-5"),
        ("claude-haiku-5-5", "us.anthropic.claude-haiku-5-5"),
        ("claude-haiku-4-5-20251001", HAIKU_4_5),
        ("claude-sonnet-4-5", SONNET_4_5),
        ("claude-sonnet-4-5[1m]", SONNET_4_5),
        ("bedrock/claude-sonnet-4-5", SONNET_4_5),
    ] {
        let mut body = vector["body"].clone();
        body["model"] = name.into();
        assert_eq!(gateway().ask(MESSAGES, &body).model, called, "{name}");
    }
    // Bedrock knows no such model, of this form or another.
    let mut body = vector["body"].clone();
    body["model"] = "gpt-4o".into();
    let (_, answer) = gateway().refuse(MESSAGES, &body);
    assert_eq!(
        (answer.status, &answer.body["error"]["type"]),
        (404, &json!("not_found_error"))
    );
    let chat = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]});
    let (_, answer) = gateway().refuse(CHAT, &chat);
    assert_eq!(
        (answer.status, &answer.body["error"]["code"]),
        (404, &json!("model_not_found"))
    );
    let answer = gateway()
        .ask(MESSAGES, &vector["body"])
        .answered(400, &vector["bedrock_answer"]["converse"]);
    assert_eq!(
        (answer.status, &answer.body["error"]["type"]),
        (404, &json!("not_found_error"))
    );
}

pub(crate) fn agent_responses_default_store() {
    let (error, answer) =
        gateway().refuse(RESPONSES, &vector("agent-responses-default-store")["body"]);
    assert_eq!(answer.status, 400);
    let says = |text: &str| text.contains("store") && text.contains("false");
    assert!(says(&error.message), "{}", error.message);
    // The first answer says so, before anything is pointed at.
    for store in [json!(null), json!(true)] {
        let first = json!({"model": SONNET_4_5, "input": "hi", "store": store});
        let asked = gateway().ask(RESPONSES, &first);
        let answer = asked.says(&json!([{"text": "ok"}]));
        let warnings = answer["gateway"]["warnings"].to_string();
        assert!(says(&warnings), "{warnings}");
    }
    let told = json!({"model": SONNET_4_5, "input": "hi", "store": false});
    assert_eq!(gateway().ask(RESPONSES, &told).warnings, []);
}
