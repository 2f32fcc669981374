//! What was changed in a schema, and how it is told: one warning for what still means the same, and one for each loss.

use crate::canonical::Error;
use crate::excerpt::{printable, quoted};
use crate::warnings::{Code, Warnings};

/// So many names are told in a warning.
const MAX_TOLD: usize = 8;

/// What was changed on the way.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) is_any: bool,
    /// `type` was put in at the root.
    pub(super) is_typed: bool,
    /// Objects were closed.
    pub(super) is_closed: bool,
    /// Definitions were put in the place of references.
    pub(super) is_expanded: bool,
    /// `oneOf` or `allOf` became `anyOf`.
    pub(super) is_any_of: bool,
    /// Keywords that are said in words.
    worded: Vec<String>,
    /// References that could not be replaced by what they point to.
    opened: Vec<String>,
    /// Alternatives at the root: the keyword, and whether they were merged.
    pub(super) alternatives: Vec<(&'static str, bool)>,
    /// Names of properties as they are sent, and as they were.
    pub(super) renamed: Vec<(String, String)>,
    /// Some of the latter, as they are told.
    names: Vec<String>,
    /// What the root says besides.
    pub(super) about: String,
}

impl Changes {
    /// A keyword is said in words.
    pub(super) fn word(&mut self, keyword: &str) {
        push(&mut self.worded, printable(keyword, 64));
    }

    /// A reference could not be replaced by what it points to.
    pub(super) fn open(&mut self, reference: &str) {
        push(&mut self.opened, printable(reference, 64));
    }

    /// A property has another name.
    pub(super) fn rename(&mut self, sent: &str, original: &str) {
        self.is_any = true;
        if self.names.len() < MAX_TOLD {
            push(&mut self.names, quoted(original).to_string());
        }
        self.renamed.push((sent.to_owned(), original.to_owned()));
    }

    /// Tell it; `path` is the schema's.
    pub(super) fn tell(&self, path: &str, notes: &mut Warnings) -> Result<(), Error> {
        if self.is_typed {
            notes.changed(
                Code::Added,
                [path, ".type"].concat(),
                "missing; \"object\" was added",
            );
        }
        let mut changes = String::new();
        for (is_so, what, names) in [
            (
                self.is_closed,
                "objects closed by additionalProperties: false",
                &[][..],
            ),
            (
                !self.worded.is_empty(),
                "not supported; moved to the description: ",
                &self.worded,
            ),
            (
                self.is_expanded,
                "$ref replaced by the definition it refers to",
                &[],
            ),
            (self.is_any_of, "oneOf and allOf replaced by anyOf", &[]),
            (
                !self.names.is_empty(),
                "properties renamed, and restored in calls: ",
                &self.names,
            ),
        ] {
            if is_so {
                changes.push_str(if changes.is_empty() { "" } else { "; " });
                changes.push_str(what);
                changes.push_str(&names.join(", "));
            }
        }
        if !changes.is_empty() {
            notes.changed(Code::Converted, path, changes);
        }
        for (keyword, is_merged) in &self.alternatives {
            const DROPPED: &str = "not supported at the root of a tool's schema; dropped";
            const MERGED: &str =
                "not supported at the root of a tool's schema; merged into its properties";
            let path = [path, ".", keyword].concat();
            match is_merged {
                true => notes.changed(Code::Converted, path, MERGED),
                false => notes.lost(Code::Dropped, path, DROPPED)?,
            }
        }
        if !self.opened.is_empty() {
            const OPENED: &str =
                "recursive, too large or unknown references replaced by open objects: ";
            notes.lost(
                Code::Replaced,
                path,
                [OPENED, &self.opened.join(", ")].concat(),
            )?;
        }
        Ok(())
    }
}

/// A name that is told once, and only if there is room.
fn push(told: &mut Vec<String>, name: String) {
    if told.len() < MAX_TOLD && !told.contains(&name) {
        told.push(name);
    }
}
