//! Properties that go out under other names, and their own names again: in calls of the history, and in answers.

use std::borrow::Cow;
use std::sync::Arc;

use crate::converse::names;
use crate::json::{Order, Text, Writer, sorted};

/// The properties of one tool that have other names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Renamed {
    /// The tool, by the name that was sent.
    pub tool: String,
    /// Names as they were sent, in their order, and as they were.
    pub names: Arc<Vec<(String, String)>>,
}

impl Renamed {
    /// Those of the tool that is sent by this name; none where all are as they were.
    pub(crate) fn of_tool<'r>(all: &'r [Renamed], order: &Order, tool: &str) -> Option<&'r Self> {
        let name_at = |at: usize| all.get(at).map(|renamed| &*renamed.tool);
        all.get(order.first(all.len(), &name_at, tool)?)
    }

    /// Of a tool; none where all names are as they were.
    pub(crate) fn of(tool: &str, names: Vec<(String, String)>) -> Option<Self> {
        let mut ordered: Vec<(String, String)> = Vec::with_capacity(names.len());
        let order = sorted(names.len(), &|one, other| {
            names.get(one).cmp(&names.get(other))
        });
        for pair in order.into_iter().filter_map(|at| names.get(at)) {
            if ordered.last() != Some(pair) {
                ordered.push(pair.clone());
            }
        }
        (!ordered.is_empty()).then(|| Renamed {
            tool: tool.to_owned(),
            names: Arc::new(ordered),
        })
    }

    /// A call's input, of the caller's history, as it is sent.
    pub(crate) fn sent<'j>(&self, input: &'j str) -> Cow<'j, str> {
        rename(input, &|name| {
            let sent = names::property_name(name, true);
            self.original(&sent).filter(|original| *original == name)?;
            Some(sent.into_owned())
        })
    }

    /// A call's input, of the model's answer, as the caller knows it; it may end too early.
    pub(crate) fn restored<'j>(&self, input: &'j str) -> Cow<'j, str> {
        rename(input, &|name| self.original(name).map(str::to_owned))
    }

    fn original(&self, sent: &str) -> Option<&str> {
        let order = |known: &(String, String)| known.0.as_str().cmp(sent);
        let at = self.names.binary_search_by(order).ok()?;
        self.names.get(at).map(|(_, original)| original.as_str())
    }
}

/// JSON text with other names of members at every depth, and otherwise byte for byte.
fn rename<'j>(json: &'j str, to: &dyn Fn(&str) -> Option<String>) -> Cow<'j, str> {
    let mut renamed = String::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(start) = find(json, at, b'"') {
        let Some(end) = end_of_text(json, start) else {
            break;
        };
        at = end;
        let behind = json.get(end..).unwrap_or_default().trim_start();
        let literal = json.get(start..end).unwrap_or_default();
        let name = Text::of_literal(literal).filter(|_| behind.starts_with(':'));
        if let Some(other) = name.and_then(|name| to(&name.into_cow())) {
            renamed.push_str(json.get(done..start).unwrap_or_default());
            let mut w = Writer::default();
            w.text(&other);
            renamed.push_str(&w.into_string());
            done = end;
        }
    }
    if done == 0 {
        return Cow::Borrowed(json);
    }
    renamed.push_str(json.get(done..).unwrap_or_default());
    Cow::Owned(renamed)
}

fn find(json: &str, from: usize, byte: u8) -> Option<usize> {
    let rest = json.as_bytes().get(from..)?;
    rest.iter().position(|b| *b == byte).map(|at| from + at)
}

/// Behind the text that begins at `start`; none where it does not end.
fn end_of_text(json: &str, start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match json.as_bytes().get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}
