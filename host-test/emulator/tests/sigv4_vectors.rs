//! The emulator's own SigV4 gives what three AWS signers gave for the same requests.

use bedrock_emulator::sigv4::{Authorization, Signable};
use serde_json::Value;
use std::path::Path;

fn text<'a>(case: &'a Value, pointer: &str) -> &'a str {
    case.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The headers a client would send: those of the vector, `host` from its URL, and the signer's own.
fn headers(case: &Value) -> Vec<(String, String)> {
    let url = text(case, "/request/url");
    let (scheme, rest) = url.split_once("://").expect("an absolute URL");
    let authority = rest.split('/').next().unwrap_or_default();
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    let host = authority.strip_suffix(default_port).unwrap_or(authority);
    let mut headers = vec![("host".to_owned(), host.to_owned())];
    for pair in case
        .pointer("/request/headers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        headers.push((text(pair, "/0").to_owned(), text(pair, "/1").to_owned()));
    }
    let added = case
        .pointer("/expected/headers_to_add")
        .and_then(Value::as_object);
    for (name, value) in added.into_iter().flatten() {
        headers.push((name.clone(), value.as_str().unwrap_or_default().to_owned()));
    }
    headers
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16).expect("hex")).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("a byte"))
        .collect()
}

fn body(case: &Value) -> Vec<u8> {
    match text(case, "/request/body_recipe") {
        "" => bytes(text(case, "/request/body_hex")),
        "b\"x\" * 65536" => vec![b'x'; 65536],
        other => panic!("unknown recipe {other}"),
    }
}

#[test]
fn every_vector_has_the_same_canonical_request_string_to_sign_and_signature() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/sigv4");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.display();
        let case: Value =
            serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
        let headers = headers(&case);
        let body = body(&case);
        let authorization: Authorization = text(&case, "/expected/authorization")
            .parse()
            .expect("an Authorization header");
        let signable = Signable {
            method: text(&case, "/request/method"),
            path: text(&case, "/request/wire_path"),
            query: text(&case, "/request/query"),
            headers: &headers,
            body: &body,
        };
        let canonical = signable.canonical_request(&authorization.signed_headers);
        assert_eq!(
            canonical,
            text(&case, "/expected/canonical_request"),
            "{name}"
        );
        let string_to_sign = authorization
            .scope
            .string_to_sign(text(&case, "/time"), &canonical);
        assert_eq!(
            string_to_sign,
            text(&case, "/expected/string_to_sign"),
            "{name}"
        );
        let secret = text(&case, "/credentials/secret_access_key");
        let signature = authorization.scope.signature(secret, &string_to_sign);
        assert_eq!(signature, text(&case, "/expected/signature"), "{name}");
        seen += 1;
    }
    assert!(seen >= 40, "only {seen} vectors found");
}
