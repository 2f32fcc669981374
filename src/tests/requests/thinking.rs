//! Thinking: what is asked, in each family's own words, and what it rules out.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{Thinking, ThinkingBudget};

fn with(model: &str, asked: Thinking) -> Request {
    Request {
        thinking: Some(asked),
        ..hello(model)
    }
}

#[test]
fn what_is_asked_of_claude_goes_to_its_own_field() {
    let shown = |budget_tokens, shown| {
        Thinking::Enabled(ThinkingBudget {
            budget_tokens,
            display: display(shown),
        })
    };
    for (model, asked, expected) in [
        (
            CLAUDE,
            shown(2048, None),
            json!({"thinking": {"type": "enabled", "budget_tokens": 2048}}),
        ),
        // It shows what it thinks unasked.
        (
            CLAUDE,
            shown(1024, Some("summarized")),
            json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
        ),
        (
            OPUS_4_6,
            shown(2048, None),
            json!({"thinking": {"type": "enabled", "budget_tokens": 2048}}),
        ),
        (
            OPUS_4_6,
            adaptive(),
            json!({"thinking": {"type": "adaptive"}}),
        ),
        (
            OPUS_4_7,
            Thinking::Adaptive(display(Some("omitted"))),
            json!({"thinking": {"type": "adaptive", "display": "omitted"}}),
        ),
        (CLAUDE, Thinking::Disabled, Value::Null),
        (
            OPUS_4_7,
            Thinking::Disabled,
            json!({"thinking": {"type": "disabled"}}),
        ),
        // A form newer than this version.
        (
            OPUS_4_7,
            Thinking::Other(r#"{"type":"dreaming","depth":1}"#.into()),
            json!({"thinking": {"type": "dreaming", "depth": 1}}),
        ),
    ] {
        let request = Request {
            max_tokens: Some(4096),
            ..with(model, asked)
        };
        assert_eq!(additional(&request), expected, "{model}");
    }
}

/// A budget of 4,096 tokens, and adaptive thinking, as each family is asked for them.
#[test]
fn each_family_is_asked_in_its_own_words() {
    let anthropic = |thinking: Value| json!({ "thinking": thinking });
    let budget_of = |tokens: u32| anthropic(json!({"type": "enabled", "budget_tokens": tokens}));
    let nova = json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}});
    for (model, by_budget, by_adaptive) in [
        (CLAUDE, budget_of(4096), budget_of(8192)),
        (
            OPUS_4_6,
            budget_of(4096),
            anthropic(json!({"type": "adaptive"})),
        ),
        (
            OPUS_4_7,
            anthropic(json!({"type": "adaptive"})),
            anthropic(json!({"type": "adaptive"})),
        ),
        (NOVA_2, nova.clone(), nova),
        (
            GPT_OSS,
            json!({"reasoning_effort": "medium"}),
            json!({"reasoning_effort": "medium"}),
        ),
        (
            GLM,
            json!({"reasoning_effort": "medium"}),
            json!({"reasoning_effort": "medium"}),
        ),
        // It knows one effort.
        (
            DEEPSEEK,
            json!({"reasoning_effort": "high"}),
            json!({"reasoning_effort": "high"}),
        ),
        (
            GPT,
            json!({"reasoning": {"effort": "medium"}}),
            json!({"reasoning": {"effort": "medium"}}),
        ),
        (
            GROK,
            json!({"reasoning": {"effort": "medium"}}),
            json!({"reasoning": {"effort": "medium"}}),
        ),
        (
            QWEN,
            json!({"reasoning_config": "medium"}),
            json!({"reasoning_config": "medium"}),
        ),
    ] {
        for (asked, expected) in [(budget(4096), by_budget), (adaptive(), by_adaptive)] {
            let sent = send(&with(model, asked));
            assert_eq!(sent.additional(), &expected, "{model}");
            assert_eq!(sent.lost(), [""; 0], "{model}");
        }
    }
}

#[test]
fn a_model_that_has_none_or_cannot_be_told_gets_none_and_the_loss_is_told() {
    for model in [
        CLAUDE_3, NOVA, LLAMA, MISTRAL, COMMAND, COMMAND_R, TITAN, JAMBA, UNKNOWN,
    ] {
        for asked in [budget(2048), adaptive()] {
            let sent = send(&with(model, asked));
            assert_eq!(sent.additional(), &Value::Null, "{model}");
            assert_eq!(sent.lost(), ["thinking"], "{model}");
        }
        assert_eq!(
            send(&with(model, Thinking::Disabled)).warnings,
            [],
            "{model}"
        );
    }
    // It thinks, as it is asked, but not by a budget.
    let sent = send(&with(DEEPSEEK_R1, adaptive()));
    assert_eq!((sent.additional(), sent.lost()), (&Value::Null, vec![]));
    assert_eq!(send(&with(DEEPSEEK_R1, budget(2048))).lost(), ["thinking"]);
}

#[test]
fn a_budget_becomes_the_effort_that_it_stands_for() {
    for (tokens, effort) in [
        (1024, "low"),
        (2048, "low"),
        (2049, "medium"),
        (8192, "medium"),
        (8193, "high"),
        (100_000, "high"),
    ] {
        let sent = send(&with(GPT_OSS, budget(tokens)));
        assert_eq!(sent.additional()["reasoning_effort"], effort, "{tokens}");
        assert_eq!(sent.changed(), ["thinking.budget_tokens"]);
        // Anthropic's own, where the model takes no budget.
        let sent = send(&with(OPUS_4_7, budget(tokens)));
        assert_eq!(sent.body["outputConfig"], json!({ "effort": effort }));
        assert_eq!(sent.changed(), ["thinking"]);
    }
}

#[test]
fn a_budget_is_at_least_1024_and_less_than_what_may_be_written() {
    for (model, asked, max_tokens, sent_budget, sent_max) in [
        (CLAUDE, 1, None, 1024, None),
        (CLAUDE, 1023, Some(4096), 1024, Some(4096)),
        (CLAUDE, 2048, Some(2048), 2047, Some(2048)),
        // What may be written is cut to the model's most first.
        (CLAUDE, 100_000, None, 63_999, None),
        (CLAUDE, 100_000, Some(200_000), 63_999, Some(64_000)),
    ] {
        let request = Request {
            max_tokens,
            ..with(model, budget(asked))
        };
        let sent = send(&request);
        assert_eq!(sent.additional()["thinking"]["budget_tokens"], sent_budget);
        assert_eq!(sent.body["inferenceConfig"]["maxTokens"], json!(sent_max));
        assert_eq!(sent.lost(), [""; 0]);
        assert!(sent.changed().contains(&"thinking.budget_tokens"));
    }
}

#[test]
fn without_room_for_the_least_budget_there_is_no_thinking() {
    for asked in [budget(2048), adaptive()] {
        let request = Request {
            max_tokens: Some(1024),
            ..with(CLAUDE, asked)
        };
        let sent = send(&request);
        assert_eq!(sent.additional(), &Value::Null);
        assert_eq!(sent.lost(), ["thinking"]);
    }
}

#[test]
fn thinking_that_is_always_on_is_not_told_to_stop() {
    for model in [FABLE, OPUS_5_5] {
        let sent = send(&with(model, Thinking::Disabled));
        assert_eq!(sent.additional(), &Value::Null, "{model}");
        assert_eq!(sent.lost(), ["thinking"], "{model}");
    }
}

#[test]
fn an_effort_is_said_where_and_as_far_as_the_model_knows_it() {
    let low = |model| Request {
        output: effort("low"),
        ..hello(model)
    };
    for model in [OPUS_4_5, OPUS_4_6, OPUS_4_7, FABLE] {
        let sent = send(&low(model));
        assert_eq!(
            sent.body["outputConfig"],
            json!({"effort": "low"}),
            "{model}"
        );
        assert_eq!(sent.warnings, [], "{model}");
    }
    for (model, expected) in [
        (
            NOVA_2,
            json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}),
        ),
        (GPT_OSS, json!({"reasoning_effort": "low"})),
        (GPT, json!({"reasoning": {"effort": "low"}})),
    ] {
        assert_eq!(additional(&low(model)), expected, "{model}");
    }
    for model in [CLAUDE_3, CLAUDE, NOVA, LLAMA, KIMI, UNKNOWN] {
        let sent = send(&low(model));
        assert_eq!(sent.body.get("outputConfig"), None, "{model}");
        assert_eq!(sent.lost(), ["output.effort"], "{model}");
    }
    // The greatest that is not greater, else the least.
    for (model, asked, expected) in [
        (OPUS_4_5, "max", "high"),
        (OPUS_4_6, "max", "max"),
        (OPUS_4_7, "max", "xhigh"),
        (OPUS_4_7, "minimal", "low"),
        (DEEPSEEK, "low", "high"),
    ] {
        let request = Request {
            output: effort(asked),
            ..hello(model)
        };
        let sent = send(&request);
        let said = [
            &sent.body["outputConfig"]["effort"],
            &sent.additional()["reasoning_effort"],
        ];
        assert!(
            said.contains(&&json!(expected)),
            "{model} {asked}: {}",
            sent.body
        );
        let is_known = asked == expected;
        assert_eq!(sent.changed().is_empty(), is_known, "{model} {asked}");
    }
    let odd = Request {
        output: effort("heroic"),
        ..hello(OPUS_4_7)
    };
    assert_eq!(send(&odd).lost(), ["output.effort"]);
}

#[test]
fn claude_takes_no_other_sampling_while_it_thinks() {
    let request = Request {
        temperature: Some(0.5),
        top_p: Some(0.5),
        top_k: Some(5),
        ..with(CLAUDE, budget(2048))
    };
    let sent = send(&request);
    assert_eq!(sent.body.get("inferenceConfig"), None);
    assert_eq!(sent.additional().get("top_k"), None);
    assert_eq!(sent.lost(), ["temperature", "top_p", "top_k"]);
    for (temperature, top_p, expected) in [
        (Some(1.0), None, json!({"temperature": 1.0})),
        (None, Some(0.95), json!({"topP": 0.95})),
    ] {
        let request = Request {
            temperature,
            top_p,
            ..with(CLAUDE, budget(2048))
        };
        assert_eq!(member(&request, "inferenceConfig"), expected);
    }
}

#[test]
fn nova_takes_no_limits_beside_high_effort() {
    let request = |word| Request {
        output: effort(word),
        max_tokens: Some(100),
        temperature: Some(0.5),
        top_p: Some(0.5),
        ..hello(NOVA_2)
    };
    let sent = send(&request("high"));
    assert_eq!(sent.body.get("inferenceConfig"), None);
    assert_eq!(sent.lost(), ["max_tokens", "temperature", "top_p"]);
    assert_eq!(send(&request("medium")).warnings, []);
}

#[test]
fn an_effort_becomes_a_budget_that_grows_with_it_where_the_model_knows_budgets_alone() {
    let asked = |word, max_tokens| Request {
        max_tokens,
        output: effort(word),
        ..with(CLAUDE, adaptive())
    };
    for (max_tokens, expected) in [
        (Some(2000), [1024, 1083, 1143, 1262, 1381, 1500]),
        (Some(4096), [1024, 1280, 1536, 2048, 2560, 3072]),
        (None, [1024, 2048, 8192, 16_384, 32_768, 48_000]),
    ] {
        for (word, expected) in ["minimal", "low", "medium", "high", "xhigh", "max"]
            .into_iter()
            .zip(expected)
        {
            let sent = send(&asked(word, max_tokens));
            assert_eq!(
                sent.additional(),
                &json!({"thinking": {"type": "enabled", "budget_tokens": expected}}),
                "{word} of {max_tokens:?}"
            );
            assert_eq!(sent.lost(), [""; 0]);
            assert_eq!(sent.body.get("outputConfig"), None);
        }
    }
    // One that knows both is told both.
    let both = Request {
        output: effort("low"),
        ..with(OPUS_4_5, adaptive())
    };
    let sent = send(&both);
    assert_eq!(sent.body["outputConfig"], json!({"effort": "low"}));
    assert_eq!(sent.additional()["thinking"]["budget_tokens"], 2048);
}

#[test]
fn how_thinking_is_shown_is_said_where_the_model_can_be_told() {
    const UPDATES: &str = "thinking-display-updates-2026-08-18";
    let asked = |model: &str, shown: &str| Request {
        betas: vec![UPDATES.to_owned()],
        ..with(model, Thinking::Adaptive(display(Some(shown))))
    };
    let adaptive = |shown: &str| json!({"type": "adaptive", "display": shown});
    for (model, shown, expected, changed) in [
        (OPUS_4_8, "summarized", adaptive("summarized"), false),
        (OPUS_4_8, "omitted", adaptive("omitted"), false),
        (OPUS_4_8, "updates", adaptive("summarized"), true),
        (OPUS_5_5, "updates", adaptive("updates"), false),
        (OPUS_5_5, "heroic", json!({"type": "adaptive"}), true),
        (OPUS_4_6, "summarized", json!({"type": "adaptive"}), false),
        (OPUS_4_6, "updates", json!({"type": "adaptive"}), true),
    ] {
        let sent = send(&asked(model, shown));
        assert_eq!(sent.additional()["thinking"], expected, "{model} {shown}");
        assert_eq!(sent.lost(), [""; 0], "{model} {shown}");
        assert_eq!(
            sent.changed().contains(&"thinking.display"),
            changed,
            "{model} {shown}"
        );
        // The beta goes with the member, whether it was asked for or not.
        let betas = &sent.additional()["anthropic_beta"];
        let is_sent = expected["display"] == "updates";
        assert_eq!(
            betas,
            &if is_sent {
                json!([UPDATES])
            } else {
                Value::Null
            }
        );
    }
    let unasked = Request {
        betas: Vec::new(),
        ..asked(OPUS_5_5, "updates")
    };
    assert_eq!(
        send(&unasked).additional()["anthropic_beta"],
        json!([UPDATES])
    );
}

#[test]
fn a_model_that_cannot_stop_thinking_says_so() {
    for (model, lost) in [
        (GPT, &["thinking"][..]),
        (GROK, &["thinking"]),
        (GPT_OSS, &["thinking"]),
        (DEEPSEEK_R1, &["thinking"]),
        (DEEPSEEK, &[]),
        (OPUS_4_7, &[]),
    ] {
        assert_eq!(
            send(&with(model, Thinking::Disabled)).lost(),
            lost,
            "{model}"
        );
    }
    // One that knows the effort "none" is told it.
    let told = Request {
        extensions: Some(r#"{"bedrock":{"capabilities":{"efforts":["none","low"]}}}"#.to_owned()),
        ..with(GPT, Thinking::Disabled)
    };
    assert_eq!(additional(&told), json!({"reasoning": {"effort": "none"}}));
}
