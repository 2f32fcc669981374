//! Writes `data/models.json` as the static table of `src/capability`: each row's own settings, as the JSON that they are;
//! and `data/prices.json` as the text that `src/pricing` reads.

use std::fmt::Write as _;
use std::path::Path;

use price_table::PriceTable;
use serde_json::Value;
use table::Table;

#[path = "data/price_table.rs"]
mod price_table;
#[path = "data/table.rs"]
mod table;

const TABLE: &str = "data/models.json";
const PRICES: &str = "data/prices.json";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    say_whether_this_is_a_component();
    println!("cargo::rerun-if-changed={TABLE}");
    println!("cargo::rerun-if-changed={PRICES}");
    println!("cargo::rerun-if-changed=build.rs");
    let Table { unknown, mut rows } =
        Table::read(&std::fs::read(TABLE)?).map_err(|error| format!("{TABLE}: {error}"))?;
    // A row behind those that it is on top of: shorter prefixes first, and a model's behind a family's.
    rows.sort_by(|a, b| (&a.prefix, a.is_model).cmp(&(&b.prefix, b.is_model)));

    let mut unknown = unknown;
    unknown.retain(|_, value| !is_default(value));
    let mut rust = format!(
        "static UNKNOWN: &str = {:?};\n\nstatic ROWS: &[Row] = &[\n",
        settings(&unknown)?
    );
    for row in &rows {
        writeln!(
            rust,
            "Row {{ prefix: {:?}, family: {}, is_model: {}, settings: {:?} }},",
            row.prefix,
            row.members["family"],
            row.is_model,
            settings(&row.own)?,
        )?;
    }
    rust.push_str("];\n");
    let folder = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&folder).join("models.rs"), rust)?;

    let prices =
        PriceTable::read(&std::fs::read(PRICES)?).map_err(|error| format!("{PRICES}: {error}"))?;
    std::fs::write(Path::new(&folder).join("prices.txt"), prices.text())?;
    Ok(())
}

/// `cfg(component)`: the build is one of the worlds, not a library for another shell.
fn say_whether_this_is_a_component() {
    let is_set = |name: &str| std::env::var_os(name).is_some();
    println!("cargo::rustc-check-cfg=cfg(component)");
    let is_wasm = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    let worlds = ["PROVIDER", "ASYNC", "CODEC"];
    let is_world = |name: &&str| is_set(&format!("CARGO_FEATURE_{name}"));
    if is_wasm && worlds.iter().any(is_world) {
        println!("cargo::rustc-cfg=component");
    }
}

/// What a setting is where nothing says otherwise.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_u64() == Some(0),
        Value::String(word) => word.is_empty() || word == "none",
        Value::Array(words) => words.is_empty(),
        Value::Null | Value::Object(_) => false,
    }
}

/// What is left without the parts that are for people.
fn settings(members: &table::Members) -> serde_json::Result<String> {
    let mut settings = members.clone();
    settings.retain(|name, _| name != "about" && name != "family");
    serde_json::to_string(&settings)
}
