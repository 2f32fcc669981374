//! A limit on the processor time of one call, which waiting does not use up.
//!
//! Wasmtime's epochs count time as it passes for everybody, so a deadline in epochs would kill a stream that was idle
//! for long. Here an epoch's end only makes the guest look at its own meter, and the meter runs only while the call's
//! future is being polled: a guest that waits for bytes is not being polled.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use wasmtime::{Engine, Store, UpdateDeadline};

/// How often a running guest looks at its meter, and yields to other tasks.
const EPOCH: Duration = Duration::from_millis(10);

/// The guest computed for longer than one call may.
#[derive(Debug, thiserror::Error)]
#[error("one call may compute for {limit:?} and has used {used:?}")]
pub(crate) struct CpuExceeded {
    /// What one call may use.
    pub(crate) limit: Duration,
    /// What this one had used when it was stopped.
    pub(crate) used: Duration,
}

/// End an epoch every [`EPOCH`], for as long as the engine lives.
pub(crate) fn start_epochs(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("wasm-epochs".into())
        .spawn(move || {
            loop {
                std::thread::sleep(EPOCH);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })
        .map(drop)
}

/// Processor time of the current call of one store.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: Duration,
    origin: Instant,
    /// Nanoseconds that the finished polls of this call took.
    used: AtomicU64,
    /// When the running poll began, in nanoseconds since `origin`.
    entered: AtomicU64,
    /// Calls that run at once, where there can be several: together they may use as much as one by one.
    calls: AtomicU32,
}

/// A call under the meter.
pub(crate) struct Call<'m>(&'m Meter);

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Meter {
    /// A meter for `store`, which stops a call once it has computed for `limit`.
    pub(crate) fn attach<T>(store: &mut Store<T>, limit: Duration) -> Arc<Self> {
        let meter = Arc::new(Self {
            limit,
            origin: Instant::now(),
            used: AtomicU64::new(0),
            entered: AtomicU64::new(0),
            calls: AtomicU32::new(0),
        });
        store.set_epoch_deadline(1);
        let watch = Arc::clone(&meter);
        store.epoch_deadline_callback(move |_| {
            let used = watch.used_now();
            let limit = watch.limit * watch.calls.load(Ordering::Relaxed).max(1);
            if used > limit {
                return Err(CpuExceeded { limit, used }.into());
            }
            Ok(UpdateDeadline::Yield(1))
        });
        meter
    }

    /// Run one call into the guest with the meter at zero.
    pub(crate) async fn measure<F: Future>(&self, call: F) -> F::Output {
        self.used.store(0, Ordering::Relaxed);
        let mut call = pin!(call);
        poll_fn(|cx| {
            let entered = self.now();
            self.entered.store(entered, Ordering::Relaxed);
            let poll = call.as_mut().poll(cx);
            let spent = self
                .now()
                .saturating_sub(self.entered.load(Ordering::Relaxed));
            self.used.fetch_add(spent, Ordering::Relaxed);
            poll
        })
        .await
    }

    /// One call more, of several at once.
    pub(crate) fn call(&self) -> Call<'_> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Call(self)
    }

    /// Something came of what was computed: begin anew. Called from within a poll.
    pub(crate) fn restart(&self) {
        self.used.store(0, Ordering::Relaxed);
        self.entered.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Called from within a poll: the finished ones and the running one.
    fn used_now(&self) -> Duration {
        let running = self
            .now()
            .saturating_sub(self.entered.load(Ordering::Relaxed));
        Duration::from_nanos(self.used.load(Ordering::Relaxed).saturating_add(running))
    }
}
