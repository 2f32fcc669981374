//! What was asked of the credential services, and what became of it.

use super::CredentialExchange;
use bytes::Bytes;
use std::time::Instant;

/// One request of the credential chain. Its `Debug` leaves out headers and body, which hold secrets.
#[derive(Clone)]
pub struct CredentialRequest {
    /// Which exchange it is; none for a replayed one.
    pub exchange: Option<CredentialExchange>,
    /// HTTP method.
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// When its last byte had arrived.
    pub arrived_at: Instant,
    /// Status of the answer; a fault may have kept it from arriving.
    pub status: u16,
}

impl CredentialRequest {
    /// First value of a header; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(seen, _)| seen.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// First value of a parameter of the form in the body.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let form = super::parameters(&String::from_utf8_lossy(&self.body));
        super::form::value(&form, name).map(str::to_owned)
    }
}

impl std::fmt::Debug for CredentialRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialRequest")
            .field("exchange", &self.exchange)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
