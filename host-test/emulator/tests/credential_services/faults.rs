//! What can go wrong with a credential service's answer.

use super::support::{End, Incoming};
use super::{plain, start};
use bedrock_emulator::credential_services::{Container, PlannedFault};
use bedrock_emulator::{CredentialExchange, CredentialFault, CredentialServices, Emulator};
use std::time::{Duration, Instant};

const EXCHANGE: CredentialExchange = CredentialExchange::ContainerCredentials;

fn services() -> CredentialServices {
    CredentialServices {
        containers: vec![Container::ecs("/creds")],
        ..CredentialServices::default()
    }
}

async fn get(emulator: &Emulator) -> Incoming {
    plain("GET", "/creds").send(emulator.addr()).await
}

async fn broken(fault: CredentialFault) -> Incoming {
    get(&start(services().fault(EXCHANGE, fault)).await).await
}

#[tokio::test]
async fn a_status_takes_the_answers_place() {
    let answer = broken(CredentialFault::status(503)).await;
    assert_eq!((answer.status(), answer.content()), (503, Vec::new()));
    let answer = broken(CredentialFault::Status {
        status: 429,
        content_type: "application/json".to_owned(),
        body: r#"{"code":"Slow"}"#.to_owned(),
    })
    .await;
    assert_eq!(answer.status(), 429);
    assert_eq!(
        answer.header("content-type").as_deref(),
        Some("application/json")
    );
    assert_eq!(answer.json(), serde_json::json!({"code": "Slow"}));
}

#[tokio::test]
async fn a_delay_holds_the_whole_answer_back() {
    let started = Instant::now();
    let answer = broken(CredentialFault::Delay(Duration::from_millis(150))).await;
    assert_eq!(answer.status(), 200);
    let (first, _) = answer.reads[0];
    assert!(first.duration_since(started) >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_hang_is_silence_on_an_open_connection() {
    let answer = broken(CredentialFault::Hang).await;
    assert_eq!((answer.end, answer.raw.len()), (End::Silence, 0));
}

#[tokio::test]
async fn a_malformed_answer_is_half_of_it_and_whole_by_http() {
    let whole = get(&start(services()).await).await.content();
    let answer = broken(CredentialFault::Malformed).await;
    assert_eq!(answer.status(), 200);
    let half = &whole[..whole.len() / 2];
    assert_eq!(answer.content(), half);
    assert_eq!(
        answer.header("content-length"),
        Some(half.len().to_string())
    );
}

#[tokio::test]
async fn an_oversize_answer_is_good_but_for_its_size() {
    let answer = broken(CredentialFault::Oversize(2_000_000)).await;
    assert_eq!(answer.content().len(), 2_000_000);
    assert!(answer.json().get("AccessKeyId").is_some());
}

#[tokio::test]
async fn a_closed_connection_leaves_the_body_short_of_its_length() {
    let answer = broken(CredentialFault::Close).await;
    assert_eq!((answer.status(), answer.end), (200, End::Closed));
    let length: usize = answer
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .expect("a length");
    assert_eq!(answer.content().len(), length / 2);
}

#[tokio::test]
async fn a_reset_comes_before_the_status_line() {
    let answer = broken(CredentialFault::Reset).await;
    assert_eq!((answer.end, answer.raw.len()), (End::Reset, 0));
}

#[tokio::test]
async fn a_fault_that_happens_once_leaves_the_next_request_alone() {
    let services = services()
        .fault_once(EXCHANGE, CredentialFault::status(500))
        .fault_once(
            CredentialExchange::MetadataToken,
            CredentialFault::status(501),
        )
        .fault_once(EXCHANGE, CredentialFault::status(502));
    let emulator = start(services).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(get(&emulator).await.status());
    }
    emulator.plan_credential_fault(PlannedFault::once(EXCHANGE, CredentialFault::status(504)));
    statuses.push(get(&emulator).await.status());
    statuses.push(get(&emulator).await.status());
    assert_eq!(statuses, [500, 502, 200, 504, 200]);
    let logged: Vec<u16> = emulator
        .credential_requests()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(logged, statuses);
}
