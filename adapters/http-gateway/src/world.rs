//! Generated: the world of this build. The canonical types are the core's, so that what a dialect reads is what is asked.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    reason = "generated"
)]

#[cfg(feature = "models")]
wit_bindgen::generate!({
    world: "llm:gateway/gateway",
    path: ["../../wit", "wit"],
    generate_all,
    with: { "llm:provider/types@0.1.0": bedrock_provider::canonical },
    pub_export_macro: true,
});

#[cfg(not(feature = "models"))]
wit_bindgen::generate!({
    world: "llm:gateway/any-gateway",
    path: ["../../wit", "wit"],
    generate_all,
    with: { "llm:provider/types@0.1.0": bedrock_provider::canonical },
    pub_export_macro: true,
});
