//! Signing: SigV4, or a bearer key.
//!
//! In: a request, credentials, region and time. Out: the same request with its headers. Nothing else knows how AWS
//! authenticates. Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>; for bearer keys
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html>.
//!
//! The signing key and the signature are `aws-sigv4`'s. The canonical request is written here: our requests have a few
//! known headers, and the crate's general form costs a sixth of the component. It is held to the crate's by a property
//! test.

mod canonical_request;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::sign::v4;
use http::HeaderValue;
use sha2::{Digest, Sha256};

use crate::canonical::{Error, ErrorKind};
use crate::clock::amz_date::AmzDate;
use crate::credentials::Auth;
use crate::endpoint::Region;
use crate::http_message::HttpRequest;
use canonical_request::canonical_request;

/// The name that a credential scope of Bedrock carries; that of the host is `bedrock-runtime`.
pub(crate) const SERVICE: &str = "bedrock";

/// The only algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Add what `auth` asks for. `now` is in milliseconds since the Unix epoch.
pub(crate) fn sign(
    request: &mut HttpRequest,
    auth: &Auth,
    region: &Region,
    service: &str,
    now: u64,
) -> Result<(), Error> {
    match auth {
        Auth::Bearer(token) => {
            let value = secret(&format!("Bearer {}", token.expose()), "the bearer token")?;
            request.headers.push(("authorization", value));
            Ok(())
        }
        Auth::SigV4(credentials) => sigv4(request, credentials, region, service, now),
    }
}

fn sigv4(
    request: &mut HttpRequest,
    credentials: &Credentials,
    region: &Region,
    service: &str,
    now: u64,
) -> Result<(), Error> {
    let date = AmzDate::new(now)?;
    request
        .headers
        .push(("x-amz-date", public(date.time(), "the date")?));
    if let Some(token) = credentials.session_token() {
        request
            .headers
            .push(("x-amz-security-token", secret(token, "the session token")?));
    }
    let (canonical_request, signed_headers) = canonical_request(request);
    let hash = hex::encode(Sha256::digest(canonical_request.as_bytes()));
    let scope = format!("{}/{}/{service}/aws4_request", date.day(), region.as_str());
    let string_to_sign = format!("{ALGORITHM}\n{}\n{scope}\n{hash}", date.time());
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(now);
    let key = v4::generate_signing_key(
        credentials.secret_access_key(),
        time,
        region.as_str(),
        service,
    );
    let signature = v4::calculate_signature(key, string_to_sign.as_bytes());
    let id = credentials.access_key_id();
    let authorization = format!(
        "{ALGORITHM} Credential={id}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"
    );
    request.headers.push((
        "authorization",
        secret(&authorization, "the access key id")?,
    ));
    Ok(())
}

fn public(value: &str, what: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value).map_err(|_| {
        let message = format!(
            "cannot sign: {what} has a character that is not valid in a header, such as a line break"
        );
        Error::new(ErrorKind::Authentication, message)
    })
}

fn secret(value: &str, what: &str) -> Result<HeaderValue, Error> {
    let mut value = public(value, what)?;
    value.set_sensitive(true);
    Ok(value)
}
