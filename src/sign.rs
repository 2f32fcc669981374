//! Signing: SigV4 by `aws-sigv4`, or a bearer key.
//!
//! In: a request, credentials, region and time. Out: the same request with its headers. Nothing else knows how AWS
//! authenticates. Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>; for bearer keys
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html>.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use http::{HeaderMap, HeaderValue, Request, header};

use crate::canonical::{Error, ErrorKind};
use crate::credentials::Auth;
use crate::endpoint::Region;

/// The name that a credential scope of Bedrock carries; that of the host is `bedrock-runtime`.
pub(crate) const SERVICE: &str = "bedrock";

/// Add what `auth` asks for. `now` is in milliseconds since the Unix epoch.
pub(crate) fn sign(
    request: &mut Request<Vec<u8>>,
    auth: &Auth,
    region: &Region,
    service: &str,
    now: u64,
) -> Result<(), Error> {
    match auth {
        Auth::Bearer(token) => {
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose()))
                .map_err(|_| refusal("the bearer token holds a character that no header may"))?;
            value.set_sensitive(true);
            request.headers_mut().insert(header::AUTHORIZATION, value);
            Ok(())
        }
        Auth::SigV4(credentials) => {
            let signed = headers(request, credentials.clone(), region, service, now)?;
            request.headers_mut().extend(signed);
            Ok(())
        }
    }
}

/// The headers that SigV4 adds.
fn headers(
    request: &Request<Vec<u8>>,
    credentials: Credentials,
    region: &Region,
    service: &str,
    now: u64,
) -> Result<HeaderMap, Error> {
    let mut settings = SigningSettings::default();
    // Our paths have no dot segments, and a model id is never to be taken for one.
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region.as_str())
        .name(service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_millis(now))
        .settings(settings)
        .build()
        .map_err(|error| refusal(&error.to_string()))?;
    let uri = request.uri().to_string();
    let signable_headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let signable = SignableRequest::new(
        request.method().as_str(),
        &uri,
        signable_headers,
        SignableBody::Bytes(request.body()),
    )
    .map_err(|error| refusal(&error.to_string()))?;
    let (instructions, _signature) = aws_sigv4::http_request::sign(signable, &params.into())
        .map_err(|_| refusal("a key or the session token holds a character that no header may"))?
        .into_parts();
    let mut signed = HeaderMap::new();
    for added in instructions.into_parts().0 {
        let mut value = HeaderValue::try_from(added.value())
            .map_err(|_| refusal("a key holds a control character"))?;
        value.set_sensitive(added.sensitive());
        signed.insert(added.name(), value);
    }
    Ok(signed)
}

fn refusal(why: &str) -> Error {
    Error::new(ErrorKind::Authentication, format!("cannot sign: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{pointer} in {value}"))
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    fn millis(iso: &str) -> u64 {
        use aws_smithy_types::date_time::{DateTime, Format};
        let (date, time) = iso.split_once('T').expect("T");
        let extended = format!(
            "{}-{}-{}T{}:{}:{}Z",
            &date[..4],
            &date[4..6],
            &date[6..8],
            &time[..2],
            &time[2..4],
            &time[4..6]
        );
        let instant = DateTime::from_str(&extended, Format::DateTime).expect(iso);
        instant
            .to_millis()
            .expect("in range")
            .try_into()
            .expect("after 1970")
    }

    fn signed(case: &Value) -> Request<Vec<u8>> {
        let body = match case["request"]["body_hex"].as_str() {
            Some(hex) => bytes(hex),
            None => vec![
                b'x';
                case["request"]["body_len"]
                    .as_u64()
                    .expect("a length")
                    .try_into()
                    .expect("small")
            ],
        };
        let mut request = Request::builder()
            .method(text(case, "/request/method"))
            .uri(text(case, "/request/url"));
        for header in case["request"]["headers"].as_array().expect("headers") {
            request = request.header(text(header, "/0"), text(header, "/1"));
        }
        let mut request = request.body(body).expect("a request");
        let credentials = &case["credentials"];
        let auth = Auth::access_key(
            text(credentials, "/access_key_id"),
            text(credentials, "/secret_access_key"),
            credentials["session_token"].as_str(),
        );
        let region = Region::parse(text(case, "/region"), "region").expect("a region");
        sign(
            &mut request,
            &auth,
            &region,
            text(case, "/service"),
            millis(text(case, "/time")),
        )
        .expect("signed");
        request
    }

    /// Every case was made by botocore and holds in the JavaScript signer too. A model id of `..` never reaches the
    /// signer: `Model::parse` refuses it, as the case itself shows why (its canonical path loses the model).
    #[test]
    fn every_signature_is_that_of_the_other_sdks() {
        let mut count = 0;
        for entry in std::fs::read_dir("tests/vectors/sigv4").expect("vectors") {
            let path = entry.expect("an entry").path();
            let case: Value =
                serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
            if case["modelId"] == ".." {
                assert!(crate::model::Model::parse("bedrock/..").is_err());
                continue;
            }
            let request = signed(&case);
            let authorization = request.headers()[header::AUTHORIZATION]
                .to_str()
                .expect("text");
            assert_eq!(
                authorization,
                text(&case, "/expected/authorization"),
                "{}",
                path.display()
            );
            for (name, value) in case["expected"]["headers_to_add"]
                .as_object()
                .expect("headers")
            {
                assert_eq!(
                    request.headers()[name],
                    value.as_str().expect("text"),
                    "{}",
                    path.display()
                );
            }
            count += 1;
        }
        assert!(count >= 40, "only {count} cases");
    }

    #[test]
    fn a_bearer_key_is_sent_alone_and_marked_sensitive() {
        let mut request = Request::post("https://h/")
            .body(Vec::new())
            .expect("a request");
        let region = Region::parse("us-east-1", "region").expect("a region");
        sign(&mut request, &Auth::bearer("key=="), &region, SERVICE, 0).expect("signed");
        assert_eq!(request.headers().len(), 1);
        assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer key==");
        assert!(request.headers()[header::AUTHORIZATION].is_sensitive());
    }

    #[test]
    fn a_key_with_a_line_break_is_refused_without_repeating_it() {
        let region = Region::parse("us-east-1", "region").expect("a region");
        for auth in [
            Auth::bearer("a\nsecret"),
            Auth::access_key("AKID", "x", Some("a\nsecret")),
        ] {
            let mut request = Request::post("https://h/")
                .body(Vec::new())
                .expect("a request");
            let error = sign(&mut request, &auth, &region, SERVICE, 0).expect_err("refused");
            assert_eq!(error.kind, ErrorKind::Authentication);
            assert!(!error.message.contains("secret"), "{}", error.message);
        }
    }
}
