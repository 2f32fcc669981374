//! Images, documents, video and audio through the built component: what arrives, what is moved with a warning, and what is
//! refused before anything is sent, or replaced by a text where the operator allows it.

use crate::support::calls::{CLAUDE, calling, complete, emulator, open};
use bedrock_emulator::Config;
use bedrock_host::types::{
    ContentBlock, Context, DocumentBlock, Encoded, ErrorKind, ImageBlock, MediaBlock, Message,
    PlainText, Raw, Request, Role, Source, StoredObject, TextBlock, ToolResultBlock,
    ToolResultContent, ToolUseBlock,
};
use serde_json::{Value, json};

const NOVA: &str = "bedrock/us.amazon.nova-lite-v1:0";
const LLAMA: &str = "bedrock/us.meta.llama3-3-70b-instruct-v1:0";
const DEEPSEEK: &str = "bedrock/us.deepseek.r1-v1:0";
const VOXTRAL: &str = "bedrock/mistral.voxtral-mini-3b-2507";

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR";
const PNG_BASE64: &str = "iVBORw0KGgoAAAANSUhEUg==";

fn bytes(media_type: &str, data: &[u8]) -> Source {
    Source::Bytes(Raw {
        media_type: media_type.into(),
        data: data.to_vec(),
    })
}

fn encoded(media_type: &str, data: &str) -> Source {
    Source::Base64(Encoded {
        media_type: media_type.into(),
        data: data.into(),
    })
}

fn object(uri: &str, media_type: &str) -> Source {
    Source::Object(StoredObject {
        uri: uri.into(),
        owner: None,
        media_type: media_type.into(),
    })
}

fn image_of(source: Source) -> ImageBlock {
    ImageBlock {
        source,
        cache_control: None,
    }
}

fn image(source: Source) -> ContentBlock {
    ContentBlock::Image(image_of(source))
}

fn medium(source: Source) -> MediaBlock {
    MediaBlock {
        source,
        cache_control: None,
    }
}

fn document_of(title: &str, source: Source) -> DocumentBlock {
    DocumentBlock {
        source,
        title: Some(title.into()),
        context: None,
        citations: false,
        cache_control: None,
    }
}

fn document(title: &str, source: Source) -> ContentBlock {
    ContentBlock::Document(document_of(title, source))
}

/// A question about these.
fn about(model: &str, media: Vec<ContentBlock>) -> Request {
    let text = ContentBlock::Text(TextBlock::new("What is this?"));
    let content = media.into_iter().chain([text]).collect();
    Request {
        messages: vec![Message {
            role: Role::User,
            content,
        }],
        ..Request::new(model)
    }
}

/// A tool that returned these.
fn returned(model: &str, content: Vec<ToolResultContent>) -> Request {
    let call = ContentBlock::ToolUse(ToolUseBlock {
        id: "abcDEF123".into(),
        name: "look".into(),
        input: "{}".into(),
        cache_control: None,
    });
    let result = ContentBlock::ToolResult(ToolResultBlock {
        tool_use_id: "abcDEF123".into(),
        content,
        is_error: false,
        cache_control: None,
    });
    let mut request = Request::new(model).user("Look.");
    for (role, block) in [(Role::Assistant, call), (Role::User, result)] {
        let content = vec![block];
        request.messages.push(Message { role, content });
    }
    request
}

/// What reached the emulator, which took it by all its rules, as the content of the last turn; and the paths of the
/// warnings.
async fn sent(name: &str, request: &Request, extensions: Option<&str>) -> (Value, Vec<String>) {
    let emulator = emulator(Config::default()).await;
    let context = Context {
        extensions: extensions.map(str::to_owned),
        ..calling(&emulator.url())
    };
    let answer = complete(request, &context).await;
    let answer = answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let body = emulator.requests()[0].json();
    let turns = body["messages"].as_array().expect("messages");
    let last = turns.last().expect("a turn");
    let warnings = answer.warnings.into_iter().map(|warning| warning.path);
    (last["content"].clone(), warnings.collect())
}

#[tokio::test]
async fn media_arrive_as_they_were_given() {
    let text = json!({"text": "What is this?"});
    let png = json!({"image": {"format": "png", "source": {"bytes": PNG_BASE64}}});
    let table = [
        (
            "bytes",
            about(CLAUDE, vec![image(bytes("image/png", PNG))]),
            json!([png, text]),
            &[][..],
        ),
        (
            "base64 with line breaks",
            about(
                CLAUDE,
                vec![image(encoded("image/png", "iVBORw0KGgoA\r\nAAANSUhEUg=="))],
            ),
            json!([png, text]),
            &[],
        ),
        (
            "a wrong label",
            about(CLAUDE, vec![image(bytes("image/jpeg", PNG))]),
            json!([png, text]),
            &["messages[0].content[0].source.media_type"],
        ),
        (
            "an image in S3",
            about(
                NOVA,
                vec![image(object("s3://bucket/a.webp", "image/webp"))],
            ),
            json!([
                {"image": {"format": "webp", "source": {"s3Location": {"uri": "s3://bucket/a.webp"}}}},
                text,
            ]),
            &[],
        ),
        (
            "a video",
            about(
                NOVA,
                vec![ContentBlock::Video(medium(bytes("video/mp4", b"mp4!")))],
            ),
            json!([{"video": {"format": "mp4", "source": {"bytes": "bXA0IQ=="}}}, text]),
            &[],
        ),
        (
            "sound",
            about(
                VOXTRAL,
                vec![ContentBlock::Audio(medium(bytes("audio/mpeg", b"mp3!")))],
            ),
            json!([{"audio": {"format": "mp3", "source": {"bytes": "bXAzIQ=="}}}, text]),
            &[],
        ),
        (
            "documents of one name",
            about(
                CLAUDE,
                vec![
                    document("A b.pdf", bytes("application/pdf", b"%PDF-1.4")),
                    document("A b.txt", bytes("text/plain", b"words")),
                ],
            ),
            json!([
                {"document": {"format": "pdf", "name": "A b", "source": {"bytes": "JVBERi0xLjQ="}}},
                {"document": {"format": "txt", "name": "A b 2", "source": {"bytes": "d29yZHM="}}},
                text,
            ]),
            &[
                // That the PDF is read as text.
                "messages[0].content[0].citations",
                "messages[0].content[0].title",
                "messages[0].content[1].title",
            ],
        ),
    ];
    for (name, request, expected, warned) in table {
        let (content, warnings) = sent(name, &request, None).await;
        assert_eq!(content, expected, "{name}");
        assert_eq!(warnings, warned, "{name}");
    }
}

#[tokio::test]
async fn what_a_tool_returned_stands_where_the_family_takes_it() {
    let text = || ToolResultContent::Text(PlainText::new("See."));
    let png = || ToolResultContent::Image(image_of(bytes("image/png", PNG)));
    let pdf =
        || ToolResultContent::Document(document_of("Map", bytes("application/pdf", b"%PDF-1.4")));
    let its_png = json!({"image": {"format": "png", "source": {"bytes": PNG_BASE64}}});
    let its_pdf =
        json!({"document": {"format": "pdf", "name": "Map", "source": {"bytes": "JVBERi0xLjQ="}}});
    let result =
        |content: Value| json!({"toolResult": {"toolUseId": "abcDEF123", "content": content}});
    let table = [
        (
            "an image, for Claude",
            returned(CLAUDE, vec![text(), png()]),
            json!([result(json!([{"text": "See."}, its_png]))]),
        ),
        (
            "a document alone, for Claude",
            returned(CLAUDE, vec![pdf()]),
            json!([result(json!([its_pdf]))]),
        ),
        (
            "an image, for Nova",
            returned(NOVA, vec![png()]),
            json!([result(json!([its_png]))]),
        ),
        (
            "a PDF, for Nova",
            returned(NOVA, vec![text(), pdf()]),
            json!([result(json!([{"text": "See."}])), its_pdf, {"text": "."}]),
        ),
    ];
    for (name, request, expected) in table {
        let (content, _) = sent(name, &request, None).await;
        assert_eq!(content, expected, "{name}");
    }
}

/// What each model does not support, with the path of the error or warning.
fn unsupported() -> Vec<(&'static str, Request, &'static str)> {
    const AT: &str = "messages[0].content[0]";
    const SOURCE: &str = "messages[0].content[0].source";
    let film = || ContentBlock::Video(medium(object("s3://bucket/a.mp4", "video/mp4")));
    vec![
        (
            "an image for Llama",
            about(LLAMA, vec![image(bytes("image/png", PNG))]),
            AT,
        ),
        ("a video for Claude", about(CLAUDE, vec![film()]), AT),
        (
            "sound for Nova",
            about(
                NOVA,
                vec![ContentBlock::Audio(medium(bytes("audio/mpeg", b"mp3!")))],
            ),
            AT,
        ),
        (
            "a PDF for DeepSeek",
            about(
                DEEPSEEK,
                vec![document("A", bytes("application/pdf", b"%PDF-1.4"))],
            ),
            AT,
        ),
        (
            "an image in S3 for Claude",
            about(
                CLAUDE,
                vec![image(object("s3://bucket/a.png", "image/png"))],
            ),
            SOURCE,
        ),
        (
            "an image from a tool for Llama",
            returned(
                LLAMA,
                vec![ToolResultContent::Image(image_of(bytes("image/png", PNG)))],
            ),
            "messages[2].content[0].content[0]",
        ),
    ]
}

#[tokio::test]
async fn unsupported_content_is_replaced_with_a_warning_where_that_is_allowed() {
    const REPLACE: &str = r#"{"bedrock":{"unsupportedContent":"replace"}}"#;
    for (name, request, path) in unsupported() {
        let (content, warnings) = sent(name, &request, Some(REPLACE)).await;
        assert!(
            warnings.iter().any(|warned| warned == path),
            "{name}: {warnings:?}"
        );
        let body = content.to_string();
        for member in ["\"image\"", "\"video\"", "\"audio\"", "\"document\""] {
            assert!(!body.contains(member), "{name}: {body}");
        }
        assert!(body.contains("omitted: not supported"), "{name}: {body}");
    }
}

#[tokio::test]
async fn unsupported_content_is_refused_before_anything_is_sent() {
    for (name, request, path) in unsupported() {
        let emulator = emulator(Config::default()).await;
        let context = calling(&emulator.url());
        for error in [
            complete(&request, &context).await.err(),
            open(&request, &context).await.err(),
        ] {
            let error = error.expect(name);
            assert_eq!(error.kind, ErrorKind::Unsupported, "{name}: {error:?}");
            assert_eq!(error.path.as_deref(), Some(path), "{name}: {error:?}");
            assert_eq!(error.status, None, "{name}: {error:?}");
        }
        assert_eq!(emulator.counters().connections, 0, "{name}");
        assert!(emulator.requests().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn what_no_model_could_be_given_is_refused_before_anything_is_sent() {
    let url = Source::Url("https://example.com/a.png".into());
    let table = [
        ("an address", image(url), ErrorKind::Unsupported),
        (
            "no base64",
            image(encoded("image/png", "data:image/png;base64,iVBO")),
            ErrorKind::InvalidRequest,
        ),
        (
            "no content",
            image(bytes("image/png", b"")),
            ErrorKind::InvalidRequest,
        ),
        (
            "an unknown format",
            image(bytes("image/tiff", b"II*\0")),
            ErrorKind::Unsupported,
        ),
        (
            "text as an image",
            image(Source::Text("a cat".into())),
            ErrorKind::InvalidRequest,
        ),
        (
            "a document of nothing",
            document("A", Source::Text(" ".into())),
            ErrorKind::InvalidRequest,
        ),
        (
            "an object elsewhere",
            ContentBlock::Video(medium(object("https://bucket/a.mp4", "video/mp4"))),
            ErrorKind::InvalidRequest,
        ),
    ];
    for (name, block, kind) in table {
        let emulator = emulator(Config::default()).await;
        // Nova takes all of these kinds.
        let error = complete(&about(NOVA, vec![block]), &calling(&emulator.url())).await;
        let error = error.expect_err(name);
        assert_eq!(error.kind, kind, "{name}: {error:?}");
        let path = error.path.as_deref().unwrap_or_default();
        assert!(
            path.starts_with("messages[0].content[0].source"),
            "{name}: {error:?}"
        );
        assert!(emulator.requests().is_empty(), "{name}");
    }
}
