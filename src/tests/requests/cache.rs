//! `cache_control` → `cachePoint`.

use serde_json::json;

use super::*;

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
