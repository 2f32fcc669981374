//! A composed gateway on a port of loopback, in a host made of wasmtime's own WASI and a [`Shelf`].

use super::store::{self, Shelf};
use crate::support::components::built;
use crate::support::plain_host::OneConnectionEach;
use crate::support::wire::listen;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// How long an instance may be at work when all is said.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most that is kept of the log, in bytes.
const LOG: usize = 1 << 20;

/// A gateway that serves until the test's runtime ends.
pub(super) struct Gateway {
    pub(super) address: SocketAddr,
    place: Arc<Place>,
}

/// What all of its instances share.
struct Place {
    pre: ProxyPre<State>,
    variables: Vec<(String, String)>,
    shelf: Shelf,
    log: MemoryOutputPipe,
    /// Instances at work.
    running: watch::Sender<usize>,
    traps: Mutex<Vec<String>>,
    instances: Mutex<Vec<AbortHandle>>,
    /// How many instructions the last instance took, where they are counted.
    instructions: AtomicU64,
}

/// Counts an instance while it is at work.
struct Running(Arc<Place>);

impl Running {
    fn new(place: &Arc<Place>) -> Self {
        place.running.send_modify(|running| *running += 1);
        Self(Arc::clone(place))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.send_modify(|running| *running -= 1);
    }
}

/// Of one instance.
pub(super) struct State {
    pub(super) table: ResourceTable,
    pub(super) shelf: Shelf,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: OneConnectionEach,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

/// A built file, compiled once for all tests.
fn compiled(file: &'static str) -> ProxyPre<State> {
    static COMPILED: Mutex<Option<HashMap<&str, ProxyPre<State>>>> = Mutex::new(None);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compiled = compiled.get_or_insert_default();
    compiled
        .entry(file)
        .or_insert_with(|| compile(file, &Engine::default()))
        .clone()
}

fn compile(file: &str, engine: &Engine) -> ProxyPre<State> {
    let component = Component::from_binary(engine, &built(file)).expect("a component");
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("WASI");
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).expect("WASI HTTP");
    store::add_to_linker(&mut linker).expect("a store");
    let pre = linker.instantiate_pre(&component).and_then(ProxyPre::new);
    pre.expect("the component fits its world")
}

impl Gateway {
    /// Serve a built file with these variables, which counts on this shelf.
    pub(super) async fn start(
        file: &'static str,
        variables: Vec<(String, String)>,
        shelf: &Shelf,
    ) -> Self {
        Self::serve(compiled(file), variables, shelf).await
    }

    /// The same, and instructions are counted: see [`instructions`](Self::instructions).
    pub(super) async fn counting(file: &str, variables: Vec<(String, String)>) -> Self {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config).expect("an engine");
        Self::serve(compile(file, &engine), variables, &Shelf::default()).await
    }

    /// How many instructions of WebAssembly the last call took, once it has ended.
    pub(super) async fn instructions(&self) -> u64 {
        self.idle().await;
        self.place.instructions.load(Ordering::Relaxed)
    }

    async fn serve(pre: ProxyPre<State>, variables: Vec<(String, String)>, shelf: &Shelf) -> Self {
        let (listener, _) = listen().await;
        let address = listener.local_addr().expect("an address");
        let place = Arc::new(Place {
            pre,
            variables,
            shelf: shelf.clone(),
            log: MemoryOutputPipe::new(LOG),
            running: watch::Sender::new(0),
            traps: Mutex::default(),
            instances: Mutex::default(),
            instructions: AtomicU64::new(0),
        });
        let serving = Arc::clone(&place);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let place = Arc::clone(&serving);
                let service = service_fn(move |request| handle(Arc::clone(&place), request));
                let connection = http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(socket), service));
            }
        });
        Self { address, place }
    }

    /// Wait until every instance has ended, and none by a trap.
    pub(super) async fn idle(&self) {
        let mut running = self.place.running.subscribe();
        let none = running.wait_for(|running| *running == 0);
        let none = timeout(PATIENCE, none).await;
        drop(none.expect("an end").expect("the gateway is there"));
        let traps = self.place.traps.lock().expect("no panic");
        assert!(traps.is_empty(), "{traps:?}");
    }

    /// End every instance where it is, as hosts do whose patience is over.
    pub(super) fn end_all(&self) {
        let mut instances = self.place.instances.lock().expect("no panic");
        instances.drain(..).for_each(|instance| instance.abort());
    }

    /// What the instances have logged.
    pub(super) fn log(&self) -> String {
        String::from_utf8(self.place.log.contents().into()).expect("text")
    }
}

impl Place {
    fn remember(&self, instance: AbortHandle) {
        let mut instances = self.instances.lock().expect("no panic");
        instances.push(instance);
    }

    fn state(&self) -> State {
        let wasi = WasiCtx::builder()
            .envs(&self.variables)
            .stderr(self.log.clone())
            .build();
        State {
            table: ResourceTable::new(),
            shelf: self.shelf.clone(),
            wasi,
            http: WasiHttpCtx::new(),
            hooks: OneConnectionEach,
        }
    }
}

/// One request, in an instance of its own, which goes on after the answer's head.
async fn handle(
    place: Arc<Place>,
    request: Request<Incoming>,
) -> wasmtime::Result<Response<HyperOutgoingBody>> {
    let mut store = Store::new(place.pre.engine(), place.state());
    // Fails where it is not counted.
    let is_counted = store.set_fuel(u64::MAX).is_ok();
    let (sender, answer) = oneshot::channel();
    let mut http = store.data_mut().http();
    let request = http.new_incoming_request(Scheme::Http, request)?;
    let out = http.new_response_outparam(sender)?;
    let running = Running::new(&place);
    let began = Arc::clone(&place);
    let instance = tokio::spawn(async move {
        let served = async {
            let gateway = place.pre.instantiate_async(&mut store).await?;
            let handler = gateway.wasi_http_incoming_handler();
            handler.call_handle(&mut store, request, out).await
        };
        if let Err(trap) = served.await {
            let mut traps = place.traps.lock().expect("no panic");
            traps.push(format!("{trap:?}"));
        }
        if is_counted {
            let left = store.get_fuel().expect("fuel is counted");
            place.instructions.store(u64::MAX - left, Ordering::Relaxed);
        }
        // All that it had is gone before it counts as ended.
        drop(store);
        drop(running);
    });
    began.remember(instance.abort_handle());
    Ok(answer.await??)
}
