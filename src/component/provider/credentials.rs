//! Who calls: what the context says, else what AWS's default chain finds; found once, and kept while it holds.

use std::cell::RefCell;

#[cfg(feature = "async")]
use super::p3::single_flight::{self, Joined};
use super::{now, wasi};
use crate::canonical::{Error, ErrorKind};
use crate::credential_chain::cache::{Cache, Cached};
use crate::credential_chain::{Answer, Chain, Hints, MAX_ANSWER, Step, Wanted};
use crate::credentials::Credentials;
use crate::driver::deadline::{self, Deadlines};
use crate::driver::{Event, Lookup};
use crate::environment::Environment;
use crate::http_message::{Head, HttpRequest};
use wasi::Received;
use zeroize::Zeroizing;

thread_local! {
    /// Of all calls of this instance.
    static CACHE: RefCell<Cache> = const { RefCell::new(Cache::EMPTY) };
}

/// The credentials that a call looks for, as the event that its driver waits for. After `refused`, only others than
/// those.
#[maybe_async::maybe_async]
pub(super) async fn found(
    lookup: &Lookup,
    refused: Option<Credentials>,
    deadlines: &Deadlines,
) -> Event<'static> {
    let Lookup {
        wanted,
        environment,
    } = lookup;
    if let Some(refused) = refused
        && !forget(wanted, &refused)
    {
        return Event::NotRenewable;
    }
    Event::Credentials(find(wanted, environment, deadlines).await)
}

/// The credentials to sign with, with the region that was found on the way.
#[maybe_async::maybe_async]
pub(super) async fn find(
    wanted: &Wanted,
    environment: &Environment,
    deadlines: &Deadlines,
) -> Result<Credentials, Error> {
    // What a call carries is the caller's, and nothing of it is kept.
    if wanted.given.auth.is_some() && wanted.role.is_none() {
        return Ok(wanted.given.clone());
    }
    let now = now().unix_ms;
    let kept = CACHE.with_borrow(|cache| cache.get(wanted, now));
    if let Cached::Fresh(credentials) = kept {
        return Ok(credentials);
    }
    #[cfg(feature = "async")]
    let search = match single_flight::join(wanted, &kept, deadlines).await? {
        Joined::Leader(search) => search,
        Joined::Found(found) => return found,
    };
    let found = match (look(wanted, environment, deadlines, now).await, kept) {
        (Ok(found), _) => {
            CACHE.with_borrow_mut(|cache| cache.insert(wanted, &found, now));
            Ok(found)
        }
        (Err(_), Cached::Stale(credentials)) => {
            CACHE.with_borrow_mut(|cache| cache.extend(wanted, now));
            Ok(credentials)
        }
        (Err(error), _) => Err(error),
    };
    #[cfg(feature = "async")]
    single_flight::finish(search, &found);
    found
}

/// The service does not know the ones that were used any more. Whether others might be found.
fn forget(wanted: &Wanted, used: &Credentials) -> bool {
    let is_known = CACHE.with_borrow_mut(|cache| cache.forget(wanted, used));
    #[cfg(feature = "async")]
    let is_known = is_known || single_flight::is_under_way(wanted);
    is_known
}

#[maybe_async::maybe_async]
async fn look(
    wanted: &Wanted,
    environment: &Environment,
    deadlines: &Deadlines,
    now: u64,
) -> Result<Credentials, Error> {
    let mut chain = Chain::new(environment.clone(), wanted.clone(), now);
    let mut answer = None;
    loop {
        answer = Some(match chain.step(answer.take()) {
            Step::Done(credentials) => return Ok(credentials),
            Step::Failed(error) => return Err(error),
            Step::ReadFile(path) => wasi::read_file(&path).await,
            Step::Send(request, hints) => {
                let answer = ask(request, &hints, deadlines).await;
                // The question's time is short, and the call's may be shorter.
                if !deadlines.allow(0, wasi::instant()) {
                    return Err(deadlines.over());
                }
                answer
            }
        });
    }
}

#[maybe_async::maybe_async]
async fn ask(request: HttpRequest, hints: &Hints, deadlines: &Deadlines) -> Answer {
    let now = wasi::instant();
    if !deadlines.allow(hints.pause_ms, now) {
        return Answer::NoAnswer("the call's time is over".into());
    }
    if hints.pause_ms > 0 {
        wasi::sleep_until(deadline::later(now, hints.pause_ms)).await;
    }
    let own = deadlines.of_question(hints.connect_ms, hints.answer_ms, wasi::instant());
    match answer(request, &own).await {
        Ok(Some((head, body))) => Answer::Http(head, body),
        Ok(None) => Answer::NoAnswer("it took too long".into()),
        // Its own words would name a deadline that the caller did not set.
        Err(error) if error.kind == ErrorKind::Timeout => {
            Answer::NoAnswer("it took too long".into())
        }
        Err(error) => Answer::NoAnswer(error.message),
    }
}

/// A head, and the whole body.
type Whole = (Head, Zeroizing<Vec<u8>>);

/// The whole answer, of a failure its beginning; none where it takes too long.
#[maybe_async::maybe_async]
async fn answer(request: HttpRequest, deadlines: &Deadlines) -> Result<Option<Whole>, Error> {
    let mut exchange = wasi::send(request, deadlines).await?;
    let mut answered = Head::default();
    // It may hold credentials, and a buffer that grows leaves secrets behind.
    let mut whole = Zeroizing::new(Vec::with_capacity(MAX_ANSWER));
    loop {
        match exchange.receive(deadlines.end).await? {
            Received::Nothing => return Ok(None),
            Received::Head(head) => answered = head,
            Received::End => return Ok(Some((answered, whole))),
            Received::Bytes(bytes) => {
                let bytes = Zeroizing::new(bytes);
                let room = MAX_ANSWER - whole.len();
                if answered.is_success() && bytes.len() > room {
                    let message = format!("the answer is larger than {} bytes", MAX_ANSWER);
                    return Err(Error::new(ErrorKind::MalformedStream, message));
                }
                whole.extend_from_slice(bytes.get(..room).unwrap_or(&bytes));
                if !answered.is_success() && whole.len() >= MAX_ANSWER {
                    return Ok(Some((answered, whole)));
                }
            }
        }
    }
}
