use super::*;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A store in memory that refuses to overflow, and breaks at the call of this number.
#[derive(Default)]
struct Memory {
    sums: Mutex<BTreeMap<String, i64>>,
    breaks_at: Option<usize>,
    calls: Mutex<usize>,
}

impl Memory {
    fn spent(&self, user: &str, period: &str) -> i64 {
        let key = key::of(user, period).unwrap();
        self.sums.lock().unwrap().get(&key).copied().unwrap_or(0)
    }
}

impl Store for Memory {
    fn add(&self, key: &str, delta: i64) -> Result<i64, String> {
        let mut calls = self.calls.lock().unwrap();
        *calls += 1;
        if self.breaks_at == Some(*calls) {
            return Err("the store is gone".into());
        }
        let mut sums = self.sums.lock().unwrap();
        let sum = sums.entry(key.to_owned()).or_default();
        *sum = sum.checked_add(delta).ok_or("overflow")?;
        Ok(*sum)
    }
}

fn account(period: &str, cap: u64) -> Account {
    Account {
        user: "ann".into(),
        period: period.into(),
        cap,
    }
}

const DAY: &str = "2026-11-23";
const MONTH: &str = "2026-11";

fn both(day: u64, month: u64) -> [Account; 2] {
    [account(DAY, day), account(MONTH, month)]
}

#[test]
fn an_amount_is_set_aside_in_every_account_or_in_none() {
    let store = Memory::default();
    for (day, month, amount, refused) in [
        (100, 1000, 60, None),
        (100, 1000, 40, None),
        (100, 1000, 1, Some((0, 100))),
        (1000, 120, 21, Some((1, 100))),
        (1000, 120, 20, None),
        (119, 1000, 0, Some((0, 120))),
        (120, 1000, 0, None),
    ] {
        let before = (store.spent("ann", DAY), store.spent("ann", MONTH));
        let seen = Reservation::new(&store, &both(day, month), amount);
        let added = if seen.is_ok() { amount as i64 } else { 0 };
        let after = (store.spent("ann", DAY), store.spent("ann", MONTH));
        assert_eq!(after, (before.0 + added, before.1 + added));
        let refused = refused.map(|(account, spent)| Refusal::OverCap { account, spent });
        assert_eq!(seen.err(), refused, "{day} {month} {amount}");
    }
}

#[test]
fn what_was_set_aside_is_replaced_by_what_it_cost_and_stays_where_nobody_says() {
    let store = Memory::default();
    for (amount, cost, spent) in [
        (50, Some(20), 20),
        (50, Some(90), 110),
        (50, Some(50), 160),
        (50, Some(0), 160),
        (50, None, 210),
    ] {
        let reservation = Reservation::new(&store, &both(1000, 1000), amount).unwrap();
        match cost {
            Some(cost) => reservation.settle(&store, cost),
            None => drop(reservation),
        }
        assert_eq!(store.spent("ann", DAY), spent);
        assert_eq!(store.spent("ann", MONTH), spent);
    }
}

#[test]
fn a_store_that_breaks_refuses_and_counts_too_much_rather_than_too_little() {
    for (breaks_at, day) in [(1, 0), (2, 0)] {
        let store = Memory {
            breaks_at: Some(breaks_at),
            ..Memory::default()
        };
        let refusal = Reservation::new(&store, &both(100, 100), 60).unwrap_err();
        assert_eq!(refusal, Refusal::Unavailable("the store is gone".into()));
        assert_eq!(store.spent("ann", DAY), day, "{breaks_at}");
    }
    // Day and month are counted, the month is over its cap, and the day cannot be given back.
    let store = Memory {
        breaks_at: Some(3),
        ..Memory::default()
    };
    let refusal = Reservation::new(&store, &both(100, 50), 60).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::OverCap {
            account: 1,
            spent: 0
        }
    );
    assert_eq!(
        (store.spent("ann", DAY), store.spent("ann", MONTH)),
        (60, 0)
    );
}

#[test]
fn amounts_that_no_sum_can_hold_are_refused_and_change_nothing() {
    let store = Memory::default();
    store.add(&key::of("ann", DAY).unwrap(), 7).unwrap();
    let day = [account(DAY, u64::MAX)];
    let refusal = Reservation::new(&store, &day, u64::MAX).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::OverCap {
            account: 0,
            spent: 7
        }
    );
    let refusal = Reservation::new(&store, &day, i64::MAX as u64).unwrap_err();
    assert_eq!(refusal, Refusal::Unavailable("overflow".into()));
    assert_eq!(store.spent("ann", DAY), 7);
    let reservation = Reservation::new(&store, &day, 1).unwrap();
    reservation.settle(&store, u64::MAX);
    assert_eq!(
        store.spent("ann", DAY),
        8,
        "too dear to be added: the amount stays"
    );
}

#[test]
fn a_name_that_cannot_be_a_key_is_refused_before_anything_is_counted() {
    let store = Memory::default();
    let accounts = [account(DAY, 100), account("today", 100)];
    let refusal = Reservation::new(&store, &accounts, 1).unwrap_err();
    assert!(matches!(refusal, Refusal::Unavailable(problem) if problem.contains("period")));
    assert_eq!(store.spent("ann", DAY), 0);
}

#[test]
fn calls_at_once_never_pass_a_cap_together() {
    const CAP: u64 = 1000;
    let store = Memory::default();
    let taken = Mutex::new(0_u64);
    std::thread::scope(|scope| {
        for thread in 1..=8_u64 {
            let (store, taken) = (&store, &taken);
            scope.spawn(move || {
                for turn in 0..200 {
                    let amount = (thread * 7 + turn) % 50 + 1;
                    if Reservation::new(store, &[account(DAY, CAP)], amount).is_ok() {
                        *taken.lock().unwrap() += amount;
                    }
                }
            });
        }
    });
    let taken = *taken.lock().unwrap();
    assert!(taken <= CAP, "{taken}");
    assert_eq!(store.spent("ann", DAY), i64::try_from(taken).unwrap());
}

/// Hands each call on, and lets another reservation in before it.
struct Meeting<'a> {
    store: &'a Memory,
    other: RefCell<Option<u64>>,
    seen: RefCell<Option<Result<Reservation, Refusal>>>,
}

impl Store for Meeting<'_> {
    fn add(&self, key: &str, delta: i64) -> Result<i64, String> {
        let sum = self.store.add(key, delta)?;
        if let Some(amount) = self.other.take() {
            let seen = Reservation::new(self.store, &[account(DAY, 100)], amount);
            self.seen.replace(Some(seen));
        }
        Ok(sum)
    }
}

#[test]
fn one_that_meets_another_at_the_cap_may_be_refused_though_the_other_is_refused_too() {
    let store = Memory::default();
    let meeting = Meeting {
        store: &store,
        other: RefCell::new(Some(80)),
        seen: RefCell::new(None),
    };
    // 120 are too many, and while they are counted there is no room for 80 either.
    let first = Reservation::new(&meeting, &[account(DAY, 100)], 120);
    assert_eq!(
        first,
        Err(Refusal::OverCap {
            account: 0,
            spent: 0
        })
    );
    let second = meeting.seen.take().unwrap();
    assert_eq!(
        second,
        Err(Refusal::OverCap {
            account: 0,
            spent: 120
        })
    );
    assert_eq!(store.spent("ann", DAY), 0);
    assert!(Reservation::new(&store, &[account(DAY, 100)], 80).is_ok());
}

proptest! {
    #[test]
    fn whatever_is_asked_the_sum_is_what_was_taken_and_within_the_cap(
        cap in 0..500_u64,
        asked in proptest::collection::vec((any::<u16>(), proptest::option::of(0..100_u64)), 0..20),
    ) {
        let store = Memory::default();
        let mut expected = 0_u64;
        for (amount, cost) in asked {
            let amount = u64::from(amount) % 200;
            let before = expected;
            match Reservation::new(&store, &[account(DAY, cap)], amount) {
                Ok(reservation) => {
                    prop_assert!(before + amount <= cap);
                    expected = before + cost.unwrap_or(amount);
                    if let Some(cost) = cost {
                        reservation.settle(&store, cost);
                    }
                }
                Err(refusal) => {
                    prop_assert!(before + amount > cap);
                    prop_assert_eq!(refusal, Refusal::OverCap { account: 0, spent: before });
                }
            }
            prop_assert_eq!(store.spent("ann", DAY), i64::try_from(expected).unwrap());
        }
    }
}
