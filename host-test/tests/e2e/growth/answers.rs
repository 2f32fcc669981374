//! The lists of an answer.

use super::*;
use crate::support::codec_host::Answer;
use bedrock_emulator::Frame;
use bedrock_emulator::frames::Encoded;

/// A block of an answer: its start, and its deltas.
pub(crate) type Block = (Value, Vec<Value>);

/// The request that an answer is for, and the blocks of the answer.
type Ask = fn(usize, Name) -> (Request, Vec<Block>);

pub(crate) fn called(at: usize, name: &str, input: &str) -> Block {
    let start = json!({"toolUse": {"toolUseId": format!("id{at}"), "name": name}});
    (start, vec![json!({"toolUse": {"input": input}})])
}

/// As the codec sends it.
fn sent(codec: &mut CodecHost, request: &Request) -> Value {
    let exchange = codec.prepare(request, &calling("http://127.0.0.1:1"), Operation::Complete);
    serde_json::from_slice(&exchange.expect("an exchange").request.body).expect("JSON")
}

#[rustfmt::skip]
const ANSWERED: &[(&str, Ask)] = &[
    ("texts", |n, name| {
        (request().user("Hi"), (0..n).map(|at| (Value::Null, vec![json!({"text": name(at)})])).collect())
    }),
    ("deltas", |n, name| {
        (request().user("Hi"), vec![(Value::Null, (0..n).map(|at| json!({"text": name(at)})).collect())])
    }),
    ("thoughts", |n, name| (request().user("Hi"), (0..n).map(|at| (Value::Null, vec![
        json!({"reasoningContent": {"text": name(at)}}), json!({"reasoningContent": {"signature": name(at)}}),
    ])).collect())),
    ("citations of documents with other titles", |n, name| {
        let titled: Name = |at| format!("title.{at}");
        let request = said(Role::User, each(n, |at| document(Some(titled(at)), false)));
        let cited = |at: usize| json!({"citation": {
            "title": format!("title {at}"), "sourceContent": [{"text": name(at)}],
            "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}},
        }});
        (request, vec![(Value::Null, (0..n).map(cited).chain([json!({"text": "x"})]).collect())])
    }),
    ("calls of tools", |n, name| {
        let tools = (0..n).map(|at| tool(format!("{at} {}", name(at)), &renaming_schema())).collect();
        (Request { tools, ..request().user("Hi") }, (0..n).map(|at| called(at, "x", "{}")).collect())
    }),
    ("unknown kinds", |n, name| {
        (request().user("Hi"), (0..n).map(|at| (json!({name(at): {}}), vec![json!({name(at): 1})])).collect())
    }),
    ("unknown members", |n, name| {
        let members: Map<_, _> = (0..n).map(|at| (format!("{at}{}", name(at)), json!(1))).collect();
        (request().user("Hi"), vec![(Value::Null, vec![members.into()])])
    }),
    ("pieces of a result", |n, name| {
        let start = json!({"toolResult": {"toolUseId": "x", "type": "nova_x"}});
        (request().user("Hi"), vec![(start, (0..n).map(|at| json!({"toolResult": [{"text": name(at)}]})).collect())])
    }),
    ("calls and texts around JSON that was asked for", |n, name| {
        let mut request = request().user("Hi");
        request.output = Some(of(json!({"effort": null, "format": {
            "name": null, "description": null,
            "schema": r#"{"type":"object","properties":{"$x":{"type":"string"}},"required":["$x"]}"#,
        }})));
        let blocks = (0..n).map(|at| match at % 2 {
            0 => (Value::Null, vec![json!({"text": name(at)})]),
            _ => called(at, "structured_output", r#"{"x":1}"#),
        });
        (request, blocks.collect())
    }),
];

/// As a stream has them.
pub(crate) fn streamed(blocks: &[Block], all_at_once: bool) -> Vec<u8> {
    let mut frames = vec![Frame::event("messageStart", json!({"role": "assistant"}))];
    let event = |kind: &str, at: usize, member: &str, value: &Value| {
        Frame::event(kind, json!({"contentBlockIndex": at, member: value}))
    };
    for (at, (start, deltas)) in blocks.iter().enumerate() {
        if !start.is_null() {
            frames.push(event("contentBlockStart", at, "start", start));
        }
        if !all_at_once {
            frames.extend(
                deltas
                    .iter()
                    .map(|delta| event("contentBlockDelta", at, "delta", delta)),
            );
            frames.push(event("contentBlockStop", at, "stop", &Value::Null));
        }
    }
    for (at, (_, deltas)) in blocks.iter().enumerate().filter(|_| all_at_once).rev() {
        frames.extend(
            deltas
                .iter()
                .map(|delta| event("contentBlockDelta", at, "delta", delta)),
        );
        frames.push(event("contentBlockStop", at, "stop", &Value::Null));
    }
    frames.push(Frame::event(
        "messageStop",
        json!({"stopReason": "end_turn"}),
    ));
    frames.push(Frame::event(
        "metadata",
        json!({"usage": {"inputTokens": 1, "outputTokens": 1}}),
    ));
    Encoded::from_frames(&frames, true)
        .expect("frames")
        .bytes
        .to_vec()
}

/// As a whole answer has them.
pub(crate) fn whole(blocks: &[Block]) -> Vec<u8> {
    let content = blocks.iter().map(|(start, deltas)| {
        let mut block = Map::new();
        let mut cited = Vec::new();
        for value in [start].into_iter().chain(deltas) {
            for (name, value) in value.as_object().into_iter().flatten() {
                match (name.as_str(), block.get_mut(name)) {
                    ("citation", _) => cited.push(value.clone()),
                    ("toolUse", Some(Value::Object(call))) => {
                        let input = value["input"].as_str().unwrap_or_default();
                        call.insert(
                            "input".into(),
                            serde_json::from_str(input).unwrap_or_default(),
                        );
                    }
                    ("toolResult", Some(Value::Object(result))) => {
                        let pieces = result.entry("content").or_insert_with(|| json!([]));
                        pieces
                            .as_array_mut()
                            .expect("pieces")
                            .extend(value.as_array().cloned().unwrap_or_default());
                    }
                    ("reasoningContent", None) => {
                        block.insert(name.clone(), json!({"reasoningText": value}));
                    }
                    (_, None) => {
                        block.insert(name.clone(), value.clone());
                    }
                    _ => {}
                }
            }
        }
        if !cited.is_empty() {
            block.insert(
                "citationsContent".into(),
                json!({"content": [], "citations": cited}),
            );
        }
        Value::Object(block)
    });
    let content: Vec<_> = content.collect();
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1},
    })
    .to_string()
    .into_bytes()
}

/// What is sent under other names is called by them.
pub(crate) fn call_as_sent(sent: &Value, blocks: &mut [Block]) {
    let tools = sent["toolConfig"]["tools"].as_array().into_iter().flatten();
    let specs = tools.filter_map(|tool| tool.get("toolSpec"));
    let calls = blocks
        .iter_mut()
        .filter(|(start, _)| start["toolUse"]["name"] == "x");
    for (spec, (start, deltas)) in specs.zip(calls) {
        start["toolUse"]["name"] = spec["name"].clone();
        let properties = spec["inputSchema"]["json"]["properties"].as_object();
        let input: Map<_, _> = properties
            .into_iter()
            .flatten()
            .map(|(name, _)| (name.clone(), json!(1)))
            .collect();
        deltas[0]["toolUse"]["input"] = Value::Object(input).to_string().into();
    }
}

fn decoding(
    growth: &mut Growth,
    codec: &mut CodecHost,
    what: &str,
    ask: impl Fn(usize) -> (Request, Vec<Block>),
) {
    let context = calling("http://127.0.0.1:1");
    for (form, operation, few) in [
        ("whole", Operation::Complete, 200),
        ("as a stream", Operation::Stream, 200),
        ("as a stream, at once", Operation::Stream, 40),
    ] {
        // Only calls wait for each other.
        if few < 200 && !what.starts_with("calls") {
            continue;
        }
        growth.measure_from(&format!("{what}, {form}"), few, |n| {
            let (request, mut blocks) = ask(n);
            let sent = sent(codec, &request);
            call_as_sent(&sent, &mut blocks);
            let exchange = codec
                .prepare(&request, &context, operation)
                .expect("an exchange");
            let (kind, body) = match operation {
                Operation::Complete => ("application/json", whole(&blocks)),
                _ => (
                    "application/vnd.amazon.eventstream",
                    streamed(&blocks, few < 200),
                ),
            };
            let answer = Answer {
                status: 200,
                headers: vec![("content-type".into(), kind.into())],
                body: body.into(),
            };
            let (count, error) = codec.instructions(|codec| match operation {
                Operation::Complete => codec.response(&exchange.state, &answer).err(),
                _ => {
                    codec
                        .decode(&exchange.state, &answer, answer.body.chunks(8 * 1024))
                        .1
                }
            });
            assert_eq!(error, None, "{what}, {form}");
            count
        });
    }
}

#[test]
fn decoding_an_answer_grows_with_no_list_of_it_by_more_than_its_length() {
    let (mut growth, mut codec) = (Growth::default(), CodecHost::counting());
    for (what, ask) in ANSWERED {
        for (names, name) in NAMES {
            decoding(&mut growth, &mut codec, &format!("{what}, {names}"), |n| {
                ask(n, *name)
            });
        }
    }
    decoding(
        &mut growth,
        &mut codec,
        "calls of a tool of many renamed properties",
        |n| {
            let properties = object(n, |at| (format!("${at}"), "{}".into()));
            let request = shaped(
                &format!(r#"{{"type":"object","properties":{properties}}}"#),
                false,
            );
            (request, (0..n).map(|at| called(at, "tool", "{}")).collect())
        },
    );
    growth.hold();
}
