//! A request as the host has it.

use bedrock_provider::canonical::{Error, ErrorKind};

use crate::body::Body;
use crate::http::Head;
use crate::world::wasi::http::types::{IncomingRequest, Method};
use crate::world::wasi::io::streams::StreamError;

/// The most bytes that one read asks for.
const READ: u64 = 64 << 10;

pub(super) fn head(request: &IncomingRequest) -> Head {
    let method = match request.method() {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Options => "OPTIONS",
        // None of the others is allowed anywhere.
        _ => "",
    };
    let path = request.path_with_query().unwrap_or_default();
    Head::new(method, &path, request.headers().entries())
}

/// All of the body. An error where it is too long, or the client is gone.
pub(super) fn body(request: IncomingRequest, body: &mut Body) -> Result<(), Error> {
    let twice = |()| Error::new(ErrorKind::Internal, "the host gave the body twice");
    let incoming = request.consume().map_err(twice)?;
    let stream = incoming.stream().map_err(twice)?;
    loop {
        match stream.blocking_read(READ) {
            Ok(bytes) => body.push(&bytes)?,
            Err(StreamError::Closed) => return Ok(()),
            Err(StreamError::LastOperationFailed(_)) => {
                let message = "the connection was closed before the whole body was received";
                return Err(Error::invalid("body", message));
            }
        }
    }
}
