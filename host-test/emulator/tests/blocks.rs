//! Every kind of block, ending and side fact that an answer can have, on both operations.

mod support;

use bedrock_emulator::{Block, Emulator, Reply, Script};
use serde_json::{Value, json};
use support::{ask, both, hello, stopped_clock};

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Content of the plain answer that says these blocks.
async fn content(blocks: Vec<Block>) -> Value {
    let (plain, stream) = both(Reply::new(blocks, "end_turn")).await;
    assert_eq!((plain.status(), stream.status()), (200, 200));
    plain.json()["output"]["message"]["content"].clone()
}

/// Payloads of the events of a kind that tell these blocks.
fn told(blocks: Vec<Block>, event: &str) -> Vec<Value> {
    let frames = Reply::new(blocks, "end_turn").frames(1);
    let events = frames.into_iter().filter_map(|frame| match frame {
        bedrock_emulator::Frame::Event { kind, payload } if kind == event => Some(payload),
        _ => None,
    });
    events.collect()
}

fn citations() -> Vec<Value> {
    let span = |index: &str| json!({index: 0, "start": 1, "end": 2});
    let locations = [
        json!({"web": {"url": "https://a.test/b", "domain": "a.test"}}),
        json!({"documentChar": span("documentIndex")}),
        json!({"documentPage": span("documentIndex")}),
        json!({"documentChunk": span("documentIndex")}),
        json!({"searchResultLocation": span("searchResultIndex")}),
    ];
    let citation = |location: Value| json!({"title": "t", "source": "s", "sourceContent": [{"text": "quoted"}], "location": location});
    locations.map(citation).to_vec()
}

#[tokio::test]
async fn text_carries_citations_of_every_kind_of_place() {
    let blocks = vec![Block::Cited {
        text: strings(&["It ", "is."]),
        citations: citations(),
    }];
    let deltas = told(blocks.clone(), "contentBlockDelta");
    assert_eq!(deltas.len(), 7);
    assert_eq!(deltas[2]["delta"]["citation"], citations()[0]);
    assert_eq!(
        content(blocks).await,
        json!([{"citationsContent": {"content": [{"text": "It is."}], "citations": citations()}}])
    );
}

#[tokio::test]
async fn an_image_is_told_in_parts() {
    let blocks = vec![Block::Image {
        format: "png".to_owned(),
        bytes: vec![b"ab".to_vec(), b"cd".to_vec()],
    }];
    assert_eq!(
        told(blocks.clone(), "contentBlockStart"),
        [json!({"contentBlockIndex": 0, "start": {"image": {"format": "png"}}})]
    );
    assert_eq!(
        content(blocks).await,
        json!([{"image": {"format": "png", "source": {"bytes": "YWJjZA=="}}}])
    );
}

#[tokio::test]
async fn the_services_own_tool_is_called_and_answered_in_one_turn() {
    let call = Block::ServerToolUse {
        id: "s".to_owned(),
        name: "nova_grounding".to_owned(),
        input: strings(&["{\"q\":", "1}"]),
    };
    let result = |content: Vec<Value>| Block::ToolResult {
        id: "s".to_owned(),
        kind: Some("nova_grounding_result".to_owned()),
        status: Some("success".to_owned()),
        content,
    };
    let full = result(vec![json!({"text": "a"}), json!({"json": {"b": 1}})]);
    let blocks = vec![call, full, result(Vec::new())];
    let start = json!({
        "toolUseId": "s", "type": "nova_grounding_result", "status": "success",
    });
    let starts = told(blocks.clone(), "contentBlockStart");
    assert_eq!(starts[0]["start"]["toolUse"]["type"], "server_tool_use");
    assert_eq!(
        starts[1],
        json!({"contentBlockIndex": 1, "start": {"toolResult": start}})
    );
    let deltas = told(blocks.clone(), "contentBlockDelta");
    assert_eq!(deltas[2]["delta"], json!({"toolResult": [{"text": "a"}]}));
    let answered = |content: Value| {
        let mut result = start.clone();
        result["content"] = content;
        json!({"toolResult": result})
    };
    let call = json!({"toolUseId": "s", "name": "nova_grounding", "input": {"q": 1}, "type": "server_tool_use"});
    assert_eq!(
        content(blocks).await,
        json!([
            {"toolUse": call},
            answered(json!([{"text": "a"}, {"json": {"b": 1}}])),
            answered(json!([])),
        ])
    );
}

#[tokio::test]
async fn members_that_do_not_exist_yet_can_be_told() {
    let blocks = vec![
        Block::Raw {
            start: Some(json!({"hologram": {"depth": 3}})),
            deltas: vec![json!({"hologram": {"light": "a"}})],
        },
        Block::Raw {
            start: None,
            deltas: vec![json!({"smell": "b"})],
        },
    ];
    assert_eq!(
        content(blocks).await,
        json!([{"hologram": {"depth": 3, "light": "a"}}, {"smell": "b"}])
    );
}

#[tokio::test]
async fn side_facts_stand_in_the_answer_and_in_the_last_event() {
    let reply = Reply::new(vec![Block::Text(strings(&["No."]))], "guardrail_intervened")
        .with_cache_details(&[("5m", 3), ("1h", 4)])
        .with_guardrail_trace(json!({"actionReason": "blocked"}))
        .with_service_tier("flex")
        .with_latency("optimized")
        .with_metadata("usage", json!({"serverToolUsage": {}}))
        .with_metadata("weather", json!("fine"));
    let last = reply.frames(1).pop();
    let Some(bedrock_emulator::Frame::Event { kind, payload }) = last else {
        panic!("no event: {last:?}");
    };
    assert_eq!(kind, "metadata");
    let (plain, _) = both(reply).await;
    let plain = plain.json();
    for answer in [&payload, &plain] {
        let details = json!([{"ttl": "5m", "inputTokens": 3}, {"ttl": "1h", "inputTokens": 4}]);
        assert_eq!(answer["usage"]["cacheDetails"], details);
        assert_eq!(answer["usage"]["serverToolUsage"], json!({}));
        assert_eq!(answer["usage"]["outputTokens"], 1, "its own members stay");
        assert_eq!(answer["trace"]["guardrail"]["actionReason"], "blocked");
        assert_eq!(answer["serviceTier"], json!({"type": "flex"}));
        assert_eq!(answer["performanceConfig"], json!({"latency": "optimized"}));
        assert_eq!(answer["weather"], "fine");
    }
    assert_eq!(plain["stopReason"], "guardrail_intervened");
}

#[tokio::test]
async fn every_reason_to_stop_can_be_told() {
    let reasons = [
        "end_turn",
        "tool_use",
        "max_tokens",
        "stop_sequence",
        "guardrail_intervened",
        "content_filtered",
        "malformed_model_output",
        "malformed_tool_use",
        "model_context_window_exceeded",
        "a_reason_of_tomorrow",
    ];
    for reason in reasons {
        let (plain, _) = both(Reply::new(Vec::new(), reason)).await;
        assert_eq!(plain.json()["stopReason"], reason);
    }
}

#[tokio::test]
async fn more_input_counts_more_tokens() {
    let emulator = Emulator::start(stopped_clock()).await.expect("a port");
    let mut counts = Vec::new();
    for (words, system) in [(1, 0), (10, 0), (10, 10)] {
        let mut body = hello();
        body["messages"][0]["content"][0]["text"] = json!("Hello there. ".repeat(words));
        if system > 0 {
            body["system"] = json!([{"text": "Be kind. ".repeat(system)}]);
        }
        let body = json!({"input": {"converse": body}});
        let answer = ask(&emulator, "count-tokens", &body).await.json();
        counts.push(answer["inputTokens"].as_u64().expect("a count"));
    }
    assert!(counts.is_sorted_by(|less, more| less < more), "{counts:?}");
    let raw = json!({"input": {"invokeModel": {"body": "e30="}}});
    let answer = ask(&emulator, "count-tokens", &raw).await.json();
    assert!(answer["inputTokens"].as_u64() > Some(0));
}

#[tokio::test]
async fn a_body_of_raw_bytes_is_streamed_as_it_is() {
    let emulator = Emulator::start(stopped_clock().always(Script::bytes(&b"not a frame"[..])))
        .await
        .expect("a port");
    let answer = ask(&emulator, "converse-stream", &hello()).await;
    assert_eq!(answer.stream(), b"not a frame");
}
