//! One request of Envoy's.

use std::cell::RefCell;
use std::rc::Rc;

use bedrock_provider::http_message::Head;
use llm_gateway::route;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, BufferType, MapType};

use super::{Plugin, Served, Waiting, now, wire};
use crate::exchange::Exchange;
use crate::local_reply;

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

    /// Take the request's next steps; `is_whole`: nothing more of it comes.
    fn go_on(
        &mut self,
        plugin: &Plugin,
        exchange: &Rc<RefCell<Exchange>>,
        is_whole: bool,
    ) -> Action {
        if is_whole {
            exchange.borrow_mut().take_end();
        }
        match plugin.serve(exchange, true) {
            Served::Reading => return Action::Pause,
            Served::Sent => {
                self.is_asked = true;
                return Action::Continue;
            }
            Served::Answered => {}
            Served::NotYet => plugin.waiting.borrow_mut().push(Waiting {
                context_id: self.context_id,
                exchange: Rc::downgrade(exchange),
                since: now(),
            }),
        }
        self.is_asked = true;
        Action::Pause
    }
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        let Some(plugin) = self.plugin.clone() else {
            return Action::Continue;
        };
        let head = wire::request_head();
        if !route::is_of_an_api(&head) {
            return Action::Continue;
        }
        let random = [now(), self.context_id.into()];
        let exchange = Exchange::new(&plugin.gateway, head, random, now());
        let exchange = Rc::new(RefCell::new(exchange));
        self.exchange = Some(exchange.clone());
        self.go_on(&plugin, &exchange, end_of_stream)
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
        exchange.borrow_mut().take(&bytes);
        self.go_on(&plugin, &exchange, end_of_stream)
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        match self.parts() {
            None => Action::Continue,
            Some(_) if self.is_asked => Action::Pause,
            Some((plugin, exchange)) => self.go_on(&plugin, &exchange, true),
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
        let told = exchange.finish(now());
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
        let mut told = exchange.push(&bytes, now());
        if end_of_stream {
            let last = exchange.finish(now());
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
        let told = exchange.finish(now());
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
