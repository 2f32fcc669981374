//! Recorded cases of the credential chain: read, laid out, and played again.

mod support;

use bedrock_emulator::credential_case::CaseExchange;
use bedrock_emulator::sigv4::Authorization;
use bedrock_emulator::{Config, CredentialCase, CredentialServices, Difference, Emulator};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use support::{Outgoing, Signer, hello, path, stopped_clock};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/credentials")
}

fn case(name: &str) -> CredentialCase {
    CredentialCase::read(&folder().join(format!("{name}.json"))).expect("a case")
}

fn cases() -> Vec<CredentialCase> {
    CredentialCase::read_all(&folder()).expect("the cases")
}

async fn replay(case: &CredentialCase) -> Emulator {
    let config = Config {
        credential_services: CredentialServices {
            replay: Some(case.clone()),
            ..CredentialServices::default()
        },
        ..stopped_clock()
    };
    Emulator::start(config).await.expect("a port")
}

/// How the recorded request would be signed now.
fn signer(recorded: &CaseExchange) -> Option<Signer> {
    let signed = recorded.request.header("authorization")?;
    let signed: Authorization = signed.parse().ok()?;
    let token = recorded.request.header("x-amz-security-token");
    Some(Signer {
        id: signed.access_key_id,
        secret: "s".to_owned(),
        region: signed.scope.region,
        service: signed.scope.service,
        token: token.map(str::to_owned),
        ..Signer::default()
    })
}

/// The recorded request before it is signed.
fn request(recorded: &CaseExchange) -> Outgoing {
    let signed = signer(recorded).is_some();
    let headers = recorded.request.headers.iter();
    let headers = headers.filter(|(name, _)| match name.to_ascii_lowercase().as_str() {
        "content-length" => false,
        "authorization" | "x-amz-date" | "x-amz-security-token" => !signed,
        name => !name.starts_with("amz-sdk-"),
    });
    Outgoing {
        method: recorded.request.method().to_owned(),
        path: recorded.request.target().to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect(),
        body: recorded.request.body.clone().into_bytes(),
    }
}

fn signed(request: Outgoing, recorded: &CaseExchange) -> Outgoing {
    match signer(recorded) {
        Some(signer) => request.signed(&signer),
        None => request,
    }
}

/// What a single exchange of a case reports of a changed request.
async fn reported(case: &CredentialCase, at: usize, request: Outgoing) -> Vec<Difference> {
    let mut single = case.clone();
    single.exchanges = vec![case.exchanges[at].clone()];
    let emulator = replay(&single).await;
    request.send(emulator.addr()).await;
    emulator.failed_expectations()
}

#[test]
fn every_case_is_read() {
    let cases = cases();
    assert_eq!(cases.len(), 31);
    assert_eq!(
        cases.iter().filter(|case| case.finds_credentials()).count(),
        23
    );
    assert_eq!(cases.iter().filter(|case| case.error.is_some()).count(), 5);
    for case in &cases {
        assert!(
            !(case.finds_credentials() && case.error.is_some()),
            "{}",
            case.name
        );
    }
}

#[test]
fn what_is_no_case_is_an_error_that_names_the_file() {
    let missing = CredentialCase::read(Path::new("missing.json")).expect_err("no file");
    assert!(missing.to_string().starts_with("missing.json: "));
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let error = CredentialCase::read(&manifest).expect_err("no JSON");
    assert!(error.to_string().contains("Cargo.toml: "));
    assert!(CredentialCase::read_all(Path::new("missing")).is_err());
}

#[test]
fn environment_and_files_stand_at_the_given_address_and_folder() {
    let address: SocketAddr = "127.0.0.1:4711".parse().expect("an address");
    for case in cases() {
        let environment = case.environment_at(address, "/home/u");
        let files = case.files("/home/u");
        let texts = environment.iter().map(|(_, value)| value);
        for text in texts.chain(files.iter().map(|file| &file.text)) {
            assert!(!text.contains('<'), "{}: {text}", case.name);
            for named in text
                .split(['=', '\n'])
                .filter(|t| t.starts_with("/home/u/"))
            {
                let path = &named["/home/u/".len()..];
                let is_there = files.iter().any(|file| file.path == path);
                assert!(is_there, "{}: {path}", case.name);
            }
        }
    }
    let environment = case("container_full_uri_auth_token").environment_at(address, "");
    let uri = (
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "http://127.0.0.1:4711/container/creds",
    );
    assert!(environment.contains(&(uri.0.to_owned(), uri.1.to_owned())));
}

#[test]
fn the_files_hold_what_the_recorded_requests_carry() {
    let mut compared = 0;
    for case in cases() {
        let files = case.files("/home/u");
        let text = |path: &str| {
            let found = files.iter().find(|file| file.path.starts_with(path));
            found.map(|file| file.text.clone())
        };
        for exchange in &case.exchanges {
            let request = &exchange.request;
            if let Some((_, token)) = request.body.split_once("WebIdentityToken=") {
                assert_eq!(text("token").as_deref(), Some(token), "{}", case.name);
                compared += 1;
            }
            if let Some(token) = request.header("x-amz-sso_bearer_token") {
                let cached = text(".aws/sso/cache/").expect("a token");
                assert!(cached.contains(&format!("\"{token}\"")), "{}", case.name);
                compared += 1;
            }
            if let Some(authorization) = text("auth") {
                let sent = request.header("authorization");
                assert_eq!(sent, Some(authorization.as_str()), "{}", case.name);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 6);
}

#[tokio::test]
async fn a_case_played_as_recorded_has_no_difference() {
    for case in cases() {
        let emulator = replay(&case).await;
        let waiting = emulator.failed_expectations().len();
        assert_eq!(waiting, case.exchanges.len(), "{}", case.name);
        for recorded in &case.exchanges {
            let request = signed(request(recorded), recorded);
            let answer = request.send(emulator.addr()).await;
            let expected = &recorded.response;
            assert_eq!(answer.status(), expected.status, "{}", case.name);
            assert_eq!(answer.content(), expected.body.as_bytes(), "{}", case.name);
            for (name, value) in &expected.headers {
                assert_eq!(answer.header(name).as_ref(), Some(value), "{}", case.name);
            }
        }
        assert_eq!(emulator.failed_expectations(), [], "{}", case.name);
        let log = emulator.credential_requests();
        assert_eq!(log.len(), case.exchanges.len());
    }
}

#[tokio::test]
async fn every_part_that_matters_is_compared() {
    type Change = fn(&mut Outgoing);
    fn set(request: &mut Outgoing, name: &str, value: &str) {
        request.headers.retain(|(seen, _)| seen != name);
        request.headers.push((name.to_owned(), value.to_owned()));
    }
    let token = "x-aws-ec2-metadata-token";
    let rows: &[(&str, usize, &str, Change)] = &[
        ("imds", 0, "method", |r| r.method = "GET".to_owned()),
        ("imds", 0, "path", |r| r.path.push('/')),
        (
            "imds",
            0,
            "header x-aws-ec2-metadata-token-ttl-seconds",
            |r| {
                set(r, "x-aws-ec2-metadata-token-ttl-seconds", "60");
            },
        ),
        ("imds", 0, "body", |r| r.body.push(b'x')),
        ("imds", 1, "header x-aws-ec2-metadata-token", |r| {
            r.headers
                .retain(|(name, _)| name != "x-aws-ec2-metadata-token");
        }),
        ("imds", 1, "header authorization", |r| {
            set(r, "authorization", "Basic x")
        }),
        ("sso_session", 0, "query", |r| r.path.push_str("&more=1")),
        ("sso_session", 0, "header x-amz-sso_bearer_token", |r| {
            set(r, "x-amz-sso_bearer_token", "other");
        }),
        ("container_full_uri_auth_token", 0, "header accept", |r| {
            set(r, "accept", "*/*")
        }),
        (
            "container_full_uri_auth_token",
            0,
            "header authorization",
            |r| {
                set(r, "authorization", "Basic abd");
            },
        ),
        ("web_identity", 0, "body", |r| {
            r.body.extend(b"&DurationSeconds=900")
        }),
        ("web_identity", 0, "header content-type", |r| {
            set(r, "content-type", "text/plain");
        }),
        ("web_identity", 0, "header x-amz-date", |r| {
            set(r, "x-amz-date", "now")
        }),
    ];
    for (name, at, part, change) in rows {
        let case = case(name);
        let recorded = &case.exchanges[*at];
        let mut request = signed(request(recorded), recorded);
        change(&mut request);
        let parts: Vec<String> = reported(&case, *at, request)
            .await
            .into_iter()
            .map(|difference| difference.part)
            .collect();
        assert_eq!(parts, [*part], "{name}");
    }
    let case = case("imds_token_403_v1_fallback");
    let tokenless = request(&case.exchanges[1]).header(token, "x");
    assert_eq!(reported(&case, 1, tokenless).await.len(), 1);
}

#[tokio::test]
async fn a_signature_is_held_to_key_scope_headers_and_truth() {
    let case = case("credential_source_ecs");
    let recorded = &case.exchanges[1];
    let good = signer(recorded).expect("a signed request");
    type Change = fn(&mut Signer);
    let rows: &[(Change, &str)] = &[
        (|s| s.id = "AKIDX".to_owned(), "AKIDX in us-east-2/sts"),
        (
            |s| s.region = "us-east-1".to_owned(),
            "ASIACONTAINER in us-east-1/sts",
        ),
        (
            |s| s.service = "bedrock".to_owned(),
            "ASIACONTAINER in us-east-2/bedrock",
        ),
        (
            |s| s.secret = "x".to_owned(),
            "403 InvalidSignatureException: ",
        ),
        (
            |s| s.date = "20261122T110000Z".to_owned(),
            "403 InvalidSignatureException: Signature expired",
        ),
    ];
    for (change, seen) in rows {
        let mut signer = good.clone();
        change(&mut signer);
        let differences = reported(&case, 1, request(recorded).signed(&signer)).await;
        assert_eq!(differences.len(), 1, "{differences:?}");
        assert_eq!(differences[0].part, "header authorization");
        assert!(differences[0].seen.starts_with(seen), "{differences:?}");
    }
    let mut bare = request(recorded);
    bare.headers.retain(|(name, _)| name != "content-type");
    let differences = reported(&case, 1, bare.signed(&good)).await;
    let parts: Vec<&str> = differences.iter().map(|it| it.part.as_str()).collect();
    assert_eq!(parts, ["header authorization", "header content-type"]);
    let other = Signer {
        token: Some("other".to_owned()),
        ..good
    };
    let differences = reported(&case, 1, request(recorded).signed(&other)).await;
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].part, "header x-amz-security-token");
}

#[tokio::test]
async fn each_sdks_own_ways_make_no_difference() {
    let case = case("source_profile_assume_role");
    let recorded = &case.exchanges[0];
    let mut request = request(recorded);
    let text = String::from_utf8(request.body).expect("UTF-8");
    let mut pairs: Vec<String> = text.split('&').map(str::to_owned).collect();
    pairs.reverse();
    for pair in &mut pairs {
        if pair.starts_with("RoleSessionName=") {
            *pair = "RoleSessionName=assume-role-from-profile-1".to_owned();
        }
    }
    request.body = pairs.join("&").into_bytes();
    for (name, value) in &mut request.headers {
        match name.as_str() {
            "content-type" => *value = "application/x-www-form-urlencoded".to_owned(),
            "user-agent" => *value = "another".to_owned(),
            _ => {}
        }
    }
    let request = signed(request.header("x-amz-user-agent", "another"), recorded);
    assert_eq!(reported(&case, 0, request.clone()).await, []);
    let mut nameless = request;
    nameless.body = pairs
        .join("&")
        .replace("assume-role-from-profile-1", "")
        .into_bytes();
    let parts: BTreeMap<String, String> = reported(&case, 0, nameless)
        .await
        .into_iter()
        .map(|difference| (difference.part, difference.seen))
        .collect();
    assert!(parts.contains_key("body"), "{parts:?}");
}

#[tokio::test]
async fn a_request_too_many_and_one_that_never_comes_are_told() {
    let case = case("prec_container_vs_imds");
    let emulator = replay(&case).await;
    let missing = emulator.failed_expectations();
    assert_eq!(
        missing[0].to_string(),
        "prec_container_vs_imds, exchange 1, request: expected GET /container/creds, seen nothing"
    );
    let first = request(&case.exchanges[0]);
    assert_eq!(first.send(emulator.addr()).await.status(), 200);
    assert_eq!(emulator.failed_expectations(), []);
    assert_eq!(first.send(emulator.addr()).await.status(), 500);
    let extra = emulator.failed_expectations();
    assert_eq!((extra.len(), extra[0].exchange), (1, 2));
    assert_eq!(extra[0].expected, "no more requests");
}

#[tokio::test]
async fn bedrock_is_served_beside_a_replay() {
    let emulator = replay(&case("imds")).await;
    let request = Outgoing::post(path("converse"), &hello()).signed(&Signer::default());
    assert_eq!(request.send(emulator.addr()).await.status(), 200);
    assert_eq!(emulator.failed_expectations().len(), 3);
    assert_eq!(emulator.requests().len(), 1);
}
