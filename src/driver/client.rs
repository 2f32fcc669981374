//! What the calls of one client share: the quota of retries, and how far the host's clock is off.

use super::Now;
use crate::canonical::Error;
use crate::clock::skew;
use crate::retry::Quota;

/// What calls share. One for an instance of a component, or for a host's client.
#[derive(Debug)]
pub struct Client {
    pub(super) quota: Quota,
    /// How many milliseconds the host's clock is behind the service's, and the endpoint that said so: what one endpoint
    /// says is not believed of others.
    offset: Option<(Option<String>, i64)>,
}

impl Client {
    /// Of no call yet.
    pub const NEW: Client = Client {
        quota: Quota::FULL,
        offset: None,
    };

    /// What the service at an endpoint takes for the time, to sign with, in milliseconds since the Unix epoch.
    pub(super) fn service_time(&self, endpoint: &Option<String>, now: Now) -> u64 {
        let offset = match &self.offset {
            Some((known, offset)) if known == endpoint => *offset,
            _ => 0,
        };
        now.unix_ms.saturating_add_signed(offset)
    }

    /// Correct the clock where an error shows that it is wrong; whether it did. `date` is the service's time.
    pub(super) fn correct(
        &mut self,
        error: &Error,
        date: Option<u64>,
        endpoint: &Option<String>,
        now: Now,
    ) -> bool {
        let signed_at = self.service_time(endpoint, now);
        let correction = skew::correction(error, date, signed_at);
        if let Some(more) = correction {
            let offset = signed_at.wrapping_sub(now.unix_ms).cast_signed();
            self.offset = Some((endpoint.clone(), offset.saturating_add(more)));
        }
        correction.is_some()
    }
}
