//! One HTTP exchange over `wasi:http`.

use super::body;
use zeroize::Zeroizing;

use super::deadline::{self, Deadlines, Waited};
use super::failure;
use crate::canonical::{Error, ErrorKind};
use crate::exchange::MAX_ERROR_BODY;
use crate::http_message::{Head, HttpRequest};
use crate::world::wasi::clocks::monotonic_clock::Instant;
use crate::world::wasi::http::outgoing_handler;
use crate::world::wasi::http::types::{
    Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody,
    OutgoingRequest, RequestOptions, Scheme, http_error_code,
};
use crate::world::wasi::io::poll::Pollable;
use crate::world::wasi::io::streams::{InputStream, StreamError};

/// The most bytes that one read asks for: about what a TLS record or a host's buffer holds.
const READ: u64 = 64 << 10;

/// An answer whose body is being read. Fields in the order in which WASI wants them dropped: children first.
pub(super) struct Answer {
    stream: InputStream,
    _body: IncomingBody,
    _response: IncomingResponse,
    pub head: Head,
    authority: String,
    /// Since when nothing has come, and since when nobody was told so.
    quiet: Option<(Instant, Instant)>,
}

/// What a read gave.
pub(super) enum Read {
    Bytes(Vec<u8>),
    /// Nothing, for as long as the caller wanted to wait.
    Quiet,
    End,
}

/// Why there is no answer.
pub(super) struct Failed {
    pub error: Error,
    /// The service's time, in milliseconds since the Unix epoch.
    pub date: Option<u64>,
    /// Whether an answer had begun, which is paid for.
    pub has_begun: bool,
}

impl Failed {
    /// The answer had begun. An exception in its place was refused after all.
    pub(super) fn of_answer(error: Error) -> Self {
        Failed {
            has_begun: error.code.is_none(),
            error,
            date: None,
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed {
            error,
            date: None,
            has_begun: false,
        }
    }
}

/// Send, and wait for the answer's head.
pub(super) fn send(request: &HttpRequest, deadlines: &Deadlines) -> Result<Answer, Error> {
    let authority = request.authority.clone();
    let outgoing = outgoing_request(request)?;
    let outgoing_body = outgoing.body().map_err(|()| refused("a second body"))?;
    let options = request_options(deadlines)?;
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
    let response =
        wait(&future, deadlines)?.map_err(|code| failure::canonical(&code, &authority))?;
    answer(response, authority)
}

fn outgoing_request(request: &HttpRequest) -> Result<OutgoingRequest, Error> {
    let entry =
        |(name, value): &(&str, http::HeaderValue)| ((*name).to_owned(), value.as_bytes().to_vec());
    let entries: Vec<(String, Vec<u8>)> = request.headers.iter().map(entry).collect();
    let fields =
        Fields::from_list(&entries).map_err(|error| refused(&format!("a header ({error})")))?;
    let outgoing = OutgoingRequest::new(fields);
    let scheme = if request.scheme == "http" {
        Scheme::Http
    } else {
        Scheme::Https
    };
    let method = match request.method {
        "GET" => Method::Get,
        "PUT" => Method::Put,
        _ => Method::Post,
    };
    let path = match request.query.as_str() {
        "" => request.path.clone(),
        query => [&request.path, "?", query].concat(),
    };
    let set = [
        (outgoing.set_method(&method), "the method"),
        (outgoing.set_scheme(Some(&scheme)), "the scheme"),
        (
            outgoing.set_authority(Some(&request.authority)),
            "the authority",
        ),
        (outgoing.set_path_with_query(Some(&path)), "the path"),
    ];
    match set.into_iter().find(|(result, _)| result.is_err()) {
        Some((_, what)) => Err(refused(what)),
        None => Ok(outgoing),
    }
}

fn request_options(deadlines: &Deadlines) -> Result<Option<RequestOptions>, Error> {
    let Some(connect) = deadlines.connect_ns else {
        return Ok(None);
    };
    let options = RequestOptions::new();
    match options.set_connect_timeout(Some(connect)) {
        Err(()) if deadlines.connect_is_asked => Err(Error::unsupported(
            "context.deadlines.connect-ms",
            "this host has no connect timeout: leave it out, or use total-ms",
        )),
        _ => Ok(Some(options)),
    }
}

fn refused(what: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the host refused {what} of the request"),
    )
}

fn wait(
    future: &FutureIncomingResponse,
    deadlines: &Deadlines,
) -> Result<Result<IncomingResponse, crate::world::wasi::http::types::ErrorCode>, Error> {
    let ready = future.subscribe();
    loop {
        match future.get() {
            Some(Ok(response)) => return Ok(response),
            Some(Err(())) => {
                return Err(Error::new(
                    ErrorKind::Internal,
                    "the host gave the answer twice",
                ));
            }
            None => deadlines.wait_for_head(&ready)?,
        }
    }
}

fn answer(response: IncomingResponse, authority: String) -> Result<Answer, Error> {
    let twice = |()| Error::new(ErrorKind::Internal, "the host gave the body twice");
    let headers: Vec<(String, Vec<u8>)> = response.headers().entries();
    let texts = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), std::str::from_utf8(value).ok()?)));
    let head = Head::new(response.status(), texts);
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
    /// What comes next. After `ping_ms` of silence, if it is given, that nothing came.
    pub(super) fn read(
        &mut self,
        deadlines: &Deadlines,
        ping_ms: Option<u64>,
    ) -> Result<Read, Error> {
        if !deadlines.allow(0) {
            return Err(deadlines.over());
        }
        loop {
            match self.stream.read(READ) {
                Ok(bytes) if bytes.is_empty() => {
                    let now = deadline::after(0);
                    let (since, untold) = *self.quiet.get_or_insert((now, now));
                    let ping = ping_ms.map(|ms| deadline::later(untold, ms));
                    if deadlines.wait_for_bytes(&self.stream.subscribe(), since, ping)?
                        == Waited::Quiet
                    {
                        self.quiet = Some((since, deadline::after(0)));
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
    pub(super) fn subscribe(&self) -> Pollable {
        self.stream.subscribe()
    }

    /// The whole body: of a success at most `limit` bytes, of a failure the first `error_limit`.
    pub(super) fn read_whole(
        mut self,
        limit: usize,
        error_limit: usize,
        deadlines: &Deadlines,
    ) -> Result<(Head, Zeroizing<Vec<u8>>), Error> {
        // It may hold credentials, and a buffer that grows leaves secrets behind.
        let mut whole = Zeroizing::new(Vec::with_capacity(limit.min(MAX_ERROR_BODY)));
        while let Read::Bytes(bytes) = self.read(deadlines, None)? {
            let bytes = Zeroizing::new(bytes);
            // Before it grows: a buffer at its limit would grow to twice that.
            if self.head.is_success() && whole.len() + bytes.len() > limit {
                let message = format!("the answer is larger than {limit} bytes");
                return Err(Error::new(ErrorKind::MalformedStream, message));
            }
            whole.extend_from_slice(&bytes);
            if !self.head.is_success() && whole.len() >= error_limit {
                break;
            }
        }
        Ok((self.head, whole))
    }
}
