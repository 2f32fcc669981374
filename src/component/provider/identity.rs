//! Who calls: what the context says, else what AWS's default chain finds; found once, and kept while it holds.

use std::cell::RefCell;

#[cfg(feature = "async")]
use super::concurrent::flights::{self, Boarded};
use super::deadline::Deadlines;
use super::{clock, wasi};
use crate::canonical::{Context, Error, ErrorKind};
use crate::credentials::cache::{Cache, Kept};
use crate::credentials::chain::{self, Answer, Chain, Hints, Step, Wanted};
use crate::credentials::{self, Credentials};
use crate::endpoint::Region;
use crate::environment::Environment;
use crate::exchange;
use crate::http_message::HttpRequest;

thread_local! {
    /// Of all calls of this instance.
    static CACHE: RefCell<Cache> = const { RefCell::new(Cache::EMPTY) };
}

/// What a call wants. `region` is that of the model's name.
pub(super) fn wanted(context: &Context, region: Option<Region>) -> Result<Wanted, Error> {
    let (given, role) = credentials::with_role_of_context(context)?;
    let region = region.map(|region| region.as_str().to_owned());
    Ok(Wanted {
        given,
        role,
        profile: exchange::profile_of(context)?,
        region: region.or_else(|| context.region.clone()),
    })
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
    let now = clock::now();
    let kept = CACHE.with_borrow(|cache| cache.get(wanted, now));
    if let Kept::Good(credentials) = kept {
        return Ok(credentials);
    }
    #[cfg(feature = "async")]
    let flight = match flights::board(wanted, &kept, deadlines).await? {
        Boarded::Pilot(flight) => flight,
        Boarded::Landed(found) => return found,
    };
    let found = match (look(wanted, environment, deadlines, now).await, kept) {
        (Ok(found), _) => {
            CACHE.with_borrow_mut(|cache| cache.put(wanted, &found, now));
            Ok(found)
        }
        (Err(_), Kept::Aging(credentials)) => {
            CACHE.with_borrow_mut(|cache| cache.spare(wanted, now));
            Ok(credentials)
        }
        (Err(error), _) => Err(error),
    };
    #[cfg(feature = "async")]
    flights::land(flight, &found);
    found
}

/// The service does not know the ones that were used any more. Whether others might be found.
pub(super) fn forget(wanted: &Wanted, used: &Credentials) -> bool {
    let is_known = CACHE.with_borrow_mut(|cache| cache.forget(wanted, used));
    #[cfg(feature = "async")]
    let is_known = is_known || flights::is_on_its_way(wanted);
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
                if !deadlines.allow(0) {
                    return Err(deadlines.over());
                }
                answer
            }
        });
    }
}

#[maybe_async::maybe_async]
async fn ask(request: HttpRequest, hints: &Hints, deadlines: &Deadlines) -> Answer {
    if !deadlines.allow(hints.pause_ms) {
        return Answer::NoAnswer("the call's time is over".into());
    }
    if hints.pause_ms > 0 {
        wasi::sleep(hints.pause_ms).await;
    }
    let own = deadlines.of_question(hints);
    let answered = match wasi::send(request, &own).await {
        Ok(answer) => {
            answer
                .read_whole(chain::MAX_ANSWER, chain::MAX_ANSWER, &own)
                .await
        }
        Err(error) => Err(error),
    };
    match answered {
        Ok((head, body)) => Answer::Http(head, body),
        // Its own words would name a deadline that the caller did not set.
        Err(error) if error.kind == ErrorKind::Timeout => {
            Answer::NoAnswer("it took too long".into())
        }
        Err(error) => Answer::NoAnswer(error.message),
    }
}
