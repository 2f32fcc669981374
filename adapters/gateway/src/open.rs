//! An open gateway is open to this machine: by the names of loopback, and no page of another origin.
//!
//! A page that a browser loads from elsewhere can send requests to `127.0.0.1`, and a name of its own can point there (DNS
//! rebinding). It cannot choose `Host` and `Origin`.

use bedrock_provider::canonical::{Error, ErrorKind};

use crate::http::Head;

/// Whether a request without a key is taken. `names` are hosts that are allowed besides loopback's.
///
/// # Errors
/// `permission`, which says which header is at fault.
pub fn admit(head: &Head, names: &[String]) -> Result<(), Error> {
    let authority = head.authority();
    let is_named = |host: &str| names.iter().any(|name| name.eq_ignore_ascii_case(host));
    // Every browser sends it; what does not is no page.
    if let Some(host) = authority.map(host_of)
        && !is_loopback(host)
        && !is_named(host)
    {
        return Err(forbidden("host", "host not allowed without an API key"));
    }
    let Some(origin) = head.header("origin") else {
        return Ok(());
    };
    let from = origin.split_once("://").map(|(_, authority)| authority);
    let is_own = from.is_some() && from == authority;
    match is_own || from.map(host_of).is_some_and(is_named) {
        true => Ok(()),
        false => Err(forbidden("origin", "origin not allowed without an API key")),
    }
}

fn forbidden(header: &str, message: &str) -> Error {
    Error {
        path: Some(header.into()),
        status: Some(403),
        ..Error::new(ErrorKind::Permission, message)
    }
}

/// Without the port.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[').and_then(|rest| rest.find(']')) {
        // The brackets of an IPv6 address stay.
        Some(end) => authority.get(..end + 2).unwrap_or(authority),
        None => authority
            .split_once(':')
            .map_or(authority, |(host, _)| host),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_of_127 = |host: &str| host.starts_with("127.") && host.split('.').all(is_number);
    ["localhost", "[::1]"].contains(&&*host) || host.ends_with(".localhost") || is_of_127(&host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_what_is_named_is_taken_and_no_other_origin() {
        let names = ["gateway.internal".to_owned()];
        for (host, origin, expected) in [
            (Some("127.0.0.1:8080"), None, Ok(())),
            (Some("localhost"), None, Ok(())),
            (Some("LOCALHOST:1"), None, Ok(())),
            (Some("app.localhost:8080"), None, Ok(())),
            (Some("[::1]:8080"), None, Ok(())),
            (Some("127.8.9.1"), None, Ok(())),
            (None, None, Ok(())),
            (Some("Gateway.internal:80"), None, Ok(())),
            (Some("evil.example"), None, Err("host")),
            (Some("127.0.0.1.evil.example"), None, Err("host")),
            (Some("localhost.evil.example:80"), None, Err("host")),
            (Some("169.254.169.254"), None, Err("host")),
            (Some("[::2]"), None, Err("host")),
            (Some(""), None, Err("host")),
            (
                Some("127.0.0.1:8080"),
                Some("http://127.0.0.1:8080"),
                Ok(()),
            ),
            (
                Some("127.0.0.1:8080"),
                Some("https://gateway.internal"),
                Ok(()),
            ),
            (
                Some("127.0.0.1:8080"),
                Some("http://127.0.0.1:3000"),
                Err("origin"),
            ),
            (
                Some("127.0.0.1:8080"),
                Some("https://evil.example"),
                Err("origin"),
            ),
            (Some("127.0.0.1:8080"), Some("null"), Err("origin")),
            (None, Some("https://evil.example"), Err("origin")),
        ] {
            let header = |name: &str, value: Option<&str>| {
                value.map(|value| (name.to_owned(), value.as_bytes().to_vec()))
            };
            let headers = header("host", host)
                .into_iter()
                .chain(header("origin", origin));
            let head = Head::new("POST", "/v1/messages", headers.collect());
            let seen = admit(&head, &names).map_err(|error| error.path.unwrap());
            assert_eq!(seen.err().as_deref(), expected.err(), "{host:?} {origin:?}");
        }
    }
}
