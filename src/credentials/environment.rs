//! Credentials in environment variables: a Bedrock API key, else an access key.
//!
//! Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>; the API key comes first,
//! as in every AWS SDK.

use super::Auth;
use crate::canonical::{Error, ErrorKind};
use crate::environment::Environment;

/// A Bedrock API key.
pub(crate) fn bearer(environment: &Environment) -> Option<Auth> {
    environment
        .get("AWS_BEARER_TOKEN_BEDROCK")
        .map(Auth::bearer)
}

/// An access key. None: nothing is configured here. An error: something is, and it cannot work.
pub(crate) fn keys(environment: &Environment) -> Result<Option<Auth>, Error> {
    let id = environment.get("AWS_ACCESS_KEY_ID");
    let secret = environment
        .get("AWS_SECRET_ACCESS_KEY")
        .or_else(|| environment.get("SECRET_ACCESS_KEY"));
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Some(Auth::access_key(
            id,
            secret,
            environment.get("AWS_SESSION_TOKEN"),
        ))),
        (Some(_), None) => Err(Error {
            path: Some("AWS_SECRET_ACCESS_KEY".into()),
            ..Error::new(
                ErrorKind::Authentication,
                "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not: set both, or neither",
            )
        }),
        (None, _) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(
            variables
                .iter()
                .map(|(k, v)| (k.to_string(), v.to_string()))
                .collect(),
        )
    }

    #[test]
    fn an_access_key_comes_with_its_session_token() {
        let variables = [
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_SESSION_TOKEN", "t"),
        ];
        match read(&environment(&variables)) {
            Ok(Some(Auth::SigV4(keys))) => {
                assert_eq!(
                    (keys.access_key_id(), keys.secret_access_key()),
                    ("AKID", "s")
                );
                assert_eq!(keys.session_token(), Some("t"));
            }
            other => panic!("{other:?}"),
        }
    }

    /// In the order of the chain.
    fn read(environment: &Environment) -> Result<Option<Auth>, Error> {
        match bearer(environment) {
            Some(auth) => Ok(Some(auth)),
            None => keys(environment),
        }
    }

    #[test]
    fn an_api_key_beats_an_access_key() {
        let variables = [
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_BEARER_TOKEN_BEDROCK", "b"),
        ];
        assert!(matches!(
            read(&environment(&variables)),
            Ok(Some(Auth::Bearer(_)))
        ));
    }

    #[test]
    fn blank_variables_are_not_set() {
        let variables = [
            ("AWS_ACCESS_KEY_ID", " "),
            ("AWS_SECRET_ACCESS_KEY", ""),
            ("AWS_BEARER_TOKEN_BEDROCK", ""),
        ];
        assert!(matches!(read(&environment(&variables)), Ok(None)));
        let variables = [
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_SESSION_TOKEN", ""),
        ];
        match read(&environment(&variables)) {
            Ok(Some(Auth::SigV4(keys))) => assert_eq!(keys.session_token(), None),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn half_an_access_key_is_an_error_that_names_the_other_half() {
        let error = read(&environment(&[("AWS_ACCESS_KEY_ID", "AKID")])).expect_err("half");
        assert_eq!(error.path.as_deref(), Some("AWS_SECRET_ACCESS_KEY"));
    }
}
