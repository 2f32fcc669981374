//! Names to addresses, by the system's resolver, with an error that can be told from a failed connection.

use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

/// A name that has no address.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {source}")]
pub(super) struct ResolveError {
    name: String,
    source: io::Error,
}

/// `getaddrinfo`, on a thread that may block.
#[derive(Clone)]
pub(super) struct Resolver(GaiResolver);

impl Resolver {
    pub(super) fn new() -> Self {
        Self(GaiResolver::new())
    }
}

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = ResolveError;
    type Future = Pin<Box<dyn Future<Output = Result<GaiAddrs, ResolveError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ResolveError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let text = name.as_str().to_owned();
        let lookup = self.0.call(name);
        Box::pin(async move {
            lookup
                .await
                .map_err(|source| ResolveError { name: text, source })
        })
    }
}
