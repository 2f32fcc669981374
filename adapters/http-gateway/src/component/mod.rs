//! The shell: a request in by `wasi:http/incoming-handler`, the call to the provider, the answer out.
//!
//! Thin on purpose: it moves bytes and waits. Every rule is in `llm-gateway`.

mod clock;
mod receive;
mod reply;

use std::rc::Rc;

use bedrock_provider::exchange::Operation;
use llm_gateway::body::Held;
use llm_gateway::exchange::{Event, Exchange, Question, Step};
use llm_gateway::models::Listed;
use llm_gateway::request_id;
use llm_gateway::settings::Settings;

use crate::world::exports::wasi::http::incoming_handler::Guest;
use crate::world::llm::provider::provider::{self, ChunkStream};
use crate::world::wasi::cli::environment::get_environment;
use crate::world::wasi::cli::stderr::get_stderr;
use crate::world::wasi::http::types::{IncomingRequest, ResponseOutparam};
use crate::world::wasi::random::random::get_random_u64;
use clock::Stopwatch;
use receive::Body;
use reply::Reply;

struct Component;

/// How long the host's log may take a line, in milliseconds.
const LOG_MS: u32 = 1000;

thread_local! {
    /// Of all requests of this instance.
    static HELD: Held = Held::default();
}

/// The world's exports themselves, which only generated code can declare.
#[allow(unsafe_code, unreachable_pub, reason = "generated")]
mod exports {
    use super::Component;
    use crate::world;

    world::export!(Component with_types_in world);
}

impl Guest for Component {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let clock = Stopwatch::start();
        let settings = Rc::new(Settings::read(get_environment()));
        let head = receive::head(&request);
        let random = [get_random_u64(), get_random_u64()];
        let id = request_id::choose(head.header("x-request-id"), random);
        let mut exchange = Exchange::new(settings, &HELD.with(Held::clone), head, id);
        let mut body = Body::new(request);
        let mut stream = None;
        let mut reply = Reply::new(out);
        loop {
            match exchange.next(clock.now()) {
                Step::ReadBody(until) => body.read(&mut exchange, clock.instant(until)),
                Step::ListModels => exchange.on(Event::Models(models())),
                Step::Ask(question) => stream = ask(&question, &mut exchange),
                Step::Wait => wait(stream.as_ref(), &mut exchange),
                Step::Begin(start) if reply.begin(&start).is_ok() => {}
                Step::Write(text, within) if reply.write(text.as_bytes(), within).is_ok() => {}
                Step::Begin(_) | Step::Write(..) => exchange.on(Event::Gone),
                Step::Done(line) => {
                    // A client that is gone ends the call upstream.
                    drop(stream);
                    reply.finish();
                    if let Some(line) = line {
                        let _ = reply::write(&get_stderr(), line.as_bytes(), LOG_MS);
                    }
                    return;
                }
            }
        }
    }
}

/// The provider's own models.
#[cfg(feature = "models")]
fn models() -> Vec<Listed> {
    let models = crate::world::llm::provider::models::list_models();
    let listed = models.into_iter().map(|model| Listed {
        id: model.id,
        display_name: model.family,
        profiles: model.inference_profiles,
    });
    listed.collect()
}

/// The names in the settings are all there are.
#[cfg(not(feature = "models"))]
fn models() -> Vec<Listed> {
    Vec::new()
}

fn ask(question: &Question, exchange: &mut Exchange) -> Option<ChunkStream> {
    let Question {
        operation,
        request,
        context,
    } = question;
    let (event, stream) = match operation {
        Operation::CountTokens => match provider::count_tokens(request, context) {
            Ok(tokens) => (Event::Counted(tokens), None),
            Err(error) => (Event::Failed(error), None),
        },
        Operation::Complete => match provider::complete(request, context) {
            Ok(response) => (Event::Answered(Box::new(response)), None),
            Err(error) => (Event::Failed(error), None),
        },
        Operation::Stream => match provider::stream(request, context) {
            Ok(stream) => (Event::Opened, Some(stream)),
            Err(error) => (Event::Failed(error), None),
        },
    };
    exchange.on(event);
    stream
}

fn wait(stream: Option<&ChunkStream>, exchange: &mut Exchange) {
    match stream.map(ChunkStream::next) {
        Some(Ok(Some(chunks))) => exchange.on(Event::Chunks(&chunks)),
        Some(Ok(None)) => exchange.on(Event::Ended),
        Some(Err(error)) => exchange.on(Event::Failed(error)),
        // The provider has answered: there is nothing to wait for.
        None => exchange.on(Event::Gone),
    }
}
