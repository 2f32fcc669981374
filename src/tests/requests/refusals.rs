//! What cannot be sent is refused by name, and what is lost is told: nothing goes missing unseen.

use super::*;
use crate::canonical::{ErrorKind, Thinking, ThinkingDisplay};

/// Requests of which something is lost, and where.
fn lossy() -> Vec<(Request, &'static str)> {
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
            Request {
                betas: vec!["new".into()],
                ..hello(CLAUDE)
            },
            "betas[0]",
        ),
        (
            Request {
                output: effort("low"),
                ..hello(LLAMA)
            },
            "output.effort",
        ),
        (
            Request {
                metadata: vec![(String::new(), "x".into())],
                ..hello(CLAUDE)
            },
            "metadata.",
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
