//! Who may call: SigV4 signatures and bearer keys, judged as AWS's front door judges them.
//!
//! In: a request and the keys the account has. Out: nothing, or the refusal with AWS's code and text.
//! The order of the checks is AWS's: form, key, scope, token, time, signed headers, signature.

use crate::clock::{Clock, amz_date, parse_amz_date};
use crate::service_error::{ErrorForm, ServiceError};
use crate::sigv4::{Authorization, AuthorizationError, Signable, constant_time_eq};
use time::{Duration, OffsetDateTime};

/// How far a client's clock may be away from the service's, in minutes.
const TOLERANCE_MINUTES: i64 = 5;

const INVALID_TOKEN: &str = "The security token included in the request is invalid.";
const EXPIRED_TOKEN: &str = "The security token included in the request is expired";

/// One access key of the emulated account.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Access key id.
    pub id: String,
    /// Secret access key.
    pub secret: String,
    /// Session token that must come with it; none for a long-lived key.
    pub session_token: Option<String>,
    /// The second since the epoch from which the session is over.
    pub expires_at: Option<i64>,
}

impl AccessKey {
    /// A long-lived key.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            session_token: None,
            expires_at: None,
        }
    }

    /// The same as a temporary key that needs `token`.
    #[must_use]
    pub fn session_token(mut self, token: impl Into<String>) -> Self {
        self.session_token = Some(token.into());
        self
    }

    /// The same, over from the given second since the epoch.
    #[must_use]
    pub fn expires_at(mut self, seconds: i64) -> Self {
        self.expires_at = Some(seconds);
        self
    }
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The keys, and what a signature must be scoped to.
#[derive(Debug, Clone, Copy)]
pub struct Gate<'a> {
    /// Region of the endpoint.
    pub region: &'a str,
    /// Regions that are served besides it.
    pub other_regions: &'a [String],
    /// Signing name of the service.
    pub service: &'a str,
    /// Access keys that exist.
    pub access_keys: &'a [AccessKey],
    /// Bearer keys that exist.
    pub bearer_tokens: &'a [String],
    /// The service's clock.
    pub clock: Clock,
}

impl Gate<'_> {
    /// Lets the request in, or says why not.
    ///
    /// # Errors
    /// The refusal, in AWS's shape.
    pub fn admit(&self, request: &Signable<'_>) -> Result<(), ServiceError> {
        let Some(header) = request.header("authorization") else {
            return Err(ServiceError::new(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ));
        };
        match header.strip_prefix("Bearer ") {
            Some(token) => self.admit_bearer(token),
            None => self.admit_signed(header, request),
        }
    }

    fn admit_bearer(&self, token: &str) -> Result<(), ServiceError> {
        let known = self
            .bearer_tokens
            .iter()
            .any(|known| constant_time_eq(known, token));
        if known {
            return Ok(());
        }
        Err(ServiceError::new(
            "AccessDeniedException",
            "Authentication failed: Please make sure your API Key is valid.",
        )
        .form(ErrorForm::CapitalMessage))
    }

    fn admit_signed(&self, header_value: &str, request: &Signable<'_>) -> Result<(), ServiceError> {
        let authorization: Authorization =
            header_value.parse().map_err(|error: AuthorizationError| {
                incomplete(&format!("{error} Authorization={header_value}"))
            })?;
        let date = request.header("x-amz-date").ok_or_else(|| {
            incomplete(&format!(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization={header_value}"
            ))
        })?;
        let key = self
            .access_keys
            .iter()
            .find(|key| key.id == authorization.access_key_id)
            .ok_or_else(unrecognized)?;
        self.check_scope(&authorization, date)?;
        check_session(key, request, self.clock.now())?;
        check_time(date, self.clock.now())?;
        check_signed_headers(&authorization, request)?;
        check_signature(&authorization, key, request, date)
    }

    fn check_scope(&self, authorization: &Authorization, date: &str) -> Result<(), ServiceError> {
        let scope = &authorization.scope;
        let rows = [
            (
                scope.region == self.region || self.other_regions.contains(&scope.region),
                "Credential should be scoped to a valid region. ".to_owned(),
            ),
            (
                scope.service == self.service,
                format!(
                    "Credential should be scoped to correct service: '{}'. ",
                    self.service
                ),
            ),
            (
                scope.terminator == "aws4_request",
                format!(
                    "Credential should be scoped with a valid terminator: 'aws4_request', not '{}'. ",
                    scope.terminator
                ),
            ),
            (
                date.get(..8) == Some(scope.date.as_str()),
                format!(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{date}'. ",
                    scope.date,
                    date.get(..8).unwrap_or(date)
                ),
            ),
        ];
        let broken: String = rows
            .into_iter()
            .filter(|(holds, _)| !holds)
            .map(|(_, message)| message)
            .collect();
        if broken.is_empty() {
            Ok(())
        } else {
            Err(invalid_signature(broken.trim_end()))
        }
    }
}

fn check_session(
    key: &AccessKey,
    request: &Signable<'_>,
    now: OffsetDateTime,
) -> Result<(), ServiceError> {
    match (&key.session_token, request.header("x-amz-security-token")) {
        (None, None) => {}
        (Some(known), Some(sent)) if constant_time_eq(known, sent) => {}
        _ => return Err(unrecognized()),
    }
    match key.expires_at {
        Some(end) if now.unix_timestamp() >= end => {
            Err(ServiceError::new("ExpiredTokenException", EXPIRED_TOKEN))
        }
        _ => Ok(()),
    }
}

fn check_time(date: &str, now: OffsetDateTime) -> Result<(), ServiceError> {
    let signed = parse_amz_date(date).ok_or_else(|| {
        incomplete(&format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ))
    })?;
    let tolerance = Duration::minutes(TOLERANCE_MINUTES);
    let (earliest, latest) = (now - tolerance, now + tolerance);
    if signed < earliest {
        return Err(invalid_signature(&format!(
            "Signature expired: {date} is now earlier than {} ({} - {TOLERANCE_MINUTES} min.)",
            amz_date(earliest),
            amz_date(now)
        )));
    }
    if signed > latest {
        return Err(invalid_signature(&format!(
            "Signature not yet current: {date} is still later than {} ({} + {TOLERANCE_MINUTES} min.)",
            amz_date(latest),
            amz_date(now)
        )));
    }
    Ok(())
}

/// `host`, `x-amz-date` and every `x-amz-*` header must be under the signature.
fn check_signed_headers(
    authorization: &Authorization,
    request: &Signable<'_>,
) -> Result<(), ServiceError> {
    let signed = |name: &str| authorization.signed_headers.iter().any(|s| s == name);
    if !signed("host") {
        return Err(invalid_signature(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    let unsigned = request
        .headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .find(|name| name.starts_with("x-amz-") && !signed(name));
    match unsigned {
        Some(name) => Err(invalid_signature(&format!(
            "'{name}' must be a 'SignedHeader' in the AWS Authorization."
        ))),
        None => Ok(()),
    }
}

fn check_signature(
    authorization: &Authorization,
    key: &AccessKey,
    request: &Signable<'_>,
    date: &str,
) -> Result<(), ServiceError> {
    let canonical = request.canonical_request(&authorization.signed_headers);
    let string_to_sign = authorization.scope.string_to_sign(date, &canonical);
    let expected = authorization.scope.signature(&key.secret, &string_to_sign);
    if constant_time_eq(&expected, &authorization.signature) {
        return Ok(());
    }
    Err(invalid_signature(&format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'{string_to_sign}'\n"
    )))
}

fn unrecognized() -> ServiceError {
    ServiceError::new("UnrecognizedClientException", INVALID_TOKEN)
}

fn incomplete(message: &str) -> ServiceError {
    ServiceError::new("IncompleteSignatureException", message)
}

fn invalid_signature(message: &str) -> ServiceError {
    ServiceError::new("InvalidSignatureException", message)
}
