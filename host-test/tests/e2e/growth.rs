//! Work grows in proportion to what it is for: no list of a request or of an answer, however long, makes it grow with the
//! square of its length. Here the lists of the canonical shape, through the codec; those of the clients' APIs are in
//! [`crate::gateway`].

mod answers;

pub(crate) use answers::{Block, call_as_sent, called, streamed, whole};

use crate::support::calls::{CLAUDE, calling};
use crate::support::codec_host::CodecHost;
use crate::support::codec_host::exports::llm::provider::codec::Operation;
use crate::support::growth::{Growth, NAMES, Name};
use bedrock_host::types::{
    CacheControl, ContentBlock, Message, PlainText, Request, Role, TextBlock, Tool,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// A request with a list of so many elements, which are called so.
type Fill = fn(usize, Name) -> Request;

/// The same, where names say nothing.
type FillUnnamed = fn(usize) -> Request;

/// Part of a request, in the shape that serde gives the types of WIT.
fn of<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the shape of its type")
}

/// One of these for each element.
fn each<T: DeserializeOwned>(n: usize, of_one: impl Fn(usize) -> Value) -> Vec<T> {
    (0..n).map(|at| of(of_one(at))).collect()
}

fn request() -> Request {
    Request::new(CLAUDE)
}

/// Of one turn.
fn said(role: Role, content: Vec<ContentBlock>) -> Request {
    let mut request = request().user("Hi");
    request.messages.push(Message { role, content });
    request
}

fn text(text: impl Into<String>) -> ContentBlock {
    ContentBlock::Text(TextBlock::new(text))
}

fn document(title: Option<String>, cached: bool) -> Value {
    let control = cached.then(|| json!({"ttl": null}));
    json!({"Document": {
        "source": {"Text": "words"}, "title": title, "context": null, "citations": false, "cache_control": control,
    }})
}

fn call(id: String, name: String, input: String) -> Value {
    json!({"ToolUse": {"id": id, "name": name, "input": input, "cache_control": null}})
}

fn result(id: String) -> Value {
    json!({"ToolResult": {"tool_use_id": id, "content": [], "is_error": false, "cache_control": null}})
}

fn tool(name: String, schema: &Value) -> Tool {
    of(json!({
        "name": name, "description": null, "input_schema": schema.to_string(), "strict": null, "server_type": null,
        "cache_control": null,
    }))
}

/// What lets tools be strict, as many as there are.
const STRICT: &str = r#"{"strict_tools":true,"max_strict_tools":0}"#;

/// One tool of this schema.
fn shaped(schema: &str, is_strict: bool) -> Request {
    let mut tool = tool("tool".into(), &Value::Null);
    tool.input_schema = schema.into();
    tool.strict = Some(is_strict);
    let request = Request {
        tools: vec![tool],
        ..request().user("Hi")
    };
    match is_strict {
        true => able(STRICT, request),
        false => request,
    }
}

/// A JSON object of so many members, duplicates too.
pub(crate) fn object(n: usize, member: impl Fn(usize) -> (String, String)) -> String {
    let members = (0..n).map(member);
    let members: Vec<_> = members
        .map(|(name, value)| format!("{}:{value}", json!(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// A request with these extensions.
fn extended(provider: &str, member: &str, value: &str) -> Request {
    let (provider, member) = (json!(provider), json!(member));
    Request {
        extensions: Some(format!("{{{provider}:{{{member}:{value}}}}}")),
        ..request().user("Hi")
    }
}

/// A request with these capabilities instead of the model's.
fn able(capabilities: &str, request: Request) -> Request {
    Request {
        extensions: Some(format!(
            r#"{{"bedrock":{{"capabilities":{capabilities}}}}}"#
        )),
        ..request
    }
}

/// Calls in one turn, and in the next what they returned, the last first.
fn calls(n: usize, id: Name, name: Name, tools: Vec<Tool>) -> Request {
    let calls = each(n, |at| call(id(at), name(at), r#"{"$filter":1}"#.into()));
    let results: Vec<Value> = (0..n).rev().map(|at| result(id(at))).collect();
    let mut request = said(Role::Assistant, calls);
    request.messages.push(Message {
        role: Role::User,
        content: of(results.into()),
    });
    request.tools = tools;
    request
}

fn renaming_schema() -> Value {
    json!({"type": "object", "properties": {"$filter": {"type": "string"}}})
}

pub(crate) fn list(n: usize, name: Name) -> String {
    let names: Vec<_> = (0..n).map(name).collect();
    json!(names).to_string()
}

#[rustfmt::skip]
const NAMED: &[(&str, Fill)] = &[
    ("system", |n, name| Request {
        system: (0..n).map(|at| PlainText::new(name(at))).collect(),
        ..request().user("Hi")
    }),
    ("turns", |n, name| (0..n).fold(request(), |mut request, at| {
        let role = if at % 2 == 0 { Role::User } else { Role::Assistant };
        request.messages.push(Message { role, content: vec![text(name(at))] });
        request
    })),
    ("turns of one role", |n, name| (0..n).fold(request(), |request, at| request.user(name(at)))),
    ("instructions between turns", |n, name| (0..n).fold(request().user("Hi"), |mut request, at| {
        request.messages.push(Message { role: Role::System, content: vec![text(name(at))] });
        request
    })),
    ("texts", |n, name| said(Role::User, (0..n).map(|at| text(name(at))).collect())),
    ("texts that end a cached prefix", |n, name| said(Role::User, (0..n).map(|at| {
        let cache_control = Some(CacheControl { ttl: None });
        ContentBlock::Text(TextBlock { cache_control, ..TextBlock::new(name(at)) })
    }).collect())),
    ("documents", |n, name| said(Role::User, each(n, |at| document(Some(name(at)), false)))),
    ("documents that end a cached prefix", |n, name| {
        said(Role::User, each(n, |at| document(Some(name(at)), true)))
    }),
    ("documents in a result", |n, name| {
        let content: Vec<Value> = (0..n).map(|at| document(Some(name(at)), false)).collect();
        let mut request = calls(1, name, name, vec![]);
        let results = json!([{"ToolResult": {
            "tool_use_id": name(0), "content": content, "is_error": true, "cache_control": null,
        }}]);
        request.messages[2].content = of(results);
        request
    }),
    ("documents beside a result", |n, name| {
        let mut request = calls(1, name, name, vec![]);
        let documents: Vec<ContentBlock> = each(n, |at| document(Some(name(at)), at % 2 == 0));
        request.messages[2].content.extend(documents);
        request
    }),
    ("citations", |n, name| {
        let citations: Vec<Value> = (0..n).map(|at| json!({"PageLocation": {
            "cited_text": "x", "document_index": 0, "document_title": name(at), "start_page_number": 1,
            "end_page_number": 2,
        }})).collect();
        let text = json!({"Text": {"text": "x", "citations": citations, "cache_control": null}});
        said(Role::Assistant, vec![of(text)])
    }),
    ("search results", |n, name| said(Role::User, each(n, |at| json!({"SearchResult": {
        "source": name(at), "title": name(at), "content": [name(at)], "citations": true, "cache_control": null,
    }})))),
    ("texts of a search result", |n, name| {
        let texts: Vec<_> = (0..n).map(name).collect();
        said(Role::User, vec![of(json!({"SearchResult": {
            "source": "x", "title": "x", "content": texts, "citations": true, "cache_control": null,
        }}))])
    }),
    ("texts of a document", |n, name| {
        let texts: Vec<_> = (0..n).map(name).chain(["x".into()]).collect();
        said(Role::User, vec![of(json!({"Document": {
            "source": {"Blocks": texts}, "title": null, "context": null, "citations": false, "cache_control": null,
        }}))])
    }),
    ("ids of calls", |n, name| calls(n, name, |_| "tool".into(), vec![])),
    ("ids of calls of nine characters", |n, name| {
        able(r#"{"tool_ids":"nine"}"#, calls(n, name, |_| "tool".into(), vec![]))
    }),
    ("ids of calls, each in a turn", |n, name| (0..n).fold(request().user("Hi"), |mut request, at| {
        let turn = of(json!([call(name(at), "tool".into(), "{}".into())]));
        request.messages.push(Message { role: Role::Assistant, content: turn });
        request.messages.push(Message { role: Role::User, content: of(json!([result(name(at))])) });
        request
    })),
    ("results without calls", |n, name| said(Role::User, each(n, |at| result(name(at))))),
    ("names of calls without tools", |n, name| calls(n, |at| at.to_string(), name, vec![])),
    ("calls told as text", |n, name| {
        able(r#"{"tools":false}"#, calls(n, |at| at.to_string(), name, vec![]))
    }),
    ("names of system tools", |n, name| {
        let mut request = said(Role::Assistant, each(n, |at| json!({"ServerToolUse": {
            "id": name(at), "name": format!("nova_{}", name(at)), "input": "{}", "cache_control": null,
        }})));
        request = able(r#"{"system_tools":true}"#, request);
        request
    }),
    ("results of system tools", |n, name| able(r#"{"system_tools":true}"#, said(Role::Assistant, each(n, |at| {
        json!({"ServerToolResult": {"tool_use_id": name(at), "kind": "nova_x", "content": "[{\"text\":\"x\"}]"}})
    })))),
    ("tools", |n, name| Request {
        tools: (0..n).map(|at| tool(name(at), &json!({"type": "object"}))).collect(),
        ..request().user("Hi")
    }),
    ("strict tools", |n, name| able(STRICT, Request {
        tools: (0..n).map(|at| Tool { strict: Some(true), ..tool(name(at), &renaming_schema()) }).collect(),
        ..request().user("Hi")
    })),
    ("tools whose properties are renamed, and their calls", |n, name| {
        let tools = (0..n).map(|at| tool(name(at), &renaming_schema())).collect();
        calls(n, |at| at.to_string(), name, tools)
    }),
    ("tools of Anthropic's, and betas", |n, name| Request {
        tools: (0..n).map(|at| Tool {
            server_type: Some("computer_20250124".into()), ..tool(name(at), &json!({}))
        }).collect(),
        betas: (0..n).map(name).collect(),
        ..request().user("Hi")
    }),
    ("properties", |n, name| {
        let properties = object(n, |at| (name(at), "{}".into()));
        let required = list(n, name);
        shaped(&format!(r#"{{"type":"object","properties":{properties},"required":{required}}}"#), false)
    }),
    ("properties of a strict tool", |n, name| {
        let properties = object(n, |at| (name(at), r#"{"type":"string"}"#.into()));
        let required = list(n, name);
        shaped(&format!(r#"{{"type":"object","properties":{properties},"required":{required}}}"#), true)
    }),
    ("renamed properties, and their values", |n, name| {
        let properties = object(n, |at| (format!("${}", name(at)), "{}".into()));
        let mut request = said(Role::Assistant, vec![of(call(
            "id".into(), "tool".into(), object(n, |at| (format!("${}", name(at)), "1".into())),
        ))]);
        request.tools = shaped(&format!(r#"{{"type":"object","properties":{properties}}}"#), false).tools;
        request
    }),
    ("members of an input", |n, name| said(Role::Assistant, vec![of(call(
        "id".into(), "tool".into(), object(n, |at| (name(at), "1".into())),
    ))])),
    ("keywords nobody knows", |n, name| {
        let keywords = object(n, |at| (format!("x{}", name(at)), "\"v\"".into()));
        shaped(&format!(r#"{{"type":"object","properties":{{"p":{{"type":"string","not":1}},"q":{keywords}}},"required":[]}}"#), true)
    }),
    ("keywords nobody knows, of a plain root", |n, name| {
        let keywords = object(n, |at| (format!("x{}", name(at)), "\"v\"".into()));
        able(r#"{"tool_schemas":"plain_root"}"#, shaped(&keywords, false))
    }),
    ("descriptions and keywords nobody knows", |n, name| {
        let keywords = object(n * 2, |at| match at % 2 {
            0 => (format!("x{}", name(at)), "1".into()),
            _ => ("description".into(), "\"v\"".into()),
        });
        shaped(&format!(r#"{{"type":"object","properties":{{"q":{{"type":"string",{}}},"required":[]}}"#, &keywords[1..]), true)
    }),
    ("definitions and references", |n, name| {
        let definitions = object(n, |at| (format!("d{}", name(at)), r#"{"type":"string"}"#.into()));
        let properties = object(n, |at| {
            (format!("p{at}"), json!({"$ref": format!("#/$defs/d{}", name(at))}).to_string())
        });
        shaped(&format!(r#"{{"type":"object","$defs":{definitions},"properties":{properties}}}"#), true)
    }),
    ("definitions in the place of references", |n, name| {
        let definitions = object(n, |at| (format!("d{}", name(at)), r#"{"type":"string"}"#.into()));
        let properties = object(n, |at| {
            (format!("p{at}"), json!({"$ref": format!("#/$defs/d{}", name(at))}).to_string())
        });
        let schema = format!(r#"{{"type":"object","$defs":{definitions},"properties":{properties}}}"#);
        able(r#"{"tool_schemas":"plain_root"}"#, shaped(&schema, false))
    }),
    ("values of an enumeration", |n, name| {
        let values = list(n, name);
        shaped(&format!(r#"{{"type":"object","properties":{{"p":{{"enum":{values}}}}}}}"#), true)
    }),
    ("alternatives at the root", |n, name| {
        let alternatives: Vec<_> = (0..n).map(|at| {
            let property = object(1, |_| (format!("p{}", name(at)), "{}".into()));
            format!(r#"{{"properties":{property},"required":[{}]}}"#, json!(format!("p{}", name(at))))
        }).collect();
        shaped(&format!(r#"{{"type":"object","oneOf":[{}]}}"#, alternatives.join(",")), false)
    }),
    ("keywords oneOf at the root", |n, name| {
        let alternatives = object(n, |at| {
            ("oneOf".into(), json!([{"properties": {name(at): {}}}]).to_string())
        });
        shaped(&format!(r#"{{"type":"object",{}"#, &alternatives[1..]), false)
    }),
    ("alternatives of a value", |n, name| {
        let alternatives: Vec<_> = (0..n).map(|at| json!({"const": name(at)})).collect();
        shaped(&json!({"type": "object", "properties": {"p": {"anyOf": alternatives}}}).to_string(), true)
    }),
    ("stop sequences", |n, name| Request {
        // No more than are taken.
        stop_sequences: (0..n / 2).map(name).collect(),
        ..request().user("Hi")
    }),
    ("metadata", |n, name| Request {
        metadata: (0..n).map(|at| (name(at), name(at))).collect(),
        ..request().user("Hi")
    }),
    ("betas", |n, name| Request { betas: (0..n).map(name).collect(), ..request().user("Hi") }),
    ("betas that the model knows", |n, name| able(&format!(r#"{{"betas":{}}}"#, list(n, name)), Request {
        betas: (0..n).map(name).collect(),
        ..request().user("Hi")
    })),
    ("fields", |n, name| {
        extended("bedrock", "additionalModelRequestFields", &object(n, |at| (name(at), "1".into())))
    }),
    ("paths", |n, name| extended("bedrock", "additionalModelResponseFieldPaths", &list(n, name))),
    ("members of a guardrail", |n, name| {
        extended("bedrock", "guardrailConfig", &object(n, |at| (name(at), "1".into())))
    }),
    ("variables", |n, name| extended("bedrock", "promptVariables", &object(n, |at| (name(at), "1".into())))),
    ("capabilities", |n, _| {
        extended("bedrock", "capabilities", &object(n, |_| ("tools".into(), "true".into())))
    }),
    ("extensions nobody knows", |n, name| Request {
        extensions: Some(format!(r#"{{"bedrock":{}}}"#, object(n, |at| (name(at), "1".into())))),
        ..request().user("Hi")
    }),
    ("extensions of others", |n, name| Request {
        extensions: Some(object(n, |at| (name(at), "1".into()))),
        ..request().user("Hi")
    }),
    ("edits of the context", |n, name| {
        let edits = r#"{"type":"clear_tool_uses_20250919"}"#;
        let edits = vec![edits; n].join(",");
        let kinds = list(n, name);
        Request {
            extensions: Some(format!(
                r#"{{"anthropic":{{"context_management":{{"edits":[{edits}]}}}},"bedrock":{{"capabilities":{{"context_edits":{kinds}}}}}}}"#
            )),
            betas: (0..n).map(name).collect(),
            ..request().user("Hi")
        }
    }),
    ("texts in a result", |n, name| {
        let content: Vec<_> = (0..n).map(|at| json!({"Text": {"text": name(at), "cache_control": {"ttl": null}}})).collect();
        let mut request = calls(1, name, name, vec![]);
        request.messages[2].content = of(json!([{"ToolResult": {
            "tool_use_id": name(0), "content": content, "is_error": false, "cache_control": null,
        }}]));
        request
    }),
    ("thoughts", |n, name| said(Role::Assistant, each(n, |at| {
        json!({"Thinking": {"thinking": name(at), "signature": name(at)}})
    }))),
    ("redacted thoughts", |n, name| said(Role::Assistant, each(n, |at| {
        json!({"RedactedThinking": {"data": name(at)}})
    }))),
    ("by-products", |n, name| said(Role::Assistant, each(n, |at| {
        json!({"Other": json!({"type": format!("x{}", name(at))}).to_string()})
    }))),
    ("tools found", |n, name| {
        let found: Vec<_> = (0..n).map(|at| json!({"type": "tool_reference", "tool_name": name(at)})).collect();
        said(Role::Assistant, vec![of(json!({"ServerToolResult": {
            "tool_use_id": "x", "kind": "tool_search_tool_result", "content": json!({"tool_references": found}).to_string(),
        }}))])
    }),
];

/// Lists without names, or whose names say nothing.
#[rustfmt::skip]
const UNNAMED: &[(&str, FillUnnamed)] = &[
    ("documents without a title", |n| said(Role::User, each(n, |_| document(None, false)))),
    ("images", |n| said(Role::User, each(n, |_| json!({"Image": {
        "source": {"Base64": {"media_type": "image/png", "data": "iVBORw0KGgo="}}, "cache_control": null,
    }})))),
    ("images that are replaced", |n| said(Role::Assistant, each(n, |_| json!({"Image": {
        "source": {"Url": "https://x"}, "cache_control": null,
    }})))),
    ("references to a list", |n| {
        let references = object(n, |at| (format!("p{at}"), r##"{"$ref":"#/$defs/list/enum"}"##.into()));
        let list = list(n, |at| at.to_string());
        shaped(&format!(r#"{{"type":"object","$defs":{{"list":{{"enum":{list}}}}},"properties":{references}}}"#), true)
    }),
    ("a chain of references, and references to its end", |n| {
        let definitions = object(n, |at| match at + 1 == n {
            false => (format!("d{at}"), format!(r##"{{"$ref":"#/$defs/d{}"}}"##, at + 1)),
            true => (format!("d{at}"), format!(r#"{{"type":"object","properties":{}}}"#, object(n, |at| {
                (format!("p{at}"), format!(r##"{{"$ref":"#/$defs/d{}"}}"##, n - 1))
            }))),
        });
        let schema = format!(r##"{{"type":"object","$defs":{definitions},"properties":{{"p":{{"$ref":"#/$defs/d0"}}}}}}"##);
        able(r#"{"tool_schemas":"no_references"}"#, shaped(&schema, false))
    }),
    ("braces of a pattern", |n| {
        let pattern = "{,".repeat(n);
        shaped(&json!({"type": "object", "properties": {"p": {"type": "string", "pattern": pattern}}}).to_string(), true)
    }),
    ("empty names in an input", |n| said(Role::Assistant, vec![of(call(
        "id".into(), "tool".into(), object(n, |_| (String::new(), r#"[{"":""}]"#.into())),
    ))])),
    ("escapes in an input", |n| said(Role::Assistant, vec![of(call(
        "id".into(), "tool".into(), format!("[\"{}\"]", "\\ud800".repeat(n)),
    ))])),
];

fn preparing(
    growth: &mut Growth,
    codec: &mut CodecHost,
    what: &str,
    fill: impl Fn(usize) -> Request,
) {
    let context = calling("http://127.0.0.1:1");
    growth.measure(what, |n| {
        let request = fill(n);
        let (count, _) =
            codec.instructions(|codec| codec.prepare(&request, &context, Operation::Stream));
        count
    });
}

#[test]
fn preparing_a_request_grows_with_no_list_of_it_by_more_than_its_length() {
    let (mut growth, mut codec) = (Growth::default(), CodecHost::counting());
    for (what, fill) in UNNAMED {
        preparing(&mut growth, &mut codec, what, fill);
    }
    for (what, fill) in NAMED {
        for (names, name) in NAMES {
            preparing(&mut growth, &mut codec, &format!("{what}, {names}"), |n| {
                fill(n, *name)
            });
        }
    }
    growth.hold();
}
