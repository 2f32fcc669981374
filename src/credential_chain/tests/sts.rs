//! STS: where it is, and what it answers.

use super::*;

const WEB_IDENTITY: [(&str, &str); 3] = [
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
    ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r"),
    ("AWS_REGION", "eu-west-1"),
];

#[test]
fn sts_is_called_where_the_region_s_partition_has_it() {
    let (fips, dual) = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT");
    let own = |url| ("AWS_ENDPOINT_URL_STS", url);
    for (region, variables, expected) in [
        ("us-east-1", &[][..], "https://sts.us-east-1.amazonaws.com/"),
        (
            "cn-north-1",
            &[],
            "https://sts.cn-north-1.amazonaws.com.cn/",
        ),
        (
            "eusc-de-east-1",
            &[],
            "https://sts.eusc-de-east-1.amazonaws.eu/",
        ),
        (
            "us-iso-east-1",
            &[],
            "https://sts.us-iso-east-1.c2s.ic.gov/",
        ),
        (
            "us-east-1",
            &[(fips, "true")],
            "https://sts-fips.us-east-1.amazonaws.com/",
        ),
        (
            "us-east-1",
            &[(dual, "true")],
            "https://sts.us-east-1.api.aws/",
        ),
        (
            "us-gov-west-1",
            &[(fips, "true")],
            "https://sts.us-gov-west-1.amazonaws.com/",
        ),
        (
            "us-gov-west-1",
            &[(fips, "true"), (dual, "true")],
            "https://sts-fips.us-gov-west-1.api.aws/",
        ),
        (
            "us-east-1",
            &[
                own("https://vpce.example.com/x"),
                ("AWS_ENDPOINT_URL", "https://no"),
            ],
            "https://vpce.example.com/x/",
        ),
        (
            "us-east-1",
            &[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")],
            "http://127.0.0.1:4566/",
        ),
    ] {
        let outcome = with(&KEYS, variables)
            .wanting(Wanted {
                region: Some(region.into()),
                ..role()
            })
            .run(|_| sts_keys("ASIAROLE"));
        assert_eq!(outcome.asked(), [format!("POST {expected}")]);
    }
    for url in ["http://example.com", "no address hidden"] {
        let error = with(&KEYS, &[own(url)]).wanting(role()).alone().error();
        assert_eq!(error.path.as_deref(), Some("AWS_ENDPOINT_URL_STS"));
        assert_eq!(error.kind, ErrorKind::Authentication);
    }
}

#[test]
fn sts_s_errors_say_what_to_do_and_passing_ones_are_tried_again() {
    for (status, code, attempts, is_retryable, says) in [
        (403, "AccessDenied", 1, false, "trust policy"),
        (
            400,
            "ExpiredTokenException",
            1,
            false,
            "check that it is still renewed",
        ),
        (403, "RegionDisabledException", 1, false, "activate STS"),
        (400, "Strange", 1, false, "refuses with Strange (so it is)"),
        (400, "IDPCommunicationError", 3, true, "retry"),
        (400, "Throttling", 3, true, "Throttling"),
        (500, "InternalFailure", 3, true, "InternalFailure"),
    ] {
        let outcome = World::new(&WEB_IDENTITY)
            .file("/token", "hidden")
            .run(|_| sts_error(status, code));
        let pauses: Vec<_> = outcome
            .requests
            .iter()
            .map(|(_, hints)| hints.pause_ms)
            .collect();
        assert_eq!(pauses, [0, 500, 1000][..attempts], "{code}");
        let error = outcome.error();
        assert_eq!(error.kind, ErrorKind::Authentication);
        assert_eq!(error.code.as_deref(), Some(code));
        assert_eq!(error.status, Some(status));
        assert_eq!(error.request_id.as_deref(), Some("request-2"));
        assert_eq!(error.retryable, is_retryable, "{code}");
        assert_eq!(error.path.as_deref(), Some("AWS_WEB_IDENTITY_TOKEN_FILE"));
        assert!(error.message.contains(says), "{code}: {}", error.message);
    }
    let outcome = World::new(&WEB_IDENTITY).file("/token", "hidden").alone();
    assert_eq!(outcome.requests.len(), 3);
    let error = outcome.error();
    assert!(
        error.retryable && error.message.contains("did not answer (no route)"),
        "{}",
        error.message
    );
}

#[test]
fn an_answer_that_is_none_of_sts_s_is_refused() {
    let credentials = |members: &str| format!("<R><Credentials>{members}</Credentials></R>");
    let key = "<AccessKeyId>i</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey><SessionToken>hidden</SessionToken>";
    for (status, body, says) in [
        (200, String::new(), "without AccessKeyId"),
        (200, "<html>hidden</html>".into(), "without AccessKeyId"),
        (200, credentials(key), "without Expiration"),
        (
            200,
            credentials(&format!("{key}<Expiration>soon</Expiration>")),
            "not a time",
        ),
        (
            200,
            credentials(&format!(
                "{key}<Expiration>2026-11-22T12:00:00Z</Expiration>"
            )),
            "returned expired credentials: check this machine's clock",
        ),
        (
            404,
            "<html>hidden</html>".into(),
            "HTTP 404: check AWS_ENDPOINT_URL_STS",
        ),
    ] {
        let world = World::new(&WEB_IDENTITY).file("/token", "hidden");
        let error = world.run(|_| http(status, &body)).error();
        assert_eq!(error.kind, ErrorKind::Authentication);
        assert!(error.message.contains(says), "{body}: {}", error.message);
    }
}

#[test]
fn a_token_file_is_read_and_must_hold_a_token() {
    for (token, says) in [
        (None, "does not exist"),
        (Some(&b"<unreadable>"[..]), "cannot be read (not permitted)"),
        (Some(b" \n"), "is empty"),
        (Some(b"\xff"), "not UTF-8"),
    ] {
        let mut world = World::new(&WEB_IDENTITY);
        if let Some(token) = token {
            world = world.file("/token", token);
        }
        let error = world.alone().error();
        assert_eq!(error.path.as_deref(), Some("AWS_WEB_IDENTITY_TOKEN_FILE"));
        assert!(error.message.contains("/token"), "{}", error.message);
        assert!(error.message.contains(says), "{}", error.message);
    }
    let outcome = World::new(&WEB_IDENTITY)
        .file("/token", "hidden-jwt\n")
        .run(|_| sts_keys("ASIAROLE"));
    let (request, _) = &outcome.requests[0];
    assert_eq!(form(&request.body)["WebIdentityToken"], "hidden-jwt");
    assert_eq!(header(request, "authorization"), None);
}
