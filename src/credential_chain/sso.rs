//! IAM Identity Center: the token that `aws sso login` leaves in a file, for the keys of a role.
//!
//! In: a profile's `sso_…` properties. Out: the role's credentials. Source:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>.
//!
//! A token is not renewed here: the new one would have to be written back, or the command line's own would be spent.

use http::HeaderValue;
use sha1::{Digest, Sha1};

use super::run::{Patience, Run, Stop, encoded};
use super::{broken, vended};
use crate::canonical::Error;
use crate::clock::date;
use crate::credentials::{Auth, Credentials, Secret};
use crate::endpoint::Region;
use crate::http_message::HttpRequest;
use crate::json::{self, Object};

const PATIENCE: Patience = Patience {
    connect_ms: 3100,
    answer_ms: 10_000,
    attempts: 3,
    pause_ms: 500,
    asks_the_silent: true,
};

/// What a profile says of SSO.
pub(super) struct Login<'a> {
    /// The name of the session, else the start address: what the token's file is named by.
    pub(super) cache_key: &'a str,
    pub(super) region: &'a str,
    pub(super) account_id: &'a str,
    pub(super) role_name: &'a str,
    /// The profile, for the advice.
    pub(super) profile: &'a str,
}

/// The role's credentials.
pub(super) fn credentials(run: &mut Run<'_>, login: &Login<'_>) -> Result<Credentials, Stop> {
    let path = "sso_region";
    let region = Region::parse(login.region, path).map_err(|error| broken(path, error.message))?;
    let endpoint = run.endpoint("portal.sso", "AWS_ENDPOINT_URL_SSO", &region)?;
    let token = token(run, login)?;
    run.tells(token.expose());
    let mut bearer =
        HeaderValue::from_str(token.expose()).map_err(|_| stale(login, "is not a valid token"))?;
    bearer.set_sensitive(true);
    let outcome = run.send(&PATIENCE, &|| {
        let query = [
            ("role_name", login.role_name),
            ("account_id", login.account_id),
        ];
        Ok(HttpRequest {
            method: "GET",
            scheme: endpoint.scheme,
            authority: endpoint.authority.clone(),
            path: format!("{}/federation/credentials", endpoint.base_path),
            query: encoded(&query).to_string(),
            headers: vec![("x-amz-sso_bearer_token", bearer.clone())],
            body: Vec::new(),
        })
    })?;
    let source = format!("IAM Identity Center ({})", endpoint.authority);
    let path = "sso_role_name";
    let (head, body) = outcome.map_err(|why| {
        vended::silence(
            why,
            &source,
            path,
            "check the network, and that outbound calls there are allowed",
        )
    })?;
    if !head.is_success() {
        let advice = match head.status {
            401 => format!("run aws sso login --profile {}", login.profile),
            _ => "check sso_account_id and sso_role_name, and that the role is assigned to you"
                .to_owned(),
        };
        return Err(vended::refusal(head, body, &source, path, &advice).into());
    }
    let credentials = read(body).map_err(|error| {
        broken(
            path,
            format!("{source} answered with an unexpected body: {error}"),
        )
    })?;
    Ok(vended::current(credentials, run.now, &source, path)?)
}

/// The token out of its file.
fn token(run: &mut Run<'_>, login: &Login<'_>) -> Result<Secret, Stop> {
    let Some(home) = super::shared_files::home(run.environment) else {
        let message =
            "the token of aws sso login is in ~/.aws/sso/cache, and HOME is missing: set HOME";
        return Err(broken("HOME", message).into());
    };
    let name = hex::encode(Sha1::digest(login.cache_key.as_bytes()));
    let file = format!("{home}/.aws/sso/cache/{name}.json");
    let text = match run.file(&file)? {
        super::run::File::Bytes(bytes) => bytes,
        super::run::File::Missing => {
            return Err(stale(login, &format!("does not exist ({file})")).into());
        }
        super::run::File::Unreadable(why) => {
            return Err(stale(login, &format!("cannot be read ({file}: {why})")).into());
        }
    };
    let cached = Object::parse(text).and_then(|object| {
        Ok((
            object.required("accessToken").map(Secret::new)?,
            object.required("expiresAt")?,
        ))
    });
    let (token, expires_at) =
        cached.map_err(|error| stale(login, &format!("is invalid ({file}: {error})")))?;
    match date::from_iso8601(&expires_at) {
        Some(end) if end > run.now => Ok(token),
        Some(_) => Err(stale(login, "has expired").into()),
        None => Err(stale(
            login,
            &format!("is invalid ({file}: expiresAt is not a time)"),
        )
        .into()),
    }
}

/// There is no token that could be used.
fn stale(login: &Login<'_>, what: &str) -> Error {
    let profile = login.profile;
    let message =
        format!("the SSO token of profile {profile} {what}: run aws sso login --profile {profile}");
    broken("~/.aws/sso/cache", message)
}

fn read(body: &[u8]) -> Result<Credentials, json::Error> {
    let object = Object::parse(body)?;
    let keys = object
        .object("roleCredentials")?
        .ok_or(json::Error::Missing("roleCredentials"))?;
    let secret = |name| keys.required(name).map(Secret::new);
    let token = secret("sessionToken")?;
    let auth = Auth::access_key(
        &keys.required("accessKeyId")?,
        secret("secretAccessKey")?.expose(),
        Some(token.expose()),
    );
    Ok(Credentials {
        auth: Some(auth),
        region: None,
        // Milliseconds here, and here alone.
        expires_at: keys.number("expiration")?,
    })
}
