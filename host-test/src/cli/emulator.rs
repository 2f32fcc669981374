//! `bedrock-host emulator`, and the emulator that `chat` falls back to.

use bedrock_emulator::{
    Agent, Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_REGION, EXAMPLE_SECRET_ACCESS_KEY, Emulator,
    Pace, story,
};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

/// About the pace at which models write.
pub(super) const HUMAN_PACE: Duration = Duration::from_millis(45);

/// The arguments of `emulator`.
#[derive(clap::Args)]
pub(super) struct Serve {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Milliseconds between two chunks of an answer.
    #[arg(long, value_name = "MS", default_value_t = 45)]
    pace: u64,
    /// What the model does.
    #[arg(long, value_enum, default_value_t = Play::Story)]
    play: Play,
}

/// Who answers.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Play {
    /// A model that tells stories.
    Story,
    /// A model that works through the plan in the prompt, with the client's own tools.
    Agent,
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let emulator = start(self.port, Duration::from_millis(self.pace), self.play).await?;
        let url = emulator.url();
        {
            let mut out = anstream::stdout().lock();
            writeln!(
                out,
                "# Bedrock emulator on {url}, until Ctrl-C. Point a client at it:"
            )?;
            for (name, value) in [
                ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url.as_str()),
                ("AWS_REGION", EXAMPLE_REGION),
                ("AWS_ACCESS_KEY_ID", EXAMPLE_ACCESS_KEY_ID),
                ("AWS_SECRET_ACCESS_KEY", EXAMPLE_SECRET_ACCESS_KEY),
            ] {
                writeln!(out, "export {name}={value}")?;
            }
            out.flush()?;
        }
        tokio::signal::ctrl_c().await?;
        emulator.shutdown().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// An emulator at this pace.
pub(super) async fn start(port: u16, between: Duration, play: Play) -> std::io::Result<Emulator> {
    let config = Config {
        port,
        ..Config::default()
    };
    let pace = Pace::every(between);
    let config = match play {
        Play::Story => config.respond(move |call| story::story(call).pace(pace)),
        Play::Agent => {
            let agent = Agent::default();
            config.respond(move |call| agent.answer(call).pace(pace))
        }
    };
    Emulator::start(config).await
}

/// `context.credentials` for an emulator.
pub(super) fn credentials() -> String {
    serde_json::json!({
        "accessKeyId": EXAMPLE_ACCESS_KEY_ID,
        "secretAccessKey": EXAMPLE_SECRET_ACCESS_KEY,
        "region": EXAMPLE_REGION,
    })
    .to_string()
}
