//! The metadata service of an EC2 instance, version 2.
//!
//! In: its answers. Out: the credentials of the instance's role, and the instance's region. Version 1 is not spoken: it
//! gives a role's keys to whoever can make this machine fetch an address. Source:
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>.

use http::HeaderValue;

use super::run::{Outcome, Patience, Run, Stop, at};
use super::{broken, vended};
use crate::canonical::{Error, ErrorKind};
use crate::credentials::Credentials;
use crate::endpoint::{Endpoint, Region};
use crate::http_message::HttpRequest;

const SOURCE: &str = "EC2's instance metadata service";
const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const MODE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

/// How long a token holds, in seconds: the longest there is.
const TOKEN_TTL: HeaderValue = HeaderValue::from_static("21600");

const PATIENCE: Patience = Patience {
    connect_ms: 1000,
    answer_ms: 1000,
    attempts: 4,
    pause_ms: 100,
    asks_the_silent: false,
};

/// How much longer expired credentials count, in milliseconds: 10 minutes, and up to 5 more so that not all instances
/// come back at once. The service gives such ones when it cannot renew them, and they work longer than they say.
const EXTENSION: (u64, u64) = (10 * 60 * 1000, 5 * 60 * 1000);

/// What to do where nothing answers.
const SILENT: &str = "EC2's instance metadata service did not answer; in a container on EC2, raise its hop limit: aws ec2 \
                      modify-instance-metadata-options --http-put-response-hop-limit 2";

/// Where the service is and the token that it wants, or why it is not there.
pub(super) type Session = Result<(Endpoint, HeaderValue), &'static str>;

/// The credentials of the instance's role. Within: why this is not configured; empty where it was turned off.
pub(super) fn credentials(run: &mut Run<'_>) -> Result<Result<Credentials, &'static str>, Stop> {
    let role = match get(run, ROLES)? {
        Err(why) => return Ok(Err(why)),
        Ok(Ok((head, _))) if head.status == 404 => return Ok(Err("this EC2 instance has no role")),
        Ok(outcome) => text(outcome)?,
    };
    // It becomes part of a path.
    let is_role = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    if role.is_empty() || !role.bytes().all(is_role) {
        let message = format!("{SOURCE} answered with something other than a role name");
        return Err(broken(ENDPOINT, message).into());
    }
    let body = match get(run, &format!("{ROLES}{role}"))? {
        Err(why) => return Ok(Err(why)),
        Ok(outcome) => whole(outcome)?,
    };
    let mut credentials = vended::read(body, SOURCE, ENDPOINT)?;
    if credentials.expires_at.is_some_and(|end| end <= run.now) {
        let extension = EXTENSION.0 + run.now % EXTENSION.1;
        credentials.expires_at = Some(run.now.saturating_add(extension));
    }
    Ok(Ok(credentials))
}

/// As [`credentials`], for a profile that names this source.
pub(super) fn needed(run: &mut Run<'_>, path: &str) -> Result<Credentials, Stop> {
    credentials(run)?.map_err(|why| {
        let why = if why.is_empty() {
            "AWS_EC2_METADATA_DISABLED disables it: unset it"
        } else {
            why
        };
        broken(
            path,
            format!("no credentials from Ec2InstanceMetadata: {why}"),
        )
        .into()
    })
}

/// The instance's region; none where the service is not there or does not say.
pub(super) fn region(run: &mut Run<'_>) -> Result<Option<Region>, Stop> {
    let region = match get(run, "/latest/meta-data/placement/region") {
        Ok(Ok(outcome)) => text(outcome).unwrap_or_default(),
        Ok(Err(_)) | Err(Stop::Fail(_)) => return Ok(None),
        Err(ask) => return Err(ask),
    };
    Ok(Region::parse(region, "the instance's region").ok())
}

/// An answer. A token that counts no longer is replaced once.
fn get<'a>(run: &mut Run<'a>, path: &str) -> Result<Result<Outcome<'a>, &'static str>, Stop> {
    let mut is_renewed = false;
    loop {
        let (endpoint, token) = match session(run)? {
            Ok(session) => session,
            Err(why) => return Ok(Err(why)),
        };
        let outcome = run.send(&PATIENCE, &|| {
            let headers = vec![("x-aws-ec2-metadata-token", token.clone())];
            Ok(request("GET", &endpoint, path, headers))
        })?;
        match outcome {
            Ok((head, _)) if head.status == 401 && !is_renewed => {
                is_renewed = true;
                run.metadata = None;
            }
            outcome => return Ok(Ok(outcome)),
        }
    }
}

/// The token, fetched once.
fn session(run: &mut Run<'_>) -> Result<Session, Stop> {
    if let Some(session) = &run.metadata {
        return Ok(session.clone());
    }
    let session = if run.environment.is_true(DISABLED) {
        Err("")
    } else {
        open(run)?
    };
    run.metadata = Some(session.clone());
    Ok(session)
}

fn open(run: &mut Run<'_>) -> Result<Session, Stop> {
    let endpoint = endpoint(run)?;
    let outcome = run.send(&PATIENCE, &|| {
        let headers = vec![("x-aws-ec2-metadata-token-ttl-seconds", TOKEN_TTL)];
        Ok(request("PUT", &endpoint, "/latest/api/token", headers))
    })?;
    let Ok((head, body)) = outcome else {
        return Ok(Err(SILENT));
    };
    if !head.is_success() {
        let advice = "it must allow version 2 (403: it is disabled for this instance); elsewhere than on EC2, set \
                      AWS_EC2_METADATA_DISABLED=true";
        return Err(vended::refusal(head, body, SOURCE, ENDPOINT, advice).into());
    }
    let token = HeaderValue::from_bytes(body.trim_ascii());
    let Some(mut token) = token.ok().filter(|token| !token.is_empty()) else {
        let message = format!("{SOURCE} answered with a token that is not valid in a header");
        return Err(broken(ENDPOINT, message).into());
    };
    token.set_sensitive(true);
    run.tells(token.to_str().unwrap_or_default());
    Ok(Ok((endpoint, token)))
}

fn endpoint(run: &mut Run<'_>) -> Result<Endpoint, Stop> {
    let given = run.setting(ENDPOINT, "ec2_metadata_service_endpoint")?;
    let mode = run.setting(MODE, "ec2_metadata_service_endpoint_mode")?;
    let authority = match (given, mode) {
        // The region plays no part where an address is given.
        (Some(url), _) => {
            let region = Region::parse("us-east-1", ENDPOINT)?;
            return Ok(at(&url, ENDPOINT, &region)?);
        }
        (None, Some(mode)) if mode.eq_ignore_ascii_case("ipv6") => "[fd00:ec2::254]",
        (None, Some(mode)) if !mode.eq_ignore_ascii_case("ipv4") => {
            let message = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE must be IPv4 or IPv6";
            return Err(broken(MODE, message).into());
        }
        (None, _) => "169.254.169.254",
    };
    Ok(Endpoint {
        scheme: "http",
        authority: authority.to_owned(),
        base_path: String::new(),
    })
}

fn request(
    method: &'static str,
    endpoint: &Endpoint,
    path: &str,
    headers: Vec<(&'static str, HeaderValue)>,
) -> HttpRequest {
    HttpRequest {
        method,
        scheme: endpoint.scheme,
        authority: endpoint.authority.clone(),
        path: format!("{}{path}", endpoint.base_path),
        query: String::new(),
        headers,
        body: Vec::new(),
    }
}

/// A successful answer's body.
fn whole(outcome: Outcome<'_>) -> Result<&[u8], Error> {
    let advice = "retry";
    match outcome {
        Ok((head, body)) if head.is_success() => Ok(body),
        Ok((head, body)) => Err(vended::refusal(head, body, SOURCE, ENDPOINT, advice)),
        Err(why) => Err(vended::silence(why, SOURCE, ENDPOINT, advice)),
    }
}

/// A successful answer's text; none of it where it is no text.
fn text(outcome: Outcome<'_>) -> Result<&str, Error> {
    let body = whole(outcome)?;
    std::str::from_utf8(body).map(str::trim).map_err(|_| Error {
        path: Some(ENDPOINT.into()),
        ..Error::new(
            ErrorKind::Authentication,
            format!("{SOURCE} answered with no text"),
        )
    })
}
