//! The loop over a [`Driver`]: each step taken with the host's means.

use std::cell::RefCell;

use super::ledger::Ledger;
use super::{credentials, now, wasi};
use crate::canonical::{Chunk, Context, Error, Request};
use crate::driver::{Client, Driver, Event, Outcome, Settlement, Step};
use crate::environment::Environment;
use crate::exchange::Operation;
use wasi::Received;
use wasi::bindings::cli::environment::get_environment;

thread_local! {
    /// Of all calls of this instance.
    static CLIENT: RefCell<Client> = const { RefCell::new(Client::NEW) };
}

/// A call under way. Dropping it ends the exchange.
pub(super) struct Call {
    driver: Driver,
    exchange: Option<wasi::Exchange>,
    ledger: Ledger,
}

/// What a caller gets.
pub(super) enum Given {
    Chunks(Vec<Chunk>),
    /// The call is over.
    Done(Outcome),
}

#[maybe_async::maybe_async]
impl Call {
    pub(super) fn new(
        request: Request,
        context: Context,
        operation: Operation,
    ) -> Result<Self, Error> {
        let environment = Environment::new(get_environment());
        Ok(Call {
            driver: Driver::new(request, context, environment, operation, now())?,
            exchange: None,
            ledger: Ledger::default(),
        })
    }

    /// The next chunks, or the end.
    pub(super) async fn next(&mut self) -> Result<Given, Error> {
        loop {
            let step = CLIENT.with_borrow_mut(|client| self.driver.next(client, now(), random()));
            match step {
                Step::FindCredentials { lookup, refused } => {
                    self.exchange = None;
                    let deadlines = self.driver.deadlines().clone();
                    let found = credentials::found(&lookup, refused, &deadlines).await;
                    self.driver.on(found);
                }
                Step::Reserve(accounts, amount) => {
                    let reserved = self.ledger.reserve(&accounts, amount);
                    self.driver.on(Event::Reserved(reserved));
                }
                Step::Settle(settlement) => self.ledger.settle(settlement),
                Step::Send(request) => {
                    self.exchange = None;
                    match wasi::send(request, self.driver.deadlines()).await {
                        Ok(exchange) => self.exchange = Some(exchange),
                        Err(error) => self.driver.on(Event::Failed(error)),
                    }
                }
                Step::Receive(until) => {
                    let Some(exchange) = &mut self.exchange else {
                        self.driver.on(Event::End);
                        continue;
                    };
                    match exchange.receive(until).await {
                        Ok(Received::Nothing) => {}
                        Ok(Received::Head(head)) => self.driver.on(Event::Head(head)),
                        Ok(Received::Bytes(bytes)) => self.driver.on(Event::Bytes(&bytes)),
                        Ok(Received::End) => self.driver.on(Event::End),
                        Err(error) => self.driver.on(Event::Failed(error)),
                    }
                }
                Step::Pause(until) => {
                    self.exchange = None;
                    wasi::sleep_until(until).await;
                }
                Step::Chunks(chunks) => return Ok(Given::Chunks(chunks)),
                Step::Done(result) => {
                    self.exchange = None;
                    return result.map(Given::Done);
                }
            }
        }
    }

    /// Ready when [`next`](Self::next) has something to work on.
    #[cfg(not(feature = "async"))]
    pub(super) fn subscribe(&self) -> crate::world::wasi::io::poll::Pollable {
        match &self.exchange {
            Some(exchange) if !self.driver.is_ready() => exchange.subscribe(),
            // There is something to give out, if only the end.
            _ => crate::world::wasi::clocks::monotonic_clock::subscribe_duration(0),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.driver.is_owed() {
            self.ledger.settle(Settlement::Spent(0));
        }
    }
}

/// A number that differs from call to call; that nobody can guess it does not matter here.
fn random() -> u64 {
    let spread = |bits: u64| (bits ^ (bits >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    spread(spread(wasi::instant()))
}
