//! One request of Envoy's.

use std::cell::RefCell;
use std::rc::Rc;

use bedrock_provider::http_message::Head;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, BufferType, MapType};

use super::{Plugin, Sent, Waiting, now, wire};
use crate::exchange::{Exchange, Told};
use crate::{local_reply, route};

/// See the [module](self).
pub(super) struct Stream {
    context_id: u32,
    plugin: Option<Rc<Plugin>>,
    /// None: the request is not the filter's.
    exchange: Option<Rc<RefCell<Exchange>>>,
    /// The client's request is understood or answered, and what else comes of it is of no account.
    is_asked: bool,
    /// The answer's status and headers were let go.
    has_begun: bool,
    /// The answer is told to its end.
    is_over: bool,
}

impl Stream {
    pub(super) fn new(context_id: u32, plugin: Option<Rc<Plugin>>) -> Self {
        Stream {
            context_id,
            plugin,
            exchange: None,
            is_asked: false,
            has_begun: false,
            is_over: false,
        }
    }

    fn parts(&self) -> Option<(Rc<Plugin>, Rc<RefCell<Exchange>>)> {
        Some((self.plugin.clone()?, self.exchange.clone()?))
    }

    /// Answer the request here.
    fn answer(&mut self, told: &Told) -> Action {
        self.is_asked = true;
        wire::reply(told);
        Action::Pause
    }

    /// The request's body is whole, and the buffer empty.
    fn ask(&mut self, plugin: &Plugin, exchange: &Rc<RefCell<Exchange>>) -> Action {
        let understood = exchange.borrow_mut().understand(&plugin.config, now());
        if let Err(told) = understood {
            return self.answer(&told);
        }
        self.is_asked = true;
        match plugin.send(exchange, true) {
            Sent::On => Action::Continue,
            Sent::Answered => Action::Pause,
            Sent::NotYet => {
                plugin.waiting.borrow_mut().push(Waiting {
                    context_id: self.context_id,
                    exchange: Rc::downgrade(exchange),
                    since: now(),
                });
                Action::Pause
            }
        }
    }
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        let Some(plugin) = self.plugin.clone() else {
            return Action::Continue;
        };
        let headers = wire::headers(MapType::HttpRequestHeaders);
        let (method, path) = (
            wire::value(&headers, ":method"),
            wire::value(&headers, ":path"),
        );
        let Some(route) = route::find(method, path) else {
            return Action::Continue;
        };
        let header = |name| wire::value(&headers, name).to_owned();
        let (content_type, length) = (header("content-type"), header("content-length"));
        let exchange = Rc::new(RefCell::new(Exchange::new(route, headers)));
        self.exchange = Some(exchange.clone());
        let announced = exchange
            .borrow_mut()
            .announce(&content_type, &length, &plugin.config);
        match announced {
            Err(told) => self.answer(&told),
            Ok(()) if end_of_stream => self.ask(&plugin, &exchange),
            Ok(()) => Action::Pause,
        }
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        let Some((plugin, exchange)) = self.parts() else {
            return Action::Continue;
        };
        // The body is kept here, so that Envoy holds one copy: the translation, at the end.
        let bytes = wire::take(BufferType::HttpRequestBody, size);
        if self.is_asked {
            return Action::Pause;
        }
        let taken = exchange.borrow_mut().take(&bytes, &plugin.config);
        match taken {
            Err(told) => self.answer(&told),
            Ok(()) if end_of_stream => self.ask(&plugin, &exchange),
            Ok(()) => Action::Pause,
        }
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        match self.parts() {
            None => Action::Continue,
            Some(_) if self.is_asked => Action::Pause,
            Some((plugin, exchange)) => self.ask(&plugin, &exchange),
        }
    }

    fn on_http_response_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        let Some((plugin, exchange)) = self.parts() else {
            return Action::Continue;
        };
        let headers = wire::headers(MapType::HttpResponseHeaders);
        let status = wire::value(&headers, ":status").parse().unwrap_or(0);
        let details = hostcalls::get_property(vec!["response", "code_details"]);
        let local = local_reply::error(status, details.ok().flatten().as_deref());
        let pairs = headers.iter();
        let head = Head::new(status, pairs.map(|(n, v)| (n.as_str(), v.as_str())));
        let mut exchange = exchange.borrow_mut();
        if !exchange.head(head, local) {
            self.exchange = None;
            return Action::Continue;
        }
        if !end_of_stream {
            return Action::Pause;
        }
        // There is no body to put the answer in.
        let told = exchange.finish();
        plugin.heed(&mut exchange);
        self.exchange = None;
        wire::reply(&told);
        Action::Pause
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        let Some((plugin, exchange)) = self.parts() else {
            return Action::Continue;
        };
        let bytes = wire::take(BufferType::HttpResponseBody, size);
        let mut exchange = exchange.borrow_mut();
        let mut told = exchange.push(&bytes);
        if end_of_stream {
            let last = exchange.finish();
            told.body.push_str(&last.body);
            told.start = told.start.or(last.start);
            self.is_over = true;
        }
        plugin.heed(&mut exchange);
        if !told.body.is_empty() {
            wire::put(BufferType::HttpResponseBody, 0, told.body.as_bytes());
        }
        if let Some(start) = &told.start {
            wire::put_start(start);
            self.has_begun = true;
        }
        if self.has_begun || end_of_stream {
            Action::Continue
        } else {
            Action::Pause
        }
    }

    fn on_http_response_trailers(&mut self, _: usize) -> Action {
        let Some((plugin, exchange)) = self.parts() else {
            return Action::Continue;
        };
        if self.is_over {
            return Action::Continue;
        }
        let mut exchange = exchange.borrow_mut();
        let told = exchange.finish();
        plugin.heed(&mut exchange);
        self.is_over = true;
        match &told.start {
            Some(start) => {
                wire::put_start(start);
                wire::put(BufferType::HttpResponseBody, 0, told.body.as_bytes());
            }
            // Too late to say what went wrong: at least it is no clean end.
            None if !told.body.is_empty() => {
                wire::check(hostcalls::reset_http_response(), "break an answer off");
            }
            None => {}
        }
        Action::Continue
    }
}
