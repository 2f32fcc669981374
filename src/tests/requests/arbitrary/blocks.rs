//! Blocks of all kinds, each legal where it stands.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::*;
use crate::canonical::{
    CacheControl, CharLocation, Citation, ContentBlock, DocumentBlock, ImageBlock, PageLocation,
    SearchResultBlock, ServerToolResultBlock, Source, TextBlock, ToolResultBlock,
    ToolResultContent, ToolUseBlock,
};

/// No cache point, or one of either ttl.
pub(super) fn cache_control() -> impl Strategy<Value = Option<CacheControl>> {
    prop_oneof![
        6 => Just(None),
        1 => Just(cache(None)),
        1 => Just(cache(Some(CacheTtl::FiveMinutes))),
        1 => Just(cache(Some(CacheTtl::OneHour))),
    ]
}

pub(super) fn words() -> impl Strategy<Value = &'static str> {
    select(&["a", "", " ", "\n\t", " b\n", "é世界🦀", "\"\\\u{0}\u{2028}"][..])
}

fn text_block() -> impl Strategy<Value = ContentBlock> {
    (words(), cache_control()).prop_map(|(text, cache_control)| {
        ContentBlock::Text(TextBlock {
            text: text.into(),
            citations: Vec::new(),
            cache_control,
        })
    })
}

/// An image that is what one of its first bytes say, under any label.
fn image() -> impl Strategy<Value = ImageBlock> {
    let heads = [PNG, JPEG, b"GIF89a\x01\0", b"RIFF\0\0\0\0WEBPVP8 "];
    let label = select(
        &[
            "image/png",
            "image/jpeg",
            "image/jpg",
            "image/gif",
            "image/webp",
        ][..],
    );
    let source = (select(heads.to_vec()), vec(any::<u8>(), 0..8), label)
        .prop_map(|(head, tail, label)| bytes(label, &[head, &tail].concat()));
    let source = prop_oneof![
        4 => source,
        1 => Just(base64("image/jpeg", "iVBORw0K\r\nGgoAAAA=")),
        1 => Just(object("image/png")),
    ];
    (source, cache_control()).prop_map(|(source, cache_control)| ImageBlock {
        source,
        cache_control,
    })
}

fn document() -> impl Strategy<Value = DocumentBlock> {
    let source = prop_oneof![
        Just(bytes("application/pdf", PDF)),
        Just(bytes("application/octet-stream", PDF)),
        vec(any::<u8>(), 1..9).prop_map(|data| bytes("text/plain", &data)),
        Just(bytes("text/csv", b"a,b")),
        Just(base64("text/markdown", "IyBh")),
        Just(base64("application/msword", "AAAA")),
        Just(Source::Text("plain".into())),
        Just(Source::Blocks(vec!["a".into(), "b".into()])),
        Just(object("application/pdf")),
        Just(object("text/plain")),
    ];
    let titles = [
        "a",
        "A",
        "a.pdf",
        "分期.pdf",
        "John's  report",
        "",
        "tab\tname",
        "()-[]_",
    ];
    let title = proptest::option::of(select(titles.to_vec()));
    let context = proptest::option::of(words());
    (source, title, context, any::<bool>(), cache_control()).prop_map(
        |(source, title, context, citations, cache_control)| DocumentBlock {
            source,
            title: title.map(str::to_owned),
            context: context.map(str::to_owned),
            citations,
            cache_control,
        },
    )
}

fn found() -> impl Strategy<Value = SearchResultBlock> {
    (any::<bool>(), cache_control()).prop_map(|(citations, cache_control)| SearchResultBlock {
        citations,
        cache_control,
        ..search_result()
    })
}

fn medium() -> impl Strategy<Value = ContentBlock> {
    let video = ["video/mp4", "video/3gpp", "video/quicktime"];
    let audio = ["audio/wav", "audio/mpeg", "audio/m4a"];
    let data = || vec(any::<u8>(), 1..9);
    prop_oneof![
        (select(video.to_vec()), data())
            .prop_map(|(kind, data)| ContentBlock::Video(media_of(bytes(kind, &data)))),
        (select(audio.to_vec()), data())
            .prop_map(|(kind, data)| ContentBlock::Audio(media_of(bytes(kind, &data)))),
        Just(ContentBlock::Video(media_of(object("video/mp4")))),
    ]
}

/// What a user says.
pub(super) fn asked() -> impl Strategy<Value = ContentBlock> {
    let guarded = r#"{"type":"guardContent","guardContent":{"text":{"text":"x"}}}"#;
    prop_oneof![
        4 => text_block(),
        2 => image().prop_map(ContentBlock::Image),
        3 => document().prop_map(ContentBlock::Document),
        1 => found().prop_map(ContentBlock::SearchResult),
        1 => medium(),
        1 => Just(ContentBlock::Other(guarded.into())),
    ]
}

fn cited() -> impl Strategy<Value = ContentBlock> {
    let page = Citation::PageLocation(PageLocation {
        cited_text: "c".into(),
        document_index: 0,
        document_title: None,
        start_page_number: 1,
        end_page_number: 2,
    });
    let char = Citation::CharLocation(CharLocation {
        cited_text: "c".into(),
        document_index: 0,
        document_title: Some("a".into()),
        start_char_index: 0,
        end_char_index: 1,
    });
    vec(select(vec![page, char]), 1..3).prop_map(|citations| {
        ContentBlock::Text(TextBlock {
            text: "said".into(),
            citations,
            cache_control: None,
        })
    })
}

/// Thinking: signed, not signed, or not shown.
pub(super) fn thought() -> impl Strategy<Value = ContentBlock> {
    let signature = select(&[None, Some(""), Some("c2ln")][..]);
    prop_oneof![
        2 => (words(), signature).prop_map(|(text, signature)| thinking(text, signature)),
        1 => select(&["EtkECkgI", "base64:AAH//g=="][..]).prop_map(redacted),
    ]
}

/// What a model says, besides its calls: also of another model that talked before.
pub(super) fn said() -> impl Strategy<Value = ContentBlock> {
    let server = ["nova_grounding", "web_search"];
    let call = |name: &str| ToolUseBlock {
        id: "s1".into(),
        name: name.into(),
        input: r#"{"q":"a"}"#.into(),
        cache_control: None,
    };
    let returned = |name: &str| ServerToolResultBlock {
        tool_use_id: "s1".into(),
        kind: format!("{name}_tool_result"),
        content: r#"[{"json":{"a":1}},{"text":"t"}]"#.into(),
    };
    prop_oneof![
        4 => text_block(),
        3 => thought(),
        1 => cited(),
        1 => select(server.to_vec()).prop_map(move |name| ContentBlock::ServerToolUse(call(name))),
        1 => select(server.to_vec())
            .prop_map(move |name| ContentBlock::ServerToolResult(returned(name))),
    ]
}

fn piece() -> impl Strategy<Value = ToolResultContent> {
    let values = [
        "[{}]",
        r#"{"__type":"x"}"#,
        r#"{"":"\ud83d","a":"\ud83e\udd80"}"#,
        r#""\udd80""#,
        "1",
        " ",
        "\"x\"",
    ];
    let json = select(values.to_vec());
    prop_oneof![
        4 => (words(), cache_control()).prop_map(|(text, cache_control)| {
            ToolResultContent::Text(PlainText { text: text.into(), cache_control })
        }),
        2 => image().prop_map(ToolResultContent::Image),
        2 => document().prop_map(ToolResultContent::Document),
        1 => Just(ToolResultContent::Video(media_of(bytes("video/mp4", b"v")))),
        1 => found().prop_map(ToolResultContent::SearchResult),
        1 => json.prop_map(|json| ToolResultContent::Json(json.into())),
    ]
}

/// What a tool returned; its id comes with its call.
pub(super) fn result() -> impl Strategy<Value = ToolResultBlock> {
    (vec(piece(), 0..3), any::<bool>(), cache_control()).prop_map(
        |(content, is_error, cache_control)| ToolResultBlock {
            tool_use_id: String::new(),
            content,
            is_error,
            cache_control,
        },
    )
}
