//! Anthropic's beta features.

use serde_json::{Value, json};

use super::*;
use crate::canonical::Error;
use crate::exchange::{Alternatives, Amendments};

const INTERLEAVED: &str = "interleaved-thinking-2025-05-14";

fn asking(model: &str, betas: &[&str]) -> Request {
    Request {
        betas: betas.iter().map(|beta| beta.to_string()).collect(),
        ..hello(model)
    }
}

#[test]
fn those_that_bedrock_knows_are_sent_once_and_others_are_lost() {
    let sent = send(&asking(
        CLAUDE,
        &[
            INTERLEAVED,
            "files-api-2025-04-14",
            INTERLEAVED,
            "context-1m-2025-08-07",
        ],
    ));
    assert_eq!(
        sent.additional(),
        &json!({"anthropic_beta": [INTERLEAVED, "context-1m-2025-08-07"]})
    );
    assert_eq!(sent.lost(), ["betas[1]"]);
}

#[test]
fn those_that_permit_what_goes_without_them_are_no_loss() {
    let sent = send(&asking(
        CLAUDE,
        &[
            "claude-code-20250219",
            "prompt-caching-2024-07-31",
            "advanced-tool-use-2025-11-20",
            "token-efficient-tools-2025-02-19",
        ],
    ));
    assert_eq!(sent.additional(), &Value::Null);
    assert_eq!(sent.changed(), ["betas[0]", "betas[1]", "betas[2]"]);
    assert_eq!(sent.lost(), ["betas[3]"]);
}

#[test]
fn other_families_have_none() {
    for model in [NOVA, LLAMA, GPT, UNKNOWN, "bedrock/anthropic.claude-v2:1"] {
        let sent = send(&asking(model, &[INTERLEAVED]));
        assert_eq!(sent.additional(), &Value::Null, "{model}");
        assert_eq!(sent.lost(), ["betas[0]"], "{model}");
    }
}

#[test]
fn the_list_is_a_setting() {
    let request = Request {
        extensions: Some(r#"{"bedrock":{"capabilities":{"betas":["new-2027"]}}}"#.into()),
        ..asking(CLAUDE, &["new-2027"])
    };
    assert_eq!(
        additional(&request),
        json!({"anthropic_beta": ["new-2027"]})
    );
}

#[test]
fn after_a_refusal_of_betas_the_same_is_asked_without_them() {
    let request = asking(CLAUDE, &[INTERLEAVED]);
    let first = prepared(&request, &Amendments::default());
    let refused = Error {
        status: Some(400),
        ..Error::invalid(
            "betas",
            "The model returned the following errors: invalid beta flag",
        )
    };
    let amended = first.after(&refused).expect("a second way");
    let body = body_of(&request, &amended);
    assert_eq!(body["additionalModelRequestFields"], Value::Null);
    assert_eq!(prepared(&request, &amended).after(&refused), None);
}

fn prepared(request: &Request, amendments: &Amendments) -> Alternatives {
    prepare_as(
        request,
        &Context::default(),
        Operation::Complete,
        amendments,
    )
    .expect("a request")
    .alternatives
}

fn body_of(request: &Request, amendments: &Amendments) -> Value {
    let prepared = prepare_as(
        request,
        &Context::default(),
        Operation::Complete,
        amendments,
    );
    serde_json::from_slice(&prepared.expect("a request").request.body).expect("JSON")
}
