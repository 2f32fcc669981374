//! Cache points that nobody marked, and marks that find a place.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{CacheTtl, Source};

const LONG: usize = 20_000;

fn point() -> Value {
    json!({"cachePoint": {"type": "default"}})
}

/// A conversation of two of the user's turns, long enough to be cached.
fn conversation(model: &str) -> Request {
    Request {
        system: vec![plain(&"s".repeat(LONG))],
        tools: vec![any_tool()],
        ..request(
            model,
            [user([text("a")]), assistant([text("b")]), user([text("c")])],
        )
    }
}

fn cached_by(request: &Request, setting: Value) -> Value {
    let context = Context {
        extensions: Some(json!({"bedrock": {"promptCaching": setting}}).to_string()),
        ..Context::default()
    };
    let (http, state) = prepare(request, &context, Operation::Complete).expect("a request");
    let state: Value = serde_json::from_slice(&state.to_bytes()).expect("JSON");
    assert_eq!(state["warnings"], json!([]));
    serde_json::from_slice(&http.body).expect("JSON")
}

fn points(body: &Value) -> usize {
    body.to_string().matches("cachePoint").count()
}

#[test]
fn points_go_behind_tools_system_and_the_last_two_turns_of_the_user() {
    let body = cached_by(&conversation(CLAUDE), json!({}));
    assert_eq!(body["toolConfig"]["tools"][1], point());
    assert_eq!(body["system"][1], point());
    assert_eq!(body["messages"][0]["content"][1], point());
    assert_eq!(body["messages"][2]["content"][1], point());
    assert_eq!(points(&body), 4);
    let body = cached_by(&conversation(CLAUDE), json!({"ttl": "1h"}));
    let hour = json!({"cachePoint": {"type": "default", "ttl": "1h"}});
    assert_eq!(body["system"][1], hour);
    // Nova caches no tools, and knows no ttl.
    let body = cached_by(&conversation(NOVA), json!({"ttl": "1h"}));
    assert_eq!((points(&body), &body["system"][1]), (3, &point()));
}

#[test]
fn a_conversation_that_only_begins_is_cached_where_that_is_asked() {
    let mut begun = conversation(CLAUDE);
    begun.messages.truncate(1);
    assert_eq!(points(&cached_by(&begun, json!({"when": "continued"}))), 0);
    assert_eq!(points(&cached_by(&begun, json!({"when": "always"}))), 3);
}

#[test]
fn nothing_is_put_where_it_would_cost_or_be_refused() {
    let small = Request {
        system: vec![plain("s")],
        ..conversation(CLAUDE)
    };
    let mut marked = conversation(CLAUDE);
    marked.messages[0] = user([cached(text("a"))]);
    for (request, expected) in [
        (small, 0),
        (marked, 1),
        (conversation(LLAMA), 0),
        (conversation(GPT), 0),
        (conversation(UNKNOWN), 0),
    ] {
        assert_eq!(
            points(&cached_by(&request, json!({"when": "always"}))),
            expected
        );
    }
    assert_eq!(points(&send(&conversation(CLAUDE)).body), 0);
}

#[test]
fn a_setting_that_is_not_known_is_refused_by_name() {
    for (setting, path) in [
        (json!({"when": "sometimes"}), "when"),
        (json!({"ttl": 5}), "ttl"),
    ] {
        let context = Context {
            extensions: Some(json!({"bedrock": {"promptCaching": setting}}).to_string()),
            ..Context::default()
        };
        let error = prepare(&hello(CLAUDE), &context, Operation::Complete).expect_err("refused");
        let expected = format!("context.extensions.bedrock.promptCaching.{path}");
        assert_eq!(error.path, Some(expected));
    }
}

#[test]
fn a_mark_inside_a_tool_result_ends_with_the_result() {
    let marked = ToolResultContent::Text(PlainText {
        cache_control: cache(Some(CacheTtl::OneHour)),
        ..plain("Ada")
    });
    let sent = send(&returned(CLAUDE, [marked], []));
    let content = &sent.body["messages"][2]["content"];
    assert_eq!(
        content[1],
        json!({"cachePoint": {"type": "default", "ttl": "1h"}})
    );
    assert_eq!(sent.warnings, []);
}

#[test]
fn results_that_are_put_in_order_keep_the_point_last() {
    let request = Request {
        tools: vec![any_tool()],
        ..request(
            CLAUDE,
            [
                user([text("q")]),
                assistant([call("1", "{}"), call("2", "{}"), call("3", "{}")]),
                user([says("2", "b"), says("3", "c"), cached(says("1", "a"))]),
            ],
        )
    };
    let sent = send(&request);
    let content = sent.body["messages"][2]["content"]
        .as_array()
        .expect("content");
    assert_eq!(content.len(), 4);
    assert_eq!(content[0]["toolResult"]["toolUseId"], "1");
    assert_eq!(content[3], point());
}

#[test]
fn a_mark_on_a_text_document_finds_a_place() {
    let document = |title| {
        let mut document = document_of(Source::Text("words".into()), title);
        document.cache_control = cache(None);
        ContentBlock::Document(document)
    };
    for content in [vec![document("a")], vec![text("Read."), document("a")]] {
        let sent = send(&request(CLAUDE, [user(content)]));
        let sent_content = sent.body["messages"][0]["content"]
            .as_array()
            .expect("content");
        assert_eq!(sent_content.last(), Some(&point()));
        let before = &sent_content[sent_content.len() - 2];
        assert_eq!(before["text"], ".", "{sent_content:?}");
        assert_eq!(sent.lost(), [""; 0]);
    }
}

#[test]
fn a_mark_on_a_block_that_says_nothing_ends_with_the_turn_before() {
    let sent = send(&request(
        CLAUDE,
        [
            user([text("a")]),
            assistant([text("b")]),
            user([cached(text("")), text("c")]),
        ],
    ));
    assert_eq!(
        sent.body["messages"][1]["content"],
        json!([{"text": "b"}, point()])
    );
    assert_eq!(sent.body["messages"][2]["content"], json!([{"text": "c"}]));
    // In front of everything, it would cache nothing.
    let request = Request {
        system: vec![PlainText {
            cache_control: cache(None),
            ..plain("")
        }],
        ..request(CLAUDE, [user([cached(text("")), text("c")])])
    };
    assert_eq!(points(&send(&request).body), 0);
}
