//! `bedrock-host chat`.

use super::{INTERRUPTED, emulator};
use crate::http::AllowList;
use crate::render::{self, Timing, Transcript};
use crate::types::{
    Chunk, Context, PlainText, Request, Thinking, ThinkingBudget, ThinkingDisplay, Tool,
};
use crate::{CallError, Grants, Host, HostConfig, Instance};
use anyhow::{Context as _, bail};
use bedrock_emulator::Emulator;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

const DEFAULT_COMPONENT: &str = "target/components/bedrock_provider.wasm";

/// Either of these says that there are credentials which the component can read.
const CREDENTIAL_SIGNS: &[&str] = &["AWS_ACCESS_KEY_ID", "AWS_BEARER_TOKEN_BEDROCK"];

/// Either of these gives another address than AWS's own; whoever sets it wants it called.
const ENDPOINTS: &[&str] = &["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"];

/// The arguments of `chat`.
#[derive(clap::Args)]
pub(super) struct Chat {
    /// What to ask; from standard input without it or with `-`.
    prompt: Option<String>,
    /// The component to load.
    #[arg(long, value_name = "PATH", env = "BEDROCK_PROVIDER_COMPONENT")]
    component: Option<PathBuf>,
    /// The model, `bedrock/` and its id, its inference profile's or an ARN.
    #[arg(
        long,
        default_value = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    )]
    model: String,
    /// A system prompt.
    #[arg(long)]
    system: Option<String>,
    /// The most tokens to generate.
    #[arg(long, value_name = "N")]
    max_tokens: Option<u32>,
    /// The AWS region to call.
    #[arg(long)]
    region: Option<String>,
    /// Let the model think first, for up to this many tokens.
    #[arg(long, value_name = "BUDGET")]
    thinking: Option<u32>,
    /// Offer the model a tool, to see how it calls one. It is not run.
    #[arg(long)]
    tool_demo: bool,
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
        let path = component_path(self.component.clone())?;
        let prompt = self.prompt()?;
        let request = self.request(prompt);
        let provider = Host::new(HostConfig::default())?.load(&path)?;
        let Destination {
            context,
            grants,
            emulator,
        } = self.destination().await?;

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

    fn prompt(&self) -> anyhow::Result<String> {
        let prompt = match self.prompt.as_deref() {
            Some(prompt) if prompt != "-" => prompt.to_owned(),
            _ => {
                let mut text = String::new();
                let read = std::io::stdin().read_to_string(&mut text);
                read.context("the prompt on standard input")?;
                text
            }
        };
        if prompt.trim().is_empty() {
            bail!("the prompt is empty: give it as an argument or on standard input");
        }
        Ok(prompt)
    }

    fn request(&self, prompt: String) -> Request {
        let mut request = Request::new(self.model.as_str()).user(prompt);
        request
            .system
            .extend(self.system.as_deref().map(PlainText::new));
        request.max_tokens = self.max_tokens;
        request.thinking = self.thinking.map(|budget_tokens| {
            Thinking::Enabled(ThinkingBudget {
                budget_tokens,
                display: ThinkingDisplay { display: None },
            })
        });
        if self.tool_demo {
            request.tools.push(weather_tool());
        }
        request
    }

    async fn destination(&self) -> anyhow::Result<Destination> {
        if has_credentials() {
            let context = Context {
                region: self.region.clone(),
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
        let emulator = emulator::start(0, emulator::HUMAN_PACE)
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
                ..Context::default()
            },
            emulator: Some(emulator),
        })
    }
}

/// The component that was asked for, or the one that the workspace builds.
fn component_path(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let path = given.unwrap_or_else(|| {
        let here = PathBuf::from(DEFAULT_COMPONENT);
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        if here.exists() {
            here
        } else {
            workspace.join(DEFAULT_COMPONENT)
        }
    });
    if !path.is_file() {
        bail!(
            "there is no component at {}: build it with `cargo xtask build`",
            path.display()
        );
    }
    Ok(path)
}

fn has_credentials() -> bool {
    let set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    CREDENTIAL_SIGNS.iter().any(set)
}

fn weather_tool() -> Tool {
    Tool {
        name: "get_weather".into(),
        description: Some("The weather in a city, now.".into()),
        input_schema:
            r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#
                .into(),
        strict: None,
        server_type: None,
        cache_control: None,
    }
}
