//! The chain against what botocore did: the same environment and files, request for request.
//!
//! Source: `tests/vectors/credentials`. Botocore chooses its sources in another order than the Rust SDK, which this chain
//! follows: [`OTHERWISE`] says where, and why.

use serde_json::Value;

use super::*;
use outcomes::Expected::{Failure, Keys};
use outcomes::{FAILURES, OTHERWISE};

#[path = "../../../tests/vectors/credential_outcomes.rs"]
mod outcomes;

/// Headers of botocore's transport, or that change from call to call.
const IGNORED: &[&str] = &[
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "content-length",
    "host",
    "user-agent",
    "x-amz-date",
];

fn filled(text: &str) -> String {
    text.replace("<port>", "8080").replace("<tmp>", "/tmp/x")
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} in {value}"))
}

fn world(case: &Value) -> World {
    let variables: Vec<(String, String)> = case["env"]
        .as_object()
        .expect("variables")
        .iter()
        .map(|(name, value)| (name.clone(), filled(value.as_str().expect("a text"))))
        .collect();
    let borrowed: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    // The files besides the shared ones were not recorded; what was in them is in the requests. The name of the SSO
    // token's is the SHA-1 of `corp`.
    let sso = "~/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    let token = r#"{"accessToken":"sso-session-token","expiresAt":"2099-01-01T00:00:00Z","region":"us-east-1"}"#;
    let jwt = "eyJhbGciOiJSUzI1NiJ9.e30.sig";
    World::new(&borrowed)
        .file("~/.aws/config", filled(text(case, "/config_file")))
        .file("~/.aws/credentials", text(case, "/credentials_file"))
        .file("/tmp/x/token", format!("{jwt}\n"))
        .file("/tmp/x/auth", "Bearer-ish podtoken")
        .file(sso, token)
        .wanting(Wanted {
            profile: case["profile_arg"].as_str().map(str::to_owned),
            ..nothing()
        })
}

/// The host that botocore would have called, had it not been sent to this machine.
fn host(case: &Value, path: &str) -> String {
    let region = case["result"]["region"]
        .as_str()
        .or(case["env"]["AWS_DEFAULT_REGION"].as_str());
    match path {
        "/" => format!("https://sts.{}.amazonaws.com", region.expect("a region")),
        "/federation/credentials" => "https://portal.sso.us-east-1.amazonaws.com".to_owned(),
        "/container/creds" => "http://127.0.0.1:8080".to_owned(),
        _ => "http://169.254.169.254".to_owned(),
    }
}

/// One request of ours is the recorded one: method, address, headers and the fields of its form.
fn compare(ours: &HttpRequest, theirs: &Value, case: &Value) {
    let name = text(case, "/name");
    let line = text(theirs, "/line").trim_end_matches(" HTTP/1.1");
    let (method, target) = line.split_once(' ').expect("a request line");
    let host = host(case, &ours.path);
    assert_eq!(address(ours), format!("{method} {host}{target}"), "{name}");

    let mut headers: BTreeMap<String, String> = theirs["headers"]
        .as_array()
        .expect("headers")
        .iter()
        .map(|header| {
            (
                text(header, "/0").to_lowercase(),
                text(header, "/1").to_owned(),
            )
        })
        .filter(|(name, _)| !IGNORED.contains(&name.as_str()))
        .collect();
    let mut own: BTreeMap<String, String> = ours
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.to_str().expect("text").to_owned()))
        .filter(|(name, _)| !IGNORED.contains(&name.as_str()))
        .collect();
    // The host, and so the signature, is another; who signs what for which service is the same.
    for headers in [&mut headers, &mut own] {
        if let Some(value) = headers.get_mut("authorization")
            && let Some(end) = value.find(", Signature=")
        {
            value.truncate(end);
        }
    }
    assert_eq!(own, headers, "{name}");

    let (body, own) = (text(theirs, "/body"), ours.body.as_slice());
    if body.is_empty() {
        return assert!(own.is_empty(), "{name}");
    }
    let (mut fields, mut own) = (form(body.as_bytes()), form(own));
    for (fields, prefix) in [
        (&mut fields, "botocore-session-"),
        (&mut own, "bedrock-provider-"),
    ] {
        if let Some(session) = fields.get_mut("RoleSessionName")
            && let Some(rest) = session.strip_prefix(prefix)
        {
            assert!(rest.bytes().all(|byte| byte.is_ascii_digit()), "{rest}");
            *session = "<default>".into();
        }
    }
    assert_eq!(own, fields, "{name}");
}

fn answer(exchange: &Value) -> Answer {
    let status = exchange["response"]["status"].as_u64().expect("a status");
    http(
        status.try_into().expect("a status"),
        text(exchange, "/response/body"),
    )
}

fn replay(case: &Value) {
    let name = text(case, "/name");
    let exchanges = case["http"].as_array().expect("exchanges");
    let otherwise = OTHERWISE.iter().find(|(own, ..)| *own == name);
    let mut next = exchanges.iter();
    let outcome = world(case).run(|request| {
        // Botocore does not ask the instance for its region.
        if request.path == "/latest/meta-data/placement/region" {
            return http(404, "");
        }
        match next.next() {
            Some(exchange) => {
                compare(request, &exchange["request"], case);
                answer(exchange)
            }
            None => {
                assert_eq!(
                    request.path, "/latest/api/token",
                    "{name}: one request too many"
                );
                Answer::NoAnswer("no instance".into())
            }
        }
    });
    let left = next.count();
    assert!(
        left == 0 || otherwise.is_some(),
        "{name}: {left} requests were not made"
    );

    let expected = match otherwise {
        Some((_, expected, _)) => match expected {
            Keys(id, has_token, region) => Ok((*id, *has_token, *region)),
            Failure(words) => Err(*words),
        },
        None => match case["result"]["access_key"].as_str() {
            Some(id) => Ok((
                id,
                case["result"]["token"].is_string(),
                case["result"]["region"].as_str(),
            )),
            None => {
                let failure = FAILURES.iter().find(|(own, _)| *own == name);
                Err(failure.unwrap_or_else(|| panic!("{name} is in no table")).1)
            }
        },
    };
    match expected {
        Ok((id, has_token, region)) => {
            let credentials = outcome.credentials();
            let keys = keys(credentials);
            assert_eq!(keys.access_key_id(), id, "{name}");
            assert_eq!(keys.session_token().is_some(), has_token, "{name}");
            if otherwise.is_none() {
                assert_eq!(
                    keys.session_token(),
                    case["result"]["token"].as_str(),
                    "{name}"
                );
            }
            assert_eq!(credentials.region.as_deref(), region, "{name}");
            let is_temporary = id.starts_with("ASIA");
            let end = is_temporary.then_some(4_070_908_800_000);
            assert_eq!(credentials.expires_at, end, "{name}");
        }
        Err(words) => {
            let error = outcome.error();
            assert_eq!(error.kind, ErrorKind::Authentication, "{name}");
            assert!(error.message.contains(words), "{name}: {}", error.message);
        }
    }
}

#[test]
fn every_recorded_exchange_is_made_again() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir("tests/vectors/credentials").expect("vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        let case: Value = serde_json::from_slice(&bytes).expect("JSON");
        replay(&case);
        names.push(text(&case, "/name").to_owned());
    }
    assert!(names.len() >= 31, "only {} cases", names.len());
    let told = OTHERWISE.iter().map(|(name, ..)| name);
    for name in told.chain(FAILURES.iter().map(|(name, _)| name)) {
        assert!(names.iter().any(|own| own == name), "no vector {name}");
    }
}
