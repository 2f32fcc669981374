//! The signer against vectors and against `aws-sigv4`'s own.

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// 2026-11-22T12:00:00Z.
const NOON: u64 = 1_795_348_800_000;

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} in {value}"))
}

fn region(name: &str) -> Region {
    Region::parse(name, "region").expect(name)
}

fn header(request: &HttpRequest, name: &str) -> Option<String> {
    let (_, value) = request.headers.iter().find(|(own, _)| *own == name)?;
    Some(value.to_str().expect("text").to_owned())
}

/// A case's request, with the authority that `Endpoint` would give it.
fn request(case: &Value) -> HttpRequest {
    let uri: http::Uri = text(case, "/request/url").parse().expect("an address");
    let authority = uri.authority().expect("an authority").as_str();
    let headers = case["request"]["headers"]
        .as_array()
        .expect("headers")
        .iter()
        .map(|header| {
            let name: &'static str = text(header, "/0").to_owned().leak();
            (
                name,
                HeaderValue::from_str(text(header, "/1")).expect("a value"),
            )
        });
    let body = match case["request"]["body_hex"].as_str() {
        Some(text) => hex::decode(text).expect("hex"),
        None => vec![
            b'x';
            case["request"]["body_len"]
                .as_u64()
                .expect("a length")
                .try_into()
                .expect("small")
        ],
    };
    HttpRequest {
        method: if text(case, "/request/method") == "GET" {
            "GET"
        } else {
            "POST"
        },
        scheme: "https",
        authority: authority
            .strip_suffix(":443")
            .unwrap_or(authority)
            .to_owned(),
        path: text(case, "/request/wire_path").to_owned(),
        query: text(case, "/request/query").to_owned(),
        headers: headers.collect(),
        body,
    }
}

fn millis(time: &str) -> u64 {
    use aws_smithy_types::date_time::{DateTime, Format};
    let (date, time) = time.split_once('T').expect("T");
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..8]);
    let extended = format!(
        "{year}-{month}-{day}T{}:{}:{}Z",
        &time[..2],
        &time[2..4],
        &time[4..6]
    );
    let instant = DateTime::from_str(&extended, Format::DateTime).expect("a time");
    instant
        .to_millis()
        .expect("in range")
        .try_into()
        .expect("after 1970")
}

/// Every case was made by botocore and holds in the JavaScript signer too. A model id of `..` never reaches the signer:
/// `Model::parse` refuses it, and the case itself shows why (its canonical path has lost the model).
#[test]
fn every_signature_is_that_of_the_other_sdks() {
    let mut count = 0;
    for entry in std::fs::read_dir("tests/vectors/sigv4").expect("vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let case: Value =
            serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
        if case["modelId"] == ".." {
            assert!(crate::model::Model::parse("bedrock/..").is_err());
            continue;
        }
        let credentials = &case["credentials"];
        let auth = Auth::access_key(
            text(credentials, "/access_key_id"),
            text(credentials, "/secret_access_key"),
            credentials["session_token"].as_str(),
        );
        let mut request = request(&case);
        let (region, service) = (region(text(&case, "/region")), text(&case, "/service"));
        sign(
            &mut request,
            &auth,
            &region,
            service,
            millis(text(&case, "/time")),
        )
        .expect("signed");
        for (name, value) in case["expected"]["headers_to_add"]
            .as_object()
            .expect("headers")
        {
            assert_eq!(
                header(&request, name).as_deref(),
                value.as_str(),
                "{name} of {}",
                path.display()
            );
        }
        count += 1;
    }
    assert!(count >= 40, "only {count} cases");
}

/// The `authorization` that the crate's general signer gives the same request.
fn by_the_crate(request: &HttpRequest, credentials: &Credentials, region: &str) -> String {
    let mut settings = SigningSettings::default();
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(SystemTime::UNIX_EPOCH + Duration::from_millis(NOON))
        .settings(settings)
        .build()
        .expect("parameters");
    let uri = format!("{}://{}{}", request.scheme, request.authority, request.path);
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (*name, value.to_str().expect("text")));
    let signable = SignableRequest::new(
        request.method,
        &uri,
        headers,
        SignableBody::Bytes(&request.body),
    );
    let signed =
        aws_sigv4::http_request::sign(signable.expect("signable"), &params.into()).expect("signed");
    let (headers, _) = signed.into_parts().0.into_parts();
    let authorization = headers
        .into_iter()
        .find(|header| header.name() == "authorization")
        .expect("a signature");
    authorization.value().to_owned()
}

proptest! {
    #[test]
    fn any_request_is_signed_as_the_crate_signs_it(
        path in "(/[A-Za-z0-9._~!$&'()*+,;=:@-]{0,8}|/%[0-9A-F]{2}){0,6}",
        value in "[ -~]{0,24}",
        token in proptest::option::of("[A-Za-z0-9/+=]{1,32}"),
        body in proptest::collection::vec(any::<u8>(), 0..64),
        port in proptest::option::of(1024u16..),
    ) {
        prop_assume!(!path.split('/').any(|segment| segment == "." || segment == ".."));
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", token, None, "test");
        let mut request = HttpRequest {
            method: "POST",
            scheme: "https",
            authority: port.map_or("example.com".to_owned(), |port| format!("example.com:{port}")),
            path: format!("{path}/converse"),
            query: String::new(),
            headers: vec![
                ("content-type", HeaderValue::from_static("application/json")),
                ("user-agent", HeaderValue::from_static("unsigned")),
                ("x-amz-meta", HeaderValue::from_str(&value).expect("a value")),
            ],
            body,
        };
        let theirs = by_the_crate(&request, &credentials, "us-east-1");
        sign(&mut request, &Auth::SigV4(credentials), &region("us-east-1"), SERVICE, NOON).expect("signed");
        prop_assert_eq!(header(&request, "authorization"), Some(theirs));
    }
}

fn bare() -> HttpRequest {
    HttpRequest {
        method: "POST",
        scheme: "https",
        authority: "h".into(),
        path: "/".into(),
        query: String::new(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

#[test]
fn a_bearer_key_is_sent_alone_and_not_shown() {
    let mut request = bare();
    sign(
        &mut request,
        &Auth::bearer("key=="),
        &region("us-east-1"),
        SERVICE,
        0,
    )
    .expect("signed");
    assert_eq!(request.headers.len(), 1);
    assert_eq!(
        header(&request, "authorization").as_deref(),
        Some("Bearer key==")
    );
    assert!(!format!("{request:?}").contains("key=="), "{request:?}");
}

#[test]
fn a_key_with_a_line_break_is_refused_without_repeating_it() {
    for auth in [
        Auth::bearer("a\nsecret"),
        Auth::access_key("AKID", "x", Some("a\nsecret")),
        Auth::access_key("a\nsecret", "x", None),
    ] {
        let error =
            sign(&mut bare(), &auth, &region("us-east-1"), SERVICE, NOON).expect_err("refused");
        assert_eq!(error.kind, ErrorKind::Authentication);
        assert!(!error.message.contains("secret"), "{}", error.message);
    }
}

#[test]
fn a_time_past_what_aws_can_write_is_refused() {
    let auth = Auth::access_key("AKID", "x", None);
    for now in [u64::MAX, 253_402_300_800_000] {
        let error =
            sign(&mut bare(), &auth, &region("us-east-1"), SERVICE, now).expect_err("refused");
        assert_eq!(error.path.as_deref(), Some("now"));
    }
    sign(
        &mut bare(),
        &auth,
        &region("us-east-1"),
        SERVICE,
        253_402_300_799_999,
    )
    .expect("the last millisecond");
}
