//! `cargo xtask test`: the checks that every change passes, on a desk and on the build server.

use std::process::Command;

use crate::{
    component::{self, WORLDS},
    gate, hosts, setup,
    steps::Steps,
    workspace::Workspace,
};

/// Compiler and clippy warnings as errors, after cargo's own arguments.
const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

/// Runs the checks in order, fast ones first; the first failure ends it.
pub(crate) fn run(workspace: &Workspace, steps: &Steps) -> anyhow::Result<()> {
    let wasm_opt = setup::wasm_opt(workspace, steps)?;
    setup::rust_components(workspace, steps)?;
    setup::wasm_targets(workspace, steps)?;

    for (name, command) in static_checks(workspace) {
        steps.step(&name, |step| step.run(command).map(drop))?;
    }

    let built = component::build(workspace, steps, &WORLDS, Some(&wasm_opt))?;
    steps.step("sizes", |step| {
        let notes = gate::check(workspace, &built)?;
        notes.iter().for_each(|note| step.say(note));
        Ok(())
    })?;

    steps.step("tests", |step| {
        step.run_showing(tests(workspace, ["test", "--workspace"]), is_test_summary)
            .map(drop)
    })?;

    let cargo_deny = setup::cargo_deny(workspace, steps)?;
    steps.step("licences, bans and sources of dependencies", |step| {
        let mut command = workspace.tool(&cargo_deny);
        command.args(["--workspace", "check", "licenses", "bans", "sources"]);
        step.run(command)?;
        step.say("advisories are not checked: their database is not in a package registry");
        Ok(())
    })?;

    // The manifests, held to the components and to what their hosts know.
    let python = setup::python_packages(workspace, steps, "deploy")?.join("python");
    steps.step("deploy", |step| {
        for script in ["deploy/check.py", "deploy/check_test.py"] {
            let mut command = workspace.tool(&python);
            command.args(["-B", script]).arg(workspace.root());
            step.run(command)?;
        }
        Ok(())
    })?;
    // The tests have built the host's program.
    hosts::check(workspace, steps, |_| true)?;

    eprintln!(
        "all checks passed in {:.0} s",
        steps.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What is built and tested natively in seconds: no wasmtime, and no SDK of AWS's as an oracle.
const NATIVE: [&str; 6] = [
    "--package=bedrock-provider",
    "--package=llm-dialects",
    "--package=llm-gateway",
    "--package=bedrock-envoy-filter",
    "--package=fuzz-invariants",
    "--package=xtask",
];

/// The checks between two edits; the first failure ends it.
pub(crate) fn fast(workspace: &Workspace, steps: &Steps) -> anyhow::Result<()> {
    setup::rust_components(workspace, steps)?;
    let lints = NATIVE.into_iter().chain(["--all-targets"]);
    let mut tests = tests(workspace, ["test"]);
    tests.args(NATIVE);
    steps.step("rustfmt", |step| step.run(rustfmt(workspace)).map(drop))?;
    steps.step("clippy", |step| {
        step.run(clippy(workspace, lints)).map(drop)
    })?;
    steps.step("tests", |step| {
        step.run_showing(tests, is_test_summary).map(drop)
    })?;
    eprintln!("checked in {:.0} s", steps.elapsed().as_secs_f64());
    Ok(())
}

/// The seed of property tests.
const SEED: (&str, &str) = ("PROPTEST_RNG_SEED", "1");

/// All tests. A change must not fail by an input that chance gave to a test of something else: property tests try the same
/// inputs each time, unless the caller's environment has a seed. New ones are for `cargo xtask fuzz`, and for
/// `PROPTEST_CASES=10000 cargo test`, whose seed is a new one each time.
fn tests<const N: usize>(workspace: &Workspace, arguments: [&str; N]) -> Command {
    let mut command = workspace.cargo(arguments);
    let (name, seed) = SEED;
    if std::env::var_os(name).is_none() {
        command.env(name, seed);
    }
    command
}

/// The checks that run nothing of the project itself.
fn static_checks(workspace: &Workspace) -> Vec<(String, Command)> {
    let mut checks = vec![
        ("rustfmt".to_owned(), rustfmt(workspace)),
        (
            "clippy".to_owned(),
            clippy(workspace, ["--workspace", "--all-targets"]),
        ),
    ];
    // What is for wasm32 alone, no other build sees.
    checks.extend(WORLDS.iter().map(|world| {
        let name = format!("clippy {}", world.file_name());
        (name, clippy(workspace, world.cargo_arguments()))
    }));
    checks.push((
        "clippy, the core alone".to_owned(),
        clippy(
            workspace,
            ["--package=bedrock-provider", "--no-default-features"],
        ),
    ));
    checks.push(("rustdoc".to_owned(), rustdoc(workspace)));
    checks
}

fn rustfmt(workspace: &Workspace) -> Command {
    // Left to itself it colours its differences in log files too.
    workspace.cargo(["fmt", "--all", "--check", "--", "--color=never"])
}

fn clippy(workspace: &Workspace, selection: impl IntoIterator<Item = &'static str>) -> Command {
    let mut command = workspace.cargo(["clippy"]);
    command.args(selection).args(DENY_WARNINGS);
    command
}

fn rustdoc(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo(["doc", "--workspace", "--no-deps"]);
    command
        .arg("--document-private-items")
        .env("RUSTDOCFLAGS", "-D warnings");
    command
}

/// Whether a line of `cargo test` names a test program or sums one up.
fn is_test_summary(line: &str) -> bool {
    let starts = ["Running ", "Doc-tests ", "test result: "];
    starts
        .iter()
        .any(|start| line.trim_start().starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_told_from_the_rest() {
        let table = [
            (
                "     Running unittests src/lib.rs (target/debug/deps/x-1)",
                true,
            ),
            ("   Doc-tests bedrock_provider", true),
            ("test result: ok. 3 passed; 0 failed; 0 ignored", true),
            ("test frame::splits ... ok", false),
            ("running 3 tests", false),
            ("   Compiling x v0.1.0", false),
            ("", false),
        ];
        for (line, summary) in table {
            assert_eq!(is_test_summary(line), summary, "{line}");
        }
    }

    #[test]
    fn property_tests_try_the_same_inputs_each_time() {
        let workspace = Workspace::find().unwrap();
        let command = tests(&workspace, ["test"]);
        let mut given = command.get_envs().map(|(name, _)| name.to_owned());
        let (name, _) = SEED;
        assert!(std::env::var_os(name).is_some() || given.any(|given| given == name));
    }

    #[test]
    fn every_lint_run_denies_warnings() {
        let workspace = Workspace::find().unwrap();
        for (name, command) in static_checks(&workspace) {
            let arguments = command.get_args().any(|argument| argument == "warnings");
            let environment = command
                .get_envs()
                .any(|(name, value)| name == "RUSTDOCFLAGS" && value.is_some());
            assert!(name == "rustfmt" || arguments || environment, "{name}");
        }
    }
}
