//! The interfaces `provider` and `credential-chain`: the core's two halves with WASI's HTTP between them.
//!
//! Written once, as `async fn`s over the few things that differ between the versions of WASI: sending, reading, sleeping,
//! files. For WASI 0.2, [`blocking`], `maybe_async` leaves `async` and `await` out, and a wait blocks where it is; with
//! WASI 0.3, [`concurrent`], other calls go on meanwhile. So nothing that calls share is borrowed over an `await`.

#[cfg(not(feature = "async"))]
mod blocking;
mod clock;
#[cfg(feature = "async")]
mod concurrent;
mod deadline;
mod failure;
mod folder;
mod identity;
mod message;
mod reading;
mod spending;

use std::cell::RefCell;

use zeroize::Zeroizing;

use crate::canonical::{Context, Error, ErrorKind, Request, Response};
use crate::credentials::{self, blob};
use crate::environment::Environment;
use crate::exchange::{self, Amendments, Call, MAX_ANSWER, MAX_ERROR_BODY, Operation, State};
use crate::http_message::{Head, HttpRequest};
use crate::retry::{self, Attempts, Quota};
use deadline::Deadlines;
use reading::{Reading, Silence};
use spending::Spending;
use wasi::bindings::cli::environment::get_environment;

#[cfg(not(feature = "async"))]
use blocking as wasi;
#[cfg(feature = "async")]
use concurrent as wasi;

thread_local! {
    /// Of all calls of this instance.
    static QUOTA: RefCell<Quota> = const { RefCell::new(Quota::FULL) };
}

/// Why there is no answer.
struct Failed {
    error: Error,
    /// The service's time, in milliseconds since the Unix epoch.
    date: Option<u64>,
    /// Whether an answer had begun, which is paid for.
    has_begun: bool,
}

impl Failed {
    /// The answer had begun. An exception in its place was refused after all.
    fn of_answer(error: Error) -> Self {
        Failed {
            has_begun: error.code.is_none(),
            error,
            date: None,
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed {
            error,
            date: None,
            has_begun: false,
        }
    }
}

/// An answer that has come, whole, or of a stream its first chunks.
#[allow(clippy::large_enum_variant, reason = "moved twice a call")]
enum Answered {
    Whole(State, Head, Zeroizing<Vec<u8>>),
    Stream(Reading),
}

/// An answer, and the money that was set aside for it.
type Paid = (Answered, Spending);

/// Send, until there is an answer or an error that stays. Where the service refuses a call and says how it would be taken,
/// or has no room and there is another place, the call is put that way, each way once; what passes is tried again after
/// a while. Each attempt is signed anew.
#[maybe_async::maybe_async]
async fn send(request: &Request, context: &Context, operation: Operation) -> Result<Paid, Error> {
    let deadlines = Deadlines::new(&context.deadlines);
    let environment = Environment::new(get_environment());
    let mut attempts = Attempts::new(retry::most_attempts(context, &environment)?);
    let wanted = identity::wanted(context, exchange::region_of_name(request, context)?)?;
    let call = || Call {
        request,
        context,
        environment: &environment,
        operation,
        now: clock::now(),
    };
    let mut amendments = Amendments::default();
    // What costs too much is refused before anybody is asked for credentials, unless they are to tell the region.
    let is_placed = wanted.region.is_some()
        || credentials::region_of(&wanted.given, context, &environment).is_ok();
    let mut money = match is_placed {
        true => Some(Spending::begin(&call(), &wanted.given, &amendments)?),
        false => None,
    };
    let mut credentials = identity::find(&wanted, &environment, &deadlines).await?;
    let (mut is_clock_corrected, mut are_credentials_renewed) = (false, false);
    let mut refused = None;
    loop {
        if !deadlines.allow(0) {
            return Err(deadlines.over());
        }
        let mut ready = || -> Result<_, Error> {
            let prepared = Call {
                now: clock::of_service(context),
                ..call()
            }
            .prepare(&credentials, &amendments)?;
            let spending = match money.take() {
                Some(spending) => spending,
                None => Spending::begin(&call(), &credentials, &amendments)?,
            };
            Ok((prepared, spending))
        };
        let (prepared, spending) = match ready() {
            Ok(ready) => ready,
            // A fallback that cannot take the call is passed over, and what the service said stands.
            Err(error) => match amendments.passed_over(context) {
                Some(next) => {
                    amendments = next;
                    continue;
                }
                None => return Err(refused.unwrap_or(error)),
            },
        };
        let alternatives = prepared.alternatives;
        let attempt = Attempt {
            request: prepared.request,
            state: prepared.state,
            ping_ms: prepared.ping_ms,
            deadlines: deadlines.clone(),
        };
        let failed = match attempt.make(operation).await {
            Ok(mut answered) => {
                QUOTA.with_borrow_mut(|quota| attempts.succeeded(quota));
                if let Answered::Stream(reading) = &mut answered {
                    reading.is_signed_with(credentials.auth);
                }
                return Ok((answered, spending));
            }
            Err(failed) => failed,
        };
        let spending = match failed.has_begun {
            true => spending.owed(),
            false => spending,
        };
        money = spending.fail(&failed.error);
        if let Some(amended) = alternatives.after(&failed.error) {
            refused = None;
            if amended.is_elsewhere(&amendments) {
                // It costs something else there.
                money = None;
                let auth = credentials.auth.as_ref();
                refused = Some(credentials::conceal(failed.error, auth));
            }
            amendments = amended;
            continue;
        }
        if !is_clock_corrected && clock::correct(context, &failed) {
            is_clock_corrected = true;
            continue;
        }
        if !are_credentials_renewed
            && credentials::are_over(&failed.error)
            && identity::forget(&wanted, &credentials)
        {
            are_credentials_renewed = true;
            credentials = identity::find(&wanted, &environment, &deadlines).await?;
            continue;
        }
        let wait = QUOTA.with_borrow_mut(|quota| attempts.after(&failed.error, quota, random()));
        match wait {
            Some(milliseconds) if deadlines.allow(milliseconds) => {
                wasi::sleep(milliseconds).await;
            }
            _ => {
                let auth = credentials.auth.as_ref();
                return Err(credentials::conceal(failed.error, auth));
            }
        }
    }
}

/// One try.
struct Attempt {
    request: HttpRequest,
    state: State,
    ping_ms: Option<u64>,
    deadlines: Deadlines,
}

#[maybe_async::maybe_async]
impl Attempt {
    /// An answer, or the error that the transport or the service tells. Of a stream it is over with the first chunk, or
    /// with the first ping: what goes wrong before is the call's own error.
    async fn make(self, operation: Operation) -> Result<Answered, Failed> {
        let Attempt {
            request,
            state,
            ping_ms,
            deadlines,
        } = self;
        let mut pending = wasi::start(request, &deadlines).await?;
        let silent = Silence::new(ping_ms.filter(|_| operation == Operation::Stream));
        let Some(answer) = pending.head(&deadlines, silent.due()).await? else {
            // Whoever waits hears that the call lives, and no error of it can be the call's own any more.
            return Ok(Answered::Stream(Reading::silent(
                state, pending, deadlines, silent,
            )));
        };
        let is_answer = match operation {
            Operation::Stream => answer.head.is_success(),
            Operation::Complete | Operation::CountTokens => exchange::is_answer(&answer.head),
        };
        if !is_answer {
            let (head, body) = answer
                .read_whole(MAX_ERROR_BODY, MAX_ERROR_BODY, &deadlines)
                .await?;
            return Err(Failed {
                error: exchange::refusal(state.model(), &head, &body),
                date: head.date,
                has_begun: false,
            });
        }
        let limit = match operation {
            Operation::Stream => {
                return Reading::begin(state, answer, deadlines, silent)
                    .await
                    .map(Answered::Stream)
                    .map_err(Failed::of_answer);
            }
            Operation::Complete => MAX_ANSWER,
            Operation::CountTokens => MAX_ERROR_BODY,
        };
        let (head, body) = answer
            .read_whole(limit, MAX_ERROR_BODY, &deadlines)
            .await
            .map_err(Failed::of_answer)?;
        Ok(Answered::Whole(state, head, body))
    }
}

/// A number that differs from call to call; that nobody can guess it does not matter here.
fn random() -> u64 {
    let spread = |bits: u64| (bits ^ (bits >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    spread(spread(wasi::instant()))
}

/// An answer of the other kind than was asked for.
fn astray() -> Error {
    Error::new(
        ErrorKind::Internal,
        "a stream was answered as a whole, or the reverse",
    )
}

/// `complete`, of either interface.
#[maybe_async::maybe_async]
async fn complete(request: &Request, context: &Context) -> Result<Response, Error> {
    match send(request, context, Operation::Complete).await? {
        (Answered::Whole(state, head, body), spending) => {
            let answer = exchange::decode_response(state, &head, &body);
            match &answer {
                Ok(answer) => spending.settle(answer.cost.as_ref(), Some(&answer.usage)),
                Err(error) => drop(spending.owed().fail(error)),
            }
            answer
        }
        (Answered::Stream(_), _) => Err(astray()),
    }
}

/// `stream`, of either interface: what is to be read.
#[maybe_async::maybe_async]
async fn stream(request: &Request, context: &Context) -> Result<Reading, Error> {
    match send(request, context, Operation::Stream).await? {
        (Answered::Stream(mut reading), spending) => {
            reading.is_paid_by(spending);
            Ok(reading)
        }
        (Answered::Whole(..), _) => Err(astray()),
    }
}

/// `count-tokens`, of either interface.
#[maybe_async::maybe_async]
async fn count_tokens(request: &Request, context: &Context) -> Result<u64, Error> {
    match send(request, context, Operation::CountTokens).await? {
        (Answered::Whole(state, head, body), _) => exchange::decode_count(&state, &head, &body),
        (Answered::Stream(_), _) => Err(astray()),
    }
}

/// `resolve`, of either interface.
#[maybe_async::maybe_async]
async fn resolve(context: &Context) -> Result<String, Error> {
    let deadlines = Deadlines::new(&context.deadlines);
    let environment = Environment::new(get_environment());
    let wanted = identity::wanted(context, None)?;
    let mut credentials = identity::find(&wanted, &environment, &deadlines).await?;
    // The text form needs a region, so that it means the same wherever it is used.
    let region = credentials::region_of(&credentials, context, &environment)?;
    credentials.region = Some(region.as_str().to_owned());
    Ok(blob::encode(&credentials, None).to_string())
}
