//! AWS Signature Version 4, recomputed from the request that arrived.
//!
//! In: method, path and query as they stood on the wire, headers, body, a secret. Out: the canonical
//! request, the string to sign and the signature that the client should have sent. Written on SHA-256
//! and HMAC alone, so that a signer built on `aws-sigv4` is judged by other code than its own.
//!
//! Rules: "Create a signed AWS API request", AWS General Reference. Bedrock is not S3: the path is
//! normalised and percent-encoded a second time.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The only algorithm Bedrock takes.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What is signed, as it stood on the wire.
#[derive(Debug, Clone, Copy)]
pub struct Signable<'a> {
    /// HTTP method, upper case.
    pub method: &'a str,
    /// Path as sent, percent-encoded once by the client.
    pub path: &'a str,
    /// Query as sent, without `?`; empty when there is none.
    pub query: &'a str,
    /// Every header of the request, in order; names in any case.
    pub headers: &'a [(String, String)],
    /// The body's bytes.
    pub body: &'a [u8],
}

impl<'a> Signable<'a> {
    /// First value of a header; the name in any case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers
            .iter()
            .find(|(seen, _)| seen.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The canonical request over the headers in `signed_headers` (lower case, sorted by the client).
    pub fn canonical_request(&self, signed_headers: &[String]) -> String {
        let mut out = format!(
            "{}\n{}\n{}\n",
            self.method,
            canonical_uri(self.path),
            canonical_query(self.query)
        );
        for name in signed_headers {
            out.push_str(name);
            out.push(':');
            out.push_str(&self.canonical_value(name));
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&signed_headers.join(";"));
        out.push('\n');
        out.push_str(&hex(&Sha256::digest(self.body)));
        out
    }

    /// All values of a header, trimmed, inner spaces collapsed, joined by a comma.
    fn canonical_value(&self, name: &str) -> String {
        let values = self
            .headers
            .iter()
            .filter(|(seen, _)| seen.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
        values.collect::<Vec<_>>().join(",")
    }
}

/// `date/region/service/aws4_request`: what a signing key is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialScope {
    /// `YYYYMMDD`.
    pub date: String,
    /// Region, such as `us-east-1`.
    pub region: String,
    /// Signing name, `bedrock` for Bedrock Runtime.
    pub service: String,
    /// `aws4_request` in every valid scope.
    pub terminator: String,
}

impl std::fmt::Display for CredentialScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}/{}/{}/{}",
            self.date, self.region, self.service, self.terminator
        )
    }
}

impl CredentialScope {
    /// The string to sign: algorithm, time (`YYYYMMDDTHHMMSSZ`), scope, hash of the canonical request.
    pub fn string_to_sign(&self, amz_date: &str, canonical_request: &str) -> String {
        let hash = hex(&Sha256::digest(canonical_request));
        format!("{ALGORITHM}\n{amz_date}\n{self}\n{hash}")
    }

    /// The signature of `string_to_sign` in lower-case hex, under the key derived for this scope.
    pub fn signature(&self, secret_access_key: &str, string_to_sign: &str) -> String {
        let parts = [&self.date, &self.region, &self.service, &self.terminator];
        let secret = format!("AWS4{secret_access_key}").into_bytes();
        let key = parts
            .iter()
            .fold(secret, |key, part| hmac(&key, part.as_bytes()));
        hex(&hmac(&key, string_to_sign.as_bytes()))
    }
}

/// A SigV4 `Authorization` header taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Access key id, the first part of `Credential`.
    pub access_key_id: String,
    /// The rest of `Credential`.
    pub scope: CredentialScope,
    /// Names in `SignedHeaders`, as sent.
    pub signed_headers: Vec<String>,
    /// Hex signature, as sent.
    pub signature: String,
}

/// Why an `Authorization` header is no SigV4 header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// The scheme is not [`ALGORITHM`].
    #[error("expected the algorithm '{ALGORITHM}', seen '{seen}'")]
    Algorithm {
        /// The first word of the header.
        seen: String,
    },
    /// Parameters are absent or empty.
    #[error("Authorization header requires {}", .names.iter().map(|n| format!("'{n}' parameter.")).collect::<Vec<_>>().join(" Authorization header requires "))]
    Missing {
        /// Their names.
        names: Vec<&'static str>,
    },
    /// `Credential` is not five parts divided by slashes.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{seen}'"
    )]
    Credential {
        /// The value that was sent.
        seen: String,
    },
}

impl std::str::FromStr for Authorization {
    type Err = AuthorizationError;

    fn from_str(header: &str) -> Result<Self, Self::Err> {
        let (algorithm, rest) = header.split_once(' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(AuthorizationError::Algorithm {
                seen: algorithm.to_owned(),
            });
        }
        let parameter = |name: &str| {
            rest.split(',')
                .filter_map(|part| part.trim().split_once('='))
                .find(|(key, value)| *key == name && !value.is_empty())
                .map(|(_, value)| value.to_owned())
        };
        let found =
            ["Credential", "Signature", "SignedHeaders"].map(|name| (name, parameter(name)));
        let [
            (_, Some(credential)),
            (_, Some(signature)),
            (_, Some(signed)),
        ] = &found
        else {
            let names = found
                .iter()
                .filter(|(_, value)| value.is_none())
                .map(|(name, _)| *name)
                .collect();
            return Err(AuthorizationError::Missing { names });
        };
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, terminator] = parts.as_slice() else {
            return Err(AuthorizationError::Credential {
                seen: credential.clone(),
            });
        };
        Ok(Self {
            access_key_id: (*access_key_id).to_owned(),
            scope: CredentialScope {
                date: (*date).to_owned(),
                region: (*region).to_owned(),
                service: (*service).to_owned(),
                terminator: (*terminator).to_owned(),
            },
            signed_headers: signed.split(';').map(str::to_owned).collect(),
            signature: signature.clone(),
        })
    }
}

/// Compares without stopping at the first difference, so that time tells nothing about the signature.
pub fn constant_time_eq(left: &str, right: &str) -> bool {
    let difference = left
        .bytes()
        .zip(right.bytes())
        .fold(0, |seen, (l, r)| seen | (l ^ r));
    left.len() == right.len() && difference == 0
}

/// Dot segments removed (RFC 3986, 5.2.4), empty segments dropped, every byte but unreserved ones encoded.
fn canonical_uri(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut out = String::from("/");
    out.push_str(
        &segments
            .iter()
            .map(|segment| percent_encode(segment.as_bytes()))
            .collect::<Vec<_>>()
            .join("/"),
    );
    if path.len() > 1 && path.ends_with('/') && out.len() > 1 {
        out.push('/');
    }
    out
}

/// Parameters decoded, encoded strictly, and sorted by name, then value.
fn canonical_query(query: &str) -> String {
    let mut parameters: Vec<(String, String)> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            (recode(name), recode(value))
        })
        .collect();
    parameters.sort();
    parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

fn recode(text: &str) -> String {
    percent_encode(&percent_decode(text))
}

/// Bytes of a percent-encoded text; a `%` that starts no escape stands for itself.
pub(crate) fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => nibble(*high).zip(nibble(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                out.push(high << 4 | low);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(first);
                rest = tail;
            }
        }
    }
    out
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn percent_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length, so the error cannot happen; an empty tag would match nothing.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
