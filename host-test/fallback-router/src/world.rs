//! Generated: the world `middleware`.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    reason = "generated"
)]

wit_bindgen::generate!({
    world: "llm:provider/middleware",
    path: "../../wit",
    generate_all,
    pub_export_macro: true,
    // Whoever builds a record sets what matters and leaves the rest to `..Default::default()`. Sets of kinds have no
    // default, and neither have the records that hold one of these.
    additional_derives: [Default],
    additional_derives_ignore: [
        "cache-ttl", "chunk", "citation", "content-block", "content-block-delta", "content-block-start", "delta",
        "document-block", "error", "error-kind", "image-block", "media-block", "message", "message-delta", "response",
        "role", "source", "stop-reason", "thinking", "tool-choice", "tool-choice-mode", "tool-result-content",
        "unknown-price", "cost-limits"
    ],
});
