//! Middleware between a provider and the gateway: `host-test/fallback-router`, composed over `host-test/echo-provider`.

use super::calls::variables;
use super::client::{DIALECTS, question};
use super::host::Gateway;
use super::store::Shelf;
use crate::support::components::ROUTER_GATEWAY;
use serde_json::Value;

const TEXT: &str = "Say it  again,\nSam.";

async fn gateway() -> Gateway {
    let settings = variables(&[("GATEWAY_OPEN", "on"), ("GATEWAY_PROVIDER", "echo")]);
    Gateway::start(ROUTER_GATEWAY, settings, &Shelf::default()).await
}

/// The codes of an answer's warnings.
fn codes(body: &Value) -> Vec<&str> {
    let warnings = body["gateway"]["warnings"].as_array();
    let warnings = warnings.into_iter().flatten();
    warnings.filter_map(|one| one["code"].as_str()).collect()
}

#[tokio::test]
async fn a_router_asks_the_next_model_where_the_first_fails() {
    let gateway = gateway().await;
    for (model, expected) in [
        ("echo/parrot", &[][..]),
        ("echo/parrot|fail", &[]),
        ("echo/fail|parrot", &["rerouted"]),
        ("echo/fail|fail|parrot|fail", &["rerouted"]),
    ] {
        for dialect in DIALECTS {
            let answer = gateway
                .ask(dialect, "", &question(model, TEXT, 100, false))
                .await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let body = answer.json();
            assert_eq!(dialect.text(&body), TEXT, "{body}");
            assert_eq!(codes(&body), expected, "{body}");
        }
    }
}

#[tokio::test]
async fn a_stream_goes_through_the_router_with_its_warning() {
    let gateway = gateway().await;
    for dialect in DIALECTS {
        let question = question("echo/fail|parrot", TEXT, 100, true);
        let answer = gateway.ask(dialect, "", &question).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let told = dialect.told(&answer.body);
        assert!(told.is_whole && told.error.is_none(), "{answer:?}");
        assert_eq!(told.text, TEXT);
        let mut codes = told.events.iter().flat_map(codes_of_event);
        assert_eq!(codes.next().as_deref(), Some("rerouted"), "{answer:?}");
    }
}

/// In Anthropic's first event the member is within the message.
fn codes_of_event(event: &Value) -> Vec<String> {
    let places = [event, &event["message"]];
    places
        .into_iter()
        .flat_map(codes)
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn what_the_last_model_says_is_the_answer() {
    let gateway = gateway().await;
    for dialect in DIALECTS {
        let question = question("echo/fail|fail", TEXT, 100, false);
        let answer = gateway.ask(dialect, "", &question).await;
        let (status, error) = (answer.status, answer.json());
        assert!(status == 503 || status == 529, "{answer:?}");
        assert!(dialect.error(&error).1.contains("always fails"), "{error}");
    }
}
