//! The canonical shape: the Rust types of `wit/types.wit`, generated once and used by the core and by every world.
//!
//! In goes the WIT, out come plain records and variants with its documentation. The one exception is [`Context`], which
//! is written here so that its `Debug` does not tell the credentials; the generated code builds it field by field, so it
//! cannot fall out of step.

use core::fmt;

use crate::excerpt;

#[cfg(component)]
pub use crate::world::exports::llm::provider::types::*;
#[cfg(not(component))]
pub use crate::world::llm::provider::types::*;

/// What a call carries besides the request; `record context` of `wit/types.wit`, where each field is documented.
#[derive(Clone, PartialEq)]
#[allow(missing_docs, reason = "documented in the WIT")]
pub struct Context {
    pub credentials: Option<String>,
    pub region: Option<String>,
    pub endpoint: Option<String>,
    pub strict: bool,
    pub deadlines: Deadlines,
    pub max_attempts: Option<u32>,
    pub fallbacks: Vec<String>,
    pub cost_limits: Option<CostLimits>,
    pub user: Option<String>,
    pub extensions: Option<String>,
}

impl Default for Context {
    fn default() -> Self {
        Context {
            credentials: None,
            region: None,
            endpoint: None,
            strict: false,
            deadlines: Deadlines {
                connect_ms: None,
                first_byte_ms: None,
                between_bytes_ms: None,
                total_ms: None,
            },
            max_attempts: None,
            fallbacks: Vec::new(),
            cost_limits: None,
            user: None,
            extensions: None,
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field(
                "credentials",
                &self.credentials.as_ref().map(|_| "** redacted **"),
            )
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("strict", &self.strict)
            .field("deadlines", &self.deadlines)
            .field("max_attempts", &self.max_attempts)
            .field("fallbacks", &self.fallbacks)
            .field("cost_limits", &self.cost_limits)
            .field("user", &self.user)
            .field("extensions", &self.extensions)
            .finish()
    }
}

impl Error {
    /// A failure of our own making: no code, no status, not to be tried again.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error::at(kind, None, message.into())
    }

    /// Called from everywhere: one copy of it is enough.
    #[inline(never)]
    fn at(kind: ErrorKind, path: Option<String>, message: String) -> Self {
        Error {
            kind,
            message: excerpt::message(message),
            path: path.map(excerpt::path),
            code: None,
            status: None,
            request_id: None,
            retryable: false,
            retry_after_ms: None,
            usage: None,
            extensions: None,
        }
    }

    /// The caller's mistake, with the field that is at fault.
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Error::at(ErrorKind::InvalidRequest, Some(path.into()), message.into())
    }

    /// Something legal that this component or this model does not do.
    pub fn unsupported(path: impl Into<String>, message: impl Into<String>) -> Self {
        Error::at(ErrorKind::Unsupported, Some(path.into()), message.into())
    }
}

impl Request {
    /// To this model, with nothing in it.
    pub fn to(model: &str) -> Self {
        Request {
            model: model.into(),
            system: Vec::new(),
            messages: Vec::new(),
            max_tokens: None,
            temperature: None,
            top_p: None,
            top_k: None,
            stop_sequences: Vec::new(),
            tools: Vec::new(),
            tool_choice: None,
            thinking: None,
            output: None,
            service_tier: None,
            metadata: Vec::new(),
            betas: Vec::new(),
            extensions: None,
        }
    }
}

impl Usage {
    /// Nothing counted yet.
    pub const fn none() -> Self {
        Usage {
            input_tokens: 0,
            output_tokens: 0,
            cache_read_input_tokens: 0,
            cache_creation_input_tokens: 0,
            cache_creation: None,
            service_tier: None,
            extensions: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Context;

    #[test]
    fn debug_of_a_context_tells_no_credentials() {
        let context = Context {
            credentials: Some("wJalrXUtnFEMI".into()),
            ..Context::default()
        };
        let shown = format!("{context:?}");
        assert!(!shown.contains("wJalr"), "{shown}");
        assert!(shown.contains("redacted"), "{shown}");
    }
}
