//! A search for credentials by a host that sends requests and has no files: AWS's default chain, and what it finds is kept.
//!
//! | step | what the host does | event |
//! |---|---|---|
//! | [`Step::Send`] | drops the exchange under way, if any, and sends this | – |
//! | [`Step::Receive`] | waits for the answer, at most until then | [`Search::on`]; none when the time has come |
//! | [`Step::Pause`] | waits until then | – |
//! | [`Step::Done`] | hands this to the call | – |

use std::cell::RefCell;
use std::rc::Rc;

use bedrock_provider::credential_chain::cache::{Cache, Cached};
use bedrock_provider::credential_chain::{self, Answer, Chain, MAX_ANSWER, Wanted};
use bedrock_provider::credentials::Credentials;
use bedrock_provider::driver::deadline::{self, Deadlines, Instant};
use bedrock_provider::driver::{Event, Lookup, Now};
use bedrock_provider::http_message::{Head, HttpRequest};
use zeroize::Zeroizing;

/// What the host does next.
#[derive(Debug)]
pub enum Step {
    /// Send this.
    Send(HttpRequest),
    /// Wait for more of the answer, at most until then.
    Receive(Instant),
    /// Wait until then.
    Pause(Instant),
    /// The search is over: the event for the call.
    Done(Event<'static>),
}

/// See the [module](self).
pub struct Search {
    wanted: Wanted,
    cache: Rc<RefCell<Cache>>,
    deadlines: Deadlines,
    stage: Stage,
}

enum Stage {
    Asking(Chain, Option<Answer>),
    /// To be sent then, and answered in so many milliseconds.
    Waiting(Chain, Instant, HttpRequest, u64),
    Receiving(Chain, Instant, Head, Zeroizing<Vec<u8>>),
    Done(Event<'static>),
    Over,
}

impl Search {
    /// Of a call, and within its deadlines; after `refused`, for others than these. `cache` is that of all calls.
    pub fn new(
        cache: Rc<RefCell<Cache>>,
        deadlines: Deadlines,
        lookup: &Lookup,
        refused: Option<&Credentials>,
        now: Now,
    ) -> Self {
        let wanted = lookup.wanted.clone();
        let stage = match refused {
            Some(refused) if !cache.borrow_mut().forget(&wanted, refused) => {
                Stage::Done(Event::NotRenewable)
            }
            // What a call carries is the caller's, and nothing of it is kept.
            _ if wanted.given.auth.is_some() && wanted.role.is_none() => {
                Stage::Done(Event::Credentials(Ok(wanted.given.clone())))
            }
            _ => match cache.borrow().get(&wanted, now.unix_ms) {
                Cached::Fresh(credentials) => Stage::Done(Event::Credentials(Ok(credentials))),
                Cached::Stale(_) | Cached::Miss => {
                    let environment = lookup.environment.clone();
                    let chain = Chain::new(environment, wanted.clone(), now.unix_ms);
                    Stage::Asking(chain, None)
                }
            },
        };
        Search {
            wanted,
            cache,
            deadlines,
            stage,
        }
    }

    /// What to do next.
    pub fn next(&mut self, now: Now) -> Step {
        let is_waiting = !matches!(self.stage, Stage::Done(_) | Stage::Over);
        if is_waiting && !self.deadlines.allow(0, now.instant) {
            self.stage = Stage::Done(Event::Credentials(Err(self.deadlines.over())));
        }
        let end = self.deadlines.end.unwrap_or(Instant::MAX);
        loop {
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Asking(mut chain, answer) => match chain.step(answer) {
                    credential_chain::Step::Done(credentials) => {
                        let mut cache = self.cache.borrow_mut();
                        cache.insert(&self.wanted, &credentials, now.unix_ms);
                        self.stage = Stage::Done(Event::Credentials(Ok(credentials)));
                    }
                    credential_chain::Step::Failed(error) => {
                        let mut cache = self.cache.borrow_mut();
                        let found = match cache.get(&self.wanted, now.unix_ms) {
                            Cached::Fresh(credentials) | Cached::Stale(credentials) => {
                                cache.extend(&self.wanted, now.unix_ms);
                                Ok(credentials)
                            }
                            Cached::Miss => Err(error),
                        };
                        self.stage = Stage::Done(Event::Credentials(found));
                    }
                    credential_chain::Step::ReadFile(_) => {
                        self.stage = Stage::Asking(chain, Some(Answer::Missing));
                    }
                    credential_chain::Step::Send(request, hints) => {
                        let at = deadline::later(now.instant, hints.pause_ms);
                        let time = hints.connect_ms.saturating_add(hints.answer_ms);
                        self.stage = Stage::Waiting(chain, at, request, time);
                    }
                },
                Stage::Waiting(chain, at, request, time) if now.instant < at => {
                    self.stage = Stage::Waiting(chain, at, request, time);
                    return Step::Pause(at.min(end));
                }
                Stage::Waiting(chain, _, request, time) => {
                    let until = deadline::later(now.instant, time).min(end);
                    // It may hold credentials, and a buffer that grows leaves secrets behind.
                    let body = Zeroizing::new(Vec::with_capacity(MAX_ANSWER));
                    self.stage = Stage::Receiving(chain, until, Head::default(), body);
                    return Step::Send(request);
                }
                Stage::Receiving(chain, until, ..) if now.instant >= until && now.instant < end => {
                    let late = Answer::NoAnswer("it took too long".into());
                    self.stage = Stage::Asking(chain, Some(late));
                }
                stage @ Stage::Receiving(_, until, ..) => {
                    self.stage = stage;
                    return Step::Receive(until);
                }
                Stage::Done(event) => return Step::Done(event),
                Stage::Over => return Step::Done(Event::NotRenewable),
            }
        }
    }

    /// What came of the exchange under way.
    pub fn on(&mut self, event: Event<'_>) {
        let Stage::Receiving(chain, until, mut head, mut body) =
            std::mem::replace(&mut self.stage, Stage::Over)
        else {
            return;
        };
        let answer = match event {
            Event::Head(of_answer) => {
                head = of_answer;
                None
            }
            Event::Bytes(bytes) => {
                let room = MAX_ANSWER - body.len();
                body.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                match (bytes.len() > room, head.is_success()) {
                    (false, _) => None,
                    (true, true) => {
                        let why = format!("the answer is larger than {MAX_ANSWER} bytes");
                        Some(Answer::NoAnswer(why))
                    }
                    // Of a failure, the beginning says enough.
                    (true, false) => Some(Answer::Http(
                        std::mem::take(&mut head),
                        std::mem::take(&mut body),
                    )),
                }
            }
            Event::End => Some(Answer::Http(
                std::mem::take(&mut head),
                std::mem::take(&mut body),
            )),
            Event::Failed(error) => Some(Answer::NoAnswer(error.message)),
            _ => None,
        };
        self.stage = match answer {
            Some(answer) => Stage::Asking(chain, Some(answer)),
            None => Stage::Receiving(chain, until, head, body),
        };
    }
}
