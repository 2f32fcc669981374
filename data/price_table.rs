//! Reads `data/prices.json`, for what is built from it, and writes it as small as it can be read at run time.
//!
//! In: the file's text. Out: a line for each model: its id, then rows with `;` between them. A row has before `=` the
//! places that it is for, the bare id's being empty; after it sets of prices with `|` between them, the first without a
//! name:
//!
//! ```text
//! zai.glm-9 ,us-east-1=0.6 2.2|flex 0.3 1.1;global=0.5 2 - 0.7
//! ```
//!
//! A set's values stand in the order of [`MEMBERS`], with `-` for one that is not there. The prices themselves are as
//! in the file, without those of batches: no call of Converse's is served as one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The prices of a set, in the order in which they are written.
const MEMBERS: [&str; 5] = [
    "input",
    "output",
    "cache_read",
    "cache_write",
    "cache_write_1h",
];

/// Sets that no call is served at.
const UNUSED: &[&str] = &["batch"];

/// What the keys of profiles begin with.
const GEOGRAPHIES: &[&str] = &[
    "us", "eu", "apac", "global", "jp", "au", "ca", "in", "us-gov", "sa", "amer",
];

/// The file: by model the rows, and by row the places that it is for.
#[derive(Debug)]
pub(crate) struct PriceTable(BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl PriceTable {
    /// Read the text of the file.
    ///
    /// # Errors
    /// What is not JSON, or not of the file's shape.
    pub(crate) fn read(text: &[u8]) -> Result<Self, String> {
        let file: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let mut models = BTreeMap::<_, BTreeMap<_, Vec<_>>>::new();
        for (key, row) in object("prices", &file["prices"])? {
            let (place, id) = place_and_id(key);
            if key.contains([' ', ',', ';', '=', '|', '\n']) {
                return Err(format!("{key}: a character that the table is made of"));
            }
            let row = sets(key, object(key, row)?)?;
            let places = models.entry(id.to_owned()).or_default();
            places.entry(row).or_default().push(place.to_owned());
        }
        Ok(PriceTable(models))
    }

    /// As it is read at run time.
    pub(crate) fn text(&self) -> String {
        let line = |(id, rows): (&String, &BTreeMap<String, Vec<String>>)| {
            let rows = rows
                .iter()
                .map(|(row, places)| format!("{}={row}", places.join(",")));
            format!("{id} {}\n", rows.collect::<Vec<_>>().join(";"))
        };
        self.0.iter().map(line).collect()
    }
}

/// `eu-west-2/<id>` and `eu.<id>` in two; a bare id has no place.
fn place_and_id(key: &str) -> (&str, &str) {
    if let Some(parts) = key.split_once('/') {
        return parts;
    }
    match key.split_once('.') {
        Some((place, id)) if GEOGRAPHIES.contains(&place) => (place, id),
        _ => ("", key),
    }
}

/// A row: its own prices, then its named sets.
fn sets(key: &str, row: &Map<String, Value>) -> Result<String, String> {
    let mut text = values(key, row)?;
    for (name, set) in row.iter().filter(|(_, set)| set.is_object()) {
        let set = object(name, set)?;
        if set.values().any(Value::is_object) {
            return Err(format!("{key}.{name}: a set in a set"));
        }
        let values = values(key, set)?;
        if !UNUSED.contains(&name.as_str()) {
            text = format!("{text}|{name} {values}");
        }
    }
    Ok(text)
}

fn values(key: &str, set: &Map<String, Value>) -> Result<String, String> {
    let stray =
        |(name, value): &(&String, &Value)| !value.is_object() && !MEMBERS.contains(&name.as_str());
    if let Some((name, _)) = set.iter().find(stray) {
        return Err(format!("{key}: {name} is not known"));
    }
    let mut values = Vec::new();
    for name in MEMBERS {
        values.push(match set.get(name) {
            Some(Value::String(price)) => price.as_str(),
            None => "-",
            Some(other) => return Err(format!("{key}.{name}: expected a text, saw {other}")),
        });
    }
    while values.last() == Some(&"-") {
        values.pop();
    }
    Ok(values.join(" "))
}

fn object<'a>(name: &str, value: &'a Value) -> Result<&'a Map<String, Value>, String> {
    value
        .as_object()
        .ok_or_else(|| format!("{name}: expected an object, saw {value}"))
}
