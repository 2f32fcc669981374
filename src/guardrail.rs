//! A guardrail in the wrong place: what protects is refused there, and never ignored.

use crate::canonical::Error;

/// Whether a member or a header of this name means a guardrail, however it is spelt: `guardrailConfig`,
/// `guardrail_config`, `amazon-bedrock-guardrailConfig`, `X-Amzn-Bedrock-GuardrailIdentifier`.
pub fn is_meant_by(name: &str) -> bool {
    const WORD: &[u8] = b"guardrail";
    let mut windows = name.as_bytes().windows(WORD.len());
    windows.any(|window| window.eq_ignore_ascii_case(WORD))
}

/// What is said of it.
pub fn misplaced(path: impl Into<String>) -> Error {
    Error::invalid(
        path,
        "a guardrail is not supported here: send it as extensions.bedrock.guardrailConfig, with guardrailIdentifier and guardrailVersion",
    )
}
