//! An answer that is JSON because words asked for it: the Markdown fence around it is taken off.
//!
//! Whoever asked for JSON parses the text of the answer, all of it, and some models fence it whatever they are asked. A
//! stream is held back only as long as it may still be a fence.

/// The longest beginning or end that may be a fence.
const MAX_HELD: usize = 256;

const TICKS: &str = "```";

/// The text of one block, as it comes.
#[derive(Debug, Default)]
pub(crate) struct Fence {
    at: At,
    held: String,
}

#[derive(Debug, Default, PartialEq)]
enum At {
    #[default]
    Beginning,
    Inside,
    /// Behind the fence that closes it.
    Behind,
    /// There is no fence.
    Plain,
}

impl Fence {
    /// A whole text without its fence.
    pub(crate) fn off(text: &str) -> String {
        let mut fence = Fence::default();
        let begun = fence.push(text);
        begun + &fence.finish()
    }

    /// A piece of the text; what can be told by now.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        if self.at == At::Beginning {
            match begin(&self.held) {
                Some(Some(body)) => {
                    self.at = At::Inside;
                    self.held = body.to_owned();
                }
                Some(None) => self.at = At::Plain,
                None if self.held.len() > MAX_HELD => self.at = At::Plain,
                None => return String::new(),
            }
        }
        if self.at == At::Behind {
            self.held.clear();
            return String::new();
        }
        let is_end = |c: char| c.is_whitespace() || c == '`';
        // No string of JSON has a line break in it: a line that begins so closes the fence.
        if self.at == At::Inside
            && let Some(end) = self.held.find("\n```")
        {
            self.at = At::Behind;
            let told = self.held.get(..end).unwrap_or_default();
            let told = told.trim_end_matches(is_end).to_owned();
            self.held.clear();
            return told;
        }
        let told = match self.at {
            At::Inside => self.held.trim_end_matches(is_end).len(),
            _ => self.held.len(),
        };
        let rest = self.held.split_off(told);
        let told = std::mem::replace(&mut self.held, rest);
        match self.held.len() > MAX_HELD {
            true => told + &std::mem::take(&mut self.held),
            false => told,
        }
    }

    /// What was held back and is no fence.
    pub(crate) fn finish(self) -> String {
        match self.at == At::Inside && self.held.contains(TICKS) {
            true => String::new(),
            false => self.held,
        }
    }
}

/// What stands behind a fence's first line; none where there is no fence, and none at all where that is not known yet.
fn begin(text: &str) -> Option<Option<&str>> {
    let text = text.trim_start();
    if TICKS.starts_with(text) {
        return None;
    }
    let Some(rest) = text.strip_prefix(TICKS) else {
        return Some(None);
    };
    match rest.split_once('\n') {
        None => None,
        Some((language, body)) => {
            let is_word = language
                .trim()
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric());
            Some(is_word.then_some(body))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_fence_is_taken_off_and_nothing_else() {
        for (text, expected) in [
            ("```json\n{\"a\":1}\n```", "{\"a\":1}"),
            ("\n ```\n{\"a\":\n1}\n```  \n", "{\"a\":\n1}"),
            ("```JSON \r\n[1]\r\n```", "[1]"),
            // It was cut short.
            ("```json\n{\"a\":", "{\"a\":"),
            ("```json\n{\"a\": ", "{\"a\": "),
            ("{\"a\":\"```\"}", "{\"a\":\"```\"}"),
            ("{}\n```", "{}\n```"),
            ("```json\n{\"a\":\"```\"}\n```", "{\"a\":\"```\"}"),
            ("```json {}```", "```json {}```"),
            ("``` a b\n{}\n```", "``` a b\n{}\n```"),
            ("Here:\n```json\n{}\n```", "Here:\n```json\n{}\n```"),
            ("```json\n{}\n```\nThat is all.", "{}"),
            ("```json\n{}\n```\n```json\n[]\n```", "{}"),
            ("", ""),
            (" ", " "),
            ("``", "``"),
        ] {
            assert_eq!(Fence::off(text), expected, "{text:?}");
        }
        let blank = " ".repeat(1000);
        assert_eq!(Fence::off(&blank), blank);
        let late = format!("```json\n{{}}{blank}");
        assert_eq!(Fence::off(&late), format!("{{}}{blank}"));
    }

    proptest! {
        #[test]
        fn pieces_tell_what_the_whole_tells(
            text in "[ \n]{0,2}(```)?(json|a b)?\n?[`{}\n ab]{0,12}(\n?```)? ?",
            cuts in proptest::collection::vec(0..24_usize, 0..6),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().filter(|at| *at <= text.len()).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let mut fence = Fence::default();
            let mut told = String::new();
            for pair in cuts.windows(2) {
                told += &fence.push(&text[pair[0]..pair[1]]);
            }
            told += &fence.finish();
            prop_assert_eq!(told, Fence::off(&text));
        }
    }
}
