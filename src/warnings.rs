//! What was changed or left out on the way: the warnings of a call, and what `strict` makes of them.

use crate::canonical::{Error, Warning};
use crate::excerpt;

/// The most warnings of one reading: who sends a thousand unknown members learns it from these.
pub const MAX_WARNINGS: usize = 32;

/// Warnings in the order of what they tell of: none twice, and not more than [`MAX_WARNINGS`]; the last line counts the
/// others.
#[derive(Debug, Default)]
pub struct Told {
    warnings: Vec<Warning>,
    omitted: u32,
    /// One of the omitted is lossy.
    is_loss_omitted: bool,
}

impl Told {
    /// One more.
    #[inline(never)]
    pub fn push(&mut self, path: String, message: String, lossy: bool) {
        let warning = Warning {
            path: excerpt::path(path),
            message: excerpt::message(message),
            lossy,
        };
        if self.warnings.contains(&warning) {
            return;
        }
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(warning);
        } else {
            self.omitted = self.omitted.saturating_add(1);
            self.is_loss_omitted |= lossy;
        }
    }

    /// All of them.
    pub fn into_warnings(self) -> Vec<Warning> {
        let mut warnings = self.warnings;
        if self.omitted > 0 {
            warnings.push(Warning {
                path: "warnings".into(),
                message: format!("{} more warnings are omitted", self.omitted),
                lossy: self.is_loss_omitted,
            });
        }
        warnings
    }
}

/// Collects warnings; under `strict`, a loss is an error instead.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    strict: bool,
    told: Told,
}

impl Warnings {
    pub(crate) fn new(strict: bool) -> Self {
        Warnings {
            strict,
            told: Told::default(),
        }
    }

    /// Something was said differently and means the same.
    pub(crate) fn changed(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.told.push(path.into(), message.into(), false);
    }

    /// Something the caller asked for cannot be had.
    pub(crate) fn lost(
        &mut self,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), Error> {
        self.lose(path.into(), message.into())
    }

    #[inline(never)]
    fn lose(&mut self, path: String, message: String) -> Result<(), Error> {
        if self.strict {
            let message = ["not allowed in strict mode: ", &message].concat();
            return Err(Error::invalid(path, message));
        }
        self.told.push(path, message, true);
        Ok(())
    }

    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.told.into_warnings()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_refuses_a_loss_and_lets_a_change_pass() {
        let mut notes = Warnings::new(true);
        notes.changed("a", "renamed");
        assert!(notes.lost("top_k", "ignored").is_err());
        assert_eq!(notes.into_warnings().len(), 1);
    }

    #[test]
    fn otherwise_a_loss_is_a_warning() {
        let mut notes = Warnings::new(false);
        notes.lost("top_k", "ignored").expect("allowed");
        assert!(notes.into_warnings()[0].lossy);
    }

    #[test]
    fn each_is_told_once_and_those_that_are_too_many_are_counted() {
        let told = |losses: std::ops::Range<usize>| {
            let mut told = Told::default();
            for index in [0].into_iter().chain(0..1000) {
                let is_loss = losses.contains(&index);
                told.push(format!("betas[{index}]"), "ignored".into(), is_loss);
            }
            told.into_warnings()
        };
        for (losses, is_lossy) in [(0..9, false), (500..501, true)] {
            let warnings = told(losses);
            assert_eq!(warnings.len(), MAX_WARNINGS + 1);
            assert_eq!(warnings[1].path, "betas[1]", "none is told twice");
            let last = &warnings[MAX_WARNINGS];
            assert_eq!(last.message, "968 more warnings are omitted");
            assert_eq!(last.lossy, is_lossy);
        }
    }
}
