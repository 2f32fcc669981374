//! Fetches what a fresh machine lacks: the wasm32 targets, rustfmt and clippy by rustup, wasm-opt by
//! npm, cargo-deny, cargo-fuzz and wasmtime by cargo, the other hosts and the SDKs by npm and pip, a browser by apt-get.
//! Versions are exact, but for the browser's, so that every machine judges alike.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::{
    steps::Steps,
    workspace::{self, WASI_TARGET, WASM_TARGET, Workspace},
};

/// The npm package that carries wasm-opt, compiled to WebAssembly for Node.js.
const BINARYEN: &str = "132.0.0";
const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";
const WASMTIME: &str = "48.0.8";
const WASMTIME_FEATURES: &str = "cache,component-model,component-model-async,cranelift,\
    parallel-compilation,run,serve,wasi-config,wasi-http,wasi-keyvalue";

const NODE_IS_MISSING: &str = "Node.js is missing (wasm-opt comes from the npm package binaryen); \
    install Node.js 18 or later with npm from https://nodejs.org or your package manager";

/// wasm-opt, ready to be started by Node.js.
pub(crate) struct WasmOpt {
    /// The script to hand to `node`.
    pub(crate) script: PathBuf,
}

impl WasmOpt {
    /// What a file was optimised by, for telling whether it is up to date.
    pub(crate) fn version(&self) -> &'static str {
        BINARYEN
    }
}

/// Installs the wasm32 targets that rustc has no standard library for.
pub(crate) fn wasm_targets(workspace: &Workspace, steps: &Steps) -> anyhow::Result<()> {
    for target in [WASM_TARGET, WASI_TARGET] {
        let library = workspace
            .answer("rustc", &["--print=target-libdir", "--target", target])
            .with_context(|| format!("rustc does not know the target {target}"))?;
        if !Path::new(&library).is_dir() {
            rustup(workspace, steps, &["target", "add", target])?;
        }
    }
    Ok(())
}

/// Installs rustfmt and clippy where they are missing: rustup's minimal profile leaves them out.
pub(crate) fn rust_components(workspace: &Workspace, steps: &Steps) -> anyhow::Result<()> {
    for (component, probe) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        let mut call = workspace.cargo([probe, "--version"]);
        if !call.output().is_ok_and(|output| output.status.success()) {
            rustup(workspace, steps, &["component", "add", component])?;
        }
    }
    Ok(())
}

fn rustup(workspace: &Workspace, steps: &Steps, arguments: &[&str]) -> anyhow::Result<()> {
    let name = format!("rustup {}", arguments.join(" "));
    if workspace.answer("rustup", &["--version"]).is_none() {
        bail!("rustup is missing, so install by hand what `{name}` would");
    }
    steps.step(&name, |step| {
        let mut command = workspace.tool("rustup");
        command.args(arguments);
        step.run(command).map(drop)
    })
}

/// Programs that come from Debian's packages where they are missing.
const DEBIAN: [(&str, &str); 1] = [("chromium", "chromium")];

/// Where the system has this program, by now: as root on Debian it is installed.
pub(crate) fn system_program(
    workspace: &Workspace,
    steps: &Steps,
    program: &str,
) -> Option<PathBuf> {
    let find = || {
        workspace.answer(program, &["--version"])?;
        let folders = std::env::var_os("PATH")?;
        let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
        let mut places = std::env::split_paths(&folders).map(|folder| folder.join(&file));
        places.find(|place| place.is_file())
    };
    if let Some(place) = find() {
        return Some(place);
    }
    let package = DEBIAN.iter().find(|(name, _)| *name == program);
    let is_root = || workspace.answer("id", &["-u"]).as_deref() == Some("0");
    let has_apt = || workspace.answer("apt-get", &["--version"]).is_some();
    let (_, package) = package.filter(|_| is_root() && has_apt())?;
    let installed = steps.step(&format!("apt-get install {package}"), |step| {
        for arguments in [
            &["update"][..],
            &["install", "--yes", "--no-install-recommends", package],
        ] {
            let mut command = workspace.tool("apt-get");
            command
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive");
            step.run(command)?;
        }
        Ok(())
    });
    installed.ok().and_then(|()| find())
}

/// wasm-opt, installed on first use.
pub(crate) fn wasm_opt(workspace: &Workspace, steps: &Steps) -> anyhow::Result<WasmOpt> {
    // npm is a script that only a shell finds by its bare name on Windows.
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let prefix = workspace.tools().join("binaryen");
    let package = prefix.join("node_modules/binaryen");
    let wasm_opt = WasmOpt {
        script: package.join("bin/wasm-opt"),
    };
    if workspace.answer("node", &["--version"]).is_none() {
        bail!(NODE_IS_MISSING);
    }
    if installed_version(&package).as_deref() == Some(BINARYEN) {
        return Ok(wasm_opt);
    }
    if workspace.answer(npm, &["--version"]).is_none() {
        bail!(NODE_IS_MISSING);
    }
    steps.step(&format!("install wasm-opt {BINARYEN}"), |step| {
        std::fs::create_dir_all(&prefix)?;
        let mut command = workspace.tool(npm);
        command
            .args([
                "install",
                "--no-save",
                "--no-package-lock",
                "--ignore-scripts",
            ])
            .args(["--no-audit", "--no-fund", "--prefix"])
            .arg(&prefix)
            .arg(format!("binaryen@{BINARYEN}"));
        step.run(command).map(drop)
    })?;
    Ok(wasm_opt)
}

/// wasm-opt, or one line on stderr saying why the components stay as rustc made them.
pub(crate) fn wasm_opt_if_possible(workspace: &Workspace, steps: &Steps) -> Option<WasmOpt> {
    wasm_opt(workspace, steps)
        .inspect_err(|error| eprintln!("components stay unoptimised: {error}"))
        .ok()
}

/// The wasmtime command with what the gateway needs, compiled on first use: some minutes on two cores.
pub(crate) fn wasmtime(workspace: &Workspace, steps: &Steps) -> anyhow::Result<PathBuf> {
    let own = workspace
        .tools()
        .join(format!("bin/wasmtime{}", std::env::consts::EXE_SUFFIX));
    let version = own
        .to_str()
        .and_then(|program| workspace.answer(program, &["--version"]));
    if version.is_some_and(|version| version.starts_with(&format!("wasmtime {WASMTIME}"))) {
        return Ok(own);
    }
    steps.step(&format!("install wasmtime {WASMTIME}"), |step| {
        let mut command = workspace.cargo(["install", "wasmtime-cli", "--locked", "--force"]);
        command
            .args(["--no-default-features", "--features", WASMTIME_FEATURES])
            .args(["--version", WASMTIME, "--root"])
            .arg(workspace.tools())
            // A scratch folder of cargo's own, removed when it is done.
            .env_remove("CARGO_TARGET_DIR");
        step.run(command).map(drop)
    })?;
    Ok(own)
}

/// What `package-lock.json` in this folder names, installed by npm; the folder of the packages.
pub(crate) fn node_packages(
    workspace: &Workspace,
    steps: &Steps,
    folder: &str,
) -> anyhow::Result<PathBuf> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let installed = workspace.tools().join(folder.replace('/', "-"));
    let lock = workspace::read(&workspace.root().join(folder).join("package-lock.json"))?;
    if std::fs::read(installed.join("installed.json")).is_ok_and(|kept| kept == lock) {
        return Ok(installed.join("node_modules"));
    }
    steps.step(&format!("install the packages of {folder}"), |step| {
        for file in ["package.json", "package-lock.json", ".npmrc"] {
            let content = workspace::read(&workspace.root().join(folder).join(file))?;
            workspace::write(&installed.join(file), content)?;
        }
        let mut command = workspace.tool(npm);
        command
            .args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&installed);
        step.run(command)
    })?;
    workspace::write(&installed.join("installed.json"), lock)?;
    Ok(installed.join("node_modules"))
}

/// What `requirements.txt` in this folder names, installed by pip into an environment of its own; the folder of
/// its programs.
pub(crate) fn python_packages(
    workspace: &Workspace,
    steps: &Steps,
    folder: &str,
) -> anyhow::Result<PathBuf> {
    let environment = workspace.tools().join(folder.replace('/', "-"));
    let programs = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let path = workspace.root().join(folder).join("requirements.txt");
    let requirements = workspace::read(&path)?;
    let record = environment.join("installed.txt");
    if std::fs::read(&record).is_ok_and(|kept| kept == requirements) {
        return Ok(programs);
    }
    steps.step(&format!("install the packages of {folder}"), |step| {
        let mut command = workspace.tool("python3");
        command.args(["-m", "venv", "--clear"]).arg(&environment);
        step.run(command)?;
        let mut command = workspace.tool(programs.join("python"));
        command
            .args(["-m", "pip", "install", "--disable-pip-version-check", "-r"])
            .arg(path);
        step.run(command)
    })?;
    workspace::write(&record, requirements)?;
    Ok(programs)
}

fn installed_version(package: &Path) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Manifest {
        version: String,
    }
    let text = std::fs::read(package.join("package.json")).ok()?;
    let manifest: Manifest = serde_json::from_slice(&text).ok()?;
    Some(manifest.version)
}

/// The path of cargo-deny, compiled on first use: some minutes on two cores.
pub(crate) fn cargo_deny(workspace: &Workspace, steps: &Steps) -> anyhow::Result<PathBuf> {
    cargo_tool(
        workspace,
        steps,
        "cargo-deny",
        CARGO_DENY,
        &["--no-default-features"],
    )
}

/// The path of cargo-fuzz, compiled on first use: a minute on two cores.
pub(crate) fn cargo_fuzz(workspace: &Workspace, steps: &Steps) -> anyhow::Result<PathBuf> {
    cargo_tool(workspace, steps, "cargo-fuzz", CARGO_FUZZ, &[])
}

/// A program of cargo's that is only started here, and so compiled in half the time without optimising it.
fn cargo_tool(
    workspace: &Workspace,
    steps: &Steps,
    name: &str,
    version: &str,
    features: &[&str],
) -> anyhow::Result<PathBuf> {
    let own = workspace
        .tools()
        .join(format!("bin/{name}{}", std::env::consts::EXE_SUFFIX));
    let wanted = format!("{name} {version}");
    for candidate in [own.clone(), PathBuf::from(name)] {
        let found = candidate
            .to_str()
            .and_then(|program| workspace.answer(program, &["--version"]));
        if found.as_deref() == Some(wanted.as_str()) {
            return Ok(candidate);
        }
    }
    steps.step(&format!("install {wanted}"), |step| {
        let mut command = workspace.cargo(["install", name, "--locked", "--force", "--debug"]);
        command
            .args(features)
            .args(["--version", version, "--root"])
            .arg(workspace.tools())
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            // A scratch folder of cargo's own, removed when it is done.
            .env_remove("CARGO_TARGET_DIR");
        step.run(command).map(drop)
    })?;
    Ok(own)
}
