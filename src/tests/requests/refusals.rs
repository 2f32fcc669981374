//! What cannot be sent is refused by name, and what is lost is told: nothing goes missing unseen.

use super::*;
use crate::canonical::{
    CharLocation, Citation, CostLimits, DocumentBlock, Encoded, ErrorKind, ImageBlock, MediaBlock,
    OutputConfig, SearchResultBlock, ServerToolResultBlock, Source, Thinking, ThinkingDisplay,
    UnknownPrice,
};

fn encoded(media_type: &str) -> Source {
    Source::Base64(Encoded {
        media_type: media_type.into(),
        data: "AAAA".into(),
    })
}

fn image() -> ImageBlock {
    ImageBlock {
        source: encoded("image/png"),
        cache_control: None,
    }
}

fn document() -> DocumentBlock {
    DocumentBlock {
        source: Source::Text("x".into()),
        title: None,
        context: None,
        citations: false,
        cache_control: None,
    }
}

fn media(media_type: &str) -> MediaBlock {
    MediaBlock {
        source: encoded(media_type),
        cache_control: None,
    }
}

fn search_result() -> SearchResultBlock {
    SearchResultBlock {
        source: "s".into(),
        title: "t".into(),
        content: vec!["c".into()],
        citations: false,
        cache_control: None,
    }
}

fn assert_unsupported(error: Error, path: &str) {
    assert_eq!(error.kind, ErrorKind::Unsupported, "{error:?}");
    assert_eq!(error.path.as_deref(), Some(path), "{error:?}");
    assert!(!error.retryable, "{error:?}");
}

#[test]
fn blocks_that_are_not_translated_are_refused_with_their_path() {
    let server_call = || ToolUseBlock {
        id: "1".into(),
        name: "web_search".into(),
        input: "{}".into(),
        cache_control: None,
    };
    for (block, name) in [
        (ContentBlock::Image(image()), "image"),
        (ContentBlock::Document(document()), "document"),
        (ContentBlock::Video(media("video/mp4")), "video"),
        (ContentBlock::Audio(media("audio/mp3")), "audio"),
        (ContentBlock::SearchResult(search_result()), "search_result"),
        (
            ContentBlock::ServerToolUse(server_call()),
            "server_tool_use",
        ),
        (
            ContentBlock::ServerToolResult(ServerToolResultBlock {
                tool_use_id: "1".into(),
                kind: "web_search_tool_result".into(),
                content: "[]".into(),
            }),
            "server tool result",
        ),
        (ContentBlock::Other(r#"{"type":"new"}"#.into()), "unknown"),
    ] {
        for role in [Role::User, Role::Assistant] {
            let content = vec![text("a"), block.clone()];
            let error = refusal(&request(
                CLAUDE,
                [user([text("q")]), Message { role, content }],
            ));
            assert!(error.message.contains(name), "{}", error.message);
            assert_unsupported(error, "messages[1].content[1]");
        }
    }
}

#[test]
fn pieces_of_results_that_are_not_translated_are_refused_with_their_path() {
    for piece in [
        ToolResultContent::Image(image()),
        ToolResultContent::Document(document()),
        ToolResultContent::Video(media("video/mp4")),
        ToolResultContent::SearchResult(search_result()),
        ToolResultContent::Other(r#"{"type":"new"}"#.into()),
    ] {
        let content = [ToolResultContent::Text(plain("a")), piece];
        let error = refusal(&request(
            CLAUDE,
            [
                user([text("q")]),
                assistant([call("1", "{}")]),
                user([result("1", content)]),
            ],
        ));
        assert_unsupported(error, "messages[2].content[0].content[1]");
    }
}

#[test]
fn settings_that_are_not_translated_are_refused_with_their_path() {
    let asked = hello(CLAUDE);
    for (request, path) in [
        (
            Request {
                output: Some(OutputConfig {
                    format: None,
                    effort: Some("low".into()),
                }),
                ..asked.clone()
            },
            "output",
        ),
        (
            Request {
                betas: vec!["context-1m-2025-08-07".into()],
                ..asked.clone()
            },
            "betas",
        ),
        (
            Request {
                extensions: Some(r#"{"bedrock":{}}"#.into()),
                ..asked.clone()
            },
            "extensions",
        ),
        (
            Request {
                thinking: Some(Thinking::Other(r#"{"type":"new"}"#.into())),
                ..asked.clone()
            },
            "thinking",
        ),
        (
            Request {
                tools: vec![
                    any_tool(),
                    Tool {
                        server_type: Some("computer_20250124".into()),
                        ..tool("computer", "{}")
                    },
                ],
                ..asked.clone()
            },
            "tools[1].server_type",
        ),
        (
            Request {
                messages: vec![
                    user([text("q")]),
                    Message {
                        role: Role::System,
                        content: vec![text("s")],
                    },
                ],
                ..asked.clone()
            },
            "messages[1].role",
        ),
    ] {
        assert_unsupported(refusal(&request), path);
    }
}

#[test]
fn what_a_family_does_not_take_is_refused_with_its_path() {
    for model in [
        "bedrock/amazon.titan-text-express-v1",
        "bedrock/mistral.mistral-7b-instruct-v0:2",
        "bedrock/mistral.mixtral-8x7b-instruct-v0:1",
        "bedrock/cohere.command-text-v14",
    ] {
        let with_system = Request {
            system: vec![plain("s")],
            ..hello(model)
        };
        assert_unsupported(refusal(&with_system), "system");
        let with_tools = Request {
            tools: vec![any_tool()],
            ..hello(model)
        };
        assert_unsupported(refusal(&with_tools), "tools");
        assert_eq!(send(&hello(model)).warnings, [], "{model}");
    }
}

#[test]
fn contexts_that_ask_for_more_than_one_plain_try_are_refused_with_their_path() {
    let context = Context::default();
    for (context, path) in [
        (
            Context {
                fallbacks: vec!["us-west-2".into()],
                ..context.clone()
            },
            "context.fallbacks",
        ),
        (
            Context {
                cost_limits: Some(CostLimits {
                    per_request: None,
                    per_day: None,
                    per_month: None,
                    unknown_price: UnknownPrice::Allow,
                }),
                ..context.clone()
            },
            "context.cost_limits",
        ),
        (
            Context {
                max_attempts: Some(2),
                ..context.clone()
            },
            "context.max_attempts",
        ),
        (
            Context {
                extensions: Some("{}".into()),
                ..context.clone()
            },
            "context.extensions",
        ),
    ] {
        let error = prepare(&hello(CLAUDE), &context, Operation::Complete).expect_err(path);
        assert_unsupported(error, path);
    }
    for attempts in [0, 1] {
        let context = Context {
            max_attempts: Some(attempts),
            ..Context::default()
        };
        prepare(&hello(CLAUDE), &context, Operation::Complete).expect("one try");
    }
}

/// Requests of which something is lost, and where.
fn lossy() -> Vec<(Request, &'static str)> {
    let cited = ContentBlock::Text(TextBlock {
        text: "a".into(),
        citations: vec![Citation::CharLocation(CharLocation {
            cited_text: "a".into(),
            document_index: 0,
            document_title: None,
            start_char_index: 0,
            end_char_index: 1,
        })],
        cache_control: None,
    });
    let cached_piece = ToolResultContent::Text(PlainText {
        cache_control: cache(None),
        ..plain("x")
    });
    let cached_tool = |model| Request {
        tools: vec![Tool {
            cache_control: cache(None),
            ..any_tool()
        }],
        ..hello(model)
    };
    vec![
        (
            Request {
                top_k: Some(1),
                ..hello(LLAMA)
            },
            "top_k",
        ),
        (
            Request {
                thinking: Some(Thinking::Adaptive(ThinkingDisplay { display: None })),
                ..hello(NOVA)
            },
            "thinking",
        ),
        (
            Request {
                tools: vec![any_tool()],
                tool_choice: choose_one(ToolChoiceMode::Auto),
                ..hello(LLAMA)
            },
            "tool_choice.disable_parallel_tool_use",
        ),
        (
            Request {
                system: vec![PlainText {
                    cache_control: cache(None),
                    ..plain("s")
                }],
                ..hello(LLAMA)
            },
            "system[0].cache_control",
        ),
        (
            request(LLAMA, [user([text("a"), cached(text("b"))])]),
            "messages[0].content[1].cache_control",
        ),
        (cached_tool(LLAMA), "tools[0].cache_control"),
        (cached_tool(NOVA), "tools[0].cache_control"),
        (
            request(
                CLAUDE,
                [
                    user([text("q")]),
                    assistant([text("a"), thinking("t", None)]),
                ],
            ),
            "messages[1].content[1]",
        ),
        (
            request(
                CLAUDE,
                [
                    user([text("q")]),
                    assistant([call("1", "{}")]),
                    user([result("1", [cached_piece])]),
                ],
            ),
            "messages[2].content[0].content[0].cache_control",
        ),
        (
            request(CLAUDE, [user([text("q")]), assistant([cited])]),
            "messages[1].content[0].citations",
        ),
    ]
}

#[test]
fn a_loss_is_a_warning_and_under_strict_an_error_with_the_same_path() {
    let strict = Context {
        strict: true,
        ..Context::default()
    };
    for (request, path) in lossy() {
        assert_eq!(send(&request).warnings, [(path.to_owned(), true)]);
        let error = prepare(&request, &strict, Operation::Complete).expect_err(path);
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{error:?}");
        assert_eq!(error.path.as_deref(), Some(path), "{error:?}");
        assert!(error.message.contains("strict"), "{}", error.message);
    }
}

#[test]
fn strict_lets_pass_what_is_only_said_differently() {
    let strict = Context {
        strict: true,
        ..Context::default()
    };
    let request = request(
        CLAUDE,
        [
            user([text("q")]),
            assistant([text(" ")]),
            user([text(""), text("r")]),
        ],
    );
    prepare(&request, &strict, Operation::Complete).expect("nothing is lost");
}
