//! `cargo xtask fuzz`: looks for inputs that break what must hold for any (`fuzz/invariants`), by libFuzzer.
//!
//! The programs are built as cargo-fuzz builds them, with the stable compiler: coverage needs no nightly one. Sanitizers
//! do, or `RUSTC_BOOTSTRAP=1`, and are left out: they find faults of unsafe code, of which the core has none. All that is
//! made is in `target/fuzz`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{setup, steps::Steps, workspace::Workspace};

/// The programs in `fuzz/fuzz_targets`.
pub(crate) const TARGETS: [&str; 7] = [
    "frames",
    "stream",
    "json",
    "requests",
    "answers",
    "credentials",
    "names",
];

/// Of libFuzzer. An input takes milliseconds; one that takes seconds, or this much memory, is a fault too.
const LIMITS: [&str; 3] = ["-max_len=16384", "-timeout=10", "-rss_limit_mb=2048"];

/// Where things are.
struct Folders {
    made: PathBuf,
}

impl Folders {
    fn of(&self, kind: &str, target: &str) -> PathBuf {
        self.made.join(kind).join(target)
    }
}

/// Runs one target, or each for as long.
pub(crate) fn run(
    workspace: &Workspace,
    steps: &Steps,
    only: Option<&str>,
    seconds: u32,
) -> anyhow::Result<()> {
    let cargo_fuzz = setup::cargo_fuzz(workspace, steps)?;
    let folders = Folders {
        made: workspace.target().join("fuzz"),
    };
    steps.step("seeds", |step| {
        let mut command = workspace.cargo(["run", "--quiet", "--package=fuzz-invariants", "--"]);
        command.arg(folders.made.join("seeds"));
        step.run(command).map(drop)
    })?;
    steps.step("build the fuzz targets", |step| {
        let mut command = workspace.tool(&cargo_fuzz);
        command
            .args(["fuzz", "build", "--sanitizer=none", "--target-dir"])
            .arg(folders.made.join("build"))
            .args(only)
            .env_remove("CARGO_TARGET_DIR");
        step.run(command).map(drop)
    })?;
    let triple = workspace.host_triple()?;
    let programs = folders.made.join("build").join(triple).join("release");
    for target in TARGETS {
        if only.is_some_and(|only| only != target) {
            continue;
        }
        steps.step(&format!("fuzz {target}"), |step| {
            let command = fuzzer(workspace, &programs, &folders, target, seconds)?;
            step.run_showing(command, is_told).map(drop)
        })?;
    }
    Ok(())
}

/// What is found is kept in `corpus` and begun with the next time; what breaks something is put into `artifacts`.
fn fuzzer(
    workspace: &Workspace,
    programs: &Path,
    folders: &Folders,
    target: &str,
    seconds: u32,
) -> anyhow::Result<Command> {
    let [corpus, artifacts] = ["corpus", "artifacts"].map(|kind| folders.of(kind, target));
    for folder in [&corpus, &artifacts] {
        std::fs::create_dir_all(folder)?;
    }
    let mut command = workspace.tool(programs.join(target));
    command
        .args(LIMITS)
        .args(["-verbosity=0", "-print_final_stats=1"])
        .arg(format!("-max_total_time={seconds}"))
        // libFuzzer puts the file's name behind it as it is.
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(corpus)
        .arg(folders.of("seeds", target));
    let regressions = workspace.root().join("fuzz/regressions").join(target);
    command.args(regressions.is_dir().then_some(regressions));
    Ok(command)
}

/// Whether a line of libFuzzer's tells how much was tried.
fn is_told(line: &str) -> bool {
    line.starts_with("stat::number_of_executed_units")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_are_the_programs_of_the_fuzzer() {
        let workspace = Workspace::find().unwrap();
        let folder = workspace.root().join("fuzz/fuzz_targets");
        let files = std::fs::read_dir(folder).unwrap();
        let names = files.map(|file| file.unwrap().path());
        let mut names: Vec<_> = names
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        let mut known = TARGETS.to_vec();
        known.sort();
        assert_eq!(names, known);
    }
}
