//! Texts, and a number for each.
//!
//! Lists of a client's are looked up here: work grows as n log n, whatever the client writes. One map for all of them
//! keeps the component small.

use std::collections::BTreeMap;

/// A number for each of some texts.
#[derive(Debug, Default)]
pub(crate) struct Index(BTreeMap<String, usize>);

impl Index {
    /// The number of a text, to be set; 0 where it has none yet.
    pub(crate) fn number(&mut self, text: &str) -> &mut usize {
        self.0.entry(text.to_owned()).or_default()
    }
}
