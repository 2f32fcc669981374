//! `bedrock-host inspect`.

use crate::inspect::{Item, inspect};
use anyhow::Context as _;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// The arguments of `inspect`.
#[derive(clap::Args)]
pub(super) struct Inspect {
    /// The component.
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let file = self.file.display();
        let bytes = std::fs::read(&self.file).with_context(|| file.to_string())?;
        let found = inspect(&bytes).with_context(|| file.to_string())?;
        let mut out = anstream::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&found)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let modules: Vec<_> = found.core_modules.iter().map(u64::to_string).collect();
        writeln!(out, "{file}: component, {} bytes", found.bytes)?;
        writeln!(out, "core modules: {} bytes", modules.join(" + "))?;
        section(&mut out, "imports", &found.imports)?;
        section(&mut out, "exports", &found.exports)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn section(out: &mut impl Write, title: &str, items: &[Item]) -> std::io::Result<()> {
    let none = if items.is_empty() { " none" } else { "" };
    writeln!(out, "{title}:{none}")?;
    for item in items {
        writeln!(out, "  {}", item.name)?;
    }
    Ok(())
}
