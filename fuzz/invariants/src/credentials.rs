//! The credential chain: shared files, and the answers of STS, SSO, containers and instances.

use bedrock_provider::credential_chain::{Answer, Chain, Step, Wanted};
use bedrock_provider::credentials::{Credentials, blob};
use bedrock_provider::environment::Environment;
use bedrock_provider::http_message::{Head, HttpRequest};

use crate::question::{NOON, SECRET, assert_concealed};

/// Environments that lead to each source; `$` stands for a secret.
const VARIABLES: &[&[(&str, &str)]] = &[
    &[],
    &[("AWS_PROFILE", "p"), ("AWS_REGION", "eu-west-1")],
    &[
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r"),
    ],
    &[
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/auth"),
    ],
    &[
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "$"),
        ("AWS_SESSION_TOKEN", "$"),
    ],
    &[("AWS_BEARER_TOKEN_BEDROCK", "$")],
    &[
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "$"),
    ],
];

/// Their number.
pub(crate) const ENVIRONMENTS: usize = VARIABLES.len();

/// Between the parts of an input.
pub(crate) const BETWEEN: u8 = 0;

/// Statuses, by the first byte of an answer.
const STATUSES: [u16; 8] = [200, 200, 200, 200, 400, 401, 404, 503];

/// Stands for a secret in an answer: services repeat what they refuse.
const ECHO: &str = "$T";

/// More questions than any chain asks.
const MAX_STEPS: usize = 200;

/// The first byte chooses the environment, or the text form of credentials (255). Behind it, between zeros: the config
/// file, the credentials file, and an answer for each request.
pub fn credentials(data: &[u8]) {
    let Some((number, rest)) = data.split_first() else {
        return;
    };
    if *number == u8::MAX {
        return text_form(rest);
    }
    let mut parts = rest.split(|byte| *byte == BETWEEN);
    let mut file = || with_secrets(parts.next().unwrap_or_default());
    let (config, shared) = (file(), file());
    let variables = VARIABLES[usize::from(*number) % ENVIRONMENTS];
    let mut variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.replace('$', SECRET)))
        .collect();
    variables.push(("HOME".into(), "/home/me".into()));
    let wanted = Wanted {
        given: Credentials {
            auth: None,
            region: None,
            expires_at: None,
        },
        role: None,
        profile: None,
        region: None,
    };
    let mut chain = Chain::new(Environment::new(variables), wanted, NOON);
    let mut answer = None;
    for _ in 0..MAX_STEPS {
        let step = chain.step(answer.take());
        let shown = format!("{step:?} {chain:?}");
        answer = Some(match step {
            Step::ReadFile(path) if path.ends_with("/config") => {
                Answer::File(config.clone().into())
            }
            Step::ReadFile(path) if path.ends_with("/credentials") => {
                Answer::File(shared.clone().into())
            }
            Step::ReadFile(path) if path.contains("/sso/cache/") => {
                let token =
                    format!(r#"{{"accessToken":"{SECRET}","expiresAt":"2099-01-01T00:00:00Z"}}"#);
                Answer::File(token.into_bytes().into())
            }
            Step::ReadFile(path) if path == "/token" || path == "/auth" => {
                Answer::File(SECRET.as_bytes().to_vec().into())
            }
            Step::ReadFile(_) => Answer::Missing,
            Step::Send(request, _) => {
                let shown = format!("{request:?}");
                assert!(!shown.contains(SECRET), "{shown}");
                match parts.next().and_then(<[u8]>::split_first) {
                    Some((status, body)) => {
                        let status = STATUSES[usize::from(*status) % STATUSES.len()];
                        let mut body = String::from_utf8_lossy(body).into_owned();
                        if has_secret(&request) {
                            body = body.replace(ECHO, SECRET);
                        }
                        Answer::Http(Head::new(status, []), body.into_bytes().into())
                    }
                    None => Answer::NoAnswer("no route".into()),
                }
            }
            Step::Done(credentials) => {
                let text = blob::encode(&credentials, None);
                // An answer may have given anything for its key's id, a secret of ours too.
                let is_echo = data.windows(ECHO.len()).any(|two| two == ECHO.as_bytes());
                assert!(is_echo || !shown.contains(SECRET), "{shown}");
                return same(&credentials, &text);
            }
            Step::Failed(error) => {
                assert_concealed(&error);
                return;
            }
        });
        assert!(!shown.contains(SECRET), "{shown}");
    }
    panic!("no end after {MAX_STEPS} steps: {chain:?}");
}

/// Whether it is sent a secret of ours, and so can repeat it.
fn has_secret(request: &HttpRequest) -> bool {
    let has = |bytes: &[u8]| {
        bytes
            .windows(SECRET.len())
            .any(|part| part == SECRET.as_bytes())
    };
    let mut headers = request.headers.iter();
    has(&request.body) || headers.any(|(_, value)| has(value.as_bytes()))
}

/// What was found, read from its text form again; it has one where it has a region.
fn same(credentials: &Credentials, text: &str) {
    match blob::decode(text) {
        Ok(again) => assert_eq!(&again, credentials),
        Err(error) => {
            assert_concealed(&error);
            assert_eq!(credentials.region, None, "{error:?}");
        }
    }
}

/// A file in which what is a secret by its name is one of ours.
fn with_secrets(file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in file.split_inclusive(|byte| *byte == b'\n') {
        let names = ["aws_secret_access_key", "aws_session_token"];
        let name = names.iter().find(|name| line.starts_with(name.as_bytes()));
        match name {
            Some(name) => out.extend(format!("{name} = {SECRET}\n").bytes()),
            None => out.extend(line),
        }
    }
    out
}

/// The text form: what is read and written is read as the same, and a refusal does not repeat a value.
fn text_form(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match blob::decode_with_role(&text) {
        Ok((credentials, role)) => {
            let written = blob::encode(&credentials, role.as_ref());
            let again = blob::decode_with_role(&written);
            assert_eq!(again, Ok((credentials, role)));
        }
        Err(error) => assert_concealed(&error),
    }
    let hidden = text.replace(ECHO, SECRET);
    if let Err(error) = blob::decode_with_role(&hidden) {
        assert_concealed(&error);
    }
}
