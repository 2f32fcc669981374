//! The interfaces `provider` and `credential-chain`: the host's means for the steps of [`crate::driver`].
//!
//! Written once, as `async fn`s over the few things that differ between the versions of WASI: sending, receiving,
//! sleeping, files. For WASI 0.2, [`p2`], `maybe_async` leaves `async` and `await` out, and a wait blocks where it is;
//! with WASI 0.3, [`p3`], other calls go on meanwhile. So nothing that calls share is borrowed over an `await`.

mod call;
mod credentials;
mod failure;
mod folder;
mod ledger;
mod message;
#[cfg(not(feature = "async"))]
mod p2;
#[cfg(feature = "async")]
mod p3;

use crate::canonical::{Chunk, Context, Error, ErrorKind, Request, Response};
use crate::credentials::{blob, region_of};
use crate::driver::deadline::Deadlines;
use crate::driver::{Now, Outcome};
use crate::environment::Environment;
use crate::exchange::{self, Operation};
use call::{Call, Given};
use wasi::bindings::cli::environment::get_environment;

#[cfg(not(feature = "async"))]
use p2 as wasi;
#[cfg(feature = "async")]
use p3 as wasi;

/// The time, by both of the host's clocks.
fn now() -> Now {
    let (seconds, nanoseconds) = wasi::time();
    Now {
        instant: wasi::instant(),
        unix_ms: seconds
            .saturating_mul(1000)
            .saturating_add(u64::from(nanoseconds / 1_000_000)),
    }
}

/// A call that ends as its operation does not.
fn unexpected() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the call ended in another operation's way",
    )
}

/// `complete`, of either interface.
#[maybe_async::maybe_async]
async fn complete(request: Request, context: Context) -> Result<Response, Error> {
    let mut call = Call::new(request, context, Operation::Complete)?;
    match call.next().await? {
        Given::Done(Outcome::Answer(answer)) => Ok(*answer),
        Given::Done(_) | Given::Chunks(_) => Err(unexpected()),
    }
}

/// `count-tokens`, of either interface.
#[maybe_async::maybe_async]
async fn count_tokens(request: Request, context: Context) -> Result<u64, Error> {
    let mut call = Call::new(request, context, Operation::CountTokens)?;
    match call.next().await? {
        Given::Done(Outcome::Count(count)) => Ok(count),
        Given::Done(_) | Given::Chunks(_) => Err(unexpected()),
    }
}

/// A stream whose first chunks have come: what went wrong before them is the call's own error.
struct Stream {
    call: Call,
    first: Vec<Chunk>,
}

#[maybe_async::maybe_async]
impl Stream {
    /// `stream`, of either interface.
    async fn open(request: Request, context: Context) -> Result<Self, Error> {
        let mut call = Call::new(request, context, Operation::Stream)?;
        match call.next().await? {
            Given::Chunks(first) => Ok(Stream { call, first }),
            Given::Done(_) => Err(unexpected()),
        }
    }

    /// The next chunks; none at the end.
    async fn next(&mut self) -> Result<Option<Vec<Chunk>>, Error> {
        if !self.first.is_empty() {
            return Ok(Some(std::mem::take(&mut self.first)));
        }
        match self.call.next().await? {
            Given::Chunks(chunks) => Ok(Some(chunks)),
            Given::Done(_) => Ok(None),
        }
    }
}

#[cfg(not(feature = "async"))]
impl Stream {
    /// Ready when [`next`](Self::next) has something to work on.
    fn subscribe(&self) -> crate::world::wasi::io::poll::Pollable {
        match self.first.is_empty() {
            true => self.call.subscribe(),
            false => crate::world::wasi::clocks::monotonic_clock::subscribe_duration(0),
        }
    }
}

/// `resolve`, of either interface.
#[maybe_async::maybe_async]
async fn resolve(context: Context) -> Result<String, Error> {
    let deadlines = Deadlines::new(&context.deadlines, wasi::instant());
    let environment = Environment::new(get_environment());
    let wanted = exchange::wanted_by(&context)?;
    let mut credentials = credentials::find(&wanted, &environment, &deadlines).await?;
    // The text form needs a region, so that it means the same wherever it is used.
    let region = region_of(&credentials, &context, &environment)?;
    credentials.region = Some(region.as_str().to_owned());
    Ok(blob::encode(&credentials, None).to_string())
}
