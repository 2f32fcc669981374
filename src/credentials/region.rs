//! Which region to call and sign for.

use super::Credentials;
use crate::canonical::{Context, Error};
use crate::endpoint::Region;
use crate::environment::Environment;
use crate::model::Model;

/// The first that is set: the model's ARN, the credentials, the context, `AWS_REGION`, `AWS_DEFAULT_REGION` (the order
/// of the Rust SDK, after what the call itself says).
pub(crate) fn choose(
    model: &Model<'_>,
    credentials: &Credentials,
    context: &Context,
    environment: &Environment,
) -> Result<Region, Error> {
    if let Some(region) = &model.region {
        return Ok(region.clone());
    }
    let given = [
        ("context.credentials.region", credentials.region.as_deref()),
        ("context.region", context.region.as_deref()),
        ("AWS_REGION", environment.get("AWS_REGION")),
        ("AWS_DEFAULT_REGION", environment.get("AWS_DEFAULT_REGION")),
    ];
    match given.into_iter().find_map(|(path, region)| Some((path, region?))) {
        Some((path, region)) => Region::parse(region, path),
        None => Err(Error::invalid(
            "context.region",
            "no region: put \"region\" into the credentials, set context.region, or set AWS_REGION, e.g. to \"us-east-1\"",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arn_comes_first_and_the_general_variable_last() {
        let variables = |names: &[(&str, &str)]| {
            Environment::new(names.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect())
        };
        let both = variables(&[("AWS_DEFAULT_REGION", "default"), ("AWS_REGION", "variable")]);
        let last = variables(&[("AWS_DEFAULT_REGION", "default")]);
        let arn = "bedrock/arn:aws:bedrock:arn-1::foundation-model/x.y";
        for (name, blob, context, environment, expected) in [
            (arn, Some("blob"), Some("context"), &both, "arn-1"),
            ("bedrock/x.y", Some("blob"), Some("context"), &both, "blob"),
            ("bedrock/x.y", None, Some("context"), &both, "context"),
            ("bedrock/x.y", None, None, &both, "variable"),
            ("bedrock/x.y", None, None, &last, "default"),
        ] {
            let model = Model::parse(name).expect(name);
            let credentials = Credentials { auth: None, region: blob.map(Into::into), expires_at: None };
            let context = Context { region: context.map(Into::into), ..Context::default() };
            let region = choose(&model, &credentials, &context, environment).expect(expected);
            assert_eq!(region.as_str(), expected);
        }
    }

    #[test]
    fn no_region_is_an_error_that_says_how_to_set_it() {
        let model = Model::parse("bedrock/x.y").expect("a model");
        let credentials = Credentials { auth: None, region: None, expires_at: None };
        let error = choose(&model, &credentials, &Context::default(), &Environment::default()).expect_err("none");
        assert!(error.message.contains("AWS_REGION"), "{}", error.message);
    }
}
