//! A provider that is not ours behind the gateway: `host-test/echo-provider`, composed with the world `any-gateway`.

use super::calls::variables;
use super::client::{Answer, DIALECTS, Dialect, question};
use super::host::Gateway;
use super::store::Shelf;
use crate::support::components::ECHO_GATEWAY;
use serde_json::{Value, json};

const TEXT: &str = "Say it  again,\nSam.";
const ALIASES: &str = r#"{"parrot": "echo/parrot", "broken": "echo/fail"}"#;

async fn gateway(settings: &[(&str, &str)]) -> Gateway {
    let own = [
        ("GATEWAY_OPEN", "on"),
        ("GATEWAY_PROVIDER", "echo"),
        ("GATEWAY_MODELS", ALIASES),
    ];
    let all = [&own[..], settings].concat();
    Gateway::start(ECHO_GATEWAY, variables(&all), &Shelf::default()).await
}

async fn ask(gateway: &Gateway, dialect: Dialect, model: &str, is_stream: bool) -> Answer {
    let question = question(model, TEXT, 100, is_stream);
    let answer = gateway.ask(dialect, "", &question).await;
    gateway.idle().await;
    answer
}

/// Tokens of the prompt and of the answer, as each API names them.
fn usage(dialect: Dialect, told: &Value) -> [&Value; 2] {
    let names = match dialect {
        Dialect::Anthropic => ["input_tokens", "output_tokens"],
        Dialect::OpenAi => ["prompt_tokens", "completion_tokens"],
    };
    names.map(|name| &told["usage"][name])
}

#[tokio::test]
async fn another_provider_answers_whole_in_either_language() {
    let gateway = gateway(&[]).await;
    for dialect in DIALECTS {
        for model in ["parrot", "anything", "echo/anything"] {
            let answer = ask(&gateway, dialect, model, false).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let body = answer.json();
            assert_eq!(dialect.text(&body), TEXT, "{body}");
            assert_eq!(usage(dialect, &body), [&json!(5), &json!(5)], "{body}");
            assert_eq!(body["model"], model);
        }
    }
}

#[tokio::test]
async fn another_provider_streams_word_by_word_in_either_language() {
    let gateway = gateway(&[]).await;
    for dialect in DIALECTS {
        let answer = ask(&gateway, dialect, "parrot", true).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(
            answer
                .header("content-type")
                .starts_with("text/event-stream")
        );
        let told = dialect.told(&answer.body);
        assert!(told.is_whole && told.error.is_none(), "{answer:?}");
        assert_eq!(told.text, TEXT);
    }
}

#[tokio::test]
async fn a_stream_of_another_provider_is_a_legal_one_of_anthropics() {
    let gateway = gateway(&[]).await;
    let answer = ask(&gateway, Dialect::Anthropic, "parrot", true).await;
    let told = Dialect::Anthropic.told(&answer.body);
    let kinds: Vec<&str> = told
        .events
        .iter()
        .filter_map(|e| e["type"].as_str())
        .collect();
    let deltas = ["content_block_delta"; 5];
    let before = ["message_start", "content_block_start"];
    let after = ["content_block_stop", "message_delta", "message_stop"];
    assert_eq!(kinds, [&before[..], &deltas, &after].concat());
    // Each event is named twice: by its line and in its data.
    let lines: Vec<&str> = answer
        .body
        .lines()
        .filter_map(|l| l.strip_prefix("event: "))
        .collect();
    assert_eq!(lines, kinds);
    let end = &told.events[kinds.len() - 2];
    assert_eq!(end["delta"]["stop_reason"], "end_turn", "{end}");
    assert_eq!(usage(Dialect::Anthropic, end)[1], 5, "{end}");
}

#[tokio::test]
async fn an_answer_is_as_long_as_the_client_allows() {
    let gateway = gateway(&[]).await;
    for (dialect, path, word) in [
        (Dialect::Anthropic, "/stop_reason", "max_tokens"),
        (Dialect::OpenAi, "/choices/0/finish_reason", "length"),
    ] {
        let body = gateway
            .ask(dialect, "", &question("parrot", TEXT, 2, false))
            .await
            .json();
        assert_eq!(dialect.text(&body), "Say it ");
        assert_eq!(body.pointer(path), Some(&json!(word)), "{body}");
    }
}

#[tokio::test]
async fn an_error_of_another_provider_is_told_in_the_clients_shape() {
    let gateway = gateway(&[]).await;
    for (dialect, status, expected) in [
        (Dialect::Anthropic, 529, ("overloaded_error", "")),
        (Dialect::OpenAi, 503, ("server_error", "EchoFailed")),
    ] {
        for model in ["echo/fail", "broken"] {
            for is_stream in [false, true] {
                let answer = ask(&gateway, dialect, model, is_stream).await;
                assert_eq!(answer.status, status, "{answer:?}");
                let body = answer.json();
                let (kind, message, code) = dialect.error(&body);
                assert_eq!((kind, code), expected, "{body}");
                assert!(message.contains("always fails"), "{body}");
            }
        }
    }
}

#[tokio::test]
async fn a_limit_that_another_provider_does_not_hold_is_refused() {
    let gateway = gateway(&[("GATEWAY_MAX_USD_PER_DAY", "1")]).await;
    for dialect in DIALECTS {
        let answer = ask(&gateway, dialect, "parrot", false).await;
        assert_eq!(answer.status, 500, "{answer:?}");
        assert!(answer.body.contains("not configured"), "{answer:?}");
        assert!(gateway.log().contains("cost_limits"), "{}", gateway.log());
    }
}

#[tokio::test]
async fn what_another_provider_leaves_out_is_a_warning_and_an_error_where_the_gateway_is_strict() {
    for (strict, status) in [("off", 200), ("on", 400)] {
        let gateway = gateway(&[("GATEWAY_STRICT", strict)]).await;
        for (dialect, name) in [
            (Dialect::Anthropic, "stop_sequences"),
            (Dialect::OpenAi, "stop"),
        ] {
            let mut question = question("parrot", TEXT, 100, false);
            question[name] = json!(["Sam"]);
            let answer = gateway.ask(dialect, "", &question).await;
            assert_eq!(answer.status, status, "{answer:?}");
            let body = answer.json();
            let told = match strict {
                "on" => dialect.error(&body).1,
                _ => body["gateway"]["warnings"][0]["message"]
                    .as_str()
                    .unwrap_or_default(),
            };
            assert!(told.contains("not supported by an echo"), "{body}");
        }
    }
}

#[tokio::test]
async fn the_models_are_those_of_the_settings_alone() {
    let gateway = gateway(&[]).await;
    for dialect in DIALECTS {
        let answer = gateway.get(dialect, "/v1/models").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        let models = body["data"].as_array().expect("a list");
        let ids: Vec<_> = models.iter().map(|model| &model["id"]).collect();
        assert_eq!(ids, ["parrot", "broken"], "{body}");
    }
}

#[tokio::test]
async fn tokens_are_counted_as_another_provider_counts_them() {
    let gateway = gateway(&[]).await;
    let body = json!({"model": "parrot", "system": "Be brief.",
        "messages": [{"role": "user", "content": TEXT}]});
    let answer = gateway.post("/v1/messages/count_tokens", "", &body).await;
    assert_eq!(answer.json(), json!({"input_tokens": 7}), "{answer:?}");
}
