//! One HTTP exchange over `wasi:http`.

use super::super::deadline::{self, Deadlines, Instant, Limit};
use super::super::{failure, message};
use super::{Waited, body, wait};
use crate::canonical::{Error, ErrorKind};
use crate::http_message::{Head, HttpRequest};
use crate::world::wasi::http::outgoing_handler;
use crate::world::wasi::http::types::{
    FutureIncomingResponse, IncomingBody, IncomingResponse, OutgoingBody, OutgoingRequest,
    http_error_code,
};
use crate::world::wasi::io::poll::Pollable;
use crate::world::wasi::io::streams::{InputStream, StreamError};

/// The most bytes that one read asks for: about what a TLS record or a host's buffer holds.
const READ: u64 = 64 << 10;

/// An answer whose body is being read. Fields in the order in which WASI wants them dropped: children first.
pub(in super::super) struct Answer {
    stream: InputStream,
    _body: IncomingBody,
    _response: IncomingResponse,
    pub head: Head,
    authority: String,
    /// Since when nothing has come.
    quiet: Option<Instant>,
}

/// What a read gave.
pub(in super::super) enum Read {
    Bytes(Vec<u8>),
    /// Nothing, for as long as the caller wanted to wait.
    Quiet,
    End,
}

/// A request that was sent, whose answer has not begun.
pub(in super::super) struct Pending {
    future: FutureIncomingResponse,
    authority: String,
    /// On the wait for the answer's head, since it was sent.
    limit: Limit,
}

/// Send, and wait for the answer's head.
pub(in super::super) fn send(request: HttpRequest, deadlines: &Deadlines) -> Result<Answer, Error> {
    let mut pending = start(request, deadlines)?;
    // Nobody asked to hear of silence.
    pending
        .head(deadlines, None)?
        .ok_or_else(|| deadlines.over())
}

/// Send.
pub(in super::super) fn start(
    request: HttpRequest,
    deadlines: &Deadlines,
) -> Result<Pending, Error> {
    let authority = request.authority.clone();
    let outgoing = outgoing_request(&request)?;
    let outgoing_body = outgoing
        .body()
        .map_err(|()| message::refused("a second body"))?;
    let options = message::options(deadlines)?;
    let future = outgoing_handler::handle(outgoing, options)
        .map_err(|code| failure::canonical(&code, &authority))?;
    // The body goes out while the host connects; a server that answers early ends it early, and the answer says why.
    match body::write(
        &outgoing_body,
        &request.body,
        &future.subscribe(),
        deadlines,
    )? {
        body::Written::All => {
            if let Err(code) = OutgoingBody::finish(outgoing_body, None) {
                return Err(failure::canonical(&code, &authority));
            }
        }
        body::Written::CutShort => drop(outgoing_body),
    }
    Ok(Pending {
        future,
        authority,
        limit: deadlines.on_head(),
    })
}

fn outgoing_request(request: &HttpRequest) -> Result<OutgoingRequest, Error> {
    let outgoing = OutgoingRequest::new(message::fields(request)?);
    message::address(&outgoing, request)?;
    Ok(outgoing)
}

impl Pending {
    /// The answer, once its head is there; none where it is not there at `quiet`, if that is given.
    pub(in super::super) fn head(
        &mut self,
        deadlines: &Deadlines,
        quiet: Option<Instant>,
    ) -> Result<Option<Answer>, Error> {
        let ready = self.future.subscribe();
        loop {
            match self.future.get() {
                Some(Ok(Ok(response))) => {
                    return answer(response, std::mem::take(&mut self.authority)).map(Some);
                }
                Some(Ok(Err(code))) => return Err(failure::canonical(&code, &self.authority)),
                Some(Err(())) => {
                    return Err(Error::new(
                        ErrorKind::Internal,
                        "the host gave the answer twice",
                    ));
                }
                None if wait(&[&ready], deadlines, &self.limit, quiet)? == Waited::Quiet => {
                    return Ok(None);
                }
                None => {}
            }
        }
    }

    /// Ready when [`head`](Self::head) would not block.
    pub(in super::super) fn subscribe(&self) -> Pollable {
        self.future.subscribe()
    }
}

fn answer(response: IncomingResponse, authority: String) -> Result<Answer, Error> {
    let twice = |()| Error::new(ErrorKind::Internal, "the host gave the body twice");
    let headers: Vec<(String, Vec<u8>)> = response.headers().entries();
    let head = message::head(response.status(), &headers);
    let body = response.consume().map_err(twice)?;
    let stream = body.stream().map_err(twice)?;
    Ok(Answer {
        stream,
        _body: body,
        _response: response,
        head,
        authority,
        quiet: None,
    })
}

impl Answer {
    /// What comes next; when `due` has come, if it is given, that nothing came.
    pub(in super::super) fn read(
        &mut self,
        deadlines: &Deadlines,
        due: Option<Instant>,
    ) -> Result<Read, Error> {
        if !deadlines.allow(0) {
            return Err(deadlines.over());
        }
        loop {
            match self.stream.read(READ) {
                Ok(bytes) if bytes.is_empty() => {
                    let now = deadline::after(0);
                    let since = *self.quiet.get_or_insert(now);
                    let ready = self.stream.subscribe();
                    let limit = deadlines.on_bytes(since);
                    if wait(&[&ready], deadlines, &limit, due)? == Waited::Quiet {
                        return Ok(Read::Quiet);
                    }
                }
                Ok(bytes) => {
                    self.quiet = None;
                    return Ok(Read::Bytes(bytes));
                }
                Err(StreamError::Closed) => return Ok(Read::End),
                Err(StreamError::LastOperationFailed(error)) => {
                    return Err(match http_error_code(&error) {
                        Some(code) => failure::canonical(&code, &self.authority),
                        None => Error {
                            retryable: true,
                            ..Error::new(
                                ErrorKind::Connection,
                                format!("{}: the connection broke", self.authority),
                            )
                        },
                    });
                }
            }
        }
    }

    /// Ready when [`read`](Self::read) would not block.
    pub(in super::super) fn subscribe(&self) -> Pollable {
        self.stream.subscribe()
    }
}
