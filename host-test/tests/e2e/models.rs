//! What each model can do, asked of both components; they are built from one table and must say the same.

use crate::support::calls::own;
use crate::support::codec_host::{CodecHost, json};
use crate::support::components::{provider, root};
use bedrock_host::types::{Context, ErrorKind};
use bedrock_host::{Grants, Instance, Model};
use serde_json::Value;
use std::collections::BTreeSet;

/// An instance that may do nothing at all: the table is asked without a call.
async fn instance() -> Instance {
    let instance = provider().instantiate(&Grants::default()).await;
    instance.expect("a free instance")
}

fn capabilities(model: &Model) -> Value {
    serde_json::from_str(&model.capabilities).expect("JSON")
}

/// `context.extensions` with these members under Bedrock's own key.
fn with(bedrock: Value) -> Context {
    Context {
        extensions: Some(serde_json::json!({"bedrock": bedrock}).to_string()),
        ..Context::default()
    }
}

#[tokio::test]
async fn the_list_is_that_of_the_table_and_the_same_in_both_components() {
    let listed = instance().await.list_models().await.expect("a list");
    let table = std::fs::read(root().join("data/models.json")).expect("the table");
    let table: Value = serde_json::from_slice(&table).expect("JSON");
    let known = table["models"].as_object().expect("models");
    let ids: BTreeSet<&str> = listed.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, known.keys().map(String::as_str).collect());
    assert_eq!(ids.len(), listed.len(), "an id is listed twice");
    assert_eq!(json(&listed), json(&CodecHost::new().list_models()));
    for model in &listed {
        let row = &known[&model.id];
        let longest = row["max_output_tokens"].as_u64();
        let said = model.max_output_tokens.map(u64::from);
        assert_eq!(said, longest.filter(|tokens| *tokens > 0), "{}", model.id);
        assert!(capabilities(model).is_object(), "{}", model.id);
        assert_ne!(model.family, "unknown", "{}", model.id);
        for profile in &model.inference_profiles {
            assert!(profile.ends_with(&format!(".{}", model.id)), "{profile}");
        }
    }
}

#[tokio::test]
async fn a_model_is_described_by_any_of_its_names() {
    const ID: &str = "anthropic.claude-sonnet-4-20250514-v1:0";
    let names = [
        format!("bedrock/{ID}"),
        format!("bedrock/us.{ID}"),
        format!("bedrock/eu-west-1/{ID}"),
        format!("bedrock/arn:aws:bedrock:us-east-1::foundation-model/{ID}"),
        format!("bedrock/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{ID}"),
    ];
    let (mut instance, mut codec) = (instance().await, CodecHost::new());
    for name in names {
        let context = Context::default();
        let model = instance.describe(&name, &context).await.expect("a model");
        assert_eq!(model.id, ID, "{name}");
        assert_eq!(model.family, "Anthropic Claude", "{name}");
        assert!(model.inference_profiles.contains(&format!("us.{ID}")));
        assert_eq!(capabilities(&model)["profile_only"], true, "{name}");
        let of_codec = codec.describe(&name, &context).expect("a model");
        assert_eq!(json(&model), json(&of_codec), "{name}");
    }
}

#[tokio::test]
async fn what_is_not_known_is_told_as_unknown_and_settings_change_it() {
    const NAME: &str = "bedrock/newvendor.marvel-1";
    let (mut instance, mut codec) = (instance().await, CodecHost::new());
    let model = instance.describe(NAME, &Context::default()).await;
    let model = model.expect("a model");
    assert_eq!(
        (model.id.as_str(), model.family.as_str()),
        ("newvendor.marvel-1", "unknown")
    );
    assert_eq!(
        (model.max_input_tokens, model.deprecation_date),
        (None, None)
    );

    let context = with(serde_json::json!({
        "models": {"newvendor.": {"images": true, "max_output_tokens": 1234, "geographies": ["eu"]}},
    }));
    let model = instance.describe(NAME, &context).await.expect("a model");
    assert_eq!(model.max_output_tokens, Some(1234));
    assert_eq!(capabilities(&model)["images"], true);
    assert_eq!(model.inference_profiles, ["eu.newvendor.marvel-1"]);
    let of_codec = codec.describe(NAME, &context).expect("a model");
    assert_eq!(json(&model), json(&of_codec));
}

#[tokio::test]
async fn a_name_or_a_setting_that_no_request_could_carry_is_an_error() {
    let table = [
        (
            "anthropic.claude-sonnet-4-6",
            Context::default(),
            ErrorKind::NotFound,
        ),
        ("bedrock/", Context::default(), ErrorKind::InvalidRequest),
        (
            "bedrock/amazon.nova-lite-v1:0",
            with(serde_json::json!({"models": {"amazon.": {"images": "perhaps"}}})),
            ErrorKind::InvalidRequest,
        ),
    ];
    let (mut instance, mut codec) = (instance().await, CodecHost::new());
    for (name, context, kind) in table {
        let error = own(instance.describe(name, &context).await.expect_err(name));
        assert_eq!(error.kind, kind, "{name}: {error:?}");
        assert!(error.path.is_some(), "{name}: {error:?}");
        let of_codec = codec.describe(name, &context).expect_err(name);
        assert_eq!(json(&error), json(&of_codec), "{name}");
    }
}

#[tokio::test]
async fn the_profiles_of_a_region_come_the_nearest_first() {
    const NAME: &str = "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0";
    let table: &[(&str, &[&str])] = &[
        ("us-east-1", &["us", "global"]),
        ("eu-central-1", &["eu", "global"]),
        ("ap-northeast-1", &["jp", "global"]),
        ("ap-southeast-2", &["au", "global"]),
        ("us-gov-west-1", &["us-gov"]),
        ("cn-north-1", &[]),
    ];
    let (mut instance, mut codec) = (instance().await, CodecHost::new());
    for (region, geographies) in table {
        let id = NAME.trim_start_matches("bedrock/");
        let expected: Vec<_> = geographies
            .iter()
            .map(|geography| format!("{geography}.{id}"))
            .collect();
        let profiles = instance.inference_profiles(NAME, region).await;
        assert_eq!(profiles.expect("profiles"), expected, "{region}");
        assert_eq!(
            codec.inference_profiles(NAME, region),
            Ok(expected),
            "{region}"
        );
    }
    let none = instance.inference_profiles("bedrock/amazon.titan-text-lite-v1", "us-east-1");
    assert_eq!(none.await.expect("an answer"), [""; 0]);
}
