//! Generated: the world.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    reason = "generated"
)]

wit_bindgen::generate!({
    world: "bedrock:gateway/bedrock-gateway-codec",
    path: "wit",
    pub_export_macro: true,
});
