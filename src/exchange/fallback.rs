//! Where else a call may go when the place that it was for has no room: `context.fallbacks`.
//!
//! In: the request's `model`, a fallback. Out: the name that is called instead, as the request could have given it
//! itself, so that everything else follows from the name. A fallback is one of:
//!
//! | written as | calls |
//! |---|---|
//! | `eu-west-1` | the same id in this region |
//! | `eu.anthropic.claude-…`, `anthropic.claude-…`, `claude-…` | this profile or model, in the call's region |
//! | `eu-west-1/anthropic.claude-…` | this one in this region |
//! | an ARN | this one in the ARN's region |

use std::borrow::Cow;

use crate::canonical::{Context, Error};
use crate::capability::foundation::ARN;
use crate::extensions::ContextExtensions;
use crate::model::{self, Model};
use crate::warnings::Warnings;

/// The name that the call goes to: the request's own at first, then that of each fallback.
pub(super) fn name<'a>(
    own: &'a str,
    context: &Context,
    operator: &ContextExtensions<'_>,
    fallback: Option<usize>,
) -> Result<Cow<'a, str>, Error> {
    if context.fallbacks.is_empty() {
        return Ok(Cow::Borrowed(own));
    }
    let model = Model::parse(own)?;
    let mut names = Vec::with_capacity(context.fallbacks.len());
    // All of them, so that what is wrong with one is known before it is needed.
    for (place, text) in context.fallbacks.iter().enumerate() {
        let path = path(place);
        let is_region = model::looks_like_region(text);
        let name = match is_region {
            true if model.id.starts_with(ARN) => {
                return Err(Error::invalid(
                    path,
                    "the model's ARN names its region, and this names another: give an ARN of that region, or a profile",
                ));
            }
            true => model.name_in(text),
            false => ["bedrock/", text.strip_prefix("bedrock/").unwrap_or(text)].concat(),
        };
        let other = Model::parse(&name)
            .and_then(|other| {
                // The id of a region is the request's own.
                if !is_region {
                    let knows = |id: &str| operator.knows(id);
                    other.clone().resolve(&knows, &mut Warnings::new(false))?;
                }
                Ok(other)
            })
            // The operator's, whatever is wrong with it.
            .map_err(|error| Error::invalid(path, error.message))?;
        let name = match (&other.region, &model.region) {
            (None, Some(region)) => other.name_in(region.as_str()),
            _ => name,
        };
        names.push(name);
    }
    let chosen = fallback.and_then(|place| names.into_iter().nth(place));
    Ok(chosen.map_or(Cow::Borrowed(own), Cow::Owned))
}

/// Where a fallback stands.
pub(super) fn path(place: usize) -> String {
    format!("context.fallbacks[{place}]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::ErrorKind;

    const CLAUDE: &str = "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0";
    const ARN: &str =
        "bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1";

    fn called(own: &str, fallback: &str) -> Result<String, Error> {
        let context = Context {
            fallbacks: vec![fallback.into()],
            ..Context::default()
        };
        let first = named(own, &context, None);
        assert_eq!(first.as_deref().unwrap_or(own), own);
        named(own, &context, Some(0))
    }

    fn named(own: &str, context: &Context, fallback: Option<usize>) -> Result<String, Error> {
        let operator = ContextExtensions::parse(None, &mut Warnings::new(true))?;
        name(own, context, &operator, fallback).map(Cow::into_owned)
    }

    #[test]
    fn a_region_keeps_the_id_and_a_name_replaces_it() {
        for (fallback, name) in [
            (
                "eu-west-1",
                "bedrock/eu-west-1/anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "eu-west-1/anthropic.claude-opus-5-5",
                "bedrock/eu-west-1/anthropic.claude-opus-5-5",
            ),
            (
                "eu-west-1/claude-sonnet-4-5[1m]",
                "bedrock/eu-west-1/claude-sonnet-4-5[1m]",
            ),
            (
                "us-gov-west-1",
                "bedrock/us-gov-west-1/anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            (
                "eu.amazon.nova-lite-v1:0",
                "bedrock/eu.amazon.nova-lite-v1:0",
            ),
            (
                "bedrock/eu.amazon.nova-lite-v1:0",
                "bedrock/eu.amazon.nova-lite-v1:0",
            ),
            (
                "eu-west-1/amazon.nova-lite-v1:0",
                "bedrock/eu-west-1/amazon.nova-lite-v1:0",
            ),
            (
                "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/b2",
                "bedrock/arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/b2",
            ),
        ] {
            assert_eq!(called(CLAUDE, fallback).as_deref(), Ok(name), "{fallback}");
        }
        let already = ["bedrock/us-west-2/", "amazon.nova-lite-v1:0"].concat();
        assert_eq!(
            called(&already, "eu-west-1").as_deref(),
            Ok("bedrock/eu-west-1/amazon.nova-lite-v1:0")
        );
        let long = "bedrock/us-west-2/claude-sonnet-4-5[1m]";
        for fallback in ["eu-west-1", "eu-west-1/claude-sonnet-4-5[1m]"] {
            let name = called(long, fallback);
            assert_eq!(
                name.as_deref(),
                Ok("bedrock/eu-west-1/claude-sonnet-4-5[1m]")
            );
        }
    }

    #[test]
    fn a_name_without_a_region_is_called_in_that_of_the_model_s_own_name() {
        for own in [
            "bedrock/us-west-2/amazon.nova-lite-v1:0",
            &ARN.replace("us-east-1", "us-west-2"),
        ] {
            let name = called(own, "amazon.nova-pro-v1:0");
            assert_eq!(
                name.as_deref(),
                Ok("bedrock/us-west-2/amazon.nova-pro-v1:0")
            );
        }
    }

    #[test]
    fn a_wrong_fallback_is_known_before_it_is_needed() {
        for (own, fallback) in [
            (ARN, "eu-west-1"),
            (CLAUDE, ""),
            (CLAUDE, "a\nb"),
            (CLAUDE, "gpt-4o"),
            (CLAUDE, "eu-west-1/claude-9"),
        ] {
            let context = Context {
                fallbacks: vec!["vendor.x".into(), fallback.into()],
                ..Context::default()
            };
            let error = named(own, &context, None).expect_err(fallback);
            assert_eq!(error.kind, ErrorKind::InvalidRequest, "{fallback}");
            assert_eq!(
                error.path.as_deref(),
                Some("context.fallbacks[1]"),
                "{fallback}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_the_requests_own_name_is_no_fault_of_a_region() {
        let name = called("bedrock/gpt-4o", "eu-west-1");
        assert_eq!(name.as_deref(), Ok("bedrock/eu-west-1/gpt-4o"));
    }

    #[test]
    fn without_fallbacks_the_name_is_the_request_s_own() {
        assert_eq!(
            named(CLAUDE, &Context::default(), None).as_deref(),
            Ok(CLAUDE)
        );
    }
}
