//! Environment variables, handed in by the shell: the core never reads them itself.

use std::fmt;

/// Names and values as the host gave them.
#[derive(Default, Clone)]
pub struct Environment(Vec<(String, String)>);

impl Environment {
    /// From the host's list.
    pub fn new(variables: Vec<(String, String)>) -> Self {
        Environment(variables)
    }

    /// The value, trimmed; a blank one counts as not set, as in the AWS SDKs.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// Whether a switch is on: `true` in any case, as in the AWS SDKs.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// Names only: any value may be a secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}
