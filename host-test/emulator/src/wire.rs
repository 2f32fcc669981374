//! A TCP connection that can be told to break.
//!
//! hyper owns the socket while it answers, so a reset is arranged here: the service raises a flag, and
//! the next write (or the drop of the connection) resets it instead of closing it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

const UNLIMITED: usize = usize::MAX;

/// What the service tells its connection.
#[derive(Debug)]
pub(crate) struct Breaker {
    reset: AtomicBool,
    budget: AtomicUsize,
}

impl Breaker {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            reset: AtomicBool::new(false),
            budget: AtomicUsize::new(UNLIMITED),
        })
    }

    /// From now on: reset instead of writing, reset instead of closing.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::Release);
    }

    /// Writes `bytes` more bytes, then resets.
    pub(crate) fn reset_after(&self, bytes: usize) {
        self.budget.store(bytes, Ordering::Release);
    }
}

/// The socket under hyper.
pub(crate) struct Wire {
    stream: TcpStream,
    breaker: Arc<Breaker>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, breaker: Arc<Breaker>) -> Self {
        Self { stream, breaker }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.breaker.reset.load(Ordering::Acquire) {
            // A linger of zero seconds makes the close a reset. Where the system refuses the option
            // the peer sees a plain close, which the tests of the faults would notice.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let budget = self.breaker.budget.load(Ordering::Acquire);
        if budget == 0 {
            self.breaker.reset();
        }
        if self.breaker.reset.load(Ordering::Acquire) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let allowed = bytes.get(..budget).unwrap_or(bytes);
        let written = Pin::new(&mut self.stream).poll_write(cx, allowed);
        if let (Poll::Ready(Ok(count)), true) = (&written, budget != UNLIMITED) {
            let left = budget.saturating_sub(*count);
            self.breaker.budget.store(left, Ordering::Release);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
