//! Where things are, and how a tool is started there.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;

/// The target the components are built for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Of the module for Envoy.
pub(crate) const WASI_TARGET: &str = "wasm32-wasip1";

/// The checkout and its output folders, as absolute paths.
pub(crate) struct Workspace {
    root: PathBuf,
    /// Where cargo writes; follows `CARGO_TARGET_DIR` and cargo's configuration.
    target: PathBuf,
    cargo: OsString,
}

impl Workspace {
    /// The workspace this xtask was compiled in.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().context("xtask has no parent folder")?;
        let mut workspace = Self {
            root: root.to_owned(),
            target: root.join("target"),
            cargo: env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        };
        workspace.target = workspace.configured_target()?;
        Ok(workspace)
    }

    fn configured_target(&self) -> anyhow::Result<PathBuf> {
        #[derive(serde::Deserialize)]
        struct Metadata {
            target_directory: PathBuf,
        }
        // Started where the user is, because a relative CARGO_TARGET_DIR counts from there.
        let output = Command::new(&self.cargo)
            .args([
                "metadata",
                "--no-deps",
                "--format-version=1",
                "--manifest-path",
            ])
            .arg(self.root.join("Cargo.toml"))
            .output()
            .context("cannot start cargo")?;
        anyhow::ensure!(
            output.status.success(),
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
        Ok(metadata.target_directory)
    }

    /// The checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder cargo writes to.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Where finished components land, whatever `CARGO_TARGET_DIR` says.
    pub(crate) fn components(&self) -> PathBuf {
        self.root.join("target/components")
    }

    /// Where tools that are not the system's own are installed.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join("target/tools")
    }

    /// The size budget, see [`crate::gate`].
    pub(crate) fn sizes_file(&self) -> PathBuf {
        self.root.join("xtask/sizes.json")
    }

    /// A cargo call in the workspace, as if typed in a fresh shell.
    ///
    /// `cargo run` describes the xtask package to us in the environment. Some build scripts watch
    /// those variables, so passing them on would rebuild crates that a plain `cargo build` has.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.tool(&self.cargo);
        command
            .args(arguments)
            .env("CARGO_TARGET_DIR", &self.target);
        for (name, _) in env::vars_os() {
            let described = name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
            });
            if described {
                command.env_remove(name);
            }
        }
        command
    }

    /// A call of another program in the workspace.
    pub(crate) fn tool(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// The compiler's own name for itself, such as `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub(crate) fn rustc_version(&self) -> anyhow::Result<String> {
        self.answer("rustc", &["--version"])
            .context("cannot ask rustc for its version")
    }

    /// The target that the compiler makes programs for by itself, such as `x86_64-unknown-linux-gnu`.
    pub(crate) fn host_triple(&self) -> anyhow::Result<String> {
        let told = self.answer("rustc", &["--version", "--verbose"]);
        let triple = told.as_deref().and_then(|told| {
            let mut lines = told.lines();
            lines.find_map(|line| line.strip_prefix("host: "))
        });
        triple
            .map(str::to_owned)
            .context("cannot ask rustc for its host")
    }

    /// What a short query prints, or nothing where the program is missing or refuses.
    pub(crate) fn answer(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = self.tool(program).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    }
}

/// Writes a file and the folders above it. Whoever reads it meanwhile sees the old one or the new one, whole.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let mut unfinished = path.to_owned();
    unfinished.as_mut_os_string().push(".unfinished");
    fs::write(&unfinished, content)
        .and_then(|()| fs::rename(&unfinished, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Reads a file whole.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
