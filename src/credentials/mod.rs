//! Credentials: what to sign with, and for which region.
//!
//! In: the context's text ([`blob`]) or the environment ([`environment`]). Out: [`Credentials`]. Secrets live in types
//! whose `Debug` does not tell them and which are zeroed when dropped.

pub(crate) mod blob;
pub(crate) mod environment;
mod region;

use std::fmt;

use zeroize::Zeroizing;

pub(crate) use region::choose as choose_region;

/// A text that is never shown and is zeroed when dropped.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text itself, for a header or a signature only.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("** redacted **")
    }
}

/// How a request proves who sends it.
#[derive(Debug, Clone)]
pub(crate) enum Auth {
    /// SigV4 with an access key, temporary or not.
    SigV4(aws_credential_types::Credentials),
    /// A Bedrock API key.
    Bearer(Secret),
}

impl Auth {
    pub(crate) fn access_key(id: &str, secret: &str, session_token: Option<&str>) -> Self {
        let token = session_token.map(str::to_owned);
        Auth::SigV4(aws_credential_types::Credentials::new(id, secret, token, None, "bedrock-provider"))
    }

    pub(crate) fn bearer(token: &str) -> Self {
        Auth::Bearer(Secret::new(token))
    }
}

/// What one source gave.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    /// None: only the region was given, and the default chain shall find the rest.
    pub auth: Option<Auth>,
    /// The region that came with them.
    pub region: Option<String>,
    /// In milliseconds since the Unix epoch.
    pub expires_at: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_no_secret() {
        for auth in [Auth::access_key("AKID", "hidden", Some("hidden")), Auth::bearer("hidden")] {
            let credentials = Credentials { auth: Some(auth), region: None, expires_at: None };
            let shown = format!("{credentials:?}");
            assert!(!shown.contains("hidden"), "{shown}");
        }
    }
}
