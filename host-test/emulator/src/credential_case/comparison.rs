//! What of a request must be as recorded.
//!
//! Not compared, because each SDK does it in its own way: the order of parameters and headers, `host`,
//! `user-agent`, `accept-encoding`, the `amz-sdk-` headers, parameters of the content type, the time,
//! and a session name that botocore made up.

use super::CaseRequest;
use super::replay::Part;
use crate::auth::{AccessKey, Gate};
use crate::config::Config;
use crate::credential_services::parameters;
use crate::sigv4::{ALGORITHM, Authorization, Signable};

/// Secret of every key that signed while the cases were recorded.
const SECRET: &str = "s";
/// How botocore begins the session names that it makes up; they end in the time.
const MADE_UP_SESSION: &str = "botocore-session-";
const FORM: &str = "application/x-www-form-urlencoded";
const ABSENT: &str = "nothing";

/// How a header is held to the record.
enum Rule {
    /// The same value, or absent as there.
    Same,
    /// The same value if there is one in the record.
    SameIfRecorded,
    /// The same media type if there is one in the record.
    SameMediaType,
    /// Some value, or absent as there.
    Presence,
    /// The same key, scope and signed headers, and a good signature; any other scheme word by word.
    Signature,
}

const HEADERS: &[(&str, Rule)] = &[
    ("accept", Rule::SameIfRecorded),
    ("authorization", Rule::Signature),
    ("content-type", Rule::SameMediaType),
    ("x-amz-date", Rule::Presence),
    ("x-amz-security-token", Rule::Same),
    ("x-amz-sso_bearer_token", Rule::Same),
    ("x-aws-ec2-metadata-token", Rule::Same),
    ("x-aws-ec2-metadata-token-ttl-seconds", Rule::Same),
];

/// Every difference between a request and its record.
pub(super) fn differences(
    config: &Config,
    recorded: &CaseRequest,
    seen: &Signable<'_>,
) -> Vec<Part> {
    let (path, query) = recorded
        .target()
        .split_once('?')
        .unwrap_or((recorded.target(), ""));
    let mut found: Vec<Part> = [
        different("method", recorded.method(), seen.method),
        different("path", path, seen.path),
        different("query", &sorted(query), &sorted(seen.query)),
        body(recorded, seen),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (name, rule) in HEADERS {
        let (expected, sent) = (recorded.header(name), seen.header(name));
        let part = format!("header {name}");
        let same = || different(&part, expected.unwrap_or(ABSENT), sent.unwrap_or(ABSENT));
        found.extend(match (rule, expected) {
            (Rule::SameIfRecorded | Rule::SameMediaType, None) => None,
            (Rule::Same | Rule::SameIfRecorded, _) => same(),
            (Rule::SameMediaType, Some(expected)) => different(
                &part,
                media_type(expected),
                media_type(sent.unwrap_or(ABSENT)),
            ),
            (Rule::Presence, _) => {
                let presence = |value: Option<&str>| value.map_or(ABSENT, |_| "a value");
                different(&part, presence(expected), presence(sent))
            }
            (Rule::Signature, Some(expected)) if expected.starts_with(ALGORITHM) => {
                signature(config, &part, expected, seen)
            }
            (Rule::Signature, _) => same(),
        });
    }
    found
}

fn different(part: &str, expected: &str, seen: &str) -> Option<Part> {
    (expected != seen).then(|| (part.to_owned(), expected.to_owned(), seen.to_owned()))
}

fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Parameters, decoded and in order of their names, so that two orders compare as the same.
fn sorted(form: &str) -> String {
    let mut pairs = parameters(form);
    pairs.sort();
    let pairs = pairs.iter().map(|(name, value)| match name.as_str() {
        "RoleSessionName" if value.starts_with(MADE_UP_SESSION) => format!("{name}=<any>"),
        _ => format!("{name}={value}"),
    });
    pairs.collect::<Vec<_>>().join(" & ")
}

fn body(recorded: &CaseRequest, seen: &Signable<'_>) -> Option<Part> {
    let text = String::from_utf8_lossy(seen.body);
    let content_type = recorded.header("content-type").unwrap_or_default();
    if media_type(content_type) != FORM {
        return different("body", &recorded.body, &text);
    }
    let expected = sorted(&recorded.body);
    let made_up = expected.contains("RoleSessionName=<any>");
    let mut text = sorted(&text);
    if let (true, Some(name)) = (made_up, session_name(seen)) {
        text = text.replace(&format!("RoleSessionName={name}"), "RoleSessionName=<any>");
    }
    different("body", &expected, &text)
}

/// The session name in a form, unless it is empty.
fn session_name(seen: &Signable<'_>) -> Option<String> {
    let form = parameters(&String::from_utf8_lossy(seen.body));
    let mut names = form
        .into_iter()
        .filter(|(name, _)| name == "RoleSessionName");
    names
        .next()
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty())
}

fn signature(config: &Config, part: &str, expected: &str, seen: &Signable<'_>) -> Option<Part> {
    let sent = seen.header("authorization").unwrap_or(ABSENT);
    let (Ok(recorded), Ok(signed)) = (
        expected.parse::<Authorization>(),
        sent.parse::<Authorization>(),
    ) else {
        return different(part, expected, sent);
    };
    let scope = |it: &Authorization| {
        let scope = &it.scope;
        format!("{} in {}/{}", it.access_key_id, scope.region, scope.service)
    };
    if scope(&recorded) != scope(&signed) {
        return different(part, &scope(&recorded), &scope(&signed));
    }
    let unsigned = recorded
        .signed_headers
        .iter()
        .find(|name| !signed.signed_headers.contains(name));
    if let Some(name) = unsigned {
        let names = signed.signed_headers.join(";");
        return different(part, &format!("a signature over {name}"), &names);
    }
    if !config.check_auth {
        return None;
    }
    let mut key = AccessKey::new(recorded.access_key_id.as_str(), SECRET);
    // The token's own value is compared as a header.
    key.session_token = seen.header("x-amz-security-token").map(str::to_owned);
    let gate = Gate {
        region: &recorded.scope.region,
        other_regions: &[],
        service: &recorded.scope.service,
        access_keys: &[key],
        bearer_tokens: &[],
        clock: config.clock,
    };
    let error = gate.admit(seen).err()?;
    different(part, "a good signature", &error.to_string())
}
