//! What was changed or left out on the way: the warnings of a call, and what `strict` makes of them.

use crate::canonical::{Error, Warning};

/// Collects warnings; under `strict`, a loss is an error instead.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    strict: bool,
    warnings: Vec<Warning>,
}

impl Warnings {
    pub(crate) fn new(strict: bool) -> Self {
        Warnings {
            strict,
            warnings: Vec::new(),
        }
    }

    /// Something was said differently and means the same.
    pub(crate) fn changed(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.warnings.push(Warning {
            path: path.into(),
            message: message.into(),
            lossy: false,
        });
    }

    /// Something the caller asked for cannot be had.
    pub(crate) fn lost(
        &mut self,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), Error> {
        if self.strict {
            return Err(Error::invalid(
                path,
                format!("not allowed in strict mode: {}", message.into()),
            ));
        }
        self.warnings.push(Warning {
            path: path.into(),
            message: message.into(),
            lossy: true,
        });
        Ok(())
    }

    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
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
}
