//! A call that is not taken as it was asked, and how else it is put: by a profile's id, as a whole answer, without betas,
//! by another id; each way once.

use crate::support::calls::{
    CLAUDE, ask, calling, complete, credentials, drain, emulator, open, own, reaching, stream,
};
use crate::support::codec_host::exports::llm::provider::codec::Operation as Codec;
use crate::support::codec_host::exports::llm::provider::types as codec_types;
use crate::support::codec_host::{CodecHost, convert, pieces, send};
use crate::support::components::provider;
use crate::support::message::Message;
use bedrock_emulator::{
    Call, Config, EXAMPLE_SECRET_ACCESS_KEY, Emulator, Operation, RuleBook, Script, story,
};
use bedrock_host::types::{Chunk, Context, Error, ErrorKind, Request, StopReason, Tool, Warning};
use serde_json::{Value, json};

/// Called by a profile only, and known by the table to be.
const BARE: &str = "anthropic.claude-sonnet-4-20250514-v1:0";
/// Streams no tools, by the table.
const LLAMA_4: &str = "bedrock/us.meta.llama4-maverick-17b-instruct-v1:0";

/// AWS's own words.
const ON_DEMAND: &str = "Invocation of model ID it with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.";
const NO_STREAMED_TOOLS: &str = "This model doesn't support tool use in streaming mode.";
const NO_BETA: &str = "The model returned the following errors: invalid beta flag";
const NO_COUNT: &str = "The provided model doesn't support counting tokens.";

fn refusal(message: &str) -> Script {
    Script::refusal("ValidationException", message)
}

fn weather() -> Tool {
    Tool {
        name: "get_weather".into(),
        description: Some("The weather in a city".into()),
        input_schema: r#"{"type":"object","properties":{"city":{"type":"string"}}}"#.into(),
        strict: None,
        server_type: None,
        cache_control: None,
    }
}

/// A question that the emulator's story answers by a call.
fn tool_question(model: &str) -> Request {
    Request {
        tools: vec![weather()],
        ..Request::new(model).user("What is the weather like in Paris?")
    }
}

fn bare() -> Request {
    Request::new(format!("bedrock/{BARE}")).user("Hi")
}

/// As if the table did not know that the model is called by a profile only.
fn unflagged(request: Request) -> Request {
    let settings = json!({"bedrock": {"capabilities": {"profile_only": false}}});
    Request {
        extensions: Some(settings.to_string()),
        ..request
    }
}

/// Ids and operations that were called, in order: `us.amazon.nova-lite-v1:0/converse`.
fn called(emulator: &Emulator) -> Vec<String> {
    let requests = emulator.requests().into_iter();
    let path = |path: String| path.trim_start_matches("/model/").replace("%3A", ":");
    requests.map(|request| path(request.path)).collect()
}

async fn count(request: &Request, context: &Context) -> Result<u64, Error> {
    let grants = reaching(context.endpoint.as_deref().expect("an endpoint"));
    let instance = provider().instantiate(&grants).await;
    let mut instance = instance.expect("a free instance");
    let count = instance.count_tokens(request, context).await;
    count.map_err(own)
}

/// A Bedrock without rules of its own, which answers as it is told.
async fn lawless(answer: impl Fn(Call<'_>) -> Script + Send + Sync + 'static) -> Emulator {
    let config = Config {
        rules: RuleBook::none(),
        ..Config::default()
    };
    emulator(config.respond(answer)).await
}

fn warning_at<'w>(warnings: &'w [Warning], path: &str) -> &'w Warning {
    let found = warnings.iter().find(|warning| warning.path == path);
    found.unwrap_or_else(|| panic!("no warning on {path}: {warnings:?}"))
}

fn start_warnings(chunks: &[Chunk]) -> &[Warning] {
    match chunks.first() {
        Some(Chunk::MessageStart(start)) => &start.warnings,
        other => panic!("no message-start first: {other:?}"),
    }
}

// ------------------------------------------------------------------------------------------------ profiles

#[tokio::test]
async fn a_model_that_only_a_profile_reaches_is_called_by_the_nearest() {
    for (region, geography) in [
        ("us-west-2", "us"),
        ("eu-central-1", "eu"),
        ("ap-northeast-1", "apac"),
        ("me-central-1", "global"),
    ] {
        let config = Config {
            region: region.to_owned(),
            ..Config::default()
        };
        let emulator = emulator(config).await;
        let context = Context {
            credentials: Some(credentials(EXAMPLE_SECRET_ACCESS_KEY, region)),
            // It loses nothing that was asked.
            strict: true,
            ..calling(&emulator.url())
        };
        let whole = complete(&bare(), &context).await.expect("an answer");
        let chunks = stream(&bare(), &context).await.expect("a stream");
        let profile = format!("{geography}.{BARE}");
        assert_eq!(
            called(&emulator),
            [
                format!("{profile}/converse"),
                format!("{profile}/converse-stream")
            ]
        );
        assert_eq!(whole.model, BARE);
        for warnings in [&whole.warnings[..], start_warnings(&chunks)] {
            let [warning] = warnings else {
                panic!("one warning, not {warnings:?}");
            };
            assert_eq!((warning.path.as_str(), warning.lossy), ("model", false));
            assert!(warning.message.contains(&profile), "{warning:?}");
        }

        let mut codec = CodecHost::new();
        let exchange = codec.prepare(&bare(), &context, Codec::Complete);
        let exchange = exchange.expect("an exchange");
        let answer = send(&exchange).await;
        let response = codec.response(&exchange.state, &answer);
        let warnings: Vec<Warning> = convert(&response.expect("an answer").warnings);
        assert_eq!(warnings, whole.warnings);
    }
}

#[tokio::test]
async fn a_profile_or_an_arn_is_called_as_it_is() {
    for id in [
        format!("eu.{BARE}"),
        format!("global.{BARE}"),
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6".into(),
    ] {
        let emulator = emulator(Config::default()).await;
        let request = Request::new(format!("bedrock/{id}")).user("Hi");
        let answer = complete(&request, &calling(&emulator.url())).await;
        assert_eq!(answer.expect("an answer").warnings, []);
        assert_eq!(
            called(&emulator),
            [format!("{}/converse", id.replace('/', "%2F"))]
        );
    }
}

#[tokio::test]
async fn an_operator_can_have_every_id_called_as_it_is_given() {
    let emulator = emulator(Config::default()).await;
    let context = Context {
        extensions: Some(json!({"bedrock": {"inferenceProfiles": false}}).to_string()),
        ..calling(&emulator.url())
    };
    for request in [bare(), unflagged(bare())] {
        for error in [
            complete(&request, &context).await.expect_err("an error"),
            open(&request, &context).await.err().expect("an error"),
        ] {
            assert_eq!(error.kind, ErrorKind::InvalidRequest, "{error:?}");
            for geography in ["us", "eu", "apac", "global"] {
                let id = format!("{geography}.{BARE}");
                assert!(error.message.contains(&id), "{error:?}");
            }
        }
    }
    let called = called(&emulator);
    assert_eq!(called.len(), 4, "{called:?}");
    assert!(
        called.iter().all(|id| id.starts_with("anthropic.")),
        "{called:?}"
    );
}

#[tokio::test]
async fn a_model_that_turns_out_to_need_a_profile_is_called_by_the_nearest_and_then_globally() {
    // How many of the ids below are refused.
    for refused in 1..=2 {
        let ids = [
            BARE.to_owned(),
            format!("us.{BARE}"),
            format!("global.{BARE}"),
        ];
        let known = ids.clone();
        let emulator = lawless(move |call| {
            let at = known.iter().position(|id| id == call.model_id);
            match at.expect("an id of the model's") < refused {
                true => refusal(ON_DEMAND),
                false => story::story(call),
            }
        })
        .await;
        let context = calling(&emulator.url());
        let request = unflagged(bare());
        let whole = complete(&request, &context).await.expect("an answer");
        let chunks = stream(&request, &context).await.expect("a stream");
        assert_eq!(
            Message::from(whole.clone()).content,
            Message::of(&chunks).content
        );
        let tried = &ids[..=refused];
        let whole_calls = tried.iter().map(|id| format!("{id}/converse"));
        let stream_calls = tried.iter().map(|id| format!("{id}/converse-stream"));
        let expected: Vec<_> = whole_calls.chain(stream_calls).collect();
        assert_eq!(called(&emulator), expected);
        for warnings in [&whole.warnings[..], start_warnings(&chunks)] {
            let warning = warning_at(warnings, "model");
            assert!(warning.message.contains(&ids[refused]), "{warning:?}");
        }
    }
}

#[tokio::test]
async fn a_model_that_no_profile_reaches_is_given_up_with_the_ids_to_try() {
    let emulator = lawless(|_| refusal(ON_DEMAND)).await;
    let context = calling(&emulator.url());
    let ids = ["us", "eu", "apac", "global"].map(|geography| format!("{geography}.{BARE}"));
    for request in [unflagged(bare()), bare()] {
        let before = called(&emulator).len();
        let error = complete(&request, &context).await.expect_err("an error");
        assert_eq!(
            (error.kind, error.status),
            (ErrorKind::InvalidRequest, Some(400))
        );
        assert!(ids.iter().all(|id| error.message.contains(id)), "{error:?}");
        let tried = called(&emulator).len() - before;
        // The flagged one is not tried by its own id.
        assert_eq!(tried, if request.extensions.is_some() { 3 } else { 2 });
    }
    // A host with I/O of its own is told the same, and tries for itself.
    let mut codec = CodecHost::new();
    let exchange = codec.prepare(&unflagged(bare()), &context, Codec::Complete);
    let exchange = exchange.expect("an exchange");
    let answer = send(&exchange).await;
    let whole = codec
        .response(&exchange.state, &answer)
        .expect_err("refused");
    let exchange = codec.prepare(&unflagged(bare()), &context, Codec::Stream);
    let exchange = exchange.expect("an exchange");
    let answer = send(&exchange).await;
    let (chunks, streamed) = codec.decode(&exchange.state, &answer, pieces(&answer.body, 1));
    assert_eq!(chunks, []);
    for error in [whole, streamed.expect("refused")] {
        assert_eq!(error.kind, codec_types::ErrorKind::InvalidRequest);
        assert!(ids.iter().all(|id| error.message.contains(id)), "{error:?}");
    }
}

#[tokio::test]
async fn a_model_whose_profiles_are_not_known_is_tried_once_and_named_as_it_might_be() {
    let emulator = lawless(|_| refusal(ON_DEMAND)).await;
    let request = Request::new("bedrock/newvendor.marvel-1").user("Hi");
    let error = complete(&request, &calling(&emulator.url())).await;
    let error = error.expect_err("an error");
    assert!(error.message.contains("us.newvendor.marvel-1"), "{error:?}");
    assert_eq!(called(&emulator), ["newvendor.marvel-1/converse"]);
}

// ------------------------------------------------------------------------------------------------ tools in streams

/// Whether the chunks are a legal stream that calls the weather; by deltas, as any stream.
fn assert_calls_the_weather(chunks: &[Chunk]) {
    let message = Message::of(chunks);
    assert_eq!(message.stop_reason, Some(StopReason::ToolUse));
    let [call] = message.tool_calls()[..] else {
        panic!("one call, not {:?}", message.content);
    };
    assert_eq!(call.name, "get_weather");
    let input: Value = serde_json::from_str(&call.input).expect("JSON");
    assert_eq!(input, json!({"city": "Paris"}));
    assert_eq!(chunks.last(), Some(&Chunk::MessageStop));
}

#[tokio::test]
async fn a_model_that_turns_out_not_to_stream_tools_is_asked_for_a_whole_answer() {
    let emulator = lawless(|call| match call.operation {
        Operation::ConverseStream => refusal(NO_STREAMED_TOOLS),
        _ => story::story(call),
    })
    .await;
    let context = calling(&emulator.url());
    let request = tool_question(CLAUDE);
    let opened = open(&request, &context).await.expect("a stream");
    let (chunks, error) = drain(opened).await;
    assert_eq!(error, None);
    assert_calls_the_weather(&chunks);
    let whole = complete(&request, &context).await.expect("an answer");
    assert_eq!(Message::of(&chunks), Message::from(whole));
    let requests = emulator.requests();
    let operations: Vec<_> = requests.iter().map(|request| request.operation).collect();
    let (whole, streamed) = (Some(Operation::Converse), Some(Operation::ConverseStream));
    assert_eq!(operations, [streamed, whole, whole]);
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn a_model_that_is_known_not_to_stream_tools_is_asked_for_a_whole_answer_at_once() {
    let emulator = emulator(Config::default()).await;
    let context = calling(&emulator.url());
    let request = tool_question(LLAMA_4);
    let chunks = stream(&request, &context).await.expect("a stream");
    assert_calls_the_weather(&chunks);

    let mut codec = CodecHost::new();
    let exchange = codec.prepare(&request, &context, Codec::Stream);
    let exchange = exchange.expect("an exchange");
    assert!(
        exchange.request.path.ends_with("/converse"),
        "{}",
        exchange.request.path
    );
    let answer = send(&exchange).await;
    for seed in 0..5 {
        let (told, error) = codec.decode(&exchange.state, &answer, pieces(&answer.body, seed));
        assert_eq!(error, None, "seed {seed}");
        let told: Vec<Chunk> = convert(&told);
        assert_calls_the_weather(&told);
        assert_eq!(Message::of(&told), Message::of(&chunks), "seed {seed}");
    }
    // Cut short, it is no answer, and nothing of it is told.
    let cut = &answer.body[..answer.body.len() - 1];
    let (told, error) = codec.decode(&exchange.state, &answer, [cut]);
    assert_eq!(told, []);
    assert!(error.is_some());

    // Without tools it streams.
    let chunks = stream(&Request::new(LLAMA_4).user("Hi"), &context).await;
    assert!(chunks.expect("a stream").len() > 8);
    let operations = called(&emulator);
    let last = |call: &String| call.rsplit('/').next().unwrap_or_default().to_owned();
    let operations: Vec<_> = operations.iter().map(last).collect();
    assert_eq!(operations, ["converse", "converse", "converse-stream"]);
}

#[tokio::test]
async fn a_whole_answer_instead_of_a_stream_is_not_asked_how_a_stream_is_guarded() {
    let guardrail = |model: &str| {
        Request {
        extensions: Some(
            json!({"bedrock": {"guardrailConfig": {
                "guardrailIdentifier": "abc123", "guardrailVersion": "1", "streamProcessingMode": "async",
            }}})
            .to_string(),
        ),
        ..tool_question(model)
    }
    };
    let emulator = lawless(|call| match call.operation {
        Operation::ConverseStream => refusal(NO_STREAMED_TOOLS),
        _ => story::story(call),
    })
    .await;
    for model in [CLAUDE, LLAMA_4] {
        let chunks = stream(&guardrail(model), &calling(&emulator.url())).await;
        assert_calls_the_weather(&chunks.expect("a stream"));
    }
    for request in emulator.requests() {
        let mode = &request.json()["guardrailConfig"]["streamProcessingMode"];
        let streams = request.operation == Some(Operation::ConverseStream);
        assert_eq!(
            mode.as_str(),
            streams.then_some("async"),
            "{}",
            request.path
        );
    }
}

#[tokio::test]
async fn a_stream_without_tools_is_not_asked_for_whole() {
    let emulator = lawless(|_| refusal(NO_STREAMED_TOOLS)).await;
    let error = open(&ask("Hi"), &calling(&emulator.url())).await.err();
    let error = error.expect("an error");
    assert!(error.message.contains("streaming mode"), "{error:?}");
    assert_eq!(emulator.requests().len(), 1);
}

// ------------------------------------------------------------------------------------------------ betas

/// Refuses every beta.
fn no_betas(call: Call<'_>) -> Script {
    match call
        .body
        .pointer("/additionalModelRequestFields/anthropic_beta")
    {
        Some(_) => refusal(NO_BETA),
        None => story::story(call),
    }
}

#[tokio::test]
async fn betas_that_bedrock_refuses_are_left_out_and_told() {
    let request = Request {
        betas: vec!["interleaved-thinking-2025-05-14".into()],
        ..ask("Hi")
    };
    let emulator = lawless(no_betas).await;
    let context = calling(&emulator.url());
    let whole = complete(&request, &context).await.expect("an answer");
    let chunks = stream(&request, &context).await.expect("a stream");
    for warnings in [&whole.warnings[..], start_warnings(&chunks)] {
        let warning = warning_at(warnings, "betas[0]");
        assert!(warning.lossy, "{warning:?}");
        assert!(warning.message.contains("interleaved-thinking-2025-05-14"));
    }
    let betas: Vec<Value> = emulator
        .requests()
        .iter()
        .map(|request| request.json()["additionalModelRequestFields"]["anthropic_beta"].clone())
        .collect();
    let asked = json!(["interleaved-thinking-2025-05-14"]);
    assert_eq!(betas, [asked.clone(), Value::Null, asked, Value::Null]);
}

#[tokio::test]
async fn a_strict_caller_does_not_lose_its_betas() {
    let request = Request {
        betas: vec!["interleaved-thinking-2025-05-14".into()],
        ..ask("Hi")
    };
    let emulator = lawless(no_betas).await;
    let context = Context {
        strict: true,
        ..calling(&emulator.url())
    };
    let error = complete(&request, &context).await.expect_err("an error");
    assert_eq!(error.path.as_deref(), Some("betas[0]"), "{error:?}");
    assert_eq!(emulator.requests().len(), 1);
}

// ------------------------------------------------------------------------------------------------ counting

#[tokio::test]
async fn tokens_are_counted_by_the_models_own_id_and_then_by_the_one_that_was_given() {
    let own_id = format!("{BARE}/count-tokens");
    let given = format!("us.{BARE}/count-tokens");
    // The emulator refuses to count by a profile's id, as Bedrock was seen to.
    let emulator_of_rules = emulator(Config::default()).await;
    let tokens = count(&ask("Hi"), &calling(&emulator_of_rules.url())).await;
    assert!(tokens.expect("a count") > 0);
    assert_eq!(called(&emulator_of_rules).join(" "), own_id);

    // Others were seen to want the profile's.
    let config = Config {
        rules: RuleBook::none(),
        ..Config::default()
    };
    let picky = emulator(config.script(Operation::CountTokens, refusal(NO_COUNT))).await;
    let tokens = count(&ask("Hi"), &calling(&picky.url())).await;
    assert!(tokens.expect("a count") > 0);
    assert_eq!(called(&picky), [own_id, given]);
}

#[tokio::test]
async fn a_model_that_does_not_count_is_asked_by_each_id_once() {
    for (model, tries) in [(CLAUDE.to_owned(), 2), (format!("bedrock/{BARE}"), 1)] {
        let config = (0..4).fold(Config::default(), |config, _| {
            config.script(Operation::CountTokens, refusal(NO_COUNT))
        });
        let emulator = emulator(Config {
            rules: RuleBook::none(),
            ..config
        })
        .await;
        let error = count(&Request::new(model).user("Hi"), &calling(&emulator.url())).await;
        let error = error.expect_err("an error");
        assert_eq!(error.status, Some(400), "{error:?}");
        assert_eq!(emulator.requests().len(), tries);
    }
}

// ------------------------------------------------------------------------------------------------ an end

#[tokio::test]
async fn every_way_is_tried_once_and_the_last_refusal_is_told() {
    let request = Request {
        betas: vec!["interleaved-thinking-2025-05-14".into()],
        ..unflagged(tool_question(&format!("bedrock/{BARE}")))
    };
    // What stands in the way of each call, one thing after the other.
    let obstacle = |call: Call<'_>| {
        let betas = call
            .body
            .pointer("/additionalModelRequestFields/anthropic_beta");
        match call.operation {
            _ if !call.model_id.starts_with("global.") => Some(ON_DEMAND),
            Operation::ConverseStream => Some(NO_STREAMED_TOOLS),
            _ => betas.map(|_| NO_BETA),
        }
    };
    let calls = [
        format!("{BARE}/converse-stream"),
        format!("us.{BARE}/converse-stream"),
        format!("global.{BARE}/converse-stream"),
        format!("global.{BARE}/converse"),
        format!("global.{BARE}/converse"),
    ];
    let yielding = lawless(move |call| match obstacle(call) {
        Some(message) => refusal(message),
        None => story::story(call),
    })
    .await;
    let chunks = stream(&request, &calling(&yielding.url())).await;
    assert_calls_the_weather(&chunks.expect("a stream"));
    assert_eq!(called(&yielding), calls);

    // The same where nothing helps, whatever is said at the end.
    for last in [ON_DEMAND, NO_STREAMED_TOOLS, NO_BETA, NO_COUNT] {
        let stubborn = lawless(move |call| refusal(obstacle(call).unwrap_or(last))).await;
        let error = open(&request, &calling(&stubborn.url())).await.err();
        let error = error.expect("an error");
        assert!(error.message.contains(last), "{error:?}");
        assert_eq!(called(&stubborn), calls, "{last}");
    }
}

#[tokio::test]
async fn nothing_else_is_asked_twice() {
    let request = || Request {
        betas: vec!["interleaved-thinking-2025-05-14".into()],
        ..unflagged(tool_question(&format!("bedrock/{BARE}")))
    };
    let errors = [
        (
            "ValidationException",
            "The text field in the ContentBlock object at messages.0.content.0 is blank.",
        ),
        (
            "ValidationException",
            "The provided model identifier is invalid.",
        ),
        (
            "ValidationException",
            "This model doesn't support tool use.",
        ),
        ("ServiceQuotaExceededException", "Too many tokens per day."),
        // The words of one refusal with the status of another.
        ("AccessDeniedException", ON_DEMAND),
        ("ResourceNotFoundException", NO_STREAMED_TOOLS),
        ("ThrottlingException", NO_BETA),
        ("InternalServerException", NO_BETA),
        ("ServiceUnavailableException", ON_DEMAND),
    ];
    for (code, message) in errors {
        let emulator = lawless(move |_| Script::refusal(code, message)).await;
        let context = calling(&emulator.url());
        complete(&request(), &context).await.expect_err("an error");
        assert!(open(&request(), &context).await.is_err());
        assert_eq!(emulator.requests().len(), 2, "{code}: {message}");
    }
}
