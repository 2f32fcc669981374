//! A response body whose frames go to the guest as they arrive, with a limit on the silence between them.

use super::failure;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};
use wasmtime_wasi_http::{Error, WasiBody};

/// Dropping it before its end closes the connection, which cancels the call upstream.
pub(super) struct TimedBody {
    incoming: Incoming,
    between_bytes: Duration,
    silence: Pin<Box<Sleep>>,
    /// Whether the clock runs: it starts when the guest first finds nothing, so that a slow reader is not a silence.
    waiting: bool,
    ended: bool,
}

impl TimedBody {
    pub(super) fn boxed(incoming: Incoming, between_bytes: Duration) -> WasiBody {
        Self {
            incoming,
            between_bytes,
            silence: Box::pin(sleep(between_bytes)),
            waiting: false,
            ended: false,
        }
        .boxed_unsync()
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.waiting = false;
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.ended = true;
                Poll::Ready(Some(Err(failure::of_body(&error))))
            }
            Poll::Ready(None) => {
                self.ended = true;
                Poll::Ready(None)
            }
            Poll::Pending => {
                if !self.waiting {
                    self.waiting = true;
                    let deadline = Instant::now() + self.between_bytes;
                    self.silence.as_mut().reset(deadline);
                }
                match self.silence.as_mut().poll(cx) {
                    Poll::Ready(()) => {
                        self.ended = true;
                        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
                    }
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
