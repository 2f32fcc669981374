//! STS: keys of one's own, or a token from somebody AWS trusts, for the keys of a role.
//!
//! In: a role, and what proves who asks. Out: temporary credentials. Source:
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html> and `API_AssumeRoleWithWebIdentity.html`.

use http::HeaderValue;

use super::run::{Outcome, Patience, Run, Stop, body};
use super::{broken, vended, xml};
use crate::canonical::Error;
use crate::clock::date;
use crate::credentials::{Auth, Credentials, Role};
use crate::endpoint::Region;
use crate::http_message::HttpRequest;
use crate::sign;

const VERSION: (&str, &str) = ("Version", "2011-06-15");

const PATIENCE: Patience = Patience {
    connect_ms: 3100,
    answer_ms: 10_000,
    attempts: 3,
    pause_ms: 500,
    asks_the_silent: true,
};

/// Errors that pass, and that STS tells with status 400.
const PASSING: &[&str] = &[
    "IDPCommunicationError",
    "RequestThrottled",
    "Throttling",
    "ThrottlingException",
];

/// What to do about STS's own errors.
const ADVICE: &[(&str, &str)] = &[
    (
        "AccessDenied",
        "allow the caller in the role's trust policy, with the same external id and conditions",
    ),
    (
        "ExpiredToken",
        "the caller's credentials have expired: renew them",
    ),
    (
        "ExpiredTokenException",
        "the token in the file has expired: check that it is still renewed, and this machine's clock",
    ),
    (
        "IDPCommunicationError",
        "STS cannot reach the identity provider: retry",
    ),
    (
        "InvalidClientTokenId",
        "the caller's access key is unknown: check it, and the region's partition",
    ),
    (
        "InvalidIdentityToken",
        "register the token's issuer as an identity provider in IAM, and renew the token",
    ),
    (
        "RegionDisabledException",
        "activate STS for this region in the account's IAM settings, or use another region",
    ),
    (
        "SignatureDoesNotMatch",
        "the caller's secret access key or this machine's clock is wrong",
    ),
];

/// Assume `role` with keys; `path` is the field or property that asks for it.
pub(super) fn assume_role(
    run: &mut Run<'_>,
    credentials: &Credentials,
    role: &Role,
    path: &str,
) -> Result<Credentials, Stop> {
    let auth = match &credentials.auth {
        Some(auth @ Auth::SigV4(_)) => auth,
        _ => {
            let message = "assuming a role with a Bedrock API key is not supported: set accessKeyId and \
                           secretAccessKey, or remove the role";
            return Err(broken(path, message).into());
        }
    };
    let region = run.needed_region(path)?;
    let duration = role.duration_seconds.map(|seconds| seconds.to_string());
    let name = session_name(role.session_name.as_deref(), run.now);
    let parts: Vec<(&str, &str)> = [
        ("Action", Some("AssumeRole")),
        (VERSION.0, Some(VERSION.1)),
        ("RoleArn", Some(role.arn.as_str())),
        ("RoleSessionName", Some(name.as_str())),
        ("ExternalId", role.external_id.as_deref()),
        ("DurationSeconds", duration.as_deref()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    ask(run, &region, &parts, Some(auth), "AssumeRole", path)
}

/// Assume the role of `arn` with a token; nothing is signed.
pub(super) fn assume_role_with_web_identity(
    run: &mut Run<'_>,
    arn: &str,
    name: Option<&str>,
    token: &str,
    path: &str,
) -> Result<Credentials, Stop> {
    let region = run.needed_region(path)?;
    run.tells(token);
    let name = session_name(name, run.now);
    let action = "AssumeRoleWithWebIdentity";
    let parts = [
        ("Action", action),
        VERSION,
        ("RoleArn", arn),
        ("RoleSessionName", name.as_str()),
        ("WebIdentityToken", token),
    ];
    ask(run, &region, &parts, None, action, path)
}

/// The session's name, which the account's logs show.
fn session_name(given: Option<&str>, now: u64) -> String {
    given.map_or_else(|| format!("bedrock-provider-{now}"), str::to_owned)
}

fn ask(
    run: &mut Run<'_>,
    region: &Region,
    parts: &[(&str, &str)],
    auth: Option<&Auth>,
    action: &str,
    path: &str,
) -> Result<Credentials, Stop> {
    let now = run.now;
    let endpoint = run.endpoint("sts", "AWS_ENDPOINT_URL_STS", region)?;
    if let Some(auth) = auth {
        run.signs_with(auth);
    }
    let outcome = run.send(&PATIENCE, &|| {
        let mut request = HttpRequest {
            method: "POST",
            scheme: endpoint.scheme,
            authority: endpoint.authority.clone(),
            path: format!("{}/", endpoint.base_path),
            query: String::new(),
            headers: vec![(
                "content-type",
                HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"),
            )],
            body: body(parts),
        };
        if let Some(auth) = auth {
            sign::sign(&mut request, auth, region, "sts", now)?;
        }
        Ok(request)
    })?;
    let source = format!("STS ({action}, {})", endpoint.authority);
    Ok(vended::current(
        read(outcome, &source, path)?,
        now,
        &source,
        path,
    )?)
}

fn read(outcome: Outcome<'_>, source: &str, path: &str) -> Result<Credentials, Error> {
    let (head, body) = outcome.map_err(|why| {
        vended::silence(
            why,
            source,
            path,
            "check the network, and that outbound calls to STS are allowed",
        )
    })?;
    let xml = std::str::from_utf8(body).unwrap_or_default();
    if !head.is_success() {
        let Some(code) = xml::text_of(xml, "Error", "Code") else {
            let advice =
                "check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL, and any proxy in between";
            return Err(vended::refusal(head, body, source, path, advice));
        };
        let words = xml::text_of(xml, "Error", "Message").unwrap_or_default();
        let advice = ADVICE.iter().find(|(own, _)| *own == code.as_str());
        let mut message = vended::said(source, &code, &words);
        if let Some((_, advice)) = advice {
            message.push_str(": ");
            message.push_str(advice);
        }
        return Err(Error {
            status: Some(head.status),
            request_id: xml::text_of(xml, "ErrorResponse", "RequestId")
                .map(|id| vended::shown(&id)),
            code: Some(vended::shown(&code)),
            retryable: head.status >= 500 || PASSING.contains(&code.as_str()),
            ..broken(path, message)
        });
    }
    let needed = |element: &str| {
        xml::text_of(xml, "Credentials", element)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| broken(path, format!("{source} answered without {element}")))
    };
    let (key, secret) = (needed("AccessKeyId")?, needed("SecretAccessKey")?);
    let auth = Auth::access_key(&key, &secret, Some(&needed("SessionToken")?));
    let expires_at = date::from_iso8601(&needed("Expiration")?).ok_or_else(|| {
        broken(
            path,
            format!("{source} answered with an Expiration that is not a time"),
        )
    })?;
    Ok(Credentials {
        auth: Some(auth),
        region: None,
        expires_at: Some(expires_at),
    })
}

/// Whether an answer with status 400 tells an error that passes.
pub(super) fn is_passing(body: &[u8]) -> bool {
    let xml = std::str::from_utf8(body).unwrap_or_default();
    xml::text_of(xml, "Error", "Code").is_some_and(|code| PASSING.contains(&code.as_str()))
}
