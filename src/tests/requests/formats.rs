//! What a file is: by its media type, its name or its content, whatever it is given as.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::*;
use crate::canonical::{ErrorKind, Source};

const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const SLIDES: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const STREAM: &str = "application/octet-stream";

const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0";
const TEXT: &[u8] = b"Hello";

/// An archive of files of these names, which are empty.
fn zip(names: &[&str]) -> Vec<u8> {
    let file = |name: &&str| [b"PK\x03\x04", &[0; 26][..], name.as_bytes()].concat();
    names.iter().flat_map(file).collect()
}

fn sent_of(block: ContentBlock) -> Sent {
    send(&request(NOVA, [user([block, text("q")])]))
}

/// The kind of the block that a document becomes, and its format.
fn document_becomes(media_type: &str, title: &str, content: &[u8]) -> (String, Value) {
    let block = document_of(bytes(media_type, content), title);
    becomes(ContentBlock::Document(block))
}

fn becomes(block: ContentBlock) -> (String, Value) {
    let sent = sent_of(block);
    let block = sent.body["messages"][0]["content"][0]
        .as_object()
        .expect("a block");
    let (kind, block) = block.iter().next().expect("a member");
    (kind.clone(), block["format"].clone())
}

#[test]
fn a_document_is_recognised_by_its_media_type_then_its_name_then_its_content() {
    let docx = zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"]);
    let xlsx = zip(&["[Content_Types].xml", "xl/workbook.xml"]);
    for (media_type, title, content, format) in [
        // A name of another kind of file, on text.
        (STREAM, "server.key", TEXT, "txt"),
        ("", "report.numbers", TEXT, "txt"),
        // The media type.
        ("text/x-markdown", "notes.md", TEXT, "md"),
        ("Text/Markdown; charset=utf-8", "x", TEXT, "md"),
        ("text/xml", "feed.xml", TEXT, "txt"),
        ("application/json", "", TEXT, "txt"),
        ("application/ld+json", "", TEXT, "txt"),
        ("application/atom+xml", "", TEXT, "txt"),
        ("image/svg+xml", "", TEXT, "txt"),
        ("text/x-python", "", TEXT, "txt"),
        ("text/plain", "a.pdf", TEXT, "txt"),
        ("application/x-yaml", "", TEXT, "txt"),
        ("application/csv", "", TEXT, "csv"),
        ("application/xhtml+xml", "", TEXT, "html"),
        (WORD, "", TEXT, "docx"),
        (SHEET, "", TEXT, "xlsx"),
        ("application/msword", "", OLE, "doc"),
        ("application/vnd.ms-excel", "", OLE, "xls"),
        // Its name.
        (STREAM, "book.xlsx", TEXT, "xlsx"),
        (STREAM, "notes.md", TEXT, "md"),
        ("", "REPORT.DOCX", TEXT, "docx"),
        ("", "old.xls", OLE, "xls"),
        ("", "old.doc", OLE, "doc"),
        ("", "page.htm", TEXT, "html"),
        ("", "latin1.txt", b"caf\xe9", "txt"),
        ("application/x-unheard-of", "a.csv", TEXT, "csv"),
        ("video/mp2t", "main.ts", TEXT, "txt"),
        ("application/zip", "a.docx", &docx, "docx"),
        ("application/vnd.ms-excel", "table.csv", TEXT, "csv"),
        // Its content.
        (STREAM, "", TEXT, "txt"),
        ("", "Makefile", TEXT, "txt"),
        ("", "v1.2", "é世界".as_bytes(), "txt"),
        ("", "", PDF, "pdf"),
        (SHEET, "a.xlsx", PDF, "pdf"),
        ("text/plain", "", PDF, "pdf"),
        ("", "", &docx, "docx"),
        ("application/zip", "", &xlsx, "xlsx"),
        // The older label of the newer format.
        ("application/msword", "a.docx", &docx, "docx"),
        ("application/msword", "", &docx, "docx"),
        ("text/plain", "a.xlsx", &xlsx, "xlsx"),
        // A text that begins as an image does.
        ("text/plain", "", b"GIF89a was a format", "txt"),
    ] {
        assert_eq!(
            document_becomes(media_type, title, content),
            ("document".into(), json!(format)),
            "{media_type} {title}"
        );
    }
}

#[test]
fn text_goes_as_it_is() {
    const JSON: &str = "{ \"a\" :\t1.50 }\r\n";
    let document = document_of(bytes("application/json", JSON.as_bytes()), "a.json");
    let sent = sent_of(ContentBlock::Document(document));
    let document = &sent.body["messages"][0]["content"][0]["document"];
    // The ending stays in the name: the format does not say it.
    assert_eq!(
        document,
        &json!({"format": "txt", "name": "a json", "source": {"bytes": "eyAiYSIgOgkxLjUwIH0NCg=="}})
    );
    let encoded = document_of(base64("application/json", "eyAi\nYSIgOjF9"), "a");
    let sent = sent_of(ContentBlock::Document(encoded));
    let document = &sent.body["messages"][0]["content"][0]["document"];
    assert_eq!(document["source"]["bytes"], "eyAiYSIgOjF9");
}

#[test]
fn a_file_is_the_block_of_its_kind_whatever_it_is_given_as() {
    let image = |media_type, content| ContentBlock::Image(image_of(bytes(media_type, content)));
    let document = |media_type, title, content| {
        ContentBlock::Document(document_of(bytes(media_type, content), title))
    };
    for (block, kind, format) in [
        (document("image/png", "", PNG), "image", "png"),
        (document("image/png", "", b"x"), "image", "png"),
        (document("", "photo.JPG", b"x"), "image", "jpeg"),
        (document(STREAM, "photo", JPEG), "image", "jpeg"),
        (document("application/pdf", "a.pdf", PNG), "image", "png"),
        (document("video/mp4", "", b"v"), "video", "mp4"),
        (document("", "clip.mov", b"\0"), "video", "mov"),
        (image("application/pdf", PDF), "document", "pdf"),
        (image("image/png", PDF), "document", "pdf"),
        (image("", PNG), "image", "png"),
        (image("text/csv", b"a,b"), "document", "csv"),
        (image("image/svg+xml", b"<svg/>"), "document", "txt"),
        (image(SHEET, b"x"), "document", "xlsx"),
        (image("video/webm", b"v"), "video", "webm"),
    ] {
        let shown = format!("{block:?}");
        assert_eq!(becomes(block), (kind.into(), json!(format)), "{shown}");
    }
    let pdf_as_image = || image("application/pdf", PDF);
    let sent = send(&request(LLAMA, [user([pdf_as_image(), text("q")])]));
    let name = &sent.body["messages"][0]["content"][0]["document"]["name"];
    assert_eq!(name, "document");
    assert_eq!(sent.changed(), ["messages[0].content[0]"]);
    let error = refusal(&request(LLAMA, [user([document("", "a.png", PNG)])]));
    assert!(error.message.contains("image input"), "{}", error.message);
}

#[test]
fn inside_a_result_too() {
    let image = ToolResultContent::Image(image_of(bytes("application/pdf", PDF)));
    let document = ToolResultContent::Document(document_of(bytes(STREAM, PNG), "a"));
    let sent = send(&returned(CLAUDE, [image, document], []));
    let content = &sent.body["messages"][2]["content"][0]["toolResult"]["content"];
    assert_eq!(content[0]["document"]["format"], "pdf");
    assert_eq!(content[1]["image"]["format"], "png");
}

#[test]
fn a_file_in_s3_is_recognised_by_its_media_type_or_its_address() {
    for (source, kind, format) in [
        (object("application/pdf"), "document", "pdf"),
        (
            Source::Url("s3://bucket/a.b/kiwi.JPG".into()),
            "image",
            "jpeg",
        ),
        (Source::Url("s3://bucket/clip.mov".into()), "video", "mov"),
        (Source::Url("s3://bucket/a.json".into()), "document", "txt"),
    ] {
        let block = ContentBlock::Image(image_of(source));
        assert_eq!(becomes(block), (kind.into(), json!(format)));
    }
    let nameless = ContentBlock::Image(image_of(Source::Url("s3://b.c/key".into())));
    let error = refusal(&request(NOVA, [user([nameless])]));
    let path = Some("messages[0].content[0].source.media_type");
    assert_eq!(error.path.as_deref(), path);
}

#[test]
fn a_medium_of_an_unknown_format_is_refused_with_the_formats_of_its_kind() {
    for (media_type, formats) in [
        ("video/x-msvideo", "mp4, mov, mkv"),
        ("Image/X-Portable-Pixmap", "png, jpeg, gif, webp"),
        ("image/heic", "png, jpeg, gif, webp"),
    ] {
        let block = document_of(bytes(media_type, TEXT), "");
        let error = refusal(&request(NOVA, [user([ContentBlock::Document(block)])]));
        assert_eq!(error.kind, ErrorKind::Unsupported, "{media_type}");
        assert!(error.message.contains(formats), "{}", error.message);
    }
}

#[test]
fn a_format_that_converse_does_not_take_is_refused_with_those_that_it_supports() {
    let slides = zip(&["[Content_Types].xml", "ppt/presentation.xml", "xl/embedded"]);
    for (media_type, title, content) in [
        (SLIDES, "deck.pptx", TEXT),
        (STREAM, "deck.PPTX", &slides),
        ("", "", &slides),
        (
            "application/vnd.oasis.opendocument.text",
            "a.odt",
            b"PK\x03\x04",
        ),
        ("application/zip", "a.zip", &zip(&["a.txt"])),
        (STREAM, "", b"\0\x01\x02"),
        ("", "", OLE),
        ("", "core", b"\x7fELF\0"),
    ] {
        let block = document_of(bytes(media_type, content), title);
        let error = refusal(&request(CLAUDE, [user([ContentBlock::Document(block)])]));
        assert_eq!(error.kind, ErrorKind::Unsupported, "{media_type} {title}");
        let path = Some("messages[0].content[0].source.media_type");
        assert_eq!(error.path.as_deref(), path);
        for format in [
            "pdf", "docx", "xlsx", "doc", "xls", "csv", "html", "md", "txt", title,
        ] {
            assert!(
                error.message.contains(format),
                "{format}: {}",
                error.message
            );
        }
    }
}

fn label() -> impl Strategy<Value = String> {
    let known = [
        "",
        STREAM,
        "application/pdf",
        "image/png",
        "image/tiff",
        "text/plain",
        "TEXT/x",
        SLIDES,
        SHEET,
        "video/mp4",
        "audio/wav",
        "application/zip",
        ";",
        "a/b; c=\"d\"",
    ];
    prop_oneof![3 => select(known.to_vec()).prop_map(str::to_owned), 1 => ".*"]
}

fn name() -> impl Strategy<Value = String> {
    let known = [
        "", ".", "a.", "a.pdf", ".png", "a.b.xlsx", "x.ts", "🦀.md", "a.pptx", "a.mp3",
    ];
    prop_oneof![3 => select(known.to_vec()).prop_map(str::to_owned), 1 => ".*"]
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    let heads: [&[u8]; 8] = [
        b"",
        PDF,
        PNG,
        b"PK\x03\x04",
        OLE,
        b"RIFF1234WEBP",
        b"text ",
        b"\xef\xbb\xbf",
    ];
    (
        select(heads.to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    )
        .prop_map(|(head, tail)| [head, &tail].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_file_is_a_block_or_an_error_that_names_it(
        label in label(),
        name in name(),
        content in content(),
        garbled in ".*",
        form in 0..5,
        is_image in any::<bool>(),
        model in select(&[CLAUDE, NOVA, LLAMA, DEEPSEEK, UNKNOWN][..]),
    ) {
        let source = match form {
            0 => bytes(&label, &content),
            1 => base64(&label, &garbled),
            2 => Source::Url(garbled),
            3 => Source::Text(garbled),
            _ => {
                use base64::Engine;
                base64(&label, &base64::engine::general_purpose::STANDARD.encode(&content))
            }
        };
        let (block, piece) = match is_image {
            true => {
                let image = image_of(source);
                (ContentBlock::Image(image.clone()), ToolResultContent::Image(image))
            }
            false => {
                let document = document_of(source, &name);
                (ContentBlock::Document(document.clone()), ToolResultContent::Document(document))
            }
        };
        let in_turn = request(model, [user([text("q"), block])]);
        let in_result = returned(model, [piece], []);
        for (request, path) in [
            (in_turn, "messages[0].content[1]"),
            (in_result, "messages[2].content[0].content[0]"),
        ] {
            match prepare(&request, &Context::default(), Operation::Complete) {
                Ok((http, _)) => {
                    let body: Value = serde_json::from_slice(&http.body).expect("JSON");
                    let turns = body["messages"].as_array().expect("turns");
                    let last = turns.last().expect("a turn");
                    let blocks = last["content"].as_array().expect("content").len();
                    prop_assert!(blocks > 0);
                }
                Err(error) => {
                    let at = error.path.unwrap_or_default();
                    prop_assert!(at.starts_with(path), "{at}: {}", error.message);
                }
            }
        }
    }
}
