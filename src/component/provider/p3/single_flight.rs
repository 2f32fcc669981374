//! The searches for credentials of this instance: of several calls that want the same ones, one looks.

use std::pin::pin;

use super::{instant, wait};
use crate::canonical::{Error, ErrorKind};
use crate::credential_chain::Wanted;
use crate::credential_chain::cache::Cached;
use crate::credential_chain::single_flight::{Found, Leader, Role, Searches};
use crate::driver::deadline::Deadlines;

thread_local! {
    static SEARCHES: Searches = Searches::default();
}

/// What a call is to do.
pub(in super::super) enum Joined {
    /// Look, and then [`finish`].
    Leader(Leader),
    /// Take what another call has found.
    Found(Found),
}

/// Look for these, or wait for who does. What is still good enough is taken instead of waiting.
pub(in super::super) async fn join(
    wanted: &Wanted,
    kept: &Cached,
    deadlines: &Deadlines,
) -> Result<Joined, Error> {
    loop {
        let follower = match SEARCHES.with(|searches| searches.join(wanted)) {
            Role::Leader(leader) => return Ok(Joined::Leader(leader)),
            Role::Follower(follower) => follower,
        };
        if let Cached::Stale(credentials) = kept {
            return Ok(Joined::Found(Ok(credentials.clone())));
        }
        let limit = deadlines.on_whole("the credentials that another call looks for");
        // The leader may have given up: then somebody else takes over.
        match wait(pin!(follower), deadlines.end).await {
            Some(Some(found)) => return Ok(Joined::Found(found)),
            Some(None) => {}
            None => drop(deadlines.passed(&limit, None, instant())?),
        }
    }
}

/// Tell the calls that wait. That the time of this one is over says nothing to others.
pub(in super::super) fn finish(leader: Leader, found: &Found) {
    match found {
        Err(error) if error.kind == ErrorKind::Timeout => drop(leader),
        _ => leader.finish(found),
    }
}

/// Whether a call looks for these now.
pub(in super::super) fn is_under_way(wanted: &Wanted) -> bool {
    SEARCHES.with(|searches| searches.is_under_way(wanted))
}
