//! A request of a client's, from its head to the answer's last byte, with the core as the provider: an [`Exchange`] and the
//! core's [`Driver`], which asks Bedrock.
//!
//! | step | what the host does | event |
//! |---|---|---|
//! | [`Step::ReadBody`] | reads the next piece of the client's body, at most until then | [`Served::on_client`]; none when the time has come |
//! | [`Step::FindCredentials`] | looks for them: see [`credentials`](crate::credentials) | [`Served::on_service`] |
//! | [`Step::Send`] | drops the exchange with Bedrock under way, if any, and sends this | – |
//! | [`Step::Receive`] | waits for Bedrock's answer, at most until then | [`Served::on_service`]; none when the time has come |
//! | [`Step::Pause`] | drops the exchange with Bedrock, waits until then | – |
//! | [`Step::Begin`], [`Step::Write`] | answers the client | [`exchange::Event::Gone`] where it is gone |
//! | [`Step::Done`] | drops the exchange with Bedrock, ends the answer, writes the line to its log | – |
//!
//! There is no ledger here: where the settings have limits by day or month, every call is refused.

use std::cell::RefCell;
use std::rc::Rc;

use bedrock_provider::canonical::{Error, ErrorKind};
use bedrock_provider::credentials::{self, Credentials};
use bedrock_provider::driver::deadline::{self, Deadlines, Instant};
use bedrock_provider::driver::{self, Client, Driver, Lookup, Now, Outcome, Refusal};
use bedrock_provider::environment::Environment;
use bedrock_provider::http_message::HttpRequest;
use bedrock_provider::target::list;

use crate::body::Held;
use crate::exchange::{self, Clock, Exchange};
use crate::http::{Head, Start};
use crate::models::Listed;
use crate::settings::{Fault, Settings};

/// What all requests to one gateway share.
pub struct Gateway {
    /// How it serves.
    pub settings: Rc<Result<Settings, Fault>>,
    /// AWS's variables.
    pub environment: Environment,
    /// The quota of retries, and how far the clock is off.
    pub client: Rc<RefCell<Client>>,
    /// The bytes of bodies that are held.
    pub held: Held,
    /// The host sends one request for each of a client's: it cannot be sent again.
    pub is_sent_once: bool,
}

/// What the host does next.
#[derive(Debug)]
pub enum Step {
    /// Read the next piece of the client's body, at most until then.
    ReadBody(Instant),
    /// Find what to sign with.
    FindCredentials {
        /// What to look for, and where.
        lookup: Rc<Lookup>,
        /// Bedrock refuses these as expired or unknown: forget them, and look again.
        refused: Option<Credentials>,
        /// Of the call, which has to wait for them.
        deadlines: Deadlines,
    },
    /// Send this to Bedrock.
    Send(HttpRequest),
    /// Wait for more of Bedrock's answer, at most until then.
    Receive(Option<Instant>),
    /// Wait until then.
    Pause(Instant),
    /// Send status and headers to the client.
    Begin(Start),
    /// Send this piece of the body to the client, which is gone where it takes nothing until then.
    Write(String, Instant),
    /// The answer is complete. With a line for the log, or none.
    Done(Option<String>),
}

/// See the [module](self).
pub struct Served {
    exchange: Exchange,
    environment: Environment,
    client: Rc<RefCell<Client>>,
    is_sent_once: bool,
    /// When the request came.
    since: Instant,
    driver: Option<Box<Driver>>,
    /// Bedrock does not take these credentials any more.
    refused: Option<Credentials>,
}

impl Served {
    /// Of a request's head. `request_id`: see [`request_id`](crate::request_id).
    pub fn new(gateway: &Gateway, head: Head, request_id: String, now: Now) -> Self {
        Served {
            exchange: Exchange::new(
                Rc::clone(&gateway.settings),
                &gateway.held,
                head,
                request_id,
            ),
            environment: gateway.environment.clone(),
            client: Rc::clone(&gateway.client),
            is_sent_once: gateway.is_sent_once,
            since: now.instant,
            driver: None,
            refused: None,
        }
    }

    /// The request, as its client has it.
    pub fn exchange(&mut self) -> &mut Exchange {
        &mut self.exchange
    }

    /// The credentials that the call failed with, where Bedrock does not take them any more.
    pub fn refused(&self) -> Option<&Credentials> {
        self.refused.as_ref()
    }

    /// What to do next. `random`: any number, another each time.
    pub fn next(&mut self, now: Now, random: u64) -> Step {
        let clock = Clock {
            elapsed_ns: now.instant.saturating_sub(self.since),
            unix_ns: now.unix_ms.saturating_mul(1_000_000),
        };
        loop {
            match self.exchange.next(clock) {
                exchange::Step::ReadBody(until) => {
                    return Step::ReadBody(self.since.saturating_add(until));
                }
                exchange::Step::ListModels => {
                    let models = list::all().map(|model| Listed {
                        id: model.id,
                        display_name: model.family.to_owned(),
                        profiles: model.inference_profiles,
                    });
                    self.exchange.on(exchange::Event::Models(models.collect()));
                }
                exchange::Step::Ask(question) => self.ask(*question, now),
                exchange::Step::Wait => {
                    if let Some(step) = self.drive(now, random) {
                        return step;
                    }
                }
                exchange::Step::Begin(start) => return Step::Begin(start),
                exchange::Step::Write(text, within) => {
                    let until = deadline::later(now.instant, within.into());
                    return Step::Write(text, until);
                }
                exchange::Step::Done(line) => {
                    self.driver = None;
                    return Step::Done(line);
                }
            }
        }
    }

    /// What came of the client.
    pub fn on_client(&mut self, event: exchange::Event<'_>) {
        self.exchange.on(event);
    }

    /// What came of Bedrock, or of the search for credentials.
    pub fn on_service(&mut self, event: driver::Event<'_>) {
        if let Some(driver) = &mut self.driver {
            driver.on(event);
        }
    }

    fn ask(&mut self, question: exchange::Question, now: Now) {
        let exchange::Question {
            operation,
            request,
            context,
        } = question;
        // A request is asked once.
        let environment = std::mem::take(&mut self.environment);
        match Driver::new(request, context, environment, operation, now) {
            Ok(driver) if self.is_sent_once => self.driver = Some(Box::new(driver.once())),
            Ok(driver) => self.driver = Some(Box::new(driver)),
            Err(error) => self.exchange.on(exchange::Event::Failed(error)),
        }
    }

    /// The driver's next step, where it is the host's.
    fn drive(&mut self, now: Now, random: u64) -> Option<Step> {
        let Some(driver) = &mut self.driver else {
            let error = Error::new(ErrorKind::Internal, "the call has ended without an answer");
            self.exchange.on(exchange::Event::Failed(error));
            return None;
        };
        let step = driver.next(&mut self.client.borrow_mut(), now, random);
        let event = match step {
            driver::Step::FindCredentials { lookup, refused } => {
                let deadlines = driver.deadlines().clone();
                return Some(Step::FindCredentials {
                    lookup,
                    refused,
                    deadlines,
                });
            }
            driver::Step::Send(request) => return Some(Step::Send(request)),
            driver::Step::Receive(until) => return Some(Step::Receive(until)),
            driver::Step::Pause(until) => return Some(Step::Pause(until)),
            driver::Step::Reserve(..) => {
                driver.on(driver::Event::Reserved(Err(Refusal::NoLedger)));
                return None;
            }
            driver::Step::Settle(_) => return None,
            driver::Step::Chunks(chunks) => {
                self.exchange.on(exchange::Event::Chunks(&chunks));
                return None;
            }
            driver::Step::Done(Ok(Outcome::Answer(answer))) => exchange::Event::Answered(answer),
            driver::Step::Done(Ok(Outcome::Count(tokens))) => exchange::Event::Counted(tokens),
            driver::Step::Done(Ok(Outcome::End)) => exchange::Event::Ended,
            driver::Step::Done(Err(error)) => {
                let used = driver.credentials();
                self.refused = used.filter(|_| credentials::are_over(&error)).cloned();
                exchange::Event::Failed(error)
            }
        };
        self.driver = None;
        self.exchange.on(event);
        None
    }
}
