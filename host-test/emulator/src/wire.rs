//! A TCP connection that can be told to break.
//!
//! hyper owns the socket while it answers, so a break is arranged here: the service says after how many
//! bytes, and the write behind them ends the connection, or never ends itself.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By TCP RST.
    Reset,
    /// By TCP FIN.
    Close,
    /// Not at all: nothing more is written.
    Stall,
}

/// What the service tells its connection: none, or bytes that still pass, and what comes then.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<Option<(usize, Ending)>>);

impl Breaker {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Writes `bytes` more bytes, then ends.
    pub(crate) fn end_after(&self, bytes: usize, ending: Ending) {
        *self.order() = Some((bytes, ending));
    }

    /// A panic elsewhere leaves the order as good as it was.
    fn order(&self) -> std::sync::MutexGuard<'_, Option<(usize, Ending)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        if let Some((_, Ending::Reset)) = *self.breaker.order() {
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
        let order = *self.breaker.order();
        let allowed = match order {
            None => bytes,
            Some((0, Ending::Stall)) => return Poll::Pending,
            Some((0, Ending::Reset | Ending::Close)) => {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            Some((left, _)) => bytes.get(..left).unwrap_or(bytes),
        };
        let written = Pin::new(&mut self.stream).poll_write(cx, allowed);
        if let (Poll::Ready(Ok(count)), Some((left, ending))) = (&written, order) {
            self.breaker.end_after(left.saturating_sub(*count), ending);
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
