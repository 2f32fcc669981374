//! One schema of many, as it is going to be written.

use std::borrow::Cow;

use super::alternatives::Merged;
use super::keywords::{self, Holds};
use crate::json::Node;

/// A member of a schema that goes out: its name, its value, and what that is.
pub(super) type Member<'r, 'a> = (Cow<'a, str>, &'r Node<'a>, Holds);

/// One schema as it is going to be written.
#[derive(Debug, Default)]
pub(super) struct Plan<'r, 'a> {
    pub(super) members: Vec<Member<'r, 'a>>,
    /// `type` is put in.
    pub(super) put_type: Option<&'static str>,
    /// `additionalProperties` is put in.
    pub(super) is_closed: bool,
    /// Properties of alternatives, which take the place of its own.
    pub(super) merged: Option<Merged<'r, 'a>>,
    /// What is said in the description besides.
    pub(super) words: Vec<String>,
    pub(super) is_changed: bool,
    /// A keyword became another.
    pub(super) is_renamed: bool,
}

impl<'r, 'a> Plan<'r, 'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'r Node<'a>> {
        // The last of several, as in every reader.
        let mut members = self.members.iter().rev();
        members
            .find(|member| member.0 == name)
            .map(|member| member.1)
    }

    pub(super) fn remove(&mut self, name: &str) {
        let before = self.members.len();
        self.members.retain(|member| member.0 != name);
        self.is_changed |= self.members.len() < before;
    }

    pub(super) fn rename(&mut self, name: &str, other: &'static str) {
        for member in self.members.iter_mut().filter(|member| member.0 == name) {
            self.is_renamed |= member.0 != other;
            member.0 = Cow::Borrowed(other);
        }
    }

    pub(super) fn say(&mut self, words: impl IntoIterator<Item = String>) {
        self.words.extend(words);
    }

    /// Whether its values are, or may be, of this type.
    pub(super) fn is_of(&self, kind: &str) -> bool {
        let Some(node) = self.get("type") else {
            return self.put_type == Some(kind);
        };
        let is_it = |node: &Node<'_>| node.text().is_some_and(|text| text == kind);
        is_it(node) || node.elements().unwrap_or_default().iter().any(is_it)
    }
}

/// A member, and what its value is.
pub(super) fn member<'r, 'a>((name, node): (Cow<'a, str>, &'r Node<'a>)) -> Member<'r, 'a> {
    let holds = keywords::of(&name).0;
    (name, node, holds)
}
