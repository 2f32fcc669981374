//! The member `gateway` of an answer or of a last chunk, with the paths of its warnings in the API's field names.

use bedrock_provider::json::Writer;

use super::path::Names;
use crate::canonical::{Cost, Warning};
use crate::{Telling, gateway};

/// The member, where there is something to tell: the dialect's own warnings first, then the provider's.
pub(crate) fn write(
    names: &Names,
    telling: &Telling,
    cost: Option<&Cost>,
    warnings: &[&[Warning]],
    provider_metadata: Option<&str>,
    w: &mut Writer,
) {
    let warnings = warnings.iter().copied().flatten();
    let told: Vec<_> = warnings
        .map(|warning| Warning {
            code: warning.code.clone(),
            path: names.path(&telling.tools.path(&warning.path)).into_owned(),
            message: warning.message.clone(),
            lossy: warning.lossy,
        })
        .collect();
    gateway::write(w, cost, &[&telling.warnings, &told], provider_metadata);
}
