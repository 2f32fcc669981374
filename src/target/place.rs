//! Where a model's name says that the model is, for those who admit names before a call. It asks no table.

use crate::capability::foundation::arn_field;
use crate::model::{Parts, looks_like_region};

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The region before the id, or an ARN's.
    pub region: Option<&'a str>,
    /// The id as it is given, without a region and marks.
    pub id: &'a str,
}

impl<'a> Place<'a> {
    /// Whether it is no model at all, but a region alone, as in `context.fallbacks`.
    pub fn is_region(&self) -> bool {
        self.region.is_none() && looks_like_region(self.id)
    }

    /// Of a canonical `model`; none of another provider's.
    pub fn of(name: &'a str) -> Option<Self> {
        let Parts { region, id, .. } = Parts::of(name)?;
        Some(Place {
            region: region.or_else(|| arn_field(id, 3)),
            id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_region_and_id_however_it_is_written() {
        const ARN: &str = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.x.y";
        for (name, region, id) in [
            (
                "bedrock/us.amazon.nova-lite-v1:0",
                None,
                "us.amazon.nova-lite-v1:0",
            ),
            (
                "bedrock/eu-west-1/converse/a.b[1M]",
                Some("eu-west-1"),
                "a.b",
            ),
            (&["bedrock/", ARN].concat(), Some("eu-west-1"), ARN),
            ("bedrock/nova-lite", None, "nova-lite"),
            ("bedrock/", None, ""),
        ] {
            assert_eq!(Place::of(name), Some(Place { region, id }), "{name}");
        }
        assert_eq!(Place::of("other/x"), None);
    }
}
