//! Documents and search results.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{DocumentBlock, ErrorKind, SearchResultBlock, Source};

fn document(block: DocumentBlock) -> ContentBlock {
    ContentBlock::Document(block)
}

fn sent_document(model: &str, block: DocumentBlock) -> Value {
    let sent = send(&request(model, [user([document(block), text("q")])]));
    sent.body["messages"][0]["content"][0]["document"].clone()
}

#[test]
fn a_document_has_the_format_of_its_media_type() {
    const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    for (media_type, format) in [
        ("application/pdf", "pdf"),
        ("text/plain", "txt"),
        ("text/plain; charset=utf-8", "txt"),
        ("text/markdown", "md"),
        ("text/html", "html"),
        ("text/csv", "csv"),
        ("application/msword", "doc"),
        (WORD, "docx"),
        ("application/vnd.ms-excel", "xls"),
        (SHEET, "xlsx"),
    ] {
        let block = document_of(bytes(media_type, b"x"), "d");
        assert_eq!(
            sent_document(CLAUDE, block),
            json!({"format": format, "name": "d", "source": {"bytes": "eA=="}}),
        );
    }
    // A PDF whatever it is labelled as.
    let block = document_of(bytes("application/octet-stream", PDF), "d");
    assert_eq!(sent_document(CLAUDE, block)["format"], "pdf");
}

#[test]
fn text_and_blocks_of_text_are_documents_without_a_format() {
    for (source, expected) in [
        (Source::Text("x\n".into()), json!({"text": "x\n"})),
        (
            Source::Blocks(vec!["a".into(), "b".into()]),
            json!({"content": [{"text": "a"}, {"text": "b"}]}),
        ),
    ] {
        let block = document_of(source, "d");
        let expected = json!({"name": "d", "source": expected});
        assert_eq!(sent_document(CLAUDE, block), expected);
    }
    for source in [Source::Text(" \n".into()), Source::Blocks(vec![])] {
        let block = document_of(source, "d");
        let error = refusal(&request(CLAUDE, [user([document(block)])]));
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        let path = Some("messages[0].content[0].source");
        assert_eq!(error.path.as_deref(), path);
    }
}

#[test]
fn names_are_legal_and_no_two_are_the_same() {
    let long = "x".repeat(250);
    let titles = [
        ("John's report.pdf", "John s report"),
        ("a.b.pdf", "a b"),
        ("a b", "a b 2"),
        ("分期.pdf", "document"),
        ("", "document 2"),
    ];
    let documents = titles.map(|(title, _)| document(pdf(title)));
    let sent = send(&request(CLAUDE, [user(documents)]));
    for (at, (title, name)) in titles.into_iter().enumerate() {
        let block = &sent.body["messages"][0]["content"][at]["document"];
        assert_eq!(block["name"], name, "{title}");
    }
    let renamed = sent.changed().into_iter();
    let renamed = renamed.filter(|path| path.ends_with(".title"));
    assert_eq!(renamed.count(), titles.len());
    let name = sent_document(CLAUDE, pdf(&long))["name"].clone();
    assert_eq!(name.as_str().map(str::len), Some(200));
    let kept = DocumentBlock {
        title: Some("Report (final) [2]_v-3".into()),
        ..pdf("")
    };
    assert_eq!(
        sent_document(CLAUDE, kept)["name"],
        "Report (final) [2]_v-3"
    );
    let nameless = DocumentBlock {
        title: None,
        ..pdf("")
    };
    assert_eq!(sent_document(CLAUDE, nameless)["name"], "document");
}

#[test]
fn a_document_alone_gets_a_text_beside_it() {
    for model in [CLAUDE, NOVA, LLAMA] {
        let text_file = || document(document_of(bytes("text/plain", b"x"), "d"));
        let turns = messages(&request(model, [user([text_file()])]));
        assert_eq!(turns[0]["content"][1], json!({"text": "."}), "{model}");
        let turns = messages(&request(model, [user([text_file(), text("q")])]));
        assert_eq!(turns[0]["content"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn context_and_citations_go_with_the_document() {
    let block = DocumentBlock {
        context: Some("from 2020".into()),
        citations: true,
        ..pdf("d")
    };
    let sent = send(&request(
        CLAUDE,
        [user([document(block.clone()), text("q")])],
    ));
    let body = &sent.body["messages"][0]["content"][0]["document"];
    assert_eq!(body["context"], "from 2020");
    assert_eq!(body["citations"], json!({"enabled": true}));
    assert_eq!(sent.warnings, []);
    let blank = DocumentBlock {
        context: Some(" ".into()),
        ..block.clone()
    };
    assert_eq!(sent_document(CLAUDE, blank).get("context"), None);
    let sent = send(&request(NOVA, [user([document(block), text("q")])]));
    let body = &sent.body["messages"][0]["content"][0]["document"];
    assert_eq!(body.get("citations"), None);
    assert_eq!(sent.lost(), ["messages[0].content[0].citations"]);
}

#[test]
fn a_model_without_documents_reads_those_that_are_text() {
    for (source, title) in [
        (Source::Text("x".into()), "T"),
        (Source::Blocks(vec!["x".into()]), "T"),
        (bytes("text/csv", b"x"), "T"),
        (base64("text/plain", "eA=="), "T"),
        (base64("application/json", "eA=="), "T"),
        (bytes("", b"x"), "T"),
        (bytes("application/octet-stream", b"x"), "T.py"),
    ] {
        let block = document(document_of(source, title));
        let sent = send(&request(DEEPSEEK, [user([block, text("q")])]));
        let content = &sent.body["messages"][0]["content"];
        let words = format!("{title}\n\nx");
        assert_eq!(content, &json!([{"text": words}, {"text": "q"}]));
        assert_eq!(sent.warnings, [("messages[0].content[0]".into(), false)]);
    }
    let whole = DocumentBlock {
        context: Some("from 2020".into()),
        citations: true,
        ..document_of(Source::Text("x".into()), "T")
    };
    let sent = send(&request(DEEPSEEK, [user([document(whole)])]));
    let words = &sent.body["messages"][0]["content"][0]["text"];
    assert_eq!(words, "T\n\nfrom 2020\n\nx");
    assert_eq!(sent.lost(), ["messages[0].content[0].citations"]);
    for source in [
        bytes("text/plain", b"\xff"),
        bytes("text/plain", b" \n"),
        bytes("application/pdf", PDF),
        object("text/plain"),
    ] {
        let block = document(document_of(source, "T"));
        let error = refusal(&request(DEEPSEEK, [user([block, text("q")])]));
        assert_eq!(error.kind, ErrorKind::Unsupported, "{error:?}");
        assert_eq!(error.path.as_deref(), Some("messages[0].content[0]"));
        assert!(error.message.contains("DeepSeek"), "{}", error.message);
        assert!(
            error.message.contains("document input"),
            "{}",
            error.message
        );
    }
}

#[test]
fn a_search_result_is_one_for_claude_and_a_text_for_others() {
    let found = |citations| {
        ContentBlock::SearchResult(SearchResultBlock {
            citations,
            ..search_result()
        })
    };
    assert_eq!(
        messages(&request(CLAUDE, [user([found(false), text("q")])]))[0]["content"][0],
        json!({"searchResult": {
            "source": "https://ex.com", "title": "T", "content": [{"text": "a"}, {"text": "b"}],
        }})
    );
    for model in [NOVA, LLAMA, UNKNOWN] {
        let sent = send(&request(model, [user([found(false), text("q")])]));
        assert_eq!(
            sent.body["messages"][0]["content"][0],
            json!({"text": "T\nhttps://ex.com\n\na\nb"})
        );
        assert_eq!(sent.lost(), [""; 0]);
        let sent = send(&request(model, [user([found(true), text("q")])]));
        assert_eq!(sent.lost(), ["messages[0].content[0].citations"]);
    }
}

#[test]
fn two_thousand_untitled_documents_get_unique_names_in_linear_time() {
    let untitled = || document(document_of(Source::Text("x".into()), ""));
    let documents: Vec<_> = (0..2000).map(|_| untitled()).collect();
    let request = request(CLAUDE, [user(documents)]);
    let begin = std::time::Instant::now();
    let sent = send(&request);
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
    let content = &sent.body["messages"][0]["content"];
    assert_eq!(content[1999]["document"]["name"], "document 2000");
}

/// Converse gives Claude a PDF as pages where it may cite them, and as bare text otherwise.
#[test]
fn a_pdf_that_claude_reads_as_text_alone_is_warned_about_once_and_without_loss() {
    let cited = DocumentBlock {
        citations: true,
        ..pdf("c")
    };
    for (model, blocks, warns) in [
        (CLAUDE, vec![pdf("a"), pdf("b")], true),
        (OPUS_4_7, vec![pdf("a")], true),
        (CLAUDE, vec![cited.clone()], false),
        (
            CLAUDE,
            vec![document_of(bytes("text/plain", b"x"), "t")],
            false,
        ),
        (NOVA, vec![pdf("a"), pdf("b")], false),
        (LLAMA, vec![pdf("a")], false),
    ] {
        let blocks: Vec<_> = blocks.into_iter().map(document).collect();
        let asked = request(model, [user([blocks, vec![text("q")]].concat())]);
        let expected = match warns {
            true => vec![("messages[0].content[0].citations".to_owned(), false)],
            false => Vec::new(),
        };
        assert_eq!(send(&asked).warnings, expected, "{model}");
        let strict = Context {
            strict: true,
            ..Context::default()
        };
        prepare(&asked, &strict, Operation::Complete).expect("no loss");
    }
    let returned = returned(CLAUDE, [ToolResultContent::Document(pdf("a"))], []);
    assert_eq!(
        send(&returned).changed(),
        ["messages[2].content[0].content[0].citations"]
    );
}
