//! The JSON in which containers and instances are given credentials.
//!
//! In: the body of an answer. Out: credentials that expire. Source: the Rust SDK, which takes names in any case, two names
//! for the token and for the expiration, and wants all four members.

use zeroize::Zeroizing;

use super::broken;
use crate::canonical::Error;
use crate::clock::date;
use crate::credentials::{Auth, Credentials};
use crate::excerpt::printable;
use crate::http_message::Head;
use crate::json::{Object, Text};

/// How much of a service's own words an error repeats, in characters.
const MAX_WORDS: usize = 300;

/// Names of one member, of which each may be in any case.
type Names = &'static [&'static str];

/// What an answer must hold.
const KEY: Names = &["AccessKeyId"];
const SECRET: Names = &["SecretAccessKey"];
const TOKEN: Names = &["Token", "SessionToken"];
const EXPIRATION: Names = &["Expiration", "ExpiresAt"];

/// Credentials out of `body`; `source` is who wrote it, and `path` what led there, for the error.
pub(super) fn read(body: &[u8], source: &str, path: &str) -> Result<Credentials, Error> {
    let object = Object::parse(body)
        .map_err(|error| broken(path, format!("{source} answered with {error}")))?;
    if let Some(code) = member(&object, &["Code"]).filter(|code| code.as_str() != "Success") {
        let words = member(&object, &["Message"]).unwrap_or_default();
        return Err(Error {
            code: Some(shown(&code)),
            ..broken(path, said(source, &code, &words))
        });
    }
    let needed = |names: Names| {
        member(&object, names)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| {
                let name = names.first().copied().unwrap_or_default();
                broken(path, format!("{source} answered without {name}"))
            })
    };
    let auth = Auth::access_key(&needed(KEY)?, &needed(SECRET)?, Some(&needed(TOKEN)?));
    let expires_at = date::from_iso8601(&needed(EXPIRATION)?).ok_or_else(|| {
        let message = format!(
            "{source} answered with an Expiration that is not a time such as 2026-11-22T12:00:00Z"
        );
        broken(path, message)
    })?;
    Ok(Credentials {
        auth: Some(auth),
        region: None,
        expires_at: Some(expires_at),
    })
}

/// An answer that is none: its status, and the service's own words where it has any.
pub(super) fn refusal(head: &Head, body: &[u8], source: &str, path: &str, advice: &str) -> Error {
    let object = Object::parse(body).unwrap_or_default();
    let code = member(&object, &["Code"]).or_else(|| head.error_type.clone().map(Zeroizing::new));
    let words = member(&object, &["Message"]).unwrap_or_default();
    let status = format!("HTTP {}", head.status);
    let called = code.as_ref().map_or(status.as_str(), |code| code.as_str());
    Error {
        status: Some(head.status),
        request_id: head.request_id.clone(),
        code: code.as_ref().map(|code| shown(code)),
        retryable: head.status == 429 || head.status >= 500,
        ..broken(path, format!("{}: {advice}", said(source, called, &words)))
    }
}

/// Nothing came back.
pub(super) fn silence(why: &str, source: &str, path: &str, advice: &str) -> Error {
    let why = shown(why);
    Error {
        retryable: true,
        ..broken(path, format!("{source} did not answer ({why}): {advice}"))
    }
}

/// A service's own words, without what could forge a line of a log, and not too many.
pub(super) fn shown(words: &str) -> String {
    printable(words, MAX_WORDS)
}

/// What a service says, made fit to be shown.
pub(super) fn said(source: &str, code: &str, words: &str) -> String {
    let code = shown(code);
    match shown(words) {
        words if words.is_empty() => format!("{source} refuses with {code}"),
        words => format!("{source} refuses with {code} ({words})"),
    }
}

/// Credentials that are over as they come are no use; `now` is in milliseconds since the Unix epoch.
pub(super) fn current(
    credentials: Credentials,
    now: u64,
    source: &str,
    path: &str,
) -> Result<Credentials, Error> {
    match credentials.expires_at {
        Some(end) if end <= now => Err(broken(
            path,
            format!("{source} returned expired credentials: check this machine's clock"),
        )),
        _ => Ok(credentials),
    }
}

/// A text; none where it is absent, null or of another type.
fn member(object: &Object<'_>, names: &[&str]) -> Option<Zeroizing<String>> {
    let is_meant = |name: &Text<'_>| {
        let name = name.into_string();
        names.iter().any(|own| own.eq_ignore_ascii_case(&name))
    };
    let (_, value) = object.members().find(|(name, _)| is_meant(name))?;
    Text::of_literal(value).map(|text| Zeroizing::new(text.into_string()))
}
