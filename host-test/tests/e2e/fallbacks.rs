//! Where there is no room, the next place is asked: before the answer begins, and signed for its own region.

use crate::support::calls::{ask, calling, complete, drain, emulator, open};
use bedrock_emulator::{Answer, Config, Emulator, Frame, Operation, Script};
use bedrock_host::types::{Chunk, Context, Error, ErrorKind, Request, Response};

const NOVA: &str = "eu.amazon.nova-lite-v1:0";
const ARN: &str =
    "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abcdef123456";

async fn bedrock(failures: &[&str]) -> Emulator {
    let emulator = emulator(Config {
        other_regions: vec!["us-west-2".into(), "eu-west-1".into()],
        ..Config::default()
    })
    .await;
    for code in failures {
        emulator.enqueue(Operation::Converse, Script::refusal(code, "x"));
        emulator.enqueue(Operation::ConverseStream, Script::refusal(code, "x"));
    }
    emulator
}

fn falling_back(emulator: &Emulator, fallbacks: &[&str]) -> Context {
    Context {
        fallbacks: fallbacks.iter().map(ToString::to_string).collect(),
        ..calling(&emulator.url())
    }
}

/// Region of the signature and model of each request.
fn asked(emulator: &Emulator) -> Vec<(String, String)> {
    let requests = emulator.requests();
    let of = |header: &str| {
        let scope = header.split('/').nth(2);
        scope.expect("a scope").to_owned()
    };
    requests
        .iter()
        .map(|sent| {
            let path = percent_decoded(&sent.path);
            let model = path.split('/').skip(2).collect::<Vec<_>>();
            let model = model[..model.len() - 1].join("/");
            (of(sent.header("authorization").expect("signed")), model)
        })
        .collect()
}

fn percent_decoded(path: &str) -> String {
    path.replace("%3A", ":").replace("%2F", "/")
}

fn served(metadata: Option<&str>) -> (String, String) {
    let metadata: serde_json::Value = serde_json::from_str(metadata.expect("facts")).expect("JSON");
    let text = |name: &str| metadata["bedrock"][name].as_str().expect(name).to_owned();
    (text("region"), text("modelId"))
}

#[tokio::test]
async fn each_place_is_asked_in_turn_and_the_answer_says_which_one_served() {
    const CLAUDE: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";
    let first = ("us-east-1".to_owned(), CLAUDE.to_owned());
    /// Refusals, the fallbacks, and region and id of each request after the first.
    type Row<'a> = (&'a [&'a str], &'a [&'a str], &'a [(&'a str, &'a str)]);
    let rows: &[Row<'_>] = &[
        (&[], &["us-west-2"], &[]),
        (
            &["ThrottlingException"],
            &["us-west-2"],
            &[("us-west-2", CLAUDE)],
        ),
        (
            &["ServiceUnavailableException"],
            &[NOVA],
            &[("us-east-1", NOVA)],
        ),
        (
            &["ThrottlingException", "ModelNotReadyException"],
            &["us-west-2", "eu-west-1/amazon.nova-lite-v1:0"],
            &[
                ("us-west-2", CLAUDE),
                ("eu-west-1", "amazon.nova-lite-v1:0"),
            ],
        ),
        (&["ThrottlingException"], &[ARN], &[("eu-west-1", ARN)]),
    ];
    for (failures, fallbacks, then) in rows {
        let own = |(region, model): &(&str, &str)| ((*region).to_owned(), (*model).to_owned());
        let expected: Vec<_> = [first.clone()]
            .into_iter()
            .chain(then.iter().map(own))
            .collect();
        let name = format!("{failures:?} {fallbacks:?}");

        let emulator = bedrock(failures).await;
        let context = falling_back(&emulator, fallbacks);
        let answer: Result<Response, Error> = complete(&ask("Hi"), &context).await;
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(asked(&emulator), expected, "{name}");
        let last = expected.last().expect("one");
        assert_eq!(served(answer.provider_metadata.as_deref()), *last, "{name}");
        assert_eq!(answer.model, last.1, "{name}");
        let paths: Vec<_> = answer
            .warnings
            .iter()
            .map(|warning| warning.path.clone())
            .collect();
        let warned = paths
            .iter()
            .any(|path| path.starts_with("context.fallbacks["));
        assert_eq!(warned, !then.is_empty(), "{name}: {paths:?}");

        emulator.forget_requests();
        let stream = open(&ask("Hi"), &context).await;
        let (chunks, end) = drain(stream.unwrap_or_else(|error| panic!("{name}: {error:?}"))).await;
        assert_eq!(end, None, "{name}");
        assert_eq!(asked(&emulator), expected, "{name}");
        let metadata = chunks.iter().find_map(|chunk| match chunk {
            Chunk::MessageDelta(delta) => delta.provider_metadata.as_deref(),
            _ => None,
        });
        assert_eq!(served(metadata), *last, "{name}");
    }
}

#[tokio::test]
async fn throttling_that_comes_as_the_first_frame_leads_on_too() {
    let emulator = bedrock(&[]).await;
    let throttled = Frame::exception("throttlingException", "slow down");
    emulator.enqueue(
        Operation::ConverseStream,
        Script::from(Answer::Frames(vec![throttled])),
    );
    let context = falling_back(&emulator, &["us-west-2"]);
    let stream = open(&ask("Hi"), &context).await.expect("the other region");
    assert_eq!(drain(stream).await.1, None);
    assert_eq!(asked(&emulator).len(), 2);
}

#[tokio::test]
async fn other_failures_stay_where_they_are() {
    for code in [
        "ValidationException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "InternalServerException",
        "ResourceNotFoundException",
        "ModelErrorException",
    ] {
        let emulator = bedrock(&[code]).await;
        let error = complete(&ask("Hi"), &falling_back(&emulator, &["us-west-2"])).await;
        assert_eq!(error.expect_err(code).code.as_deref(), Some(code));
        assert_eq!(asked(&emulator).len(), 1, "{code}");
    }
}

#[tokio::test]
async fn when_there_is_no_room_anywhere_the_last_place_is_tried_again_and_its_error_told() {
    let emulator = bedrock(&["ThrottlingException"; 4]).await;
    let context = Context {
        max_attempts: Some(2),
        ..falling_back(&emulator, &["us-west-2"])
    };
    let error = complete(&ask("Hi"), &context).await.expect_err("no room");
    assert_eq!(error.kind, ErrorKind::RateLimited);
    let regions: Vec<_> = asked(&emulator)
        .into_iter()
        .map(|(region, _)| region)
        .collect();
    assert_eq!(regions, ["us-east-1", "us-west-2", "us-west-2"]);
}

#[tokio::test]
async fn a_fallback_that_names_nothing_is_refused_before_anything_is_sent() {
    let emulator = bedrock(&[]).await;
    let context = falling_back(&emulator, &["us-west-2", ""]);
    let error = complete(&ask("Hi"), &context).await.expect_err("wrong");
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert_eq!(error.path.as_deref(), Some("context.fallbacks[1]"));
    assert_eq!(emulator.counters().connections, 0);
}

#[tokio::test]
async fn a_fallback_gets_the_request_as_its_model_takes_it() {
    let emulator = bedrock(&["ThrottlingException"]).await;
    let request = Request {
        top_k: Some(5),
        ..ask("Hi")
    };
    let context = falling_back(&emulator, &["meta.llama3-1-70b-instruct-v1:0"]);
    let answer = complete(&request, &context).await.expect("an answer");
    assert!(
        answer
            .warnings
            .iter()
            .any(|warning| warning.path == "top_k")
    );
    let sent = emulator.requests();
    assert!(!String::from_utf8_lossy(&sent[1].body).contains("top_k"));
}

#[tokio::test]
async fn a_fallback_that_cannot_take_the_call_is_passed_over() {
    let request = Request {
        top_k: Some(5),
        ..ask("Hi")
    };
    let takes_no_top_k = "meta.llama3-1-70b-instruct-v1:0";
    for (fallbacks, requests) in [
        (&[takes_no_top_k, "us-west-2"][..], 2),
        (&[takes_no_top_k][..], 1),
    ] {
        let emulator = bedrock(&["ThrottlingException"]).await;
        let context = Context {
            strict: true,
            ..falling_back(&emulator, fallbacks)
        };
        let answer = complete(&request, &context).await;
        assert_eq!(emulator.counters().requests, requests, "{fallbacks:?}");
        // What the service said stands, where nobody takes the call.
        let code = answer.err().and_then(|error| error.code);
        let expected = (requests == 1).then(|| "ThrottlingException".to_owned());
        assert_eq!(code, expected, "{fallbacks:?}");
    }
}
