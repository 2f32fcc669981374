//! `cargo xtask hosts`: the built files on the programs that people run them on.
//!
//! Each program comes from its registry into `target/tools`. Its check is a script in `host-test/hosts` that prints
//! a line of JSON for each scenario ([`Line`]); what all of them tell becomes one table, host by scenario, on stdout
//! and in `target/hosts.txt`. Where a program cannot be had, its check is skipped, and the table says why.

use std::{fmt::Write, path::PathBuf, process::Command};

use anyhow::{bail, ensure};
use serde::Deserialize;

use crate::{
    component::{self, WORLDS},
    host, setup,
    steps::{CommandFailed, Steps},
    workspace::{self, Workspace},
};

/// A program and what checks it.
pub(crate) struct Check {
    /// On the command line.
    pub(crate) name: &'static str,
    /// In the table.
    host: &'static str,
    /// Programs that are the system's.
    needs: &'static [&'static str],
    /// Installs what is missing and says what to run.
    command: fn(&Workspace, &Steps) -> anyhow::Result<Command>,
    /// Whether it is skipped where its programs cannot be installed.
    is_optional: bool,
}

pub(crate) const CHECKS: [Check; 10] = [
    Check {
        name: "wasmtime",
        host: "wasmtime serve",
        needs: &["python3"],
        command: |workspace, steps| {
            let wasmtime = setup::wasmtime(workspace, steps)?;
            let mut command = gateway(workspace, "host-test/hosts/gateway/check.py");
            command.arg("--wasmtime").arg(wasmtime);
            Ok(command)
        },
        is_optional: false,
    },
    Check {
        name: "jco",
        host: "jco serve",
        needs: &["python3", "node"],
        command: |workspace, steps| {
            let packages = setup::node_packages(workspace, steps, "host-test/hosts/node")?;
            let mut command = gateway(workspace, "host-test/hosts/gateway/check.py");
            let jco = packages.join("@bytecodealliance/jco/dist/jco.js");
            command.arg("--jco").arg(jco);
            Ok(command)
        },
        is_optional: false,
    },
    Check {
        name: "fetch",
        host: "Node, Deno, Bun, workerd",
        needs: &["python3", "node"],
        command: |workspace, steps| {
            let packages = setup::node_packages(workspace, steps, "host-test/hosts/node")?;
            let jco = packages.join("@bytecodealliance/jco/dist/jco.js");
            let packages = setup::node_packages(workspace, steps, "host-test/hosts/fetch")?;
            let mut command = script(workspace, "host-test/hosts/gateway/check.py");
            let component = component::GATEWAY_CODEC.file_name();
            let component = workspace.components().join(component);
            command.arg("--component").arg(component);
            command.arg("--packages").arg(packages);
            command.arg("--jco").arg(jco);
            Ok(command)
        },
        is_optional: true,
    },
    Check {
        name: "codec-node",
        host: "codec, Node",
        needs: &["python3", "node"],
        command: |workspace, steps| {
            node_script(workspace, steps, "codec.mjs", "bedrock_codec.wasm")
        },
        is_optional: false,
    },
    Check {
        name: "codec-python",
        host: "codec, Python",
        needs: &["python3"],
        command: |workspace, steps| {
            let programs = setup::python_packages(workspace, steps, "host-test/hosts/codec")?;
            let mut command = workspace.tool(programs.join("python"));
            command.args(script(workspace, "host-test/hosts/codec/check.py").get_args());
            let codec = workspace.components().join("bedrock_codec.wasm");
            command.arg("--component").arg(codec);
            Ok(command)
        },
        is_optional: false,
    },
    Check {
        name: "sdks-python",
        host: "SDKs, Python",
        needs: &["python3"],
        command: |workspace, steps| {
            let programs = setup::python_packages(workspace, steps, "host-test/hosts/clients")?;
            let mut command = workspace.tool(programs.join("python"));
            command.args(gateway(workspace, "host-test/hosts/clients/check.py").get_args());
            let wasmtime = setup::wasmtime(workspace, steps)?;
            command.arg("--wasmtime").arg(wasmtime);
            let envoy = setup::python_packages(workspace, steps, "host-test/hosts/envoy")?;
            let module = component::ENVOY_FILTER.file_name();
            let module = workspace.components().join(module);
            command.arg("--module").arg(module);
            command.arg("--envoy").arg(envoy.join("envoy"));
            Ok(command)
        },
        is_optional: false,
    },
    Check {
        name: "sdks-typescript",
        host: "SDKs, TypeScript",
        needs: &["python3", "node"],
        command: |workspace, steps| {
            let mut command = node_script(workspace, steps, "clients.mjs", GATEWAY)?;
            let wasmtime = setup::wasmtime(workspace, steps)?;
            command.arg("--wasmtime").arg(wasmtime);
            Ok(command)
        },
        is_optional: false,
    },
    Check {
        name: "agents",
        host: "agents",
        needs: &["python3", "node"],
        command: agents,
        is_optional: true,
    },
    Check {
        name: "page",
        host: "page, Chromium",
        needs: &["python3", "node", "chromium"],
        command: |workspace, steps| {
            let mut command = node_script(workspace, steps, "page.mjs", GATEWAY)?;
            let wasmtime = setup::wasmtime(workspace, steps)?;
            command.arg("--wasmtime").arg(wasmtime);
            let chromium = setup::system_program(workspace, steps, "chromium");
            command.arg("--chromium").args(chromium);
            Ok(command)
        },
        is_optional: false,
    },
    Check {
        name: "envoy",
        host: "Envoy",
        needs: &["python3"],
        command: |workspace, steps| {
            let programs = setup::python_packages(workspace, steps, "host-test/hosts/envoy")?;
            let module = component::ENVOY_FILTER.file_name();
            let mut command = script(workspace, "host-test/hosts/envoy/check.py");
            command.arg("--envoy").arg(programs.join("envoy"));
            command
                .arg("--module")
                .arg(workspace.components().join(module));
            Ok(command)
        },
        is_optional: false,
    },
];

/// The gateway as it is composed with the provider.
const GATEWAY: &str = "bedrock_gateway.wasm";

/// Agents, from npm and from PyPI, and the gateway that they work through.
fn agents(workspace: &Workspace, steps: &Steps) -> anyhow::Result<Command> {
    const FOLDER: &str = "host-test/hosts/agents";
    let scripts = node_scripts(workspace, steps, FOLDER)?;
    // The environment of Python has a folder of its own: npm's would be cleared with it.
    let programs = setup::python_packages(workspace, steps, "host-test/hosts/agents/python")?;
    let mut command = gateway(workspace, "host-test/hosts/agents/check.py");
    let wasmtime = setup::wasmtime(workspace, steps)?;
    command.arg("--wasmtime").arg(wasmtime);
    command.arg("--node-scripts").arg(scripts);
    command.arg("--python").arg(programs.join("python"));
    Ok(command)
}

/// A script in `host-test/hosts/node` for a component.
fn node_script(
    workspace: &Workspace,
    steps: &Steps,
    name: &str,
    component: &str,
) -> anyhow::Result<Command> {
    let place = node_scripts(workspace, steps, "host-test/hosts/node")?;
    let mut command = workspace.tool("node");
    command.arg(place.join(name));
    command.arg("--emulator").arg(host::program(workspace));
    let services = workspace.root().join("host-test/hosts/services.py");
    command.arg("--services").arg(services);
    let component = workspace.components().join(component);
    command.arg("--component").arg(component);
    Ok(command)
}

/// The folder's scripts for Node.js, next to the packages that they import.
fn node_scripts(workspace: &Workspace, steps: &Steps, folder: &str) -> anyhow::Result<PathBuf> {
    let packages = setup::node_packages(workspace, steps, folder)?;
    let place = packages.with_file_name("");
    for entry in std::fs::read_dir(workspace.root().join(folder))? {
        let path = entry?.path();
        if let (Some("mjs"), Some(file)) =
            (path.extension().and_then(|e| e.to_str()), path.file_name())
        {
            workspace::write(&place.join(file), workspace::read(&path)?)?;
        }
    }
    Ok(place)
}

/// A check of the gateway, with a host that is still to be named.
fn gateway(workspace: &Workspace, path: &str) -> Command {
    let mut command = script(workspace, path);
    let component = workspace.components().join(GATEWAY);
    command.arg("--component").arg(component);
    command
}

fn script(workspace: &Workspace, path: &str) -> Command {
    let mut command = workspace.tool("python3");
    command.arg("-B").arg(path);
    command.arg("--emulator").arg(host::program(workspace));
    command
}

/// What a check tells of one scenario.
#[derive(Debug, Deserialize, PartialEq)]
struct Line {
    host: String,
    scenario: String,
    outcome: Outcome,
    #[serde(default)]
    detail: String,
    /// What was counted where all is well; then the table has it instead of the outcome.
    count: Option<u64>,
}

impl Line {
    fn cell(&self) -> String {
        match (self.outcome, self.count) {
            (Outcome::Ok, Some(count)) => count.to_string(),
            (outcome, _) => outcome.word().to_owned(),
        }
    }

    /// Whether the table alone does not say enough.
    fn has_more_to_tell(&self) -> bool {
        self.outcome != Outcome::Ok || self.count.is_some_and(|count| count > 0)
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok,
    Failed,
    Skipped,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Failed => "failed",
            Outcome::Skipped => "skipped",
        }
    }
}

/// Builds what the checks need, and runs those that are named, or all.
pub(crate) fn run(workspace: &Workspace, steps: &Steps, names: &[String]) -> anyhow::Result<()> {
    let wasm_opt = setup::wasm_opt_if_possible(workspace, steps);
    component::build(workspace, steps, &WORLDS, wasm_opt.as_ref())?;
    host::build(workspace, steps)?;
    check(workspace, steps, |check| {
        names.is_empty() || names.iter().any(|name| name == check)
    })
}

/// Runs the checks of hosts on what is built, the host's own program too; an error where a scenario failed.
pub(crate) fn check(
    workspace: &Workspace,
    steps: &Steps,
    is_asked: impl Fn(&str) -> bool,
) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for check in CHECKS.iter().filter(|check| is_asked(check.name)) {
        lines.extend(one(workspace, steps, check)?);
    }
    let table = table(&lines);
    print!("{table}");
    workspace::write(&workspace.root().join("target/hosts.txt"), &table)?;
    let failed = count(&lines, Outcome::Failed);
    if failed > 0 {
        bail!("{failed} scenarios failed: the lines under the table say how");
    }
    Ok(())
}

fn one(workspace: &Workspace, steps: &Steps, check: &Check) -> anyhow::Result<Vec<Line>> {
    let skipped = |reason: String| {
        Ok(vec![Line {
            host: check.host.to_owned(),
            scenario: "all".to_owned(),
            outcome: Outcome::Skipped,
            detail: reason,
            count: None,
        }])
    };
    let is_missing = |program: &&&str| setup::system_program(workspace, steps, program).is_none();
    if let Some(program) = check.needs.iter().find(is_missing) {
        return skipped(format!("{program} is missing"));
    }
    let command = match (check.command)(workspace, steps) {
        Err(error) if check.is_optional && error.is::<CommandFailed>() => {
            return skipped(format!("not installed: {error:#}"));
        }
        command => command?,
    };
    steps.step(&format!("check {}", check.host), |step| {
        let output = match step.run(command) {
            Ok(output) => output,
            Err(error) => match error.downcast_ref::<CommandFailed>() {
                // A scenario that failed is in the table; a script that broke is not.
                Some(failed) if count(&read(&failed.output), Outcome::Failed) > 0 => {
                    failed.output.clone()
                }
                _ => return Err(error),
            },
        };
        let lines = read(&output);
        ensure!(!lines.is_empty(), "the check told of no scenario: {output}");
        step.say(&format!(
            "{} ok, {} failed, {} skipped",
            count(&lines, Outcome::Ok),
            count(&lines, Outcome::Failed),
            count(&lines, Outcome::Skipped)
        ));
        Ok(lines)
    })
}

/// The lines of a check's output that tell of a scenario.
fn read(output: &str) -> Vec<Line> {
    let line = |line: &str| serde_json::from_str(line).ok();
    output.lines().filter_map(line).collect()
}

fn count(lines: &[Line], outcome: Outcome) -> usize {
    lines.iter().filter(|line| line.outcome == outcome).count()
}

/// Scenarios down, hosts across, each as it first came; below, what did not go well.
fn table(lines: &[Line]) -> String {
    let (mut hosts, mut scenarios) = (Vec::new(), Vec::new());
    for Line { host, scenario, .. } in lines {
        for (names, name) in [(&mut hosts, host), (&mut scenarios, scenario)] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let wide = scenarios.iter().map(|name| name.len()).max().unwrap_or(0);
    let mut text = format!("{:<wide$}", "");
    // Writing to a string cannot fail.
    for host in &hosts {
        let _ = write!(text, "  {host:<7}");
    }
    for scenario in &scenarios {
        let _ = write!(text, "\n{scenario:<wide$}");
        for host in &hosts {
            let is_cell = |line: &&Line| line.host == **host && line.scenario == **scenario;
            let cell = lines.iter().find(is_cell);
            let word = cell.map(Line::cell).unwrap_or_default();
            let _ = write!(text, "  {word:<0$}", host.len().max(7));
        }
        text.truncate(text.trim_end().len());
    }
    text.push('\n');
    for line in lines.iter().filter(|line| line.has_more_to_tell()) {
        let word = line.cell();
        let _ = writeln!(
            text,
            "{word}: {}, {}: {}",
            line.host, line.scenario, line.detail
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = r#"a warning of the host
{"host": "one", "scenario": "complete", "outcome": "ok", "detail": "20 bytes"}
{"host": "one", "scenario": "stream", "outcome": "failed", "detail": "no end"}
{"host": "another", "scenario": "stream", "outcome": "skipped", "detail": "no streams"}
{"host": "another", "scenario": "tools", "outcome": "ok"}
{"host": "losses", "scenario": "complete", "outcome": "ok", "count": 0}
{"host": "losses", "scenario": "stream", "outcome": "ok", "count": 2, "detail": "a and b"}
"#;

    #[test]
    fn hosts_stand_side_by_side_and_what_went_wrong_below() {
        let expected = "          one     another  losses\n\
                        complete  ok               0\n\
                        stream    failed  skipped  2\n\
                        tools             ok\n\
                        failed: one, stream: no end\n\
                        skipped: another, stream: no streams\n\
                        2: losses, stream: a and b\n";
        let table = table(&read(OUTPUT));
        // A word may be longer than the host's name.
        let squeezed = |text: &str| {
            let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
            text.lines().map(words).collect::<Vec<_>>()
        };
        assert_eq!(squeezed(&table), squeezed(expected), "{table}");
    }
}
