//! One schema of many, as it is going to be written.

use super::alternatives::Merged;
use super::keywords::{self, Holds};
use crate::json::{Member, Node};

/// A member that goes out: its name, its value, and what that is.
pub(super) type Part<'r, 'a> = (&'r str, &'r Node<'a>, Holds);

/// What is going to be written.
#[derive(Debug, Default)]
pub(super) struct Plan<'r, 'a> {
    pub(super) parts: Vec<Part<'r, 'a>>,
    /// `type` is put in.
    pub(super) put_type: Option<&'static str>,
    /// `type` is its own or `null`.
    pub(super) is_nullable: bool,
    /// `additionalProperties` is put in.
    pub(super) is_closed: bool,
    /// Properties of alternatives, which take the place of its own.
    pub(super) merged: Option<Merged<'r, 'a>>,
    /// What is said in the description besides.
    pub(super) words: String,
    pub(super) is_changed: bool,
    /// A keyword became another.
    pub(super) is_renamed: bool,
}

impl<'r, 'a> Plan<'r, 'a> {
    pub(super) fn push(&mut self, (name, node): &'r Member<'a>) {
        self.parts.push((name, node, keywords::of(name).0));
    }

    /// The value of the last of this name, as every reader has it.
    pub(super) fn get(&self, name: &str) -> Option<&'r Node<'a>> {
        let mut parts = self.parts.iter().rev();
        parts.find(|part| part.0 == name).map(|part| part.1)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.is_changed |= self.has(name);
        self.parts.retain(|part| part.0 != name);
    }

    pub(super) fn rename(&mut self, name: &str, other: &'static str) {
        self.is_renamed |= name != other;
        for part in &mut self.parts {
            if part.0 == name {
                part.0 = other;
            }
        }
    }

    pub(super) fn say(&mut self, words: &str) {
        if !self.words.is_empty() {
            self.words.push_str(", ");
        }
        self.words.push_str(words);
    }

    /// Whether its values are, or may be, of this type.
    pub(super) fn is_of(&self, kind: &str) -> bool {
        let Some(node) = self.get("type") else {
            return self.put_type == Some(kind);
        };
        node.is_text(kind)
            || node
                .elements()
                .unwrap_or_default()
                .iter()
                .any(|node| node.is_text(kind))
    }
}
