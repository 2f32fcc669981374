//! The text form of credentials, as a call carries it.
//!
//! JSON with `accessKeyId`, `secretAccessKey`, `sessionToken`, `region`, or `bearerToken` instead of the keys, and
//! `expiration` in milliseconds since the Unix epoch. Without keys, or as a bare region, it means the default chain in
//! that region. JSON without a region is refused.

use zeroize::Zeroizing;

use super::{Auth, Credentials};
use crate::canonical::Error;
use crate::endpoint::Region;
use crate::json::{self, Object, Writer};

/// Where an error points.
const PATH: &str = "context.credentials";

/// Read the text form. Errors name the key at fault and never repeat a value.
pub fn decode(text: &str) -> Result<Credentials, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(
            PATH,
            "empty: leave it out for the default chain, or give JSON or a region",
        ));
    }
    if !text.starts_with('{') {
        // Anything may have been put here by mistake, a key included: it is not repeated.
        Region::parse(text, PATH).map_err(|_| {
            Error::invalid(PATH, "expected JSON such as {\"accessKeyId\": …, \"region\": …}, or a bare region, saw neither")
        })?;
        return Ok(Credentials {
            auth: None,
            region: Some(text.to_owned()),
            expires_at: None,
        });
    }
    let blob =
        Object::parse(text.as_bytes()).map_err(|error| Error::invalid(PATH, error.to_string()))?;
    let region = given(&blob, "region")?.ok_or_else(|| {
        Error::invalid(
            format!("{PATH}.region"),
            "region is required: add it, e.g. \"region\": \"us-east-1\"",
        )
    })?;
    // Its own error would repeat the value, and somebody may have put a key here.
    let region = Region::parse(&region, PATH).map_err(|_| {
        Error::invalid(
            format!("{PATH}.region"),
            "expected a region such as \"us-east-1\", saw something else",
        )
    })?;
    Ok(Credentials {
        auth: auth(&blob)?,
        region: Some(region.as_str().to_owned()),
        expires_at: blob
            .number("expiration")
            .map_err(|error| fault("expiration", &error))?,
    })
}

/// A member that is there and not blank.
fn given(blob: &Object<'_>, name: &str) -> Result<Option<Zeroizing<String>>, Error> {
    let text = blob
        .string(name)
        .map_err(|error| fault(name, &error))?
        .map(Zeroizing::new);
    let trimmed = text.map(|text| Zeroizing::new(text.trim().to_owned()));
    Ok(trimmed.filter(|text| !text.is_empty()))
}

/// Says what is wrong with a member, and not what it holds.
fn fault(name: &str, error: &json::Error) -> Error {
    Error::invalid(format!("{PATH}.{name}"), error.to_string())
}

fn auth(blob: &Object<'_>) -> Result<Option<Auth>, Error> {
    let missing = |key: &str, other: &str| {
        Error::invalid(
            format!("{PATH}.{key}"),
            format!("{key} is missing beside {other}: give both, or neither"),
        )
    };
    let session_token = given(blob, "sessionToken")?;
    match (
        given(blob, "bearerToken")?,
        given(blob, "accessKeyId")?,
        given(blob, "secretAccessKey")?,
    ) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Err(Error::invalid(
            format!("{PATH}.bearerToken"),
            "bearerToken and an access key are two ways to authenticate: give one",
        )),
        (Some(token), None, None) => Ok(Some(Auth::bearer(&token))),
        (None, Some(id), Some(secret)) => Ok(Some(Auth::access_key(
            &id,
            &secret,
            session_token.as_ref().map(|token| token.as_str()),
        ))),
        (None, Some(_), None) => Err(missing("secretAccessKey", "accessKeyId")),
        (None, None, Some(_)) => Err(missing("accessKeyId", "secretAccessKey")),
        (None, None, None) => Ok(None),
    }
}

/// Write the text form; [`decode`] gives the same credentials back.
pub fn encode(credentials: &Credentials) -> Zeroizing<String> {
    let (mut key, mut secret, mut session, mut bearer) = (None, None, None, None);
    match &credentials.auth {
        Some(Auth::SigV4(keys)) => {
            key = Some(keys.access_key_id());
            secret = Some(keys.secret_access_key());
            session = keys.session_token();
        }
        Some(Auth::Bearer(token)) => bearer = Some(token.expose()),
        None => {}
    }
    let members = [
        ("accessKeyId", key),
        ("secretAccessKey", secret),
        ("sessionToken", session),
        ("bearerToken", bearer),
        ("region", credentials.region.as_deref()),
    ];
    // Room for all of it: a buffer that grows leaves secrets behind.
    let length = |value: &Option<&str>| value.map_or(0, |value| 6 * value.len());
    let room = 256
        + members
            .iter()
            .map(|(_, value)| length(value))
            .sum::<usize>();
    let mut writer = Writer::with_capacity(room);
    writer.object(|w| {
        for (name, value) in members {
            if let Some(value) = value {
                w.name(name).text(value);
            }
        }
        if let Some(expires_at) = credentials.expires_at {
            w.name("expiration").number(expires_at);
        }
    });
    Zeroizing::new(writer.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_survives_the_round_trip() {
        for text in [
            r#"{"accessKeyId":"AKIDEXAMPLE","secretAccessKey":"s/e+c","region":"us-east-1"}"#,
            r#"{"accessKeyId":"AKIDEXAMPLE","secretAccessKey":"s","sessionToken":"t","region":"eu-west-1","expiration":1795348800000}"#,
            r#"{"bearerToken":"b==","region":"us-east-1"}"#,
            r#"{"region":"us-east-1"}"#,
        ] {
            let credentials = decode(text).expect(text);
            assert_eq!(encode(&credentials).as_str(), text);
        }
    }

    #[test]
    fn a_bare_region_and_json_without_keys_mean_the_chain() {
        for text in [
            "eu-west-1",
            " eu-west-1 ",
            r#"{"region":"eu-west-1"}"#,
            r#"{"region":"eu-west-1","accessKeyId":""}"#,
        ] {
            let credentials = decode(text).expect(text);
            assert!(credentials.auth.is_none(), "{text}");
            assert_eq!(credentials.region.as_deref(), Some("eu-west-1"), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_no_value_repeated() {
        for (text, path, says) in [
            (
                r#"{"accessKeyId":"hidden","secretAccessKey":"hidden"}"#,
                ".region",
                "region is required",
            ),
            (
                r#"{"accessKeyId":"hidden","region":"us-east-1"}"#,
                ".secretAccessKey",
                "missing",
            ),
            (
                r#"{"secretAccessKey":"hidden","region":"us-east-1"}"#,
                ".accessKeyId",
                "missing",
            ),
            (
                r#"{"bearerToken":"hidden","accessKeyId":"hidden","region":"r"}"#,
                ".bearerToken",
                "one",
            ),
            (r#"{"region":"evil.com/hidden"}"#, ".region", "region"),
            (r#"{"region":7,"x":"hidden"}"#, ".region", "expected a text"),
            ("{\"accessKeyId\": \"hidden", "", "invalid JSON at byte"),
            ("Hidden+Key/hidden", "", "bare region"),
            ("", "", "default chain"),
        ] {
            let error = decode(text).expect_err(text);
            assert_eq!(error.path, Some(format!("{PATH}{path}")), "{text}");
            assert!(error.message.contains(says), "{text}: {}", error.message);
            assert!(
                !error.message.to_lowercase().contains("hidden"),
                "{}",
                error.message
            );
        }
    }
}
