//! The shell: a request in by `wasi:http/incoming-handler`, the call to the provider, the answer out.
//!
//! Thin on purpose: it moves bytes and waits. Every rule is in the rooms beside it.

mod clock;
mod receive;
mod reply;

use bedrock_provider::canonical::{Chunk, Error};
use llm_dialects::{Dialect, Encoder, anthropic};

use crate::body::Body;
use crate::call::{self, Call};
use crate::gateway::{self, Begun, Operation};
use crate::http::{Answer, Head};
use crate::log::Record;
use crate::models::Listed;
use crate::settings::Settings;
use crate::world::exports::wasi::http::incoming_handler::Guest;
use crate::world::llm::provider::provider::{self, ChunkStream};
use crate::world::wasi::cli::environment::get_environment;
use crate::world::wasi::cli::stderr::get_stderr;
use crate::world::wasi::http::types::{IncomingRequest, ResponseOutparam};
use crate::world::wasi::random::random::get_random_u64;
use crate::{request_id, route};
use clock::Clock;
use reply::Reply;

struct Component;

/// The world's exports themselves, which only generated code can declare.
#[allow(unsafe_code, unreachable_pub, reason = "generated")]
mod exports {
    use super::Component;
    use crate::world;

    world::export!(Component with_types_in world);
}

impl Guest for Component {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let clock = Clock::start();
        let settings = Settings::read(get_environment());
        let head = receive::head(&request);
        let dialect = route::dialect(&head);
        let mut record = Record::of(request_id::choose(
            head.header("x-request-id"),
            [get_random_u64(), get_random_u64()],
        ));
        let reply = Reply::new(out, &head, &record.request_id);
        match gateway::begin(&head, dialect, &settings, &mut record) {
            Begun::Answer(answer) => reply.whole(&answer, &mut record),
            Begun::Models(settings) => {
                let answer = gateway::list(&head, dialect, settings, told(), &mut record);
                reply.whole(&answer, &mut record);
            }
            Begun::Ask(settings, operation, caller) => {
                let asking = Asking {
                    head: &head,
                    dialect,
                    settings,
                    clock: &clock,
                };
                asking.serve(operation, caller, request, reply, &mut record);
            }
        }
        if gateway::is_logged(&settings, &record) {
            record.time_ns = clock::wall_ns();
            record.duration_ns = clock.elapsed_ns();
            let _ = reply::write(&get_stderr(), record.line().as_bytes());
        }
    }
}

/// The provider's own models.
#[cfg(feature = "models")]
fn told() -> impl Iterator<Item = Listed> {
    let models = crate::world::llm::provider::models::list_models();
    models.into_iter().map(|model| Listed {
        id: model.id,
        display_name: model.family,
        profiles: model.inference_profiles,
    })
}

/// The names in the settings are all there are.
#[cfg(not(feature = "models"))]
fn told() -> impl Iterator<Item = Listed> {
    std::iter::empty()
}

/// A call, and what it is served by.
struct Asking<'a> {
    head: &'a Head,
    dialect: Dialect,
    settings: &'a Settings,
    clock: &'a Clock,
}

/// What the provider said.
enum Told {
    Whole(Answer),
    Stream(ChunkStream, Encoder),
}

impl Asking<'_> {
    fn serve(
        &self,
        operation: Operation,
        caller: Option<String>,
        request: IncomingRequest,
        reply: Reply,
        record: &mut Record,
    ) {
        match self.ask(operation, caller, request, record) {
            Ok(Told::Whole(answer)) => reply.whole(&answer, record),
            Ok(Told::Stream(stream, encoder)) => self.pump(stream, encoder, reply, record),
            Err(error) => {
                let error = gateway::fail(error, self.head, self.settings, record);
                let answer = Answer::error(self.dialect, &error, &record.request_id);
                reply.whole(&answer, record);
            }
        }
    }

    fn ask(
        &self,
        operation: Operation,
        caller: Option<String>,
        request: IncomingRequest,
        record: &mut Record,
    ) -> Result<Told, Error> {
        let mut body = Body::new(self.head, self.settings.max_body_bytes)?;
        receive::body(request, &mut body)?;
        let Call {
            request,
            context,
            is_stream,
            telling,
        } = call::understand(
            self.dialect,
            operation,
            self.head,
            &body.into_bytes(),
            self.settings,
            caller,
            clock::wall_ns() / 1_000_000_000,
        )?;
        record.model.clone_from(&request.model);
        record.warned(&telling.warnings);
        let locate = |error| telling.locate(error);
        match operation {
            Operation::CountTokens => {
                let tokens = provider::count_tokens(&request, &context).map_err(locate)?;
                Ok(Told::Whole(Answer::json(anthropic::write_count(tokens))))
            }
            Operation::Chat if is_stream => {
                record.is_stream = true;
                let stream = provider::stream(&request, &context).map_err(locate)?;
                Ok(Told::Stream(stream, self.dialect.encoder(telling)))
            }
            Operation::Chat => {
                let response = provider::complete(&request, &context).map_err(locate)?;
                record.answered(&response);
                let body = self.dialect.write_response(&response, &telling);
                Ok(Told::Whole(Answer::json(body)))
            }
        }
    }

    /// Hand each batch of chunks on as it comes. The status is out by now: an error is told by the dialect's event, behind
    /// which its end of a whole answer never comes. The body itself is finished then: hosts that see it cut off drop what
    /// they have not sent yet, the event with it. A client that is gone ends the call upstream: the stream is dropped.
    fn pump(&self, stream: ChunkStream, mut encoder: Encoder, reply: Reply, record: &mut Record) {
        let Some(mut body) = reply.begin_stream(record) else {
            return record.left();
        };
        let mut events = String::new();
        loop {
            let next = stream.next();
            let (is_over, is_broken) = match next {
                Ok(Some(chunks)) => {
                    record
                        .first_chunk_ns
                        .get_or_insert_with(|| self.clock.elapsed_ns());
                    let mut each = |chunk: &Chunk| {
                        record.saw(chunk);
                        encoder.push(chunk, &mut events);
                    };
                    chunks.iter().for_each(&mut each);
                    (false, false)
                }
                Ok(None) => (true, false),
                Err(error) => {
                    let error = gateway::fail(error, self.head, self.settings, record);
                    encoder.fail(&error, &record.request_id, &mut events);
                    (true, true)
                }
            };
            if body.write(events.as_bytes()).is_err() {
                if !is_broken {
                    record.left();
                }
                return;
            }
            events.clear();
            if is_over {
                return body.finish();
            }
        }
    }
}
