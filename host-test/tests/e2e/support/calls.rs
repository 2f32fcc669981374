//! Calls through the host, and their outcomes.

use super::components::provider;
use bedrock_emulator::{Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, Emulator};
use bedrock_host::http::AllowList;
use bedrock_host::types::{Chunk, Context, Error, Request, Response};
use bedrock_host::{CallError, ChunkStream, Grants};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// A model that takes everything but structured output, by the profile that it is called by.
pub(crate) const CLAUDE: &str = "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0";
/// A model that takes no `top_k`.
pub(crate) const LLAMA: &str = "bedrock/meta.llama3-1-70b-instruct-v1:0";

/// The example key in us-east-1, as a call carries it.
pub(crate) fn example_credentials() -> String {
    credentials(EXAMPLE_SECRET_ACCESS_KEY, "us-east-1")
}

/// The example key with this secret, for this region.
pub(crate) fn credentials(secret: &str, region: &str) -> String {
    serde_json::json!({
        "accessKeyId": EXAMPLE_ACCESS_KEY_ID, "secretAccessKey": secret, "region": region,
    })
    .to_string()
}

pub(crate) async fn emulator(config: Config) -> Emulator {
    Emulator::start(config).await.expect("a port on loopback")
}

/// The right to call this address, and nothing else.
pub(crate) fn reaching(endpoint: &str) -> Grants {
    Grants::outbound(AllowList::origin(endpoint).expect("an address"))
}

/// The example credentials, at this address, tried once: what goes wrong shall be seen.
pub(crate) fn calling(endpoint: &str) -> Context {
    Context {
        credentials: Some(example_credentials()),
        endpoint: Some(endpoint.to_owned()),
        max_attempts: Some(1),
        ..Context::default()
    }
}

/// A question to Claude.
pub(crate) fn ask(text: &str) -> Request {
    Request::new(CLAUDE).user(text)
}

/// The component's own error, of a call that must have failed by it.
pub(crate) fn own(error: CallError) -> Error {
    match error {
        CallError::Provider(error) => *error,
        other => panic!("not an error of the component's: {other:?}"),
    }
}

/// How soon upstream must know that its client is gone. What is cancelled in tests would otherwise never end.
const SOON: Duration = Duration::from_secs(1);

/// Wait for something that must become so soon.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    let waited = timeout(SOON, waiting).await;
    assert!(waited.is_ok(), "not soon: {what}");
}

/// `complete`, in a fresh instance that may call `context.endpoint`.
pub(crate) async fn complete(request: &Request, context: &Context) -> Result<Response, Error> {
    let grants = reaching(context.endpoint.as_deref().expect("an endpoint"));
    complete_with(&grants, request, context).await
}

/// `complete`, in a fresh instance with these rights.
pub(crate) async fn complete_with(
    grants: &Grants,
    request: &Request,
    context: &Context,
) -> Result<Response, Error> {
    let mut instance = provider()
        .instantiate(grants)
        .await
        .expect("a free instance");
    instance.complete(request, context).await.map_err(own)
}

/// `stream`, in a fresh instance that may call `context.endpoint`.
pub(crate) async fn open(request: &Request, context: &Context) -> Result<ChunkStream, Error> {
    let grants = reaching(context.endpoint.as_deref().expect("an endpoint"));
    open_with(&grants, request, context).await
}

/// `stream`, in a fresh instance with these rights.
pub(crate) async fn open_with(
    grants: &Grants,
    request: &Request,
    context: &Context,
) -> Result<ChunkStream, Error> {
    let instance = provider()
        .instantiate(grants)
        .await
        .expect("a free instance");
    instance.stream(request, context).await.map_err(own)
}

/// All chunks of a stream, and the error that ended it. Fails where anything follows the end.
pub(crate) async fn drain(mut stream: ChunkStream) -> (Vec<Chunk>, Option<Error>) {
    let mut chunks = Vec::new();
    let error = loop {
        match stream.next().await {
            Ok(Some(batch)) => {
                assert!(!batch.is_empty(), "an empty batch after {chunks:?}");
                chunks.extend(batch);
            }
            Ok(None) => break None,
            Err(error) => break Some(own(error)),
        }
    };
    for _ in 0..2 {
        let after = stream.next().await;
        assert!(matches!(after, Ok(None)), "after the end: {after:?}");
    }
    (chunks, error)
}

/// `stream`, read to its end, which must be a clean one.
pub(crate) async fn stream(request: &Request, context: &Context) -> Result<Vec<Chunk>, Error> {
    let (chunks, error) = drain(open(request, context).await?).await;
    match error {
        None => Ok(chunks),
        Some(error) => Err(error),
    }
}
