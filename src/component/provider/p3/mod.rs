//! WASI 0.3: many calls at once, and while one waits, others go on.
//!
//! A wait is a race of what is waited for with the clock. Dropping a future ends what it stands for: a request that is
//! on its way, a read, a sleep.

mod exports;
mod files;
pub(super) mod single_flight;
mod transport;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use crate::driver::deadline::Instant;
use bindings::clocks::{monotonic_clock, system_clock};

pub(super) use bindings::http::types::Request as Outgoing;
pub(super) use files::read as read_file;
pub(super) use transport::{Exchange, Received, send};

/// The interfaces of WASI 0.3 by their names; 0.2's, which `wit/` mentions, are not imported.
pub(super) mod bindings {
    pub(crate) use crate::world::wasi::{
        cli0_3_0 as cli, clocks0_3_0 as clocks, filesystem0_3_0 as filesystem, http0_3_0 as http,
    };
}

/// The time of day: seconds and nanoseconds since the Unix epoch.
pub(super) fn time() -> (u64, u32) {
    let now = system_clock::now();
    (u64::try_from(now.seconds).unwrap_or(0), now.nanoseconds)
}

/// This moment.
pub(super) fn instant() -> Instant {
    monotonic_clock::now()
}

/// Wait until a moment.
pub(super) async fn sleep_until(moment: Instant) {
    monotonic_clock::wait_until(moment).await;
}

/// The first of two to be done.
enum First<A, B> {
    Left(A),
    Right(B),
}

/// Wait for either of two; for the left one where both are done. Neither is dropped.
async fn race<A, B>(
    mut left: Pin<&mut (impl Future<Output = A> + ?Sized)>,
    mut right: Pin<&mut impl Future<Output = B>>,
) -> First<A, B> {
    poll_fn(|context| {
        if let Poll::Ready(value) = left.as_mut().poll(context) {
            return Poll::Ready(First::Left(value));
        }
        right.as_mut().poll(context).map(First::Right)
    })
    .await
}

/// Wait for a future, at most until a moment; then it can be waited for again.
async fn wait<T>(
    mut future: Pin<&mut (impl Future<Output = T> + ?Sized)>,
    until: Option<Instant>,
) -> Option<T> {
    let Some(until) = until else {
        return Some(future.await);
    };
    let timer = pin!(monotonic_clock::wait_until(until));
    match race(future.as_mut(), timer).await {
        First::Left(value) => Some(value),
        First::Right(()) => None,
    }
}
