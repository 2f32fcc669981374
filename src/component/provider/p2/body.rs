//! Writing the request's body as fast as the host takes it.

use super::{instant, wait};
use crate::canonical::{Error, ErrorKind};
use crate::driver::deadline::Deadlines;
use crate::world::wasi::http::types::OutgoingBody;
use crate::world::wasi::io::poll::Pollable;
use crate::world::wasi::io::streams::StreamError;

/// How much of the body went out.
pub(super) enum Written {
    All,
    /// The server has answered before all of it had left, or is gone. The response tells which.
    CutShort,
}

/// Write all of `bytes`, unless the server answers before: `answered` is ready then.
pub(super) fn write(
    body: &OutgoingBody,
    mut bytes: &[u8],
    answered: &Pollable,
    deadlines: &Deadlines,
) -> Result<Written, Error> {
    let stream = body
        .write()
        .map_err(|()| Error::new(ErrorKind::Internal, "the host gave the body's stream twice"))?;
    let ready = stream.subscribe();
    while !bytes.is_empty() {
        let written = match stream.check_write() {
            Ok(0) => {
                let limit = deadlines.on_room(instant());
                if !wait(&[&ready, answered], deadlines.soonest(&limit, None)) {
                    deadlines.passed(&limit, None, instant())?;
                }
                if answered.ready() {
                    return Ok(Written::CutShort);
                }
                continue;
            }
            Ok(room) => {
                let (now, later) =
                    bytes.split_at(bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
                bytes = later;
                stream.write(now)
            }
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => {}
            Err(StreamError::Closed | StreamError::LastOperationFailed(_)) => {
                return Ok(Written::CutShort);
            }
        }
    }
    match stream.flush() {
        Ok(()) => Ok(Written::All),
        Err(_) => Ok(Written::CutShort),
    }
}
