//! What the parameters of STS's actions must look like.
//!
//! Source: the service model of STS; the wording is AWS's.

use super::form::value;
use regex::Regex;

/// One parameter.
struct Parameter {
    name: &'static str,
    required: bool,
    /// Length in characters, or the value of a number.
    limits: (i64, i64),
    kind: Kind,
}

enum Kind {
    Text,
    Pattern(&'static str),
    Number,
}

const ROLE_ARN: Parameter = Parameter {
    name: "RoleArn",
    required: true,
    limits: (20, 2048),
    kind: Kind::Text,
};
const SESSION_NAME: Parameter = Parameter {
    name: "RoleSessionName",
    required: true,
    limits: (2, 64),
    kind: Kind::Pattern(r"[\w+=,.@-]*"),
};
const DURATION: Parameter = Parameter {
    name: "DurationSeconds",
    required: false,
    limits: (900, 43_200),
    kind: Kind::Number,
};

pub(super) const ASSUME_ROLE: Action = Action(&[
    ROLE_ARN,
    SESSION_NAME,
    DURATION,
    Parameter {
        name: "ExternalId",
        required: false,
        limits: (2, 1224),
        kind: Kind::Pattern(r"[\w+=,.@:\/-]*"),
    },
]);
pub(super) const ASSUME_ROLE_WITH_WEB_IDENTITY: Action = Action(&[
    ROLE_ARN,
    SESSION_NAME,
    DURATION,
    Parameter {
        name: "WebIdentityToken",
        required: true,
        limits: (4, 20_000),
        kind: Kind::Text,
    },
]);

/// The parameters of an action.
pub(super) struct Action(&'static [Parameter]);

impl Action {
    /// The text of the `ValidationError`, if a parameter breaks a constraint.
    pub(super) fn broken(&self, form: &[(String, String)]) -> Option<String> {
        let broken: Vec<String> = self.0.iter().filter_map(|p| p.broken(form)).collect();
        let errors = match broken.len() {
            0 => return None,
            1 => "1 validation error".to_owned(),
            count => format!("{count} validation errors"),
        };
        Some(format!("{errors} detected: {}", broken.join("; ")))
    }
}

impl Parameter {
    fn broken(&self, form: &[(String, String)]) -> Option<String> {
        let Some(value) = value(form, self.name) else {
            return self
                .required
                .then(|| self.failed("null", "Member must not be null"));
        };
        let (least, most) = self.limits;
        let (size, what) = match self.kind {
            Kind::Number => (value.parse().unwrap_or(i64::MIN), "value"),
            Kind::Text | Kind::Pattern(_) => (
                i64::try_from(value.chars().count()).unwrap_or(i64::MAX),
                "length",
            ),
        };
        let constraint = match self.kind {
            _ if size < least => {
                format!("Member must have {what} greater than or equal to {least}")
            }
            _ if size > most => format!("Member must have {what} less than or equal to {most}"),
            Kind::Pattern(pattern) if !matches(pattern, value) => {
                format!("Member must satisfy regular expression pattern: {pattern}")
            }
            _ => return None,
        };
        Some(self.failed(&format!("'{value}'"), &constraint))
    }

    fn failed(&self, value: &str, constraint: &str) -> String {
        let mut name = self.name.to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        format!("Value {value} at '{name}' failed to satisfy constraint: {constraint}")
    }
}

fn matches(pattern: &str, value: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(value))
}
