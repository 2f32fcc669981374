//! From a client's words to what Bedrock receives: files, and content in another API's words. Each case is a report of a
//! client whose content was lost or refused.

use bedrock_provider::canonical::{Context, Error, ErrorKind, Warning};
use bedrock_provider::credentials::{Auth, Credentials};
use bedrock_provider::environment::Environment;
use bedrock_provider::exchange::{Amendments, Call, Operation};
use llm_dialects::{Dialect, Policy, UnsupportedContent};
use serde_json::{Value, json};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const LLAMA: &str = "us.meta.llama3-3-70b-instruct-v1:0";

const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const SLIDES: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

/// What Bedrock receives, and the dialect's warnings and the provider's.
type Sent = Result<(Value, Vec<(String, bool)>), Error>;

fn send(dialect: Dialect, body: &Value, policy: Policy, extensions: Option<&str>) -> Sent {
    let mut ask = dialect.read_request(body.to_string().as_bytes(), &[], policy)?;
    ask.request.model = ["bedrock/", &ask.request.model].concat();
    let context = Context {
        extensions: extensions.map(str::to_owned),
        ..Context::default()
    };
    let credentials = Credentials {
        auth: Some(Auth::access_key("AKIDEXAMPLE", "secret", None)),
        region: Some("us-east-1".into()),
        expires_at: None,
    };
    let call = Call {
        request: &ask.request,
        context: &context,
        environment: &Environment::default(),
        operation: Operation::Complete,
        now: 1_440_938_160_000,
    };
    let prepared = call.prepare(&credentials, &Amendments::default())?;
    let sent = serde_json::from_slice(&prepared.request.body).expect("a JSON body");
    let state: Value = serde_json::from_slice(&prepared.state.to_bytes()).expect("a JSON state");
    let summary = |warning: Warning| (warning.path, warning.lossy);
    let mut warnings: Vec<_> = ask.warnings.into_iter().map(summary).collect();
    for warning in state["warnings"].as_array().expect("warnings") {
        let path = warning["path"].as_str().expect("a path").to_owned();
        warnings.push((path, warning["lossy"] == "lossy"));
    }
    Ok((sent, warnings))
}

const REFUSE: Policy = Policy {
    unknown: llm_dialects::Unknown::Warn,
    content: UnsupportedContent::Refuse,
};

/// The first turn's content, of which nothing may be lost.
fn content(dialect: Dialect, body: &Value) -> Value {
    let (sent, warnings) =
        send(dialect, body, REFUSE, None).unwrap_or_else(|error| panic!("{error:?}: {body}"));
    assert!(warnings.iter().all(|(_, lossy)| !lossy), "{warnings:?}");
    sent["messages"][0]["content"].clone()
}

fn chat(content: Value) -> Value {
    json!({"model": CLAUDE, "messages": [{"role": "user", "content": content}]})
}

fn responses(content: Value) -> Value {
    json!({"model": CLAUDE, "input": [{"role": "user", "content": content}]})
}

fn messages(content: Value) -> Value {
    json!({"model": CLAUDE, "max_tokens": 9, "messages": [{"role": "user", "content": content}]})
}

/// A file as Chat Completions has it.
fn file(filename: &str, file_data: &str) -> Value {
    json!([
        {"type": "text", "text": "Read it."},
        {"type": "file", "file": {"filename": filename, "file_data": file_data}},
    ])
}

/// Reports `file-type-*` and `file-data-url-case`, K35, and their kin.
#[test]
fn k35_the_format_of_a_file_is_recognised_by_its_type_its_name_or_its_content() {
    for (filename, file_data, format) in [
        (
            "book.xlsx",
            "data:application/octet-stream;base64,SGVsbG8=",
            "xlsx",
        ),
        ("feed.xml", "data:text/xml;base64,SGVsbG8=", "txt"),
        (
            "notes.md",
            "data:application/octet-stream;base64,SGVsbG8=",
            "md",
        ),
        ("notes.md", "data:text/x-markdown;base64,SGVsbG8=", "md"),
        ("a.txt", "DATA:text/plain;base64,SGVsbG8=", "txt"),
        ("sheet.xlsx", "UEsDBBQAAAAIAA==", "xlsx"),
        (
            "report.docx",
            "data:application/octet-stream;base64,UEsDBBQAAAAIAA==",
            "docx",
        ),
        ("data.json", "data:application/json;base64,e30=", "txt"),
        ("data.json", "e30=", "txt"),
        (
            "main.rs",
            "data:application/octet-stream;base64,Zm4=",
            "txt",
        ),
        ("a.pdf", "JVBERi0xLjQ=", "pdf"),
        ("unnamed", "JVBERi0xLjQ=", "pdf"),
        (
            "a",
            &format!("data:{SHEET};base64,UEsDBBQAAAAIAA=="),
            "xlsx",
        ),
        ("a", &format!("data:{WORD};base64,UEsDBBQAAAAIAA=="), "docx"),
        ("a.txt", "data:;base64,SGVsbG8=", "txt"),
        ("a.csv", "data:,a%2Cb%0A1%2C2", "csv"),
        ("a", "data:text/html;charset=utf-8,%3Cp%3E", "html"),
    ] {
        let content = content(Dialect::OpenAi, &chat(file(filename, file_data)));
        let document = &content[1]["document"];
        assert_eq!(document["format"], format, "{filename} {file_data}");
    }
    let json_document = json!([
        {"type": "text", "text": "Read it."},
        {"type": "document", "title": "data.json",
            "source": {"type": "base64", "media_type": "application/json", "data": "e30="}},
    ]);
    let content = content(Dialect::Anthropic, &messages(json_document));
    assert_eq!(
        content[1]["document"],
        json!({"format": "txt", "name": "data json", "source": {"bytes": "e30="}})
    );
}

#[test]
fn k35_slides_are_refused_with_the_formats_that_are_taken() {
    let data = format!("data:{SLIDES};base64,UEsDBBQAAAAIAA==");
    for body in [
        chat(file("deck.pptx", &data)),
        chat(file("deck.pptx", "UEsDBBQAAAAIAA==")),
    ] {
        let error = send(Dialect::OpenAi, &body, REFUSE, None).expect_err("slides");
        assert_eq!(error.kind, ErrorKind::Unsupported);
        let path = error.path.as_deref();
        assert_eq!(path, Some("messages[0].content[1].source.media_type"));
        let formats = "pdf, docx, xlsx, doc, xls, csv, html, md, txt";
        assert!(error.message.contains(formats), "{}", error.message);
        assert!(error.message.contains("deck.pptx"), "{}", error.message);
    }
}

#[test]
fn k29_content_in_another_api_s_words_is_read_and_an_answer_may_be_empty() {
    let said = content(
        Dialect::OpenAi,
        &chat(json!([{"type": "input_text", "text": "hi"}])),
    );
    assert_eq!(said, json!([{"text": "hi"}]));
    let said = content(
        Dialect::Responses,
        &responses(json!([{"type": "text", "text": "hi"}])),
    );
    assert_eq!(said, json!([{"text": "hi"}]));
    let said = content(
        Dialect::Anthropic,
        &messages(json!([{"type": "input_text", "text": "hi"}])),
    );
    assert_eq!(said, json!([{"text": "hi"}]));
    let body = json!({"model": CLAUDE, "messages": [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": []},
        {"role": "user", "content": "b"},
    ]});
    let (sent, warnings) = send(Dialect::OpenAi, &body, REFUSE, None).expect("sent");
    assert_eq!(sent["messages"].as_array().map(Vec::len), Some(1));
    assert!(warnings.iter().all(|(_, lossy)| !lossy), "{warnings:?}");
}

/// Cursor speaks Anthropic's blocks on Chat Completions.
#[test]
fn k29_calls_and_results_among_the_content_are_calls_and_results() {
    let body = json!({
        "model": CLAUDE,
        "tools": [{"type": "function", "function": {"name": "read", "parameters": {"type": "object"}}}],
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": [
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "x"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "it says y"}]},
                {"type": "input_text", "text": "go on"},
            ]},
        ],
    });
    let (sent, warnings) = send(Dialect::OpenAi, &body, REFUSE, None).expect("sent");
    assert_eq!(warnings, []);
    assert_eq!(
        sent["messages"][1]["content"][1],
        json!({"toolUse": {"toolUseId": "toolu_1", "name": "read", "input": {"path": "x"}}})
    );
    assert_eq!(
        sent["messages"][2]["content"],
        json!([
            {"toolResult": {"toolUseId": "toolu_1", "content": [{"text": "it says y"}]}},
            {"text": "go on"},
        ])
    );
}

#[test]
fn k27_a_pdf_without_citations_gets_a_warning_that_only_its_text_is_read() {
    let document = |citations: Value| {
        messages(json!([
            {"type": "text", "text": "Read it."},
            {"type": "document", "citations": citations,
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="}},
        ]))
    };
    for (citations, warns) in [(Value::Null, true), (json!({"enabled": true}), false)] {
        let (sent, warnings) =
            send(Dialect::Anthropic, &document(citations), REFUSE, None).expect("sent");
        let expected = match warns {
            true => vec![("messages[0].content[1].citations".to_owned(), false)],
            false => Vec::new(),
        };
        assert_eq!(warnings, expected);
        let enabled = &sent["messages"][0]["content"][1]["document"]["citations"]["enabled"];
        assert_eq!(enabled == true, !warns);
    }
}

#[test]
fn an_image_for_a_text_model_is_refused_in_each_api_or_replaced_in_both_rooms() {
    let image =
        json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}});
    let hologram = json!({"type": "hologram"});
    let body =
        json!({"model": LLAMA, "messages": [{"role": "user", "content": ["a", image, hologram]}]});
    let error = send(Dialect::OpenAi, &body, REFUSE, None).expect_err("a hologram");
    assert_eq!(error.path.as_deref(), Some("messages[0].content[2].type"));
    let body_without =
        json!({"model": LLAMA, "messages": [{"role": "user", "content": ["a", image]}]});
    let error = send(Dialect::OpenAi, &body_without, REFUSE, None).expect_err("an image");
    assert_eq!(error.path.as_deref(), Some("messages[0].content[1]"));
    assert!(error.message.contains("Meta Llama"), "{}", error.message);
    let policy = Policy::new(false, UnsupportedContent::Replace);
    let extensions = r#"{"bedrock":{"unsupportedContent":"replace"}}"#;
    let (sent, warnings) =
        send(Dialect::OpenAi, &body, policy, Some(extensions)).expect("replaced");
    assert_eq!(
        sent["messages"][0]["content"],
        json!([
            {"text": "a"},
            {"text": "[image omitted: not supported by this model]"},
            {"text": "[hologram omitted: not supported]"},
        ])
    );
    assert!(
        warnings.iter().filter(|(_, lossy)| *lossy).count() == 2,
        "{warnings:?}"
    );
}
