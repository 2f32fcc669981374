//! Who may call: the clients' keys, compared in constant time.
//!
//! In: the setting, and what a request's headers present. Out: the caller's name, which is `context.user`, or nobody. Keys
//! are kept as their SHA-256 alone, and each presented key is compared with every one of them to the last byte, so that
//! the time tells neither how much of a key was right nor whose it is.

use std::hint::black_box;

use bedrock_provider::Counts;
use sha2::{Digest, Sha256};

use crate::http::Head;

/// The longest key and the longest name, in bytes.
const MAX_KEY: usize = 512;
const MAX_NAME: usize = 64;

/// Who is let in.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Keys {
    /// Nobody: nothing was set.
    #[default]
    Unset,
    /// Everybody, and nobody has a name.
    Open,
    /// Whoever has one of these.
    Of(Vec<Key>),
}

/// A key that lets in.
#[derive(Clone, PartialEq)]
pub struct Key {
    name: String,
    digest: [u8; 32],
}

/// Without the digest: one of a short key can be guessed.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Key").field(&self.name).finish()
    }
}

impl Keys {
    /// `key` or `name=key`, separated by commas. A key without a name is called by its place, `key-1`; one with an equal
    /// sign needs a name. Several keys may have one name. An error says what is wrong with which, and repeats no key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys: Vec<Key> = Vec::new();
        let mut known = Counts::default();
        for (place, entry) in (1_u32..).zip(text.split(',')) {
            let fault = |problem: &str| Err(format!("key {place}: {problem}"));
            let entry = entry.trim();
            let (name, key) = match entry.split_once('=') {
                // A variable that was not set, or a key that ends in equal signs and would be taken for a name.
                Some((_, key)) if key.trim_matches('=').is_empty() => {
                    return fault("expected name=key, got nothing behind the equal sign");
                }
                Some((name, key)) => (name.trim().to_owned(), key.trim()),
                None => (format!("key-{place}"), entry),
            };
            let is_name = |b: u8| b.is_ascii_alphanumeric() || b"._-@".contains(&b);
            if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(is_name) {
                return fault(
                    "expected a name of at most 64 letters, digits and . _ - @ before the equal sign",
                );
            }
            if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
                return fault("expected 1 to 512 visible ASCII characters");
            }
            if !known.add(key) {
                return fault("duplicate key");
            }
            let digest = digest(key);
            keys.push(Key { name, digest });
        }
        Ok(Keys::Of(keys))
    }

    /// Whether a key is called so.
    pub fn has_name(&self, name: &str) -> bool {
        matches!(self, Keys::Of(keys) if keys.iter().any(|key| key.name == name))
    }

    /// The caller's name; an error says what is missing.
    pub fn caller(&self, head: &Head) -> Result<Option<String>, &'static str> {
        let keys = match self {
            Keys::Open => return Ok(None),
            Keys::Unset => {
                return Err(
                    "API keys are required, but this gateway has none: set GATEWAY_KEYS, or GATEWAY_OPEN=true to allow calls without a key",
                );
            }
            Keys::Of(keys) => keys,
        };
        let bearers = head.all("authorization").filter_map(bearer);
        let mut presented = head.all("x-api-key").chain(bearers).peekable();
        if presented.peek().is_none() {
            return Err("API key is missing: send it as x-api-key, or as authorization: Bearer …");
        }
        let found = presented.filter_map(|key| find(keys, key)).next();
        match found {
            Some(name) => Ok(Some(name.to_owned())),
            None => Err("unknown API key"),
        }
    }
}

/// The token of `Bearer …` (RFC 6750 §2.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

fn find<'a>(keys: &'a [Key], presented: &str) -> Option<&'a str> {
    let presented = digest(presented);
    let mut found = None;
    for key in keys {
        let pairs = key.digest.iter().zip(presented);
        let difference = pairs.fold(0_u8, |difference, (a, b)| black_box(difference | (a ^ b)));
        if black_box(difference) == 0 {
            found = Some(key.name.as_str());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &[(&str, &str)]) -> Head {
        Head::of_headers(headers)
    }

    #[test]
    fn a_caller_is_named_by_either_header_and_a_stranger_is_not() {
        let keys = Keys::parse("ann=sk-1, sk-2,ann=sk-3,bob=YWJj==,a=b=c").unwrap();
        for (headers, caller) in [
            (&[("x-api-key", "sk-1")][..], Ok("ann")),
            (&[("x-api-key", "sk-3")], Ok("ann")),
            (&[("x-api-key", "sk-2")], Ok("key-2")),
            (&[("authorization", "Bearer sk-1")], Ok("ann")),
            (&[("authorization", "bearer  sk-1 ")], Ok("ann")),
            (&[("authorization", "Bearer YWJj==")], Ok("bob")),
            (&[("x-api-key", "b=c")], Ok("a")),
            (
                &[("x-api-key", "none"), ("authorization", "Bearer sk-1")],
                Ok("ann"),
            ),
            (&[("x-api-key", "sk-"), ("x-api-key", "sk-2")], Ok("key-2")),
            (&[("x-api-key", "sk-")], Err("unknown API key")),
            (&[("x-api-key", "sk-11")], Err("unknown API key")),
            (&[("x-api-key", "")], Err("unknown API key")),
            (&[("x-api-key", "ann=sk-1")], Err("unknown API key")),
            (
                &[("authorization", "Basic sk-1")],
                Err("API key is missing"),
            ),
            (&[("authorization", "sk-1")], Err("API key is missing")),
            (&[], Err("API key is missing")),
        ] {
            match (keys.caller(&head(headers)), caller) {
                (Ok(seen), Ok(expected)) => assert_eq!(seen.as_deref(), Some(expected)),
                (Err(seen), Err(expected)) => assert!(seen.contains(expected), "{seen}"),
                (seen, _) => panic!("{headers:?}: {seen:?}"),
            }
        }
    }

    #[test]
    fn without_keys_nobody_is_let_in_unless_the_gateway_is_open() {
        let with_key = head(&[("x-api-key", "")]);
        let error = Keys::Unset.caller(&with_key).unwrap_err();
        assert!(error.contains("GATEWAY_KEYS"), "{error}");
        assert_eq!(Keys::Open.caller(&head(&[])), Ok(None));
    }

    #[test]
    fn a_bad_key_is_told_by_its_place_and_not_repeated() {
        let long = "x".repeat(MAX_KEY + 1);
        for (text, place) in [
            ("hidden,", "key 2"),
            ("", "key 1"),
            ("a=hidden,b=hidden", "key 2"),
            ("=hidden", "key 1"),
            ("ann=", "key 1"),
            ("hidden,ann= ", "key 2"),
            ("aGlkZGVu==", "key 1"),
            ("na me=hidden", "key 1"),
            ("hid den", "key 1"),
            ("hidden\u{e9}", "key 1"),
            (&long, "key 1"),
        ] {
            let error = Keys::parse(text).unwrap_err();
            assert!(error.starts_with(place), "{text}: {error}");
            assert!(!error.contains("hidden"), "{error}");
        }
    }

    #[test]
    fn debug_tells_names_and_no_keys() {
        let keys = Keys::parse("ann=sk-hidden").unwrap();
        assert_eq!(format!("{keys:?}"), r#"Of([Key("ann")])"#);
    }
}
