//! Generated: the world `echo-provider`.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    reason = "generated"
)]

wit_bindgen::generate!({
    world: "llm:echo/echo-provider",
    path: ["../../wit", "wit"],
    generate_all,
    pub_export_macro: true,
});
