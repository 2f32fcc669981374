//! The shared files: `~/.aws/config` and `~/.aws/credentials`.
//!
//! In: the two files, and which profile is meant. Out: the properties of any profile. Source:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>, and the Rust SDK where two sections say the same.

use super::broken;
use super::ini::{self, Section};
use super::run::{File, Run, Stop};
use crate::canonical::Error;
use crate::credentials::Auth;
use crate::environment::Environment;
use crate::excerpt::printable;

/// What is read where nothing names a profile.
pub(super) const DEFAULT: &str = "default";

/// The shared files, read.
pub(super) struct Profiles<'a> {
    config: Source<'a>,
    credentials: Source<'a>,
    /// The profile that is meant.
    pub(super) selected: String,
    /// What names it; none where nothing does.
    pub(super) named_by: Option<&'static str>,
}

/// One of the two files.
struct Source<'a> {
    path: String,
    sections: Vec<Section<'a>>,
}

/// Where the user's directory is.
pub(super) fn home(environment: &Environment) -> Option<&str> {
    let home = ["HOME", "USERPROFILE"]
        .into_iter()
        .find_map(|name| environment.get(name))?;
    Some(home.trim_end_matches('/'))
}

impl<'a> Profiles<'a> {
    /// Ask for both files. One that is not there is empty.
    pub(super) fn read(run: &mut Run<'a>) -> Result<Self, Stop> {
        let (named_by, selected) = match (&run.wanted.profile, run.environment.get("AWS_PROFILE")) {
            (Some(name), _) => (Some("profile"), name.as_str()),
            (None, Some(name)) => (Some("AWS_PROFILE"), name),
            (None, None) => (None, DEFAULT),
        };
        Ok(Profiles {
            config: Source::read(run, "AWS_CONFIG_FILE", "config")?,
            credentials: Source::read(run, "AWS_SHARED_CREDENTIALS_FILE", "credentials")?,
            selected: selected.to_owned(),
            named_by,
        })
    }

    /// A property of the profile that is meant.
    pub(super) fn chosen(&self, property: &str) -> Option<&'a str> {
        self.value(&self.selected, property)
    }

    /// A property of a profile; none where it is blank. The credentials file comes before the config file, and the last
    /// of a name before those above it.
    pub(super) fn value(&self, profile: &str, property: &str) -> Option<&'a str> {
        last(self.sections(profile), property)
    }

    /// A property of an `[sso-session name]`, which only the config file has.
    pub(super) fn session_value(&self, session: &str, property: &str) -> Option<&'a str> {
        let sections = self.config.sections.iter();
        last(
            sections.filter(|section| of_kind(section.name, "sso-session") == Some(session)),
            property,
        )
    }

    pub(super) fn has(&self, profile: &str) -> bool {
        self.sections(profile).next().is_some()
    }

    /// A profile's sections, those that count less first.
    fn sections<'s>(
        &'s self,
        profile: &'s str,
    ) -> impl DoubleEndedIterator<Item = &'s Section<'a>> {
        // `[profile default]` replaces `[default]`.
        let is_replaced = self
            .config
            .sections
            .iter()
            .any(|section| of_kind(section.name, "profile") == Some(DEFAULT));
        let in_config = move |section: &&Section<'_>| match of_kind(section.name, "profile") {
            Some(name) => name == profile,
            None => profile == DEFAULT && section.name == DEFAULT && !is_replaced,
        };
        let config = self.config.sections.iter().filter(in_config);
        let credentials = self.credentials.sections.iter();
        config.chain(credentials.filter(move |section| section.name == profile))
    }

    /// The keys that stand in a profile.
    pub(super) fn keys(&self, profile: &str) -> Result<Option<Auth>, Error> {
        let [id, secret, token] = [
            "aws_access_key_id",
            "aws_secret_access_key",
            "aws_session_token",
        ]
        .map(|property| self.value(profile, property));
        match (id, secret) {
            (Some(id), Some(secret)) => Ok(Some(Auth::access_key(id, secret, token))),
            (None, None) => Ok(None),
            _ => {
                let missing = if id.is_some() {
                    "aws_secret_access_key"
                } else {
                    "aws_access_key_id"
                };
                Err(self.fault(
                    profile,
                    missing,
                    "is missing, but the other half of the key is set",
                ))
            }
        }
    }

    /// A property that must be there beside others.
    pub(super) fn needed(
        &self,
        profile: &str,
        property: &str,
        beside: &str,
    ) -> Result<&'a str, Error> {
        self.value(profile, property).ok_or_else(|| {
            self.fault(
                profile,
                property,
                &format!("is missing, but required by {beside}"),
            )
        })
    }

    /// What is wrong with a property of a profile; no value is told but names of profiles.
    pub(super) fn fault(&self, profile: &str, property: &str, what: &str) -> Error {
        let (profile, config) = (printable(profile, 80), &self.config.path);
        let credentials = &self.credentials.path;
        let message = format!("profile {profile} ({config}, {credentials}): {property} {what}");
        broken(property, message)
    }

    /// The profile that is meant is in neither file.
    pub(super) fn absent(&self, named_by: &str) -> Error {
        let message = format!(
            "{named_by} names the profile {}, which is neither in {} nor in {}: add it, or let this component read them",
            printable(&self.selected, 80),
            self.config.path,
            self.credentials.path
        );
        broken(named_by, message)
    }
}

impl<'a> Source<'a> {
    /// The file that `variable` names, else `~/.aws/<name>`.
    fn read(run: &mut Run<'a>, variable: &str, name: &str) -> Result<Self, Stop> {
        let home = home(run.environment);
        let path = match (run.environment.get(variable), home) {
            (Some(path), Some(home)) if path.starts_with("~/") => path.replacen('~', home, 1),
            (Some(path), _) => path.to_owned(),
            (None, Some(home)) => format!("{home}/.aws/{name}"),
            (None, None) => {
                return Ok(Source {
                    path: format!("~/.aws/{name}"),
                    sections: Vec::new(),
                });
            }
        };
        let sections = match run.file(&path)? {
            File::Missing => Vec::new(),
            File::Bytes(bytes) => {
                let text = std::str::from_utf8(bytes)
                    .map_err(|_| broken(variable, format!("{path} is not UTF-8 text")))?;
                ini::sections(text).map_err(|ini::Malformed { line, expected }| {
                    broken(
                        variable,
                        format!("{path}, line {line}: expected {expected}"),
                    )
                })?
            }
            File::Unreadable(why) => {
                let message = format!(
                    "{path} cannot be read ({why}): let this component read it, or name another file in {variable}"
                );
                return Err(broken(variable, message).into());
            }
        };
        Ok(Source { path, sections })
    }
}

/// The name in `kind name`.
fn of_kind<'s>(section: &'s str, kind: &str) -> Option<&'s str> {
    section
        .strip_prefix(kind)?
        .strip_prefix([' ', '\t'])
        .map(str::trim)
}

/// The last property of a name in the last section that has one; none where that is blank.
fn last<'s, 'a: 's>(
    sections: impl DoubleEndedIterator<Item = &'s Section<'a>>,
    property: &str,
) -> Option<&'a str> {
    let mut properties = sections
        .rev()
        .flat_map(|section| section.properties.iter().rev());
    let (_, value) = properties.find(|(name, _)| name.eq_ignore_ascii_case(property))?;
    Some(*value).filter(|value| !value.is_empty())
}
