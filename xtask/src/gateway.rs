//! `cargo xtask gateway`: from a fresh clone to a gateway on loopback, for a browser and for clients, in one command.

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, ensure};

use crate::{component, host, setup, steps::Steps, workspace::Workspace};

/// Who has one of these calls AWS; the same that `demo` looks for.
const CREDENTIALS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_BEARER_TOKEN_BEDROCK"];

/// Who may call the gateway.
const CALLERS: [&str; 2] = ["GATEWAY_KEYS", "GATEWAY_OPEN"];

type Variables = BTreeMap<String, String>;

/// Builds the gateway and what it needs, and serves it until Ctrl-C.
pub(crate) fn run(workspace: &Workspace, steps: &Steps, port: u16) -> anyhow::Result<()> {
    let mut variables =
        own_variables(env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }));
    let calls_aws = calls_aws(&variables)?;
    let wasm_opt = setup::wasm_opt_if_possible(workspace, steps);
    let worlds = [component::PROVIDER, component::GATEWAY];
    component::build(workspace, steps, &worlds, wasm_opt.as_ref())?;
    let host = host::build(workspace, steps)?;
    let wasmtime = setup::wasmtime(workspace, steps)?;
    let _emulator = match calls_aws {
        true => None,
        false => {
            let (emulator, told) = Emulator::start(workspace, &host)?;
            variables = emulated(variables, told);
            eprintln!("answers come from an emulator of Bedrock: no AWS credentials are set");
            Some(emulator)
        }
    };
    let models = || r#"{"nova-lite": "amazon.nova-lite-v1:0"}"#.to_owned();
    variables
        .entry("GATEWAY_MODELS".into())
        .or_insert_with(models);
    eprintln!(
        "http://127.0.0.1:{port}/ is a page to try it with, and its clients' base URL; Ctrl-C ends it"
    );
    let mut serve = serve(workspace, &wasmtime, port, &variables);
    let status = serve.status().context("cannot start wasmtime")?;
    ensure!(status.success(), "wasmtime ended with {status}");
    Ok(())
}

/// What the gateway and the provider read of the environment.
fn own_variables(all: impl Iterator<Item = (String, String)>) -> Variables {
    all.filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("GATEWAY_"))
        .collect()
}

/// Whether AWS is called, or an emulator. Whoever pays says who may call.
fn calls_aws(variables: &Variables) -> anyhow::Result<bool> {
    if !has_any(variables, &CREDENTIALS) {
        return Ok(false);
    }
    ensure!(
        has_any(variables, &CALLERS),
        "AWS credentials are set: say by GATEWAY_KEYS=… what clients must show to spend on them"
    );
    Ok(true)
}

fn has_any(variables: &Variables, names: &[&str]) -> bool {
    let has = |name: &&str| variables.get(*name).is_some_and(|value| !value.is_empty());
    names.iter().any(has)
}

/// With what the emulator told instead of all that is AWS's, and open unless somebody said who may call.
fn emulated(mut variables: Variables, told: Variables) -> Variables {
    variables.retain(|name, _| !name.starts_with("AWS_"));
    variables.extend(told);
    if !has_any(&variables, &CALLERS) {
        variables.insert("GATEWAY_OPEN".into(), "on".into());
    }
    variables
}

/// Variables are named in the command and stand in its environment: processes are listed with their arguments.
fn serve(workspace: &Workspace, wasmtime: &Path, port: u16, variables: &Variables) -> Command {
    let mut serve = workspace.tool(wasmtime);
    serve
        // Lines of the log stay JSON.
        .args([
            "serve",
            "-Scli",
            "-Opooling-allocator=n",
            "-Wmax-memory-size=268435456",
            "--no-logging-prefix",
        ])
        .arg("--addr")
        .arg(format!("127.0.0.1:{port}"));
    for (name, value) in variables {
        serve.args(["--env", name]).env(name, value);
    }
    serve.arg(workspace.components().join("bedrock_gateway.wasm"));
    serve
}

/// A Bedrock on loopback, until it is dropped.
struct Emulator(Child);

impl Emulator {
    /// With what a client of it has in its environment.
    fn start(workspace: &Workspace, host: &Path) -> anyhow::Result<(Self, Variables)> {
        let mut command = workspace.tool(host);
        command.arg("emulator").stdout(Stdio::piped());
        let mut emulator = Emulator(command.spawn().context("cannot start the emulator")?);
        let output = emulator.0.stdout.take().context("the emulator is mute")?;
        let mut told = Variables::new();
        for line in BufReader::new(output).lines() {
            let line = line?;
            let export = line.strip_prefix("export ");
            if let Some((name, value)) = export.and_then(|export| export.split_once('=')) {
                told.insert(name.to_owned(), value.to_owned());
            }
            if told.contains_key("AWS_SECRET_ACCESS_KEY") {
                return Ok((emulator, told));
            }
        }
        anyhow::bail!("the emulator did not start")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may be gone already: Ctrl-C reaches it too.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(names: &[&str]) -> Variables {
        let all = names
            .iter()
            .map(|name| ((*name).to_owned(), "x".to_owned()));
        own_variables(all)
    }

    #[test]
    fn aws_is_called_by_those_who_have_credentials_and_say_who_may_call() {
        for (names, expected) in [
            (&[][..], Some(false)),
            (&["AWS_REGION", "GATEWAY_KEYS"], Some(false)),
            (&["AWS_ACCESS_KEY_ID", "GATEWAY_KEYS"], Some(true)),
            (&["AWS_BEARER_TOKEN_BEDROCK", "GATEWAY_OPEN"], Some(true)),
            (&["AWS_ACCESS_KEY_ID"], None),
        ] {
            let told = calls_aws(&variables(names));
            assert_eq!(told.ok(), expected, "{names:?}");
        }
        let blank = Variables::from([("AWS_ACCESS_KEY_ID".into(), String::new())]);
        assert_eq!(calls_aws(&blank).ok(), Some(false));
    }

    #[test]
    fn an_emulator_is_asked_by_its_own_keys_and_is_open_to_all_unless_there_are_keys() {
        let told = || Variables::from([("AWS_REGION".into(), "us-east-1".into())]);
        let names = |given: &[&str]| -> Vec<String> {
            emulated(variables(given), told()).into_keys().collect()
        };
        assert_eq!(
            names(&["AWS_SESSION_TOKEN", "GATEWAY_PAGE"]),
            ["AWS_REGION", "GATEWAY_OPEN", "GATEWAY_PAGE"]
        );
        assert_eq!(names(&["GATEWAY_KEYS"]), ["AWS_REGION", "GATEWAY_KEYS"]);
    }

    #[test]
    fn the_gateway_gets_its_own_variables_and_none_of_their_values_is_an_argument() {
        let variables = variables(&["AWS_SECRET_ACCESS_KEY", "GATEWAY_KEYS", "HOME", "SECRET"]);
        let names: Vec<_> = variables.keys().map(String::as_str).collect();
        assert_eq!(names, ["AWS_SECRET_ACCESS_KEY", "GATEWAY_KEYS"]);
        let workspace = Workspace::find().unwrap();
        let command = serve(&workspace, Path::new("wasmtime"), 8080, &variables);
        assert!(command.get_args().all(|argument| argument != "x"));
        assert!(
            command
                .get_args()
                .any(|argument| argument == "127.0.0.1:8080")
        );
    }
}
