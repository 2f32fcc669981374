//! The reservation of a call, in the host's ledger; without the feature `ledger` there is none.

use crate::driver::{Refusal, Settlement};
use crate::pricing::guard;

#[cfg(feature = "ledger")]
use crate::world::llm::provider::ledger::{self, Account, Reservation};

/// The reservation of one call. Dropped, it counts as spent; [`release`](Self::release) gives it back.
#[derive(Default)]
pub(super) struct Ledger {
    #[cfg(feature = "ledger")]
    reservation: Option<Reservation>,
}

impl Ledger {
    /// Reserve the amount in each account, or in none.
    #[cfg(feature = "ledger")]
    pub(super) fn reserve(
        &mut self,
        accounts: &[guard::Account],
        amount: u64,
    ) -> Result<(), Refusal> {
        let account = |account: &guard::Account| Account {
            user: account.user.clone(),
            period: account.period().to_owned(),
            cap: account.cap,
        };
        let accounts: Vec<Account> = accounts.iter().map(account).collect();
        match Reservation::reserve(&accounts, amount) {
            Ok(reservation) => {
                self.reservation = Some(reservation);
                Ok(())
            }
            Err(ledger::Refusal::OverCap(over)) => {
                let account = usize::try_from(over.account).unwrap_or(usize::MAX);
                Err(Refusal::OverCap(account, over.spent))
            }
            Err(ledger::Refusal::Unavailable(why)) => Err(Refusal::Unavailable(why)),
        }
    }

    #[cfg(not(feature = "ledger"))]
    pub(super) fn reserve(&mut self, _: &[guard::Account], _: u64) -> Result<(), Refusal> {
        Err(Refusal::NoLedger)
    }

    /// The reservation is over.
    #[cfg(feature = "ledger")]
    pub(super) fn settle(&mut self, settlement: Settlement) {
        match (self.reservation.take(), settlement) {
            (Some(reservation), Settlement::Spent(amount)) => {
                Reservation::settle(reservation, amount);
            }
            // Dropped, all of it counts.
            (_, Settlement::Unknown) | (None, _) => {}
        }
    }

    #[cfg(not(feature = "ledger"))]
    pub(super) fn settle(&mut self, _: Settlement) {}
}
