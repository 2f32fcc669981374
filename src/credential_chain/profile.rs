//! What a profile of the shared files leads to.
//!
//! In: which profile is meant. Out: its keys, or those of the role that it names, by way of the profile or source that
//! it names for that. Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>;
//! the order within a profile is the Rust SDK's.

use super::run::{Run, Stop};
use super::shared_files::{DEFAULT, Profiles};
use super::{container, imds, lasting, sso, sts, web_identity};
use crate::canonical::{Error, ErrorKind};
use crate::credentials::{Credentials, Role, environment};
use crate::excerpt::printable;

/// How many profiles may lead to each other.
const MAX_DEPTH: usize = 10;

/// What the profile that is meant leads to; none where nothing names a profile and none is there, or where it holds no
/// credentials.
pub(super) fn credentials(run: &mut Run<'_>) -> Result<Option<Credentials>, Stop> {
    let profiles = run.profiles()?;
    let selected = profiles.selected.as_str();
    if !profiles.has(selected) {
        let Some(named_by) = profiles.named_by.filter(|_| selected != DEFAULT) else {
            return Ok(None);
        };
        return Err(profiles.absent(named_by).into());
    }
    let mut roles = Vec::new();
    let mut visited = vec![selected];
    let mut name = selected;
    let base = loop {
        // A profile that another one names for its keys gives them, whatever else it says.
        if visited.len() > 1
            && let Some(auth) = profiles.keys(name)?
        {
            break Some(lasting(auth));
        }
        let has_token = profiles.value(name, "web_identity_token_file").is_some();
        if has_token || profiles.value(name, "role_arn").is_none() {
            break base(run, &profiles, name)?;
        }
        roles.push(role(&profiles, name)?);
        let next = match (
            profiles.value(name, "source_profile"),
            profiles.value(name, "credential_source"),
        ) {
            (Some(next), None) => next,
            (None, Some(_)) => break base(run, &profiles, name)?,
            (found, _) => {
                let what = match found {
                    Some(_) => "and credential_source are not supported together: set only one",
                    None => "and credential_source are missing: role_arn requires one of them",
                };
                return Err(profiles.fault(name, "source_profile", what).into());
            }
        };
        if next == name {
            break base(run, &profiles, name)?;
        }
        let fault = |what: &str| {
            let what = format!("names {}, {what}", printable(next, 80));
            Stop::from(profiles.fault(name, "source_profile", &what))
        };
        if !profiles.has(next) {
            return Err(fault("which is unknown"));
        }
        if visited.contains(&next) {
            return Err(fault(
                "which refers back to this one: the profiles are a loop",
            ));
        }
        if visited.len() == MAX_DEPTH {
            return Err(fault(
                "and chains of more than 10 profiles are not supported",
            ));
        }
        visited.push(next);
        name = next;
    };
    let Some(mut credentials) = base else {
        if roles.is_empty() {
            return Ok(None);
        }
        return Err(profiles
            .fault(
                name,
                "aws_access_key_id",
                "is missing, but required to assume the role",
            )
            .into());
    };
    for role in roles.iter().rev() {
        credentials = sts::assume_role(run, &credentials, role, "role_arn")?;
    }
    Ok(Some(credentials))
}

/// The role that a profile names.
fn role(profiles: &Profiles<'_>, profile: &str) -> Result<Role, Error> {
    let value = |property: &str| profiles.value(profile, property).map(str::to_owned);
    if value("mfa_serial").is_some() {
        let what = "requires an MFA code, which is not supported here: use a role without it";
        return Err(not_here(profiles, profile, "mfa_serial", what));
    }
    let duration = value("duration_seconds");
    let seconds = duration.as_ref().map(|seconds| seconds.parse());
    let duration_seconds = seconds
        .transpose()
        .map_err(|_| profiles.fault(profile, "duration_seconds", "must be a number of seconds"))?;
    Ok(Role {
        arn: value("role_arn").unwrap_or_default(),
        external_id: value("external_id"),
        session_name: value("role_session_name"),
        duration_seconds,
    })
}

/// The credentials that a profile gives without another one; none where it names none.
fn base(
    run: &mut Run<'_>,
    profiles: &Profiles<'_>,
    profile: &str,
) -> Result<Option<Credentials>, Stop> {
    let value = |property: &str| profiles.value(profile, property);
    if let Some(source) = value("credential_source") {
        return of_source(run, profiles, profile, source).map(Some);
    }
    if let Some(file) = value("web_identity_token_file") {
        let property = "web_identity_token_file";
        let arn = profiles.needed(profile, "role_arn", property)?;
        let name = value("role_session_name");
        return web_identity::credentials(run, file, arn, name, property).map(Some);
    }
    if let Some(login) = login(profiles, profile)? {
        return sso::credentials(run, &login).map(Some);
    }
    for (property, what) in [
        (
            "login_session",
            "is a session of aws login, which is not supported here: use keys, a role or aws sso login",
        ),
        (
            "credential_process",
            "runs a program, which is not supported here: run it outside, and pass its output with the call",
        ),
    ] {
        if value(property).is_some() {
            return Err(not_here(profiles, profile, property, what).into());
        }
    }
    Ok(profiles.keys(profile)?.map(lasting))
}

fn not_here(profiles: &Profiles<'_>, profile: &str, property: &str, what: &str) -> Error {
    Error {
        kind: ErrorKind::Unsupported,
        // By its name alone the property could be a field of the request.
        path: Some("AWS_PROFILE".to_owned()),
        ..profiles.fault(profile, property, what)
    }
}

/// The source that `credential_source` names.
fn of_source(
    run: &mut Run<'_>,
    profiles: &Profiles<'_>,
    profile: &str,
    source: &str,
) -> Result<Credentials, Stop> {
    let path = "credential_source";
    let missing = |what: &str| Stop::from(profiles.fault(profile, path, what));
    if source.eq_ignore_ascii_case("Environment") {
        let keys = environment::keys(run.environment)?;
        return keys
            .map(lasting)
            .ok_or_else(|| missing("is Environment, and AWS_ACCESS_KEY_ID is not set: set it"));
    }
    if source.eq_ignore_ascii_case("EcsContainer") {
        return container::credentials(run)?.ok_or_else(|| {
            missing("is EcsContainer, and no AWS_CONTAINER_CREDENTIALS_… variable is set")
        });
    }
    if source.eq_ignore_ascii_case("Ec2InstanceMetadata") {
        return imds::needed(run, path);
    }
    Err(missing(
        "must be Environment, EcsContainer or Ec2InstanceMetadata",
    ))
}

/// What a profile says of SSO; none where it says nothing of it.
fn login<'p>(
    profiles: &'p Profiles<'_>,
    profile: &'p str,
) -> Result<Option<sso::Login<'p>>, Error> {
    const PROPERTIES: [&str; 5] = [
        "sso_session",
        "sso_start_url",
        "sso_region",
        "sso_account_id",
        "sso_role_name",
    ];
    let Some(found) = PROPERTIES
        .into_iter()
        .find(|property| profiles.value(profile, property).is_some())
    else {
        return Ok(None);
    };
    let (cache_key, region) = match profiles.value(profile, "sso_session") {
        Some(session) => {
            for property in ["sso_start_url", "sso_region"] {
                if profiles.session_value(session, property).is_none() {
                    let what = format!(
                        "names [sso-session {}], where {property} is missing",
                        printable(session, 80)
                    );
                    return Err(profiles.fault(profile, "sso_session", &what));
                }
                if profiles.value(profile, property).is_some() {
                    let what = "must be in the [sso-session] section, since sso_session is set";
                    return Err(profiles.fault(profile, property, what));
                }
            }
            (
                session,
                profiles
                    .session_value(session, "sso_region")
                    .unwrap_or_default(),
            )
        }
        None => (
            profiles.needed(profile, "sso_start_url", found)?,
            profiles.needed(profile, "sso_region", found)?,
        ),
    };
    Ok(Some(sso::Login {
        cache_key,
        region,
        account_id: profiles.needed(profile, "sso_account_id", found)?,
        role_name: profiles.needed(profile, "sso_role_name", found)?,
        profile,
    }))
}
