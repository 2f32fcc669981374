//! AWS's default chain of credential sources, as a state machine without I/O.
//!
//! In: what the call gave ([`Wanted`]), the environment, the time, and then the answer to each question. Out: questions
//! ([`Step::ReadFile`], [`Step::Send`]), and at the end credentials or an error. The sources in their order:
//!
//! 1. `AWS_BEARER_TOKEN_BEDROCK`, unless the call names a profile
//! 2. keys in the environment, likewise
//! 3. the profile of the shared files (`profile`): keys, roles, a web identity, SSO
//! 4. a web identity in the environment
//! 5. the container's endpoint
//! 6. the instance's metadata
//!
//! A source that is not configured is passed over; one that is configured and broken ends the chain with an error that
//! names the source, the file or variable, and what to do. Source:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>, in the order of the Rust SDK.
//!
//! The machine's state is the answers so far: each step runs the chain from its start, with the answers put in where
//! they were asked for, until it asks something new. So every source reads like a plain function, and a chain that is
//! asked again tells the same step again. There are few answers, and a request is built and signed only when it is asked.

pub mod cache;
mod container;
mod imds;
mod ini;
mod profile;
mod run;
mod shared_files;
pub mod single_flight;
mod sso;
mod sts;
#[cfg(test)]
mod tests;
mod vended;
mod web_identity;
mod xml;

use std::fmt;

use zeroize::Zeroizing;

use crate::canonical::{Error, ErrorKind};
use crate::credentials::{Auth, Credentials, Role, environment};
use crate::environment::Environment;
use crate::http_message::{Head, HttpRequest};
use run::{Run, Stop};

/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 1 << 20;

/// The largest body of an answer that is read, in bytes.
pub const MAX_ANSWER: usize = 64 << 10;

/// What a call says itself; the chain finds the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The call's own credentials. With `auth`, no source is asked.
    pub given: Credentials,
    /// The role to assume with these, or with what the chain finds.
    pub role: Option<Role>,
    /// The profile to read instead of `AWS_PROFILE`'s; keys and tokens in the environment do not count then.
    pub profile: Option<String>,
    /// The region of the model's ARN or of the context, so that none is looked for.
    pub region: Option<String>,
}

/// What the machine needs next, or has come to.
pub enum Step {
    /// A file's bytes; of a larger file than [`MAX_FILE`], say that it cannot be read.
    ReadFile(String),
    /// An answer to this, as it is: redirects are not followed, and nothing is tried again that is not asked again.
    Send(HttpRequest, Hints),
    /// The end.
    Done(Credentials),
    /// The end; `kind` is `authentication` where a source is at fault.
    Failed(Error),
}

/// How to send one request, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hints {
    /// To wait before sending.
    pub pause_ms: u64,
    /// To wait for a connection.
    pub connect_ms: u64,
    /// To wait for the end of the answer, once connected.
    pub answer_ms: u64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// How many there will be at most.
    pub attempts: u32,
}

/// What came of a step.
pub enum Answer {
    /// The file's bytes.
    File(Zeroizing<Vec<u8>>),
    /// There is no such file, or no file system that would hold it.
    Missing,
    /// There is such a file and it cannot be read; why, in words for a person.
    Unreadable(String),
    /// An HTTP answer, whatever its status.
    Http(Head, Zeroizing<Vec<u8>>),
    /// No connection or no whole answer; why, in words for a person.
    NoAnswer(String),
}

/// Finds credentials, question by question.
pub struct Chain {
    environment: Environment,
    wanted: Wanted,
    /// In milliseconds since the Unix epoch.
    now: u64,
    answers: Vec<Answer>,
}

impl Chain {
    /// `now` is in milliseconds since the Unix epoch.
    pub fn new(environment: Environment, wanted: Wanted, now: u64) -> Self {
        Chain {
            environment,
            wanted,
            now,
            answers: Vec::new(),
        }
    }

    /// Take the answer to the last step, and tell the next one. Without an answer: the first step, or the last again.
    /// What is answered after the end changes nothing.
    pub fn step(&mut self, answer: Option<Answer>) -> Step {
        self.answers.extend(answer.map(Answer::bounded));
        let mut run = Run::new(&self.environment, &self.wanted, self.now, &self.answers);
        match find(&mut run) {
            Ok(credentials) => Step::Done(credentials),
            Err(Stop::Ask(step)) => step,
            Err(Stop::Fail(error)) => Step::Failed(run.concealed(error)),
        }
    }
}

impl Answer {
    /// One that is too large counts as one that cannot be read.
    fn bounded(self) -> Self {
        match self {
            Answer::File(bytes) if bytes.len() > MAX_FILE => {
                Answer::Unreadable("it is larger than 1 MiB".into())
            }
            Answer::Http(_, body) if body.len() > MAX_ANSWER => {
                Answer::NoAnswer("the answer is larger than 64 KiB".into())
            }
            answer => answer,
        }
    }
}

/// The chain itself.
fn find(run: &mut Run<'_>) -> Result<Credentials, Stop> {
    let mut credentials = match &run.wanted.given.auth {
        Some(_) => run.wanted.given.clone(),
        None => sources(run)?,
    };
    if let Some(role) = &run.wanted.role {
        credentials = sts::assume_role(run, &credentials, role, "context.credentials.roleArn")?;
    }
    credentials.region = run.region()?.map(|region| region.as_str().to_owned());
    Ok(credentials)
}

/// What the first configured source gives; without a region.
fn sources(run: &mut Run<'_>) -> Result<Credentials, Stop> {
    // A role is assumed with keys, and a profile that the call names comes before all variables.
    if run.wanted.role.is_none()
        && run.wanted.profile.is_none()
        && let Some(auth) = environment::bearer(run.environment)
    {
        return Ok(lasting(auth));
    }
    if run.wanted.profile.is_none()
        && let Some(auth) = environment::keys(run.environment)?
    {
        return Ok(lasting(auth));
    }
    if let Some(credentials) = profile::credentials(run)? {
        return Ok(credentials);
    }
    if let Some(credentials) = web_identity::of_environment(run)? {
        return Ok(credentials);
    }
    if let Some(credentials) = container::credentials(run)? {
        return Ok(credentials);
    }
    imds::credentials(run)?.map_err(|why| {
        let mut error = crate::credentials::none();
        if !why.is_empty() {
            error.message = format!("{}; {why}", error.message);
        }
        error.into()
    })
}

/// Credentials that do not expire, or do not tell when.
fn lasting(auth: Auth) -> Credentials {
    Credentials {
        auth: Some(auth),
        region: None,
        expires_at: None,
    }
}

/// A source that is configured and cannot work; `path` is the variable, file or property at fault.
fn broken(path: &str, message: impl Into<String>) -> Error {
    Error {
        path: Some(path.to_owned()),
        ..Error::new(ErrorKind::Authentication, message)
    }
}

/// Without paths, queries and bodies, which may hold secrets.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::ReadFile(path) => write!(f, "ReadFile({path})"),
            Step::Send(request, hints) => {
                let HttpRequest {
                    method,
                    scheme,
                    authority,
                    ..
                } = request;
                write!(f, "Send({method} {scheme}://{authority}, {hints:?})")
            }
            Step::Done(credentials) => write!(f, "Done({credentials:?})"),
            Step::Failed(error) => write!(f, "Failed({error:?})"),
        }
    }
}

/// Without what it holds.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::File(bytes) => write!(f, "File({} bytes)", bytes.len()),
            Answer::Missing => f.write_str("Missing"),
            Answer::Unreadable(why) => write!(f, "Unreadable({why})"),
            Answer::Http(head, body) => write!(f, "Http({}, {} bytes)", head.status, body.len()),
            Answer::NoAnswer(why) => write!(f, "NoAnswer({why})"),
        }
    }
}

/// Without answers and variables.
impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain")
            .field("wanted", &self.wanted)
            .field("answers", &self.answers)
            .finish_non_exhaustive()
    }
}
