//! A response body that takes the steps of a plan.

use crate::faults::Step;
use crate::request_log::Presence;
use crate::wire::{Breaker, Ending};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::collections::VecDeque;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// How long bytes get to leave the socket before the connection is broken on purpose.
const FLUSH: Duration = Duration::from_millis(20);

/// The body.
pub(crate) struct Delivery {
    steps: VecDeque<Step>,
    sleep: Option<Pin<Box<Sleep>>>,
    /// A chunk was handed over and must be flushed before the next one.
    flush: bool,
    length: Option<u64>,
    breaker: Arc<Breaker>,
    presence: Presence,
}

impl Delivery {
    /// A body of these steps; `length` is its `content-length`, chunked without one.
    pub(crate) fn new(
        steps: VecDeque<Step>,
        length: Option<usize>,
        breaker: Arc<Breaker>,
        presence: Presence,
    ) -> Self {
        let mut body = Self {
            steps,
            sleep: None,
            flush: false,
            length: length.and_then(|length| u64::try_from(length).ok()),
            breaker,
            presence,
        };
        body.note_end();
        body
    }

    fn note_end(&mut self) {
        if self.steps.is_empty() {
            self.presence.finished();
        }
    }

    fn break_off(&mut self, reset: bool) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.steps.clear();
        self.note_end();
        if reset {
            self.breaker.end_after(0, Ending::Reset);
        }
        Poll::Ready(Some(Err(io::Error::other(
            "the script breaks the connection",
        ))))
    }
}

impl Body for Delivery {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        // hyper collects chunks as long as they are ready; being pending once makes it flush.
        if std::mem::take(&mut self.flush) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            if let Some(sleep) = self.sleep.as_mut() {
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.sleep = None;
                if let Some(step @ (Step::Close | Step::Reset)) = self.steps.front() {
                    let reset = *step == Step::Reset;
                    return self.break_off(reset);
                }
            }
            match self.steps.front() {
                None => return Poll::Ready(None),
                Some(Step::Stall) => return Poll::Pending,
                Some(Step::Close | Step::Reset) => self.sleep = Some(Box::pin(sleep(FLUSH))),
                Some(Step::Wait(duration)) => {
                    self.sleep = Some(Box::pin(sleep(*duration)));
                    self.steps.pop_front();
                }
                Some(Step::Send(_)) => {
                    if let Some(Step::Send(bytes)) = self.steps.pop_front() {
                        self.flush = true;
                        self.note_end();
                        return Poll::Ready(Some(Ok(Frame::data(bytes))));
                    }
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request_log::Tally;
    use std::task::Waker;

    #[test]
    fn each_chunk_is_flushed_before_the_next() {
        let chunk = |text: &'static str| Step::Send(Bytes::from_static(text.as_bytes()));
        let steps = VecDeque::from([chunk("a"), chunk("b")]);
        let presence = Presence::new(Arc::new(Tally::default()));
        let mut body = Delivery::new(steps, None, Breaker::new(), presence);
        let mut cx = Context::from_waker(Waker::noop());
        let mut poll = || match Pin::new(&mut body).poll_frame(&mut cx) {
            Poll::Pending => "pending".to_owned(),
            Poll::Ready(None) => "end".to_owned(),
            Poll::Ready(Some(frame)) => {
                let data = frame.ok().and_then(|frame| frame.into_data().ok());
                String::from_utf8(data.unwrap_or_default().to_vec()).unwrap_or_default()
            }
        };
        let seen: Vec<String> = (0..5).map(|_| poll()).collect();
        assert_eq!(seen, ["a", "pending", "b", "pending", "end"]);
    }
}
