//! What goes wrong with the answer of a credential service.

use super::CredentialExchange;
use super::answer::Answer;
use crate::faults::{Fault, Point};
use std::time::Duration;

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialFault {
    /// This is answered, and nothing is issued.
    Status {
        /// HTTP status.
        status: u16,
        /// Content type of the body.
        content_type: String,
        /// The body.
        body: String,
    },
    /// The answer comes so much later.
    Delay(Duration),
    /// Nothing is ever answered, and the connection stays open.
    Hang,
    /// The answer's second half is missing, and HTTP calls it complete.
    Malformed,
    /// Spaces follow the answer, up to this many bytes in all.
    Oversize(usize),
    /// The connection is closed in the middle of the body, and HTTP can tell.
    Close,
    /// The connection is reset before the status line.
    Reset,
}

impl CredentialFault {
    /// A status with an empty body.
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            content_type: "text/plain".to_owned(),
            body: String::new(),
        }
    }
}

/// A fault, and the requests that it befalls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFault {
    /// The kind of request.
    pub exchange: CredentialExchange,
    /// What goes wrong.
    pub fault: CredentialFault,
    /// How many requests still; none means all.
    pub times: Option<u32>,
}

impl PlannedFault {
    /// A fault of every request of an exchange.
    pub fn always(exchange: CredentialExchange, fault: CredentialFault) -> Self {
        Self {
            exchange,
            fault,
            times: None,
        }
    }

    /// A fault of the next request of an exchange.
    pub fn once(exchange: CredentialExchange, fault: CredentialFault) -> Self {
        Self {
            times: Some(1),
            ..Self::always(exchange, fault)
        }
    }
}

/// The fault of the next request of `exchange`, which counts as happened.
pub(super) fn take(
    plan: &mut [PlannedFault],
    exchange: CredentialExchange,
) -> Option<CredentialFault> {
    let due = plan
        .iter_mut()
        .find(|planned| planned.exchange == exchange && planned.times != Some(0))?;
    due.times = due.times.map(|times| times.saturating_sub(1));
    Some(due.fault.clone())
}

/// An answer, and how it is delivered.
pub(crate) struct Served {
    /// None for a replayed one.
    pub(crate) exchange: Option<CredentialExchange>,
    pub(crate) answer: Answer,
    pub(crate) delivery: Option<Fault>,
    /// Wait before the status line.
    pub(crate) wait: Duration,
}

impl Served {
    pub(crate) fn well(exchange: Option<CredentialExchange>, answer: Answer) -> Self {
        Self {
            exchange,
            answer,
            delivery: None,
            wait: Duration::ZERO,
        }
    }

    /// The same with what goes wrong.
    pub(super) fn with(mut self, fault: Option<CredentialFault>) -> Self {
        let half = self.answer.body.len() / 2;
        match fault {
            // A status takes the answer's place before there is one.
            None | Some(CredentialFault::Status { .. }) => {}
            Some(CredentialFault::Delay(wait)) => self.wait = wait,
            Some(CredentialFault::Hang) => self.delivery = Some(Fault::StallBeforeHeaders),
            Some(CredentialFault::Malformed) => {
                let text = self.answer.body.chars();
                self.answer.body = text.take(half).collect();
            }
            Some(CredentialFault::Oversize(bytes)) => {
                let missing = bytes.saturating_sub(self.answer.body.len());
                self.answer.body.push_str(&" ".repeat(missing));
            }
            Some(CredentialFault::Close) => {
                self.delivery = Some(Fault::Close(Point::Byte(half)));
            }
            Some(CredentialFault::Reset) => self.delivery = Some(Fault::ResetBeforeHeaders),
        }
        self
    }
}
