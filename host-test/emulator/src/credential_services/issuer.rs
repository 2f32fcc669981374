//! Temporary credentials: who made them up, and for how long.

use crate::auth::AccessKey;
use std::collections::HashMap;

/// Metadata services hand out the same credentials until so many seconds before they are over.
const RENEWED_BEFORE: i64 = 300;

/// Everything that was issued.
#[derive(Default)]
pub(super) struct Issuer {
    keys: Vec<AccessKey>,
    /// What a metadata service hands out, by the service's path: an index of `keys`.
    current: HashMap<String, usize>,
}

impl Issuer {
    /// New credentials, over at the given second since the epoch. They count, so that runs repeat;
    /// secret and token hold the characters that careless encoding breaks.
    pub(super) fn issue(&mut self, expires_at: i64) -> AccessKey {
        let number = self.keys.len() + 1;
        let key = AccessKey::new(
            format!("ASIAEMULATED{number:08}"),
            format!("emulated/secret+of/the+session/{number:08}="),
        )
        .session_token(format!("emulated/session+token/{number:08}=="))
        .expires_at(expires_at);
        self.keys.push(key.clone());
        key
    }

    /// The credentials of a metadata service: those of before, unless they are soon over.
    pub(super) fn hand_out(&mut self, path: &str, now: i64, expires_at: i64) -> AccessKey {
        let current = self.current.get(path).and_then(|at| self.keys.get(*at));
        let lasts = |key: &&AccessKey| key.expires_at.is_some_and(|end| end - now > RENEWED_BEFORE);
        if let Some(key) = current.filter(lasts) {
            return key.clone();
        }
        self.current.insert(path.to_owned(), self.keys.len());
        self.issue(expires_at)
    }

    pub(super) fn keys(&self) -> &[AccessKey] {
        &self.keys
    }
}
