//! The member `gateway` of an answer or of a last chunk, with the paths of its warnings in the API's field names.

use bedrock_provider::json::Writer;

use super::path::Names;
use crate::canonical::{Cost, Warning};
use crate::gateway;

/// The member, where there is something to tell.
pub(crate) fn write(
    names: &Names,
    cost: Option<&Cost>,
    warnings: &[&[Warning]],
    provider_metadata: Option<&str>,
    w: &mut Writer,
) {
    let warnings = warnings.iter().copied().flatten();
    let told: Vec<_> = warnings
        .map(|warning| Warning {
            path: names.path(&warning.path).into_owned(),
            message: warning.message.clone(),
            lossy: warning.lossy,
        })
        .collect();
    gateway::write(w, cost, &[&told], provider_metadata);
}
