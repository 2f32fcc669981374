//! The interface `provider`, over the provider that is imported.

use crate::world::exports::llm::provider::provider::{ChunkStream, Guest, GuestChunkStream};
use crate::world::llm::provider::provider as behind;
use crate::world::llm::provider::types::{Chunk, Context, Error, Request, Response, Warning};
use crate::world::wasi::io::poll::Pollable;

struct Component;

/// The world's exports themselves, which only generated code can declare.
#[allow(unsafe_code, unreachable_pub, reason = "generated")]
mod exports {
    use super::Component;
    use crate::world;

    world::export!(Component with_types_in world);
}

impl Guest for Component {
    type ChunkStream = Routed;

    fn complete(request: Request, context: Context) -> Result<Response, Error> {
        let (mut response, warnings) = route(request, |asked| behind::complete(asked, &context))?;
        response.warnings.extend(warnings);
        Ok(response)
    }

    fn stream(request: Request, context: Context) -> Result<ChunkStream, Error> {
        let (stream, warnings) = route(request, |asked| behind::stream(asked, &context))?;
        Ok(ChunkStream::new(Routed {
            stream,
            warnings: warnings.into(),
        }))
    }

    fn count_tokens(request: Request, context: Context) -> Result<u64, Error> {
        Ok(route(request, |asked| behind::count_tokens(asked, &context))?.0)
    }
}

/// Asks one model after the other, until one answers or an error says that another attempt is of no use.
fn route<T>(
    request: Request,
    ask: impl Fn(&Request) -> Result<T, Error>,
) -> Result<(T, Option<Warning>), Error> {
    let (provider, models) = request.model.split_once('/').unwrap_or_default();
    let mut models: Vec<String> = models
        .split('|')
        .map(|model| format!("{provider}/{model}"))
        .collect();
    let last = models.pop().unwrap_or_default();
    let mut failed = None;
    let mut asked = request;
    for model in models {
        asked.model = model;
        match ask(&asked) {
            Err(error) if error.retryable => failed = Some(error),
            answer => return Ok((answer?, failed.as_ref().map(rerouted))),
        }
    }
    asked.model = last;
    Ok((ask(&asked)?, failed.as_ref().map(rerouted)))
}

fn rerouted(error: &Error) -> Warning {
    Warning {
        code: "rerouted".into(),
        path: "model".into(),
        message: format!("a model failed; the next was called: {}", error.message),
        ..Warning::default()
    }
}

/// The stream behind, with a warning in its first chunk.
pub(crate) struct Routed {
    stream: behind::ChunkStream,
    warnings: std::cell::Cell<Option<Warning>>,
}

impl GuestChunkStream for Routed {
    fn next(&self) -> Result<Option<Vec<Chunk>>, Error> {
        let mut chunks = self.stream.next()?;
        for chunk in chunks.iter_mut().flatten() {
            if let Chunk::MessageStart(start) = chunk {
                start.warnings.extend(self.warnings.take());
            }
        }
        Ok(chunks)
    }

    fn subscribe(&self) -> Pollable {
        self.stream.subscribe()
    }
}

/// What a caller sets a few fields of has a default; the world's list of derives is tried here.
const fn has_default<T: Default>() {}
const _: () = {
    has_default::<Request>();
    has_default::<Context>();
};
