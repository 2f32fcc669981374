//! Which region to call and sign for.

use super::Credentials;
use crate::canonical::{Context, Error};
use crate::endpoint::Region;
use crate::environment::Environment;

/// The first that is set: the credentials, the context, `AWS_REGION`, `AWS_DEFAULT_REGION` (the order of the Rust SDK,
/// after what the call itself says). A region in the model's own name comes before all of these.
pub fn choose(
    credentials: &Credentials,
    context: &Context,
    environment: &Environment,
) -> Result<Region, Error> {
    let given = [
        ("context.credentials.region", credentials.region.as_deref()),
        ("context.region", context.region.as_deref()),
        ("AWS_REGION", environment.get("AWS_REGION")),
        ("AWS_DEFAULT_REGION", environment.get("AWS_DEFAULT_REGION")),
    ];
    match given
        .into_iter()
        .find_map(|(path, region)| Some((path, region?)))
    {
        Some((path, region)) => Region::parse(region, path),
        None => Err(Error::invalid(
            "context.region",
            "region is required, but missing: add \"region\" to the credentials, set context.region, or set AWS_REGION, e.g. to \"us-east-1\"",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credentials_come_first_and_the_general_variable_last() {
        let variables = |names: &[(&str, &str)]| {
            Environment::new(
                names
                    .iter()
                    .map(|(k, v)| (k.to_string(), v.to_string()))
                    .collect(),
            )
        };
        let both = variables(&[
            ("AWS_DEFAULT_REGION", "default"),
            ("AWS_REGION", "variable"),
        ]);
        let last = variables(&[("AWS_DEFAULT_REGION", "default")]);
        for (blob, context, environment, expected) in [
            (Some("blob"), Some("context"), &both, "blob"),
            (None, Some("context"), &both, "context"),
            (None, None, &both, "variable"),
            (None, None, &last, "default"),
        ] {
            let credentials = Credentials {
                auth: None,
                region: blob.map(Into::into),
                expires_at: None,
            };
            let context = Context {
                region: context.map(Into::into),
                ..Context::default()
            };
            let region = choose(&credentials, &context, environment).expect(expected);
            assert_eq!(region.as_str(), expected);
        }
    }

    #[test]
    fn no_region_is_an_error_that_says_how_to_set_it() {
        let credentials = Credentials {
            auth: None,
            region: None,
            expires_at: None,
        };
        let error =
            choose(&credentials, &Context::default(), &Environment::default()).expect_err("none");
        assert!(error.message.contains("AWS_REGION"), "{}", error.message);
    }
}
