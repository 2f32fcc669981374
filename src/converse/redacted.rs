//! `redacted_thinking.data` ⇄ `reasoningContent.redactedContent`, without loss both ways.
//!
//! Converse carries a blob, base64 on the wire. Anthropic's blobs are text, and that text is the canonical data, so
//! that a conversation begun elsewhere can go on here. A blob that is not text is carried as base64 behind a marker.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Before data that is a blob's base64; no Anthropic data holds a colon.
const MARKER: &str = "base64:";

/// Canonical data → base64 for the wire; none where the marker stands before something else.
pub(crate) fn to_wire(data: &str) -> Option<String> {
    match data.strip_prefix(MARKER) {
        Some(base64) => STANDARD.decode(base64).is_ok().then(|| base64.to_owned()),
        None => Some(STANDARD.encode(data)),
    }
}

/// A blob → canonical data.
pub(crate) fn from_blob(blob: Vec<u8>) -> String {
    match String::from_utf8(blob) {
        Ok(text) if !text.starts_with(MARKER) => text,
        Ok(text) => format!("{MARKER}{}", STANDARD.encode(text)),
        Err(error) => format!("{MARKER}{}", STANDARD.encode(error.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_blob_comes_back_as_it_was(marked in any::<bool>(), bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let blob = if marked { [MARKER.as_bytes(), &bytes].concat() } else { bytes };
            prop_assert_eq!(to_wire(&from_blob(blob.clone())), Some(STANDARD.encode(&blob)));
        }
    }

    #[test]
    fn anthropic_data_is_the_blob_as_text() {
        assert_eq!(from_blob(b"EtkECkgIBxAB".to_vec()), "EtkECkgIBxAB");
        assert_eq!(
            to_wire("EtkECkgIBxAB"),
            Some(STANDARD.encode("EtkECkgIBxAB"))
        );
        assert_eq!(to_wire("base64:!!!"), None);
    }
}
