//! What WASI 0.3 answers is what WASI 0.2 answers.

use super::{TEXT, drain, instance};
use crate::support::calls::{self, CLAUDE, LLAMA, ask, calling, emulator, own};
use crate::support::components::provider;
use bedrock_emulator::{Config, Emulator, Fault, Point, Script};
use bedrock_host::types::{
    Chunk, Context, CostLimits, Error, Request, Response, Tool, ToolChoice, ToolChoiceMode,
    UnknownPrice,
};
use serde_json::json;

fn tool() -> Tool {
    Tool {
        name: "get_weather".into(),
        description: Some("The weather in a city".into()),
        input_schema: r#"{"type":"object","properties":{"city":{"type":"string"}}}"#.into(),
        strict: None,
        server_type: None,
        cache_control: None,
    }
}

/// Requests, and what the service says to them.
fn conversations() -> Vec<(&'static str, Request, Script)> {
    let mut with_tool = ask("The weather in Paris?");
    with_tool.tools = vec![tool()];
    with_tool.tool_choice = Some(ToolChoice {
        mode: ToolChoiceMode::Any,
        disable_parallel_tool_use: false,
    });
    let calls = [("tooluse_1", "get_weather", json!({"city": "Paris"}))];
    let mut adjusted = Request::new(LLAMA).user("Hi");
    adjusted.top_k = Some(3);
    let script = |fault| Script::text(TEXT).fault(fault);
    vec![
        ("a text", ask("Hi"), Script::text(TEXT)),
        ("a thought", ask("Hi"), Script::thinking("Hm", "c2ln", TEXT)),
        ("a tool call", with_tool, Script::tool_calls(&calls)),
        ("a request with a warning", adjusted, Script::text(TEXT)),
        (
            "a refusal",
            ask("Hi"),
            Script::refusal("AccessDeniedException", "no"),
        ),
        (
            "a refusal that passes",
            ask("Hi"),
            Script::refusal("ThrottlingException", "slow"),
        ),
        (
            "a model that is none",
            Request::new("x/y"),
            Script::text(""),
        ),
        ("no answer", ask("Hi"), script(Fault::Reset(Point::Byte(0)))),
        (
            "a broken one",
            ask("Hi"),
            script(Fault::Reset(Point::Frame(3))),
        ),
        (
            "no messages",
            Request::new(CLAUDE),
            Script::text("never sent"),
        ),
    ]
}

/// Without what differs from call to call.
fn of_call(mut error: Error, emulator: &Emulator) -> Error {
    error.request_id = None;
    error.message = error.message.replace(&emulator.addr().to_string(), "there");
    error
}

fn of_answer(answer: Result<Response, Error>, emulator: &Emulator) -> Result<Response, Error> {
    match answer {
        Ok(mut answer) => {
            answer.id.clear();
            answer.provider_metadata = None;
            Ok(answer)
        }
        Err(error) => Err(of_call(error, emulator)),
    }
}

/// Chunks one after the other: how they came together is the network's matter.
fn of_stream(
    (chunks, error): (Vec<Chunk>, Option<Error>),
    emulator: &Emulator,
) -> (Vec<Chunk>, Option<Error>) {
    let chunks = chunks.into_iter().map(|chunk| match chunk {
        Chunk::MessageStart(mut start) => {
            start.id.clear();
            Chunk::MessageStart(start)
        }
        Chunk::MessageDelta(mut end) => {
            end.provider_metadata = None;
            Chunk::MessageDelta(end)
        }
        other => other,
    });
    (
        chunks.collect(),
        error.map(|error| of_call(error, emulator)),
    )
}

#[tokio::test]
async fn whole_answers_and_errors_are_the_same() {
    for (name, request, script) in conversations() {
        let emulator = emulator(Config::default().always(script)).await;
        let context = calling(&emulator.url());
        let expected = calls::complete(&request, &context).await;
        let seen = instance(&emulator).await.complete(&request, &context).await;
        assert_eq!(
            of_answer(seen.map_err(own), &emulator),
            of_answer(expected, &emulator),
            "{name}"
        );
        let [first, second] = &emulator.requests()[..] else {
            continue;
        };
        assert_eq!(first.body, second.body, "{name}");
    }
}

#[tokio::test]
async fn streams_and_their_errors_are_the_same() {
    for (name, request, script) in conversations() {
        let emulator = emulator(Config::default().always(script)).await;
        let context = calling(&emulator.url());
        let expected = match calls::open(&request, &context).await {
            Ok(stream) => calls::drain(stream).await,
            Err(error) => (Vec::new(), Some(error)),
        };
        let seen = match instance(&emulator).await.stream(&request, &context).await {
            Ok(stream) => drain(stream).await,
            Err(error) => (Vec::new(), Some(own(error))),
        };
        assert_eq!(
            of_stream(seen, &emulator),
            of_stream(expected, &emulator),
            "{name}"
        );
    }
}

#[tokio::test]
async fn counts_and_limits_are_the_same() {
    let emulator = emulator(Config::default()).await;
    let context = calling(&emulator.url());
    let instance = instance(&emulator).await;
    let mut small = provider()
        .instantiate(&calls::reaching(&emulator.url()))
        .await
        .expect("a free instance");
    let count = instance.count_tokens(&ask("Hi"), &context).await;
    let expected = small.count_tokens(&ask("Hi"), &context).await;
    assert_eq!(count.map_err(own), expected.map_err(own));
    let context = Context {
        cost_limits: Some(CostLimits {
            per_request: Some(1),
            per_day: None,
            per_month: None,
            unknown_price: UnknownPrice::Deny,
        }),
        ..context
    };
    let sent = emulator.requests().len();
    let refused = instance.complete(&ask("Hi"), &context).await.map_err(own);
    let expected = small.complete(&ask("Hi"), &context).await.map_err(own);
    assert_eq!(refused, expected);
    let code = refused.expect_err("it costs more").code;
    assert_eq!(code.as_deref(), Some("cost_limit_per_request"));
    assert_eq!(emulator.requests().len(), sent);
}
