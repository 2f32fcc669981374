//! The host's program, `bedrock-host`: a chat, and an emulator of Bedrock.

use std::path::PathBuf;

use crate::{steps::Steps, workspace::Workspace};

/// Builds it; where it is then.
pub(crate) fn build(workspace: &Workspace, steps: &Steps) -> anyhow::Result<PathBuf> {
    steps.step("build the host", |step| {
        let command = workspace.cargo(["build", "--package=bedrock-host", "--bin=bedrock-host"]);
        step.run(command).map(drop)
    })?;
    Ok(program(workspace))
}

/// Where it is once it is built.
pub(crate) fn program(workspace: &Workspace) -> PathBuf {
    let file = format!("debug/bedrock-host{}", std::env::consts::EXE_SUFFIX);
    workspace.target().join(file)
}
