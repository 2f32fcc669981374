//! One HTTP exchange over WASI 0.3: the request's body and the wait for its answer at once, the answer's body as a stream.

use std::pin::{Pin, pin};

use wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamResult};

use super::bindings::http::client;
use super::bindings::http::types::{ErrorCode, Request, Response, Trailers};
use super::{First, race, wait};
use crate::canonical::Error;
use crate::component::provider::deadline::{self, Deadlines, Instant};
use crate::component::provider::{failure, message};
use crate::http_message::{Head, HttpRequest};
use crate::world::{wit_future, wit_stream};

/// The most bytes that one read takes: about what a TLS record or a host's buffer holds.
const READ: usize = 16 << 10;

/// What comes after a body.
type End = FutureReader<Result<Option<Trailers>, ErrorCode>>;

/// An answer whose body is being read. Dropping it ends the exchange.
pub(in super::super) struct Answer {
    stream: StreamReader<u8>,
    /// None once it was asked.
    end: Option<End>,
    /// Says to the host that all went well, when it is dropped.
    _processed: FutureWriter<Result<(), ErrorCode>>,
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

/// A request that is sent, whose answer has not begun.
pub(in super::super) struct Pending(Pin<Box<dyn Future<Output = Result<Answer, Error>>>>);

/// Send, as soon as the answer's head is waited for.
pub(in super::super) async fn start(
    request: HttpRequest,
    deadlines: &Deadlines,
) -> Result<Pending, Error> {
    let deadlines = deadlines.clone();
    Ok(Pending(Box::pin(
        async move { send(request, &deadlines).await },
    )))
}

impl Pending {
    /// The answer, once its head is there; none where it is not there at `quiet`, if that is given.
    pub(in super::super) async fn head(
        &mut self,
        deadlines: &Deadlines,
        quiet: Option<Instant>,
    ) -> Result<Option<Answer>, Error> {
        // What else limits the wait is in what is waited for.
        let limit = deadlines.on_whole("the answer's first byte");
        match wait(self.0.as_mut(), deadlines, &limit, quiet).await? {
            Some(answer) => answer.map(Some),
            None => Ok(None),
        }
    }
}

/// Send, and wait for the answer's head.
pub(in super::super) async fn send(
    mut request: HttpRequest,
    deadlines: &Deadlines,
) -> Result<Answer, Error> {
    let fields = message::fields(&request)?;
    let options = message::options(deadlines)?;
    let bytes = std::mem::take(&mut request.body);
    let (mut body, contents) = wit_stream::new();
    let (trailers, no_trailers) = wit_future::new(|| Ok(None));
    let contents = (!bytes.is_empty()).then_some(contents);
    let (outgoing, _) = Request::new(fields, contents, no_trailers, options);
    message::address(&outgoing, &request)?;
    let authority = request.authority;

    let mut answered = pin!(client::send(outgoing));
    let mut early = None;
    // The body goes out while the host connects; a server that answers early ends it early, and the answer says why.
    if !bytes.is_empty() {
        let (mut result, mut rest) = (StreamResult::Complete(0), None);
        let mut bytes = Some(bytes);
        while matches!(result, StreamResult::Complete(_)) {
            let write = match (bytes.take(), rest.take()) {
                (Some(bytes), _) => body.write(bytes),
                (None, Some(rest)) => body.write_buf(rest),
                (None, None) => break,
            };
            let mut write = pin!(write);
            let step = race(answered.as_mut(), write.as_mut());
            let step = wait(pin!(step), deadlines, &deadlines.on_room(), None).await?;
            match step {
                Some(First::Left(answer)) => {
                    early = Some(answer);
                    break;
                }
                Some(First::Right((written, left))) => {
                    result = written;
                    rest = (left.remaining() > 0).then_some(left);
                }
                None => {}
            }
        }
    }
    drop(body);
    drop(trailers);
    let response = match early {
        Some(response) => Some(response),
        None => wait(answered, deadlines, &deadlines.on_head(), None).await?,
    };
    match response {
        Some(Ok(response)) => Ok(answer(response, authority)),
        Some(Err(code)) => Err(failure::canonical(&code, &authority)),
        // Nobody asked to hear of silence.
        None => Err(deadlines.over()),
    }
}

fn answer(response: Response, authority: String) -> Answer {
    let head = message::head(
        response.get_status_code(),
        &response.get_headers().copy_all(),
    );
    let (processed, is_processed) = wit_future::new(|| Ok(()));
    let (stream, end) = Response::consume_body(response, is_processed);
    Answer {
        stream,
        end: Some(end),
        _processed: processed,
        head,
        authority,
        quiet: None,
    }
}

impl Answer {
    /// What comes next; when `due` has come, if it is given, that nothing came.
    pub(in super::super) async fn read(
        &mut self,
        deadlines: &Deadlines,
        due: Option<Instant>,
    ) -> Result<Read, Error> {
        if !deadlines.allow(0) {
            return Err(deadlines.over());
        }
        let now = deadline::after(0);
        let since = *self.quiet.get_or_insert(now);
        let limit = deadlines.on_bytes(since);
        let mut read = pin!(self.stream.read(Vec::with_capacity(READ)));
        let (result, bytes) = match wait(read.as_mut(), deadlines, &limit, due).await? {
            Some(read) => read,
            // Bytes that came at the last moment are not lost.
            None => read.cancel(),
        };
        match result {
            StreamResult::Complete(_) => {
                self.quiet = None;
                Ok(Read::Bytes(bytes))
            }
            StreamResult::Cancelled => Ok(Read::Quiet),
            StreamResult::Dropped => {
                let Some(end) = self.end.take() else {
                    return Ok(Read::End);
                };
                match wait(pin!(end.into_future()), deadlines, &limit, None).await? {
                    Some(Err(code)) => Err(failure::canonical(&code, &self.authority)),
                    Some(Ok(_)) | None => Ok(Read::End),
                }
            }
        }
    }
}
