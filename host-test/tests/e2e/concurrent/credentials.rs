//! What calls find, all calls of an instance use, and several that want it at once look for it once.

use crate::support::calls::{ask, emulator, own};
use crate::support::place::Place;
use bedrock_emulator::CredentialExchange::{
    AssumeRoleWithWebIdentity, ContainerCredentials, MetadataCredentials, MetadataRole,
    MetadataToken,
};
use bedrock_emulator::credential_services::{
    Container, Imds, PlannedFault, Role, Sts, WebIdentity,
};
use bedrock_emulator::{
    Config, CredentialExchange, CredentialFault, CredentialServices, Emulator, Operation, Pace,
    Script,
};
use bedrock_host::concurrent::Instance;
use bedrock_host::types::{Context, Error};
use std::time::Duration;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.sig";
const ROLE: &str = "arn:aws:iam::123456789012:role/demo";
/// Calls at once.
const CALLS: usize = 20;

async fn account() -> Emulator {
    emulator(Config {
        credential_services: CredentialServices {
            sts: Some(Sts {
                roles: vec![Role::new(ROLE)],
                web_identities: vec![WebIdentity::new(TOKEN)],
                ..Sts::default()
            }),
            imds: Some(Imds::new("my-role", "us-east-1")),
            containers: vec![Container::eks_pod_identity("pod token")],
            ..CredentialServices::default()
        },
        ..Config::default()
    })
    .await
}

fn web_identity(name: &str, emulator: &Emulator) -> Place {
    Place::new(name, emulator)
        .variables(&[
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token"),
            ("AWS_ROLE_ARN", ROLE),
            ("AWS_REGION", "us-east-1"),
        ])
        .file("token", TOKEN)
}

fn container(name: &str, emulator: &Emulator) -> Place {
    Place::new(name, emulator)
        .variables(&[
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/v1/credentials"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{home}/auth"),
            ("AWS_REGION", "us-east-1"),
        ])
        .file("auth", "pod token")
}

fn machine(name: &str, emulator: &Emulator) -> Place {
    Place::new(name, emulator).variable("AWS_REGION", "us-east-1")
}

fn asked(emulator: &Emulator) -> Vec<CredentialExchange> {
    let requests = emulator.credential_requests();
    requests.iter().filter_map(|it| it.exchange).collect()
}

/// So many calls at the same time, and what came of each.
async fn calls_at_once(instance: &Instance) -> Vec<Result<(), Error>> {
    let calls = (0..CALLS).map(|_| {
        let instance = instance.clone();
        tokio::spawn(async move {
            let answer = instance.complete(&ask("Hi"), &Context::default()).await;
            answer.map(drop).map_err(own)
        })
    });
    let calls: Vec<_> = calls.collect();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.expect("an outcome"));
    }
    outcomes
}

#[tokio::test]
async fn calls_that_want_credentials_at_once_make_one_fetch() {
    let emulator = account().await;
    let sources: [(Place, &[CredentialExchange]); 3] = [
        (
            web_identity("flight_web_identity", &emulator),
            &[AssumeRoleWithWebIdentity],
        ),
        (
            container("flight_container", &emulator),
            &[ContainerCredentials],
        ),
        (
            machine("flight_machine", &emulator),
            &[MetadataToken, MetadataRole, MetadataCredentials],
        ),
    ];
    for (place, exchanges) in sources {
        emulator.forget_requests();
        let instance = place.concurrent_instance().await;
        let outcomes = calls_at_once(&instance).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert_eq!(asked(&emulator), exchanges);
        assert_eq!(emulator.requests().len(), CALLS);
        // And they are kept for the calls that come after.
        instance
            .resolve(&Context::default())
            .await
            .expect("credentials");
        assert_eq!(asked(&emulator), exchanges);
    }
}

#[tokio::test]
async fn what_a_fetch_fails_by_all_that_wait_are_told() {
    let emulator = account().await;
    emulator.plan_credential_fault(PlannedFault::once(
        AssumeRoleWithWebIdentity,
        CredentialFault::Status {
            status: 403,
            content_type: "text/xml".to_owned(),
            body: "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No</Message></Error>\
                   <RequestId>r-1</RequestId></ErrorResponse>"
                .to_owned(),
        },
    ));
    let place = web_identity("flight_fails", &emulator);
    let instance = place.concurrent_instance().await;
    let outcomes = calls_at_once(&instance).await;
    for outcome in &outcomes {
        let error = outcome.as_ref().expect_err("no credentials");
        assert_eq!(error.code.as_deref(), Some("AccessDenied"), "{error:?}");
    }
    assert_eq!(asked(&emulator), [AssumeRoleWithWebIdentity]);
    // It was not kept as the answer for good.
    let outcomes = calls_at_once(&instance).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(asked(&emulator), [AssumeRoleWithWebIdentity; 2]);
}

#[tokio::test]
async fn credentials_that_are_refused_are_fetched_anew_once_for_all() {
    let emulator = account().await;
    let place = web_identity("flight_renewed", &emulator);
    let instance = place.concurrent_instance().await;
    instance
        .resolve(&Context::default())
        .await
        .expect("credentials");
    // All calls are refused, and none before all are there.
    let over = Script::refusal("ExpiredTokenException", "The security token is expired");
    for _ in 0..CALLS {
        let pace = Pace {
            before_first_chunk: Duration::from_millis(500),
            ..Pace::default()
        };
        emulator.enqueue(Operation::Converse, over.clone().pace(pace));
    }
    let outcomes = calls_at_once(&instance).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(asked(&emulator), [AssumeRoleWithWebIdentity; 2]);
}
