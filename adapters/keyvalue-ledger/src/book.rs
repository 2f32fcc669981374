//! Setting money aside and counting what was spent, by atomic increments alone.
//!
//! `reserve` adds the amount to every account and looks at the sums that come back. Where one is past its cap, the amount
//! is taken back from it and from those before it. A sum therefore never stays past a cap by a reservation, whatever comes
//! at once; but two that overlap at the cap may each see the other's amount and both be refused, though one would have
//! fitted. If taking back fails, the amount stays counted: a store that breaks costs a user room, and no limit.
//!
//! `settle` adds what the call cost beyond the amount, or takes back what it did not. If that fails, the amount stays.

use crate::key;

/// What one user may spend in one period; `record account` of `wit/ledger.wit`.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// As `context.user`.
    pub user: String,
    /// A UTC day or month.
    pub period: String,
    /// In pico-USD.
    pub cap: u64,
}

/// Why nothing was set aside; `variant refusal` of `wit/ledger.wit`.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// The account at this place has too little left.
    OverCap {
        /// Among the accounts that were asked for.
        account: u32,
        /// Of it before this amount.
        spent: u64,
    },
    /// Nobody can tell what was spent; why.
    Unavailable(String),
}

/// Numbers by key, each 0 until something is added to it.
pub trait Store {
    /// Add, whole or not at all, and tell the sum; an error says in words what went wrong.
    fn add(&self, key: &str, delta: i64) -> Result<i64, String>;
}

/// Money that is set aside. Dropped, it stays counted.
#[derive(Debug, PartialEq)]
pub struct Reservation {
    keys: Vec<String>,
    amount: i64,
}

impl Reservation {
    /// Set an amount aside in every account, or in none.
    pub fn new(store: &impl Store, accounts: &[Account], amount: u64) -> Result<Self, Refusal> {
        let key = |account: &Account| key::of(&account.user, &account.period);
        let keys: Result<Vec<String>, _> = accounts.iter().map(key).collect();
        let keys = keys.map_err(|problem| Refusal::Unavailable(problem.into()))?;
        // A sum is signed: an amount that does not fit is past every cap, and 0 is added to see what was spent.
        let whole = i64::try_from(amount).ok();
        for (place, (account, key)) in accounts.iter().zip(&keys).enumerate() {
            let counted = keys.get(..place).unwrap_or_default();
            let delta = whole.unwrap_or(0);
            let sum = match store.add(key, delta) {
                Ok(sum) => sum,
                Err(problem) => {
                    take_back(store, counted, delta);
                    return Err(Refusal::Unavailable(problem));
                }
            };
            // A store that was taken back from twice, or emptied meanwhile, may be below 0.
            let fits = whole.is_some() && u64::try_from(sum).unwrap_or(0) <= account.cap;
            if !fits {
                take_back(store, counted, delta);
                take_back(store, std::slice::from_ref(key), delta);
                return Err(Refusal::OverCap {
                    account: u32::try_from(place).unwrap_or(u32::MAX),
                    spent: u64::try_from(sum.saturating_sub(delta)).unwrap_or(0),
                });
            }
        }
        Ok(Reservation {
            keys,
            amount: whole.unwrap_or(i64::MAX),
        })
    }

    /// Count `cost` instead of the amount.
    pub fn settle(self, store: &impl Store, cost: u64) {
        let cost = i64::try_from(cost).unwrap_or(i64::MAX);
        // Neither is negative, so the difference fits.
        let difference = cost.saturating_sub(self.amount);
        if difference != 0 {
            for key in &self.keys {
                let _ = store.add(key, difference);
            }
        }
    }
}

fn take_back(store: &impl Store, keys: &[String], amount: i64) {
    if amount != 0 {
        for key in keys {
            let _ = store.add(key, amount.saturating_neg());
        }
    }
}

#[cfg(test)]
mod tests;
