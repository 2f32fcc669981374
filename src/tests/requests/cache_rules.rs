//! Rules about cache points that only show in the whole request, and what each family caches.

use serde_json::Value;

use super::*;
use crate::canonical::{DocumentBlock, Source};

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
    // Behind the last block there is no next one, and it is the document that shall be cached.
    let sent = send(&request(
        CLAUDE,
        [user([text("q"), marked_document(encoded())])],
    ));
    let content = &sent.body["messages"][0]["content"];
    assert_eq!(outline(content), ["q", "document", ".", "|"]);
    assert_eq!(sent.lost(), [""; 0]);
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
