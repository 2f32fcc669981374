//! The chain in worlds of a test's own: files in memory, and a service for each request.

mod call;
mod container;
mod imds;
mod noise;
mod profiles;
mod sso;
mod sts;
mod vectors;

use std::collections::BTreeMap;

use super::*;

/// 2026-11-22T12:00:00Z.
const NOON: u64 = 1_795_348_800_000;

/// Stands for every secret, so that a test can look for it where none may be.
const HIDDEN: &str = "hidden";

/// More questions than any chain asks.
const MAX_STEPS: usize = 200;

/// What surrounds a chain.
#[derive(Default)]
struct World {
    variables: Vec<(String, String)>,
    files: BTreeMap<String, Vec<u8>>,
    wanted: Option<Wanted>,
}

/// What a chain did.
struct Outcome {
    files: Vec<String>,
    requests: Vec<(HttpRequest, Hints)>,
    result: Result<Credentials, Error>,
}

fn nothing() -> Wanted {
    Wanted {
        given: Credentials {
            auth: None,
            region: None,
            expires_at: None,
        },
        role: None,
        profile: None,
        region: None,
    }
}

impl World {
    fn new(variables: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut variables: Vec<_> = variables.iter().map(own).collect();
        variables.push(("HOME".into(), "/home/me".into()));
        World {
            variables,
            ..World::default()
        }
    }

    /// With a file; `~` is the user's directory.
    fn file(mut self, path: &str, text: impl Into<Vec<u8>>) -> Self {
        self.files
            .insert(path.replacen('~', "/home/me", 1), text.into());
        self
    }

    fn wanting(mut self, wanted: Wanted) -> Self {
        self.wanted = Some(wanted);
        self
    }

    fn chain(&self) -> Chain {
        let wanted = self.wanted.clone().unwrap_or_else(nothing);
        Chain::new(Environment::new(self.variables.clone()), wanted, NOON)
    }

    /// To the end. Nothing that is shown on the way tells a secret.
    fn run(&self, mut service: impl FnMut(&HttpRequest) -> Answer) -> Outcome {
        let mut chain = self.chain();
        let (mut files, mut requests) = (Vec::new(), Vec::new());
        let mut answer = None;
        for _ in 0..MAX_STEPS {
            let shown = format!("{answer:?}");
            assert!(!shown.contains(HIDDEN), "{shown}");
            let step = chain.step(answer.take());
            let shown = format!("{step:?} {chain:?}");
            assert!(!shown.contains(HIDDEN), "{shown}");
            answer = Some(match step {
                Step::ReadFile(path) => {
                    let found = self.files.get(&path);
                    files.push(path);
                    match found {
                        Some(bytes) if bytes == b"<unreadable>" => {
                            Answer::Unreadable("not permitted".into())
                        }
                        Some(bytes) => Answer::File(bytes.clone().into()),
                        None => Answer::Missing,
                    }
                }
                Step::Send(request, hints) => {
                    let shown = format!("{:?}", request.headers);
                    assert!(!shown.contains(HIDDEN), "{shown}");
                    let answer = service(&request);
                    requests.push((request, hints));
                    answer
                }
                Step::Done(credentials) => {
                    return Outcome {
                        files,
                        requests,
                        result: Ok(credentials),
                    };
                }
                Step::Failed(error) => {
                    return Outcome {
                        files,
                        requests,
                        result: Err(error),
                    };
                }
            });
        }
        panic!("no end after {MAX_STEPS} steps: {files:?} {requests:?}");
    }

    /// To the end, where nothing answers.
    fn alone(&self) -> Outcome {
        self.run(|_| Answer::NoAnswer("no route".into()))
    }
}

impl Outcome {
    fn error(self) -> Error {
        match self.result {
            Err(error) => error,
            Ok(credentials) => panic!("{credentials:?}"),
        }
    }

    fn credentials(&self) -> &Credentials {
        match &self.result {
            Ok(credentials) => credentials,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// The access key's id.
    fn key(&self) -> &str {
        keys(self.credentials()).access_key_id()
    }

    /// Method and address of each request.
    fn asked(&self) -> Vec<String> {
        self.requests
            .iter()
            .map(|(request, _)| address(request))
            .collect()
    }
}

fn keys(credentials: &Credentials) -> &aws_credential_types::Credentials {
    match &credentials.auth {
        Some(Auth::SigV4(keys)) => keys,
        other => panic!("{other:?}"),
    }
}

fn address(request: &HttpRequest) -> String {
    let HttpRequest {
        method,
        scheme,
        authority,
        path,
        query,
        ..
    } = request;
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{method} {scheme}://{authority}{path}{mark}{query}")
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    let (_, value) = request.headers.iter().find(|(own, _)| *own == name)?;
    Some(value.to_str().expect("text"))
}

/// A form's fields, decoded, in the order of their names.
fn form(body: &[u8]) -> BTreeMap<String, String> {
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some((plain, escaped)) = rest.split_once('%') {
            bytes.extend(plain.bytes());
            bytes.push(u8::from_str_radix(&escaped[..2], 16).expect("hex"));
            rest = &escaped[2..];
        }
        bytes.extend(rest.bytes());
        String::from_utf8(bytes).expect("UTF-8")
    };
    let body = std::str::from_utf8(body).expect("UTF-8");
    body.split('&')
        .map(|field| field.split_once('=').expect("a field"))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn http(status: u16, body: &str) -> Answer {
    let head = Head::new(status, [("x-amzn-requestid", "request-1")]);
    Answer::Http(head, body.as_bytes().to_vec().into())
}

/// What STS answers; the key's id tells which role it is.
fn sts_keys(id: &str) -> Answer {
    http(
        200,
        &format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>hidden&amp;\
             </SecretAccessKey><SessionToken>hidden-{id}</SessionToken><Expiration>2026-11-22T13:00:00Z</Expiration>\
             </Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ),
    )
}

fn sts_error(status: u16, code: &str) -> Answer {
    http(
        status,
        &format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>so it is</Message></Error>\
             <RequestId>request-2</RequestId></ErrorResponse>"
        ),
    )
}

/// What a container's or an instance's endpoint answers.
fn vended_keys(id: &str, expiration: &str) -> Answer {
    http(
        200,
        &format!(
            r#"{{"Code":"Success","AccessKeyId":"{id}","SecretAccessKey":"hidden","Token":"hidden","Expiration":"{expiration}"}}"#
        ),
    )
}

/// An instance with a role, in eu-central-1.
fn instance(request: &HttpRequest) -> Answer {
    match (request.method, request.path.as_str()) {
        ("PUT", "/latest/api/token") => http(200, "hidden-metadata-token"),
        ("GET", "/latest/meta-data/iam/security-credentials/") => http(200, "my-role"),
        ("GET", "/latest/meta-data/iam/security-credentials/my-role") => {
            vended_keys("ASIAIMDS", "2026-11-22T18:00:00Z")
        }
        ("GET", "/latest/meta-data/placement/region") => http(200, "eu-central-1"),
        _ => http(404, ""),
    }
}

const REGION: (&str, &str) = ("AWS_REGION", "eu-west-1");

/// Keys in the environment, as far as secrets go.
const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AKIDENV"),
    ("AWS_SECRET_ACCESS_KEY", HIDDEN),
    ("AWS_SESSION_TOKEN", HIDDEN),
];

fn with(first: &[(&str, &str)], more: &[(&str, &str)]) -> World {
    World::new(&[first, more].concat())
}

/// A role to assume in us-west-2.
fn role() -> Wanted {
    Wanted {
        role: Some(Role {
            arn: "arn:aws:iam::1:role/wanted".into(),
            external_id: Some("ext&1".into()),
            session_name: Some("me".into()),
            duration_seconds: None,
        }),
        region: Some("us-west-2".into()),
        ..nothing()
    }
}

/// In `AWS_PROFILE`, with a region.
fn chosen(profile: &str) -> World {
    World::new(&[("AWS_PROFILE", profile), ("AWS_REGION", "eu-west-1")])
}
