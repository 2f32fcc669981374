use super::*;
use proptest::prelude::*;

fn path(name: &str) -> String {
    let mut path = String::new();
    Model::push_segment(&Model::parse(name).expect(name).id, &mut path);
    path
}

#[test]
fn an_id_becomes_one_encoded_segment() {
    for (name, segment) in [
        (
            "bedrock/anthropic.claude-3-haiku-20240307-v1:0",
            "anthropic.claude-3-haiku-20240307-v1%3A0",
        ),
        (
            "bedrock/us.amazon.nova-lite-v1:0",
            "us.amazon.nova-lite-v1%3A0",
        ),
        (
            "bedrock/arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Famazon.nova-lite-v1%3A0",
        ),
        ("bedrock/eu-west-1/mistral.x", "mistral.x"),
        ("bedrock/a?b#c/../d", "a%3Fb%23c%2F..%2Fd"),
        ("bedrock/ü", "%C3%BC"),
    ] {
        assert_eq!(path(name), segment, "{name}");
    }
}

#[test]
fn the_name_tells_the_region_and_the_foundation_model() {
    for (name, region, foundation) in [
        ("bedrock/anthropic.claude-x", None, "anthropic.claude-x"),
        ("bedrock/us.anthropic.claude-x", None, "anthropic.claude-x"),
        ("bedrock/converse/us.amazon.nova-x", None, "amazon.nova-x"),
        ("bedrock/us-gov.openai.gpt-x", None, "openai.gpt-x"),
        ("bedrock/openai.gpt-x", None, "openai.gpt-x"),
        (
            "bedrock/us-gov-west-1/anthropic.claude-x",
            Some("us-gov-west-1"),
            "anthropic.claude-x",
        ),
        (
            "bedrock/arn:aws:bedrock:us-west-2::foundation-model/meta.llama3-x",
            Some("us-west-2"),
            "meta.llama3-x",
        ),
        (
            "bedrock/arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-x",
            Some("eu-west-1"),
            "amazon.nova-x",
        ),
        (
            "bedrock/arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/anthropic.x",
            Some("eu-west-1"),
            "",
        ),
        (
            "bedrock/arn:aws:sagemaker:eu-west-1:123456789012:endpoint/x",
            Some("eu-west-1"),
            "",
        ),
        (
            "bedrock/us.anthropic.claude-x[1m]",
            None,
            "anthropic.claude-x",
        ),
    ] {
        let model = Model::parse(name).expect(name);
        assert_eq!(model.region.as_ref().map(Region::as_str), region, "{name}");
        assert_eq!(model.foundation(), foundation, "{name}");
    }
}

/// The id that a name is resolved to, and the notes.
fn resolved(name: &str, extensions: Option<&str>) -> Result<(String, usize), Error> {
    let notes = &mut Warnings::new(true);
    let operator = crate::extensions::ContextExtensions::parse(extensions, notes)?;
    let mut model = Model::parse(name)?;
    model.resolve(&|id| operator.knows(id), notes)?;
    let told = std::mem::take(notes).into_warnings();
    assert!(told.iter().all(|w| w.path == "model" && !w.lossy));
    Ok((model.id.into_owned(), told.len()))
}

#[test]
fn a_region_is_words_and_a_number() {
    for (text, expected) in [
        ("us-east-1", true),
        ("us-gov-west-1", true),
        ("ap-southeast-12", true),
        ("us-1", false),
        ("us-east-", false),
        ("use-east-1", false),
        ("us-east1-1", false),
        ("us--1", false),
        ("", false),
        // A number ends many names.
        ("eu-west-1/anthropic.claude-opus-5-5", false),
        ("us-west-2/claude-9", false),
    ] {
        assert_eq!(looks_like_region(text), expected, "{text}");
    }
}

#[test]
fn a_makers_name_is_resolved_wherever_an_id_may_stand() {
    for (name, id, notes) in [
        (
            "bedrock/claude-haiku-4-5-20251001",
            "anthropic.claude-haiku-4-5-20251001-v1:0",
            0,
        ),
        (
            "bedrock/claude-sonnet-4-5",
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            1,
        ),
        (
            "bedrock/claude-sonnet-4-5[1m]",
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            1,
        ),
        (
            "bedrock/claude-opus-5-5[1M]",
            "anthropic.claude-opus-5-5",
            0,
        ),
        (
            "bedrock/us.claude-sonnet-4-5",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            1,
        ),
        (
            "bedrock/us-gov.anthropic.claude-sonnet-4-5",
            "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
            1,
        ),
        (
            "bedrock/eu-west-1/claude-opus-4-7",
            "anthropic.claude-opus-4-7",
            0,
        ),
        (
            "bedrock/converse/amazon.nova-lite",
            "amazon.nova-lite-v1:0",
            1,
        ),
        (
            "bedrock/anthropic/claude-opus-4.7",
            "anthropic.claude-opus-4-7",
            0,
        ),
        // What is an id already stays as it is, whatever version of Claude it is.
        (
            "bedrock/us.amazon.nova-lite-v1:0",
            "us.amazon.nova-lite-v1:0",
            0,
        ),
        (
            "bedrock/amazon.nova-lite-v1:0:300k",
            "amazon.nova-lite-v1:0:300k",
            0,
        ),
        (
            "bedrock/anthropic.claude-fable-5-2",
            "anthropic.claude-fable-5-2",
            0,
        ),
        ("bedrock/newvendor.marvel-1", "newvendor.marvel-1", 0),
        ("bedrock/a1b2c3d4e5f6", "a1b2c3d4e5f6", 0),
        (
            "bedrock/arn:aws:bedrock:us-east-1:1:x/claude-sonnet-4-5[1m]",
            "arn:aws:bedrock:us-east-1:1:x/claude-sonnet-4-5",
            0,
        ),
    ] {
        let expected = (id.to_owned(), notes);
        assert_eq!(resolved(name, None), Ok(expected), "{name}");
    }
}

#[test]
fn a_name_that_bedrock_cannot_know_is_not_found_with_the_nearest_that_it_can() {
    for (name, says) in [
        (
            "bedrock/gpt-4o",
            "\"gpt-4o\" is not a Bedrock model. Nearest: openai.gpt-",
        ),
        ("bedrock/claude-9", "Nearest: anthropic.claude-"),
        ("bedrock/us.claude-9", "Nearest: "),
        ("bedrock/meta-llama/Llama-3-1", "Nearest: meta.llama3-"),
        ("bedrock/eu-west-1/gpt-4.1", "Nearest: openai.gpt-"),
        ("bedrock/ü", "is not a Bedrock model."),
        ("openai/gpt-4o", "other providers. Nearest: openai.gpt-"),
        ("anthropic.claude-x", "other providers. Nearest: "),
    ] {
        let error = resolved(name, None).expect_err(name);
        assert!(error.message.contains(says), "{name}: {}", error.message);
        let facts = (
            error.kind,
            error.code.as_deref(),
            error.status,
            error.retryable,
        );
        let expected = (
            crate::canonical::ErrorKind::NotFound,
            Some("model_not_found"),
            Some(404),
            false,
        );
        assert_eq!(facts, expected, "{name}");
        assert_eq!(error.path.as_deref(), Some("model"), "{name}");
    }
}

#[test]
fn an_odd_name_that_the_operator_knows_is_called_as_it_is() {
    for extensions in [
        r#"{"bedrock":{"models":{"my/":{"images":true}}}}"#,
        r#"{"bedrock":{"models":{"":{}}}}"#,
        r#"{"bedrock":{"baseModels":{"my/model":"amazon.nova-lite-v1:0"}}}"#,
    ] {
        let id = resolved("bedrock/my/model", Some(extensions));
        assert_eq!(id, Ok(("my/model".into(), 0)), "{extensions}");
    }
    let other = r#"{"bedrock":{"models":{"your/":{}}}}"#;
    assert!(resolved("bedrock/my/model", Some(other)).is_err());
    // Where the operator has a name of its own, it is no maker's.
    let own = r#"{"bedrock":{"models":{"nova-lite":{}}}}"#;
    assert_eq!(
        resolved("bedrock/nova-lite", Some(own)),
        Ok(("nova-lite".into(), 0))
    );
}

#[test]
fn what_is_no_bedrock_model_is_refused_by_name() {
    let long = format!("bedrock/{}", "x".repeat(2049));
    for (name, says) in [
        ("anthropic.claude-x", "other providers"),
        ("openai/gpt-5", "other providers"),
        ("", "other providers"),
        ("bedrock/", "missing model id"),
        ("bedrock/.", "relative path"),
        ("bedrock/..", "relative path"),
        ("bedrock/us-east-1/..", "relative path"),
        ("bedrock/a\nb", "control character"),
        (
            "bedrock/arn:aws:bedrock:evil.com/x:1::foundation-model/x",
            "region",
        ),
        (long.as_str(), "2048"),
    ] {
        let error = Model::parse(name).expect_err(name);
        assert_eq!(error.path.as_deref(), Some("model"), "{name}");
        assert!(error.message.contains(says), "{name}: {}", error.message);
    }
}

proptest! {
    /// Whatever a client writes, and however long: an id, which stays what it is, or one error.
    #[test]
    fn any_name_is_resolved_once_or_not_found(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "claude", "sonnet", "opus", "4", "5", "20250929", "v1:0", "latest", "anthropic", "us", "nova", "lite",
                "-", ".", "/", ":", "@", "[1m]", "ü", "\u{1f980}", "arn:", "eu-west-1/", "\"", "gpt-oss-120b", " ",
            ]),
            0..12,
        ),
        repeated in 1_usize..40,
    ) {
        let name = ["bedrock/", &pieces.concat().repeat(repeated)].concat();
        match resolved(&name, None) {
            // An ARN's own region is read where none stands before it.
            Ok((id, _)) if id.starts_with(ARN) => {}
            Ok((id, _)) => {
                let again = resolved(&["bedrock/", &id].concat(), None);
                prop_assert_eq!(again, Ok((id, 0)));
            }
            Err(error) => {
                prop_assert_eq!(error.path.as_deref(), Some("model"));
                prop_assert!(!error.retryable && error.message.len() < 5000);
            }
        }
    }
}
