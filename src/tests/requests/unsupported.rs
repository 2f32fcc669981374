//! Content that cannot be sent: an error, or a text in its place.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{Error, ErrorKind, Source};

fn film() -> Source {
    bytes("video/mp4", b"v")
}

/// What a model does not take, where the fault is, and the text in its place.
fn unsupported() -> Vec<(&'static str, ContentBlock, &'static str, &'static str)> {
    const SLIDES: &str =
        "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    let image = |source| ContentBlock::Image(image_of(source));
    let document = |source, title| ContentBlock::Document(document_of(source, title));
    vec![
        (
            LLAMA,
            ContentBlock::Image(png()),
            "",
            "[image omitted: not supported by this model]",
        ),
        (
            CLAUDE,
            ContentBlock::Video(media_of(film())),
            "",
            "[video omitted: not supported by this model]",
        ),
        (
            CLAUDE,
            ContentBlock::Video(media_of(object("video/mp4"))),
            "",
            "[video omitted: not supported by this model]",
        ),
        (
            NOVA,
            ContentBlock::Audio(media_of(bytes("audio/wav", b"a"))),
            "",
            "[audio omitted: not supported by this model]",
        ),
        (
            DEEPSEEK,
            document(bytes("application/pdf", PDF), "a.pdf"),
            "",
            "[document \"a.pdf\" omitted: not supported by this model]",
        ),
        (
            CLAUDE,
            image(object("image/png")),
            ".source",
            "[image omitted: not supported by this model]",
        ),
        (
            CLAUDE,
            image(Source::Url("https://ex.com/a".into())),
            ".source.url",
            "[image omitted: not supported by this model]",
        ),
        (
            CLAUDE,
            document(bytes(SLIDES, b"PK\x03\x04"), "a.pptx"),
            ".source.media_type",
            "[document \"a.pptx\" omitted: not supported by this model]",
        ),
        (
            CLAUDE,
            image(bytes("image/tiff", b"II*\0")),
            ".source.media_type",
            "[image omitted: not supported by this model]",
        ),
    ]
}

fn strict(context: Context) -> Context {
    Context {
        strict: true,
        ..context
    }
}

fn error(request: &Request, context: &Context) -> Error {
    prepare(request, context, Operation::Stream).expect_err("refused")
}

#[test]
fn what_a_person_said_is_refused_where_it_cannot_be_sent_or_replaced_where_that_is_allowed() {
    for (model, block, member, words) in unsupported() {
        let request = request(model, [user([text("q"), block])]);
        let path = format!("messages[0].content[1]{member}");
        for context in [
            Context::default(),
            strict(Context::default()),
            strict(replacing()),
        ] {
            let error = error(&request, &context);
            assert_eq!(error.kind, ErrorKind::Unsupported, "{error:?}");
            assert_eq!(error.path.as_deref(), Some(path.as_str()), "{error:?}");
        }
        let sent = send_replaced(&request);
        let content = &sent.body["messages"][0]["content"];
        assert_eq!(content, &json!([{"text": "q"}, {"text": words}]));
        assert_eq!(sent.lost(), [path]);
    }
}

#[test]
fn what_a_tool_returned_likewise() {
    for (model, block, member, words) in unsupported() {
        let piece = match block {
            ContentBlock::Image(block) => ToolResultContent::Image(block),
            ContentBlock::Document(block) => ToolResultContent::Document(block),
            ContentBlock::Video(block) => ToolResultContent::Video(block),
            _ => continue,
        };
        // A document in S3 is read there, and nothing else.
        let request = returned(model, [ToolResultContent::Text(plain("x")), piece], []);
        let path = format!("messages[2].content[0].content[1]{member}");
        let refused = error(&request, &Context::default());
        assert_eq!(refused.kind, ErrorKind::Unsupported, "{refused:?}");
        assert_eq!(refused.path.as_deref(), Some(path.as_str()), "{refused:?}");
        let sent = send_replaced(&request);
        let body = sent.body["messages"][2]["content"].to_string();
        assert!(body.contains(&json!(words).to_string()), "{body}");
        assert_eq!(sent.lost(), [path]);
    }
}

/// An answer of another model's goes back to one that takes less.
#[test]
fn what_a_model_said_is_replaced_in_any_case() {
    for (model, block, member, words) in unsupported() {
        let request = request(
            model,
            [
                user([text("q")]),
                assistant([block, text("a")]),
                user([text("r")]),
            ],
        );
        let sent = send(&request);
        let content = &sent.body["messages"][1]["content"];
        assert_eq!(content, &json!([{"text": words}, {"text": "a"}]));
        let path = format!("messages[1].content[0]{member}");
        assert_eq!(sent.lost(), [path.as_str()]);
        let refused = error(&request, &strict(Context::default()));
        assert_eq!(refused.path, Some(path));
    }
}

#[test]
fn what_is_broken_is_refused_and_not_replaced() {
    for source in [
        bytes("image/png", b""),
        base64("image/png", "no base64!"),
        Source::Text("x".into()),
    ] {
        for model in [CLAUDE, LLAMA] {
            let image = ContentBlock::Image(image_of(source.clone()));
            let request = request(model, [user([text("q"), image])]);
            let error = error(&request, &replacing());
            assert_eq!(error.kind, ErrorKind::InvalidRequest, "{error:?}");
        }
    }
}

#[test]
fn an_error_names_the_field_the_model_and_the_remedy() {
    let asked = |model| request(model, [user([text("q"), ContentBlock::Image(png())])]);
    let refused = refusal(&asked(LLAMA));
    assert_eq!(
        refused.message,
        "image input is not supported by this Meta Llama model: remove it, or use another model"
    );
    // An ARN may hide a model that takes them.
    let refused = refusal(&asked(UNKNOWN));
    assert!(refused.message.contains("baseModel"), "{}", refused.message);
}

#[test]
fn a_setting_that_is_none_is_refused() {
    for value in [json!("drop"), json!(true), json!("")] {
        let extensions = json!({"bedrock": {"unsupportedContent": value}});
        let context = Context {
            extensions: Some(extensions.to_string()),
            ..Context::default()
        };
        let error = error(&hello(CLAUDE), &context);
        let path = Some("context.extensions.bedrock.unsupportedContent");
        assert_eq!(error.path.as_deref(), path);
    }
    for value in [json!("error"), Value::Null] {
        let extensions = json!({"bedrock": {"unsupportedContent": value}});
        let context = Context {
            extensions: Some(extensions.to_string()),
            ..Context::default()
        };
        send_in(&context, Operation::Complete, &hello(CLAUDE));
    }
}
