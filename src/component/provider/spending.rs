//! What a call may cost, set aside before it is sent and settled when it is over.
//!
//! With the feature `ledger` the amount is reserved in the host's ledger; without it `per_request` alone holds, and limits
//! by day or month are refused. Attempts share one reservation, until one of them may have cost something.

use crate::canonical::{Cost, Error, Usage};
use crate::credentials::Credentials;
use crate::exchange::{Amendments, Call};
use crate::pricing::guard::{self, Admission};

#[cfg(feature = "ledger")]
use crate::world::llm::provider::ledger::{Account, Refusal, Reservation};

/// One call's money. Dropped before anything may have been used, it is given back; after that, what was set aside counts
/// as spent.
pub(super) struct Spending {
    admission: Admission,
    #[cfg(feature = "ledger")]
    reservation: Option<Reservation>,
    /// Something may have been used that nobody has counted yet.
    is_owed: bool,
}

impl Spending {
    /// Hold a call to its limits, and set aside what it may cost.
    pub(super) fn begin(
        call: &Call<'_>,
        credentials: &Credentials,
        amendments: &Amendments,
    ) -> Result<Self, Error> {
        let admission = call.admit(credentials, amendments)?;
        Self::reserve(admission)
    }

    #[cfg(not(feature = "ledger"))]
    fn reserve(admission: Admission) -> Result<Self, Error> {
        let admission = admission.without_ledger()?;
        Ok(Spending {
            admission,
            is_owed: false,
        })
    }

    #[cfg(feature = "ledger")]
    fn reserve(admission: Admission) -> Result<Self, Error> {
        let account = |account: &guard::Account| Account {
            user: account.user.clone(),
            period: account.period().to_owned(),
            cap: account.cap,
        };
        let accounts: Vec<Account> = admission.accounts.iter().map(account).collect();
        if accounts.is_empty() {
            return Ok(Spending {
                admission,
                reservation: None,
                is_owed: false,
            });
        }
        match Reservation::reserve(&accounts, admission.amount) {
            Ok(reservation) => Ok(Spending {
                admission,
                reservation: Some(reservation),
                is_owed: false,
            }),
            Err(Refusal::OverCap(over)) => {
                let account = usize::try_from(over.account).unwrap_or(usize::MAX);
                Err(admission.over_cap(account, over.spent))
            }
            Err(Refusal::Unavailable(why)) => Err(guard::unavailable(&why)),
        }
    }

    /// An answer has begun.
    pub(super) fn owed(mut self) -> Self {
        self.is_owed = true;
        self
    }

    /// The answer never began, so that its error alone says whether anything may have been used.
    pub(super) fn not_begun(mut self) -> Self {
        self.is_owed = false;
        self
    }

    /// The call is over, and this is what its answer says of it.
    pub(super) fn settle(mut self, cost: Option<&Cost>, usage: Option<&Usage>) {
        let spent = self.admission.settled(cost, usage);
        self.count(spent);
    }

    /// The call, or one attempt of it, failed: what was counted is paid for, and what the service refused is not, so
    /// that the money is there for the next attempt. Of what nobody knows, all that was set aside counts as spent.
    pub(super) fn fail(mut self, error: &Error) -> Option<Self> {
        self.is_owed |= guard::may_have_cost(error);
        if let Some(usage) = &error.usage {
            self.settle(None, Some(usage));
            return None;
        }
        (!self.is_owed).then_some(self)
    }

    #[cfg(feature = "ledger")]
    fn count(&mut self, spent: u64) {
        if let Some(reservation) = self.reservation.take() {
            Reservation::settle(reservation, spent);
        }
    }

    #[cfg(not(feature = "ledger"))]
    fn count(&mut self, _spent: u64) {}
}

impl Drop for Spending {
    fn drop(&mut self) {
        if !self.is_owed {
            self.count(0);
        }
    }
}
