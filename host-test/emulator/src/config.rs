//! What the emulator is: its keys, its clock, its strictness and its answers.

use crate::auth::{AccessKey, Gate};
use crate::clock::Clock;
use crate::credential_services::CredentialServices;
use crate::operation::Operation;
use crate::rules::RuleBook;
use crate::script::{Call, Responder, Script};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Access key id that the default configuration accepts: the one in AWS's documentation.
pub const EXAMPLE_ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
/// Secret of [`EXAMPLE_ACCESS_KEY_ID`].
pub const EXAMPLE_SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// Region of the default configuration.
pub const EXAMPLE_REGION: &str = "us-east-1";

/// Largest request body by default, in bytes: Bedrock's own limit for an InvokeModel body.
const MAX_BODY: usize = 25_000_000;

/// Scripts that wait for their requests, by operation, first in first out.
pub type Queues = HashMap<Operation, VecDeque<Script>>;

/// Settings of an [`Emulator`](crate::Emulator). The default accepts the example key in us-east-1,
/// enforces everything and tells stories.
#[derive(Debug, Clone)]
pub struct Config {
    /// TCP port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Region that signatures must be scoped to.
    pub region: String,
    /// Regions that it also stands for, as if each had its address here; none by default.
    pub other_regions: Vec<String>,
    /// Signing name that signatures must be scoped to.
    pub service: String,
    /// Access keys that exist.
    pub access_keys: Vec<AccessKey>,
    /// Bearer keys that exist; none by default.
    pub bearer_tokens: Vec<String>,
    /// The service's clock; also in the `Date` header of every answer.
    pub clock: Clock,
    /// Whether signatures and keys are checked at all.
    pub check_auth: bool,
    /// Whether bodies are held to the service model.
    pub check_constraints: bool,
    /// Which of Bedrock's further rules hold.
    pub rules: RuleBook,
    /// Largest request body in bytes; a larger one is a 413 with an HTML page.
    pub max_body: usize,
    /// Who answers when no script is queued.
    pub responder: Responder,
    /// Scripts that wait for their requests.
    pub queues: Queues,
    /// What is served of the credential chain; nothing by default.
    pub credential_services: CredentialServices,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            region: EXAMPLE_REGION.to_owned(),
            other_regions: Vec::new(),
            service: "bedrock".to_owned(),
            access_keys: vec![AccessKey::new(
                EXAMPLE_ACCESS_KEY_ID,
                EXAMPLE_SECRET_ACCESS_KEY,
            )],
            bearer_tokens: Vec::new(),
            clock: Clock::default(),
            check_auth: true,
            check_constraints: true,
            rules: RuleBook::default(),
            max_body: MAX_BODY,
            responder: Responder::default(),
            queues: Queues::new(),
            credential_services: CredentialServices::default(),
        }
    }
}

impl Config {
    /// Queues a script for the next request of an operation.
    #[must_use]
    pub fn script(mut self, operation: Operation, script: impl Into<Script>) -> Self {
        self.queues
            .entry(operation)
            .or_default()
            .push_back(script.into());
        self
    }

    /// Answers every request without a queued script with this one.
    #[must_use]
    pub fn always(mut self, script: impl Into<Script>) -> Self {
        self.responder = Responder::Always(Box::new(script.into()));
        self
    }

    /// Answers every request without a queued script by a function.
    #[must_use]
    pub fn respond(mut self, with: impl Fn(Call<'_>) -> Script + Send + Sync + 'static) -> Self {
        self.responder = Responder::Custom(Arc::new(with));
        self
    }

    pub(crate) fn gate(&self) -> Gate<'_> {
        Gate {
            region: &self.region,
            other_regions: &self.other_regions,
            service: &self.service,
            access_keys: &self.access_keys,
            bearer_tokens: &self.bearer_tokens,
            clock: self.clock,
        }
    }
}
