use super::{call, json, response, telling, text, thinking};
use crate::canonical::{
    Citation, ContentBlock, Cost, StopReason, TextBlock, ToolUseBlock, Warning,
    WebSearchResultLocation,
};
use crate::openai::{read_response, write_response};

#[test]
fn a_whole_answer_is_a_chat_completion() {
    let mut answer = response(
        vec![
            thinking("hm", Some("sig")),
            text("It is "),
            text("5°."),
            call("c1", r#"{"a":1}"#),
        ],
        StopReason::ToolUse,
    );
    answer.cost = Some(Cost {
        input: 3_000_000,
        output: 0,
        cache_read: 0,
        cache_creation: 0,
        total: 3_000_000,
    });
    answer.warnings = vec![Warning {
        code: "ignored".into(),
        path: "stop_sequences".into(),
        message: "x".into(),
        lossy: true,
    }];
    assert_eq!(
        json(&write_response(&answer, &telling())),
        serde_json::json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "fast",
            "choices": [{
                "index": 0, "logprobs": null, "finish_reason": "tool_calls",
                "message": {
                    "role": "assistant", "content": "It is 5°.", "refusal": null,
                    "reasoning_content": "hm",
                    "thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "sig"}],
                    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{\"a\":1}"}}],
                },
            }],
            "usage": {
                "prompt_tokens": 15, "completion_tokens": 5, "total_tokens": 20,
                "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
            },
            "gateway": {
                "cost": {"currency": "USD", "input": "0.000003", "output": "0", "cache_read": "0", "cache_creation": "0", "total": "0.000003"},
                "warnings": [{"code": "ignored", "path": "stop", "message": "x", "lossy": true}],
            },
        })
    );
}

#[test]
fn every_reason_to_stop_has_a_finish_reason() {
    for (stop, finish) in [
        (StopReason::EndTurn, "stop"),
        (StopReason::StopSequence, "stop"),
        (StopReason::PauseTurn, "stop"),
        (StopReason::Other("new".into()), "stop"),
        (StopReason::MaxTokens, "length"),
        (StopReason::ModelContextWindowExceeded, "length"),
        (StopReason::ToolUse, "tool_calls"),
        (StopReason::Refusal, "content_filter"),
    ] {
        let is_refusal = stop == StopReason::Refusal;
        let body = json(&write_response(&response(Vec::new(), stop), &telling()));
        assert_eq!(body["choices"][0]["finish_reason"], finish);
        assert_eq!(
            body["choices"][0]["message"]["refusal"].is_string(),
            is_refusal
        );
        assert!(body["choices"][0]["message"]["content"].is_null());
        assert!(body.get("gateway").is_none(), "nothing to tell");
    }
}

#[test]
fn a_page_is_cited_by_the_characters_it_covers_and_other_losses_are_told() {
    let cited = ContentBlock::Text(TextBlock {
        text: "wörld".into(),
        citations: vec![Citation::WebSearchResultLocation(WebSearchResultLocation {
            cited_text: "w".into(),
            url: "https://a.example".into(),
            title: None,
            encrypted_index: None,
        })],
        cache_control: None,
    });
    let server = ContentBlock::ServerToolUse(ToolUseBlock {
        id: "s".into(),
        name: "web_search".into(),
        input: "{}".into(),
        cache_control: None,
    });
    let body = json(&write_response(
        &response(vec![text("hé "), server, cited], StopReason::EndTurn),
        &telling(),
    ));
    assert_eq!(
        body["choices"][0]["message"]["annotations"],
        serde_json::json!([{"type": "url_citation", "url_citation": {"start_index": 3, "end_index": 8, "url": "https://a.example", "title": "https://a.example"}}])
    );
    assert_eq!(
        body["gateway"]["warnings"][0]["path"],
        "choices[0].message.content"
    );
    assert_eq!(body["gateway"]["warnings"][0]["lossy"], true);
}

#[test]
fn what_openai_can_say_is_read_back() {
    for (content, stop) in [
        (vec![text("hello \"you\"\n")], StopReason::EndTurn),
        (
            vec![
                thinking("hm", Some("s")),
                text("x"),
                call("a", "{}"),
                call("b", r#"{"x" : 1.50}"#),
            ],
            StopReason::ToolUse,
        ),
        (vec![thinking("hm", None), text("x")], StopReason::MaxTokens),
        (vec![text("no")], StopReason::Refusal),
    ] {
        let answer = response(content, stop);
        let mut read =
            read_response(write_response(&answer, &telling()).as_bytes()).expect("an answer");
        assert_eq!(read.model, "fast");
        read.model.clone_from(&answer.model);
        assert_eq!(read, answer);
    }
}

#[test]
fn an_answer_that_is_none_is_a_malformed_stream() {
    for body in [
        "",
        "{}",
        r#"{"choices":[]}"#,
        r#"{"choices":[{}]}"#,
        r#"{"choices":[{"message":{"content":1}}]}"#,
    ] {
        let error = read_response(body.as_bytes()).expect_err(body);
        assert_eq!(
            error.kind,
            crate::canonical::ErrorKind::MalformedStream,
            "{body}"
        );
    }
}
