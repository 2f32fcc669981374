//! `cargo xtask models`: `docs/models.md`, what works with which model, as `data/models.json` has it.
//!
//! In: the table. Out: a section for each house of models, with what its families take and what its models are. A row
//! that says nothing new is left out: a model has one among the families only where it differs from them.

use std::{fmt::Write, path::Path};

use anyhow::Context;
use serde_json::Value;

use self::table::{Members, Row, Table};
use crate::workspace;

#[path = "../../data/table.rs"]
mod table;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/models.json");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/models.md");

/// What comes before the tables.
const LEGEND: &str = include_str!("models.md");

/// A column: its heading, and what a row says under it.
type Column = (&'static str, fn(&Members) -> String);

/// What the families take.
const FAMILY_COLUMNS: &[Column] = &[
    ("system", |row| flag(row, "system")),
    ("prefill", |row| flag(row, "prefill")),
    ("tools", tools),
    ("tool choice", tool_choice),
    ("schemas", schemas),
    ("media", |row| {
        let kinds = ["images", "documents", "video", "audio"];
        let taken = kinds.iter().filter(|kind| is(row, kind));
        list(taken.copied())
    }),
    ("in tool results", in_results),
    ("thinking", thinking),
    ("JSON", |row| {
        let how = match (is(row, "native_output"), is(row, "tools")) {
            (true, _) => "native",
            (false, true) => "by a tool",
            (false, false) => "in words",
        };
        how.to_owned()
    }),
    ("cache", cache),
    ("sampling", sampling),
    ("stop sequences", |row| match word(row, "stop_sequences") {
        "none" => "–".to_owned(),
        "any" => "✓".to_owned(),
        "not_blank" => "✓, not blank".to_owned(),
        _ => "`User:`, `|`".to_owned(),
    }),
];

/// What the models are.
const MODEL_COLUMNS: &[Column] = &[
    ("prompt", |row| tokens(row, "max_input_tokens")),
    ("answer", |row| tokens(row, "max_output_tokens")),
    ("by its own id", |row| {
        let own = if is(row, "profile_only") {
            "–"
        } else {
            "✓"
        };
        own.to_owned()
    }),
    ("profiles", |row| {
        list(words(row, "geographies").into_iter())
    }),
    ("ends", |row| match word(row, "deprecation_date") {
        "" => "–".to_owned(),
        date => date.to_owned(),
    }),
];

/// Write the file, or with `check` hold it to the table.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let table = Table::read(&workspace::read(Path::new(TABLE))?)
        .map_err(anyhow::Error::msg)
        .context("data/models.json")?;
    let text = written(&table)?;
    if !check {
        return workspace::write(Path::new(DOCUMENT), text);
    }
    anyhow::ensure!(
        workspace::read(Path::new(DOCUMENT))? == text.as_bytes(),
        "docs/models.md is not what data/models.json says; write it with `cargo xtask models`"
    );
    Ok(())
}

fn written(table: &Table) -> anyhow::Result<String> {
    let mut text = LEGEND.to_owned();
    let mut houses: Vec<&str> = table.rows.iter().map(family).collect();
    houses.sort_unstable();
    houses.dedup();
    for house in houses {
        write!(text, "\n## {house}\n\n")?;
        let of_house = |row: &&Row| family(row) == house;
        let rows: Vec<&Row> = table.rows.iter().filter(of_house).collect();
        // A model among the families where it differs from the nearest of them.
        let differs =
            |row: &Row| row.is_model && cells(row, FAMILY_COLUMNS) != cells_above(row, table);
        let families = rows.iter().filter(|row| !row.is_model || differs(row));
        push_table(&mut text, "ids", FAMILY_COLUMNS, families.copied())?;
        let models: Vec<&Row> = rows.iter().filter(|row| row.is_model).copied().collect();
        if !models.is_empty() {
            text.push('\n');
            push_table(&mut text, "model", MODEL_COLUMNS, models)?;
        }
        push_notes(&mut text, &rows)?;
    }
    text.push_str("\n## Any other id\n\n");
    let unknown = Row {
        prefix: String::new(),
        is_model: false,
        own: Members::new(),
        members: table.unknown.clone(),
    };
    push_table(&mut text, "ids", FAMILY_COLUMNS, [&unknown])?;
    Ok(text)
}

fn push_table<'a>(
    text: &mut String,
    first: &str,
    columns: &[Column],
    rows: impl IntoIterator<Item = &'a Row>,
) -> anyhow::Result<()> {
    let headings: Vec<_> = columns.iter().map(|(heading, _)| *heading).collect();
    writeln!(text, "| {first} | {} |", headings.join(" | "))?;
    writeln!(text, "|---{}|", "|---".repeat(columns.len()))?;
    for row in rows {
        let cells = cells(row, columns).join(" | ");
        writeln!(text, "| `{}` | {cells} |", name(row))?;
    }
    Ok(())
}

fn push_notes(text: &mut String, rows: &[&Row]) -> anyhow::Result<()> {
    let mut gap = "\n";
    for row in rows {
        if let Some(about) = row.own.get("about").and_then(Value::as_str) {
            writeln!(text, "{gap}- `{}`: {about}", name(row))?;
            gap = "";
        }
    }
    Ok(())
}

/// A family's prefix is told from an id by what may follow.
fn name(row: &Row) -> String {
    let rest = if row.is_model { "" } else { "…" };
    format!("{}{rest}", row.prefix)
}

fn family(row: &Row) -> &str {
    word(&row.members, "family")
}

/// In a table's cell a bar would end it.
fn cells(row: &Row, columns: &[Column]) -> Vec<String> {
    let cell = |(_, says): &Column| says(&row.members).replace('|', "\\|");
    columns.iter().map(cell).collect()
}

/// The cells of the family that the model is of.
fn cells_above(model: &Row, table: &Table) -> Vec<String> {
    let families = table.rows.iter().filter(|row| !row.is_model);
    let nearest = families
        .filter(|row| model.prefix.starts_with(&row.prefix))
        .max_by_key(|row| row.prefix.len());
    nearest.map_or_else(Vec::new, |row| cells(row, FAMILY_COLUMNS))
}

fn is(row: &Members, name: &str) -> bool {
    row.get(name).and_then(Value::as_bool).unwrap_or_default()
}

fn flag(row: &Members, name: &str) -> String {
    let sign = if is(row, name) { "✓" } else { "–" };
    sign.to_owned()
}

fn word<'a>(row: &'a Members, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn words<'a>(row: &'a Members, name: &str) -> Vec<&'a str> {
    let words = row.get(name).and_then(Value::as_array);
    words
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let list = words.collect::<Vec<_>>().join(", ");
    if list.is_empty() {
        "–".to_owned()
    } else {
        list
    }
}

/// With a space at each thousand; 0 is not known.
fn tokens(row: &Members, name: &str) -> String {
    let digits = match row.get(name).and_then(Value::as_u64) {
        None | Some(0) => return "–".to_owned(),
        Some(tokens) => tokens.to_string(),
    };
    let mut text = String::new();
    for (place, digit) in (1..=digits.len()).rev().zip(digits.chars()) {
        text.push(digit);
        if place > 1 && place % 3 == 1 {
            text.push(' ');
        }
    }
    text
}

fn tools(row: &Members) -> String {
    let how = match (is(row, "tools"), is(row, "stream_tools")) {
        (false, _) => "–",
        (true, true) => "✓",
        (true, false) => "✓, not streamed",
    };
    how.to_owned()
}

fn schemas(row: &Members) -> String {
    if !is(row, "tools") {
        return "–".to_owned();
    }
    let mut says = match word(row, "tool_schemas") {
        "no_root_alternatives" => vec!["no alternatives at the root".to_owned()],
        "no_references" => vec!["no references".to_owned()],
        "plain_root" => vec!["no references, plain root".to_owned()],
        _ => Vec::new(),
    };
    if is(row, "limited_property_names") {
        says.push("names of letters, digits, `_ . -`".to_owned());
    }
    if is(row, "strict_tools") {
        says.push(match row.get("max_strict_tools").and_then(Value::as_u64) {
            None | Some(0) => "strict".to_owned(),
            Some(most) => format!("{most} strict"),
        });
    }
    list(says.iter().map(String::as_str))
}

fn tool_choice(row: &Members) -> String {
    let forms = match word(row, "tool_choice") {
        _ if !is(row, "tools") => return "–".to_owned(),
        "none" => return "–".to_owned(),
        "auto" => return "auto".to_owned(),
        "any" => "auto, any",
        _ => "auto, any, tool",
    };
    let never = word(row, "forced_tools") == "never" || is(row, "thinking_always_on");
    match word(row, "forced_tools") {
        "always" => forms.to_owned(),
        _ if never => "auto".to_owned(),
        _ if word(row, "reasoning") == "none" => forms.to_owned(),
        _ => format!("{forms}; auto while thinking"),
    }
}

fn in_results(row: &Members) -> String {
    let documents = match word(row, "result_documents") {
        "none" => None,
        "text" => Some("CSV and plain text"),
        _ => Some("documents"),
    };
    let images = is(row, "result_images").then_some("images");
    list(images.into_iter().chain(documents))
}

fn thinking(row: &Members) -> String {
    let form = match word(row, "reasoning") {
        "none" => return "–".to_owned(),
        "always" => return "always".to_owned(),
        "budget" => "budget",
        "budget_or_adaptive" => "budget or adaptive",
        "adaptive" => "adaptive",
        _ => "effort",
    };
    let mut text = form.to_owned();
    if is(row, "thinking_always_on") {
        text.push_str(", always");
    }
    let efforts = words(row, "efforts");
    if !efforts.is_empty() {
        text.push_str(": ");
        text.push_str(&efforts.join(" "));
    }
    text
}

fn cache(row: &Members) -> String {
    let places = match word(row, "cache") {
        "none" => return "–".to_owned(),
        "messages" => "system, messages",
        _ => "✓",
    };
    let ttl = if is(row, "cache_ttl") { "5m, 1h" } else { "5m" };
    format!("{places}; {ttl}")
}

fn sampling(row: &Members) -> String {
    let mut names = match word(row, "sampling") {
        "none" => Vec::new(),
        "one" => vec!["temperature or top_p"],
        _ => vec!["temperature", "top_p"],
    };
    if word(row, "top_k") != "none" {
        names.push("top_k");
    }
    list(names.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_what_the_table_says() {
        run(true).unwrap();
    }

    const TABLE: &str = r#"{
        "unknown": {"family": "unknown", "system": true, "tools": false, "tool_choice": "none", "forced_tools": "always", "images": false},
        "families": {
            "a.": {"family": "House", "about": "Of the house.", "tools": true, "stream_tools": false},
            "a.big-": {"tool_choice": "all", "images": true}
        },
        "models": {
            "a.big-1": {"max_input_tokens": 1234567, "geographies": ["eu", "us"], "profile_only": true},
            "a.big-2": {"about": "Blind.", "images": false}
        }
    }"#;

    fn line<'a>(text: &'a str, start: &str) -> &'a str {
        let found: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with(start))
            .collect();
        assert_eq!(found.len(), 1, "{start}: {found:?}");
        found[0]
    }

    #[test]
    fn families_inherit_and_a_model_is_among_them_where_it_differs() {
        let text = written(&Table::read(TABLE.as_bytes()).unwrap()).unwrap();
        assert!(text.contains("## House"), "{text}");
        assert!(line(&text, "| `a.…` ").contains("✓, not streamed | – | –"));
        let big = line(&text, "| `a.big-…` ");
        assert!(
            big.contains("✓, not streamed | auto, any, tool | ") && big.contains(" | images | ")
        );
        assert_eq!(
            line(&text, "| `a.big-1` "),
            "| `a.big-1` | 1 234 567 | – | – | eu, us | – |"
        );
        // Once for what it takes, once for what it is.
        assert_eq!(text.matches("\n| `a.big-2` |").count(), 2, "{text}");
        assert_eq!(line(&text, "- `a.…`"), "- `a.…`: Of the house.");
        assert_eq!(line(&text, "- `a.big-2`"), "- `a.big-2`: Blind.");
    }

    #[test]
    fn a_choice_that_cannot_be_forced_is_not_promised() {
        for (forced, always_on, says) in [
            ("always", false, "auto, any, tool"),
            (
                "without_thinking",
                false,
                "auto, any, tool; auto while thinking",
            ),
            ("without_thinking", true, "auto"),
            ("never", false, "auto"),
        ] {
            let row = serde_json::json!({
                "tools": true, "tool_choice": "all", "reasoning": "adaptive", "forced_tools": forced, "thinking_always_on": always_on,
            });
            assert_eq!(tool_choice(row.as_object().unwrap()), says, "{forced}");
        }
    }
}
