//! Generated: the world `keyvalue-ledger`.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    reason = "generated"
)]

wit_bindgen::generate!({
    world: "llm:keyvalue-ledger/keyvalue-ledger",
    path: ["../../wit", "wit"],
    generate_all,
    pub_export_macro: true,
});
