//! Values that are as long as a client likes, or that hide what they say: no message repeats them whole or as they are.

use super::*;
use crate::canonical::{
    CacheControl, Citation, DocumentBlock, Encoded, Error, ImageBlock, OutputConfig, OutputFormat,
    SearchResultBlock, ServerToolResultBlock, Source, StoredObject, Thinking, ThinkingBudget,
    ThinkingDisplay, Warning,
};

/// More than any message is.
const MOST: usize = 1000;

/// Long, and with characters that forge lines, turn text around, or are not seen.
fn hostile(seed: &str) -> String {
    let hidden = "\u{1b}\n\u{85}\u{9b}\u{200b}\u{2028}\u{202e}\u{2066}";
    [seed, hidden, &"é".repeat(50_000)].concat()
}

/// The same as a JSON string.
fn json(text: &str) -> String {
    serde_json::to_string(text).expect("JSON")
}

fn check(what: &str, path: &str, message: &str) {
    for (part, text) in [("path", path), ("message", message)] {
        let length = text.chars().count();
        assert!(length < MOST, "{what}: a {part} of {length}: {:.300}", text);
        let hidden = |c: char| c.is_control() || "\u{200b}\u{2028}\u{202e}\u{2066}".contains(c);
        assert!(!text.contains(hidden), "{what}: {text:?}");
    }
}

fn check_error(what: &str, error: &Error) {
    check(
        what,
        error.path.as_deref().unwrap_or_default(),
        &error.message,
    );
}

fn check_all(what: &str, request: &Request, context: &Context) -> Vec<Warning> {
    match prepare(request, context, Operation::Stream) {
        Err(error) => {
            check_error(what, &error);
            Vec::new()
        }
        Ok((_, state)) => {
            let state: serde_json::Value =
                serde_json::from_slice(&state.to_bytes()).expect("a state");
            let warnings = state["warnings"].as_array().expect("warnings").clone();
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            warnings
                .iter()
                .map(|warning| {
                    let (path, message) = (text(&warning["path"]), text(&warning["message"]));
                    check(what, &path, &message);
                    Warning {
                        code: text(&warning["code"]),
                        lossy: warning["lossy"] == "lossy",
                        path,
                        message,
                    }
                })
                .collect()
        }
    }
}

/// Its name, and what puts a text there.
type Place = (&'static str, Box<dyn Fn(&mut Request)>);

/// Each place of a request where a client may put any text.
fn places() -> Vec<Place> {
    fn at(name: &'static str, change: impl Fn(&mut Request) + 'static) -> Place {
        (name, Box::new(change))
    }
    fn ask(request: &mut Request, block: ContentBlock) {
        request.messages = vec![user([block])];
    }
    fn encoded(media_type: &str) -> Source {
        Source::Base64(Encoded {
            media_type: media_type.into(),
            data: "AAEC".into(),
        })
    }
    fn document(source: Source, title: Option<String>) -> ContentBlock {
        ContentBlock::Document(DocumentBlock {
            source,
            title,
            context: None,
            citations: true,
            cache_control: None,
        })
    }
    fn format(schema: String) -> Option<OutputConfig> {
        Some(OutputConfig {
            format: Some(OutputFormat {
                name: Some(hostile("f")),
                description: None,
                schema,
            }),
            effort: None,
        })
    }
    vec![
        at("model", |r| r.model = hostile("bedrock/anthropic.claude-")),
        at("model's prefix", |r| r.model = hostile("openai")),
        at("model's region", |r| {
            r.model = format!(
                "bedrock/arn:aws:bedrock:{}::foundation-model/x",
                hostile("R")
            )
        }),
        at("tool", |r| r.tools.push(tool(&hostile("t"), "{}"))),
        at("tools of one name", |r| {
            let twice = tool(&hostile("t"), "{}");
            r.tools = vec![twice.clone(), twice];
        }),
        at("tool's schema", |r| {
            let name = json(&hostile("p"));
            let schema = format!(
                r##"{{"type":"object","properties":{{{name}:{{"$ref":{},{name}:1}}}},{name}:1,"oneOf":[{{"$ref":{name}}}],"required":[{name}]}}"##,
                json(&hostile("#/$defs/"))
            );
            r.tools.push(tool("n", &schema));
            r.tools.push(Tool {
                strict: Some(true),
                ..tool("m", &schema)
            });
        }),
        at("tool's schema's type", |r| {
            let schema = format!(r#"{{"type":{}}}"#, json(&hostile("x")));
            r.tools.push(tool("n", &schema));
        }),
        at("server tool", |r| {
            r.tools.push(Tool {
                server_type: Some(hostile("web_")),
                ..any_tool()
            });
        }),
        at("tool choice", |r| {
            r.tools = vec![any_tool()];
            r.tool_choice = choose(ToolChoiceMode::Tool(hostile("n")));
        }),
        at("output's schema", |r| {
            let name = json(&hostile("p"));
            r.output = format(format!(
                r#"{{"type":"object",{name}:1,"properties":{{{name}:{{"type":{name}}}}}}}"#
            ));
        }),
        at("effort", |r| {
            r.output = Some(OutputConfig {
                format: None,
                effort: Some(hostile("high")),
            });
        }),
        at("thinking", |r| {
            r.thinking = Some(Thinking::Other(format!(
                r#"{{"type":{}}}"#,
                json(&hostile("x"))
            )));
        }),
        at("thinking's display", |r| {
            r.thinking = Some(Thinking::Enabled(ThinkingBudget {
                budget_tokens: 2000,
                display: ThinkingDisplay {
                    display: Some(hostile("x")),
                },
            }));
        }),
        at("adaptive display", |r| {
            r.thinking = Some(Thinking::Adaptive(ThinkingDisplay {
                display: Some(hostile("x")),
            }));
        }),
        at("service tier", |r| r.service_tier = Some(hostile("x"))),
        at("metadata", |r| {
            r.metadata = vec![(hostile("k"), hostile("v"))]
        }),
        at("betas", |r| {
            r.betas = vec![hostile("interleaved-"), hostile("mcp-")]
        }),
        at("extensions", |r| {
            let name = json(&hostile("n"));
            r.extensions = Some(format!(
                r#"{{"bedrock":{{{name}:1,"guardrailConfig":{{{name}:1}},"additionalModelRequestFields":{{{name}:1}},"performanceConfig":{{{name}:{name}}}}}}}"#
            ));
        }),
        at("extensions' syntax", |r| r.extensions = Some(hostile("{"))),
        at("capabilities", |r| {
            let name = json(&hostile("n"));
            r.extensions = Some(format!(r#"{{"bedrock":{{"capabilities":{{{name}:1}}}}}}"#));
        }),
        at("base model", |r| {
            let name = json(&hostile("n"));
            r.extensions = Some(format!(r#"{{"bedrock":{{"baseModel":{name}}}}}"#));
        }),
        at("response paths", |r| {
            let name = json(&hostile("n"));
            r.extensions = Some(format!(
                r#"{{"bedrock":{{"additionalModelResponseFieldPaths":[{name},1]}}}}"#
            ));
        }),
        at("edits", |r| {
            let name = json(&hostile("n"));
            r.extensions = Some(format!(
                r#"{{"anthropic":{{"context_management":{{{name}:1,"edits":[{{"type":{name}}}]}}}}}}"#
            ));
        }),
        at("stop sequences", |r| r.stop_sequences = vec![hostile("s")]),
        at("cache ttl", |r| {
            r.system = vec![PlainText {
                text: "x".into(),
                cache_control: Some(CacheControl {
                    ttl: Some(CacheTtl::Other(hostile("t"))),
                }),
            }];
        }),
        at("image's media type", |r| {
            ask(
                r,
                ContentBlock::Image(ImageBlock {
                    source: encoded(&hostile("image/")),
                    cache_control: None,
                }),
            );
        }),
        at("image's base64", |r| {
            ask(
                r,
                ContentBlock::Image(ImageBlock {
                    source: Source::Base64(Encoded {
                        media_type: "image/png".into(),
                        data: hostile("!"),
                    }),
                    cache_control: None,
                }),
            );
        }),
        at("document", |r| {
            ask(
                r,
                document(encoded(&hostile("application/")), Some(hostile("d"))),
            );
        }),
        at("document's title", |r| {
            ask(r, document(Source::Text("x".into()), Some(hostile("d"))));
        }),
        at("document's url", |r| {
            ask(r, document(Source::Url(hostile("https://")), None))
        }),
        at("document's object", |r| {
            ask(
                r,
                document(
                    Source::Object(StoredObject {
                        uri: hostile("s3://"),
                        owner: Some(hostile("o")),
                        media_type: hostile("m"),
                    }),
                    None,
                ),
            );
        }),
        at("search result", |r| {
            ask(
                r,
                ContentBlock::SearchResult(SearchResultBlock {
                    source: hostile("s"),
                    title: hostile("t"),
                    content: vec![hostile("c")],
                    citations: true,
                    cache_control: None,
                }),
            );
        }),
        at("results of one id", |r| {
            let id = hostile("i");
            r.messages = vec![
                user([text("x")]),
                assistant([call(&id, "{}")]),
                user([says(&id, "x"), says(&id, "y")]),
            ];
        }),
        at("a call's input", |r| {
            r.messages = vec![
                user([text("x")]),
                assistant([call(&hostile("i"), &hostile("{"))]),
            ];
        }),
        at("server tools in the history", |r| {
            r.messages = vec![
                user([text("x")]),
                assistant([
                    ContentBlock::ServerToolUse(ToolUseBlock {
                        id: hostile("i"),
                        name: hostile("web_"),
                        input: "{}".into(),
                        cache_control: None,
                    }),
                    ContentBlock::ServerToolResult(ServerToolResultBlock {
                        tool_use_id: hostile("i"),
                        kind: hostile("web_"),
                        content: format!("[{}]", json(&hostile("x"))),
                    }),
                ]),
            ];
        }),
        at("another block", |r| {
            let kind = json(&hostile("x"));
            ask(
                r,
                ContentBlock::Other(format!(r#"{{"type":{kind},{kind}:1}}"#)),
            );
        }),
        at("another block's syntax", |r| {
            ask(r, ContentBlock::Other(hostile("{")))
        }),
        at("another piece of a result", |r| {
            let kind = json(&hostile("x"));
            let piece = ToolResultContent::Other(format!(r#"{{"type":{kind}}}"#));
            r.messages = vec![
                user([text("x")]),
                assistant([call("a", "{}")]),
                user([result("a", [piece])]),
            ];
        }),
        at("citations in the history", |r| {
            let mut said = TextBlock {
                text: "x".into(),
                citations: Vec::new(),
                cache_control: None,
            };
            said.citations = vec![Citation::Other(format!(
                r#"{{"type":{}}}"#,
                json(&hostile("x"))
            ))];
            r.messages = vec![user([text("x")]), assistant([ContentBlock::Text(said)])];
        }),
        at("signatures", |r| {
            r.messages = vec![
                user([text("x")]),
                assistant([
                    thinking(&hostile("t"), Some(&hostile("s"))),
                    redacted(&hostile("r")),
                ]),
            ];
        }),
    ]
}

#[test]
fn no_value_of_a_request_is_repeated_whole_or_with_what_it_hides() {
    let mut warned = 0;
    for model in [
        CLAUDE,
        OPUS_4_7,
        NOVA,
        NOVA_2,
        LLAMA_2,
        DEEPSEEK_R1,
        GPT_OSS,
        UNKNOWN,
    ] {
        for (what, change) in places() {
            let mut request = Request {
                max_tokens: Some(4000),
                ..hello(model)
            };
            change(&mut request);
            for (strict, context) in [(false, replacing()), (true, Context::default())] {
                let context = Context { strict, ..context };
                let what = format!("{what} of {model}, strict: {strict}");
                warned += check_all(&what, &request, &context).len();
            }
        }
    }
    assert!(warned > 100, "{warned}");
}

#[test]
fn no_value_of_a_context_is_repeated_whole_or_with_what_it_hides() {
    let name = json(&hostile("n"));
    let extensions = |members: &str| Context {
        extensions: Some(format!(r#"{{"bedrock":{{{members}}}}}"#)),
        ..Context::default()
    };
    let contexts = [
        extensions(&format!("{name}:1")),
        extensions(&format!(r#""models":{{"amazon.nova":{{{name}:1}}}}"#)),
        extensions(&format!(
            r#""prices":{{"amazon.nova-lite-v1:0":{{{name}:1}}}}"#
        )),
        extensions(&format!(r#""prices":{{"amazon.nova-lite-v1:0":{name}}}"#)),
        extensions(&format!(r#""pingMs":{name}"#)),
        extensions(&format!(
            r#""promptCaching":{{{name}:{name},"when":{name}}}"#
        )),
        Context {
            region: Some(hostile("r")),
            ..Context::default()
        },
        Context {
            endpoint: Some(hostile("https://")),
            ..Context::default()
        },
        Context {
            fallbacks: vec![hostile("f")],
            ..Context::default()
        },
    ];
    for (at, context) in contexts.iter().enumerate() {
        for strict in [true, false] {
            let context = Context {
                strict,
                ..context.clone()
            };
            check_all(&format!("context {at}"), &hello(NOVA), &context);
        }
    }
}
