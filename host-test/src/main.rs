//! The command line of [`bedrock_host::cli`].

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    bedrock_host::cli::run().await
}
