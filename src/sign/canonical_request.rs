//! SigV4's canonical request: the form of a request that both sides hash.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>, step 1.

use std::collections::BinaryHeap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::http_message::HttpRequest;

/// Headers that proxies may change, and that are never signed.
const UNSIGNED: &[&str] = &[
    "authorization",
    "connection",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

/// The canonical request, and the names of the headers in it.
pub(super) fn canonical_request(request: &HttpRequest) -> (String, String) {
    // Few elements: a heap is an eighth of the code of a sort.
    let mut headers: BinaryHeap<(&str, &[u8])> = request
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .filter(|(name, _)| !UNSIGNED.contains(name))
        .collect();
    headers.push(("host", request.authority.as_bytes()));

    let mut canonical = format!("{}\n", request.method);
    push_path(&request.path, &mut canonical);
    canonical.push('\n');
    push_query(&request.query, &mut canonical);
    canonical.push('\n');
    let mut names = String::new();
    for (name, value) in headers.into_sorted_vec() {
        // Writing to a String cannot fail.
        let _ = writeln!(canonical, "{name}:{}", folded(value));
        if !names.is_empty() {
            names.push(';');
        }
        names.push_str(name);
    }
    let payload = hex::encode(Sha256::digest(&request.body));
    let _ = write!(canonical, "\n{names}\n{payload}");
    (canonical, names)
}

/// Every byte but the unreserved ones and the slash is encoded, those of an encoding once more: services other than S3
/// decode the path before they check it.
fn push_path(path: &str, canonical: &mut String) {
    for &byte in path.as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                canonical.push(byte.into())
            }
            _ => {
                let _ = write!(canonical, "%{byte:02X}");
            }
        }
    }
}

/// Parameters by name and then by value; they are encoded already.
fn push_query(query: &str, canonical: &mut String) {
    let parameters: BinaryHeap<(&str, &str)> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
        .collect();
    for (at, (name, value)) in parameters.into_sorted_vec().into_iter().enumerate() {
        let separator = if at == 0 { "" } else { "&" };
        let _ = write!(canonical, "{separator}{name}={value}");
    }
}

/// Without space around it, and one space for each run of them within.
fn folded(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let mut folded = String::with_capacity(text.len());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}
