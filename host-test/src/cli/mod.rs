//! `bedrock-host`: ask a model through the component, see what models can do, run the emulator, look into a component.
//!
//! Exit codes: 0, 1 for a failure, 2 for a wrong command line, 130 after Ctrl-C, 141 where nobody reads the output.

mod chat;
mod component;
mod emulator;
mod inspect;
mod models;
mod question;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// After Ctrl-C, as shells have it: 128 and the number of SIGINT.
const INTERRUPTED: u8 = 130;

#[derive(Parser)]
#[command(
    name = "bedrock-host",
    version,
    about = "Run the Bedrock provider component under wasmtime"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Ask a model and print its answer as it comes.
    ///
    /// Without AWS credentials the answer comes from a Bedrock emulator on this machine.
    Chat(chat::Chat),
    /// Run the Bedrock emulator until Ctrl-C.
    Emulator(emulator::Serve),
    /// List a component's imports, exports and sizes.
    Inspect(inspect::Inspect),
    /// Print what the component knows of a model, or of all.
    Models(models::Models),
}

/// When the reader of a pipe has gone, likewise with SIGPIPE.
const NO_READER: u8 = 141;

/// Parse the command line and do what it says.
pub async fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Chat(chat) => chat.run().await,
        Command::Emulator(serve) => serve.run().await,
        Command::Inspect(inspect) => inspect.run(),
        Command::Models(models) => models.run().await,
    };
    outcome.unwrap_or_else(|error| {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe) {
            return ExitCode::from(NO_READER);
        }
        // Nothing is left to tell where standard error is closed.
        let _ = writeln!(anstream::stderr(), "error: {error:#}");
        ExitCode::FAILURE
    })
}
