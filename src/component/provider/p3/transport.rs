//! One HTTP exchange over WASI 0.3: the request's body and the wait for its answer at once, the answer's body as a stream.

use std::pin::{Pin, pin};

use wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamResult};

use super::bindings::http::client;
use super::bindings::http::types::{ErrorCode, Request, Response, Trailers};
use super::{First, instant, race, wait};
use crate::canonical::Error;
use crate::component::provider::{failure, message};
use crate::driver::deadline::{Deadlines, Instant};
use crate::http_message::{Head, HttpRequest};
use crate::world::{wit_future, wit_stream};

/// The most bytes that one read takes: about what a TLS record or a host's buffer holds.
const READ: usize = 16 << 10;

/// What comes after a body.
type Ends = Result<Option<Trailers>, ErrorCode>;

/// What an answer begins with.
type Begins = Result<Response, ErrorCode>;

/// A request that was sent, and its answer. Dropping it ends the exchange.
pub(in super::super) struct Exchange {
    answer: Answer,
    authority: String,
}

enum Answer {
    /// It has not begun.
    Pending(Pin<Box<dyn Future<Output = Begins>>>),
    /// It began before all of the request was sent.
    Early(Begins),
    Begun {
        stream: StreamReader<u8>,
        /// None once it was asked.
        end: Option<FutureReader<Ends>>,
        /// Says to the host that all went well, when it is dropped.
        _processed: FutureWriter<Result<(), ErrorCode>>,
    },
    /// All bytes have come, and how the body ended has not.
    Ending(Pin<Box<dyn Future<Output = Ends>>>),
    /// It has ended, or failed.
    Over,
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
pub(in super::super) async fn send(
    mut request: HttpRequest,
    deadlines: &Deadlines,
) -> Result<Exchange, Error> {
    let fields = message::fields(&request)?;
    let options = message::options(deadlines)?;
    let bytes = std::mem::take(&mut request.body);
    let (mut body, contents) = wit_stream::new();
    let (trailers, no_trailers) = wit_future::new(|| Ok(None));
    let contents = (!bytes.is_empty()).then_some(contents);
    let (outgoing, _) = Request::new(fields, contents, no_trailers, options);
    message::address(&outgoing, &request)?;
    let authority = request.authority;

    let mut answered: Pin<Box<dyn Future<Output = Begins>>> = Box::pin(client::send(outgoing));
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
            let limit = deadlines.on_room(instant());
            let step = race(answered.as_mut(), write.as_mut());
            match wait(pin!(step), deadlines.soonest(&limit, None)).await {
                Some(First::Left(answer)) => {
                    early = Some(answer);
                    break;
                }
                Some(First::Right((written, left))) => {
                    result = written;
                    rest = (left.remaining() > 0).then_some(left);
                }
                None => drop(deadlines.passed(&limit, None, instant())?),
            }
        }
    }
    drop(body);
    drop(trailers);
    Ok(Exchange {
        answer: match early {
            Some(begins) => Answer::Early(begins),
            None => Answer::Pending(answered),
        },
        authority,
    })
}

impl Exchange {
    /// What comes next, at most until a moment.
    pub(in super::super) async fn receive(
        &mut self,
        until: Option<Instant>,
    ) -> Result<Received, Error> {
        match std::mem::replace(&mut self.answer, Answer::Over) {
            Answer::Over => Ok(Received::End),
            Answer::Ending(end) => {
                self.answer = Answer::Ending(end);
                self.end(until).await
            }
            Answer::Early(begins) => self.begin(begins),
            Answer::Pending(mut answered) => match wait(answered.as_mut(), until).await {
                Some(begins) => self.begin(begins),
                None => {
                    self.answer = Answer::Pending(answered);
                    Ok(Received::Nothing)
                }
            },
            Answer::Begun {
                mut stream,
                end,
                _processed,
            } => {
                let mut read = Box::pin(stream.read(Vec::with_capacity(READ)));
                let (result, bytes) = match wait(read.as_mut(), until).await {
                    Some(read) => read,
                    // Bytes that came at the last moment are not lost.
                    None => read.as_mut().cancel(),
                };
                drop(read);
                let received = match result {
                    StreamResult::Complete(_) => Received::Bytes(bytes),
                    StreamResult::Cancelled => Received::Nothing,
                    StreamResult::Dropped => {
                        let end = end.map(IntoFuture::into_future);
                        self.answer = match end {
                            Some(end) => Answer::Ending(Box::pin(end)),
                            None => Answer::Over,
                        };
                        return self.end(until).await;
                    }
                };
                self.answer = Answer::Begun {
                    stream,
                    end,
                    _processed,
                };
                Ok(received)
            }
        }
    }

    fn begin(&mut self, begins: Begins) -> Result<Received, Error> {
        let response = begins.map_err(|code| failure::canonical(&code, &self.authority))?;
        let head = message::head(
            response.get_status_code(),
            &response.get_headers().copy_all(),
        );
        let (processed, is_processed) = wit_future::new(|| Ok(()));
        let (stream, end) = Response::consume_body(response, is_processed);
        self.answer = Answer::Begun {
            stream,
            end: Some(end),
            _processed: processed,
        };
        Ok(Received::Head(head))
    }

    /// How the body ended.
    async fn end(&mut self, until: Option<Instant>) -> Result<Received, Error> {
        let Answer::Ending(mut end) = std::mem::replace(&mut self.answer, Answer::Over) else {
            return Ok(Received::End);
        };
        match wait(end.as_mut(), until).await {
            Some(Err(code)) => Err(failure::canonical(&code, &self.authority)),
            Some(Ok(_)) => Ok(Received::End),
            None => {
                self.answer = Answer::Ending(end);
                Ok(Received::Nothing)
            }
        }
    }
}
