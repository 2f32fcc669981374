//! The interface `gateway-codec`.

use std::cell::RefCell;
use std::rc::Rc;

use bedrock_provider::canonical::{Error, ErrorKind};
use bedrock_provider::credential_chain::cache::Cache;
use bedrock_provider::driver::{self, Client, Now};
use bedrock_provider::endpoint::ADDRESS;
use bedrock_provider::environment::Environment;
use bedrock_provider::excerpt::printable;
use bedrock_provider::http_message;
use llm_gateway::bedrock::{self, Served};
use llm_gateway::body::Held;
use llm_gateway::credentials::{self, Search};
use llm_gateway::exchange::Event as ClientEvent;
use llm_gateway::http::{self, Start};
use llm_gateway::request_id;
use llm_gateway::settings::Settings;

use crate::world::exports::bedrock::gateway::gateway_codec::{
    self as wit, Event, Guest, GuestExchange, GuestGateway, Head, HttpRequest, Moment, RequestHead,
    Step,
};

struct Component;

/// The world's exports themselves, which only generated code can declare.
#[allow(unsafe_code, unreachable_pub, reason = "generated")]
mod exports {
    use super::Component;
    use crate::world;

    world::export!(Component with_types_in world);
}

impl Guest for Component {
    type Gateway = Gateway;
    type Exchange = Exchange;
}

/// The resource `gateway`.
struct Gateway {
    shared: bedrock::Gateway,
    cache: Rc<RefCell<Cache>>,
}

impl GuestGateway for Gateway {
    fn new(variables: Vec<(String, String)>) -> Self {
        let shared = bedrock::Gateway {
            settings: Rc::new(Settings::read(variables.clone()).and_then(Settings::without_ledger)),
            environment: Environment::new(variables),
            client: Rc::new(RefCell::new(Client::NEW)),
            held: Held::default(),
            is_sent_once: false,
        };
        Gateway {
            shared,
            cache: Rc::new(RefCell::new(Cache::EMPTY)),
        }
    }

    fn serve(&self, head: RequestHead, now: Moment, random: (u64, u64)) -> wit::Exchange {
        let head = http::Head::new(&head.method, &head.path, head.headers);
        let id = request_id::choose(head.header("x-request-id"), [random.0, random.1]);
        wit::Exchange::new(Exchange(RefCell::new(Parts {
            served: Served::new(&self.shared, head, id, now.into()),
            cache: Rc::clone(&self.cache),
            search: None,
        })))
    }
}

/// The resource `exchange`.
struct Exchange(RefCell<Parts>);

struct Parts {
    served: Served,
    cache: Rc<RefCell<Cache>>,
    /// Credentials are looked for.
    search: Option<Search>,
}

impl GuestExchange for Exchange {
    fn next(&self, now: Moment, random: u64) -> Step {
        let Parts {
            served,
            cache,
            search,
        } = &mut *self.0.borrow_mut();
        let now = now.into();
        loop {
            match search.as_mut().map(|search| search.next(now)) {
                None => {}
                Some(credentials::Step::Send(request)) => return Step::Send(request.into()),
                Some(credentials::Step::Receive(until)) => return Step::Receive(Some(until)),
                Some(credentials::Step::Pause(until)) => return Step::Pause(until),
                Some(credentials::Step::Done(event)) => {
                    *search = None;
                    served.on_service(event);
                }
            }
            return match served.next(now, random) {
                bedrock::Step::FindCredentials {
                    lookup,
                    refused,
                    deadlines,
                } => {
                    let (cache, refused) = (Rc::clone(cache), refused.as_ref());
                    *search = Some(Search::new(cache, deadlines, &lookup, refused, now));
                    continue;
                }
                bedrock::Step::ReadBody(until) => Step::ReadBody(until),
                bedrock::Step::Send(request) => Step::Send(request.into()),
                bedrock::Step::Receive(until) => Step::Receive(until),
                bedrock::Step::Pause(until) => Step::Pause(until),
                bedrock::Step::Begin(start) => Step::Begin(start.into()),
                bedrock::Step::Write(text, until) => Step::Write((text.into_bytes(), until)),
                bedrock::Step::Done(line) => Step::Done(line),
            };
        }
    }

    fn on(&self, event: Event) {
        let Parts { served, search, .. } = &mut *self.0.borrow_mut();
        let mut on_service = |event: driver::Event<'_>| match search {
            Some(search) => search.on(event),
            None => served.on_service(event),
        };
        match event {
            Event::Head(head) => {
                let headers = head.headers.iter();
                let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
                on_service(driver::Event::Head(http_message::Head::new(
                    head.status,
                    headers,
                )));
            }
            Event::Bytes(bytes) => on_service(driver::Event::Bytes(&bytes)),
            Event::End => on_service(driver::Event::End),
            // The host's words may tell addresses, which are the operator's.
            Event::Failed(why) => on_service(driver::Event::Failed(Error {
                path: Some(ADDRESS.into()),
                retryable: true,
                ..Error::new(ErrorKind::Connection, printable(&why, 1000))
            })),
            Event::Body(bytes) => served.on_client(ClientEvent::Body(&bytes)),
            Event::BodyEnd => served.on_client(ClientEvent::BodyEnd),
            Event::Gone => {
                // Nobody waits for them any more.
                *search = None;
                served.on_client(ClientEvent::Gone);
            }
        }
    }
}

impl From<Moment> for Now {
    fn from(moment: Moment) -> Self {
        Now {
            instant: moment.instant,
            unix_ms: moment.unix_ms,
        }
    }
}

impl From<Start> for Head {
    fn from(start: Start) -> Self {
        let headers = start.headers.into_iter();
        Head {
            status: start.status,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        }
    }
}

impl From<http_message::HttpRequest> for HttpRequest {
    fn from(request: http_message::HttpRequest) -> Self {
        let headers = request.headers.iter().filter_map(|(name, value)| {
            Some(((*name).to_owned(), value.to_str().ok()?.to_owned()))
        });
        let headers = headers.collect();
        let path = match request.query.as_str() {
            "" => request.path,
            query => [&request.path, "?", query].concat(),
        };
        HttpRequest {
            method: request.method.to_owned(),
            scheme: request.scheme.to_owned(),
            authority: request.authority,
            path,
            headers,
            body: request.body,
        }
    }
}
