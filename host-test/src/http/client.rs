//! Connections to the outside, kept and used again.
//!
//! `wasmtime_wasi_http::default_send_request` opens a connection for each request; TCP and TLS then cost a model call
//! two or three round trips. Here one pool serves all instances of a host, so that even an instance which lives for one
//! call finds a warm connection.

use super::body::TimedBody;
use super::failure;
use super::resolver::Resolver;
use http::uri::Scheme;
use http::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

/// How connections are made and kept, and what holds where a guest sets no timeout of its own.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Until a connection stands: name, TCP and TLS.
    pub connect_timeout: Duration,
    /// From then until the response's headers. A model may think for long before it answers.
    pub first_byte_timeout: Duration,
    /// Between two reads of a response.
    pub between_bytes_timeout: Duration,
    /// How long an idle connection is kept. AWS closes them after a minute.
    pub idle_timeout: Duration,
    /// Idle connections kept for one host.
    pub idle_per_host: usize,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(30),
            first_byte_timeout: Duration::from_secs(3600),
            between_bytes_timeout: Duration::from_secs(600),
            idle_timeout: Duration::from_secs(50),
            idle_per_host: 256,
        }
    }
}

/// A pool of connections. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpsConnector<HttpConnector<Resolver>>, WasiBody>,
    config: Arc<ClientConfig>,
    /// Why TLS is not to be had here.
    no_tls: Option<Arc<str>>,
}

impl Client {
    /// An empty pool. TLS trusts what the operating system trusts, or the file that `SSL_CERT_FILE` names.
    pub fn new(config: ClientConfig) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(Duration::from_secs(60)));

        // A machine without certificates can still call plain addresses, and says why when asked for others.
        let ring = || rustls::crypto::ring::default_provider();
        let builder = HttpsConnectorBuilder::new();
        let (builder, no_tls) = match builder.with_provider_and_native_roots(ring()) {
            Ok(builder) => (builder, None),
            Err(error) => (
                HttpsConnectorBuilder::new().with_tls_config(without_roots()),
                Some(Arc::from(format!(
                    "no certificates to trust on this machine ({error}): install ca-certificates or set SSL_CERT_FILE"
                ))),
            ),
        };
        let https = builder.https_or_http().enable_http1().wrap_connector(tcp);

        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(config.idle_timeout)
            .pool_max_idle_per_host(config.idle_per_host)
            .build(https);
        Self {
            pool,
            config: Arc::new(config),
            no_tls,
        }
    }

    /// Send a request and wait for the response's headers.
    pub(super) async fn send(
        &self,
        mut request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        if request.uri().scheme() == Some(&Scheme::HTTPS)
            && let Some(reason) = &self.no_tls
        {
            return Err(Error::InternalError(Some(reason.to_string())));
        }
        let connect = options
            .connect_timeout
            .unwrap_or(self.config.connect_timeout);
        let first_byte = options
            .first_byte_timeout
            .unwrap_or(self.config.first_byte_timeout);
        let between_bytes = options
            .between_bytes_timeout
            .unwrap_or(self.config.between_bytes_timeout);

        let mut connection = capture_connection(&mut request);
        let mut response = pin!(self.pool.request(request));
        let early = tokio::select! {
            biased;
            response = &mut response => Some(response),
            () = async { drop(connection.wait_for_connection_metadata().await) } => None,
            () = sleep(connect) => return Err(Error::ConnectionTimeout),
        };
        let response = match early {
            Some(response) => response,
            None => timeout(first_byte, response)
                .await
                .map_err(|_| Error::ConnectionReadTimeout)?,
        };
        let response = response.map_err(|error| failure::of_request(&error))?;
        Ok(response.map(|incoming| TimedBody::boxed(incoming, between_bytes)))
    }
}

fn without_roots() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ClientConfig::builder_with_provider(provider);
    // `ring` has the default versions, so that the error cannot be met.
    match versions.with_safe_default_protocol_versions() {
        Ok(builder) => builder,
        Err(error) => unreachable!("ring offers TLS 1.2 and 1.3: {error}"),
    }
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth()
}
