//! What an agent's model does: a plan that its user writes into a prompt.
//!
//! A plan stands between a line `PLAN` and a line `END`, one order a line:
//!
//! | order | meaning |
//! |---|---|
//! | `call TOOL INPUT` | a turn that calls a tool; the input is JSON, a text for a tool that takes one text |
//! | `also TOOL INPUT` | a further call in the same turn |
//! | `throttle` | the next turn is first refused with a 429 |
//! | `break` | the next turn first breaks off in the middle of its stream |
//! | `say TEXT` | the last turn |
//!
//! `<1>` in an input or in the last text is what the first call found: the word in its result that begins with
//! [`MARK`]. Nobody can write it who has not read the result.

use serde_json::Value;

/// What a word to be copied from a result begins with.
pub const MARK: &str = "secret-";

/// What goes wrong before a turn is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Throttle,
    Break,
}

/// One call: the tool's name, and its input as JSON text, in which words are still to be put.
#[derive(Debug, PartialEq)]
pub(crate) struct Order<'a> {
    pub(crate) tool: &'a str,
    input: &'a str,
}

/// An assistant's turn with calls, or the last one, without.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Turn<'a> {
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) orders: Vec<Order<'a>>,
    /// The last turn's.
    text: &'a str,
}

/// The plan in a text, if there is one; its error names the line that is no order.
pub(crate) fn read(text: &str) -> Option<Result<Vec<Turn<'_>>, String>> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| *line == "PLAN")?;
    Some(turns(lines.take_while(|line| *line != "END")))
}

fn turns<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Turn<'a>>, String> {
    let mut turns: Vec<Turn<'a>> = Vec::new();
    let mut next = Turn::default();
    for line in lines.filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let wrong = || format!("the plan's line `{line}` is no order");
        let order = || {
            let (tool, input) = rest.trim().split_once(' ')?;
            Some(Order { tool, input })
        };
        match word {
            "throttle" => next.troubles.push(Trouble::Throttle),
            "break" => next.troubles.push(Trouble::Break),
            "call" => {
                next.orders.push(order().ok_or_else(wrong)?);
                turns.push(std::mem::take(&mut next));
            }
            "also" => {
                let turn = turns.last_mut().ok_or_else(wrong)?;
                turn.orders.push(order().ok_or_else(wrong)?);
            }
            "say" => {
                next.text = rest;
                turns.push(std::mem::take(&mut next));
            }
            _ => return Err(wrong()),
        }
    }
    match turns.last() {
        Some(last) if last.orders.is_empty() => Ok(turns),
        _ => Err("the plan does not end with `say`".to_owned()),
    }
}

impl Order<'_> {
    /// The input, with the words that earlier calls found.
    pub(crate) fn input(&self, results: &[String]) -> Result<Value, String> {
        let filled = fill(self.input, results)?;
        serde_json::from_str(&filled)
            .map_err(|error| format!("the plan's input `{filled}` is no JSON: {error}"))
    }
}

impl Turn<'_> {
    /// The last turn's text, likewise.
    pub(crate) fn text(&self, results: &[String]) -> Result<String, String> {
        fill(self.text, results)
    }
}

fn fill(text: &str, results: &[String]) -> Result<String, String> {
    let mut filled = text.to_owned();
    for (index, result) in results.iter().enumerate() {
        let place = format!("<{}>", index + 1);
        if filled.contains(&place) {
            let word = word(result).ok_or_else(|| {
                let begin: String = result.chars().take(400).collect();
                format!(
                    "the result of call {} has no word `{MARK}…`: {begin}",
                    index + 1
                )
            })?;
            filled = filled.replace(&place, word);
        }
    }
    Ok(filled)
}

/// The first word in a result that is to be copied.
fn word(result: &str) -> Option<&str> {
    let (start, _) = result.match_indices(MARK).next()?;
    let rest = result.get(start..)?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    rest.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn results(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn orders_become_turns_and_words_are_put_in() {
        let prompt = "Please do this.\nPLAN\n  throttle\ncall read {\"path\": \"a\"}\nalso read {\"path\": \"b\"}\n\n\
                      break\ncall patch \"*** Begin\\n+<2>\"\nsay It is <1>.\nEND\nThank you.";
        let turns = read(prompt).unwrap().unwrap();
        let tools: Vec<Vec<&str>> = turns
            .iter()
            .map(|turn| turn.orders.iter().map(|order| order.tool).collect())
            .collect();
        assert_eq!(tools, [vec!["read", "read"], vec!["patch"], vec![]]);
        assert_eq!(turns[0].troubles, [Trouble::Throttle]);
        assert_eq!(turns[1].troubles, [Trouble::Break]);
        let found = results(&["1\tsecret-a1.", "say \"secret-b-2\""]);
        assert_eq!(
            turns[1].orders[0].input(&found),
            Ok(json!("*** Begin\n+secret-b-2"))
        );
        assert_eq!(turns[2].text(&found), Ok("It is secret-a1.".to_owned()));
    }

    #[test]
    fn what_is_no_plan_is_told() {
        assert_eq!(read("Say hello"), None);
        for (plan, told) in [
            ("PLAN\ncall read\nsay x\nEND", "`call read`"),
            ("PLAN\nalso read {}\nsay x\nEND", "`also read {}`"),
            ("PLAN\nsing\nEND", "`sing`"),
            ("PLAN\ncall read {}\nEND", "does not end with `say`"),
            ("PLAN\nEND", "does not end with `say`"),
        ] {
            let error = read(plan).unwrap().unwrap_err();
            assert!(error.contains(told), "{error}");
        }
        let turns = read("PLAN\ncall read {\nsay <1>\nEND").unwrap().unwrap();
        assert!(
            turns[0].orders[0]
                .input(&[])
                .unwrap_err()
                .contains("no JSON")
        );
        let nothing = turns[1].text(&results(&["no such file"])).unwrap_err();
        assert!(nothing.contains("no such file"), "{nothing}");
    }
}
