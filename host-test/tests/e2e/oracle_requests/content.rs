//! What is said: text, media, documents, search results, thinking.

use super::sdk_words::{self as its, claude, thinking_claude};
use super::words::*;
use super::{Case, case};
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types as sdk;
use bedrock_host::types::{
    ContentBlock, DocumentBlock, MediaBlock, PlainText, RedactedThinkingBlock, Request, Role,
    SearchResultBlock, Source, StoredObject, TextBlock, ThinkingBlock,
};

fn citations() -> sdk::CitationsConfig {
    let citations = sdk::CitationsConfig::builder().enabled(true);
    citations.build().expect("whole citations")
}

fn char_location(start: i32, end: i32) -> sdk::CitationLocation {
    sdk::CitationLocation::DocumentChar(
        sdk::DocumentCharLocation::builder()
            .document_index(0)
            .start(start)
            .end(end)
            .build(),
    )
}

fn its_cited(text: &str, cited_text: &str) -> sdk::ContentBlock {
    let citation = sdk::Citation::builder()
        .title("Notes")
        .source_content(sdk::CitationSourceContent::Text(cited_text.into()))
        .location(char_location(3, 9));
    sdk::ContentBlock::CitationsContent(
        sdk::CitationsContentBlock::builder()
            .content(sdk::CitationGeneratedContent::Text(text.into()))
            .citations(citation.build())
            .build(),
    )
}

fn its_thinking(text: &str) -> sdk::ContentBlock {
    let thinking = sdk::ReasoningTextBlock::builder()
        .text(text)
        .signature(SIGNATURE);
    let thinking = thinking.build().expect("whole thinking");
    sdk::ContentBlock::ReasoningContent(sdk::ReasoningContentBlock::ReasoningText(thinking))
}

fn thinking(thinking: &str) -> ContentBlock {
    ContentBlock::Thinking(ThinkingBlock {
        thinking: thinking.into(),
        signature: Some(SIGNATURE.into()),
    })
}

fn video() -> Source {
    Source::Object(StoredObject {
        uri: "s3://films/one.mp4".into(),
        owner: Some("123456789012".into()),
        media_type: "video/mp4".into(),
    })
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("a text", hi(CLAUDE), |call| claude(call).messages(its::hi())),
        case(
            "text of every kind",
            asks(CLAUDE, vec![text("é 世界 🦀 \u{2028} \"\\\n\t/\u{7f}")]),
            |call| claude(call).messages(its::user(vec![its::text("é 世界 🦀 \u{2028} \"\\\n\t/\u{7f}")])),
        ),
        case(
            "turns that follow each other",
            turns(
                NOVA,
                vec![
                    turn(Role::User, vec![text("One"), text("Two")]),
                    turn(Role::Assistant, vec![text("Three")]),
                    turn(Role::User, vec![text("Four")]),
                    turn(Role::User, vec![text("Five")]),
                ],
            ),
            |call| {
                call.messages(its::user(vec![its::text("One"), its::text("Two")]))
                    .messages(its::assistant(vec![its::text("Three")]))
                    .messages(its::user(vec![its::text("Four"), its::text("Five")]))
            },
        ),
        case(
            "a system prompt in pieces",
            Request {
                system: vec![plain("Be brief."), plain("Be kind.")],
                ..hi(CLAUDE)
            },
            |call| {
                claude(call)
                    .messages(its::hi())
                    .system(its::system("Be brief."))
                    .system(its::system("Be kind."))
            },
        ),
        case(
            "a system prompt for a family that has none",
            Request {
                system: vec![plain("Be brief.")],
                ..hi(TITAN)
            },
            |call| call.messages(its::user(vec![its::text("Be brief."), its::text("Hi")])),
        ),
        case(
            "an instruction in mid-conversation",
            turns(
                CLAUDE_4_8,
                vec![
                    turn(Role::User, vec![text("Hi")]),
                    turn(Role::System, vec![text("Be brief from now on.")]),
                    turn(Role::User, vec![text("How are you?")]),
                ],
            ),
            |call| {
                let instruction = vec![its::text("Be brief from now on.")];
                claude(call)
                    .messages(its::hi())
                    .messages(its::message(sdk::ConversationRole::System, instruction))
                    .messages(its::user(vec![its::text("How are you?")]))
            },
        ),
        case(
            "images as bytes and as base64",
            asks(
                CLAUDE,
                vec![
                    text("Compare."),
                    ContentBlock::Image(image(bytes("image/png", PNG))),
                    ContentBlock::Image(image(base64("image/jpeg", JPEG))),
                ],
            ),
            |call| {
                claude(call).messages(its::user(vec![
                    its::text("Compare."),
                    sdk::ContentBlock::Image(its::image(sdk::ImageFormat::Png, PNG)),
                    sdk::ContentBlock::Image(its::image(sdk::ImageFormat::Jpeg, JPEG)),
                ]))
            },
        ),
        case(
            "documents as bytes and as base64",
            asks(
                NOVA,
                vec![
                    ContentBlock::Document(document("Report", bytes("application/pdf", PDF))),
                    ContentBlock::Document(document("Other report", base64("application/pdf", PDF))),
                    text("Compare."),
                ],
            ),
            |call| {
                call.messages(its::user(vec![
                    sdk::ContentBlock::Document(its::pdf("Report", PDF)),
                    sdk::ContentBlock::Document(its::pdf("Other report", PDF)),
                    its::text("Compare."),
                ]))
            },
        ),
        case(
            "a document of text",
            asks(
                CLAUDE,
                vec![
                    ContentBlock::Document(document("Notes", Source::Text("Rocks are old.".into()))),
                    text("How old?"),
                ],
            ),
            |call| {
                let notes = sdk::DocumentBlock::builder()
                    .name("Notes")
                    .source(sdk::DocumentSource::Text("Rocks are old.".into()));
                claude(call).messages(its::user(vec![
                    sdk::ContentBlock::Document(notes.build().expect("a whole document")),
                    its::text("How old?"),
                ]))
            },
        ),
        case(
            "a document in blocks, with citations and context",
            asks(
                CLAUDE,
                vec![
                    ContentBlock::Document(DocumentBlock {
                        context: Some("Of a geologist.".into()),
                        citations: true,
                        ..document("Notes", Source::Blocks(vec!["Rocks".into(), "are old.".into()]))
                    }),
                    text("How old?"),
                ],
            ),
            |call| {
                let blocks = ["Rocks", "are old."];
                let blocks = blocks.map(|text| sdk::DocumentContentBlock::Text(text.into()));
                let notes = sdk::DocumentBlock::builder()
                    .name("Notes")
                    .context("Of a geologist.")
                    .citations(citations())
                    .source(sdk::DocumentSource::Content(blocks.to_vec()));
                claude(call).messages(its::user(vec![
                    sdk::ContentBlock::Document(notes.build().expect("a whole document")),
                    its::text("How old?"),
                ]))
            },
        ),
        case(
            "a search result with citations",
            asks(
                CLAUDE,
                vec![
                    ContentBlock::SearchResult(SearchResultBlock {
                        source: "https://example.com/rocks".into(),
                        title: "Rocks".into(),
                        content: vec!["Rocks are old.".into(), "Very.".into()],
                        citations: true,
                        cache_control: None,
                    }),
                    text("How old?"),
                ],
            ),
            |call| {
                let blocks = ["Rocks are old.", "Very."].map(|text| {
                    let block = sdk::SearchResultContentBlock::builder().text(text).build();
                    block.expect("a whole block")
                });
                let result = sdk::SearchResultBlock::builder()
                    .source("https://example.com/rocks")
                    .title("Rocks")
                    .set_content(Some(blocks.to_vec()))
                    .citations(citations());
                claude(call).messages(its::user(vec![
                    sdk::ContentBlock::SearchResult(result.build().expect("a whole result")),
                    its::text("How old?"),
                ]))
            },
        ),
        case(
            "cited text in the history",
            turns(
                CLAUDE,
                vec![
                    turn(Role::User, vec![text("How old?")]),
                    turn(Role::Assistant, vec![cited("Very old.", "are old")]),
                    turn(Role::User, vec![text("Really?")]),
                ],
            ),
            |call| {
                claude(call)
                    .messages(its::user(vec![its::text("How old?")]))
                    .messages(its::assistant(vec![its_cited("Very old.", "are old")]))
                    .messages(its::user(vec![its::text("Really?")]))
            },
        ),
        case(
            "signed thinking in the history, and some without text",
            Request {
                max_tokens: Some(4000),
                thinking: budget(2000),
                ..turns(
                    CLAUDE,
                    vec![
                        turn(Role::User, vec![text("Why?")]),
                        turn(
                            Role::Assistant,
                            vec![thinking(" Hm.\n"), thinking(""), text("Because.")],
                        ),
                        turn(Role::User, vec![text("Really?")]),
                    ],
                )
            },
            |call| {
                let fields = serde_json::json!({"thinking": {"type": "enabled", "budget_tokens": 2000}});
                thinking_claude(call)
                    .messages(its::user(vec![its::text("Why?")]))
                    .messages(its::assistant(vec![
                        its_thinking(" Hm.\n"),
                        its_thinking(""),
                        its::text("Because."),
                    ]))
                    .messages(its::user(vec![its::text("Really?")]))
                    .inference_config(its::inference(|config| config.max_tokens(4000)))
                    .additional_model_request_fields(its::document(fields))
            },
        ),
        case(
            "redacted thinking in the history",
            turns(
                CLAUDE,
                vec![
                    turn(Role::User, vec![text("Why?")]),
                    turn(
                        Role::Assistant,
                        vec![
                            ContentBlock::RedactedThinking(RedactedThinkingBlock {
                                data: "EtkECkgIBxAB".into(),
                            }),
                            ContentBlock::RedactedThinking(RedactedThinkingBlock {
                                data: "base64:AAEC+v+ABw==".into(),
                            }),
                            text("Because."),
                        ],
                    ),
                    turn(Role::User, vec![text("Really?")]),
                ],
            ),
            |call| {
                let redacted = |bytes: &[u8]| {
                    let blob = sdk::ReasoningContentBlock::RedactedContent(Blob::new(bytes));
                    sdk::ContentBlock::ReasoningContent(blob)
                };
                claude(call)
                    .messages(its::user(vec![its::text("Why?")]))
                    .messages(its::assistant(vec![
                        redacted(b"EtkECkgIBxAB"),
                        redacted(&[0, 1, 2, 250, 255, 128, 7]),
                        its::text("Because."),
                    ]))
                    .messages(its::user(vec![its::text("Really?")]))
            },
        ),
        case(
            "cache points behind a system prompt and in turns",
            Request {
                system: vec![PlainText {
                    cache_control: cached_for_an_hour(),
                    ..plain("Be brief.")
                }],
                ..turns(
                    CLAUDE_4_5,
                    vec![turn(
                        Role::User,
                        vec![
                            ContentBlock::Text(TextBlock {
                                cache_control: cached(),
                                ..TextBlock::new("A long story.")
                            }),
                            text("And its end?"),
                        ],
                    )],
                )
            },
            |call| {
                let hour = its::cache_point(Some(sdk::CacheTtl::OneHour));
                claude(call)
                    .system(its::system("Be brief."))
                    .system(sdk::SystemContentBlock::CachePoint(hour))
                    .messages(its::user(vec![
                        its::text("A long story."),
                        sdk::ContentBlock::CachePoint(its::cache_point(None)),
                        its::text("And its end?"),
                    ]))
            },
        ),
        case(
            "a video in S3",
            asks(
                NOVA,
                vec![
                    text("What happens?"),
                    ContentBlock::Video(MediaBlock {
                        source: video(),
                        cache_control: None,
                    }),
                ],
            ),
            |call| {
                let place = sdk::S3Location::builder()
                    .uri("s3://films/one.mp4")
                    .bucket_owner("123456789012");
                let place = place.build().expect("a whole place");
                let video = sdk::VideoBlock::builder()
                    .format(sdk::VideoFormat::Mp4)
                    .source(sdk::VideoSource::S3Location(place));
                call.messages(its::user(vec![
                    its::text("What happens?"),
                    sdk::ContentBlock::Video(video.build().expect("a whole video")),
                ]))
            },
        ),
        case(
            "guarded text",
            asks(
                CLAUDE,
                vec![ContentBlock::Other(
                    r#"{"type":"guardContent","guardContent":{"text":{"text":"Hi","qualifiers":["query"]}}}"#.into(),
                )],
            ),
            |call| {
                let guarded = sdk::GuardrailConverseTextBlock::builder()
                    .text("Hi")
                    .qualifiers(sdk::GuardrailConverseContentQualifier::Query);
                let guarded = sdk::GuardrailConverseContentBlock::Text(
                    guarded.build().expect("a whole text"),
                );
                claude(call).messages(its::user(vec![sdk::ContentBlock::GuardContent(guarded)]))
            },
        ),
    ]
}
