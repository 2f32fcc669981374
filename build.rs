//! Reads `data/models.json` into the table of `src/capability`.
//!
//! A row inherits from the rows whose prefixes begin its own, and they from `unknown`. The names and words are taken as
//! they stand: the compiler refuses what [`Capabilities`](../src/capability/mod.rs) does not know.

use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::path::Path;

const TABLE: &str = "data/models.json";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={TABLE}");
    println!("cargo::rerun-if-changed=build.rs");
    let table: Value = serde_json::from_slice(&std::fs::read(TABLE)?)?;
    let unknown = object(&table["unknown"])?;
    let mut rows = Vec::new();
    for (kind, is_model) in [("families", false), ("models", true)] {
        for (prefix, own) in object(&table[kind])? {
            rows.push((prefix.as_str(), is_model, object(own)?));
        }
    }
    // The shorter prefix first, so that the longer one has the last word.
    rows.sort_by_key(|(prefix, ..)| (prefix.len(), *prefix));

    let mut rust = format!(
        "static UNKNOWN: Row = {};\n\nstatic ROWS: &[Row] = &[\n",
        row("", false, unknown.clone())?
    );
    let mut prefixes: Vec<_> = rows.iter().map(|(prefix, ..)| *prefix).collect();
    prefixes.sort_unstable();
    for prefix in prefixes {
        let mut members = unknown.clone();
        let mut is_model = false;
        for (shorter, kind, own) in rows.iter().filter(|(row, ..)| prefix.starts_with(row)) {
            is_model = *kind && *shorter == prefix;
            members.extend((*own).clone());
        }
        writeln!(rust, "{},", row(prefix, is_model, members)?)?;
    }
    rust.push_str("];\n");
    std::fs::write(
        Path::new(&std::env::var("OUT_DIR")?).join("models.rs"),
        rust,
    )?;
    Ok(())
}

fn object(value: &Value) -> Result<&Map<String, Value>, String> {
    value
        .as_object()
        .ok_or(format!("{TABLE}: expected an object, saw {value}"))
}

fn row(prefix: &str, is_model: bool, members: Map<String, Value>) -> Result<String, String> {
    let mut rust = format!("Row {{ prefix: {prefix:?}, is_model: {is_model}");
    let mut capabilities = String::new();
    for (name, value) in &members {
        match name.as_str() {
            "family" => rust.push_str(&format!(", family: {value}")),
            // For the reader of the table.
            "about" => {}
            _ => capabilities.push_str(&format!("{name}: {}, ", rust_value(name, value)?)),
        }
    }
    rust.push_str(&format!(
        ", capabilities: Capabilities {{ {capabilities} }} }}"
    ));
    Ok(rust)
}

fn rust_value(name: &str, value: &Value) -> Result<String, String> {
    Ok(match value {
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if name.ends_with("_date") => format!("Cow::Borrowed({text:?})"),
        Value::String(word) => format!("{}::{}", camel_case(name), camel_case(word)),
        Value::Array(words) => {
            let words: Vec<_> = words
                .iter()
                .map(|word| format!("Cow::Borrowed({word})"))
                .collect();
            format!("Cow::Borrowed(&[{}])", words.join(", "))
        }
        Value::Null | Value::Object(_) => {
            return Err(format!("{TABLE}: {name}: unexpected {value}"));
        }
    })
}

/// `top_k` → `TopK`.
fn camel_case(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}
