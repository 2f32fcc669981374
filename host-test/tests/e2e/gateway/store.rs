//! `wasi:keyvalue` in memory: what all instances count in, and what a test looks into or breaks.

use super::host::State;
use generated::wasi::keyvalue::{atomics, store};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use wasmtime::component::{HasSelf, Linker, Resource};

pub(super) use generated::wasi::keyvalue::store::Error;

mod generated {
    wasmtime::component::bindgen!({
        path: "../adapters/keyvalue-ledger/wit/deps/keyvalue",
        inline: "
            package test:shelf;

            world shelf {
                import wasi:keyvalue/store@0.2.0-draft2;
                import wasi:keyvalue/atomics@0.2.0-draft2;
            }
        ",
        imports: { default: async | trappable },
        with: { "wasi:keyvalue/store.bucket": super::Bucket },
        require_store_data_send: true,
        additional_derives: [Clone],
    });
}

/// How long a store takes, so that calls at once meet in it.
const DELAY: Duration = Duration::from_millis(1);

/// An open store, by its name.
#[expect(unreachable_pub, reason = "the generated code exports it again")]
pub struct Bucket(String);

/// All stores, each of numbers by key.
#[derive(Clone, Default)]
pub(super) struct Shelf(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    sums: BTreeMap<String, BTreeMap<String, i64>>,
    /// Whatever was added, in order.
    added: Vec<i64>,
    /// How often something was to be added.
    calls: usize,
    fault: Option<(Call, Error)>,
}

/// Which call fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Call {
    /// Every `open`.
    Open,
    /// The one `increment` after so many others.
    Increment(usize),
}

impl Shelf {
    /// One that breaks there.
    pub(super) fn broken(call: Call, error: Error) -> Self {
        let shelf = Self::default();
        shelf.lock().fault = Some((call, error));
        shelf
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("no panic")
    }

    /// The sums in a store, by key.
    pub(super) fn sums(&self, store: &str) -> BTreeMap<String, i64> {
        let kept = self.lock();
        kept.sums.get(store).cloned().unwrap_or_default()
    }

    /// What a user has spent in days and in months, in the store that has no other name.
    pub(super) fn spent(&self, user: &str) -> [i64; 2] {
        let sums = self.sums("default");
        ["llm-spent/2026-11-23/", "llm-spent/2026-11/"].map(|like| {
            let is_its = |key: &&String| {
                let period = key.strip_suffix(user);
                period.is_some_and(|period| period.len() == like.len() && period.ends_with('/'))
            };
            sums.keys().filter(is_its).map(|key| sums[key]).sum()
        })
    }

    /// Whatever was added to any sum, in order.
    pub(super) fn added(&self) -> Vec<i64> {
        self.lock().added.clone()
    }

    fn open(&self, name: String) -> Result<Bucket, Error> {
        match &self.lock().fault {
            Some((Call::Open, error)) => Err(error.clone()),
            _ => Ok(Bucket(name)),
        }
    }

    fn increment(&self, store: &str, key: String, delta: i64) -> Result<i64, Error> {
        let mut kept = self.lock();
        let call = Call::Increment(kept.calls);
        kept.calls += 1;
        match &kept.fault {
            Some((broken, error)) if *broken == call => return Err(error.clone()),
            _ => kept.added.push(delta),
        }
        let sums = kept.sums.entry(store.to_owned()).or_default();
        let sum = sums.entry(key).or_default();
        *sum += delta;
        Ok(*sum)
    }
}

pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    store::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    atomics::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
}

impl store::Host for State {
    async fn open(&mut self, name: String) -> wasmtime::Result<Result<Resource<Bucket>, Error>> {
        match self.shelf.open(name) {
            Ok(bucket) => Ok(Ok(self.table.push(bucket)?)),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl store::HostBucket for State {
    async fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for State {
    async fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: i64,
    ) -> wasmtime::Result<Result<i64, Error>> {
        tokio::time::sleep(DELAY).await;
        let Bucket(store) = self.table.get(&bucket)?;
        Ok(self.shelf.increment(store, key, delta))
    }
}
