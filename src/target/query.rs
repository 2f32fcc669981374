//! The table as an answer to those who ask: the interface `models`.
//!
//! In: nothing, or a model as requests name it. Out: [`Answer`]s, with the operator's word over the table's.

use super::Target;
use crate::canonical::{Context, Error};
use crate::capability::foundation::foundation_id;
use crate::capability::inference_profile;
use crate::capability::{Capabilities, ids, of};
use crate::endpoint::Region;
use crate::extensions::{ContextExtensions, RequestExtensions};
use crate::warnings::Warnings;

/// What is known of a model.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The foundation model's id; empty where the name does not tell it.
    pub id: String,
    /// For people; `unknown` where no row holds for the id.
    pub family: &'static str,
    /// What it takes.
    pub capabilities: Capabilities,
}

impl Answer {
    /// The ids of its inference profiles.
    pub(crate) fn inference_profiles(&self) -> Vec<String> {
        inference_profile::all(&self.id, &self.capabilities)
    }
}

/// The models of the table, by id.
pub(crate) fn list() -> impl Iterator<Item = Answer> {
    ids().map(|id| {
        let known = of(id);
        Answer {
            id: id.to_owned(),
            family: known.family,
            capabilities: known.capabilities,
        }
    })
}

/// The model that `name` names as a request would, with the operator's settings of `context.extensions`.
///
/// # Errors
/// A name that no request could carry, and settings of another kind.
pub(crate) fn describe(name: &str, context: &Context) -> Result<Answer, Error> {
    let notes = &mut Warnings::new(context.strict);
    let operator = ContextExtensions::parse(context.extensions.as_deref(), notes)?;
    let mut request = RequestExtensions::default();
    let (model, target) = Target::of_call(name, name, &mut request, &operator, notes)?;
    let base = request.base_model.as_deref().map(foundation_id);
    Ok(Answer {
        id: base.unwrap_or(model.foundation()).to_owned(),
        family: target.family,
        capabilities: target.capabilities,
    })
}

/// The model's profiles that can be called from a region, the nearest first.
///
/// # Errors
/// A name that no request could carry, and what is no region.
pub(crate) fn profiles(name: &str, region: &str) -> Result<Vec<String>, Error> {
    let region = Region::parse(region, "region")?;
    let answer = describe(name, &Context::default())?;
    Ok(inference_profile::ids(
        &answer.id,
        &answer.capabilities,
        region.as_str(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LLAMA: &str = "meta.llama3-3-70b-instruct-v1:0";

    fn described(name: &str, extensions: Option<&str>) -> Result<Answer, Error> {
        let context = Context {
            extensions: extensions.map(str::to_owned),
            ..Context::default()
        };
        describe(name, &context)
    }

    #[test]
    fn every_model_is_listed_once_by_id_and_described_as_it_is_listed() {
        let ids: Vec<_> = list().map(|answer| answer.id).collect();
        assert!(ids.len() > 100, "{} models", ids.len());
        assert!(ids.is_sorted() && !ids.iter().any(|id| id.ends_with('-')));
        for listed in list() {
            let name = format!("bedrock/{}", listed.id);
            let answer = described(&name, None).expect("an answer");
            assert_eq!(answer.id, listed.id);
            assert_eq!(answer.family, listed.family, "{name}");
            assert_eq!(answer.capabilities, listed.capabilities, "{name}");
        }
        let mut distinct = ids.clone();
        distinct.dedup();
        assert_eq!(distinct, ids);
    }

    #[test]
    fn a_model_is_described_by_each_of_its_names() {
        for name in [
            "bedrock/meta.llama3-3-70b-instruct-v1:0",
            "bedrock/us.meta.llama3-3-70b-instruct-v1:0",
            "bedrock/us-west-2/us.meta.llama3-3-70b-instruct-v1:0",
            "bedrock/arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-3-70b-instruct-v1:0",
            "bedrock/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama3-3-70b-instruct-v1:0",
        ] {
            let answer = described(name, None).expect(name);
            assert_eq!((answer.id.as_str(), answer.family), (LLAMA, "Meta Llama"));
            assert!(answer.capabilities.tools && !answer.capabilities.stream_tools);
            assert_eq!(
                answer.inference_profiles(),
                ["us.meta.llama3-3-70b-instruct-v1:0"]
            );
        }
    }

    #[test]
    fn what_nobody_knows_is_described_with_caution() {
        for (name, id) in [
            ("bedrock/nobody.model", "nobody.model"),
            (
                "bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/x",
                "",
            ),
        ] {
            let answer = described(name, None).expect(name);
            assert_eq!((answer.id.as_str(), answer.family), (id, "unknown"));
            assert!(!answer.capabilities.images);
            assert!(answer.inference_profiles().is_empty());
        }
    }

    #[test]
    fn the_operator_has_the_last_word() {
        let settings =
            r#"{"bedrock":{"models":{"meta.":{"stream_tools":true,"geographies":["eu"]}}}}"#;
        let answer = described("bedrock/us.meta.llama3-3-70b-instruct-v1:0", Some(settings));
        let answer = answer.expect("an answer");
        assert!(answer.capabilities.stream_tools);
        assert_eq!(
            answer.inference_profiles(),
            ["eu.meta.llama3-3-70b-instruct-v1:0"]
        );
        let json = answer.capabilities.json();
        assert!(json.contains(r#""stream_tools":true"#), "{json}");
    }

    #[test]
    fn what_cannot_be_asked_is_refused_by_the_field_at_fault() {
        let wrong = r#"{"bedrock":{"models":{"meta.":{"images":"yes"}}}}"#;
        for (name, extensions, path) in [
            ("openai/gpt", None, "model"),
            (
                "bedrock/meta.llama3-3-x",
                Some(wrong),
                "context.extensions.bedrock.models.meta..images",
            ),
            ("bedrock/meta.llama3-3-x", Some("[]"), "context.extensions"),
        ] {
            let error = described(name, extensions).expect_err(name);
            assert_eq!(error.path.as_deref(), Some(path), "{name}");
        }
        let error = profiles("bedrock/meta.llama3-3-x", "nowhere!").expect_err("no region");
        assert_eq!(error.path.as_deref(), Some("region"));
    }

    #[test]
    fn profiles_are_those_of_the_region_the_nearest_first() {
        const SONNET: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";
        for (region, geographies) in [
            ("us-east-1", &["us", "global"][..]),
            ("us-gov-west-1", &["us-gov"]),
            ("eu-west-1", &["eu", "global"]),
            ("ap-northeast-1", &["jp", "global"]),
            ("me-central-1", &["global"]),
            ("cn-north-1", &[]),
        ] {
            // Whatever profile the name itself is.
            let name = format!("bedrock/eu.{SONNET}");
            let ids: Vec<_> = geographies
                .iter()
                .map(|geography| format!("{geography}.{SONNET}"))
                .collect();
            assert_eq!(profiles(&name, region).expect(region), ids, "{region}");
        }
    }
}
