//! Cross-region inference profiles: which id to call where a model is not called by its own.
//!
//! Newer models are called by a profile, whose id is the model's behind the prefix of a geography: `us.anthropic.…` in
//! the regions of the United States. Which profiles there are is in the model's row (`geographies`); which geographies
//! a region belongs to is here. Source:
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>.

use super::foundation::foundation_id;
use crate::capability::{self, Capabilities};

/// Beginnings of regions, and the geographies that they belong to, the nearest first.
const REGIONS: &[(&str, &[&str])] = &[
    ("us-gov-", &["us-gov"]),
    // Partitions of their own, whose profiles are not known.
    ("us-iso", &[]),
    ("eu-iso", &[]),
    ("eusc-", &[]),
    ("cn-", &[]),
    ("us-", &["us", "global"]),
    ("ca-", &["ca", "us", "global"]),
    ("sa-", &["sa", "us", "global"]),
    ("eu-", &["eu", "global"]),
    ("ap-northeast-1", &["jp", "apac", "global"]),
    ("ap-northeast-3", &["jp", "apac", "global"]),
    ("ap-southeast-2", &["au", "apac", "global"]),
    ("ap-southeast-4", &["au", "apac", "global"]),
    ("ap-south-", &["in", "apac", "global"]),
    ("ap-", &["apac", "global"]),
    ("", &["global"]),
];

/// The geographies of a region, the nearest first.
pub(crate) fn geographies(region: &str) -> &'static [&'static str] {
    let known = REGIONS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix));
    known.map_or(&[], |(_, geographies)| geographies)
}

/// The model's profiles that can be called from the region, the nearest first.
pub(crate) fn ids(foundation: &str, capabilities: &Capabilities, region: &str) -> Vec<String> {
    let has = |geography: &&&str| Capabilities::has(&capabilities.geographies, geography);
    geographies(region)
        .iter()
        .filter(has)
        .map(|geography| format!("{geography}.{foundation}"))
        .collect()
}

/// The profiles that a model has most likely which the table does not have yet, the nearest first: none of those that
/// are called by a profile alone is without.
pub(crate) fn likely(foundation: &str, region: &str) -> Vec<String> {
    let geographies = geographies(region).iter();
    geographies
        .map(|geography| format!("{geography}.{foundation}"))
        .collect()
}

/// All of the model's profiles, in the order of its row.
pub(crate) fn all(foundation: &str, capabilities: &Capabilities) -> Vec<String> {
    let geographies = capabilities.geographies.iter();
    geographies
        .map(|geography| format!("{geography}.{foundation}"))
        .collect()
}

/// Which ids to try for a model that is not called by its own, as the end of a message.
pub(crate) fn advice(id: &str) -> String {
    let foundation = foundation_id(id);
    if foundation.is_empty() {
        return String::new();
    }
    let ids = all(foundation, &capability::of(foundation).capabilities);
    match ids.is_empty() {
        true => {
            format!(" Try us.{foundation}, eu.{foundation} or global.{foundation}, by your region.")
        }
        false => format!(" Its profiles, by region: {}.", ids.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_its_geographies_the_nearest_first() {
        for (region, nearest) in [
            ("us-east-1", Some("us")),
            ("us-gov-west-1", Some("us-gov")),
            ("eu-central-1", Some("eu")),
            ("ap-northeast-1", Some("jp")),
            ("ap-northeast-2", Some("apac")),
            ("ap-southeast-2", Some("au")),
            ("ca-central-1", Some("ca")),
            ("me-south-1", Some("global")),
            ("cn-north-1", None),
            ("us-iso-east-1", None),
            ("us-isob-east-1", None),
            ("eu-isoe-west-1", None),
            ("eusc-de-east-1", None),
        ] {
            assert_eq!(geographies(region).first().copied(), nearest, "{region}");
        }
    }
}
