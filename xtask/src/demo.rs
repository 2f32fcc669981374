//! `cargo xtask demo`: from a fresh clone to streamed tokens in one command.

use std::process::Command;

use crate::{component, host, setup, steps::Steps, workspace::Workspace};

pub(crate) const DEFAULT_PROMPT: &str = "Why is the sky blue?";

/// Builds the provider and the host, then hands the terminal over to the host's chat.
pub(crate) fn run(workspace: &Workspace, steps: &Steps, prompt: &str) -> anyhow::Result<()> {
    let wasm_opt = setup::wasm_opt_if_possible(workspace, steps);
    component::build(workspace, steps, &[component::PROVIDER], wasm_opt.as_ref())?;
    let mut chat = workspace.tool(host::build(workspace, steps)?);
    chat.args(["chat", "--component"])
        .arg(workspace.components().join(component::PROVIDER.file_name()))
        // A prompt may begin with a dash.
        .args(["--", prompt]);
    become_process(chat)
}

/// Lets the command take this process's place, so that Ctrl-C and the exit code are its own.
#[cfg(unix)]
fn become_process(mut command: Command) -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_process(mut command: Command) -> anyhow::Result<()> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1));
}
