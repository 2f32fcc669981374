//! Reads `data/models.json`, for what is built from it: the component's table, its documentation, its tests.
//!
//! In: the file's text. Out: each row with what it inherits. A family's row holds for every id that begins with its
//! key, on top of the families with shorter keys and of `unknown`; a model's row is on top of its families' and is
//! inherited by none.

use serde_json::{Map, Value};

/// Names and values of a row.
pub(crate) type Members = Map<String, Value>;

/// The file.
#[derive(Debug)]
pub(crate) struct Table {
    /// What holds for an id that nothing else knows.
    pub unknown: Members,
    /// The families, then the models.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    /// The beginning of ids, or a model's id.
    pub prefix: String,
    /// Whether it is a model's.
    pub is_model: bool,
    /// What it says itself.
    pub own: Members,
    /// What holds for it, inherited members included; and its own `about`, which is for the reader.
    pub members: Members,
}

impl Table {
    /// Read the text of the file.
    ///
    /// # Errors
    /// What is not JSON, or not of the file's shape.
    pub(crate) fn read(text: &[u8]) -> Result<Self, String> {
        let file: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let unknown = object(&file["unknown"])?.clone();
        let mut families = Vec::new();
        for (prefix, own) in object(&file["families"])? {
            families.push((prefix.as_str(), object(own)?));
        }
        // The shorter prefix first, so that the longer one has the last word.
        families.sort_by_key(|(prefix, _)| (prefix.len(), *prefix));
        let mut rows = Vec::new();
        for (section, is_model) in [("families", false), ("models", true)] {
            for (prefix, own) in object(&file[section])? {
                let mut members = unknown.clone();
                let inherited = families
                    .iter()
                    .filter(|(family, _)| prefix.starts_with(family));
                for (_, inherited) in inherited {
                    members.extend((*inherited).clone());
                }
                members.remove("about");
                members.extend(object(own)?.clone());
                rows.push(Row {
                    prefix: prefix.clone(),
                    is_model,
                    own: object(own)?.clone(),
                    members,
                });
            }
        }
        Ok(Table { unknown, rows })
    }
}

fn object(value: &Value) -> Result<&Members, String> {
    value
        .as_object()
        .ok_or_else(|| format!("expected an object, saw {value}"))
}
