//! Signatures of thinking: the emulator knows its own again, as Anthropic's models do.
//!
//! Thinking that is sent back must be the text that was signed, to the letter (Anthropic, "Preserving thinking
//! blocks"). Signatures that are not the emulator's, such as recorded ones, it cannot judge and lets pass.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What a signature of the emulator's begins with, before base64.
const OWN: &[u8] = b"signature of the emulator:";

/// The signature of a text.
pub fn sign(thinking: &str) -> String {
    let digest = Sha256::digest(thinking);
    STANDARD.encode([OWN, digest.as_slice()].concat())
}

/// The first block of a Converse body whose thinking is not what the emulator signed, as Anthropic names it.
pub fn broken(body: &Value) -> Option<String> {
    let list = |value: &Value, name: &str| {
        let items = value.get(name).and_then(Value::as_array);
        items.cloned().unwrap_or_default().into_iter().enumerate()
    };
    list(body, "messages").find_map(|(turn, message)| {
        let mut blocks = list(&message, "content");
        let (block, _) = blocks.find(|(_, block)| is_broken(block))?;
        Some(format!("messages.{turn}.content.{block}"))
    })
}

fn is_broken(block: &Value) -> bool {
    let text = |name| {
        let text = block.pointer(&format!("/reasoningContent/reasoningText/{name}"));
        text.and_then(Value::as_str).unwrap_or_default()
    };
    let is_own = STANDARD
        .decode(text("signature"))
        .is_ok_and(|signature| signature.starts_with(OWN));
    is_own && text("signature") != sign(text("text"))
}
