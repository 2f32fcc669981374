//! A component of the world `bedrock-provider-ledger` that does what a test asks of it: the request's model says what, the
//! context's endpoint where.

mod fetch;
mod spend;

wit_bindgen::generate!({ path: ["../../../wit", "../../../wit/bedrock"], world: "llm:provider-bedrock/bedrock-provider-ledger", generate_all });

use exports::llm::provider::provider::ChunkStream;
use exports::llm::provider::types::{
    Chunk, ContentBlock, ContentBlockDelta, Context, Cost, Delta, Error, ErrorKind, Request,
    Response, StopReason, TextBlock, Usage, Warning,
};
use exports::llm::provider::{credential_chain, credentials, models, pricing, provider};
use std::cell::RefCell;
use wasi::clocks::monotonic_clock::subscribe_duration;
use wasi::io::poll::Pollable;

struct Guest;

impl provider::Guest for Guest {
    type ChunkStream = Answer;

    fn complete(request: Request, context: Context) -> Result<Response, Error> {
        let text = match request.model.as_str() {
            "fetch" => fetch::all(&context)?,
            "spin" => loop {
                std::hint::black_box(0);
            },
            "wait" => {
                subscribe_duration(u64::from(request.max_tokens.unwrap_or(0)) * 1_000_000).block();
                "waited".to_owned()
            }
            "grow" => {
                let mut held = Vec::new();
                loop {
                    held.push(std::hint::black_box(vec![1_u8; 1 << 20]));
                }
            }
            "environment" => format!("{:?}", wasi::cli::environment::get_environment()),
            "folders" => {
                let folders = wasi::filesystem::preopens::get_directories();
                format!(
                    "{:?}",
                    folders
                        .into_iter()
                        .map(|(_, name)| name)
                        .collect::<Vec<_>>()
                )
            }
            "write" => write(),
            "reserve" => spend::reserve(&context),
            "settle" => spend::settle(&context),
            "request" => format!(
                "{request:?} strict: {} limits: {:?}",
                context.strict, context.cost_limits
            ),
            "cost" => {
                let cost = Cost {
                    input: 3_000_000,
                    output: 15_000_000,
                    cache_read: 0,
                    cache_creation: 0,
                    total: 18_000_000,
                };
                return Ok(Response {
                    cost: Some(cost),
                    ..response("dear".into())
                });
            }
            "warn" => {
                return Ok(Response {
                    warnings: vec![Warning {
                        code: "ignored".into(),
                        path: "top_k".into(),
                        message: "as the test asked".into(),
                        lossy: true,
                    }],
                    ..response("warned".into())
                });
            }
            "panic" => panic!("as the test asked"),
            other => return Err(error(format!("no such behaviour: {other}"))),
        };
        Ok(response(text))
    }

    fn stream(request: Request, context: Context) -> Result<ChunkStream, Error> {
        let source = match request.model.as_str() {
            "fetch" => Source::Body(fetch::open(&context)?),
            "tick" => Source::Ticks {
                left: 4,
                between_ms: u64::from(request.max_tokens.unwrap_or(0)),
            },
            other => return Err(error(format!("no such behaviour: {other}"))),
        };
        Ok(ChunkStream::new(Answer(RefCell::new(source))))
    }

    fn count_tokens(request: Request, _: Context) -> Result<u64, Error> {
        Ok(request.messages.len() as u64)
    }
}

enum Source {
    Body(fetch::Body),
    Ticks { left: u32, between_ms: u64 },
}

struct Answer(RefCell<Source>);

impl provider::GuestChunkStream for Answer {
    fn next(&self) -> Result<Option<Vec<Chunk>>, Error> {
        let text = match &mut *self.0.borrow_mut() {
            Source::Body(body) => body.read()?,
            Source::Ticks { left: 0, .. } => None,
            Source::Ticks { left, between_ms } => {
                subscribe_duration(*between_ms * 1_000_000).block();
                *left -= 1;
                Some("tick".to_owned())
            }
        };
        Ok(text.map(|text| {
            vec![Chunk::ContentBlockDelta(ContentBlockDelta {
                index: 0,
                delta: Delta::TextDelta(text),
            })]
        }))
    }

    fn subscribe(&self) -> Pollable {
        subscribe_duration(0)
    }
}

impl credential_chain::Guest for Guest {
    fn resolve(context: Context) -> Result<String, Error> {
        Ok(context.region.unwrap_or_default())
    }
}

impl credentials::Guest for Guest {
    fn encode(credentials: credentials::AwsCredentials) -> String {
        credentials.region
    }

    fn decode(text: String) -> Result<credentials::AwsCredentials, Error> {
        Err(error(text))
    }
}

/// It knows one model, and that by any name but none.
impl models::Guest for Guest {
    fn list_models() -> Vec<models::Model> {
        vec![model("test")]
    }

    fn describe(name: String, _: Context) -> Result<models::Model, Error> {
        match name.as_str() {
            "" => Err(error("no name".into())),
            name => Ok(model(name)),
        }
    }

    fn inference_profiles(name: String, region: String) -> Result<Vec<String>, Error> {
        Ok(vec![format!("{region}.{name}")])
    }
}

/// It knows no price.
impl pricing::Guest for Guest {
    fn price_of(_: String, _: String, _: Context) -> Result<Option<pricing::Price>, Error> {
        Ok(None)
    }

    fn cost_of(_: String, _: String, _: Usage, _: Context) -> Result<Option<Cost>, Error> {
        Ok(None)
    }

    fn estimate(_: Request, _: Context) -> Result<Option<Cost>, Error> {
        Ok(None)
    }
}

fn model(id: &str) -> models::Model {
    models::Model {
        id: id.to_owned(),
        family: "Test".into(),
        max_input_tokens: Some(1000),
        max_output_tokens: None,
        inference_profiles: vec![format!("us.{id}"), format!("eu.{id}")],
        deprecation_date: None,
        capabilities: r#"{"tools":true}"#.into(),
    }
}

fn write() -> String {
    use wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
    let (folder, _) = wasi::filesystem::preopens::get_directories().remove(0);
    let opened = folder.open_at(
        PathFlags::empty(),
        "new",
        OpenFlags::CREATE,
        DescriptorFlags::WRITE,
    );
    match opened {
        Ok(_) => "written".to_owned(),
        Err(code) => format!("{code:?}"),
    }
}

fn error(message: String) -> Error {
    Error {
        extensions: None,
        kind: ErrorKind::Connection,
        message,
        path: None,
        code: None,
        status: None,
        request_id: None,
        retryable: false,
        retry_after_ms: None,
        usage: None,
    }
}

fn response(text: String) -> Response {
    Response {
        id: "msg_test".into(),
        model: "test".into(),
        content: vec![ContentBlock::Text(TextBlock {
            text,
            citations: Vec::new(),
            cache_control: None,
        })],
        stop_reason: StopReason::EndTurn,
        stop_sequence: None,
        usage: Usage {
            input_tokens: 1,
            output_tokens: 1,
            cache_read_input_tokens: 0,
            cache_creation_input_tokens: 0,
            cache_creation: None,
            service_tier: None,
            extensions: None,
        },
        cost: None,
        warnings: Vec::new(),
        provider_metadata: None,
    }
}

export!(Guest);
