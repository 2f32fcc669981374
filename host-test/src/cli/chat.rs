//! `bedrock-host chat`.

use super::component::Component;
use super::question::Question;
use super::{INTERRUPTED, emulator};
use crate::http::AllowList;
use crate::money;
use crate::render::{self, Timing, Transcript};
use crate::types::{Chunk, Context, CostLimits, Request, UnknownPrice};
use crate::{CallError, Grants, Host, HostConfig, Instance};
use anyhow::Context as _;
use bedrock_emulator::Emulator;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

/// Either of these says that there are credentials which the component can read.
const CREDENTIAL_SIGNS: &[&str] = &["AWS_ACCESS_KEY_ID", "AWS_BEARER_TOKEN_BEDROCK"];

/// Either of these gives another address than AWS's own; whoever sets it wants it called.
const ENDPOINTS: &[&str] = &["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"];

/// The arguments of `chat`.
#[derive(clap::Args)]
pub(super) struct Chat {
    #[command(flatten)]
    question: Question,
    #[command(flatten)]
    component: Component,
    /// The AWS region to call.
    #[arg(long)]
    region: Option<String>,
    /// Fail, and send nothing, where something that is asked for would be left out.
    #[arg(long)]
    strict: bool,
    /// Fail, and send nothing, where the answer may cost more than this, in USD.
    #[arg(long, value_name = "USD", value_parser = money::pico)]
    max_cost: Option<u64>,
    /// Wait for the whole answer.
    #[arg(long)]
    no_stream: bool,
    /// Print chunks, or the whole answer, as lines of JSON and nothing else.
    #[arg(long)]
    json: bool,
}

/// Where the call goes, and with which rights.
struct Destination {
    context: Context,
    grants: Grants,
    /// Runs for as long as it is held.
    emulator: Option<Emulator>,
}

impl Chat {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let path = self.component.path()?;
        let request = self.question.request()?;
        let provider = Host::new(HostConfig::default())?.load(&path)?;
        let Destination {
            mut context,
            grants,
            emulator,
        } = self.destination().await?;
        context.cost_limits = self.max_cost.map(|pico| CostLimits {
            per_request: Some(pico),
            per_day: None,
            per_month: None,
            unknown_price: UnknownPrice::Deny,
        });

        let answer = async {
            let instance = provider.instantiate(&grants).await?;
            if self.no_stream {
                self.whole(instance, &request, &context).await
            } else {
                self.streamed(instance, &request, &context).await
            }
        };
        // Whichever ends first drops the other: Ctrl-C drops the stream, and with it the connection.
        let outcome = tokio::select! {
            outcome = answer => outcome,
            signal = tokio::signal::ctrl_c() => {
                signal?;
                writeln!(anstream::stderr(), "\nstopped; the call was cancelled")?;
                return Ok(ExitCode::from(INTERRUPTED));
            }
        };
        if let Some(emulator) = emulator {
            emulator.shutdown().await;
        }
        match outcome {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) => match error.downcast_ref::<CallError>() {
                Some(failed) => {
                    render::failure(&mut anstream::stderr().lock(), failed)?;
                    Ok(ExitCode::FAILURE)
                }
                None => Err(error),
            },
        }
    }

    async fn streamed(
        &self,
        instance: Instance,
        request: &Request,
        context: &Context,
    ) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut first_token = None;
        let mut transcript = Transcript::default();
        let mut stream = instance.stream(request, context).await?;
        while let Some(chunks) = stream.next().await? {
            // A batch is what had arrived; it is shown before the next is waited for.
            let mut out = anstream::stdout().lock();
            for chunk in &chunks {
                if matches!(
                    chunk,
                    Chunk::ContentBlockStart(_) | Chunk::ContentBlockDelta(_)
                ) {
                    first_token.get_or_insert_with(|| begun.elapsed());
                }
                if self.json {
                    writeln!(out, "{}", serde_json::to_string(chunk)?)?;
                } else {
                    transcript.chunk(&mut out, chunk)?;
                }
            }
            out.flush()?;
        }
        let total = begun.elapsed();
        self.summary(&transcript, Timing { first_token, total })
    }

    async fn whole(
        &self,
        mut instance: Instance,
        request: &Request,
        context: &Context,
    ) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut transcript = Transcript::default();
        let response = instance.complete(request, context).await?;
        let total = begun.elapsed();
        {
            let mut out = anstream::stdout().lock();
            if self.json {
                writeln!(out, "{}", serde_json::to_string(&response)?)?;
            } else {
                transcript.response(&mut out, &response)?;
            }
        }
        let first_token = None;
        self.summary(&transcript, Timing { first_token, total })
    }

    fn summary(&self, transcript: &Transcript, timing: Timing) -> anyhow::Result<()> {
        if !self.json {
            transcript.summary(&mut anstream::stderr().lock(), timing)?;
        }
        Ok(())
    }

    async fn destination(&self) -> anyhow::Result<Destination> {
        if has_credentials() {
            let context = Context {
                region: self.region.clone(),
                strict: self.strict,
                ..Context::default()
            };
            let mut grants = Grants::credential_chain();
            for url in ENDPOINTS.iter().filter_map(|name| std::env::var(name).ok()) {
                grants.outbound.extend(AllowList::origin(&url)?);
            }
            return Ok(Destination {
                context,
                grants,
                emulator: None,
            });
        }
        let emulator = emulator::start(0, emulator::HUMAN_PACE, emulator::Play::Story)
            .await
            .context("the emulator did not start")?;
        let endpoint = emulator.url();
        writeln!(
            anstream::stderr(),
            "no AWS credentials in the environment: answering from the Bedrock emulator on {endpoint}"
        )?;
        Ok(Destination {
            grants: Grants::outbound(AllowList::origin(&endpoint)?),
            context: Context {
                credentials: Some(emulator::credentials()),
                endpoint: Some(endpoint),
                strict: self.strict,
                ..Context::default()
            },
            emulator: Some(emulator),
        })
    }
}

fn has_credentials() -> bool {
    let set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    CREDENTIAL_SIGNS.iter().any(set)
}
