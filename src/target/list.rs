//! The models of the table, for gateways that list them.

use crate::capability::inference_profile;
use crate::capability::{ids, of};

/// A model of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The foundation model's id.
    pub id: String,
    /// For people.
    pub family: &'static str,
    /// The ids of its inference profiles.
    pub inference_profiles: Vec<String>,
}

/// All of them, by id.
pub fn all() -> impl Iterator<Item = Listed> {
    ids().map(|id| {
        let known = of(id);
        Listed {
            id: id.to_owned(),
            family: known.family,
            inference_profiles: inference_profile::all(id, &known.capabilities),
        }
    })
}
