//! Whole requests, from a client's head to the answer's last byte, over Bedrocks that misbehave.

use std::cell::RefCell;
use std::rc::Rc;

use bedrock_provider::canonical::{Error, ErrorKind};
use bedrock_provider::credential_chain::cache::Cache;
use bedrock_provider::driver::{Client, Event, Now};
use bedrock_provider::environment::Environment;
use bedrock_provider::http_message::{Head as Answered, HttpRequest};
use llm_gateway::bedrock::{Gateway, Served, Step};
use llm_gateway::body::Held;
use llm_gateway::credentials::{self, Search};
use llm_gateway::exchange::Event as ClientEvent;
use llm_gateway::http::Head;
use llm_gateway::settings::Settings;
use serde_json::Value;

const NOW: u64 = 1_795_348_800_000;
const BODY: &str = r#"{"model":"us.amazon.nova-lite-v1:0","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#;
const ANSWER: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},
    "stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":4}}"#;

/// What the other side says to a request.
enum Said {
    /// Status, error code, body.
    Http(u16, &'static str, String),
    /// The connection breaks.
    Broken,
    /// Nothing, until the time is over.
    Nothing,
}

fn ok(body: &str) -> Said {
    Said::Http(200, "", body.to_owned())
}

/// A host, whose time passes only where it waits.
struct Host {
    gateway: Gateway,
    cache: Rc<RefCell<Cache>>,
    instant: u64,
    /// Clients send no end of their bodies.
    is_body_cut: bool,
    /// What was sent, in its order.
    sent: Vec<HttpRequest>,
}

/// What a client got.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    line: Option<Value>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect(&self.body)
    }
}

impl Host {
    fn new(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let all = [("AWS_REGION", "us-east-1"), ("GATEWAY_KEYS", "ann=sk-1")];
        let variables: Vec<_> = all.iter().chain(variables).map(owned).collect();
        Host {
            gateway: Gateway {
                settings: Rc::new(Settings::read(variables.clone())),
                environment: Environment::new(variables),
                client: Rc::new(RefCell::new(Client::NEW)),
                held: Held::default(),
                is_sent_once: false,
            },
            cache: Rc::default(),
            instant: 0,
            is_body_cut: false,
            sent: Vec::new(),
        }
    }

    fn with_keys(variables: &[(&str, &str)]) -> Self {
        let keys = [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "hidden-secret"),
        ];
        Self::new(&[&keys, variables].concat())
    }

    fn now(&self) -> Now {
        Now {
            instant: self.instant,
            unix_ms: NOW + self.instant / 1_000_000,
        }
    }

    fn post(&mut self, body: &str, says: impl FnMut(&HttpRequest) -> Said) -> Got {
        self.ask("POST", "/v1/messages", body, says)
    }

    fn ask(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
        mut says: impl FnMut(&HttpRequest) -> Said,
    ) -> Got {
        let headers = [("content-type", "application/json"), ("x-api-key", "sk-1")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        let head = Head::new(method, path, headers.into());
        let mut served = Served::new(&self.gateway, head, "req_1".into(), self.now());
        let mut search: Option<Search> = None;
        let mut pieces = body.as_bytes().chunks(16);
        let mut answer: Vec<Event<'static>> = Vec::new();
        let mut got = Got {
            status: 0,
            headers: Vec::new(),
            body: String::new(),
            line: None,
        };
        loop {
            let step = match search.as_mut().map(|search| search.next(self.now())) {
                Some(credentials::Step::Done(event)) => {
                    search = None;
                    served.on_service(event);
                    continue;
                }
                Some(credentials::Step::Send(request)) => Step::Send(request),
                Some(credentials::Step::Receive(until)) => Step::Receive(Some(until)),
                Some(credentials::Step::Pause(until)) => Step::Pause(until),
                None => served.next(self.now(), 7),
            };
            match step {
                Step::ReadBody(until) => match pieces.next() {
                    Some(piece) => served.on_client(ClientEvent::Body(piece)),
                    None if self.is_body_cut => self.instant = until,
                    None => served.on_client(ClientEvent::BodyEnd),
                },
                Step::FindCredentials {
                    lookup,
                    refused,
                    deadlines,
                } => {
                    let (cache, refused) = (Rc::clone(&self.cache), refused.as_ref());
                    search = Some(Search::new(cache, deadlines, &lookup, refused, self.now()));
                }
                Step::Send(request) => {
                    answer = events(says(&request));
                    self.sent.push(request);
                }
                Step::Receive(until) => match answer.pop() {
                    Some(event) => match &mut search {
                        Some(search) => search.on(event),
                        None => served.on_service(event),
                    },
                    None => self.instant = until.expect("a wait without an end"),
                },
                Step::Pause(until) => self.instant = until,
                Step::Begin(start) => {
                    assert_eq!(got.status, 0, "an answer begins once");
                    (got.status, got.headers) = (start.status, start.headers);
                }
                Step::Write(text, _) => got.body.push_str(&text),
                Step::Done(line) => {
                    got.line = line.map(|line| serde_json::from_str(&line).expect("a line"));
                    assert!(matches!(served.next(self.now(), 7), Step::Done(None)));
                    return got;
                }
            }
        }
    }
}

/// The last comes first.
fn events(said: Said) -> Vec<Event<'static>> {
    match said {
        Said::Nothing => Vec::new(),
        Said::Broken => {
            let error = Error::new(ErrorKind::Connection, "the connection broke");
            vec![Event::Failed(Error {
                retryable: true,
                ..error
            })]
        }
        Said::Http(status, code, body) => {
            let head = Answered::new(
                status,
                [
                    ("content-type", "application/json"),
                    ("x-amzn-errortype", code),
                ],
            );
            let bytes = Event::Bytes(body.into_bytes().leak());
            vec![Event::End, bytes, Event::Head(head)]
        }
    }
}

#[test]
fn a_throttled_call_is_sent_again_and_its_client_sees_nothing_of_it() {
    let mut host = Host::with_keys(&[]);
    let mut times = 0;
    let got = host.post(BODY, |_| {
        times += 1;
        match times {
            1 => Said::Http(429, "ThrottlingException", r#"{"message":"slow"}"#.into()),
            2 => Said::Broken,
            _ => ok(ANSWER),
        }
    });
    assert_eq!((got.status, host.sent.len()), (200, 3), "{got:?}");
    assert_eq!(got.json()["content"][0]["text"], "Hello");
    let line = got.line.expect("a line of the log");
    assert_eq!(line["user.name"], "ann");
    assert_eq!(line["http.response.status_code"], 200);
    let length = ("content-length", got.body.len().to_string());
    assert!(got.headers.contains(&length), "{:?}", got.headers);
}

#[test]
fn credentials_are_fetched_once_and_again_where_bedrock_refuses_them() {
    let uri = "http://127.0.0.1:51679/keys";
    let mut host = Host::new(&[
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri),
        ("GATEWAY_REGION", "us-east-1"),
    ]);
    let mut fetched = 0;
    let mut says = |request: &HttpRequest| {
        if request.authority == "127.0.0.1:51679" {
            fetched += 1;
            return ok(&format!(
                r#"{{"AccessKeyId":"AKID{fetched}","SecretAccessKey":"hidden","Token":"t","Expiration":"2027-01-01T00:00:00Z"}}"#
            ));
        }
        let mut signed = request.headers.iter();
        let signed = signed.find(|(name, _)| *name == "authorization");
        let signed = signed.expect("signed").1.to_str().expect("text");
        match signed.contains("AKID1/") && request.body.len() > 1 {
            true => Said::Http(403, "ExpiredTokenException", r#"{"message":"over"}"#.into()),
            false => ok(ANSWER),
        }
    };
    for _ in 0..3 {
        let got = host.post(BODY, &mut says);
        assert_eq!(got.status, 200, "{got:?}");
    }
    // The first, a refusal, the second, and three calls.
    assert_eq!(host.sent.len(), 6);
    assert_eq!(fetched, 2);
}

#[test]
fn a_source_of_credentials_that_does_not_answer_is_the_operators_affair() {
    for said in [|| Said::Nothing, || Said::Broken] {
        let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x");
        let mut host = Host::new(&[uri]);
        let got = host.post(BODY, |_| said());
        assert_eq!(got.status, 500, "{got:?}");
        assert!(!got.body.contains("127.0.0.1"), "{}", got.body);
        let line = got.line.expect("a line").to_string();
        assert!(
            line.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
            "{line}"
        );
        assert!(host.instant < 120 * 1_000_000_000, "{}", host.instant);
    }
}

#[test]
fn a_source_of_credentials_takes_no_longer_than_the_call_may() {
    let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x");
    let mut host = Host::new(&[uri, ("GATEWAY_DEADLINE_TOTAL_MS", "500")]);
    let got = host.post(BODY, |_| Said::Nothing);
    assert_eq!((got.status, host.instant), (504, 500_000_000), "{got:?}");
}

#[test]
fn a_client_that_leaves_at_the_last_write_is_told_by_the_log() {
    let host = Host::with_keys(&[]);
    let mut served = Served::new(
        &host.gateway,
        Head::new(
            "GET",
            "/v1/models",
            vec![("x-api-key".into(), b"sk-1".to_vec())],
        ),
        "req_1".into(),
        host.now(),
    );
    assert!(matches!(served.next(host.now(), 1), Step::Begin(_)));
    assert!(matches!(served.next(host.now(), 1), Step::Write(..)));
    served.on_client(ClientEvent::Gone);
    let Step::Done(Some(line)) = served.next(host.now(), 1) else {
        panic!("it goes on");
    };
    assert!(line.contains("client_disconnected"), "{line}");
}

#[test]
fn bedrock_that_does_not_answer_is_not_waited_for_beyond_the_deadline() {
    let mut host = Host::with_keys(&[("GATEWAY_DEADLINE_TOTAL_MS", "5000")]);
    let got = host.post(BODY, |_| Said::Nothing);
    assert_eq!(got.status, 504, "{got:?}");
    assert_eq!(host.instant, 5_000_000_000);
}

#[test]
fn a_body_that_does_not_end_is_not_waited_for() {
    for (variables, ms) in [
        (&[][..], 120_000),
        (&[("GATEWAY_DEADLINE_BODY_MS", "7000")], 7000),
        (&[("GATEWAY_DEADLINE_TOTAL_MS", "5000")], 5000),
    ] {
        let mut host = Host::with_keys(variables);
        host.is_body_cut = true;
        let got = host.post(BODY, |_| Said::Nothing);
        assert_eq!(got.status, 408, "{got:?}");
        assert_eq!(host.instant, ms * 1_000_000);
        assert!(host.sent.is_empty());
    }
}

#[test]
fn bodies_that_are_held_together_are_bounded() {
    let mut host = Host::with_keys(&[("GATEWAY_MAX_HELD_BYTES", "50")]);
    for path in ["/v1/messages", "/v1/chat/completions", "/v1/responses"] {
        let got = host.ask("POST", path, BODY, |_| ok(ANSWER));
        assert_eq!(got.status, 503, "{got:?}");
        assert!(
            got.headers.iter().any(|(name, _)| *name == "retry-after"),
            "{got:?}"
        );
    }
    let mut host = Host::with_keys(&[("GATEWAY_MAX_HELD_BYTES", "150")]);
    for _ in 0..3 {
        assert_eq!(host.post(BODY, |_| ok(ANSWER)).status, 200);
    }
}

#[test]
fn a_key_calls_what_it_may() {
    let rules = r#"{"ann": {"models": ["us.amazon.*"], "maxUsdPerRequest": "0.0000001"}}"#;
    let mut host = Host::with_keys(&[("GATEWAY_KEY_RULES", rules)]);
    let dear = host.post(BODY, |_| ok(ANSWER));
    assert!(dear.body.contains("cost"), "{dear:?}");
    assert!(host.sent.is_empty(), "{dear:?}");
    let other = BODY.replace("us.amazon.nova-lite-v1:0", "anthropic.claude-sonnet-5");
    let got = host.post(&other, |_| ok(ANSWER));
    assert_eq!((got.status, host.sent.len()), (403, 0), "{got:?}");
    let listed = host.ask("GET", "/v1/models", "", |_| Said::Nothing);
    assert!(
        listed.body.contains("amazon.nova-lite-v1:0"),
        "{}",
        listed.body
    );
    assert!(!listed.body.contains("claude"), "{}", listed.body);
}

#[test]
fn limits_by_day_need_a_ledger_and_the_operator_is_told() {
    let mut host = Host::with_keys(&[("GATEWAY_MAX_USD_PER_DAY", "1")]);
    let got = host.post(BODY, |_| ok(ANSWER));
    assert!(got.status == 500 && host.sent.is_empty(), "{got:?}");
    let line = got.line.expect("a line").to_string();
    assert!(
        line.contains("per_day") && line.contains("ledger"),
        "{line}"
    );
}

#[test]
fn every_route_is_served() {
    let mut host =
        Host::with_keys(&[("GATEWAY_MODELS", r#"{"small":"us.amazon.nova-lite-v1:0"}"#)]);
    for (method, path, status, says) in [
        ("GET", "/healthz", 200, "ok"),
        ("GET", "/", 200, "<html"),
        ("GET", "/v1/models/small", 200, r#""id":"small""#),
        ("HEAD", "/v1/models", 200, ""),
        ("DELETE", "/v1/models", 405, "expected GET"),
        ("GET", "/none", 404, "unknown route"),
    ] {
        let got = host.ask(method, path, "", |_| Said::Nothing);
        assert_eq!(got.status, status, "{method} {path}");
        assert!(got.body.contains(says), "{}", got.body);
        assert!(got.headers.contains(&("x-request-id", "req_1".into())));
    }
    let count = r#"{"model":"small","messages":[{"role":"user","content":"Hi"}]}"#;
    let path = "/v1/messages/count_tokens";
    let got = host.ask("POST", path, count, |_| ok(r#"{"inputTokens":12}"#));
    assert_eq!(got.body, r#"{"input_tokens":12}"#);
}

#[test]
fn a_client_that_leaves_ends_the_call() {
    let mut host = Host::with_keys(&[]);
    let headers = [("content-type", "application/json"), ("x-api-key", "sk-1")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    let head = Head::new("POST", "/v1/messages", headers.into());
    let mut served = Served::new(&host.gateway, head, "req_1".into(), host.now());
    assert!(matches!(served.next(host.now(), 1), Step::ReadBody(_)));
    served.on_client(ClientEvent::Body(BODY.as_bytes()));
    served.on_client(ClientEvent::BodyEnd);
    let Step::FindCredentials {
        lookup, deadlines, ..
    } = served.next(host.now(), 1)
    else {
        panic!("no credentials are needed");
    };
    let cache = Rc::clone(&host.cache);
    let mut search = Search::new(cache, deadlines, &lookup, None, host.now());
    let credentials::Step::Done(found) = search.next(host.now()) else {
        panic!("they are in the environment");
    };
    served.on_service(found);
    assert!(matches!(served.next(host.now(), 1), Step::Send(_)));
    assert!(matches!(served.next(host.now(), 1), Step::Receive(_)));
    host.instant = 1_000_000_000;
    served.on_client(ClientEvent::Gone);
    let Step::Done(Some(line)) = served.next(host.now(), 1) else {
        panic!("it goes on");
    };
    assert!(line.contains("client_disconnected"), "{line}");
    assert!(
        line.contains(r#""http.server.request.duration":1.000000"#),
        "{line}"
    );
}
