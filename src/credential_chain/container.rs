//! The endpoint that ECS and EKS Pod Identity put next to a container.
//!
//! In: `AWS_CONTAINER_…` variables. Out: the task's or the pod's credentials. Source:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>.

use std::net::IpAddr;

use http::{HeaderValue, Uri};

use super::run::{Patience, Run, Stop};
use super::{broken, vended};
use crate::canonical::Error;
use crate::credentials::Credentials;
use crate::excerpt::printable;
use crate::http_message::HttpRequest;

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// Where a relative address points: ECS's agent.
const ECS: &str = "http://169.254.170.2";

/// Hosts besides loopback that may be called without encryption: the agents of ECS and of EKS.
const AGENTS: &[&str] = &["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

const PATIENCE: Patience = Patience {
    connect_ms: 2000,
    answer_ms: 5000,
    attempts: 3,
    pause_ms: 1000,
    asks_the_silent: true,
};

const SOURCE: &str = "the container's credential endpoint";

/// None where no variable names an address.
pub(super) fn credentials(run: &mut Run<'_>) -> Result<Option<Credentials>, Stop> {
    let environment = run.environment;
    let (path, uri) = match (environment.get(RELATIVE), environment.get(FULL)) {
        (Some(relative), _) => (RELATIVE, of_agent(relative)?),
        (None, Some(full)) => (FULL, checked(full)?),
        (None, None) => return Ok(None),
    };
    let token = token(run)?;
    let outcome = run.send(&PATIENCE, &|| {
        let mut headers = vec![("accept", HeaderValue::from_static("application/json"))];
        headers.extend(token.clone().map(|token| ("authorization", token)));
        let host = uri.authority().map(|authority| authority.as_str());
        Ok(HttpRequest {
            method: "GET",
            scheme: if uri.scheme_str() == Some("https") {
                "https"
            } else {
                "http"
            },
            authority: host.unwrap_or_default().to_owned(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers,
            body: Vec::new(),
        })
    })?;
    let (head, body) = outcome.map_err(|why| {
        vended::silence(
            why,
            SOURCE,
            path,
            "check that its agent runs, and that this component may call it",
        )
    })?;
    if !head.is_success() {
        let advice = "check the role of the task or of the pod, and that AWS_CONTAINER_AUTHORIZATION_TOKEN is the agent's";
        return Err(vended::refusal(head, body, SOURCE, path, advice).into());
    }
    let credentials = vended::read(body, SOURCE, path)?;
    Ok(Some(vended::current(credentials, run.now, SOURCE, path)?))
}

/// The agent's address and a path.
fn of_agent(relative: &str) -> Result<Uri, Error> {
    // Without the slash it could go on with the host's name.
    let uri = Some(relative)
        .filter(|relative| relative.starts_with('/'))
        .and_then(|relative| format!("{ECS}{relative}").parse().ok());
    uri.ok_or_else(|| {
        let message =
            format!("{RELATIVE} is not a path such as /v2/credentials/…: leave it as ECS sets it");
        broken(RELATIVE, message)
    })
}

/// An address whose host may be told secrets.
fn checked(full: &str) -> Result<Uri, Error> {
    let refuse = |what: String| broken(FULL, format!("{FULL} {what}"));
    let uri: Uri = full
        .parse()
        .map_err(|_| refuse("is not a URL: expected https://host/path".into()))?;
    let host = uri.host().unwrap_or_default();
    let has_user = uri
        .authority()
        .is_some_and(|authority| authority.as_str().contains('@'));
    match uri.scheme_str() {
        _ if has_user || host.is_empty() => Err(refuse(
            "has a user name or no host: expected https://host/path".into(),
        )),
        Some("https") => Ok(uri),
        Some("http") if is_near(host) => Ok(uri),
        Some("http") => Err(refuse(format!(
            "has the host {}, which must not be called without encryption: use https, loopback, or the agents at {}",
            printable(host, 80),
            AGENTS.join(", ")
        ))),
        _ => Err(refuse("is neither http nor https".into())),
    }
}

/// Whether a host is this machine or an agent of AWS's on it. Names other than `localhost` are not looked up.
fn is_near(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => {
            address.is_loopback() || AGENTS.iter().any(|agent| agent.parse() == Ok(address))
        }
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

/// What proves the container to the agent, word for word. A file comes before the variable, and is read anew each time.
fn token(run: &mut Run<'_>) -> Result<Option<HeaderValue>, Stop> {
    let environment = run.environment;
    let (path, token) = match (environment.get(TOKEN_FILE), environment.get(TOKEN)) {
        (Some(file), _) => (TOKEN_FILE, run.text_file(file, TOKEN_FILE)?),
        (None, Some(token)) => (TOKEN, token),
        (None, None) => return Ok(None),
    };
    // Visible characters and spaces only: a line break would begin another header.
    let mut value = HeaderValue::from_str(token).map_err(|_| {
        let message = format!(
            "{path} has a token with a line break or another character that is not valid in a header"
        );
        broken(path, message)
    })?;
    value.set_sensitive(true);
    run.tells(token);
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_to_near_hosts_and_over_https_only() {
        for (uri, is_taken) in [
            ("https://example.com/creds?x=1", true),
            ("http://127.0.0.1:8080/creds", true),
            ("http://127.9.9.9/creds", true),
            ("http://localhost/creds", true),
            ("http://[::1]:80/creds", true),
            ("http://169.254.170.2/creds", true),
            ("http://169.254.170.23/v1/credentials", true),
            ("http://[fd00:ec2::23]/v1/credentials", true),
            ("http://[fd00:ec2:0::23]/v1/credentials", true),
            ("http://169.254.169.254/creds", false),
            ("http://[fd00:ec2::24]/creds", false),
            ("http://example.com/creds", false),
            ("http://localhost.example.com/creds", false),
            ("http://127.0.0.1.example.com/creds", false),
            ("http://user@127.0.0.1/creds", false),
            ("ftp://127.0.0.1/creds", false),
            ("/creds", false),
            ("127.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(checked(uri).is_ok(), is_taken, "{uri}");
        }
    }

    #[test]
    fn a_relative_address_stays_with_the_agent() {
        for (relative, is_taken) in [
            ("/v2/credentials/x?y=1", true),
            (".example.com/", false),
            ("@example.com/", false),
            (":80/", false),
            ("/ x", false),
        ] {
            match of_agent(relative) {
                Ok(uri) => assert!(
                    is_taken && uri.host() == Some("169.254.170.2"),
                    "{relative}"
                ),
                Err(_) => assert!(!is_taken, "{relative}"),
            }
        }
    }
}
