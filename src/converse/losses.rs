//! What an answer holds and the canonical shape does not take: a warning for each thing, and none twice.

use crate::canonical::Warning;
use crate::excerpt::quoted;
use crate::json::Object;
use crate::warnings::{Code, Told};

/// The lossy warnings of one answer.
#[derive(Debug, Default)]
pub(crate) struct Losses(Told);

impl Losses {
    /// Something at `path` was left out.
    pub(crate) fn add(&mut self, path: &str, message: String) {
        self.0.push(Code::Dropped, path.into(), message, true);
    }

    /// Something of the canonical block `index` was left out.
    pub(crate) fn add_in_block(&mut self, index: u32, message: String) {
        self.add(&format!("content[{index}]"), message);
    }

    /// Members of a union of the canonical block `index` that are none of the `known`.
    pub(crate) fn add_unknown(&mut self, index: u32, union: &Object<'_>, known: &[&str]) {
        for (name, _) in union.others(known) {
            let name = name.into_string();
            self.add_in_block(
                index,
                format!("content of unknown type {}; dropped", quoted(&name)),
            );
        }
    }

    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.0.into_warnings()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once() {
        let mut losses = Losses::default();
        let union = Object::parse(br#"{"text":"a","hologram":1,"scent":null}"#).expect("JSON");
        losses.add_unknown(0, &union, &["text"]);
        losses.add_unknown(0, &union, &["text"]);
        losses.add_unknown(1, &union, &["text"]);
        let warnings = losses.into_warnings();
        let paths: Vec<_> = warnings.iter().map(|loss| loss.path.as_str()).collect();
        assert_eq!(paths, ["content[0]", "content[1]"]);
        assert!(warnings[0].message.contains("\"hologram\""));
    }
}
