//! A token in a file for the keys of a role: what Kubernetes service accounts and CI systems are given.
//!
//! In: the environment, or a profile's properties. Out: the role's credentials. Source:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>.

use super::run::{Run, Stop};
use super::{broken, sts};
use crate::credentials::Credentials;

/// The variable that names the token's file.
const FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// What the environment says; none where it names no file.
pub(super) fn of_environment(run: &mut Run<'_>) -> Result<Option<Credentials>, Stop> {
    let environment = run.environment;
    let Some(file) = environment.get(FILE) else {
        return Ok(None);
    };
    let Some(arn) = environment.get("AWS_ROLE_ARN") else {
        let message = "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not: set it to the role to assume";
        return Err(broken("AWS_ROLE_ARN", message).into());
    };
    let name = environment.get("AWS_ROLE_SESSION_NAME");
    credentials(run, file, arn, name, FILE).map(Some)
}

/// The file is read anew each time: whoever writes it renews it. `named_by` is what names it.
pub(super) fn credentials(
    run: &mut Run<'_>,
    file: &str,
    arn: &str,
    session_name: Option<&str>,
    named_by: &str,
) -> Result<Credentials, Stop> {
    let token = run.text_file(file, named_by)?.trim();
    if token.is_empty() {
        let message =
            format!("{named_by} names the file {file}, which is empty: it must contain a token");
        return Err(broken(named_by, message).into());
    }
    sts::assume_role_with_web_identity(run, arn, session_name, token, named_by)
}
