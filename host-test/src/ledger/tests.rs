use super::*;

const DAY: &str = "2026-11-23";
const MONTH: &str = "2026-11";

fn account(user: &str, period: &str, cap: u64) -> Account {
    Account {
        user: user.into(),
        period: period.into(),
        cap,
    }
}

fn reserve(ledger: &MemoryLedger, accounts: &[Account], amount: u64) -> Result<(), Refusal> {
    at_once(ledger.reserve(accounts, amount))
}

fn settle(ledger: &MemoryLedger, accounts: &[Account], amount: u64, cost: u64) {
    at_once(ledger.settle(accounts, amount, cost));
}

/// The outcome of what never waits.
fn at_once<T>(mut pending: Pending<'_, T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match pending.as_mut().poll(&mut context) {
        std::task::Poll::Ready(outcome) => outcome,
        std::task::Poll::Pending => panic!("a ledger in memory waits for nothing"),
    }
}

fn over_cap(outcome: Result<(), Refusal>) -> Option<(u32, u64)> {
    match outcome {
        Ok(()) => None,
        Err(Refusal::OverCap(OverCap { account, spent })) => Some((account, spent)),
        Err(Refusal::Unavailable(why)) => panic!("{why}"),
    }
}

#[test]
fn an_amount_fits_up_to_the_cap_itself() {
    let ledger = MemoryLedger::default();
    let day = [account("ann", DAY, 100)];
    assert_eq!(over_cap(reserve(&ledger, &day, 60)), None);
    assert_eq!(over_cap(reserve(&ledger, &day, 41)), Some((0, 60)));
    assert_eq!(over_cap(reserve(&ledger, &day, 40)), None);
    assert_eq!(over_cap(reserve(&ledger, &day, 0)), None);
    assert_eq!(over_cap(reserve(&ledger, &day, 1)), Some((0, 100)));
    assert_eq!(ledger.spent("ann", DAY), 100);
}

#[test]
fn where_one_account_has_too_little_none_is_charged() {
    let ledger = MemoryLedger::default();
    let both = [account("ann", DAY, 100), account("ann", MONTH, 50)];
    assert_eq!(over_cap(reserve(&ledger, &both, 50)), None);
    assert_eq!(over_cap(reserve(&ledger, &both, 10)), Some((1, 50)));
    assert_eq!(
        (ledger.spent("ann", DAY), ledger.spent("ann", MONTH)),
        (50, 50)
    );
}

#[test]
fn users_and_periods_do_not_share() {
    let ledger = MemoryLedger::default();
    assert_eq!(
        over_cap(reserve(&ledger, &[account("ann", DAY, 10)], 10)),
        None
    );
    assert_eq!(
        over_cap(reserve(&ledger, &[account("bob", DAY, 10)], 10)),
        None
    );
    let tomorrow = [account("ann", "2026-11-24", 10)];
    assert_eq!(over_cap(reserve(&ledger, &tomorrow, 10)), None);
    assert_eq!(ledger.spent("ann", MONTH), 0);
    assert_eq!(ledger.spent("cid", DAY), 0);
}

#[test]
fn what_a_call_cost_takes_the_place_of_its_amount_less_or_more() {
    let ledger = MemoryLedger::default();
    let both = [account("ann", DAY, 100), account("ann", MONTH, 100)];
    for (cost, spent) in [(30, 30), (0, 30), (150, 180)] {
        assert_eq!(over_cap(reserve(&ledger, &both, 70)), None);
        settle(&ledger, &both, 70, cost);
        let sums = [DAY, MONTH].map(|period| ledger.spent("ann", period));
        assert_eq!(sums, [spent; 2], "{cost}");
    }
    assert_eq!(over_cap(reserve(&ledger, &both, 1)), Some((0, 180)));
}

#[test]
fn no_sum_wraps_around() {
    let ledger = MemoryLedger::default();
    let endless = [account("ann", DAY, u64::MAX)];
    assert_eq!(over_cap(reserve(&ledger, &endless, u64::MAX)), None);
    assert_eq!(over_cap(reserve(&ledger, &endless, 1)), Some((0, u64::MAX)));
    settle(&ledger, &endless, 0, 5);
    assert_eq!(ledger.spent("ann", DAY), u64::MAX);
}

#[test]
fn a_period_that_is_over_can_be_forgotten() {
    let ledger = MemoryLedger::default();
    let both = [account("ann", DAY, 100), account("ann", MONTH, 100)];
    assert_eq!(over_cap(reserve(&ledger, &both, 70)), None);
    ledger.forget(DAY);
    assert_eq!(
        (ledger.spent("ann", DAY), ledger.spent("ann", MONTH)),
        (0, 70)
    );
}

#[test]
fn threads_at_once_pass_exactly_as_often_as_the_cap_allows() {
    const THREADS: u64 = 8;
    const TRIES: u64 = 500;
    const FIT: u64 = 1_000;
    let ledger = MemoryLedger::default();
    // The month's cap is the narrow one: what it refuses has already been counted in the day.
    let both = [
        account("ann", DAY, u64::MAX),
        account("ann", MONTH, FIT * 7 + 6),
    ];
    let passed = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..TRIES {
                    if reserve(&ledger, &both, 7).is_ok() {
                        passed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(passed.into_inner(), FIT);
    assert_eq!(
        (ledger.spent("ann", DAY), ledger.spent("ann", MONTH)),
        (FIT * 7, FIT * 7)
    );
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..FIT / THREADS {
                    settle(&ledger, &both, 7, 3);
                }
            });
        }
    });
    assert_eq!(
        (ledger.spent("ann", DAY), ledger.spent("ann", MONTH)),
        (FIT * 3, FIT * 3)
    );
}
