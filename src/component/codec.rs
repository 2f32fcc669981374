//! The interface `codec`: the core's two halves, for hosts that do their own I/O.

use std::cell::RefCell;

use super::Component;
use crate::canonical::{Chunk, Context, Error, ErrorKind, Request, Response};
use crate::credentials::{self, blob};
use crate::driver::{self, Client, Driver, Now, Outcome, Settlement};
use crate::environment::Environment;
use crate::excerpt;
use crate::exchange::{self, Amendments, State, StreamDecoder};
use crate::http_message::{self, Head};
use crate::pricing::guard;
use crate::world::exports::llm::provider::codec::{
    Account, Event, Exchange, Guest, GuestCall, GuestDecoder, HttpRequest, Moment, Operation,
    Refusal, Reservation, Step, TransportError, TransportErrorKind,
};

impl From<Operation> for exchange::Operation {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Complete => exchange::Operation::Complete,
            Operation::Stream => exchange::Operation::Stream,
            Operation::CountTokens => exchange::Operation::CountTokens,
        }
    }
}

fn head(status: u16, headers: &[(String, String)]) -> Head {
    Head::new(
        status,
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

impl From<http_message::HttpRequest> for HttpRequest {
    fn from(request: http_message::HttpRequest) -> Self {
        let headers = request.headers.iter().filter_map(|(name, value)| {
            Some(((*name).to_owned(), value.to_str().ok()?.to_owned()))
        });
        HttpRequest {
            method: request.method.to_owned(),
            scheme: request.scheme.to_owned(),
            headers: headers.collect(),
            authority: request.authority,
            path: request.path,
            body: request.body,
        }
    }
}

impl Guest for Component {
    type Call = Call;
    type Decoder = Decoder;

    fn prepare(
        request: Request,
        context: Context,
        operation: Operation,
        now: u64,
    ) -> Result<Exchange, Error> {
        let credentials = credentials::of_context(&context)?;
        let environment = Environment::default();
        let call = exchange::Call {
            request: &request,
            context: &context,
            environment: &environment,
            operation: operation.into(),
            now,
        };
        call.admit(&credentials, &Amendments::default())?
            .without_ledger()?;
        let exchange::Prepared { request, state, .. } =
            call.prepare(&credentials, &Amendments::default())?;
        Ok(Exchange {
            request: request.into(),
            state: state.to_bytes(),
        })
    }

    fn decode_response(
        state: Vec<u8>,
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<Response, Error> {
        exchange::decode_response(State::from_bytes(&state)?, &head(status, &headers), &body)
    }

    fn decode_count(
        state: Vec<u8>,
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<u64, Error> {
        exchange::decode_count(&State::from_bytes(&state)?, &head(status, &headers), &body)
    }
}

thread_local! {
    /// Of all calls of this instance.
    static CLIENT: RefCell<Client> = const { RefCell::new(Client::NEW) };
}

/// The resource `call`, or why there is none.
pub(crate) struct Call(RefCell<Result<Driver, Error>>);

impl From<Moment> for Now {
    fn from(moment: Moment) -> Self {
        Now {
            instant: moment.instant,
            unix_ms: moment.unix_ms,
        }
    }
}

impl GuestCall for Call {
    fn new(request: Request, context: Context, operation: Operation, now: Moment) -> Self {
        let driver = || {
            credentials::of_context(&context)?;
            let environment = Environment::default();
            Driver::new(request, context, environment, operation.into(), now.into())
        };
        Call(RefCell::new(driver()))
    }

    fn next(&self, now: Moment, random: u64) -> Step {
        let mut call = self.0.borrow_mut();
        let driver = match &mut *call {
            Ok(driver) => driver,
            Err(error) => return Step::Failed(error.clone()),
        };
        loop {
            let next = CLIENT.with_borrow_mut(|client| driver.next(client, Now::from(now), random));
            return match next {
                driver::Step::FindCredentials { lookup, refused } => {
                    let given = &lookup.wanted.given;
                    // What the call carries is the host's own.
                    if refused.is_none() && given.auth.is_some() {
                        driver.on(driver::Event::Credentials(Ok(given.clone())));
                        continue;
                    }
                    Step::FindCredentials(refused.is_some())
                }
                driver::Step::Reserve(accounts, amount) => {
                    let accounts = accounts.iter().map(Account::from).collect();
                    Step::Reserve(Reservation { accounts, amount })
                }
                driver::Step::Settle(Settlement::Spent(amount)) => Step::Settle(Some(amount)),
                driver::Step::Settle(Settlement::Unknown) => Step::Settle(None),
                driver::Step::Send(request) => Step::Send(request.into()),
                driver::Step::Receive(until) => Step::Receive(until),
                driver::Step::Pause(until) => Step::Pause(until),
                driver::Step::Chunks(chunks) => Step::Chunks(chunks),
                driver::Step::Done(Ok(Outcome::Answer(answer))) => Step::Answer(*answer),
                driver::Step::Done(Ok(Outcome::Count(count))) => Step::Count(count),
                driver::Step::Done(Ok(Outcome::End)) => Step::End,
                driver::Step::Done(Err(error)) => Step::Failed(error),
            };
        }
    }

    fn on(&self, event: Event) {
        if let Ok(driver) = &mut *self.0.borrow_mut() {
            match event {
                Event::Credentials(text) => {
                    driver.on(driver::Event::Credentials(blob::decode(&text)));
                }
                Event::NoCredentials(why) => driver.on(driver::Event::NoCredentials(&why)),
                Event::Reserved => driver.on(driver::Event::Reserved(Ok(()))),
                Event::NotReserved(refusal) => {
                    driver.on(driver::Event::Reserved(Err(refusal.into())));
                }
                Event::Head(answer) => {
                    driver.on(driver::Event::Head(head(answer.status, &answer.headers)));
                }
                Event::Bytes(bytes) => driver.on(driver::Event::Bytes(&bytes)),
                Event::End => driver.on(driver::Event::End),
                Event::Failed(error) => driver.on(driver::Event::Failed(error.into())),
            }
        }
    }

    fn is_owed(&self) -> bool {
        self.0.borrow().as_ref().is_ok_and(Driver::is_owed)
    }
}

impl From<&guard::Account> for Account {
    fn from(account: &guard::Account) -> Self {
        Account {
            user: account.user.clone(),
            period: account.period().to_owned(),
            cap: account.cap,
        }
    }
}

impl From<Refusal> for driver::Refusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::OverCap((account, spent)) => {
                let account = usize::try_from(account).unwrap_or(usize::MAX);
                driver::Refusal::OverCap(account, spent)
            }
            Refusal::Unavailable(why) => driver::Refusal::Unavailable(why),
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        let (kind, retryable, path) = match error.kind {
            TransportErrorKind::Connection => (ErrorKind::Connection, true, None),
            TransportErrorKind::ConnectTimeout => {
                (ErrorKind::Timeout, true, Some(guard::CONNECTING))
            }
            TransportErrorKind::Denied => (ErrorKind::Permission, false, None),
        };
        Error {
            path: path.map(str::to_owned),
            retryable,
            ..Error::new(kind, excerpt::printable(&error.message, 1000))
        }
    }
}

/// The resource `decoder`.
pub(crate) struct Decoder(RefCell<StreamDecoder>);

impl GuestDecoder for Decoder {
    fn new(state: Vec<u8>, status: u16, headers: Vec<(String, String)>) -> Self {
        let head = head(status, &headers);
        // A constructor cannot fail: a wrong state is told by the first call.
        Decoder(RefCell::new(match State::from_bytes(&state) {
            Ok(state) => StreamDecoder::new(state, head),
            Err(error) => StreamDecoder::failed(error, head),
        }))
    }

    fn push(&self, bytes: Vec<u8>) -> Result<Vec<Chunk>, Error> {
        let mut chunks = Vec::new();
        self.0.borrow_mut().push(&bytes, &mut chunks)?;
        Ok(chunks)
    }

    fn finish(&self) -> Result<Vec<Chunk>, Error> {
        let mut chunks = Vec::new();
        self.0.borrow_mut().finish(&mut chunks)?;
        Ok(chunks)
    }
}
