//! Parts of what was said, in the words of any API.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::canonical::*;
use crate::openai::tests::text;
use crate::{Ask, Dialect, Policy, Unknown, UnsupportedContent};

const REPLACE: Policy = Policy {
    unknown: Unknown::Warn,
    content: UnsupportedContent::Replace,
};

/// A message of this role, with this `content`, as either of OpenAI's APIs or Messages has it.
fn ask(dialect: Dialect, role: &str, content: &str, policy: Policy) -> Result<Ask, Error> {
    let message = format!(r#"{{"role":"{role}","content":{content}}}"#);
    let body = match dialect {
        Dialect::Responses => format!(r#"{{"model":"m","store":false,"input":[{message}]}}"#),
        _ => format!(r#"{{"model":"m","max_tokens":1,"messages":[{message}]}}"#),
    };
    dialect.read_request(body.as_bytes(), &[], policy)
}

/// Its blocks, nothing of which may be lost.
fn blocks(dialect: Dialect, role: &str, content: &str) -> Vec<ContentBlock> {
    let policy = Policy::from(Unknown::Refuse);
    let mut ask = ask(dialect, role, content, policy)
        .unwrap_or_else(|error| panic!("{dialect:?}: {content}: {error:?}"));
    assert_eq!(ask.warnings, [], "{dialect:?}: {content}");
    assert_eq!(ask.request.messages.len(), 1, "{dialect:?}: {content}");
    ask.request.messages.remove(0).content
}

const ALL: [Dialect; 3] = [Dialect::OpenAi, Dialect::Responses, Dialect::Anthropic];
const OPENAI: [Dialect; 2] = [Dialect::OpenAi, Dialect::Responses];

fn base64(media_type: &str, data: &str) -> Source {
    Source::Base64(Encoded {
        media_type: media_type.into(),
        data: data.into(),
    })
}

fn image(source: Source) -> ContentBlock {
    ContentBlock::Image(ImageBlock {
        source,
        cache_control: None,
    })
}

fn document(source: Source, title: Option<&str>) -> ContentBlock {
    ContentBlock::Document(DocumentBlock {
        source,
        title: title.map(str::to_owned),
        context: None,
        citations: false,
        cache_control: None,
    })
}

fn medium(source: Source) -> MediaBlock {
    MediaBlock {
        source,
        cache_control: None,
    }
}

fn png() -> Source {
    base64("image/png", "AAEC")
}

/// Parts of a user's, and what they are in every API.
fn of_user() -> Vec<(&'static str, ContentBlock)> {
    let found = SearchResultBlock {
        source: "https://a".into(),
        title: "t".into(),
        content: vec!["x".into()],
        citations: false,
        cache_control: None,
    };
    let result = ToolResultBlock {
        tool_use_id: "c".into(),
        content: vec![
            ToolResultContent::Text(PlainText {
                text: "15".into(),
                cache_control: None,
            }),
            ToolResultContent::Image(ImageBlock {
                source: png(),
                cache_control: None,
            }),
        ],
        is_error: true,
        cache_control: None,
    };
    let film = ContentBlock::Video(medium(base64("video/mp4", "AAEC")));
    let sound = ContentBlock::Audio(medium(base64("audio/mpeg", "AAEC")));
    vec![
        (r#"{"type":"text","text":"hi"}"#, text("hi")),
        (r#"{"type":"input_text","text":"hi"}"#, text("hi")),
        (
            r#"{"type":"output_text","text":"hi","annotations":[]}"#,
            text("hi"),
        ),
        (r#"{"type":"refusal","refusal":"no"}"#, text("no")),
        (r#""hi""#, text("hi")),
        (
            r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAEC"}}"#,
            image(png()),
        ),
        (
            r#"{"type":"image_url","image_url":"data:image/png;base64,AAEC"}"#,
            image(png()),
        ),
        (
            r#"{"type":"input_image","image_url":"DATA:image/png;base64,AAEC","detail":"auto"}"#,
            image(png()),
        ),
        (
            r#"{"type":"input_image","image_url":{"url":"data:image/png;base64,AAEC","detail":"auto"}}"#,
            image(png()),
        ),
        (
            r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAEC"}}"#,
            image(png()),
        ),
        (
            r#"{"type":"image","source":{"type":"url","url":"data:image/png;base64,AAEC"}}"#,
            image(png()),
        ),
        (
            r#"{"type":"image","source":{"type":"base64","media_type":"x","data":"data:image/png;base64,AAEC"}}"#,
            image(png()),
        ),
        (
            r#"{"type":"image_url","image_url":{"url":"https://a.example/b.png"}}"#,
            image(Source::Url("https://a.example/b.png".into())),
        ),
        (
            r#"{"type":"file","file":{"filename":"a.xlsx","file_data":"AAEC"}}"#,
            document(base64("", "AAEC"), Some("a.xlsx")),
        ),
        (
            r#"{"type":"file","filename":"a.xlsx","file_data":"AAEC"}"#,
            document(base64("", "AAEC"), Some("a.xlsx")),
        ),
        (
            r#"{"type":"input_file","filename":"a.md","file_data":"data:;base64,AAEC"}"#,
            document(base64("", "AAEC"), Some("a.md")),
        ),
        (
            r#"{"type":"input_file","file":{"file_data":"data:text/plain;charset=utf-8;base64,AAEC"}}"#,
            document(base64("text/plain", "AAEC"), None),
        ),
        (
            r#"{"type":"input_file","file_url":"https://a.example/b.pdf"}"#,
            document(Source::Url("https://a.example/b.pdf".into()), None),
        ),
        (
            r#"{"type":"file","file":{"file_data":"https://a.example/b.pdf"}}"#,
            document(Source::Url("https://a.example/b.pdf".into()), None),
        ),
        (
            r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"},"title":"t"}"#,
            document(Source::Text("d".into()), Some("t")),
        ),
        (
            r#"{"type":"document","source":{"type":"url","url":"data:text/csv,a%2Cb"}}"#,
            document(
                Source::Bytes(Raw {
                    media_type: "text/csv".into(),
                    data: b"a,b".to_vec(),
                }),
                None,
            ),
        ),
        (
            r#"{"type":"input_audio","input_audio":{"data":"AAEC","format":"mp3"}}"#,
            sound.clone(),
        ),
        (
            r#"{"type":"input_audio","input_audio":{"data":"data:audio/mpeg;base64,AAEC","format":"wav"}}"#,
            sound.clone(),
        ),
        (
            r#"{"type":"audio_url","audio_url":{"url":"data:audio/mpeg;base64,AAEC"}}"#,
            sound,
        ),
        (
            r#"{"type":"video_url","video_url":{"url":"data:video/mp4;base64,AAEC"}}"#,
            film.clone(),
        ),
        (
            r#"{"type":"video","source":{"type":"base64","media_type":"video/mp4","data":"AAEC"}}"#,
            film,
        ),
        (
            r#"{"type":"search_result","source":"https://a","title":"t","content":[{"type":"text","text":"x"}]}"#,
            ContentBlock::SearchResult(found),
        ),
        (
            r#"{"type":"tool_result","tool_use_id":"c","is_error":true,"content":["15",{"type":"input_image","image_url":"data:image/png;base64,AAEC"}]}"#,
            ContentBlock::ToolResult(result),
        ),
    ]
}

#[test]
fn a_part_of_any_api_is_read_in_every_api() {
    for (part, block) in of_user() {
        for dialect in ALL {
            let alone = blocks(dialect, "user", &format!("[{part}]"));
            assert_eq!(alone, std::slice::from_ref(&block), "{dialect:?}: {part}");
            // Not in a list.
            let bare = blocks(dialect, "user", part);
            assert_eq!(bare, std::slice::from_ref(&block), "{dialect:?}: {part}");
        }
    }
}

/// Cursor and others send an answer of Anthropic's back as it was.
#[test]
fn a_call_and_a_thought_among_the_content_of_an_answer_are_what_they_are() {
    let content = r#"[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"x"},
        {"type":"text","text":"so"},{"type":"tool_use","id":"c","name":"f","input":{"a" : 1}}]"#;
    for dialect in ALL {
        let blocks = blocks(dialect, "assistant", content);
        assert!(
            matches!(
                &blocks[..],
                [
                    ContentBlock::Thinking(thought),
                    ContentBlock::RedactedThinking(_),
                    ContentBlock::Text(said),
                    ContentBlock::ToolUse(call),
                ] if thought.signature.as_deref() == Some("s") && said.text == "so"
                    && call.id == "c" && call.input == r#"{"a" : 1}"#
            ),
            "{dialect:?}: {blocks:?}"
        );
    }
}

#[test]
fn an_answer_may_have_said_nothing() {
    for dialect in ALL {
        for content in ["null", "[]"] {
            let policy = Policy::from(Unknown::Refuse);
            let ask = ask(dialect, "assistant", content, policy).expect("nothing is said");
            let said = ask.request.messages.iter().flat_map(|turn| &turn.content);
            assert_eq!(said.count(), 0, "{dialect:?}");
            assert_eq!(ask.warnings, [], "{dialect:?}");
        }
        let policy = Policy::from(Unknown::Warn);
        let error = ask(dialect, "user", "null", policy).expect_err("a user says something");
        assert!(error.path.is_some_and(|path| path.ends_with("[0].content")));
    }
}

#[test]
fn where_a_cached_prefix_ends_is_read_on_every_part() {
    let marked = r#"[{"type":"image","source":{"type":"url","url":"u"},"cache_control":{"type":"ephemeral"}},
        {"type":"input_text","text":"a","cache_control":{"type":"ephemeral"}},
        {"type":"image_url","image_url":{"url":"u"},"cache_control":{"type":"ephemeral"}}]"#;
    for dialect in ALL {
        for mut block in blocks(dialect, "user", marked) {
            let place = crate::openai::piece::cache_place(&mut block);
            assert!(place.is_some_and(|place| place.is_some()), "{dialect:?}");
        }
    }
}

#[test]
fn what_a_person_or_a_tool_said_in_no_known_part_is_refused_or_replaced() {
    let tool = |dialect, part: &str, policy: Policy| {
        let body = match dialect {
            Dialect::OpenAi => format!(
                r#"{{"model":"m","messages":[{{"role":"tool","tool_call_id":"c","content":[{part}]}}]}}"#
            ),
            _ => format!(
                r#"{{"model":"m","input":[{{"type":"function_call_output","call_id":"c","output":[{part}]}}]}}"#
            ),
        };
        Dialect::read_request(dialect, body.as_bytes(), &[], policy)
    };
    const PART: &str = r#"{"type":"hologram","text":"look"}"#;
    for dialect in OPENAI {
        for role in ["user", "system", "developer"] {
            for unknown in [Unknown::Warn, Unknown::Refuse] {
                let policy = Policy::from(unknown);
                let error = ask(dialect, role, &format!("[{PART}]"), policy).expect_err(role);
                assert_eq!(error.kind, ErrorKind::Unsupported, "{error:?}");
                let path = error.path.unwrap_or_default();
                assert!(path.ends_with("[0].content[0].type"), "{path}");
                for word in ["hologram", "input_text", "image_url", "tool_result"] {
                    assert!(error.message.contains(word), "{}", error.message);
                }
            }
        }
        let error = tool(dialect, PART, Policy::from(Unknown::Warn)).expect_err("a tool's");
        assert_eq!(error.kind, ErrorKind::Unsupported, "{error:?}");

        let replaced = ask(dialect, "user", &format!("[{PART}]"), REPLACE).expect("replaced");
        let content = &replaced.request.messages[0].content;
        assert_eq!(content, &[text("[hologram omitted: not supported]")]);
        assert!(
            matches!(&replaced.warnings[..], [told] if told.lossy && told.path.ends_with("[0].type"))
        );
        let replaced = tool(dialect, PART, REPLACE).expect("replaced");
        assert!(
            matches!(&replaced.request.messages[0].content[..], [ContentBlock::ToolResult(result)]
                if matches!(&result.content[..], [ToolResultContent::Text(text)] if text.text.contains("hologram")))
        );
        let strict = Policy {
            unknown: Unknown::Refuse,
            ..REPLACE
        };
        ask(dialect, "user", &format!("[{PART}]"), strict).expect_err("strict");

        // Of an earlier answer it is no more than a by-product.
        let kept = format!(r#"[{PART},"a"]"#);
        let told = ask(dialect, "assistant", &kept, Policy::from(Unknown::Warn)).expect("kept");
        assert_eq!(told.request.messages[0].content, [text("a")]);
        assert!(matches!(&told.warnings[..], [told] if told.lossy));
    }
    let item = r#"{"model":"m","input":[{"type":"note","role":"user","content":"a"}]}"#;
    let replaced = Dialect::Responses.read_request(item.as_bytes(), &[], REPLACE);
    let replaced = replaced.expect("replaced");
    assert_eq!(
        replaced.request.messages[0].content,
        [text("[note omitted: not supported]")]
    );
}

#[test]
fn what_a_source_holds_besides_text_is_refused_or_replaced() {
    let content = r#"[{"type":"document","source":{"type":"content","content":["a",{"type":"image","source":{}}]}}]"#;
    for dialect in ALL {
        let refused = ask(dialect, "user", content, Policy::from(Unknown::Warn));
        let path = refused.expect_err("an image").path.unwrap_or_default();
        assert!(path.ends_with("[0].content[0].source.content[1]"), "{path}");
        let replaced = ask(dialect, "user", content, REPLACE).expect("replaced");
        let source = Source::Blocks(vec!["a".into(), "[image omitted: not supported]".into()]);
        let content = &replaced.request.messages[0].content;
        assert_eq!(content, &[document(source, None)]);
    }
}

fn any_part() -> impl Strategy<Value = String> {
    let types = [
        "text",
        "input_text",
        "image_url",
        "input_image",
        "file",
        "input_file",
        "image",
        "document",
        "tool_result",
        "tool_use",
        "refusal",
        "video_url",
        "input_audio",
        "search_result",
        "thinking",
        "",
        "hologram",
    ];
    let names = [
        "text",
        "image_url",
        "file",
        "file_data",
        "filename",
        "source",
        "content",
        "url",
        "data",
        "media_type",
        "tool_use_id",
        "citations",
        "input",
        "id",
        "name",
        "title",
        "cache_control",
        "file_id",
    ];
    let values = [
        "null",
        "1",
        "\" \"",
        "\"a\"",
        "[]",
        "{}",
        "\"data:\"",
        "\"data:,%\"",
        "\"data:;base64,A\"",
        "[\"a\"]",
        r#"{"url":"data:x"}"#,
        r#"{"file_data":"a:b"}"#,
        r#"{"type":"base64","media_type":"","data":"data:,"}"#,
        r#"{"type":"content","content":{"type":"text","text":"a"}}"#,
        r#"{"type":"url","url":"DATA:,x"}"#,
    ];
    let members = vec((select(names.to_vec()), select(values.to_vec())), 0..4);
    (select(types.to_vec()), members).prop_map(|(kind, members)| {
        let members: String = members
            .into_iter()
            .map(|(name, value)| format!(r#","{name}":{value}"#))
            .collect();
        format!(r#"{{"type":"{kind}"{members}}}"#)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_part_is_read_or_refused_by_its_path(
        parts in vec(any_part(), 1..3),
        role in select(&["user", "assistant", "system"][..]),
        dialect in select(&ALL[..]),
        replaces in any::<bool>(),
    ) {
        let policy = if replaces { REPLACE } else { Policy::from(Unknown::Warn) };
        let content = format!("[{}]", parts.join(","));
        match ask(dialect, role, &content, policy) {
            Ok(ask) => {
                let blocks: usize = ask.request.messages.iter().map(|turn| turn.content.len()).sum();
                let left_out = ask.warnings.iter().filter(|told| told.path.ends_with("].type")).count();
                prop_assert!(blocks + ask.request.system.len() + left_out >= parts.len(), "{content}");
            }
            Err(error) => {
                let path = error.path.unwrap_or_default();
                prop_assert!(path.contains("[0].content"), "{path}: {}", error.message);
            }
        }
    }
}

#[test]
fn an_uploaded_file_is_replaced_by_a_text_where_that_is_allowed() {
    for part in [
        r#"{"type":"input_image","file_id":"f"}"#,
        r#"{"type":"input_file","file_id":"f"}"#,
        r#"{"type":"file","file":{"file_id":"f"}}"#,
        r#"{"type":"document","source":{"type":"file","file_id":"f"}}"#,
    ] {
        let returned = format!(r#"{{"type":"tool_result","tool_use_id":"c","content":[{part}]}}"#);
        for dialect in ALL {
            for (content, at) in [(part, ""), (&*returned, ".content[0]")] {
                let content = format!("[{content}]");
                let refused = ask(dialect, "user", &content, Policy::from(Unknown::Warn));
                let error = refused.expect_err(part);
                assert_eq!(error.kind, ErrorKind::Unsupported, "{part}");
                let ask = ask(dialect, "user", &content, REPLACE).expect(part);
                let [warning] = &ask.warnings[..] else {
                    panic!("{:?}", ask.warnings);
                };
                assert!(warning.lossy, "{warning:?}");
                assert!(
                    warning.path.ends_with(&format!("content[0]{at}")),
                    "{warning:?}"
                );
                let said = format!("{:?}", ask.request.messages);
                assert!(said.contains("omitted: not supported"), "{said}");
                assert_eq!(said.contains("ToolResult("), !at.is_empty(), "{said}");
            }
        }
    }
}
