//! Lengths, sampling and stop sequences, as far as each family takes them.

use serde_json::{Value, json};

use super::*;
use crate::canonical::ErrorKind;

#[test]
fn sampling_goes_to_the_inference_config_and_zero_is_sent() {
    let asked = |max_tokens, temperature, top_p, stops: &[&str]| Request {
        max_tokens,
        temperature,
        top_p,
        stop_sequences: stops.iter().map(|stop| stop.to_string()).collect(),
        ..hello(CLAUDE_3)
    };
    for (request, expected) in [
        (asked(None, None, None, &[]), Value::Null),
        (asked(Some(1), None, None, &[]), json!({"maxTokens": 1})),
        (
            asked(None, Some(0.0), None, &[]),
            json!({"temperature": 0.0}),
        ),
        (
            asked(None, Some(1.0), Some(0.0), &[]),
            json!({"temperature": 1.0, "topP": 0.0}),
        ),
        (asked(None, None, Some(1.0), &[]), json!({"topP": 1.0})),
        (
            asked(None, None, None, &["END", "\n\nHuman:"]),
            json!({"stopSequences": ["END", "\n\nHuman:"]}),
        ),
        (
            asked(Some(4096), Some(0.1), Some(0.999), &["x"]),
            json!({"maxTokens": 4096, "temperature": 0.1, "topP": 0.999, "stopSequences": ["x"]}),
        ),
    ] {
        assert_eq!(member(&request, "inferenceConfig"), expected);
    }
}

#[test]
fn sampling_out_of_range_is_refused_with_its_path() {
    let temperature = |value| Request {
        temperature: Some(value),
        ..hello(CLAUDE)
    };
    let top_p = |value| Request {
        top_p: Some(value),
        ..hello(CLAUDE)
    };
    for (request, path) in [
        (temperature(2.01), "temperature"),
        (temperature(-0.01), "temperature"),
        (temperature(f64::NAN), "temperature"),
        (temperature(f64::INFINITY), "temperature"),
        (top_p(2.5), "top_p"),
        (top_p(-1.0), "top_p"),
        (top_p(f64::NAN), "top_p"),
        (top_p(f64::NEG_INFINITY), "top_p"),
        (
            Request {
                max_tokens: Some(0),
                ..hello(CLAUDE)
            },
            "max_tokens",
        ),
        (
            Request {
                stop_sequences: vec!["END".into(), String::new()],
                ..hello(CLAUDE)
            },
            "stop_sequences[1]",
        ),
    ] {
        let error = refusal(&request);
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{path}");
        assert_eq!(error.path.as_deref(), Some(path), "{error:?}");
        assert!(error.message.contains("expected"), "{}", error.message);
    }
}

#[test]
fn a_fraction_of_another_api_s_range_is_cut_to_one_and_the_loss_is_told() {
    let request = Request {
        temperature: Some(1.7),
        top_p: Some(1.01),
        ..hello(CLAUDE_3)
    };
    let sent = send(&request);
    assert_eq!(
        sent.body["inferenceConfig"],
        json!({"temperature": 1.0, "topP": 1.0})
    );
    assert_eq!(sent.lost(), ["temperature", "top_p"]);
}

/// Temperature and top-p, where both are given.
#[test]
fn each_model_gets_the_sampling_that_it_takes() {
    const BOTH: &[&str] = &["temperature", "topP"];
    const ONE: &[&str] = &["temperature"];
    for (model, taken) in [
        (CLAUDE_3, BOTH),
        ("bedrock/us.anthropic.claude-3-7-sonnet-20250219-v1:0", BOTH),
        ("bedrock/us.anthropic.claude-opus-4-20250514-v1:0", BOTH),
        ("bedrock/us.anthropic.claude-opus-4-1-20250805-v1:0", ONE),
        (OPUS_4_5, ONE),
        (CLAUDE, ONE),
        ("bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0", ONE),
        ("bedrock/us.anthropic.claude-sonnet-4-6", ONE),
        (OPUS_4_6, BOTH),
        (OPUS_4_7, &[]),
        (OPUS_4_8, &[]),
        (OPUS_5_5, &[]),
        (FABLE, &[]),
        (GPT, &[]),
        (GROK, &[]),
        (GPT_OSS, BOTH),
        (NOVA, BOTH),
        (LLAMA, BOTH),
        (MISTRAL, BOTH),
        (TITAN, BOTH),
        (UNKNOWN, BOTH),
    ] {
        let request = Request {
            temperature: Some(0.5),
            top_p: Some(0.5),
            ..hello(model)
        };
        let sent = send(&request);
        let config = sent.body["inferenceConfig"].as_object();
        let names: Vec<_> = config
            .into_iter()
            .flat_map(|config| config.keys())
            .collect();
        assert_eq!(names, taken, "{model}");
        let lost = &["temperature", "top_p"][taken.len()..];
        assert_eq!(sent.lost(), lost, "{model}");
    }
}

#[test]
fn what_is_the_default_anyway_is_no_loss() {
    let request = Request {
        temperature: Some(1.0),
        top_p: Some(1.0),
        ..hello(OPUS_4_7)
    };
    let sent = send(&request);
    assert_eq!(sent.body.get("inferenceConfig"), None);
    assert_eq!(sent.changed(), ["temperature", "top_p"]);
    assert_eq!(sent.lost(), [""; 0]);
}

#[test]
fn max_tokens_are_held_to_what_the_model_takes() {
    for (model, asked, sent_as) in [
        (CLAUDE, 1, 1),
        (NOVA, 1, 1),
        (CLAUDE, 64_000, 64_000),
        (CLAUDE, 64_001, 64_000),
        (NOVA, 20_000, 10_000),
        (LLAMA, 20_000, 4_096),
        (GPT, 1, 16),
        (GPT_OSS, 15, 16),
        (GROK, 1, 16),
        ("bedrock/us.moonshotai.kimi-k3", 1, 16),
        (KIMI, 1, 1),
        // AWS's integers have a sign.
        (UNKNOWN, u32::MAX, 2_147_483_647),
    ] {
        let request = Request {
            max_tokens: Some(asked),
            ..hello(model)
        };
        let sent = send(&request);
        assert_eq!(
            sent.body["inferenceConfig"]["maxTokens"], sent_as,
            "{model}"
        );
        let changed = if asked == sent_as {
            &[][..]
        } else {
            &["max_tokens"]
        };
        assert_eq!(sent.changed(), changed, "{model}");
        assert_eq!(sent.lost(), [""; 0], "{model}");
    }
}

#[test]
fn top_k_goes_where_the_family_takes_it_and_nowhere_else() {
    for (model, expected) in [
        (CLAUDE_3, json!({"top_k": 40})),
        (CLAUDE, json!({"top_k": 40})),
        (OPUS_4_6, json!({"top_k": 40})),
        (NOVA, json!({"inferenceConfig": {"topK": 40}})),
        (NOVA_2, json!({"inferenceConfig": {"topK": 40}})),
        (COMMAND, json!({"k": 40})),
        (COMMAND_R, json!({"k": 40})),
        (OPUS_4_7, Value::Null),
        (FABLE, Value::Null),
        (LLAMA, Value::Null),
        (MISTRAL, Value::Null),
        (TITAN, Value::Null),
        (JAMBA, Value::Null),
        (DEEPSEEK, Value::Null),
        (GPT, Value::Null),
        (QWEN, Value::Null),
        (UNKNOWN, Value::Null),
    ] {
        let request = Request {
            top_k: Some(40),
            ..hello(model)
        };
        let sent = send(&request);
        assert_eq!(sent.additional(), &expected, "{model}");
        let lost = if expected.is_null() {
            &["top_k"][..]
        } else {
            &[]
        };
        assert_eq!(sent.lost(), lost, "{model}");
    }
}

#[test]
fn each_family_gets_the_stop_sequences_that_it_takes() {
    let asked = ["END", " \n", "||", "User:"];
    for (model, taken) in [
        (CLAUDE, &["END", "||", "User:"][..]),
        (NOVA, &asked),
        (LLAMA, &asked),
        (TITAN, &["||", "User:"]),
        (GPT, &[]),
        (GPT_OSS, &[]),
        (GROK, &[]),
    ] {
        let request = Request {
            stop_sequences: asked.map(Into::into).into(),
            ..hello(model)
        };
        let sent = send(&request);
        let kept = sent.body["inferenceConfig"]["stopSequences"].as_array();
        let kept: Vec<_> = kept.into_iter().flatten().collect();
        assert_eq!(kept, taken, "{model}");
        assert_eq!(sent.lost().len(), asked.len() - taken.len(), "{model}");
    }
}

#[test]
fn stop_sequences_beyond_the_most_that_aws_takes_are_left_out() {
    let request = Request {
        stop_sequences: (0..2502).map(|n| n.to_string()).collect(),
        ..hello(CLAUDE)
    };
    let sent = send(&request);
    let kept = sent.body["inferenceConfig"]["stopSequences"].as_array();
    assert_eq!(kept.map(Vec::len), Some(2500));
    assert_eq!(
        sent.lost(),
        ["stop_sequences[2500]", "stop_sequences[2501]"]
    );
}

#[test]
fn the_stop_sequence_that_ended_the_answer_is_asked_of_claude_alone() {
    for (model, expected) in [
        (CLAUDE, json!(["/delta/stop_sequence"])),
        (CLAUDE_3, json!(["/delta/stop_sequence"])),
        // It thinks unasked, so that it is asked how much, too.
        (
            OPUS_5_5,
            json!(["/delta/stop_sequence", "/usage/output_tokens_details"]),
        ),
        (NOVA, Value::Null),
        (LLAMA, Value::Null),
        (MISTRAL, Value::Null),
        (UNKNOWN, Value::Null),
    ] {
        for operation in [Operation::Complete, Operation::Stream] {
            let body = send_as(operation, &hello(model)).body;
            assert_eq!(body[RESPONSE_PATHS], expected, "{model}");
        }
    }
}
