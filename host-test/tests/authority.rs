//! An instance reaches what it was granted, and nothing else.

mod support;

use bedrock_host::http::AllowList;
use bedrock_host::types::{ContentBlock, Context, CostLimits, UnknownPrice};
use bedrock_host::{CallError, Grants, HostError, MemoryLedger, Preopen, inspect};
use std::sync::Arc;
use support::{ask, code, guest, instance, listen, provider, reaching, small, to};

async fn answer(grants: &Grants, behaviour: &str) -> String {
    answer_in(grants, behaviour, &Context::default()).await
}

async fn answer_in(grants: &Grants, behaviour: &str, context: &Context) -> String {
    let response = instance(grants)
        .await
        .complete(&ask(behaviour), context)
        .await;
    match response.unwrap().content.into_iter().next() {
        Some(ContentBlock::Text(block)) => block.text,
        other => panic!("no text: {other:?}"),
    }
}

#[tokio::test]
async fn a_host_that_is_not_on_the_list_is_denied_before_a_connection() {
    let (listener, url) = listen().await;
    let elsewhere = Grants::outbound(AllowList::aws());
    for grants in [Grants::default(), elsewhere] {
        let error = instance(&grants)
            .await
            .complete(&ask("fetch"), &to(&url))
            .await;
        assert!(code(error.unwrap_err()).contains("HttpRequestDenied"));
    }
    let connection = tokio::time::timeout(support::SHORT, listener.accept()).await;
    assert!(connection.is_err(), "a denied request opened a connection");
}

#[tokio::test]
async fn another_port_of_an_allowed_host_is_denied() {
    let (_listener, url) = listen().await;
    let error = instance(&reaching("http://127.0.0.1:1"))
        .await
        .complete(&ask("fetch"), &to(&url))
        .await;
    assert!(code(error.unwrap_err()).contains("HttpRequestDenied"));
}

#[tokio::test]
async fn the_environment_is_the_granted_one_alone() {
    assert_eq!(answer(&Grants::default(), "environment").await, "[]");
    let grants = Grants {
        environment: vec![("AWS_REGION".into(), "eu-west-1".into())],
        ..Grants::default()
    };
    assert_eq!(
        answer(&grants, "environment").await,
        r#"[("AWS_REGION", "eu-west-1")]"#
    );
}

/// Of a user who may spend 100 in a day, 60 at a time.
fn limited(user: &str) -> Context {
    Context {
        user: Some(user.into()),
        cost_limits: Some(CostLimits {
            per_request: Some(60),
            per_day: Some(100),
            per_month: None,
            unknown_price: UnknownPrice::Deny,
        }),
        ..Context::default()
    }
}

#[tokio::test]
async fn the_ledger_is_the_granted_one_and_a_dropped_reservation_stays_spent() {
    let ledger = Arc::new(MemoryLedger::default());
    let grants = Grants {
        ledger: Some(ledger.clone()),
        ..Grants::default()
    };
    let table = [
        ("ann", "settle", "settled", 30),
        ("ann", "reserve", "reserved", 90),
        ("ann", "reserve", "account 0: 90 spent", 90),
        ("bob", "reserve", "reserved", 60),
    ];
    for (user, behaviour, said, spent) in table {
        assert_eq!(answer_in(&grants, behaviour, &limited(user)).await, said);
        assert_eq!(ledger.spent(user, "2026-11-23"), spent, "{behaviour}");
    }
}

#[tokio::test]
async fn without_a_ledger_nothing_is_reserved_and_the_reason_names_the_setting() {
    let said = answer_in(&Grants::default(), "reserve", &limited("ann")).await;
    assert!(said.contains("Grants::ledger"), "{said}");
}

#[tokio::test]
async fn folders_are_the_granted_ones_and_cannot_be_written_to() {
    assert_eq!(answer(&Grants::default(), "folders").await, "[]");
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let grants = Grants {
        folders: vec![Preopen {
            host: folder.clone(),
            guest: "/granted".into(),
        }],
        ..Grants::default()
    };
    assert_eq!(answer(&grants, "folders").await, r#"["/granted"]"#);
    let refused = answer(&grants, "write").await;
    assert!(refused.contains("not-permitted"), "{refused}");
    assert!(!folder.join("new").exists());
}

#[tokio::test]
async fn a_granted_folder_that_is_missing_is_named() {
    let grants = Grants {
        folders: vec![Preopen {
            host: "/no/such/folder".into(),
            guest: "/x".into(),
        }],
        ..Grants::default()
    };
    let error = provider(small()).instantiate(&grants).await.err();
    assert!(matches!(error, Some(CallError::Preopen { path, .. }) if path.ends_with("folder")));
}

#[test]
fn the_credential_chain_is_granted_its_variables_folders_and_hosts() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let grants = Grants::credential_chain_of(|name| {
        Some(match name {
            "AWS_REGION" => "eu-west-1".into(),
            "AWS_WEB_IDENTITY_TOKEN_FILE" => format!("{folder}/token").into(),
            "AWS_CONTAINER_CREDENTIALS_FULL_URI" => "http://localhost:8080/creds".into(),
            "HOME" => "/no/such/home".into(),
            // Not a variable of the chain's; it must not be asked for, nor passed on.
            "PATH" => "/bin".into(),
            _ => return None,
        })
    });
    let names: Vec<_> = grants
        .environment
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_REGION",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "HOME"
        ]
    );
    assert_eq!(
        grants.folders,
        [Preopen {
            host: folder.into(),
            guest: folder.into()
        }]
    );
    for (uri, allowed) in [
        (
            "https://bedrock-runtime.eu-west-1.amazonaws.com/model/x/converse",
            true,
        ),
        ("http://169.254.169.254/latest/api/token", true),
        ("http://localhost:8080/creds", true),
        ("http://localhost:8081/creds", false),
        ("https://example.com/", false),
    ] {
        assert_eq!(
            grants.outbound.allows(&uri.parse().unwrap()),
            allowed,
            "{uri}"
        );
    }
    let debug = format!("{grants:?}");
    assert!(
        debug.contains("AWS_REGION") && !debug.contains("eu-west-1"),
        "{debug}"
    );
}

#[test]
fn what_is_no_provider_is_refused_when_it_is_loaded() {
    let host = bedrock_host::Host::new(small()).unwrap();
    let empty_component = b"\0asm\x0d\0\x01\0";
    assert!(matches!(
        host.load_bytes(b"junk").err(),
        Some(HostError::Compile(_))
    ));
    assert!(matches!(
        host.load_bytes(empty_component).err(),
        Some(HostError::World(_))
    ));
    assert!(matches!(
        host.load("/no/such.wasm").err(),
        Some(HostError::Read { .. })
    ));
}

#[test]
fn a_component_lists_its_imports_and_exports() {
    let found = inspect::inspect(&std::fs::read(guest()).unwrap()).unwrap();
    let imports: Vec<_> = found
        .imports
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    assert!(
        imports.contains(&"wasi:http/outgoing-handler@0.2.6"),
        "{imports:?}"
    );
    assert!(
        !imports.iter().any(|name| name.contains("sockets")),
        "{imports:?}"
    );
    let exports: Vec<_> = found
        .exports
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    assert!(
        exports.contains(&"llm:provider/provider@0.1.0"),
        "{exports:?}"
    );
    assert!(found.core_modules.iter().sum::<u64>() < found.bytes as u64);
}
