//! Where a model's name says that the model is, for those who admit names before a call.

use crate::model::Model;
use crate::warnings::Warnings;

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The region before the id, or an ARN's.
    pub region: Option<String>,
    /// The id as it is given, without a region and marks.
    pub given: String,
    /// The id that it means; the given one where the name is an id itself.
    pub id: String,
}

impl Place {
    /// Of a canonical `model`; none where no call could carry it.
    pub fn of(name: &str) -> Option<Self> {
        let mut model = Model::parse(name).ok()?;
        let given = model.id.clone().into_owned();
        // What the operator knows besides is called as it is given.
        let id = match model.resolve(&|_| false, &mut Warnings::new(false)) {
            Ok(()) => model.id.into_owned(),
            Err(_) => given.clone(),
        };
        Some(Place {
            region: model.region.map(|region| region.as_str().to_owned()),
            given,
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
        for (name, region, given, id) in [
            (
                "bedrock/us.amazon.nova-lite-v1:0",
                None,
                "us.amazon.nova-lite-v1:0",
                "us.amazon.nova-lite-v1:0",
            ),
            (
                "bedrock/eu-west-1/converse/a.b[1m]",
                Some("eu-west-1"),
                "a.b",
                "a.b",
            ),
            (&["bedrock/", ARN].concat(), Some("eu-west-1"), ARN, ARN),
            (
                "bedrock/nova-lite",
                None,
                "nova-lite",
                "amazon.nova-lite-v1:0",
            ),
            ("bedrock/gpt-4o", None, "gpt-4o", "gpt-4o"),
        ] {
            let place = Place::of(name).expect(name);
            assert_eq!(place.region.as_deref(), region, "{name}");
            assert_eq!(
                (place.given.as_str(), place.id.as_str()),
                (given, id),
                "{name}"
            );
        }
        assert_eq!(Place::of("other/x"), None);
        assert_eq!(Place::of("bedrock/"), None);
    }
}
