//! The searches for credentials of this instance: of several calls that want the same ones, one looks.

use std::pin::pin;

use super::{instant, wait};
use crate::canonical::{Error, ErrorKind};
use crate::credentials::cache::Kept;
use crate::credentials::chain::Wanted;
use crate::credentials::flight::{Boarding, Flights, Found, Pilot};
use crate::driver::deadline::Deadlines;

thread_local! {
    static FLIGHTS: Flights = Flights::default();
}

/// What a call is to do.
pub(in super::super) enum Boarded {
    /// Look, and then [`land`].
    Pilot(Pilot),
    /// Take what another call has found.
    Landed(Found),
}

/// Look for these, or wait for who does. What is still good enough is taken instead of waiting.
pub(in super::super) async fn board(
    wanted: &Wanted,
    kept: &Kept,
    deadlines: &Deadlines,
) -> Result<Boarded, Error> {
    loop {
        let passenger = match FLIGHTS.with(|flights| flights.board(wanted)) {
            Boarding::Pilot(pilot) => return Ok(Boarded::Pilot(pilot)),
            Boarding::Passenger(passenger) => passenger,
        };
        if let Kept::Aging(credentials) = kept {
            return Ok(Boarded::Landed(Ok(credentials.clone())));
        }
        let limit = deadlines.on_whole("the credentials that another call looks for");
        // The pilot may have given up: then somebody else takes over.
        match wait(pin!(passenger), deadlines.end).await {
            Some(Some(found)) => return Ok(Boarded::Landed(found)),
            Some(None) => {}
            None => drop(deadlines.passed(&limit, None, instant())?),
        }
    }
}

/// Tell the calls that wait. That the time of this one is over says nothing to others.
pub(in super::super) fn land(pilot: Pilot, found: &Found) {
    match found {
        Err(error) if error.kind == ErrorKind::Timeout => drop(pilot),
        _ => pilot.land(found),
    }
}

/// Whether a call looks for these now.
pub(in super::super) fn is_on_its_way(wanted: &Wanted) -> bool {
    FLIGHTS.with(|flights| flights.is_under_way(wanted))
}
