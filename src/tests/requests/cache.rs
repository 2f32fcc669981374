//! `cache_control` → `cachePoint`.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{DocumentBlock, Source};

#[test]
fn a_cache_point_stands_behind_its_block_with_its_ttl() {
    for (ttl, point) in [
        (None, json!({"type": "default"})),
        (
            Some(CacheTtl::FiveMinutes),
            json!({"type": "default", "ttl": "5m"}),
        ),
        (
            Some(CacheTtl::OneHour),
            json!({"type": "default", "ttl": "1h"}),
        ),
        // Newer than this version: AWS knows better.
        (
            Some(CacheTtl::Other("2h".into())),
            json!({"type": "default", "ttl": "2h"}),
        ),
    ] {
        let request = Request {
            system: vec![
                PlainText {
                    cache_control: cache(ttl.clone()),
                    ..plain("s")
                },
                plain("t"),
            ],
            tools: vec![
                Tool {
                    cache_control: cache(ttl.clone()),
                    ..any_tool()
                },
                tool("m", r#"{"type":"object"}"#),
            ],
            ..request(
                CLAUDE,
                [user([
                    ContentBlock::Text(TextBlock {
                        text: "a".into(),
                        citations: Vec::new(),
                        cache_control: cache(ttl),
                    }),
                    text("b"),
                ])],
            )
        };
        let Sent { body, warnings, .. } = send(&request);
        assert_eq!(
            body["system"],
            json!([{"text": "s"}, {"cachePoint": point}, {"text": "t"}])
        );
        assert_eq!(
            body["messages"][0]["content"],
            json!([{"text": "a"}, {"cachePoint": point}, {"text": "b"}])
        );
        assert_eq!(
            body["toolConfig"]["tools"],
            json!([
                {"toolSpec": {"name": "n", "inputSchema": {"json": {"type": "object"}}}},
                {"cachePoint": point},
                {"toolSpec": {"name": "m", "inputSchema": {"json": {"type": "object"}}}},
            ])
        );
        assert_eq!(warnings, []);
    }
}

#[test]
fn calls_and_results_have_their_cache_point_beside_them() {
    let request = Request {
        tools: vec![any_tool()],
        ..request(
            CLAUDE,
            [
                user([text("q")]),
                assistant([cached(call("1", "{}"))]),
                user([cached(says("1", "x")), text("y")]),
            ],
        )
    };
    let point = json!({"cachePoint": {"type": "default"}});
    assert_eq!(
        messages(&request),
        json!([
            {"role": "user", "content": [{"text": "q"}]},
            {"role": "assistant", "content": [
                {"toolUse": {"toolUseId": "1", "name": "n", "input": {}}}, point,
            ]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "1", "content": [{"text": "x"}]}}, point, {"text": "y"},
            ]},
        ])
    );
}

#[test]
fn inside_a_result_there_is_no_cache_point_but_a_warning() {
    let piece = PlainText {
        cache_control: cache(None),
        ..plain("x")
    };
    let request = returned(CLAUDE, [ToolResultContent::Text(piece)], []);
    let Sent { body, warnings, .. } = send(&request);
    assert_eq!(
        body["messages"][2]["content"],
        json!([{"toolResult": {"toolUseId": "1", "content": [{"text": "x"}]}}])
    );
    assert_eq!(
        warnings,
        [(
            "messages[2].content[0].content[0].cache_control".to_owned(),
            true
        )]
    );
}

#[test]
fn behind_a_blank_text_the_prefix_ends_at_the_block_before() {
    let point = json!({"cachePoint": {"type": "default"}});
    for (content, expected) in [
        (
            vec![text("a"), cached(text(" "))],
            json!([{"text": "a"}, point]),
        ),
        (
            vec![cached(text("a")), cached(text(" ")), text("b")],
            json!([{"text": "a"}, point, {"text": "b"}]),
        ),
        (vec![cached(text("")), text("a")], json!([{"text": "a"}])),
    ] {
        let request = request(CLAUDE, [user(content)]);
        assert_eq!(messages(&request)[0]["content"], expected);
    }
}

#[test]
fn nova_caches_system_and_messages_and_no_tools() {
    let request = Request {
        system: vec![PlainText {
            cache_control: cache(None),
            ..plain("s")
        }],
        tools: vec![Tool {
            cache_control: cache(None),
            ..any_tool()
        }],
        ..request(NOVA, [user([cached(text("a"))])])
    };
    let Sent { body, warnings, .. } = send(&request);
    let point = json!({"cachePoint": {"type": "default"}});
    assert_eq!(body["system"], json!([{"text": "s"}, point]));
    assert_eq!(
        body["messages"][0]["content"],
        json!([{"text": "a"}, point])
    );
    assert_eq!(
        body["toolConfig"]["tools"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(warnings, [("tools[0].cache_control".to_owned(), true)]);
}

#[test]
fn a_cache_point_moves_with_the_result_that_carries_it() {
    let request = request(
        CLAUDE,
        [
            assistant([call("1", "{}"), call("2", "{}")]),
            user([
                cached(text("after")),
                cached(says("1", "a")),
                cached(says("2", "b")),
            ]),
        ],
    );
    let Sent { body, .. } = send(&request);
    let kinds: Vec<String> = body["messages"][1]["content"]
        .as_array()
        .expect("blocks")
        .iter()
        .map(|block| {
            block
                .as_object()
                .expect("a block")
                .keys()
                .cloned()
                .collect()
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "toolResult",
            "cachePoint",
            "toolResult",
            "cachePoint",
            "text",
            "cachePoint"
        ]
    );
}

/// A text that ends a cached prefix.
fn marked(text: &str, ttl: Option<CacheTtl>) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text: text.into(),
        citations: Vec::new(),
        cache_control: cache(ttl),
    })
}

/// What is kept of the content of a turn: each text, and each cache point by its ttl.
fn outline(content: &Value) -> Vec<String> {
    let blocks = content.as_array().expect("blocks").iter();
    blocks
        .map(|block| {
            let known = ["text", "document", "toolSpec", "image"];
            match block.get("cachePoint") {
                Some(point) => format!("|{}", point["ttl"].as_str().unwrap_or_default()),
                None => match block["text"].as_str() {
                    Some(text) => text.to_owned(),
                    None => known
                        .iter()
                        .find(|name| block.get(**name).is_some())
                        .expect("a known block")
                        .to_string(),
                },
            }
        })
        .collect()
}

#[test]
fn four_cache_points_are_sent_and_the_earliest_are_left_out() {
    let request = Request {
        system: vec![PlainText {
            cache_control: cache(None),
            ..plain("s")
        }],
        tools: vec![Tool {
            cache_control: cache(None),
            ..any_tool()
        }],
        ..request(
            CLAUDE,
            [user(["a", "b", "c", "d"].map(|text| marked(text, None)))],
        )
    };
    let sent = send(&request);
    assert_eq!(outline(&sent.body["toolConfig"]["tools"]), ["toolSpec"]);
    assert_eq!(outline(&sent.body["system"]), ["s"]);
    assert_eq!(
        outline(&sent.body["messages"][0]["content"]),
        ["a", "|", "b", "|", "c", "|", "d", "|"]
    );
    assert_eq!(
        sent.lost(),
        ["tools[0].cache_control", "system[0].cache_control"]
    );
}

#[test]
fn a_ttl_is_raised_where_a_longer_one_comes_after_it() {
    let request = Request {
        system: vec![PlainText {
            cache_control: cache(Some(CacheTtl::FiveMinutes)),
            ..plain("s")
        }],
        tools: vec![Tool {
            cache_control: cache(None),
            ..any_tool()
        }],
        ..request(
            CLAUDE,
            [user([
                marked("a", Some(CacheTtl::OneHour)),
                marked("b", Some(CacheTtl::FiveMinutes)),
            ])],
        )
    };
    let sent = send(&request);
    assert_eq!(
        outline(&sent.body["toolConfig"]["tools"]),
        ["toolSpec", "|1h"]
    );
    assert_eq!(outline(&sent.body["system"]), ["s", "|1h"]);
    assert_eq!(
        outline(&sent.body["messages"][0]["content"]),
        ["a", "|1h", "b", "|5m"]
    );
    assert_eq!(
        sent.changed(),
        ["tools[0].cache_control.ttl", "system[0].cache_control.ttl"]
    );
}

#[test]
fn two_cache_points_in_a_row_are_one() {
    let request = Request {
        system: ["s", " "]
            .map(|text| PlainText {
                cache_control: cache(None),
                ..plain(text)
            })
            .into(),
        ..request(CLAUDE, [user([marked("a", None), marked("", None)])])
    };
    let sent = send(&request);
    assert_eq!(outline(&sent.body["system"]), ["s", "|"]);
    assert_eq!(outline(&sent.body["messages"][0]["content"]), ["a", "|"]);
    assert_eq!(sent.warnings, []);
}

#[test]
fn a_cache_point_behind_a_text_document_of_claude_s_goes_behind_the_next_block() {
    let marked_document = |source| {
        ContentBlock::Document(DocumentBlock {
            cache_control: cache(None),
            ..document_of(source, "d")
        })
    };
    let plain_text = || Source::Text("x".into());
    let blocks = || Source::Blocks(vec!["x".into()]);
    let encoded = || bytes("text/plain", b"x");
    for (model, source, expected) in [
        (CLAUDE, plain_text(), &["document", "q", "|"][..]),
        (CLAUDE, blocks(), &["document", "q", "|"]),
        (CLAUDE, encoded(), &["document", "q", "|"]),
        (
            CLAUDE,
            bytes("application/pdf", PDF),
            &["document", "|", "q"],
        ),
        (NOVA, encoded(), &["document", "|", "q"]),
    ] {
        let sent = send(&request(
            model,
            [user([marked_document(source), text("q")])],
        ));
        assert_eq!(outline(&sent.body["messages"][0]["content"]), expected);
        assert_eq!(sent.lost(), [""; 0], "{expected:?}");
    }
    // The placeholder text that a document needs beside it is a block too.
    let sent = send(&request(CLAUDE, [user([marked_document(plain_text())])]));
    let content = &sent.body["messages"][0]["content"];
    assert_eq!(outline(content), ["document", ".", "|"]);
    // Where the next block has one too, twice is once.
    let both = [marked_document(plain_text()), cached(text("q"))];
    let sent = send(&request(CLAUDE, [user(both)]));
    let content = &sent.body["messages"][0]["content"];
    assert_eq!(outline(content), ["document", "q", "|"]);
    // Behind the last block there is no next one.
    let sent = send(&request(
        CLAUDE,
        [user([text("q"), marked_document(encoded())])],
    ));
    let content = &sent.body["messages"][0]["content"];
    assert_eq!(outline(content), ["q", "document"]);
    assert_eq!(sent.lost(), ["messages[0].content[1].cache_control"]);
}

#[test]
fn each_family_caches_where_it_can() {
    // Tools, system and messages, and whether a ttl is taken.
    for (model, tools, prompt, ttl) in [
        (CLAUDE_3, false, false, false),
        (
            "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0",
            false,
            false,
            false,
        ),
        (
            "bedrock/us.anthropic.claude-3-5-sonnet-20241022-v2:0",
            true,
            true,
            false,
        ),
        (
            "bedrock/us.anthropic.claude-3-7-sonnet-20250219-v1:0",
            true,
            true,
            false,
        ),
        (
            "bedrock/us.anthropic.claude-opus-4-1-20250805-v1:0",
            true,
            true,
            false,
        ),
        (CLAUDE, true, true, true),
        (OPUS_4_7, true, true, true),
        (FABLE, true, true, true),
        (NOVA, false, true, false),
        (NOVA_2, false, true, false),
        (LLAMA, false, false, false),
        (MISTRAL, false, false, false),
        (GPT, false, false, false),
        (KIMI, false, false, false),
        (UNKNOWN, false, false, false),
    ] {
        let hour = || cache(Some(CacheTtl::OneHour));
        let request = Request {
            system: vec![PlainText {
                cache_control: hour(),
                ..plain("s")
            }],
            tools: vec![Tool {
                cache_control: hour(),
                ..any_tool()
            }],
            ..request(model, [user([marked("a", Some(CacheTtl::OneHour))])])
        };
        let sent = send(&request);
        let point = if ttl { "|1h" } else { "|" };
        let expected = |first: &'static str, is_cached: bool| {
            let point = is_cached.then_some(point);
            [Some(first), point]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
        };
        let body = &sent.body;
        assert_eq!(
            outline(&body["toolConfig"]["tools"]),
            expected("toolSpec", tools),
            "{model}"
        );
        assert_eq!(outline(&body["system"]), expected("s", prompt), "{model}");
        assert_eq!(
            outline(&body["messages"][0]["content"]),
            expected("a", prompt),
            "{model}"
        );
        // Each of the three loses its point, or its ttl.
        let losses = if ttl { 0 } else { 3 };
        assert_eq!(sent.lost().len(), losses, "{model}: {:?}", sent.warnings);
    }
}

#[test]
fn a_ttl_is_left_out_where_the_family_takes_none() {
    let asked = |ttl| {
        let text = TextBlock {
            text: "a".into(),
            citations: Vec::new(),
            cache_control: cache(Some(ttl)),
        };
        request(NOVA, [user([ContentBlock::Text(text)])])
    };
    let hour = send(&asked(CacheTtl::OneHour));
    let point = json!([{"text": "a"}, {"cachePoint": {"type": "default"}}]);
    assert_eq!(hour.body["messages"][0]["content"], point);
    assert_eq!(
        hour.warnings[0].0,
        "messages[0].content[0].cache_control.ttl"
    );
    let five = send(&asked(CacheTtl::FiveMinutes));
    assert_eq!(
        (&five.body["messages"][0]["content"], five.warnings.len()),
        (&point, 0)
    );
}
