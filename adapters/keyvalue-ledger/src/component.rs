//! The shell: the interface `ledger` over the host's store.

use std::cell::RefCell;

use crate::book::{self, Store};
use crate::world::exports::llm::provider::ledger::{
    Account, Guest, GuestReservation, OverCap, Refusal, Reservation,
};
use crate::world::wasi::cli::environment::get_environment;
use crate::world::wasi::keyvalue::atomics::increment;
use crate::world::wasi::keyvalue::store::{self, Bucket, Error};

struct Component;

/// The world's exports themselves, which only generated code can declare.
#[allow(unsafe_code, unreachable_pub, reason = "generated")]
mod exports {
    use super::Component;
    use crate::world;

    world::export!(Component with_types_in world);
}

const STORE: &str = "GATEWAY_LEDGER_STORE";

/// The store, open.
struct Opened(Bucket);

impl Opened {
    fn new() -> Result<Self, String> {
        let variables = get_environment();
        let set = variables.iter().find(|(name, _)| name == STORE);
        let name = set.map_or("", |(_, value)| value.trim());
        let name = if name.is_empty() { "default" } else { name };
        store::open(name).map(Opened).map_err(problem)
    }
}

impl Store for Opened {
    fn add(&self, key: &str, delta: i64) -> Result<i64, String> {
        increment(&self.0, key, delta).map_err(problem)
    }
}

/// In words. What a store says of itself is for its owner and is not told: it may hold an address or a password.
fn problem(error: Error) -> String {
    let problem = match error {
        Error::NoSuchStore => "the host has no such store: set GATEWAY_LEDGER_STORE",
        Error::AccessDenied => {
            "the host does not let this component use the store of GATEWAY_LEDGER_STORE"
        }
        Error::Other(_) => "the store of GATEWAY_LEDGER_STORE does not work",
    };
    problem.into()
}

/// None once it is settled.
pub(crate) struct Held(RefCell<Option<(Opened, book::Reservation)>>);

impl Guest for Component {
    type Reservation = Held;
}

impl GuestReservation for Held {
    fn reserve(accounts: Vec<Account>, amount: u64) -> Result<Reservation, Refusal> {
        let store = Opened::new().map_err(Refusal::Unavailable)?;
        let account = |account: Account| book::Account {
            user: account.user,
            period: account.period,
            cap: account.cap,
        };
        let accounts: Vec<book::Account> = accounts.into_iter().map(account).collect();
        match book::Reservation::new(&store, &accounts, amount) {
            Ok(reservation) => {
                let held = Held(RefCell::new(Some((store, reservation))));
                Ok(Reservation::new(held))
            }
            Err(book::Refusal::OverCap { account, spent }) => {
                Err(Refusal::OverCap(OverCap { account, spent }))
            }
            Err(book::Refusal::Unavailable(why)) => Err(Refusal::Unavailable(why)),
        }
    }

    fn settle(reservation: Reservation, cost: u64) {
        let held: &Held = reservation.get();
        if let Some((store, reservation)) = held.0.take() {
            reservation.settle(&store, cost);
        }
    }
}
