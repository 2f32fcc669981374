//! Canonical requests of every kind that this API can say.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::canonical::*;

pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(
            &[
                "",
                "a",
                " \n",
                "é世界🦀",
                "\"\\\u{0}\u{2028}",
                "data: x\r\n\r\n"
            ][..]
        )
        .prop_map(str::to_owned),
        ".{0,12}",
    ]
}

/// JSON objects in any form, none of whose line ends matter.
pub(super) fn object() -> impl Strategy<Value = String> {
    let objects = [
        "{}",
        r#"{"b" : 1.50, "a":"\u00e9"}"#,
        r#"{"type":"object","properties":{"q":{"type":"string"}}}"#,
    ];
    select(objects.to_vec()).prop_map(str::to_owned)
}

fn cache_control() -> impl Strategy<Value = Option<CacheControl>> {
    let ttl = prop_oneof![
        Just(CacheTtl::FiveMinutes),
        Just(CacheTtl::OneHour),
        Just(CacheTtl::Other("2h".into())),
    ];
    of(of(ttl).prop_map(|ttl| CacheControl { ttl }))
}

fn encoded() -> impl Strategy<Value = Source> {
    select(&["image/png", "application/pdf"][..]).prop_map(|media_type| {
        Source::Base64(Encoded {
            media_type: media_type.into(),
            data: "AAEC".into(),
        })
    })
}

/// Addresses of no data: the content of a `data:` URL is read as what it is.
fn url() -> impl Strategy<Value = Source> {
    let has_no_data = |url: &String| !url.trim_start().to_lowercase().starts_with("data:");
    text()
        .prop_filter("data", has_no_data)
        .prop_map(Source::Url)
}

fn image() -> impl Strategy<Value = ImageBlock> {
    let source = prop_oneof![encoded(), url()];
    (source, cache_control()).prop_map(|(source, cache_control)| ImageBlock {
        source,
        cache_control,
    })
}

fn document() -> impl Strategy<Value = DocumentBlock> {
    let source = prop_oneof![
        encoded(),
        url(),
        text().prop_map(Source::Text),
        vec(text(), 0..3).prop_map(Source::Blocks),
    ];
    (
        source,
        of(text()),
        of(text()),
        any::<bool>(),
        cache_control(),
    )
        .prop_map(
            |(source, title, context, citations, cache_control)| DocumentBlock {
                source,
                title,
                context,
                citations,
                cache_control,
            },
        )
}

fn search_result() -> impl Strategy<Value = SearchResultBlock> {
    (
        text(),
        text(),
        vec(text(), 0..3),
        any::<bool>(),
        cache_control(),
    )
        .prop_map(
            |(source, title, content, citations, cache_control)| SearchResultBlock {
                source,
                title,
                content,
                citations,
                cache_control,
            },
        )
}

pub(super) fn citation() -> impl Strategy<Value = Citation> {
    let at = || (text(), any::<u32>(), of(text()), any::<u32>(), any::<u32>());
    prop_oneof![
        at().prop_map(|(cited_text, document_index, document_title, start, end)| {
            Citation::CharLocation(CharLocation {
                cited_text,
                document_index,
                document_title,
                start_char_index: start,
                end_char_index: end,
            })
        }),
        at().prop_map(|(cited_text, document_index, document_title, start, end)| {
            Citation::PageLocation(PageLocation {
                cited_text,
                document_index,
                document_title,
                start_page_number: start,
                end_page_number: end,
            })
        }),
        at().prop_map(|(cited_text, document_index, document_title, start, end)| {
            Citation::ContentBlockLocation(ContentBlockLocation {
                cited_text,
                document_index,
                document_title,
                start_block_index: start,
                end_block_index: end,
            })
        }),
        (at(), text()).prop_map(|((cited_text, index, title, start, end), source)| {
            Citation::SearchResultLocation(SearchResultLocation {
                cited_text,
                source,
                title,
                search_result_index: index,
                start_block_index: start,
                end_block_index: end,
            })
        }),
        (text(), text(), of(text()), of(text())).prop_map(
            |(cited_text, url, title, encrypted_index)| {
                Citation::WebSearchResultLocation(WebSearchResultLocation {
                    cited_text,
                    url,
                    title,
                    encrypted_index,
                })
            }
        ),
        Just(Citation::Other(
            r#"{"type":"star_location" , "x":1.0}"#.into()
        )),
    ]
}

fn call() -> impl Strategy<Value = ToolUseBlock> {
    (text(), text(), object(), cache_control()).prop_map(|(id, name, input, cache_control)| {
        ToolUseBlock {
            id,
            name,
            input,
            cache_control,
        }
    })
}

fn piece() -> impl Strategy<Value = ToolResultContent> {
    prop_oneof![
        plain_text().prop_map(ToolResultContent::Text),
        image().prop_map(ToolResultContent::Image),
        document().prop_map(ToolResultContent::Document),
        search_result().prop_map(ToolResultContent::SearchResult),
        Just(ToolResultContent::Other(
            r#"{"type":"tool_reference" , "tool_name":"x"}"#.into()
        )),
    ]
}

fn text_block() -> impl Strategy<Value = ContentBlock> {
    (text(), vec(citation(), 0..3), cache_control()).prop_map(|(text, citations, cache_control)| {
        ContentBlock::Text(TextBlock {
            text,
            citations,
            cache_control,
        })
    })
}

fn asked() -> impl Strategy<Value = ContentBlock> {
    let result = (text(), vec(piece(), 0..3), any::<bool>(), cache_control()).prop_map(
        |(tool_use_id, content, is_error, cache_control)| {
            ContentBlock::ToolResult(ToolResultBlock {
                tool_use_id,
                content,
                is_error,
                cache_control,
            })
        },
    );
    prop_oneof![
        text_block(),
        image().prop_map(ContentBlock::Image),
        document().prop_map(ContentBlock::Document),
        search_result().prop_map(ContentBlock::SearchResult),
        result,
        other(),
    ]
}

fn other() -> impl Strategy<Value = ContentBlock> {
    Just(ContentBlock::Other(
        r#"{ "type":"container_upload","file_id":"f", "n":1.50}"#.into(),
    ))
}

pub(super) fn said() -> impl Strategy<Value = ContentBlock> {
    let kinds = [
        "web_search_tool_result",
        "nova_grounding_result",
        "tool_result",
    ];
    let contents = [
        r#"[{"type":"web_search_result" , "url":"u"}]"#,
        "{}",
        "\"x\"",
    ];
    let result = (select(kinds.to_vec()), select(contents.to_vec()), text()).prop_map(
        |(kind, content, tool_use_id)| {
            ContentBlock::ServerToolResult(ServerToolResultBlock {
                tool_use_id,
                kind: kind.into(),
                content: content.into(),
            })
        },
    );
    let signature = of("[a-zA-Z0-9+/]{4}");
    prop_oneof![
        text_block(),
        call().prop_map(ContentBlock::ToolUse),
        call().prop_map(ContentBlock::ServerToolUse),
        result,
        (text(), signature).prop_map(|(thinking, signature)| {
            ContentBlock::Thinking(ThinkingBlock {
                thinking,
                signature,
            })
        }),
        text().prop_map(|data| ContentBlock::RedactedThinking(RedactedThinkingBlock { data })),
        other(),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        (select(&[Role::User, Role::System][..]), vec(asked(), 0..3))
            .prop_map(|(role, content)| Message { role, content }),
        vec(said(), 0..3).prop_map(|content| Message {
            role: Role::Assistant,
            content,
        }),
    ]
}

fn plain_text() -> impl Strategy<Value = PlainText> {
    (text(), cache_control()).prop_map(|(text, cache_control)| PlainText {
        text,
        cache_control,
    })
}

fn tool() -> impl Strategy<Value = Tool> {
    let own = (
        text(),
        of(text()),
        object(),
        of(any::<bool>()),
        cache_control(),
    )
        .prop_map(
            |(name, description, input_schema, strict, cache_control)| Tool {
                name,
                description,
                input_schema,
                strict,
                server_type: None,
                cache_control,
            },
        );
    let settings = ["{}", r#"{"max_uses":5,"user_location":{"city" : "x"}}"#];
    let server = (text(), select(settings.to_vec()), cache_control()).prop_map(
        |(name, settings, cache_control)| Tool {
            name,
            description: None,
            input_schema: settings.into(),
            strict: None,
            server_type: Some("web_search_20250305".into()),
            cache_control,
        },
    );
    prop_oneof![own, server]
}

fn tool_choice() -> impl Strategy<Value = ToolChoice> {
    let mode = prop_oneof![
        Just(ToolChoiceMode::Auto),
        Just(ToolChoiceMode::Any),
        Just(ToolChoiceMode::None),
        text().prop_map(ToolChoiceMode::Tool),
    ];
    (mode, any::<bool>()).prop_map(|(mode, disable_parallel_tool_use)| ToolChoice {
        mode,
        disable_parallel_tool_use,
    })
}

fn thinking() -> impl Strategy<Value = Thinking> {
    let display = || of(text()).prop_map(|display| ThinkingDisplay { display });
    prop_oneof![
        Just(Thinking::Disabled),
        (any::<u32>(), display()).prop_map(|(budget_tokens, display)| {
            Thinking::Enabled(ThinkingBudget {
                budget_tokens,
                display,
            })
        }),
        display().prop_map(Thinking::Adaptive),
        Just(Thinking::Other(
            r#"{"type":"between_tools" , "n":1.0}"#.into()
        )),
    ]
}

fn output() -> impl Strategy<Value = OutputConfig> {
    let format = object().prop_map(|schema| OutputFormat {
        name: None,
        description: None,
        schema,
    });
    (of(format), of(text())).prop_map(|(format, effort)| OutputConfig { format, effort })
}

/// As `write_request` tells it whole: without betas and extensions, which go another way.
pub(super) fn request() -> impl Strategy<Value = Request> {
    let said = (text(), vec(plain_text(), 0..3), vec(message(), 0..4));
    let sampling = (any::<u32>(), of(0.0..=1.0), of(0.0..=1.0), of(any::<u32>()));
    let tools = (
        vec(tool(), 0..3),
        of(tool_choice()),
        of(thinking()),
        of(output()),
    );
    let rest = (vec(text(), 0..3), of(text()), of(text()));
    (said, sampling, tools, rest).prop_map(|(said, sampling, tools, rest)| Request {
        system: said.1,
        messages: said.2,
        max_tokens: Some(sampling.0),
        temperature: sampling.1.map(steady),
        top_p: sampling.2.map(steady),
        top_k: sampling.3,
        stop_sequences: rest.0,
        tools: tools.0,
        tool_choice: tools.1,
        thinking: tools.2,
        output: tools.3,
        service_tier: rest.1,
        metadata: rest
            .2
            .map(|id| ("user_id".into(), id))
            .into_iter()
            .collect(),
        ..Request::to(&said.0)
    })
}

/// What lies nearer to 0 than the writer tells is 0.
fn steady(number: f64) -> f64 {
    if number < 1e-15 { 0.0 } else { number }
}
