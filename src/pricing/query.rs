//! The prices as an answer to those who ask: the interface `pricing` of `wit/pricing.wit`.
//!
//! In: what a call would carry. Out: what it costs, without a call and without reading anything but the arguments.

use super::Prices;
use crate::canonical::{Context, Cost, Error, Price, Request, Usage};
use crate::credentials;
use crate::endpoint::Region;
use crate::environment::Environment;
use crate::model::Model;

/// What one token costs to `name` in `region`: in the standard tier, with a short prompt.
///
/// # Errors
/// As of [`Prices`].
pub fn price_of(name: &str, region: &str, context: &Context) -> Result<Option<Price>, Error> {
    let tariff = Prices::new(context.extensions.as_deref())?.tariff(name, region, None)?;
    Ok(tariff.and_then(|tariff| tariff.price(None, 0).copied()))
}

/// What a call of `name` in `region` cost, in the tier that served it.
///
/// # Errors
/// As of [`Prices`].
pub fn cost_of(
    name: &str,
    region: &str,
    usage: &Usage,
    context: &Context,
) -> Result<Option<Cost>, Error> {
    let tariff = Prices::new(context.extensions.as_deref())?.tariff(name, region, None)?;
    Ok(tariff.and_then(|tariff| tariff.cost(usage, usage.service_tier.as_deref())))
}

/// What a request will cost at most, in the region that the call itself names.
///
/// # Errors
/// Where it names none, and as of [`super::estimate()`].
pub fn estimate(request: &Request, context: &Context) -> Result<Option<Cost>, Error> {
    super::estimate(request, region_of(request, context)?.as_str(), context)
}

/// The region of a call, as far as the call says it.
fn region_of(request: &Request, context: &Context) -> Result<Region, Error> {
    if let Some(region) = Model::parse(&request.model)?.region {
        return Ok(region);
    }
    let (given, _) = credentials::with_role_of_context(context)?;
    if given.region.is_none() && context.region.is_none() {
        return Err(Error::invalid(
            "context.region",
            "missing, but prices differ by region: set context.region, or add \"region\" to the credentials, e.g. \
             \"us-east-1\" (an estimate reads no environment)",
        ));
    }
    credentials::region_of(&given, context, &Environment::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SONNET: &str = "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0";

    fn usage(input_tokens: u64, service_tier: Option<&str>) -> Usage {
        Usage {
            input_tokens,
            service_tier: service_tier.map(str::to_owned),
            ..Usage::none()
        }
    }

    #[test]
    fn a_price_is_told_for_a_region_with_the_operators_word() {
        let context = Context::default();
        let price = price_of(SONNET, "eu-west-1", &context).expect("a name");
        let price = price.expect("a price");
        assert_eq!((price.input, price.output), (3_300_000, 16_500_000));
        let operator = Context {
            extensions: Some(
                r#"{"bedrock":{"prices":{"eu.anthropic.claude-sonnet-4-5-20250929-v1:0":
                    {"input":"1","output":"2"}}}}"#
                    .into(),
            ),
            ..Context::default()
        };
        let price = price_of(SONNET, "eu-west-1", &operator).expect("a name");
        assert_eq!(price.map(|price| price.input), Some(1_000_000));
        assert_eq!(
            price_of("bedrock/nobody.x", "eu-west-1", &context),
            Ok(None)
        );
        for (name, region, path) in [
            ("openai/gpt", "eu-west-1", "model"),
            (SONNET, "nowhere!", "region"),
        ] {
            let error = price_of(name, region, &context).expect_err(name);
            assert_eq!(error.path.as_deref(), Some(path));
            let error = cost_of(name, region, &usage(1, None), &context).expect_err(name);
            assert_eq!(error.path.as_deref(), Some(path));
        }
    }

    #[test]
    fn a_cost_is_told_by_the_tier_that_served_and_the_length_of_the_prompt() {
        let context = Context::default();
        let nova = "bedrock/us.amazon.nova-2-lite-v1:0";
        for (name, usage, total) in [
            (SONNET, usage(200_000, None), Some(200_000 * 3_300_000)),
            (SONNET, usage(200_001, None), Some(200_001 * 6_600_000)),
            (SONNET, usage(1, Some("flex")), None),
            (nova, usage(2, Some("default")), Some(2 * 330_000)),
            (nova, usage(2, Some("priority")), Some(2 * 577_500)),
            ("bedrock/nobody.x", usage(1, None), None),
        ] {
            let cost = cost_of(name, "us-east-1", &usage, &context).expect(name);
            assert_eq!(cost.map(|cost| cost.total), total, "{name} {usage:?}");
        }
    }

    #[test]
    fn an_estimate_is_for_the_region_that_the_call_itself_names() {
        let request = |model: &str| Request {
            max_tokens: Some(1),
            ..Request::to(model)
        };
        // In GovCloud a fifth more, elsewhere a tenth more or the bare key's price.
        let (gov, eu, bare) = (18_000_000, 16_500_000, 15_000_000);
        let prefixed = SONNET.replace("bedrock/", "bedrock/eu-west-1/");
        for (model, credentials, region, expected) in [
            (&*prefixed, Some("us-gov-west-1"), None, eu),
            (SONNET, Some("us-gov-west-1"), Some("eu-west-1"), gov),
            (
                SONNET,
                Some(r#"{"region":"eu-west-1"}"#),
                Some("me-central-1"),
                eu,
            ),
            (SONNET, None, Some("me-central-1"), bare),
        ] {
            let context = Context {
                credentials: credentials.map(str::to_owned),
                region: region.map(str::to_owned),
                ..Context::default()
            };
            let cost = estimate(&request(model), &context).expect(model);
            let cost = cost.map(|cost| cost.output);
            assert_eq!(cost, Some(expected), "{model} {credentials:?} {region:?}");
        }
        let error = estimate(&request(SONNET), &Context::default()).expect_err("no region");
        assert_eq!(error.path.as_deref(), Some("context.region"));
        assert!(error.message.contains("context.region"));
    }
}
