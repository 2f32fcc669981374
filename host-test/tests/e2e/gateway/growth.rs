//! Work grows in proportion to what it is for, in each client's API too: see [`crate::growth`].

use super::calls::{ANN, variables};
use super::host::Gateway;
use crate::growth::{Block, call_as_sent, called, list, object, streamed, whole};
use crate::support::components::GATEWAY;
use crate::support::growth::{Growth, NAMES, Name};
use crate::support::wire::listen;
use bedrock_emulator::{EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

const MESSAGES: &str = "/v1/messages";
const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";

/// Elements of the shortest list.
const FEW: usize = 100;

/// A model that takes everything but structured output, by the profile that it is called by.
const MODEL: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";

/// Bedrock, which answers everything by these blocks.
#[derive(Clone, Default)]
struct Bedrock(Arc<Mutex<Vec<Block>>>);

impl Bedrock {
    async fn start(&self) -> SocketAddr {
        let (listener, _) = listen().await;
        let address = listener.local_addr().expect("an address");
        let bedrock = self.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let bedrock = bedrock.clone();
                let service = service_fn(move |request| bedrock.clone().answer(request));
                let connection = http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(socket), service));
            }
        });
        address
    }

    fn will_say(&self, blocks: Vec<Block>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = blocks;
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let is_stream = request.uri().path().ends_with("stream");
        let sent = request.into_body().collect().await.expect("a body");
        let sent = serde_json::from_slice(&sent.to_bytes()).unwrap_or_default();
        let mut blocks = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        call_as_sent(&sent, &mut blocks);
        let (kind, body) = match is_stream {
            true => (
                "application/vnd.amazon.eventstream",
                streamed(&blocks, false),
            ),
            false => ("application/json", whole(&blocks)),
        };
        let answer = Response::builder().header("content-type", kind);
        Ok(answer.body(Full::from(body)).expect("an answer"))
    }
}

/// The body of a request with a list of so many elements, which are called so.
type Fill = fn(usize, Name) -> String;

/// A body with these members besides what each must have.
fn body(path: &str, members: &str) -> String {
    let must = match path {
        RESPONSES => r#""input":"Hi","store":false"#.to_owned(),
        _ => r#""messages":[{"role":"user","content":"Hi"}],"max_tokens":100"#.to_owned(),
    };
    format!(r#"{{"model":"{MODEL}",{must},{members}}}"#)
}

/// A body of these turns or items, and these members.
fn said(path: &str, said: &[Value], members: &str) -> String {
    let said = Value::from(said);
    let must = match path {
        RESPONSES => format!(r#""input":{said},"store":false"#),
        _ => format!(r#""messages":{said},"max_tokens":100"#),
    };
    let comma = if members.is_empty() { "" } else { "," };
    format!(r#"{{"model":"{MODEL}",{must}{comma}{members}}}"#)
}

fn user(content: Value) -> Value {
    json!({"role": "user", "content": content})
}

fn assistant(content: Value) -> Value {
    json!({"role": "assistant", "content": content})
}

fn each(n: usize, of_one: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..n).map(of_one).collect()
}

fn unknown(n: usize, name: Name) -> String {
    let members = object(n, |at| (format!("x{}", name(at)), "1".into()));
    members[1..members.len() - 1].to_owned()
}

fn function(name: String) -> Value {
    json!({"type": "function", "name": name, "parameters": {"type": "object", "properties": {"$x": {}}}})
}

fn chat_function(name: String) -> Value {
    json!({"type": "function", "function": {"name": name, "parameters": {"type": "object"}}})
}

fn chat_call(id: String, name: String) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}})
}

fn function_call(id: String, name: String) -> [Value; 2] {
    [
        json!({"type": "function_call", "call_id": id, "name": name, "arguments": "{}"}),
        json!({"type": "function_call_output", "call_id": id, "output": "x"}),
    ]
}

/// 2048 long names that begin alike and have one hash, the 32 bits of FNV-1a that a name of a tool has room for, behind
/// what stands before them.
fn names_of_one_hash(before: &str) -> Vec<String> {
    let hash = |state: u32, text: &str| {
        text.bytes().fold(state, |state, byte| {
            (state ^ u32::from(byte)).wrapping_mul(0x1b3)
        })
    };
    let mut names = vec!["p".repeat(60)];
    let mut state = hash(hash(0x8422_2325, before), &names[0]);
    for _ in 0..11 {
        let mut seen = HashMap::new();
        let (one, other) = (0_u32..)
            .find_map(|at| {
                let piece = format!("{at:06x}");
                let first = seen.insert(hash(state, &piece), piece.clone())?;
                Some((first, piece))
            })
            .expect("two of 2³²");
        state = hash(state, &one);
        names = names
            .iter()
            .flat_map(|name| [&one, &other].map(|piece| [name, &**piece].concat()))
            .collect();
    }
    names
}

#[rustfmt::skip]
const LISTS: &[(&str, &str, Fill)] = &[
    (MESSAGES, "system", |n, name| body(MESSAGES, &format!(r#""system":{}"#, Value::from(each(n, |at| json!({"type": "text", "text": name(at)})))))),
    (MESSAGES, "messages", |n, name| said(MESSAGES, &each(n, |at| match at % 2 {
        0 => user(name(at).into()), _ => assistant(name(at).into()),
    }), "")),
    (MESSAGES, "texts", |n, name| said(MESSAGES, &[user(each(n, |at| json!({
        "type": "text", "text": name(at), "cache_control": {"type": "ephemeral"},
    })).into())], "")),
    (MESSAGES, "documents", |n, name| said(MESSAGES, &[user(each(n, |at| json!({
        "type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}, "title": name(at),
    })).into())], "")),
    (MESSAGES, "documents without a title", |n, _| said(MESSAGES, &[user(each(n, |_| json!({
        "type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"},
    })).into())], "")),
    (MESSAGES, "calls and results", |n, name| said(MESSAGES, &[
        user("Hi".into()),
        assistant(each(n, |at| json!({"type": "tool_use", "id": name(at), "name": name(at), "input": {}})).into()),
        user((0..n).rev().map(|at| json!({"type": "tool_result", "tool_use_id": name(at), "content": name(at)})).collect()),
    ], "")),
    (MESSAGES, "citations", |n, name| said(MESSAGES, &[user("Hi".into()), assistant(json!([{
        "type": "text", "text": "x", "citations": each(n, |at| json!({
            "type": "page_location", "cited_text": "x", "document_index": 0, "document_title": name(at),
            "start_page_number": 1, "end_page_number": 2,
        })),
    }])), user("Hi".into())], "")),
    (MESSAGES, "blocks nobody knows", |n, name| said(MESSAGES, &[user("Hi".into()), assistant(each(n, |at| {
        json!({"type": format!("x{}", name(at))})
    }).into()), user("Hi".into())], "")),
    (MESSAGES, "tools", |n, name| body(MESSAGES, &format!(r#""tools":{}"#, Value::from(each(n, |at| {
        json!({"name": name(at), "input_schema": {"type": "object"}, "defer_loading": true})
    }))))),
    (MESSAGES, "settings of a tool", |n, name| body(MESSAGES, &format!(
        r#""tools":[{{"type":"computer_20250124","name":"computer",{}}}]"#, unknown(n, name),
    ))),
    (MESSAGES, "betas", |n, name| body(MESSAGES, &format!(r#""betas":{}"#, list(n, name)))),
    (MESSAGES, "stop sequences", |n, name| body(MESSAGES, &format!(r#""stop_sequences":{}"#, list(n, name)))),
    (MESSAGES, "metadata", |n, name| body(MESSAGES, &format!(r#""metadata":{}"#, object(n, |at| (name(at), "\"x\"".into()))))),
    (MESSAGES, "members nobody knows", |n, name| body(MESSAGES, &unknown(n, name))),
    (MESSAGES, "members of a block that nobody knows", |n, name| format!(
        r#"{{"model":"{MODEL}","max_tokens":1,"messages":[{{"role":"user","content":[{{"type":"text","text":"Hi",{}}}]}}]}}"#,
        unknown(n, name),
    )),
    (MESSAGES, "extensions", |n, name| body(MESSAGES, &format!(
        r#""extensions":{{"bedrock":{{"additionalModelRequestFields":{}}}}}"#, object(n, |at| (name(at), "1".into())),
    ))),
    (MESSAGES, "edits of the context", |n, _| body(MESSAGES, &format!(
        r#""context_management":{{"edits":[{}]}}"#, vec![r#"{"type":"clear_tool_uses_20250919"}"#; n].join(","),
    ))),
    (CHAT, "messages", |n, name| said(CHAT, &each(n, |at| match at % 3 {
        0 => user(name(at).into()), 1 => assistant(name(at).into()), _ => json!({"role": "developer", "content": name(at)}),
    }), "")),
    (CHAT, "parts", |n, name| said(CHAT, &[user(each(n, |at| json!({"type": "text", "text": name(at)})).into())], "")),
    (CHAT, "files", |n, name| said(CHAT, &[user(each(n, |at| json!({
        "type": "file", "file": {"filename": name(at), "file_data": "data:text/plain;base64,eHh4"},
    })).into())], "")),
    (CHAT, "thoughts", |n, name| said(CHAT, &[user("Hi".into()), json!({
        "role": "assistant", "content": "x",
        "thinking_blocks": each(n, |at| json!({"type": "thinking", "thinking": name(at), "signature": name(at)})),
    })], "")),
    (CHAT, "calls and results", |n, name| {
        let mut messages = vec![user("Hi".into())];
        messages.push(json!({"role": "assistant", "tool_calls": each(n, |at| chat_call(name(at), name(at)))}));
        messages.extend((0..n).rev().map(|at| json!({"role": "tool", "tool_call_id": name(at), "content": name(at)})));
        said(CHAT, &messages, "")
    }),
    (CHAT, "calls of functions", |n, name| {
        let messages = (0..n).flat_map(|at| [
            json!({"role": "assistant", "function_call": {"name": name(at), "arguments": "{}"}}),
            json!({"role": "function", "name": name(at), "content": "x"}),
        ]);
        said(CHAT, &messages.collect::<Vec<_>>(), "")
    }),
    (CHAT, "tools", |n, name| body(CHAT, &format!(r#""tools":{}"#, Value::from(each(n, |at| chat_function(name(at))))))),
    (CHAT, "functions", |n, name| body(CHAT, &format!(r#""functions":{}"#, Value::from(each(n, |at| json!({"name": name(at)})))))),
    (CHAT, "custom tools", |n, name| body(CHAT, &format!(r#""tools":{}"#, Value::from(each(n, |at| {
        json!({"type": "custom", "custom": {"name": name(at)}})
    }))))),
    (CHAT, "tools nobody knows", |n, name| body(CHAT, &format!(
        r#""tools":{},"tool_choice":"required""#, Value::from(each(n, |at| json!({"type": format!("x{}", name(at))}))),
    ))),
    (CHAT, "allowed tools", |n, name| body(CHAT, &format!(
        r#""tools":{},"tool_choice":{}"#,
        Value::from(each(n, |at| chat_function(format!("{at}{}", name(at))))),
        json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": each(n, |at| {
            json!({"type": "function", "function": {"name": format!("{at}{}", name(at))}})
        })}}),
    ))),
    (CHAT, "stop sequences", |n, name| body(CHAT, &format!(r#""stop":{}"#, list(n, name)))),
    (CHAT, "metadata", |n, name| body(CHAT, &format!(r#""metadata":{}"#, object(n, |at| (name(at), "\"x\"".into()))))),
    (CHAT, "modalities", |n, _| body(CHAT, &format!(r#""modalities":{}"#, list(n, |_| "text".into())))),
    (CHAT, "members nobody knows", |n, name| body(CHAT, &unknown(n, name))),
    (RESPONSES, "items", |n, name| said(RESPONSES, &each(n, |at| match at % 3 {
        0 => user(name(at).into()), 1 => assistant(name(at).into()), _ => json!({"role": "developer", "content": name(at)}),
    }), "")),
    (RESPONSES, "thoughts", |n, name| said(RESPONSES, &each(n, |at| json!({
        "type": "reasoning", "summary": [{"type": "summary_text", "text": name(at)}], "encrypted_content": "signature:x",
    })), "")),
    (RESPONSES, "items nobody knows", |n, name| said(RESPONSES, &each(n, |at| json!({"type": format!("x{}", name(at))})), "")),
    (RESPONSES, "calls, each with its result", |n, name| {
        let items = (0..n).flat_map(|at| function_call(name(at), name(at)));
        said(RESPONSES, &items.collect::<Vec<_>>(), "")
    }),
    (RESPONSES, "calls, and then results", |n, name| {
        let calls = (0..n).map(|at| function_call(name(at), name(at))).collect::<Vec<_>>();
        let items = calls.iter().map(|[call, _]| call).chain(calls.iter().rev().map(|[_, result]| result));
        said(RESPONSES, &items.cloned().collect::<Vec<_>>(), "")
    }),
    (RESPONSES, "tools found", |n, name| said(RESPONSES, &each(n, |at| json!({
        "type": "tool_search_output", "call_id": at.to_string(), "execution": "client", "tools": [function(name(at))],
    })), "")),
    (RESPONSES, "more tools", |n, name| said(RESPONSES, &[user("Hi".into()), json!({
        "type": "additional_tools", "role": "developer", "tools": each(n, |at| function(name(at))),
    })], "")),
    (RESPONSES, "tools", |n, name| body(RESPONSES, &format!(r#""tools":{}"#, Value::from(each(n, |at| function(name(at))))))),
    (RESPONSES, "tools of a namespace, and their calls", |n, name| {
        let items = (0..n).map(|at| {
            let [mut call, _] = function_call(at.to_string(), name(at));
            call["namespace"] = "space".into();
            call
        });
        let tools = json!([{"type": "namespace", "name": "space", "tools": each(n, |at| function(name(at)))}]);
        said(RESPONSES, &items.collect::<Vec<_>>(), &format!(r#""tools":{tools}"#))
    }),
    (RESPONSES, "namespaces, and those that are allowed", |n, name| body(RESPONSES, &format!(
        r#""tools":{},"tool_choice":{}"#,
        Value::from(each(n, |at| json!({"type": "namespace", "name": format!("x{}", name(at)), "tools": [function(at.to_string())]}))),
        json!({"type": "allowed_tools", "mode": "auto", "tools": each(n, |at| {
            json!({"type": "namespace", "name": format!("x{}", name(at))})
        })}),
    ))),
    (RESPONSES, "a namespace that is allowed again and again", |n, name| body(RESPONSES, &format!(
        r#""tools":[{{"type":"namespace","name":"space","tools":{}}}],"tool_choice":{}"#,
        Value::from(each(n, |at| function(name(at)))),
        json!({"type": "allowed_tools", "mode": "auto", "tools": each(n, |_| json!({"type": "namespace", "name": "space"}))}),
    ))),
    (RESPONSES, "tools that are dropped, and allowed", |n, name| {
        let mut tools = each(n, |at| json!({"type": format!("x{}", name(at))}));
        tools.push(json!({"type": "shell", "environment": {"type": "container_auto"}}));
        tools.push(function("x".into()));
        body(RESPONSES, &format!(
            r#""tools":{},"tool_choice":{}"#,
            Value::from(tools),
            json!({"type": "allowed_tools", "mode": "auto", "tools": each(n, |_| json!({"type": "shell"}))}),
        ))
    }),
    (RESPONSES, "tools whose names have one hash", |n, _| {
        let names = names_of_one_hash("space/").into_iter().take(n);
        let tools: Vec<_> = names.map(function).collect();
        body(RESPONSES, &format!(r#""tools":{}"#, json!([{"type": "namespace", "name": "space", "tools": tools}])))
    }),
    (RESPONSES, "what is included", |n, name| body(RESPONSES, &format!(r#""include":{}"#, list(n, name)))),
    (RESPONSES, "metadata", |n, name| body(RESPONSES, &format!(r#""metadata":{}"#, object(n, |at| (name(at), "\"x\"".into()))))),
    (RESPONSES, "members nobody knows", |n, name| body(RESPONSES, &unknown(n, name))),
];

/// The blocks of an answer, so many, which are called so.
type Answer = fn(usize, Name) -> Vec<Block>;

#[rustfmt::skip]
const ANSWERS: &[(&str, Answer)] = &[
    ("texts", |n, name| (0..n).map(|at| (Value::Null, vec![json!({"text": name(at)})])).collect()),
    ("deltas", |n, name| vec![(Value::Null, (0..n).map(|at| json!({"text": name(at)})).collect())]),
    ("thoughts", |n, name| (0..n).map(|at| (Value::Null, vec![
        json!({"reasoningContent": {"text": name(at)}}), json!({"reasoningContent": {"signature": name(at)}}),
    ])).collect()),
    ("calls", |n, _| (0..n).map(|at| called(at, "x", "{}")).collect()),
    ("citations of pages", |n, name| {
        let cited = |at: usize| json!({"citation": {"title": name(at), "location": {"web": {"url": "https://x"}}}});
        vec![(Value::Null, [json!({"text": "x"})].into_iter().chain((0..n).map(cited)).collect())]
    }),
    ("texts with citations of documents", |n, name| (0..n).map(|at| (Value::Null, vec![
        json!({"text": "x"}),
        json!({"citation": {"title": name(at), "location": {"documentPage": {"start": 1, "end": 2}}}}),
    ])).collect()),
    ("results of tools that AWS runs", |n, name| (0..n).map(|at| (
        json!({"toolResult": {"toolUseId": "x", "type": "nova_x"}}), vec![json!({"toolResult": [{"text": name(at)}]})],
    )).collect()),
];

/// A gateway before this Bedrock, whose instructions are counted.
async fn gateway(bedrock: &Bedrock) -> Gateway {
    let url = format!("http://{}", bedrock.start().await);
    let set = variables(&[
        ("AWS_ACCESS_KEY_ID", EXAMPLE_ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", EXAMPLE_SECRET_ACCESS_KEY),
        ("AWS_REGION", "us-east-1"),
        ("AWS_MAX_ATTEMPTS", "1"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &url),
        ("GATEWAY_OPEN", "true"),
    ]);
    Gateway::counting(GATEWAY, set).await
}

/// How work grows with a list: `body` is a request of so many elements.
async fn measure(
    growth: &mut Growth,
    gateway: &Gateway,
    path: &str,
    what: &str,
    mut body: impl FnMut(usize) -> String,
) {
    let mut counts = Vec::new();
    for n in [FEW, FEW * 4, FEW * 16] {
        gateway.post(path, ANN, &body(n)).await;
        counts.push((n, gateway.instructions().await));
    }
    let count = |n| {
        counts
            .iter()
            .find(|(of, _)| *of == n)
            .map_or(0, |(_, count)| *count)
    };
    growth.measure_from(&format!("{path}: {what}"), FEW, count);
}

#[tokio::test]
async fn reading_a_request_grows_with_no_list_of_it_by_more_than_its_length() {
    let bedrock = Bedrock::default();
    bedrock.will_say(vec![(Value::Null, vec![json!({"text": "Hi"})])]);
    let gateway = gateway(&bedrock).await;
    let mut growth = Growth::default();
    for (path, what, fill) in LISTS {
        for (names, name) in NAMES.iter().take(4) {
            let what = format!("{what}, {names}");
            measure(&mut growth, &gateway, path, &what, |n| fill(n, *name)).await;
        }
    }
    growth.hold();
}

#[tokio::test]
async fn telling_an_answer_grows_with_no_list_of_it_by_more_than_its_length() {
    let bedrock = Bedrock::default();
    let gateway = gateway(&bedrock).await;
    let mut growth = Growth::default();
    for (path, is_stream) in [MESSAGES, CHAT, RESPONSES]
        .into_iter()
        .flat_map(|path| [(path, false), (path, true)])
    {
        for (what, answer) in ANSWERS {
            for (names, name) in NAMES.iter().take(3) {
                let what = format!(
                    "{what}, {names}, {}",
                    if is_stream { "as a stream" } else { "whole" }
                );
                measure(&mut growth, &gateway, path, &what, |n| {
                    bedrock.will_say(answer(n, *name));
                    let tools: Vec<Value> = match (*what).starts_with("calls") {
                        false => Vec::new(),
                        true => each(n, |at| {
                            let name = format!("{at} {}", name(at));
                            match path {
                                MESSAGES => json!({"name": name, "input_schema": {"type": "object", "properties": {"$x": {}}}}),
                                CHAT if at % 2 == 0 => json!({"type": "custom", "custom": {"name": name}}),
                                CHAT => chat_function(name),
                                _ if at % 2 == 0 => json!({"type": "custom", "name": name}),
                                _ => function(name),
                            }
                        }),
                    };
                    body(path, &format!(r#""tools":{},"stream":{is_stream}"#, Value::from(tools)))
                }).await;
            }
        }
    }
    growth.hold();
}
