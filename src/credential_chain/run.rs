//! One run of the chain: the answers so far, and what was read out of them.
//!
//! In: the answers. Out: each of them where it is asked for, and a [`Stop`] where there is none yet.

use std::rc::Rc;

use zeroize::Zeroizing;

use super::shared_files::Profiles;
use super::{Answer, Hints, Step, Wanted, broken, imds, sts};
use crate::canonical::{Context, Error, ErrorKind};
use crate::credentials::{Auth, Secret, conceal};
use crate::endpoint::{Endpoint, Region};
use crate::environment::Environment;
use crate::http_message::{Head, HttpRequest};

/// Why a run goes no further.
pub(super) enum Stop {
    /// Something must be asked first.
    Ask(Step),
    /// A source is broken.
    Fail(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Fail(error)
    }
}

/// How a file was found.
pub(super) enum File<'a> {
    Bytes(&'a [u8]),
    Missing,
    /// And why.
    Unreadable(&'a str),
}

/// The head and the body of an answer, or why there is none.
pub(super) type Outcome<'a> = Result<(&'a Head, &'a [u8]), &'a str>;

/// How long and how often a service is asked; times in milliseconds.
pub(super) struct Patience {
    pub(super) connect_ms: u64,
    pub(super) answer_ms: u64,
    pub(super) attempts: u32,
    /// Before the second attempt; before each later one twice as long.
    pub(super) pause_ms: u64,
    /// Whether to ask again where nothing answers. Off EC2 nothing answers for its metadata, and that should cost one wait.
    pub(super) asks_the_silent: bool,
}

/// The longest pause, whatever a service asks for: 5 seconds, in milliseconds.
const MAX_PAUSE: u64 = 5000;

/// See the [module](self).
pub(super) struct Run<'a> {
    pub(super) environment: &'a Environment,
    pub(super) wanted: &'a Wanted,
    /// In milliseconds since the Unix epoch.
    pub(super) now: u64,
    answers: &'a [Answer],
    /// How many answers were used.
    used: usize,
    profiles: Option<Result<Rc<Profiles<'a>>, Error>>,
    region: Option<Option<Region>>,
    pub(super) metadata: Option<imds::Session>,
    /// What services are sent, and no error may tell.
    secrets: Vec<Secret>,
}

impl<'a> Run<'a> {
    /// From the start.
    pub(super) fn new(
        environment: &'a Environment,
        wanted: &'a Wanted,
        now: u64,
        answers: &'a [Answer],
    ) -> Self {
        Run {
            environment,
            wanted,
            now,
            answers,
            used: 0,
            profiles: None,
            region: None,
            metadata: None,
            secrets: Vec::new(),
        }
    }

    /// This is sent to a service, which may repeat it.
    pub(super) fn tells(&mut self, secret: &str) {
        self.secrets.push(Secret::new(secret));
    }

    /// As [`tells`](Self::tells).
    pub(super) fn signs_with(&mut self, auth: &Auth) {
        let secrets = conceal::secrets(auth).map(Secret::new);
        self.secrets.extend(secrets);
    }

    /// The error without what services were sent.
    pub(super) fn concealed(&self, mut error: Error) -> Error {
        for secret in &self.secrets {
            conceal::hide(&mut error, secret.expose());
        }
        error
    }

    fn answer(&mut self) -> Option<&'a Answer> {
        let answer = self.answers.get(self.used)?;
        self.used += 1;
        Some(answer)
    }

    /// A file, if it is there.
    pub(super) fn file(&mut self, path: &str) -> Result<File<'a>, Stop> {
        match self.answer() {
            None => Err(Stop::Ask(Step::ReadFile(path.to_owned()))),
            Some(Answer::File(bytes)) => Ok(File::Bytes(bytes)),
            Some(Answer::Missing) => Ok(File::Missing),
            Some(Answer::Unreadable(why)) => Ok(File::Unreadable(why)),
            Some(Answer::Http(..) | Answer::NoAnswer(_)) => Err(astray().into()),
        }
    }

    /// A file that something else says is there; `named_by` is the variable or property that does.
    pub(super) fn text_file(&mut self, path: &str, named_by: &str) -> Result<&'a str, Stop> {
        let fault = |what: &str| {
            let advice = "check the path, and that this component may read its directory";
            broken(
                named_by,
                format!("{named_by} names the file {path}, which {what}: {advice}"),
            )
        };
        match self.file(path)? {
            File::Bytes(bytes) => {
                std::str::from_utf8(bytes).map_err(|_| fault("is not UTF-8 text").into())
            }
            File::Missing => Err(fault("does not exist").into()),
            File::Unreadable(why) => Err(fault(&format!("cannot be read ({why})")).into()),
        }
    }

    /// An HTTP answer. A request that may succeed later is asked again, as often as `patience` has it.
    pub(super) fn send(
        &mut self,
        patience: &Patience,
        request: &dyn Fn() -> Result<HttpRequest, Error>,
    ) -> Result<Outcome<'a>, Stop> {
        let mut attempt = 1;
        let mut pause_ms = 0;
        loop {
            let outcome = match self.answer() {
                None => {
                    let hints = Hints {
                        pause_ms,
                        connect_ms: patience.connect_ms,
                        answer_ms: patience.answer_ms,
                        attempt,
                        attempts: patience.attempts,
                    };
                    return Err(Stop::Ask(Step::Send(request()?, hints)));
                }
                Some(Answer::Http(head, body)) => Ok((head, body.as_slice())),
                Some(Answer::NoAnswer(why)) => Err(why.as_str()),
                Some(_) => return Err(astray().into()),
            };
            let (again, asked) = match outcome {
                Ok((head, body)) => (is_passing(head, body), head.retry_after_ms),
                Err(_) => (patience.asks_the_silent, None),
            };
            if !again || attempt >= patience.attempts {
                return Ok(outcome);
            }
            let pause = asked.unwrap_or(patience.pause_ms << (attempt - 1));
            pause_ms = pause.min(MAX_PAUSE);
            attempt += 1;
        }
    }

    /// The shared files.
    pub(super) fn profiles(&mut self) -> Result<Rc<Profiles<'a>>, Stop> {
        if self.profiles.is_none() {
            self.profiles = Some(match Profiles::read(self) {
                Ok(profiles) => Ok(Rc::new(profiles)),
                Err(Stop::Fail(error)) => Err(error),
                Err(ask) => return Err(ask),
            });
        }
        match &self.profiles {
            Some(Ok(profiles)) => Ok(profiles.clone()),
            Some(Err(error)) => Err(error.clone().into()),
            None => Err(astray().into()),
        }
    }

    /// A variable, else a property of the chosen profile. A profile that cannot be read has none: whoever needs it for
    /// credentials says so.
    pub(super) fn setting(
        &mut self,
        variable: &str,
        property: &str,
    ) -> Result<Option<String>, Stop> {
        if let Some(value) = self.environment.get(variable) {
            return Ok(Some(value.to_owned()));
        }
        match self.profiles() {
            Ok(profiles) => Ok(profiles.chosen(property).map(str::to_owned)),
            Err(Stop::Fail(_)) => Ok(None),
            Err(ask) => Err(ask),
        }
    }

    /// The region to call and to sign for: what the call says, `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, the
    /// instance's; the order of the Rust SDK.
    pub(super) fn region(&mut self) -> Result<Option<Region>, Stop> {
        if self.region.is_none() {
            self.region = Some(self.find_region()?);
        }
        Ok(self.region.clone().flatten())
    }

    fn find_region(&mut self) -> Result<Option<Region>, Stop> {
        let said = [
            (
                "context.credentials.region",
                self.wanted.given.region.as_deref(),
            ),
            ("context.region", self.wanted.region.as_deref()),
            ("AWS_REGION", self.environment.get("AWS_REGION")),
        ];
        for (path, region) in said {
            if let Some(region) = region {
                return Ok(Some(Region::parse(region, path)?));
            }
        }
        match self.setting("AWS_DEFAULT_REGION", "region")? {
            Some(region) => Ok(Some(Region::parse(
                &region,
                "AWS_DEFAULT_REGION or the profile's region",
            )?)),
            None => imds::region(self),
        }
    }

    /// The region, where a source cannot do without; `path` is what needs it.
    pub(super) fn needed_region(&mut self, path: &str) -> Result<Region, Stop> {
        self.region()?.ok_or_else(|| {
            let message = "a region is required to assume a role, but missing: add \"region\" to the credentials, set \
                           AWS_REGION, or add a region to the profile";
            broken(path, message).into()
        })
    }

    /// Where AWS's own `service` is: the address that the environment gives, else the region's.
    pub(super) fn endpoint(
        &self,
        service: &'static str,
        variable: &'static str,
        region: &Region,
    ) -> Result<Endpoint, Error> {
        for path in [variable, "AWS_ENDPOINT_URL"] {
            let Some(url) = self.environment.get(path) else {
                continue;
            };
            let endpoint = at(url, path, region)?;
            // Tokens go there, and keys come back.
            if !endpoint.keeps_secrets() {
                let message = format!(
                    "{path} has a URL without encryption, which is not supported for secrets: use https"
                );
                return Err(broken(path, message));
            }
            return Ok(endpoint);
        }
        Ok(Endpoint::of_service(service, region, self.environment))
    }
}

/// The address in a variable; `path` is its name.
pub(super) fn at(url: &str, path: &str, region: &Region) -> Result<Endpoint, Error> {
    let context = Context {
        endpoint: Some(url.to_owned()),
        ..Context::default()
    };
    Endpoint::choose(region, &context, &Environment::default()).map_err(|error| Error {
        path: Some(path.to_owned()),
        kind: ErrorKind::Authentication,
        message: format!("{path}: {}", error.message),
        ..error
    })
}

/// Whether the same request may succeed a little later.
fn is_passing(head: &Head, body: &[u8]) -> bool {
    head.status == 429 || head.status >= 500 || (head.status == 400 && sts::is_passing(body))
}

/// A form as a body; the buffer that it was put together in is zeroed.
pub(super) fn body(parts: &[(&str, &str)]) -> Vec<u8> {
    encoded(parts).as_bytes().to_vec()
}

/// `name=value&…`, all but the unreserved characters percent-encoded (RFC 3986 §2.3).
pub(super) fn encoded(parts: &[(&str, &str)]) -> Zeroizing<String> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    // Room for all of it: a buffer that grows leaves secrets behind.
    let room = parts
        .iter()
        .map(|(name, value)| name.len() + 3 * value.len() + 2);
    let mut text = Zeroizing::new(String::with_capacity(room.sum()));
    for (name, value) in parts {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    text.push(byte.into());
                }
                _ => {
                    text.push('%');
                    for digit in [byte >> 4, byte & 15] {
                        text.extend(HEX.get(usize::from(digit)).map(|digit| char::from(*digit)));
                    }
                }
            }
        }
    }
    text
}

/// The shell's mistake.
fn astray() -> Error {
    let message = "credentials: a file was answered with HTTP, or a request with a file";
    Error::new(ErrorKind::Internal, message)
}
