//! One call, as the instance's task takes it on.

use super::bindings::Provider;
use super::slot::{self, Reader};
use crate::CallError;
use crate::cpu::Meter;
use crate::state::State;
use crate::types::{Context, Request, Response};
use std::sync::Arc;
use tokio::sync::oneshot;
use wasmtime::component::{Accessor, AccessorTask};

/// Where an answer goes. Where nobody waits for it any more, it is dropped.
pub(super) type Reply<T> = oneshot::Sender<Result<T, CallError>>;

/// What is asked.
pub(super) enum Question {
    Complete(Request, Context, Reply<Response>),
    Stream(Request, Context, Reply<Reader>),
    CountTokens(Request, Context, Reply<u64>),
    Resolve(Context, Reply<String>),
}

/// A question to this instance.
pub(super) struct Job {
    pub(super) question: Question,
    pub(super) exports: Arc<Provider>,
    pub(super) meter: Arc<Meter>,
}

impl AccessorTask<State> for Job {
    async fn run(self, accessor: &Accessor<State>) -> wasmtime::Result<()> {
        let Job {
            question,
            exports,
            meter,
        } = self;
        let _call = meter.call();
        let provider = exports.llm_provider_async_provider_async();
        match question {
            Question::Complete(request, context, reply) => {
                let answer = provider.call_complete(accessor, request, context).await?;
                tell(reply, answer.map_err(CallError::from));
            }
            Question::Stream(request, context, reply) => {
                let answer = provider.call_stream(accessor, request, context).await?;
                let stream = match answer {
                    Err(error) => Err(error.into()),
                    Ok((chunks, end)) => {
                        let (into_chunks, into_end, reader) = slot::slot(&meter);
                        accessor.with(|mut store| {
                            chunks.pipe(&mut store, into_chunks)?;
                            end.pipe(&mut store, into_end)
                        })?;
                        Ok(reader)
                    }
                };
                tell(reply, stream);
            }
            Question::CountTokens(request, context, reply) => {
                let count = provider
                    .call_count_tokens(accessor, request, context)
                    .await?;
                tell(reply, count.map_err(CallError::from));
            }
            Question::Resolve(context, reply) => {
                let chain = exports.llm_provider_async_credential_chain_async();
                let text = chain.call_resolve(accessor, context).await?;
                tell(reply, text.map_err(CallError::from));
            }
        }
        meter.restart();
        Ok(())
    }
}

fn tell<T>(reply: Reply<T>, answer: Result<T, CallError>) {
    drop(reply.send(answer));
}
