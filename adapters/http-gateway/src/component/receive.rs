//! A request as the host has it.

use llm_gateway::exchange::{Event, Exchange};
use llm_gateway::http::Head;

use crate::world::wasi::http::types::{IncomingBody, IncomingRequest, Method};
use crate::world::wasi::io::streams::{InputStream, StreamError};

/// The most bytes that one read asks for.
const READ: u64 = 64 << 10;

pub(super) fn head(request: &IncomingRequest) -> Head {
    let method = match request.method() {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Options => "OPTIONS",
        // None of the others is allowed anywhere.
        _ => "",
    };
    let path = request.path_with_query().unwrap_or_default();
    Head::new(method, &path, request.headers().entries())
}

/// A body, once it is asked for. Fields in the order in which WASI wants them dropped.
pub(super) struct Body {
    stream: Option<InputStream>,
    _body: Option<IncomingBody>,
    request: Option<IncomingRequest>,
}

impl Body {
    pub(super) fn new(request: IncomingRequest) -> Self {
        Body {
            stream: None,
            _body: None,
            request: Some(request),
        }
    }

    /// The next piece of it.
    pub(super) fn read(&mut self, exchange: &mut Exchange) {
        if let Some(request) = self.request.take() {
            let body = request.consume().ok();
            self.stream = body.as_ref().and_then(|body| body.stream().ok());
            self._body = body;
        }
        let read = self
            .stream
            .as_ref()
            .map(|stream| stream.blocking_read(READ));
        match read {
            Some(Ok(bytes)) => exchange.on(Event::Body(&bytes)),
            Some(Err(StreamError::Closed)) => exchange.on(Event::BodyEnd),
            Some(Err(StreamError::LastOperationFailed(_))) | None => exchange.on(Event::BodyCut),
        }
    }
}
