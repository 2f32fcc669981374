//! Failures that users of other translators reported, each tried as it was reported: `tests/vectors/cases.json`.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{CacheControl, ImageBlock, Source};

/// The request's cases, by their id in the file.
const CASES: &[(&str, fn())] = &[
    ("R01", blank_text),
    ("R03", inputs_that_are_no_objects),
    ("R07", results_that_are_json),
    ("R08", a_history_of_tools_without_tools),
    ("R10", names_that_are_refused),
    ("R13", results_in_two_messages),
    ("R14", no_user_at_the_beginning),
    ("R16", unsigned_thinking),
    ("R21", titles_that_are_no_names),
    ("R23", a_document_alone),
    ("R26", formats),
    ("R27", cache_control_of_a_result),
    ("R31", six_cache_points),
    ("R33", temperature_and_top_p),
    ("R34", top_k),
    ("R36", metadata_of_json),
    ("R39", an_arn_in_the_path),
    ("R41", an_arn_that_hides_its_model),
    ("S15", tools_that_are_not_streamed),
];

/// Those of answers: tried in `src/tests/answers` and by the conversations.
const OF_ANSWERS: &[&str] = &[
    "R04", "R18", "S01", "S02", "S04", "S06", "S09", "S11", "S12", "S17",
];

/// Those of prices.
const OF_PRICES: &[&str] = &["C01", "C02"];

#[test]
fn each_reported_failure_is_tried() {
    let file = include_str!("../../../tests/vectors/cases.json");
    let file: Value = serde_json::from_str(file).expect("JSON");
    let cases = file.as_array().expect("cases").iter();
    let ids: Vec<_> = cases
        .map(|case| case["id"].as_str().expect("an id"))
        .collect();
    let here = CASES.iter().map(|(id, _)| id);
    let known: Vec<&str> = here.chain(OF_ANSWERS).chain(OF_PRICES).copied().collect();
    for id in &ids {
        let count = known.iter().filter(|known| *known == id).count();
        assert_eq!(count, 1, "{id} is tried nowhere, or twice");
    }
    assert_eq!(known.len(), ids.len(), "{known:?}");
}

#[test]
fn each_reported_failure_is_none_here() {
    for (id, case) in CASES {
        eprintln!("{id}");
        case();
    }
}

fn blank_text() {
    let request = Request {
        system: vec![plain(""), plain(" "), plain("s")],
        tools: vec![any_tool()],
        ..request(
            CLAUDE,
            [
                user([text(""), text("  "), text("hi")]),
                assistant([text(""), call("1", "{}")]),
                user([says("1", "x"), text(" ")]),
                assistant([text(""), text("\n")]),
                user([text("go on")]),
            ],
        )
    };
    let body = send(&request).body;
    assert_eq!(body["system"], json!([{"text": "s"}]));
    let turns = &body["messages"];
    assert_eq!(turns[0]["content"], json!([{"text": "hi"}]));
    assert_eq!(turns[1]["content"].as_array().map(Vec::len), Some(1));
    // A turn that says nothing is none: what comes after it joins what came before.
    assert_eq!(turns[2]["content"].as_array().map(Vec::len), Some(2));
    assert_eq!(turns[2]["content"][1], json!({"text": "go on"}));
    assert_eq!(turns.as_array().map(Vec::len), Some(3));
}

fn inputs_that_are_no_objects() {
    for (input, expected) in [
        ("null", json!({})),
        ("", json!({})),
        (" ", json!({})),
        ("\"\"", json!({})),
        ("[1]", json!({"input": [1]})),
        ("\"x\"", json!({"input": "x"})),
    ] {
        let sent = messages(&history(CLAUDE, input));
        assert_eq!(sent[1]["content"][1]["toolUse"]["input"], expected);
    }
}

fn results_that_are_json() {
    for given in ["[{\"a\":1}]", "\"x\"", "{\"__type\":\"b\", \"c\":1.50}"] {
        for piece in [
            ToolResultContent::Text(plain(given)),
            ToolResultContent::Json(given.into()),
        ] {
            let sent = messages(&returned(CLAUDE, [piece], []));
            let content = &sent[2]["content"][0]["toolResult"]["content"];
            assert_eq!(content, &json!([{ "text": given }]));
        }
    }
}

fn a_history_of_tools_without_tools() {
    for model in [CLAUDE, NOVA, LLAMA, MISTRAL, TITAN] {
        for (tools, mode) in [
            (vec![], None),
            (vec![], choose(ToolChoiceMode::None)),
            (vec![any_tool()], choose(ToolChoiceMode::None)),
        ] {
            let request = Request {
                tools,
                tool_choice: mode,
                ..history(model, "{}")
            };
            let body = send(&request).body;
            let calls = body["messages"].to_string().contains("toolUse");
            let tools = body["toolConfig"]["tools"].as_array();
            assert_eq!(calls, tools.is_some(), "{model}: {body}");
            assert!(tools.is_none_or(|tools| !tools.is_empty()), "{model}");
        }
    }
}

fn names_that_are_refused() {
    let long = "x".repeat(80);
    let names = ["a.b", "a/b", "a b", long.as_str()];
    let request = Request {
        tools: names.map(|name| tool(name, r#"{"type":"object"}"#)).into(),
        tool_choice: choose(ToolChoiceMode::Tool("a/b".into())),
        ..hello(CLAUDE)
    };
    let sent = send(&request);
    let config = &sent.body["toolConfig"];
    let name = |at: usize| config["tools"][at]["toolSpec"]["name"].as_str();
    assert_eq!(config["toolChoice"]["tool"]["name"].as_str(), name(1));
    assert!(name(0) != name(1) && name(1) != name(2));
    assert_eq!(name(3).map(str::len), Some(64));
    // The answer has the caller's own names again.
    let (_, state) = prepare(&request, &Context::default(), Operation::Complete).expect("sent");
    let state: Value = serde_json::from_slice(&state.to_bytes()).expect("JSON");
    let restored = state["names"].as_array().expect("names");
    for (at, known) in names.iter().enumerate() {
        let is_there =
            |entry: &Value| entry["original"] == *known && entry["sent"].as_str() == name(at);
        assert!(restored.iter().any(is_there), "{known}: {restored:?}");
    }
}

fn results_in_two_messages() {
    let request = Request {
        tools: vec![any_tool()],
        ..request(
            CLAUDE,
            [
                user([text("q")]),
                assistant([thinking("t", Some("s")), call("1", "{}"), call("2", "{}")]),
                user([says("2", "b")]),
                user([says("1", "a"), text("and")]),
            ],
        )
    };
    let turns = messages(&request);
    assert_eq!(turns.as_array().map(Vec::len), Some(3));
    let said = &turns[1]["content"];
    assert!(said[0].get("reasoningContent").is_some());
    assert_eq!(said[2]["toolUse"]["toolUseId"], "2");
    let answered = &turns[2]["content"];
    assert_eq!(answered[0]["toolResult"]["toolUseId"], "1");
    assert_eq!(answered[1]["toolResult"]["toolUseId"], "2");
    assert_eq!(answered[2], json!({"text": "and"}));
}

fn no_user_at_the_beginning() {
    let alone = |model| Request {
        system: vec![plain("s")],
        ..request(model, [])
    };
    let leading = |model| request(model, [assistant([text("a")]), user([text("b")])]);
    for (request, role) in [
        (alone(CLAUDE), "user"),
        (alone(NOVA), "user"),
        (leading(NOVA), "user"),
        (leading(LLAMA), "user"),
        (leading(CLAUDE), "assistant"),
        (leading(QWEN), "assistant"),
    ] {
        assert_eq!(send(&request).body["messages"][0]["role"], role);
    }
}

fn unsigned_thinking() {
    for (model, is_kept) in [
        (CLAUDE_3, false),
        (CLAUDE, false),
        (DEEPSEEK, true),
        (NOVA_2, true),
    ] {
        let mut request = history(model, "{}");
        request.messages[1] = assistant([thinking("t", None), call("1", "{}")]);
        let body = send(&request).body;
        let first = &body["messages"][1]["content"][0];
        assert_eq!(first.get("reasoningContent").is_some(), is_kept, "{model}");
    }
}

fn titles_that_are_no_names() {
    let long = "x".repeat(250);
    for title in [
        "John's report.pdf",
        "a.b.pdf",
        "x  y",
        "分期.pdf",
        "テスト　資料",
        "tab\tname",
        long.as_str(),
        "",
    ] {
        let beside = request(
            CLAUDE,
            [user([ContentBlock::Document(pdf(title)), text("q")])],
        );
        let inside = returned(CLAUDE, [ToolResultContent::Document(pdf(title))], []);
        let beside = send(&beside).body["messages"][0]["content"][0]["document"]["name"].clone();
        let inside =
            send(&inside).body["messages"][2]["content"][0]["toolResult"]["content"][0]["document"]
                ["name"]
                .clone();
        assert_eq!(beside, inside);
        let name = beside.as_str().expect("a name");
        let is_legal = |c: char| c.is_ascii_alphanumeric() || " -()[]_".contains(c);
        assert!(name.chars().all(is_legal), "{name:?}");
        assert!((1..=200).contains(&name.len()) && !name.contains("  "));
        assert!(!name.ends_with("pdf"), "{name:?}");
    }
}

fn a_document_alone() {
    let body = send(&request(CLAUDE, [user([ContentBlock::Document(pdf("d"))])])).body;
    let content = body["messages"][0]["content"].as_array().expect("blocks");
    assert!(content.iter().any(|block| block.get("text").is_some()));
}

fn formats() {
    let block = |source: Source, is_image: bool| match is_image {
        true => ContentBlock::Image(image_of(source)),
        false => ContentBlock::Document(document_of(source, "d")),
    };
    for (source, kind, format) in [
        (bytes("image/jpg", JPEG), "image", "jpeg"),
        (bytes("text/plain", b"x"), "document", "txt"),
        (bytes("image/jpeg", PNG), "image", "png"),
    ] {
        let turn = user([block(source, kind == "image"), text("q")]);
        let body = send(&request(CLAUDE, [turn])).body;
        assert_eq!(body["messages"][0]["content"][0][kind]["format"], format);
    }
}

fn hour() -> Option<CacheControl> {
    cache(Some(CacheTtl::OneHour))
}

fn cache_control_of_a_result() {
    let mut request = Request {
        system: vec![PlainText {
            cache_control: hour(),
            ..plain("s")
        }],
        ..history(CLAUDE, "{}")
    };
    if let ContentBlock::ToolResult(result) = &mut request.messages[2].content[0] {
        result.cache_control = hour();
        result.content = vec![ToolResultContent::Image(ImageBlock {
            cache_control: hour(),
            ..png()
        })];
    }
    let later = ContentBlock::Text(TextBlock {
        text: "b".into(),
        citations: Vec::new(),
        cache_control: hour(),
    });
    request
        .messages
        .extend([assistant([later]), user([text("c")])]);
    let body = send(&request).body;
    let point = json!({"cachePoint": {"type": "default", "ttl": "1h"}});
    assert_eq!(body["system"][1], point);
    let answered = &body["messages"][2]["content"];
    assert_eq!(
        answered[0]["toolResult"]["content"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(answered[1], point);
    assert_eq!(body["messages"][3]["content"][1], point);
}

fn six_cache_points() {
    let request = request(
        CLAUDE,
        [user(
            ["a", "b", "c", "d", "e", "f"].map(|word| cached(text(word))),
        )],
    );
    let sent = send(&request);
    let content = sent.body["messages"][0]["content"]
        .as_array()
        .expect("blocks");
    let points = content
        .iter()
        .filter(|block| block.get("cachePoint").is_some());
    assert_eq!(points.count(), 4);
    assert!(
        content[..3]
            .iter()
            .all(|block| block.get("cachePoint").is_none())
    );
    assert_eq!(
        sent.lost(),
        [
            "messages[0].content[0].cache_control",
            "messages[0].content[1].cache_control",
        ]
    );
}

fn temperature_and_top_p() {
    for (model, temperature, top_p) in [
        (CLAUDE, true, false),
        (
            "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0",
            true,
            false,
        ),
        (OPUS_4_5, true, false),
        ("bedrock/us.anthropic.claude-sonnet-4-6", true, false),
        (
            "bedrock/us.anthropic.claude-opus-4-1-20250805-v1:0",
            true,
            false,
        ),
        (CLAUDE_3, true, true),
        (OPUS_4_7, false, false),
    ] {
        let request = Request {
            temperature: Some(0.5),
            top_p: Some(0.5),
            ..hello(model)
        };
        let sent = send(&request);
        let config = &sent.body["inferenceConfig"];
        assert_eq!(config.get("temperature").is_some(), temperature, "{model}");
        assert_eq!(config.get("topP").is_some(), top_p, "{model}");
        let lost = 2 - usize::from(temperature) - usize::from(top_p);
        assert_eq!(sent.lost().len(), lost, "{model}");
    }
}

fn top_k() {
    for (model, expected) in [
        (CLAUDE, json!({"top_k": 5})),
        (NOVA, json!({"inferenceConfig": {"topK": 5}})),
        (LLAMA, Value::Null),
        (TITAN, Value::Null),
    ] {
        let request = Request {
            top_k: Some(5),
            ..hello(model)
        };
        assert_eq!(send(&request).additional(), &expected, "{model}");
    }
}

fn metadata_of_json() {
    let request = Request {
        metadata: vec![(
            "user_id".into(),
            r#"{"device_id":"a","account":"b"}"#.into(),
        )],
        ..hello(CLAUDE)
    };
    let sent = send(&request);
    assert_eq!(
        sent.body["requestMetadata"]["user_id"],
        "__device_id_:_a_,_account_:_b__"
    );
    assert_eq!(sent.lost(), [""; 0]);
}

const HIDDEN: &str =
    "bedrock/arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2";

/// That the signature encodes the path once more is held by the vectors of the signer.
fn an_arn_in_the_path() {
    let path = send(&hello(HIDDEN)).http.path;
    assert_eq!(path.split('/').count(), 4, "{path}");
    assert!(path.contains("%3A") && path.contains("%2F"), "{path}");
    assert!(!path.contains("%25"), "{path}");
}

fn an_arn_that_hides_its_model() {
    let marked = |extensions: Option<&str>| Request {
        tools: vec![any_tool()],
        tool_choice: choose(ToolChoiceMode::Any),
        extensions: extensions.map(str::to_owned),
        ..request(HIDDEN, [user([cached(text("q"))])])
    };
    let hidden = send(&marked(None));
    assert_eq!(
        hidden.lost(),
        ["messages[0].content[0].cache_control", "tool_choice"]
    );
    let base = r#"{"bedrock":{"baseModel":"anthropic.claude-sonnet-4-5-20250929-v1:0"}}"#;
    let told = send(&marked(Some(base)));
    assert_eq!(told.warnings, []);
    assert_eq!(told.body["toolConfig"]["toolChoice"], json!({"any": {}}));
    let point = json!({"cachePoint": {"type": "default"}});
    assert_eq!(told.body["messages"][0]["content"][1], point);
}

/// How the whole answer is told as a stream is tried with the answers.
fn tools_that_are_not_streamed() {
    let request = Request {
        tools: vec![any_tool()],
        ..hello(LLAMA_4)
    };
    let sent = send_as(Operation::Stream, &request);
    assert!(sent.http.path.ends_with("/converse"), "{}", sent.http.path);
    let sent = send_as(Operation::Stream, &hello(LLAMA_4));
    assert!(sent.http.path.ends_with("/converse-stream"));
}
