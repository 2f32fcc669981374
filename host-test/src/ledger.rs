//! Where spending is counted: what a host puts behind the interface `llm:provider/ledger` of `wit/ledger.wit`.
//!
//! A component asks it before each call that has limits by day or month, with the call's estimate, and tells it after
//! the call what it cost. In between the money is set aside, so that calls at once share what is left, and a
//! call whose end nobody saw is paid for: its reservation is dropped, and the amount stays spent.
//!
//! [`MemoryLedger`] counts for one process. Gateways on several machines share a ledger, for example a key-value store
//! with the atomic increments of `wasi:keyvalue`, one key for each user and period:
//!
//! - `reserve`: increment each account's key by the amount, which returns the new sum. Where one has passed its cap,
//!   increment it and those before it by the negative amount, and refuse. Two calls that meet at the cap may both be
//!   refused, never both let pass.
//! - `settle`: increment each key by the cost less the amount.
//! - Let the keys expire after their period.
//!
//! A store that does not answer is [`Refusal::Unavailable`], and the call is refused: a limit that cannot be held is not
//! passed over.

pub use crate::bindings::llm::provider::ledger::{Account, OverCap, Refusal};

use crate::bindings::llm::provider::ledger::{Host, HostReservation};
use crate::state::State;
use std::collections::{BTreeMap, HashMap};
use std::future::ready;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wasmtime::component::Resource;

/// What a ledger is still working on.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What users have spent. All amounts are in pico-USD (10⁻¹² USD).
///
/// An account is `user` and `period` alone; `cap` is this call's word on how far it may go.
pub trait Ledger: Send + Sync {
    /// Count `amount` as spent in every account, or, where one would pass its cap, in none. Atomic: as if calls at once
    /// came one after the other.
    fn reserve<'a>(
        &'a self,
        accounts: &'a [Account],
        amount: u64,
    ) -> Pending<'a, Result<(), Refusal>>;

    /// Count `cost` in the place of an `amount` that was reserved in these accounts, whatever their caps. A reservation
    /// is settled once, or never: it then stays spent.
    fn settle<'a>(&'a self, accounts: &'a [Account], amount: u64, cost: u64) -> Pending<'a, ()>;
}

/// A ledger in memory, exact however many calls there are at once: for one process, until it ends.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    periods: Mutex<BTreeMap<String, Users>>,
}

/// What each has spent.
type Users = HashMap<String, u64>;

impl MemoryLedger {
    /// What a user has spent in a period, `2026-11-23` or `2026-11`, reservations included.
    pub fn spent(&self, user: &str, period: &str) -> u64 {
        let periods = self.lock();
        let spent = periods.get(period).and_then(|users| users.get(user));
        spent.copied().unwrap_or(0)
    }

    /// Free what is kept of a period that is over.
    pub fn forget(&self, period: &str) {
        self.lock().remove(period);
    }

    /// A sum is whole between any two statements, so a thread that panicked has broken none.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Users>> {
        self.periods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn account_of<'a>(periods: &'a mut BTreeMap<String, Users>, account: &Account) -> &'a mut u64 {
    let users = periods.entry(account.period.clone()).or_default();
    users.entry(account.user.clone()).or_default()
}

impl Ledger for MemoryLedger {
    fn reserve<'a>(
        &'a self,
        accounts: &'a [Account],
        amount: u64,
    ) -> Pending<'a, Result<(), Refusal>> {
        let mut periods = self.lock();
        for (place, account) in (0_u32..).zip(accounts) {
            let spent = account_of(&mut periods, account);
            match spent.checked_add(amount) {
                Some(sum) if sum <= account.cap => *spent = sum,
                _ => {
                    let spent = *spent;
                    for counted in accounts.iter().take(place as usize) {
                        *account_of(&mut periods, counted) -= amount;
                    }
                    let account = place;
                    let refusal = Refusal::OverCap(OverCap { account, spent });
                    return Box::pin(ready(Err(refusal)));
                }
            }
        }
        Box::pin(ready(Ok(())))
    }

    fn settle<'a>(&'a self, accounts: &'a [Account], amount: u64, cost: u64) -> Pending<'a, ()> {
        let mut periods = self.lock();
        for account in accounts {
            let spent = account_of(&mut periods, account);
            *spent = spent.saturating_sub(amount).saturating_add(cost);
        }
        Box::pin(ready(()))
    }
}

/// What a component holds of money that was set aside for it.
#[derive(Debug)]
pub struct Reservation {
    accounts: Vec<Account>,
    amount: u64,
}

impl Host for State {}

impl HostReservation for State {
    async fn reserve(
        &mut self,
        accounts: Vec<Account>,
        amount: u64,
    ) -> wasmtime::Result<Result<Resource<Reservation>, Refusal>> {
        let Some(ledger) = &self.ledger else {
            let why = "this host keeps no ledger for the call; set Grants::ledger";
            return Ok(Err(Refusal::Unavailable(why.into())));
        };
        if let Err(refusal) = ledger.reserve(&accounts, amount).await {
            return Ok(Err(refusal));
        }
        let reservation = self.table.push(Reservation { accounts, amount })?;
        Ok(Ok(reservation))
    }

    async fn settle(
        &mut self,
        reservation: Resource<Reservation>,
        cost: u64,
    ) -> wasmtime::Result<()> {
        let Reservation { accounts, amount } = self.table.delete(reservation)?;
        if let Some(ledger) = &self.ledger {
            ledger.settle(&accounts, amount, cost).await;
        }
        Ok(())
    }

    async fn drop(&mut self, reservation: Resource<Reservation>) -> wasmtime::Result<()> {
        self.table.delete(reservation)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
