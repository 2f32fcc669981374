//! IAM Identity Center: the portal that gives a role's credentials, and the token endpoint that renews
//! the portal's access token.
//!
//! Source: the service models of SSO (`GetRoleCredentials`) and SSO OIDC (`CreateToken`).

use super::answer::Answer;
use super::desk::Room;
use super::form::{parameters, value};
use super::secret::Secret;
use crate::sigv4::Signable;
use serde_json::{Value, json};

pub(super) const PORTAL: &str = "/federation/credentials";
pub(super) const TOKEN: &str = "/token";
const BEARER: &str = "x-amz-sso_bearer_token";
/// How long a role's credentials live, in seconds.
const LIFETIME: i64 = 3600;
/// How long a renewed access token lives, in seconds.
const TOKEN_LIFETIME: i64 = 3600;

/// One instance of Identity Center and its user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sso {
    /// Access tokens that are good.
    pub access_tokens: Vec<Secret>,
    /// What the user may become.
    pub assignments: Vec<Assignment>,
    /// The client that may renew the access token; none refuses every renewal.
    pub registration: Option<Registration>,
}

/// A role in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Twelve digits.
    pub account_id: String,
    /// Name of the permission set.
    pub role_name: String,
}

impl Assignment {
    /// A role in an account.
    pub fn new(account_id: impl Into<String>, role_name: impl Into<String>) -> Self {
        Self {
            account_id: account_id.into(),
            role_name: role_name.into(),
        }
    }
}

/// A client that was registered by a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// The refresh token of the login.
    pub refresh_token: Secret,
}

/// An access token that a refresh gave out.
pub(super) struct RenewedToken {
    text: String,
    /// The second since the epoch from which it is over.
    expires_at: i64,
}

pub(super) fn role_credentials(sso: &Sso, request: &Signable<'_>, room: &mut Room<'_>) -> Answer {
    if request.method != "GET" {
        return Answer::new(405, "application/json", "{}");
    }
    let query = parameters(request.query);
    let asked = (value(&query, "account_id"), value(&query, "role_name"));
    let (Some(account_id), Some(role_name)) = asked else {
        return refused(400, "InvalidRequestException", "Missing parameter");
    };
    let sent = request.header(BEARER).unwrap_or_default();
    let renewed = |token: &RenewedToken| {
        Secret::from(token.text.as_str()).is(sent) && token.expires_at > room.now()
    };
    if !sso.access_tokens.iter().any(|known| known.is(sent))
        && !room.renewed_tokens.iter().any(renewed)
    {
        let message = "Session token not found or invalid";
        return refused(401, "UnauthorizedException", message);
    }
    let wanted = Assignment::new(account_id, role_name);
    if !sso.assignments.contains(&wanted) {
        return refused(403, "ForbiddenException", "No access");
    }
    let key = room.issue(LIFETIME);
    let milliseconds = key.expires_at.map(|seconds| seconds.saturating_mul(1000));
    let body = json!({"roleCredentials": {
        "accessKeyId": key.id,
        "secretAccessKey": key.secret,
        "sessionToken": key.session_token,
        "expiration": milliseconds,
    }});
    Answer::json(200, &body)
}

pub(super) fn create_token(sso: &Sso, request: &Signable<'_>, room: &mut Room<'_>) -> Answer {
    if request.method != "POST" {
        return Answer::new(405, "application/json", "{}");
    }
    let Ok(body) = serde_json::from_slice::<Value>(request.body) else {
        return oauth(400, "InvalidRequestException", "invalid_request");
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("grantType") != "refresh_token" {
        return oauth(
            400,
            "UnsupportedGrantTypeException",
            "unsupported_grant_type",
        );
    }
    let known = sso.registration.as_ref().filter(|client| {
        client.client_id == text("clientId") && client.client_secret.is(text("clientSecret"))
    });
    let Some(client) = known else {
        return oauth(401, "InvalidClientException", "invalid_client");
    };
    if !client.refresh_token.is(text("refreshToken")) {
        return oauth(400, "InvalidGrantException", "invalid_grant");
    }
    let expires_in = room.services.expires_in.unwrap_or(TOKEN_LIFETIME);
    let number = room.renewed_tokens.len() + 1;
    let access_token = format!("emulated-sso-access-token-{number:08}");
    let expires_at = room.now().saturating_add(expires_in);
    room.renewed_tokens.push(RenewedToken {
        text: access_token.clone(),
        expires_at,
    });
    let body = json!({
        "accessToken": access_token,
        "expiresIn": expires_in,
        "refreshToken": client.refresh_token.expose(),
        "tokenType": "Bearer",
    });
    Answer::json(200, &body)
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    let answer = Answer::json(status, &json!({"message": message, "__type": code}));
    answer.header("x-amzn-errortype", code)
}

/// A refusal with the code of OAuth (RFC 6749, 5.2) beside AWS's.
fn oauth(status: u16, code: &str, error: &str) -> Answer {
    let body = json!({"error": error, "error_description": "The refresh was refused"});
    Answer::json(status, &body).header("x-amzn-errortype", code)
}
