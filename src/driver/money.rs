//! What a call may cost: reserved before it is sent, and settled exactly once.
//!
//! Attempts share one reservation, until one of them may have cost something.

use super::{Settlement, Step};
use crate::canonical::{Cost, Error, Usage};
use crate::pricing::guard::{self, Admission};

/// Why a ledger does not reserve.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// Of this account, by its place in the reservation, so much is spent, in pico-USD.
    OverCap(usize, u64),
    /// What has been spent is not known; why, in words for a person.
    Unavailable(String),
    /// There is none.
    NoLedger,
}

/// The money of one call.
#[derive(Debug, Default)]
pub(super) struct Money {
    /// As it was admitted; none before that, and once it is settled.
    admission: Option<Admission>,
    /// What is to be done about the reservation.
    settlement: Option<Settlement>,
}

impl Money {
    pub(super) fn is_admitted(&self) -> bool {
        self.admission.is_some()
    }

    /// Whether there is a reservation that is not settled.
    pub(super) fn is_reserved(&self) -> bool {
        let admission = self.admission.as_ref();
        admission.is_some_and(|admission| !admission.accounts.is_empty())
    }

    /// What it takes is reserved, or nothing is to be counted.
    pub(super) fn admit(&mut self, admission: Admission) {
        self.admission = Some(admission);
    }

    /// What is to be done next about the reservation.
    pub(super) fn next(&mut self) -> Option<Step> {
        self.settlement.take().map(Step::Settle)
    }

    /// The answer says what it cost.
    pub(super) fn settle(&mut self, cost: Option<&Cost>, usage: Option<&Usage>) {
        self.end(|admission| Settlement::Spent(admission.settled(cost, usage)));
    }

    /// Nothing was used.
    pub(super) fn release(&mut self) {
        self.end(|_| Settlement::Spent(0));
    }

    /// What was used is not known.
    pub(super) fn keep(&mut self) {
        self.end(|_| Settlement::Unknown);
    }

    /// The call, or one attempt of it, failed: what was counted is paid for, and what the service refused is not, so
    /// that the reservation holds for the next attempt. Of what nobody knows, all that was reserved counts as spent.
    pub(super) fn fail(&mut self, error: &Error, has_begun: bool) {
        match &error.usage {
            Some(usage) => self.settle(None, Some(usage)),
            None if has_begun || guard::may_have_cost(error) => self.keep(),
            None => {}
        }
    }

    fn end(&mut self, settlement: impl FnOnce(&Admission) -> Settlement) {
        if let Some(admission) = self.admission.take()
            && !admission.accounts.is_empty()
        {
            self.settlement = Some(settlement(&admission));
        }
    }
}
