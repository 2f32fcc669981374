//! Rules about media.

use crate::cases::*;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let kind = "This model doesn't support the ";
    let media =
        |kind: &str, format: &str| json!({kind: {"format": format, "source": {"bytes": "YQ=="}}});
    let search = || {
        let content = json!([{"text": "Found."}]);
        user(json!([text(), {"searchResult": {"source": "s", "title": "t", "content": content}}]))
    };
    let beside = |block: Value| tool_turns(json!([call("a")]), json!([result("a"), text(), block]));
    let six: Vec<Value> = std::iter::once(text())
        .chain((0..6).map(|n| document(&n.to_string())))
        .collect();
    let s3_refusal = "This model doesn't support the s3Uri field.";
    let riff =
        json!({"image": {"format": "webp", "source": {"bytes": "UklGRiQAAABXRUJQVlA4IA=="}}});
    vec![
        bad(
            "media-kind",
            "amazon.nova-micro-v1:0",
            user(json!([text(), image("png")])),
            "This model doesn't support the image content block that you provided.",
        ),
        bad(
            "media-kind",
            "deepseek.v3-v1:0",
            user(json!([text(), document("a")])),
            kind,
        ),
        bad(
            "media-kind",
            CLAUDE,
            user(json!([text(), media("video", "mp4")])),
            kind,
        ),
        bad(
            "media-kind",
            NOVA,
            user(json!([text(), media("audio", "wav")])),
            kind,
        ),
        bad("media-kind", NOVA, search(), kind),
        bad(
            "media-kind",
            "us.meta.llama3-3-70b-instruct-v1:0",
            answered(json!([image("png")])),
            kind,
        ),
        good(
            "media-kind",
            NOVA,
            user(json!([text(), media("video", "mp4")])),
        ),
        good("media-kind", CLAUDE, search()),
        good("media-kind", OPAQUE, search()),
        good(
            "media-kind",
            "qwen.qwen3-vl-235b-a22b",
            user(json!([text(), image("png")])),
        ),
        good(
            "media-kind",
            "mistral.voxtral-small-24b-2507",
            user(json!([text(), media("audio", "wav")])),
        ),
        bad(
            "s3-source",
            CLAUDE,
            user(json!([text(), s3("image", "png")])),
            s3_refusal,
        ),
        bad(
            "s3-source",
            CLAUDE,
            user(json!([text(), s3("document", "pdf")])),
            s3_refusal,
        ),
        bad(
            "s3-source",
            LLAMA,
            answered(json!([s3("document", "pdf")])),
            s3_refusal,
        ),
        good("s3-source", NOVA, user(json!([text(), s3("image", "png")]))),
        good(
            "s3-source",
            CLAUDE,
            answered(json!([s3("document", "pdf")])),
        ),
        bad(
            "media-beside-tool-result",
            CLAUDE,
            beside(pdf("a")),
            "The model returned the following errors: messages.2.content.2.document.source.type: Field required",
        ),
        bad(
            "media-beside-tool-result",
            CLAUDE,
            beside(s3("document", "pdf")),
            "The model returned the following errors: messages.2.content.2.document.source.type: Field required",
        ),
        good("media-beside-tool-result", CLAUDE, beside(image("png"))),
        good("media-beside-tool-result", NOVA, beside(pdf("a"))),
        bad(
            "image-bytes",
            NOVA,
            user(json!([text(), image("jpeg")])),
            "The model returned the following errors: messages.0.content.1.image.source.base64: The image was specified",
        ),
        bad(
            "image-bytes",
            CLAUDE,
            answered(json!([media("image", "gif")])),
            "The model returned the following errors: messages.2.content.0.toolResult.content.0.image",
        ),
        good(
            "image-bytes",
            NOVA,
            user(json!([text(), image("png"), riff])),
        ),
        bad(
            "document-name",
            NOVA,
            user(json!([text(), document("John's report")])),
            "The document file name can only contain alphanumeric characters",
        ),
        bad(
            "document-name",
            NOVA,
            answered(json!([document("a  b")])),
            "The document file name can only contain alphanumeric characters",
        ),
        good(
            "document-name",
            NOVA,
            user(json!([text(), document("a_1 (b) [c]-d")])),
        ),
        bad(
            "document-names-unique",
            NOVA,
            user(json!([text(), document("a"), document("a")])),
            "Messages can't contain duplicate document names.",
        ),
        good(
            "document-names-unique",
            NOVA,
            user(json!([text(), document("a"), document("b")])),
        ),
        bad(
            "document-needs-text",
            NOVA,
            user(json!([document("a")])),
            "A text block must be included when using documents.",
        ),
        good(
            "document-needs-text",
            NOVA,
            answered(json!([document("a")])),
        ),
        bad(
            "documents-at-most-five",
            NOVA,
            user(json!(six)),
            "You can't include more than 5 documents in a request.",
        ),
        good("documents-at-most-five", NOVA, user(json!(six[..6]))),
    ]
}
