//! A host whose clock, service, ledger and credentials are in the test's hand.

use std::collections::VecDeque;

use crate::canonical::{
    Chunk, ContentBlock, Context, Error, ErrorKind, Message, Request, Role, TextBlock,
};
use crate::credentials::{Auth, Credentials};
use crate::driver::deadline::{NANOS, later};
use crate::driver::{Client, Driver, Event, Now, Outcome, Refusal, Settlement, Step};
use crate::environment::Environment;
use crate::exchange::Operation;
use crate::http_message::Head;
use crate::tests::answers::frame;

pub(super) const NOON: u64 = 1_795_348_800_000;
pub(super) const HAIKU: &str = "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0";

/// What the service does with a request.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    /// Silence before the head, in milliseconds.
    pub(super) late_ms: u64,
    /// None: no head comes.
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(&'static str, String)>,
    /// Pieces of the body, each after so many milliseconds of silence.
    pub(super) body: Vec<(u64, Vec<u8>)>,
    /// How it ends: well, or not at all.
    pub(super) end: Option<bool>,
}

impl Reply {
    fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Reply {
            late_ms: 0,
            status: Some(status),
            headers: vec![("content-type", content_type.to_owned())],
            body: vec![(0, body)],
            end: Some(true),
        }
    }

    pub(super) fn refusal(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({ "message": message }).to_string();
        let mut reply = Reply::new(status, "application/json", body.into_bytes());
        reply.headers.push(("x-amzn-errortype", code.to_owned()));
        reply
    }

    pub(super) fn answer() -> Self {
        let body = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hi."}]}},"stopReason":"end_turn","usage":{"inputTokens":2,"outputTokens":3,"totalTokens":5},"metrics":{"latencyMs":1}}"#;
        Reply::new(200, "application/json", body.into())
    }

    /// One event a piece.
    pub(super) fn stream() -> Self {
        let events = [
            ("messageStart", r#"{"role":"assistant"}"#),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"text":"Hi."}}"#,
            ),
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
            ("messageStop", r#"{"stopReason":"end_turn"}"#),
            (
                "metadata",
                r#"{"usage":{"inputTokens":2,"outputTokens":3,"totalTokens":5},"metrics":{"latencyMs":4}}"#,
            ),
        ];
        let piece = |(name, payload): &(&str, &str)| {
            let mut bytes = Vec::new();
            frame(&mut bytes, "event", name, payload);
            (0, bytes)
        };
        Reply {
            body: events.iter().map(piece).collect(),
            ..Reply::new(200, "application/vnd.amazon.eventstream", Vec::new())
        }
    }

    /// The stream breaks off after so many events.
    pub(super) fn cut(events: usize) -> Self {
        let mut reply = Reply::stream();
        reply.body.truncate(events);
        Reply {
            end: Some(false),
            ..reply
        }
    }

    /// Nothing is heard of it.
    pub(super) fn silence() -> Self {
        Reply {
            status: None,
            end: None,
            ..Reply::answer()
        }
    }

    pub(super) fn late(self, late_ms: u64) -> Self {
        Reply { late_ms, ..self }
    }

    pub(super) fn dated(mut self, date: &str) -> Self {
        self.headers.push(("date", date.to_owned()));
        self
    }

    /// What comes of it, one by one, each after so many milliseconds.
    fn events(self) -> VecDeque<(u64, Heard)> {
        let mut events = VecDeque::new();
        if let Some(status) = self.status {
            let headers = self.headers.iter();
            let head = Head::new(status, headers.map(|(name, value)| (*name, value.as_str())));
            events.push_back((self.late_ms, Heard::Head(head)));
        }
        let pieces = self.body.into_iter();
        if self.status.is_some() {
            events.extend(pieces.map(|(after, bytes)| (after, Heard::Bytes(bytes))));
        }
        events.extend(self.end.map(|is_well| (0, Heard::End(is_well))));
        events
    }
}

#[derive(Debug)]
enum Heard {
    Head(Head),
    Bytes(Vec<u8>),
    End(bool),
}

pub(super) struct Host {
    pub(super) now: Now,
    pub(super) client: Client,
    pub(super) replies: VecDeque<Reply>,
    /// What is found, each time somebody looks; afterwards nothing else is.
    pub(super) credentials: VecDeque<Credentials>,
    pub(super) ledger: Result<(), Refusal>,
    /// How long the caller takes for each piece, in milliseconds.
    pub(super) reads_for_ms: u64,
    /// What was done, in words.
    pub(super) log: Vec<String>,
}

pub(super) fn key(id: &str) -> Credentials {
    Credentials {
        auth: Some(Auth::access_key(id, "hush-hush", None)),
        region: Some("us-east-1".into()),
        expires_at: None,
    }
}

pub(super) fn ask() -> Request {
    let text = ContentBlock::Text(TextBlock {
        text: "Hello".into(),
        citations: Vec::new(),
        cache_control: None,
    });
    Request {
        max_tokens: Some(1000),
        messages: vec![Message {
            role: Role::User,
            content: vec![text],
        }],
        ..Request::to(HAIKU)
    }
}

impl Host {
    pub(super) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Host {
            now: Now {
                instant: 1,
                unix_ms: NOON,
            },
            client: Client::NEW,
            replies: replies.into_iter().collect(),
            credentials: [key("AKIDFIRST")].into(),
            ledger: Ok(()),
            reads_for_ms: 0,
            log: Vec::new(),
        }
    }

    fn pass(&mut self, until: u64) {
        let nanos = until.saturating_sub(self.now.instant);
        self.now.instant += nanos;
        self.now.unix_ms += nanos / NANOS;
    }

    /// The whole call: its chunks, and how it ends.
    pub(super) fn call(
        &mut self,
        context: Context,
        operation: Operation,
    ) -> (Vec<Chunk>, Result<Outcome, Error>) {
        let environment = Environment::default();
        match Driver::new(ask(), context, environment, operation, self.now) {
            Ok(driver) => self.run(driver),
            Err(error) => (Vec::new(), Err(error)),
        }
    }

    pub(super) fn run(&mut self, mut driver: Driver) -> (Vec<Chunk>, Result<Outcome, Error>) {
        let mut chunks = Vec::new();
        let mut heard = None;
        for random in 0.. {
            assert!(random < 1000, "no end: {:?}", self.log);
            match driver.next(&mut self.client, self.now, random) {
                Step::FindCredentials { refused, .. } => {
                    self.log(if refused.is_some() { "renew" } else { "find" });
                    let found = match (self.credentials.pop_front(), refused) {
                        (Some(found), _) => Event::Credentials(Ok(found)),
                        (None, Some(_)) => Event::NotRenewable,
                        (None, None) => Event::Credentials(Err(Error::new(
                            ErrorKind::Authentication,
                            "no credentials",
                        ))),
                    };
                    driver.on(found);
                }
                Step::Reserve(accounts, amount) => {
                    self.log(format!("reserve {} {}", accounts.len(), amount > 0));
                    driver.on(Event::Reserved(self.ledger.clone()));
                }
                Step::Settle(Settlement::Spent(amount)) => self.log(format!("settle {amount}")),
                Step::Settle(Settlement::Unknown) => self.log("keep"),
                Step::Send(request) => {
                    let place = request.authority.replace("bedrock-runtime.", "");
                    self.log(format!("send {}", place.replace(".amazonaws.com", "")));
                    let reply = self.replies.pop_front().expect("one request fewer");
                    heard = Some(reply.events());
                }
                Step::Receive(until) => {
                    let events = heard.as_mut().expect("an exchange");
                    let next = events.pop_front();
                    let at = next
                        .as_ref()
                        .map(|(after, _)| later(self.now.instant, *after));
                    match (next, at, until) {
                        (Some((after, event)), Some(at), Some(until)) if at > until => {
                            let passed = (until - self.now.instant) / NANOS;
                            events.push_front((after.saturating_sub(passed), event));
                            self.pass(until);
                        }
                        (Some((_, event)), Some(at), _) => {
                            self.pass(at);
                            match event {
                                Heard::Head(head) => driver.on(Event::Head(head)),
                                Heard::Bytes(bytes) => driver.on(Event::Bytes(&bytes)),
                                Heard::End(true) => driver.on(Event::End),
                                Heard::End(false) => driver.on(Event::Failed(Error {
                                    retryable: true,
                                    ..Error::new(ErrorKind::Connection, "the connection broke")
                                })),
                            }
                        }
                        (_, _, Some(until)) => self.pass(until),
                        (_, _, None) => panic!("it waits for ever: {:?}", self.log),
                    }
                }
                Step::Pause(until) => {
                    heard = None;
                    self.log("pause");
                    self.pass(until);
                }
                Step::Chunks(given) => {
                    chunks.extend(given);
                    self.pass(later(self.now.instant, self.reads_for_ms));
                }
                Step::Done(result) => return (chunks, result),
            }
        }
        unreachable!()
    }

    fn log(&mut self, what: impl Into<String>) {
        self.log.push(what.into());
    }
}
