//! IAM Identity Center: tokens in files.

use super::*;

const SESSION: &str = "[profile p]\nsso_session=corp\nsso_account_id=1\nsso_role_name=Dev Ops\n\
                       [sso-session corp]\nsso_region=eu-west-3\nsso_start_url=https://x.awsapps.com/start\n";
const LEGACY: &str = "[profile p]\nsso_account_id=1\nsso_role_name=Dev Ops\nsso_region=eu-west-3\n\
                      sso_start_url=https://x.awsapps.com/start\n";

/// The SHA-1 of `corp`.
const SESSION_FILE: &str = "/home/me/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

/// The SHA-1 of `https://x.awsapps.com/start`.
const LEGACY_FILE: &str = "/home/me/.aws/sso/cache/3947de8b16688092197fa616c34e01335f21d256.json";

fn cached(expires_at: &str) -> String {
    format!(r#"{{"accessToken":"hidden-sso","expiresAt":"{expires_at}","refreshToken":"hidden"}}"#)
}

#[test]
fn an_sso_token_is_found_by_its_session_or_else_by_its_start_address() {
    let reply = r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"hidden","sessionToken":"hidden","expiration":1795352400000}}"#;
    for (config, file) in [(SESSION, SESSION_FILE), (LEGACY, LEGACY_FILE)] {
        let outcome = chosen("p")
            .file("~/.aws/config", config)
            .file(file, cached("2026-11-22T12:00:01Z"))
            .run(|_| http(200, reply));
        assert_eq!(outcome.key(), "ASIASSO");
        assert_eq!(outcome.credentials().expires_at, Some(1_795_352_400_000));
        assert_eq!(
            outcome.asked(),
            [
                "GET https://portal.sso.eu-west-3.amazonaws.com/federation/credentials?role_name=Dev%20Ops&account_id=1"
            ]
        );
        let (request, _) = &outcome.requests[0];
        assert_eq!(
            header(request, "x-amz-sso_bearer_token"),
            Some("hidden-sso")
        );
    }
}

#[test]
fn an_sso_token_that_is_no_use_says_how_to_get_another() {
    for (token, says) in [
        (None, "does not exist"),
        (Some(cached("2026-11-22T12:00:00Z")), "has expired"),
        (Some(cached("soon")), "expiresAt is not a time"),
        (
            Some(r#"{"expiresAt":"2099-01-01T00:00:00Z"}"#.into()),
            "accessToken is missing",
        ),
        (
            Some(r#"{"accessToken":"hidden\n","expiresAt":"2099-01-01T00:00:00Z"}"#.into()),
            "is not a valid token",
        ),
        (Some(r#"{"accessToken":"hidden"#.into()), "invalid JSON"),
        (Some("<unreadable>".into()), "not permitted"),
        // The service does not know it.
        (
            Some(cached("2099-01-01T00:00:00Z")),
            "HTTP 401 (Session token not found)",
        ),
    ] {
        let mut world = chosen("p").file("~/.aws/config", SESSION);
        if let Some(token) = &token {
            world = world.file(SESSION_FILE, token.as_str());
        }
        let error = world
            .run(|_| http(401, r#"{"message":"Session token not found"}"#))
            .error();
        assert_eq!(error.kind, ErrorKind::Authentication);
        assert!(error.message.contains(says), "{token:?}: {}", error.message);
        assert!(
            error.message.contains("aws sso login --profile p"),
            "{}",
            error.message
        );
    }
}
