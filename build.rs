//! Writes `data/models.json` as the Rust table of `src/capability`.
//!
//! The names and words are taken as they stand: the compiler refuses what
//! [`Capabilities`](../src/capability/mod.rs) does not know.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use table::{Members, Table};

#[path = "data/table.rs"]
mod table;

const TABLE: &str = "data/models.json";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={TABLE}");
    println!("cargo::rerun-if-changed=build.rs");
    let Table { unknown, mut rows } =
        Table::read(&std::fs::read(TABLE)?).map_err(|error| format!("{TABLE}: {error}"))?;
    rows.sort_by(|a, b| a.prefix.cmp(&b.prefix));

    let mut rust = format!(
        "static UNKNOWN: Row = {};\n\nstatic ROWS: &[Row] = &[\n",
        row("", false, &unknown)?
    );
    for table::Row {
        prefix,
        is_model,
        members,
        ..
    } in &rows
    {
        writeln!(rust, "{},", row(prefix, *is_model, members)?)?;
    }
    rust.push_str("];\n");
    std::fs::write(
        Path::new(&std::env::var("OUT_DIR")?).join("models.rs"),
        rust,
    )?;
    Ok(())
}

fn row(prefix: &str, is_model: bool, members: &Members) -> Result<String, String> {
    let mut rust = format!("Row {{ prefix: {prefix:?}, is_model: {is_model}");
    let mut capabilities = String::new();
    for (name, value) in members {
        match name.as_str() {
            "about" => {}
            "family" => rust.push_str(&format!(", family: {value}")),
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
