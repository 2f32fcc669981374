//! A request as the host has it.

use llm_gateway::exchange::{Event, Exchange};
use llm_gateway::http::Head;

use crate::world::wasi::clocks::monotonic_clock::subscribe_instant;
use crate::world::wasi::http::types::{IncomingBody, IncomingRequest, Method};
use crate::world::wasi::io::poll::poll;
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
    let mut headers = request.headers().entries();
    // As HTTP/2 has it; hosts keep `host` to themselves.
    let authority = request.authority();
    headers.extend(authority.map(|host| (":authority".to_owned(), host.into_bytes())));
    Head::new(method, &path, headers)
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

    /// The next piece of it, if it comes until then.
    pub(super) fn read(&mut self, exchange: &mut Exchange, until: u64) {
        if let Some(request) = self.request.take() {
            let body = request.consume().ok();
            self.stream = body.as_ref().and_then(|body| body.stream().ok());
            self._body = body;
        }
        let Some(stream) = &self.stream else {
            return exchange.on(Event::BodyCut);
        };
        poll(&[&stream.subscribe(), &subscribe_instant(until)]);
        match stream.read(READ) {
            // The time has come, or it was nothing.
            Ok(bytes) if bytes.is_empty() => {}
            Ok(bytes) => exchange.on(Event::Body(&bytes)),
            Err(StreamError::Closed) => exchange.on(Event::BodyEnd),
            Err(StreamError::LastOperationFailed(_)) => exchange.on(Event::BodyCut),
        }
    }
}
