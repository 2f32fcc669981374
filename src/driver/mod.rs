//! A whole call, without the I/O: credentials, reservation, attempts, answer, and everything that follows a failure.
//!
//! A [`Driver`] is asked for its [`next`](Driver::next) step, which the host takes; what comes of it goes back by
//! [`on`](Driver::on). The order of second attempts, deadlines, pings, the retry quota, the clock's correction, renewed
//! credentials, fallbacks and costs are all here. Time and randomness are arguments.
//!
//! | step | what the host does | event |
//! |---|---|---|
//! | [`Step::FindCredentials`] | looks for them | [`Event::Credentials`] or [`Event::NotRenewable`] |
//! | [`Step::Reserve`] | reserves in its ledger | [`Event::Reserved`] |
//! | [`Step::Send`] | drops the exchange under way, if any, and sends this | – |
//! | [`Step::Receive`] | waits for the answer, at most until then | [`Event::Head`], [`Event::Bytes`], [`Event::End`], [`Event::Failed`]; none when the time has come |
//! | [`Step::Pause`] | drops the exchange, waits until then | – |
//! | [`Step::Settle`] | settles its reservation | – |
//! | [`Step::Chunks`] | gives them to the caller | – |
//! | [`Step::Done`] | drops the exchange and ends the call | – |
//!
//! An event that does not belong to the step under way is ignored.

mod answer;
mod client;
pub mod deadline;
mod money;

use std::rc::Rc;

use crate::canonical::{Chunk, Context, Error, Request, Response};
use crate::credential_chain::Wanted;
use crate::credentials::{self, Credentials};
use crate::environment::Environment;
use crate::excerpt::printable;
use crate::exchange::{self, Alternatives, Amendments, Call, Operation, Prepared, State};
use crate::http_message::{Head, HttpRequest};
use crate::pricing::guard::{self, Account, Admission};
use crate::retry::{self, Attempts};
use answer::{Exchange, Waited};
pub use client::Client;
use deadline::{Deadlines, Instant};
use money::Money;
pub use money::Refusal;

/// The time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Now {
    /// By a monotonic clock.
    pub instant: Instant,
    /// By the host's calendar, in milliseconds since the Unix epoch.
    pub unix_ms: u64,
}

/// What the host does next.
#[derive(Debug)]
pub enum Step {
    /// Find what to sign with: what the call itself wants, or what the default chain finds.
    FindCredentials {
        /// What to look for, and where.
        lookup: Rc<Lookup>,
        /// The service refuses these as expired or unknown: where the chain found them, forget them and look again.
        refused: Option<Credentials>,
    },
    /// Reserve the amount, in pico-USD, in each account, or in none.
    Reserve(Vec<Account>, u64),
    /// The reservation is over.
    Settle(Settlement),
    /// Send this.
    Send(HttpRequest),
    /// Wait for more of the answer, at most until then.
    Receive(Option<Instant>),
    /// Wait until then; nothing is sent or received meanwhile.
    Pause(Instant),
    /// Give these to the caller. Once there were some, nothing is sent again.
    Chunks(Vec<Chunk>),
    /// The call is over.
    Done(Result<Outcome, Error>),
}

/// What becomes of a reservation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Settlement {
    /// So much was spent, in pico-USD.
    Spent(u64),
    /// What was spent is not known: all that was reserved counts.
    Unknown,
}

/// How a call ends well.
#[derive(Debug)]
pub enum Outcome {
    /// Of [`Operation::Complete`].
    Answer(Box<Response>),
    /// Of [`Operation::CountTokens`].
    Count(u64),
    /// Of [`Operation::Stream`]: the last chunk was given.
    End,
}

/// What came of a step.
#[derive(Debug)]
pub enum Event<'e> {
    /// What was found.
    Credentials(Result<Credentials, Error>),
    /// There are no others than the refused ones.
    NotRenewable,
    /// There are none, or no others, as the host says it in words for a person.
    NoCredentials(&'e str),
    /// Whether the ledger reserved.
    Reserved(Result<(), Refusal>),
    /// The head of the answer.
    Head(Head),
    /// Bytes of its body, cut anywhere.
    Bytes(&'e [u8]),
    /// The body is complete.
    End,
    /// The exchange failed, before or within the answer.
    Failed(Error),
}

/// What credentials a call wants, and where they may stand.
#[derive(Debug)]
pub struct Lookup {
    /// What the call says itself.
    pub wanted: Wanted,
    /// Variables that the default chain reads.
    pub environment: Environment,
}

/// See the [module](self).
#[derive(Debug)]
pub struct Driver {
    /// What is asked; none once it cannot be asked again.
    asked: Option<Box<Asked>>,
    operation: Operation,
    lookup: Rc<Lookup>,
    deadlines: Deadlines,
    attempts: Attempts,
    /// What the call is signed with, which no error repeats.
    credentials: Option<Credentials>,
    money: Money,
    phase: Phase,
}

/// What is asked, and how.
#[derive(Debug)]
struct Asked {
    request: Request,
    context: Context,
    /// What was learnt from refusals.
    amendments: Amendments,
    /// What the service said at the place before, for the caller where a fallback cannot take the call.
    refused: Option<Error>,
    /// The region is known without credentials, and so is what the call may cost.
    is_placed: bool,
    /// A host that cannot send twice has one attempt.
    is_resendable: bool,
    is_clock_corrected: bool,
    are_credentials_renewed: bool,
}

/// An attempt that failed.
#[derive(Debug)]
struct Failure {
    error: Error,
    /// The service's time, in milliseconds since the Unix epoch.
    date: Option<u64>,
    /// The answer had begun, which is paid for.
    has_begun: bool,
}

#[derive(Debug)]
enum Phase {
    /// What is needed before the next attempt is found, in this order: credentials, the request, a reservation.
    Preparing(Option<Box<Prepared>>),
    /// The ledger is asked.
    Reserving(Admission, Option<Box<Prepared>>),
    /// Credentials are looked for; after this failure, others.
    Finding(Option<Box<Failure>>),
    /// A request is on its way, or its answer.
    Exchanging(Box<Exchange>, Alternatives),
    /// What follows is not decided.
    Failed(Box<Failure>, Alternatives),
    /// It passes, or may.
    Retrying(Box<Failure>),
    Pausing(Instant),
    Done(Result<Outcome, Error>),
    Over,
}

impl Driver {
    /// A call that begins now.
    ///
    /// # Errors
    /// What is wrong with it as far as that is known before anything is asked for: the model's name, the credentials
    /// that are passed with it, the number of attempts.
    pub fn new(
        request: Request,
        context: Context,
        environment: Environment,
        operation: Operation,
        now: Now,
    ) -> Result<Self, Error> {
        let attempts = Attempts::new(retry::most_attempts(&context, &environment)?);
        let wanted = exchange::wanted(&request, &context)?;
        let is_placed = wanted.region.is_some()
            || credentials::region_of(&wanted.given, &context, &environment).is_ok();
        Ok(Driver {
            operation,
            deadlines: Deadlines::new(&context.deadlines, now.instant),
            attempts,
            credentials: None,
            money: Money::default(),
            phase: Phase::Preparing(None),
            lookup: Rc::new(Lookup {
                wanted,
                environment,
            }),
            asked: Some(Box::new(Asked {
                request,
                context,
                amendments: Amendments::default(),
                refused: None,
                is_placed,
                is_resendable: true,
                is_clock_corrected: false,
                are_credentials_renewed: false,
            })),
        })
    }

    /// For a host that cannot send a second request.
    pub fn once(mut self) -> Self {
        if let Some(asked) = &mut self.asked {
            asked.is_resendable = false;
        }
        self
    }

    /// Of the call: a host heeds the ones on connecting and sending, and in what it does for credentials.
    pub fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// What was signed with.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// Whether a reservation counts as spent where the call is dropped now.
    pub fn is_owed(&self) -> bool {
        let is_sent = matches!(self.phase, Phase::Exchanging(..) | Phase::Failed(..));
        is_sent && self.money.is_reserved()
    }

    /// Whether the next step needs nothing from the host.
    pub fn is_ready(&self) -> bool {
        match &self.phase {
            Phase::Exchanging(exchange, _) => exchange.is_ready(),
            _ => true,
        }
    }

    /// What came of the last step.
    pub fn on(&mut self, event: Event<'_>) {
        self.phase = match (std::mem::replace(&mut self.phase, Phase::Over), event) {
            (Phase::Finding(_), Event::Credentials(Ok(mut found))) => {
                // What the call itself says of the region comes before what is found with credentials.
                let Wanted { given, region, .. } = &self.lookup.wanted;
                if let Some(region) = given.region.as_ref().or(region.as_ref()) {
                    found.region = Some(region.clone());
                }
                self.credentials = Some(found);
                Phase::Preparing(None)
            }
            (Phase::Finding(_), Event::Credentials(Err(error))) => Phase::Done(Err(error)),
            (Phase::Finding(Some(failure)), Event::NotRenewable | Event::NoCredentials(_)) => {
                Phase::Retrying(failure)
            }
            (Phase::Finding(None), Event::NoCredentials(why)) => {
                let message = ["no credentials: ", &printable(why, 1000)].concat();
                Phase::Done(Err(Error {
                    message,
                    ..credentials::none()
                }))
            }
            (Phase::Reserving(admission, prepared), Event::Reserved(Ok(()))) => {
                self.money.admit(admission);
                Phase::Preparing(prepared)
            }
            (Phase::Reserving(admission, prepared), Event::Reserved(Err(refusal))) => {
                let error = match refusal {
                    Refusal::OverCap(account, spent) => Some(admission.over_cap(account, spent)),
                    Refusal::Unavailable(why) => Some(guard::unavailable(&why)),
                    Refusal::NoLedger => admission.without_ledger().err(),
                };
                match error {
                    Some(error) => self.pass_over(error),
                    None => Phase::Preparing(prepared),
                }
            }
            (Phase::Exchanging(mut exchange, alternatives), event) => {
                exchange.on(event);
                Phase::Exchanging(exchange, alternatives)
            }
            (phase, _) => phase,
        };
    }

    /// What to do next. `random` is any number, another for each call of this.
    pub fn next(&mut self, client: &mut Client, now: Now, random: u64) -> Step {
        loop {
            if let Some(settle) = self.money.next() {
                return settle;
            }
            let phase = std::mem::replace(&mut self.phase, Phase::Over);
            let step = match phase {
                Phase::Preparing(prepared) => self.prepare(prepared, client, now),
                Phase::Exchanging(exchange, alternatives) => {
                    self.exchange(exchange, alternatives, client, now)
                }
                Phase::Failed(failure, alternatives) => {
                    self.after(*failure, &alternatives, client, now)
                }
                Phase::Retrying(failure) => self.retry(failure.error, client, now, random),
                Phase::Pausing(until) if until <= now.instant => {
                    self.phase = Phase::Preparing(None);
                    None
                }
                Phase::Pausing(until) => {
                    self.phase = Phase::Pausing(until);
                    Some(Step::Pause(until))
                }
                // Asked again, they are asked for again.
                Phase::Reserving(admission, prepared) => {
                    let step = Step::Reserve(admission.accounts.clone(), admission.amount);
                    self.phase = Phase::Reserving(admission, prepared);
                    Some(step)
                }
                Phase::Finding(failure) => {
                    let step = self.find(failure.is_some());
                    self.phase = Phase::Finding(failure);
                    Some(step)
                }
                Phase::Done(result) => {
                    self.asked = None;
                    // Nothing of it is on its way.
                    self.money.release();
                    match self.money.next() {
                        Some(settle) => {
                            self.phase = Phase::Done(result);
                            return settle;
                        }
                        None => Some(Step::Done(result.map_err(|error| self.conceal(error)))),
                    }
                }
                Phase::Over => Some(Step::Done(Ok(Outcome::End))),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }

    fn find(&self, is_renewal: bool) -> Step {
        Step::FindCredentials {
            lookup: Rc::clone(&self.lookup),
            refused: self.credentials.clone().filter(|_| is_renewal),
        }
    }

    fn conceal(&self, error: Error) -> Error {
        let auth = self.credentials.as_ref().and_then(|own| own.auth.as_ref());
        credentials::conceal(error, auth)
    }

    /// What is missing before the request can be sent, or the request.
    fn prepare(
        &mut self,
        prepared: Option<Box<Prepared>>,
        client: &Client,
        now: Now,
    ) -> Option<Step> {
        if !self.deadlines.allow(0, now.instant) {
            self.phase = Phase::Done(Err(self.deadlines.over()));
            return None;
        }
        match self.prepared(prepared, client, now) {
            Ok(step) => step,
            Err(error) => {
                self.phase = self.pass_over(error);
                None
            }
        }
    }

    fn prepared(
        &mut self,
        prepared: Option<Box<Prepared>>,
        client: &Client,
        now: Now,
    ) -> Result<Option<Step>, Error> {
        let Some(asked) = &self.asked else {
            self.phase = Phase::Over;
            return Ok(None);
        };
        let call = Call {
            request: &asked.request,
            context: &asked.context,
            environment: &self.lookup.environment,
            operation: self.operation,
            now: now.unix_ms,
        };
        let wanted = &self.lookup.wanted.given;
        // What costs too much is refused before anybody is asked for credentials, unless they are to say the region.
        let admitted_by = match &self.credentials {
            None if !asked.is_placed => None,
            None => Some(wanted),
            found => found.as_ref(),
        };
        let prepared = match (&self.credentials, prepared) {
            (Some(_), Some(prepared)) => Some(prepared),
            (Some(found), None) => {
                let now = client.service_time(&asked.context.endpoint, now);
                let call = Call { now, ..call };
                Some(Box::new(call.prepare(found, &asked.amendments)?))
            }
            (None, _) => None,
        };
        if let Some(credentials) = admitted_by.filter(|_| !self.money.is_admitted()) {
            let admission = call.admit(credentials, &asked.amendments)?;
            if admission.accounts.is_empty() {
                self.money.admit(admission);
            } else {
                self.phase = Phase::Reserving(admission, prepared);
                return Ok(None);
            }
        }
        let Some(prepared) = prepared else {
            self.phase = Phase::Finding(None);
            return Ok(None);
        };
        let Prepared {
            request,
            state,
            alternatives,
            ping_ms,
        } = *prepared;
        let ping_ms = ping_ms.filter(|_| self.operation == Operation::Stream);
        let exchange = Box::new(Exchange::new(state, ping_ms));
        self.phase = Phase::Exchanging(exchange, alternatives);
        Ok(Some(Step::Send(request)))
    }

    /// The call cannot be made. A fallback that cannot take it is passed over, and what the service said stands.
    fn pass_over(&mut self, error: Error) -> Phase {
        let Some(asked) = &mut self.asked else {
            return Phase::Done(Err(error));
        };
        match asked.amendments.passed_over(&asked.context) {
            Some(next) => {
                asked.amendments = next;
                Phase::Preparing(None)
            }
            None => Phase::Done(Err(asked.refused.take().unwrap_or(error))),
        }
    }

    /// Go on with the exchange: chunks, an end, or what to wait for.
    fn exchange(
        &mut self,
        mut exchange: Box<Exchange>,
        alternatives: Alternatives,
        client: &mut Client,
        now: Now,
    ) -> Option<Step> {
        let failure = match exchange.next(&self.deadlines, now.instant) {
            Ok(Waited::Until(until)) => {
                self.phase = Phase::Exchanging(exchange, alternatives);
                return Some(Step::Receive(until));
            }
            Ok(Waited::Chunks(chunks)) => {
                let is_end = |chunk: &Chunk| match chunk {
                    Chunk::MessageDelta(end) => Some((end.cost, end.usage.clone())),
                    _ => None,
                };
                if let Some((cost, usage)) = chunks.iter().find_map(is_end) {
                    self.money.settle(cost.as_ref(), Some(&usage));
                }
                if let Some(settle) = self.money.next() {
                    exchange.put_back(chunks);
                    self.phase = Phase::Exchanging(exchange, alternatives);
                    return Some(settle);
                }
                if self.asked.take().is_some() {
                    self.attempts.succeeded(&mut client.quota);
                }
                self.phase = Phase::Exchanging(exchange, alternatives);
                return Some(Step::Chunks(chunks));
            }
            Ok(Waited::End) => {
                // It did not say what it cost.
                self.money.keep();
                self.phase = Phase::Done(Ok(Outcome::End));
                return None;
            }
            Ok(Waited::Whole(state, head, body)) => {
                self.attempts.succeeded(&mut client.quota);
                let result = self.decode(*state, &head, &body);
                self.phase = Phase::Done(result);
                return None;
            }
            Err(failure) => failure,
        };
        self.phase = Phase::Failed(Box::new(failure), alternatives);
        None
    }

    fn decode(&mut self, state: State, head: &Head, body: &[u8]) -> Result<Outcome, Error> {
        if self.operation == Operation::CountTokens {
            return exchange::decode_count(&state, head, body).map(Outcome::Count);
        }
        let answer = exchange::decode_response(state, head, body);
        match &answer {
            Ok(answer) => self.money.settle(answer.cost.as_ref(), Some(&answer.usage)),
            Err(error) => self.money.fail(error, true),
        }
        answer.map(|answer| Outcome::Answer(Box::new(answer)))
    }

    /// Decide what follows a failed attempt. Where the service refuses a call and says how it would be taken, or has no
    /// room and there is another place, the call is put that way, each way once; what passes is tried again after a while.
    fn after(
        &mut self,
        failure: Failure,
        alternatives: &Alternatives,
        client: &mut Client,
        now: Now,
    ) -> Option<Step> {
        let Failure {
            error,
            date,
            has_begun,
        } = failure;
        self.money.fail(&error, has_begun);
        let Some(asked) = &mut self.asked else {
            self.phase = Phase::Done(Err(error));
            return None;
        };
        let endpoint = &asked.context.endpoint;
        let is_clock_corrected =
            !asked.is_clock_corrected && client.correct(&error, date, endpoint, now);
        asked.is_clock_corrected |= is_clock_corrected;
        if !asked.is_resendable {
            self.phase = Phase::Done(Err(error));
            return None;
        }
        if let Some(amended) = alternatives.after(&error) {
            asked.refused = None;
            if amended.is_elsewhere(&asked.amendments) {
                // It costs something else there.
                self.money.release();
                // Other credentials may be in use when it is said.
                let auth = self.credentials.as_ref().and_then(|own| own.auth.as_ref());
                asked.refused = Some(credentials::conceal(error, auth));
            }
            asked.amendments = amended;
            self.phase = Phase::Preparing(None);
            return None;
        }
        if is_clock_corrected {
            self.phase = Phase::Preparing(None);
            return None;
        }
        let failure = Box::new(Failure {
            error,
            date,
            has_begun,
        });
        self.phase = if !asked.are_credentials_renewed && credentials::are_over(&failure.error) {
            asked.are_credentials_renewed = true;
            Phase::Finding(Some(failure))
        } else {
            Phase::Retrying(failure)
        };
        None
    }

    /// Try again after a while, as far as attempts, quota and deadlines allow.
    fn retry(&mut self, error: Error, client: &mut Client, now: Now, random: u64) -> Option<Step> {
        let wait = self.attempts.after(&error, &mut client.quota, random);
        self.phase = match wait {
            Some(milliseconds) if self.deadlines.allow(milliseconds, now.instant) => {
                Phase::Pausing(deadline::later(now.instant, milliseconds))
            }
            _ => Phase::Done(Err(error)),
        };
        None
    }
}

#[cfg(test)]
mod tests;
