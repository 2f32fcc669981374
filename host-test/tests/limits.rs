//! A component that computes, grows or crashes harms itself alone; one that waits is left in peace.

mod support;

use bedrock_host::types::Context;
use bedrock_host::{CallError, Grants, HostConfig};
use std::time::{Duration, Instant};
use support::{SHORT, ask, provider, small};

#[tokio::test]
async fn a_call_that_computes_for_too_long_is_stopped() {
    let limit = Duration::from_millis(100);
    let provider = provider(HostConfig {
        cpu_per_call: limit,
        ..small()
    });
    let mut live = provider.instantiate(&Grants::default()).await.unwrap();
    let begun = Instant::now();
    let error = live
        .complete(&ask("spin"), &Context::default())
        .await
        .unwrap_err();
    assert!(
        matches!(error, CallError::CpuTime { limit: said, used } if said == limit && used > limit)
    );
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "it took {:?}",
        begun.elapsed()
    );
    let next = live.count_tokens(&ask(""), &Context::default()).await;
    assert!(matches!(next, Err(CallError::Abandoned)));
}

#[tokio::test]
async fn a_computing_guest_lets_other_tasks_run() {
    let provider = provider(HostConfig {
        cpu_per_call: Duration::from_secs(60),
        ..small()
    });
    let mut live = provider.instantiate(&Grants::default()).await.unwrap();
    // On one thread: without yielding, the timeout could never fire.
    let (request, context) = (ask("spin"), Context::default());
    let spin = tokio::time::timeout(SHORT, live.complete(&request, &context));
    assert!(spin.await.is_err());
}

#[tokio::test]
async fn waiting_uses_up_nothing() {
    let provider = provider(HostConfig {
        cpu_per_call: Duration::from_millis(100),
        ..small()
    });
    let live = provider.instantiate(&Grants::default()).await.unwrap();
    let mut request = ask("tick");
    request.max_tokens = Some(250);
    let mut stream = live.stream(&request, &Context::default()).await.unwrap();
    let mut ticks = 0;
    while stream.next().await.unwrap().is_some() {
        ticks += 1;
    }
    assert_eq!(
        ticks, 4,
        "four waits, each longer than all that it may compute"
    );
}

#[tokio::test]
async fn memory_ends_at_the_limit() {
    let limit = 16 * 1024 * 1024;
    let provider = provider(HostConfig {
        memory_per_instance: limit,
        ..small()
    });
    let mut live = provider.instantiate(&Grants::default()).await.unwrap();
    let error = live
        .complete(&ask("grow"), &Context::default())
        .await
        .unwrap_err();
    assert!(
        matches!(error, CallError::Memory { limit: said, wanted } if said == limit && wanted > limit),
        "{error}"
    );
}

#[tokio::test]
async fn a_crash_is_a_trap_and_a_new_instance_works() {
    let provider = provider(small());
    let mut live = provider.instantiate(&Grants::default()).await.unwrap();
    let error = live
        .complete(&ask("panic"), &Context::default())
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Trap(_)), "{error}");
    let mut next = provider.instantiate(&Grants::default()).await.unwrap();
    let counted = next
        .count_tokens(&ask("").user("hello"), &Context::default())
        .await;
    assert_eq!(counted.unwrap(), 1);
}

#[tokio::test]
async fn a_call_that_was_dropped_leaves_its_instance_abandoned() {
    let provider = provider(small());
    let mut live = provider.instantiate(&Grants::default()).await.unwrap();
    let mut wait = ask("wait");
    wait.max_tokens = Some(60_000);
    let context = Context::default();
    assert!(
        tokio::time::timeout(SHORT, live.complete(&wait, &context))
            .await
            .is_err()
    );
    let next = live.count_tokens(&ask(""), &context).await;
    assert!(matches!(next, Err(CallError::Abandoned)));
}

#[tokio::test]
async fn more_instances_than_allowed_are_refused_until_one_is_dropped() {
    let provider = provider(HostConfig {
        max_instances: 2,
        ..small()
    });
    let first = provider.instantiate(&Grants::default()).await.unwrap();
    let _second = provider.instantiate(&Grants::default()).await.unwrap();
    let third = provider.instantiate(&Grants::default()).await;
    assert!(matches!(third, Err(CallError::AtCapacity)));
    drop(first);
    assert!(provider.instantiate(&Grants::default()).await.is_ok());
}

#[tokio::test]
async fn an_error_of_the_components_own_leaves_the_instance_whole() {
    let provider = provider(small());
    let mut live = provider.instantiate(&Grants::default()).await.unwrap();
    let context = Context {
        region: Some("eu-west-1".into()),
        ..Context::default()
    };
    let error = live.complete(&ask("nonsense"), &context).await.unwrap_err();
    assert!(matches!(&error, CallError::Provider(error) if error.message.contains("nonsense")));
    assert_eq!(live.resolve(&context).await.unwrap(), "eu-west-1");
}
