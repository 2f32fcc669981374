//! Who signs: credentials of the configuration or the variables, or fetched in the background and kept fresh.
//!
//! In: the configuration, the variables, the time, and answers to questions. Out: questions, each with the cluster to
//! ask through, and what is known. It is AWS's default chain as the core has it; of its questions, files are answered
//! with what a filter knows of files, which is nothing. New credentials are looked for five minutes before the end of
//! those that are there, which are used until they end.

use bedrock_provider::canonical::{Context, Error};
use bedrock_provider::credential_chain::cache::{Cache, Cached};
use bedrock_provider::credential_chain::{Answer, Chain, Step, Wanted};
use bedrock_provider::credentials::Credentials;
use bedrock_provider::environment::Environment;
use bedrock_provider::exchange;
use bedrock_provider::http_message::HttpRequest;

use crate::config::Config;

/// How long an error stands before the sources are asked again, in milliseconds.
const RESPITE: u64 = 5000;

/// Variables that name files without which their source cannot work.
const TOKEN_FILES: &[&str] = &[
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// What is known of the credentials.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// To sign with.
    Credentials(Credentials),
    /// There are none; nothing that holds a secret.
    Failed(Error),
    /// They are being looked for.
    NotYet,
}

/// A question to a source of credentials.
#[derive(Debug)]
pub struct Question {
    /// Envoy's cluster to ask through.
    pub cluster: String,
    /// What to ask.
    pub request: HttpRequest,
    /// For the whole answer, in milliseconds.
    pub timeout_ms: u64,
}

/// What the chain waits for.
enum Waiting {
    /// Nothing: there is no chain.
    Idle,
    /// The time to ask, in milliseconds since the Unix epoch.
    Pause(Chain, u64, Question),
    /// An answer.
    Answer(Chain),
}

/// See the [module](self).
pub struct CredentialsProvider {
    wanted: Wanted,
    environment: Environment,
    cache: Cache,
    waiting: Waiting,
    /// Why there are none, and until when that stands.
    failed: Option<(Error, u64)>,
}

impl CredentialsProvider {
    /// Nothing is asked before [`next`](Self::next) is called. An error where the configuration is broken.
    pub fn new(context: &Context, environment: Environment) -> Result<Self, Error> {
        Ok(CredentialsProvider {
            wanted: exchange::wanted_by(context)?,
            environment,
            cache: Cache::EMPTY,
            waiting: Waiting::Idle,
            failed: None,
        })
    }

    /// The variables that it reads.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// What is known at `now`, in milliseconds since the Unix epoch.
    pub fn known(&self, now: u64) -> Known {
        match (self.cache.get(&self.wanted, now), &self.failed) {
            (Cached::Fresh(credentials) | Cached::Stale(credentials), _) => {
                Known::Credentials(credentials)
            }
            (Cached::Miss, Some((error, until))) if now < *until => Known::Failed(error.clone()),
            (Cached::Miss, _) => Known::NotYet,
        }
    }

    /// The service does not take the ones that were used any more: others are looked for.
    pub fn refused(&mut self, used: &Credentials) {
        self.cache.forget(&self.wanted, used);
    }

    /// Find what can be found without a question; the first of those that there are waits for [`next`](Self::next).
    pub fn begin(&mut self, config: &Config, now: u64) {
        if let Some(question) = self.next(config, now) {
            self.waiting = match std::mem::replace(&mut self.waiting, Waiting::Idle) {
                Waiting::Answer(chain) => Waiting::Pause(chain, now, question),
                waiting => waiting,
            };
        }
    }

    /// The question to ask now, if there is one: to be called from time to time, and after each answer.
    pub fn next(&mut self, config: &Config, now: u64) -> Option<Question> {
        let mut chain = match std::mem::replace(&mut self.waiting, Waiting::Idle) {
            Waiting::Pause(chain, at, question) if at <= now => {
                self.waiting = Waiting::Answer(chain);
                return Some(question);
            }
            Waiting::Idle if self.is_due(now) => {
                Chain::new(self.environment.clone(), self.wanted.clone(), now)
            }
            waiting => {
                self.waiting = waiting;
                return None;
            }
        };
        let step = chain.step(None);
        self.go_on(chain, step, config, now)
    }

    /// The answer to the last question, and the next one if it is to be asked at once.
    pub fn answered(&mut self, answer: Answer, config: &Config, now: u64) -> Option<Question> {
        match std::mem::replace(&mut self.waiting, Waiting::Idle) {
            Waiting::Answer(mut chain) => {
                let step = chain.step(Some(answer));
                self.go_on(chain, step, config, now)
            }
            waiting => {
                self.waiting = waiting;
                None
            }
        }
    }

    fn is_due(&self, now: u64) -> bool {
        let is_failed = self.failed.as_ref().is_some_and(|(_, until)| now < *until);
        match self.cache.get(&self.wanted, now) {
            Cached::Fresh(_) => false,
            Cached::Stale(_) => true,
            Cached::Miss => !is_failed,
        }
    }

    /// Answer what can be answered here, up to a question or the end.
    fn go_on(
        &mut self,
        mut chain: Chain,
        mut step: Step,
        config: &Config,
        now: u64,
    ) -> Option<Question> {
        loop {
            let answer = match step {
                Step::Done(credentials) => {
                    self.cache.insert(&self.wanted, &credentials, now);
                    self.failed = None;
                    return None;
                }
                Step::Failed(error) => {
                    self.cache.extend(&self.wanted, now);
                    self.failed = Some((error, now.saturating_add(RESPITE)));
                    return None;
                }
                Step::ReadFile(path) => self.file(&path),
                Step::Send(request, hints) => match config.cluster(&request.authority) {
                    Some(cluster) => {
                        let question = Question {
                            cluster: cluster.to_owned(),
                            request,
                            timeout_ms: hints.connect_ms.saturating_add(hints.answer_ms),
                        };
                        if hints.pause_ms == 0 {
                            self.waiting = Waiting::Answer(chain);
                            return Some(question);
                        }
                        let at = now.saturating_add(hints.pause_ms);
                        self.waiting = Waiting::Pause(chain, at, question);
                        return None;
                    }
                    None => Answer::NoAnswer(format!(
                        "no cluster is configured for {}: add one in `clusters`",
                        request.authority
                    )),
                },
            };
            step = chain.step(Some(answer));
        }
    }

    /// There are no files. The shared ones may be missing; one that a source needs cannot be read.
    fn file(&self, path: &str) -> Answer {
        match TOKEN_FILES
            .iter()
            .any(|name| self.environment.get(name) == Some(path))
        {
            true => Answer::Unreadable("files are not supported by a filter in Envoy".into()),
            false => Answer::Missing,
        }
    }
}

#[cfg(test)]
mod tests;
