//! Where a value stands in a client's body, in the body's own words: `messages[2].content[0].source.media_type`.
//!
//! A path is a chain of borrowed steps, so that reading a body builds no text until an error or a warning needs it.

use std::fmt;

use bedrock_provider::excerpt;

/// Where a value stands. `to_string` spells it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Path<'p> {
    /// The whole body; spelt as nothing.
    #[default]
    Root,
    /// A member of an object.
    Member(&'p Path<'p>, &'p str),
    /// An element of an array, counted from 0.
    Element(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    /// A member of what stands here.
    pub(crate) fn member(&'p self, name: &'p str) -> Path<'p> {
        Path::Member(self, name)
    }

    /// An element of what stands here.
    pub(crate) fn element(&'p self, index: usize) -> Path<'p> {
        Path::Element(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Member(Path::Root, name) => f.write_str(name),
            Path::Member(parent, name) => write!(f, "{parent}.{name}"),
            Path::Element(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A name from outside as messages show it: without control characters and not longer than 64 characters.
pub(crate) fn printable(name: &str) -> String {
    excerpt::printable(name, 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_spelt_as_the_client_would() {
        let root = Path::Root;
        assert_eq!(root.to_string(), "");
        let messages = root.member("messages");
        let message = messages.element(2);
        let content = message.member("content");
        let block = content.element(0);
        assert_eq!(
            block.member("source").to_string(),
            "messages[2].content[0].source"
        );
    }

    #[test]
    fn a_name_from_outside_forges_no_lines() {
        assert_eq!(printable("a\nb\u{1b}c"), "a b c");
        assert_eq!(printable(&"é".repeat(65)).chars().count(), 65);
    }
}
