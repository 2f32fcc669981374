//! What was changed in a schema, and how it is told: one warning for what still means the same, and one for each loss.

use crate::canonical::Error;
use crate::converse::notes::Notes;

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
        push(&mut self.worded, keyword);
    }

    /// A reference could not be replaced by what it points to.
    pub(super) fn open(&mut self, reference: &str) {
        push(&mut self.opened, reference);
    }

    /// A property has another name.
    pub(super) fn rename(&mut self, sent: &str, original: &str) {
        self.is_any = true;
        if self.names.len() < MAX_TOLD {
            push(&mut self.names, &format!("{original:?}"));
        }
        self.renamed.push((sent.to_owned(), original.to_owned()));
    }

    /// Tell it; `path` is the schema's.
    pub(super) fn tell(&self, path: &str, notes: &mut Notes) -> Result<(), Error> {
        if self.is_typed {
            notes.changed(format!("{path}.type"), "\"object\" was put in");
        }
        let mut changes = Vec::new();
        if self.is_closed {
            changes.push("objects closed by additionalProperties: false".to_owned());
        }
        if !self.worded.is_empty() {
            let names = self.worded.join(", ");
            changes.push(format!(
                "not supported, said in the description instead: {names}"
            ));
        }
        if self.is_expanded {
            changes.push("$ref replaced by the definition it refers to".to_owned());
        }
        if self.is_any_of {
            changes.push("oneOf and allOf replaced by anyOf".to_owned());
        }
        if !self.names.is_empty() {
            let names = self.names.join(", ");
            changes.push(format!(
                "properties renamed, and restored in calls: {names}"
            ));
        }
        if !changes.is_empty() {
            notes.changed(path, changes.join("; "));
        }
        for (keyword, is_merged) in &self.alternatives {
            let path = format!("{path}.{keyword}");
            const WHY: &str = "not supported at the root of a tool's schema";
            match is_merged {
                true => notes.changed(path, format!("{WHY}; merged into its properties")),
                false => notes.lost(path, format!("{WHY}; dropped"))?,
            }
        }
        if !self.opened.is_empty() {
            let references = self.opened.join(", ");
            notes.lost(
                path,
                format!("recursive, too large or unknown references replaced by open objects: {references}"),
            )?;
        }
        Ok(())
    }
}

/// A name that is told once, and only if there is room.
fn push(told: &mut Vec<String>, name: &str) {
    if told.len() < MAX_TOLD && !told.iter().any(|known| known == name) {
        told.push(name.to_owned());
    }
}
