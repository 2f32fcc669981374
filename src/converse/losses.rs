//! What an answer holds and the canonical shape does not take: a warning for each thing, and none twice.

use crate::canonical::Warning;
use crate::json::Object;
use crate::warnings::Code;

/// The most warnings of one answer: a service that adds an event adds it often.
const MAX_WARNINGS: usize = 32;

/// The lossy warnings of one answer.
#[derive(Debug, Default)]
pub(crate) struct Losses(Vec<Warning>);

impl Losses {
    /// Something at `path` was left out.
    pub(crate) fn add(&mut self, path: &str, message: String) {
        let mut warnings = self.0.iter();
        let is_known = warnings.any(|known| known.path == path && known.message == message);
        if !is_known && self.0.len() < MAX_WARNINGS {
            self.0
                .push(Code::Dropped.warning(path.into(), message, true));
        }
    }

    /// Something of the canonical block `index` was left out.
    pub(crate) fn add_in_block(&mut self, index: u32, message: String) {
        self.add(&format!("content[{index}]"), message);
    }

    /// Members of a union of the canonical block `index` that are none of the `known`.
    pub(crate) fn add_unknown(&mut self, index: u32, union: &Object<'_>, known: &[&str]) {
        for (name, _) in union.others(known) {
            let name = name.into_string();
            self.add_in_block(index, format!("content of unknown type {name:?}; dropped"));
        }
    }

    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_and_they_end_somewhere() {
        let mut losses = Losses::default();
        let union = Object::parse(br#"{"text":"a","hologram":1,"scent":null}"#).expect("JSON");
        losses.add_unknown(0, &union, &["text"]);
        losses.add_unknown(0, &union, &["text"]);
        losses.add_unknown(1, &union, &["text"]);
        let paths: Vec<_> = losses.0.iter().map(|loss| loss.path.as_str()).collect();
        assert_eq!(paths, ["content[0]", "content[1]"]);
        assert!(losses.0[0].message.contains("\"hologram\""));
        for index in 0..1000 {
            losses.add_in_block(index, "left out".into());
        }
        assert_eq!(losses.into_warnings().len(), MAX_WARNINGS);
    }
}
