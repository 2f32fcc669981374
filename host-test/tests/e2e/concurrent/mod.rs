//! The provider for WASI 0.3: the same answers, and many calls at once in one instance.

mod cancelled;
mod credentials;
mod many;
mod same;
mod streaming;
mod time;

use crate::support::calls::{own, reaching};
use crate::support::components::concurrent_provider;
use bedrock_emulator::Emulator;
use bedrock_host::concurrent::{ChunkStream, Instance};
use bedrock_host::types::{Chunk, Error};

const TEXT: &str = "A text of some length, so that it takes more than four deltas to be told.";

/// A fresh instance that may call this emulator.
async fn instance(emulator: &Emulator) -> Instance {
    instance_reaching(&emulator.url()).await
}

/// A fresh instance that may call this address.
async fn instance_reaching(url: &str) -> Instance {
    let instance = concurrent_provider().instantiate(&reaching(url)).await;
    instance.expect("a free instance")
}

/// All chunks of a stream, and the error that ended it. Fails where anything follows the end.
async fn drain(mut stream: ChunkStream) -> (Vec<Chunk>, Option<Error>) {
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
    let after = stream.next().await;
    assert!(matches!(after, Ok(None)), "after the end: {after:?}");
    (chunks, error)
}
