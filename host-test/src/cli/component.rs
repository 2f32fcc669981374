//! The component that a command runs.

use anyhow::bail;
use std::path::{Path, PathBuf};

const DEFAULT: &str = "target/components/bedrock_provider.wasm";

/// The argument that names it.
#[derive(clap::Args)]
pub(super) struct Component {
    /// The component to load.
    #[arg(long, value_name = "PATH", env = "BEDROCK_PROVIDER_COMPONENT")]
    component: Option<PathBuf>,
}

impl Component {
    /// The one that was asked for, or the one that the workspace builds.
    pub(super) fn path(&self) -> anyhow::Result<PathBuf> {
        let path = self.component.clone().unwrap_or_else(|| {
            let here = PathBuf::from(DEFAULT);
            let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
            if here.exists() {
                here
            } else {
                workspace.join(DEFAULT)
            }
        });
        if !path.is_file() {
            bail!(
                "there is no component at {}: build it with `cargo xtask build`",
                path.display()
            );
        }
        Ok(path)
    }
}
