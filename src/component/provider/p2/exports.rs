//! What the worlds with WASI 0.2 export: the interfaces `provider` and `credential-chain`.

use std::cell::RefCell;

use super::super::{Stream, complete, count_tokens, resolve};
use crate::canonical::{Chunk, Context, Error, Request, Response};
use crate::component::Component;
use crate::world::exports::llm::provider::{credential_chain, provider};
use crate::world::wasi::io::poll::Pollable;

impl provider::Guest for Component {
    type ChunkStream = ChunkStream;

    fn complete(request: Request, context: Context) -> Result<Response, Error> {
        complete(request, context)
    }

    fn stream(request: Request, context: Context) -> Result<provider::ChunkStream, Error> {
        let stream = Stream::open(request, context)?;
        Ok(provider::ChunkStream::new(ChunkStream(RefCell::new(
            stream,
        ))))
    }

    fn count_tokens(request: Request, context: Context) -> Result<u64, Error> {
        count_tokens(request, context)
    }
}

impl credential_chain::Guest for Component {
    fn resolve(context: Context) -> Result<String, Error> {
        resolve(context)
    }
}

/// The resource `chunk-stream`; dropping it drops the answer, and so ends the call upstream.
pub(crate) struct ChunkStream(RefCell<Stream>);

impl provider::GuestChunkStream for ChunkStream {
    fn next(&self) -> Result<Option<Vec<Chunk>>, Error> {
        self.0.borrow_mut().next()
    }

    fn subscribe(&self) -> Pollable {
        self.0.borrow().subscribe()
    }
}
