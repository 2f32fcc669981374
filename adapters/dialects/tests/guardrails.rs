//! A guardrail that a client asks for protects, or the request is refused: it is never ignored.

use bedrock_provider::canonical::ErrorKind;
use llm_dialects::{Dialect, Policy, UnsupportedContent};
use serde_json::{Value, json};

const DIALECTS: [Dialect; 3] = [Dialect::Anthropic, Dialect::OpenAi, Dialect::Responses];

fn with(dialect: Dialect, members: &Value) -> Value {
    let mut body = match dialect {
        Dialect::Responses => json!({"model": "m", "input": "Hi"}),
        _ => {
            json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]})
        }
    };
    let object = body.as_object_mut().expect("an object");
    object.extend(members.as_object().expect("an object").clone());
    body
}

#[test]
fn a_guardrail_in_another_place_or_spelling_is_refused_with_the_right_one() {
    let config = json!({"guardrailIdentifier": "g", "guardrailVersion": "1"});
    for (members, path) in [
        (json!({"guardrailConfig": config}), "guardrailConfig"),
        (json!({"guardrail_config": config}), "guardrail_config"),
        (json!({"guardrails": ["g"]}), "guardrails"),
        (json!({"guardrailIdentifier": "g"}), "guardrailIdentifier"),
        (
            json!({"amazon-bedrock-guardrailConfig": config}),
            "amazon-bedrock-guardrailConfig",
        ),
        (
            json!({"extra_body": {"guardrailConfig": config}}),
            "extra_body.guardrailConfig",
        ),
        (
            json!({"extra_body": {"a": [{"guardrail_config": config}]}}),
            "extra_body.guardrail_config",
        ),
    ] {
        for dialect in DIALECTS {
            let body = with(dialect, &members).to_string();
            let policy = Policy::new(false, UnsupportedContent::Refuse);
            let read = dialect.read_request(body.as_bytes(), &[], policy);
            let error = read.err().unwrap_or_else(|| panic!("{body}"));
            assert_eq!(error.kind, ErrorKind::InvalidRequest, "{body}");
            assert_eq!(error.path.as_deref(), Some(path), "{body}");
            let right = "extensions.bedrock.guardrailConfig";
            assert!(error.message.contains(right), "{}", error.message);
        }
    }
}

#[test]
fn a_guardrail_in_its_place_and_words_about_one_are_taken() {
    let config = json!({"guardrailIdentifier": "g", "guardrailVersion": "1"});
    for members in [
        json!({"extensions": {"bedrock": {"guardrailConfig": config}}}),
        json!({"unknown": "guardrailConfig"}),
        json!({"unknown": {"text": "guardrail"}}),
    ] {
        for dialect in DIALECTS {
            let body = with(dialect, &members).to_string();
            let policy = Policy::new(false, UnsupportedContent::Refuse);
            assert!(
                dialect.read_request(body.as_bytes(), &[], policy).is_ok(),
                "{body}"
            );
        }
    }
}
