//! What was changed or left out on the way: the warnings of a call, their codes, and what `strict` makes of them.

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
    pub fn push(&mut self, code: Code, path: String, message: String, lossy: bool) {
        let warning = code.warning(excerpt::path(path), excerpt::message(message), lossy);
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
            let message = format!("{} more warnings are omitted", self.omitted);
            warnings.push(Code::Omitted.warning("warnings".into(), message, self.is_loss_omitted));
        }
        warnings
    }
}

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
    /// There are more warnings than are listed.
    Omitted,
    /// A name or an id was changed.
    Renamed,
    /// Something else is sent instead.
    Replaced,
    /// Another model, inference profile or region is called.
    Rerouted,
}

/// A code, its word, and whether it is lossy; none where each warning says so for itself.
type Row = (Code, &'static str, Option<bool>);

const TABLE: [Row; 10] = [
    (Code::Added, "added", None),
    (Code::Clamped, "clamped", None),
    (Code::Converted, "converted", Some(false)),
    (Code::Dropped, "dropped", Some(true)),
    (Code::Ignored, "ignored", None),
    (Code::Moved, "moved", Some(false)),
    (Code::Omitted, "omitted", None),
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
    pub(crate) fn changed(
        &mut self,
        code: Code,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.told.push(code, path.into(), message.into(), false);
    }

    /// Something the caller asked for cannot be had.
    pub(crate) fn lost(
        &mut self,
        code: Code,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), Error> {
        self.lose(code, path.into(), message.into())
    }

    #[inline(never)]
    fn lose(&mut self, code: Code, path: String, message: String) -> Result<(), Error> {
        if self.strict {
            let message = ["not allowed in strict mode: ", &message].concat();
            return Err(Error::invalid(path, message));
        }
        self.told.push(code, path, message, true);
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

    #[test]
    fn each_is_told_once_and_those_that_are_too_many_are_counted() {
        let told = |losses: std::ops::Range<usize>| {
            let mut told = Told::default();
            for index in [0].into_iter().chain(0..1000) {
                let is_loss = losses.contains(&index);
                told.push(
                    Code::Ignored,
                    format!("betas[{index}]"),
                    "ignored".into(),
                    is_loss,
                );
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
