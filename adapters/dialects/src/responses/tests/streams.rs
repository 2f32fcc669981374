//! Streams.

use super::*;

pub(super) fn start(index: u32, content_block: ContentBlock) -> Chunk {
    Chunk::ContentBlockStart(ContentBlockStart {
        index,
        content_block,
    })
}

pub(super) fn delta(index: u32, delta: Delta) -> Chunk {
    Chunk::ContentBlockDelta(ContentBlockDelta { index, delta })
}

fn message_start() -> Chunk {
    Chunk::MessageStart(MessageStart {
        id: "msg_1".into(),
        model: "fast".into(),
        usage: None,
        warnings: Vec::new(),
        provider_metadata: None,
    })
}

/// Thinking, text in two blocks and two calls, one without arguments.
fn answer() -> Vec<Chunk> {
    vec![
        message_start(),
        start(0, thinking("", None)),
        delta(0, Delta::ThinkingDelta("h".into())),
        delta(0, Delta::ThinkingDelta("m".into())),
        delta(0, Delta::SignatureDelta("sig".into())),
        Chunk::ContentBlockStop(0),
        start(1, redacted("xx")),
        Chunk::ContentBlockStop(1),
        Chunk::Ping,
        start(2, text("")),
        delta(2, Delta::TextDelta("It \"is\"\n".into())),
        Chunk::ContentBlockStop(2),
        start(3, text("")),
        delta(3, Delta::CitationsDelta(page("https://a.example"))),
        delta(3, Delta::TextDelta("5°".into())),
        Chunk::ContentBlockStop(3),
        start(4, call("c1", "{}")),
        delta(4, Delta::InputJsonDelta("{\"a\"".into())),
        delta(4, Delta::InputJsonDelta(":1}".into())),
        Chunk::ContentBlockStop(4),
        start(5, call("c2", "{}")),
        Chunk::ContentBlockStop(5),
        Chunk::MessageDelta(MessageDelta {
            stop_reason: StopReason::ToolUse,
            stop_sequence: None,
            usage: Usage {
                input_tokens: 3,
                output_tokens: 4,
                ..Usage::none()
            },
            cost: None,
            warnings: Vec::new(),
            provider_metadata: None,
        }),
        Chunk::MessageStop,
    ]
}

pub(super) fn encode(chunks: &[Chunk], telling: Telling) -> String {
    let mut encoder = Encoder::new(telling);
    let mut out = String::new();
    chunks
        .iter()
        .for_each(|chunk| encoder.push(chunk, &mut out));
    out
}

/// The data of all events, whose names are their types and whose numbers have no gaps.
pub(super) fn events(out: &str) -> Vec<Value> {
    let mut events = Vec::new();
    for event in out
        .split_terminator("\n\n")
        .filter(|event| !event.starts_with(": "))
    {
        let (name, data) = event.split_once('\n').expect("a name and data");
        let data = json(data.strip_prefix("data: ").expect("data"));
        assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
        assert_eq!(data["sequence_number"].as_u64(), Some(events.len() as u64));
        events.push(data);
    }
    events
}

#[test]
fn an_answer_streams_item_by_item() {
    let out = encode(&answer(), telling());
    assert!(out.contains("\n\n: ping\n\n"));
    let events = events(&out);
    let told: Vec<String> = events
        .iter()
        .map(|event| {
            let number = |name: &str| {
                event[name]
                    .as_u64()
                    .map_or(String::new(), |n| n.to_string())
            };
            let index = [number("content_index"), number("summary_index")].concat();
            let kind = event["type"].as_str().expect("a type");
            format!("{} {index} {kind}", number("output_index"))
                .trim()
                .replace("  ", " ")
        })
        .collect();
    let expected = "response.created
        response.in_progress
        0 response.output_item.added
        0 0 response.reasoning_summary_part.added
        0 0 response.reasoning_summary_text.delta
        0 0 response.reasoning_summary_text.delta
        0 0 response.reasoning_summary_text.done
        0 0 response.reasoning_summary_part.done
        0 response.output_item.done
        1 response.output_item.added
        1 response.output_item.done
        2 response.output_item.added
        2 0 response.content_part.added
        2 0 response.output_text.delta
        2 0 response.output_text.done
        2 0 response.content_part.done
        2 1 response.content_part.added
        2 1 response.output_text.delta
        2 1 response.output_text.annotation.added
        2 1 response.output_text.done
        2 1 response.content_part.done
        2 response.output_item.done
        3 response.output_item.added
        3 response.function_call_arguments.delta
        3 response.function_call_arguments.delta
        3 response.function_call_arguments.done
        3 response.output_item.done
        4 response.output_item.added
        4 response.function_call_arguments.delta
        4 response.function_call_arguments.done
        4 response.output_item.done
        response.completed";
    let expected: Vec<_> = expected.lines().map(str::trim).collect();
    assert_eq!(told, expected);
    assert_eq!(events[0]["response"]["status"], "in_progress");
    assert_eq!(events[0]["response"]["usage"], Value::Null);
    assert_eq!(
        events[11],
        serde_json::json!({"type": "response.output_item.added", "sequence_number": 11, "output_index": 2, "item":
            {"id": "msg_1_2", "type": "message", "role": "assistant", "status": "in_progress", "content": []}})
    );
    assert_eq!(
        events[13],
        serde_json::json!({"type": "response.output_text.delta", "sequence_number": 13, "item_id": "msg_1_2",
            "output_index": 2, "content_index": 0, "delta": "It \"is\"\n", "logprobs": []})
    );
    assert_eq!(events[18]["annotation"]["end_index"], 2);
    assert_eq!(events[25]["arguments"], "{\"a\":1}");
    assert_eq!(
        (&events[28]["delta"], &events[29]["arguments"]),
        (&"{}".into(), &"{}".into())
    );
    let last = &events[31]["response"];
    for (index, item) in last["output"].as_array().expect("items").iter().enumerate() {
        let done = |event: &&Value| {
            event["type"] == "response.output_item.done" && event["output_index"] == index
        };
        assert_eq!(
            events.iter().find(done).map(|event| &event["item"]),
            Some(item)
        );
    }
}

#[test]
fn an_answer_that_was_cut_says_so_at_its_end() {
    let mut chunks = vec![
        message_start(),
        start(0, text("a")),
        Chunk::ContentBlockStop(0),
    ];
    let Some(Chunk::MessageDelta(mut end)) = answer().into_iter().nth_back(1) else {
        panic!("an end");
    };
    end.stop_reason = StopReason::MaxTokens;
    chunks.extend([Chunk::MessageDelta(end), Chunk::MessageStop]);
    let events = events(&encode(&chunks, telling()));
    let [.., item, last] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(item["item"]["status"], "incomplete");
    assert_eq!(last["type"], "response.incomplete");
    assert_eq!(
        last["response"]["incomplete_details"]["reason"],
        "max_output_tokens"
    );
}

#[test]
fn a_stream_that_breaks_ends_with_an_error_wherever_it_breaks() {
    let chunks = answer();
    for count in 0..chunks.len() {
        let mut encoder = Encoder::new(telling());
        let mut out = String::new();
        for chunk in &chunks[..count] {
            encoder.push(chunk, &mut out);
        }
        let error = Error {
            code: Some("throttlingException".into()),
            ..Error::new(ErrorKind::RateLimited, "slow down")
        };
        encoder.fail(&error, "id", &mut out);
        let whole = out.clone();
        encoder.fail(&error, "id", &mut out);
        chunks
            .iter()
            .for_each(|chunk| encoder.push(chunk, &mut out));
        assert_eq!(out, whole, "nothing follows it");
        let events = events(&out);
        let [.., last, failed] = &events[..] else {
            panic!("no events");
        };
        assert_eq!(
            (&last["type"], &last["message"]),
            (&"error".into(), &"slow down".into())
        );
        assert_eq!(
            (&last["code"], &last["param"]),
            (&"throttlingException".into(), &Value::Null)
        );
        assert_eq!(last["error"]["message"], "slow down");
        let response = &failed["response"];
        assert_eq!(
            (&failed["type"], &response["status"]),
            (&"response.failed".into(), &"failed".into())
        );
        let told = serde_json::json!({"code": "throttlingException", "message": "slow down"});
        assert_eq!(response["error"], told);
        assert_eq!(response["model"], telling().model);
        let items = response["output"].as_array().expect("items");
        assert!(
            items
                .last()
                .is_none_or(|item| item["status"] != "in_progress"),
            "{response}"
        );
        assert!(!out.contains("response.completed"));
    }
}

#[test]
fn what_belongs_to_no_open_block_changes_nothing_and_is_told_where_it_loses_something() {
    let mut chunks = answer();
    chunks.insert(1, delta(0, Delta::TextDelta("astray".into())));
    for _ in 0..3 {
        chunks.insert(4, delta(0, Delta::TextDelta("astray".into())));
    }
    let out = encode(&chunks, telling());
    assert!(!out.contains("astray"));
    let events = events(&out);
    let warnings = &events.last().expect("events")["response"]["gateway"]["warnings"];
    assert_eq!(warnings.as_array().map(Vec::len), Some(1), "{warnings}");
}
