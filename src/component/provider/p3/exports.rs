//! What the world with WASI 0.3 exports: the interfaces `provider-async` and `credential-chain-async`.

use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamResult, StreamWriter};

use super::{First, instant, race, sleep_until};
use crate::canonical::{Chunk, Context, Error, ErrorKind, Request, Response};
use crate::component::Component;
use crate::component::provider::{Stream, complete, count_tokens, resolve};
use crate::driver::deadline;
use crate::world::exports::llm::provider_async::{credential_chain_async, provider_async};
use crate::world::{wit_future, wit_stream};

/// How often a silent stream looks whether anybody still reads it, in milliseconds: a reader that goes away is told to
/// who writes, and to nobody else.
const LOOK_MS: u64 = 250;

/// How a stream ended.
type Ended = Result<(), Error>;

impl provider_async::Guest for Component {
    async fn complete(request: Request, context: Context) -> Result<Response, Error> {
        complete(request, context).await
    }

    async fn stream(
        request: Request,
        context: Context,
    ) -> Result<(StreamReader<Chunk>, FutureReader<Ended>), Error> {
        let stream = Stream::open(request, context).await?;
        let (writer, chunks) = wit_stream::new();
        let (end, ended) = wit_future::new(|| {
            Err(Error::new(
                ErrorKind::Cancelled,
                "the stream was dropped before its end",
            ))
        });
        wit_bindgen::spawn_local(pump(stream, writer, end));
        Ok((chunks, ended))
    }

    async fn count_tokens(request: Request, context: Context) -> Result<u64, Error> {
        count_tokens(request, context).await
    }
}

impl credential_chain_async::Guest for Component {
    async fn resolve(context: Context) -> Result<String, Error> {
        resolve(context).await
    }
}

/// Hand on what comes, as fast as it is taken, and then how it ended. Where nobody takes it any more, the answer is
/// dropped, and with it the call upstream.
async fn pump(mut stream: Stream, mut chunks: StreamWriter<Chunk>, end: FutureWriter<Ended>) {
    let ended = loop {
        match next_if_read(&mut stream, &mut chunks).await {
            Some(Ok(Some(batch))) => {
                if !chunks.write_all(batch).await.is_empty() {
                    return;
                }
            }
            Some(Ok(None)) => break Ok(()),
            Some(Err(error)) => break Err(error),
            None => return,
        }
    };
    drop(chunks);
    // Whoever does not want to know it has dropped the future.
    drop(end.write(ended).await);
}

/// The next chunks; none where nobody reads the stream any more.
async fn next_if_read(
    stream: &mut Stream,
    chunks: &mut StreamWriter<Chunk>,
) -> Option<Result<Option<Vec<Chunk>>, Error>> {
    let mut next = pin!(stream.next());
    loop {
        let look = sleep_until(deadline::later(instant(), LOOK_MS));
        match race(next.as_mut(), pin!(look)).await {
            First::Left(next) => return Some(next),
            First::Right(()) if is_dropped(chunks) => return None,
            First::Right(()) => {}
        }
    }
}

/// Whether the reader is gone. A write of nothing tells, and is taken back where the reader is only busy.
fn is_dropped(chunks: &mut StreamWriter<Chunk>) -> bool {
    let mut nothing = pin!(chunks.write(Vec::new()));
    let result = match nothing
        .as_mut()
        .poll(&mut TaskContext::from_waker(Waker::noop()))
    {
        Poll::Ready((result, _)) => result,
        Poll::Pending => nothing.cancel().0,
    };
    result == StreamResult::Dropped
}
