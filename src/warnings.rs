//! What was changed or left out on the way: the warnings of a call, their codes, and what `strict` makes of them.

use crate::canonical::{Error, Warning};

/// What was done, as `warning.code` says it. The codes are part of the contract (`docs/warnings.md`); messages are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Something was added that the service requires.
    Added,
    /// A number was brought into the range that is supported.
    Clamped,
    /// The same content is sent in another form.
    Converted,
    /// Content is not sent, or not handed back.
    Dropped,
    /// A setting is not applied.
    Ignored,
    /// The same content is sent in another place.
    Moved,
    /// A name or an id was changed.
    Renamed,
    /// Something else is sent instead.
    Replaced,
    /// Another model, inference profile or region is called.
    Rerouted,
}

/// A code, its word, and whether it is lossy; none where each warning says so for itself.
type Row = (Code, &'static str, Option<bool>);

const TABLE: [Row; 9] = [
    (Code::Added, "added", None),
    (Code::Clamped, "clamped", None),
    (Code::Converted, "converted", Some(false)),
    (Code::Dropped, "dropped", Some(true)),
    (Code::Ignored, "ignored", None),
    (Code::Moved, "moved", Some(false)),
    (Code::Renamed, "renamed", Some(false)),
    (Code::Replaced, "replaced", None),
    (Code::Rerouted, "rerouted", Some(false)),
];

impl Code {
    /// The word and the lossiness; the table is in the order of the variants, which a test holds.
    fn row(self) -> &'static Row {
        const NEVER: Row = (Code::Ignored, "ignored", None);
        TABLE.get(self as usize).unwrap_or(&NEVER)
    }

    /// As `warning.code`.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The warning. Where the code is always or never lossy, `lossy` has no say.
    pub fn warning(self, path: String, message: String, lossy: bool) -> Warning {
        let (_, word, always) = self.row();
        debug_assert_eq!(always.unwrap_or(lossy), lossy, "{word} says otherwise");
        Warning {
            code: (*word).into(),
            path,
            message,
            lossy: always.unwrap_or(lossy),
        }
    }
}

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
    pub(crate) fn changed(
        &mut self,
        code: Code,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.warnings
            .push(code.warning(path.into(), message.into(), false));
    }

    /// Something the caller asked for cannot be had.
    pub(crate) fn lost(
        &mut self,
        code: Code,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), Error> {
        self.add_loss(code.warning(path.into(), message.into(), true))
    }

    fn add_loss(&mut self, warning: Warning) -> Result<(), Error> {
        if self.strict {
            return Err(Error::invalid(
                warning.path,
                format!("not allowed in strict mode: {}", warning.message),
            ));
        }
        self.warnings.push(warning);
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
        notes.changed(Code::Renamed, "a", "renamed");
        assert!(notes.lost(Code::Ignored, "top_k", "ignored").is_err());
        assert_eq!(notes.into_warnings().len(), 1);
    }

    #[test]
    fn otherwise_a_loss_is_a_warning() {
        let mut notes = Warnings::new(false);
        notes
            .lost(Code::Ignored, "top_k", "ignored")
            .expect("allowed");
        let warning = &notes.into_warnings()[0];
        assert!(warning.lossy);
        assert_eq!(warning.code, "ignored");
    }

    /// Each row is its variant's, is documented with its word and whether it is lossy, and nothing else is.
    #[test]
    fn the_codes_are_those_of_the_documentation() {
        const PAGE: &str = include_str!("../docs/warnings.md");
        let documented: Vec<(&str, &str)> = PAGE
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
            .map(|(word, rest)| (word, rest.split(" |").next().unwrap_or_default()))
            .collect();
        let lossy = |always| match always {
            Some(true) => "always",
            Some(false) => "never",
            None => "as the warning says",
        };
        let known: Vec<_> = TABLE.map(|(_, word, always)| (word, lossy(always))).into();
        assert_eq!(documented, known);
        for (code, word, always) in TABLE {
            assert_eq!(code.as_str(), word);
            let contract = include_str!("../wit/types.wit");
            assert!(contract.contains(&format!("`{word}`")), "{word}");
            let is_kebab = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            assert!(word.bytes().all(is_kebab), "{word}");
            for lossy in [true, false] {
                if always.is_none_or(|always| always == lossy) {
                    let warning = code.warning("a".into(), "m".into(), lossy);
                    assert_eq!((&*warning.code, warning.lossy), (word, lossy));
                }
            }
        }
    }
}
