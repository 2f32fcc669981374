//! Tools: what may be called, what must be, what was, and what it returned.

use super::sdk_words::{self as its, claude};
use super::words::*;
use super::{Case, case};
use aws_sdk_bedrockruntime::types as sdk;
use bedrock_host::types::{
    ContentBlock, Request, Tool, ToolChoice, ToolChoiceMode, ToolResultBlock, ToolResultContent,
};
use sdk::ToolResultContentBlock as Returned;
use serde_json::json;

fn named(name: &str) -> sdk::ToolChoice {
    let tool = sdk::SpecificToolChoice::builder().name(name).build();
    sdk::ToolChoice::Tool(tool.expect("a whole choice"))
}

fn any() -> sdk::ToolChoice {
    sdk::ToolChoice::Any(sdk::AnyToolChoice::builder().build())
}

/// A request that offers the weather.
fn offers(model: &str, tool_choice: Option<ToolChoice>) -> Request {
    Request {
        tools: vec![weather()],
        tool_choice,
        ..hi(model)
    }
}

fn said(text: &str) -> ToolResultContent {
    ToolResultContent::Text(plain(text))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("a tool", offers(CLAUDE, None), |call| {
            claude(call)
                .messages(its::hi())
                .tool_config(its::tool_config(vec![its::weather()], None))
        }),
        case(
            "the choice of any tool",
            offers(CLAUDE, choice(ToolChoiceMode::Any)),
            |call| {
                claude(call)
                    .messages(its::hi())
                    .tool_config(its::tool_config(vec![its::weather()], Some(any())))
            },
        ),
        case(
            "the choice of one tool",
            offers(NOVA, choice(ToolChoiceMode::Tool("get_weather".into()))),
            |call| {
                let choice = Some(named("get_weather"));
                call.messages(its::hi())
                    .tool_config(its::tool_config(vec![its::weather()], choice))
            },
        ),
        case(
            "the choice of one tool for a family that knows any alone",
            offers(MISTRAL, choice(ToolChoiceMode::Tool("get_weather".into()))),
            |call| {
                call.messages(its::hi())
                    .tool_config(its::tool_config(vec![its::weather()], Some(any())))
            },
        ),
        case(
            "the model's own choice, for a Llama",
            offers(LLAMA, choice(ToolChoiceMode::Auto)),
            |call| {
                call.messages(its::hi())
                    .tool_config(its::tool_config(vec![its::weather()], its::auto()))
            },
        ),
        case(
            "no tool",
            offers(CLAUDE, choice(ToolChoiceMode::None)),
            |call| claude(call).messages(its::hi()),
        ),
        case(
            "one call at a time",
            Request {
                tool_choice: Some(ToolChoice {
                    mode: ToolChoiceMode::Any,
                    disable_parallel_tool_use: true,
                }),
                ..offers(CLAUDE, None)
            },
            |call| {
                let fields =
                    json!({"tool_choice": {"type": "any", "disable_parallel_tool_use": true}});
                claude(call)
                    .messages(its::hi())
                    .tool_config(its::tool_config(vec![its::weather()], None))
                    .additional_model_request_fields(its::document(fields))
            },
        ),
        case(
            "a strict tool that is cached",
            Request {
                tools: vec![Tool {
                    strict: Some(true),
                    cache_control: cached(),
                    ..weather()
                }],
                ..hi(CLAUDE_4_5)
            },
            |call| {
                let tools = vec![
                    its::spec("get_weather", Some(true)),
                    sdk::Tool::CachePoint(its::cache_point(None)),
                ];
                claude(call)
                    .messages(its::hi())
                    .tool_config(its::tool_config(tools, None))
            },
        ),
        case(
            "a tool that AWS runs for Nova",
            Request {
                tools: vec![Tool {
                    name: "nova_grounding".into(),
                    description: None,
                    input_schema: "{}".into(),
                    server_type: Some("nova_grounding".into()),
                    ..weather()
                }],
                ..hi(NOVA_2)
            },
            |call| {
                let tool = sdk::SystemTool::builder().name("nova_grounding").build();
                let tool = sdk::Tool::SystemTool(tool.expect("a whole tool"));
                call.messages(its::hi())
                    .tool_config(its::tool_config(vec![tool], None))
            },
        ),
        case(
            "a call and its result",
            round_trip(
                CLAUDE,
                vec![
                    text("Let me look."),
                    call("toolu_1", r#"{"city":"Paris","days":2,"exact":1.5}"#),
                ],
                vec![result("toolu_1", vec![said("sunny"), said("21 °C")])],
            ),
            |call| {
                let input = json!({"city": "Paris", "days": 2, "exact": 1.5});
                let content = vec![
                    Returned::Text("sunny".into()),
                    Returned::Text("21 °C".into()),
                ];
                its::round_trip(
                    claude(call),
                    vec![its::text("Let me look."), its::call("toolu_1", input)],
                    vec![its::result("toolu_1", None, content)],
                )
            },
        ),
        case(
            "a call without arguments that failed",
            round_trip(
                CLAUDE,
                vec![call("toolu_1", "{}")],
                vec![ToolResultBlock {
                    is_error: true,
                    ..result("toolu_1", vec![said("no such city")])
                }],
            ),
            |call| {
                let failed = Some(sdk::ToolResultStatus::Error);
                let content = vec![Returned::Text("no such city".into())];
                its::round_trip(
                    claude(call),
                    vec![its::call("toolu_1", json!({}))],
                    vec![its::result("toolu_1", failed, content)],
                )
            },
        ),
        case(
            "parallel calls whose results come in another order",
            round_trip(
                CLAUDE,
                vec![
                    call("toolu_1", r#"{"city":"Paris"}"#),
                    call("toolu_2", r#"{"city":"Rome"}"#),
                ],
                vec![
                    result("toolu_2", vec![said("rain")]),
                    result("toolu_1", vec![said("sun")]),
                ],
            ),
            |call| {
                let returned = |text: &str| vec![Returned::Text(text.into())];
                its::round_trip(
                    claude(call),
                    vec![
                        its::call("toolu_1", json!({"city": "Paris"})),
                        its::call("toolu_2", json!({"city": "Rome"})),
                    ],
                    vec![
                        its::result("toolu_1", None, returned("sun")),
                        its::result("toolu_2", None, returned("rain")),
                    ],
                )
            },
        ),
        case(
            "an image and a document from a tool",
            round_trip(
                CLAUDE,
                vec![call("toolu_1", "{}")],
                vec![result(
                    "toolu_1",
                    vec![
                        said("See."),
                        ToolResultContent::Image(image(bytes("image/png", PNG))),
                        ToolResultContent::Document(document("Map", bytes("application/pdf", PDF))),
                    ],
                )],
            ),
            |call| {
                let content = vec![
                    Returned::Text("See.".into()),
                    Returned::Image(its::image(sdk::ImageFormat::Png, PNG)),
                    Returned::Document(its::pdf("Map", PDF)),
                ];
                its::round_trip(
                    claude(call),
                    vec![its::call("toolu_1", json!({}))],
                    vec![its::result("toolu_1", None, content)],
                )
            },
        ),
        case(
            "a PDF from a tool, for Nova beside the result",
            round_trip(
                NOVA,
                vec![call("tooluse_1", "{}")],
                vec![result(
                    "tooluse_1",
                    vec![
                        said("See."),
                        ToolResultContent::Document(document("Map", bytes("application/pdf", PDF))),
                    ],
                )],
            ),
            |call| {
                let content = vec![Returned::Text("See.".into())];
                its::round_trip(
                    call,
                    vec![its::call("tooluse_1", json!({}))],
                    vec![
                        its::result("tooluse_1", None, content),
                        sdk::ContentBlock::Document(its::pdf("Map", PDF)),
                        // A document is not taken without a text.
                        its::text("."),
                    ],
                )
            },
        ),
        case(
            "JSON from a tool, as text",
            round_trip(
                NOVA,
                vec![call("tooluse_1", "{}")],
                vec![result(
                    "tooluse_1",
                    vec![ToolResultContent::Json(r#"[{"t": 21.50}]"#.into())],
                )],
            ),
            |call| {
                let content = vec![Returned::Text(r#"[{"t": 21.50}]"#.into())];
                its::round_trip(
                    call,
                    vec![its::call("tooluse_1", json!({}))],
                    vec![its::result("tooluse_1", None, content)],
                )
            },
        ),
        case(
            "what stands beside a result, for a family that takes results alone",
            {
                let mut request = round_trip(
                    MISTRAL,
                    vec![call("abcDEF123", "{}")],
                    vec![result("abcDEF123", vec![said("sunny")])],
                );
                let last = request.messages.last_mut().expect("a turn");
                last.content.push(text("And tomorrow?"));
                request
            },
            |call| {
                let content = vec![Returned::Text("sunny".into())];
                its::round_trip(
                    call,
                    vec![its::call("abcDEF123", json!({}))],
                    vec![its::result("abcDEF123", None, content)],
                )
                .messages(its::assistant(vec![its::text(".")]))
                .messages(its::user(vec![its::text("And tomorrow?")]))
            },
        ),
        case(
            "a result and a document beside it, for Claude inside",
            {
                let mut request = round_trip(
                    CLAUDE,
                    vec![call("toolu_1", "{}")],
                    vec![result("toolu_1", vec![said("sunny")])],
                );
                let map = document("Map", bytes("application/pdf", PDF));
                request.messages[2]
                    .content
                    .push(ContentBlock::Document(map));
                request
            },
            |call| {
                let content = vec![
                    Returned::Text("sunny".into()),
                    Returned::Document(its::pdf("Map", PDF)),
                ];
                its::round_trip(
                    claude(call),
                    vec![its::call("toolu_1", json!({}))],
                    vec![its::result("toolu_1", None, content)],
                )
            },
        ),
        case(
            "calls in the history of a family that knows none",
            Request {
                tools: Vec::new(),
                ..round_trip(
                    TITAN,
                    vec![call("t1", r#"{"city":"Paris"}"#)],
                    vec![result("t1", vec![said("sunny")])],
                )
            },
            |call| {
                call.messages(its::user(vec![its::text("The weather?")]))
                    .messages(its::assistant(vec![its::text(
                        r#"[called the tool get_weather with {"city":"Paris"}]"#,
                    )]))
                    .messages(its::user(vec![its::text("[the tool returned: sunny]")]))
            },
        ),
        case(
            "a document of text from a tool, for Nova",
            round_trip(
                NOVA,
                vec![call("tooluse_1", "{}")],
                vec![result(
                    "tooluse_1",
                    vec![ToolResultContent::Document(document(
                        "Table",
                        bytes("text/csv", b"city,t\nParis,21\n"),
                    ))],
                )],
            ),
            |call| {
                let bytes = aws_sdk_bedrockruntime::primitives::Blob::new(b"city,t\nParis,21\n");
                let table = sdk::DocumentBlock::builder()
                    .format(sdk::DocumentFormat::Csv)
                    .name("Table")
                    .source(sdk::DocumentSource::Bytes(bytes));
                let table = Returned::Document(table.build().expect("a whole document"));
                its::round_trip(
                    call,
                    vec![its::call("tooluse_1", json!({}))],
                    vec![its::result("tooluse_1", None, vec![table])],
                )
            },
        ),
    ]
}
