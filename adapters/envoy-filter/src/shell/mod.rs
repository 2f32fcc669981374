//! proxy-wasm: Envoy's callbacks to the rooms without I/O, and what they say to Envoy's calls.
//!
//! Nothing here may panic on what comes from outside: a panic ends the VM, and with it every request of the thread. So
//! headers are read as bytes, never as text that must be UTF-8.

mod root;
mod stream;
mod wire;

use std::cell::RefCell;
use std::rc::Weak;
use std::time::UNIX_EPOCH;

use bedrock_provider::canonical::{Error, ErrorKind};
use llm_gateway::bedrock::Gateway;
use proxy_wasm::hostcalls;
use proxy_wasm::types::LogLevel;

use crate::config::Config;
use crate::credentials::{CredentialsProvider, Known};
use crate::exchange::{Exchange, Next};

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|context_id| Box::new(root::Root::new(context_id)));
}}

/// How long a request waits for the first credentials, in milliseconds.
const PATIENCE: u64 = 10_000;

/// What a plugin is configured to, with the credentials that it has by now.
struct Plugin {
    config: Config,
    /// What all requests of this thread share.
    gateway: Gateway,
    credentials_provider: RefCell<CredentialsProvider>,
    /// Requests that wait for credentials.
    waiting: RefCell<Vec<Waiting>>,
}

/// A request that waits for credentials.
struct Waiting {
    context_id: u32,
    /// Gone when the client is.
    exchange: Weak<RefCell<Exchange>>,
    /// In milliseconds since the Unix epoch.
    since: u64,
}

/// What became of a request.
enum Served {
    /// More of its body is needed.
    Reading,
    /// It goes on, to Bedrock.
    Sent,
    /// It is answered.
    Answered,
    /// There are no credentials yet.
    NotYet,
}

impl Plugin {
    /// Take the exchange's next steps, with the current context's request.
    fn serve(&self, exchange: &RefCell<Exchange>, is_patient: bool) -> Served {
        let now = now();
        let mut exchange = exchange.borrow_mut();
        loop {
            match exchange.next(now) {
                Next::Body => return Served::Reading,
                Next::Credentials => match self.credentials_provider.borrow().known(now) {
                    Known::NotYet if is_patient => return Served::NotYet,
                    Known::NotYet => exchange.sign(Err(late())),
                    Known::Failed(error) => exchange.sign(Err(error)),
                    Known::Credentials(credentials) => exchange.sign(Ok(credentials)),
                },
                Next::Send(request) => {
                    wire::put_request(request);
                    return Served::Sent;
                }
                Next::Answer(told) => {
                    log(&mut exchange);
                    wire::reply(&told);
                    return Served::Answered;
                }
            }
        }
    }

    /// Serve the requests that wait, as far as it is known what with. It leaves another context in effect.
    fn serve_waiting(&self) {
        let now = now();
        let waiting = self.waiting.take();
        let mut still = Vec::new();
        for request in waiting {
            let Some(exchange) = request.exchange.upgrade() else {
                continue;
            };
            if hostcalls::set_effective_context(request.context_id).is_err() {
                continue;
            }
            let is_patient = now < request.since.saturating_add(PATIENCE);
            match self.serve(&exchange, is_patient) {
                Served::Sent => wire::check(hostcalls::resume_http_request(), "resume a request"),
                Served::Answered | Served::Reading => {}
                Served::NotYet => still.push(request),
            }
        }
        self.waiting.borrow_mut().append(&mut still);
    }

    /// After an answer that may have refused the credentials.
    fn heed(&self, exchange: &mut Exchange) {
        log(exchange);
        if let Some(used) = exchange.refused() {
            self.credentials_provider.borrow_mut().refused(used);
        }
    }
}

/// What the operator has to mend, and the line of a call that is over.
fn log(exchange: &mut Exchange) {
    if let Some(fault) = exchange.fault() {
        warn(&format!("bedrock: {fault}"));
    }
    if let Some(line) = exchange.line() {
        // There is nowhere to say that the log cannot be written.
        let _ = hostcalls::log(LogLevel::Info, line.trim_end());
    }
}

/// The sources of credentials did not answer in time.
fn late() -> Error {
    Error {
        retryable: true,
        ..Error::new(
            ErrorKind::Authentication,
            "the sources of AWS credentials have not answered in time: see the setting clusters",
        )
    }
}

/// In milliseconds since the Unix epoch.
fn now() -> u64 {
    let now = hostcalls::get_current_time().unwrap_or(UNIX_EPOCH);
    let since = now.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}

/// A warning in Envoy's log; never anything of a request's content.
fn warn(message: &str) {
    // There is nowhere to say that the log cannot be written.
    let _ = hostcalls::log(LogLevel::Warn, message);
}
