//! Generated: the world that this build is for, its imports as functions and its exports as traits and types.
//!
//! One world a build, so that the canonical types exist once: for a library, and for the tests, the world `canonical`,
//! which is the types alone.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    reason = "generated"
)]

#[cfg(not(component))]
wit_bindgen::generate!({
    world: "canonical",
    path: "wit",
    generate_unused_types: true,
    additional_derives: [PartialEq, Clone],
    with: { "llm:provider/types@0.1.0/context": crate::canonical::Context },
});

#[cfg(all(
    target_arch = "wasm32",
    feature = "provider",
    not(feature = "codec"),
    not(feature = "ledger"),
    not(feature = "async")
))]
wit_bindgen::generate!({
    world: "llm:provider-bedrock/bedrock-provider",
    path: ["wit", "wit/bedrock"],
    generate_all,
    additional_derives: [PartialEq, Clone],
    // It holds a resource.
    additional_derives_ignore: ["stream-error"],
    with: { "llm:provider/types@0.1.0/context": crate::canonical::Context },
    pub_export_macro: true,
});

#[cfg(all(
    target_arch = "wasm32",
    feature = "ledger",
    not(feature = "codec"),
    not(feature = "async")
))]
wit_bindgen::generate!({
    world: "llm:provider-bedrock/bedrock-provider-ledger",
    path: ["wit", "wit/bedrock"],
    generate_all,
    additional_derives: [PartialEq, Clone],
    // It holds a resource.
    additional_derives_ignore: ["stream-error"],
    with: { "llm:provider/types@0.1.0/context": crate::canonical::Context },
    pub_export_macro: true,
});

#[cfg(all(
    target_arch = "wasm32",
    feature = "async",
    not(feature = "codec"),
    not(feature = "provider")
))]
wit_bindgen::generate!({
    world: "llm:provider-async/bedrock-provider-async",
    path: ["wit", "wit/async"],
    generate_all,
    additional_derives: [PartialEq, Clone],
    with: { "llm:provider/types@0.1.0/context": crate::canonical::Context },
    pub_export_macro: true,
});

#[cfg(all(
    target_arch = "wasm32",
    feature = "codec",
    not(feature = "provider"),
    not(feature = "async")
))]
wit_bindgen::generate!({
    world: "llm:provider-bedrock/bedrock-codec",
    path: ["wit", "wit/bedrock"],
    additional_derives: [PartialEq, Clone],
    with: { "llm:provider/types@0.1.0/context": crate::canonical::Context },
    pub_export_macro: true,
});

#[cfg(all(
    target_arch = "wasm32",
    any(
        all(feature = "provider", feature = "codec"),
        all(feature = "provider", feature = "async"),
        all(feature = "async", feature = "codec")
    )
))]
compile_error!(
    "choose one world: build the others with --no-default-features --features codec, or async"
);
