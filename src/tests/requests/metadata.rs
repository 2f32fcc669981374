//! What AWS is told about a call besides what is asked.

use serde_json::{Value, json};

use super::*;
use crate::canonical::ErrorKind;

#[test]
fn metadata_is_the_request_metadata() {
    let request = Request {
        metadata: vec![
            ("user_id".into(), "u-1".into()),
            ("team".into(), "a b".into()),
        ],
        ..hello(CLAUDE)
    };
    assert_eq!(
        member(&request, "requestMetadata"),
        json!({"user_id": "u-1", "team": "a b"})
    );
    assert_eq!(member(&hello(CLAUDE), "requestMetadata"), Value::Null);
}

#[test]
fn metadata_that_aws_does_not_take_is_replaced_or_dropped_with_a_warning() {
    let request = Request {
        metadata: vec![
            ("user_id".into(), r#"{"device_id":"1"}"#.into()),
            ("team".into(), "a".into()),
            ("team".into(), "b".into()),
            (String::new(), "c".into()),
        ],
        ..hello(CLAUDE)
    };
    let Sent { body, warnings, .. } = send(&request);
    assert_eq!(
        body["requestMetadata"],
        json!({"user_id": "__device_id_:_1__", "team": "a"})
    );
    let expected = [
        ("metadata.user_id", false),
        ("metadata.team", true),
        ("metadata.", true),
    ];
    assert_eq!(
        warnings,
        expected.map(|(path, lossy)| (path.to_owned(), lossy))
    );
}

#[test]
fn metadata_of_every_length_and_number_that_aws_takes_is_sent_and_no_more() {
    let request = Request {
        metadata: (0..18)
            .map(|n| (format!("n{n}"), "x".repeat(240 + n)))
            .collect(),
        ..hello(CLAUDE)
    };
    let sent = send(&request);
    let kept = sent.body["requestMetadata"].as_object().expect("metadata");
    assert_eq!(kept.len(), 16);
    // The sixteen are full by the entry of 256.
    assert_eq!(sent.lost(), ["metadata.n16", "metadata.n17"]);
    let long = Request {
        metadata: vec![("a".into(), "x".repeat(257)), ("b".into(), "x".repeat(258))],
        ..hello(CLAUDE)
    };
    let sent = send(&long);
    let value = |name: &str| sent.body["requestMetadata"][name].as_str().expect(name);
    assert_eq!((value("a").len(), value("b").len()), (256, 256));
    assert_ne!(value("a"), value("b"), "what differs behind the cut");
    assert_eq!(sent.lost(), [""; 0]);
}

#[test]
fn service_tiers_of_anthropic_are_said_in_the_words_of_converse() {
    for (tier, expected) in [
        ("auto", Value::Null),
        ("standard_only", json!({"type": "default"})),
        ("default", json!({"type": "default"})),
        ("priority", json!({"type": "priority"})),
        ("flex", json!({"type": "flex"})),
        ("reserved", json!({"type": "reserved"})),
    ] {
        let request = Request {
            service_tier: Some(tier.into()),
            ..hello(CLAUDE)
        };
        assert_eq!(member(&request, "serviceTier"), expected, "{tier}");
    }
}

#[test]
fn a_tier_that_nobody_knows_is_refused() {
    let request = Request {
        service_tier: Some("gold".into()),
        ..hello(CLAUDE)
    };
    let error = refusal(&request);
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert_eq!(error.path.as_deref(), Some("service_tier"));
}
