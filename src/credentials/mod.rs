//! Credentials: what to sign with, and for which region.
//!
//! In: the context's text ([`blob`]), or the environment ([`environment`]); the other sources of AWS's default chain are
//! in [`crate::credential_chain`]. Out: [`Credentials`]. Secrets live in types whose `Debug` does not show them and which
//! are zeroed when dropped.

pub mod blob;
pub(crate) mod conceal;
pub mod environment;
mod region;

use std::fmt;

use zeroize::Zeroizing;

use crate::aws_error::{self, Suspect};
use crate::canonical::{Context, Error, ErrorKind};

pub use conceal::conceal;
pub use region::choose as region_of;

/// A text that is never shown and is zeroed when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text itself, for a header or a signature only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("** redacted **")
    }
}

/// How a request proves who sends it.
#[derive(Debug, Clone, PartialEq)]
pub enum Auth {
    /// SigV4 with an access key, temporary or not.
    SigV4(aws_credential_types::Credentials),
    /// A Bedrock API key.
    Bearer(Secret),
}

impl Auth {
    /// An access key; the token is for temporary ones.
    pub fn access_key(id: &str, secret: &str, session_token: Option<&str>) -> Self {
        let token = session_token.map(str::to_owned);
        Auth::SigV4(aws_credential_types::Credentials::new(
            id,
            secret,
            token,
            None,
            "bedrock-provider",
        ))
    }

    /// A Bedrock API key.
    pub fn bearer(token: &str) -> Self {
        Auth::Bearer(Secret::new(token))
    }
}

/// What one source gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Credentials {
    /// None: only the region was given, and the default chain shall find the rest.
    pub auth: Option<Auth>,
    /// The region that came with them.
    pub region: Option<String>,
    /// In milliseconds since the Unix epoch.
    pub expires_at: Option<u64>,
}

/// A role to assume, with what STS wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `arn:aws:iam::<account>:role/<name>`.
    pub arn: String,
    /// The word that the role's owner agreed on with the caller.
    pub external_id: Option<String>,
    /// What the account's logs shall show; none: a name with the time.
    pub session_name: Option<String>,
    /// How long the credentials shall hold; none: an hour.
    pub duration_seconds: Option<u32>,
}

/// What the context itself says, where no role can be assumed.
pub fn of_context(context: &Context) -> Result<Credentials, Error> {
    match &context.credentials {
        Some(text) => blob::decode(text),
        None => Ok(NOTHING),
    }
}

/// What the context itself says, with the role that it asks for.
pub fn with_role_of_context(context: &Context) -> Result<(Credentials, Option<Role>), Error> {
    match &context.credentials {
        Some(text) => blob::decode_with_role(text),
        None => Ok((NOTHING, None)),
    }
}

/// What is said by who says nothing.
const NOTHING: Credentials = Credentials {
    auth: None,
    region: None,
    expires_at: None,
};

/// Whether the service says that it does not take these credentials any more.
pub fn are_over(error: &Error) -> bool {
    let code = error.code.as_deref().and_then(aws_error::of_code);
    code.is_some_and(|code| code.suspect == Suspect::Credentials)
}

/// No source is configured.
pub fn none() -> Error {
    Error {
        path: Some("context.credentials".into()),
        ..Error::new(
            ErrorKind::Authentication,
            "no credentials: pass them with the call ({\"accessKeyId\": …, \"secretAccessKey\": …, \"region\": …}), or set \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_no_secret() {
        for auth in [
            Auth::access_key("AKID", "hidden", Some("hidden")),
            Auth::bearer("hidden"),
        ] {
            let credentials = Credentials {
                auth: Some(auth),
                region: None,
                expires_at: None,
            };
            let shown = format!("{credentials:?}");
            assert!(!shown.contains("hidden"), "{shown}");
        }
    }
}
