//! The listener: connections in, one task each, an end on demand or on drop.

use crate::config::Config;
use crate::credential_case::Difference;
use crate::credential_services::{CredentialRequest, PlannedFault};
use crate::operation::Operation;
use crate::request_log::{Connection, Counters, Recorded};
use crate::script::Script;
use crate::service::{Service, lock};
use crate::wire::{Breaker, Wire};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How long answers in flight get when the emulator ends.
const GRACE: Duration = Duration::from_millis(500);

/// A running emulator on 127.0.0.1. Dropped, it stops listening and lets answers in flight end
/// within half a second.
pub struct Emulator {
    address: SocketAddr,
    service: Arc<Service>,
    stop: watch::Sender<bool>,
    listener: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Listens on 127.0.0.1 and serves until dropped. Needs a tokio runtime with time and I/O.
    ///
    /// # Errors
    /// When the port cannot be bound.
    pub async fn start(config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
        let address = listener.local_addr()?;
        let service = Arc::new(Service::new(config));
        let (stop, stopped) = watch::channel(false);
        let listener = tokio::spawn(accept(listener, Arc::clone(&service), stopped));
        Ok(Self {
            address,
            service,
            stop,
            listener: Some(listener),
        })
    }

    /// `http://127.0.0.1:<port>`, to be used as endpoint URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Queues a script for the next request of an operation.
    pub fn enqueue(&self, operation: Operation, script: impl Into<Script>) {
        lock(&self.service.queues)
            .entry(operation)
            .or_default()
            .push_back(script.into());
    }

    /// Every request of Bedrock so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.service.log).clone()
    }

    /// Every request of the credential chain so far, in the order of arrival.
    pub fn credential_requests(&self) -> Vec<CredentialRequest> {
        self.service.desk.requests()
    }

    /// Plans a further fault of the credential services; those of before come first.
    pub fn plan_credential_fault(&self, fault: PlannedFault) {
        self.service.desk.plan_fault(fault);
    }

    /// Makes every token of the instance's metadata bad from now on, as a restart of the instance does.
    pub fn revoke_metadata_tokens(&self) {
        self.service.desk.revoke_metadata_tokens();
    }

    /// What came otherwise than the replayed case has it, and what of it did not come yet.
    pub fn failed_expectations(&self) -> Vec<Difference> {
        self.service.desk.differences()
    }

    /// Forgets the requests so far; the counters go on. For runs too long to keep every body.
    pub fn forget_requests(&self) {
        lock(&self.service.log).clear();
        self.service.desk.forget_requests();
    }

    /// Counts so far.
    pub fn counters(&self) -> Counters {
        self.service.tally.read()
    }

    /// Stops listening, gives answers in flight half a second, and returns the last counts when
    /// all connections are closed.
    pub async fn shutdown(mut self) -> Counters {
        self.stop.send_replace(true);
        if let Some(listener) = self.listener.take() {
            // The task only fails by a panic, which it has then already reported.
            let _ = listener.await;
        }
        self.counters()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator")
            .field("address", &self.address)
            .field("counters", &self.counters())
            .finish_non_exhaustive()
    }
}

async fn accept(listener: TcpListener, service: Arc<Service>, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let stop = stopped.clone();
    loop {
        tokio::select! {
            () = told(&mut stopped) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let open = Connection::new(Arc::clone(&service.tally));
                    let served = serve(stream, Arc::clone(&service), stop.clone());
                    connections.spawn(async move {
                        served.await;
                        drop(open);
                    });
                }
                // Out of file descriptors, most likely: others must close first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        service.tally.closing.store(true, Ordering::Release);
        connections.shutdown().await;
    }
}

/// Waits until the emulator ends; a dropped sender means the same.
async fn told(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn serve(stream: TcpStream, service: Arc<Service>, mut stopped: watch::Receiver<bool>) {
    // Small chunks must leave at once; without the option they only leave later.
    let _ = stream.set_nodelay(true);
    let breaker = Breaker::new();
    let wire = TokioIo::new(Wire::new(stream, Arc::clone(&breaker)));
    let answer =
        service_fn(move |request| Arc::clone(&service).answer(request, Arc::clone(&breaker)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(wire, answer);
    tokio::pin!(connection);
    // A connection ends in an error whenever a script breaks it or the client leaves; both are counted.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = told(&mut stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
