//! EC2 instance metadata, version 2: a token first, then role, credentials and region.
//!
//! Source: "Use the Instance Metadata Service to access instance metadata", EC2 user guide.

use super::CredentialExchange;
use super::answer::Answer;
use super::desk::Room;
use crate::clock::iso_date;
use crate::sigv4::{Signable, constant_time_eq};
use serde_json::json;
use std::ops::RangeInclusive;

/// Every path of the service starts so.
pub(super) const ROOT: &str = "/latest/";
const TOKEN: &str = "api/token";
const ROLES: &str = "meta-data/iam/security-credentials";
const REGION: &str = "meta-data/placement/region";

const TOKEN_HEADER: &str = "x-aws-ec2-metadata-token";
const TTL_HEADER: &str = "x-aws-ec2-metadata-token-ttl-seconds";
/// Lifetimes that may be asked for, in seconds.
const TTLS: RangeInclusive<i64> = 1..=21_600;
/// How long an instance's credentials live, in seconds.
const LIFETIME: i64 = 6 * 3600;

/// `Code` of credentials that are there.
const SUCCESS: &str = "Success";

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imds {
    /// Name of the instance's role; none has no credentials.
    pub role: Option<String>,
    /// Where the instance is.
    pub region: String,
    /// Whether requests without a token are answered (version 1).
    pub version_1: bool,
    /// Whether a token is refused with 403.
    pub token_forbidden: bool,
    /// Whether the client is one network hop too far away: the token never arrives.
    pub hop_limit_exceeded: bool,
    /// `Code` of the credentials; anything but `Success` comes without them, with status 200.
    pub code: String,
}

impl Imds {
    /// An instance with a role, where all is well.
    pub fn new(role: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            role: Some(role.into()),
            region: region.into(),
            version_1: false,
            token_forbidden: false,
            hop_limit_exceeded: false,
            code: SUCCESS.to_owned(),
        }
    }
}

/// A token that was given out.
pub(super) struct MetadataToken {
    text: String,
    /// The second since the epoch from which it is over.
    expires_at: i64,
}

/// The exchange of a path after [`ROOT`].
pub(super) fn exchange(path: &str) -> CredentialExchange {
    let role = path.strip_prefix(ROLES);
    match (path, role) {
        (TOKEN, _) => CredentialExchange::MetadataToken,
        (REGION, _) => CredentialExchange::MetadataRegion,
        (_, Some("" | "/")) => CredentialExchange::MetadataRole,
        (_, Some(role)) if role.starts_with('/') => CredentialExchange::MetadataCredentials,
        _ => CredentialExchange::OtherMetadata,
    }
}

pub(super) fn answer(
    imds: &Imds,
    exchange: CredentialExchange,
    request: &Signable<'_>,
    room: &mut Room<'_>,
) -> Answer {
    let answer = match (exchange, request.method) {
        (CredentialExchange::MetadataToken, "PUT") => token(imds, request, room),
        (CredentialExchange::MetadataToken, _) | (_, "PUT" | "POST" | "DELETE") => page(405),
        _ if !admitted(imds, request, room) => page(401),
        (CredentialExchange::MetadataRegion, _) => Answer::text(200, imds.region.as_str()),
        (CredentialExchange::MetadataRole, _) => match &imds.role {
            Some(role) => Answer::text(200, role.as_str()),
            None => page(404),
        },
        (CredentialExchange::MetadataCredentials, _) => credentials(imds, request, room),
        _ => page(404),
    };
    answer.header("server", "EC2ws")
}

fn token(imds: &Imds, request: &Signable<'_>, room: &mut Room<'_>) -> Answer {
    // A request that came through a proxy gets no token, so that an open proxy gives nothing away.
    if imds.token_forbidden || request.header("x-forwarded-for").is_some() {
        return Answer::text(403, "");
    }
    let asked = request
        .header(TTL_HEADER)
        .and_then(|ttl| ttl.parse::<i64>().ok());
    let Some(ttl) = asked.filter(|ttl| TTLS.contains(ttl)) else {
        return page(400);
    };
    let expires_at = room.now().saturating_add(ttl);
    room.metadata_tokens_issued += 1;
    let text = format!("AQAEmulated{:08}==", room.metadata_tokens_issued);
    room.metadata_tokens.push(MetadataToken {
        text: text.clone(),
        expires_at,
    });
    Answer::text(200, text).header(TTL_HEADER, ttl.to_string())
}

/// Whether the request's token is good; without one, whether version 1 is on.
fn admitted(imds: &Imds, request: &Signable<'_>, room: &Room<'_>) -> bool {
    match request.header(TOKEN_HEADER) {
        None => imds.version_1,
        Some(sent) => room
            .metadata_tokens
            .iter()
            .any(|token| constant_time_eq(&token.text, sent) && token.expires_at > room.now()),
    }
}

fn credentials(imds: &Imds, request: &Signable<'_>, room: &mut Room<'_>) -> Answer {
    let asked = request.path.rsplit('/').next();
    if imds.role.is_none() || asked != imds.role.as_deref() {
        return page(404);
    }
    if imds.code != SUCCESS {
        let message = "EC2 cannot assume the role";
        return Answer::json(200, &json!({"Code": imds.code, "Message": message}));
    }
    let key = room.hand_out(request.path, LIFETIME);
    let body = json!({
        "Code": SUCCESS,
        "LastUpdated": iso_date(room.now()),
        "Type": "AWS-HMAC",
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret,
        "Token": key.session_token,
        "Expiration": room.expiration(&key),
    });
    Answer::json(200, &body)
}

/// A refusal, as a page: the service knows no JSON errors.
fn page(status: u16) -> Answer {
    let title = match status {
        400 => "400 - Bad Request",
        401 => "401 - Unauthorized",
        405 => "405 - Method Not Allowed",
        _ => "404 - Not Found",
    };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    );
    Answer::new(status, "text/html", body)
}
