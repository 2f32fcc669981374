//! One HTTP exchange over `wasi:http`.

use super::super::{failure, message};
use super::{body, wait};
use crate::canonical::{Error, ErrorKind};
use crate::driver::deadline::{Deadlines, Instant};
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

/// A request that was sent, and its answer. Dropping it ends the exchange.
pub(in super::super) struct Exchange {
    answer: Answer,
    authority: String,
}

enum Answer {
    /// It has not begun.
    Pending(FutureIncomingResponse),
    /// Fields in the order in which WASI wants them dropped: children first.
    Begun {
        stream: InputStream,
        _body: IncomingBody,
        _response: IncomingResponse,
    },
}

/// What has come.
pub(in super::super) enum Received {
    /// Nothing, until the moment that was given.
    Nothing,
    Head(Head),
    Bytes(Vec<u8>),
    End,
}

/// Send, until all of the request is on its way, or an answer came before.
pub(in super::super) fn send(
    request: HttpRequest,
    deadlines: &Deadlines,
) -> Result<Exchange, Error> {
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
    Ok(Exchange {
        answer: Answer::Pending(future),
        authority,
    })
}

fn outgoing_request(request: &HttpRequest) -> Result<OutgoingRequest, Error> {
    let outgoing = OutgoingRequest::new(message::fields(request)?);
    message::address(&outgoing, request)?;
    Ok(outgoing)
}

impl Exchange {
    /// What comes next, at most until a moment.
    pub(in super::super) fn receive(&mut self, until: Option<Instant>) -> Result<Received, Error> {
        match &mut self.answer {
            Answer::Pending(future) => {
                let ready = future.subscribe();
                loop {
                    match future.get() {
                        Some(Ok(Ok(response))) => {
                            drop(ready);
                            let (head, answer) = begun(response)?;
                            self.answer = answer;
                            return Ok(Received::Head(head));
                        }
                        Some(Ok(Err(code))) => {
                            return Err(failure::canonical(&code, &self.authority));
                        }
                        Some(Err(())) => {
                            return Err(Error::new(
                                ErrorKind::Internal,
                                "the host gave the answer twice",
                            ));
                        }
                        None if !wait(&[&ready], until) => return Ok(Received::Nothing),
                        None => {}
                    }
                }
            }
            Answer::Begun { stream, .. } => loop {
                match stream.read(READ) {
                    Ok(bytes) if bytes.is_empty() => {
                        let ready = stream.subscribe();
                        if !wait(&[&ready], until) {
                            return Ok(Received::Nothing);
                        }
                    }
                    Ok(bytes) => return Ok(Received::Bytes(bytes)),
                    Err(StreamError::Closed) => return Ok(Received::End),
                    Err(StreamError::LastOperationFailed(error)) => {
                        return Err(match http_error_code(&error) {
                            Some(code) => failure::canonical(&code, &self.authority),
                            None => failure::broken(&self.authority),
                        });
                    }
                }
            },
        }
    }

    /// Ready when [`receive`](Self::receive) would not block.
    pub(in super::super) fn subscribe(&self) -> Pollable {
        match &self.answer {
            Answer::Pending(future) => future.subscribe(),
            Answer::Begun { stream, .. } => stream.subscribe(),
        }
    }
}

fn begun(response: IncomingResponse) -> Result<(Head, Answer), Error> {
    let twice = |()| Error::new(ErrorKind::Internal, "the host gave the body twice");
    let headers: Vec<(String, Vec<u8>)> = response.headers().entries();
    let head = message::head(response.status(), &headers);
    let body = response.consume().map_err(twice)?;
    let stream = body.stream().map_err(twice)?;
    Ok((
        head,
        Answer::Begun {
            stream,
            _body: body,
            _response: response,
        },
    ))
}
