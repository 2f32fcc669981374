//! What others wrote, as a message shows it: short, and without what could forge a line of a log or turn its text around.
//!
//! | what | how |
//! |---|---|
//! | a value of a client's, a service's or a file's | [`quoted`]: in quotes, at most 64 characters |
//! | words that are a message themselves | [`printable`], at most as many characters as the caller says |
//! | any message and path of an error or a warning | [`message`], [`path`]: the last net, which is wide |

use std::fmt;

/// So many characters of a value tell which one it is.
const MAX_VALUE: usize = 64;

/// More than the longest message of our own and than any service's.
const MAX_MESSAGE: usize = 4000;

/// More than the longest path of our own.
const MAX_PATH: usize = 300;

/// A value in quotes: at most 64 characters of it, escaped as in Rust.
pub fn quoted(value: &str) -> Quoted<'_> {
    Quoted(value)
}

/// See [`quoted`].
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.char_indices().nth(MAX_VALUE).map(|(end, _)| end);
        match end.and_then(|end| self.0.get(..end)) {
            Some(begin) => write!(f, "{:?}", [begin, "…"].concat()),
            None => write!(f, "{:?}", self.0),
        }
    }
}

/// At most `limit` characters, with blanks for control characters (C0 and C1) and escapes for others that are not seen.
pub fn printable(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    let mut characters = text.chars();
    for c in characters.by_ref().take(limit) {
        match c {
            _ if c.is_control() => shown.push(' '),
            _ if is_hidden(c) => shown.extend(c.escape_unicode()),
            _ => shown.push(c),
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown.trim().to_owned()
}

/// A whole message.
pub fn message(text: String) -> String {
    bounded(text, MAX_MESSAGE)
}

/// Where something stands.
pub fn path(text: String) -> String {
    bounded(text, MAX_PATH)
}

#[inline(never)]
fn bounded(text: String, limit: usize) -> String {
    let is_hidden = |c: char| c.is_control() || is_hidden(c);
    match text.len() > limit || text.contains(is_hidden) {
        true => printable(&text, limit),
        false => text,
    }
}

/// What has no width, ends a line, or changes the direction of the text (Unicode Standard Annex #9, §2).
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of these hides or forges something.
    const HOSTILE: &str = "\n\r\t\u{1b}\u{7f}\u{80}\u{85}\u{9b}\u{9f}\u{ad}\u{61c}\u{180e}\u{200b}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{feff}\u{fff9}\u{e0041}";

    #[test]
    fn nothing_hidden_is_left_in_what_is_shown() {
        for c in HOSTILE.chars() {
            let text = format!("a{c}b");
            for shown in [
                quoted(&text).to_string(),
                printable(&text, 9),
                message(text.clone()),
                path(text.clone()),
            ] {
                assert!(!shown.contains(c), "{c:?} in {shown:?}");
                assert!(shown.contains('a') && shown.contains('b'), "{shown:?}");
            }
        }
        assert_eq!(printable("a\u{202e}b", 9), "a\\u{202e}b");
        assert_eq!(printable("a\n\u{9b}b\n", 9), "a  b");
        assert_eq!(quoted("a\u{202e}\"\n").to_string(), r#""a\u{202e}\"\n""#);
    }

    #[test]
    fn what_is_long_is_cut_and_marked() {
        assert_eq!(printable("ééé", 3), "ééé");
        assert_eq!(printable("éééé", 3), "ééé…");
        let quoted = |value: String| quoted(&value).to_string();
        assert_eq!(quoted("é".repeat(64)), format!("\"{}\"", "é".repeat(64)));
        assert_eq!(quoted("é".repeat(65)), format!("\"{}…\"", "é".repeat(64)));
        let long = "x".repeat(1 << 20);
        assert_eq!(message(long.clone()).chars().count(), MAX_MESSAGE + 1);
        assert_eq!(path(long.clone()).chars().count(), MAX_PATH + 1);
    }
}
