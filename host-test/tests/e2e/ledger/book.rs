//! Ledgers that a test can look into, or that do not answer.

use bedrock_host::ledger::{Account, Pending, Refusal};
use bedrock_host::{Ledger, MemoryLedger};
use std::sync::Mutex;

/// A ledger in memory that remembers what was asked of it.
#[derive(Default)]
pub(super) struct Book {
    kept: MemoryLedger,
    asked: Mutex<Vec<(Vec<Account>, u64)>>,
}

impl Ledger for Book {
    fn reserve<'a>(
        &'a self,
        accounts: &'a [Account],
        amount: u64,
    ) -> Pending<'a, Result<(), Refusal>> {
        let asked = (accounts.to_vec(), amount);
        self.asked.lock().expect("no panic").push(asked);
        self.kept.reserve(accounts, amount)
    }

    fn settle<'a>(&'a self, accounts: &'a [Account], amount: u64, cost: u64) -> Pending<'a, ()> {
        self.kept.settle(accounts, amount, cost)
    }
}

impl Book {
    pub(super) fn asked(&self) -> Vec<(Vec<Account>, u64)> {
        self.asked.lock().expect("no panic").clone()
    }

    /// What each account that was ever asked for has spent now, in the order of the calls.
    pub(super) fn spent(&self, user: &str) -> Vec<u64> {
        let asked = self.asked();
        let accounts = asked.iter().flat_map(|(accounts, _)| accounts);
        let of_user = accounts.filter(|account| account.user == user);
        of_user
            .map(|account| self.kept.spent(user, &account.period))
            .collect()
    }

    /// The amount that the last call set aside.
    pub(super) fn last_amount(&self) -> u64 {
        self.asked().last().expect("a reservation").1
    }
}

/// A ledger that cannot be reached.
pub(super) struct Down;

impl Ledger for Down {
    fn reserve<'a>(&'a self, _: &'a [Account], _: u64) -> Pending<'a, Result<(), Refusal>> {
        let refusal = Refusal::Unavailable("the store of spending does not answer".into());
        Box::pin(std::future::ready(Err(refusal)))
    }

    fn settle<'a>(&'a self, _: &'a [Account], _: u64, _: u64) -> Pending<'a, ()> {
        panic!("nothing was reserved")
    }
}
