//! What is changed or ignored while a body is read: warnings, or refusals where the caller wants those.

use bedrock_provider::excerpt::quoted;
use bedrock_provider::warnings::{Code, Told};

use crate::canonical::{Error, ErrorKind, Warning};
use crate::path::{Path, printable};
use crate::{Policy, Unknown, UnsupportedContent};

/// How the warning of a loss ends, and what a refusal says instead.
const IGNORED: &str = "; ignored";
const REMOVE_IT: &str = ": remove it";

/// Why a member is ignored that has no counterpart.
pub(crate) const NOT_SUPPORTED: &str = "not supported by Bedrock";

/// The warnings of one body.
#[derive(Debug)]
pub(crate) struct Notes {
    policy: Policy,
    told: Told,
}

impl Notes {
    /// None yet.
    pub(crate) fn new(policy: impl Into<Policy>) -> Self {
        Notes {
            policy: policy.into(),
            told: Told::default(),
        }
    }

    /// What stands at `path` is ignored. `why` says why alone: the warning adds that it is ignored, and the error that it
    /// is to be removed.
    pub(crate) fn lost(&mut self, path: Path<'_>, why: &str) -> Result<(), Error> {
        debug_assert!(!why.ends_with(IGNORED), "the ending is added here: {why}");
        let told = [why, IGNORED].concat();
        self.lost_or(Code::Ignored, path, &told, &[why, REMOVE_IT].concat())
    }

    /// As [`lost`](Self::lost), where nothing that matters is lost: a warning in any case.
    pub(crate) fn ignored(&mut self, path: Path<'_>, why: &str) {
        self.changed(Code::Ignored, path, [why, IGNORED].concat());
    }

    /// As [`lost`](Self::lost), with a code, and a message of its own for each.
    pub(crate) fn lost_or(
        &mut self,
        code: Code,
        path: Path<'_>,
        told: &str,
        refused: &str,
    ) -> Result<(), Error> {
        match self.policy.unknown {
            Unknown::Refuse => Err(Error::invalid(path.to_string(), refused)),
            Unknown::Warn => {
                self.push(code, path, told.into(), true);
                Ok(())
            }
        }
    }

    /// What a person or a tool said at `path`, of this kind, cannot be read: it is refused, or this text stands in its
    /// place. `taken` says what would be read.
    pub(crate) fn unsupported(
        &mut self,
        path: Path<'_>,
        kind: &str,
        taken: &str,
    ) -> Result<String, Error> {
        let shown = quoted(kind);
        match self.policy.content {
            UnsupportedContent::Refuse => {
                let message = format!("expected {taken}, got {shown}: convert it, or remove it");
                Err(Error::unsupported(path.to_string(), message))
            }
            UnsupportedContent::Replace => {
                let told = format!("{shown} is not supported; replaced by a text");
                let refused = format!("{shown} is not supported: remove it");
                self.lost_or(Code::Replaced, path, &told, &refused)?;
                Ok(format!("[{} omitted: not supported]", printable(kind)))
            }
        }
    }

    /// As [`unsupported`](Self::unsupported), of what is read and refused by this error.
    pub(crate) fn replace(
        &mut self,
        path: Path<'_>,
        kind: &str,
        error: Error,
    ) -> Result<String, Error> {
        let is_refused = error.kind != ErrorKind::Unsupported
            || self.policy.content == UnsupportedContent::Refuse
            || self.policy.unknown == Unknown::Refuse;
        if is_refused {
            return Err(error);
        }
        self.push(
            Code::Replaced,
            path,
            ["replaced by a text: ", &error.message].concat(),
            true,
        );
        Ok(format!("[{} omitted: not supported]", printable(kind)))
    }

    /// What stands at `path` is left out of what is written, where nobody can refuse any more.
    pub(crate) fn left_out(&mut self, path: Path<'_>, message: impl Into<String>) {
        self.push(Code::Dropped, path, message.into(), true);
    }

    /// Something else is written instead of what stands at `path`, likewise.
    pub(crate) fn replaced(&mut self, path: Path<'_>, message: impl Into<String>) {
        self.push(Code::Replaced, path, message.into(), true);
    }

    /// What stands at `path` is sent in another form, and nothing is lost.
    pub(crate) fn changed(&mut self, code: Code, path: Path<'_>, message: impl Into<String>) {
        self.push(code, path, message.into(), false);
    }

    fn push(&mut self, code: Code, path: Path<'_>, message: String, lossy: bool) {
        self.told.push(code, path.to_string(), message, lossy);
    }

    /// All of them, in the order of the body.
    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.told.into_warnings()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_a_warning_or_a_refusal() {
        let mut notes = Notes::new(Unknown::Warn);
        let path = Path::Root;
        notes.lost(path.member("a"), "why").expect("a warning");
        notes.changed(Code::Moved, path.member("b"), "moved");
        notes.ignored(path.member("c"), "why");
        let told: Vec<_> = notes
            .into_warnings()
            .into_iter()
            .map(|warning| (warning.code, warning.path, warning.message, warning.lossy))
            .collect();
        let expected = [
            ("ignored".into(), "a".into(), "why; ignored".into(), true),
            ("moved".into(), "b".into(), "moved".into(), false),
            ("ignored".into(), "c".into(), "why; ignored".into(), false),
        ];
        assert_eq!(told, expected);
        let mut notes = Notes::new(Unknown::Refuse);
        let error = notes.lost(path.member("a"), "why").expect_err("refused");
        assert_eq!(error, Error::invalid("a", "why: remove it"));
        let error = notes.lost_or(
            Code::Dropped,
            path.member("a"),
            "why; dropped",
            "why: give b",
        );
        assert_eq!(error, Err(Error::invalid("a", "why: give b")));
    }

    #[test]
    fn warnings_end_somewhere() {
        let mut notes = Notes::new(Unknown::Warn);
        for index in 0..1000 {
            let path = Path::Root.element(index);
            notes.lost(path, "why").expect("a warning");
        }
        let warnings = notes.into_warnings();
        assert_eq!(warnings.len(), 33);
        assert!(warnings[32].message.starts_with("968 more"), "{warnings:?}");
    }
}
