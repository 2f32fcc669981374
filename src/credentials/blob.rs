//! The text form of credentials, as a call carries it.
//!
//! JSON with `accessKeyId`, `secretAccessKey`, `sessionToken`, `region`, or `bearerToken` instead of the keys, and
//! `expiration` in milliseconds since the Unix epoch. Without keys, or as a bare region, it means the default chain in
//! that region. JSON without a region is refused. `roleArn`, with `externalId` and `sessionName`, is a role to assume with
//! these keys or with the chain's.

use zeroize::Zeroizing;

use super::{Auth, Credentials, Role};
use crate::canonical::Error;
use crate::endpoint::Region;
use crate::json::{self, Object, Writer};

/// Where an error points.
const PATH: &str = "context.credentials";

/// The longest ARN that STS takes, in bytes.
const MAX_ARN: usize = 2048;

/// Read the text form where no role can be assumed: one that asks for a role is refused, as the keys in it alone would
/// be somebody else. Errors name the key at fault and never repeat a value.
pub fn decode(text: &str) -> Result<Credentials, Error> {
    match decode_with_role(text)? {
        (credentials, None) => Ok(credentials),
        (_, Some(_)) => Err(Error::unsupported(
            format!("{PATH}.roleArn"),
            "assuming a role is not supported here: assume it first, and pass the credentials from STS",
        )),
    }
}

/// Read the text form, with the role that it asks for. Errors as for [`decode`].
pub fn decode_with_role(text: &str) -> Result<(Credentials, Option<Role>), Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(
            PATH,
            "empty: remove it for the default chain, or set JSON or a region",
        ));
    }
    if !text.starts_with('{') {
        // Anything may have been put here by mistake, a key included: it is not repeated.
        Region::parse(text, PATH).map_err(|_| {
            Error::invalid(PATH, "expected JSON such as {\"accessKeyId\": …, \"region\": …}, or a bare region, got neither")
        })?;
        let credentials = Credentials {
            auth: None,
            region: Some(text.to_owned()),
            expires_at: None,
        };
        return Ok((credentials, None));
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
            "expected a region such as \"us-east-1\"",
        )
    })?;
    let credentials = Credentials {
        auth: auth(&blob)?,
        region: Some(region.as_str().to_owned()),
        expires_at: blob
            .number("expiration")
            .map_err(|error| fault("expiration", &error))?,
    };
    let role = role(&blob)?;
    if role.is_some() && matches!(credentials.auth, Some(Auth::Bearer(_))) {
        return Err(Error::invalid(
            format!("{PATH}.roleArn"),
            "assuming a role with bearerToken is not supported: set accessKeyId and secretAccessKey",
        ));
    }
    Ok((credentials, role))
}

/// The role that is asked for.
fn role(blob: &Object<'_>) -> Result<Option<Role>, Error> {
    let text = |name| given(blob, name).map(|text| text.map(|text| text.to_string()));
    let (arn, external_id, session_name) =
        (text("roleArn")?, text("externalId")?, text("sessionName")?);
    let Some(arn) = arn else {
        let alone = [("externalId", external_id), ("sessionName", session_name)]
            .into_iter()
            .find(|(_, value)| value.is_some());
        return match alone {
            None => Ok(None),
            Some((name, _)) => Err(Error::invalid(
                format!("{PATH}.{name}"),
                "requires roleArn, which is missing: add it, or remove this",
            )),
        };
    };
    if !arn.starts_with("arn:") || arn.len() > MAX_ARN || !arn.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(Error::invalid(
            format!("{PATH}.roleArn"),
            "expected a role such as \"arn:aws:iam::123456789012:role/name\"",
        ));
    }
    Ok(Some(Role {
        arn,
        external_id,
        session_name,
        duration_seconds: None,
    }))
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
            format!("{key} is missing, but required with {other}: set both, or neither"),
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
            "bearerToken is not supported together with an access key: set only one",
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

/// Write the text form; [`decode_with_role`] gives the same back.
pub fn encode(credentials: &Credentials, role: Option<&Role>) -> Zeroizing<String> {
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
        ("roleArn", role.map(|role| role.arn.as_str())),
        (
            "externalId",
            role.and_then(|role| role.external_id.as_deref()),
        ),
        (
            "sessionName",
            role.and_then(|role| role.session_name.as_deref()),
        ),
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
            r#"{"region":"us-east-1","roleArn":"arn:aws:iam::123456789012:role/r","externalId":"e","sessionName":"s"}"#,
        ] {
            let (credentials, role) = decode_with_role(text).expect(text);
            assert_eq!(encode(&credentials, role.as_ref()).as_str(), text);
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
    fn a_role_comes_with_the_keys_or_with_the_chain_and_is_never_passed_over() {
        let arn = "arn:aws:iam::123456789012:role/demo";
        for (members, has_keys, external_id, session_name) in [
            ("", false, None, None),
            (
                r#","externalId":"e","sessionName":"n""#,
                false,
                Some("e"),
                Some("n"),
            ),
            (
                r#","accessKeyId":"i","secretAccessKey":"s""#,
                true,
                None,
                None,
            ),
        ] {
            let text = format!(r#"{{"roleArn":"{arn}","region":"us-east-1"{members}}}"#);
            let (credentials, role) = decode_with_role(&text).expect(&text);
            let role = role.expect(&text);
            assert_eq!(role.arn, arn);
            assert_eq!(role.external_id.as_deref(), external_id);
            assert_eq!(role.session_name.as_deref(), session_name);
            assert_eq!(credentials.auth.is_some(), has_keys);
            let refused = decode(&text).expect_err("a role");
            assert_eq!(refused.path, Some(format!("{PATH}.roleArn")));
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
            (
                r#"{"roleArn":"hidden","region":"r"}"#,
                ".roleArn",
                "arn:aws:iam",
            ),
            (
                r#"{"externalId":"hidden","region":"r"}"#,
                ".externalId",
                "requires roleArn, which is missing",
            ),
            (
                r#"{"sessionName":"hidden","region":"r"}"#,
                ".sessionName",
                "requires roleArn, which is missing",
            ),
            (
                r#"{"roleArn":"arn:hidden","bearerToken":"hidden","region":"r"}"#,
                ".roleArn",
                "role with bearerToken is not supported",
            ),
            (r#"{"region":"evil.com/hidden"}"#, ".region", "region"),
            (
                r#"{"region":7,"x":"hidden"}"#,
                ".region",
                "expected a string",
            ),
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
