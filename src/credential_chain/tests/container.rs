//! The endpoint beside a container.

use super::*;

const RELATIVE: (&str, &str) = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "/v2/credentials/hidden?id=hidden",
);
const FULL: (&str, &str) = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "http://169.254.170.23/v1/credentials",
);

#[test]
fn a_container_s_endpoint_is_asked_with_its_token() {
    let file = ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/auth");
    let token = ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "hidden-1");
    for (variables, address, authorization) in [
        (&[FULL][..], "http://169.254.170.23/v1/credentials", None),
        (
            &[FULL, RELATIVE, token],
            "http://169.254.170.2/v2/credentials/hidden?id=hidden",
            Some("hidden-1"),
        ),
        (
            &[FULL, token, file],
            "http://169.254.170.23/v1/credentials",
            Some("hidden-2"),
        ),
    ] {
        let outcome = with(variables, &[REGION])
            .file("/auth", "hidden-2")
            .run(|_| vended_keys("ASIAECS", "2026-11-22T18:00:00Z"));
        assert_eq!(outcome.key(), "ASIAECS");
        assert_eq!(outcome.asked(), [format!("GET {address}")]);
        let (request, _) = &outcome.requests[0];
        assert_eq!(header(request, "authorization"), authorization);
        assert_eq!(header(request, "accept"), Some("application/json"));
    }
    for (auth, says) in [
        (Some("hidden\n"), "line break"),
        (Some("hidden\r\nx-evil: 1"), "line break"),
        (None, "names the file /auth, which does not exist"),
    ] {
        let mut world = World::new(&[FULL, file, REGION]);
        if let Some(auth) = auth {
            world = world.file("/auth", auth);
        }
        let error = world.alone().error();
        assert_eq!(error.path.as_deref(), Some(file.0));
        assert!(error.message.contains(says), "{}", error.message);
    }
}

#[test]
fn vended_credentials_are_read_in_every_form_and_refused_where_they_are_none() {
    let ask = |status: u16, body: &str| World::new(&[FULL, REGION]).run(|_| http(status, body));
    let taken = r#"{"accesskeyid":"ASIAECS","SECRETACCESSKEY":"hidden","SessionToken":"hidden","ExpiresAt":"2026-11-22T18:00:00Z","Code":null}"#;
    assert_eq!(ask(200, taken).key(), "ASIAECS");
    for (status, body, says) in [
        (200, "", "expected a JSON object, got nothing"),
        (200, r#"{"AccessKeyId":"hidden"#, "invalid JSON"),
        (200, r#"{"AccessKeyId":7}"#, "without AccessKeyId"),
        (200, r#"{"AccessKeyId":"i"}"#, "without SecretAccessKey"),
        (
            200,
            r#"{"AccessKeyId":"i","SecretAccessKey":"hidden"}"#,
            "without Token",
        ),
        (
            200,
            r#"{"AccessKeyId":"i","SecretAccessKey":"hidden","Token":"hidden"}"#,
            "without Expiration",
        ),
        (
            200,
            r#"{"AccessKeyId":"i","SecretAccessKey":"hidden","Token":"hidden","Expiration":"hidden"}"#,
            "not a time",
        ),
        (
            200,
            r#"{"AccessKeyId":"i","SecretAccessKey":"hidden","Token":"hidden","Expiration":"2026-11-22T12:00:00Z"}"#,
            "returned expired credentials",
        ),
        (
            200,
            r#"{"Code":"Failed","Message":"no role"}"#,
            "refuses with Failed (no role)",
        ),
        (
            404,
            r#"{"code":"NoSuchRole","message":"gone"}"#,
            "refuses with NoSuchRole (gone): check the role",
        ),
        (404, "hidden", "refuses with HTTP 404: check the role"),
    ] {
        let error = ask(status, body).error();
        assert_eq!(error.kind, ErrorKind::Authentication);
        assert_eq!(error.path.as_deref(), Some(FULL.0));
        assert!(error.message.contains(says), "{body}: {}", error.message);
    }
}

#[test]
fn a_container_s_endpoint_is_asked_three_times() {
    for failure in [
        || http(503, ""),
        || http(429, ""),
        || Answer::NoAnswer("no route".into()),
    ] {
        let mut left = 2;
        let outcome = World::new(&[FULL, REGION]).run(|_| {
            left -= 1;
            if left < 0 {
                vended_keys("ASIAECS", "2026-11-22T18:00:00Z")
            } else {
                failure()
            }
        });
        assert_eq!(outcome.key(), "ASIAECS");
        let hints: Vec<_> = outcome.requests.iter().map(|(_, hints)| *hints).collect();
        let expected = |attempt: u32, pause_ms| Hints {
            pause_ms,
            connect_ms: 2000,
            answer_ms: 5000,
            attempt,
            attempts: 3,
        };
        assert_eq!(
            hints,
            [expected(1, 0), expected(2, 1000), expected(3, 2000)]
        );
        let outcome = World::new(&[FULL, REGION]).run(|_| failure());
        assert_eq!(outcome.requests.len(), 3);
        assert!(outcome.error().retryable);
    }
    // What a service asks for counts, up to five seconds.
    for (seconds, pause) in [("2", 2000), ("3600", 5000)] {
        let outcome = World::new(&[FULL, REGION]).run(|_| {
            Answer::Http(
                Head::new(503, [("retry-after", seconds)]),
                Vec::new().into(),
            )
        });
        assert_eq!(outcome.requests[1].1.pause_ms, pause);
    }
}
