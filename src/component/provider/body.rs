//! Writing the request's body as fast as the host takes it.

use super::deadline::Deadlines;
use crate::canonical::{Error, ErrorKind};
use crate::world::wasi::http::types::OutgoingBody;
use crate::world::wasi::io::streams::StreamError;

/// How much of the body went out.
pub(super) enum Written {
    All,
    /// The server closed its side: it has answered already, or is gone. The response tells which.
    CutShort,
}

/// Write all of `bytes`.
pub(super) fn write(
    body: &OutgoingBody,
    mut bytes: &[u8],
    deadlines: &Deadlines,
) -> Result<Written, Error> {
    let stream = body
        .write()
        .map_err(|()| Error::new(ErrorKind::Internal, "the host gave the body's stream twice"))?;
    let ready = stream.subscribe();
    while !bytes.is_empty() {
        let written = match stream.check_write() {
            Ok(0) => {
                deadlines.wait_for_bytes(&ready)?;
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
